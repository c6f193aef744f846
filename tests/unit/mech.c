#include "hsm/pkcs11/mech.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

static uint8_t bytes[MECH_DATA_MAX + 1];

static CK_RSA_PKCS_OAEP_PARAMS label = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, bytes, 3 };

/* Each parameter has one thing wrong, or none, at the boundary. */
#define P(type) (const void *)&(const type)
static const struct {
	const char *why;
	CK_MECHANISM_TYPE type;
	const void *p;
	size_t n;
	CK_RV want;
} natives[] = {
	{ "no parameter", CKM_RSA_PKCS, NULL, 0, CKR_OK },
	{ "one that is not wanted", CKM_RSA_PKCS, bytes, 1, CKR_MECHANISM_PARAM_INVALID },
	{ "NULL with a length", CKM_AES_CBC, NULL, 16, CKR_MECHANISM_PARAM_INVALID },
	{ "unknown", 0x9999, NULL, 0, CKR_MECHANISM_INVALID },

	{ "PSS", CKM_RSA_PKCS_PSS, P(CK_RSA_PKCS_PSS_PARAMS){ CKM_SHA_1, CKG_MGF1_SHA512, 0 }, 24,
	    CKR_OK },
	{ "PSS of its own hash", CKM_SHA256_RSA_PKCS_PSS,
	    P(CK_RSA_PKCS_PSS_PARAMS){ CKM_SHA256, CKG_MGF1_SHA256, 512 }, 24, CKR_OK },
	{ "PSS of another hash", CKM_SHA256_RSA_PKCS_PSS,
	    P(CK_RSA_PKCS_PSS_PARAMS){ CKM_SHA384, CKG_MGF1_SHA256, 32 }, 24,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "PSS of a hash that is a signature", CKM_RSA_PKCS_PSS,
	    P(CK_RSA_PKCS_PSS_PARAMS){ CKM_SHA256_RSA_PKCS, CKG_MGF1_SHA256, 32 }, 24,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "PSS without MGF", CKM_RSA_PKCS_PSS, P(CK_RSA_PKCS_PSS_PARAMS){ CKM_SHA256, 0, 32 }, 24,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "PSS, the MGF after the last", CKM_RSA_PKCS_PSS,
	    P(CK_RSA_PKCS_PSS_PARAMS){ CKM_SHA256, 6, 32 }, 24, CKR_MECHANISM_PARAM_INVALID },
	{ "PSS, salt too long", CKM_RSA_PKCS_PSS,
	    P(CK_RSA_PKCS_PSS_PARAMS){ CKM_SHA256, CKG_MGF1_SHA256, 513 }, 24,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "PSS, a byte short", CKM_RSA_PKCS_PSS, bytes, 23, CKR_MECHANISM_PARAM_INVALID },
	{ "PSS, a byte more", CKM_RSA_PKCS_PSS, bytes, 25, CKR_MECHANISM_PARAM_INVALID },
	{ "PSS, NULL", CKM_RSA_PKCS_PSS, NULL, 0, CKR_MECHANISM_PARAM_INVALID },

	{ "OAEP", CKM_RSA_PKCS_OAEP,
	    P(CK_RSA_PKCS_OAEP_PARAMS){ CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0 }, 40,
	    CKR_OK },
	{ "OAEP without source", CKM_RSA_PKCS_OAEP,
	    P(CK_RSA_PKCS_OAEP_PARAMS){ CKM_SHA_1, CKG_MGF1_SHA1, 0, NULL, 0 }, 40, CKR_OK },
	{ "OAEP without source but a label", CKM_RSA_PKCS_OAEP,
	    P(CK_RSA_PKCS_OAEP_PARAMS){ CKM_SHA_1, CKG_MGF1_SHA1, 0, bytes, 1 }, 40,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "OAEP, another source", CKM_RSA_PKCS_OAEP,
	    P(CK_RSA_PKCS_OAEP_PARAMS){ CKM_SHA_1, CKG_MGF1_SHA1, 2, NULL, 0 }, 40,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "OAEP, the longest label", CKM_RSA_PKCS_OAEP, P(CK_RSA_PKCS_OAEP_PARAMS){ CKM_SHA512,
	    CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, bytes, MECH_DATA_MAX }, 40, CKR_OK },
	{ "OAEP, a longer one", CKM_RSA_PKCS_OAEP, P(CK_RSA_PKCS_OAEP_PARAMS){ CKM_SHA512,
	    CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, bytes, MECH_DATA_MAX + 1 }, 40,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "OAEP, a label that is NULL", CKM_RSA_PKCS_OAEP, P(CK_RSA_PKCS_OAEP_PARAMS){ CKM_SHA512,
	    CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 1 }, 40, CKR_MECHANISM_PARAM_INVALID },
	{ "OAEP without hash", CKM_RSA_PKCS_OAEP, P(CK_RSA_PKCS_OAEP_PARAMS){ 0,
	    CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0 }, 40, CKR_MECHANISM_PARAM_INVALID },
	{ "RSA-AES", CKM_RSA_AES_KEY_WRAP, P(CK_RSA_AES_KEY_WRAP_PARAMS){ 192, &label }, 16, CKR_OK },
	{ "RSA-AES without OAEP", CKM_RSA_AES_KEY_WRAP, P(CK_RSA_AES_KEY_WRAP_PARAMS){ 256, NULL },
	    16, CKR_MECHANISM_PARAM_INVALID },
	{ "RSA-AES of no AES key", CKM_RSA_AES_KEY_WRAP,
	    P(CK_RSA_AES_KEY_WRAP_PARAMS){ 32, &label }, 16, CKR_MECHANISM_PARAM_INVALID },

	{ "EdDSA", CKM_EDDSA, NULL, 0, CKR_OK },
	{ "EdDSA, plain by parameter", CKM_EDDSA, P(CK_EDDSA_PARAMS){ 0, 0, NULL }, 24, CKR_OK },
	{ "Ed25519ph", CKM_EDDSA, P(CK_EDDSA_PARAMS){ 1, 0, NULL }, 24,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "Ed25519ctx", CKM_EDDSA, P(CK_EDDSA_PARAMS){ 0, 1, bytes }, 24,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "EdDSA, a byte short", CKM_EDDSA, bytes, 23, CKR_MECHANISM_PARAM_INVALID },

	{ "ECDH", CKM_ECDH1_DERIVE, P(CK_ECDH1_DERIVE_PARAMS){ CKD_NULL, 0, NULL, 65, bytes }, 40,
	    CKR_OK },
	{ "ECDH, shared data without KDF", CKM_ECDH1_DERIVE,
	    P(CK_ECDH1_DERIVE_PARAMS){ CKD_NULL, 1, bytes, 65, bytes }, 40,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "ECDH, KDF", CKM_ECDH1_DERIVE,
	    P(CK_ECDH1_DERIVE_PARAMS){ CKD_SHA512_KDF, MECH_DATA_MAX, bytes, 1, bytes }, 40, CKR_OK },
	{ "ECDH, the KDF after the last", CKM_ECDH1_DERIVE,
	    P(CK_ECDH1_DERIVE_PARAMS){ CKD_CPDIVERSIFY_KDF, 0, NULL, 65, bytes }, 40,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "ECDH, KDF 0", CKM_ECDH1_DERIVE, P(CK_ECDH1_DERIVE_PARAMS){ 0, 0, NULL, 65, bytes }, 40,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "ECDH without a point", CKM_ECDH1_DERIVE,
	    P(CK_ECDH1_DERIVE_PARAMS){ CKD_NULL, 0, NULL, 0, bytes }, 40,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "ECDH, a point that is NULL", CKM_ECDH1_DERIVE,
	    P(CK_ECDH1_DERIVE_PARAMS){ CKD_NULL, 0, NULL, 65, NULL }, 40,
	    CKR_MECHANISM_PARAM_INVALID },

	{ "CBC", CKM_AES_CBC, bytes, 16, CKR_OK },
	{ "CBC, a byte short", CKM_AES_CBC, bytes, 15, CKR_MECHANISM_PARAM_INVALID },
	{ "CBC-PAD, a byte more", CKM_AES_CBC_PAD, bytes, 17, CKR_MECHANISM_PARAM_INVALID },
	{ "ECB with an IV", CKM_AES_ECB, bytes, 16, CKR_MECHANISM_PARAM_INVALID },
	{ "CTR", CKM_AES_CTR, P(CK_AES_CTR_PARAMS){ 1, { 0 } }, 24, CKR_OK },
	{ "CTR, all bits", CKM_AES_CTR, P(CK_AES_CTR_PARAMS){ 128, { 0 } }, 24, CKR_OK },
	{ "CTR, no bits", CKM_AES_CTR, P(CK_AES_CTR_PARAMS){ 0, { 0 } }, 24,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "CTR, more bits", CKM_AES_CTR, P(CK_AES_CTR_PARAMS){ 129, { 0 } }, 24,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "GCM", CKM_AES_GCM, P(struct ck_gcm_params){ bytes, 12, 96, NULL, 0, 128 }, 48, CKR_OK },
	{ "GCM of 2.40's text", CKM_AES_GCM,
	    P(struct ck_gcm_params){ bytes, 12, (CK_ULONG)(uintptr_t)bytes, (void *)16, 96, 0 }, 40,
	    CKR_OK },
	{ "GCM, bits of the IV unsaid", CKM_AES_GCM,
	    P(struct ck_gcm_params){ bytes, 256, 0, NULL, 0, 96 }, 48, CKR_OK },
	{ "GCM, other bits of the IV", CKM_AES_GCM,
	    P(struct ck_gcm_params){ bytes, 12, 95, NULL, 0, 128 }, 48, CKR_MECHANISM_PARAM_INVALID },
	{ "GCM without IV", CKM_AES_GCM, P(struct ck_gcm_params){ bytes, 0, 0, NULL, 0, 128 }, 48,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "GCM, IV too long", CKM_AES_GCM,
	    P(struct ck_gcm_params){ bytes, 257, 0, NULL, 0, 128 }, 48, CKR_MECHANISM_PARAM_INVALID },
	{ "GCM, an IV that is NULL", CKM_AES_GCM,
	    P(struct ck_gcm_params){ NULL, 12, 0, NULL, 0, 128 }, 48, CKR_MECHANISM_PARAM_INVALID },
	{ "GCM, AAD that is NULL", CKM_AES_GCM,
	    P(struct ck_gcm_params){ bytes, 12, 0, NULL, 1, 128 }, 48, CKR_MECHANISM_PARAM_INVALID },
	{ "GCM, AAD too long", CKM_AES_GCM,
	    P(struct ck_gcm_params){ bytes, 12, 0, bytes, MECH_DATA_MAX + 1, 128 }, 48,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "GCM, tag too short", CKM_AES_GCM,
	    P(struct ck_gcm_params){ bytes, 12, 0, NULL, 0, 88 }, 48, CKR_MECHANISM_PARAM_INVALID },
	{ "GCM, tag too long", CKM_AES_GCM,
	    P(struct ck_gcm_params){ bytes, 12, 0, NULL, 0, 136 }, 48, CKR_MECHANISM_PARAM_INVALID },
	{ "GCM, tag of no whole bytes", CKM_AES_GCM,
	    P(struct ck_gcm_params){ bytes, 12, 0, NULL, 0, 100 }, 48, CKR_MECHANISM_PARAM_INVALID },
	{ "KW", CKM_AES_KEY_WRAP, NULL, 0, CKR_OK },
	{ "KW, IV", CKM_AES_KEY_WRAP, bytes, 8, CKR_OK },
	{ "KW, IV of KWP", CKM_AES_KEY_WRAP, bytes, 4, CKR_MECHANISM_PARAM_INVALID },
	{ "KWP, IV", CKM_AES_KEY_WRAP_PAD, bytes, 4, CKR_OK },
	{ "KWP, IV of KW", CKM_AES_KEY_WRAP_KWP, bytes, 8, CKR_MECHANISM_PARAM_INVALID },

	{ "CMAC", CKM_AES_CMAC, NULL, 0, CKR_OK },
	{ "CMAC with a length", CKM_AES_CMAC, P(CK_ULONG){ 8 }, 8, CKR_MECHANISM_PARAM_INVALID },
	{ "CMAC of 16", CKM_AES_CMAC_GENERAL, P(CK_ULONG){ 16 }, 8, CKR_OK },
	{ "CMAC of 17", CKM_AES_CMAC_GENERAL, P(CK_ULONG){ 17 }, 8, CKR_MECHANISM_PARAM_INVALID },
	{ "CMAC of no length", CKM_AES_CMAC_GENERAL, NULL, 0, CKR_MECHANISM_PARAM_INVALID },
	{ "HMAC of 4", CKM_SHA256_HMAC_GENERAL, P(CK_ULONG){ 4 }, 8, CKR_OK },
	{ "HMAC of 3", CKM_SHA256_HMAC_GENERAL, P(CK_ULONG){ 3 }, 8, CKR_MECHANISM_PARAM_INVALID },
	{ "HMAC of 32", CKM_SHA256_HMAC_GENERAL, P(CK_ULONG){ 32 }, 8, CKR_OK },
	{ "HMAC of 33", CKM_SHA256_HMAC_GENERAL, P(CK_ULONG){ 33 }, 8, CKR_MECHANISM_PARAM_INVALID },

	{ "HKDF", CKM_HKDF_DERIVE, P(CK_HKDF_PARAMS){ 1, 1, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 0,
	    0, bytes, MECH_DATA_MAX }, 64, CKR_OK },
	{ "HKDF, salt", CKM_HKDF_DERIVE, P(CK_HKDF_PARAMS){ 1, 0, CKM_SHA256, CKF_HKDF_SALT_DATA,
	    bytes, 32, 0, NULL, 0 }, 64, CKR_OK },
	{ "HKDF, salt key", CKM_HKDF_DERIVE, P(CK_HKDF_PARAMS){ 1, 0, CKM_SHA256, CKF_HKDF_SALT_KEY,
	    NULL, 0, 7, NULL, 0 }, 64, CKR_OK },
	{ "HKDF, salt key 0", CKM_HKDF_DERIVE, P(CK_HKDF_PARAMS){ 1, 0, CKM_SHA256,
	    CKF_HKDF_SALT_KEY, NULL, 0, 0, NULL, 0 }, 64, CKR_MECHANISM_PARAM_INVALID },
	{ "HKDF, two kinds of salt", CKM_HKDF_DERIVE, P(CK_HKDF_PARAMS){ 1, 0, CKM_SHA256,
	    CKF_HKDF_SALT_KEY | CKF_HKDF_SALT_DATA, bytes, 1, 7, NULL, 0 }, 64,
	    CKR_MECHANISM_PARAM_INVALID },
	{ "HKDF that does nothing", CKM_HKDF_DERIVE, P(CK_HKDF_PARAMS){ 0, 0, CKM_SHA256,
	    CKF_HKDF_SALT_NULL, NULL, 0, 0, NULL, 0 }, 64, CKR_MECHANISM_PARAM_INVALID },
	{ "HKDF that only expands has no salt", CKM_HKDF_DERIVE, P(CK_HKDF_PARAMS){ 0, 1,
	    CKM_SHA256, CKF_HKDF_SALT_DATA, bytes, 9, 0, NULL, 0 }, 64, CKR_OK },
	{ "HKDF of an HMAC", CKM_HKDF_DERIVE, P(CK_HKDF_PARAMS){ 1, 1, CKM_SHA256_HMAC,
	    CKF_HKDF_SALT_NULL, NULL, 0, 0, NULL, 0 }, 64, CKR_MECHANISM_PARAM_INVALID },
	{ "HKDF, info too long", CKM_HKDF_DERIVE, P(CK_HKDF_PARAMS){ 1, 1, CKM_SHA256,
	    CKF_HKDF_SALT_NULL, NULL, 0, 0, bytes, MECH_DATA_MAX + 1 }, 64,
	    CKR_MECHANISM_PARAM_INVALID },
};

