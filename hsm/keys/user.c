#include "hsm/keys/user.h"

#include <string.h>

#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "hsm/keys/field.h"

static const uint8_t magic[4] = { 'S', 'L', 'T', 'U' };

enum {
	HEAD_USED = 51,
	HEAD_ZEROS = SLOT_USER_LEN - HEAD_USED,
};

_Static_assert(sizeof(magic) + 2 + LABEL_MAX + 5 + 8 + USER_PRINT_LEN == HEAD_USED,
    "the record's fields fill it");
_Static_assert((int)USER_POINT == (int)P256_POINT, "a point is what p256 calls one");

static int
check(const struct user_head *h)
{
	if ((h->mode == SHARE_TEST || h->mode == SHARE_LIVE) &&
	    field_text_ok(h->label, LABEL_MAX) && h->slot <= USER_SLOT_MAX &&
	    h->users <= USERS_MAX && h->user >= 1 && h->user <= h->users &&
	    h->copies <= COPIES_MAX && h->copy >= 1 && h->copy <= h->copies)
		return 0;
	return ERR_ARG;
}

int
user_head_encode(const struct user_head *h, uint8_t out[SLOT_USER_LEN])
{
	struct wr wr;
	int r;

	memset(out, 0, SLOT_USER_LEN);
	if ((r = check(h)) != 0)
		return r;
	wr_init(&wr, out, SLOT_USER_LEN);
	wr_bytes(&wr, magic, sizeof(magic));
	wr_u8(&wr, USER_VERSION);
	wr_u8(&wr, h->mode);
	field_put_text(&wr, h->label, LABEL_MAX);
	wr_u8(&wr, h->slot);
	wr_u8(&wr, h->user);
	wr_u8(&wr, h->users);
	wr_u8(&wr, h->copy);
	wr_u8(&wr, h->copies);
	wr_u64(&wr, h->date);
	wr_bytes(&wr, h->print, USER_PRINT_LEN);
	wr_zero(&wr, HEAD_ZEROS);
	return wr_end(&wr);
}

int
user_head_decode(const uint8_t *p, size_t n, struct user_head *h)
{
	uint8_t got[sizeof(magic)], zeros[HEAD_ZEROS];
	struct rd rd;
	int r = ERR_FORMAT;

	memset(h, 0, sizeof(*h));
	if (n != SLOT_USER_LEN)
		return ERR_FORMAT;
	if (field_is_zero(p, n))
		return ERR_NOT_FOUND;
	rd_init(&rd, p, n);
	rd_bytes(&rd, got, sizeof(got));
	if (memcmp(got, magic, sizeof(magic)) != 0)
		return ERR_FORMAT;
	if (rd_u8(&rd) != USER_VERSION)
		return ERR_VERSION;
	h->mode = rd_u8(&rd);
	field_get_text(&rd, h->label, LABEL_MAX);
	h->slot = rd_u8(&rd);
	h->user = rd_u8(&rd);
	h->users = rd_u8(&rd);
	h->copy = rd_u8(&rd);
	h->copies = rd_u8(&rd);
	h->date = rd_u64(&rd);
	rd_bytes(&rd, h->print, USER_PRINT_LEN);
	rd_bytes(&rd, zeros, sizeof(zeros));
	if (rd_end(&rd) == 0 && field_is_zero(zeros, sizeof(zeros)) && check(h) == 0)
		r = 0;
	if (r != 0)
		memset(h, 0, sizeof(*h));
	return r;
}

int
user_print(const struct user_keys *keys, uint8_t print[USER_PRINT_LEN])
{
	uint8_t all[USER_MODULUS + USER_POINT], hash[32];

	memcpy(all, keys->modulus, USER_MODULUS);
	memcpy(all + USER_MODULUS, keys->point, USER_POINT);
	memset(print, 0, USER_PRINT_LEN);
	if (EVP_Digest(all, sizeof(all), hash, NULL, EVP_sha256(), NULL) != 1)
		return ERR_CRYPTO;
	memcpy(print, hash, USER_PRINT_LEN);
	return 0;
}

int
user_keys_check(const struct user_keys *keys)
{
	if ((keys->modulus[0] & 0x80) == 0 || (keys->modulus[USER_MODULUS - 1] & 1) == 0)
		return ERR_FORMAT;
	return p256_check_point(keys->point);
}

/* What a card agrees on is an x alone, so a point and its negative are one key. */
int
user_keys_meet(const struct user_keys *a, const struct user_keys *b)
{
	return memcmp(a->modulus, b->modulus, USER_MODULUS) == 0 ||
	    memcmp(a->point + 1, b->point + 1, USER_POINT / 2) == 0;
}
