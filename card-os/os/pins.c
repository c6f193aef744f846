#include "card-os/os/pins.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"

/* A card of plastic needs none of this; a card in a file is read by whoever reads the file. */
enum { PIN_ITERATIONS = 10000 };

int
pin_may_be(const struct card_pin *pin, const uint8_t *p, size_t n)
{
	if (n < pin->min || n > pin->max)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return 0;
	return 1;
}

static int
derive(const struct card_pin *pin, const uint8_t *p, size_t n, uint8_t out[sizeof(pin->verifier)])
{
	return PKCS5_PBKDF2_HMAC((const char *)p, (int)n, pin->salt, sizeof(pin->salt),
	    PIN_ITERATIONS, EVP_sha256(), sizeof(pin->verifier), out) == 1 ? 0 : ERR_CRYPTO;
}

int
pin_compare(const struct card_pin *pin, const uint8_t *p, size_t n)
{
	uint8_t got[sizeof(pin->verifier)];
	int r;

	if ((r = derive(pin, p, n, got)) == 0 &&
	    CRYPTO_memcmp(got, pin->verifier, sizeof(got)) != 0)
		r = ERR_PIN_WRONG;
	OPENSSL_cleanse(got, sizeof(got));
	return r;
}

int
pin_set(struct card_pin *pin, const uint8_t *p, size_t n)
{
	if (!pin_may_be(pin, p, n))
		return ERR_PIN_LENGTH;
	if (RAND_bytes(pin->salt, sizeof(pin->salt)) != 1)
		return ERR_CRYPTO;
	pin->digits = (uint8_t)n;
	return derive(pin, p, n, pin->verifier);
}

int
pins_of(const struct card_data *d, uint16_t df)
{
	for (; df != CARD_NO_FILE; df = files_parent(d, df))
		for (int i = 0; i < d->pins_n; i++)
			if (d->pin[i].df == d->file[df].fid && d->pin[i].ref == PIN_REF)
				return i;
	return PIN_NONE;
}

void
pins_leave(struct card *c)
{
	for (size_t i = 0; i < c->data.pins_n; i++)
		if (!files_within(&c->data, c->df, files_df(&c->data, c->data.pin[i].df)))
			c->verified[i] = 0;
}
