#include "hsm/cards/requests_parts.h"

#include <string.h>
#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "hsm/cards/cert.h"

enum {
	SELECT_MF = 0x00,
	SELECT_NAME = 0x04,
	MSE_AT = 0xa4,
	TAG_MSE_PROTOCOL = 0x80,
	TAG_DYNAMIC = 0x7c,
	TAG_EPHEMERAL = 0x80,
	TAG_NONCE = 0x81,
	TAG_TOKEN = 0x82,
	TAG_ICCSN = 0x5a,
	DER_HEAD = 4,
};

/* PC/SC Part 10: what the reader says in a card's stead. */
static const struct {
	uint16_t sw;
	int err;
} pin_words[] = {
	{ SW_OK, 0 },
	{ SW_BLOCKED, ERR_CARD_BLOCKED },
	{ 0x6400, ERR_TIMEOUT },
	{ 0x6401, ERR_CANCELLED },
	{ 0x6402, ERR_PINS_DIFFER },
	{ 0x6403, ERR_PIN_LENGTH },
	{ 0x64a1, ERR_CARD_REMOVED },
	{ 0x64a2, ERR_CARD_REMOVED },
};

/* The EF may be longer than the certificate in it: its own header tells. */
static int
read_cert(struct known_card *card, uint8_t der[DEVICE_CERT_MAX], size_t *n)
{
	int r;

	if ((r = card_select(card, SELECT_EF, FID_DEVICE_CERT)) != 0 ||
	    (r = card_read(card, 0, der, DER_HEAD)) != 0)
		return r;
	*n = DER_HEAD + (size_t)(der[2] << 8 | der[3]);
	if (der[0] != 0x30 || der[1] != 0x82 || *n > DEVICE_CERT_MAX)
		return ERR_CARD_ANSWER;
	return card_read(card, DER_HEAD, der + DER_HEAD, *n - DER_HEAD);
}

