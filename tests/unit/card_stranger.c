#include <string.h>

#include "card-os/os/files.h"
#include "tests/unit/suite.h"
#include "tests/unit/workshop.h"

/* Whoever has the card, and no PIN, or the PIN of one application only. */

static struct deck d;

#define PLAY(table) workshop_play(&d, table, sizeof(table) / sizeof((table)[0]))

static void
a_df_that_is_being_made_takes_and_loses_nothing_of_a_stranger(void)
{
	static const struct deck_step owner[] = {
		{ SELECT_SHARE, SW_OK, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ CREATE("82(38) 83(5A11) 8A(03)"), SW_OK, "" },
		{ CREATE("82(38) 83(5A12) 8A(03)"), SW_OK, "" },
		{ CREATE("80(0001) 82(01) 83(4101)"), SW_OK, "" },
	};
	static const struct deck_step stranger[] = {
		{ "00A4080C(5A015A11)", SW_OK, "" },
		{ CREATE_EF("4102", "0001"), SW_SECURITY, "" },
		{ "00DA0040(01)", SW_SECURITY, "" },
		{ "00E40000(5A12)", SW_SECURITY, "" },
		{ SELECT_FID("5A12"), SW_OK, "" },
		{ CREATE_EF("4102", "0001"), SW_SECURITY, "" },
		{ "00E40000(4101)", SW_SECURITY, "" },
		{ "80EE0000", SW_SECURITY, "" },
	};
	static const struct deck_step again[] = {
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "00DA0040(01)", SW_OK, "" },
		{ "00E40000(4101)", SW_OK, "" },
		{ "80EE0000", SW_OK, "" },
		{ CREATE_EF("4102", "0001"), SW_SECURITY, "" },
		{ SELECT_FID("5A11"), SW_OK, "" },
		{ "00E40000(5A12)", SW_OK, "" },
	};

	deck_new(&d);
	PLAY(owner);
	deck_reload(&d);
	PLAY(stranger);
	PLAY(again);
}

/* Here a share, of which the card has nothing. */
static void
of_what_could_not_be_saved_nothing_stays_in_memory(void)
{
	static struct sm sm;

	deck_new(&d);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_SHARE), SW_OK);
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00A4020C 02 4102"), SW_OK);
	d.fail_at = d.saves + 1;
	d.fault = DECK_REFUSES;
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00D60000 04 53484152"), SW_MEMORY);
	CU_ASSERT_EQUAL(memcmp(&d.card.next, &d.card.data, sizeof(d.card.data)), 0);
	sm_close(&sm);
}

/* Bytes that are not zeros. */
static size_t
left(const uint8_t *p, size_t n)
{
	size_t some = 0;

	while (n-- > 0)
		some += *p++ != 0;
	return some;
}

static const struct {
	const char *why, *text;
	uint16_t sw;
} refused[] = {
	{ "class", "F0D60000(77)", SW_CLA },
	{ "channel", "01D60000(77)", SW_NO_CHANNEL },
	{ "chaining with secure messaging", "1CD60000(77)", SW_NO_CHAINING },
	{ "secure messaging without", "0CD60000(77)", SW_NO_SM },
	{ "instruction", "00FF0000", SW_INS },
	{ "length", "00D60000 02 77", SW_LENGTH },
	{ "a part of what has none", "10A40000(3F00)", SW_NO_CHAINING },
	{ "no header", "00D600", SW_LENGTH },
};

