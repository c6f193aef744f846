#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "card-os/apps/factory.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/files.h"
#include "card-os/os/pins.h"
#include "tests/unit/suite.h"

enum { NOW = 1700000000, DAY = 86400 };

static char cert[FACTORY_PEM_MAX], key[FACTORY_PEM_MAX];
static struct card_data data, other;

static X509 *
from_pem(const char *text)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	if (x == NULL)
		abort();
	return x;
}

static X509 *
device_certificate(const struct card_data *d)
{
	uint16_t i = files_in(d, 0, FID_DEVICE_CERT);
	const uint8_t *p = files_bytes(d, i), *start = p;
	X509 *x = d2i_X509(NULL, &p, d->file[i].size);

	if (x == NULL || p != start + d->file[i].size)
		abort();
	return x;
}

static int
chains(X509 *leaf, X509 *root, time_t at)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int ok;

	if (store == NULL || ctx == NULL || X509_STORE_add_cert(store, root) != 1 ||
	    X509_STORE_CTX_init(ctx, store, leaf, NULL) != 1)
		abort();
	X509_STORE_CTX_set_time(ctx, 0, at);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
	ok = X509_verify_cert(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return ok == 1;
}

static void
an_issuer_may_sign_cards_and_nothing_below_them(void)
{
	X509 *x;

	OK(factory_issuer(cert, key, NOW));
	x = from_pem(cert);
	CU_ASSERT(X509_check_ca(x) == 1);
	CU_ASSERT_EQUAL(X509_get_pathlen(x), 0);
	CU_ASSERT_EQUAL(X509_get_key_usage(x), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	CU_ASSERT(chains(x, x, NOW));
	CU_ASSERT(chains(x, x, NOW + (time_t)30 * 365 * DAY));
	CU_ASSERT(!chains(x, x, NOW + (time_t)31 * 365 * DAY));
	CU_ASSERT(!chains(x, x, NOW - 2 * DAY));
	X509_free(x);
}

static void
two_issuers_differ_in_name_number_and_key(void)
{
	X509 *a, *b;

	OK(factory_issuer(cert, key, NOW));
	a = from_pem(cert);
	OK(factory_issuer(cert, key, NOW));
	b = from_pem(cert);
	CU_ASSERT_NOT_EQUAL(X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)), 0);
	CU_ASSERT_NOT_EQUAL(ASN1_INTEGER_cmp(X509_get0_serialNumber(a), X509_get0_serialNumber(b)), 0);
	CU_ASSERT_NOT_EQUAL(EVP_PKEY_eq(X509_get0_pubkey(a), X509_get0_pubkey(b)), 1);
	X509_free(a);
	X509_free(b);
}

static void
a_card_chains_to_its_issuer_and_to_no_other(void)
{
	X509 *issuer, *foreign, *device;

	OK(factory_issuer(cert, key, NOW));
	foreign = from_pem(cert);
	OK(factory_issuer(cert, key, NOW));
	issuer = from_pem(cert);
	OK(factory_card(&data, "tcos", cert, key, NOW + 5 * DAY));
	device = device_certificate(&data);
	CU_ASSERT(chains(device, issuer, NOW));
	CU_ASSERT(chains(device, issuer, NOW + (time_t)30 * 365 * DAY));
	CU_ASSERT(!chains(device, issuer, NOW + (time_t)31 * 365 * DAY));
	CU_ASSERT(!chains(device, foreign, NOW));
	CU_ASSERT_EQUAL(X509_check_ca(device), 0);
	CU_ASSERT_EQUAL(X509_get_key_usage(device), KU_KEY_AGREEMENT);
	X509_free(device);
	X509_free(issuer);
	X509_free(foreign);
}