static CK_RV
from(size_t i, struct mech *m)
{
	CK_MECHANISM native = { natives[i].type, (void *)(uintptr_t)natives[i].p, natives[i].n };

	return mech_from_native(&native, 0, m);
}

static void
each_native_parameter_is_taken_or_refused(void)
{
	struct mech m;

	for (size_t i = 0; i < sizeof(natives) / sizeof(natives[0]); i++)
		if (from(i, &m) != natives[i].want)
			CU_FAIL(natives[i].why);
	CU_ASSERT_EQUAL(mech_from_native(NULL, 0, &m), CKR_ARGUMENTS_BAD);
}

static int
same(const struct mech *a, const struct mech *b)
{
	return a->info == b->info && a->hash == b->hash && a->mgf == b->mgf &&
	    a->salt_len == b->salt_len && a->bits == b->bits && a->out_len == b->out_len &&
	    a->kdf == b->kdf && a->salt_key == b->salt_key && a->extract == b->extract &&
	    a->expand == b->expand && a->has_params == b->has_params && a->prehash == b->prehash &&
	    a->iv_n == b->iv_n && a->a_n == b->a_n && a->b_n == b->b_n &&
	    memcmp(a->iv, b->iv, a->iv_n) == 0 && memcmp(a->a, b->a, a->a_n) == 0 &&
	    memcmp(a->b, b->b, a->b_n) == 0;
}

