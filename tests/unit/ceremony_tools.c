#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/ceremony_harm.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))
#define CARD(line) line "/press OK/Cancel", "Please wait/", "Enter PIN/", "Please wait/"

static const uint8_t states[] = {
	HSM_FACTORY, HSM_INSTALLING, HSM_OPERATIONAL, HSM_INCONSISTENT,
};

static const char *const tools[] = {
	"share-verify", "share-info", "share-copy", "share-pin", "user-verify", "user-info", "user-pin",
};

/* The HSM's side of it: state, set, what is written. */
static void
every_tool_works_in_every_state_and_changes_none(void)
{
	struct rig *from = harm_with_users(1), *g = rig_new();
	struct hsm_status before;
	size_t i, j;

	for (i = 0; i < LEN(states); i++) {
		for (j = 0; j < LEN(tools); j++) {
			rig_calm(g);
			rig_copy(g, from);
			g->new_pin = "7654321";
			before = g->journal.status;
			if (strncmp(tools[j], "user", 4) == 0)
				rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 4);
			g->journal.status.state = before.state = states[i];
			/* Who is installing has had no daemon to settle it. */
			g->unsettled = 1;
			if (rig_run(g, tools[j], 0, 0) != 0) {
				printf("    %s: %s\n", tools[j], g->result.message);
				CU_FAIL("a tool does not work");
			}
			SAME(&before, &g->journal.status, sizeof(before));
			CU_ASSERT_EQUAL(g->journal.broken, 0);
		}
	}
	rig_free(g);
	rig_free(from);
}

/* Verifying a share. ----------------------------------------------------------------------------- */

static void
a_share_of_another_hsm_is_named(void)
{
	struct rig *g = harm_installed();

	(void)snprintf(g->journal.status.set.head.label, LABEL_MAX, "other");
	CU_ASSERT_EQUAL(rig_run(g, "share-verify", 0, 0), ERR_SHARE_HSM);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "of the HSM `rig`"));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "LIVE"));
	CU_ASSERT_EQUAL(rig_count(g, "Enter PIN"), 0);
	rig_free(g);
}

static void
a_share_of_another_set_is_named(void)
{
	struct rig *g = harm_installed();
	char set[16];

	(void)snprintf(set, sizeof(set), "%02x%02x%02x%02x", g->journal.status.set.head.set[0],
	    g->journal.status.set.head.set[1], g->journal.status.set.head.set[2],
	    g->journal.status.set.head.set[3]);
	g->journal.status.set.head.set[0] ^= 1;
	CU_ASSERT_EQUAL(rig_run(g, "share-verify", 0, 0), ERR_SHARE_SET);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, set));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "share 1 of 3"));
	rig_free(g);
}

static void
a_share_of_a_rehearsal_is_named(void)
{
	struct rig *g = harm_installed();

	g->journal.status.set.head.mode = SHARE_TEST;
	CU_ASSERT_EQUAL(rig_run(g, "share-verify", 0, 0), ERR_SHARE_TEST);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "LIVE"));
	/* Where there is no set it is the HSM's own kind that counts. */
	g->journal.status.have_set = 0;
	g->mode = SHARE_TEST;
	CU_ASSERT_EQUAL(rig_run(g, "share-verify", 0, 0), ERR_SHARE_TEST);
	g->mode = SHARE_LIVE;
	OK(rig_run(g, "share-verify", 0, 0));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "is undamaged"));
	rig_free(g);
}

static void
an_hsm_without_a_set_finds_a_damaged_share(void)
{
	struct rig *g = harm_installed();
	size_t at = SHARE_HEADER_LEN;

	g->journal.status.have_set = 0;
	rig_forge(g, 1, harm_flip_share, &at);
	CU_ASSERT_EQUAL(rig_run(g, "share-verify", 0, 0), ERR_SHARE_DAMAGED);
	CU_ASSERT_EQUAL(rig_run(g, "share-copy", 0, 0), ERR_SHARE_DAMAGED);
	CU_ASSERT_EQUAL(rig_count(g, "Target card"), 0);
	rig_free(g);
}

/* Copying. --------------------------------------------------------------------------------------- */

static void
a_share_is_copied_and_the_copy_serves(void)
{
	static const char *const texts[] = { CARD("Source card"), CARD("Target card") };
	struct rig *g = harm_installed();
	uint8_t a[SHARE_RECORD_LEN], b[SHARE_RECORD_LEN];

	OK(rig_run(g, "share-copy", 0, 0));
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	rig_share_of(g, 1, a);
	rig_share_of(g, 4, b);
	SAME(a, b, sizeof(a));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "share 1 of 3 was copied from card"));
	CU_ASSERT_EQUAL(g->result.head.x, 1);
	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 4);
	OK(rig_run(g, "share-verify", 0, 0));
	rig_free(g);
}

