#include "card-os/apps/issuer.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "card-os/iso7816/err.h"

enum {
	ISSUER_DAYS = 30 * 365 + 7,
	NAME_SUFFIX = 4,		/* random bytes in an issuer's name */
	CERT_NUMBER = 16,		/* random bytes; RFC 5280 4.1.2.2 allows 20 */
};

struct extension {
	int nid;
	const char *value;
};

static const struct extension issuer_extensions[] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign,cRLSign" },
	{ NID_subject_key_identifier, "hash" },
	{ 0, NULL },
};

static const struct extension card_extensions[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,keyAgreement" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
	{ 0, NULL },
};

static int
add_text(X509 *cert, const char *field, const char *text)
{
	return X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), field, MBSTRING_ASC,
	    (const unsigned char *)text, -1, -1, 0) == 1 ? 0 : ERR_CRYPTO;
}

static int
set_number(X509 *cert)
{
	uint8_t p[CERT_NUMBER];
	BIGNUM *n = NULL;
	int ok;

	ok = RAND_bytes(p, sizeof(p)) == 1;
	/* Positive, and as long as it looks. */
	p[0] = (uint8_t)((p[0] & 0x3f) | 0x40);
	ok = ok && (n = BN_bin2bn(p, sizeof(p), NULL)) != NULL &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return ok ? 0 : ERR_CRYPTO;
}

static int
add_extensions(X509 *cert, X509 *by, const struct extension *v)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	int ok = 1;

	X509V3_set_ctx(&ctx, by, cert, NULL, NULL, 0);
	for (; ok && v->value != NULL; v++) {
		ext = X509V3_EXT_conf_nid(NULL, &ctx, v->nid, v->value);
		ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
		X509_EXTENSION_free(ext);
	}
	return ok ? 0 : ERR_CRYPTO;
}

/* What both kinds of certificate have; name and validity are there already. */
static int
sign(X509 *cert, EVP_PKEY *subject, X509 *by, EVP_PKEY *key, const struct extension *v)
{
	int r;

	if (X509_set_version(cert, X509_VERSION_3) != 1 || X509_set_pubkey(cert, subject) != 1 ||
	    X509_set_issuer_name(cert, X509_get_subject_name(by)) != 1)
		return ERR_CRYPTO;
	if ((r = set_number(cert)) != 0 || (r = add_extensions(cert, by, v)) != 0)
		return r;
	return X509_sign(cert, key, EVP_sha256()) > 0 ? 0 : ERR_CRYPTO;
}

static int
set_name(X509 *cert)
{
	uint8_t p[NAME_SUFFIX];
	char name[64];

	if (RAND_bytes(p, sizeof(p)) != 1)
		return ERR_CRYPTO;
	snprintf(name, sizeof(name), "Cardinal card issuer %02X%02X%02X%02X", p[0], p[1], p[2],
	    p[3]);
	return add_text(cert, "CN", name);
}

/* A day of grace before now, for machines whose clock is behind. */
static int
set_validity(X509 *cert, uint64_t now)
{
	time_t t = (time_t)now;

	return X509_time_adj_ex(X509_getm_notBefore(cert), -1, 0, &t) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(cert), ISSUER_DAYS, 0, &t) != NULL ? 0 : ERR_CRYPTO;
}

int
issuer_make(struct issuer *i, uint64_t now)
{
	int r;

	i->key = EVP_EC_gen("prime256v1");
	i->cert = X509_new();
	if (i->key == NULL || i->cert == NULL)
		return ERR_CRYPTO;
	if ((r = set_name(i->cert)) != 0 || (r = set_validity(i->cert, now)) != 0)
		return r;
	return sign(i->cert, i->key, i->cert, i->key, issuer_extensions);
}

/* Moves what a BIO holds into a text, terminated. */
static int
take_text(BIO *bio, char *out, size_t cap)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	if (n <= 0 || (size_t)n >= cap)
		return ERR_SIZE;
	memcpy(out, p, (size_t)n);
	out[n] = '\0';
	return 0;
}

int
issuer_write(const struct issuer *i, char *cert, char *key, size_t cap)
{
	BIO *c = BIO_new(BIO_s_mem()), *k = BIO_new(BIO_s_secmem());
	int r = ERR_CRYPTO;

	cert[0] = key[0] = '\0';
	if (c != NULL && k != NULL && PEM_write_bio_X509(c, i->cert) == 1 &&
	    PEM_write_bio_PrivateKey(k, i->key, NULL, NULL, 0, NULL, NULL) == 1 &&
	    (r = take_text(c, cert, cap)) == 0)
		r = take_text(k, key, cap);
	BIO_free(k);
	BIO_free(c);
	return r;
}

/* No passphrase is ever asked for. */
static int
no_passphrase(char *p, int n, int writing, void *arg)
{
	(void)p;
	(void)n;
	(void)writing;
	(void)arg;
	return -1;
}

static int
may_issue(const struct issuer *i, time_t now)
{
	return X509_check_private_key(i->cert, i->key) == 1 &&
	    EVP_PKEY_is_a(i->key, "EC") && X509_check_ca(i->cert) == 1 &&
	    X509_cmp_time(X509_get0_notBefore(i->cert), &now) < 0 &&
	    X509_cmp_time(X509_get0_notAfter(i->cert), &now) > 0;
}

int
issuer_read(struct issuer *i, const char *cert, const char *key, uint64_t now)
{
	BIO *c = BIO_new_mem_buf(cert, -1), *k = BIO_new_mem_buf(key, -1);
	int r = ERR_FORMAT;

	memset(i, 0, sizeof(*i));
	if (c == NULL || k == NULL)
		r = ERR_CRYPTO;
	else if ((i->cert = PEM_read_bio_X509(c, NULL, no_passphrase, NULL)) != NULL &&
	    (i->key = PEM_read_bio_PrivateKey(k, NULL, no_passphrase, NULL)) != NULL &&
	    may_issue(i, (time_t)now))
		r = 0;
	BIO_free(k);
	BIO_free(c);
	return r;
}

void
issuer_free(struct issuer *i)
{
	X509_free(i->cert);
	EVP_PKEY_free(i->key);
	memset(i, 0, sizeof(*i));
}

int
issuer_certify(const struct issuer *i, EVP_PKEY *device, const char *serial, uint8_t *der,
    size_t cap, size_t *n)
{
	X509 *cert = X509_new();
	int r = ERR_CRYPTO, length;

	if (cert == NULL || add_text(cert, "CN", "Cardinal card") != 0 ||
	    add_text(cert, "serialNumber", serial) != 0 ||
	    X509_set1_notBefore(cert, X509_get0_notBefore(i->cert)) != 1 ||
	    X509_set1_notAfter(cert, X509_get0_notAfter(i->cert)) != 1 ||
	    sign(cert, device, i->cert, i->key, card_extensions) != 0 ||
	    (length = i2d_X509(cert, NULL)) <= 0)
		goto out;
	*n = (size_t)length;
	r = *n > cap ? ERR_SIZE : i2d_X509(cert, &der) == length ? 0 : ERR_CRYPTO;
out:
	X509_free(cert);
	return r;
}
