#include "card-os/os/pins.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/commands.h"
#include "card-os/os/files.h"

/* A card of plastic needs none of this; a card in a file is read by whoever reads the file. */
enum { PIN_ITERATIONS = 10000 };

void
pin_get(const struct card_data *d, uint16_t file, struct pin *p)
{
	struct rd rd;

	rd_init(&rd, files_bytes(d, file), PIN_CONTENT);
	p->min = rd_u8(&rd);
	p->max = rd_u8(&rd);
	p->digits = rd_u8(&rd);
	p->tries = rd_u8(&rd);
	p->tries_max = rd_u8(&rd);
	p->factory = rd_u8(&rd);
	p->disabled = rd_u8(&rd);
	p->puk = rd_u8(&rd);
	rd_bytes(&rd, p->salt, sizeof(p->salt));
	rd_bytes(&rd, p->verifier, sizeof(p->verifier));
}

void
pin_put(struct card_data *d, uint16_t file, const struct pin *p)
{
	struct wr wr;

	wr_init(&wr, files_content(d, file), PIN_CONTENT);
	wr_u8(&wr, p->min);
	wr_u8(&wr, p->max);
	wr_u8(&wr, p->digits);
	wr_u8(&wr, p->tries);
	wr_u8(&wr, p->tries_max);
	wr_u8(&wr, p->factory);
	wr_u8(&wr, p->disabled);
	wr_u8(&wr, p->puk);
	wr_bytes(&wr, p->salt, sizeof(p->salt));
	wr_bytes(&wr, p->verifier, sizeof(p->verifier));
}

int
pin_is_sound(const struct pin *p)
{
	/* The status word that tells the tries left has room for 15. */
	return p->min > 0 && p->min <= p->max && p->max <= PIN_MAX &&
	    (p->digits == 0 || (p->min <= p->digits && p->digits <= p->max)) &&
	    p->tries <= p->tries_max && p->tries_max > 0 && p->tries_max <= 15 &&
	    p->factory <= 1 && p->disabled <= 1;
}

int
pin_are_digits(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return 0;
	return 1;
}

int
pin_may_be(const struct pin *pin, const uint8_t *p, size_t n)
{
	return n >= pin->min && n <= pin->max && pin_are_digits(p, n);
}

static int
derive(const struct pin *pin, const uint8_t *p, size_t n, uint8_t out[PIN_VERIFIER])
{
	return PKCS5_PBKDF2_HMAC((const char *)p, (int)n, pin->salt, sizeof(pin->salt),
	    PIN_ITERATIONS, EVP_sha256(), PIN_VERIFIER, out) == 1 ? 0 : ERR_CRYPTO;
}

int
pin_compare(const struct pin *pin, const uint8_t *p, size_t n)
{
	uint8_t got[PIN_VERIFIER];
	int r;

	if ((r = derive(pin, p, n, got)) == 0 &&
	    CRYPTO_memcmp(got, pin->verifier, sizeof(got)) != 0)
		r = ERR_PIN_WRONG;
	OPENSSL_cleanse(got, sizeof(got));
	return r;
}

int
pin_set(struct pin *pin, const uint8_t *p, size_t n)
{
	if (!pin_may_be(pin, p, n))
		return ERR_PIN_LENGTH;
	if (RAND_bytes(pin->salt, sizeof(pin->salt)) != 1)
		return ERR_CRYPTO;
	pin->digits = (uint8_t)n;
	return derive(pin, p, n, pin->verifier);
}

uint16_t
pin_meant(const struct card_data *d, uint16_t df, uint8_t ref)
{
	return files_nearest(d, df, FILE_PIN, ref);
}

int
pin_is_proven(const struct card *c, uint16_t df, uint8_t ref)
{
	uint16_t i = pin_meant(&c->data, df, ref);
	struct pin pin;

	if (i == CARD_NO_FILE || c->data.file[i].life != LIFE_ACTIVATED)
		return 0;
	pin_get(&c->data, i, &pin);
	return c->proven[i] || pin.disabled;
}

uint16_t
pin_state(const struct card *c, uint16_t file, struct pin *p)
{
	pin_get(&c->data, file, p);
	if (!files_is_in_use(&c->data, file))
		return SW_CONDITIONS;
	if (p->digits == 0)
		return SW_NOT_USABLE;
	return p->tries == 0 ? SW_BLOCKED : SW_OK;
}

uint16_t
pin_try(struct card *c, uint16_t file, const uint8_t *p, size_t n)
{
	struct pin pin;
	int r;

	c->proven[file] = 0;
	pin_get(&c->data, file, &pin);
	pin.tries--;
	card_begin(c);
	pin_put(&c->next, file, &pin);
	if (card_commit(c) != 0)
		return SW_MEMORY;
	r = pin_compare(&pin, p, n);
	if (r == ERR_PIN_WRONG)
		return (uint16_t)(SW_COUNTER | pin.tries);
	return r == 0 ? SW_OK : SW_INTERNAL;
}

uint16_t
pin_accept(struct card *c, uint16_t file, struct pin *pin)
{
	uint16_t sw;

	pin->tries = pin->tries_max;
	card_begin(c);
	pin_put(&c->next, file, pin);
	if ((sw = card_commit_sw(c)) == SW_OK)
		c->proven[file] = 1;
	return sw;
}
