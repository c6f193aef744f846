#include "tests/unit/vault_bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "card-os/iso7816/err.h"

/* Slot 3 with a code, the others auto. */
static int
plan(struct vault_bench *b, const char *text)
{
	union vaultlink_args args = { 0 };

	for (size_t i = 0; i < SLOTS; i++)
		args.plan[i].mode = i == 3 ? SLOT_CODE : SLOT_AUTO;
	vault_bench_code(&args.plan[3].code_n, args.plan[3].code, text);
	return vault_bench_call(b, VAULT_PLAN, &args);
}

/* As a ceremony does: from the beginning to the commit. */
static void
install(struct vault_bench *b)
{
	OK(vault_bench_begin(b));
	OK(vault_bench_commit(b));
}

static void
an_installation_makes_the_slots_of_its_plan_and_forgets_it(void)
{
	static struct vault_bench b;

	vault_bench_enter(&b);
	OK(plan(&b, "correct horse"));
	install(&b);
	CU_ASSERT_PTR_NULL(b.vault.plan);
	for (size_t i = 0; i < SLOTS; i++) {
		CU_ASSERT_EQUAL(vault_bench_slots(&b)[i].mode, i == 3 ? SLOT_CODE : SLOT_AUTO);
		CU_ASSERT_EQUAL(vault_bench_slots(&b)[i].open, i != 3);
	}
	CU_ASSERT_EQUAL(vault_bench_act(&b, VAULT_SLOT_ACTIVATE, 3, "wrong horse"), ERR_PIN_WRONG);
	OK(vault_bench_act(&b, VAULT_SLOT_ACTIVATE, 3, "correct horse"));
	CU_ASSERT_EQUAL(vault_bench_slots(&b)[3].open, 1);
	vault_bench_leave(&b);
}

static void
without_a_plan_all_slots_are_auto(void)
{
	static struct vault_bench b;

	vault_bench_enter(&b);
	install(&b);
	for (size_t i = 0; i < SLOTS; i++)
		CU_ASSERT(vault_bench_slots(&b)[i].mode == SLOT_AUTO && vault_bench_slots(&b)[i].open == 1);
	vault_bench_leave(&b);
}

static void
a_plan_is_forgotten_by_whatever_ends_its_installation(void)
{
	static struct vault_bench b;
	union vaultlink_args args = { 0 };

	vault_bench_enter(&b);
	OK(plan(&b, "correct horse"));
	CU_ASSERT_PTR_NOT_NULL(b.vault.plan);
	OK(vault_bench_call(&b, VAULT_UNPLAN, NULL));
	CU_ASSERT_PTR_NULL(b.vault.plan);
	OK(plan(&b, "correct horse"));
	OK(vault_bench_begin(&b));
	strcpy(args.broken.message, "cancelled");
	OK(vault_bench_call(&b, VAULT_BROKEN, &args));
	CU_ASSERT_PTR_NULL(b.vault.plan);
	/* Resumed, with other codes; the first are nobody's. */
	OK(plan(&b, "first horse"));
	OK(plan(&b, "second horse"));
	install(&b);
	CU_ASSERT_EQUAL(vault_bench_act(&b, VAULT_SLOT_ACTIVATE, 3, "first horse"), ERR_PIN_WRONG);
	OK(vault_bench_act(&b, VAULT_SLOT_ACTIVATE, 3, "second horse"));
	vault_bench_leave(&b);
}

/* A plan for a slot that nobody may have: the installation does not commit, nothing is made. */
static void
a_plan_that_cannot_be_is_no_commit(void)
{
	static struct vault_bench b;
	union vaultlink_args args = { 0 };

	vault_bench_enter(&b);
	for (size_t i = 0; i < SLOTS; i++)
		args.plan[i].mode = i == 5 ? SLOT_PKA : SLOT_AUTO;
	OK(vault_bench_call(&b, VAULT_PLAN, &args));
	OK(vault_bench_begin(&b));
	CU_ASSERT_EQUAL(vault_bench_commit(&b), ERR_UNSUPPORTED);
	OK(vault_bench_call(&b, VAULT_STATUS, NULL));
	CU_ASSERT_EQUAL(b.result.status.hsm.state, HSM_INSTALLING);
	CU_ASSERT_EQUAL(vault_bench_slots(&b)[0].present, 0);
	vault_bench_leave(&b);
}

