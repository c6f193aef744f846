#include "ifdhandler/cj_link.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/clock.h"

/* One command under way. */
struct command {
	uint8_t to;
	const uint8_t *left;	/* to be sent yet */
	size_t left_n;
	uint8_t *rsp;
	size_t rsp_n, rsp_cap;
	int answering;		/* the reader's turn to send I blocks */
	int over;
	int errors, all_errors;
	int wait_ms;		/* until the next block */
	struct timespec end;
};

void
cj_link_init(struct cj_link *link, const struct cj_wire *wire)
{
	memset(link, 0, sizeof(*link));
	link->wire = *wire;
	link->ifsc = CJ_INF_MAX;
}

/* Blocks. ------------------------------------------------------------------------------------ */

static int
send_block(struct cj_link *link, uint8_t nad, uint8_t pcb, const uint8_t *inf, uint8_t n)
{
	const struct cj_block b = { .nad = nad, .pcb = pcb, .n = n, .inf = inf };
	uint8_t frame[CJ_HEAD + CJ_BLOCK_MIN + 1];
	struct wr wr;

	wr_init(&wr, frame, sizeof(frame));
	cj_put(&wr, &b);
	return wr_end(&wr) != 0 ? ERR_INTERNAL : link->wire.write(link->wire.arg, frame, wr.n);
}

/* S blocks belong to the cable, neither to the card nor to the reader's own commands. */
static int
send_s(struct cj_link *link, uint8_t pcb, const uint8_t *inf, uint8_t n)
{
	return send_block(link, CJ_CABLE << 4 | CJ_HOST, pcb, inf, n);
}

/* The quirk: an acknowledgement has no sequence number, either way; its low nibble is all. */
static int
send_r(struct cj_link *link, uint8_t to, uint8_t what)
{
	const uint8_t number = what != CJ_R_OK && link->nr ? CJ_R_SEQUENCE : 0;

	return send_block(link, (uint8_t)(to << 4 | CJ_HOST), CJ_R | number | what, NULL, 0);
}

static void
forget(struct cj_link *link)
{
	explicit_bzero(link->in, link->in_n);
	link->in_n = link->taken = 0;
}

static void
drop(struct cj_link *link)
{
	forget(link);
	link->wire.drop(link->wire.arg);
}

/* The frame that was given out goes. */
static void
take_off(struct cj_link *link)
{
	memmove(link->in, link->in + link->taken, link->in_n - link->taken);
	explicit_bzero(link->in + link->in_n - link->taken, link->taken);
	link->in_n -= link->taken;
	link->taken = 0;
}

/* The reader's next block: 0, ERR_TIMEOUT, ERR_FORMAT, ERR_MAC, ERR_IO, ERR_READER_GONE. */
static int
next_block(struct cj_link *link, struct cj_block *b, int ms)
{
	struct timespec end = clock_after(ms);
	size_t n;
	int frame, r;

	take_off(link);
	while ((frame = cj_frame(link->in, link->in_n)) == 0) {
		n = sizeof(link->in) - link->in_n;
		r = link->wire.read(link->wire.arg, link->in + link->in_n, &n, clock_left(&end));
		if (r != 0) {
			const int begun = link->in_n > 0;

			drop(link);
			return r == ERR_TIMEOUT && begun ? ERR_FORMAT : r;
		}
		if (link->in_n == 0)
			end = clock_after(CJ_REST_MS);
		link->in_n += n;
	}
	r = frame < 0 ? ERR_FORMAT : cj_get(link->in + CJ_HEAD, (size_t)frame - CJ_HEAD, b);
	if (r == ERR_FORMAT) {
		drop(link);	/* nobody knows where the next one begins */
		return ERR_FORMAT;
	}
	link->taken = (size_t)frame;
	return r;
}

