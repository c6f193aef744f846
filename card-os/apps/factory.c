#include "card-os/apps/factory.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "card-os/apps/issuer.h"
#include "card-os/apps/layout.h"
#include "card-os/apps/pkcs15.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/pins.h"

enum { TAG_ICCSN = 0x5a };

/* Of 20 digits the first four are fixed, as on the cards that this one is like. */
static const uint8_t serial_prefix[] = { 0x89, 0x49 };

int
factory_issuer(char cert[FACTORY_PEM_MAX], char key[FACTORY_PEM_MAX], uint64_t now)
{
	struct issuer issuer = { NULL, NULL };
	int r;

	if ((r = issuer_make(&issuer, now)) == 0)
		r = issuer_write(&issuer, cert, key, FACTORY_PEM_MAX);
	if (r != 0)
		OPENSSL_cleanse(key, FACTORY_PEM_MAX);
	issuer_free(&issuer);
	return r;
}

/* Digits, evenly: of random bytes, those over 249 are thrown away. */
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
get_scalar(EVP_PKEY *key, uint8_t scalar[SM_SCALAR])
{
	BIGNUM *d = BN_secure_new();
	int ok;

	ok = d != NULL && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
	    BN_bn2binpad(d, scalar, SM_SCALAR) == SM_SCALAR;
	BN_clear_free(d);
	return ok ? 0 : ERR_CRYPTO;
}

/* The device key, and the certificate in its file. */
static int
give_identity(struct card_data *d, const struct issuer *issuer)
{
	uint8_t der[DEVICE_CERT_MAX];
	char serial[SERIAL_TEXT];
	EVP_PKEY *device = EVP_EC_gen("prime256v1");
	size_t n = 0;
	int r = ERR_CRYPTO;

	factory_serial_text(d->serial, serial);
	if (device != NULL && (r = get_scalar(device, d->device_scalar)) == 0 &&
	    (r = issuer_certify(issuer, device, serial, der, sizeof(der), &n)) == 0)
		r = layout_fill(d, FID_DEVICE_CERT, der, n);
	EVP_PKEY_free(device);
	return r;
}

static int
give_number(struct card_data *d)
{
	uint8_t gdo[2 + SERIAL_LEN];
	struct wr wr;
	int r;

	if ((r = make_serial(d->serial)) != 0)
		return r;
	wr_init(&wr, gdo, sizeof(gdo));
	tlv_put(&wr, TAG_ICCSN, d->serial, SERIAL_LEN);
	return wr_end(&wr) != 0 ? ERR_INTERNAL : layout_fill(d, FID_GDO, gdo, wr.n);
}

static int
give_pins(struct card_data *d)
{
	struct pin pin;
	int r = 0;

	for (uint16_t i = 0; r == 0 && i < d->files_n; i++) {
		if (d->file[i].kind != FILE_PIN)
			continue;
		pin_get(d, i, &pin);
		r = pin_set(&pin, (const uint8_t *)PIN_FACTORY, strlen(PIN_FACTORY));
		pin_put(d, i, &pin);
	}
	return r;
}

int
factory_card(struct card_data *d, const char *profile, const char *issuer_cert,
    const char *issuer_key, uint64_t now)
{
	struct issuer issuer = { NULL, NULL };
	int r;

	if ((r = layout_make(d, profile)) == 0 &&
	    (r = issuer_read(&issuer, issuer_cert, issuer_key, now)) == 0 &&
	    (r = give_number(d)) == 0 && (r = give_identity(d, &issuer)) == 0 &&
	    (r = pkcs15_make(d)) == 0)
		r = give_pins(d);
	if (r != 0)
		OPENSSL_cleanse(d, sizeof(*d));
	issuer_free(&issuer);
	return r;
}

void
factory_serial_text(const uint8_t serial[SERIAL_LEN], char out[SERIAL_TEXT])
{
	for (size_t i = 0; i < 2 * SERIAL_LEN; i++)
		out[i] = (char)('0' + (serial[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0x0f));
	out[SERIAL_TEXT - 1] = '\0';
}
