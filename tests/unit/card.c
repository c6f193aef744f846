#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"
#include "tests/unit/deck.h"
#include "tests/unit/suite.h"

/* One deck serves all tests; each begins with a card of its own. */
static struct deck d;

#define PLAY(table) deck_play(&d, table, sizeof(table) / sizeof((table)[0]))

static void
the_atr_is_that_of_tcos_on_t1(void)
{
	uint8_t atr[ATR_MAX], sum = 0;
	size_t n;

	deck_new(&d);
	n = card_power_up(&d.card, atr);
	CU_ASSERT_EQUAL(n, 24);
	SAME(atr, "\x3b\xbf\xb6\x00\x81\x31\xfe\x5d\x00\x64\x04\x28\x03\x02\x31\xc0\x73\xf7\x01\xd0"
	    "\x00\x90\x00\x67", 24);
	for (size_t i = 1; i < n; i++)
		sum ^= atr[i];
	CU_ASSERT_EQUAL(sum, 0);
}

static void
a_card_without_power_says_nothing(void)
{
	uint8_t rsp[2];

	deck_new(&d);
	card_power_down(&d.card);
	CU_ASSERT_EQUAL(card_transmit(&d.card, (const uint8_t *)"\0\xa4\0\x0c", 4, rsp), 0);
}

static const struct deck_step headers[] = {
	{ "81A40000", SW_CLA, "" },
	{ "90A40000", SW_CLA, "" },
	{ "80A40000", SW_INS, "" },
	{ "FFA40000", SW_CLA, "" },
	{ "80FF0000", SW_INS, "" },
	{ "20A40000", SW_CLA, "" },
	{ "00FF0000", SW_INS, "" },
	{ "00A50000", SW_INS, "" },
	{ "00FF00000500", SW_INS, "" },
	{ "88A400000500", SW_CLA, "" },
	{ "01A40000", SW_NO_CHANNEL, "" },
	{ "40A40000", SW_NO_CHANNEL, "" },
	{ "10A40000", SW_NO_CHAINING, "" },
	{ "04A40000", SW_NO_SM, "" },
	{ "08A40000", SW_NO_SM, "" },
	{ "0CA40000", SW_NO_SM, "" },
	{ "00A40000023F", SW_LENGTH, "" },
	{ "00A400", SW_LENGTH, "" },
	{ "", SW_LENGTH, "" },
	{ "00700000", SW_INS, "" },
};

static void
class_comes_before_instruction_before_length(void)
{
	deck_new(&d);
	PLAY(headers);
}

