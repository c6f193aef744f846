#include "tests/unit/crew.h"

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "card-os/iso7816/err.h"
#include "hsm/vault/store_parts.h"
#include "tests/unit/suite.h"

/*
 * A slot whose opening has failed waits for `slot activate N`, whoever starts the daemon again. A
 * step of SQLite's can be told to fail as on a full disk; what is committed while an opening ends is
 * counted, with the openings that had not been told by then.
 */
static unsigned steps, fails_at, commits, untold;
static struct store *watched;

int __real_sqlite3_step(sqlite3_stmt *);
int __wrap_sqlite3_step(sqlite3_stmt *);

int
__wrap_sqlite3_step(sqlite3_stmt *st)
{
	if (watched != NULL && strcmp(sqlite3_sql(st), "COMMIT") == 0) {
		commits++;
		untold = 0;
		for (const struct ask *a = watched->people.first; a != NULL; a = a->next)
			untold++;
	}
	return ++steps == fails_at ? SQLITE_FULL : __real_sqlite3_step(st);
}

static int
ask(struct place *p, unsigned slot, const char *code)
{
	uint64_t number;

	return people_ask(p->store, slot, (const uint8_t *)code, code == NULL ? 0 : strlen(code),
	    0, &number);
}

/* A login to slot 7 that nobody's card came for. */
static void
fail(struct place *p)
{
	struct caller c;

	crew_login(&c, p, 7, TOKEN_CODE);
	CU_ASSERT_EQUAL(crew_refuse(p, ERR_CANCELLED), 1);
	CU_ASSERT_EQUAL(crew_result(&c), ERR_CANCELLED);
	CU_ASSERT_EQUAL(token_info(p, 7).held, 1);
}

static void
a_slot_is_held_whoever_starts_the_daemon_again(void)
{
	struct place p;

	crew_enter(&p, 0);
	fail(&p);
	for (unsigned i = 0; i < 2; i++) {
		token_again(&p);
		for (unsigned slot = 0; slot < SLOTS; slot++)
			CU_ASSERT_EQUAL(token_info(&p, slot).held, slot == 7);
		CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, TOKEN_CODE), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, "12345678"), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_set_user(&p, 7, TOKEN_SO, TOKEN_CODE), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_info(&p, 7).user_left, SLOT_TRIES);
		CU_ASSERT_EQUAL(token_info(&p, 7).asking, 0);
	}
	/* The SO's own PIN is tried, which writes the record. */
	OK(token_login(&p, 7, SLOT_SO, TOKEN_SO));
	CU_ASSERT_EQUAL(ask(&p, 7, "12345678"), ERR_PIN_WRONG);
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 7).held, 1);
	place_leave(&p);
}

/* What ends it: each of a slot 7 that is held. */
static void
by_activate(struct place *p)
{
	OK(ask(p, 7, TOKEN_CODE));
}

static void
by_opening(struct place *p)
{
	OK(ask(p, 7, TOKEN_CODE));
	OK(crew_serve(p, 0));
	CU_ASSERT_EQUAL(token_info(p, 7).open, 1);
}

static void
by_another_mode(struct place *p)
{
	const struct slot_plan plan = token_plan(SLOT_CODE, TOKEN_CODE, NULL);
	uint64_t number;

	OK(people_ask_mode(p->store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), &plan,
	    &number));
	OK(crew_serve(p, 0));
}

static void
by_wiping(struct place *p)
{
	OK(slot_wipe(p->store, 7, NULL, 0));
}

/* A program's act, which ends no hold; then the slot is given to other people, which does. */
static void
by_other_people(struct place *p)
{
	struct slot_plan plan = token_plan(SLOT_CARDS, TOKEN_CODE, NULL);
	struct user_seat seat = crew_seat(4);

	OK(token_init(p, 7, TOKEN_SO, "anew"));
	CU_ASSERT_EQUAL(token_info(p, 7).held, 1);
	OK(store_enrol(p->store, 7, 1, &seat));
	plan.users = plan.copies = 1;
	plan.trial = 1;
	OK(slot_set_mode(p->store, 7, NULL, 0, &plan));
	CU_ASSERT_EQUAL(token_info(p, 7).mode, SLOT_CARDS);
}

static void
by_factory_reset(struct place *p)
{
	OK(store_factory_reset(p->store));
}

