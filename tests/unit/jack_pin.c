#include "tests/usb/jack_pin.h"

#include <string.h>

#include "ifdhandler/cj_ctbcs.h"
#include "ifdhandler/part10_structure.h"
#include "simulator/pinblock.h"
#include "tests/unit/suite.h"

/*
 * The driver's way from Part 10 to a cyberJack, and the emulated cyberJack's to its pad, share
 * nothing: what the card gets in the end is what it would get from a pad without USB.
 */
static const struct reader_properties pad = {
	.lines = 2, .columns = 16, .pin_min = 1, .pin_max = 16,
};

static const struct {
	const char *why, *structure;
	int modify;
} entries[] = {
	{ "variable ASCII", "1E0A 820000 1006 02 01 0904 00 000000 04000000 00200081", 0 },
	{ "variable BCD", "1E0A 810000 1006 02 01 0904 00 000000 04000000 00200081", 0 },
	{ "ASCII in a block of 8", "1E0A 820800 0804 02 01 0904 00 000000 0D000000"
	    "0020008108 2020202020202020", 0 },
	{ "ASCII at byte 3", "1E0A 9A0500 0504 02 01 0904 00 000000 0D000000"
	    "0020008108 2020202020202020", 0 },
	{ "BCD", "1E0A 810400 0804 02 01 0904 00 000000 09000000 0020008104 FFFFFFFF", 0 },
	{ "a fixed length", "1E0A 820000 0606 03 01 0904 00 000000 04000000 00200081", 0 },
	{ "format 2 as OpenSC has it", "1E1E 414804 0C04 02 FF 0000 00 000000 0D000000"
	    "0020008108 20FFFFFFFFFFFFFF", 0 },
	{ "format 2 as the vendor has it", "1E1E 814804 0C04 02 FF 0000 00 000000 0D000000"
	    "0020008108 20FFFFFFFFFFFFFF", 0 },
	{ "old and new, of any length", "1E0A 820000 0000 1006 03 02 03 0904 000102 000000"
	    "04000000 00240081", 1 },
	{ "new alone, of any length", "1E0A 820000 0000 1006 01 02 02 0904 000102 000000"
	    "04000000 00240181", 1 },
	{ "old and new in blocks of 8", "1E0A 820800 0008 0804 03 02 03 0904 000102 000000"
	    "15000000 0024008110 2020202020202020 2020202020202020", 1 },
	{ "new alone, in the second block", "1E0A 820800 0008 0804 01 02 03 0904 000102 000000"
	    "15000000 0024018110 2020202020202020 2020202020202020", 1 },
	{ "from byte 1 of each block", "1E0A 8A0700 0008 0704 03 02 03 0904 000102 000000"
	    "15000000 0024008110 2020202020202020 2020202020202020", 1 },
	{ "format 2, both", "1E0A 414804 0008 0C04 03 02 03 0904 000102 000000"
	    "15000000 0024008110 20FFFFFFFFFFFFFF 20FFFFFFFFFFFFFF", 1 },
	{ "format 2, new alone", "1E0A 814804 0000 0C04 01 02 02 0904 000102 000000"
	    "0D000000 0024018108 20FFFFFFFFFFFFFF", 1 },
};

/* What is behind tag 52 of a command. */
static const uint8_t *
told(const struct wr *wr, size_t *n)
{
	const uint8_t *p = wr->p + 5;

	if (p[0] == 0x80)
		p += 3;
	CU_ASSERT_EQUAL_FATAL(p[0], 0x52);
	*n = p[1];
	CU_ASSERT_EQUAL_FATAL(p + 2 + *n, wr->p + wr->n);
	return p + 2;
}

static void
agree(size_t i, uint8_t digits)
{
	const struct digits old = { digits, { 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 9, 8, 7, 6, 5, 4 } },
	    new = { digits, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6 } };
	uint8_t p[128], mem[CJ_COMMAND_MAX], want[PADLINK_TEMPLATE_MAX], got[PADLINK_TEMPLATE_MAX];
	struct wr wr, want_wr, got_wr;
	struct padlink_pin a, b;
	const uint8_t *tag;
	size_t n = hex(entries[i].structure, p, sizeof(p));

	OK(entries[i].modify ? part10_modify(p, n, &pad, &a) : part10_verify(p, n, &pad, &a));
	wr_init(&wr, mem, sizeof(mem));
	OK(cj_put_pin(&wr, &a));
	tag = told(&wr, &n);
	OK(jack_pin(mem[1], tag, n, &b));
	if (digits < a.min || digits > a.max || (int)digits > pinblock_room(&a))
		return;
	if (b.kind != a.kind || b.confirm != a.confirm || b.min > digits || b.max < digits)
		CU_FAIL(entries[i].why);
	wr_init(&want_wr, want, sizeof(want));
	wr_init(&got_wr, got, sizeof(got));
	OK(pinblock_complete(&a, &old, &new, &want_wr));
	if (pinblock_complete(&b, &old, &new, &got_wr) != 0 || got_wr.n != want_wr.n ||
	    memcmp(got, want, got_wr.n) != 0)
		CU_FAIL(entries[i].why);
}

static void
the_card_gets_what_part_10_says(void)
{
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		for (uint8_t digits = 1; digits <= DIGITS_MAX; digits++)
			agree(i, digits);
}

static void
what_is_no_pin_entry_is_refused(void)
{
	static const struct {
		const char *why, *tag;
		uint8_t ins;
	} bad[] = {
		{ "no template", "0106", 0x18 },
		{ "a template of three bytes", "0106 002000", 0x18 },
		{ "format 3", "0306 00200081", 0x18 },
		{ "format 2 without a block", "0206 00200081", 0x18 },
		{ "before Lc", "0105 0020008108 2020202020202020", 0x18 },
		{ "behind the end", "010E 0020008108 2020202020202020", 0x18 },
		{ "an Lc that is wrong", "0106 0020008107 2020202020202020", 0x18 },
		{ "an Lc without data", "0106 0020008108", 0x18 },
		{ "longer than its block", "F106 0020008108 2020202020202020", 0x18 },
		{ "a change without positions", "01", 0x19 },
		{ "a change before Lc", "010605 0024008110 2020202020202020 2020202020202020",
		    0x19 },
	};
	struct padlink_pin pin;
	uint8_t p[128];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (jack_pin(bad[i].ins, p, hex(bad[i].tag, p, sizeof(p)), &pin) != -1)
			CU_FAIL(bad[i].why);
}

static const struct sentence sentences[] = {
	SENTENCE(the_card_gets_what_part_10_says),
	SENTENCE(what_is_no_pin_entry_is_refused),
};
SUITE("jack_pin", sentences)
