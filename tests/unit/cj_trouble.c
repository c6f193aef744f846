#include "ifdhandler/cj_link.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/clock.h"
#include "tests/unit/cj_talk.h"
#include "tests/unit/suite.h"

static void
a_damaged_block_is_asked_for_again(void)
{
	static const struct {
		const char *why, *says, *asks;
	} blocks[] = {
		{ "LRC", "!00 0600 210002 9000 B2", "12 81 00" },
		{ "LEN", "!00 0600 210003 9000 B2", "12 82 00" },
		{ "no block of that size", "!00 0000", "12 82 00" },
		{ "a block of one byte", "!FF 0100 E2", "12 82 00" },
		{ "too long", "!00 0401 210002 9000 B3", "12 82 00" },
		{ "only half of it", "!00 0600 2100", "12 82 00" },
		{ "only its first byte", "!00", "12 82 00" },
		{ "its number", "21 40 02 9000", "12 82 00" },
		{ "of no known kind", "2E C7 00", "12 82 00" },
		{ "WTX of two bytes", "2E C3 02 0102", "12 82 00" },
		{ "IFS of none", "2E C1 00", "12 82 00" },
		{ "IFS of 0", "2E C1 01 00", "12 82 00" },
		{ "silence", "", "12 82 00" },
		{ "a halt", "halt", "12 82 00" },
	};
	struct cj_turn turns[2];

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		turns[0] = (struct cj_turn){ "12 00 01 AA", blocks[i].says };
		turns[1] = (struct cj_turn){ blocks[i].asks, "21 00 02 9000" };
		SCRIPT(turns);
		if (cj_talk(CJ_CT, "AA") != 0 || !cj_talk_got("9000") || cj_talked.peer.wrong != 0)
			CU_FAIL(blocks[i].why);
	}
}

static void
our_block_is_repeated_when_it_was_not_heard(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "21 91 00" },
		{ "12 00 01 AA", "21 82 00" },
		{ "12 00 01 AA", "21 00 02 9000" },
		{ "12 40 01 BB", "21 81 00" },
		{ "12 40 01 BB", "21 40 02 9000" },
	};

	SCRIPT(turns);
	OK(cj_talk(CJ_CT, "AA"));
	OK(cj_talk(CJ_CT, "BB"));
	PLAYED();
}

/* Its acknowledgements have no number, whatever bit they have: the low nibble alone decides. */
static void
an_acknowledgement_s_number_is_not_looked_at(void)
{
	static const char *const acks[] = { "20 80 00", "20 90 00" };
	char text[600], first[600], last[64];
	struct cj_turn turns[2];

	cj_count_up(text, 0, 256);
	cj_count_up(first + sprintf(first, "02 20 FF "), 0, 255);
	sprintf(last, "02 40 01 FF");
	for (size_t i = 0; i < 2; i++) {
		turns[0] = (struct cj_turn){ first, acks[i] };
		turns[1] = (struct cj_turn){ last, "20 00 02 9000" };
		SCRIPT(turns);
		OK(cj_talk(CJ_ICC, text));
		PLAYED();
	}
}

static void
a_block_of_a_chain_is_repeated_too(void)
{
	char text[600], first[600];
	struct cj_turn turns[4];

	cj_count_up(text, 0, 256);
	cj_count_up(first + sprintf(first, "02 20 FF "), 0, 255);
	turns[0] = (struct cj_turn){ first, "20 81 00" };
	turns[1] = (struct cj_turn){ first, "20 80 00" };
	turns[2] = (struct cj_turn){ "02 40 01 FF", "20 82 00" };
	turns[3] = (struct cj_turn){ "02 40 01 FF", "20 00 02 9000" };
	SCRIPT(turns);
	OK(cj_talk(CJ_ICC, text));
	PLAYED();
}

/* The reader has begun anew: what it did not hear is sent again with the number that it expects. */
static void
a_reader_that_starts_anew_is_followed(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "21 00 02 9000" },
		{ "12 40 01 BB", "2E C0 00, 21 82 00" },
		{ "E2 E0 00", "" },
		{ "12 00 01 BB", "21 00 02 9000" },
	};

	SCRIPT(turns);
	OK(cj_talk(CJ_CT, "AA"));
	OK(cj_talk(CJ_CT, "BB"));
	PLAYED();
}

static void
one_that_is_silent_is_resynchronised(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "21 00 02 9000" },
		{ "12 40 01 BB", "" },
		{ "12 92 00", "" },
		{ "E2 C0 00", "2E E0 00" },
		{ "12 00 01 CC", "21 00 02 9000" },
	};

	SCRIPT(turns);
	OK(cj_talk(CJ_CT, "AA"));
	CU_ASSERT_EQUAL(cj_talk(CJ_CT, "BB"), ERR_IO);
	CU_ASSERT_EQUAL(cj_talked.rsp_n, 0);
	CU_ASSERT_EQUAL(cj_talked.link.lost, 0);
	OK(cj_talk(CJ_CT, "CC"));
	PLAYED();
}

