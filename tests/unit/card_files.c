#include <stdio.h>
#include <string.h>

#include "card-os/os/files.h"
#include "tests/unit/suite.h"
#include "tests/unit/workshop.h"

static struct deck d;

#define PLAY(table) workshop_play(&d, table, sizeof(table) / sizeof((table)[0]))

static void
a_file_that_is_made_is_current_and_stays(void)
{
	static const struct deck_step v[] = {
		{ CREATE("80(0003) 82(01) 83(4101) 88(08)" OPEN), SW_OK, "" },
		{ "00B0000000", SW_OK, "000000" },
		{ "00D60000(010203)", SW_OK, "" },
		{ "80E00000(6F(81(0002) 82(424102) 83(4102) 85(0100)" OPEN "))", SW_OK, "" },
		{ "00E20000(0101)", SW_OK, "" },
		{ CREATE("82(38) 83(5A11) 84(A0A1A2)" OPEN), SW_OK, "" },
		{ CREATE_EF("4101", "0000"), SW_OK, "" },
	};
	static const struct deck_step after[] = {
		{ "00A40804(5A025A104101)00", SW_OK, "62(8002 0003 820101 83024101 880108 8A0105 86("
		    "A4000000FFFF B0000000FFFF D6000000FFFF D0000000FFFF 0E000000FFFF E4000000FFFF"
		    "44000000FFFF 04000000FFFF E8000000FFFF))" },
		{ "00B0000000", SW_OK, "010203" },
		{ SELECT_FID("4102"), SW_OK, "" },
		{ "00B2010400", SW_OK, "0101" },
		{ "00A4040C(A0A1)", SW_OK, "" },
		{ SELECT_FID("4101"), SW_OK, "" },
		{ "00B0000000", SW_OFFSET, "" },
	};

	workshop_new(&d);
	PLAY(v);
	deck_reload(&d);
	PLAY(after);
}

