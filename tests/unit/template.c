#include "tests/unit/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/template_rsa.h"

#define NAME(name) { #name, CKA_ ## name }

static const struct {
	const char *name;
	CK_ATTRIBUTE_TYPE type;
} types[] = {
	NAME(CLASS), NAME(TOKEN), NAME(PRIVATE), NAME(LABEL), NAME(UNIQUE_ID), NAME(APPLICATION),
	NAME(VALUE), NAME(OBJECT_ID), NAME(CERTIFICATE_TYPE), NAME(ISSUER), NAME(SERIAL_NUMBER),
	NAME(TRUSTED), NAME(CERTIFICATE_CATEGORY), NAME(JAVA_MIDP_SECURITY_DOMAIN), NAME(URL),
	NAME(HASH_OF_SUBJECT_PUBLIC_KEY), NAME(HASH_OF_ISSUER_PUBLIC_KEY),
	NAME(NAME_HASH_ALGORITHM), NAME(CHECK_VALUE), NAME(KEY_TYPE), NAME(SUBJECT), NAME(ID),
	NAME(SENSITIVE), NAME(ENCRYPT), NAME(DECRYPT), NAME(WRAP), NAME(UNWRAP), NAME(SIGN),
	NAME(SIGN_RECOVER), NAME(VERIFY), NAME(VERIFY_RECOVER), NAME(DERIVE), NAME(START_DATE),
	NAME(END_DATE), NAME(MODULUS), NAME(MODULUS_BITS), NAME(PUBLIC_EXPONENT),
	NAME(PRIVATE_EXPONENT), NAME(PRIME_1), NAME(PRIME_2), NAME(EXPONENT_1), NAME(EXPONENT_2),
	NAME(COEFFICIENT), NAME(PUBLIC_KEY_INFO), NAME(VALUE_LEN), NAME(EXTRACTABLE), NAME(LOCAL),
	NAME(NEVER_EXTRACTABLE), NAME(ALWAYS_SENSITIVE), NAME(KEY_GEN_MECHANISM),
	NAME(MODIFIABLE), NAME(COPYABLE), NAME(DESTROYABLE), NAME(EC_PARAMS), NAME(EC_POINT),
	NAME(ALWAYS_AUTHENTICATE), NAME(WRAP_WITH_TRUSTED), NAME(ALLOWED_MECHANISMS),
	NAME(WRAP_TEMPLATE), NAME(UNWRAP_TEMPLATE), NAME(PRIME), NAME(VENDOR_DEFINED),
};

static const struct {
	const char *name;
	CK_ULONG v;
} numbers[] = {
	{ "data", CKO_DATA }, { "cert", CKO_CERTIFICATE }, { "public", CKO_PUBLIC_KEY },
	{ "private", CKO_PRIVATE_KEY }, { "secret", CKO_SECRET_KEY },
	{ "domain", CKO_DOMAIN_PARAMETERS },
	{ "rsa", CKK_RSA }, { "ec", CKK_EC }, { "ed", CKK_EC_EDWARDS }, { "x", CKK_EC_MONTGOMERY },
	{ "aes", CKK_AES }, { "generic", CKK_GENERIC_SECRET }, { "hkdf", CKK_HKDF },
	{ "sha256hmac", CKK_SHA256_HMAC }, { "dsa", CKK_DSA }, { "des3", CKK_DES3 },
	{ "x509", CKC_X_509 }, { "x509attr", CKC_X_509_ATTR_CERT },
	{ "none", CK_UNAVAILABLE_INFORMATION },
	{ "aes-gen", CKM_AES_KEY_GEN }, { "aes-ecb", CKM_AES_ECB }, { "aes-gcm", CKM_AES_GCM },
	{ "sha1", CKM_SHA_1 }, { "rsa-gen", CKM_RSA_PKCS_KEY_PAIR_GEN },
};

