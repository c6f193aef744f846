#include "tests/unit/holder.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "card-os/iso7816/tlv.h"

static void
certify(struct holder *c)
{
	X509_NAME *name;

	if ((c->cert = X509_new()) == NULL)
		abort();
	name = X509_get_subject_name(c->cert);
	if (X509_set_version(c->cert, X509_VERSION_3) != 1 ||
	    ASN1_INTEGER_set(X509_get_serialNumber(c->cert), 1) != 1 ||
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"Alice", -1, -1,
	    0) != 1 ||
	    X509_set_issuer_name(c->cert, name) != 1 ||
	    X509_gmtime_adj(X509_getm_notBefore(c->cert), 0) == NULL ||
	    X509_gmtime_adj(X509_getm_notAfter(c->cert), 365L * 86400) == NULL ||
	    X509_set_pubkey(c->cert, c->rsa) != 1 ||
	    X509_sign(c->cert, c->rsa, EVP_sha256()) <= 0)
		abort();
}

void
holder_make(struct holder *c)
{
	static EVP_PKEY *rsa;

	memset(c, 0, sizeof(*c));
	if ((rsa == NULL && (rsa = EVP_RSA_gen(2048)) == NULL) || EVP_PKEY_up_ref(rsa) != 1)
		abort();
	c->rsa = rsa;
	if (p256_generate(c->scalar, c->point) != 0)
		abort();
	memset(c->record, 0x5a, sizeof(c->record));
	certify(c);
}

void
holder_free(struct holder *c)
{
	EVP_PKEY_free(c->rsa);
	X509_free(c->cert);
	memset(c, 0, sizeof(*c));
}

void
holder_put_rsa(struct wr *wr, EVP_PKEY *key)
{
	static const struct {
		uint8_t tag;
		const char *name;
		int n;
	} parts[] = {
		{ 0x81, OSSL_PKEY_PARAM_RSA_N, 256 }, { 0x82, OSSL_PKEY_PARAM_RSA_E, 3 },
		{ 0x92, OSSL_PKEY_PARAM_RSA_FACTOR1, 128 }, { 0x93, OSSL_PKEY_PARAM_RSA_FACTOR2, 128 },
		{ 0x94, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, 128 },
		{ 0x95, OSSL_PKEY_PARAM_RSA_EXPONENT1, 128 },
		{ 0x96, OSSL_PKEY_PARAM_RSA_EXPONENT2, 128 },
	};
	uint8_t p[256];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		BIGNUM *bn = NULL;

		if (EVP_PKEY_get_bn_param(key, parts[i].name, &bn) != 1 ||
		    BN_bn2binpad(bn, p, parts[i].n) != parts[i].n)
			abort();
		tlv_put(wr, parts[i].tag, p, (size_t)parts[i].n);
		BN_clear_free(bn);
	}
}

size_t
holder_command(const struct holder *c, uint8_t *out, size_t cap)
{
	static uint8_t mem[4096];
	uint8_t *der = NULL;
	struct apdu a = { .ins = INS_PUT_DATA_ODD, .p1 = 0x3f, .p2 = 0xff };
	size_t all, one;
	struct wr wr;
	int n = i2d_X509(c->cert, &der);

	if (n <= 0)
		abort();
	wr_init(&wr, mem, sizeof(mem));
	all = tlv_open(&wr, 0x70);
	one = tlv_open(&wr, 0x7f48);
	holder_put_rsa(&wr, c->rsa);
	tlv_close(&wr, one);
	one = tlv_open(&wr, 0x7f48);
	tlv_put(&wr, 0x86, c->point, sizeof(c->point));
	tlv_put(&wr, 0x87, c->scalar, sizeof(c->scalar));
	tlv_close(&wr, one);
	tlv_put(&wr, 0x7f21, der, (size_t)n);
	tlv_put(&wr, 0x53, c->record, sizeof(c->record));
	tlv_close(&wr, all);
	OPENSSL_free(der);
	a.data = mem;
	a.nc = wr.n;
	if (wr_end(&wr) != 0)
		abort();
	wr_init(&wr, out, cap);
	apdu_encode(&wr, &a);
	if (wr_end(&wr) != 0)
		abort();
	return wr.n;
}

uint16_t
holder_load(struct deck *d, struct sm *sm, const struct holder *c)
{
	static uint8_t p[4096];
	size_t n = holder_command(c, p, sizeof(p));

	if (deck_open_channel(d, sm) != 0 || deck_send_sm(d, sm, SELECT_SLOT) != SW_OK ||
	    deck_hex(d, VERIFY_RIGHT) != SW_OK)
		abort();
	return deck_bytes_sm(d, sm, p, n);
}
