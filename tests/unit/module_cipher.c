#include "tests/unit/module_user.h"

#include <stdlib.h>
#include <string.h>

/* The module and vault, over a socket: MACs, ciphers, keys from keys. */

static CK_OBJECT_CLASS secret_key = CKO_SECRET_KEY;

/* MACs and ciphers. -------------------------------------------------------- */

enum { LONG = 200 * 1024 + 5 };

static void
a_mac_of_any_length_in_any_parts_is_the_same(void)
{
	CK_SESSION_HANDLE h = user_begin();
	CK_MECHANISM cmac = { CKM_AES_CMAC, NULL, 0 };
	static const CK_ULONG lengths[] = { 0, 1, WIRE_DATA_MAX, WIRE_DATA_MAX + 1, LONG };
	CK_BYTE *data = calloc(1, LONG), one[16], two[16];
	CK_OBJECT_HANDLE key = user_aes(h, &yes);

	for (size_t i = 0; i < N(lengths); i++) {
		const CK_ULONG len = lengths[i], half = len / 3;
		CK_ULONG n = sizeof(one);

		OK(f->C_SignInit(h, &cmac, key));
		OK(f->C_Sign(h, data, len, one, &n));
		CU_ASSERT_EQUAL(n, 16);
		OK(f->C_SignInit(h, &cmac, key));
		OK(f->C_SignUpdate(h, data, half));
		OK(f->C_SignUpdate(h, data + half, len - half));
		OK(f->C_SignFinal(h, two, &n));
		SAME(one, two, 16);
		OK(user_verify(h, &cmac, key, data, len, one, 16));
		OK(f->C_VerifyInit(h, &cmac, key));
		OK(f->C_VerifyUpdate(h, data, len));
		one[0] ^= 1;
		CU_ASSERT_EQUAL(f->C_VerifyFinal(h, one, 16), CKR_SIGNATURE_INVALID);
	}
	free(data);
	user_end();
}

/* RFC 8017, 9.1.1: 256 bytes hold a hash of 32, two more, and a salt of 222. */
static void
a_salt_that_the_key_has_no_room_for_begins_no_operation(void)
{
	CK_SESSION_HANDLE h = user_begin();
	CK_MECHANISM gen = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 223 };
	CK_MECHANISM m[] = { { CKM_RSA_PKCS_PSS, &pss, sizeof(pss) },
		{ CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof(pss) } };
	CK_BYTE hash[32] = { 0 }, sig[256];
	CK_ULONG bits = 2048, n = sizeof(sig);
	CK_ATTRIBUTE t = { CKA_MODULUS_BITS, &bits, sizeof(bits) };
	CK_OBJECT_HANDLE pub, priv;

	OK(f->C_GenerateKeyPair(h, &gen, &t, 1, NULL, 0, &pub, &priv));
	for (size_t i = 0; i < N(m); i++) {
		CU_ASSERT_EQUAL(f->C_SignInit(h, &m[i], priv), CKR_MECHANISM_PARAM_INVALID);
		CU_ASSERT_EQUAL(f->C_VerifyInit(h, &m[i], pub), CKR_MECHANISM_PARAM_INVALID);
	}
	CU_ASSERT_EQUAL(f->C_Sign(h, hash, sizeof(hash), sig, &n), CKR_OPERATION_NOT_INITIALIZED);
	pss.s_len = 222;
	for (size_t i = 0; i < N(m); i++) {
		OK(f->C_SignInit(h, &m[i], priv));
		OK(f->C_Sign(h, hash, sizeof(hash), sig, &n));
		OK(user_verify(h, &m[i], pub, hash, sizeof(hash), sig, n));
	}
	user_end();
}

static CK_BYTE iv[16];

static struct cipher {
	const char *name;
	CK_MECHANISM m;
	CK_ULONG block, more;	/* that data is a multiple of; that its ciphertext is longer by */
} ciphers[] = {
	{ "ECB", { CKM_AES_ECB, NULL, 0 }, 16, 0 },
	{ "CBC", { CKM_AES_CBC, iv, sizeof(iv) }, 16, 0 },
	{ "CBC-PAD", { CKM_AES_CBC_PAD, iv, sizeof(iv) }, 1, 16 },
	{ "CTR", { CKM_AES_CTR, NULL, 0 }, 1, 0 },
	{ "GCM", { CKM_AES_GCM, NULL, 0 }, 1, 16 },
};