static size_t
encoded(const struct mech *m, uint8_t wire[MECH_WIRE_MAX])
{
	struct wr w;

	wr_init(&w, wire, MECH_WIRE_MAX);
	mech_put(&w, m);
	OK(wr_end(&w));
	return w.n;
}

static void
what_is_put_is_what_is_got(void)
{
	static uint8_t wire[MECH_WIRE_MAX];
	static struct mech m, again;
	struct rd r;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < sizeof(natives) / sizeof(natives[0]); i++) {
		if (from(i, &m) != CKR_OK)
			continue;
		rd_init(&r, wire, encoded(&m, wire));
		if (mech_get(&r, 0, &again) != CKR_OK || rd_end(&r) != 0 || !same(&m, &again))
			CU_FAIL(natives[i].why);
	}
	memset(bytes, 0, sizeof(bytes));
}

static void
a_mechanism_that_is_cut_short_is_refused(void)
{
	static uint8_t wire[MECH_WIRE_MAX];
	CK_MECHANISM native = { CKM_AES_CBC, bytes, 16 };
	static struct mech m;
	struct rd r;
	size_t n;

	OK(mech_from_native(&native, 0, &m));
	n = encoded(&m, wire);
	for (size_t i = 0; i < n; i++) {
		rd_init(&r, wire, i);
		CU_ASSERT_EQUAL(mech_get(&r, 0, &m), CKR_ARGUMENTS_BAD);
	}
	rd_init(&r, wire, n);
	OK(mech_get(&r, 0, &m));
	/* A length that says more than there may be. */
	wire[n - 4 - 4] = 0xff;
	rd_init(&r, wire, n);
	CU_ASSERT_EQUAL(mech_get(&r, 0, &m), CKR_ARGUMENTS_BAD);
}

