#ifndef CARDINAL_ISO7816_SM_H
#define CARDINAL_ISO7816_SM_H

#include "card-os/iso7816/apdu.h"

/*
 * Secure messaging, both ends. Key agreement is chip authentication version 2
 * of BSI TR-03110-2 3.4 with id-CA-ECDH-AES-CBC-CMAC-256 on P-256: the host's
 * key is ephemeral, the card's is the device key that its certificate names,
 * and a token by the card proves that it has that key. Messages follow ISO
 * 7816-4:2005 6 and TR-03110-3 F: AES-256-CBC with an IV encrypted from the
 * send sequence counter, CMAC cut to 8 bytes, objects 87, 97, 99 and 8E.
 *
 * A session that failed once is closed, its keys are wiped; there is no way
 * back but a new key agreement.
 */
enum {
	SM_POINT = 65,		/* uncompressed P-256 point, 04 x y */
	SM_SCALAR = 32,
	SM_NONCE = 8,
	SM_TOKEN = 8,
	SM_KEY = 32,
	SM_BLOCK = 16,
	SM_MAC = 8,
	SM_PLAIN_MAX = 223,	/* command data that fits one short protected APDU with an Le */
};

/* id-CA-ECDH-AES-CBC-CMAC-256, 0.4.0.127.0.7.2.2.3.2.4, as an object identifier's value bytes. */
#define SM_PROTOCOL "\x04\x00\x7f\x00\x07\x02\x02\x03\x02\x04"
enum { SM_PROTOCOL_LEN = 10 };

/* One end's session. Owned by the caller, who closes it on every path. */
struct sm {
	uint8_t enc[SM_KEY];
	uint8_t mac[SM_KEY];
	uint8_t ssc[SM_BLOCK];
	int open;
};

/* The host's half of a key agreement. Owned by the caller; sm_host_finish wipes it. */
struct sm_host {
	uint8_t scalar[SM_SCALAR];
	uint8_t point[SM_POINT];	/* goes to the card */
};

/* Makes an ephemeral key. 0 or ERR_CRYPTO. */
int sm_host_start(struct sm_host *);
/* Opens the session: 0, ERR_MAC when the token is not that of card_point, ERR_CRYPTO. */
int sm_host_finish(struct sm_host *, const uint8_t card_point[SM_POINT],
    const uint8_t nonce[SM_NONCE], const uint8_t token[SM_TOKEN], struct sm *);
/* The card's half, in one step: 0, ERR_FORMAT for a point not on the curve, ERR_CRYPTO. */
int sm_card_answer(const uint8_t scalar[SM_SCALAR], const uint8_t host_point[SM_POINT],
    uint8_t nonce[SM_NONCE], uint8_t token[SM_TOKEN], struct sm *);
void sm_close(struct sm *);

/* Host: protects a command. The counter moves. 0, ERR_NOT_NOW when closed, ERR_SIZE, ERR_CRYPTO. */
int sm_command_wrap(struct sm *, const struct apdu *plain, struct wr *out);
/*
 * Card: checks and decrypts a command; plain->data points into buf. 0,
 * ERR_NOT_FOUND when an expected object is missing (6987), ERR_MAC or
 * ERR_FORMAT for a wrong one (6988); the session is closed on each error.
 */
int sm_command_unwrap(struct sm *, const struct apdu *protected, struct apdu *plain, uint8_t *buf,
    size_t cap);
/* Card: protects a response. 0, ERR_NOT_NOW, ERR_SIZE, ERR_CRYPTO. */
int sm_response_wrap(struct sm *, const uint8_t *data, size_t n, uint16_t sw, struct wr *out);
/*
 * Host: checks and decrypts a whole response (with its status word). 0, ERR_MAC,
 * ERR_FORMAT, ERR_CARD_ANSWER when the card answered a bare error word: *sw
 * holds it and the session is closed. data receives at most its capacity.
 */
int sm_response_unwrap(struct sm *, const uint8_t *, size_t n, struct wr *data, uint16_t *sw);

#endif
