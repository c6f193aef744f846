#include "tests/fuzz/first.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "card-os/os/files.h"
#include "card-os/os/pins.h"
#include "tests/fuzz/secrets.h"
#include "tests/unit/holder.h"
#include "tests/unit/dice.h"
#include "tests/unit/keyring.h"

const uint8_t first_ring_secret[KEY_AES_LEN] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
};
uint8_t first_credential[4096];
size_t first_credential_n;

/* The owner's PIN in both applications, and a share. */
static void
furnish(struct card_data *data, struct owned owned[SCENE_OWNED])
{
	uint8_t share[SHARE_RECORD_LEN];
	uint16_t df, i;
	struct pin pin;

	for (size_t a = 0; a < SCENE_OWNED; a++) {
		df = files_in(data, 0, a == 0 ? FID_SHARE_DF : FID_SLOT_DF);
		i = files_in(data, df, FID_SHARE_PIN);
		pin_get(data, i, &pin);
		if (pin_set(&pin, (const uint8_t *)FIRST_PIN, strlen(FIRST_PIN)) != 0)
			abort();
		pin_put(data, i, &pin);
		owned[a].df = df;
		owned[a].pin = i;
		secrets_add(pin.verifier, sizeof(pin.verifier), 0);
	}
	for (size_t b = 0; b < sizeof(share); b++)
		share[b] = (uint8_t)dice_roll();
	memcpy(files_content(data, files_in(data, owned[0].df, FID_SHARE)), share, sizeof(share));
	secrets_add(share + SHARE_HEADER_LEN, sizeof(share) - SHARE_HEADER_LEN, 1);
	secrets_add(data->device_scalar, sizeof(data->device_scalar), 0);
}

/* Numbers of the RSA key that are nobody's, in the order of its data objects 92 to 96. */
static void
add_rsa(EVP_PKEY *key)
{
	enum { PARTS = 5, HALF = 128, HEAD = 3 };
	uint8_t mem[2048], *p;
	struct wr wr;

	wr_init(&wr, mem, sizeof(mem));
	holder_put_rsa(&wr, key);
	p = mem + wr.n - PARTS * (HEAD + HALF);
	for (unsigned i = 0; i < PARTS; i++, p += HEAD + HALF)
		secrets_add(p + HEAD, HALF, 0);
}

static void
load_credential(struct deck *d)
{
	static uint8_t p[sizeof(first_credential)];
	struct holder c;
	struct apdu a;
	struct sm sm;

	holder_make(&c);
	if (holder_load(d, &sm, &c) != SW_OK ||
	    apdu_decode(p, holder_command(&c, p, sizeof(p)), &a) != 0)
		abort();
	first_credential_n = a.nc;
	memcpy(first_credential, a.data, a.nc);
	add_rsa(c.rsa);
	secrets_add(c.scalar, sizeof(c.scalar), 0);
	holder_free(&c);
}

void
first_make(struct deck *d, struct owned owned[SCENE_OWNED])
{
	struct wr wr;

	keyring_new(d);
	keyring_load_aes(d);
	secrets_add(first_ring_secret, sizeof(first_ring_secret), 0);
	load_credential(d);
	d->card.next = d->card.data;
	furnish(&d->card.next, owned);
	wr_init(&wr, d->disk, sizeof(d->disk));
	if (card_data_encode(&d->card.next, &wr) != 0)
		abort();
	d->n = wr.n;
	deck_reload(d);
}
