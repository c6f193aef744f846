#include "ifdhandler/cj_ctbcs.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/part10_structure.h"
#include "tests/unit/suite.h"

static const struct reader_properties pad = { .lines = 2, .columns = 16, .pin_min = 1, .pin_max = 16 };

static int
same(const struct wr *wr, const char *text)
{
	uint8_t want[512];
	const size_t n = hex(text, want, sizeof(want));

	return wr_end(wr) == 0 && wr->n == n && memcmp(wr->p, want, n) == 0;
}

/* The structures of Part 10, as clients send them, and what the reader is told. */
static const struct {
	const char *why, *structure, *command;
} pins[] = {
	{ "variable ASCII, four bytes", "1E0A 820000 1006 02 01 0904 00 000000 04000000 00200081",
	    "20180100 0B 80011E 5206 0106 00200081" },
	{ "variable ASCII, five bytes", "1E0A 820000 1006 02 01 0904 00 000000 05000000 0020008100",
	    "20180100 0B 80011E 5206 0106 00200081" },
	{ "its own time", "050A 820000 1006 02 01 0904 00 000000 04000000 00200081",
	    "20180100 0B 800105 5206 0106 00200081" },
	{ "ASCII in a block of 8", "1E0A 820800 0804 02 01 0904 00 000000 0D000000"
	    "0020008108 2020202020202020",
	    "20180100 14 80011E 520F 0106 0020008108 2020202020202020" },
	{ "at byte 3", "1E0A 9A0500 0504 02 01 0904 00 000000 0D000000 0020008108 2020202020202020",
	    "20180100 14 80011E 520F 0109 0020008108 2020202020202020" },
	{ "at bit 8, which is byte 1", "1E0A 420500 0504 02 01 0904 00 000000 0D000000"
	    "0020008108 2020202020202020",
	    "20180100 14 80011E 520F 0107 0020008108 2020202020202020" },
	{ "BCD", "1E0A 810400 0804 02 01 0904 00 000000 09000000 0020008104 FFFFFFFF",
	    "20180100 10 80011E 520B 0006 0020008104 FFFFFFFF" },
	{ "a fixed length", "1E0A 820000 0606 03 01 0904 00 000000 04000000 00200081",
	    "20180100 0B 80011E 5206 6106 00200081" },
	{ "the longest fixed length", "1E0A 820000 0F0F 01 01 0904 00 000000 04000000 00200081",
	    "20180100 0B 80011E 5206 F106 00200081" },
	{ "one that it cannot be told", "1E0A 820000 1010 01 01 0904 00 000000 04000000 00200081",
	    "20180100 0B 80011E 5206 0106 00200081" },
	{ "a maximum that is no fixed length", "1E0A 820000 0604 03 01 0904 00 000000 04000000 00200081",
	    "20180100 0B 80011E 5206 0106 00200081" },
	{ "a fixed length that OK ends", "1E0A 820000 0606 02 01 0904 00 000000 04000000 00200081",
	    "20180100 0B 80011E 5206 0106 00200081" },
	{ "format 2 as OpenSC has it", "1E1E 414804 0C04 02 FF 0000 00 000000 0D000000"
	    "0020008108 20FFFFFFFFFFFFFF",
	    "20180100 14 80011E 520F 0206 0020008108 20FFFFFFFFFFFFFF" },
	{ "format 2 as the vendor has it", "1E1E 814804 0C04 02 FF 0000 00 000000 0D000000"
	    "0020008108 20FFFFFFFFFFFFFF",
	    "20180100 14 80011E 520F 0206 0020008108 20FFFFFFFFFFFFFF" },
	{ "format 2 from byte 1", "1E1E 894704 0C04 02 FF 0000 00 000000 0D000000"
	    "0020008108 24FFFFFFFFFFFFFF",
	    "20180100 14 80011E 520F 0206 0020008108 24FFFFFFFFFFFFFF" },
};

