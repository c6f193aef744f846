#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/rig/rig.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

/*
 * Somebody sits between reader and card: pcscd, the cable, a trace. What he sees is no share; what
 * he changes ends the ceremony, or the card is put aside before a PIN is asked. That no secret is
 * left afterwards is what rig_run looks for. With CARDINAL_TEST_ALL in the environment each message
 * is changed, else one in STRIDE.
 */
enum { MESSAGES_MAX = 2000, STRIDE = 5, KEPT = 300, GIVES_UP = 12 };

enum what { FLIP_BIT, REPLAY, STRIP, CUT };

struct tap {
	unsigned messages;		/* protected ones, both ways */
	unsigned at;			/* the first that is changed, 0: none */
	int stays;			/* and all after it */
	enum what what;
	unsigned bit;
	uint8_t last[2][KEPT];		/* the message before, of each way */
	size_t last_n[2];

	/* What UPDATE BINARY carried, and how many there were. */
	uint8_t write[4][KEPT];
	size_t write_n[4];
	unsigned writes;
	struct rig *rig;
	int seen;			/* eight bytes of a share */
};

static void
flip(struct tap *t, uint8_t *p, size_t n)
{
	unsigned bit = t->bit++ * 37 % (unsigned)(8 * n);

	p[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* The message of the same way before this one, where there was one as long. */
static void
replay(struct tap *t, int is_answer, uint8_t *p, size_t *n)
{
	if (t->last_n[is_answer] == 0 || t->last_n[is_answer] > *n) {
		flip(t, p, *n);
		return;
	}
	*n = t->last_n[is_answer];
	memcpy(p, t->last[is_answer], *n);
}

/* As if there were no channel: the bare command, the bare 9000. */
static void
strip(int is_answer, uint8_t *p, size_t *n)
{
	if (is_answer) {
		p[0] = 0x90;
		p[1] = 0x00;
		*n = 2;
	} else {
		p[0] = 0x00;
		*n = 4;
	}
}

static void
change(struct tap *t, int is_answer, uint8_t *p, size_t *n)
{
	switch (t->what) {
	case FLIP_BIT:
		flip(t, p, *n);
		return;
	case REPLAY:
		replay(t, is_answer, p, n);
		return;
	case STRIP:
		strip(is_answer, p, n);
		return;
	case CUT:
		*n -= 1;
		return;
	}
}

static void
sit_between(void *arg, int is_answer, uint8_t *p, size_t *n)
{
	static int protected;
	struct tap *t = arg;
	uint8_t whole[KEPT];
	size_t whole_n = *n < KEPT ? *n : KEPT;

	if (!is_answer)
		protected = (p[0] & CLA_SM) == CLA_SM;
	if (!protected || *n < 2)
		return;
	memcpy(whole, p, whole_n);
	t->messages++;
	if (t->at != 0 && (t->messages == t->at || (t->stays && t->messages > t->at)))
		change(t, is_answer, p, n);
	memcpy(t->last[is_answer], whole, whole_n);
	t->last_n[is_answer] = whole_n;
}

static struct rig *
tapped_rig(struct tap *t)
{
	struct rig *g = rig_new();

	memset(t, 0, sizeof(*t));
	t->rig = g;
	g->tap = sit_between;
	g->tap_arg = t;
	return g;
}

/* Whoever gets "Wrong card" for ever gives up. */
static void
give_up_in_the_end(struct rig *g)
{
	rig_quirk(g, "Insert 1. card", GIVES_UP, RIG_KEYS, "x", 0);
	rig_quirk(g, "Insert 2. card", GIVES_UP, RIG_KEYS, "x", 0);
	rig_quirk(g, "Insert 3. card", GIVES_UP, RIG_KEYS, "x", 0);
}

/* The key is the HSM's only when the cards have it. */
static void
assert_sound(struct rig *g, const struct tap *t, unsigned all)
{
	const struct hsm_status *s = &g->journal.status;
	uint8_t record[SHARE_RECORD_LEN];
	struct share share[2];
	struct mbk key;
	unsigned bad;
	int sound;

	if (g->err == 0) {
		rig_share_of(g, 1, record);
		sound = share_decode(record, sizeof(record), &share[0]) == 0;
		rig_share_of(g, 3, record);
		sound = sound && share_decode(record, sizeof(record), &share[1]) == 0 &&
		    share_combine(share, 2, &key, &bad) == 0 &&
		    memcmp(key.key, g->journal.mbk.key, MBK_LEN) == 0 && s->committed;
		/* Who changes all cannot be overcome. */
		sound = sound && (!t->stays || t->at > all);
	} else
		sound = !s->committed && g->journal.commits == 0 && s->state == HSM_INCONSISTENT &&
		    s->message[0] != '\0';
	if (!sound) {
		printf("    way %d, from message %u: %d, state %d, '%s'\n", t->what, t->at, g->err,
		    s->state, s->message);
		CU_FAIL("an unsound end");
	}
}

/* How many protected messages an installation has. */
static unsigned
messages_of_all(void)
{
	struct tap t;
	struct rig *g = tapped_rig(&t);

	OK(rig_run(g, "install", 2, 3));
	rig_free(g);
	return t.messages;
}

static void
each_message_changed(enum what what, int stays)
{
	const unsigned step = getenv("CARDINAL_TEST_ALL") != NULL ? 1 : STRIDE;
	const unsigned all = messages_of_all();
	/* What is not authentic, and what is no protected answer at all. */
	const int err = what == STRIP || what == CUT ? ERR_CARD_ANSWER : ERR_MAC;
	unsigned ends = 0;
	struct tap t;
	struct rig *g = tapped_rig(&t);

	CU_ASSERT_FATAL(all > 60 && all < MESSAGES_MAX);
	for (unsigned n = 1 + (unsigned)what % step; n <= all; n += step) {
		rig_calm(g);
		rig_factory_reset(g);
		rig_fresh_cards(g);
		g->journal.commits = 0;
		give_up_in_the_end(g);
		memset(&t, 0, sizeof(t));
		t.rig = g;
		t.what = what;
		t.at = n;
		t.bit = n;
		t.stays = stays;
		(void)rig_run(g, "install", 2, 3);
		assert_sound(g, &t, all);
		ends += g->err == err;
	}
	/* Where a share was on its way, that was the end at once. */
	CU_ASSERT(stays || ends > 0);
	rig_free(g);
}

static void
one_flipped_bit_commits_no_other_key(void)
{
	each_message_changed(FLIP_BIT, 0);
}

static void
one_replayed_message_commits_no_other_key(void)
{
	each_message_changed(REPLAY, 0);
}

static void
one_message_without_protection_commits_no_other_key(void)
{
	each_message_changed(STRIP, 0);
}

static void
one_message_cut_short_commits_no_other_key(void)
{
	each_message_changed(CUT, 0);
}

static void
who_flips_bits_for_ever_gets_no_key_committed(void)
{
	each_message_changed(FLIP_BIT, 1);
}

static void
who_strips_the_protection_gets_no_key_committed(void)
{
	each_message_changed(STRIP, 1);
}

static void
count_writes(void *arg, int is_answer, uint8_t *p, size_t *n)
{
	struct tap *t = arg;
	uint8_t record[SHARE_RECORD_LEN];

	if (!is_answer && p[0] == CLA_SM && p[1] == INS_UPDATE_BINARY &&
	    t->writes < LEN(t->write)) {
		t->write_n[t->writes] = *n < KEPT ? *n : KEPT;
		memcpy(t->write[t->writes], p, t->write_n[t->writes]);
		t->writes++;
	}
	for (unsigned card = 1; card <= 3; card++) {
		rig_share_of(t->rig, card, record);
		for (size_t i = 0; i + 8 <= MBK_LEN; i++) {
			const uint8_t *part = record + SHARE_HEADER_LEN + i;

			if (memcmp(part, "\0\0\0\0\0\0\0\0", 8) != 0 &&
			    memmem(p, *n, part, 8) != NULL)
				t->seen = 1;
		}
	}
}

static void
a_share_is_never_on_the_way_as_it_is(void)
{
	struct tap t;
	struct rig *g = tapped_rig(&t);

	g->tap = count_writes;
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(t.writes, 3);
	CU_ASSERT_FALSE(t.seen);
	rig_free(g);
}

static void
the_same_share_written_twice_has_other_bytes(void)
{
	struct known_card card;
	uint8_t record[SHARE_RECORD_LEN];
	struct cards_reader reader;
	struct share share;
	struct pin_state pin;
	struct tap t;
	struct rig *g = tapped_rig(&t);
	unsigned left;

	OK(rig_run(g, "install", 2, 3));
	rig_share_of(g, 1, record);
	OK(share_decode(record, sizeof(record), &share));
	rig_take(g);
	rig_insert(g, 1);
	g->tap = count_writes;
	OK(g->cards.ops->open(&g->cards, "", &reader));
	/* Twice in one channel, once more in another. */
	for (int channel = 0; channel < 2; channel++) {
		OK(card_meet(&card, &g->cards, &g->issuers, RIG_NOW));
		OK(card_pin_state(&card, CARD_SHARE, &pin));
		OK(card_pin(&card, 30, 10, &left));
		for (int i = 0; i < 2 - channel; i++)
			OK(card_share_write(&card, &share));
		card_leave(&card);
	}
	CU_ASSERT_EQUAL_FATAL(t.writes, 3);
	for (unsigned i = 0; i < 3; i++)
		for (unsigned j = 0; j < i; j++) {
			CU_ASSERT_EQUAL(t.write_n[i], t.write_n[j]);
			/* Behind header and tag nothing is in common: no block of CBC. */
			for (size_t at = 9; at + 16 <= t.write_n[i]; at += 16)
				CU_ASSERT(memcmp(t.write[i] + at, t.write[j] + at, 16) != 0);
		}
	CU_ASSERT_FALSE(t.seen);
	rig_free(g);
}

static const struct sentence sentences[] = {
	SENTENCE(one_flipped_bit_commits_no_other_key),
	SENTENCE(one_replayed_message_commits_no_other_key),
	SENTENCE(one_message_without_protection_commits_no_other_key),
	SENTENCE(one_message_cut_short_commits_no_other_key),
	SENTENCE(who_flips_bits_for_ever_gets_no_key_committed),
	SENTENCE(who_strips_the_protection_gets_no_key_committed),
	SENTENCE(a_share_is_never_on_the_way_as_it_is),
	SENTENCE(the_same_share_written_twice_has_other_bytes),
};

SUITE("tapped", sentences)
