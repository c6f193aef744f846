#include "hsm/ceremony/runner.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/outcome.h"
#include "hsm/ceremony/text.h"
#include "tests/rig/rig.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

/* Steps that leave a trace: a letter each in the front line of the card's serial number. */
static int
trace(struct ceremony *c, char letter, int r)
{
	char *t = c->result->message;
	size_t n = strlen(t);

	(void)snprintf(t + n, MESSAGE_MAX - n, "%c%u ", letter, c->card);
	return r;
}

static int
a(struct ceremony *c)
{
	return trace(c, 'a', 0);
}

static int
b(struct ceremony *c)
{
	return trace(c, 'b', 0);
}

static int
never(const struct ceremony *c)
{
	(void)c;
	return 0;
}

static unsigned
three(const struct ceremony *c)
{
	(void)c;
	return 3;
}

static int
is_two(const struct ceremony *c, unsigned card)
{
	(void)c;
	return card == 2;
}

/* Fails the first time, as a mistake does. */
static int
wrong_once(struct ceremony *c)
{
	int first = strchr(c->result->message, 'w') == NULL;

	c->left = 2;
	return trace(c, 'w', first ? ERR_PIN_WRONG : 0);
}

static int
foreign_once(struct ceremony *c)
{
	int first = strchr(c->result->message, 'f') == NULL;

	return trace(c, 'f', first ? ERR_FOREIGN_CARD : 0);
}

static int
wrong_once_alone(struct ceremony *c)
{
	return wrong_once(c);
}

#define PLAN(table) \
	static const struct phase table##_phase = { #table, table, NULL }; \
	static const struct ceremony_plan table##_plan = { .name = "test", .title = "Test", \
	    .states = 1u << HSM_FACTORY, .phase = { &table##_phase } }

static const struct step plain_card[] = {
	{ .name = "insert", .flags = STEP_CARD, .run = a },
	{ .name = "pin", .run = b },
	{ 0 }
};

static const struct step plain[] = {
	{ .name = "first", .run = a },
	{ .name = "passed over", .when = never, .run = b },
	{ .name = "cards", .each = plain_card, .count = three, .skip = is_two },
	{ .name = "last", .run = b },
	{ 0 }
};
PLAN(plain);

static void
a_table_runs_in_its_order(void)
{
	struct rig *g = rig_new();

	OK(rig_run_plan(g, &plain_plan, 0, 0));
	CU_ASSERT_STRING_EQUAL(g->result.message, "a0 a1 b1 a3 b3 b0 ");
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_FACTORY);
	rig_free(g);
}

static const struct step mended_card[] = {
	{ .name = "insert", .flags = STEP_CARD, .run = a },
	{ .name = "known", .run = foreign_once },
	{ .name = "pin", .run = wrong_once },
	{ .name = "done", .run = b },
	{ 0 }
};

static const struct step mended[] = {
	{ .name = "cards", .each = mended_card, .count = three, .skip = is_two },
	{ 0 }
};
PLAN(mended);

static void
a_mistake_goes_back_to_the_step_that_the_table_names(void)
{
	static const char *const texts[] = { "Foreign card/", "Wrong PIN 2 left/" };
	struct rig *g = rig_new();

	OK(rig_run_plan(g, &mended_plan, 0, 0));
	CU_ASSERT_STRING_EQUAL(g->result.message, "a1 f1 a1 f1 w1 w1 b1 a3 f3 w3 b3 ");
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	CU_ASSERT_TRUE(rig_recorded(g, "known", "Foreign card"));
	CU_ASSERT_TRUE(rig_recorded(g, "pin", "Wrong PIN 2 left"));
	rig_free(g);
}

static const struct step alone_card[] = {
	{ .name = "something else", .run = wrong_once_alone },
	{ 0 }
};

static const struct step alone[] = {
	{ .name = "cards", .each = alone_card, .count = three },
	{ 0 }
};
PLAN(alone);

static void
a_mistake_without_a_step_to_go_back_to_ends_it(void)
{
	struct rig *g = rig_new();

	CU_ASSERT_EQUAL(rig_run_plan(g, &alone_plan, 0, 0), ERR_PIN_WRONG);
	rig_free(g);
}

/* The step to go back to comes later: what stands between has not been done. */
static const struct step onward_card[] = {
	{ .name = "something else", .run = wrong_once_alone },
	{ .name = "pin", .run = wrong_once_alone },
	{ 0 }
};

static const struct step onward[] = {
	{ .name = "cards", .each = onward_card, .count = three },
	{ 0 }
};
PLAN(onward);

static void
a_mistake_never_leads_onward(void)
{
	struct rig *g = rig_new();

	CU_ASSERT_EQUAL(rig_run_plan(g, &onward_plan, 0, 0), ERR_PIN_WRONG);
	rig_free(g);
}