static void
a_trial_has_the_codes_that_everybody_knows(void)
{
	static struct vault_bench b;

	vault_bench_enter(&b);
	OK(vault_bench_call(&b, VAULT_TRIAL, NULL));
	OK(vault_bench_call(&b, VAULT_STATUS, NULL));
	CU_ASSERT_EQUAL(b.result.status.hsm.state, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(b.result.status.hsm.trial, 1);
	for (uint8_t i = 0; i < SLOTS; i++) {
		CU_ASSERT_EQUAL(vault_bench_slots(&b)[i].mode, i == 0 ? SLOT_AUTO : SLOT_CODE);
		CU_ASSERT(vault_bench_slots(&b)[i].user_change == 1 && vault_bench_slots(&b)[i].so_change == 1);
		OK(slot_enter(b.place.store, i, SLOT_USER, (const uint8_t *)"98765432", 8));
		OK(slot_enter(b.place.store, i, SLOT_SO, (const uint8_t *)"87654321", 8));
	}
	CU_ASSERT_EQUAL(vault_bench_call(&b, VAULT_TRIAL, NULL), ERR_NOT_NOW);
	OK(vault_bench_call(&b, VAULT_RESET, NULL));
	CU_ASSERT_EQUAL(vault_bench_slots(&b)[0].present, 0);
	OK(vault_bench_call(&b, VAULT_STATUS, NULL));
	CU_ASSERT_EQUAL(b.result.status.hsm.trial, 0);
	vault_bench_leave(&b);
}

static void
each_call_about_slots_has_its_states(void)
{
	static const struct {
		uint8_t id;
		unsigned in;
	} table[] = {
		{ VAULT_PLAN, 1 << HSM_FACTORY | 1 << HSM_INCONSISTENT },
		{ VAULT_UNPLAN, 15 },
		{ VAULT_SLOTS, 15 },
		{ VAULT_SLOT_MODE, 1 << HSM_OPERATIONAL },
		{ VAULT_SLOT_ACTIVATE, 1 << HSM_OPERATIONAL },
		{ VAULT_SLOT_DEACTIVATE, 1 << HSM_OPERATIONAL },
		{ VAULT_SLOT_SHOW, 1 << HSM_OPERATIONAL },
		{ VAULT_SLOT_WIPE, 1 << HSM_OPERATIONAL },
		{ VAULT_TRIAL, 1 << HSM_FACTORY },
	};
	static struct vault_bench b;

	for (enum hsm_state state = HSM_FACTORY; state <= HSM_INCONSISTENT; state++) {
		vault_bench_enter(&b);
		place_lead_to(&b.place, state);
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			union vaultlink_args args = { 0 };
			int r;

			if (table[i].id == VAULT_PLAN)
				for (size_t k = 0; k < SLOTS; k++)
					args.plan[k].mode = SLOT_AUTO;
			else {
				args.slot.slot = 4;
				args.slot.mode = SLOT_AUTO;
				args.slot.who = SLOT_USER;
			}
			r = vault_bench_call(&b, table[i].id, &args);
			CU_ASSERT_EQUAL(r != ERR_NOT_NOW, table[i].in >> state & 1);
		}
		vault_bench_leave(&b);
	}
}

static void
what_the_hsm_has_made_is_shown_and_nothing_else(void)
{
	static struct vault_bench b;
	char made[SLOT_CODE_MAX + 1];

	vault_bench_enter(&b);
	OK(plan(&b, "correct horse"));
	install(&b);
	OK(vault_bench_act(&b, VAULT_SLOT_SHOW, 4, ""));
	CU_ASSERT_EQUAL(strlen(b.result.shown), SLOT_MADE_LEN);
	strcpy(made, b.result.shown);
	OK(vault_bench_act(&b, VAULT_SLOT_DEACTIVATE, 4, ""));
	CU_ASSERT_EQUAL(vault_bench_slots(&b)[4].open, 0);
	OK(vault_bench_act(&b, VAULT_SLOT_ACTIVATE, 4, ""));
	CU_ASSERT_EQUAL(vault_bench_slots(&b)[4].open, 1);
	OK(vault_bench_act(&b, VAULT_SLOT_SHOW, 4, ""));
	CU_ASSERT_STRING_EQUAL(b.result.shown, made);
	CU_ASSERT_EQUAL(vault_bench_act(&b, VAULT_SLOT_SHOW, 3, ""), ERR_NOT_NOW);
	CU_ASSERT_STRING_EQUAL(b.result.shown, "");
	vault_bench_leave(&b);
}

/* Tries a wrong code over the second link, and says when it was answered. */
struct guess {
	struct vault_bench *b;
	atomic_int begun, answered;
	int r;
};

static void *
guess(void *arg)
{
	struct guess *g = arg;
	union vaultlink_args args = { 0 };

	args.slot.slot = 3;
	vault_bench_code(&args.slot.code_n, args.slot.code, "wrong horse");
	atomic_store(&g->begun, 1);
	g->r = vaultclient_call(g->b->slots, VAULT_SLOT_ACTIVATE, &args, NULL);
	atomic_store(&g->answered, 1);
	return NULL;
}