static const struct deck_step selects[] = {
	{ "00A4000400", SW_OK, "62 18 820138 83023F00 8A0105 860CA4000000FFFFCA000000FFFF" },
	{ "00A4000000", SW_OK, "6F 18 820138 83023F00 8A0105 860CA4000000FFFFCA000000FFFF" },
	{ "00A4000C", SW_OK, "" },
	{ "00A40004", SW_OK, "" },
	{ "00A4000C00", SW_OK, "" },
	{ "00A40004023F0000", SW_OK, NULL },
	{ "00A40804022F0200", SW_OK,
	    "62 1C 8002000C 820101 83022F02 8A0105 860CA4000000FFFFB0000000FFFF" },
	{ "00B0000000", SW_OK, NULL },
	/* By identifier, from where we are. */
	{ "00A4000C02 5A01", SW_OK, "" },
	{ "00A4000C02 4101", SW_OK, "" },
	{ "00A4000C02 5A02", SW_OK, "" },
	{ "00A4000C02 5A02", SW_OK, "" },
	{ "00A4000C02 2F02", SW_NO_FILE, "" },
	{ "00A4000C02 3F00", SW_OK, "" },
	{ "00A4000C02 4101", SW_NO_FILE, "" },
	/* Children and parent. */
	{ "00A4010C02 5A01", SW_OK, "" },
	{ "00A4010C02 4102", SW_NO_FILE, "" },
	{ "00A4020C02 4102", SW_OK, "" },
	{ "00A4030C", SW_OK, "" },
	{ "00A4030C", SW_NO_FILE, "" },
	{ "00A4020C02 5A01", SW_NO_FILE, "" },
	{ "00A4020C02 2F00", SW_OK, "" },
	/* By path. */
	{ "00A4080C04 5A014101", SW_OK, "" },
	{ "00A4080C06 3F005A014101", SW_OK, "" },
	{ "00A4080C02 3F00", SW_OK, "" },
	{ "00A4080C04 41015A01", SW_NO_FILE, "" },
	{ "00A4080C04 5A015A02", SW_NO_FILE, "" },
	{ "00A4080C06 5A0141014101", SW_NO_FILE, "" },
	{ "00A4090C04 5A024101", SW_OK, "" },
	{ "00A4090C02 5A01", SW_NO_FILE, "" },
	{ "00A4090C02 4101", SW_OK, "" },
	/* By name, whole and in part. */
	{ "00A404040A F043415244494E414C01 00", SW_OK,
	    "62 2A 820138 83025A01 840AF043415244494E414C01 8A0105 8612A4000000FFFF"
	    "CA000000FFFFE00100000081" },
	{ "00A4040402 F04300", SW_OK, NULL },
	{ "00A404060A F043415244494E414C01 00", SW_NO_FILE, "" },
	{ "00A4040602 F04300", SW_OK,
	    "62 2A 820138 83025A02 840AF043415244494E414C02 8A0105 8612A4000000FFFF"
	    "CA000000FFFFE00100000081" },
	{ "00A4040602 F04300", SW_NO_FILE, "" },
	{ "00A4040F02 F043", SW_OK, "" },
	{ "00A4040F02 F043", SW_NO_FILE, "" },
	{ "00A4040D02 F043", SW_OK, "" },
	{ "00A4040E02 F043", SW_NO_FILE, "" },
	{ "00A4040C0B F043415244494E414C0100", SW_NO_FILE, "" },
	{ "00A4040C07 D2760000030102", SW_NO_FILE, "" },
	/* What is wrong. */
	{ "00A4050C02 5A01", SW_P1P2, "" },
	{ "00A4000802 5A01", SW_P1P2, "" },
	{ "00A4001C02 5A01", SW_P1P2, "" },
	{ "00A4000D02 5A01", SW_P1P2, "" },
	{ "00A4000C01 5A", SW_LC_P1P2, "" },
	{ "00A4000C03 5A0141", SW_LC_P1P2, "" },
	{ "00A4010C", SW_LC_P1P2, "" },
	{ "00A4030C02 5A01", SW_LC_P1P2, "" },
	{ "00A4040C", SW_LC_P1P2, "" },
	{ "00A4040C11 0000000000000000000000000000000000", SW_LC_P1P2, "" },
	{ "00A4080C03 5A0141", SW_LC_P1P2, "" },
	{ "00A4080C", SW_LC_P1P2, "" },
};

static void
files_are_selected_in_every_way(void)
{
	deck_new(&d);
	PLAY(selects);
}

static void
the_share_has_rules_that_opensc_reads(void)
{
	static const struct deck_step v[] = {
		{ "00A4080404 5A01410100", SW_OK,
		    "62 1C 80020040 820101 83024101 8A0105 860CA4000000FFFFB0000000FFFF" },
		{ "00A4080404 5A01410200", SW_OK,
		    "62 22 80020080 820101 83024102 8A0105 8612A4000000FFFFB00100008081D60100008081" },
		{ "00A4080404 5A02410100", SW_OK,
		    "62 22 80020040 820101 83024101 8A0105 8612A4000000FFFFB0000000FFFFD60100000081" },
	};

	deck_new(&d);
	PLAY(v);
}

static void
a_select_that_fails_changes_nothing(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SLOT, SW_OK, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "00A4020C02 4101", SW_OK, "" },
		{ "00A4080C04 5A015A02", SW_NO_FILE, "" },
		{ "00A4040C02 F143", SW_NO_FILE, "" },
		{ "00A4080404 5A014101 10", SW_LE | 0x1e, "" },
		{ "00A4080004 5A014101 01", SW_LE | 0x1e, "" },
		{ "00D60000 01 55", SW_OK, "" },
		{ "00B0000001", SW_OK, "55" },
		{ "00200081", SW_OK, "" },
	};

	deck_new(&d);
	PLAY(v);
}