/* Steps that take long or change a card are told before as well. */
static const struct step told[] = {
	{ .name = "asks", .show = "A\nB", .flags = STEP_ASKS },
	{ .name = "works", .show = "Please wait" },
	{ .name = "pad", .show = "Enter PIN", .flags = STEP_PAD },
	{ .name = "writes", .show = "Please wait", .flags = STEP_WRITES },
	{ .name = "commits", .flags = STEP_COMMITS },
	{ 0 }
};
PLAN(told);

static void
records_come_before_long_steps_and_after_all_but_the_commit(void)
{
	static const char *const want[] = {
		"asks begun A / B", "asks ok A / B", "works ok Please wait", "pad begun Enter PIN",
		"pad ok Enter PIN", "writes begun Please wait", "writes ok Please wait",
	};
	struct rig *g = rig_new();
	const struct record *r;
	char got[128];
	size_t i;

	OK(rig_run_plan(g, &told_plan, 0, 0));
	CU_ASSERT_EQUAL_FATAL(g->journal.records, LEN(want));
	for (i = 0; i < LEN(want); i++) {
		r = &g->journal.record[i];
		(void)snprintf(got, sizeof(got), "%.30s %.30s %.30s", r->step, r->outcome, r->text);
		CU_ASSERT_STRING_EQUAL(got, want[i]);
		CU_ASSERT_STRING_EQUAL(r->ceremony, "told");
	}
	rig_free(g);
}

static const struct {
	int err;
	const char *at, *text, *back;
} mends[] = {
	{ ERR_PIN_WRONG, "pin", "Wrong PIN %u left", "pin" },
	{ ERR_PIN_LENGTH, "pin", "PIN too short", "pin" },
	{ ERR_PINS_DIFFER, "pin", "PINs differ", "pin" },
	{ ERR_FOREIGN_CARD, "known", "Foreign card", "insert" },
	{ ERR_SAME_CARD, "known", "Same card again", "insert" },
	{ ERR_WRONG_CARD, "known", "Wrong card", "insert" },
	{ ERR_NO_CARD, "insert", "No card", "insert" },
	{ ERR_CARD_REMOVED, "pin", "No card", "insert" },
	{ ERR_CARD_REMOVED, "read", "No card", "insert" },
	{ ERR_CARD_REMOVED, "write", NULL, NULL },
	{ ERR_CARD_REMOVED, "prove", NULL, NULL },
	{ ERR_CARD_BLOCKED, "known", "Card blocked", "insert" },
	{ ERR_CARD_BLOCKED, "pin", "Card blocked", NULL },
};