/* SPEC 4: from card 2 to card 3 makes a "2 of 2"; and it is read as card 2 is. */
static void
a_share_of_the_same_set_is_overwritten_without_asking(void)
{
	struct rig *g = harm_installed();

	g->source = 2;
	g->target = 3;
	OK(rig_run(g, "share-copy", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Overwrite"), 0);
	g->journal.status.state = HSM_INCONSISTENT;
	g->journal.status.committed = 0;
	/* Card 3, then card 2, which is the same share, then card 1. */
	g->first_reader = 3;
	rig_quirk(g, "Insert 2. card", 1, RIG_INSERT, NULL, 2);
	rig_quirk(g, "Insert 2. card", 2, RIG_INSERT, NULL, 1);
	OK(rig_run(g, "resume", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Same card again"), 1);
	rig_free(g);
}

static void
a_share_of_another_live_set_is_lost_only_by_a_second_ok(void)
{
	struct rig *g = harm_installed(), *other = harm_installed();
	uint8_t before[SHARE_RECORD_LEN], after[SHARE_RECORD_LEN];

	rig_factory_reset(other);
	rig_fresh_cards(other);
	rig_quirk(other, "Insert 1. card", 1, RIG_INSERT, NULL, 4);
	other->first_reader = 2;
	OK(rig_run(other, "install", 2, 3));
	rig_take(other);
	g->card[3] = other->card[3];
	rig_share_of(g, 4, before);
	rig_quirk(g, "Overwrite", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "share-copy", 0, 0), ERR_CANCELLED);
	rig_share_of(g, 4, after);
	SAME(before, after, sizeof(before));
	rig_calm(g);
	OK(rig_run(g, "share-copy", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Overwrite"), 1);
	/* As a source it is of another set. */
	rig_take(g);
	g->card[3] = other->card[3];
	g->source = 4;
	CU_ASSERT_EQUAL(rig_run(g, "share-copy", 0, 0), ERR_SHARE_SET);
	CU_ASSERT_EQUAL(rig_count(g, "Enter PIN"), 0);
	rig_free(g);
	rig_free(other);
}

static void
a_copy_that_comes_back_as_another_is_told(void)
{
	struct rig *g = harm_installed();

	g->after = 1;
	g->wear_at = 1;
	g->wear_byte = SHARE_HEADER_LEN;
	CU_ASSERT_EQUAL(rig_run(g, "share-copy", 0, 0), ERR_SHARE_DAMAGED);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "step prove"));
	rig_free(g);
}

static const struct {
	const char *why, *at;
	unsigned nth;
	enum rig_do what;
	const char *keys;
	unsigned card;
	const char *outcome, *again;
	unsigned times;
} mistakes[] = {
	{ "the same card", "Target card", 1, RIG_KEYS, "o", 0, "Same card again", "Target card", 2 },
	{ "no share", "Source card", 1, RIG_INSERT, NULL, 5, "Wrong card", "Source card", 2 },
	{ "a foreign one", "Target card", 1, RIG_INSERT, NULL, RIG_CARDS_MAX, "Foreign card",
	    "Target card", 2 },
	{ "none", "Source card", 1, RIG_TAKE, NULL, 0, "No card", "Source card", 2 },
	{ "a wrong PIN", "Enter PIN", 2, RIG_KEYS, "999999o", 0, "Wrong PIN 2 left", "Enter PIN", 3 },
};

static void
a_mistake_in_a_copy_is_asked_again(void)
{
	struct rig *from = harm_installed(), *g = rig_new();
	size_t i;

	for (i = 0; i < LEN(mistakes); i++) {
		rig_calm(g);
		rig_copy(g, from);
		rig_quirk(g, mistakes[i].at, mistakes[i].nth, mistakes[i].what, mistakes[i].keys,
		    mistakes[i].card);
		if (rig_run(g, "share-copy", 0, 0) != 0 ||
		    rig_count(g, mistakes[i].outcome) != 1 ||
		    rig_count(g, mistakes[i].again) != mistakes[i].times) {
			printf("    %s: %s\n", mistakes[i].why, g->result.message);
			CU_FAIL("a mistake was not mended");
		}
	}
	rig_free(g);
	rig_free(from);
}

/* PINs. ------------------------------------------------------------------------------------------ */

static const struct {
	const char *tool, *asks;
} pins[] = { { "share-pin", "Share PIN" }, { "user-pin", "User PIN" } };

/* Each leaves the other alone. */
static void
a_pin_is_changed_at_the_pad(void)
{
	struct rig *g = harm_with_users(1);
	size_t i;

	for (i = 0; i < LEN(pins); i++) {
		const char *const texts[] = {
			i == 0 ? "Share PIN/press OK/Cancel" : "User PIN/press OK/Cancel",
			"Please wait/", "Enter old PIN/", "Enter new PIN/", "Repeat new PIN/",
			"Please wait/",
		};

		rig_quirk(g, pins[i].asks, 1, RIG_INSERT, NULL, 4);
		OK(rig_run(g, pins[i].tool, 0, 0));
		CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
		CU_ASSERT_FALSE(g->result.pin.factory);
		CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "is another one now"));
		CU_ASSERT(i == 0 || (g->result.slot == 7 && g->result.seat == 1));
		CU_ASSERT_STRING_EQUAL(i == 0 ? g->card[3].pin : g->card[3].user_pin, "7654321");
		rig_calm(g);
		rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 4);
		OK(rig_run(g, "user-info", 0, 0));
		CU_ASSERT_EQUAL(g->result.pin.factory, i == 0);
		OK(rig_run(g, "share-info", 0, 0));
		CU_ASSERT_FALSE(g->result.pin.factory);
		rig_calm(g);
	}
	OK(rig_activate(g, 7));
	rig_free(g);
}

