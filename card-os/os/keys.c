#include "card-os/os/keys.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/files.h"

enum { PRESENT = 1, POINT_UNCOMPRESSED = 0x04 };

/* What a type's content is, behind the byte that is 1 when there is one: parts of a struct key. */
#define FIELD(m) { offsetof(struct key, m), sizeof(((struct key *)0)->m) }

static const struct shape {
	struct {
		size_t at, n;
	} field[8];
} shapes[KEY_TYPES] = {
	[KEY_RSA] = { { FIELD(rsa.n), FIELD(rsa.e), FIELD(rsa.d), FIELD(rsa.p), FIELD(rsa.q),
	    FIELD(rsa.qinv), FIELD(rsa.dp), FIELD(rsa.dq) } },
	[KEY_SIGN] = { { FIELD(ec.scalar), FIELD(ec.point) } },
	[KEY_AGREE] = { { FIELD(ec.scalar), FIELD(ec.point) } },
	[KEY_AES] = { { FIELD(aes.tries), FIELD(aes.tries_max), FIELD(aes.secret) } },
	[KEY_ROOT] = { { FIELD(root.holder_n), FIELD(root.holder), FIELD(root.point) } },
};

enum { FIELDS = sizeof(shapes[0].field) / sizeof(shapes[0].field[0]) };

size_t
key_content(unsigned type)
{
	size_t n = 0;

	if (type >= KEY_TYPES)
		return 0;
	for (size_t i = 0; i < FIELDS; i++)
		n += shapes[type].field[i].n;
	return n == 0 ? 0 : PRESENT + n;
}

void
key_get(const struct card_data *d, uint16_t file, struct key *k)
{
	const struct shape *shape = &shapes[d->file[file].key];
	struct rd rd;

	memset(k, 0, sizeof(*k));
	k->type = d->file[file].key;
	rd_init(&rd, files_bytes(d, file), d->file[file].size);
	k->there = rd_u8(&rd);
	for (size_t i = 0; i < FIELDS; i++)
		rd_bytes(&rd, (uint8_t *)k + shape->field[i].at, shape->field[i].n);
}

void
key_put(struct card_data *d, uint16_t file, const struct key *k)
{
	const struct shape *shape = &shapes[d->file[file].key];
	struct wr wr;

	wr_init(&wr, files_content(d, file), d->file[file].size);
	if (!k->there) {
		OPENSSL_cleanse(wr.p, wr.cap);
		return;
	}
	wr_u8(&wr, 1);
	for (size_t i = 0; i < FIELDS; i++)
		wr_bytes(&wr, (const uint8_t *)k + shape->field[i].at, shape->field[i].n);
}

void
key_wipe(struct key *k)
{
	OPENSSL_cleanse(k, sizeof(*k));
}

int
key_is_holder(size_t n)
{
	return n >= HOLDER_MIN && n <= HOLDER_MAX;
}

static int
is_zeros(const uint8_t *p, size_t n)
{
	uint8_t all = 0;

	while (n-- > 0)
		all |= *p++;
	return all == 0;
}

static int
aes_is_sound(const struct key *k)
{
	return k->aes.tries <= k->aes.tries_max && k->aes.tries_max > 0 &&
	    k->aes.tries_max <= KEY_TRIES_MAX;
}

static int
root_is_sound(const struct key *k)
{
	return key_is_holder(k->root.holder_n) && k->root.point[0] == POINT_UNCOMPRESSED &&
	    is_zeros(k->root.holder + k->root.holder_n, HOLDER_MAX - k->root.holder_n);
}

/* What costs nothing to see: every image that is written or read is looked at so. */
static int
numbers_are_sound(const struct key *k)
{
	switch (k->type) {
	case KEY_RSA:
		return (k->rsa.n[0] & 0x80) != 0 && (k->rsa.n[RSA_BYTES - 1] & 1) != 0 &&
		    (k->rsa.e[RSA_E - 1] & 1) != 0;
	case KEY_AES:
		return aes_is_sound(k);
	case KEY_ROOT:
		return root_is_sound(k);
	default:
		return k->ec.point[0] == POINT_UNCOMPRESSED;
	}
}

int
key_is_sound(const struct card_data *d, uint16_t file)
{
	const uint8_t *p = files_bytes(d, file);
	struct key k;
	int ok;

	if (*p == 0)
		return is_zeros(p, d->file[file].size);
	key_get(d, file, &k);
	ok = k.there == 1 && numbers_are_sound(&k);
	key_wipe(&k);
	return ok;
}

uint16_t
key_of_holder(const struct card_data *d, uint16_t df, const uint8_t *name, size_t n)
{
	struct key k;

	for (; df != CARD_NO_FILE; df = d->file[df].parent)
		for (uint16_t i = 0; i < d->files_n; i++) {
			if (d->file[i].key != KEY_ROOT || d->file[i].parent != df)
				continue;
			key_get(d, i, &k);
			if (k.root.holder_n == n && memcmp(k.root.holder, name, n) == 0)
				return i;
		}
	return CARD_NO_FILE;
}
