#ifndef CARDINAL_CARD_SLOT_USER_H
#define CARDINAL_CARD_SLOT_USER_H

#include "card-os/os/card.h"
#include "card-os/os/keys.h"

/*
 * The slot user's credential: an RSA key that signs and its certificate, a P-256 key
 * that agrees, and who the user is. It comes as one object, is there as a whole or not at
 * all, and no part of it is ever made, loaded or replaced alone:
 *
 *   70 { 7F48 {RSA key} 7F48 {P-256 key} 7F21 {certificate, X.509, DER} 53 {record} }
 *
 * with the parts of the keys as in docs/card.md. An empty 70 takes it away.
 */
enum { SLOT_USER_TAG = 0x70 };

struct slot_credential {
	struct key sign, agree;
	const uint8_t *cert;		/* in the memory that was read */
	size_t cert_n;
	const uint8_t *record;		/* SLOT_USER_LEN bytes, there too */
};

/* The value of object 70, its form alone: 0 or ERR_FORMAT. The caller wipes the struct. */
int slot_user_decode(const uint8_t *, size_t n, struct slot_credential *);

/*
 * Loads what object 70 holds, in the DF of the application, or takes it away when that is
 * nothing: a status word. 6985 when one is there, 6A80 when the parts are wrong or do not
 * belong together.
 */
uint16_t slot_user_load(struct card *, const uint8_t *, size_t n);

/*
 * Whether the change that was begun takes room without which the largest credential could not be
 * loaded: by it one application's PIN could keep the other empty for ever.
 */
int slot_user_is_short(const struct card *);

/* Whether a key is of the credential. */
int slot_user_owns(const struct card_data *, uint16_t file);

#endif
