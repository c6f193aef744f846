#ifndef CARDINAL_TESTS_HOLDER_H
#define CARDINAL_TESTS_HOLDER_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "card-os/iso7816/p256.h"
#include "tests/unit/deck.h"

/* A slot credential as an HSM makes one, and its way onto a card. */
struct holder {
	EVP_PKEY *rsa;
	X509 *cert;
	uint8_t scalar[P256_SCALAR], point[P256_POINT];
	uint8_t record[SLOT_USER_LEN];
};

/* Aborts when it cannot be made. It is the same key each time, made once: RSA is slow. */
void holder_make(struct holder *);
void holder_free(struct holder *);
/* The command PUT DATA that brings it, in extended form; its length. */
size_t holder_command(const struct holder *, uint8_t *out, size_t cap);
/* The parts of an RSA key as in 7F48. */
void holder_put_rsa(struct wr *, EVP_PKEY *);

/* Loads it: channel, PIN and command. The channel stays open. The status word, 0: channel failed. */
uint16_t holder_load(struct deck *, struct sm *, const struct holder *);

#endif
