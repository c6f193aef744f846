#include "ifdhandler/cj_link.h"

#include <stdio.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/cj_talk.h"
#include "tests/unit/suite.h"

/* How long the link waits for a block, and how often it bears with a reader. */
enum { PLENTY_MS = 200000, SLOW_MS = 500 };

static const char bad[] = "!00 0600 210002 9000 B2";

static void
the_next_block_has_the_time_that_it_needs(void)
{
	static const struct {
		const char *why;
		struct cj_turn turns[4];
		size_t n;
		int ms;
	} rows[] = {
		{ "an answer", { { "12 00 01 AA", "21 00 02 9000" } }, 1, CJ_BWT_MS },
		{ "more time", { { "12 00 01 AA", "2E C3 00" }, { "E2 E3 00", "21 00 02 9000" } }, 2,
		    CJ_BWT_MS },
		{ "3 times as much", { { "12 00 01 AA", "2E C3 01 03" },
		    { "E2 E3 01 03", "21 00 02 9000" } }, 2, 3 * CJ_BWT_MS },
		{ "the most", { { "12 00 01 AA", "2E C3 01 08" },
		    { "E2 E3 01 08", "21 00 02 9000" } }, 2, CJ_WTX_MAX * CJ_BWT_MS },
		{ "over the most", { { "12 00 01 AA", "2E C3 01 09" },
		    { "E2 E3 01 09", "21 00 02 9000" } }, 2, CJ_WTX_MAX * CJ_BWT_MS },
		{ "no time", { { "12 00 01 AA", "2E C3 01 00" },
		    { "E2 E3 01 00", "21 00 02 9000" } }, 2, CJ_BWT_MS },
		{ "another time", { { "12 00 01 AA", bad }, { "12 81 00", "21 00 02 9000" } }, 2,
		    CJ_AGAIN_MS },
		{ "a key after that", { { "12 00 01 AA", bad }, { "12 81 00", "2E C4 00" },
		    { "E2 E4 00", "21 00 02 9000" } }, 3, CJ_BWT_MS },
		{ "what is to be repeated after that", { { "12 00 01 AA", bad },
		    { "12 81 00", "21 81 00" }, { "12 00 01 AA", "21 00 02 9000" } }, 3, CJ_BWT_MS },
		{ "the rest of a chain after that", { { "12 00 01 AA", bad },
		    { "12 81 00", "21 20 01 90" }, { "12 80 00", "21 40 01 00" } }, 3, CJ_BWT_MS },
		{ "more time, once", { { "12 00 01 AA", "2E C3 01 03" },
		    { "E2 E3 01 03", "21 20 01 90" }, { "12 80 00", "21 40 01 00" } }, 3,
		    CJ_BWT_MS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cj_peer_init(&cj_talked.peer, &cj_talked.link, rows[i].turns, rows[i].n);
		if (cj_talk_ms(CJ_CT, "AA", PLENTY_MS) != 0 || cj_talked.peer.wrong != 0 ||
		    cj_talked.peer.waited > rows[i].ms ||
		    cj_talked.peer.waited <= rows[i].ms - SLOW_MS) {
			printf("    waited %d ms\n", cj_talked.peer.waited);
			CU_FAIL(rows[i].why);
		}
	}
}

static void
no_block_is_waited_for_longer_than_the_command_has(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "2E C3 01 08" }, { "E2 E3 01 08", "21 00 02 9000" },
	};

	SCRIPT(turns);
	OK(cj_talk_ms(CJ_CT, "AA", CJ_BWT_MS));
	CU_ASSERT_TRUE(cj_talked.peer.waited <= CJ_BWT_MS);
}

static void
the_rest_of_a_block_comes_soon(void)
{
	static const struct cj_turn turns[] = { { "12 00 01 AA", "21 00 02 9000" } };

	SCRIPT(turns);
	cj_talked.peer.portion = 1;
	OK(cj_talk_ms(CJ_CT, "AA", PLENTY_MS));
	CU_ASSERT_TRUE(cj_talked.peer.waited <= CJ_REST_MS);
}

/* And not our command, of which it has begun to tell the answer. */
static void
an_acknowledgement_that_was_not_heard_is_said_again(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "21 20 01 90" },
		{ "12 80 00", "21 81 00" },
		{ "12 80 00", "21 40 01 00" },
	};

	SCRIPT(turns);
	OK(cj_talk(CJ_CT, "AA"));
	CU_ASSERT_TRUE(cj_talk_got("9000"));
	PLAYED();
}