/* What a mechanism has no use for, each by itself. */
static void
the_wire_has_nothing_that_is_not_used(void)
{
	static uint8_t wire[MECH_WIRE_MAX];
	CK_MECHANISM native = { CKM_RSA_PKCS, NULL, 0 };
	struct mech m;
	struct rd r;
	size_t n;

	OK(mech_from_native(&native, 0, &m));
	n = encoded(&m, wire);
	/* hash to salt_key, then four flags; the last bytes are three lengths. */
	for (size_t i = 8; i < n - 12; i++) {
		wire[i] = 1;
		rd_init(&r, wire, n);
		CU_ASSERT_EQUAL(mech_get(&r, 0, &m), CKR_MECHANISM_PARAM_INVALID);
		wire[i] = 0;
	}
	for (size_t i = 1; i <= 3; i++) {
		uint8_t longer[MECH_WIRE_MAX];

		memcpy(longer, wire, n - 4 * (i - 1));
		longer[n - 4 * (i - 1) - 1] = 1;
		longer[n - 4 * (i - 1)] = 0x55;
		memcpy(longer + n - 4 * (i - 1) + 1, wire + n - 4 * (i - 1), 4 * (i - 1));
		rd_init(&r, longer, n + 1);
		CU_ASSERT_EQUAL(mech_get(&r, 0, &m), CKR_MECHANISM_PARAM_INVALID);
		CU_ASSERT_EQUAL(rd_end(&r), 0);
	}
}