static const struct deck_step reads[] = {
	{ "00B0000000", SW_NO_EF, "" },
	{ "00D60000 01 00", SW_NO_EF, "" },
	{ SELECT_SLOT, SW_OK, "" },
	{ "00B0000000", SW_NO_EF, "" },
	{ "00A4020C02 4101", SW_OK, "" },
	{ VERIFY_RIGHT, SW_OK, "" },
	{ "00D6003C 04 01020304", SW_OK, "" },
	{ "00B0003C00", SW_OK, "01020304" },
	{ "00B0003C04", SW_OK, "01020304" },
	{ "00B0003C03", SW_OK, "010203" },
	{ "00B0003C05", SW_EOF, "01020304" },
	{ "00B0003F00", SW_OK, "04" },
	{ "00B0004000", SW_OFFSET, "" },
	{ "00B0004100", SW_OFFSET, "" },
	{ "00B07FFF00", SW_OFFSET, "" },
	{ "00B0003C 000000", SW_OK, "01020304" },
	{ "00B0003C 000004", SW_OK, "01020304" },
	{ "00B0003C 000100", SW_EOF, "01020304" },
	{ "00B00000", SW_LENGTH, "" },
	{ "00B00000 02 0000 00", SW_LENGTH, "" },
	{ "00B0810000", SW_NO_FILE, "" },
	{ "00B0E10000", SW_P1P2, "" },
	{ "00D68100 01 00", SW_NO_FILE, "" },
	{ "00D60000", SW_LENGTH, "" },
	{ "00D60000 01 00 00", SW_LENGTH, "" },
	{ "00D60040 01 00", SW_OFFSET, "" },
	{ "00D6003F 02 0000", SW_NO_ROOM, "" },
	{ "00B0003C00", SW_OK, "01020304" },
	{ SELECT_SLOT, SW_OK, "" },
	{ "00B0003C00", SW_NO_EF, "" },
};

static void
binaries_are_read_and_written_within_their_bounds(void)
{
	deck_new(&d);
	PLAY(reads);
}

static void
what_was_written_is_there_after_power(void)
{
	static const struct deck_step after[] = {
		{ SELECT_SLOT, SW_OK, "" },
		{ "00A4020C02 4101", SW_OK, "" },
		{ "00B0003C00", SW_OK, "01020304" },
	};

	deck_new(&d);
	PLAY(reads);
	deck_reload(&d);
	PLAY(after);
}

/* A DF in the share's DF, with a file that the share's PIN opens. */
static void
add_inner_df(struct card_data *data)
{
	struct card_file df = {
		.kind = FILE_DF, .life = LIFE_ACTIVATED, .fid = 0x5a11,
		.parent = files_in(data, 0, FID_SHARE_DF),
	};
	struct card_file ef = {
		.kind = FILE_EF, .life = LIFE_ACTIVATED, .fid = 0x4111, .size = 1,
		.rule[OP_READ] = { ACCESS_PIN, PIN_REF, 0 },
	};

	ef.parent = files_add(data, &df);
	CU_ASSERT_NOT_EQUAL(files_add(data, &ef), CARD_NO_FILE);
}

static void
the_pin_of_a_df_counts_in_its_whole_subtree(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SHARE, SW_OK, "" },
		{ "00A4000C025A11", SW_OK, "" },
		{ "00200081", SW_COUNTER | 3, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "00A4000C024111", SW_OK, "" },
		{ "00B0000001", SW_OK, "00" },
		/* Up and down again: the PIN's DF was not left. */
		{ "00A4000C025A01", SW_OK, "" },
		{ "00200081", SW_OK, "" },
		{ "00A4080C065A015A114111", SW_OK, "" },
		{ "00B0000001", SW_OK, "00" },
		{ "00A4000C024102", SW_NO_FILE, "" },
		{ "00A4000C025A02", SW_NO_FILE, "" },
		{ "00A4030C", SW_OK, "" },
		{ "00A4020C024102", SW_OK, "" },
		{ "00A4000C025A11", SW_OK, "" },
		{ "00A4000C025A11", SW_OK, "" },
		/* From two levels down to the MF. */
		{ "00A4000C023F00", SW_OK, "" },
		{ "00A4080C065A015A114111", SW_OK, "" },
		{ "00B0000001", SW_SECURITY, "" },
	};
	struct wr wr;

	deck_new(&d);
	d.card.next = d.card.data;
	add_inner_df(&d.card.next);
	wr_init(&wr, d.disk, sizeof(d.disk));
	OK(card_data_encode(&d.card.next, &wr));
	d.n = wr.n;
	deck_reload(&d);
	PLAY(v);
}

static const struct sentence sentences[] = {
	SENTENCE(the_atr_is_that_of_tcos_on_t1),
	SENTENCE(a_card_without_power_says_nothing),
	SENTENCE(class_comes_before_instruction_before_length),
	SENTENCE(files_are_selected_in_every_way),
	SENTENCE(the_share_has_rules_that_opensc_reads),
	SENTENCE(a_select_that_fails_changes_nothing),
	SENTENCE(binaries_are_read_and_written_within_their_bounds),
	SENTENCE(what_was_written_is_there_after_power),
	SENTENCE(the_pin_of_a_df_counts_in_its_whole_subtree),
};

SUITE("card", sentences)
