#include "hsm/cards/cert.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "card-os/iso7816/err.h"
#include "tests/rig/rig.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

static const char good_serial[] = "89490000000000000001";

/* What a certificate of the test is; zeroed: as a card factory makes it. */
struct made {
	const char *serial;		/* subject's serialNumber, NULL: none */
	const char *second;		/* another one */
	const char *curve;		/* NULL: RSA */
	const char *basic;		/* basic constraints, NULL: none */
	long from, to;			/* seconds from RIG_NOW */
	int old;			/* version 1, from before there were constraints */
};

#define ISSUER { NULL, NULL, "P-256", "critical,CA:TRUE", -10, 1000, 0 }
#define CARD { good_serial, NULL, "P-256", "critical,CA:FALSE", -10, 1000, 0 }

static const struct made issuer_made = ISSUER, card_made = CARD;

static void
add_name(X509_NAME *name, const char *key, const char *value)
{
	if (value != NULL && X509_NAME_add_entry_by_txt(name, key, MBSTRING_ASC,
	    (const unsigned char *)value, -1, -1, 0) != 1)
		abort();
}

static void
add_basic(X509 *x, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, value);

	if (e == NULL || X509_add_ext(x, e, -1) != 1)
		abort();
	X509_EXTENSION_free(e);
}

/* Signed by that issuer, or by itself. */
static X509 *
make(const struct made *m, const char *cn, X509 *issuer, EVP_PKEY *issuer_key, EVP_PKEY **key)
{
	EVP_PKEY *own = m->curve != NULL ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", m->curve) :
	    EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	X509 *x = X509_new();
	time_t now = RIG_NOW;

	if (own == NULL || x == NULL || X509_set_version(x, m->old ? 0 : 2) != 1 ||
	    ASN1_INTEGER_set(X509_get_serialNumber(x), 7) != 1 ||
	    X509_time_adj_ex(X509_getm_notBefore(x), 0, m->from, &now) == NULL ||
	    X509_time_adj_ex(X509_getm_notAfter(x), 0, m->to, &now) == NULL ||
	    X509_set_pubkey(x, own) != 1)
		abort();
	add_name(X509_get_subject_name(x), "CN", cn);
	add_name(X509_get_subject_name(x), "serialNumber", m->serial);
	add_name(X509_get_subject_name(x), "serialNumber", m->second);
	if (X509_set_issuer_name(x, X509_get_subject_name(issuer != NULL ? issuer : x)) != 1)
		abort();
	if (m->basic != NULL)
		add_basic(x, m->basic);
	if (X509_sign(x, issuer_key != NULL ? issuer_key : own, EVP_sha256()) <= 0)
		abort();
	if (key != NULL)
		*key = own;
	else
		EVP_PKEY_free(own);
	return x;
}

static size_t
der_of(X509 *x, uint8_t *p)
{
	int n = i2d_X509(x, &p);

	X509_free(x);
	if (n < 0)
		abort();
	return (size_t)n;
}

/* A card's certificate by an issuer, both as told; the issuer is trusted. */
static int
check(const struct made *issuer, const struct made *card, uint64_t now, long tamper)
{
	static struct issuers issuers;
	uint8_t der[ISSUER_DER_MAX + 1], point[SM_POINT];
	char serial[SERIAL_DIGITS + 1];
	EVP_PKEY *key;
	X509 *x;
	size_t n;
	int r;

	memset(&issuers, 0, sizeof(issuers));
	x = make(issuer, "issuer", NULL, NULL, &key);
	n = der_of(make(card, "card", x, key, NULL), der);
	issuers.cert[0].len = der_of(x, issuers.cert[0].der);
	issuers.n = 1;
	EVP_PKEY_free(key);
	if (tamper < 0)
		der[(long)n + tamper] ^= 1;
	der[n] = 0;
	r = cert_check(der, n + (size_t)(tamper > 0 ? tamper : 0), &issuers, now, point, serial);
	if (r == 0) {
		CU_ASSERT_STRING_EQUAL(serial, good_serial);
		CU_ASSERT_EQUAL(point[0], 4);
	}
	return r;
}

static void
a_certificate_of_a_trusted_issuer_is_taken(void)
{
	OK(check(&issuer_made, &card_made, RIG_NOW, 0));
}

static const struct {
	const char *why;
	struct made issuer, card;
	long now, tamper;
} refused[] = {
	{ "signature", ISSUER, CARD, 0, -1 },
	{ "a byte more", ISSUER, CARD, 0, 1 },
	{ "not yet valid", ISSUER, CARD, -11, 0 },
	{ "expired", ISSUER, CARD, 1001, 0 },
	{ "issuer expired", { NULL, NULL, "P-256", "critical,CA:TRUE", -10, 5, 0 }, CARD, 6, 0 },
	{ "issuer is no CA", { NULL, NULL, "P-256", "critical,CA:FALSE", -10, 1000, 0 }, CARD, 0, 0 },
	{ "issuer says nothing of CA", { NULL, NULL, "P-256", NULL, -10, 1000, 0 }, CARD, 0, 0 },
	{ "issuer of version 1", { NULL, NULL, "P-256", NULL, -10, 1000, 1 }, CARD, 0, 0 },
	{ "another curve", ISSUER, { good_serial, NULL, "secp256k1", NULL, -10, 1000, 0 }, 0, 0 },
	{ "RSA", ISSUER, { good_serial, NULL, NULL, NULL, -10, 1000, 0 }, 0, 0 },
	{ "no serial", ISSUER, { NULL, NULL, "P-256", NULL, -10, 1000, 0 }, 0, 0 },
	{ "two serials", ISSUER, { good_serial, good_serial, "P-256", NULL, -10, 1000, 0 }, 0, 0 },
	{ "short serial", ISSUER, { "8949000000000000000", NULL, "P-256", NULL, -10, 1000, 0 }, 0, 0 },
	{ "no digits", ISSUER, { "8949000000000000000x", NULL, "P-256", NULL, -10, 1000, 0 }, 0, 0 },
};

static void
a_certificate_that_is_wrong_in_one_way_is_foreign(void)
{
	size_t i;

	for (i = 0; i < LEN(refused); i++)
		if (check(&refused[i].issuer, &refused[i].card, (uint64_t)(RIG_NOW + refused[i].now),
		    refused[i].tamper) != ERR_FOREIGN_CARD)
			CU_FAIL(refused[i].why);
}

static void
a_card_that_is_its_own_issuer_is_foreign(void)
{
	static struct issuers issuers;
	uint8_t der[ISSUER_DER_MAX], point[SM_POINT];
	char serial[SERIAL_DIGITS + 1];
	struct made m = issuer_made;
	size_t n;

	m.serial = good_serial;
	n = der_of(make(&m, "card", NULL, NULL, NULL), der);
	CU_ASSERT_EQUAL(cert_check(der, n, &issuers, RIG_NOW, point, serial), ERR_FOREIGN_CARD);
	memcpy(issuers.cert[0].der, der, n);
	issuers.cert[0].len = n;
	issuers.n = 1;
	CU_ASSERT_EQUAL(cert_check(der, n, &issuers, RIG_NOW, point, serial), ERR_FOREIGN_CARD);
}

static const struct sentence sentences[] = {
	SENTENCE(a_certificate_of_a_trusted_issuer_is_taken),
	SENTENCE(a_certificate_that_is_wrong_in_one_way_is_foreign),
	SENTENCE(a_card_that_is_its_own_issuer_is_foreign),
};

SUITE("cert", sentences)
