#include <string.h>

#include "card-os/os/files.h"
#include "tests/unit/suite.h"
#include "tests/unit/workshop.h"

static struct deck d;

#define PLAY(table) workshop_play(&d, table, sizeof(table) / sizeof((table)[0]))

static void
a_file_rests_until_it_is_activated_again(void)
{
	static const struct deck_step v[] = {
		{ CREATE_EF("4101", "0001"), SW_OK, "" },
		{ "00D60000(07)", SW_OK, "" },
		{ "00440000", SW_OK, "" },
		{ "00040000", SW_OK, "" },
		{ "00B0000000", SW_CONDITIONS, "" },
		{ "00D60000(08)", SW_CONDITIONS, "" },
		{ "00040000", SW_CONDITIONS, "" },
		{ WORKSHOP, SW_OK, "" },
		{ "00A40004(4101)00", SW_DEACTIVATED, NULL },
		{ "00B0000000", SW_CONDITIONS, "" },
		{ "00440000", SW_OK, "" },
		{ "00B0000000", SW_OK, "07" },
		{ SELECT_FID("4101"), SW_OK, "" },
		{ "00040000(4101)", SW_OK, "" },
		{ "00440000(4101)", SW_OK, "" },
		{ "00440000(4102)", SW_NO_FILE, "" },
		{ "00040000(4102)", SW_NO_FILE, "" },
		{ "00440100", SW_P1P2, "" },
		{ "00040001", SW_P1P2, "" },
		{ "0044000000", SW_LENGTH, "" },
		{ "0004000000", SW_LENGTH, "" },
		{ "00440000(41)", SW_LC_P1P2, "" },
		{ "00040000(4101)", SW_OK, "" },
		/* What rests can go. */
		{ "00E40000", SW_OK, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
what_is_in_a_df_that_rests_rests_too(void)
{
	static const struct deck_step v[] = {
		{ CREATE_EF("4101", "0001"), SW_OK, "" },
		{ "00DA0040(01)", SW_OK, "" },
		{ CREATE("82(09) 83(5081) A5(83(82) 90(0408030300))" OPEN), SW_OK, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ WORKSHOP, SW_OK, "" },
		{ "00040000", SW_OK, "" },
		{ SELECT_FID("4101"), SW_OK, "" },
		{ "00B0000000", SW_CONDITIONS, "" },
		{ "00440000", SW_CONDITIONS, "" },
		{ "00E40000", SW_CONDITIONS, "" },
		{ WORKSHOP, SW_DEACTIVATED, "" },
		{ "00CA004000", SW_CONDITIONS, "" },
		{ "00CB3FFF(5C())00", SW_CONDITIONS, "" },
		{ "00DA0040(02)", SW_CONDITIONS, "" },
		{ CREATE_EF("4102", "0001"), SW_CONDITIONS, "" },
		{ "00200082(31323334)", SW_CONDITIONS, "" },
		{ "00240082(3132333435363738)", SW_CONDITIONS, "" },
		{ "00440000", SW_OK, "" },
		{ "00CA004000", SW_OK, "01" },
		{ "00200082(31323334)", SW_OK, "" },
	};

	workshop_new(&d);
	PLAY(v);
	deck_reload(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, WORKSHOP), SW_OK);
}

static void
activating_a_df_ends_its_making(void)
{
	static const struct deck_step v[] = {
		{ CREATE("82(38) 83(5A11) 8A(03) 86(44000000FFFF 04000000FFFF)"), SW_OK, "" },
		{ CREATE_EF("4101", "0001"), SW_OK, "" },
		{ "00A4080C(5A025A105A11)", SW_OK, "" },
		{ "00440000", SW_OK, "" },
		{ CREATE_EF("4102", "0001"), SW_SECURITY, "" },
		{ "80EE0000", SW_CONDITIONS, "" },
		/* And who put it to rest does not make it again. */
		{ "00040000", SW_OK, "" },
		{ "80EE0000", SW_CONDITIONS, "" },
		{ "00440000", SW_OK, "" },
		{ CREATE_EF("4102", "0001"), SW_SECURITY, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
a_df_in_a_resting_one_cannot_be_made_permanent(void)
{
	static const struct deck_step v[] = {
		{ CREATE("82(38) 83(5A11) 8A(03)"), SW_OK, "" },
		{ WORKSHOP, SW_OK, "" },
		{ "00040000", SW_OK, "" },
		{ SELECT_FID("5A11"), SW_OK, "" },
		{ "80EE0000", SW_CONDITIONS, "" },
		{ WORKSHOP, SW_DEACTIVATED, "" },
		{ "00440000", SW_OK, "" },
		{ SELECT_FID("5A11"), SW_OK, "" },
		{ "80EE0000", SW_OK, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
what_is_terminated_never_comes_back(void)
{
	static const struct deck_step v[] = {
		{ CREATE_EF("4101", "0001"), SW_OK, "" },
		{ "00E60000(4101)", SW_NO_FILE, "" },
		{ "00E80000(5A10)", SW_NO_FILE, "" },
		{ "00E80000", SW_OK, "" },
		{ "00B0000000", SW_CONDITIONS, "" },
		{ "00440000", SW_CONDITIONS, "" },
		{ "00040000", SW_CONDITIONS, "" },
		{ "00E80000", SW_CONDITIONS, "" },
		{ SELECT_FID("4101"), SW_TERMINATED, "" },
		{ "00E40000", SW_OK, "" },
		{ "00E80000", SW_NO_EF, "" },
		{ CREATE_EF("4101", "0001"), SW_OK, "" },
		/* Without data that is the DF, not the EF. */
		{ "00E60000", SW_OK, "" },
		{ "00B0000000", SW_CONDITIONS, "" },
		{ WORKSHOP, SW_TERMINATED, "" },
		{ CREATE_EF("4102", "0001"), SW_CONDITIONS, "" },
		{ "00440000", SW_CONDITIONS, "" },
		{ "00E40000(4101)", SW_CONDITIONS, "" },
		{ "00A4030C", SW_OK, "" },
		{ "00E60000(5A10)", SW_CONDITIONS, "" },
		{ "00E40000(5A10)", SW_OK, "" },
		{ "00E60000(5A02)", SW_SECURITY, "" },
		{ "00E60000(5A)", SW_LC_P1P2, "" },
		{ "00E60100", SW_P1P2, "" },
		{ "00E60001", SW_P1P2, "" },
		{ "00E80100", SW_P1P2, "" },
		{ "00E6000000", SW_LENGTH, "" },
		{ "00E80000(4101)", SW_SECURITY, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
the_factory_lets_nobody_terminate_its_card(void)
{
	static const struct deck_step v[] = {
		{ "00FE0000", SW_SECURITY, "" },
		{ "00E60000", SW_CONDITIONS, "" },
		{ "00040000", SW_SECURITY, "" },
		{ "00440000", SW_SECURITY, "" },
		{ "00FE0100", SW_P1P2, "" },
		{ "00FE0000(3F00)", SW_LENGTH, "" },
		{ "00FE000000", SW_LENGTH, "" },
	};

	deck_new(&d);
	PLAY(v);
}

/* A card that was made with that rule. */
static void
a_card_that_was_terminated_reads_nothing_any_more(void)
{
	static const struct deck_step v[] = {
		{ "00E60000", SW_CONDITIONS, "" },
		{ "00FE0000", SW_OK, "" },
		{ "00FE0000", SW_CONDITIONS, "" },
		{ "00A4000C", SW_TERMINATED, "" },
		{ "00A4080C(2F02)", SW_OK, "" },
		{ "00B0000000", SW_CONDITIONS, "" },
		{ SELECT_SLOT, SW_OK, "" },
		{ VERIFY_RIGHT, SW_CONDITIONS, "" },
	};
	struct wr wr;

	deck_new(&d);
	d.card.next = d.card.data;
	d.card.next.file[0].rule[OP_TERMINATE].needs = ACCESS_ALWAYS;
	wr_init(&wr, d.disk, sizeof(d.disk));
	OK(card_data_encode(&d.card.next, &wr));
	d.n = wr.n;
	deck_reload(&d);
	PLAY(v);
	deck_reload(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, "00A4000C"), SW_TERMINATED);
}

static void
each_change_of_life_asks_for_its_own_rule(void)
{
	static const struct deck_step v[] = {
		{ CREATE("80(0001) 82(01) 83(4101) 86(04000000FFFF)"), SW_OK, "" },
		{ "00440000", SW_SECURITY, "" },
		{ "00E80000", SW_SECURITY, "" },
		{ "00E40000", SW_SECURITY, "" },
		{ "00040000", SW_OK, "" },
		{ "00440000", SW_SECURITY, "" },
		{ CREATE("80(0001) 82(01) 83(4102) 86(44000000FFFF)"), SW_OK, "" },
		{ "00440000", SW_OK, "" },
		{ "00040000", SW_SECURITY, "" },
		{ CREATE("80(0001) 82(01) 83(4103) 86(E4000000FFFF)"), SW_OK, "" },
		{ "00E80000", SW_SECURITY, "" },
		{ "00E40000", SW_OK, "" },
		{ CREATE("80(0001) 82(01) 83(4103) 86(E8000000FFFF)"), SW_OK, "" },
		{ "00E40000", SW_SECURITY, "" },
		{ "00E80000", SW_OK, "" },
		{ CREATE("82(38) 83(5A11) 86(E6000000FFFF)"), SW_OK, "" },
		{ "00E40000", SW_SECURITY, "" },
		{ "00E60000", SW_OK, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

/* A PIN at rest was shown by nobody, whatever was before. */
static void
a_pin_that_rests_opens_nothing(void)
{
	static const struct deck_step v[] = {
		{ CREATE("82(09) 83(5081) A5(83(82) 90(0408030300))" OPEN), SW_OK, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ "00200082(31323334)", SW_OK, "" },
		{ CREATE("80(0001) 82(01) 83(4101) 86(B00100000082)"), SW_OK, "" },
		{ "00B0000000", SW_OK, "00" },
		{ "00040000(5081)", SW_OK, "" },
		{ "00B0000000", SW_SECURITY, "" },
		{ "00200082", SW_CONDITIONS, "" },
		{ "00440000(5081)", SW_OK, "" },
		{ "00B0000000", SW_SECURITY, "" },
		{ "00260082(31323334)", SW_OK, "" },
		{ "00B0000000", SW_OK, "00" },
		{ "00040000(5081)", SW_OK, "" },
		{ "00B0000000", SW_SECURITY, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
what_cannot_be_saved_is_not_done(void)
{
	static const char *const changes[] = { "00040000", "00E80000", "00E60000" };

	workshop_new(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4101", "0002")), SW_OK);
	d.fault = DECK_REFUSES;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		d.fail_at = d.saves + 1;
		CU_ASSERT_EQUAL(workshop_send(&d, changes[i]), SW_MEMORY);
		CU_ASSERT_EQUAL(workshop_send(&d, "00B0000002"), SW_OK);
	}
	/* Nor does it come with what is saved later. */
	d.fail_at = d.saves + 1;
	CU_ASSERT_EQUAL(workshop_send(&d, "00D60000(09)"), SW_MEMORY);
	d.fail_at = 0;
	CU_ASSERT_EQUAL(workshop_send(&d, "00040000"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00440000"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00B0000001"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp[0], 0);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE("82(38) 83(5A11) 8A(03)")), SW_OK);
	d.fail_at = d.saves + 1;
	CU_ASSERT_EQUAL(workshop_send(&d, "80EE0000"), SW_MEMORY);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4101", "0001")), SW_MEMORY);
	d.fail_at = 0;
	CU_ASSERT_EQUAL(workshop_send(&d, "80EE0000"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "80AA020000"), SW_NO_FILE);
}

static const struct sentence sentences[] = {
	SENTENCE(a_file_rests_until_it_is_activated_again),
	SENTENCE(what_is_in_a_df_that_rests_rests_too),
	SENTENCE(activating_a_df_ends_its_making),
	SENTENCE(a_df_in_a_resting_one_cannot_be_made_permanent),
	SENTENCE(what_is_terminated_never_comes_back),
	SENTENCE(the_factory_lets_nobody_terminate_its_card),
	SENTENCE(a_card_that_was_terminated_reads_nothing_any_more),
	SENTENCE(each_change_of_life_asks_for_its_own_rule),
	SENTENCE(a_pin_that_rests_opens_nothing),
	SENTENCE(what_cannot_be_saved_is_not_done),
};

SUITE("card_life", sentences)
