#include "tests/unit/vault_table.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"

/* Orders of the operator for slots that people open, or are about to. */

static void
another_mode_changes_when_the_people_have_been_there(void)
{
	static struct table t;
	union vaultlink_args args = { 0 };
	uint64_t number;

	table_sit(&t);
	table_install(&t, SLOT, "correct horse");
	args.slot.slot = SLOT;
	args.slot.mode = SLOT_CODE;
	vault_bench_code(&args.slot.now_n, args.slot.now, "wrong horse");
	vault_bench_code(&args.slot.code_n, args.slot.code, "another horse");
	CU_ASSERT_EQUAL(vault_bench_call(&t.b, VAULT_SLOT_MODE, &args), ERR_PIN_WRONG);
	vault_bench_code(&args.slot.now_n, args.slot.now, "correct horse");
	OK(vault_bench_call(&t.b, VAULT_SLOT_MODE, &args));
	CU_ASSERT_EQUAL(t.b.result.asked.asks, 1);
	number = t.b.result.asked.opening;
	OK(vaultclient_call(t.b.people, VAULT_OPENING_NEXT, NULL, &t.b.result));
	CU_ASSERT_EQUAL(t.b.result.opening.number, number);
	CU_ASSERT_EQUAL(t.b.result.opening.purpose, CHALLENGE_ADMIN);
	table_prove(&t, number);
	CU_ASSERT_EQUAL(table_slot(&t)->mode, SLOT_CARDS);
	OK(table_ops(&t)->end(&t.gate.gate, number, 0, 1));
	CU_ASSERT_EQUAL(table_slot(&t)->mode, SLOT_CODE);
	OK(vault_bench_act(&t.b, VAULT_SLOT_ACTIVATE, SLOT, "another horse"));
	CU_ASSERT_EQUAL(t.b.result.asked.asks, 0);
	table_rise(&t);
}

static void
a_token_without_a_code_gets_another_mode_at_once(void)
{
	static struct table t;
	union vaultlink_args args = { 0 };

	table_sit(&t);
	table_install(&t, SLOT, "correct horse");
	args.slot.slot = SLOT;
	OK(vault_bench_call(&t.b, VAULT_SLOT_WIPE, &args));
	args.slot.mode = SLOT_CODE;
	vault_bench_code(&args.slot.code_n, args.slot.code, "another horse");
	vault_bench_code(&args.slot.now_n, args.slot.now, "correct horse");
	CU_ASSERT_EQUAL(vault_bench_call(&t.b, VAULT_SLOT_MODE, &args), ERR_NOT_FOUND);
	args.slot.now_n = 0;
	OK(vault_bench_call(&t.b, VAULT_SLOT_MODE, &args));
	CU_ASSERT_EQUAL(t.b.result.asked.asks, 0);
	CU_ASSERT(table_slot(&t)->mode == SLOT_CODE && table_slot(&t)->users == 0);
	OK(vault_bench_act(&t.b, VAULT_SLOT_ACTIVATE, SLOT, "another horse"));
	table_rise(&t);
}

