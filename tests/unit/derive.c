#include "hsm/keys/derive.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static const uint8_t salt[DERIVE_SALT_LEN] = "sixteen bytes ..";

/* hashlib.scrypt(b"correct horse", salt=salt, n=2**cost, r=8, p=1, dklen=32) of Python. */
static void
scrypt_is_as_others_have_it(void)
{
	static const struct {
		unsigned cost;
		const char *key;
	} known[] = {
		{ 1, "7e286e30bb0c94daf07fe48a9afd22888510898c30ed96a776c479ff19dbd572" },
		{ 15, "2de7bcbd937e2ce31683fe42b6ccb828ffb745d9ddc246077e03122415b404a4" },
	};
	uint8_t want[SEAL_KEY_LEN];
	struct seal_key key;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		CU_ASSERT_EQUAL(hex(known[i].key, want, sizeof(want)), sizeof(want));
		OK(derive_code((const uint8_t *)"correct horse", 13, salt, known[i].cost, &key));
		SAME(key.key, want, sizeof(want));
	}
}

/* RFC 5869 2.2 and 2.3, worked out with the hmac module of Python. */
static void
hkdf_is_that_of_rfc_5869(void)
{
	static const struct {
		const char *label, *context, *key;
		int salted;
	} known[] = {
		{ "label", "", "0b1efb8bed4192f510e5687eb66aa68a7ec2fa86852ae9bc393260eb5838c984", 0 },
		{ "label", "context", "da5846474b061010d85fa44500b6c4290c572715892546a5b38a6af9cb1d38fd", 0 },
		{ "label", "context", "db35eeb5dea8344a0473d6c205869c10f0e3a289325b47e4ae0767955585f8f6", 1 },
	};
	struct seal_key from, with, key;
	uint8_t want[SEAL_KEY_LEN];

	memset(&from, 0x11, sizeof(from));
	memset(&with, 0x22, sizeof(with));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		CU_ASSERT_EQUAL(hex(known[i].key, want, sizeof(want)), sizeof(want));
		OK(derive_key(&from, known[i].salted ? &with : NULL, known[i].label,
		    known[i].context, strlen(known[i].context), &key));
		SAME(key.key, want, sizeof(want));
	}
}

static void
what_is_too_long_to_be_told_apart_is_refused(void)
{
	static const struct seal_key zero;
	static const char context[128];
	struct seal_key key;

	OK(derive_key(&zero, NULL, "label", context, 122, &key));
	CU_ASSERT_NOT_EQUAL(derive_key(&zero, NULL, "label", context, 123, &key), 0);
	SAME(&key, &zero, sizeof(key));
}

static void
a_key_may_take_the_place_of_the_one_it_comes_from(void)
{
	struct seal_key key, other;

	memset(&key, 0x11, sizeof(key));
	OK(derive_key(&key, NULL, "label", "context", 7, &other));
	OK(derive_key(&key, NULL, "label", "context", 7, &key));
	SAME(&key, &other, sizeof(key));
}

/* HKDF takes secrets of any length (RFC 5869 2.2); of 32 bytes it is what derive_key gives. */
static void
secrets_are_joined_up_to_their_bound(void)
{
	static const uint8_t secret[DERIVE_SECRET_MAX + 1] = { 1, 2, 3 };
	static const struct seal_key zero;
	struct seal_key from, key, other;

	memcpy(&from, secret, sizeof(from));
	OK(derive_key(&from, NULL, "label", "context", 7, &other));
	OK(derive_joined(secret, sizeof(from), "label", "context", 7, &key));
	SAME(&key, &other, sizeof(key));
	OK(derive_joined(secret, sizeof(from) + 1, "label", "context", 7, &key));
	CU_ASSERT_NOT_EQUAL(memcmp(&key, &other, sizeof(key)), 0);
	OK(derive_joined(secret, 1, "label", "context", 7, &key));
	OK(derive_joined(secret, DERIVE_SECRET_MAX, "label", "context", 7, &key));
	CU_ASSERT_EQUAL(derive_joined(secret, 0, "label", "context", 7, &key), ERR_ARG);
	CU_ASSERT_EQUAL(derive_joined(secret, sizeof(secret), "label", "context", 7, &key), ERR_ARG);
	SAME(&key, &zero, sizeof(key));
}

static const struct sentence sentences[] = {
	SENTENCE(scrypt_is_as_others_have_it),
	SENTENCE(hkdf_is_that_of_rfc_5869),
	SENTENCE(what_is_too_long_to_be_told_apart_is_refused),
	SENTENCE(a_key_may_take_the_place_of_the_one_it_comes_from),
	SENTENCE(secrets_are_joined_up_to_their_bound),
};

SUITE("derive", sentences)
