#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"
#include "card-os/os/records.h"
#include "tests/unit/suite.h"
#include "tests/unit/workshop.h"

static struct deck d;

#define PLAY(table) workshop_play(&d, table, sizeof(table) / sizeof((table)[0]))

/* Files of the three kinds, of records of two bytes, or up to four. */
#define FIXED CREATE("82(0201000203) 83(4101) 88(08)" OPEN)
#define VARIABLE CREATE("80(000A) 82(04010004) 83(4101) 88(08)" OPEN)
#define CYCLIC CREATE("82(0601000203) 83(4101) 88(08)" OPEN)

static void
linear_records_are_numbered_as_they_come(void)
{
	static const struct deck_step v[] = {
		{ FIXED, SW_OK, "" },
		{ "00B2010400", SW_NO_RECORD, "" },
		{ "00E20000(0101)", SW_OK, "" },
		{ "00E20000(0202)", SW_OK, "" },
		{ "00E20000(03)", SW_LENGTH, "" },
		{ "00E20000(030303)", SW_LENGTH, "" },
		{ "00E20000(0303)", SW_OK, "" },
		{ "00E20000(0404)", SW_NO_ROOM, "" },
		{ "00B2010400", SW_OK, "0101" },
		{ "00B2030400", SW_OK, "0303" },
		{ "00B2040400", SW_NO_RECORD, "" },
		{ "00B2FF0400", SW_NO_RECORD, "" },
		{ "00B2010500", SW_OK, "010102020303" },
		{ "00B2020500", SW_OK, "02020303" },
		{ "00B2020600", SW_OK, "03030202" },
		{ "00B2030600", SW_OK, "0303" },
		{ "00B2010402", SW_OK, "0101" },
		{ "00B2010401", SW_LE | 2, "" },
		{ "00B2010403", SW_EOF, "0101" },
		{ "00B2010505", SW_LE | 6, "" },
		{ "00B2010404 0000", SW_LENGTH, "" },
		{ "00B20104", SW_LENGTH, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
of_a_cyclic_file_the_newest_is_number_one(void)
{
	static const struct deck_step v[] = {
		{ CYCLIC, SW_OK, "" },
		{ "00E20000(0101)", SW_OK, "" },
		{ "00E20000(0202)", SW_OK, "" },
		{ "00B2010500", SW_OK, "02020101" },
		{ "00E20000(0303)", SW_OK, "" },
		{ "00E20000(0404)", SW_OK, "" },
		{ "00B2010500", SW_OK, "040403030202" },
		{ "00B2000400", SW_OK, "0404" },
		{ "00B2040400", SW_NO_RECORD, "" },
		{ "00DC0304(2222)", SW_OK, "" },
		{ "00E20000(0505)", SW_OK, "" },
		{ "00B2010600", SW_OK, "030304040505" },
		{ "00E20000(06)", SW_LENGTH, "" },
	};

	workshop_new(&d);
	PLAY(v);
	deck_reload(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, "00A4080C(5A025A104101)"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00B2010500"), SW_OK);
	SAME(d.rsp, "\5\5\4\4\3\3", 6);
}

static void
variable_records_grow_and_shrink_within_their_file(void)
{
	static const struct deck_step v[] = {
		{ VARIABLE, SW_OK, "" },
		{ "00E20000(01)", SW_OK, "" },
		{ "00E20000(020202)", SW_OK, "" },
		{ "00E20000(0303030303)", SW_LENGTH, "" },
		{ "00E20000(03030303)", SW_NO_ROOM, "" },
		{ "00E20000(030303)", SW_OK, "" },
		{ "00B2010500", SW_OK, "01020202030303" },
		{ "00DC0104(0101)", SW_NO_ROOM, "" },
		{ "00DC0204(22)", SW_OK, "" },
		{ "00DC0104(111111)", SW_OK, "" },
		{ "00B2010500", SW_OK, "11111122030303" },
		{ "00DC0104(1111111111)", SW_LENGTH, "" },
		{ "00B2020400", SW_OK, "22" },
		/* A part of one changes, its length does not. */
		{ "00DD0304(54(01)53(AABB))", SW_OK, "" },
		{ "00B2030400", SW_OK, "03AABB" },
		{ "00DD0304(54(02)53(AABB))", SW_NO_ROOM, "" },
		{ "00B2010500", SW_OK, "1111112203AABB" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
records_are_updated_whole_or_in_part(void)
{
	static const struct deck_step v[] = {
		{ FIXED, SW_OK, "" },
		{ "00E20000(0F0F)", SW_OK, "" },
		{ "00E20000(0202)", SW_OK, "" },
		{ "00DC0104(1234)", SW_OK, "" },
		{ "00B2010400", SW_OK, "1234" },
		{ "00DC0104(12)", SW_LENGTH, "" },
		{ "00DC0104(123456)", SW_LENGTH, "" },
		{ "00DC0304(1234)", SW_NO_RECORD, "" },
		{ "00DC0105(1234)", SW_P1P2, "" },
		{ "00DC0104", SW_LENGTH, "" },
		{ "00DC0104(1234)00", SW_LENGTH, "" },
		{ "00DD0104(54(01)53(56))", SW_OK, "" },
		{ "00B2010400", SW_OK, "1256" },
		/* AND, OR, XOR. */
		{ "00DD0105(54(00)53(F33F))", SW_OK, "" },
		{ "00B2010400", SW_OK, "1216" },
		{ "00DD0106(54(00)53(0180))", SW_OK, "" },
		{ "00B2010400", SW_OK, "1396" },
		{ "00DD0107(54(00)53(FF06))", SW_OK, "" },
		{ "00B2010400", SW_OK, "EC90" },
		{ "00B3010C(54(01))00", SW_OK, "53(90)" },
		{ "00B30104(54(00))05", SW_EOF, "53(EC90)" },
		{ "00B30104(54(00))03", SW_OK, "53(EC)" },
		{ "00B30104(54(02))00", SW_OFFSET, "" },
		{ "00B30304(54(00))00", SW_NO_RECORD, "" },
		{ "00B30105(54(00))00", SW_P1P2, "" },
		{ "00B30104(53(00))00", SW_DATA, "" },
		{ "00B30104(54(00))", SW_LENGTH, "" },
		{ "00B3010400", SW_LENGTH, "" },
		{ "00DD0104(54(02)53(00))", SW_OFFSET, "" },
		{ "00DD0104(54(01)53(0000))", SW_NO_ROOM, "" },
		{ "00DD0104(53(0000))", SW_DATA, "" },
		{ "00DD0304(54(00)53(00))", SW_NO_RECORD, "" },
		{ "00DD0104", SW_LENGTH, "" },
		{ "00DD0104(54(00)53(00))00", SW_LENGTH, "" },
		{ "00B2010500", SW_OK, "EC900202" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
writing_a_record_goes_by_the_data_coding_byte(void)
{
	static const struct deck_step v[] = {
		{ FIXED, SW_OK, "" },
		{ "00E20000(0000)", SW_OK, "" },
		{ "00D20104(0102)", SW_OK, "" },
		{ "00D20104(0102)", SW_CONDITIONS, "" },
		{ "00D20104(01)", SW_LENGTH, "" },
		{ "00D20104(010203)", SW_LENGTH, "" },
		{ "00D20204(0102)", SW_NO_RECORD, "" },
		{ "00D20105(0102)", SW_P1P2, "" },
		{ "00D20100(0102)", SW_NO_FUNCTION, "" },
		{ "00D20104", SW_LENGTH, "" },
		{ "00D20104(0102)00", SW_LENGTH, "" },
		{ WORKSHOP, SW_OK, "" },
		/* As OpenSC makes them: 41 is OR. */
		{ CREATE("81(0004) 82(024102) 83(4102)" OPEN), SW_OK, "" },
		{ "00E20000(0F00)", SW_OK, "" },
		{ "00D20104(5003)", SW_OK, "" },
		{ "00B2010400", SW_OK, "5F03" },
	};

	workshop_new(&d);
	PLAY(v);
}

/* ISO 7816-4:2005 5.3.4.2: naming a record by its number leaves the current one. */
static void
appending_and_finding_make_a_record_current(void)
{
	static const struct deck_step v[] = {
		{ FIXED, SW_OK, "" },
		{ "00B2000400", SW_NO_RECORD, "" },
		{ "00A2000400", SW_LENGTH, "" },
		{ "00A20004(01)00", SW_NO_RECORD, "" },
		{ "00E20000(0101)", SW_OK, "" },
		{ "00E20000(0201)", SW_OK, "" },
		{ "00B2000400", SW_OK, "0201" },
		{ "00B2010400", SW_OK, "0101" },
		{ "00B2000400", SW_OK, "0201" },
		{ "00A20104(0101)00", SW_OK, "01" },
		{ "00B2000400", SW_OK, "0101" },
		{ "00DC0004(0303)", SW_OK, "" },
		{ "00B2010500", SW_OK, "03030201" },
		/* What is named by a short identifier is the same file still, another one is not. */
		{ "00B2000C00", SW_OK, "0303" },
		{ SELECT_FID("4101"), SW_OK, "" },
		{ "00B2000400", SW_NO_RECORD, "" },
		{ "00E20000(0404)", SW_OK, "" },
		{ CREATE("82(0201000203) 83(4102) 88(10)" OPEN), SW_OK, "" },
		{ "00B2030C00", SW_OK, "0404" },
		{ "00B2000C00", SW_NO_RECORD, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
a_search_tells_the_numbers_of_records_with_the_string(void)
{
	static const struct deck_step v[] = {
		{ CREATE("80(0020) 82(04) 83(4101) 88(08)" OPEN), SW_OK, "" },
		{ "00E20000(0102)", SW_OK, "" },
		{ "00E20000(000102)", SW_OK, "" },
		{ "00E20000(02)", SW_OK, "" },
		{ "00E20000(010201)", SW_OK, "" },
		{ "00A20104(0102)00", SW_OK, "010204" },
		{ "00A20204(0102)00", SW_OK, "0204" },
		{ "00A20305(0102)00", SW_OK, "0201" },
		{ "00A20405(0102)00", SW_OK, "040201" },
		{ "00B2000400", SW_OK, "010201" },
		{ "00A20104(0103)00", SW_EOF, "" },
		{ "00B2000400", SW_OK, "010201" },
		{ "00A20104(0102)02", SW_LE | 3, "" },
		{ "00A20104(02)", SW_OK, "" },
		{ "00A20504(02)00", SW_NO_RECORD, "" },
		{ "00A20106(02)00", SW_NO_FUNCTION, "" },
		{ "00A20107(02)00", SW_NO_FUNCTION, "" },
		{ "00A20100(02)00", SW_NO_FUNCTION, "" },
		{ "00A201F8(02)00", SW_NO_FUNCTION, "" },
		{ "00A201FC(02)00", SW_P1P2, "" },
		{ WORKSHOP, SW_OK, "" },
		{ "00A2010C(000102)00", SW_OK, "02" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
records_are_named_by_number_only(void)
{
	static const struct deck_step v[] = {
		{ FIXED, SW_OK, "" },
		{ "00E20000(0101)", SW_OK, "" },
		{ "00B2010000", SW_NO_FUNCTION, "" },
		{ "00B2010300", SW_NO_FUNCTION, "" },
		{ "00B2010700", SW_P1P2, "" },
		{ "00DC0103(0101)", SW_NO_FUNCTION, "" },
		{ "00DD0100(54(00)53(00))", SW_NO_FUNCTION, "" },
		{ "00B30100(54(00))00", SW_NO_FUNCTION, "" },
		{ "00B201FC00", SW_P1P2, "" },
		{ "00E20100(0101)", SW_P1P2, "" },
		{ "00E20001(0101)", SW_P1P2, "" },
		{ "00E20000", SW_LENGTH, "" },
		{ "00E20000(0101)00", SW_LENGTH, "" },
		{ "00B2011400", SW_NO_FILE, "" },
		{ "00B201F400", SW_NO_FILE, "" },
		{ WORKSHOP, SW_OK, "" },
		{ "00B2010400", SW_NO_EF, "" },
		{ "00B2010C00", SW_OK, "0101" },
		{ "00B0000000", SW_NOT_TRANSPARENT, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
each_way_to_change_asks_for_its_own_rule(void)
{
	static const char *const commands[] = {
		"00B2010400", "00B30104(54(00))00", "00A20104(00)", "00DC0104(0000)",
		"00DD0104(54(00)53(00))", "00D20104(0000)", "00E20000(0000)",
	};
	static const unsigned char row[] = { 0, 0, 0, 1, 1, 2, 3 };
	static const char *const makes[] = {
		"86(B2000000FFFF E2000000FFFF)",
		"86(DC000000FFFF E2000000FFFF)",
		"86(D2000000FFFF E2000000FFFF)",
		"86(E2000000FFFF)",
	};
	char text[120];

	for (size_t i = 0; i < 4; i++) {
		workshop_new(&d);
		snprintf(text, sizeof(text), "00E00000(62(82(0201000203) 83(4101) %s))", makes[i]);
		CU_ASSERT_EQUAL(workshop_send(&d, text), SW_OK);
		CU_ASSERT_EQUAL(workshop_send(&d, "00E20000(0000)"), SW_OK);
		for (size_t j = 0; j < sizeof(row); j++)
			CU_ASSERT_EQUAL(workshop_send(&d, commands[j]),
			    row[j] == i || row[j] == 3 ? SW_OK : SW_SECURITY);
	}
}

static void
what_cannot_be_saved_is_not_there(void)
{
	static const char *const changes[] = {
		"00DC0104(0909)", "00DD0104(54(00)53(09))", "00D20104(0909)", "00E20000(0909)",
	};

	workshop_new(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, CYCLIC), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00E20000(0000)"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, SELECT_FID("4101")), SW_OK);
	d.fault = DECK_REFUSES;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		d.fail_at = d.saves + 1;
		CU_ASSERT_EQUAL(workshop_send(&d, changes[i]), SW_MEMORY);
		CU_ASSERT_EQUAL(workshop_send(&d, "00B2000400"), SW_NO_RECORD);
		CU_ASSERT_EQUAL(workshop_send(&d, "00B2010500"), SW_OK);
		CU_ASSERT_EQUAL(d.rsp_n, 2);
		SAME(d.rsp, "\0\0", 2);
	}
	/* Nor does it come with what is saved later. */
	d.fail_at = 0;
	CU_ASSERT_EQUAL(workshop_send(&d, "00E20000(0707)"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00B2010500"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 4);
	SAME(d.rsp, "\7\7\0\0", 4);
	d.fail_at = d.saves + 1;
	CU_ASSERT_EQUAL(workshop_send(&d, "00E20000(0808)"), SW_MEMORY);
	d.fail_at = 0;
	CU_ASSERT_EQUAL(workshop_send(&d, "00DC0204(0909)"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00B2010500"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 4);
	SAME(d.rsp, "\7\7\x09\x09", 4);
}

/* A short answer has 256 bytes. */
static void
many_records_are_fetched_by_get_response(void)
{
	workshop_new(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE("82(0201000364) 83(4101)" OPEN)), SW_OK);
	for (unsigned i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(workshop_send(&d, "00E20000(010203)"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00B2010500"), SW_MORE | 44);
	CU_ASSERT_EQUAL(d.rsp_n, 256);
	CU_ASSERT_EQUAL(workshop_send(&d, "00C000002C"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 44);
	SAME(d.rsp + 41, "\1\2\3", 3);
	CU_ASSERT_EQUAL(workshop_send(&d, "00E20000(010203)"), SW_NO_ROOM);
}

/* Records of two bytes at most, as an image might have them. */
static const struct {
	const char *why;
	uint8_t kind;
	uint16_t size, records_max, records, newest;
	uint8_t content[6];
	int r;
} images[] = {
	{ "variable", FILE_VARIABLE, 6, 0, 3, 0, { 1, 7, 1, 7, 1, 7 }, 0 },
	{ "one without a byte", FILE_VARIABLE, 6, 0, 3, 0, { 1, 7, 0, 1, 7, 0 }, ERR_ARG },
	{ "one too long", FILE_VARIABLE, 6, 0, 2, 0, { 3, 7, 7, 7, 1, 7 }, ERR_ARG },
	{ "over the end", FILE_VARIABLE, 6, 0, 3, 0, { 1, 7, 1, 7, 2, 7 }, ERR_ARG },
	{ "behind the end", FILE_VARIABLE, 6, 0, 3, 0, { 2, 7, 7, 2, 7, 7 }, ERR_ARG },
	{ "variable ones counted", FILE_VARIABLE, 6, 3, 1, 0, { 1, 7 }, ERR_ARG },
	{ "variable ones in a ring", FILE_VARIABLE, 6, 0, 1, 1, { 1, 7 }, ERR_ARG },
	{ "variable ones in a byte", FILE_VARIABLE, 1, 0, 0, 0, { 0 }, ERR_ARG },
	{ "fixed", FILE_FIXED, 6, 3, 3, 0, { 0 }, 0 },
	{ "more than there may be", FILE_FIXED, 6, 3, 4, 0, { 0 }, ERR_ARG },
	{ "another size", FILE_FIXED, 7, 3, 3, 0, { 0 }, ERR_ARG },
	{ "room for 255", FILE_FIXED, 510, 255, 1, 0, { 0 }, ERR_ARG },
	{ "fixed ones in a ring", FILE_FIXED, 6, 3, 3, 1, { 0 }, ERR_ARG },
	{ "cyclic", FILE_CYCLIC, 6, 3, 3, 2, { 0 }, 0 },
	{ "the newest outside", FILE_CYCLIC, 6, 3, 3, 3, { 0 }, ERR_ARG },
};

static void
records_stay_within_their_file(void)
{
	struct card_file f = { .life = LIFE_ACTIVATED, .record = 2 };
	static uint8_t image[CARD_IMAGE_MAX];
	struct card_data *next = &d.card.next;
	struct wr wr;
	uint16_t i;

	deck_new(&d);
	for (size_t at = 0; at < sizeof(images) / sizeof(images[0]); at++) {
		*next = d.card.data;
		f.kind = images[at].kind;
		f.fid = 0x4999;
		f.size = images[at].size;
		f.records_max = images[at].records_max;
		f.records = images[at].records;
		f.newest = images[at].newest;
		i = files_add(next, &f);
		memcpy(files_content(next, i), images[at].content, f.size < 6 ? f.size : 6);
		/* Bytes of another file behind it could be a record. */
		f = (struct card_file){ .kind = FILE_EF, .life = LIFE_ACTIVATED, .fid = 0x499a,
		    .size = 6 };
		memset(files_content(next, files_add(next, &f)), 1, 6);
		f = (struct card_file){ .life = LIFE_ACTIVATED, .record = 2 };
		wr_init(&wr, image, sizeof(image));
		if (card_data_encode(next, &wr) != images[at].r)
			CU_FAIL(images[at].why);
	}
}

static void
variable_records_are_254_and_leave_nothing_where_they_were(void)
{
	const struct card_file f = { .kind = FILE_VARIABLE, .life = LIFE_ACTIVATED, .fid = 0x4999,
	    .record = 3, .size = 600 };
	static uint8_t image[CARD_IMAGE_MAX];
	struct card_data *next = &d.card.next;
	struct wr wr;
	uint16_t i;

	deck_new(&d);
	*next = d.card.data;
	i = files_add(next, &f);
	OK(records_append(next, i, (const uint8_t *)"abc", 3));
	OK(records_replace(next, i, 1, (const uint8_t *)"d", 1));
	SAME(files_bytes(next, i), "\x01" "d\0\0", 4);
	CU_ASSERT_EQUAL(records_replace(next, i, 0, (const uint8_t *)"d", 1), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(records_replace(next, i, 2, (const uint8_t *)"d", 1), ERR_NOT_FOUND);
	for (unsigned n = 1; n < 254; n++)
		OK(records_append(next, i, (const uint8_t *)"e", 1));
	CU_ASSERT_EQUAL(records_append(next, i, (const uint8_t *)"e", 1), ERR_FULL);
	wr_init(&wr, image, sizeof(image));
	OK(card_data_encode(next, &wr));
	files_content(next, i)[2 * 254] = 1;
	next->file[i].records++;
	CU_ASSERT_EQUAL(card_data_encode(next, &wr), ERR_ARG);
}

static void
of_another_file_no_record_is_current(void)
{
	static const struct deck_step v[] = {
		{ CREATE("82(0201000104) 83(4101) 88(08)" OPEN), SW_OK, "" },
		{ "00E20000(AA)", SW_OK, "" },
		{ CREATE("82(0201000104) 83(4102) 88(10)" OPEN), SW_OK, "" },
		{ "00E20000(BB)", SW_OK, "" },
		{ "00B2000400", SW_OK, "BB" },
		{ "00B2000C00", SW_NO_RECORD, "" },
		{ "00B2010C00", SW_OK, "AA" },
		{ "00B2001400", SW_NO_RECORD, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static const struct sentence sentences[] = {
	SENTENCE(linear_records_are_numbered_as_they_come),
	SENTENCE(of_a_cyclic_file_the_newest_is_number_one),
	SENTENCE(variable_records_grow_and_shrink_within_their_file),
	SENTENCE(records_are_updated_whole_or_in_part),
	SENTENCE(writing_a_record_goes_by_the_data_coding_byte),
	SENTENCE(appending_and_finding_make_a_record_current),
	SENTENCE(a_search_tells_the_numbers_of_records_with_the_string),
	SENTENCE(records_are_named_by_number_only),
	SENTENCE(each_way_to_change_asks_for_its_own_rule),
	SENTENCE(what_cannot_be_saved_is_not_there),
	SENTENCE(many_records_are_fetched_by_get_response),
	SENTENCE(records_stay_within_their_file),
	SENTENCE(variable_records_are_254_and_leave_nothing_where_they_were),
	SENTENCE(of_another_file_no_record_is_current),
};

SUITE("card_records", sentences)
