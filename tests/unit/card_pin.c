#include <string.h>

#include "card-os/os/files.h"
#include "card-os/os/pins.h"
#include "tests/unit/deck.h"
#include "tests/unit/suite.h"

static struct deck d;
static struct card_data disk;

#define PLAY(table) deck_play(&d, table, sizeof(table) / sizeof((table)[0]))

static const struct deck_step pins[] = {
	{ "00200081", SW_NO_REFERENCE, "" },
	{ VERIFY_RIGHT, SW_NO_REFERENCE, "" },
	{ STATE, SW_NO_REFERENCE, "" },
	{ SELECT_SHARE, SW_OK, "" },
	{ STATE, SW_OK, "81030301" },
	{ "00200081", SW_COUNTER | 3, "" },
	{ VERIFY_WRONG, SW_COUNTER | 2, "" },
	{ "00200081", SW_COUNTER | 2, "" },
	{ STATE, SW_OK, "81020301" },
	{ VERIFY_RIGHT, SW_OK, "" },
	{ STATE, SW_OK, "81030301" },
	{ "00200081", SW_OK, "" },
	{ VERIFY_WRONG, SW_COUNTER | 2, "" },
	{ "00200081", SW_COUNTER | 2, "" },
	/* What cannot be a PIN costs nothing. */
	{ "00200081 05 3132333435", SW_LENGTH, "" },
	{ "00200081 11 3132333435363738393031323334353637", SW_LENGTH, "" },
	{ "00200081 06 31323334353A", SW_DATA, "" },
	{ "00200081 06 2F3233343536", SW_DATA, "" },
	{ "00200081 08 313233343536FFFF", SW_DATA, "" },
	{ "00200082 06 313233343536", SW_NO_REFERENCE, "" },
	{ "00200001 06 313233343536", SW_NO_REFERENCE, "" },
	{ "00200181 06 313233343536", SW_P1P2, "" },
	{ "0020008106 313233343536 00", SW_LENGTH, "" },
	{ STATE, SW_OK, "81020301" },
	{ "00CA018103", SW_LE | 4, "" },
	{ "00CA0181", SW_LENGTH, "" },
	{ "00CA018204", SW_NO_REFERENCE, "" },
	{ VERIFY_WRONG, SW_COUNTER | 1, "" },
	{ VERIFY_WRONG, SW_COUNTER | 0, "" },
	{ VERIFY_WRONG, SW_BLOCKED, "" },
	{ VERIFY_RIGHT, SW_BLOCKED, "" },
	{ "00200081", SW_BLOCKED, "" },
	{ "0024008106 313233343536", SW_BLOCKED, "" },
	{ STATE, SW_OK, "81000301" },
	/* The other application goes on. */
	{ SELECT_SLOT, SW_OK, "" },
	{ STATE, SW_OK, "81030301" },
	{ VERIFY_RIGHT, SW_OK, "" },
	{ SELECT_SHARE, SW_OK, "" },
	{ VERIFY_RIGHT, SW_BLOCKED, "" },
};

static void
a_wrong_pin_costs_one_try_and_the_third_blocks(void)
{
	deck_new(&d);
	PLAY(pins);
}

static void
a_blocked_pin_stays_blocked(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SHARE, SW_OK, "" },
		{ VERIFY_RIGHT, SW_BLOCKED, "" },
		{ STATE, SW_OK, "81000301" },
	};

	deck_new(&d);
	PLAY(pins);
	deck_reload(&d);
	PLAY(v);
}

static void
leaving_the_application_forgets_its_pin(void)
{
	static const char *const ways_out[] = {
		SELECT_SLOT, "00A4000C", "00A4030C", "00A4080C022F00", "00A4000C025A02", NULL,
	};
	static const char *const ways_in[] = {
		SELECT_SHARE, "00A4020C024102", "00A4080C045A014101", "00A4000C025A01", NULL,
	};
	uint8_t atr[ATR_MAX];

	for (size_t i = 0; ways_out[i] != NULL; i++) {
		deck_new(&d);
		deck_hex(&d, SELECT_SHARE);
		CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
		for (size_t j = 0; ways_in[j] != NULL; j++) {
			CU_ASSERT_EQUAL(deck_hex(&d, ways_in[j]), SW_OK);
			CU_ASSERT_EQUAL(deck_hex(&d, "00200081"), SW_OK);
		}
		CU_ASSERT_EQUAL(deck_hex(&d, ways_out[i]), SW_OK);
		CU_ASSERT_EQUAL(deck_hex(&d, SELECT_SHARE), SW_OK);
		CU_ASSERT_EQUAL(deck_hex(&d, "00200081"), SW_COUNTER | 3);
	}
	deck_hex(&d, VERIFY_RIGHT);
	card_power_up(&d.card, atr);
	CU_ASSERT_EQUAL(deck_hex(&d, "00200081"), SW_NO_REFERENCE);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_SHARE), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "00200081"), SW_COUNTER | 3);
	deck_hex(&d, VERIFY_RIGHT);
	card_power_down(&d.card);
	card_power_up(&d.card, atr);
	deck_hex(&d, SELECT_SHARE);
	CU_ASSERT_EQUAL(deck_hex(&d, "00200081"), SW_COUNTER | 3);
}

