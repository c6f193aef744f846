#include "hsm/admin/issuer.h"

#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/admin_counter.h"
#include "tests/unit/suite.h"

enum { PEM_ROOM = 4096 };

/* A self-signed certificate in PEM; ca as X509v3 has it. */
static void
certificate(const char *ca, char out[PEM_ROOM])
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, ca);
	BIO *bio = BIO_new(BIO_s_mem());
	int n;

	X509_set_version(cert, 2);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
	    (const unsigned char *)"Deck 1", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	X509_add_ext(cert, ext, -1);
	CU_ASSERT_FATAL(X509_sign(cert, key, EVP_sha256()) > 0);
	CU_ASSERT_FATAL(PEM_write_bio_X509(bio, cert) == 1);
	n = BIO_read(bio, out, PEM_ROOM - 1);
	out[n] = '\0';
	X509_EXTENSION_free(ext);
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(bio);
}

static void
an_issuer_is_added_and_listed(void)
{
	struct counter *c = counter_fresh(HSM_FACTORY);
	char pem[PEM_ROOM];
	json_t *j, *one;

	certificate("critical,CA:TRUE", pem);
	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/issuers", NULL, NULL, pem, &j), 201);
	CU_ASSERT_STRING_EQUAL(counter_word(j, "subject"), "CN=Deck 1");
	CU_ASSERT_EQUAL(strlen(counter_word(j, "fingerprint")), 64);
	json_decref(j);
	CU_ASSERT_EQUAL(c->uid, 1234);
	CU_ASSERT_EQUAL(counter_ask(c, "GET", "/v1/issuers", NULL, NULL, NULL, &j), 200);
	one = json_array_get(json_object_get(j, "issuers"), 0);
	CU_ASSERT_STRING_EQUAL(counter_word(one, "subject"), "CN=Deck 1");
	json_decref(j);
	c->fail = ERR_EXISTS;
	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/issuers", NULL, NULL, pem, &j), 409);
	CU_ASSERT_STRING_EQUAL(counter_word(j, "error"), "exists");
	json_decref(j);
}

static void
no_issuer_is_a_certificate_without_ca_or_two_of_them(void)
{
	char pem[2 * PEM_ROOM], second[PEM_ROOM];
	uint8_t der[ISSUER_MAX];
	size_t n = sizeof(der);
	const char *why;

	certificate("critical,CA:FALSE", pem);
	CU_ASSERT_EQUAL(issuer_from_pem(pem, strlen(pem), der, &n, &why), ERR_FORMAT);
	certificate("critical,CA:TRUE", pem);
	certificate("critical,CA:TRUE", second);
	strcat(pem, second);
	CU_ASSERT_EQUAL(issuer_from_pem(pem, strlen(pem), der, &n, &why), ERR_FORMAT);
	n = 16;
	CU_ASSERT_EQUAL(issuer_from_pem(second, strlen(second), der, &n, &why), ERR_SIZE);
}

static const struct sentence sentences[] = {
	SENTENCE(an_issuer_is_added_and_listed),
	SENTENCE(no_issuer_is_a_certificate_without_ca_or_two_of_them),
};

SUITE("admin_issuer", sentences)
