#include "hsm/keys/user.h"

#include <string.h>

#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "hsm/keys/field.h"

enum {
	HEAD_USED = 51,
	HEAD_ZEROS = SLOT_USER_LEN - HEAD_USED,
};

_Static_assert(FIELD_MAGIC_LEN + 2 + LABEL_MAX + 5 + 8 + USER_PRINT_LEN == HEAD_USED,
    "the record's fields fill it");
_Static_assert((int)USER_POINT == (int)P256_POINT, "a point is what p256 calls one");

static int
check(const void *v)
{
	const struct user_head *h = v;

	if ((h->mode == SHARE_TEST || h->mode == SHARE_LIVE) &&
	    field_text_ok(h->label, LABEL_MAX) && h->slot <= USER_SLOT_MAX &&
	    h->users <= USERS_MAX && h->user >= 1 && h->user <= h->users &&
	    h->copies <= COPIES_MAX && h->copy >= 1 && h->copy <= h->copies)
		return 0;
	return ERR_ARG;
}

/* In what ranges, check says. */
static void
fields(struct pass *p, void *v)
{
	struct user_head *h = v;

	pass_u8(p, &h->mode, 0, UINT8_MAX);
	field_text(p, h->label, LABEL_MAX);
	pass_u8(p, &h->slot, 0, UINT8_MAX);
	pass_u8(p, &h->user, 0, UINT8_MAX);
	pass_u8(p, &h->users, 0, UINT8_MAX);
	pass_u8(p, &h->copy, 0, UINT8_MAX);
	pass_u8(p, &h->copies, 0, UINT8_MAX);
	pass_u64(p, &h->date);
	pass_bytes(p, h->print, USER_PRINT_LEN);
}

static const struct field_record head = {
	{ 'S', 'L', 'T', 'U' }, USER_VERSION, SLOT_USER_LEN, HEAD_ZEROS,
	sizeof(struct user_head), fields, check,
};

int
user_head_encode(const struct user_head *h, uint8_t out[SLOT_USER_LEN])
{
	return field_encode(&head, h, out);
}

int
user_head_decode(const uint8_t *p, size_t n, struct user_head *h)
{
	return field_decode(&head, p, n, h);
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