static const struct {
	const char *why, *structure, *command;
} changes[] = {
	{ "old and new, of any length", "1E0A 820000 0000 1006 03 02 03 0904 000102 000000"
	    "04000000 00240081",
	    "20190100 0C 80011E 5207 010600 00240081" },
	{ "new alone, of any length", "1E0A 820000 0000 1006 01 02 02 0904 000102 000000"
	    "04000000 00240181",
	    "20190100 0C 80011E 5207 010606 00240181" },
	{ "old and new in blocks of 8", "1E0A 820800 0008 0804 03 02 03 0904 000102 000000"
	    "15000000 0024008110 2020202020202020 2020202020202020",
	    "20190100 1D 80011E 5218 01060E 0024008110 2020202020202020 2020202020202020" },
	{ "new alone, in the second block", "1E0A 820800 0008 0804 01 02 03 0904 000102 000000"
	    "15000000 0024018110 2020202020202020 2020202020202020",
	    "20190100 1D 80011E 5218 010E0E 0024018110 2020202020202020 2020202020202020" },
	{ "from byte 1 of each block", "1E0A 8A0700 0008 0704 03 02 03 0904 000102 000000"
	    "15000000 0024008110 2020202020202020 2020202020202020",
	    "20190100 1D 80011E 5218 01070F 0024008110 2020202020202020 2020202020202020" },
	{ "format 2", "1E0A 414804 0008 0C04 03 02 03 0904 000102 000000"
	    "15000000 0024008110 20FFFFFFFFFFFFFF 20FFFFFFFFFFFFFF",
	    "20190100 1D 80011E 5218 02060E 0024008110 20FFFFFFFFFFFFFF 20FFFFFFFFFFFFFF" },
	{ "format 2, new alone", "1E0A 814804 0000 0C04 01 02 02 0904 000102 000000"
	    "0D000000 0024018108 20FFFFFFFFFFFFFF",
	    "20190100 15 80011E 5210 020606 0024018108 20FFFFFFFFFFFFFF" },
	{ "a fixed length", "1E0A 820000 0000 0606 01 01 02 0904 000102 000000"
	    "04000000 00240181",
	    "20190100 0C 80011E 5207 610606 00240181" },
};

static void
a_pin_entry_becomes_perform_verification(void)
{
	uint8_t p[512], mem[CJ_COMMAND_MAX];
	struct padlink_pin pin;
	struct wr wr;

	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		const size_t n = hex(pins[i].structure, p, sizeof(p));

		wr_init(&wr, mem, sizeof(mem));
		OK(part10_verify(p, n, &pad, &pin));
		if (cj_put_pin(&wr, &pin) != 0 || !same(&wr, pins[i].command))
			CU_FAIL(pins[i].why);
	}
}

static void
a_change_becomes_modify_verification(void)
{
	uint8_t p[512], mem[CJ_COMMAND_MAX];
	struct padlink_pin pin;
	struct wr wr;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const size_t n = hex(changes[i].structure, p, sizeof(p));

		wr_init(&wr, mem, sizeof(mem));
		OK(part10_modify(p, n, &pad, &pin));
		if (cj_put_pin(&wr, &pin) != 0 || !same(&wr, changes[i].command))
			CU_FAIL(changes[i].why);
	}
}

