#include "hsm/keys/credential.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "card-os/iso7816/tlv.h"
#include "hsm/keys/secmem.h"

enum {
	HALF = USER_MODULUS / 2,
	DAYS = 30 * 365 + 7,
	CERT_MAX = 896,			/* the longest name's has about 800 */
	CERT_NUMBER = 16,		/* random bytes; RFC 5280 4.1.2.2 allows 20 */
	NAME_MAX_LEN = 64,		/* ub-common-name, RFC 5280 A.1 */
	TAG_CREDENTIAL = 0x70,
	TAG_PRIVATE = 0x7f48,
	TAG_CERT = 0x7f21,
	TAG_RECORD = 0x53,
	TAG_POINT = 0x86,
	TAG_SCALAR = 0x87,
	TAG_EXPONENT = 0x82,
};

/* ASN1_TIME ends with the year 9999. */
static const uint64_t date_max = UINT64_C(253402300799) - UINT64_C(86400) * DAYS;

struct credential {
	struct user_keys keys;
	struct user_head head;
	uint8_t p[HALF], q[HALF], qinv[HALF], dp[HALF], dq[HALF];
	uint8_t scalar[P256_SCALAR];
	uint8_t cert[CERT_MAX];		/* DER */
	size_t cert_n;
};

_Static_assert(sizeof(struct credential) <= 2048, "the secure heap gives powers of two");

/* Numbers of the RSA key, in the order of docs/card.md; the exponent comes after the first. */
static const struct number {
	uint8_t tag;
	const char *name;
	size_t at, n;
} numbers[] = {
	{ 0x81, OSSL_PKEY_PARAM_RSA_N, offsetof(struct credential, keys.modulus), USER_MODULUS },
	{ 0x92, OSSL_PKEY_PARAM_RSA_FACTOR1, offsetof(struct credential, p), HALF },
	{ 0x93, OSSL_PKEY_PARAM_RSA_FACTOR2, offsetof(struct credential, q), HALF },
	{ 0x94, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, offsetof(struct credential, qinv), HALF },
	{ 0x95, OSSL_PKEY_PARAM_RSA_EXPONENT1, offsetof(struct credential, dp), HALF },
	{ 0x96, OSSL_PKEY_PARAM_RSA_EXPONENT2, offsetof(struct credential, dq), HALF },
};

enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

static const struct extension {
	int nid;
	const char *value;
} extensions[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_subject_key_identifier, "hash" },
};

static int
take_numbers(struct credential *c, EVP_PKEY *rsa)
{
	BIGNUM *bn;
	int ok = 1;

	for (size_t i = 0; ok && i < NUMBERS; i++) {
		bn = BN_secure_new();
		ok = bn != NULL && EVP_PKEY_get_bn_param(rsa, numbers[i].name, &bn) == 1 &&
		    BN_bn2binpad(bn, (uint8_t *)c + numbers[i].at, (int)numbers[i].n) ==
		    (int)numbers[i].n;
		BN_clear_free(bn);
	}
	return ok ? 0 : ERR_CRYPTO;
}

static int
set_number(X509 *cert)
{
	uint8_t p[CERT_NUMBER];
	BIGNUM *n = NULL;
	int ok = RAND_bytes(p, sizeof(p)) == 1;

	/* Positive, and as long as it looks. */
	p[0] = (uint8_t)((p[0] & 0x3f) | 0x40);
	ok = ok && (n = BN_bin2bn(p, sizeof(p), NULL)) != NULL &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return ok;
}

static int
set_extensions(X509 *cert)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;
	int ok = 1;

	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	for (size_t i = 0; ok && i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		ext = X509V3_EXT_conf_nid(NULL, &ctx, extensions[i].nid, extensions[i].value);
		ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
		X509_EXTENSION_free(ext);
	}
	return ok;
}

static int
certify(struct credential *c, EVP_PKEY *rsa)
{
	X509 *cert = X509_new();
	char name[NAME_MAX_LEN + 1];
	time_t from = (time_t)c->head.date;
	uint8_t *der = c->cert;
	int n, r = ERR_CRYPTO;

	(void)snprintf(name, sizeof(name), "%s slot %u user %u", c->head.label, c->head.slot,
	    c->head.user);
	if (cert == NULL || X509_set_version(cert, X509_VERSION_3) != 1 || !set_number(cert) ||
	    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
	    (const uint8_t *)name, -1, -1, 0) != 1 ||
	    X509_set_issuer_name(cert, X509_get_subject_name(cert)) != 1 ||
	    X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &from) == NULL ||
	    X509_time_adj_ex(X509_getm_notAfter(cert), DAYS, 0, &from) == NULL ||
	    X509_set_pubkey(cert, rsa) != 1 || !set_extensions(cert) ||
	    X509_sign(cert, rsa, EVP_sha256()) <= 0)
		goto out;
	if ((n = i2d_X509(cert, NULL)) <= 0 || n > CERT_MAX || i2d_X509(cert, &der) != n)
		goto out;
	c->cert_n = (size_t)n;
	r = 0;
