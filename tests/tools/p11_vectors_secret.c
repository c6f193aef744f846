#include <stdlib.h>
#include <string.h>

#include "tests/tools/p11_names.h"
#include "tests/tools/p11_vectors.h"

static struct vector_bytes key, iv, in, want, out, extra;

static int
is_wanted(void)
{
	return out.n == want.n && memcmp(out.p, want.p, want.n) == 0;
}

static void
digest(struct vectors *v)
{
	CK_MECHANISM m = { vector_hash(v->argument), NULL, 0 };
	CK_RV rv;

	vector_bytes(v, "Msg", &in);
	vector_bytes(v, "MD", &want);
	in.n = strtoul(vector_text(v, "Len"), NULL, 10) / 8;
	out.n = sizeof(out.p);
	if ((rv = v->m.f->C_DigestInit(v->s, &m)) == CKR_OK)
		rv = v->m.f->C_Digest(v->s, in.p, in.n, out.p, &out.n);
	vector_result(v, rv == CKR_OK && is_wanted(), "digest", rv);
}

/* Signed in one piece and in two; verified. */
static void
mac(struct vectors *v, CK_MECHANISM_TYPE type, CK_KEY_TYPE key_type)
{
	CK_MECHANISM m = { type, NULL, 0 };
	CK_OBJECT_HANDLE k;
	CK_RV rv;

	if ((k = vector_secret_key(v, key_type, key.p, key.n)) == 0)
		return;
	out.n = sizeof(out.p);
	if ((rv = v->m.f->C_SignInit(v->s, &m, k)) == CKR_OK)
		rv = v->m.f->C_Sign(v->s, in.p, in.n, out.p, &out.n);
	vector_result(v, rv == CKR_OK && is_wanted(), "sign", rv);
	out.n = sizeof(out.p);
	if ((rv = v->m.f->C_SignInit(v->s, &m, k)) == CKR_OK &&
	    (rv = v->m.f->C_SignUpdate(v->s, in.p, in.n / 3)) == CKR_OK &&
	    (rv = v->m.f->C_SignUpdate(v->s, in.p + in.n / 3, in.n - in.n / 3)) == CKR_OK)
		rv = v->m.f->C_SignFinal(v->s, out.p, &out.n);
	vector_result(v, rv == CKR_OK && is_wanted(), "sign in parts", rv);
	if ((rv = v->m.f->C_VerifyInit(v->s, &m, k)) == CKR_OK)
		rv = v->m.f->C_Verify(v->s, in.p, in.n, want.p, want.n);
	vector_result(v, rv == CKR_OK, "verify", rv);
	want.p[0] ^= 1;
	if ((rv = v->m.f->C_VerifyInit(v->s, &m, k)) == CKR_OK)
		rv = v->m.f->C_Verify(v->s, in.p, in.n, want.p, want.n);
	vector_result(v, rv == CKR_SIGNATURE_INVALID, "verify a wrong one", rv);
	v->m.f->C_DestroyObject(v->s, k);
}

static void
hmac(struct vectors *v)
{
	CK_MECHANISM_TYPE type;

	if (p11_value(P11_CKM, v->argument, strlen(v->argument), &type) != 0)
		return;
	vector_bytes(v, "Key", &key);
	vector_bytes(v, "Msg", &in);
	vector_bytes(v, "MD", &want);
	mac(v, type, CKK_GENERIC_SECRET);
}

static void
cmac(struct vectors *v)
{
	vector_bytes(v, "KEY", &key);
	vector_bytes(v, "MESSAGE", &in);
	vector_bytes(v, "OUTPUT", &want);
	mac(v, CKM_AES_CMAC, CKK_AES);
}