#define OLD "313233343536"
#define NEW "363534333231"
#define CHANGE "00240081 0C" OLD NEW
#define VERIFY_NEW "00200081 06" NEW

static void
a_change_takes_old_and_new_together(void)
{
	static const struct deck_step v[] = {
		{ CHANGE, SW_NO_REFERENCE, "" },
		{ SELECT_SHARE, SW_OK, "" },
		{ "00240081 0C" NEW OLD, SW_COUNTER | 2, "" },
		{ STATE, SW_OK, "81020301" },
		{ CHANGE, SW_OK, "" },
		{ STATE, SW_OK, "81030300" },
		{ "00200081", SW_OK, "" },
		{ VERIFY_RIGHT, SW_COUNTER | 2, "" },
		{ VERIFY_NEW, SW_OK, "" },
		/* The other application's PIN is its own. */
		{ SELECT_SLOT, SW_OK, "" },
		{ STATE, SW_OK, "81030301" },
		{ VERIFY_RIGHT, SW_OK, "" },
	};
	static const struct deck_step after[] = {
		{ SELECT_SHARE, SW_OK, "" },
		{ STATE, SW_OK, "81030300" },
		{ VERIFY_NEW, SW_OK, "" },
	};

	deck_new(&d);
	PLAY(v);
	deck_reload(&d);
	PLAY(after);
}

static void
pins_of_every_length_are_told_apart(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SHARE, SW_OK, "" },
		/* 6 digits to 16, to 9, to 6. */
		{ "00240081 16" OLD "31323334353637383930313233343536", SW_OK, "" },
		{ VERIFY_RIGHT, SW_COUNTER | 2, "" },
		{ "00200081 0F 313233343536373839303132333435", SW_COUNTER | 1, "" },
		{ "00200081 10 31323334353637383930313233343536", SW_OK, "" },
		{ "00240081 19 31323334353637383930313233343536 393939393939393939", SW_OK, "" },
		{ "00240081 0F 393939393939393939" NEW, SW_OK, "" },
		{ VERIFY_NEW, SW_OK, "" },
		{ STATE, SW_OK, "81030300" },
	};

	deck_new(&d);
	PLAY(v);
}

static void
a_change_that_cannot_be_is_refused(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SHARE, SW_OK, "" },
		/* Seen from outside: no try is charged. */
		{ "00240281 0C" OLD NEW, SW_P1P2, "" },
		{ "00240082 0C" OLD NEW, SW_NO_REFERENCE, "" },
		{ "00240081", SW_LENGTH, "" },
		{ "00240081 0C" OLD NEW "00", SW_LENGTH, "" },
		{ "00240081 0B" OLD "3635343332", SW_LENGTH, "" },
		{ "00240081 21" OLD NEW "303030303030303030303030303030303030303030", SW_LENGTH, "" },
		{ "00240081 0C" OLD "36353433323A", SW_DATA, "" },
		{ "00240081 0C 2F3233343536" NEW, SW_DATA, "" },
		{ "00240081 10" OLD NEW "FFFFFFFF", SW_DATA, "" },
		{ STATE, SW_OK, "81030301" },
		/* Too long for a new one: known only when the old one is. */
		{ "00240081 17" OLD "3132333435363738393031323334353637", SW_DATA, "" },
		{ STATE, SW_OK, "81030301" },
		{ "00200081", SW_COUNTER | 3, "" },
		{ "00240081 17 353535353535 3132333435363738393031323334353637", SW_COUNTER | 2, "" },
		{ STATE, SW_OK, "81020301" },
		{ VERIFY_RIGHT, SW_OK, "" },
	};

	deck_new(&d);
	PLAY(v);
}

