#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/commands.h"

/* GET CHALLENGE (ISO 7816-4:2005 7.5.3) and chip authentication version 2 (TR-03110-3 B.2). */

enum {
	TAG_DYNAMIC = 0x7c,
	TAG_EPHEMERAL = 0x80,
	TAG_NONCE = 0x81,
	TAG_TOKEN = 0x82,
	GA_ANSWER = 2 + 2 + SM_NONCE + 2 + SM_TOKEN,
};

uint16_t
cmd_get_challenge(struct card *c, const struct apdu *a, struct wr *out)
{
	size_t n = a->ne < sizeof(c->challenge) ? a->ne : sizeof(c->challenge);

	if (a->p1 != 0 || a->p2 != 0)
		return SW_P1P2;
	if (a->nc != 0 || a->ne == 0)
		return SW_LENGTH;
	if (RAND_bytes(c->challenge, (int)n) != 1)
		return SW_INTERNAL;
	c->challenge_n = (uint8_t)n;
	wr_bytes(out, c->challenge, n);
	return SW_OK;
}

static int
get_point(const struct apdu *a, const uint8_t **point)
{
	struct tlv dynamic, ephemeral;
	struct rd rd;

	rd_init(&rd, a->data, a->nc);
	if (tlv_next(&rd, &dynamic) != 1 || rd_end(&rd) != 0 || dynamic.tag != TAG_DYNAMIC)
		return ERR_FORMAT;
	rd_init(&rd, dynamic.p, dynamic.n);
	if (tlv_next(&rd, &ephemeral) != 1 || rd_end(&rd) != 0 ||
	    ephemeral.tag != TAG_EPHEMERAL || ephemeral.n != SM_POINT)
		return ERR_FORMAT;
	*point = ephemeral.p;
	return 0;
}

static void
put_answer(struct wr *out, const uint8_t nonce[SM_NONCE], const uint8_t token[SM_TOKEN])
{
	size_t dynamic = tlv_open(out, TAG_DYNAMIC);

	tlv_put(out, TAG_NONCE, nonce, SM_NONCE);
	tlv_put(out, TAG_TOKEN, token, SM_TOKEN);
	tlv_close(out, dynamic);
}

uint16_t
cmd_general_authenticate(struct card *c, const struct apdu *a, struct wr *out)
{
	uint8_t nonce[SM_NONCE], token[SM_TOKEN];
	const uint8_t *point;
	int chosen = c->se.chip_authentication, r;

	c->se.chip_authentication = 0;
	if (a->p1 != 0 || a->p2 != 0)
		return SW_P1P2;
	if (a->nc == 0 || a->ne == 0)
		return SW_LENGTH;
	/* Choosing was a plain command, so no channel is open now. */
	if (!chosen)
		return SW_CONDITIONS;
	if (a->ne < GA_ANSWER)
		return SW_LE | GA_ANSWER;
	if (get_point(a, &point) != 0)
		return SW_DATA;
	r = sm_card_answer(c->data.device_scalar, point, nonce, token, &c->sm);
	if (r != 0)
		return r == ERR_FORMAT ? SW_DATA : SW_INTERNAL;
	put_answer(out, nonce, token);
	/* A PIN counts for the channel that was open when it was entered, not for a later one. */
	OPENSSL_cleanse(c->proven, sizeof(c->proven));
	return SW_OK;
}