static void
what_is_refused_by_its_form_is_no_part_and_drops_the_others(void)
{
	uint8_t p[7 + 0x180];

	workshop_new(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4101", "0002")), SW_OK);
	memset(p, 0xaa, sizeof(p));
	memcpy(p, "\x00\xda\x00\xc1\x00\x01\x80", 7);
	CU_ASSERT_EQUAL(deck_send(&d, p, sizeof(p)), SW_OK);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		CU_ASSERT_EQUAL(workshop_send(&d, "10D60000(AAAA)"), SW_OK);
		if (workshop_send(&d, refused[i].text) != refused[i].sw || d.card.chain.n != 0 ||
		    left(d.card.chain.data, 2) != 0)
			CU_FAIL(refused[i].why);
		CU_ASSERT_EQUAL(workshop_send(&d, "00D60000(BB)"), SW_OK);
		CU_ASSERT_EQUAL(workshop_send(&d, "00B0000002"), SW_OK);
		SAME(d.rsp, "\xbb\x00", 2);
		CU_ASSERT_EQUAL(workshop_send(&d, "00CA00C100"), SW_MORE | 0x80);
		if (workshop_send(&d, refused[i].text) != refused[i].sw ||
		    left(d.card.answer, 0x80) != 0)
			CU_FAIL(refused[i].why);
		CU_ASSERT_EQUAL(workshop_send(&d, "00C0000000"), SW_CONDITIONS);
	}
}

static void
an_answer_is_wiped_as_it_is_fetched(void)
{
	uint8_t p[7 + 0x180];

	workshop_new(&d);
	memset(p, 0xaa, sizeof(p));
	memcpy(p, "\x00\xda\x00\xc1\x00\x01\x80", 7);
	CU_ASSERT_EQUAL(deck_send(&d, p, sizeof(p)), SW_OK);
	memset(d.rsp, 0, sizeof(d.rsp));
	CU_ASSERT_EQUAL(workshop_send(&d, "00CA00C100"), SW_MORE | 0x80);
	/* Nor does the rest stand behind the first part. */
	CU_ASSERT_EQUAL(left(d.rsp + 256 + 2, 0x80), 0);
	CU_ASSERT_EQUAL(left(d.card.answer, 0x80), 0x80);
	CU_ASSERT_EQUAL(workshop_send(&d, "00C0000010"), SW_MORE | 0x70);
	CU_ASSERT_EQUAL(left(d.card.answer, 0x10), 0);
	CU_ASSERT_EQUAL(left(d.card.answer, 0x80), 0x70);
	/* What was asked for with another length is not kept, nor given behind the word. */
	memset(d.rsp, 0, sizeof(d.rsp));
	CU_ASSERT_EQUAL(workshop_send(&d, "00CA00C110"), SW_LENGTH);
	CU_ASSERT_EQUAL(workshop_send(&d, "00CA00C1000100"), SW_LENGTH);
	CU_ASSERT_EQUAL(left(d.rsp + 2, 0x180), 0);
	CU_ASSERT_EQUAL(left(d.card.answer, 0x80), 0);
	CU_ASSERT_EQUAL(workshop_send(&d, "00CA00C100"), SW_MORE | 0x80);
	/* Or when it never is. */
	CU_ASSERT_EQUAL(workshop_send(&d, WORKSHOP), SW_OK);
	CU_ASSERT_EQUAL(left(d.card.answer, 0x80), 0);
}

