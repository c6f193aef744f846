#include "card-os/apps/factory.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "card-os/apps/layout.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/pins.h"

enum {
	DAY = 86400,
	ISSUER_DAYS = 30 * 365 + 7,
	NAME_SUFFIX = 4,		/* random bytes in an issuer's name */
	CERT_SERIAL = 16,		/* random bytes; RFC 5280 4.1.2.2 allows 20 */
	TAG_ICCSN = 0x5a,
};

/* ISO/IEC 7812 and ITU-T E.118: 89, telecommunication; the country is nobody's claim. */
static const uint8_t serial_prefix[] = { 0x89, 0x49 };

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
add_text(X509_NAME *name, const char *field, const char *text)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, (const unsigned char *)text,
	    -1, -1, 0) == 1 ? 0 : ERR_CRYPTO;
}

static int
set_number(X509 *cert)
{
	uint8_t p[CERT_SERIAL];
	BIGNUM *n = NULL;
	int ok;

	ok = RAND_bytes(p, sizeof(p)) == 1;
	/* Positive, and never shorter than it looks. */
	p[0] = (uint8_t)((p[0] & 0x3f) | 0x40);
	ok = ok && (n = BN_bin2bn(p, sizeof(p), NULL)) != NULL &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return ok ? 0 : ERR_CRYPTO;
}

static int
add_extensions(X509 *cert, X509 *issuer, const struct extension *v)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	int ok = 1;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	for (; ok && v->value != NULL; v++) {
		ext = X509V3_EXT_conf_nid(NULL, &ctx, v->nid, v->value);
		ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
		X509_EXTENSION_free(ext);
	}
	return ok ? 0 : ERR_CRYPTO;
}

/* What both kinds of certificate have. Name and validity are there already. */
static int
finish(X509 *cert, EVP_PKEY *subject, X509 *issuer, EVP_PKEY *issuer_key,
    const struct extension *v)
{
	int r;

	if (X509_set_version(cert, X509_VERSION_3) != 1 || X509_set_pubkey(cert, subject) != 1 ||
	    X509_set_issuer_name(cert, X509_get_subject_name(issuer)) != 1)
		return ERR_CRYPTO;
	if ((r = set_number(cert)) != 0 || (r = add_extensions(cert, issuer, v)) != 0)
		return r;
	return X509_sign(cert, issuer_key, EVP_sha256()) > 0 ? 0 : ERR_CRYPTO;
}

/* Moves what a BIO holds into a text, terminated. */
static int
take_text(BIO *bio, char out[FACTORY_PEM_MAX])
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	if (n <= 0 || n >= FACTORY_PEM_MAX)
		return ERR_SIZE;
	memcpy(out, p, (size_t)n);
	out[n] = '\0';
	return 0;
}

static int
name_issuer(X509 *cert)
{
	uint8_t p[NAME_SUFFIX];
	char name[64];

	if (RAND_bytes(p, sizeof(p)) != 1)
		return ERR_CRYPTO;
	snprintf(name, sizeof(name), "Cardinal card issuer %02X%02X%02X%02X", p[0], p[1], p[2], p[3]);
	return add_text(X509_get_subject_name(cert), "CN", name);
}

/* A day of grace before now, for machines whose clock is behind. */
static int
set_issuer_validity(X509 *cert, uint64_t now)
{
	time_t t = (time_t)now;

	return X509_time_adj_ex(X509_getm_notBefore(cert), -1, 0, &t) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(cert), ISSUER_DAYS, 0, &t) != NULL ? 0 : ERR_CRYPTO;
}

