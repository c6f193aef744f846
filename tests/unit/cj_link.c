#include "ifdhandler/cj_link.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/cj_talk.h"
#include "tests/unit/suite.h"

static void
a_command_is_one_block_and_so_is_its_answer(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 04 20110000", "21 00 02 9000" },
		{ "02 40 05 00B0000000", "20 40 03 AA9000" },
		{ "12 00 04 20110000", "21 00 02 9000" },
	};

	SCRIPT(turns);
	OK(cj_talk(CJ_CT, "20110000"));
	CU_ASSERT_TRUE(cj_talk_got("9000"));
	CU_ASSERT_EQUAL(cj_talked.link.from, CJ_CT);
	OK(cj_talk(CJ_ICC, "00B0000000"));
	CU_ASSERT_TRUE(cj_talk_got("AA9000"));
	CU_ASSERT_EQUAL(cj_talked.link.from, CJ_ICC);
	OK(cj_talk(CJ_CT, "20110000"));
	PLAYED();
}

static void
a_frame_comes_in_any_portions(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 04 20110000", "2E C3 00, 21 00 02 9000" },
		{ "E2 E3 00", "" },
	};

	for (size_t portion = 1; portion < 14; portion++) {
		SCRIPT(turns);
		cj_talked.peer.portion = portion;
		OK(cj_talk(CJ_CT, "20110000"));
		CU_ASSERT_TRUE(cj_talk_got("9000"));
		PLAYED();
	}
}

static void
what_is_longer_than_a_block_is_chained(void)
{
	static const size_t sizes[] = { 254, 255, 256, 510, 511 };
	char text[2048], blocks[3][600];
	struct cj_turn turns[3];
	size_t at, part, n, count;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		cj_count_up(text, 0, sizes[i]);
		count = 0;
		for (at = 0; at < sizes[i]; at += part, count++) {
			part = sizes[i] - at < 255 ? sizes[i] - at : 255;
			n = (size_t)sprintf(blocks[count], "02 %02X %02X ",
			    (unsigned)((at + part < sizes[i] ? 0x20 : 0) | (count % 2 != 0 ? 0x40 : 0)),
			    (unsigned)part);
			cj_count_up(blocks[count] + n, at, part);
			turns[count] = (struct cj_turn){ blocks[count],
				at + part < sizes[i] ? "20 80 00" : "20 00 02 9000" };
		}
		cj_peer_init(&cj_talked.peer, &cj_talked.link, turns, count);
		OK(cj_talk(CJ_ICC, text));
		CU_ASSERT_TRUE(cj_talk_got("9000"));
		PLAYED();
	}
}

static void
a_chained_answer_is_put_together(void)
{
	static const struct cj_turn turns[] = {
		{ "02 00 04 00CA0000", "20 20 02 0102" },
		{ "02 80 00", "20 60 02 0304" },
		{ "02 80 00", "20 00 03 059000" },
		{ "02 40 01 FF", "20 40 02 6700" },
	};

	SCRIPT(turns);
	OK(cj_talk(CJ_ICC, "00CA0000"));
	CU_ASSERT_TRUE(cj_talk_got("01020304059000"));
	OK(cj_talk(CJ_ICC, "FF"));
	PLAYED();
}

static void
an_answer_that_does_not_fit_leaves_both_in_step(void)
{
	static const struct cj_turn turns[] = {
		{ "02 00 01 AA", "20 20 02 0102" },
		{ "02 80 00", "20 40 02 0304" },
		{ "02 40 01 BB", "20 00 02 9000" },
	};
	uint8_t small[3];
	size_t n = sizeof(small);

	SCRIPT(turns);
	CU_ASSERT_EQUAL(cj_link_command(&cj_talked.link, CJ_ICC, (const uint8_t *)"\xaa", 1, small, &n,
	    CJ_TALK_MS), ERR_SIZE);
	OK(cj_talk(CJ_ICC, "BB"));
	PLAYED();
}

static void
what_the_reader_says_in_between_is_answered(void)
{
	static const struct {
		const char *says, *answer;
		int moved;
	} blocks[] = {
		{ "2E C3 00", "E2 E3 00", 0 },
		{ "2E C3 01 02", "E2 E3 01 02", 0 },
		{ "2E C4 00", "E2 E4 00", 0 },
		{ "2E F4 00", "E2 E4 00", 0 },
		{ "2E E5 00", "E2 D5 00", 1 },
		{ "2E F5 00", "E2 D5 00", 1 },
		{ "2E C1 01 20", "E2 E1 01 20", 0 },
	};
	struct cj_turn turns[2];

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		turns[0] = (struct cj_turn){ "12 00 01 AA", blocks[i].says };
		turns[1] = (struct cj_turn){ blocks[i].answer, "21 00 02 9000" };
		SCRIPT(turns);
		OK(cj_talk(CJ_CT, "AA"));
		CU_ASSERT_EQUAL(cj_talked.link.moved, blocks[i].moved);
		PLAYED();
	}
}

static void
what_it_throws_in_is_thrown_away(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "2E E6 00, 2E F6 00, 2E E0 00, 2E E1 01 FE, 21 00 02 9000" },
	};

	SCRIPT(turns);
	OK(cj_talk(CJ_CT, "AA"));
	PLAYED();
}

static void
smaller_blocks_are_sent_when_it_asks_for_them(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "2E C1 01 02" },
		{ "E2 E1 01 02", "21 00 02 9000" },
		{ "12 60 02 0102", "21 80 00" },
		{ "12 00 01 03", "21 40 02 9000" },
	};

	SCRIPT(turns);
	OK(cj_talk(CJ_CT, "AA"));
	OK(cj_talk(CJ_CT, "010203"));
	PLAYED();
}

static void
what_it_says_between_commands_is_heard(void)
{
	static const struct cj_turn turns[] = {
		{ "E2 D5 00", "" },
		{ "E2 E4 00", "" },
		{ "12 00 01 AA", "21 00 02 9000" },
	};

	SCRIPT(turns);
	cj_peer_say(&cj_talked.peer, "2E E5 00, 2E E6 00, 2E C4 00");
	OK(cj_link_hear(&cj_talked.link));
	CU_ASSERT_EQUAL(cj_talked.link.moved, 1);
	OK(cj_talk(CJ_CT, "AA"));
	PLAYED();
}

/* It would be taken for the answer to the next. */
static void
an_answer_that_comes_too_late_is_dropped(void)
{
	static const struct cj_turn turns[] = {
		{ "12 00 01 AA", "21 00 02 9000" },
	};

	SCRIPT(turns);
	cj_peer_say(&cj_talked.peer, "21 00 02 6F00");
	OK(cj_talk(CJ_CT, "AA"));
	CU_ASSERT_TRUE(cj_talk_got("9000"));
	PLAYED();
}

static const struct sentence sentences[] = {
	SENTENCE(a_command_is_one_block_and_so_is_its_answer),
	SENTENCE(a_frame_comes_in_any_portions),
	SENTENCE(what_is_longer_than_a_block_is_chained),
	SENTENCE(a_chained_answer_is_put_together),
	SENTENCE(an_answer_that_does_not_fit_leaves_both_in_step),
	SENTENCE(what_the_reader_says_in_between_is_answered),
	SENTENCE(what_it_throws_in_is_thrown_away),
	SENTENCE(smaller_blocks_are_sent_when_it_asks_for_them),
	SENTENCE(what_it_says_between_commands_is_heard),
	SENTENCE(an_answer_that_comes_too_late_is_dropped),
};

SUITE("cj_link", sentences)
