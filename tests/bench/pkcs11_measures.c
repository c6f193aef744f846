#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/pkcs11.h"

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_BYTE iv[16];

static void
must(int ok)
{
	if (!ok)
		abort();
}

void
contender_keys(struct contender *c)
{
	static CK_BYTE p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 }, e[] = { 1, 0, 1 };
	CK_ULONG bits = 2048, bytes = 32;
	CK_BBOOL *token = c->token ? &yes : &no;
	CK_ATTRIBUTE rsa_public[] = {
		{ CKA_MODULUS_BITS, &bits, sizeof(bits) }, { CKA_PUBLIC_EXPONENT, e, sizeof(e) },
		{ CKA_TOKEN, token, 1 },
	};
	CK_ATTRIBUTE ec_public[] = {
		{ CKA_EC_PARAMS, p256, sizeof(p256) }, { CKA_TOKEN, token, 1 },
	};
	CK_ATTRIBUTE private[] = { { CKA_SIGN, &yes, 1 }, { CKA_TOKEN, token, 1 } };
	CK_ATTRIBUTE secret[] = {
		{ CKA_VALUE_LEN, &bytes, sizeof(bytes) }, { CKA_TOKEN, token, 1 },
		{ CKA_ENCRYPT, &yes, 1 }, { CKA_SENSITIVE, &yes, 1 }, { CKA_PRIVATE, &yes, 1 },
	};
	CK_MECHANISM rsa = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_MECHANISM ec = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_MECHANISM aes = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_MECHANISM mac = { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 };
	CK_OBJECT_HANDLE pub;

	if (c->raw) {
		c->raw_rsa = EVP_RSA_gen(2048);
		c->raw_ec = EVP_EC_gen("P-256");
		must(c->raw_rsa != NULL && c->raw_ec != NULL);
		return;
	}
	p11_must("RSA", c->m.f->C_GenerateKeyPair(c->s, &rsa, rsa_public, 3, private, 2, &pub,
	    &c->rsa));
	p11_must("EC", c->m.f->C_GenerateKeyPair(c->s, &ec, ec_public, 2, private, 2, &pub, &c->ec));
	p11_must("AES", c->m.f->C_GenerateKey(c->s, &aes, secret, 5, &c->aes));
	secret[2].type = CKA_SIGN;
	p11_must("HMAC", c->m.f->C_GenerateKey(c->s, &mac, secret, 5, &c->mac));
}

static void
session(struct worker *w)
{
	p11_must("C_OpenSession", w->c->m.f->C_OpenSession(w->c->slot, CKF_SERIAL_SESSION, NULL,
	    NULL, &w->s));
}

static void
sign(struct worker *w, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE k, CK_ULONG n)
{
	CK_MECHANISM m = { type, NULL, 0 };
	CK_ULONG out_n = sizeof(w->out);

	p11_must("C_SignInit", w->c->m.f->C_SignInit(w->s, &m, k));
	p11_must("C_Sign", w->c->m.f->C_Sign(w->s, w->in, n, w->out, &out_n));
}

/* A DigestInfo of SHA-256 is 51 bytes. */
static void
rsa(struct worker *w)
{
	sign(w, CKM_RSA_PKCS, w->c->rsa, 51);
}

static void
ecdsa(struct worker *w)
{
	sign(w, CKM_ECDSA, w->c->ec, 32);
}

static void
hmac(struct worker *w)
{
	sign(w, CKM_SHA256_HMAC, w->c->mac, 1024);
}

static void
encrypt(struct worker *w, CK_MECHANISM *m)
{
	CK_ULONG n = sizeof(w->out);

	p11_must("C_EncryptInit", w->c->m.f->C_EncryptInit(w->s, m, w->c->aes));
	p11_must("C_Encrypt", w->c->m.f->C_Encrypt(w->s, w->in, sizeof(w->in), w->out, &n));
}

static void
cbc(struct worker *w)
{
	CK_MECHANISM m = { CKM_AES_CBC, iv, 16 };

	encrypt(w, &m);
}

static void
gcm(struct worker *w)
{
	CK_GCM_PARAMS p = { iv, 12, 96, NULL, 0, 128 };
	CK_MECHANISM m = { CKM_AES_GCM, &p, sizeof(p) };

	encrypt(w, &m);
}

static void
digest(struct worker *w)
{
	CK_MECHANISM m = { CKM_SHA256, NULL, 0 };
	CK_ULONG n = sizeof(w->out);

	p11_must("C_DigestInit", w->c->m.f->C_DigestInit(w->s, &m));
	p11_must("C_Digest", w->c->m.f->C_Digest(w->s, w->in, 300, w->out, &n));
}

static void
random_bytes(struct worker *w)
{
	p11_must("C_GenerateRandom", w->c->m.f->C_GenerateRandom(w->s, w->out, 32));
}

static void
sessions(struct worker *w)
{
	CK_SESSION_HANDLE s;

	p11_must("C_OpenSession", w->c->m.f->C_OpenSession(w->c->slot, CKF_SERIAL_SESSION, NULL, NULL,
	    &s));
	p11_must("C_CloseSession", w->c->m.f->C_CloseSession(s));
}