int
factory_issuer(char cert_pem[FACTORY_PEM_MAX], char key_pem[FACTORY_PEM_MAX], uint64_t now)
{
	BIO *cert_bio = BIO_new(BIO_s_mem()), *key_bio = BIO_new(BIO_s_secmem());
	EVP_PKEY *key = EVP_EC_gen("prime256v1");
	X509 *cert = X509_new();
	int r = ERR_CRYPTO;

	cert_pem[0] = key_pem[0] = '\0';
	if (cert_bio == NULL || key_bio == NULL || key == NULL || cert == NULL)
		goto out;
	if ((r = name_issuer(cert)) != 0 || (r = set_issuer_validity(cert, now)) != 0 ||
	    (r = finish(cert, key, cert, key, issuer_extensions)) != 0)
		goto out;
	if (PEM_write_bio_X509(cert_bio, cert) != 1 ||
	    PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
		r = ERR_CRYPTO;
		goto out;
	}
	if ((r = take_text(cert_bio, cert_pem)) == 0)
		r = take_text(key_bio, key_pem);
out:
	if (r != 0)
		OPENSSL_cleanse(key_pem, FACTORY_PEM_MAX);
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(key_bio);
	BIO_free(cert_bio);
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

/* The issuer, if certificate and key belong together and may issue now. */
static int
get_issuer(const char *cert_pem, const char *key_pem, time_t now, X509 **cert, EVP_PKEY **key)
{
	BIO *c = BIO_new_mem_buf(cert_pem, -1), *k = BIO_new_mem_buf(key_pem, -1);
	int r = ERR_FORMAT;

	*cert = NULL;
	*key = NULL;
	if (c == NULL || k == NULL)
		r = ERR_CRYPTO;
	else if ((*cert = PEM_read_bio_X509(c, NULL, no_passphrase, NULL)) != NULL &&
	    (*key = PEM_read_bio_PrivateKey(k, NULL, no_passphrase, NULL)) != NULL &&
	    X509_check_private_key(*cert, *key) == 1 && X509_check_ca(*cert) == 1 &&
	    X509_cmp_time(X509_get0_notBefore(*cert), &now) < 0 &&
	    X509_cmp_time(X509_get0_notAfter(*cert), &now) > 0)
		r = 0;
	BIO_free(k);
	BIO_free(c);
	return r;
}

/* As long as the issuer's: a card has no clock and no end of its own. */
static int
certify(const struct card_data *d, EVP_PKEY *device, X509 *issuer, EVP_PKEY *issuer_key,
    uint8_t *der, size_t cap, size_t *n)
{
	char serial[SERIAL_TEXT];
	X509 *cert = X509_new();
	int r = ERR_CRYPTO, length;

	factory_serial_text(d->serial, serial);
	if (cert == NULL || add_text(X509_get_subject_name(cert), "CN", "Cardinal card") != 0 ||
	    add_text(X509_get_subject_name(cert), "serialNumber", serial) != 0 ||
	    X509_set1_notBefore(cert, X509_get0_notBefore(issuer)) != 1 ||
	    X509_set1_notAfter(cert, X509_get0_notAfter(issuer)) != 1 ||
	    finish(cert, device, issuer, issuer_key, card_extensions) != 0)
		goto out;
	length = i2d_X509(cert, NULL);
	if (length <= 0)
		goto out;
	if ((size_t)length > cap) {
		r = ERR_SIZE;
		goto out;
	}
	*n = (size_t)i2d_X509(cert, &der);
	r = 0;
out:
	X509_free(cert);
	return r;
}

/* Digits, evenly: of a byte, what is over 249 is thrown away. */
static int
make_serial(uint8_t serial[SERIAL_LEN])
{
	size_t digit = 2 * sizeof(serial_prefix);
	uint8_t b;

	memset(serial, 0, SERIAL_LEN);
	memcpy(serial, serial_prefix, sizeof(serial_prefix));
	while (digit < 2 * SERIAL_LEN) {
		if (RAND_bytes(&b, 1) != 1)
			return ERR_CRYPTO;
		if (b >= 250)
			continue;
		serial[digit / 2] |= (uint8_t)(b % 10 << (digit % 2 == 0 ? 4 : 0));
		digit++;
	}
	return 0;
}

static int
set_scalar(EVP_PKEY *key, uint8_t scalar[SM_SCALAR])
{
	BIGNUM *d = BN_secure_new();
	int ok;

	ok = d != NULL && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
	    BN_bn2binpad(d, scalar, SM_SCALAR) == SM_SCALAR;
	BN_clear_free(d);
	return ok ? 0 : ERR_CRYPTO;
}

static int
fill(struct card_data *d, const uint8_t *cert, size_t n)
{
	uint8_t gdo[2 + SERIAL_LEN];
	struct wr wr;
	int r = 0;

	wr_init(&wr, gdo, sizeof(gdo));
	tlv_put(&wr, TAG_ICCSN, d->serial, SERIAL_LEN);
	if (wr_end(&wr) != 0)
		return ERR_INTERNAL;
	for (size_t i = 0; r == 0 && i < d->pins_n; i++)
		r = pin_set(&d->pin[i], (const uint8_t *)PIN_FACTORY, strlen(PIN_FACTORY));
	if (r == 0 && (r = layout_fill(d, FID_GDO, gdo, wr.n)) == 0)
		r = layout_fill(d, FID_DEVICE_CERT, cert, n);
	return r;
}

int
factory_card(struct card_data *d, const char *profile, const char *issuer_cert,
    const char *issuer_key, uint64_t now)
{
	EVP_PKEY *key = NULL, *device = NULL;
	uint8_t der[DEVICE_CERT_MAX];
	X509 *issuer = NULL;
	size_t n = 0;
	int r;

	if ((r = layout_make(d, profile)) != 0 ||
	    (r = get_issuer(issuer_cert, issuer_key, (time_t)now, &issuer, &key)) != 0 ||
	    (r = make_serial(d->serial)) != 0)
		goto out;
	if ((device = EVP_EC_gen("prime256v1")) == NULL) {
		r = ERR_CRYPTO;
		goto out;
	}
	if ((r = set_scalar(device, d->device_scalar)) == 0 &&
	    (r = certify(d, device, issuer, key, der, sizeof(der), &n)) == 0)
		r = fill(d, der, n);
out:
	if (r != 0)
		OPENSSL_cleanse(d, sizeof(*d));
	EVP_PKEY_free(device);
	EVP_PKEY_free(key);
	X509_free(issuer);
	return r;
}

void
factory_serial_text(const uint8_t serial[SERIAL_LEN], char out[SERIAL_TEXT])
{
	for (size_t i = 0; i < 2 * SERIAL_LEN; i++)
		out[i] = (char)('0' + (serial[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0x0f));
	out[SERIAL_TEXT - 1] = '\0';
}
