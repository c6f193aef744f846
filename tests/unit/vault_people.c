#include "tests/unit/vault_bench.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "hsm/daemon/vaultgate.h"
#include "hsm/vault/store_parts.h"

enum { SLOT = 7, PEOPLE = 2 };

/* What the cards of a user have; made once, since RSA is slow. */
struct person {
	EVP_PKEY *rsa;
	uint8_t scalar[P256_SCALAR];
	struct user_seat seat;
};

static struct person people[PEOPLE];

static void
make_people(void)
{
	for (size_t i = 0; i < PEOPLE && people[i].rsa == NULL; i++) {
		struct person *p = &people[i];
		BIGNUM *n = NULL;

		p->rsa = EVP_RSA_gen(2048);
		CU_ASSERT_FATAL(p->rsa != NULL &&
		    EVP_PKEY_get_bn_param(p->rsa, OSSL_PKEY_PARAM_RSA_N, &n) == 1);
		CU_ASSERT_EQUAL(BN_bn2binpad(n, p->seat.keys.modulus, USER_MODULUS), USER_MODULUS);
		BN_free(n);
		OK(p256_generate(p->scalar, p->seat.keys.point));
		p->seat.copies = 2;
		strcpy(p->seat.reader, i == 0 ? "" : "Pad 1");
	}
}

struct table {
	struct vault_bench b;
	struct vaultgate gate;
	int rings;			/* the parent's end of the pipe */
	unsigned changed;
};

static void
changed(void *arg)
{
	((struct table *)arg)->changed++;
}

static const struct gate_ops *
ops(struct table *t)
{
	return t->gate.gate.ops;
}

static void
sit(struct table *t)
{
	int pair[2];

	make_people();
	memset(t, 0, sizeof(*t));
	vault_bench_enter(&t->b);
	OK(pipe2(pair, O_CLOEXEC | O_NONBLOCK));
	t->rings = pair[0];
	t->b.vault.restart_fd = pair[1];
	vaultgate_init(&t->gate, t->b.client, changed, t);
}

static void
rise(struct table *t)
{
	vault_bench_leave(&t->b);
	close(t->rings);
	close(t->b.vault.restart_fd);
}

static unsigned
rung(struct table *t)
{
	char bytes[16];
	const ssize_t n = read(t->rings, bytes, sizeof(bytes));

	return n < 0 ? 0 : (unsigned)n;
}

static int
plan(struct table *t, uint8_t slot, const char *code)
{
	union vaultlink_args args = { 0 };

	for (size_t i = 0; i < SLOTS; i++)
		args.plan[i].mode = SLOT_AUTO;
	args.plan[slot].mode = SLOT_CARDS;
	args.plan[slot].users = PEOPLE;
	args.plan[slot].copies = 2;
	vault_bench_code(&args.plan[slot].code_n, args.plan[slot].code, code);
	return vault_bench_call(&t->b, VAULT_PLAN, &args);
}

static void
enrol_all(struct table *t, unsigned slot)
{
	for (unsigned u = 1; u <= PEOPLE; u++)
		OK(ops(t)->enrol(&t->gate.gate, slot, u, &people[u - 1].seat));
}

/* An HSM whose slot opens with two people and a code. */
static void
install(struct table *t, uint8_t slot, const char *code)
{
	OK(plan(t, slot, code));
	OK(vault_bench_begin(&t->b));
	OK(vault_bench_commit(&t->b));
	enrol_all(t, slot);
	OK(ops(t)->finish(&t->gate.gate));
}

static uint8_t
state(struct table *t)
{
	OK(vault_bench_call(&t->b, VAULT_STATUS, NULL));
	return t->b.result.status.hsm.state;
}

static int
proof(struct table *t, uint64_t number, unsigned user, const struct person *p)
{
	uint8_t text[CHALLENGE_LEN], point[USER_POINT], signature[USER_MODULUS], z[LOCK_SECRET];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t n = sizeof(signature);
	int r;

	if ((r = ops(t)->challenge(&t->gate.gate, number, user, text, point)) == 0) {
		CU_ASSERT(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, p->rsa) == 1 &&
		    EVP_DigestSign(md, signature, &n, text, sizeof(text)) == 1);
		OK(p256_agree(p->scalar, point, z));
		r = ops(t)->proof(&t->gate.gate, number, user, signature, z);
	}
	EVP_MD_CTX_free(md);
	return r;
}

