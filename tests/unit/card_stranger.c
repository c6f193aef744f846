#include <string.h>

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

static const struct sentence sentences[] = {
	SENTENCE(of_what_could_not_be_saved_nothing_stays_in_memory),
	SENTENCE(a_df_that_is_being_made_takes_and_loses_nothing_of_a_stranger),
};

SUITE("card_stranger", sentences)