static void
with_parameters(void)
{
	static CK_AES_CTR_PARAMS ctr = { .ulCounterBits = 128 };
	static CK_GCM_PARAMS gcm = { .pIv = iv, .ulIvLen = 12, .ulIvBits = 96, .ulTagBits = 128 };

	ciphers[3].m.pParameter = &ctr;
	ciphers[3].m.ulParameterLen = sizeof(ctr);
	ciphers[4].m.pParameter = &gcm;
	ciphers[4].m.ulParameterLen = sizeof(gcm);
}

/* In parts of `step` bytes, with buffers that are exactly as long as the module says. */
static void
in_parts(CK_SESSION_HANDLE h, int encrypt, CK_BYTE *in, CK_ULONG n, CK_ULONG step, CK_BYTE *out,
    CK_ULONG *out_n)
{
	CK_RV (*update)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *) =
	    encrypt ? f->C_EncryptUpdate : f->C_DecryptUpdate;
	CK_RV (*final)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *) =
	    encrypt ? f->C_EncryptFinal : f->C_DecryptFinal;
	CK_ULONG len;

	*out_n = 0;
	for (CK_ULONG at = 0; at < n; at += step) {
		const CK_ULONG part = n - at < step ? n - at : step;

		OK(update(h, in + at, part, NULL, &len));
		if (len > 0) {
			CK_ULONG less = len - 1;

			CU_ASSERT_EQUAL(update(h, in + at, part, out + *out_n, &less),
			    CKR_BUFFER_TOO_SMALL);
			CU_ASSERT_EQUAL(less, len);
		}
		OK(update(h, in + at, part, out + *out_n, &len));
		*out_n += len;
	}
	OK(final(h, NULL, &len));
	OK(final(h, out + *out_n, &len));
	*out_n += len;
}

static void
a_cipher_gives_the_same_whole_and_in_parts(void)
{
	static const CK_ULONG lengths[] = { 0, 16, 17, 1000, WIRE_DATA_MAX, LONG };
	static const CK_ULONG steps[] = { 1, 16, 100, 70000 };
	CK_SESSION_HANDLE h = user_begin();
	CK_OBJECT_HANDLE key = user_aes(h, &yes);
	CK_BYTE *data = malloc(LONG), *one = malloc(LONG + 32), *two = malloc(LONG + 32);
	CK_ULONG one_n, two_n;

	with_parameters();
	for (CK_ULONG i = 0; i < LONG; i++)
		data[i] = (CK_BYTE)i;
	for (size_t c = 0; c < N(ciphers); c++)
		for (size_t l = 0; l < N(lengths); l++) {
			const CK_ULONG n = lengths[l] / ciphers[c].block * ciphers[c].block;

			OK(f->C_EncryptInit(h, &ciphers[c].m, key));
			OK(f->C_Encrypt(h, data, n, NULL, &one_n));
			CU_ASSERT(one_n >= n && one_n <= n + ciphers[c].more);
			OK(f->C_Encrypt(h, data, n, one, &one_n));
			for (size_t s = 0; s < N(steps); s++) {
				if (n / steps[s] > 2000)
					continue;
				OK(f->C_EncryptInit(h, &ciphers[c].m, key));
				in_parts(h, 1, data, n, steps[s], two, &two_n);
				CU_ASSERT_EQUAL(one_n, two_n);
				SAME(one, two, one_n);
				OK(f->C_DecryptInit(h, &ciphers[c].m, key));
				in_parts(h, 0, one, one_n, steps[s], two, &two_n);
				CU_ASSERT_EQUAL(two_n, n);
				SAME(data, two, n);
			}
			/* With just as much room as the plaintext needs. */
			OK(f->C_DecryptInit(h, &ciphers[c].m, key));
			two_n = n;
			OK(f->C_Decrypt(h, one, one_n, two, &two_n));
			CU_ASSERT_EQUAL(two_n, n);
			SAME(data, two, n);
		}
	free(data);
	free(one);
	free(two);
	user_end();
}