static const struct {
	const char *why, *keys, *outcome;
} pin_mistakes[] = {
	{ "the old one is wrong", "999999o7654321o7654321o", "Wrong PIN 2 left" },
	{ "the new ones differ", "123456o7654321o7654322o", "PINs differ" },
	{ "the new one is too short", "123456o765o765o", "PIN too short" },
};

static void
a_mistake_with_a_new_pin_is_asked_again(void)
{
	struct rig *from = harm_with_users(1), *g = rig_new();
	size_t i, j;

	for (i = 0; i < LEN(pins); i++) {
		for (j = 0; j < LEN(pin_mistakes); j++) {
			rig_calm(g);
			rig_copy(g, from);
			rig_quirk(g, "Enter old PIN", 1, RIG_KEYS, pin_mistakes[j].keys, 0);
			if (rig_run(g, pins[i].tool, 0, 0) != 0 ||
			    rig_count(g, pin_mistakes[j].outcome) != 1 ||
			    rig_count(g, "Enter old PIN") != 2) {
				printf("    %s, %s: %s\n", pins[i].tool, pin_mistakes[j].why,
				    g->result.message);
				CU_FAIL("a mistake was not mended");
			}
		}
	}
	rig_free(g);
	rig_free(from);
}

static void
the_third_wrong_old_pin_blocks_and_ends_it(void)
{
	struct rig *from = harm_with_users(1), *g = rig_new();
	size_t i;
	unsigned n;

	for (i = 0; i < LEN(pins); i++) {
		rig_calm(g);
		rig_copy(g, from);
		for (n = 1; n <= 3; n++)
			rig_quirk(g, "Enter old PIN", n, RIG_KEYS, "999999o7654321o7654321o", 0);
		CU_ASSERT_EQUAL(rig_run(g, pins[i].tool, 0, 0), ERR_CARD_BLOCKED);
		CU_ASSERT_EQUAL(rig_count(g, "Card blocked"), 1);
		rig_calm(g);
		/* One that comes blocked is put aside. */
		rig_quirk(g, pins[i].asks, 2, RIG_INSERT, NULL, 2);
		OK(rig_run(g, pins[i].tool, 0, 0));
		CU_ASSERT_EQUAL(rig_count(g, "Card blocked"), 1);
	}
	rig_free(g);
	rig_free(from);
}