/* A member of a parameter that has it, with what only the wire could say. */
static void
the_wire_says_nothing_that_an_application_cannot(void)
{
	static const struct {
		const char *why;
		struct mech m;
		CK_MECHANISM_TYPE type;
		CK_RV want;
	} said[] = {
		{ "EdDSA", { .has_params = 1 }, CKM_EDDSA, CKR_OK },
		{ "prehash", { .has_params = 1, .prehash = 1 }, CKM_EDDSA,
		    CKR_MECHANISM_PARAM_INVALID },
		{ "two parameters", { .has_params = 2 }, CKM_EDDSA, CKR_MECHANISM_PARAM_INVALID },
		{ "HKDF", { .hash = CKM_SHA256, .kdf = CKF_HKDF_SALT_NULL, .extract = 1 },
		    CKM_HKDF_DERIVE, CKR_OK },
		{ "extract twice", { .hash = CKM_SHA256, .kdf = CKF_HKDF_SALT_NULL, .extract = 2 },
		    CKM_HKDF_DERIVE, CKR_MECHANISM_PARAM_INVALID },
		{ "expand twice", { .hash = CKM_SHA256, .expand = 2 }, CKM_HKDF_DERIVE,
		    CKR_MECHANISM_PARAM_INVALID },
		{ "info without expanding", { .hash = CKM_SHA256, .kdf = CKF_HKDF_SALT_NULL,
		    .extract = 1, .b_n = 1 }, CKM_HKDF_DERIVE, CKR_MECHANISM_PARAM_INVALID },
		{ "a kind of salt without extracting", { .hash = CKM_SHA256,
		    .kdf = CKF_HKDF_SALT_NULL, .expand = 1 }, CKM_HKDF_DERIVE,
		    CKR_MECHANISM_PARAM_INVALID },
		{ "salt without extracting", { .hash = CKM_SHA256, .expand = 1, .a_n = 1 },
		    CKM_HKDF_DERIVE, CKR_MECHANISM_PARAM_INVALID },
		{ "salt key without extracting", { .hash = CKM_SHA256, .expand = 1, .salt_key = 1 },
		    CKM_HKDF_DERIVE, CKR_MECHANISM_PARAM_INVALID },
		{ "no salt but bytes", { .hash = CKM_SHA256, .kdf = CKF_HKDF_SALT_NULL,
		    .extract = 1, .a_n = 1 }, CKM_HKDF_DERIVE, CKR_MECHANISM_PARAM_INVALID },
		{ "no salt but a key", { .hash = CKM_SHA256, .kdf = CKF_HKDF_SALT_NULL,
		    .extract = 1, .salt_key = 1 }, CKM_HKDF_DERIVE, CKR_MECHANISM_PARAM_INVALID },
		{ "salt and a key", { .hash = CKM_SHA256, .kdf = CKF_HKDF_SALT_DATA,
		    .extract = 1, .a_n = 1, .salt_key = 1 }, CKM_HKDF_DERIVE,
		    CKR_MECHANISM_PARAM_INVALID },
		{ "a key and salt", { .hash = CKM_SHA256, .kdf = CKF_HKDF_SALT_KEY,
		    .extract = 1, .a_n = 1, .salt_key = 1 }, CKM_HKDF_DERIVE,
		    CKR_MECHANISM_PARAM_INVALID },
	};
	static uint8_t wire[MECH_WIRE_MAX];
	static struct mech m;
	struct rd r;

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		m = said[i].m;
		m.info = mech_info(said[i].type);
		rd_init(&r, wire, encoded(&m, wire));
		if (mech_get(&r, 0, &m) != said[i].want)
			CU_FAIL(said[i].why);
	}
}