static void
what_it_cannot_do_is_refused(void)
{
	static const struct {
		const char *why, *structure;
		int modify;
	} bad[] = {
		{ "to the right", "1E0A 860800 0804 02 01 0904 00 000000 0D000000"
		    "0020008108 2020202020202020", 0 },
		{ "binary", "1E0A 800800 0804 02 01 0904 00 000000 0D000000"
		    "0020008108 2020202020202020", 0 },
		{ "a position within a byte", "1E0A 220500 0504 02 01 0904 00 000000 0D000000"
		    "0020008108 2020202020202020", 0 },
		{ "a length field with ASCII", "1E0A 8A4804 0704 02 01 0904 00 000000 0D000000"
		    "0020008108 20FFFFFFFFFFFFFF", 0 },
		{ "a length field of a byte", "1E0A 898810 0704 02 01 0904 00 000000 0D000000"
		    "0020008108 20FFFFFFFFFFFFFF", 0 },
		{ "a length field elsewhere", "1E0A 814800 0C04 02 FF 0000 00 000000 0D000000"
		    "0020008108 20FFFFFFFFFFFFFF", 0 },
		{ "format 2 of another length", "1E0A 814704 0C04 02 FF 0000 00 000000 0C000000"
		    "0020008107 20FFFFFFFFFFFF", 0 },
		{ "format 2 without its 2", "1E0A 814804 0C04 02 FF 0000 00 000000 0D000000"
		    "0020008108 10FFFFFFFFFFFFFF", 0 },
		{ "format 2 with a last byte 00", "1E0A 814804 0C04 02 FF 0000 00 000000 0D000000"
		    "0020008108 20FFFFFFFFFFFF00", 0 },
		{ "format 2 from byte 2", "1E0A 914604 0C04 02 FF 0000 00 000000 0D000000"
		    "0020008108 20FFFFFFFFFFFFFF", 0 },
		{ "a VERIFY of two blocks of format 2", "1E0A 814804 0C04 02 FF 0000 00 000000 15000000"
		    "0020008110 20FFFFFFFFFFFFFF 20FFFFFFFFFFFFFF", 0 },
		{ "the new PIN before the old one", "1E0A 820800 0800 0804 03 02 03 0904 000102 000000"
		    "15000000 0024008110 2020202020202020 2020202020202020", 1 },
		{ "both at one place", "1E0A 820800 0000 0804 03 02 03 0904 000102 000000"
		    "15000000 0024008110 2020202020202020 2020202020202020", 1 },
		{ "a change to the right", "1E0A 860800 0008 0804 03 02 03 0904 000102 000000"
		    "15000000 0024008110 2020202020202020 2020202020202020", 1 },
	};
	uint8_t p[512], mem[CJ_COMMAND_MAX];
	struct padlink_pin pin;
	struct wr wr;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const size_t n = hex(bad[i].structure, p, sizeof(p));

		wr_init(&wr, mem, sizeof(mem));
		OK(bad[i].modify ? part10_modify(p, n, &pad, &pin) : part10_verify(p, n, &pad, &pin));
		if (cj_put_pin(&wr, &pin) != ERR_FORMAT || wr.n != 0)
			CU_FAIL(bad[i].why);
	}
}

/* Lc has a byte, so the command cannot be longer. */
static void
a_template_has_to_fit_a_short_command(void)
{
	struct padlink_pin pin = {
		.kind = PADLINK_PIN_VERIFY, .first_s = 30, .next_s = 10, .format = PADLINK_ASCII,
		.block = 8, .min = 4, .max = 8, .end = PADLINK_END_OK,
	};
	uint8_t mem[CJ_COMMAND_MAX];
	struct wr wr;

	/* 3 for the time, 3 for the tag and its length, 2 before the template. */
	for (pin.n = 240; pin.n <= PADLINK_TEMPLATE_MAX; pin.n++) {
		const int fits = pin.n + 8 <= 255;

		wr_init(&wr, mem, sizeof(mem));
		CU_ASSERT_EQUAL(cj_put_pin(&wr, &pin), fits ? 0 : ERR_FORMAT);
		if (fits)
			CU_ASSERT_EQUAL(mem[4], wr.n - 5);
	}
}

static void
a_text_is_shown(void)
{
	static const struct {
		struct padlink_output o;
		const char *command;
	} texts[] = {
		{ { .n = 0 }, "20174000 03 5001 20" },
		{ { .n = 1, .text = "\a" }, "20174000 03 5001 20" },
		{ { .n = 2, .text = "OK" }, "20174000 04 5002 4F4B" },
		{ { .seconds = 255, .n = 2, .text = "OK" }, "20174000 07 5002 4F4B 8001FF" },
		{ { .n = 5, .text = "A\nB\rC" }, "20174000 07 5005 410A420D43" },
		{ { .n = 4, .text = "\aA\aB" }, "20174000 04 5002 4142" },
	};
	uint8_t mem[CJ_COMMAND_MAX];
	struct padlink_output most = { .n = PADLINK_TEXT_MAX, .seconds = 1 };
	struct wr wr;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		wr_init(&wr, mem, sizeof(mem));
		cj_put_output(&wr, &texts[i].o);
		CU_ASSERT_TRUE(same(&wr, texts[i].command));
	}
	memset(most.text, 'x', sizeof(most.text));
	wr_init(&wr, mem, sizeof(mem));
	cj_put_output(&wr, &most);
	OK(wr_end(&wr));
	CU_ASSERT_EQUAL(wr.n, 5 + 2 + 64 + 3);
}