static void
cancel_and_time_end_a_pin_change_and_change_nothing(void)
{
	struct rig *g = harm_installed();

	rig_quirk(g, "Enter old PIN", 1, RIG_KEYS, "123456o76543x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "share-pin", 0, 0), ERR_CANCELLED);
	rig_calm(g);
	rig_quirk(g, "Enter old PIN", 1, RIG_NOTHING, NULL, 0);
	CU_ASSERT_EQUAL(rig_run(g, "share-pin", 0, 0), ERR_TIMEOUT);
	rig_calm(g);
	OK(rig_run(g, "share-verify", 0, 0));
	rig_free(g);
}

/* Cards of users. -------------------------------------------------------------------------------- */

static void
a_users_card_is_verified_and_named(void)
{
	struct rig *g = harm_with_users(2);

	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 6);
	OK(rig_run(g, "user-verify", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Enter PIN"), 1);
	CU_ASSERT_EQUAL(g->result.slot, 7);
	CU_ASSERT_EQUAL(g->result.seat, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "of user 2 of slot 7 is right"));
	rig_free(g);
}

static void
a_card_of_nobody_here_is_told(void)
{
	struct rig *g = harm_with_users(1);

	memset(g->gate.slot, 0, sizeof(g->gate.slot));
	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 4);
	CU_ASSERT_EQUAL(rig_run(g, "user-verify", 0, 0), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(g->result.seat, 0);
	CU_ASSERT_TRUE(g->result.have_user);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "user 1 of slot 7, card 1 of 2, LIVE, of the "
	    "HSM `rig`"));
	OK(rig_run(g, "user-info", 0, 0));
	CU_ASSERT_EQUAL(g->result.seat, 0);
	rig_free(g);
}

static void
a_card_without_a_credential_is_told_before_its_pin_is_asked(void)
{
	struct rig *g = harm_installed();

	CU_ASSERT_EQUAL(rig_run(g, "user-verify", 0, 0), ERR_NOT_FOUND);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "no credential"));
	CU_ASSERT_EQUAL(rig_count(g, "Enter PIN"), 0);
	OK(rig_run(g, "user-info", 0, 0));
	CU_ASSERT_FALSE(g->result.have_user);
	CU_ASSERT_EQUAL(g->result.pin.tries, 3);
	CU_ASSERT_TRUE(g->result.pin.factory);
	rig_free(g);
}

/* Whatever the card shows, it has to have the keys to it. */
static void
a_card_that_shows_keys_that_it_does_not_have_is_not_right(void)
{
	struct rig *g = harm_with_users(2);

	rig_forge(g, 4, harm_swap_scalar, g);
	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 4);
	CU_ASSERT_EQUAL(rig_run(g, "user-verify", 0, 0), ERR_MAC);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "not authentic"));
	rig_free(g);
}

static void
what_is_on_a_blocked_users_card_is_told(void)
{
	struct rig *g = harm_with_users(1);
	unsigned n;

	for (n = 1; n <= 3; n++)
		rig_quirk(g, "Enter PIN", n, RIG_KEYS, "999999o", 0);
	CU_ASSERT_EQUAL(rig_activate(g, 7), ERR_CARD_BLOCKED);
	rig_calm(g);
	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 4);
	OK(rig_run(g, "user-info", 0, 0));
	CU_ASSERT_EQUAL(g->result.pin.tries, 0);
	CU_ASSERT_TRUE(g->result.have_user);
	CU_ASSERT_EQUAL(g->result.seat, 1);
	rig_free(g);
}

static const struct sentence sentences[] = {
	SENTENCE(every_tool_works_in_every_state_and_changes_none),
	SENTENCE(a_share_of_another_hsm_is_named),
	SENTENCE(a_share_of_another_set_is_named),
	SENTENCE(a_share_of_a_rehearsal_is_named),
	SENTENCE(an_hsm_without_a_set_finds_a_damaged_share),
	SENTENCE(a_share_is_copied_and_the_copy_serves),
	SENTENCE(a_share_of_the_same_set_is_overwritten_without_asking),
	SENTENCE(a_share_of_another_live_set_is_lost_only_by_a_second_ok),
	SENTENCE(a_copy_that_comes_back_as_another_is_told),
	SENTENCE(a_mistake_in_a_copy_is_asked_again),
	SENTENCE(a_pin_is_changed_at_the_pad),
	SENTENCE(a_mistake_with_a_new_pin_is_asked_again),
	SENTENCE(the_third_wrong_old_pin_blocks_and_ends_it),
	SENTENCE(cancel_and_time_end_a_pin_change_and_change_nothing),
	SENTENCE(a_users_card_is_verified_and_named),
	SENTENCE(a_card_of_nobody_here_is_told),
	SENTENCE(a_card_without_a_credential_is_told_before_its_pin_is_asked),
	SENTENCE(a_card_that_shows_keys_that_it_does_not_have_is_not_right),
	SENTENCE(what_is_on_a_blocked_users_card_is_told),
};

SUITE("ceremony_tools", sentences)