static void
an_order_for_mode_cards_waits_for_its_users_and_is_forgotten_otherwise(void)
{
	static struct table t;
	union vaultlink_args args = { 0 };
	struct user_seat seat;

	table_sit(&t);
	OK(vault_bench_call(&t.b, VAULT_TRIAL, NULL));
	args.slot.slot = SLOT;
	args.slot.mode = SLOT_CODE;
	args.slot.users = PEOPLE;
	args.slot.copies = 2;
	vault_bench_code(&args.slot.now_n, args.slot.now, "98765432");
	vault_bench_code(&args.slot.code_n, args.slot.code, "correct horse");
	CU_ASSERT_EQUAL(vault_bench_call(&t.b, VAULT_SLOT_CARDS, &args), ERR_ARG);
	args.slot.mode = SLOT_CARDS;
	CU_ASSERT_EQUAL(vault_bench_call(&t.b, VAULT_SLOT_MODE, &args), ERR_ARG);
	args.slot.now[0] = '0';
	CU_ASSERT_EQUAL(vault_bench_call(&t.b, VAULT_SLOT_CARDS, &args), ERR_PIN_WRONG);
	CU_ASSERT_PTR_NULL(t.b.vault.order);
	args.slot.now[0] = '9';
	OK(vault_bench_call(&t.b, VAULT_SLOT_CARDS, &args));
	OK(table_ops(&t)->enrol(&t.gate.gate, SLOT, 1, &table_people[0].seat));
	/* It breaks off; a new order makes all users anew. */
	OK(vault_bench_call(&t.b, VAULT_UNPLAN, NULL));
	CU_ASSERT_PTR_NULL(t.b.vault.order);
	CU_ASSERT_EQUAL(table_ops(&t)->enrol(&t.gate.gate, SLOT, 2, &table_people[1].seat), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(table_ops(&t)->finish(&t.gate.gate), ERR_NOT_NOW);
	OK(vault_bench_call(&t.b, VAULT_SLOT_CARDS, &args));
	CU_ASSERT_EQUAL(table_ops(&t)->enrolled(&t.gate.gate, SLOT, 1, &seat), ERR_NOT_FOUND);
	table_enrol(&t, SLOT);
	CU_ASSERT_EQUAL(table_slot(&t)->mode, SLOT_CODE);
	OK(table_ops(&t)->finish(&t.gate.gate));
	CU_ASSERT(table_slot(&t)->mode == SLOT_CARDS && table_slot(&t)->users == PEOPLE);
	CU_ASSERT_PTR_NULL(t.b.vault.order);
	table_rise(&t);
}

/* A call of ward's on a link of its own. */
struct errand {
	struct vaultclient *client;
	uint8_t id;
	union vaultlink_args *args;
	union vaultlink_result result;
	int r;
	atomic_int begun, done;
	pthread_t thread;
};

static void *
run_errand(void *arg)
{
	struct errand *e = arg;

	atomic_store(&e->begun, 1);
	e->r = vaultclient_call(e->client, e->id, e->args, &e->result);
	atomic_store(&e->done, 1);
	return NULL;
}

static void
send_out(struct errand *e)
{
	OK(pthread_create(&e->thread, NULL, run_errand, e));
}

static void
order(struct slot_order *o, uint8_t mode, const char *now, const char *code)
{
	o->slot = SLOT;
	o->mode = mode;
	o->users = mode == SLOT_CARDS ? PEOPLE : 0;
	o->copies = mode == SLOT_CARDS ? 2 : 0;
	vault_bench_code(&o->now_n, o->now, now);
	vault_bench_code(&o->code_n, o->code, code);
}

/* By the link that has nothing to do: what the others do takes its course meanwhile. */
static struct slot_info
look_at_slot(struct table *t)
{
	OK(vaultclient_call(t->b.people, VAULT_SLOTS, NULL, &t->b.result));
	return t->b.result.slots[SLOT];
}

static void
an_order_that_comes_while_a_slot_gets_its_users_waits_for_no_people(void)
{
	static struct table t;
	static union vaultlink_args cards, code;
	static struct errand finish, mode;
	time_t end = time(NULL) + 30;

	table_sit(&t);
	OK(vault_bench_call(&t.b, VAULT_TRIAL, NULL));
	/* The code is kept, so that the order fits before and after. */
	order(&cards.slot, SLOT_CARDS, "98765432", "98765432");
	order(&code.slot, SLOT_CODE, "98765432", "another horse");
	OK(vault_bench_call(&t.b, VAULT_SLOT_CARDS, &cards));
	table_enrol(&t, SLOT);
	/* No code is compared until they go on. */
	for (unsigned i = 0; i < SLOT_TURNS; i++)
		CU_ASSERT_EQUAL(sem_wait(&t.b.place.store->turns), 0);
	finish = (struct errand){ .client = t.b.client, .id = VAULT_FINISH };
	mode = (struct errand){ .client = t.b.slots, .id = VAULT_SLOT_MODE, .args = &code };
	send_out(&finish);
	while (look_at_slot(&t).user_left == SLOT_TRIES && time(NULL) < end)
		;
	send_out(&mode);
	for (size_t i = 0; i < 200 || !atomic_load(&mode.begun); i++)
		CU_ASSERT_EQUAL(look_at_slot(&t).mode, SLOT_CODE);
	for (unsigned i = 0; i < SLOT_TURNS; i++)
		sem_post(&t.b.place.store->turns);
	pthread_join(finish.thread, NULL);
	OK(finish.r);
	while (!atomic_load(&mode.done) && time(NULL) < end)
		(void)look_at_slot(&t);
	/* Whoever waits for people is let go. */
	people_stop(t.b.place.store);
	pthread_join(mode.thread, NULL);
	OK(mode.r);
	CU_ASSERT(mode.result.asked.asks == 1 && mode.result.asked.opening != 0);
	CU_ASSERT_EQUAL(look_at_slot(&t).mode, SLOT_CARDS);
	table_rise(&t);
}

static const struct sentence sentences[] = {
	SENTENCE(another_mode_changes_when_the_people_have_been_there),
	SENTENCE(a_token_without_a_code_gets_another_mode_at_once),
	SENTENCE(an_order_for_mode_cards_waits_for_its_users_and_is_forgotten_otherwise),
	SENTENCE(an_order_that_comes_while_a_slot_gets_its_users_waits_for_no_people),
};

SUITE("vault_orders", sentences)