out:
	X509_free(cert);
	return r;
}

int
credential_make(struct credential **out, const struct user_head *head)
{
	uint8_t record[SLOT_USER_LEN];
	struct user_head first = *head;
	struct credential *c = NULL;
	EVP_PKEY *rsa = NULL;
	int r;

	*out = NULL;
	first.copy = 1;
	if ((r = user_head_encode(&first, record)) != 0)
		return r;
	if (head->date > date_max)
		return ERR_ARG;
	if ((c = secmem_alloc(sizeof(*c))) == NULL)
		return ERR_NOMEM;
	c->head = first;
	r = ERR_CRYPTO;
	if ((rsa = EVP_RSA_gen(8U * USER_MODULUS)) == NULL ||
	    (r = take_numbers(c, rsa)) != 0 || (r = certify(c, rsa)) != 0 ||
	    (r = p256_generate(c->scalar, c->keys.point)) != 0 ||
	    (r = user_print(&c->keys, c->head.print)) != 0)
		goto out;
	*out = c;
	c = NULL;
out:
	EVP_PKEY_free(rsa);
	credential_free(&c);
	ERR_clear_error();
	return r;
}

void
credential_free(struct credential **c)
{
	secmem_free(c, sizeof(**c));
}

const struct user_keys *
credential_keys(const struct credential *c)
{
	return &c->keys;
}

void *
credential_secrets(struct credential *c, size_t *n)
{
	*n = offsetof(struct credential, cert);
	return c;
}

static void
put_rsa(struct wr *wr, const struct credential *c)
{
	static const uint8_t exponent[] = { 0x01, 0x00, 0x01 };
	size_t key = tlv_open(wr, TAG_PRIVATE);

	for (size_t i = 0; i < NUMBERS; i++) {
		tlv_put(wr, numbers[i].tag, (const uint8_t *)c + numbers[i].at, numbers[i].n);
		if (i == 0)
			tlv_put(wr, TAG_EXPONENT, exponent, sizeof(exponent));
	}
	tlv_close(wr, key);
}

int
credential_content(const struct credential *c, unsigned copy, uint8_t p[CREDENTIAL_CONTENT_MAX],
    size_t *n)
{
	struct user_head head = c->head;
	uint8_t record[SLOT_USER_LEN];
	size_t all, key;
	struct wr wr;
	int r;

	*n = 0;
	head.copy = copy <= COPIES_MAX ? (uint8_t)copy : 0;
	if ((r = user_head_encode(&head, record)) != 0)
		return r;
	wr_init(&wr, p, CREDENTIAL_CONTENT_MAX);
	all = tlv_open(&wr, TAG_CREDENTIAL);
	put_rsa(&wr, c);
	key = tlv_open(&wr, TAG_PRIVATE);
	tlv_put(&wr, TAG_POINT, c->keys.point, USER_POINT);
	tlv_put(&wr, TAG_SCALAR, c->scalar, P256_SCALAR);
	tlv_close(&wr, key);
	tlv_put(&wr, TAG_CERT, c->cert, c->cert_n);
	tlv_put(&wr, TAG_RECORD, record, sizeof(record));
	tlv_close(&wr, all);
	if ((r = wr_end(&wr)) != 0)
		OPENSSL_cleanse(p, CREDENTIAL_CONTENT_MAX);
	else
		*n = wr.n;
	return r;
}

int
credential_test_make(const struct user_keys *keys, struct credential_test *test)
{
	uint8_t scalar[P256_SCALAR];
	int r;

	if ((r = p256_generate(scalar, test->point)) == 0)
		r = p256_agree(scalar, keys->point, test->z);
	OPENSSL_cleanse(scalar, sizeof(scalar));
	if (r != 0)
		OPENSSL_cleanse(test, sizeof(*test));
	return r;
}

int
credential_test_check(const struct credential_test *test, const uint8_t z[32])
{
	return CRYPTO_memcmp(test->z, z, sizeof(test->z)) == 0 ? 0 : ERR_MAC;
}
