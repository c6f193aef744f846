#include <string.h>

#include "card-os/os/files.h"
#include "card-os/os/pins.h"
#include "tests/unit/suite.h"
#include "tests/unit/workshop.h"

static struct deck d;

#define PLAY(table) workshop_play(&d, table, sizeof(table) / sizeof((table)[0]))

/* A PIN 82 of 4 to 6 digits, its PUK 83 of 6 to 8, and an EF that asks for the PIN. */
#define PIN(rules) CREATE("82(09) 83(5082) A5(83(82) 90(0406030383))" rules)
#define PUK(rules) CREATE("82(09) 83(5083) A5(83(83) 90(0608050500))" rules)
#define FIRST "86(24000000FFFF 44000000FFFF 04000000FFFF E4000000FFFF)"
#define RIGHT "00200082(31323334)"
#define WRONG "00200082(39393939)"
#define RIGHT_PUK "36353433323130"

static const struct deck_step with_puk[] = {
	{ PIN(FIRST), SW_OK, "" },
	{ PUK(FIRST), SW_OK, "" },
	{ "00240182(31323334)", SW_OK, "" },
	{ "00240183(" RIGHT_PUK ")", SW_OK, "" },
	{ CREATE("80(0001) 82(01) 83(4101) 86(B00100000082)"), SW_OK, "" },
};

static const struct deck_step block[] = {
	{ WRONG, SW_COUNTER | 2, "" },
	{ WRONG, SW_COUNTER | 1, "" },
	{ WRONG, SW_COUNTER | 0, "" },
	{ RIGHT, SW_BLOCKED, "" },
};

static void
start(void)
{
	workshop_new(&d);
	PLAY(with_puk);
}

