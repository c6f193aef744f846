#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/rig/rig.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

/* Readers without display, and such that refuse a text: it is said and answered elsewhere. */

static struct rig *
without_display(void)
{
	struct rig *g = rig_new();

	g->no_display = 1;
	return g;
}

static void
an_installation_is_led_by_words_and_answers(void)
{
	static const char *const texts[] = {
		"Enter PIN/", "Enter PIN/", "Enter PIN/", "Enter PIN/", "Enter PIN/",
	};
	struct rig *g = without_display();

	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	rig_free(g);
}

static void
the_transcript_is_that_of_a_reader_with_display(void)
{
	struct rig *g = without_display(), *shown = rig_new();
	size_t i;

	OK(rig_run(g, "install", 2, 3));
	OK(rig_run(shown, "install", 2, 3));
	CU_ASSERT_EQUAL_FATAL(g->journal.records, shown->journal.records);
	for (i = 0; i < g->journal.records; i++) {
		const struct record *a = &g->journal.record[i], *b = &shown->journal.record[i];

		CU_ASSERT_STRING_EQUAL(a->step, b->step);
		CU_ASSERT_STRING_EQUAL(a->text, b->text);
		CU_ASSERT_STRING_EQUAL(a->outcome, b->outcome);
		CU_ASSERT_EQUAL(a->card, b->card);
	}
	rig_free(g);
	rig_free(shown);
}

static void
who_hears_it_knows_what_is_shown_and_what_asks(void)
{
	struct rig *g = without_display();

	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(g->hows[SAY_ASKS], 7);
	CU_ASSERT_EQUAL(g->hows[SAY_PIN], 5);
	CU_ASSERT(g->hows[0] > 5);
	CU_ASSERT_EQUAL(g->hows[0] + 12, g->saids);
	rig_factory_reset(g);
	g->no_display = 0;
	OK(rig_run(g, "install", 2, 3));
	/* Three to overwrite are asked, too. */
	CU_ASSERT_EQUAL(g->hows[SAY_PIN | SAY_SHOWN], 5);
	CU_ASSERT_EQUAL(g->hows[SAY_SHOWN] + 5, g->saids);
	rig_free(g);
}

/* Each prompt, and how often it came before. */
static const struct {
	const char *text;
	unsigned nth, card;
} prompts[] = {
	{ "Write New Key", 1, 0 },
	{ "Insert 1. card", 1, 1 },
	{ "Insert 2. card", 1, 2 },
	{ "Insert 3. card", 1, 3 },
	{ "Read New Key", 1, 0 },
	{ "Insert 1. card", 2, 1 },
	{ "Insert 2. card", 2, 2 },
};

static void
a_card_that_is_put_in_is_ok(void)
{
	struct rig *g = without_display();
	size_t i;

	for (i = 0; i < LEN(prompts); i++)
		if (prompts[i].card != 0)
			rig_quirk(g, prompts[i].text, prompts[i].nth, RIG_PUT, NULL,
			    prompts[i].card);
	OK(rig_run(g, "install", 2, 3));
	rig_free(g);
}

static void
a_card_that_was_in_before_is_no_answer(void)
{
	struct rig *g = without_display();

	rig_quirk(g, "Insert 2. card", 1, RIG_NOTHING, NULL, 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_TIMEOUT);
	rig_free(g);
}

static void
a_card_is_no_answer_where_none_is_asked_for(void)
{
	struct rig *g = without_display();

	rig_quirk(g, "Write New Key", 1, RIG_PUT, NULL, 1);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_TIMEOUT);
	rig_free(g);
}

static void
cancel_at_any_prompt_ends_it(void)
{
	struct rig *g;
	size_t i;

	for (i = 0; i < LEN(prompts); i++) {
		g = without_display();
		rig_quirk(g, prompts[i].text, prompts[i].nth, RIG_KEYS, "x", 0);
		CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CANCELLED);
		CU_ASSERT_EQUAL(g->journal.status.state, HSM_INCONSISTENT);
		CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "Cancel was pressed"));
		rig_ways_out(g, prompts[i].text);
		rig_free(g);
	}
}

static void
nobody_answers_for_as_long_as_at_a_display(void)
{
	struct rig *g;
	uint64_t before;
	size_t i;

	for (i = 0; i < LEN(prompts); i++) {
		g = without_display();
		rig_quirk(g, prompts[i].text, prompts[i].nth, RIG_NOTHING, NULL, 0);
		before = g->clock;
		CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_TIMEOUT);
		CU_ASSERT(g->clock >= before + 120 * 1000 && g->clock < before + 130 * 1000);
		rig_free(g);
	}
}