static void
with_too_little_room_a_decryption_is_not_over_and_with_a_wrong_tag_it_is(void)
{
	CK_SESSION_HANDLE h = user_begin();
	CK_OBJECT_HANDLE key = user_aes(h, &yes);
	CK_BYTE data[20] = "twenty bytes of text", out[64], back[64];
	CK_ULONG n, m;

	with_parameters();
	for (size_t c = 2; c < N(ciphers); c += 2) {
		n = sizeof(out);
		OK(f->C_EncryptInit(h, &ciphers[c].m, key));
		OK(f->C_Encrypt(h, data, sizeof(data), out, &n));
		OK(f->C_DecryptInit(h, &ciphers[c].m, key));
		m = sizeof(data) - 1;
		CU_ASSERT_EQUAL(f->C_Decrypt(h, out, n, back, &m), CKR_BUFFER_TOO_SMALL);
		CU_ASSERT(m >= sizeof(data));
		OK(f->C_Decrypt(h, out, n, back, &m));
		CU_ASSERT_EQUAL(m, sizeof(data));
		OK(f->C_DecryptInit(h, &ciphers[c].m, key));
		m = sizeof(back);
		CU_ASSERT_NOT_EQUAL(f->C_Decrypt(h, out, n - 1, back, &m), CKR_OK);
		CU_ASSERT_EQUAL(f->C_Decrypt(h, out, n, back, &m), CKR_OPERATION_NOT_INITIALIZED);
	}
	/* The last of CBC-PAD in parts: nothing of it may be lost. */
	n = sizeof(out);
	OK(f->C_EncryptInit(h, &ciphers[2].m, key));
	OK(f->C_Encrypt(h, data, sizeof(data), out, &n));
	OK(f->C_DecryptInit(h, &ciphers[2].m, key));
	m = sizeof(back);
	OK(f->C_DecryptUpdate(h, out, n, back, &m));
	CU_ASSERT_EQUAL(m, 16);
	m = 3;
	CU_ASSERT_EQUAL(f->C_DecryptFinal(h, back + 16, &m), CKR_BUFFER_TOO_SMALL);
	CU_ASSERT_EQUAL(m, 4);
	OK(f->C_DecryptFinal(h, back + 16, &m));
	SAME(back, data, sizeof(data));
	user_end();
}

static void
two_operations_take_one_part(void)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 }, ctr;
	CK_SESSION_HANDLE h = user_begin();
	CK_OBJECT_HANDLE key = user_aes(h, &yes);
	CK_BYTE data[40], out[40], back[40], one[32], two[32];
	CK_ULONG n = sizeof(out), len = 32;
	CK_TOKEN_INFO info;

	OK(f->C_GetTokenInfo(SLOT, &info));
	CU_ASSERT_NOT_EQUAL(info.flags & CKF_DUAL_CRYPTO_OPERATIONS, 0);
	with_parameters();
	ctr = ciphers[3].m;
	memset(data, 7, sizeof(data));
	OK(f->C_EncryptInit(h, &ctr, key));
	CU_ASSERT_EQUAL(f->C_DigestEncryptUpdate(h, data, 40, out, &n),
	    CKR_OPERATION_NOT_INITIALIZED);
	OK(f->C_DigestInit(h, &sha256));
	OK(f->C_DigestEncryptUpdate(h, data, 40, NULL, &n));
	OK(f->C_DigestEncryptUpdate(h, data, 40, out, &n));
	OK(f->C_DigestFinal(h, one, &len));
	len = 0;
	OK(f->C_EncryptFinal(h, two, &len));
	OK(f->C_DecryptInit(h, &ctr, key));
	OK(f->C_DigestInit(h, &sha256));
	OK(f->C_DecryptDigestUpdate(h, out, 40, back, &n));
	len = sizeof(two);
	OK(f->C_DigestFinal(h, two, &len));
	SAME(one, two, 32);
	SAME(data, back, 40);
	/* In place, as C_EncryptUpdate may be: it is the plaintext that is hashed. */
	OK(f->C_EncryptInit(h, &ctr, key));
	OK(f->C_DigestInit(h, &sha256));
	OK(f->C_DigestEncryptUpdate(h, back, 40, back, &n));
	len = sizeof(two);
	OK(f->C_DigestFinal(h, two, &len));
	SAME(one, two, 32);
	SAME(out, back, 40);
	user_end();
}

/* Keys from keys. ---------------------------------------------------------- */

