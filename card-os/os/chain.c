#include "card-os/os/chain.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/os/commands.h"

void
chain_forget_answer(struct card *c)
{
	OPENSSL_cleanse(c->answer, c->answer_n);
	c->answer_at = c->answer_n = 0;
}

void
chain_forget_command(struct card *c)
{
	OPENSSL_cleanse(&c->chain, offsetof(struct card_chain, data) + c->chain.n);
}

static int
goes_on(const struct card_chain *chain, const struct apdu *a)
{
	return chain->open && chain->ins == a->ins && chain->p1 == a->p1 && chain->p2 == a->p2;
}

static uint16_t
add_part(struct card *c, const struct apdu *a)
{
	struct card_chain *chain = &c->chain;

	if (a->nc > sizeof(chain->data) - chain->n) {
		chain_forget_command(c);
		return SW_LENGTH;
	}
	if (a->nc > 0)
		memcpy(chain->data + chain->n, a->data, a->nc);
	chain->n += a->nc;
	chain->ins = a->ins;
	chain->p1 = a->p1;
	chain->p2 = a->p2;
	chain->open = 1;
	return SW_OK;
}

uint16_t
chain_take(struct card *c, int may_chain, struct apdu *a, int *more)
{
	int part = (a->cla & CLA_CHAIN) != 0, next = goes_on(&c->chain, a);
	uint16_t sw;

	*more = part;
	if (part && !may_chain) {
		chain_forget_command(c);
		return SW_NO_CHAINING;
	}
	if (part && c->chain.open && !next) {
		chain_forget_command(c);
		return SW_LAST_OF_CHAIN;
	}
	/* The parts before go with every command that is done. */
	if (!part && !next)
		return SW_OK;
	if ((sw = add_part(c, a)) != SW_OK || part)
		return sw;
	a->data = c->chain.data;
	a->nc = c->chain.n;
	return SW_OK;
}

uint16_t
chain_answer(struct card *c, const struct apdu *a, struct wr *out)
{
	size_t left;

	if (out->n <= a->ne)
		return SW_OK;
	/* Another short Le was meant exactly, and can be said again so. */
	if (out->n <= APDU_NE_SHORT)
		return (uint16_t)(SW_LE | (out->n & 0xff));
	if (a->extended || a->ne != APDU_NE_SHORT)
		return SW_LENGTH;
	left = out->n - APDU_NE_SHORT;
	memcpy(c->answer, out->p + APDU_NE_SHORT, left);
	OPENSSL_cleanse(out->p + APDU_NE_SHORT, left);
	c->answer_at = 0;
	c->answer_n = left;
	out->n = APDU_NE_SHORT;
	return (uint16_t)(SW_MORE | (left < APDU_NE_SHORT ? left : 0));
}

uint16_t
cmd_get_response(struct card *c, const struct apdu *a, struct wr *out)
{
	size_t left = c->answer_n - c->answer_at, n = left < a->ne ? left : a->ne;

	if (a->p1 != 0 || a->p2 != 0)
		return SW_P1P2;
	if (a->nc != 0 || a->ne == 0)
		return SW_LENGTH;
	if (left == 0)
		return SW_CONDITIONS;
	wr_bytes(out, c->answer + c->answer_at, n);
	OPENSSL_cleanse(c->answer + c->answer_at, n);
	c->answer_at += n;
	left -= n;
	return left == 0 ? SW_OK : (uint16_t)(SW_MORE | (left < APDU_NE_SHORT ? left : 0));
}
