#ifndef CARDINAL_ISO7816_SM_H
#define CARDINAL_ISO7816_SM_H

#include "card-os/iso7816/apdu.h"

/*
 * Secure messaging, both ends. Key agreement is chip authentication version 2
 * of BSI TR-03110-2 3.4 with id-CA-ECDH-AES-CBC-CMAC-256 on P-256: the host's
 * key is ephemeral, the card's is the device key that its certificate names,
 * and a token by the card proves that it has that key:
 *
 *   Z     = x of ECDH(card's key, host's key), 32 bytes
 *   Kenc  = SHA-256(Z nonce 00000001)
 *   Kmac  = SHA-256(Z nonce 00000002)
 *   token = CMAC(Kmac, 7F49{06 protocol, 86 host's point}), first 8 bytes
 *
 * (TR-03110-3 A.2.3 and A.2.4, D.3.3). Messages follow ISO 7816-4:2005 6 and
 * TR-03110-3 F. The send sequence counter, 16 bytes, begins at zero and moves
 * before each command and each response; SSC is its new value:
 *
 *   command  = 0C INS P1 P2 Lc [87{01 cryptogram}] [97 Le] 8E MAC Le'
 *   response = [87{01 cryptogram}] 99 SW 8E MAC, SW
 *   cryptogram = AES-256-CBC(Kenc, data pad), IV = AES-256-ECB(Kenc, SSC)
 *   MAC = CMAC(Kmac, SSC [header pad] [objects before 8E, pad]), first 8 bytes
 *
 * With an odd instruction, whose data are data objects, 85{cryptogram} stands for 87{01
 * cryptogram} in both (ISO 7816-4:2005 6.3.2).
 *
 * pad is 80 and zeros up to a block of 16; the header's only in a command, the
 * objects' only where there are some. Every message has one form: the objects
 * in that order and no other, both SW equal, Le' 00; extended form, with Le'
 * 0000, where the plain command has it or data or answer do not fit the short.
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
	int odd;			/* the instruction of the command under way is */
};

/* The host's half of a key agreement. Owned by the caller; sm_host_finish wipes it. */
struct sm_host {
	uint8_t scalar[SM_SCALAR];
	uint8_t point[SM_POINT];	/* goes to the card */
};

/* Makes an ephemeral key. 0 or ERR_CRYPTO. */
int sm_host_start(struct sm_host *);
/*
 * Opens the session: 0, ERR_MAC when the token is not that of card_point, ERR_FORMAT for a point
 * not on the curve, ERR_CRYPTO. On an error the session is closed.
 */
int sm_host_finish(struct sm_host *, const uint8_t card_point[SM_POINT],
    const uint8_t nonce[SM_NONCE], const uint8_t token[SM_TOKEN], struct sm *);
/* The card's half, in one step: 0, ERR_FORMAT for a point not on the curve, ERR_CRYPTO. */
int sm_card_answer(const uint8_t scalar[SM_SCALAR], const uint8_t host_point[SM_POINT],
    uint8_t nonce[SM_NONCE], uint8_t token[SM_TOKEN], struct sm *);
void sm_close(struct sm *);

/*
 * Host: protects a command. The counter moves. 0, ERR_NOT_NOW when closed, ERR_SIZE, ERR_CRYPTO.
 */
int sm_command_wrap(struct sm *, const struct apdu *plain, struct wr *out);
/*
 * Card: checks and decrypts a command; plain->data points into buf. 0, ERR_NOT_NOW when closed,
 * ERR_NOT_FOUND when an expected object is missing (6987), ERR_MAC or ERR_FORMAT for a wrong one
 * (6988), ERR_SIZE, ERR_CRYPTO. On an error buf holds nothing of the command.
 */
int sm_command_unwrap(struct sm *, const struct apdu *protected, struct apdu *plain, uint8_t *buf,
    size_t cap);
/* Card: protects a response. 0, ERR_NOT_NOW, ERR_SIZE, ERR_CRYPTO. */
int sm_response_wrap(struct sm *, const uint8_t *data, size_t n, uint16_t sw, struct wr *out);
/*
 * Host: checks and decrypts a whole response (with its status word). 0, ERR_NOT_NOW, ERR_MAC,
 * ERR_FORMAT, ERR_SIZE, ERR_CRYPTO; ERR_CARD_ANSWER when the card answered a bare status word,
 * which *sw holds; after other errors it is 0. On an error data is as it was.
 */
int sm_response_unwrap(struct sm *, const uint8_t *, size_t n, struct wr *data, uint16_t *sw);

#endif
