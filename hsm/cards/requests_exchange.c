#include "hsm/cards/requests_parts.h"

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"

enum {
	/* What the channel puts around: header, Lc, Le in extended form, padding, objects. */
	AROUND_COMMAND = 4 + 3 + 4 + SM_BLOCK + 4 + 2 + SM_MAC + 2,
	COMMAND_MAX = CREDENTIAL_CONTENT_MAX + AROUND_COMMAND,
	AROUND_ANSWER = 5 + SM_BLOCK + 4 + 2 + SM_MAC + 2,
	ANSWER_MAX = CARD_ANSWER_DATA + AROUND_ANSWER,
	READ_CHUNK = 0xdf,		/* leaves room for the channel's objects */
};

int
card_exchange(struct known_card *card, const struct apdu *a, uint8_t *data, size_t cap, size_t *n,
    uint16_t *sw)
{
	uint8_t command[COMMAND_MAX], answer[ANSWER_MAX];
	size_t got = sizeof(answer);
	struct wr out, in;
	int r = 0;

	*n = 0;
	*sw = 0;
	wr_init(&out, command, sizeof(command));
	wr_init(&in, data, cap);
	if (card->secured && !card->sm.open)
		return ERR_MAC;
	if (!card->secured)
		apdu_encode(&out, a);
	else if ((r = sm_command_wrap(&card->sm, a, &out)) != 0)
		goto out;
	if ((r = wr_end(&out)) != 0)
		goto out;
	if ((r = card->cards->ops->transmit(card->cards, command, out.n, answer, &got)) != 0)
		goto out;
	if (card->secured) {
		r = sm_response_unwrap(&card->sm, answer, got, &in, sw);
	} else if ((r = rapdu_decode(answer, &got, sw)) == 0) {
		wr_bytes(&in, answer, got);
		r = wr_end(&in);
	}
	if (r == 0)
		*n = in.n;
out:
	/* More than was asked for, or no response at all, is the card's doing. */
	if (r == ERR_FORMAT || r == ERR_SIZE)
		r = ERR_CARD_ANSWER;
	OPENSSL_cleanse(command, sizeof(command));
	OPENSSL_cleanse(answer, sizeof(answer));
	return r;
}

int
card_command(struct known_card *card, uint8_t ins, uint8_t p1, uint8_t p2, const uint8_t *data,
    size_t nc)
{
	const struct apdu a = { .ins = ins, .p1 = p1, .p2 = p2, .data = data, .nc = nc };
	uint8_t none[1];
	uint16_t sw;
	size_t n;
	int r;

	if ((r = card_exchange(card, &a, none, 0, &n, &sw)) != 0)
		return r;
	return sw == SW_OK ? 0 : ERR_CARD_ANSWER;
}

int
card_select(struct known_card *card, uint8_t how, uint16_t fid)
{
	const uint8_t data[2] = { (uint8_t)(fid >> 8), (uint8_t)fid };

	return card_command(card, INS_SELECT, how, SELECT_NO_ANSWER, data, sizeof(data));
}

int
card_read(struct known_card *card, size_t at, uint8_t *p, size_t n)
{
	struct apdu a = { .ins = INS_READ_BINARY };
	size_t got, want;
	uint16_t sw;
	int r;

	for (; n > 0; at += want, p += want, n -= want) {
		want = n < READ_CHUNK ? n : READ_CHUNK;
		a.p1 = (uint8_t)(at >> 8);
		a.p2 = (uint8_t)at;
		a.ne = want;
		if ((r = card_exchange(card, &a, p, want, &got, &sw)) != 0)
			return r;
		if (sw != SW_OK || got != want)
			return ERR_CARD_ANSWER;
	}
	return 0;
}