static void
a_key_goes_out_wrapped_and_comes_back(void)
{
	CK_SESSION_HANDLE h = user_begin();
	CK_MECHANISM kwp = { CKM_AES_KEY_WRAP_KWP, NULL, 0 }, ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_MECHANISM gen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	static CK_BYTE p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	CK_OBJECT_CLASS private_class = CKO_PRIVATE_KEY;
	CK_KEY_TYPE ec = CKK_EC;
	CK_ATTRIBUTE one[] = { { CKA_EC_PARAMS, p256, sizeof(p256) } };
	CK_ATTRIBUTE two[] = { BOOL(CKA_EXTRACTABLE, yes) };
	CK_ATTRIBUTE t[] = { { CKA_CLASS, &private_class, sizeof(private_class) },
		{ CKA_KEY_TYPE, &ec, sizeof(ec) }, BOOL(CKA_TOKEN, yes) };
	CK_OBJECT_HANDLE kek = user_aes(h, &yes), pub, priv, back;
	CK_BYTE wrapped[256], sig[64], hash[32] = { 0 };
	CK_ULONG n = 0, m = sizeof(sig);

	OK(f->C_GenerateKeyPair(h, &gen, one, N(one), two, N(two), &pub, &priv));
	CU_ASSERT_EQUAL(f->C_WrapKey(h, &kwp, kek, pub, wrapped, &n), CKR_KEY_NOT_WRAPPABLE);
	CU_ASSERT_EQUAL(f->C_WrapKey(h, &kwp, pub, priv, wrapped, &n),
	    CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(f->C_WrapKey(h, &kwp, 4711, priv, wrapped, &n),
	    CKR_WRAPPING_KEY_HANDLE_INVALID);
	CU_ASSERT_EQUAL(f->C_WrapKey(h, &kwp, kek, 4711, wrapped, &n), CKR_KEY_HANDLE_INVALID);
	OK(f->C_WrapKey(h, &kwp, kek, priv, NULL, &n));
	CU_ASSERT(n > 0 && n <= sizeof(wrapped));
	n--;
	CU_ASSERT_EQUAL(f->C_WrapKey(h, &kwp, kek, priv, wrapped, &n), CKR_BUFFER_TOO_SMALL);
	OK(f->C_WrapKey(h, &kwp, kek, priv, wrapped, &n));
	OK(f->C_UnwrapKey(h, &kwp, kek, wrapped, n, t, N(t), &back));
	OK(f->C_SignInit(h, &ecdsa, back));
	OK(f->C_Sign(h, hash, sizeof(hash), sig, &m));
	OK(user_verify(h, &ecdsa, pub, hash, sizeof(hash), sig, 64));
	wrapped[0] ^= 1;
	CU_ASSERT_NOT_EQUAL(f->C_UnwrapKey(h, &kwp, kek, wrapped, n, t, N(t), &back), CKR_OK);
	CU_ASSERT_EQUAL(f->C_UnwrapKey(h, &kwp, 4711, wrapped, n, t, N(t), &back),
	    CKR_UNWRAPPING_KEY_HANDLE_INVALID);
	user_end();
}

static void
a_secret_is_derived_and_digested_where_it_may_be_read(void)
{
	static const char hex_point[] = "04"
	    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
	    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
	CK_SESSION_HANDLE h = user_begin();
	CK_BYTE point[65], value[32], one[32], two[32];
	CK_ECDH1_DERIVE_PARAMS params = { .kdf = CKD_NULL, .ulPublicDataLen = sizeof(point),
		.pPublicData = point };
	CK_MECHANISM ecdh = { CKM_ECDH1_DERIVE, &params, sizeof(params) };
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
	CK_ULONG n = 32;
	CK_ATTRIBUTE t[] = { { CKA_CLASS, &secret_key, sizeof(secret_key) },
		{ CKA_KEY_TYPE, &generic, sizeof(generic) }, { CKA_VALUE_LEN, &n, sizeof(n) },
		BOOL(CKA_SENSITIVE, no), BOOL(CKA_EXTRACTABLE, yes) };
	CK_ATTRIBUTE get = { CKA_VALUE, value, sizeof(value) };
	CK_OBJECT_HANDLE pub, priv, secret;

	hex(hex_point, point, sizeof(point));
	user_pair(h, &no, &pub, &priv);
	OK(f->C_DeriveKey(h, &ecdh, priv, t, N(t), &secret));
	OK(f->C_GetAttributeValue(h, secret, &get, 1));
	OK(f->C_DigestInit(h, &sha256));
	OK(f->C_DigestKey(h, secret));
	OK(f->C_DigestFinal(h, one, &n));
	OK(f->C_DigestInit(h, &sha256));
	OK(f->C_Digest(h, value, sizeof(value), two, &n));
	SAME(one, two, 32);
	OK(f->C_DigestInit(h, &sha256));
	CU_ASSERT_EQUAL(f->C_DigestKey(h, priv), CKR_KEY_INDIGESTIBLE);
	CU_ASSERT_EQUAL(f->C_DeriveKey(h, &ecdh, pub, t, N(t), &secret),
	    CKR_KEY_TYPE_INCONSISTENT);
	user_end();
}

static const struct sentence table[] = {
	SENTENCE(a_mac_of_any_length_in_any_parts_is_the_same),
	SENTENCE(a_salt_that_the_key_has_no_room_for_begins_no_operation),
	SENTENCE(a_cipher_gives_the_same_whole_and_in_parts),
	SENTENCE(with_too_little_room_a_decryption_is_not_over_and_with_a_wrong_tag_it_is),
	SENTENCE(two_operations_take_one_part),
	SENTENCE(a_key_goes_out_wrapped_and_comes_back),
	SENTENCE(a_secret_is_derived_and_digested_where_it_may_be_read),
};
SUITE("module_cipher", table)