static void
a_wrong_code_that_is_answered_late_holds_up_nobody_else(void)
{
	static struct vault_bench b;
	static struct guess g;
	pthread_t thread;

	vault_bench_enter(&b);
	OK(vault_bench_call(&b, VAULT_TRIAL, NULL));
	/* Far longer than all the rest takes; slots_close ends it. */
	slots_delay(b.place.store, 60000, 60000);
	g = (struct guess){ .b = &b };
	OK(pthread_create(&thread, NULL, guess, &g));
	/* It is charged before it is compared: then the answer is what is waited for. */
	while (vault_bench_slots(&b)[3].user_left == SLOT_TRIES)
		OK(vault_bench_call(&b, VAULT_STATUS, NULL));
	OK(vault_bench_act(&b, VAULT_SLOT_ACTIVATE, 5, "98765432"));
	CU_ASSERT_EQUAL(atomic_load(&g.answered), 0);
	store_lock(b.place.store);
	slots_close(b.place.store);
	store_unlock(b.place.store);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(g.r, ERR_PIN_WRONG);
	vault_bench_leave(&b);
}

/* To the mode, with the code that the slot has now; of mode code it has the same then. */
static int
mode(struct vault_bench *b, uint8_t slot, uint8_t to, const char *now)
{
	union vaultlink_args args = { 0 };

	args.slot.slot = slot;
	args.slot.mode = to;
	vault_bench_code(&args.slot.now_n, args.slot.now, now);
	vault_bench_code(&args.slot.code_n, args.slot.code, to == SLOT_CODE ? "98765432" : "");
	return vault_bench_call(b, VAULT_SLOT_MODE, &args);
}

static void
administration_of_a_slot_ends_its_sessions_and_wakes_who_waits(void)
{
	static struct vault_bench b;
	uint8_t request[64], answer[256];
	struct p11_conn *conn;
	struct wire_request q = { .id = WIRE_HELLO, .version = WIRE_VERSION };
	const struct wire_page *page;
	uint64_t events, closings, event;
	struct wr wr, out;
	int fds[2];

	vault_bench_enter(&b);
	OK(vault_bench_call(&b, VAULT_TRIAL, NULL));
	OK(p11_conn_new(b.vault.p11, 0, 1, &conn));
	wr_init(&wr, request, sizeof(request));
	OK(wire_put_request(&wr, &q));
	wr_init(&out, answer, sizeof(answer));
	p11_answer(conn, request, wr.n, &out, fds);
	page = mmap(NULL, sizeof(*page), PROT_READ, MAP_SHARED, fds[0], 0);
	CU_ASSERT_FATAL(page != MAP_FAILED);
	closings = page->slot[3].closings;
	event = page->slot[3].event;
	events = page->events;
	OK(vault_bench_act(&b, VAULT_SLOT_ACTIVATE, 3, "98765432"));
	CU_ASSERT(page->slot[3].event > event && page->events > events);
	CU_ASSERT_EQUAL(page->slot[3].closings, closings);
	OK(vault_bench_act(&b, VAULT_SLOT_DEACTIVATE, 3, ""));
	CU_ASSERT(page->slot[3].closings > closings);
	/* Who came in without a code does not stay where one is asked for. */
	closings = page->slot[4].closings;
	OK(mode(&b, 4, SLOT_AUTO, "98765432"));
	CU_ASSERT_EQUAL(page->slot[4].closings, closings);
	OK(mode(&b, 4, SLOT_CODE, ""));
	CU_ASSERT(page->slot[4].closings > closings);
	CU_ASSERT_EQUAL(vault_bench_slots(&b)[4].open, 1);
	closings = page->slot[3].closings;
	OK(vault_bench_act(&b, VAULT_SLOT_WIPE, 3, ""));
	CU_ASSERT(page->slot[3].closings > closings);
	CU_ASSERT_EQUAL(page->slot[4].present, 1);
	closings = page->slot[4].closings;
	OK(vault_bench_call(&b, VAULT_RESET, NULL));
	CU_ASSERT(page->slot[4].closings > closings);
	CU_ASSERT_EQUAL(page->slot[4].present, 0);
	munmap((void *)(uintptr_t)page, sizeof(*page));
	p11_conn_free(conn);
	vault_bench_leave(&b);
}

static const struct sentence sentences[] = {
	SENTENCE(an_installation_makes_the_slots_of_its_plan_and_forgets_it),
	SENTENCE(without_a_plan_all_slots_are_auto),
	SENTENCE(a_plan_is_forgotten_by_whatever_ends_its_installation),
	SENTENCE(a_plan_that_cannot_be_is_no_commit),
	SENTENCE(a_trial_has_the_codes_that_everybody_knows),
	SENTENCE(each_call_about_slots_has_its_states),
	SENTENCE(what_the_hsm_has_made_is_shown_and_nothing_else),
	SENTENCE(a_wrong_code_that_is_answered_late_holds_up_nobody_else),
	SENTENCE(administration_of_a_slot_ends_its_sessions_and_wakes_who_waits),
};

SUITE("vault", sentences)