/* Asked for by the operator, and taken by ward. */
static uint64_t
ask(struct table *t, const char *code)
{
	uint64_t number;

	OK(vault_bench_act(&t->b, VAULT_SLOT_ACTIVATE, SLOT, code));
	CU_ASSERT_EQUAL(t->b.result.asked.asks, 1);
	number = t->b.result.asked.opening;
	CU_ASSERT_FATAL(number != 0);
	OK(vaultclient_call(t->b.people, VAULT_OPENING_NEXT, NULL, &t->b.result));
	CU_ASSERT_EQUAL(t->b.result.opening.number, number);
	CU_ASSERT_EQUAL(t->b.result.opening.slot, SLOT);
	CU_ASSERT_EQUAL(t->b.result.opening.users, PEOPLE);
	return number;
}

static void
all_prove(struct table *t, uint64_t number)
{
	for (unsigned u = 1; u <= PEOPLE; u++)
		OK(proof(t, number, u, &people[u - 1]));
}

static const struct slot_info *
slot(struct table *t)
{
	return &vault_bench_slots(&t->b)[SLOT];
}

static void
slots_of_mode_cards_are_made_when_all_their_users_are_enrolled(void)
{
	static struct table t;
	struct user_seat seat;

	sit(&t);
	OK(plan(&t, SLOT, "correct horse"));
	OK(vault_bench_begin(&t.b));
	CU_ASSERT_EQUAL(ops(&t)->enrolled(&t.gate.gate, SLOT, 1, &seat), ERR_NOT_FOUND);
	OK(vault_bench_commit(&t.b));
	CU_ASSERT_EQUAL(state(&t), HSM_INSTALLING);
	/* Users that the plan does not have. */
	CU_ASSERT_EQUAL(ops(&t)->enrol(&t.gate.gate, SLOT, 3, &people[0].seat), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(ops(&t)->enrol(&t.gate.gate, 6, 1, &people[0].seat), ERR_NOT_NOW);
	OK(ops(&t)->enrol(&t.gate.gate, SLOT, 1, &people[0].seat));
	CU_ASSERT_EQUAL(ops(&t)->enrol(&t.gate.gate, SLOT, 2, &people[0].seat), ERR_EXISTS);
	CU_ASSERT_EQUAL(ops(&t)->finish(&t.gate.gate), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(state(&t), HSM_INSTALLING);
	OK(ops(&t)->enrol(&t.gate.gate, SLOT, 2, &people[1].seat));
	OK(ops(&t)->enrolled(&t.gate.gate, SLOT, 2, &seat));
	SAME(&seat.keys, &people[1].seat.keys, sizeof(seat.keys));
	CU_ASSERT_STRING_EQUAL(seat.reader, "Pad 1");
	t.changed = 0;
	OK(ops(&t)->finish(&t.gate.gate));
	CU_ASSERT_EQUAL(t.changed, 1);
	CU_ASSERT_EQUAL(state(&t), HSM_OPERATIONAL);
	CU_ASSERT(slot(&t)->mode == SLOT_CARDS && slot(&t)->users == PEOPLE);
	CU_ASSERT(slot(&t)->open == 0 && vault_bench_slots(&t.b)[1].open == 1);
	/* Its codes wait for `open`, until the ceremony is over. */
	CU_ASSERT_PTR_NOT_NULL(t.b.vault.plan);
	OK(vault_bench_call(&t.b, VAULT_UNPLAN, NULL));
	CU_ASSERT_PTR_NULL(t.b.vault.plan);
	CU_ASSERT_EQUAL(ops(&t)->finish(&t.gate.gate), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(ops(&t)->enrol(&t.gate.gate, SLOT, 1, &people[0].seat), ERR_NOT_NOW);
	rise(&t);
}

static void
a_slot_opens_when_its_people_have_proven_themselves_one_after_the_other(void)
{
	static struct table t;
	struct user_seat seat;
	uint64_t number;

	sit(&t);
	install(&t, SLOT, "correct horse");
	CU_ASSERT_EQUAL(vault_bench_act(&t.b, VAULT_SLOT_ACTIVATE, SLOT, "wrong horse"),
	    ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(vault_bench_act(&t.b, VAULT_SLOT_ACTIVATE, SLOT, ""), ERR_ARG);
	number = ask(&t, "correct horse");
	CU_ASSERT_EQUAL(slot(&t)->asking, 1);
	OK(ops(&t)->seat(&t.gate.gate, number, 2, &seat));
	SAME(&seat.keys, &people[1].seat.keys, sizeof(seat.keys));
	CU_ASSERT_EQUAL(proof(&t, number, 2, &people[1]), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(proof(&t, number, 1, &people[1]), ERR_MAC);
	CU_ASSERT_EQUAL(proof(&t, number + 1, 1, &people[0]), ERR_NOT_NOW);
	all_prove(&t, number);
	CU_ASSERT_EQUAL(slot(&t)->open, 0);
	OK(ops(&t)->end(&t.gate.gate, number, 0, 1));
	CU_ASSERT_EQUAL(slot(&t)->open, 1);
	CU_ASSERT_EQUAL(slot(&t)->asking, 0);
	CU_ASSERT_EQUAL(rung(&t), 0);
	/* It is open already: nobody is asked. */
	OK(vault_bench_act(&t.b, VAULT_SLOT_ACTIVATE, SLOT, "correct horse"));
	CU_ASSERT(t.b.result.asked.asks == 1 && t.b.result.asked.opening == 0);
	rise(&t);
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

	sit(&t);
	install(&t, SLOT, "correct horse");
	look(&t, &p);
	for (size_t i = 0; i < SLOTS; i++)
		closings[i] = p.page->slot[i].closings;
	number = ask(&t, "correct horse");
	OK(proof(&t, number, 1, &people[0]));
	OK(ops(&t)->end(&t.gate.gate, number, ERR_CANCELLED, 1));
	CU_ASSERT_EQUAL(rung(&t), 1);
	for (size_t i = 0; i < SLOTS; i++)
		CU_ASSERT(p.page->slot[i].closings > closings[i]);
	CU_ASSERT(slot(&t)->held == 1 && slot(&t)->open == 0);
	CU_ASSERT_EQUAL(vault_bench_slots(&t.b)[1].open, 1);
	/* It waits for the operator, who is heard. */
	number = ask(&t, "correct horse");
	all_prove(&t, number);
	event = p.page->slot[SLOT].event;
	events = p.page->events;
	OK(ops(&t)->end(&t.gate.gate, number, 0, 1));
	CU_ASSERT(slot(&t)->held == 0 && slot(&t)->open == 1);
	/* Of other slots there is nothing to tell. */
	CU_ASSERT_EQUAL(p.page->slot[SLOT].event, event + 1);
	CU_ASSERT_EQUAL(p.page->events, events + 1);
	CU_ASSERT_EQUAL(rung(&t), 0);
	look_away(&p);
	rise(&t);
}

static void
an_opening_that_asked_nobody_fails_nothing_else(void)
{
	static struct table t;
	uint64_t closings, number;
	struct page p;

	sit(&t);
	install(&t, SLOT, "correct horse");
	look(&t, &p);
	closings = p.page->slot[1].closings;
	number = ask(&t, "correct horse");
	OK(ops(&t)->end(&t.gate.gate, number, ERR_NO_SERVICE, 0));
	CU_ASSERT_EQUAL(rung(&t), 0);
	CU_ASSERT_EQUAL(p.page->slot[1].closings, closings);
	CU_ASSERT(slot(&t)->held == 0 && slot(&t)->open == 0 && slot(&t)->asking == 0);
	look_away(&p);
	rise(&t);
}

static void
another_mode_changes_when_the_people_have_been_there(void)
{
	static struct table t;
	union vaultlink_args args = { 0 };
	uint64_t number;

	sit(&t);
	install(&t, SLOT, "correct horse");
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
	all_prove(&t, number);
	CU_ASSERT_EQUAL(slot(&t)->mode, SLOT_CARDS);
	OK(ops(&t)->end(&t.gate.gate, number, 0, 1));
	CU_ASSERT_EQUAL(slot(&t)->mode, SLOT_CODE);
	OK(vault_bench_act(&t.b, VAULT_SLOT_ACTIVATE, SLOT, "another horse"));
	CU_ASSERT_EQUAL(t.b.result.asked.asks, 0);
	rise(&t);
}

static void
a_token_without_a_code_gets_another_mode_at_once(void)
{
	static struct table t;
	union vaultlink_args args = { 0 };

	sit(&t);
	install(&t, SLOT, "correct horse");
	args.slot.slot = SLOT;
	OK(vault_bench_call(&t.b, VAULT_SLOT_WIPE, &args));
	args.slot.mode = SLOT_CODE;
	vault_bench_code(&args.slot.code_n, args.slot.code, "another horse");
	vault_bench_code(&args.slot.now_n, args.slot.now, "correct horse");
	CU_ASSERT_EQUAL(vault_bench_call(&t.b, VAULT_SLOT_MODE, &args), ERR_NOT_FOUND);
	args.slot.now_n = 0;
	OK(vault_bench_call(&t.b, VAULT_SLOT_MODE, &args));
	CU_ASSERT_EQUAL(t.b.result.asked.asks, 0);
	CU_ASSERT(slot(&t)->mode == SLOT_CODE && slot(&t)->users == 0);
	OK(vault_bench_act(&t.b, VAULT_SLOT_ACTIVATE, SLOT, "another horse"));
	rise(&t);
}

static void
an_order_for_mode_cards_waits_for_its_users_and_is_forgotten_otherwise(void)
{
	static struct table t;
	union vaultlink_args args = { 0 };
	struct user_seat seat;

	sit(&t);
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
	OK(ops(&t)->enrol(&t.gate.gate, SLOT, 1, &people[0].seat));
	/* It breaks off; a new order makes all users anew. */
	OK(vault_bench_call(&t.b, VAULT_UNPLAN, NULL));
	CU_ASSERT_PTR_NULL(t.b.vault.order);
	CU_ASSERT_EQUAL(ops(&t)->enrol(&t.gate.gate, SLOT, 2, &people[1].seat), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(ops(&t)->finish(&t.gate.gate), ERR_NOT_NOW);
	OK(vault_bench_call(&t.b, VAULT_SLOT_CARDS, &args));
	CU_ASSERT_EQUAL(ops(&t)->enrolled(&t.gate.gate, SLOT, 1, &seat), ERR_NOT_FOUND);
	enrol_all(&t, SLOT);
	CU_ASSERT_EQUAL(slot(&t)->mode, SLOT_CODE);
	OK(ops(&t)->finish(&t.gate.gate));
	CU_ASSERT(slot(&t)->mode == SLOT_CARDS && slot(&t)->users == PEOPLE);
	CU_ASSERT_PTR_NULL(t.b.vault.order);
	rise(&t);
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

	sit(&t);
	OK(vault_bench_call(&t.b, VAULT_TRIAL, NULL));
	/* The code is kept, so that the order fits before and after. */
	order(&cards.slot, SLOT_CARDS, "98765432", "98765432");
	order(&code.slot, SLOT_CODE, "98765432", "another horse");
	OK(vault_bench_call(&t.b, VAULT_SLOT_CARDS, &cards));
	enrol_all(&t, SLOT);
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
	rise(&t);
}

static void
an_installation_opens_its_first_slots_beside_those_that_wait(void)
{
	static struct table t;
	uint64_t number;

	sit(&t);
	OK(plan(&t, 0, ""));
	OK(vault_bench_begin(&t.b));
	OK(vault_bench_commit(&t.b));
	enrol_all(&t, 0);
	CU_ASSERT_EQUAL(ops(&t)->open(&t.gate.gate, 0, &number), ERR_NOT_NOW);
	OK(ops(&t)->finish(&t.gate.gate));
	CU_ASSERT_EQUAL(ops(&t)->open(&t.gate.gate, 1, &number), ERR_NOT_NOW);
	OK(ops(&t)->open(&t.gate.gate, 0, &number));
	all_prove(&t, number);
	OK(ops(&t)->end(&t.gate.gate, number, 0, 1));
	CU_ASSERT_EQUAL(vault_bench_slots(&t.b)[0].open, 1);
	CU_ASSERT_EQUAL(vault_bench_slots(&t.b)[0].stored, 1);
	OK(vault_bench_call(&t.b, VAULT_UNPLAN, NULL));
	CU_ASSERT_EQUAL(ops(&t)->open(&t.gate.gate, 0, &number), ERR_NOT_NOW);
	rise(&t);
}

static void
a_card_is_known_for_whose_it_is(void)
{
	static struct table t;
	unsigned at = 99, user = 99;
	uint8_t scalar[P256_SCALAR];
	struct user_keys other;

	sit(&t);
	install(&t, SLOT, "correct horse");
	OK(ops(&t)->whose(&t.gate.gate, &people[1].seat.keys, &at, &user));
	CU_ASSERT(at == SLOT && user == 2);
	other = people[1].seat.keys;
	other.modulus[9] ^= 1;
	OK(p256_generate(scalar, other.point));
	CU_ASSERT_EQUAL(ops(&t)->whose(&t.gate.gate, &other, &at, &user), ERR_NOT_FOUND);
	rise(&t);
}

static void
a_gate_that_is_closed_says_so_to_everything(void)
{
	static struct table t;
	uint8_t text[CHALLENGE_LEN], point[USER_POINT];
	struct user_seat seat;
	uint64_t number;

	sit(&t);
	install(&t, SLOT, "correct horse");
	number = ask(&t, "correct horse");
	vaultgate_close(&t.gate);
	CU_ASSERT_EQUAL(ops(&t)->seat(&t.gate.gate, number, 1, &seat), ERR_CLOSED);
	CU_ASSERT_EQUAL(ops(&t)->challenge(&t.gate.gate, number, 1, text, point), ERR_CLOSED);
	CU_ASSERT_EQUAL(ops(&t)->enrol(&t.gate.gate, SLOT, 1, &people[0].seat), ERR_CLOSED);
	CU_ASSERT_EQUAL(ops(&t)->finish(&t.gate.gate), ERR_CLOSED);
	CU_ASSERT_EQUAL(ops(&t)->end(&t.gate.gate, number, 0, 1), ERR_CLOSED);
	CU_ASSERT_EQUAL(slot(&t)->open, 0);
	rise(&t);
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

	sit(&t);
	install(&t, SLOT, "correct horse");
	OK(pthread_create(&thread, NULL, wait_next, &w));
	for (size_t i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(slot(&t)->open, 0);
	CU_ASSERT_EQUAL(atomic_load(&w.done), 0);
	vaultclient_hang_up(t.b.people);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(w.r, ERR_CLOSED);
	rise(&t);
}

static const struct sentence sentences[] = {
	SENTENCE(slots_of_mode_cards_are_made_when_all_their_users_are_enrolled),
	SENTENCE(a_slot_opens_when_its_people_have_proven_themselves_one_after_the_other),
	SENTENCE(an_opening_that_fails_closes_all_ends_all_sessions_and_rings_once),
	SENTENCE(an_opening_that_asked_nobody_fails_nothing_else),
	SENTENCE(another_mode_changes_when_the_people_have_been_there),
	SENTENCE(a_token_without_a_code_gets_another_mode_at_once),
	SENTENCE(an_order_for_mode_cards_waits_for_its_users_and_is_forgotten_otherwise),
	SENTENCE(an_order_that_comes_while_a_slot_gets_its_users_waits_for_no_people),
	SENTENCE(an_installation_opens_its_first_slots_beside_those_that_wait),
	SENTENCE(a_gate_that_is_closed_says_so_to_everything),
	SENTENCE(who_waits_for_an_opening_holds_up_nobody_and_is_let_go_at_the_end),
	SENTENCE(a_card_is_known_for_whose_it_is),
};

SUITE("vault_people", sentences)
