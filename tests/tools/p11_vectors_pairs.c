#include <openssl/bn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/p11_vectors.h"

static struct vector_bytes in, want, out, point, number, other;
static CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY, private_class = CKO_PRIVATE_KEY;
static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static const struct curve {
	const char *name;		/* as sections of the files begin, or a field has it */
	CK_KEY_TYPE type;
	size_t bytes;
	CK_BYTE oid[12];
	CK_ULONG oid_n;
} curves[] = {
	{ "[P-256", CKK_EC, 32, { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 }, 10 },
	{ "[P-384", CKK_EC, 48, { 6, 5, 0x2b, 0x81, 4, 0, 0x22 }, 7 },
	{ "[P-521", CKK_EC, 66, { 6, 5, 0x2b, 0x81, 4, 0, 0x23 }, 7 },
	{ "[K-256", CKK_EC, 32, { 6, 5, 0x2b, 0x81, 4, 0, 0x0a }, 7 },
	{ "[EC ", CKK_EC, 32, { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 }, 10 },
	{ "[ED ", CKK_EC, 48, { 6, 5, 0x2b, 0x81, 4, 0, 0x22 }, 7 },
	{ "[EE ", CKK_EC, 66, { 6, 5, 0x2b, 0x81, 4, 0, 0x23 }, 7 },
	{ "brainpoolP256r1", CKK_EC, 32, { 6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7 }, 11 },
	{ "brainpoolP384r1", CKK_EC, 48, { 6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 0x0b }, 11 },
	{ "brainpoolP512r1", CKK_EC, 64, { 6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 0x0d }, 11 },
	{ "x25519", CKK_EC_MONTGOMERY, 32, { 6, 3, 0x2b, 0x65, 0x6e }, 5 },
	{ "ed25519", CKK_EC_EDWARDS, 32, { 6, 3, 0x2b, 0x65, 0x70 }, 5 },
};

static const struct curve *
curve_of(const char *text)
{
	for (size_t i = 0; text != NULL && i < sizeof(curves) / sizeof(curves[0]); i++) {
		const size_t n = strlen(curves[i].name);

		/* "[P-256,SHA-1]", "[EC - SHA256]" */
		if (strncmp(text, curves[i].name, n) == 0)
			return &curves[i];
	}
	return NULL;
}

static CK_OBJECT_HANDLE
made(struct vectors *v, CK_ATTRIBUTE *t, CK_ULONG n)
{
	CK_OBJECT_HANDLE k;
	CK_RV rv = v->m.f->C_CreateObject(v->s, t, n, &k);

	if (rv == CKR_OK)
		return k;
	vector_result(v, 0, "C_CreateObject", rv);
	return 0;
}