/* Both directions, in one piece; encryption in two as well. */
static void
cipher(struct vectors *v, CK_MECHANISM *m)
{
	const CK_OBJECT_HANDLE k = vector_secret_key(v, CKK_AES, key.p, key.n);
	const CK_ULONG half = in.n / 2;
	CK_ULONG n;
	CK_RV rv;

	if (k == 0)
		return;
	out.n = sizeof(out.p);
	if ((rv = v->m.f->C_EncryptInit(v->s, m, k)) == CKR_OK)
		rv = v->m.f->C_Encrypt(v->s, in.p, in.n, out.p, &out.n);
	vector_result(v, rv == CKR_OK && is_wanted(), "encrypt", rv);
	out.n = 0;
	if ((rv = v->m.f->C_EncryptInit(v->s, m, k)) == CKR_OK) {
		n = sizeof(out.p);
		if (half == 0 || (rv = v->m.f->C_EncryptUpdate(v->s, in.p, half, out.p, &n)) == CKR_OK) {
			out.n = half == 0 ? 0 : n;
			n = sizeof(out.p) - out.n;
			if (in.n == half || (rv = v->m.f->C_EncryptUpdate(v->s, in.p + half,
			    in.n - half, out.p + out.n, &n)) == CKR_OK) {
				out.n += in.n == half ? 0 : n;
				n = sizeof(out.p) - out.n;
				rv = v->m.f->C_EncryptFinal(v->s, out.p + out.n, &n);
				out.n += rv == CKR_OK ? n : 0;
			}
		}
	}
	vector_result(v, rv == CKR_OK && is_wanted(), "encrypt in parts", rv);
	out.n = sizeof(out.p);
	if ((rv = v->m.f->C_DecryptInit(v->s, m, k)) == CKR_OK)
		rv = v->m.f->C_Decrypt(v->s, want.p, want.n, out.p, &out.n);
	vector_result(v, rv == CKR_OK && out.n == in.n && memcmp(out.p, in.p, in.n) == 0, "decrypt", rv);
	v->m.f->C_DestroyObject(v->s, k);
}

static void
aes(struct vectors *v)
{
	CK_AES_CTR_PARAMS ctr = { .ulCounterBits = 128 };
	CK_MECHANISM m = { CKM_AES_ECB, NULL, 0 };

	vector_bytes(v, "KEY", &key);
	vector_bytes(v, "IV", &iv);
	vector_bytes(v, "PLAINTEXT", &in);
	vector_bytes(v, "CIPHERTEXT", &want);
	if (strcmp(v->argument, "cbc") == 0)
		m = (CK_MECHANISM){ CKM_AES_CBC, iv.p, iv.n };
	else if (strcmp(v->argument, "ctr") == 0) {
		memcpy(ctr.cb, iv.p, 16);
		m = (CK_MECHANISM){ CKM_AES_CTR, &ctr, sizeof(ctr) };
	}
	cipher(v, &m);
}

static void
gcm(struct vectors *v)
{
	CK_GCM_PARAMS p = { 0 };
	CK_MECHANISM m = { CKM_AES_GCM, &p, sizeof(p) };
	CK_OBJECT_HANDLE k;
	CK_RV rv;

	vector_bytes(v, "Key", &key);
	vector_bytes(v, "IV", &iv);
	vector_bytes(v, "AAD", &extra);
	vector_bytes(v, "PT", &in);
	vector_bytes(v, "CT", &want);
	vector_bytes(v, "Tag", &out);
	/* SP 800-38D 5.2.1.2: what protocols use; shorter tags are for special ones. */
	if (out.n < 12) {
		vector_skip(v);
		return;
	}
	memcpy(want.p + want.n, out.p, out.n);
	want.n += out.n;
	p.pIv = iv.p;
	p.ulIvLen = iv.n;
	p.ulIvBits = iv.n * 8;
	p.pAAD = extra.p;
	p.ulAADLen = extra.n;
	p.ulTagBits = out.n * 8;
	if (vector_text(v, "FAIL") == NULL) {
		cipher(v, &m);
		return;
	}
	if ((k = vector_secret_key(v, CKK_AES, key.p, key.n)) == 0)
		return;
	out.n = sizeof(out.p);
	if ((rv = v->m.f->C_DecryptInit(v->s, &m, k)) == CKR_OK)
		rv = v->m.f->C_Decrypt(v->s, want.p, want.n, out.p, &out.n);
	vector_result(v, rv == CKR_ENCRYPTED_DATA_INVALID, "decrypt a wrong one", rv);
	v->m.f->C_DestroyObject(v->s, k);
}