static void
keys_are_asked_for(void)
{
	static const struct {
		struct padlink_input i;
		const char *command;
	} inputs[] = {
		{ { .mode = PADLINK_ONE_KEY, .take = PADLINK_TAKE_OK, .n = 1, .text = "A" },
		    "20165010 06 5001 41 800107 01" },
		{ { .mode = PADLINK_LINE_BLANK, .max = 4, .n = 1, .text = "A" },
		    "20165000 06 5001 41 800107 04" },
		{ { .mode = PADLINK_LINE_CLEAR, .max = 16, .n = 0 }, "20165001 06 500120 800107 10" },
		{ { .mode = PADLINK_LINE_STARS, .max = 1, .n = 0 }, "20165002 06 500120 800107 01" },
	};
	uint8_t mem[CJ_COMMAND_MAX];
	struct wr wr;

	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		wr_init(&wr, mem, sizeof(mem));
		cj_put_input(&wr, &inputs[i].i, 7);
		CU_ASSERT_TRUE(same(&wr, inputs[i].command));
	}
}

static void
its_keys_become_ours(void)
{
	for (unsigned code = 0; code <= 255; code++) {
		const uint8_t key = cj_key((uint8_t)code);
		const unsigned want = code <= 9 ? '0' + code : code >= '0' && code <= '9' ? code :
		    code == 0x0b || code == 0x0d ? PADLINK_KEY_OK :
		    code == 0x0a || code == 0x1b ? PADLINK_KEY_CANCEL :
		    code == 0x0c ? PADLINK_KEY_CLEAR : 0;

		CU_ASSERT_EQUAL(key, want);
	}
	CU_ASSERT_EQUAL(cj_takes('0'), PADLINK_TAKE_DIGITS);
	CU_ASSERT_EQUAL(cj_takes(PADLINK_KEY_OK), PADLINK_TAKE_OK);
	CU_ASSERT_EQUAL(cj_takes(PADLINK_KEY_CANCEL), PADLINK_TAKE_CANCEL);
	CU_ASSERT_EQUAL(cj_takes(PADLINK_KEY_CLEAR), PADLINK_TAKE_CLEAR);
	CU_ASSERT_EQUAL(cj_takes(0), 0);
}

static void
a_status_is_its_only_object(void)
{
	static const struct {
		const char *why, *answer;
		int n;		/* -1: refused */
	} answers[] = {
		{ "one slot", "80 01 05", 1 },
		{ "two slots", "80 02 05 00", 2 },
		{ "none", "80 00", 0 },
		{ "nothing", "", -1 },
		{ "no length", "80", -1 },
		{ "another object", "81 01 05", -1 },
		{ "a byte too few", "80 02 05", -1 },
		{ "a byte too many", "80 01 05 00", -1 },
		{ "a long length", "80 81 01 05", -1 },
	};
	uint8_t p[64];
	size_t n, value_n;

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const uint8_t *v;

		n = hex(answers[i].answer, p, sizeof(p));
		v = cj_status(p, n, 0x80, &value_n);
		if (answers[i].n < 0 ? v != NULL : v != p + 2 || value_n != (size_t)answers[i].n)
			CU_FAIL(answers[i].why);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(a_pin_entry_becomes_perform_verification),
	SENTENCE(a_change_becomes_modify_verification),
	SENTENCE(what_it_cannot_do_is_refused),
	SENTENCE(a_template_has_to_fit_a_short_command),
	SENTENCE(a_text_is_shown),
	SENTENCE(keys_are_asked_for),
	SENTENCE(its_keys_become_ours),
	SENTENCE(a_status_is_its_only_object),
};

SUITE("cj_ctbcs", sentences)
