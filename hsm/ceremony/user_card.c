#include "hsm/ceremony/user_card.h"

#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/backup.h"

static int
look_at_user(struct ceremony *c)
{
	int r = card_user_head(&c->known, &c->on_user);

	c->has_user = r == 0;
	/* Keys may be there that another program has loaded. */
	if (r != 0 && r != ERR_NOT_FOUND && r != ERR_FORMAT && r != ERR_VERSION)
		return r;
	r = card_user_keys(&c->known, &c->on_keys);
	c->has_keys = r == 0;
	return r == ERR_NOT_FOUND || r == ERR_FORMAT ? 0 : r;
}

int
user_card_is_known(struct ceremony *c)
{
	return card_is_met(c, CARD_USER, look_at_user);
}

int
user_card_has(const struct ceremony *c, const struct user_keys *keys)
{
	return c->has_keys && memcmp(c->on_keys.point, keys->point, USER_POINT) == 0 &&
	    memcmp(c->on_keys.modulus, keys->modulus, USER_MODULUS) == 0;
}

/* What is enrolled or verified: the keys. */
static int
operation_of(const struct user_keys *keys, uint8_t out[CHALLENGE_OPERATION])
{
	uint8_t p[USER_MODULUS + USER_POINT];

	memcpy(p, keys->modulus, USER_MODULUS);
	memcpy(p + USER_MODULUS, keys->point, USER_POINT);
	return EVP_Digest(p, sizeof(p), out, NULL, EVP_sha256(), NULL) == 1 ? 0 : ERR_CRYPTO;
}

int
user_card_proves(struct ceremony *c, enum challenge_purpose purpose, const struct user_head *head)
{
	struct challenge challenge = { .purpose = (uint8_t)purpose, .user = head->user,
	    .users = head->users, .slot = head->slot };
	uint8_t text[CHALLENGE_LEN], signature[USER_MODULUS];
	struct credential_test test;
	int r;

	memset(&test, 0, sizeof(test));
	memcpy(challenge.hsm, c->status.label, strnlen(c->status.label, CHALLENGE_HSM));
	if ((r = operation_of(&c->on_keys, challenge.operation)) != 0 ||
	    (r = challenge_make(&challenge, text)) != 0 ||
	    (r = card_user_sign(&c->known, text, signature)) != 0 ||
	    (r = challenge_verify(&c->on_keys, text, signature)) != 0 ||
	    (r = credential_test_make(&c->on_keys, &test)) != 0 ||
	    (r = card_user_agree(&c->known, test.point, c->z)) != 0)
		goto out;
	r = credential_test_check(&test, c->z);
out:
	OPENSSL_cleanse(&test, sizeof(test));
	OPENSSL_cleanse(c->z, sizeof(c->z));
	/* The card's own public key is none: it is not what it says. */
	return r == ERR_FORMAT ? ERR_MAC : r;
}

static int
find_seat(struct ceremony *c)
{
	struct gate *gate = c->env->gate;
	unsigned slot, seat;
	int r;

	if (gate == NULL || !c->has_keys)
		return 0;
	if ((r = gate->ops->whose(gate, &c->on_keys, &slot, &seat)) == ERR_NOT_FOUND)
		return 0;
	if (r != 0)
		return r;
	c->result->slot = (uint8_t)slot;
	c->result->seat = (uint8_t)seat;
	return 0;
}

int
user_card_tell(struct ceremony *c)
{
	struct ceremony_result *result = c->result;

	result->pin = c->pin;
	result->user = c->on_user;
	result->have_user = c->has_user;
	result->keys = c->on_keys;
	result->have_keys = c->has_keys;
	return find_seat(c);
}
