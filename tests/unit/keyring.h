#ifndef CARDINAL_TESTS_KEYRING_H
#define CARDINAL_TESTS_KEYRING_H

#include "card-os/iso7816/p256.h"
#include "tests/unit/deck.h"

/*
 * A card with a DF for keys under its MF, one of each type, empty, that anybody
 * may use and load; two files that are read after one of them was proven; and an
 * empty DF in it.
 */
enum {
	RING_DF = 0x5a10,
	RING_INNER_DF = 0x5a11,
	RING_RSA = 0x91, RING_SIGN, RING_AGREE, RING_AES, RING_ROOT,	/* references */
	RING_BY_AES = 0x4110,
	RING_BY_ROOT = 0x4111,
};

#define SELECT_RING "00A4080C02 5A10"
#define READ_BY_AES "00A4020C02 4110"
#define READ_BY_ROOT "00A4020C02 4111"

/* The card, powered, its DF selected. */
void keyring_new(struct deck *);
/* The file of a reference. */
uint16_t keyring_file(const struct deck *, uint8_t ref);
/* Loads 7F48 {84 ref, ...} of n bytes behind the reference: the status word. */
uint16_t keyring_load(struct deck *, uint8_t ref, const uint8_t *, size_t n);
/* Loads the secret 00 01 02 ..., three tries; the root key of that holder. */
void keyring_load_aes(struct deck *);
void keyring_load_root(struct deck *, const char *holder, const uint8_t point[P256_POINT]);

#endif
