#ifndef CARDINAL_CARD_ISSUER_H
#define CARDINAL_CARD_ISSUER_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

/*
 * Who vouches for cards: a certificate authority of one level (RFC 5280), P-256,
 * ECDSA with SHA-256. Owned by the caller, who frees it on every path, also
 * after an error. now is in seconds since 1970.
 */
struct issuer {
	X509 *cert;
	EVP_PKEY *key;
};

/* A new one, self-signed, of a random name, valid for 30 years: 0 or ERR_CRYPTO. */
int issuer_make(struct issuer *, uint64_t now);
/* Both as PEM texts, terminated, in room of cap bytes each: 0, ERR_SIZE, ERR_CRYPTO. */
int issuer_write(const struct issuer *, char *cert, char *key, size_t cap);
/* From such texts: 0, ERR_CRYPTO, ERR_FORMAT for malformed ones, or two that may not issue now. */
int issuer_read(struct issuer *, const char *cert, const char *key, uint64_t now);
void issuer_free(struct issuer *);

/*
 * The certificate of a card, for key agreement only, DER. It is valid as long as
 * the issuer's: a card has no clock and no end of its own. 0, ERR_SIZE, ERR_CRYPTO.
 */
int issuer_certify(const struct issuer *, EVP_PKEY *device, const char *serial, uint8_t *der,
    size_t cap, size_t *n);

#endif