static void
one_that_stays_silent_is_lost_until_it_is_tried_anew(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "" },
		{ "12 82 00", "" },
		{ "E2 C0 00", "" },
		{ "E2 C0 00", "!0102" },
		{ "E2 C0 00", "2E C3 00" },
		{ "E2 E3 00", "" },
		{ "E2 C0 00", "21 00 02 9000, 2E E0 00" },
		{ "12 00 01 AA", "21 00 02 9000" },
	};

	SCRIPT(turns);
	CU_ASSERT_EQUAL(cj_talk(CJ_CT, "AA"), ERR_READER_GONE);
	CU_ASSERT_EQUAL(cj_talked.link.lost, 1);
	CU_ASSERT_EQUAL(cj_talk(CJ_CT, "AA"), ERR_READER_GONE);
	CU_ASSERT_EQUAL(cj_talked.peer.at, 6);
	OK(cj_link_resynch(&cj_talked.link, 1));
	OK(cj_talk(CJ_CT, "AA"));
	PLAYED();
}

static void
one_that_talks_nonsense_is_given_up(void)
{
	static const char *const nonsense[] = {
		"21 81 00", "21 80 00", "!00 0600 210002 9000 B2", "!FFFFFF", "2E C7 00", "21 40 02 9000",
	};
	struct cj_turn turns[1] = { { NULL, NULL } };

	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		turns[0].says = nonsense[i];
		SCRIPT(turns);
		cj_talked.peer.for_ever = 1;
		if (cj_talk(CJ_CT, "AA") != ERR_READER_GONE)
			CU_FAIL(nonsense[i]);
	}
}

/* Each is well formed, so that nothing but time ends it. */
static void
one_that_never_ends_is_ended(void)
{
	static const char *const words[][2] = {
		{ "2E C3 00", "2E C3 00" }, { "2E C4 00", "2E F4 00" }, { "2E E5 00", "2E F5 00" },
		{ "2E C0 00", "2E C0 00" }, { "20 20 01 00", "20 60 01 00" },
	};
	struct cj_turn turns[2] = { { NULL, NULL }, { NULL, NULL } };
	int r;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct timespec end = clock_after(1000);

		turns[0].says = words[i][0];
		turns[1].says = words[i][1];
		SCRIPT(turns);
		cj_talked.peer.for_ever = 1;
		r = cj_talk_ms(CJ_CT, "AA", 50);
		if (r != ERR_READER_GONE || clock_left(&end) == 0)
			CU_FAIL(words[i][0]);
	}
}

static void
a_command_is_over_when_its_time_is(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "" },
		{ "E2 C0 00", "2E E0 00" },
	};

	SCRIPT(turns);
	CU_ASSERT_EQUAL(cj_talk_ms(CJ_CT, "AA", 0), ERR_TIMEOUT);
	PLAYED();
}

static void
abort_ends_a_command(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "2E C2 00" },
		{ "E2 E2 00", "" },
		{ "E2 C0 00", "2E E0 00" },
	};

	SCRIPT(turns);
	CU_ASSERT_EQUAL(cj_talk(CJ_CT, "AA"), ERR_IO);
	PLAYED();
}

static void
unplugging_ends_everything_at_once(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "2E C3 00" },
		{ "E2 E3 00", "gone" },
	};

	SCRIPT(turns);
	CU_ASSERT_EQUAL(cj_talk(CJ_CT, "AA"), ERR_READER_GONE);
	PLAYED();
	CU_ASSERT_EQUAL(cj_talked.link.lost, 0);
	CU_ASSERT_EQUAL(cj_talk(CJ_CT, "AA"), ERR_READER_GONE);
	CU_ASSERT_EQUAL(cj_link_hear(&cj_talked.link), ERR_READER_GONE);
	CU_ASSERT_EQUAL(cj_link_resynch(&cj_talked.link, 3), ERR_READER_GONE);
}

/* A VERIFY of a client without a PIN pad goes through here. */
static void
nothing_of_a_command_stays_in_memory(void)
{
	static const uint8_t pin[] = { 0x31, 0x33, 0x35, 0x37, 0x39, 0x30 };
	static const struct cj_turn turns[] = {
		{ "02 00 0B 00 20 00 81 06 31 33 35 37 39 30", "20 00 08 31 33 35 37 39 30 90 00" },
	};

	SCRIPT(turns);
	OK(cj_talk(CJ_ICC, "00 20 00 81 06 31 33 35 37 39 30"));
	PLAYED();
	CU_ASSERT_PTR_NULL(memmem(&cj_talked.link, sizeof(cj_talked.link), pin, sizeof(pin)));
}

static const struct sentence sentences[] = {
	SENTENCE(a_damaged_block_is_asked_for_again),
	SENTENCE(our_block_is_repeated_when_it_was_not_heard),
	SENTENCE(an_acknowledgement_s_number_is_not_looked_at),
	SENTENCE(a_block_of_a_chain_is_repeated_too),
	SENTENCE(a_reader_that_starts_anew_is_followed),
	SENTENCE(one_that_is_silent_is_resynchronised),
	SENTENCE(one_that_stays_silent_is_lost_until_it_is_tried_anew),
	SENTENCE(one_that_talks_nonsense_is_given_up),
	SENTENCE(one_that_never_ends_is_ended),
	SENTENCE(a_command_is_over_when_its_time_is),
	SENTENCE(abort_ends_a_command),
	SENTENCE(unplugging_ends_everything_at_once),
	SENTENCE(nothing_of_a_command_stays_in_memory),
};

SUITE("cj_trouble", sentences)