/* A generic secret of those bytes is wrapped, and what is wrapped is unwrapped and read. */
static void
wrap(struct vectors *v)
{
	static CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	static CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ATTRIBUTE t[] = {
		{ CKA_CLASS, &class, sizeof(class) }, { CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_TOKEN, &no, 1 }, { CKA_SENSITIVE, &no, 1 }, { CKA_EXTRACTABLE, &yes, 1 },
	};
	CK_MECHANISM m = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_ATTRIBUTE value = { CKA_VALUE, out.p, sizeof(out.p) };
	CK_OBJECT_HANDLE k, s;
	CK_RV rv;

	if (strcmp(v->argument, "kwp") == 0)
		m.mechanism = CKM_AES_KEY_WRAP_KWP;
	vector_bytes(v, "K", &key);
	vector_bytes(v, "P", &in);
	vector_bytes(v, "C", &want);
	if ((k = vector_secret_key(v, CKK_AES, key.p, key.n)) == 0)
		return;
	if (vector_text(v, "FAIL") == NULL &&
	    (s = vector_secret_key(v, CKK_GENERIC_SECRET, in.p, in.n)) != 0) {
		out.n = sizeof(out.p);
		rv = v->m.f->C_WrapKey(v->s, &m, k, s, out.p, &out.n);
		vector_result(v, rv == CKR_OK && is_wanted(), "wrap", rv);
		v->m.f->C_DestroyObject(v->s, s);
	}
	rv = v->m.f->C_UnwrapKey(v->s, &m, k, want.p, want.n, t, 5, &s);
	if (vector_text(v, "FAIL") != NULL)
		vector_result(v, rv == CKR_WRAPPED_KEY_INVALID, "unwrap a wrong one", rv);
	else {
		if (rv == CKR_OK) {
			rv = v->m.f->C_GetAttributeValue(v->s, s, &value, 1);
			v->m.f->C_DestroyObject(v->s, s);
		}
		vector_result(v, rv == CKR_OK && value.ulValueLen == in.n &&
		    memcmp(out.p, in.p, in.n) == 0, "unwrap", rv);
	}
	v->m.f->C_DestroyObject(v->s, k);
}

static void
hkdf(struct vectors *v)
{
	static CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	static CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_HKDF_PARAMS p = { .bExtract = CK_TRUE, .bExpand = CK_TRUE };
	CK_MECHANISM m = { CKM_HKDF_DERIVE, &p, sizeof(p) };
	CK_ULONG length = strtoul(vector_text(v, "L"), NULL, 10);
	CK_ATTRIBUTE t[] = {
		{ CKA_CLASS, &class, sizeof(class) }, { CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_TOKEN, &no, 1 }, { CKA_SENSITIVE, &no, 1 }, { CKA_EXTRACTABLE, &yes, 1 },
		{ CKA_VALUE_LEN, &length, sizeof(length) },
	};
	CK_ATTRIBUTE value = { CKA_VALUE, out.p, sizeof(out.p) };
	CK_OBJECT_HANDLE k, d;
	CK_RV rv;

	vector_bytes(v, "IKM", &key);
	vector_bytes(v, "salt", &iv);
	vector_bytes(v, "info", &extra);
	vector_bytes(v, "OKM", &want);
	p.prfHashMechanism = vector_hash(v->argument);
	p.ulSaltType = iv.n == 0 ? CKF_HKDF_SALT_NULL : CKF_HKDF_SALT_DATA;
	p.pSalt = iv.p;
	p.ulSaltLen = iv.n;
	p.pInfo = extra.p;
	p.ulInfoLen = extra.n;
	if ((k = vector_secret_key(v, CKK_GENERIC_SECRET, key.p, key.n)) == 0)
		return;
	if ((rv = v->m.f->C_DeriveKey(v->s, &m, k, t, 6, &d)) == CKR_OK) {
		rv = v->m.f->C_GetAttributeValue(v->s, d, &value, 1);
		v->m.f->C_DestroyObject(v->s, d);
	}
	out.n = value.ulValueLen;
	vector_result(v, rv == CKR_OK && is_wanted(), "derive", rv);
	v->m.f->C_DestroyObject(v->s, k);
}

const struct vector_family vector_secret[] = {
	{ "digest", "Len Msg MD", NULL, digest },
	{ "hmac", "Key Msg MD", NULL, hmac },
	{ "cmac", "KEY MESSAGE OUTPUT", NULL, cmac },
	{ "aes", "KEY PLAINTEXT CIPHERTEXT", NULL, aes },
	{ "gcm", "Key IV CT AAD Tag", NULL, gcm },
	{ "wrap", "K C", NULL, wrap },
	{ "hkdf", "IKM L OKM", NULL, hkdf },
	{ NULL, NULL, NULL, NULL },
};
