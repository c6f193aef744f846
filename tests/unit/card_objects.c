#include <stdio.h>
#include <string.h>

#include "card-os/os/files.h"
#include "tests/unit/suite.h"
#include "tests/unit/workshop.h"

static struct deck d;

#define PLAY(table) workshop_play(&d, table, sizeof(table) / sizeof((table)[0]))

static void
an_object_is_kept_replaced_and_taken_away(void)
{
	static const struct deck_step v[] = {
		{ "00CA00C000", SW_NO_REFERENCE, "" },
		{ "00DA00C0", SW_NO_REFERENCE, "" },
		{ "00DA00C0(010203)", SW_OK, "" },
		{ "00CA00C000", SW_OK, "010203" },
		{ "00CA00C003", SW_OK, "010203" },
		{ "00CA00C002", SW_LE | 3, "" },
		{ "00DA5F20(AA)", SW_OK, "" },
		{ "00DA00C0(0405)", SW_OK, "" },
		{ "00DA0200(11)", SW_OK, "" },
		{ "00DA02FF(22)", SW_OK, "" },
		{ "00CA00C000", SW_OK, "0405" },
		{ "00CA5F2000", SW_OK, "AA" },
		{ "00CA020000", SW_OK, "11" },
		{ "00CA02FF00", SW_OK, "22" },
		{ "00DA00C0", SW_OK, "" },
		{ "00CA00C000", SW_NO_REFERENCE, "" },
		{ "00CA5F2000", SW_OK, "AA" },
		/* It is the DF's; in another there is none, and no EF is called like it. */
		{ SELECT_FID("5F20"), SW_NO_FILE, "" },
		{ "00B15F20(54(00))00", SW_NO_FILE, "" },
		{ CREATE_EF("5F20", "0001"), SW_OK, "" },
		{ "00CA5F2000", SW_OK, "AA" },
		{ "00A4080C(5A02)", SW_OK, "" },
		{ "00CA5F2000", SW_NO_REFERENCE, "" },
	};
	static const struct deck_step after[] = {
		{ WORKSHOP, SW_OK, "" },
		{ "00CA5F2000", SW_OK, "AA" },
	};

	workshop_new(&d);
	PLAY(v);
	deck_reload(&d);
	PLAY(after);
}

static void
what_is_no_tag_names_no_object(void)
{
	static const uint16_t tags[] = {
		0x0000, 0x003f, 0x005f, 0x00ff, 0x0100, 0x0181, 0x0300, 0x3fff, 0x4000, 0x5e20,
		0x5f1e, 0x5f80, 0x5fff, 0xffff,
	};
	static const uint16_t right[] = { 0x0040, 0x00fe, 0x5f1f, 0x5f7f, 0xdf20, 0xff7f };
	char text[40];

	workshop_new(&d);
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		snprintf(text, sizeof(text), "00DA%04X(00)", tags[i]);
		CU_ASSERT_EQUAL(workshop_send(&d, text), SW_P1P2);
	}
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		snprintf(text, sizeof(text), "00DA%04X(00)", right[i]);
		CU_ASSERT_EQUAL(workshop_send(&d, text), SW_OK);
	}
}

static void
lists_of_tags_fetch_whole_objects(void)
{
	static const struct deck_step v[] = {
		{ "00CB3FFF(5C())00", SW_NO_REFERENCE, "" },
		{ "00DA00C0(010203)", SW_OK, "" },
		{ "00DA0201(77)", SW_OK, "" },
		{ "00DA5F20(AA)", SW_OK, "" },
		{ "00CB3FFF(5C(C0))00", SW_OK, "C0(010203)" },
		{ "00CB3FFF(5C(5F20C0))00", SW_OK, "5F20(AA) C0(010203)" },
		{ "00CB3FFF(5C())00", SW_OK, "C0(010203) 5F20(AA)" },
		{ "00CB3FFF(5C(C0))04", SW_LE | 5, "" },
		{ "00CB3FFF(5C(C1))00", SW_NO_REFERENCE, "" },
		{ "00CB3FFF(5C(C0C1))00", SW_NO_REFERENCE, "" },
		{ "00CB3FFF(5C(0201))00", SW_DATA, "" },
		{ "00CB3FFF(5C(C05F))00", SW_DATA, "" },
		{ "00CB3FFF(5C(5F80))00", SW_DATA, "" },
		{ "00CB3FFF(5D(C0))00", SW_DATA, "" },
		{ "00CB3FFF(5C(C0)5C(C0))00", SW_DATA, "" },
		{ "00CB3FFF(5C02C0)00", SW_DATA, "" },
		{ "00CB3FFF00", SW_LENGTH, "" },
		{ "00CB3FFF(5C())", SW_LENGTH, "" },
		{ "00CB0000(5C())00", SW_P1P2, "" },
		{ "00CB3FFE(5C())00", SW_P1P2, "" },
		{ "10CB3FFF(5C01)", SW_OK, "" },
		{ "00CB3FFF(C0)00", SW_OK, "C0(010203)" },
	};

	workshop_new(&d);
	PLAY(v);
}