static void
a_new_pin_has_no_value_until_its_rule_gives_it_one(void)
{
	static const struct deck_step v[] = {
		{ PIN("86(24000000FFFF)"), SW_OK, "" },
		{ "00A40804(5A025A105082)00", SW_OK, "62(8002 0038 820109 83025082 8A0105"
		    "86(A4000000FFFF 24000000FFFF) A5(83(82) 90(0406030383)))" },
		{ "00200082", SW_NOT_USABLE, "" },
		{ RIGHT, SW_NOT_USABLE, "" },
		{ "00240082(3132333431323334)", SW_NOT_USABLE, "" },
		{ "002C0282(31323334)", SW_NOT_USABLE, "" },
		{ "00260082(31323334)", SW_NOT_USABLE, "" },
		{ "00240182(313233)", SW_LENGTH, "" },
		{ "00240182(3132333A)", SW_DATA, "" },
		{ "00240182(31323334353637)", SW_LENGTH, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ "00200082", SW_COUNTER | 3, "" },
		/* From then on it takes who knows it. */
		{ "00240182(34333231)", SW_SECURITY, "" },
		{ RIGHT, SW_OK, "" },
		{ "00240182(34333231)", SW_OK, "" },
		{ "00B0000000", SW_NOT_TRANSPARENT, "" },
		{ PUK("86(240100000082)"), SW_OK, "" },
		{ WRONG, SW_COUNTER | 2, "" },
		{ "00240183(" RIGHT_PUK ")", SW_SECURITY, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
the_puk_unblocks_and_brings_a_new_pin(void)
{
	static const struct deck_step v[] = {
		{ "002C0082(" RIGHT_PUK "3535353535)", SW_OK, "" },
		/* Nobody has verified anything by that. */
		{ "00200082", SW_COUNTER | 3, "" },
		{ "00200083", SW_COUNTER | 5, "" },
		{ "00B0000000", SW_SECURITY, "" },
		{ RIGHT, SW_COUNTER | 2, "" },
		{ "00200082(3535353535)", SW_OK, "" },
		{ "00B0000000", SW_OK, "00" },
		/* Who had verified the old one has not verified the new one. */
		{ "002C0082(" RIGHT_PUK "31323334)", SW_OK, "" },
		{ "00B0000000", SW_SECURITY, "" },
		{ RIGHT, SW_OK, "" },
	};

	start();
	PLAY(block);
	PLAY(v);
	deck_reload(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, WORKSHOP), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, RIGHT), SW_OK);
}

static void
the_puk_alone_gives_the_tries_back(void)
{
	static const struct deck_step v[] = {
		{ "002C0182(" RIGHT_PUK ")", SW_OK, "" },
		{ "00200082", SW_COUNTER | 3, "" },
		{ RIGHT, SW_OK, "" },
	};

	start();
	PLAY(block);
	PLAY(v);
}

static void
who_has_verified_the_puk_need_not_say_it_again(void)
{
	static const struct deck_step v[] = {
		{ "002C0282(35353535)", SW_SECURITY, "" },
		{ "002C0382", SW_SECURITY, "" },
		{ "00200083(" RIGHT_PUK ")", SW_OK, "" },
		{ "002C0382", SW_OK, "" },
		{ RIGHT, SW_OK, "" },
		{ "002C0282(35353535)", SW_OK, "" },
		{ "00B0000000", SW_SECURITY, "" },
		{ RIGHT, SW_COUNTER | 2, "" },
		{ "00200082(35353535)", SW_OK, "" },
		{ "002C0282(353535)", SW_LENGTH, "" },
		{ "002C0282(35353535353535)", SW_LENGTH, "" },
		{ "002C0282(3535353A)", SW_DATA, "" },
		{ "002C0282", SW_LENGTH, "" },
		{ "002C0382(35353535)", SW_LENGTH, "" },
		{ "00B0000000", SW_OK, "00" },
		{ "00200083(39393939393939)", SW_COUNTER | 4, "" },
		{ "002C0382", SW_SECURITY, "" },
	};

	start();
	PLAY(block);
	PLAY(v);
}

static void
a_wrong_puk_costs_one_of_its_tries(void)
{
	static const struct deck_step v[] = {
		{ "002C0082(3939393939393931323334)", SW_COUNTER | 4, "" },
		{ "002C0182(39393939393939)", SW_COUNTER | 3, "" },
		{ "00200083", SW_COUNTER | 3, "" },
		/* What can be no PUK costs nothing. */
		{ "002C0082(363534333231303132)", SW_LENGTH, "" },
		{ "002C0082(363534333231303132333435363738)", SW_LENGTH, "" },
		{ "002C0082(3A353433323130 31323334)", SW_DATA, "" },
		{ "002C0182(3635343332)", SW_LENGTH, "" },
		{ "002C0182(363534333231303132)", SW_LENGTH, "" },
		{ "002C0182(2F353433323130)", SW_DATA, "" },
		{ "00200083", SW_COUNTER | 3, "" },
		/* That the new PIN is too short is told to who knows the PUK. */
		{ "002C0082(39393939393939313233)", SW_COUNTER | 2, "" },
		{ "002C0082(" RIGHT_PUK "313233)", SW_DATA, "" },
		{ "00200083", SW_COUNTER | 5, "" },
		{ "00200082", SW_BLOCKED, "" },
		{ "002C0082(" RIGHT_PUK "31323334353637)", SW_DATA, "" },
		{ "002C0082(" RIGHT_PUK "3132333435363738)", SW_LENGTH, "" },
		{ "002C0182(39393939393939)", SW_COUNTER | 4, "" },
		{ "002C0182(39393939393939)", SW_COUNTER | 3, "" },
		{ "002C0182(39393939393939)", SW_COUNTER | 2, "" },
		{ "002C0182(39393939393939)", SW_COUNTER | 1, "" },
		{ "002C0182(39393939393939)", SW_COUNTER | 0, "" },
		{ "002C0182(" RIGHT_PUK ")", SW_BLOCKED, "" },
		{ "002C0082(" RIGHT_PUK "31323334)", SW_BLOCKED, "" },
		{ "002C0382", SW_BLOCKED, "" },
		{ RIGHT, SW_BLOCKED, "" },
	};

	start();
	PLAY(block);
	PLAY(v);
}

/* A PUK of as many digits as can come with a new PIN: nothing is left for that. */
static void
a_puk_that_takes_all_the_digits_leaves_no_pin(void)
{
	static const struct deck_step v[] = {
		{ CREATE("82(09) 83(5082) A5(83(82) 90(0204030383))" FIRST), SW_OK, "" },
		{ CREATE("82(09) 83(5083) A5(83(83) 90(0208050500))" FIRST), SW_OK, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ "00240183(3132333435363738)", SW_OK, "" },
		{ "002C0082(3132333435363738)", SW_DATA, "" },
		{ "002C0082(31323334)", SW_COUNTER | 4, "" },
		{ "00200082", SW_COUNTER | 3, "" },
		{ RIGHT, SW_OK, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
what_has_no_puk_stays_blocked(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SHARE, SW_OK, "" },
		{ "002C0081(313233343536313233343536)", SW_NO_FUNCTION, "" },
		{ "002C0181(313233343536)", SW_NO_FUNCTION, "" },
		{ "002C0281(313233343536)", SW_NO_FUNCTION, "" },
		{ "002C0381", SW_NO_FUNCTION, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "002C0381", SW_NO_FUNCTION, "" },
		{ VERIFY_WRONG, SW_COUNTER | 2, "" },
		{ VERIFY_WRONG, SW_COUNTER | 1, "" },
		{ VERIFY_WRONG, SW_COUNTER | 0, "" },
		{ "002C0181(313233343536)", SW_NO_FUNCTION, "" },
		{ "002C0381", SW_NO_FUNCTION, "" },
		{ VERIFY_RIGHT, SW_BLOCKED, "" },
		{ "002C0382", SW_NO_REFERENCE, "" },
		{ "002C0481", SW_P1P2, "" },
		{ "002C038100", SW_LENGTH, "" },
		{ "102C0081(31)", SW_NO_CHAINING, "" },
	};

	deck_new(&d);
	PLAY(v);
}

static void
the_puk_has_to_be_there_and_in_use(void)
{
	static const struct deck_step v[] = {
		{ PIN(FIRST), SW_OK, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ "002C0382", SW_NO_REFERENCE, "" },
		{ PUK(FIRST), SW_OK, "" },
		{ "002C0382", SW_NOT_USABLE, "" },
		{ "00240183(" RIGHT_PUK ")", SW_OK, "" },
		{ "00040000", SW_OK, "" },
		{ "002C0182(" RIGHT_PUK ")", SW_CONDITIONS, "" },
		{ "00440000", SW_OK, "" },
		{ "00040000(5082)", SW_OK, "" },
		{ "002C0182(" RIGHT_PUK ")", SW_CONDITIONS, "" },
		{ "00440000(5082)", SW_OK, "" },
		{ "002C0182(" RIGHT_PUK ")", SW_OK, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
a_pin_can_be_disabled_by_who_knows_it(void)
{
	static const struct deck_step v[] = {
		{ "00260082(39393939)", SW_COUNTER | 2, "" },
		{ "00B0000000", SW_SECURITY, "" },
		{ "00260082(31323334)", SW_OK, "" },
		{ "00200082", SW_OK, "" },
		{ WORKSHOP, SW_OK, "" },
		{ "00A4000C", SW_OK, "" },
		{ WORKSHOP, SW_OK, "" },
		{ SELECT_FID("4101"), SW_OK, "" },
		{ "00B0000000", SW_OK, "00" },
		/* Enabled again, it was shown by who enabled it. */
		{ "00280182", SW_SECURITY, "" },
		{ "00280082(39393939)", SW_COUNTER | 2, "" },
		{ "00280082(31323334)", SW_OK, "" },
		{ "00B0000000", SW_OK, "00" },
		{ "00A4000C", SW_OK, "" },
		{ WORKSHOP, SW_OK, "" },
		{ SELECT_FID("4101"), SW_OK, "" },
		{ "00B0000000", SW_SECURITY, "" },
		{ "00260182", SW_SECURITY, "" },
		{ RIGHT, SW_OK, "" },
		{ "00260182", SW_OK, "" },
		{ "00280182", SW_OK, "" },
		{ "00260182(31323334)", SW_LENGTH, "" },
		{ "00260082", SW_LENGTH, "" },
		{ "00260082(313233)", SW_LENGTH, "" },
		{ "00260082(31323334353637)", SW_LENGTH, "" },
		{ "00260082(3132333A)", SW_DATA, "" },
		{ "00260282", SW_P1P2, "" },
		{ "0026018200", SW_LENGTH, "" },
		{ "00260184", SW_NO_REFERENCE, "" },
		{ "00200082", SW_OK, "" },
		{ "10260082(31)", SW_NO_CHAINING, "" },
		{ "10280082(31)", SW_NO_CHAINING, "" },
	};

	start();
	PLAY(v);
	deck_reload(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, WORKSHOP), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00200082"), SW_COUNTER | 3);
}

static void
a_blocked_pin_is_neither_disabled_nor_enabled(void)
{
	static const struct deck_step v[] = {
		{ "00260082(31323334)", SW_BLOCKED, "" },
		{ "00280082(31323334)", SW_BLOCKED, "" },
		{ "00260182", SW_BLOCKED, "" },
	};

	start();
	PLAY(block);
	PLAY(v);
}

static void
disabling_and_enabling_ask_for_their_rules(void)
{
	static const struct deck_step v[] = {
		{ PIN("86(24000000FFFF 04000000FFFF)"), SW_OK, "" },
		{ "00240182(31323334)", SW_OK, "" },
		{ "00280082(31323334)", SW_SECURITY, "" },
		{ "00260082(31323334)", SW_OK, "" },
		{ "00280082(39393939)", SW_SECURITY, "" },
		{ "00280182", SW_SECURITY, "" },
		{ WORKSHOP, SW_OK, "" },
		{ CREATE("82(09) 83(5084) A5(83(84) 90(0406030300)) 86(24000000FFFF 44000000FFFF)"),
		    SW_OK, "" },
		{ "00240184(31323334)", SW_OK, "" },
		{ "00260084(31323334)", SW_SECURITY, "" },
		{ "00280084(31323334)", SW_OK, "" },
		/* Those of the factory have none. */
		{ SELECT_SHARE, SW_OK, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "00260081(313233343536)", SW_SECURITY, "" },
		{ "00260181", SW_SECURITY, "" },
		{ "00280081(313233343536)", SW_SECURITY, "" },
		{ "00260081(313131313131)", SW_SECURITY, "" },
		{ "00200081", SW_OK, "" },
		{ "00CA018100", SW_OK, "81030301" },
	};

	workshop_new(&d);
	PLAY(v);
}

/* The PIN of that reference as it is on the disk. */
static struct pin
on_disk(uint8_t ref)
{
	static struct card_data disk;
	struct pin pin = { 0 };
	uint16_t i = 0;

	deck_disk(&d, &disk);
	while (i < disk.files_n && (disk.file[i].kind != FILE_PIN || disk.file[i].ref != ref))
		i++;
	CU_ASSERT_FATAL(i < disk.files_n);
	pin_get(&disk, i, &pin);
	return pin;
}

static unsigned
tries(uint8_t ref)
{
	return on_disk(ref).tries;
}

/* A factory may give PINs a value and a PUK; who brings a new one makes it his. */
static void
a_new_pin_is_not_the_factorys(void)
{
	struct pin pin;
	struct wr wr;

	for (int with = 0; with < 2; with++) {
		start();
		d.card.next = d.card.data;
		pin_get(&d.card.next, pin_meant(&d.card.data, d.card.df, 0x82), &pin);
		pin.factory = 1;
		pin_put(&d.card.next, pin_meant(&d.card.data, d.card.df, 0x82), &pin);
		wr_init(&wr, d.disk, sizeof(d.disk));
		OK(card_data_encode(&d.card.next, &wr));
		d.n = wr.n;
		deck_reload(&d);
		CU_ASSERT_EQUAL(workshop_send(&d, WORKSHOP), SW_OK);
		CU_ASSERT_EQUAL(workshop_send(&d, with ? "002C0082(" RIGHT_PUK "31323334)" :
		    "002C0182(" RIGHT_PUK ")"), SW_OK);
		CU_ASSERT_EQUAL(on_disk(0x82).factory, !with);
	}
}

static void
what_cannot_be_saved_is_not_done(void)
{
	static const struct deck_step v[] = {
		{ "002C0382", SW_OK, "" },
		{ "00200083", SW_OK, "" },
		{ RIGHT, SW_OK, "" },
	};

	start();
	PLAY(block);
	CU_ASSERT_EQUAL(workshop_send(&d, "00200083(" RIGHT_PUK ")"), SW_OK);
	d.fault = DECK_REFUSES;
	d.fail_at = d.saves + 1;
	CU_ASSERT_EQUAL(workshop_send(&d, "002C0282(35353535)"), SW_MEMORY);
	CU_ASSERT_EQUAL(workshop_send(&d, "002C0382"), SW_MEMORY);
	CU_ASSERT_EQUAL(workshop_send(&d, "00200082"), SW_BLOCKED);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_DF("5A12")), SW_MEMORY);
	d.fail_at = 0;
	PLAY(v);
	CU_ASSERT_EQUAL(files_in(&d.card.data, d.card.df, 0x5a12), CARD_NO_FILE);
}

/* Each save in turn does not come about: nothing is compared that was not charged. */
static void
no_try_of_a_puk_is_free(void)
{
	static const char *const commands[] = {
		"002C0082(3939393939393931323334)", "002C0182(39393939393939)",
		"002C0082(" RIGHT_PUK "31323334)", "002C0182(" RIGHT_PUK ")",
	};
	static const enum deck_fault faults[] = { DECK_REFUSES, DECK_LOSES_POWER };

	for (size_t f = 0; f < 2; f++)
		for (size_t i = 0; i < 4; i++)
			for (unsigned n = 1; n <= (i < 2 ? 1U : 2U); n++) {
				start();
				d.fault = faults[f];
				d.fail_at = d.saves + n;
				CU_ASSERT_EQUAL(workshop_send(&d, commands[i]), SW_MEMORY);
				CU_ASSERT_EQUAL(tries(0x83), n == 1 && f == 0 ? 5 :
				    n == 1 ? 4 : f == 0 ? 4 : 5);
				deck_reload(&d);
				CU_ASSERT_EQUAL(workshop_send(&d, WORKSHOP), SW_OK);
				CU_ASSERT_EQUAL(workshop_send(&d, RIGHT), SW_OK);
			}
}

static void
no_try_of_disabling_is_free(void)
{
	start();
	d.fault = DECK_REFUSES;
	d.fail_at = d.saves + 1;
	CU_ASSERT_EQUAL(workshop_send(&d, "00260082(31323334)"), SW_MEMORY);
	CU_ASSERT_EQUAL(workshop_send(&d, "00B0000000"), SW_SECURITY);
	d.fail_at = d.saves + 2;
	CU_ASSERT_EQUAL(workshop_send(&d, "00260082(31323334)"), SW_MEMORY);
	CU_ASSERT_EQUAL(workshop_send(&d, "00B0000000"), SW_SECURITY);
	CU_ASSERT_EQUAL(tries(0x82), 2);
}

static const struct sentence sentences[] = {
	SENTENCE(a_new_pin_has_no_value_until_its_rule_gives_it_one),
	SENTENCE(the_puk_unblocks_and_brings_a_new_pin),
	SENTENCE(the_puk_alone_gives_the_tries_back),
	SENTENCE(who_has_verified_the_puk_need_not_say_it_again),
	SENTENCE(a_wrong_puk_costs_one_of_its_tries),
	SENTENCE(a_puk_that_takes_all_the_digits_leaves_no_pin),
	SENTENCE(what_has_no_puk_stays_blocked),
	SENTENCE(the_puk_has_to_be_there_and_in_use),
	SENTENCE(a_pin_can_be_disabled_by_who_knows_it),
	SENTENCE(a_blocked_pin_is_neither_disabled_nor_enabled),
	SENTENCE(disabling_and_enabling_ask_for_their_rules),
	SENTENCE(a_new_pin_is_not_the_factorys),
	SENTENCE(what_cannot_be_saved_is_not_done),
	SENTENCE(no_try_of_a_puk_is_free),
	SENTENCE(no_try_of_disabling_is_free),
};

SUITE("card_unblock", sentences)