static void
the_certificate_names_the_serial_number_and_the_device_key(void)
{
	char text[64], serial[SERIAL_TEXT];
	struct sm_host h;
	struct sm host, card;
	uint8_t point[SM_POINT], nonce[SM_NONCE], token[SM_TOKEN];
	size_t n;
	X509 *device;

	OK(factory_issuer(cert, key, NOW));
	OK(factory_card(&data, "tcos", cert, key, NOW));
	device = device_certificate(&data);
	factory_serial_text(data.serial, serial);
	CU_ASSERT_EQUAL(X509_NAME_get_text_by_NID(X509_get_subject_name(device), NID_serialNumber,
	    text, sizeof(text)), 20);
	CU_ASSERT_STRING_EQUAL(text, serial);
	X509_NAME_get_text_by_NID(X509_get_subject_name(device), NID_commonName, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "Cardinal card");
	OK(EVP_PKEY_get_octet_string_param(X509_get0_pubkey(device), OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
	    point, sizeof(point), &n) != 1);
	X509_free(device);
	OK(sm_host_start(&h));
	OK(sm_card_answer(data.device_scalar, h.point, nonce, token, &card));
	OK(sm_host_finish(&h, point, nonce, token, &host));
}

static void
the_serial_number_is_twenty_digits_after_8949(void)
{
	char serial[SERIAL_TEXT], again[SERIAL_TEXT];
	struct pin pin, second;
	uint16_t i;

	OK(factory_issuer(cert, key, NOW));
	OK(factory_card(&data, "tcos", cert, key, NOW));
	OK(factory_card(&other, "tcos", cert, key, NOW));
	factory_serial_text(data.serial, serial);
	factory_serial_text(other.serial, again);
	CU_ASSERT_EQUAL(strspn(serial, "0123456789"), 20);
	CU_ASSERT_EQUAL(strlen(serial), 20);
	CU_ASSERT_EQUAL(strncmp(serial, "8949", 4), 0);
	CU_ASSERT_STRING_NOT_EQUAL(serial, again);
	i = files_in(&data, 0, FID_GDO);
	CU_ASSERT_EQUAL(data.file[i].size, 12);
	SAME(files_bytes(&data, i), "\x5a\x0a", 2);
	SAME(files_bytes(&data, i) + 2, data.serial, SERIAL_LEN);
	CU_ASSERT_NOT_EQUAL(memcmp(data.device_scalar, other.device_scalar, SM_SCALAR), 0);
	pin_get(&data, files_path(&data, 0, (const uint8_t *)"\x5a\x01\x50\x81", 4), &pin);
	pin_get(&data, files_path(&data, 0, (const uint8_t *)"\x5a\x02\x50\x81", 4), &second);
	CU_ASSERT_NOT_EQUAL(memcmp(pin.salt, second.salt, sizeof(pin.salt)), 0);
}

static void
the_directory_lists_pkcs15_and_both_applications(void)
{
	static const struct {
		const char *aid;
		size_t n;
		const char *path;
	} apps[] = {
		{ AID_PKCS15, AID_PKCS15_LEN, "\x3f\x00\x50\x15" },
		{ AID_SHARE, AID_LEN, "\x3f\x00\x5a\x01" },
		{ AID_SLOT, AID_LEN, "\x3f\x00\x5a\x02" },
	};
	uint16_t i;
	struct tlv t, v;
	struct rd rd;

	OK(factory_issuer(cert, key, NOW));
	OK(factory_card(&data, "tcos", cert, key, NOW));
	i = files_in(&data, 0, FID_DIR);
	rd_init(&rd, files_bytes(&data, i), data.file[i].size);
	for (size_t app = 0; app < sizeof(apps) / sizeof(apps[0]); app++) {
		CU_ASSERT_EQUAL_FATAL(tlv_next(&rd, &t), 1);
		CU_ASSERT_EQUAL(t.tag, 0x61);
		OK(tlv_find(t.p, t.n, 0x4f, &v));
		CU_ASSERT_EQUAL_FATAL(v.n, apps[app].n);
		SAME(v.p, apps[app].aid, v.n);
		CU_ASSERT_NOT_EQUAL(files_named(&data, v.p, v.n, FILES_FIRST, 0), CARD_NO_FILE);
		OK(tlv_find(t.p, t.n, 0x51, &v));
		CU_ASSERT_EQUAL_FATAL(v.n, 4);
		SAME(v.p, apps[app].path, 4);
	}
	OK(rd_end(&rd));
}