static void
what_ends_a_hold_ends_it_for_good(void)
{
	static void (*const ways[])(struct place *) = { by_activate, by_opening, by_another_mode,
		by_wiping, by_other_people, by_factory_reset };
	struct place p;

	for (size_t i = 0; i < 2 * sizeof(ways) / sizeof(ways[0]); i++) {
		crew_enter(&p, 0);
		fail(&p);
		if (i % 2 == 1)
			token_again(&p);
		ways[i / 2](&p);
		CU_ASSERT_EQUAL(token_info(&p, 7).held, 0);
		token_again(&p);
		CU_ASSERT_EQUAL(token_info(&p, 7).held, 0);
		place_leave(&p);
	}
}

static void
an_order_of_another_mode_that_waited_behind_ends_a_hold(void)
{
	const struct slot_plan plan = token_plan(SLOT_CODE, TOKEN_CODE, NULL);
	uint64_t number;
	struct caller c;
	struct place p;

	crew_enter(&p, 0);
	crew_login(&c, &p, 7, TOKEN_CODE);
	crew_queue(&p, 1);
	OK(people_ask_mode(p.store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), &plan,
	    &number));
	CU_ASSERT_EQUAL(crew_refuse(&p, ERR_TIMEOUT), 1);
	CU_ASSERT_EQUAL(crew_result(&c), ERR_TIMEOUT);
	CU_ASSERT_EQUAL(token_info(&p, 7).held, 1);
	OK(crew_serve(&p, 0));
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT(token_info(&p, 7).mode == SLOT_CODE && !token_info(&p, 7).held);
		OK(token_login(&p, 7, SLOT_USER, TOKEN_CODE));
		token_again(&p);
	}
	place_leave(&p);
}

static void
a_slot_that_is_another_by_now_is_not_held(void)
{
	struct place p;

	crew_enter(&p, 0);
	store_lock(p.store);
	OK(people_hold(p.store, 6, 1));
	store_unlock(p.store);
	CU_ASSERT_EQUAL(token_info(&p, 6).held, 0);
	OK(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL));
	OK(store_factory_reset(p.store));
	store_lock(p.store);
	OK(people_hold(p.store, 7, 1));
	store_unlock(p.store);
	CU_ASSERT_EQUAL(p.store->now.slot[7].record.hold.held, 0);
	place_leave(&p);
}

static void
a_hold_is_on_the_disk_before_anybody_is_told(void)
{
	struct caller login, give;
	struct opening o;
	struct place p;
	int failed;

	crew_enter(&p, 0);
	crew_login(&login, &p, 7, TOKEN_CODE);
	crew_queue(&p, 1);
	crew_give(&give, &p, 7, TOKEN_SO, "another code");
	crew_queue(&p, 2);
	OK(people_next(p.store, &o));
	commits = 0;
	watched = p.store;
	OK(people_end(p.store, o.number, ERR_TIMEOUT, 1, &failed));
	watched = NULL;
	CU_ASSERT(commits == 1 && untold == 2);
	CU_ASSERT_EQUAL(failed, 1);
	CU_ASSERT_EQUAL(crew_result(&login), ERR_TIMEOUT);
	CU_ASSERT_EQUAL(crew_result(&give), ERR_NOT_NOW);
	place_leave(&p);
}

static void
a_hold_that_cannot_be_written_is_told_and_goes_with_the_next_writing(void)
{
	int unwritten = 1, failed;
	struct caller c;
	struct opening o;
	struct place p;

	for (unsigned n = 1; unwritten; n++) {
		crew_enter(&p, 0);
		crew_login(&c, &p, 7, TOKEN_CODE);
		OK(people_next(p.store, &o));
		steps = 0;
		fails_at = n;
		OK(people_end(p.store, o.number, ERR_TIMEOUT, 1, &failed));
		fails_at = 0;
		CU_ASSERT_EQUAL(crew_result(&c), ERR_TIMEOUT);
		unwritten = failed == PEOPLE_UNWRITTEN;
		CU_ASSERT(n > 1 || unwritten);
		CU_ASSERT_EQUAL(token_info(&p, 7).held, 1);
		CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, TOKEN_CODE), ERR_NOT_NOW);
		if (n % 2 == 0) {
			OK(token_login(&p, 7, SLOT_SO, TOKEN_SO));
			token_again(&p);
			CU_ASSERT_EQUAL(token_info(&p, 7).held, 1);
		} else {
			token_again(&p);
			CU_ASSERT_EQUAL(token_info(&p, 7).held, !unwritten);
		}
		place_leave(&p);
	}
}

