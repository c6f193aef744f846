#ifndef CARDINAL_TESTS_CREDENTIAL_H
#define CARDINAL_TESTS_CREDENTIAL_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "card-os/iso7816/p256.h"
#include "tests/unit/deck.h"

/* A slot credential as an HSM makes one, and its way onto a card. */
struct credential {
	EVP_PKEY *rsa;
	X509 *cert;
	uint8_t scalar[P256_SCALAR], point[P256_POINT];
	uint8_t record[SLOT_USER_LEN];
};

/* Aborts when it cannot be made. It is the same key each time, made once: RSA is slow. */
void credential_make(struct credential *);
void credential_free(struct credential *);
/* The command PUT DATA that brings it, in extended form; its length. */
size_t credential_command(const struct credential *, uint8_t *out, size_t cap);
/* The parts of an RSA key as in 7F48. */
void credential_put_rsa(struct wr *, EVP_PKEY *);

/* Loads it: channel, PIN and command. The channel stays open. The status word, 0: channel failed. */
uint16_t credential_load(struct deck *, struct sm *, const struct credential *);

#endif