static void
the_longest_mechanism_fits_the_wire(void)
{
	static uint8_t wire[MECH_WIRE_MAX];
	static struct mech m;

	m.info = mech_info(CKM_AES_GCM);
	m.iv_n = MECH_IV_MAX;
	m.a_n = m.b_n = MECH_DATA_MAX;
	CU_ASSERT(encoded(&m, wire) <= MECH_WIRE_MAX);
}

static void
an_operation_that_a_mechanism_has_not_is_refused(void)
{
	CK_MECHANISM native = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	uint8_t wire[MECH_WIRE_MAX];
	struct mech m;
	struct rd r;
	size_t n;

	OK(mech_from_native(&native, CKF_SIGN, &m));
	OK(mech_from_native(&native, CKF_SIGN | CKF_VERIFY, &m));
	CU_ASSERT_EQUAL(mech_from_native(&native, CKF_DECRYPT, &m), CKR_MECHANISM_INVALID);
	CU_ASSERT_EQUAL(mech_from_native(&native, CKF_SIGN | CKF_DECRYPT, &m),
	    CKR_MECHANISM_INVALID);
	OK(mech_from_native(&native, CKF_SIGN, &m));
	n = encoded(&m, wire);
	rd_init(&r, wire, n);
	CU_ASSERT_EQUAL(mech_get(&r, CKF_DECRYPT, &m), CKR_MECHANISM_INVALID);
	wire[0] = 0x80;
	rd_init(&r, wire, n);
	CU_ASSERT_EQUAL(mech_get(&r, CKF_SIGN, &m), CKR_MECHANISM_INVALID);
}

