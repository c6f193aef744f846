#include "tests/unit/vault_table.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"

static void
slots_of_mode_cards_are_made_when_all_their_users_are_enrolled(void)
{
	static struct table t;
	struct user_seat seat;

	table_sit(&t);
	OK(table_plan(&t, SLOT, "correct horse"));
	OK(vault_bench_begin(&t.b));
	CU_ASSERT_EQUAL(table_ops(&t)->enrolled(&t.gate.gate, SLOT, 1, &seat), ERR_NOT_FOUND);
	OK(vault_bench_commit(&t.b));
	CU_ASSERT_EQUAL(table_state(&t), HSM_INSTALLING);
	/* Users that the plan does not have. */
	CU_ASSERT_EQUAL(table_ops(&t)->enrol(&t.gate.gate, SLOT, 3, &table_people[0].seat), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(table_ops(&t)->enrol(&t.gate.gate, 6, 1, &table_people[0].seat), ERR_NOT_NOW);
	OK(table_ops(&t)->enrol(&t.gate.gate, SLOT, 1, &table_people[0].seat));
	CU_ASSERT_EQUAL(table_ops(&t)->enrol(&t.gate.gate, SLOT, 2, &table_people[0].seat), ERR_EXISTS);
	CU_ASSERT_EQUAL(table_ops(&t)->finish(&t.gate.gate), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(table_state(&t), HSM_INSTALLING);
	OK(table_ops(&t)->enrol(&t.gate.gate, SLOT, 2, &table_people[1].seat));
	OK(table_ops(&t)->enrolled(&t.gate.gate, SLOT, 2, &seat));
	SAME(&seat.keys, &table_people[1].seat.keys, sizeof(seat.keys));
	CU_ASSERT_STRING_EQUAL(seat.reader, "Pad 1");
	t.changed = 0;
	OK(table_ops(&t)->finish(&t.gate.gate));
	CU_ASSERT_EQUAL(t.changed, 1);
	CU_ASSERT_EQUAL(table_state(&t), HSM_OPERATIONAL);
	CU_ASSERT(table_slot(&t)->mode == SLOT_CARDS && table_slot(&t)->users == PEOPLE);
	CU_ASSERT_EQUAL(table_slot(&t)->seat[1].copies, table_people[1].seat.copies);
	CU_ASSERT_STRING_EQUAL(table_slot(&t)->seat[0].reader, "");
	CU_ASSERT_STRING_EQUAL(table_slot(&t)->seat[1].reader, "Pad 1");
	CU_ASSERT(table_slot(&t)->open == 0 && vault_bench_slots(&t.b)[1].open == 1);
	/* Its codes wait for `open`, until the ceremony is over. */
	CU_ASSERT_PTR_NOT_NULL(t.b.vault.plan);
	OK(vault_bench_call(&t.b, VAULT_UNPLAN, NULL));
	CU_ASSERT_PTR_NULL(t.b.vault.plan);
	CU_ASSERT_EQUAL(table_ops(&t)->finish(&t.gate.gate), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(table_ops(&t)->enrol(&t.gate.gate, SLOT, 1, &table_people[0].seat), ERR_NOT_NOW);
	table_rise(&t);
}

/* Ward's order, and its end right behind it, which vault sees when it has carried it out. */
static void
order_and_hang_up(struct table *t, uint8_t id)
{
	int pair[2];

	OK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	CU_ASSERT_EQUAL(send(pair[0], &id, 1, 0), 1);
	close(pair[0]);
	OK(vault_serve(&t->b.vault, pair[1]));
	close(pair[1]);
}

static void
slots_stay_made_when_the_link_breaks_before_ward_hears_of_it(void)
{
	static struct table t;
	union vaultlink_args args = { 0 };
	uint64_t number;

	table_sit(&t);
	OK(table_plan(&t, SLOT, "correct horse"));
	OK(vault_bench_begin(&t.b));
	OK(vault_bench_commit(&t.b));
	table_enrol(&t, SLOT);
	order_and_hang_up(&t, VAULT_FINISH);
	CU_ASSERT_EQUAL(table_state(&t), HSM_OPERATIONAL);
	CU_ASSERT(table_slot(&t)->mode == SLOT_CARDS && table_slot(&t)->users == PEOPLE);
	/* Nor does a ward that believes it broke off take it back, or make it a second time. */
	strcpy(args.broken.message, "slot-users, step finish");
	CU_ASSERT_EQUAL(vault_bench_call(&t.b, VAULT_BROKEN, &args), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(table_ops(&t)->finish(&t.gate.gate), ERR_NOT_NOW);
	OK(vault_bench_call(&t.b, VAULT_UNPLAN, NULL));
	CU_ASSERT_EQUAL(table_state(&t), HSM_OPERATIONAL);
	number = table_ask(&t, "correct horse");
	table_prove(&t, number);
	OK(table_ops(&t)->end(&t.gate.gate, number, 0, 1));
	CU_ASSERT_EQUAL(table_slot(&t)->open, 1);
	table_rise(&t);
}

static void
a_slot_opens_when_its_people_have_proven_themselves_one_after_the_other(void)
{
	static struct table t;
	struct user_seat seat;
	uint64_t number;

	table_sit(&t);
	table_install(&t, SLOT, "correct horse");
	CU_ASSERT_EQUAL(vault_bench_act(&t.b, VAULT_SLOT_ACTIVATE, SLOT, "wrong horse"),
	    ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(vault_bench_act(&t.b, VAULT_SLOT_ACTIVATE, SLOT, ""), ERR_ARG);
	number = table_ask(&t, "correct horse");
	CU_ASSERT_EQUAL(table_slot(&t)->asking, 1);
	OK(table_ops(&t)->seat(&t.gate.gate, number, 2, &seat));
	SAME(&seat.keys, &table_people[1].seat.keys, sizeof(seat.keys));
	CU_ASSERT_EQUAL(table_proof(&t, number, 2, &table_people[1]), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(table_proof(&t, number, 1, &table_people[1]), ERR_MAC);
	CU_ASSERT_EQUAL(table_proof(&t, number + 1, 1, &table_people[0]), ERR_NOT_NOW);
	table_prove(&t, number);
	CU_ASSERT_EQUAL(table_slot(&t)->open, 0);
	OK(table_ops(&t)->end(&t.gate.gate, number, 0, 1));
	CU_ASSERT_EQUAL(table_slot(&t)->open, 1);
	CU_ASSERT_EQUAL(table_slot(&t)->asking, 0);
	CU_ASSERT_EQUAL(table_rung(&t), 0);
	/* It is open already: nobody is asked. */
	OK(vault_bench_act(&t.b, VAULT_SLOT_ACTIVATE, SLOT, "correct horse"));
	CU_ASSERT(t.b.result.asked.asks == 1 && t.b.result.asked.opening == 0);
	table_rise(&t);
}

/* Vault's page for PKCS#11 tells of what ends a session. */
struct page {
	const struct wire_page *page;
	struct p11_conn *conn;
};

static void
look(struct table *t, struct page *p)
{
	uint8_t request[64], answer[256];
	struct wire_request q = { .id = WIRE_HELLO, .version = WIRE_VERSION };
	struct wr wr, out;
	int fds[2];

	OK(p11_conn_new(t->b.vault.p11, 0, 1, &p->conn));
	wr_init(&wr, request, sizeof(request));
	OK(wire_put_request(&wr, &q));
	wr_init(&out, answer, sizeof(answer));
	p11_answer(p->conn, request, wr.n, &out, fds);
	p->page = mmap(NULL, sizeof(*p->page), PROT_READ, MAP_SHARED, fds[0], 0);
	CU_ASSERT_FATAL(p->page != MAP_FAILED);
}

static void
look_away(struct page *p)
{
	munmap((void *)(uintptr_t)p->page, sizeof(*p->page));
	p11_conn_free(p->conn);
}

static void
an_opening_that_fails_closes_all_ends_all_sessions_and_rings_once(void)
{
	static struct table t;
	uint64_t closings[SLOTS], event, events, number;
	struct page p;

	table_sit(&t);
	table_install(&t, SLOT, "correct horse");
	look(&t, &p);
	for (size_t i = 0; i < SLOTS; i++)
		closings[i] = p.page->slot[i].closings;
	number = table_ask(&t, "correct horse");
	OK(table_proof(&t, number, 1, &table_people[0]));
	OK(table_ops(&t)->end(&t.gate.gate, number, ERR_CANCELLED, 1));
	CU_ASSERT_EQUAL(table_rung(&t), 1);
	for (size_t i = 0; i < SLOTS; i++)
		CU_ASSERT(p.page->slot[i].closings > closings[i]);
	CU_ASSERT(table_slot(&t)->held == 1 && table_slot(&t)->open == 0);
	CU_ASSERT_EQUAL(vault_bench_slots(&t.b)[1].open, 1);
	/* It waits for the operator, who is heard. */
	number = table_ask(&t, "correct horse");
	table_prove(&t, number);
	event = p.page->slot[SLOT].event;
	events = p.page->events;
	OK(table_ops(&t)->end(&t.gate.gate, number, 0, 1));
	CU_ASSERT(table_slot(&t)->held == 0 && table_slot(&t)->open == 1);
	/* Of other slots there is nothing to tell. */
	CU_ASSERT_EQUAL(p.page->slot[SLOT].event, event + 1);
	CU_ASSERT_EQUAL(p.page->events, events + 1);
	CU_ASSERT_EQUAL(table_rung(&t), 0);
	look_away(&p);
	table_rise(&t);
}

static void
an_opening_that_asked_nobody_fails_nothing_else(void)
{
	static struct table t;
	uint64_t closings, number;
	struct page p;

	table_sit(&t);
	table_install(&t, SLOT, "correct horse");
	look(&t, &p);
	closings = p.page->slot[1].closings;
	number = table_ask(&t, "correct horse");
	OK(table_ops(&t)->end(&t.gate.gate, number, ERR_NO_SERVICE, 0));
	CU_ASSERT_EQUAL(table_rung(&t), 0);
	CU_ASSERT_EQUAL(p.page->slot[1].closings, closings);
	CU_ASSERT(table_slot(&t)->held == 0 && table_slot(&t)->open == 0 && table_slot(&t)->asking == 0);
	look_away(&p);
	table_rise(&t);
}

static void
an_installation_opens_its_first_slots_beside_those_that_wait(void)
{
	static struct table t;
	uint64_t number;

	table_sit(&t);
	OK(table_plan(&t, 0, ""));
	OK(vault_bench_begin(&t.b));
	OK(vault_bench_commit(&t.b));
	table_enrol(&t, 0);
	CU_ASSERT_EQUAL(table_ops(&t)->open(&t.gate.gate, 0, &number), ERR_NOT_NOW);
	OK(table_ops(&t)->finish(&t.gate.gate));
	CU_ASSERT_EQUAL(table_ops(&t)->open(&t.gate.gate, 1, &number), ERR_NOT_NOW);
	OK(table_ops(&t)->open(&t.gate.gate, 0, &number));
	table_prove(&t, number);
	OK(table_ops(&t)->end(&t.gate.gate, number, 0, 1));
	CU_ASSERT_EQUAL(vault_bench_slots(&t.b)[0].open, 1);
	CU_ASSERT_EQUAL(vault_bench_slots(&t.b)[0].stored, 1);
	OK(vault_bench_call(&t.b, VAULT_UNPLAN, NULL));
	CU_ASSERT_EQUAL(table_ops(&t)->open(&t.gate.gate, 0, &number), ERR_NOT_NOW);
	table_rise(&t);
}

static void
a_card_is_known_for_whose_it_is(void)
{
	static struct table t;
	unsigned at = 99, user = 99;
	uint8_t scalar[P256_SCALAR];
	struct user_keys other;

	table_sit(&t);
	table_install(&t, SLOT, "correct horse");
	OK(table_ops(&t)->whose(&t.gate.gate, &table_people[1].seat.keys, &at, &user));
	CU_ASSERT(at == SLOT && user == 2);
	other = table_people[1].seat.keys;
	other.modulus[9] ^= 1;
	OK(p256_generate(scalar, other.point));
	CU_ASSERT_EQUAL(table_ops(&t)->whose(&t.gate.gate, &other, &at, &user), ERR_NOT_FOUND);
	table_rise(&t);
}

static void
a_gate_that_is_closed_says_so_to_everything(void)
{
	static struct table t;
	uint8_t text[CHALLENGE_LEN], point[USER_POINT];
	struct user_seat seat;
	uint64_t number;

	table_sit(&t);
	table_install(&t, SLOT, "correct horse");
	number = table_ask(&t, "correct horse");
	vaultgate_close(&t.gate);
	CU_ASSERT_EQUAL(table_ops(&t)->seat(&t.gate.gate, number, 1, &seat), ERR_CLOSED);
	CU_ASSERT_EQUAL(table_ops(&t)->challenge(&t.gate.gate, number, 1, text, point), ERR_CLOSED);
	CU_ASSERT_EQUAL(table_ops(&t)->enrol(&t.gate.gate, SLOT, 1, &table_people[0].seat), ERR_CLOSED);
	CU_ASSERT_EQUAL(table_ops(&t)->finish(&t.gate.gate), ERR_CLOSED);
	CU_ASSERT_EQUAL(table_ops(&t)->end(&t.gate.gate, number, 0, 1), ERR_CLOSED);
	CU_ASSERT_EQUAL(table_slot(&t)->open, 0);
	table_rise(&t);
}

struct waiter {
	struct table *t;
	atomic_int done;
	int r;
};

static void *
wait_next(void *arg)
{
	struct waiter *w = arg;

	w->r = vaultclient_call(w->t->b.people, VAULT_OPENING_NEXT, NULL, NULL);
	atomic_store(&w->done, 1);
	return NULL;
}

static void
who_waits_for_an_opening_holds_up_nobody_and_is_let_go_at_the_end(void)
{
	static struct table t;
	struct waiter w = { .t = &t, .r = 1 };
	pthread_t thread;

	table_sit(&t);
	table_install(&t, SLOT, "correct horse");
	OK(pthread_create(&thread, NULL, wait_next, &w));
	for (size_t i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(table_slot(&t)->open, 0);
	CU_ASSERT_EQUAL(atomic_load(&w.done), 0);
	vaultclient_hang_up(t.b.people);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(w.r, ERR_CLOSED);
	table_rise(&t);
}

static const struct sentence sentences[] = {
	SENTENCE(slots_of_mode_cards_are_made_when_all_their_users_are_enrolled),
	SENTENCE(slots_stay_made_when_the_link_breaks_before_ward_hears_of_it),
	SENTENCE(a_slot_opens_when_its_people_have_proven_themselves_one_after_the_other),
	SENTENCE(an_opening_that_fails_closes_all_ends_all_sessions_and_rings_once),
	SENTENCE(an_opening_that_asked_nobody_fails_nothing_else),
	SENTENCE(an_installation_opens_its_first_slots_beside_those_that_wait),
	SENTENCE(a_gate_that_is_closed_says_so_to_everything),
	SENTENCE(who_waits_for_an_opening_holds_up_nobody_and_is_let_go_at_the_end),
	SENTENCE(a_card_is_known_for_whose_it_is),
};

SUITE("vault_people", sentences)
