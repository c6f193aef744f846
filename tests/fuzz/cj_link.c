#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/cj_link.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * A reader that says anything, in portions, after each block of ours as many as it likes. The
 * first byte of the input is how much of it comes at once, the second how long our command is.
 * Every second frame is mended, so that the link gets behind the LRC.
 */
struct reader {
	const uint8_t *p;
	size_t n, portion, turn;
	uint8_t now[2 * CJ_FRAME_MAX];
	size_t now_n, at;
	int writes;
};

static void
mend(uint8_t *p, size_t n)
{
	uint8_t x = 0;

	if (n < CJ_HEAD + CJ_BLOCK_MIN || n > CJ_FRAME_MAX)
		return;
	p[1] = (uint8_t)(n - CJ_HEAD);
	p[2] = (uint8_t)((n - CJ_HEAD) >> 8);
	p[CJ_HEAD + 2] = (uint8_t)(n - CJ_HEAD - CJ_BLOCK_MIN);
	for (size_t i = CJ_HEAD; i + 1 < n; i++)
		x ^= p[i];
	p[n - 1] = x;
}

static int
fuzz_write(void *arg, const uint8_t *p, size_t n)
{
	struct reader *r = arg;
	struct cj_block b;
	size_t len;

	/* What we say is sound, whatever we have heard. */
	if (cj_frame(p, n) != (int)n || cj_get(p + CJ_HEAD, n - CJ_HEAD, &b) != 0 ||
	    (b.nad & 0x0f) != CJ_HOST)
		abort();
	if (++r->writes > 100000)
		abort();
	if (r->n < 1)
		return ERR_READER_GONE;
	len = r->p[0] < r->n - 1 ? r->p[0] : r->n - 1;
	memcpy(r->now, r->p + 1, len);
	r->p += 1 + len;
	r->n -= 1 + len;
	r->now_n = len;
	r->at = 0;
	if (r->turn++ % 2 == 0)
		mend(r->now, len);
	return 0;
}

static int
fuzz_read(void *arg, uint8_t *p, size_t *n, int ms)
{
	struct reader *r = arg;
	size_t got = r->now_n - r->at;

	(void)ms;
	if (*n == 0)
		abort();
	if (got == 0)
		return r->n == 0 ? ERR_READER_GONE : r->turn % 7 == 0 ? ERR_IO : ERR_TIMEOUT;
	if (got > r->portion)
		got = r->portion;
	if (got > *n)
		got = *n;
	memcpy(p, r->now + r->at, got);
	r->at += got;
	*n = got;
	return 0;
}

static void
fuzz_drop(void *arg)
{
	struct reader *r = arg;

	r->now_n = r->at = 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct reader r;
	static struct cj_link link;
	static uint8_t cmd[1024], rsp[600];
	const struct cj_wire wire = { &r, fuzz_write, fuzz_read, fuzz_drop };
	size_t rsp_n, cmd_n;
	int e;

	if (n < 2)
		return 0;
	r = (struct reader){ .p = p + 2, .n = n - 2, .portion = 1u + p[0] };
	cmd_n = 4u * p[1];
	cj_link_init(&link, &wire);
	do {
		rsp_n = sizeof(rsp);
		e = cj_link_command(&link, CJ_ICC, cmd, cmd_n, rsp, &rsp_n, 60000);
		if (e == 0 && rsp_n > sizeof(rsp))
			abort();
		if (link.in_n > sizeof(link.in) || link.taken > link.in_n || link.ns > 1 || link.nr > 1)
			abort();
		(void)cj_link_hear(&link);
		if (link.lost)
			(void)cj_link_resynch(&link, 1);
	} while (r.n > 0);
	return 0;
}