static void
parts_that_get_too_long_are_refused_and_wiped(void)
{
	static uint8_t p[7 + 40000];

	workshop_new(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4101", "0002")), SW_OK);
	memset(p, 0xaa, sizeof(p));
	memcpy(p, "\x10\xd6\x00\x00\x00\x9c\x40", 7);
	CU_ASSERT_EQUAL(deck_send(&d, p, sizeof(p)), SW_OK);
	CU_ASSERT_EQUAL(deck_send(&d, p, sizeof(p)), SW_LENGTH);
	CU_ASSERT_EQUAL(left((const uint8_t *)&d.card.chain, sizeof(d.card.chain)), 0);
	CU_ASSERT_EQUAL(workshop_send(&d, "00D60000(BB)"), SW_OK);
	/* A part may have no data, and the whole all that there can be. */
	CU_ASSERT_EQUAL(workshop_send(&d, "10D60000(CC)"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "10D60000"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00D60000"), SW_OK);
	CU_ASSERT_EQUAL(left((const uint8_t *)&d.card.chain, sizeof(d.card.chain)), 0);
	CU_ASSERT_EQUAL(workshop_send(&d, "00B0000000"), SW_OK);
	SAME(d.rsp, "\xcc\x00", 2);
}

static void
a_dfs_rules_for_its_inside_ask_for_its_own_pin(void)
{
	static const struct deck_step v[] = {
		{ CREATE("82(38) 83(5A11) 86(E0000000FFFF CA0100000082)"), SW_OK, "" },
		{ CREATE("82(09) 83(5081) A5(83(82) 90(0408030300)) 86(24000000FFFF)"), SW_OK, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ "00DA0040(07)", SW_OK, "" },
		{ "00CA004000", SW_SECURITY, "" },
		{ "00CB3FFF(5C())00", SW_SECURITY, "" },
		{ "00200082(31323334)", SW_OK, "" },
		{ "00CA004000", SW_OK, "07" },
	};

	workshop_new(&d);
	PLAY(v);
}

/* Above the MF there is nothing where they could be looked for. */
static void
the_mfs_rules_ask_for_its_own_pin(void)
{
	static const struct deck_step v[] = {
		{ CREATE("82(09) 83(5081) A5(83(82) 90(0408030300)) 86(24000000FFFF)"), SW_OK, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ "00FE0000", SW_SECURITY, "" },
		{ "00200082(31323334)", SW_OK, "" },
		{ "00FE0000", SW_OK, "" },
	};
	struct card_file *mf = &d.card.next.file[0];
	struct wr wr;

	deck_new(&d);
	d.card.next = d.card.data;
	mf->rule[OP_CREATE].needs = ACCESS_ALWAYS;
	mf->rule[OP_TERMINATE] = (struct card_rule){ ACCESS_PIN, 0x82, 0 };
	wr_init(&wr, d.disk, sizeof(d.disk));
	OK(card_data_encode(&d.card.next, &wr));
	d.n = wr.n;
	deck_reload(&d);
	PLAY(v);
}

static void
what_rests_can_be_terminated(void)
{
	static const struct deck_step v[] = {
		{ CREATE_EF("4101", "0001"), SW_OK, "" },
		{ "00040000", SW_OK, "" },
		{ "00E80000", SW_OK, "" },
		{ SELECT_FID("4101"), SW_TERMINATED, "" },
		{ "00440000", SW_CONDITIONS, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

/* Even the number of its tries. */
static void
a_first_value_that_is_none_changes_nothing(void)
{
	static const struct deck_step v[] = {
		{ CREATE("82(09) 83(5081) A5(83(82) 90(0408010300)) 86(24000000FFFF)"), SW_OK, "" },
		{ "00240182(3132333A)", SW_DATA, "" },
		{ "00200082", SW_NOT_USABLE, "" },
		{ "00A40004(5081)00", SW_OK, "62(80(0038) 82(09) 83(5081) 8A(05) "
		    "86(A4000000FFFF 24000000FFFF) A5(83(82) 90(0408010300)))" },
	};
	unsigned saves;

	workshop_new(&d);
	PLAY(v);
	saves = d.saves;
	CU_ASSERT_EQUAL(workshop_send(&d, "00240182(3132333A)"), SW_DATA);
	CU_ASSERT_EQUAL(d.saves, saves);
}

static void
a_disabled_pin_is_told_to_be_verified_whoever_asks(void)
{
	static const struct deck_step v[] = {
		{ CREATE("82(09) 83(5081) A5(83(82) 90(0408030300)) "
		    "86(24000000FFFF 04000000FFFF)"), SW_OK, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ "00200082", SW_COUNTER | 3, "" },
		{ "00260082(31323334)", SW_OK, "" },
		{ "00A4000C", SW_OK, "" },
		{ WORKSHOP, SW_OK, "" },
		{ "00200082", SW_OK, "" },
		{ "00240182(34333231)", SW_SECURITY, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

/* The PIN is longer than all that was sent; the rest of it stands behind that by chance. */
static void
a_change_compares_no_more_than_was_sent(void)
{
	uint8_t p[] = "\x00\x24\x00\x81\x0c" "1234567890123456";

	deck_new(&d);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_SHARE), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00240081(313233343536 31323334353637383930313233343536)"),
	    SW_OK);
	CU_ASSERT_EQUAL(deck_send(&d, p, 5 + 12), SW_COUNTER | 2);
	p[4] = 16;
	CU_ASSERT_EQUAL(deck_send(&d, p, 5 + 16), SW_DATA);
	CU_ASSERT_EQUAL(deck_hex(&d, "00200081"), SW_COUNTER | 3);
}

static void
a_challenge_is_wiped_when_power_goes(void)
{
	deck_new(&d);
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000020"), SW_OK);
	CU_ASSERT_NOT_EQUAL(left(d.card.challenge, sizeof(d.card.challenge)), 0);
	card_power_down(&d.card);
	CU_ASSERT_EQUAL(left(d.card.challenge, sizeof(d.card.challenge)), 0);
}

static void
a_new_file_is_zeros_whatever_stood_in_its_place(void)
{
	const struct card_file f = {
		.kind = FILE_EF, .life = LIFE_ACTIVATED, .fid = 0x4999, .size = 4,
	};
	uint16_t i;

	deck_new(&d);
	d.card.next = d.card.data;
	memset(d.card.next.space + d.card.next.space_n, 0xaa, 8);
	i = files_add(&d.card.next, &f);
	CU_ASSERT_NOT_EQUAL_FATAL(i, CARD_NO_FILE);
	CU_ASSERT_EQUAL(left(files_bytes(&d.card.next, i), 4), 0);
}

static void
what_is_deleted_leaves_nothing_in_the_space(void)
{
	static const struct deck_step v[] = {
		{ CREATE_EF("4101", "0004"), SW_OK, "" },
		{ "00D60000(AAAAAAAA)", SW_OK, "" },
		{ "00E40000", SW_OK, "" },
		{ "00DA0040(BBBBBBBB)", SW_OK, "" },
		{ "00DA0040", SW_OK, "" },
	};
	const struct card_data *data = &d.card.data;

	workshop_new(&d);
	PLAY(v);
	CU_ASSERT_EQUAL(left(data->space + data->space_n, CARD_SPACE - data->space_n), 0);
}

/* Nothing makes such a PIN; an image might have it. */
static void
a_reference_without_b8_means_no_pin_of_an_application(void)
{
	struct card_file f = {
		.kind = FILE_PIN, .life = LIFE_ACTIVATED, .fid = 0x4999, .ref = 2,
	};
	uint16_t i;

	workshop_new(&d);
	f.parent = d.card.df;
	i = files_add(&d.card.data, &f);
	CU_ASSERT_EQUAL(files_nearest(&d.card.data, d.card.df, FILE_PIN, 2), CARD_NO_FILE);
	d.card.data.file[i].parent = 0;
	CU_ASSERT_EQUAL(files_nearest(&d.card.data, d.card.df, FILE_PIN, 2), i);
}

static const struct sentence sentences[] = {
	SENTENCE(of_what_could_not_be_saved_nothing_stays_in_memory),
	SENTENCE(what_is_refused_by_its_form_is_no_part_and_drops_the_others),
	SENTENCE(an_answer_is_wiped_as_it_is_fetched),
	SENTENCE(parts_that_get_too_long_are_refused_and_wiped),
	SENTENCE(a_dfs_rules_for_its_inside_ask_for_its_own_pin),
	SENTENCE(the_mfs_rules_ask_for_its_own_pin),
	SENTENCE(what_rests_can_be_terminated),
	SENTENCE(a_first_value_that_is_none_changes_nothing),
	SENTENCE(a_change_compares_no_more_than_was_sent),
	SENTENCE(a_challenge_is_wiped_when_power_goes),
	SENTENCE(a_new_file_is_zeros_whatever_stood_in_its_place),
	SENTENCE(what_is_deleted_leaves_nothing_in_the_space),
	SENTENCE(a_reference_without_b8_means_no_pin_of_an_application),
	SENTENCE(a_disabled_pin_is_told_to_be_verified_whoever_asks),
	SENTENCE(a_df_that_is_being_made_takes_and_loses_nothing_of_a_stranger),
};

SUITE("card_stranger", sentences)