static int
same(const char *x, const char *y)
{
	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

static void
what_can_be_mended_is_what_the_contract_says(void)
{
	static const int ends[] = { ERR_CANCELLED, ERR_TIMEOUT, ERR_READER_GONE, ERR_CARD_ANSWER,
	    ERR_MAC, ERR_IO, ERR_FULL, ERR_CLOSED, ERR_SHARE_DAMAGED, ERR_SHARE_KCV, ERR_BUSY };
	const struct mend *m;
	struct step s = { 0 };
	size_t i;

	for (i = 0; i < LEN(mends); i++) {
		s.name = mends[i].at;
		m = outcome_mend(mends[i].err, &s);
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		CU_ASSERT_TRUE(same(m->text, mends[i].text));
		CU_ASSERT_TRUE(same(m->back, mends[i].back));
		CU_ASSERT(m->text == NULL || strlen(m->text) <= 17);
	}
	for (i = 0; i < LEN(ends); i++)
		CU_ASSERT_PTR_NULL(outcome_mend(ends[i], &s));
}

static void
a_killed_daemon_is_told_by_its_last_record(void)
{
	struct hsm_status s = { .state = HSM_INSTALLING, .have_set = 1, .written = 3 };
	struct record rec = { .ceremony = "backup-create", .step = "write", .card = 2,
	    .serial = "89490000000000000001", .outcome = "begun" };
	char message[MESSAGE_MAX];

	s.set.head.k = 2;
	s.set.head.n = 3;
	ceremony_stopped(&s, &rec, message);
	CU_ASSERT_STRING_EQUAL(message, "cardinald was stopped in backup-create, card 2 "
	    "(89490000000000000001), step write. 2 of 3 cards are written: `cardinal resume` goes on "
	    "with them, `cardinal factory-reset` starts over");
	strcpy(rec.outcome, "ok");
	s.written = 1;
	ceremony_stopped(&s, &rec, message);
	CU_ASSERT_STRING_EQUAL(message, "cardinald was stopped after backup-create, card 2 "
	    "(89490000000000000001), step write. 1 of 3 cards is written: `cardinal resume` begins a "
	    "new set, `cardinal factory-reset` starts over");
	s.have_set = 0;
	ceremony_stopped(&s, NULL, message);
	CU_ASSERT_STRING_EQUAL(message, "cardinald was stopped. No card is written: `cardinal resume` "
	    "begins a new set, `cardinal factory-reset` starts over");
}

static void
an_end_that_the_journal_does_not_take_is_told_again(void)
{
	static const char stopped[] = "cardinald was stopped in backup-create, step begin. No card is "
	    "written: `cardinal resume` begins a new set, `cardinal factory-reset` starts over";
	static const struct {
		const char *why, *says;
		unsigned told;		/* which call of the journal tells it */
	} v[] = { { "Cancel was pressed", "Cancel was pressed", 2 }, { "", stopped, 3 } };
	const struct record rec = { .ceremony = "backup-create", .step = "begin", .outcome = "begun" };
	struct rig *g = rig_new();
	struct rig_journal *j = &g->journal;
	struct hsm_status s;
	size_t i;
	int again;

	for (i = 0; i < LEN(v); i++) {
		OK(j->journal.ops->begin(&j->journal, "install"));
		OK(j->journal.ops->record(&j->journal, &rec));
		for (again = 0; again < 2; again++) {
			j->fault = (struct rig_fault){ .at = v[i].told, .err = ERR_FULL };
			OK(ceremony_settle(&j->journal, v[i].why, &s));
			CU_ASSERT_EQUAL(s.state, HSM_INSTALLING);
			CU_ASSERT_STRING_EQUAL(s.message, v[i].says);
			CU_ASSERT_EQUAL(j->status.state, HSM_INSTALLING);
		}
		j->fault.at = 1;
		j->fault.calls = 0;
		CU_ASSERT_EQUAL(ceremony_settle(&j->journal, v[i].why, &s), ERR_FULL);
		memset(&j->fault, 0, sizeof(j->fault));
		OK(ceremony_settle(&j->journal, v[i].why, &s));
		CU_ASSERT_EQUAL(s.state, HSM_INCONSISTENT);
		CU_ASSERT_STRING_EQUAL(s.message, v[i].says);
		CU_ASSERT_EQUAL(j->status.state, HSM_INCONSISTENT);
		CU_ASSERT_STRING_EQUAL(j->status.message, v[i].says);
		OK(ceremony_settle(&j->journal, "another", &s));
		CU_ASSERT_STRING_EQUAL(s.message, v[i].says);
		CU_ASSERT_EQUAL(j->broken, 3 * (i + 1));
	}
	rig_free(g);
}

static void
the_longest_message_fits(void)
{
	struct hsm_status s = { .state = HSM_INSTALLING, .have_set = 1, .written = 0x1f };
	struct record rec = { .card = 16 };
	char message[MESSAGE_MAX];

	memset(rec.ceremony, 'c', sizeof(rec.ceremony) - 1);
	memset(rec.step, 's', sizeof(rec.step) - 1);
	memset(rec.serial, '8', sizeof(rec.serial) - 1);
	s.set.head.k = 3;
	s.set.head.n = 5;
	ceremony_stopped(&s, &rec, message);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "starts over"));
}

static void
texts_are_filled_and_cut(void)
{
	const struct text_words words = { .card = 12, .cards = 3, .set = "1a2b", .user = 2,
	    .slot = 7, .print = "cd" };
	char out[16];

	text_fill("Insert %u. card", &words, out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "Insert 12. card");
	text_fill("%s?  %n%", &words, out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "1a2b?  3%");
	text_fill("Slot %S: User %U", &words, out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "Slot 7: User 2");
	text_fill("%p? %r%x", &words, out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "cd? %x");
	text_fill("Insert %u. card and more", &words, out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "Insert 12. card");
	text_line("\aA\nB", out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "A / B");
	text_line("0123456789\nabcdef", out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "0123456789 / ab");
}

static const struct sentence sentences[] = {
	SENTENCE(a_table_runs_in_its_order),
	SENTENCE(a_mistake_goes_back_to_the_step_that_the_table_names),
	SENTENCE(a_mistake_without_a_step_to_go_back_to_ends_it),
	SENTENCE(a_mistake_never_leads_onward),
	SENTENCE(records_come_before_long_steps_and_after_all_but_the_commit),
	SENTENCE(what_can_be_mended_is_what_the_contract_says),
	SENTENCE(a_killed_daemon_is_told_by_its_last_record),
	SENTENCE(an_end_that_the_journal_does_not_take_is_told_again),
	SENTENCE(the_longest_message_fits),
	SENTENCE(texts_are_filled_and_cut),
};

SUITE("runner", sentences)