static void
names_that_are_taken_are_refused(void)
{
	static const struct deck_step v[] = {
		{ CREATE("80(0003) 82(01) 83(4101) 88(08)" OPEN), SW_OK, "" },
		{ CREATE_EF("4101", "0001"), SW_FID_EXISTS, "" },
		{ CREATE_DF("4101"), SW_FID_EXISTS, "" },
		{ CREATE("80(0003) 82(01) 83(4102) 88(08)" OPEN), SW_FID_EXISTS, "" },
		{ CREATE("82(09) 83(5081) A5(83(82) 90(0408030300))"), SW_OK, "" },
		{ CREATE("82(09) 83(5082) A5(83(82) 90(0408030300))"), SW_FID_EXISTS, "" },
		/* A key may have the reference of a PIN. */
		{ CREATE("82(09) 83(5082) A5(83(82) 91(02))"), SW_OK, "" },
		{ CREATE("82(09) 83(5083) A5(83(82) 91(01))"), SW_FID_EXISTS, "" },
		/* References of the whole card have no b8. */
		{ CREATE("82(09) 83(5083) A5(83(02) 90(0408030300))"), SW_DATA, "" },
		{ CREATE("82(38) 83(5A11) 84(F043415244494E414C01)"), SW_NAME_EXISTS, "" },
		{ CREATE("82(38) 83(5A11) 84(F043415244494E414C)" OPEN), SW_OK, "" },
		{ CREATE("82(38) 83(5A11) 84(F043415244494E414C)"), SW_NAME_EXISTS, "" },
		/* The same in another DF is another file. */
		{ CREATE("80(0003) 82(01) 83(4101) 88(08)" OPEN), SW_OK, "" },
		{ CREATE_DF("5A11"), SW_OK, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
creating_asks_for_the_rule_of_the_df(void)
{
	static const struct deck_step v[] = {
		{ CREATE_EF("4101", "0001"), SW_SECURITY, "" },
		{ SELECT_SLOT, SW_OK, "" },
		{ CREATE_EF("4201", "0001"), SW_SECURITY, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ CREATE("80(0001) 82(38) 83(5A10)"), SW_OK, "" },
		{ CREATE_EF("4201", "0001"), SW_SECURITY, "" },
		{ "00A4030C", SW_OK, "" },
		/* One that is being made takes files without a rule, until it is said to be done. */
		{ CREATE("82(38) 83(5A11) 8A(03)"), SW_OK, "" },
		{ "00A40004(5A11)00", SW_OK, "62(820138 83025A11 8A0103 86(A4000000FFFF))" },
		{ CREATE_EF("4201", "0001"), SW_OK, "" },
		{ "00E40000", SW_OK, "" },
		{ CREATE_EF("4201", "0001"), SW_OK, "" },
		{ "80EE0000", SW_OK, "" },
		{ "80EE0000", SW_CONDITIONS, "" },
		{ CREATE_EF("4202", "0001"), SW_SECURITY, "" },
		{ CREATE_EF("4201", "0001"), SW_SECURITY, "" },
		{ "00EE0000", SW_INS, "" },
		{ "80EE0100", SW_P1P2, "" },
		{ "80EE0001", SW_P1P2, "" },
		{ "80EE0000(00)", SW_LENGTH, "" },
		{ "80EE000000", SW_LENGTH, "" },
	};

	deck_new(&d);
	PLAY(v);
}

static void
what_is_malformed_is_not_made(void)
{
	static const struct deck_step v[] = {
		{ "00E00000(62(82(07) 83(4101)))", SW_DATA, "" },
		{ "00E00000", SW_LENGTH, "" },
		{ "00E00000(62(82(01) 83(4101)))00", SW_LENGTH, "" },
		{ "00E00100(62(82(01) 83(4101)))", SW_P1P2, "" },
		{ "00E00001(62(82(01) 83(4101)))", SW_P1P2, "" },
		{ "80AA020000", SW_NO_FILE, "" },
		/* In parts it may come. */
		{ "10E00000(62088201)", SW_OK, "" },
		{ "00E00000(01 83(4101))", SW_DATA, "" },
		{ "10E00000(62078201)", SW_OK, "" },
		{ "00E00000(01 83(4101))", SW_OK, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
files_go_by_identifier_or_as_the_current_one(void)
{
	static const struct deck_step v[] = {
		{ CREATE_EF("4101", "0001"), SW_OK, "" },
		{ CREATE_EF("4102", "0002"), SW_OK, "" },
		{ "00D60000(0102)", SW_OK, "" },
		{ "80E40000(4101)", SW_OK, "" },
		/* Another one that goes leaves the current one. */
		{ "00B0000000", SW_OK, "0102" },
		{ "80E40000(4101)", SW_NO_FILE, "" },
		{ "00E40000", SW_OK, "" },
		{ "00B0000000", SW_NO_EF, "" },
		{ "80AA020000", SW_NO_FILE, "" },
		/* Now the DF itself is current. */
		{ CREATE_EF("4101", "0001"), SW_OK, "" },
		{ WORKSHOP, SW_OK, "" },
		{ "00E40000", SW_OK, "" },
		{ "80AA010000", SW_NO_FILE, "" },
		{ "00A40004(5A02)00", SW_OK, NULL },
		{ "00A4080C(5A025A10)", SW_NO_FILE, "" },
		/* From inside, by its own identifier. */
		{ CREATE_DF("5A10"), SW_OK, "" },
		{ CREATE_EF("4101", "0001"), SW_OK, "" },
		{ "00E40000(5A10)", SW_OK, "" },
		{ SELECT_FID("4101"), SW_OK, "" },
		{ "00B0000001", SW_OK, "00" },
		{ "00E40000(41)", SW_LC_P1P2, "" },
		{ "00E40000(410100)", SW_LC_P1P2, "" },
		{ "00E40100(4101)", SW_P1P2, "" },
		{ "00E40001(4101)", SW_P1P2, "" },
		{ "00E40000(4101)00", SW_LENGTH, "" },
		{ "00E4000000", SW_LENGTH, "" },
		{ "10E40000(4101)", SW_NO_CHAINING, "" },
	};

	workshop_new(&d);
	PLAY(v);
	deck_reload(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, "00A4080C(5A025A10)"), SW_NO_FILE);
}

static void
a_df_goes_with_all_that_is_below(void)
{
	static const struct deck_step v[] = {
		{ CREATE_DF("5A11"), SW_OK, "" },
		{ CREATE_DF("5A12"), SW_OK, "" },
		{ CREATE_EF("4101", "0010"), SW_OK, "" },
		{ "00A4080C(5A025A105A115A12)", SW_OK, "" },
		{ CREATE("82(09) 83(5081) A5(83(82) 90(0408030300)) 86(24000000FFFF)"), SW_OK, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ "00200082(31323334)", SW_OK, "" },
		{ "00A4080C(5A025A10)", SW_OK, "" },
		{ CREATE_EF("4105", "0004"), SW_OK, "" },
		{ "00D60000(01020304)", SW_OK, "" },
		{ "00E40000(5A11)", SW_OK, "" },
		{ "00B0000000", SW_OK, "01020304" },
		{ "80AA010000", SW_NO_FILE, "" },
		{ "00A4080C(5A025A105A11)", SW_NO_FILE, "" },
		/* What comes into the place of the PIN was not verified. */
		{ WORKSHOP, SW_OK, "" },
		{ CREATE("82(09) 83(5081) A5(83(82) 90(0408030300)) 86(24000000FFFF)"), SW_OK, "" },
		{ CREATE("82(09) 83(5082) A5(83(83) 90(0408030300)) 86(24000000FFFF)"), SW_OK, "" },
		{ CREATE("82(09) 83(5083) A5(83(84) 90(0408030300)) 86(24000000FFFF)"), SW_OK, "" },
		{ CREATE("82(09) 83(5084) A5(83(85) 90(0408030300)) 86(24000000FFFF)"), SW_OK, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ "00240183(31323334)", SW_OK, "" },
		{ "00240184(31323334)", SW_OK, "" },
		{ "00240185(31323334)", SW_OK, "" },
		{ "00200082", SW_COUNTER | 3, "" },
		{ "00200083", SW_COUNTER | 3, "" },
		{ "00200084", SW_COUNTER | 3, "" },
		{ "00200085", SW_COUNTER | 3, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

/* A PIN that goes while it is verified, and its place that is taken at once. */
static void
a_new_pin_in_an_old_place_is_not_verified(void)
{
	static const struct deck_step v[] = {
		{ CREATE("82(09) 83(5081) A5(83(82) 90(0408030300))" OPEN), SW_OK, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ "00200082(31323334)", SW_OK, "" },
		{ "00200082", SW_OK, "" },
		{ "00E40000", SW_OK, "" },
		{ "00200082", SW_NO_REFERENCE, "" },
		{ CREATE("82(09) 83(5081) A5(83(82) 90(0408030300))" OPEN), SW_OK, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ "00200082", SW_COUNTER | 3, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

/* Each from its DF, and each DF from within. */
static void
files_of_the_factory_do_not_go(void)
{
	const struct card_file *f = d.card.data.file;
	char text[40];
	uint16_t files, df;

	deck_new(&d);
	files = d.card.data.files_n;
	for (uint16_t i = 0; i < files; i++) {
		df = f[i].kind == FILE_DF ? i : f[i].parent;
		snprintf(text, sizeof(text), "00A4000C(3F00)");
		CU_ASSERT_EQUAL(workshop_send(&d, text), SW_OK);
		snprintf(text, sizeof(text), "00A4000C(%04X)", f[df].fid);
		CU_ASSERT_EQUAL(workshop_send(&d, text), SW_OK);
		deck_hex(&d, VERIFY_RIGHT);
		snprintf(text, sizeof(text), "00E40000(%04X)", f[i].fid);
		CU_ASSERT_EQUAL(workshop_send(&d, text), SW_SECURITY);
	}
	CU_ASSERT_EQUAL(d.card.data.files_n, files);
}

/* Nothing makes windows; this one comes from a card that was made with it. */
static void
a_file_that_a_window_shows_does_not_go(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SHARE, SW_OK, "" },
		{ "00E40000(4102)", SW_CONDITIONS, "" },
		{ "00E40000(4101)", SW_OK, "" },
		{ "00E40000(4102)", SW_OK, "" },
		{ "80AA020000", SW_OK, "5081" },
	};
	struct wr wr;

	deck_new(&d);
	d.card.next = d.card.data;
	for (uint16_t i = 0; i < d.card.next.files_n; i++)
		d.card.next.file[i].rule[OP_DELETE].needs = ACCESS_ALWAYS;
	wr_init(&wr, d.disk, sizeof(d.disk));
	OK(card_data_encode(&d.card.next, &wr));
	d.n = wr.n;
	deck_reload(&d);
	PLAY(v);
	/* With its DF it goes, the MF never. */
	CU_ASSERT_EQUAL(workshop_send(&d, "00A4000C"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00E40000(5A01)"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00E40000"), SW_INTERNAL);
	CU_ASSERT_EQUAL(workshop_send(&d, "80AA010000"), SW_OK);
	SAME(d.rsp, "\x5a\x02", 2);
}

/* No rule of the factory lets anybody; this card was made with one. */
static void
references_without_b8_are_those_of_the_mf(void)
{
	static const struct deck_step v[] = {
		{ CREATE("82(09) 83(5001) A5(83(02) 90(0408030300)) 86(24000000FFFF)"), SW_OK, "" },
		{ "00240102(31323334)", SW_OK, "" },
		{ SELECT_SHARE, SW_OK, "" },
		{ "00200002(31323334)", SW_OK, "" },
		{ "00A4000C", SW_OK, "" },
		{ "00200002", SW_OK, "" },
	};
	struct wr wr;

	deck_new(&d);
	d.card.next = d.card.data;
	d.card.next.file[0].rule[OP_CREATE].needs = ACCESS_ALWAYS;
	wr_init(&wr, d.disk, sizeof(d.disk));
	OK(card_data_encode(&d.card.next, &wr));
	d.n = wr.n;
	deck_reload(&d);
	PLAY(v);
}

static void
files_are_listed_by_kind(void)
{
	static const struct deck_step v[] = {
		{ "80AA010000", SW_NO_FILE, "" },
		{ "80AA020000", SW_NO_FILE, "" },
		{ CREATE_EF("4101", "0001"), SW_OK, "" },
		{ CREATE("82(0201000203) 83(4102)" OPEN), SW_OK, "" },
		{ CREATE("82(09) 83(5081) A5(83(82) 90(0408030300))"), SW_OK, "" },
		{ "00DA0040(01)", SW_OK, "" },
		{ CREATE_DF("5A11"), SW_OK, "" },
		{ "00A4030C", SW_OK, "" },
		{ "80AA010000", SW_OK, "5A11" },
		{ "80AA020000", SW_OK, "410141025081" },
		{ "80AA020002", SW_LE | 6, "" },
		{ "80AA0200", SW_LENGTH, "" },
		{ "80AA0200(00)00", SW_LENGTH, "" },
		{ "80AA000000", SW_P1P2, "" },
		{ "80AA030000", SW_P1P2, "" },
		{ "80AA010100", SW_P1P2, "" },
		{ "00AA010000", SW_INS, "" },
		{ "00A4000C", SW_OK, "" },
		{ "80AA020000", SW_OK, "2F002F022F03" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
the_card_tells_what_it_is(void)
{
	static const uint8_t tail[] = { 3, 3, 2, 1, 1, 0, 0, 0 };

	deck_new(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, "80AA060000"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 16);
	SAME(d.rsp, "\x04\x28", 2);
	SAME(d.rsp + 2, d.card.data.serial + 4, 6);
	SAME(d.rsp + 8, tail, sizeof(tail));
}

static void
there_is_room_for_64_kib_and_128_files(void)
{
	char text[160];
	size_t room;

	workshop_new(&d);
	room = files_room(&d.card.data) - CREDENTIAL_ROOM;
	snprintf(text, sizeof(text), "00E00000(62(80(%04zX) 82(01) 83(4101)" OPEN "))", room + 1);
	CU_ASSERT_EQUAL(workshop_send(&d, text), SW_NO_ROOM);
	snprintf(text, sizeof(text), "00E00000(62(80(%04zX) 82(01) 83(4101)))", room - 32);
	CU_ASSERT_EQUAL(workshop_send(&d, text), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4102", "0001")), SW_NO_ROOM);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4102", "0000")), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4103", "0000")), SW_NO_ROOM);
	CU_ASSERT_EQUAL(workshop_send(&d, "00E40000(4102)"), SW_OK);
	deck_reload(&d);

	workshop_new(&d);
	while (d.card.data.files_n < CARD_FILES_MAX) {
		snprintf(text, sizeof(text), "00E00000(62(82(01) 83(%04X)" OPEN "))",
		    0x1000U + d.card.data.files_n);
		CU_ASSERT_EQUAL_FATAL(workshop_send(&d, text), SW_OK);
	}
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4101", "0001")), SW_NO_ROOM);
	CU_ASSERT_EQUAL(workshop_send(&d, "00E40000(1020)"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4101", "0001")), SW_OK);
	CU_ASSERT_EQUAL(d.card.ef, 0x20);
	deck_reload(&d);
}

/* MF, 5A02 and 5A10 are three of eight. */
static void
dfs_stand_eight_deep(void)
{
	char text[160];
	uint16_t files;

	workshop_new(&d);
	files = d.card.data.files_n;
	for (unsigned i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), CREATE("82(38) 83(%04X)" OPEN), 0x5a11U + i);
		CU_ASSERT_EQUAL(workshop_send(&d, text), SW_OK);
	}
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_DF("5A20")), SW_NO_ROOM);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4101", "0004")), SW_OK);
	deck_reload(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, "00A4080C(5A025A105A115A125A135A145A154101)"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00B0000004"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, WORKSHOP), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00E40000"), SW_OK);
	CU_ASSERT_EQUAL(d.card.data.files_n, files - 1);
}

static void
what_cannot_be_saved_is_not_done(void)
{
	static const char *const changes[] = {
		CREATE_EF("4102", "0001"), "00E40000", "00E40000(5A10)",
	};
	uint16_t files;

	workshop_new(&d);
	files = d.card.data.files_n;
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4101", "0002")), SW_OK);
	d.fault = DECK_REFUSES;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		d.fail_at = d.saves + 1;
		CU_ASSERT_EQUAL(workshop_send(&d, changes[i]), SW_MEMORY);
		CU_ASSERT_EQUAL(workshop_send(&d, "00B0000002"), SW_OK);
		CU_ASSERT_EQUAL(workshop_send(&d, "80AA020000"), SW_OK);
		CU_ASSERT_EQUAL(d.rsp_n, 2);
	}
	/* Nor does it come with what is saved later. */
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		d.fail_at = d.saves + 1;
		CU_ASSERT_EQUAL(workshop_send(&d, CREATE_DF("5A12")), SW_MEMORY);
		d.fail_at = 0;
		CU_ASSERT_EQUAL(workshop_send(&d, changes[i]), SW_OK);
		CU_ASSERT_EQUAL(files_in(&d.card.data, d.card.df, 0x5a12), CARD_NO_FILE);
	}
	CU_ASSERT_EQUAL(d.card.data.files_n, files - 1);
}

static const struct sentence sentences[] = {
	SENTENCE(a_file_that_is_made_is_current_and_stays),
	SENTENCE(names_that_are_taken_are_refused),
	SENTENCE(creating_asks_for_the_rule_of_the_df),
	SENTENCE(what_is_malformed_is_not_made),
	SENTENCE(files_go_by_identifier_or_as_the_current_one),
	SENTENCE(a_df_goes_with_all_that_is_below),
	SENTENCE(a_new_pin_in_an_old_place_is_not_verified),
	SENTENCE(files_of_the_factory_do_not_go),
	SENTENCE(a_file_that_a_window_shows_does_not_go),
	SENTENCE(references_without_b8_are_those_of_the_mf),
	SENTENCE(files_are_listed_by_kind),
	SENTENCE(the_card_tells_what_it_is),
	SENTENCE(there_is_room_for_64_kib_and_128_files),
	SENTENCE(dfs_stand_eight_deep),
	SENTENCE(what_cannot_be_saved_is_not_done),
};

SUITE("card_files", sentences)