static void
after_verify_the_new_pin_alone_is_enough(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SHARE, SW_OK, "" },
		{ "00240181 06" NEW, SW_SECURITY, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "00240181 05 3635343332", SW_LENGTH, "" },
		{ "00240181 11 3635343332313635343332313635343332", SW_LENGTH, "" },
		{ "00240181 06 36353433322F", SW_DATA, "" },
		{ STATE, SW_OK, "81030301" },
		{ "00240181 06" NEW, SW_OK, "" },
		{ STATE, SW_OK, "81030300" },
		{ "00200081", SW_OK, "" },
		{ VERIFY_RIGHT, SW_COUNTER | 2, "" },
		{ "00240181 06" NEW, SW_SECURITY, "" },
		{ VERIFY_NEW, SW_OK, "" },
	};

	deck_new(&d);
	PLAY(v);
}

static void
a_change_with_wrong_old_pins_blocks(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SLOT, SW_OK, "" },
		{ "00240081 0C" NEW OLD, SW_COUNTER | 2, "" },
		{ "00240081 0C" NEW OLD, SW_COUNTER | 1, "" },
		{ "00240081 0C" NEW OLD, SW_COUNTER | 0, "" },
		{ CHANGE, SW_BLOCKED, "" },
		{ "00240181 06" NEW, SW_BLOCKED, "" },
		{ VERIFY_RIGHT, SW_BLOCKED, "" },
		{ SELECT_SHARE, SW_OK, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
	};

	deck_new(&d);
	PLAY(v);
}

/* Of the backup share, as the disk has it. */
static struct pin
first_pin(void)
{
	struct pin pin;

	pin_get(&disk, files_path(&disk, 0, (const uint8_t *)"\x5a\x01\x50\x81", 4), &pin);
	return pin;
}

static unsigned
tries_on_disk(void)
{
	deck_disk(&d, &disk);
	return first_pin().tries;
}

static void
a_try_is_on_disk_before_the_answer(void)
{
	deck_new(&d);
	deck_hex(&d, SELECT_SHARE);
	for (unsigned left = 3; left-- > 0;) {
		CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_WRONG), SW_COUNTER | left);
		CU_ASSERT_EQUAL(tries_on_disk(), left);
	}
}

static void
a_try_that_cannot_be_charged_compares_nothing(void)
{
	static const char *const attempts[] = { VERIFY_RIGHT, VERIFY_WRONG, CHANGE, NULL };

	/* Right and wrong look the same, and nothing is verified. */
	for (size_t i = 0; attempts[i] != NULL; i++)
		for (int fault = DECK_REFUSES; fault <= DECK_LOSES_POWER; fault++) {
			deck_new(&d);
			deck_hex(&d, SELECT_SHARE);
			d.fail_at = d.saves + 1;
			d.fault = (enum deck_fault)fault;
			CU_ASSERT_EQUAL(deck_hex(&d, attempts[i]), SW_MEMORY);
			CU_ASSERT_EQUAL(deck_hex(&d, "00200081"), SW_COUNTER | 3);
			CU_ASSERT_EQUAL(tries_on_disk(), fault == DECK_REFUSES ? 3 : 2);
		}
}

static void
a_failing_disk_takes_the_verified_state_away(void)
{
	deck_new(&d);
	deck_hex(&d, SELECT_SHARE);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	d.fail_at = d.saves + 1;
	d.fault = DECK_REFUSES;
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_WRONG), SW_MEMORY);
	CU_ASSERT_EQUAL(deck_hex(&d, "00200081"), SW_COUNTER | 3);
}

/* Something that changes the card, told by its end: which state the disk may be in. */
static const struct torn {
	const char *what, *before, *command;
	uint16_t sw;
	unsigned tries_least;	/* on disk, whenever the plug is pulled */
	int right;		/* the command proves the PIN */
} torn[] = {
	{ "right PIN", VERIFY_WRONG, VERIFY_RIGHT, SW_OK, 1, 1 },
	{ "wrong PIN", VERIFY_WRONG, VERIFY_WRONG, SW_COUNTER | 1, 1, 0 },
	{ "change", VERIFY_WRONG, CHANGE, SW_OK, 1, 1 },
	{ "change, new PIN refused", VERIFY_WRONG,
	    "00240081 17" OLD "3132333435363738393031323334353637", SW_DATA, 1, 1 },
	{ "change, wrong old PIN", VERIFY_WRONG, "00240081 0C" NEW OLD, SW_COUNTER | 1, 1, 0 },
	{ "new PIN alone", VERIFY_RIGHT, "00240181 06" NEW, SW_OK, 3, 1 },
};