/* What the reader says at any time. 1: it was such a block, 0: not, or an error. */
static int
hear_s(struct cj_link *link, const struct cj_block *b, int *wait_ms)
{
	static const struct {
		uint8_t heard, say;	/* 0: nothing */
	} answers[] = {
		{ CJ_S_RESYNCH, CJ_S_RESYNCHED },
		{ CJ_S_KEY, CJ_S_KEY_HEARD },
		{ CJ_S_KEY_SPECIAL, CJ_S_KEY_HEARD },
		{ CJ_S_CARD, CJ_S_CARD_HEARD },
		{ CJ_S_CARD_OTHER, CJ_S_CARD_HEARD },
		{ CJ_S_WTX, CJ_S_WTX_IS },
		{ CJ_S_IFS, CJ_S_IFS_IS },
		{ CJ_S_NOTHING, 0 },
		{ CJ_S_NOTHING_OTHER, 0 },
		{ CJ_S_RESYNCHED, 0 },
		{ CJ_S_IFS_IS, 0 },
	};
	size_t i = 0;
	int r;

	while (answers[i].heard != b->pcb)
		if (++i == sizeof(answers) / sizeof(answers[0]))
			return 0;
	if (b->n > 1 || (b->pcb == CJ_S_IFS && (b->n == 0 || b->inf[0] == 0)))
		return 0;
	*wait_ms = CJ_BWT_MS;
	switch (b->pcb) {
	case CJ_S_RESYNCH:
		link->ns = link->nr = 0;
		break;
	case CJ_S_CARD:
	case CJ_S_CARD_OTHER:
		link->moved = 1;
		break;
	case CJ_S_WTX:
		if (b->n == 1 && b->inf[0] > 0)
			*wait_ms *= b->inf[0] < CJ_WTX_MAX ? b->inf[0] : CJ_WTX_MAX;
		break;
	case CJ_S_IFS:
		link->ifsc = b->inf[0];
		break;
	default:
		break;
	}
	if (answers[i].say == 0)
		return 1;
	/* A time and a size are said back. */
	r = b->pcb == CJ_S_WTX || b->pcb == CJ_S_IFS ?
	    send_s(link, answers[i].say, b->inf, b->n) : send_s(link, answers[i].say, NULL, 0);
	return r != 0 ? r : 1;
}

/* RESYNCH. ----------------------------------------------------------------------------------- */

static int
resynch_once(struct cj_link *link)
{
	const struct timespec end = clock_after(CJ_RESYNCH_MS);
	struct cj_block b;
	int left, ms, r;

	drop(link);
	if ((r = send_s(link, CJ_S_RESYNCH, NULL, 0)) != 0)
		return r;
	for (int i = 0; i < CJ_ERRORS_ALL && (left = clock_left(&end)) > 0; i++) {
		r = next_block(link, &b, left);
		if (r == 0 && b.pcb == CJ_S_RESYNCHED)
			return 0;
		if (r == 0 && (b.pcb & 0xc0) == 0xc0)
			r = hear_s(link, &b, &ms);
		if (r == ERR_READER_GONE || r == ERR_IO || r == ERR_TIMEOUT)
			return r;
	}
	return ERR_TIMEOUT;
}

int
cj_link_greet(struct cj_link *link)
{
	return send_s(link, CJ_S_IFS, NULL, 0);
}

int
cj_link_resynch(struct cj_link *link, int tries)
{
	int r = ERR_IO;

	for (int i = 0; i < tries && r != 0 && r != ERR_READER_GONE; i++)
		r = resynch_once(link);
	link->ns = link->nr = 0;
	link->ifsc = CJ_INF_MAX;
	link->lost = r != 0;
	return r == 0 ? 0 : ERR_READER_GONE;
}

/* Commands. ---------------------------------------------------------------------------------- */

/* Again, with what is the number now: a reader that started anew counts anew. */
static int
send_i(struct cj_link *link, struct command *c, int again)
{
	struct cj_block b = { .nad = (uint8_t)(c->to << 4 | CJ_HOST) };
	struct wr wr;

	if (again) {
		struct cj_block last;

		if (cj_get(link->out + CJ_HEAD, link->out_n - CJ_HEAD, &last) != 0)
			return ERR_INTERNAL;
		last.pcb = (uint8_t)((last.pcb & CJ_I_MORE) | (link->ns ? CJ_I_SEQUENCE : 0));
		b = last;
		b.inf = c->left - b.n;
	} else {
		b.n = (uint8_t)(c->left_n < link->ifsc ? c->left_n : link->ifsc);
		b.inf = c->left;
		b.pcb = (uint8_t)((b.n < c->left_n ? CJ_I_MORE : 0) |
		    (link->ns ? CJ_I_SEQUENCE : 0));
		c->left += b.n;
		c->left_n -= b.n;
	}
	wr_init(&wr, link->out, sizeof(link->out));
	cj_put(&wr, &b);
	link->out_n = wr.n;
	return wr_end(&wr) != 0 ? ERR_INTERNAL : link->wire.write(link->wire.arg, link->out, wr.n);
}

/* Asks for what was lost, and less patiently the second time. */
static int
ask_again(struct cj_link *link, struct command *c, uint8_t what)
{
	if (++c->errors > CJ_ERRORS_MAX || ++c->all_errors > CJ_ERRORS_ALL)
		return ERR_IO;
	c->wait_ms = CJ_AGAIN_MS;
	return send_r(link, c->to, what);
}