static void
a_hold_whose_end_cannot_be_written_does_not_stop_the_opening(void)
{
	int over, written = 0;
	struct place p;

	for (unsigned n = 1; !written; n++) {
		crew_enter(&p, 0);
		fail(&p);
		steps = 0;
		fails_at = n;
		over = ask(&p, 7, TOKEN_CODE);
		written = steps < n;
		fails_at = 0;
		if (over == 0) {
			CU_ASSERT_EQUAL(token_info(&p, 7).held, 0);
			OK(crew_serve(&p, 0));
			CU_ASSERT_EQUAL(token_info(&p, 7).open, 1);
			token_again(&p);
			CU_ASSERT_EQUAL(token_info(&p, 7).held, 0);
		} else {
			CU_ASSERT_EQUAL(token_info(&p, 7).held, 1);
			CU_ASSERT_EQUAL(token_info(&p, 7).asking, 0);
		}
		place_leave(&p);
	}
}

static void
at_the_daemons_start_slot_0_is_asked_once_a_start_of_the_machine(void)
{
	uint64_t number;
	struct place p;

	crew_enter(&p, 1);
	for (unsigned i = 0; i < 2; i++) {
		/* Nobody was asked, so nothing has failed. */
		token_again(&p);
		OK(people_boot(p.store, 3600, &number));
		CU_ASSERT_EQUAL(number, 1);
	}
	CU_ASSERT_EQUAL(crew_refuse(&p, ERR_TIMEOUT), 1);
	for (unsigned i = 0; i < 2; i++) {
		token_again(&p);
		CU_ASSERT_EQUAL(people_boot(p.store, 3600, &number), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(number, 0);
		CU_ASSERT(token_info(&p, 0).held && !token_info(&p, 0).asking);
		CU_ASSERT_EQUAL(token_info(&p, 1).open, 0);
	}
	/* The operator's order ends it, and the next start of the daemon asks. */
	OK(ask(&p, 0, NULL));
	token_again(&p);
	OK(people_boot(p.store, 3600, &number));
	/* Another start of the machine since. */
	p.store->boot[BOOT_LEN - 1] ^= 1;
	CU_ASSERT_EQUAL(crew_refuse(&p, ERR_TIMEOUT), 1);
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 0).held, 1);
	OK(people_boot(p.store, 3600, &number));
	CU_ASSERT(!token_info(&p, 0).held && token_info(&p, 0).asking);
	OK(crew_serve(&p, 3));
	CU_ASSERT(token_info(&p, 0).open && token_info(&p, 1).open);
	place_leave(&p);
}

static void
the_start_of_the_machine_is_the_systems_word_for_it(void)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	char is[40] = "", text[64] = "";
	uint8_t boot[BOOT_LEN];
	int at = 0;

	boot_read(boot);
	for (unsigned i = 0; i < BOOT_LEN; i++)
		at += snprintf(is + at, sizeof(is) - (size_t)at, "%s%02x",
		    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", boot[i]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_PTR_NOT_NULL(fgets(text, sizeof(text), f));
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	CU_ASSERT_STRING_EQUAL(is, text);
}

static const struct sentence sentences[] = {
	SENTENCE(a_slot_is_held_whoever_starts_the_daemon_again),
	SENTENCE(what_ends_a_hold_ends_it_for_good),
	SENTENCE(an_order_of_another_mode_that_waited_behind_ends_a_hold),
	SENTENCE(a_slot_that_is_another_by_now_is_not_held),
	SENTENCE(a_hold_is_on_the_disk_before_anybody_is_told),
	SENTENCE(a_hold_that_cannot_be_written_is_told_and_goes_with_the_next_writing),
	SENTENCE(a_hold_whose_end_cannot_be_written_does_not_stop_the_opening),
	SENTENCE(at_the_daemons_start_slot_0_is_asked_once_a_start_of_the_machine),
	SENTENCE(the_start_of_the_machine_is_the_systems_word_for_it),
};

SUITE("people_hold", sentences)
