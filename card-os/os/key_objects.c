#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/keys.h"

/* Keys as data objects, in and out: templates of ISO 7816-8, tags of private parts ours. */

enum { TAG_PUBLIC = 0x7f49, TAG_N = 0x81, TAG_E = 0x82, TAG_POINT = 0x86 };

/* What a type comes in: all of them, in this order, each of so many bytes. */
static const struct part {
	uint8_t type;
	uint16_t tag;
	uint16_t min, max;
	size_t at;
	size_t count_at;		/* where its length goes, 0: it is filled up at the front */
} parts[] = {
	{ KEY_RSA, TAG_N, RSA_BYTES, RSA_BYTES, offsetof(struct key, rsa.n), 0 },
	{ KEY_RSA, TAG_E, 1, RSA_E, offsetof(struct key, rsa.e), 0 },
	{ KEY_RSA, 0x92, RSA_HALF, RSA_HALF, offsetof(struct key, rsa.p), 0 },
	{ KEY_RSA, 0x93, RSA_HALF, RSA_HALF, offsetof(struct key, rsa.q), 0 },
	{ KEY_RSA, 0x94, RSA_HALF, RSA_HALF, offsetof(struct key, rsa.qinv), 0 },
	{ KEY_RSA, 0x95, RSA_HALF, RSA_HALF, offsetof(struct key, rsa.dp), 0 },
	{ KEY_RSA, 0x96, RSA_HALF, RSA_HALF, offsetof(struct key, rsa.dq), 0 },
	{ KEY_SIGN, TAG_POINT, P256_POINT, P256_POINT, offsetof(struct key, ec.point), 0 },
	{ KEY_SIGN, 0x87, P256_SCALAR, P256_SCALAR, offsetof(struct key, ec.scalar), 0 },
	{ KEY_AGREE, TAG_POINT, P256_POINT, P256_POINT, offsetof(struct key, ec.point), 0 },
	{ KEY_AGREE, 0x87, P256_SCALAR, P256_SCALAR, offsetof(struct key, ec.scalar), 0 },
	{ KEY_AES, 0x90, 1, 1, offsetof(struct key, aes.tries_max), 0 },
	{ KEY_AES, 0x87, KEY_AES_LEN, KEY_AES_LEN, offsetof(struct key, aes.secret), 0 },
	{ KEY_ROOT, 0x5f20, HOLDER_MIN, HOLDER_MAX, offsetof(struct key, root.holder),
	    offsetof(struct key, root.holder_n) },
	{ KEY_ROOT, TAG_POINT, P256_POINT, P256_POINT, offsetof(struct key, root.point), 0 },
};

static int
take_part(struct rd *rd, const struct part *part, struct key *k)
{
	uint8_t *to = (uint8_t *)k + part->at;
	struct tlv t;

	if (tlv_next(rd, &t) != 1 || t.tag != part->tag || t.n < part->min || t.n > part->max)
		return ERR_FORMAT;
	if (part->count_at != 0)
		((uint8_t *)k)[part->count_at] = (uint8_t)t.n;
	else
		to += part->max - t.n;
	/* One encoding a number. */
	if (part->count_at == 0 && part->min < part->max && t.p[0] == 0)
		return ERR_FORMAT;
	memcpy(to, t.p, t.n);
	return 0;
}

int
key_decode(const uint8_t *p, size_t n, struct key *k)
{
	enum key_type type = k->type;
	struct rd rd;
	int r = 0;

	memset(k, 0, sizeof(*k));
	k->type = type;
	k->there = 1;
	rd_init(&rd, p, n);
	for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].type == type)
			r = take_part(&rd, &parts[i], k);
	if (r == 0 && (r = rd_end(&rd)) == 0 && type == KEY_AES) {
		k->aes.tries = k->aes.tries_max;
		r = k->aes.tries_max == 0 || k->aes.tries_max > KEY_TRIES_MAX ? ERR_FORMAT : 0;
	}
	return r;
}

int
key_check(struct key *k)
{
	switch (k->type) {
	case KEY_RSA:
		return rsa_complete(&k->rsa);
	case KEY_SIGN:
	case KEY_AGREE:
		return p256_check(k->ec.scalar, k->ec.point);
	case KEY_ROOT:
		return p256_check_point(k->root.point);
	default:
		return 0;
	}
}

int
key_generate(enum key_type type, struct key *k)
{
	memset(k, 0, sizeof(*k));
	k->type = type;
	k->there = 1;
	switch (type) {
	case KEY_RSA:
		return rsa_generate(&k->rsa);
	case KEY_SIGN:
	case KEY_AGREE:
		return p256_generate(k->ec.scalar, k->ec.point);
	default:
		return ERR_UNSUPPORTED;
	}
}

void
key_put_public(struct wr *wr, const struct key *k)
{
	size_t opened = tlv_open(wr, TAG_PUBLIC), skip = 0;

	if (k->type == KEY_RSA) {
		while (skip < RSA_E - 1 && k->rsa.e[skip] == 0)
			skip++;
		tlv_put(wr, TAG_N, k->rsa.n, RSA_BYTES);
		tlv_put(wr, TAG_E, k->rsa.e + skip, RSA_E - skip);
	} else {
		tlv_put(wr, TAG_POINT, k->ec.point, P256_POINT);
	}
	tlv_close(wr, opened);
}