static int
verifies(const char *command)
{
	return deck_hex(&d, command) == SW_OK;
}

/* With the plug pulled at that save: 1 when the command came through before. */
static int
tear(const struct torn *t, unsigned at, enum deck_fault fault)
{
	unsigned before, after;
	uint16_t sw;

	deck_new(&d);
	deck_hex(&d, SELECT_SHARE);
	deck_hex(&d, t->before);
	before = tries_on_disk();
	d.fail_at = d.saves + at;
	d.fault = fault;
	sw = deck_hex(&d, t->command);
	if (sw != SW_MEMORY && sw != t->sw)
		CU_FAIL(t->what);
	/* A save that failed is told, and leaves nothing verified that was not. */
	if (sw == SW_MEMORY && strcmp(t->before, VERIFY_RIGHT) != 0 && verifies("00200081"))
		CU_FAIL(t->what);
	deck_reload(&d);
	after = tries_on_disk();
	if (after < t->tries_least || (!t->right && after > before))
		CU_FAIL(t->what);
	deck_hex(&d, SELECT_SHARE);
	/* Exactly one of old and new is the PIN, and the factory mark fits it. */
	if (first_pin().factory ? !verifies(VERIFY_RIGHT) : !verifies(VERIFY_NEW))
		CU_FAIL(t->what);
	return sw != SW_MEMORY;
}

static void
a_plug_pulled_at_any_save_leaves_old_or_new_and_no_free_try(void)
{
	for (size_t i = 0; i < sizeof(torn) / sizeof(torn[0]); i++)
		for (int fault = DECK_REFUSES; fault <= DECK_LOSES_POWER; fault++)
			for (unsigned at = 1; !tear(&torn[i], at, (enum deck_fault)fault); at++)
				CU_ASSERT_FATAL(at < 4);
}

static void
a_plug_pulled_while_writing_leaves_share_and_header_old_or_new(void)
{
	static uint8_t command[5 + SHARE_RECORD_LEN] = { 0, INS_UPDATE_BINARY, 0, 0, SHARE_RECORD_LEN };
	static uint8_t zero[SHARE_RECORD_LEN];
	static const uint8_t share[] = { 0x5a, 0x01, 0x41, 0x02 };
	static uint8_t p[512];
	struct apdu a;
	struct wr wr;
	struct sm sm;

	memset(command + 5, 0x5a, SHARE_RECORD_LEN);
	OK(apdu_decode(command, sizeof(command), &a));
	for (int fault = DECK_REFUSES; fault <= DECK_LOSES_POWER; fault++) {
		deck_new(&d);
		OK(deck_open_channel(&d, &sm));
		CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00A4080C045A014102"), SW_OK);
		CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
		d.fail_at = d.saves + 1;
		d.fault = (enum deck_fault)fault;
		wr_init(&wr, p, sizeof(p));
		OK(sm_command_wrap(&sm, &a, &wr));
		CU_ASSERT_EQUAL(deck_send(&d, p, wr.n), SW_MEMORY);
		CU_ASSERT_EQUAL(d.saves, d.fail_at);
		deck_disk(&d, &disk);
		SAME(files_bytes(&disk, files_path(&disk, 0, share, sizeof(share))), fault == DECK_REFUSES ? zero : command + 5, SHARE_RECORD_LEN);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(a_wrong_pin_costs_one_try_and_the_third_blocks),
	SENTENCE(a_blocked_pin_stays_blocked),
	SENTENCE(leaving_the_application_forgets_its_pin),
	SENTENCE(a_change_takes_old_and_new_together),
	SENTENCE(pins_of_every_length_are_told_apart),
	SENTENCE(a_change_that_cannot_be_is_refused),
	SENTENCE(after_verify_the_new_pin_alone_is_enough),
	SENTENCE(a_change_with_wrong_old_pins_blocks),
	SENTENCE(a_try_is_on_disk_before_the_answer),
	SENTENCE(a_try_that_cannot_be_charged_compares_nothing),
	SENTENCE(a_failing_disk_takes_the_verified_state_away),
	SENTENCE(a_plug_pulled_at_any_save_leaves_old_or_new_and_no_free_try),
	SENTENCE(a_plug_pulled_while_writing_leaves_share_and_header_old_or_new),
};

SUITE("card_pin", sentences)
