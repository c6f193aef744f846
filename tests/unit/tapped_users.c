#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/ceremony_harm.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

/*
 * Somebody sits between reader and card while slot users get their cards and open slots: what he
 * sees is no credential and nothing that opens a slot, what he changes opens none. tapped.c has
 * the same for shares. With CARDINAL_TEST_ALL in the environment each message is changed, else one
 * in STRIDE.
 */
enum { MESSAGES_MAX = 4000, STRIDE = 3, KEPT = 300, GIVES_UP = 4, PART = 8 };

enum what { FLIP_BIT, REPLAY, CUT };

struct tap {
	unsigned messages, at;		/* protected ones; the one that is changed, 0: none */
	enum what what;
	uint8_t last[2][KEPT];		/* the message before, of each way */
	size_t last_n[2];
	/* All that has passed, in the order of its coming. */
	uint8_t *seen;
	size_t seen_n;
};

enum { SEEN_MAX = 1024 * 1024 };

static void
change(struct tap *t, int is_answer, uint8_t *p, size_t *n)
{
	if (t->what == CUT) {
		*n -= 1;
	} else if (t->what == REPLAY && t->last_n[is_answer] != 0 && t->last_n[is_answer] <= *n) {
		*n = t->last_n[is_answer];
		memcpy(p, t->last[is_answer], *n);
	} else
		p[t->at * 37 % *n] ^= (uint8_t)(1u << t->at % 8);
}

static void
sit_between(void *arg, int is_answer, uint8_t *p, size_t *n)
{
	static int protected;
	struct tap *t = arg;
	uint8_t whole[KEPT];
	const size_t whole_n = *n < KEPT ? *n : KEPT;

	if (t->seen != NULL && t->seen_n + *n <= SEEN_MAX) {
		memcpy(t->seen + t->seen_n, p, *n);
		t->seen_n += *n;
	}
	if (!is_answer)
		protected = (p[0] & CLA_SM) == CLA_SM;
	if (!protected || *n < 2)
		return;
	memcpy(whole, p, whole_n);
	if (++t->messages == t->at)
		change(t, is_answer, p, n);
	memcpy(t->last[is_answer], whole, whole_n);
	t->last_n[is_answer] = whole_n;
}

/* Whoever gets "Wrong card" for ever gives up. */
static void
once(struct rig *g, const struct rig *from, struct tap *t, enum what what, unsigned at)
{
	rig_calm(g);
	rig_copy(g, from);
	memset(t, 0, sizeof(*t));
	t->what = what;
	t->at = at;
	rig_quirk(g, "Slot 7: User 1", GIVES_UP, RIG_KEYS, "x", 0);
	g->tap = sit_between;
	g->tap_arg = t;
	/* It sees itself that the slot is open if and only if the ceremony says so. */
	(void)rig_activate(g, 7);
}

static void
each_message_changed(enum what what)
{
	const unsigned step = getenv("CARDINAL_TEST_ALL") != NULL ? 1 : STRIDE;
	struct rig *from = harm_with_users(1), *g = rig_new();
	unsigned n, all, ends = 0;
	struct tap t;

	once(g, from, &t, what, 0);
	OK(g->err);
	all = t.messages;
	CU_ASSERT_FATAL(all > 20 && all < MESSAGES_MAX);
	for (n = 1 + (unsigned)what % step; n <= all; n += step) {
		once(g, from, &t, what, n);
		if (g->err != 0 && g->err != ERR_MAC && g->err != ERR_CARD_ANSWER) {
			printf("    message %u: %d, '%s'\n", n, g->err, g->result.message);
			CU_FAIL("another end");
		}
		ends += g->err != 0;
	}
	CU_ASSERT(ends > 0);
	rig_free(g);
	rig_free(from);
}

static void
one_flipped_bit_opens_no_slot(void)
{
	each_message_changed(FLIP_BIT);
}

static void
one_replayed_message_opens_no_slot(void)
{
	each_message_changed(REPLAY);
}

static void
one_message_cut_short_opens_no_slot(void)
{
	each_message_changed(CUT);
}

/* docs/card.md, The image: where a key has its secrets. */
static const struct {
	uint16_t fid;
	size_t at, n;
} secrets[] = {
	{ FID_SLOT_AGREE, 1, 32 }, { FID_SLOT_SIGN, 1 + 256 + 4, 256 },
	{ FID_SLOT_SIGN, 1 + 256 + 4 + 256, 128 },
};

static int
has_seen(const struct tap *t, const uint8_t *secret, size_t n)
{
	size_t i;

	for (i = 0; i + PART <= n; i++)
		if (memmem(t->seen, t->seen_n, secret + i, PART) != NULL)
			return 1;
	return 0;
}

static void
what_opens_a_slot_is_never_on_the_way_as_it_is(void)
{
	static struct card_data data;
	struct rig *g = harm_installed();
	struct tap t = { .seen = calloc(1, SEEN_MAX) };
	size_t i;

	rig_users(g, 7, 1, 1, 4);
	g->tap = sit_between;
	g->tap_arg = &t;
	OK(rig_run(g, "slot-cards", 0, 0));
	OK(rig_activate(g, 7));
	CU_ASSERT(t.seen_n > 4000 && t.seen_n < SEEN_MAX);
	rig_take(g);
	OK(card_data_decode(g->card[3].image, g->card[3].n, &data));
	for (i = 0; i < LEN(secrets); i++)
		CU_ASSERT_FALSE(has_seen(&t, rig_key(&data, secrets[i].fid) + secrets[i].at,
		    secrets[i].n));
	CU_ASSERT_FALSE(has_seen(&t, g->gate.z.z[0], LOCK_SECRET));
	/* The search finds what is there. */
	CU_ASSERT_TRUE(has_seen(&t, t.seen + 100, 2 * PART));
	free(t.seen);
	rig_free(g);
}

static const struct sentence sentences[] = {
	SENTENCE(one_flipped_bit_opens_no_slot),
	SENTENCE(one_replayed_message_opens_no_slot),
	SENTENCE(one_message_cut_short_opens_no_slot),
	SENTENCE(what_opens_a_slot_is_never_on_the_way_as_it_is),
};

SUITE("tapped_users", sentences)