static int
read_serial(struct known_card *card, char serial[SERIAL_DIGITS + 1])
{
	uint8_t gdo[2 + SERIAL_LEN];
	size_t i;
	int r;

	if ((r = card_select(card, SELECT_EF, FID_GDO)) != 0 ||
	    (r = card_read(card, 0, gdo, sizeof(gdo))) != 0)
		return r;
	if (gdo[0] != TAG_ICCSN || gdo[1] != SERIAL_LEN)
		return ERR_CARD_ANSWER;
	for (i = 0; i < SERIAL_DIGITS; i++)
		serial[i] = "0123456789abcdef"[gdo[2 + i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf];
	serial[SERIAL_DIGITS] = '\0';
	return 0;
}

/* TR-03110-3 B.2: the card's answer, {81 nonce, 82 token} in 7C. */
static int
get_agreement(const uint8_t *p, size_t n, const uint8_t **nonce, const uint8_t **token)
{
	struct tlv dynamic, t[2];
	struct rd rd;

	rd_init(&rd, p, n);
	if (tlv_next(&rd, &dynamic) != 1 || rd_end(&rd) != 0 || dynamic.tag != TAG_DYNAMIC)
		return ERR_CARD_ANSWER;
	rd_init(&rd, dynamic.p, dynamic.n);
	if (tlv_next(&rd, &t[0]) != 1 || tlv_next(&rd, &t[1]) != 1 || rd_end(&rd) != 0 ||
	    t[0].tag != TAG_NONCE || t[0].n != SM_NONCE || t[1].tag != TAG_TOKEN ||
	    t[1].n != SM_TOKEN)
		return ERR_CARD_ANSWER;
	*nonce = t[0].p;
	*token = t[1].p;
	return 0;
}

static int
open_channel(struct known_card *card)
{
	uint8_t data[16 + SM_POINT], answer[64];
	struct apdu a = { .ins = INS_GENERAL_AUTHENTICATE, .data = data, .ne = 256 };
	const uint8_t *nonce, *token;
	struct sm_host host;
	struct wr wr;
	size_t n, dynamic;
	uint16_t sw;
	int r;

	memset(&host, 0, sizeof(host));
	wr_init(&wr, data, sizeof(data));
	tlv_put(&wr, TAG_MSE_PROTOCOL, SM_PROTOCOL, SM_PROTOCOL_LEN);
	tlv_put_u8(&wr, TAG_MSE_KEY, DEVICE_KEY_REF);
	if ((r = wr_end(&wr)) != 0 ||
	    (r = card_command(card, INS_MANAGE_SE, MSE_SET_COMPUTE, MSE_AT, data, wr.n)) != 0 ||
	    (r = sm_host_start(&host)) != 0)
		goto out;
	wr_init(&wr, data, sizeof(data));
	dynamic = tlv_open(&wr, TAG_DYNAMIC);
	tlv_put(&wr, TAG_EPHEMERAL, host.point, sizeof(host.point));
	tlv_close(&wr, dynamic);
	a.nc = wr.n;
	if ((r = wr_end(&wr)) != 0 ||
	    (r = card_exchange(card, &a, answer, sizeof(answer), &n, &sw)) != 0)
		goto out;
	if (sw != SW_OK) {
		r = ERR_CARD_ANSWER;
		goto out;
	}
	if ((r = get_agreement(answer, n, &nonce, &token)) == 0)
		r = sm_host_finish(&host, card->point, nonce, token, &card->sm);
	card->secured = r == 0;
out:
	OPENSSL_cleanse(&host, sizeof(host));
	return r;
}

static int
introduce(struct known_card *card, const struct issuers *issuers, uint64_t now)
{
	char named[SERIAL_DIGITS + 1];
	uint8_t der[DEVICE_CERT_MAX];
	size_t n;
	int r;

	if ((r = card_select(card, SELECT_MF, FID_MF)) != 0 ||
	    (r = read_cert(card, der, &n)) != 0 ||
	    (r = cert_check(der, n, issuers, now, card->point, named)) != 0 ||
	    (r = read_serial(card, card->serial)) != 0)
		return r;
	if (strcmp(named, card->serial) != 0)
		return ERR_FOREIGN_CARD;
	return open_channel(card);
}

int
card_meet(struct known_card *card, struct cards *cards, const struct issuers *issuers, uint64_t now)
{
	int r;

	memset(card, 0, sizeof(*card));
	if ((r = cards->ops->connect(cards)) == 0) {
		card->cards = cards;
		r = introduce(card, issuers, now);
	}
	/* Whatever does not behave as a card of ours, or is mute, is none. */
	if (r == ERR_CARD_ANSWER || r == ERR_MAC || r == ERR_FORMAT)
		r = ERR_FOREIGN_CARD;
	if (r != 0)
		card_leave(card);
	return r;
}

void
card_leave(struct known_card *card)
{
	if (card->cards != NULL)
		card->cards->ops->disconnect(card->cards);
	sm_close(&card->sm);
	OPENSSL_cleanse(card, sizeof(*card));
}

int
card_pin_state(struct known_card *card, enum card_app app, struct pin_state *state)
{
	const struct apdu a = { .ins = INS_GET_DATA, .p1 = DO_PIN_STATE >> 8,
	    .p2 = DO_PIN_STATE & 0xff, .ne = DO_PIN_STATE_LEN };
	uint8_t p[DO_PIN_STATE_LEN];
	uint16_t sw;
	size_t n;
	int r;

	memset(state, 0, sizeof(*state));
	if ((r = card_command(card, INS_SELECT, SELECT_NAME, SELECT_NO_ANSWER,
	    (const uint8_t *)(app == CARD_SHARE ? AID_SHARE : AID_SLOT), AID_LEN)) != 0 ||
	    (r = card_exchange(card, &a, p, sizeof(p), &n, &sw)) != 0)
		return r;
	if (sw != SW_OK || n != sizeof(p) || p[0] != PIN_REF || p[1] > p[2] || p[3] > 1)
		return ERR_CARD_ANSWER;
	state->tries = p[1];
	state->tries_max = p[2];
	state->factory = p[3];
	return 0;
}

static int
enter_pin(struct known_card *card, int modify, unsigned first_s, unsigned next_s, unsigned *left)
{
	uint16_t sw = 0;
	size_t i;
	int r;

	*left = 0;
	if ((r = card->cards->ops->pin(card->cards, PIN_REF, modify, first_s, next_s, &sw)) != 0)
		return r;
	for (i = 0; i < sizeof(pin_words) / sizeof(pin_words[0]); i++)
		if (pin_words[i].sw == sw)
			return pin_words[i].err;
	if ((sw & 0xfff0) != SW_COUNTER)
		return ERR_CARD_ANSWER;
	*left = sw & 0xf;
	return *left == 0 ? ERR_CARD_BLOCKED : ERR_PIN_WRONG;
}

int
card_pin(struct known_card *card, unsigned first_s, unsigned next_s, unsigned *left)
{
	return enter_pin(card, 0, first_s, next_s, left);
}

int
card_pin_change(struct known_card *card, unsigned first_s, unsigned next_s, unsigned *left)
{
	return enter_pin(card, 1, first_s, next_s, left);
}