static void
every_row_is_found_by_its_type_and_is_there_once(void)
{
	const struct mech_info *info;

	for (size_t i = 0; (info = mech_at(i)) != NULL; i++) {
		CU_ASSERT_PTR_EQUAL(mech_info(info->type), info);
		CU_ASSERT(info->min <= info->max);
		CU_ASSERT_NOT_EQUAL(info->flags, 0);
	}
	CU_ASSERT_PTR_NULL(mech_info(CKM_DES3_CBC));
}

static void
keys_go_with_the_mechanisms_that_are_theirs(void)
{
	static const struct {
		CK_MECHANISM_TYPE type;
		CK_KEY_TYPE key;
		int takes;
	} rows[] = {
		{ CKM_ECDH1_DERIVE, CKK_EC, 1 }, { CKM_ECDH1_DERIVE, CKK_EC_MONTGOMERY, 1 },
		{ CKM_ECDH1_DERIVE, CKK_EC_EDWARDS, 0 }, { CKM_EDDSA, CKK_EC, 0 },
		{ CKM_EDDSA, CKK_EC_EDWARDS, 1 }, { CKM_ECDSA, CKK_EC_MONTGOMERY, 0 },
		{ CKM_SHA256_HMAC, CKK_GENERIC_SECRET, 1 }, { CKM_SHA256_HMAC, CKK_SHA256_HMAC, 1 },
		{ CKM_SHA256_HMAC, CKK_SHA384_HMAC, 0 }, { CKM_SHA256_HMAC, CKK_AES, 0 },
		{ CKM_HKDF_DERIVE, CKK_HKDF, 1 }, { CKM_HKDF_DERIVE, CKK_AES, 0 },
		{ CKM_AES_CBC, CKK_AES, 1 }, { CKM_AES_CBC, CKK_GENERIC_SECRET, 0 },
		{ CKM_SHA256, CKK_GENERIC_SECRET, 0 }, { CKM_RSA_PKCS, CKK_RSA, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(mech_takes(mech_info(rows[i].type), rows[i].key), rows[i].takes);
}

static const struct sentence sentences[] = {
	SENTENCE(each_native_parameter_is_taken_or_refused),
	SENTENCE(what_is_put_is_what_is_got),
	SENTENCE(a_mechanism_that_is_cut_short_is_refused),
	SENTENCE(the_wire_has_nothing_that_is_not_used),
	SENTENCE(the_wire_says_nothing_that_an_application_cannot),
	SENTENCE(the_longest_mechanism_fits_the_wire),
	SENTENCE(an_operation_that_a_mechanism_has_not_is_refused),
	SENTENCE(every_row_is_found_by_its_type_and_is_there_once),
	SENTENCE(keys_go_with_the_mechanisms_that_are_theirs),
};

SUITE("mech", sentences)