static CK_OBJECT_HANDLE
ec_public(struct vectors *v, const struct curve *c, const void *p, CK_ULONG n)
{
	CK_KEY_TYPE type = c->type;
	CK_BYTE der[256] = { 0x04 };
	CK_ULONG head = n < 0x80 ? 2 : 3;
	CK_ATTRIBUTE t[] = {
		{ CKA_CLASS, &public_class, sizeof(public_class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_TOKEN, &no, 1 },
		{ CKA_EC_PARAMS, (void *)(uintptr_t)c->oid, c->oid_n },
		{ CKA_EC_POINT, der, head + n }, { CKA_VERIFY, &yes, 1 },
	};

	/* X9.62 ECPoint: an OCTET STRING. */
	der[1] = head == 2 ? (CK_BYTE)n : 0x81;
	if (head == 3)
		der[2] = (CK_BYTE)n;
	memcpy(der + head, p, n);
	return made(v, t, 6);
}

static CK_OBJECT_HANDLE
ec_private(struct vectors *v, const struct curve *c, const void *p, CK_ULONG n)
{
	CK_KEY_TYPE type = c->type;
	CK_ATTRIBUTE t[] = {
		{ CKA_CLASS, &private_class, sizeof(private_class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_TOKEN, &no, 1 },
		{ CKA_EC_PARAMS, (void *)(uintptr_t)c->oid, c->oid_n },
		{ CKA_VALUE, (void *)(uintptr_t)p, n },
		{ type == CKK_EC_MONTGOMERY ? CKA_DERIVE : CKA_SIGN, &yes, 1 },
		{ CKA_DERIVE, &yes, 1 },
	};

	return made(v, t, type == CKK_EC ? 7 : 6);
}

static void
uncompressed(struct vectors *v, const struct curve *c, const char *x, const char *y)
{
	point.p[0] = 0x04;
	vector_bytes(v, x, &number);
	vector_pad(&number, c->bytes);
	memcpy(point.p + 1, number.p, c->bytes);
	vector_bytes(v, y, &number);
	vector_pad(&number, c->bytes);
	memcpy(point.p + 1 + c->bytes, number.p, c->bytes);
	point.n = 1 + 2 * c->bytes;
}

static CK_RV
verify(struct vectors *v, CK_MECHANISM *m, CK_OBJECT_HANDLE k, const struct vector_bytes *sig)
{
	CK_RV rv = v->m.f->C_VerifyInit(v->s, m, k);

	return rv != CKR_OK ? rv : v->m.f->C_Verify(v->s, in.p, in.n, (CK_BYTE *)(uintptr_t)sig->p,
	    sig->n);
}

static CK_RV
sign(struct vectors *v, CK_MECHANISM *m, CK_OBJECT_HANDLE k)
{
	CK_RV rv = v->m.f->C_SignInit(v->s, m, k);

	out.n = sizeof(out.p);
	return rv != CKR_OK ? rv : v->m.f->C_Sign(v->s, in.p, in.n, out.p, &out.n);
}

/* What they signed is verified, and what we sign with their key. */
static void
ecdsa(struct vectors *v)
{
	const char *section = vector_text(v, "section"), *comma = strchr(section, ',');
	const struct curve *c = curve_of(section);
	CK_MECHANISM m = { 0, NULL, 0 };
	CK_OBJECT_HANDLE pub, priv;
	CK_RV rv;

	switch (vector_hash(comma == NULL ? NULL : comma + 1)) {
	case CKM_SHA_1: m.mechanism = CKM_ECDSA_SHA1; break;
	case CKM_SHA224: m.mechanism = CKM_ECDSA_SHA224; break;
	case CKM_SHA256: m.mechanism = CKM_ECDSA_SHA256; break;
	case CKM_SHA384: m.mechanism = CKM_ECDSA_SHA384; break;
	case CKM_SHA512: m.mechanism = CKM_ECDSA_SHA512; break;
	}
	if (c == NULL || m.mechanism == 0) {
		vector_skip(v);
		return;
	}
	uncompressed(v, c, "Qx", "Qy");
	if ((pub = ec_public(v, c, point.p, point.n)) == 0)
		return;
	vector_bytes(v, "Msg", &in);
	vector_bytes(v, "R", &want);
	vector_pad(&want, c->bytes);
	vector_bytes(v, "S", &number);
	vector_pad(&number, c->bytes);
	memcpy(want.p + c->bytes, number.p, c->bytes);
	want.n = 2 * c->bytes;
	rv = verify(v, &m, pub, &want);
	vector_result(v, rv == CKR_OK, "verify", rv);
	want.p[c->bytes] ^= 1;
	rv = verify(v, &m, pub, &want);
	vector_result(v, rv == CKR_SIGNATURE_INVALID, "verify a wrong one", rv);
	vector_bytes(v, "d", &number);
	vector_pad(&number, c->bytes);
	if ((priv = ec_private(v, c, number.p, number.n)) != 0) {
		if ((rv = sign(v, &m, priv)) == CKR_OK)
			rv = verify(v, &m, pub, &out);
		vector_result(v, rv == CKR_OK, "sign", rv);
		v->m.f->C_DestroyObject(v->s, priv);
	}
	v->m.f->C_DestroyObject(v->s, pub);
}

static void
agree(struct vectors *v, const struct curve *c, int valid)
{
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_ULONG length = want.n;
	CK_ATTRIBUTE t[] = {
		{ CKA_CLASS, &secret_class, sizeof(secret_class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_TOKEN, &no, 1 },
		{ CKA_SENSITIVE, &no, 1 }, { CKA_EXTRACTABLE, &yes, 1 },
		{ CKA_VALUE_LEN, &length, sizeof(length) },
	};
	CK_ECDH1_DERIVE_PARAMS p = {
		.kdf = CKD_NULL, .pPublicData = point.p, .ulPublicDataLen = point.n,
	};
	CK_MECHANISM m = { CKM_ECDH1_DERIVE, &p, sizeof(p) };
	CK_ATTRIBUTE value = { CKA_VALUE, out.p, sizeof(out.p) };
	CK_OBJECT_HANDLE k, d;
	CK_RV rv;

	if ((k = ec_private(v, c, number.p, number.n)) == 0)
		return;
	if ((rv = v->m.f->C_DeriveKey(v->s, &m, k, t, 6, &d)) == CKR_OK) {
		rv = v->m.f->C_GetAttributeValue(v->s, d, &value, 1);
		v->m.f->C_DestroyObject(v->s, d);
	}
	if (valid)
		vector_result(v, rv == CKR_OK && value.ulValueLen == want.n &&
		    memcmp(out.p, want.p, want.n) == 0, "derive", rv);
	else
		vector_result(v, rv == CKR_MECHANISM_PARAM_INVALID, "derive from a wrong point", rv);
	v->m.f->C_DestroyObject(v->s, k);
}

/* NIST's validity tests: of those that fail, ours sees a point that is not on the curve. */
static void
ecdh(struct vectors *v)
{
	const struct curve *c = curve_of(vector_text(v, "section"));
	const char *result = vector_text(v, "Result");

	if (c == NULL || (result[0] == 'F' && strstr(result, "CAVS's Static public key") == NULL)) {
		vector_skip(v);
		return;
	}
	uncompressed(v, c, "QsCAVSx", "QsCAVSy");
	vector_bytes(v, "dsIUT", &number);
	vector_pad(&number, c->bytes);
	vector_bytes(v, "Z", &want);
	vector_pad(&want, c->bytes);
	agree(v, c, result[0] == 'P');
}

static void
brainpool(struct vectors *v)
{
	const struct curve *c = curve_of(vector_text(v, "curve"));

	if (c == NULL) {
		vector_skip(v);
		return;
	}
	uncompressed(v, c, "x_qB", "y_qB");
	vector_bytes(v, "dA", &number);
	vector_pad(&number, c->bytes);
	vector_bytes(v, "x_Z", &want);
	vector_pad(&want, c->bytes);
	agree(v, c, 1);
}

static void
x25519(struct vectors *v)
{
	vector_bytes(v, "INPUT_SCALAR", &number);
	vector_bytes(v, "INPUT_U", &point);
	vector_bytes(v, "OUTPUT_U", &want);
	agree(v, curve_of("x25519"), 1);
}

/* secret and public key : public key : message : signature and message : */
static void
ed25519(struct vectors *v)
{
	const struct curve *c = curve_of("ed25519");
	struct vector_bytes *parts[] = { &number, &point, &in, &want };
	CK_MECHANISM m = { CKM_EDDSA, NULL, 0 };
	CK_OBJECT_HANDLE pub, priv;
	char *text = strdup(vector_text(v, "line")), *p = text;
	CK_RV rv;

	for (size_t i = 0; i < 4; i++) {
		char *end = strchr(p, ':');
		struct vectors one = { .n = 1, .field = { { "x", p, 0 } } };

		if (end == NULL)
			break;
		*end = '\0';
		vector_bytes(&one, "x", parts[i]);
		p = end + 1;
	}
	free(text);
	want.n = 64;
	if ((pub = ec_public(v, c, point.p, 32)) == 0)
		return;
	rv = verify(v, &m, pub, &want);
	vector_result(v, rv == CKR_OK, "verify", rv);
	if ((priv = ec_private(v, c, number.p, 32)) != 0) {
		rv = sign(v, &m, priv);
		vector_result(v, rv == CKR_OK && out.n == 64 && memcmp(out.p, want.p, 64) == 0,
		    "sign", rv);
		v->m.f->C_DestroyObject(v->s, priv);
	}
	want.p[40] ^= 1;
	rv = verify(v, &m, pub, &want);
	vector_result(v, rv == CKR_SIGNATURE_INVALID, "verify a wrong one", rv);
	v->m.f->C_DestroyObject(v->s, pub);
}

static BIGNUM *
big(struct vectors *v, const char *name)
{
	BIGNUM *b = NULL;

	if (BN_hex2bn(&b, vector_text(v, name)) == 0)
		exit(2);
	return b;
}

static void
put(CK_ATTRIBUTE *a, CK_ATTRIBUTE_TYPE type, const BIGNUM *b, CK_BYTE room[1024])
{
	*a = (CK_ATTRIBUTE){ type, room, (CK_ULONG)BN_bn2bin(b, room) };
}

static CK_OBJECT_HANDLE
rsa_public(struct vectors *v, const char *n_name, const char *e_name)
{
	static CK_BYTE room[2][1024];
	CK_KEY_TYPE type = CKK_RSA;
	CK_ATTRIBUTE t[7] = {
		{ CKA_CLASS, &public_class, sizeof(public_class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_TOKEN, &no, 1 },
		{ CKA_VERIFY, &yes, 1 }, { CKA_ENCRYPT, &yes, 1 },
	};
	BIGNUM *n = big(v, n_name), *e = big(v, e_name);
	CK_OBJECT_HANDLE k;

	put(&t[5], CKA_MODULUS, n, room[0]);
	put(&t[6], CKA_PUBLIC_EXPONENT, e, room[1]);
	k = made(v, t, 7);
	BN_free(n);
	BN_free(e);
	return k;
}

/* n e d p q by those names; what PKCS #1 3.2 derives from them is derived here. */
static CK_OBJECT_HANDLE
rsa_private(struct vectors *v, const char *const names[5])
{
	static const CK_ATTRIBUTE_TYPE types[] = {
		CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2,
		CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT,
	};
	static CK_BYTE room[8][1024];
	CK_KEY_TYPE type = CKK_RSA;
	CK_ATTRIBUTE t[16] = {
		{ CKA_CLASS, &private_class, sizeof(private_class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_TOKEN, &no, 1 },
		{ CKA_SIGN, &yes, 1 }, { CKA_DECRYPT, &yes, 1 },
	};
	BIGNUM *b[8] = { NULL }, *one = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	CK_OBJECT_HANDLE k = 0;

	for (size_t i = 0; i < 5; i++)
		b[i] = big(v, names[i]);
	BN_one(one);
	for (size_t i = 5; i < 7; i++) {
		b[i] = BN_new();
		BN_sub(b[i], b[i - 2], one);
		BN_mod(b[i], b[2], b[i], ctx);
	}
	b[7] = BN_mod_inverse(NULL, b[4], b[3], ctx);
	for (size_t i = 0; i < 8; i++)
		put(&t[5 + i], types[i], b[i], room[i]);
	k = made(v, t, 13);
	for (size_t i = 0; i < 8; i++)
		BN_free(b[i]);
	BN_free(one);
	BN_CTX_free(ctx);
	return k;
}

static const CK_MECHANISM_TYPE rsa_mechanisms[][4] = {
	{ CKM_SHA_1, CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, CKG_MGF1_SHA1 },
	{ CKM_SHA224, CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS, CKG_MGF1_SHA224 },
	{ CKM_SHA256, CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, CKG_MGF1_SHA256 },
	{ CKM_SHA384, CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS, CKG_MGF1_SHA384 },
	{ CKM_SHA512, CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS, CKG_MGF1_SHA512 },
};

/* pkcs or pss. Where d is known, a PKCS #1 v1.5 signature is made anew and has to be theirs. */
static void
rsa(struct vectors *v)
{
	static const char *const names[] = { "n", "e", "d", "p", "q" };
	const CK_MECHANISM_TYPE hash = vector_hash(vector_text(v, "SHAAlg"));
	const int pss = strcmp(v->argument, "pss") == 0;
	const char *result = vector_text(v, "Result");
	const int valid = result == NULL || result[0] == 'P';
	CK_RSA_PKCS_PSS_PARAMS p = { .hashAlg = hash };
	CK_MECHANISM m = { 0, NULL, 0 };
	CK_OBJECT_HANDLE pub, priv;
	CK_RV rv;

	/* Keys shorter than 2048 bits are none for this token. */
	if (strlen(vector_text(v, "n")) < 512 || hash == 0 ||
	    (pss && vector_text(v, "SaltVal") == NULL)) {
		vector_skip(v);
		return;
	}
	vector_bytes(v, "SaltVal", &other);
	for (size_t i = 0; i < 5; i++)
		if (rsa_mechanisms[i][0] == hash) {
			m.mechanism = rsa_mechanisms[i][pss ? 2 : 1];
			p.mgf = rsa_mechanisms[i][3];
		}
	if (pss) {
		p.sLen = other.n;
		m.pParameter = &p;
		m.ulParameterLen = sizeof(p);
	}
	vector_bytes(v, "Msg", &in);
	vector_bytes(v, "S", &want);
	if ((pub = rsa_public(v, "n", "e")) == 0)
		return;
	rv = verify(v, &m, pub, &want);
	vector_result(v, valid ? rv == CKR_OK : rv == CKR_SIGNATURE_INVALID, "verify", rv);
	if (vector_text(v, "d") != NULL && vector_text(v, "p") != NULL && valid &&
	    (priv = rsa_private(v, names)) != 0) {
		rv = sign(v, &m, priv);
		if (pss && rv == CKR_OK)
			rv = verify(v, &m, pub, &out);
		vector_result(v, rv == CKR_OK && (pss || (out.n == want.n &&
		    memcmp(out.p, want.p, want.n) == 0)), "sign", rv);
		v->m.f->C_DestroyObject(v->s, priv);
	}
	v->m.f->C_DestroyObject(v->s, pub);
}

/* ARGUMENT: hash-mgf, sha256-sha1. */
static void
oaep(struct vectors *v)
{
	static const char *const names[] = {
		"Modulus", "Public exponent", "Exponent", "Prime 1", "Prime 2",
	};
	const char *dash = strchr(v->argument, '-');
	CK_RSA_PKCS_OAEP_PARAMS p = {
		.hashAlg = vector_hash(v->argument), .source = CKZ_DATA_SPECIFIED,
	};
	CK_MECHANISM m = { CKM_RSA_PKCS_OAEP, &p, sizeof(p) };
	CK_OBJECT_HANDLE k;
	CK_RV rv;

	if (strlen(vector_text(v, "Modulus")) < 512 || dash == NULL) {
		vector_skip(v);
		return;
	}
	for (size_t i = 0; i < 5; i++)
		if (rsa_mechanisms[i][0] == vector_hash(dash + 1))
			p.mgf = rsa_mechanisms[i][3];
	vector_bytes(v, "Message", &in);
	vector_bytes(v, "Encryption", &want);
	if ((k = rsa_private(v, names)) == 0)
		return;
	out.n = sizeof(out.p);
	if ((rv = v->m.f->C_DecryptInit(v->s, &m, k)) == CKR_OK)
		rv = v->m.f->C_Decrypt(v->s, want.p, want.n, out.p, &out.n);
	vector_result(v, rv == CKR_OK && out.n == in.n && memcmp(out.p, in.p, in.n) == 0, "decrypt",
	    rv);
	want.p[100] ^= 1;
	out.n = sizeof(out.p);
	if ((rv = v->m.f->C_DecryptInit(v->s, &m, k)) == CKR_OK)
		rv = v->m.f->C_Decrypt(v->s, want.p, want.n, out.p, &out.n);
	vector_result(v, rv == CKR_ENCRYPTED_DATA_INVALID, "decrypt a wrong one", rv);
	v->m.f->C_DestroyObject(v->s, k);
}

const struct vector_family vector_pairs[] = {
	{ "ecdsa", "section Msg d Qx Qy R S", "section", ecdsa },
	{ "ecdh", "section QsCAVSx dsIUT Z Result", "section", ecdh },
	{ "brainpool", "curve dA x_qB y_qB x_Z", NULL, brainpool },
	{ "x25519", "INPUT_SCALAR INPUT_U OUTPUT_U", NULL, x25519 },
	{ "ed25519", "line", NULL, ed25519 },
	{ "rsa", "n e SHAAlg Msg S", "n e d p q", rsa },
	{ "oaep", "Modulus Message Encryption",
	    "Modulus Public exponent Exponent Prime 1 Prime 2", oaep },
	{ NULL, NULL, NULL, NULL },
};