static void
share_and_header_begin_empty(void)
{
	uint16_t df, i;

	OK(factory_issuer(cert, key, NOW));
	OK(factory_card(&data, "tcos", cert, key, NOW));
	df = files_in(&data, 0, FID_SHARE_DF);
	i = files_in(&data, df, FID_SHARE);
	CU_ASSERT_EQUAL(data.file[i].size, SHARE_RECORD_LEN);
	for (size_t b = 0; b < SHARE_RECORD_LEN; b++)
		CU_ASSERT_EQUAL(files_bytes(&data, i)[b], 0);
	i = files_in(&data, df, FID_SHARE_HEADER);
	CU_ASSERT_EQUAL(data.file[i].size, SHARE_HEADER_LEN);
	CU_ASSERT_EQUAL(data.file[i].kind, FILE_WINDOW);
}

static int
all_zero(const struct card_data *d)
{
	static const struct card_data empty;

	return memcmp(d, &empty, sizeof(empty)) == 0;
}

/* Self-signed, but no authority by its own word. */
static void
make_no_authority(void)
{
	EVP_PKEY *k = EVP_EC_gen("prime256v1");
	X509 *x = X509_new();
	time_t now = NOW;
	BIO *c = BIO_new(BIO_s_mem()), *p = BIO_new(BIO_s_mem());

	X509_set_version(x, X509_VERSION_3);
	X509_time_adj_ex(X509_getm_notBefore(x), -1, 0, &now);
	X509_time_adj_ex(X509_getm_notAfter(x), 1, 0, &now);
	X509_set_pubkey(x, k);
	if (X509_sign(x, k, EVP_sha256()) <= 0)
		abort();
	PEM_write_bio_X509(c, x);
	PEM_write_bio_PrivateKey(p, k, NULL, NULL, 0, NULL, NULL);
	memset(cert, 0, sizeof(cert));
	memset(key, 0, sizeof(key));
	if (BIO_read(c, cert, sizeof(cert) - 1) <= 0 || BIO_read(p, key, sizeof(key) - 1) <= 0)
		abort();
	BIO_free(c);
	BIO_free(p);
	X509_free(x);
	EVP_PKEY_free(k);
}

static void
a_bad_issuer_makes_no_card(void)
{
	static char wrong[FACTORY_PEM_MAX], wrong_key[FACTORY_PEM_MAX];

	OK(factory_issuer(cert, key, NOW));
	OK(factory_issuer(wrong, wrong_key, NOW));
	CU_ASSERT_EQUAL(factory_card(&data, "tcos", cert, wrong_key, NOW), ERR_FORMAT);
	CU_ASSERT(all_zero(&data));
	CU_ASSERT_EQUAL(factory_card(&data, "tcos", "", key, NOW), ERR_FORMAT);
	CU_ASSERT_EQUAL(factory_card(&data, "tcos", cert, "", NOW), ERR_FORMAT);
	CU_ASSERT_EQUAL(factory_card(&data, "tcos", key, cert, NOW), ERR_FORMAT);
	CU_ASSERT_EQUAL(factory_card(&data, "tcos", cert, key, NOW - 2 * DAY), ERR_FORMAT);
	CU_ASSERT_EQUAL(factory_card(&data, "tcos", cert, key, NOW + (uint64_t)31 * 365 * DAY),
	    ERR_FORMAT);
	CU_ASSERT(all_zero(&data));
	CU_ASSERT_EQUAL(factory_card(&data, "hsm", cert, key, NOW), ERR_NOT_FOUND);
	CU_ASSERT(all_zero(&data));
	make_no_authority();
	CU_ASSERT_EQUAL(factory_card(&data, "tcos", cert, key, NOW), ERR_FORMAT);
}

static const struct sentence sentences[] = {
	SENTENCE(an_issuer_may_sign_cards_and_nothing_below_them),
	SENTENCE(two_issuers_differ_in_name_number_and_key),
	SENTENCE(a_card_chains_to_its_issuer_and_to_no_other),
	SENTENCE(the_certificate_names_the_serial_number_and_the_device_key),
	SENTENCE(the_serial_number_is_twenty_digits_after_8949),
	SENTENCE(the_directory_lists_pkcs15_and_both_applications),
	SENTENCE(share_and_header_begin_empty),
	SENTENCE(a_bad_issuer_makes_no_card),
};

SUITE("factory", sentences)
