#ifndef CARDINAL_CARD_CVC_H
#define CARDINAL_CARD_CVC_H

#include "card-os/os/keys.h"

/*
 * Card verifiable certificates, BSI TR-03110-3 C.1, of P-256 keys signed by ECDSA with SHA-256:
 *
 *   7F4E { 5F29 00, 42 issuer, 7F49 {06 id-TA-ECDSA-SHA-256, 86 point}, 5F20 holder,
 *          [7F4C {06 role's type, 53 rights}], [5F25 from, 5F24 until] }  5F37 r s
 *
 * The card has no clock, so the dates are not looked at. The first two bits of the rights
 * are a rank; without 7F4C it is the lowest. Who certifies has the higher one.
 */
enum cvc_rank { RANK_TERMINAL, RANK_VERIFIER, RANK_ROOT };

struct cvc {
	const uint8_t *body;		/* what is signed, in the memory that was read */
	size_t body_n;
	uint8_t issuer_n, issuer[HOLDER_MAX];
	uint8_t holder_n, holder[HOLDER_MAX];
	uint8_t rank;			/* enum cvc_rank */
	uint8_t point[P256_POINT];	/* on the curve or not */
	uint8_t signature[P256_SIGNATURE];
};

/* The bytes of a certificate without its outer 7F21: 0 or ERR_FORMAT. */
int cvc_decode(const uint8_t *, size_t n, struct cvc *);

/* Whose key verifies: a root key on the card, or one that was certified since the last reset. */
struct cvc_issuer {
	uint8_t holder_n, holder[HOLDER_MAX];
	uint8_t rank;
	uint8_t point[P256_POINT];
	uint16_t root;			/* file of the root key in the end: what it proves */
};

/*
 * The one that was chosen, by reference or name, in the current DF or above: 0, ERR_NOT_FOUND. A
 * certified key is gone when its root key is, or is another, or when the DF of that is left.
 */
int cvc_find(const struct card *, const struct card_choice *, struct cvc_issuer *);

/*
 * Verifies a certificate by that key, and keeps the key in it in place of the oldest: 0,
 * ERR_FORMAT, ERR_DENIED when the issuer is another or its rank does not reach, ERR_MAC,
 * ERR_CRYPTO.
 */
int cvc_certify(struct card *, const struct cvc_issuer *, const uint8_t *, size_t n);

#endif