static const struct {
	const char *name, *hex;
} known[] = {
	{ "$p256", "06082a8648ce3d030107" },
	{ "$p384", "06052b81040022" },
	{ "$ed25519", "06032b6570" },
	{ "$ed25519name", "130c656477617264733235353139" },
	{ "$x25519", "06032b656e" },
	/* The generators of P-256 and P-384, SP 800-186; public keys of RFC 8032 7.1 and RFC 7748 6.1. */
	{ "$rawpoint", "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
	    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5" },
	{ "$point", "0441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
	    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5" },
	{ "$off", "0441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
	    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f6" },
	{ "$order", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551" },
	{ "$rawed", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" },
	{ "$ed", "0420d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" },
	{ "$rawx", "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a" },
	{ "$x", "04208520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a" },
};

static void
unknown(const char *word)
{
	fprintf(stderr, "template: what is %s?\n", word);
	abort();
}

static CK_ULONG
number(const char *word)
{
	char *end;
	CK_ULONG v;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(numbers[i].name, word) == 0)
			return numbers[i].v;
	v = strtoul(word, &end, 0);
	if (*end != '\0' || end == word)
		unknown(word);
	return v;
}

static size_t
bytes(char *word, uint8_t *p, size_t cap)
{
	char *const next = strchr(word, '+');
	unsigned long n;
	char *end;

	if (next != NULL) {
		*next = '\0';
		n = bytes(word, p, cap);
		return n + bytes(next + 1, p + n, cap - n);
	}
	if (word[0] == '\'') {
		memcpy(p, word + 1, strlen(word + 1));
		return strlen(word + 1);
	}
	if (word[0] == '$') {
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strcmp(known[i].name, word) == 0)
				return hex(known[i].hex, p, cap);
		for (size_t i = 0; i < sizeof(rsa_parts) / sizeof(rsa_parts[0]); i++)
			if (strcmp(rsa_parts[i].name, word) == 0)
				return hex(rsa_parts[i].hex, p, cap);
		unknown(word);
	}
	n = strtoul(word, &end, 10);
	if (*end != '*')
		return hex(word, p, cap);
	if (n > cap || hex(end + 1, p, cap) != 1)
		unknown(word);
	memset(p, p[0], n);
	return n;
}

static void
put_numbers(char *list, CK_ATTRIBUTE_TYPE type, struct attrs *set)
{
	uint8_t p[8 * 200];
	char *rest = NULL;
	size_t n = 0;

	for (char *w = strtok_r(list, ",", &rest); w != NULL; w = strtok_r(NULL, ",", &rest)) {
		const CK_ULONG v = number(w);

		for (int shift = 56; shift >= 0; shift -= 8)
			p[n++] = (uint8_t)(v >> shift);
	}
	attrs_put(set, type, p, n);
}

static void
put_word(char *word, struct attrs *set)
{
	static uint8_t p[32 * 1024];
	char *const value = strchr(word, '=');
	CK_ATTRIBUTE_TYPE type = 0;
	size_t i;

	if (value == NULL)
		unknown(word);
	*value = '\0';
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, word) == 0)
			break;
	if (i == sizeof(types) / sizeof(types[0]))
		unknown(word);
	type = types[i].type;
	if (value[1] == '#')
		attrs_put(set, type, p, hex(value + 2, p, sizeof(p)));
	else if (rules_kind(type) == KIND_BOOL)
		attrs_put_bool(set, type, number(value + 1) != 0);
	else if (rules_kind(type) == KIND_ULONG || rules_kind(type) == KIND_MECHANISMS)
		put_numbers(value + 1, type, set);
	else
		attrs_put(set, type, p, bytes(value + 1, p, sizeof(p)));
}

void
words(const char *text, struct attrs *set)
{
	char copy[4096], *rest = NULL;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *w = strtok_r(copy, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
		put_word(w, set);
	CU_ASSERT_EQUAL_FATAL(attrs_end(set), CKR_OK);
}

struct attrs *
sheet(struct sheet *s, const char *text)
{
	attrs_init(&s->set, s->p, sizeof(s->p));
	words(text, &s->set);
	return &s->set;
}

int
has_words(const struct attrs *object, const char *text)
{
	static struct sheet want;
	struct attr it;

	sheet(&want, text);
	for (size_t at = 0; attrs_next(&want.set, &at, &it); )
		if (!attrs_equal(object, it.type, it.p, it.n)) {
			fprintf(stderr, "attribute %lx is not as in: %s\n", it.type, text);
			return 0;
		}
	return 1;
}

const struct rules_who nobody = { .rw = 1 };
const struct rules_who user = { .rw = 1, .user = 1 };
const struct rules_who user_ro = { .user = 1 };
const struct rules_who so = { .rw = 1, .so = 1 };
