#include "tests/unit/cj_peer.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/* Header and LRC, by another hand than the driver's. */
static size_t
frame(const char *block, uint8_t *p, size_t cap)
{
	size_t n = hex(block, p + 3, cap - 4);
	uint8_t x = 0;

	for (size_t i = 0; i < n; i++)
		x ^= p[3 + i];
	p[3 + n] = x;
	n++;
	p[0] = 0;
	p[1] = (uint8_t)(n % 256);
	p[2] = (uint8_t)(n / 256);
	return n + 3;
}

void
cj_peer_say(struct cj_peer *peer, const char *says)
{
	char part[2048];

	while (*says != '\0') {
		const size_t n = strcspn(says, ",");

		snprintf(part, sizeof(part), "%.*s", (int)n, says);
		if (strcmp(part, "gone") == 0)
			peer->gone = 1;
		else if (strcmp(part, "halt") == 0)
			peer->halted = 1;
		else if (part[0] == '!')
			peer->n += hex(part + 1, peer->fifo + peer->n, sizeof(peer->fifo) - peer->n);
		else
			peer->n += frame(part, peer->fifo + peer->n, sizeof(peer->fifo) - peer->n);
		says += n + (says[n] == ',');
	}
}

static int
peer_write(void *arg, const uint8_t *p, size_t n)
{
	struct cj_peer *peer = arg;
	const struct cj_turn *turn;
	uint8_t want[2048];

	if (peer->gone)
		return ERR_READER_GONE;
	peer->writes++;
	if (peer->at == peer->turns_n) {
		peer->wrong++;
		return 0;
	}
	turn = &peer->turns[peer->at];
	peer->at++;
	if (peer->for_ever)
		peer->at %= peer->turns_n;
	if (turn->hears != NULL && (n != frame(turn->hears, want, sizeof(want)) ||
	    memcmp(p, want, n) != 0)) {
		printf("    turn %zu is not '%s':", peer->at, turn->hears);
		for (size_t i = 0; i < n; i++)
			printf(" %02X", p[i]);
		printf("\n");
		peer->wrong++;
	}
	cj_peer_say(peer, turn->says);
	return 0;
}

static int
peer_read(void *arg, uint8_t *p, size_t *n, int ms)
{
	struct cj_peer *peer = arg;
	size_t got = *n;

	peer->waited = ms;
	if (peer->n == 0)
		return peer->gone ? ERR_READER_GONE : peer->halted ? ERR_IO : ERR_TIMEOUT;
	if (peer->portion != 0 && got > peer->portion)
		got = peer->portion;
	if (got > peer->n)
		got = peer->n;
	memcpy(p, peer->fifo, got);
	memmove(peer->fifo, peer->fifo + got, peer->n - got);
	peer->n -= got;
	*n = got;
	return 0;
}

static void
peer_drop(void *arg)
{
	struct cj_peer *peer = arg;

	peer->n = 0;
	peer->halted = 0;
	peer->drops++;
}

void
cj_peer_init(struct cj_peer *peer, struct cj_link *link, const struct cj_turn *turns, size_t n)
{
	const struct cj_wire wire = { peer, peer_write, peer_read, peer_drop };

	memset(peer, 0, sizeof(*peer));
	peer->turns = turns;
	peer->turns_n = n;
	cj_link_init(link, &wire);
}