static void
what_comes_from_elsewhere_ends_a_prompt(void)
{
	static const struct {
		enum rig_do what;
		int err;
		const char *says;
	} ends[] = {
		{ RIG_CALL, ERR_CANCELLED, "`cardinal cancel` ended it" },
		{ RIG_UNPLUG, ERR_READER_GONE, "the reader was unplugged" },
	};
	struct rig *g;
	size_t i, j;

	for (j = 0; j < LEN(ends); j++)
		for (i = 0; i < LEN(prompts); i++) {
			g = without_display();
			rig_quirk(g, prompts[i].text, prompts[i].nth, ends[j].what, NULL, 0);
			CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ends[j].err);
			CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, ends[j].says));
			rig_free(g);
		}
}

static void
overwriting_is_agreed_to_elsewhere(void)
{
	struct rig *g = without_display();

	OK(rig_run(g, "install", 2, 3));
	rig_factory_reset(g);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_TRUE(rig_recorded(g, "overwrite", "ok"));
	rig_free(g);
}

static void
who_does_not_want_to_overwrite_takes_the_card_out(void)
{
	struct rig *g = without_display();

	OK(rig_run(g, "install", 2, 3));
	rig_factory_reset(g);
	rig_quirk(g, "Overwrite", 1, RIG_PULL, NULL, 0);
	rig_quirk(g, "Insert 1. card", 2, RIG_PUT, NULL, 4);
	rig_quirk(g, "Insert 1. card", 3, RIG_INSERT, NULL, 4);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_TRUE(rig_recorded(g, "overwrite", "No card"));
	rig_free(g);
}

static void
a_mistake_is_said_and_asked_again(void)
{
	struct rig *g = without_display();

	rig_quirk(g, "Enter PIN", 1, RIG_KEYS, "999999o", 0);
	rig_quirk(g, "Insert 2. card", 1, RIG_INSERT, NULL, 1);
	rig_quirk(g, "Insert 3. card", 1, RIG_TAKE, NULL, 0);
	rig_quirk(g, "Insert 1. card", 2, RIG_INSERT, NULL, RIG_CARDS_MAX);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_TRUE(rig_recorded(g, "pin", "Wrong PIN 2 left"));
	CU_ASSERT_TRUE(rig_recorded(g, "known", "Same card again"));
	CU_ASSERT_TRUE(rig_recorded(g, "insert", "No card"));
	CU_ASSERT_TRUE(rig_recorded(g, "known", "Foreign card"));
	rig_free(g);
}

static void
a_text_that_is_refused_in_the_middle_is_said_from_then_on(void)
{
	struct rig *g;
	unsigned i, last = 1;

	for (i = 1; i <= last; i++) {
		g = rig_new();
		g->refuse_from = i;
		rig_quirk(g, "Enter PIN", 2, RIG_KEYS, "999999o", 0);
		OK(rig_run(g, "install", 2, 3));
		CU_ASSERT_EQUAL(g->texts, i);
		rig_free(g);
		if (i > 1)
			continue;
		/* As many as a display shows of it. */
		g = rig_new();
		rig_quirk(g, "Enter PIN", 2, RIG_KEYS, "999999o", 0);
		OK(rig_run(g, "install", 2, 3));
		last = g->texts;
		CU_ASSERT(last > 12);
		rig_free(g);
	}
}

static void
other_ceremonies_are_led_the_same_way(void)
{
	struct rig *g = without_display();

	rig_quirk(g, "Insert 3. card", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CANCELLED);
	rig_calm(g);
	OK(rig_run(g, "resume", 0, 0));
	OK(rig_run(g, "share-verify", 0, 0));
	OK(rig_run(g, "share-info", 0, 0));
	rig_free(g);
}

static const struct sentence sentences[] = {
	SENTENCE(an_installation_is_led_by_words_and_answers),
	SENTENCE(the_transcript_is_that_of_a_reader_with_display),
	SENTENCE(who_hears_it_knows_what_is_shown_and_what_asks),
	SENTENCE(a_card_that_is_put_in_is_ok),
	SENTENCE(a_card_that_was_in_before_is_no_answer),
	SENTENCE(a_card_is_no_answer_where_none_is_asked_for),
	SENTENCE(cancel_at_any_prompt_ends_it),
	SENTENCE(nobody_answers_for_as_long_as_at_a_display),
	SENTENCE(what_comes_from_elsewhere_ends_a_prompt),
	SENTENCE(overwriting_is_agreed_to_elsewhere),
	SENTENCE(who_does_not_want_to_overwrite_takes_the_card_out),
	SENTENCE(a_mistake_is_said_and_asked_again),
	SENTENCE(a_text_that_is_refused_in_the_middle_is_said_from_then_on),
	SENTENCE(other_ceremonies_are_led_the_same_way),
};

SUITE("ceremony_said", sentences)
