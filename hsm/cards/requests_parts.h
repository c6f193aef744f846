#ifndef CARDINAL_REQUESTS_PARTS_H
#define CARDINAL_REQUESTS_PARTS_H

#include "hsm/cards/requests.h"

/*
 * What the typed requests have in common: requests.c (meeting a card, its PINs), requests_share.c,
 * requests_user.c over requests_exchange.c. Chaining does not exist in a channel (docs/card.md), so
 * what is long goes in extended form.
 */
enum {
	CARD_ANSWER_DATA = 256,		/* bytes of an answer at most: a signature */
	SELECT_EF = 0x02,
	SELECT_NO_ANSWER = 0x0c,
	MSE_SET_COMPUTE = 0x41,
	TAG_MSE_KEY = 0x84,
};

/*
 * One command with at most CREDENTIAL_CONTENT_MAX bytes of data, through the channel when there is
 * one: data has room for cap bytes, *n are there. 0 whatever the status word *sw is.
 */
int card_exchange(struct known_card *, const struct apdu *, uint8_t *data, size_t cap, size_t *n,
    uint16_t *sw);
/* A command that has no answer but 9000. */
int card_command(struct known_card *, uint8_t ins, uint8_t p1, uint8_t p2, const uint8_t *data,
    size_t nc);
int card_select(struct known_card *, uint8_t how, uint16_t fid);
/* Exactly n bytes of the selected EF, from at. */
int card_read(struct known_card *, size_t at, uint8_t *, size_t n);

#endif
