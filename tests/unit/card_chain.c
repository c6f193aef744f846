#include <string.h>

#include "tests/unit/keyring.h"
#include "tests/unit/suite.h"
#include "tests/unit/workshop.h"

static struct deck d;

#define PLAY(table) workshop_play(&d, table, sizeof(table) / sizeof((table)[0]))

static void
a_chain_that_gets_too_long_is_dropped(void)
{
	static uint8_t part[7 + APDU_NC_MAX] = { 0x10, INS_UPDATE_BINARY, 0, 0, 0, 0xff, 0xff };
	static const struct deck_step after[] = {
		/* Not the end of the chain, but a command of its own. */
		{ "00D60000(01)", SW_OK, "" },
		{ "00B0000004", SW_OK, "01000000" },
	};

	workshop_new(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4101", "0010")), SW_OK);
	CU_ASSERT_EQUAL(deck_send(&d, part, sizeof(part)), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "10D60000(02)"), SW_LENGTH);
	PLAY(after);
}

static void
get_response_gives_what_is_left_and_nothing_twice(void)
{
	static const struct deck_step v[] = {
		{ "00C0000000", SW_CONDITIONS, "" },
		{ CREATE_EF("4101", "0104"), SW_OK, "" },
		/* What is read short has nothing left behind. */
		{ "00B0000000", SW_OK, NULL },
		{ "00C0000004", SW_CONDITIONS, "" },
		{ SELECT_RING, SW_OK, "" },
		{ "00468000(B603840191)00", SW_MORE | 14, NULL },
		{ "00C0010000", SW_P1P2, "" },
		{ "00C00000", SW_LENGTH, "" },
		{ "00C00000(00)00", SW_LENGTH, "" },
		{ "00C0000004", SW_MORE | 10, NULL },
		{ "00C0000000", SW_OK, NULL },
		{ "00C0000000", SW_CONDITIONS, "" },
		/* Another command in between, and it is gone. */
		{ "00468100(B603840191)00", SW_MORE | 14, NULL },
		{ "0084000008", SW_OK, NULL },
		{ "00C0000000", SW_CONDITIONS, "" },
	};

	keyring_new(&d);
	workshop_play(&d, v, 1);
	workshop_play(&d, v + 4, sizeof(v) / sizeof(v[0]) - 4);
	workshop_new(&d);
	workshop_play(&d, v, 4);
}

static void
the_parameters_of_records_and_keys_are_told(void)
{
	static const struct deck_step records[] = {
		{ CREATE("80(0018) 82(02410008) 83(4102)" OPEN), SW_OK, "" },
		{ "00E20000(0102030405060708)", SW_OK, "" },
		{ "00A40204(4102)00", SW_OK, NULL },
	};
	/* Bytes of a record 0008, records 0001. */
	static const uint8_t descriptor[] = { 0x82, 0x06, 0x02, 0x41, 0x00, 0x08, 0x00, 0x01 };
	static const uint8_t key[] = { 0xa5, 0x06, 0x83, 0x01, 0x94, 0x91, 0x01, 0x04 };

	workshop_new(&d);
	PLAY(records);
	CU_ASSERT_PTR_NOT_NULL(memmem(d.rsp, d.rsp_n, descriptor, sizeof(descriptor)));
	keyring_new(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, "00A40204(5114)00"), SW_OK);
	CU_ASSERT_PTR_NOT_NULL(memmem(d.rsp, d.rsp_n, key, sizeof(key)));
}

static const struct sentence sentences[] = {
	SENTENCE(a_chain_that_gets_too_long_is_dropped),
	SENTENCE(get_response_gives_what_is_left_and_nothing_twice),
	SENTENCE(the_parameters_of_records_and_keys_are_told),
};

SUITE("card_chain", sentences)