/* The same tag many times: what is asked for is longer than any answer. */
static void
a_list_that_asks_for_too_much_is_refused(void)
{
	static uint8_t p[7 + 60000];
	struct wr wr;

	workshop_new(&d);
	wr_init(&wr, p, sizeof(p));
	wr_bytes(&wr, "\0\xda\0\xc0\0\x0f\0", 7);
	wr_zero(&wr, 0xf00);
	CU_ASSERT_EQUAL(deck_send(&d, p, wr.n), SW_OK);
	wr_init(&wr, p, sizeof(p));
	wr_bytes(&wr, "\0\xcb\x3f\xff\0\0\x13\x5c\x11", 9);
	for (int i = 0; i < 17; i++)
		wr_u8(&wr, 0xc0);
	wr_u16(&wr, 0);
	CU_ASSERT_EQUAL(deck_send(&d, p, wr.n), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 17 * (0xf00 + 4));
	wr_init(&wr, p, sizeof(p));
	wr_bytes(&wr, "\0\xcb\x3f\xff\0\0\x14\x5c\x12", 9);
	for (int i = 0; i < 18; i++)
		wr_u8(&wr, 0xc0);
	wr_u16(&wr, 0);
	CU_ASSERT_EQUAL(deck_send(&d, p, wr.n), SW_LENGTH);
	CU_ASSERT_EQUAL(d.rsp_n, 0);
}

static void
objects_are_read_and_written_by_the_rules_of_their_df(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SLOT, SW_OK, "" },
		{ "00DA00C0(01)", SW_SECURITY, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "00DA00C0(01)", SW_OK, "" },
		{ CREATE("82(38) 83(5A11) 86(CA0100000081 E0000000FFFF)"), SW_OK, "" },
		{ "00DA00C0(02)", SW_OK, "" },
		{ "00CA00C000", SW_OK, "02" },
		{ "00CA018100", SW_OK, NULL },
		{ "00A4000C", SW_OK, "" },
		{ SELECT_SLOT, SW_OK, "" },
		{ "00CA00C000", SW_OK, "01" },
		{ "00DA00C0", SW_SECURITY, "" },
		{ SELECT_FID("5A11"), SW_OK, "" },
		{ "00CA00C000", SW_SECURITY, "" },
		{ "00CA00C100", SW_SECURITY, "" },
		{ "00CB3FFF(5C(C0))00", SW_SECURITY, "" },
		{ "00CA018100", SW_OK, "81030301" },
	};

	deck_new(&d);
	PLAY(v);
}

static void
long_objects_come_and_go_in_parts(void)
{
	char text[600];
	size_t n;

	workshop_new(&d);
	n = (size_t)snprintf(text, sizeof(text), "10DA00C0C8");
	memset(text + n, '5', 400);
	text[n + 400] = '\0';
	CU_ASSERT_EQUAL(workshop_send(&d, text), SW_OK);
	text[0] = '0';
	CU_ASSERT_EQUAL(workshop_send(&d, text), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00CA00C000"), SW_MORE | 144);
	CU_ASSERT_EQUAL(workshop_send(&d, "00C0000090"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 144);
	CU_ASSERT_EQUAL(workshop_send(&d, "00CA00C0000190"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 400);
	CU_ASSERT_EQUAL(workshop_send(&d, "00CA00C000018F"), SW_LENGTH);
	CU_ASSERT_EQUAL(workshop_send(&d, "00DA00C0(01)00"), SW_LENGTH);
	CU_ASSERT_EQUAL(workshop_send(&d, "00CA00C0(01)00"), SW_LENGTH);
	CU_ASSERT_EQUAL(workshop_send(&d, "00CA00C0"), SW_LENGTH);
}

static void
objects_share_the_room_of_the_card(void)
{
	static uint8_t p[7 + APDU_NC_MAX];
	size_t room;
	struct wr wr;

	workshop_new(&d);
	room = files_room(&d.card.data) - CREDENTIAL_ROOM;
	for (int more = 1; more >= 0; more--) {
		wr_init(&wr, p, sizeof(p));
		wr_bytes(&wr, "\0\xda\0\xc0\0", 5);
		wr_u16(&wr, (uint16_t)(room + (size_t)more));
		wr_zero(&wr, room + (size_t)more);
		CU_ASSERT_EQUAL(deck_send(&d, p, wr.n), more ? SW_NO_ROOM : SW_OK);
	}
	CU_ASSERT_EQUAL(workshop_send(&d, "00DA00C1(01)"), SW_NO_ROOM);
	CU_ASSERT_EQUAL(workshop_send(&d, "00DA00C0(01)"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00DA00C1(01)"), SW_OK);
	deck_reload(&d);
}

static void
what_cannot_be_saved_is_not_there(void)
{
	static const char *const changes[] = { "00DA00C0(02)", "00DA00C0", "00DA00C1(02)" };

	workshop_new(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, "00DA00C0(01)"), SW_OK);
	d.fault = DECK_REFUSES;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		d.fail_at = d.saves + 1;
		CU_ASSERT_EQUAL(workshop_send(&d, changes[i]), SW_MEMORY);
		CU_ASSERT_EQUAL(workshop_send(&d, "00CB3FFF(5C())00"), SW_OK);
		SAME(d.rsp, "\xc0\1\1", 3);
		CU_ASSERT_EQUAL(d.rsp_n, 3);
	}
	/* Nor does it come with what is saved later. */
	d.fail_at = 0;
	CU_ASSERT_EQUAL(workshop_send(&d, "00DA00C2(03)"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00CB3FFF(5C())00"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 6);
	SAME(d.rsp, "\xc0\1\1\xc2\1\3", 6);
}

static const struct sentence sentences[] = {
	SENTENCE(an_object_is_kept_replaced_and_taken_away),
	SENTENCE(what_is_no_tag_names_no_object),
	SENTENCE(lists_of_tags_fetch_whole_objects),
	SENTENCE(a_list_that_asks_for_too_much_is_refused),
	SENTENCE(objects_are_read_and_written_by_the_rules_of_their_df),
	SENTENCE(long_objects_come_and_go_in_parts),
	SENTENCE(objects_share_the_room_of_the_card),
	SENTENCE(what_cannot_be_saved_is_not_there),
};

SUITE("card_objects", sentences)
