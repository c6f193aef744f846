#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/commands.h"

/* GET CHALLENGE (ISO 7816-4:2005 7.5.3) and chip authentication version 2 (TR-03110-3 B.2). */

enum {
	CHALLENGE_MAX = 128,
	P1_SET_COMPUTE = 0x41,
	P2_AT = 0xa4,
	TAG_PROTOCOL = 0x80,
	TAG_KEY_REF = 0x84,
	TAG_DYNAMIC = 0x7c,
	TAG_EPHEMERAL = 0x80,
	TAG_NONCE = 0x81,
	TAG_TOKEN = 0x82,
	GA_ANSWER = 2 + 2 + SM_NONCE + 2 + SM_TOKEN,
};

uint16_t
cmd_get_challenge(struct card *c, const struct apdu *a, struct wr *out)
{
	uint8_t challenge[CHALLENGE_MAX];
	size_t n = a->ne < sizeof(challenge) ? a->ne : sizeof(challenge);

	(void)c;
	if (a->p1 != 0 || a->p2 != 0)
		return SW_P1P2;
	if (a->nc != 0 || a->ne == 0)
		return SW_LENGTH;
	if (RAND_bytes(challenge, (int)n) != 1)
		return SW_INTERNAL;
	wr_bytes(out, challenge, n);
	return SW_OK;
}

uint16_t
cmd_manage_se(struct card *c, const struct apdu *a, struct wr *out)
{
	struct tlv protocol, key;
	struct rd rd;

	(void)out;
	c->mse_set = 0;
	if (a->p1 != P1_SET_COMPUTE || a->p2 != P2_AT)
		return SW_P1P2;
	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	/* One channel at a time; a plain command has closed the last one already. */
	if (c->protected)
		return SW_CONDITIONS;
	rd_init(&rd, a->data, a->nc);
	if (tlv_next(&rd, &protocol) != 1 || tlv_next(&rd, &key) != 1 || rd_end(&rd) != 0 ||
	    protocol.tag != TAG_PROTOCOL || key.tag != TAG_KEY_REF || key.n != 1 ||
	    protocol.n != SM_PROTOCOL_LEN || memcmp(protocol.p, SM_PROTOCOL, protocol.n) != 0)
		return SW_DATA;
	if (key.p[0] != DEVICE_KEY_REF)
		return SW_NO_REFERENCE;
	c->mse_set = 1;
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
	int chosen = c->mse_set, r;

	c->mse_set = 0;
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
	OPENSSL_cleanse(c->verified, sizeof(c->verified));
	return SW_OK;
}
