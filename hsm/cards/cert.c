#include "hsm/cards/cert.h"

#include <string.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "card-os/iso7816/err.h"

/* A certificate of exactly these bytes, or NULL. */
static X509 *
parse(const uint8_t *der, size_t n)
{
	const uint8_t *p = der;
	X509 *x;

	if (n > ISSUER_DER_MAX || (x = d2i_X509(NULL, &p, (long)n)) == NULL)
		return NULL;
	if (p == der + n)
		return x;
	X509_free(x);
	return NULL;
}

/* Those that are a CA by their own word: OpenSSL takes a self-signed one without it. */
static int
trust(X509_STORE *store, const struct issuers *issuers)
{
	X509 *x;
	size_t i;
	int ok = 1;

	for (i = 0; ok && i < issuers->n; i++) {
		if ((x = parse(issuers->cert[i].der, issuers->cert[i].len)) == NULL)
			continue;
		if (X509_check_ca(x) == 1)
			ok = X509_STORE_add_cert(store, x);
		X509_free(x);
	}
	return ok ? 0 : ERR_NOMEM;
}

static int
verify(X509 *cert, const struct issuers *issuers, uint64_t now)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE *store = X509_STORE_new();
	int r = ERR_NOMEM;

	if (ctx == NULL || store == NULL || (r = trust(store, issuers)) != 0)
		goto out;
	r = ERR_NOMEM;
	if (X509_STORE_CTX_init(ctx, store, cert, NULL) != 1)
		goto out;
	/* The issuer was given to us by its certificate: it is the anchor, whoever signed it. */
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);
	X509_STORE_CTX_set_time(ctx, 0, (time_t)now);
	r = X509_verify_cert(ctx) == 1 ? 0 : ERR_FOREIGN_CARD;
	/* The card itself being an anchor proves nothing. */
	if (r == 0 && sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) < 2)
		r = ERR_FOREIGN_CARD;
out:
	X509_STORE_free(store);
	X509_STORE_CTX_free(ctx);
	return r;
}

static int
device_key(X509 *cert, uint8_t point[SM_POINT])
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	char group[32] = "";
	size_t n = 0;

	if (key == NULL || !EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group),
	    &n) != 1 || strcmp(group, SN_X9_62_prime256v1) != 0)
		return ERR_FOREIGN_CARD;
	if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, SM_POINT,
	    &n) != 1 || n != SM_POINT || point[0] != POINT_CONVERSION_UNCOMPRESSED)
		return ERR_FOREIGN_CARD;
	return 0;
}

/* The only serialNumber of the subject: digits, as many as a card's serial number has. */
static int
subject_serial(X509 *cert, char serial[SERIAL_DIGITS + 1])
{
	X509_NAME *name = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(name, NID_serialNumber, -1);
	const ASN1_STRING *s;

	if (at < 0 || X509_NAME_get_index_by_NID(name, NID_serialNumber, at) >= 0)
		return ERR_FOREIGN_CARD;
	s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	if (ASN1_STRING_length(s) != SERIAL_DIGITS)
		return ERR_FOREIGN_CARD;
	memcpy(serial, ASN1_STRING_get0_data(s), SERIAL_DIGITS);
	serial[SERIAL_DIGITS] = '\0';
	return strspn(serial, "0123456789") == SERIAL_DIGITS ? 0 : ERR_FOREIGN_CARD;
}

int
cert_check(const uint8_t *der, size_t n, const struct issuers *issuers, uint64_t now,
    uint8_t point[SM_POINT], char serial[SERIAL_DIGITS + 1])
{
	X509 *cert;
	int r;

	memset(point, 0, SM_POINT);
	memset(serial, 0, SERIAL_DIGITS + 1);
	if ((cert = parse(der, n)) == NULL) {
		ERR_clear_error();
		return ERR_FOREIGN_CARD;
	}
	if ((r = verify(cert, issuers, now)) == 0 && (r = device_key(cert, point)) == 0)
		r = subject_serial(cert, serial);
	X509_free(cert);
	/* What a card sent is no error of ours. */
	ERR_clear_error();
	return r;
}