static int
hear_r(struct cj_link *link, struct command *c, const struct cj_block *b)
{
	if (c->answering) {
		if (++c->errors > CJ_ERRORS_MAX || ++c->all_errors > CJ_ERRORS_ALL)
			return ERR_IO;
		return send_r(link, c->to, CJ_R_OK);
	}
	c->wait_ms = CJ_BWT_MS;
	if ((b->pcb & 0x0f) != CJ_R_OK) {
		if (++c->errors > CJ_ERRORS_MAX || ++c->all_errors > CJ_ERRORS_ALL)
			return ERR_IO;
		return send_i(link, c, 1);
	}
	if (c->left_n == 0)	/* acknowledged what it has to answer */
		return ask_again(link, c, CJ_R_OTHER);
	c->errors = 0;
	link->ns ^= 1;
	return send_i(link, c, 0);
}

static int
hear_i(struct cj_link *link, struct command *c, const struct cj_block *b)
{
	if (!c->answering)
		link->ns ^= 1;	/* the answer says that our last block came */
	c->answering = 1;
	if (((b->pcb & CJ_I_SEQUENCE) != 0) != link->nr)
		return ask_again(link, c, CJ_R_OTHER);
	c->errors = 0;
	c->wait_ms = CJ_BWT_MS;
	link->nr ^= 1;
	link->from = b->nad & 0x0f;
	/* One that does not fit is heard to its end, so that both stay in step. */
	if (c->rsp_n <= c->rsp_cap && b->n <= c->rsp_cap - c->rsp_n && b->n > 0)
		memcpy(c->rsp + c->rsp_n, b->inf, b->n);
	c->rsp_n += b->n;
	if ((b->pcb & CJ_I_MORE) != 0)
		return send_r(link, c->to, CJ_R_OK);
	c->over = 1;
	return 0;
}

static int
hear_block(struct cj_link *link, struct command *c, const struct cj_block *b)
{
	int r;

	if ((b->pcb & 0x80) == 0)
		return hear_i(link, c, b);
	if ((b->pcb & 0xc0) == CJ_R)
		return hear_r(link, c, b);
	if (b->pcb == CJ_S_ABORT) {
		r = send_s(link, CJ_S_ABORTED, NULL, 0);
		return r != 0 ? r : ERR_IO;
	}
	if ((r = hear_s(link, b, &c->wait_ms)) == 0)
		return ask_again(link, c, CJ_R_OTHER);
	return r < 0 ? r : 0;
}

static int
converse(struct cj_link *link, struct command *c)
{
	struct cj_block b;
	int left, r;

	r = send_i(link, c, 0);
	while (r == 0 && !c->over) {
		if ((left = clock_left(&c->end)) == 0)
			return ERR_TIMEOUT;
		r = next_block(link, &b, left < c->wait_ms ? left : c->wait_ms);
		if (r == 0)
			r = hear_block(link, c, &b);
		else if (r == ERR_MAC || r == ERR_FORMAT)
			r = ask_again(link, c, r == ERR_MAC ? CJ_R_LRC : CJ_R_OTHER);
		else if (r == ERR_TIMEOUT || r == ERR_IO)
			/* Silent a second time: it is not there any more. */
			r = clock_left(&c->end) == 0 ? ERR_TIMEOUT : c->wait_ms == CJ_AGAIN_MS ?
			    ERR_IO : ask_again(link, c, CJ_R_OTHER);
	}
	return r;
}

int
cj_link_command(struct cj_link *link, uint8_t to, const uint8_t *p, size_t n, uint8_t *rsp,
    size_t *rsp_n, int ms)
{
	struct command c = {
		.to = to, .left = p, .left_n = n, .rsp = rsp, .rsp_cap = *rsp_n,
		.wait_ms = CJ_BWT_MS, .end = clock_after(ms),
	};
	int r;

	*rsp_n = 0;
	if (link->lost)
		return ERR_READER_GONE;
	/* What comes late, of a command that was given up, is not the answer to this one. */
	if ((r = cj_link_hear(link)) == 0)
		r = converse(link, &c);
	explicit_bzero(link->out, link->out_n);
	link->out_n = 0;
	forget(link);
	if (r == 0 && c.rsp_n > c.rsp_cap)
		return ERR_SIZE;
	if (r == 0) {
		*rsp_n = c.rsp_n;
		return 0;
	}
	explicit_bzero(rsp, c.rsp_cap < c.rsp_n ? c.rsp_cap : c.rsp_n);
	if (r != ERR_READER_GONE && cj_link_resynch(link, CJ_RESYNCH_TRIES) != 0)
		r = ERR_READER_GONE;
	return r == ERR_TIMEOUT || r == ERR_READER_GONE ? r : ERR_IO;
}

int
cj_link_hear(struct cj_link *link)
{
	struct cj_block b;
	int ms, r, i = 0;

	do {
		r = next_block(link, &b, 0);
		if (r == 0 && (b.pcb & 0xc0) == 0xc0 && (r = hear_s(link, &b, &ms)) > 0)
			r = 0;
		if (r == ERR_READER_GONE)
			return r;
	} while (r != ERR_TIMEOUT && ++i < CJ_ERRORS_ALL);
	return 0;
}