/* Our block, what it makes of the faults, and RESYNCH. */
static void
some_faults_in_sequence_are_too_many(void)
{
	static const char *const faults[] = { bad, "21 81 00", "21 80 00", "2E C7 00", "21 40 02 9000" };
	struct cj_turn turns[1] = { { NULL, NULL } };

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		turns[0].says = faults[i];
		SCRIPT(turns);
		cj_talked.peer.for_ever = 1;
		if (cj_talk_ms(CJ_CT, "AA", PLENTY_MS) != ERR_READER_GONE ||
		    cj_talked.peer.writes != 1 + CJ_ERRORS_MAX + CJ_RESYNCH_TRIES) {
			printf("    %d writes\n", cj_talked.peer.writes);
			CU_FAIL(faults[i]);
		}
	}
}

/* Both halves of a command: a fault before each block. */
static void
some_faults_in_all_are_too_many(void)
{
	static const struct cj_turn answers[] = {
		{ NULL, bad }, { NULL, "21 20 01 90" }, { NULL, bad }, { NULL, "21 60 01 90" },
	};
	static const struct cj_turn faults[] = {
		{ NULL, "21 20 01 90" }, { NULL, "21 81 00" }, { NULL, "21 60 01 90" },
		{ NULL, "21 81 00" },
	};
	static const struct cj_turn blocks[] = { { NULL, "21 81 00" }, { NULL, "21 80 00" } };
	char text[16 * CJ_ERRORS_ALL + 1];

	SCRIPT(answers);
	cj_talked.peer.for_ever = 1;
	CU_ASSERT_EQUAL(cj_talk_ms(CJ_CT, "AA", PLENTY_MS), ERR_READER_GONE);
	CU_ASSERT_EQUAL(cj_talked.peer.writes, 1 + 2 * CJ_ERRORS_ALL + CJ_RESYNCH_TRIES);
	/* It finds fault with what it is told while it answers. */
	SCRIPT(faults);
	cj_talked.peer.for_ever = 1;
	CU_ASSERT_EQUAL(cj_talk_ms(CJ_CT, "AA", PLENTY_MS), ERR_READER_GONE);
	CU_ASSERT_EQUAL(cj_talked.peer.writes, 2 + 2 * CJ_ERRORS_ALL + CJ_RESYNCH_TRIES);
	/* A command of many blocks. */
	SCRIPT(blocks);
	cj_talked.peer.for_ever = 1;
	cj_talked.link.ifsc = 1;
	*cj_count_up(text, 0, 2 * CJ_ERRORS_ALL) = '\0';
	CU_ASSERT_EQUAL(cj_talk_ms(CJ_CT, text, PLENTY_MS), ERR_READER_GONE);
	CU_ASSERT_EQUAL(cj_talked.peer.writes, 1 + 2 * CJ_ERRORS_ALL + CJ_RESYNCH_TRIES);
}

/* What the reader said of itself before is no longer so. */
static void
resynch_forgets_how_short_blocks_were_to_be(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "2E C1 01 01" }, { "E2 E1 01 01", "2E C2 00" }, { "E2 E2 00", "" },
		{ "E2 C0 00", "2E E0 00" }, { "12 00 02 BBCC", "21 00 02 9000" },
	};

	SCRIPT(turns);
	CU_ASSERT_EQUAL(cj_talk(CJ_CT, "AA"), ERR_IO);
	OK(cj_talk(CJ_CT, "BBCC"));
	PLAYED();
}

/* A second try at once would be of no use. */
static void
resynch_ends_when_the_reader_is_silent_and_hears_no_more_than_it_must(void)
{
	static const struct cj_turn silent[] = { { "E2 C0 00", "" } };
	static const struct cj_turn full[] = { { "E2 C0 00", "2E CD 00" } };

	SCRIPT(silent);
	CU_ASSERT_EQUAL(cj_link_resynch(&cj_talked.link, 1), ERR_READER_GONE);
	PLAYED();
	CU_ASSERT_EQUAL(cj_talked.peer.drops, 2);
	SCRIPT(full);
	CU_ASSERT_EQUAL(cj_link_resynch(&cj_talked.link, 1), ERR_READER_GONE);
	PLAYED();
}

static const struct sentence sentences[] = {
	SENTENCE(the_next_block_has_the_time_that_it_needs),
	SENTENCE(no_block_is_waited_for_longer_than_the_command_has),
	SENTENCE(the_rest_of_a_block_comes_soon),
	SENTENCE(an_acknowledgement_that_was_not_heard_is_said_again),
	SENTENCE(some_faults_in_sequence_are_too_many),
	SENTENCE(some_faults_in_all_are_too_many),
	SENTENCE(resynch_forgets_how_short_blocks_were_to_be),
	SENTENCE(resynch_ends_when_the_reader_is_silent_and_hears_no_more_than_it_must),
};

SUITE("cj_patience", sentences)
