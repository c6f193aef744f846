#include "hsm/admin/issuer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "card-os/iso7816/err.h"

int
issuer_from_pem(const char *pem, size_t n, uint8_t *der, size_t *der_n, const char **why)
{
	BIO *bio = NULL;
	X509 *cert = NULL, *second = NULL;
	uint8_t *p = der;
	int r = ERR_FORMAT, len;

	*why = "it is no certificate in PEM form (-----BEGIN CERTIFICATE-----)";
	if (n > INT32_MAX || (bio = BIO_new_mem_buf(pem, (int)n)) == NULL ||
	    (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) == NULL)
		goto out;
	if ((second = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		*why = "there is more than one certificate in it";
		goto out;
	}
	/* A card's own certificate would let no card but itself in, and is a likely slip. */
	if (X509_check_ca(cert) != 1) {
		*why = "it is the certificate of no issuer (no CA)";
		goto out;
	}
	r = ERR_SIZE;
	*why = "the certificate is too long";
	if ((len = i2d_X509(cert, NULL)) <= 0 || (size_t)len > *der_n)
		goto out;
	*der_n = (size_t)i2d_X509(cert, &p);
	*why = "";
	r = 0;
out:
	X509_free(cert);
	X509_free(second);
	BIO_free(bio);
	ERR_clear_error();
	return r;
}

int
issuer_describe(const uint8_t *der, size_t n, struct issuer_text *out)
{
	const uint8_t *p = der;
	X509 *cert = d2i_X509(NULL, &p, (long)n);
	BIO *bio = BIO_new(BIO_s_mem());
	uint8_t hash[HASH_LEN];
	struct tm tm;
	unsigned len = 0;
	int r = ERR_FORMAT, got;

	memset(out, 0, sizeof(*out));
	if (cert == NULL || bio == NULL || p != der + n)
		goto out;
	if (X509_NAME_print_ex(bio, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) < 0 ||
	    X509_digest(cert, EVP_sha256(), hash, &len) != 1 || len != HASH_LEN ||
	    ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		goto out;
	got = BIO_read(bio, out->subject, sizeof(out->subject) - 1);
	out->subject[got > 0 ? got : 0] = '\0';
	for (size_t i = 0; i < HASH_LEN; i++)
		snprintf(out->fingerprint + 2 * i, 3, "%02x", hash[i]);
	strftime(out->not_after, sizeof(out->not_after), "%Y-%m-%dT%H:%M:%SZ", &tm);
	r = 0;
out:
	X509_free(cert);
	BIO_free(bio);
	ERR_clear_error();
	return r;
}