static void
attributes(struct worker *w)
{
	CK_OBJECT_CLASS class;
	CK_BYTE id[64], label[64];
	CK_ATTRIBUTE t[] = {
		{ CKA_CLASS, &class, sizeof(class) }, { CKA_ID, id, sizeof(id) },
		{ CKA_LABEL, label, sizeof(label) },
	};

	p11_must("C_GetAttributeValue", w->c->m.f->C_GetAttributeValue(w->s, w->c->ec, t, 3));
}

static void
pair(struct worker *w)
{
	static CK_BYTE p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	CK_ATTRIBUTE pub[] = { { CKA_EC_PARAMS, p256, sizeof(p256) }, { CKA_TOKEN, &no, 1 } };
	CK_ATTRIBUTE priv[] = { { CKA_TOKEN, &no, 1 } };
	CK_MECHANISM m = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_OBJECT_HANDLE a, b;

	p11_must("C_GenerateKeyPair", w->c->m.f->C_GenerateKeyPair(w->s, &m, pub, 2, priv, 1, &a,
	    &b));
	w->c->m.f->C_DestroyObject(w->s, a);
	w->c->m.f->C_DestroyObject(w->s, b);
}

static void
raw_rsa_prepare(struct worker *w)
{
	w->sign = EVP_PKEY_CTX_new(w->c->raw_rsa, NULL);
	must(w->sign != NULL && EVP_PKEY_sign_init(w->sign) > 0 &&
	    EVP_PKEY_CTX_set_rsa_padding(w->sign, RSA_PKCS1_PADDING) > 0);
}

static void
raw_ec_prepare(struct worker *w)
{
	w->sign = EVP_PKEY_CTX_new(w->c->raw_ec, NULL);
	must(w->sign != NULL && EVP_PKEY_sign_init(w->sign) > 0);
}

static void
raw_sign(struct worker *w, size_t in_n)
{
	size_t n = sizeof(w->out);

	must(EVP_PKEY_sign(w->sign, w->out, &n, w->in, in_n) > 0);
}

static void
raw_rsa(struct worker *w)
{
	raw_sign(w, 51);
}

static void
raw_ecdsa(struct worker *w)
{
	raw_sign(w, 32);
}

static void
raw_cipher_prepare(struct worker *w)
{
	must((w->cipher = EVP_CIPHER_CTX_new()) != NULL);
}

static void
raw_encrypt(struct worker *w, const EVP_CIPHER *cipher, int tag)
{
	int n;

	must(EVP_EncryptInit_ex(w->cipher, cipher, NULL, w->in, iv) > 0 &&
	    EVP_CIPHER_CTX_set_padding(w->cipher, 0) > 0 &&
	    EVP_EncryptUpdate(w->cipher, w->out, &n, w->in, sizeof(w->in)) > 0 &&
	    EVP_EncryptFinal_ex(w->cipher, w->out + n, &n) > 0);
	if (tag)
		must(EVP_CIPHER_CTX_ctrl(w->cipher, EVP_CTRL_AEAD_GET_TAG, 16, w->out) > 0);
}

static void
raw_cbc(struct worker *w)
{
	raw_encrypt(w, EVP_aes_256_cbc(), 0);
}

static void
raw_gcm(struct worker *w)
{
	raw_encrypt(w, EVP_aes_256_gcm(), 1);
}

static void
raw_hmac(struct worker *w)
{
	size_t n;

	must(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, w->in, 32, w->in, sizeof(w->in), w->out,
	    sizeof(w->out), &n) != NULL);
}

static void
raw_digest_prepare(struct worker *w)
{
	must((w->md = EVP_MD_CTX_new()) != NULL);
}

static void
raw_digest(struct worker *w)
{
	unsigned n;

	must(EVP_DigestInit_ex(w->md, EVP_sha256(), NULL) > 0 &&
	    EVP_DigestUpdate(w->md, w->in, 300) > 0 && EVP_DigestFinal_ex(w->md, w->out, &n) > 0);
}

static void
raw_pair(struct worker *w)
{
	EVP_PKEY *k = EVP_EC_gen("P-256");

	(void)w;
	must(k != NULL);
	EVP_PKEY_free(k);
}

static void
nothing(struct worker *w)
{
	(void)w;
}

const struct measure measures[] = {
	{ "C_Sign RSA-2048", session, raw_rsa_prepare, rsa, raw_rsa },
	{ "C_Sign ECDSA P-256", session, raw_ec_prepare, ecdsa, raw_ecdsa },
	{ "AES-256-CBC, 1 KiB", session, raw_cipher_prepare, cbc, raw_cbc },
	{ "AES-256-GCM, 1 KiB", session, raw_cipher_prepare, gcm, raw_gcm },
	{ "HMAC-SHA256, 1 KiB", session, nothing, hmac, raw_hmac },
	{ "SHA-256, 300 bytes", session, raw_digest_prepare, digest, raw_digest },
	{ "C_GenerateRandom, 32", session, NULL, random_bytes, NULL },
	{ "session open and close", session, NULL, sessions, NULL },
	{ "3 attributes", session, NULL, attributes, NULL },
	{ "P-256 session key pair", session, nothing, pair, raw_pair },
	{ NULL, NULL, NULL, NULL, NULL },
};
