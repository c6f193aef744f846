#include "tests/unit/crew.h"

#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "hsm/vault/store_parts.h"
#include "tests/unit/suite.h"

/* What others do at a slot while its people are asked, or while it opens. */

static int
leave_it(struct place *p)
{
	return slot_leave(p->store, 7);
}

static int
wipe_it(struct place *p)
{
	return slot_wipe(p->store, 7, (const uint8_t *)TOKEN_SO, strlen(TOKEN_SO));
}

static int
init_it(struct place *p)
{
	return token_init(p, 7, TOKEN_SO, "another");
}

static int
reset_it(struct place *p)
{
	return store_factory_reset(p->store);
}

static int
close_it(struct place *p)
{
	slots_close(p->store);
	return 0;
}

static void
what_happens_to_a_slot_meanwhile_makes_its_opening_void(void)
{
	static int (*const acts[])(struct place *) = { leave_it, wipe_it, init_it, reset_it,
		close_it };
	struct caller c;
	struct opening o;
	struct place p;
	int failed;

	for (size_t i = 0; i < 2 * sizeof(acts) / sizeof(acts[0]); i++) {
		crew_enter(&p, 0);
		crew_login(&c, &p, 7, TOKEN_CODE);
		crew_waits(&p, 1);
		if (i % 2 == 0) {
			/* Before anybody was asked. */
			OK(acts[i / 2](&p));
			CU_ASSERT_EQUAL(crew_result(&c), ERR_NOT_NOW);
			CU_ASSERT_PTR_NULL(p.store->people.first);
			place_leave(&p);
			continue;
		}
		OK(people_next(p.store, &o));
		OK(crew_prove(&p, o.number, 1, 0));
		OK(acts[i / 2](&p));
		CU_ASSERT_EQUAL(crew_result(&c), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(people_end(p.store, o.number, 0, 1, &failed), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(failed, 0);
		CU_ASSERT_EQUAL(token_info(&p, 7).open, 0);
		CU_ASSERT_EQUAL(token_info(&p, 7).held, 0);
		place_leave(&p);
	}
}

static void
a_box_that_was_sealed_anew_meanwhile_makes_an_order_void(void)
{
	const struct slot_plan plan = token_plan(SLOT_AUTO, NULL, NULL);
	struct opening o;
	uint64_t number;
	struct place p;
	int failed;

	crew_enter(&p, 0);
	OK(crew_open(&p, 7, TOKEN_CODE, 0));
	OK(people_ask_mode(p.store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), &plan,
	    &number));
	OK(people_next(p.store, &o));
	OK(crew_prove(&p, number, 1, 0));
	OK(token_change(&p, 7, SLOT_SO, TOKEN_SO, "another PIN"));
	CU_ASSERT_EQUAL(people_end(p.store, number, 0, 1, &failed), ERR_NOT_NOW);
	CU_ASSERT(!failed && token_info(&p, 7).open && token_info(&p, 7).mode == SLOT_CARDS);
	place_leave(&p);
}

struct ender {
	struct place *p;
	uint64_t number;
	int r, failed;
};

static void *
end(void *arg)
{
	struct ender *e = arg;

	e->r = people_end(e->p->store, e->number, 0, 1, &e->failed);
	return NULL;
}

static void
who_closes_a_slot_while_it_opens_has_it_closed(void)
{
	struct caller c;
	struct ender e;
	struct opening o;
	struct place p;
	pthread_t thread;

	crew_enter(&p, 0);
	crew_login(&c, &p, 7, TOKEN_CODE);
	OK(people_next(p.store, &o));
	OK(crew_prove(&p, o.number, 1, 0));
	e = (struct ender){ .p = &p, .number = o.number };
	/* Whoever opens it has to wait for this turn. */
	pthread_mutex_lock(&p.store->gate[7]);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, end, &e), 0);
	crew_ends(&p);
	OK(slot_leave(p.store, 7));
	pthread_mutex_unlock(&p.store->gate[7]);
	pthread_join(thread, NULL);
	CU_ASSERT(e.r == ERR_NOT_NOW && !e.failed);
	CU_ASSERT_EQUAL(crew_result(&c), ERR_NOT_NOW);
	CU_ASSERT(!token_info(&p, 7).open && !token_info(&p, 7).held);
	OK(crew_open(&p, 7, TOKEN_CODE, 0));
	place_leave(&p);
}

static void
who_was_trying_a_code_when_it_failed_begins_no_other_opening(void)
{
	struct caller first, second;
	struct opening o;
	struct place p;
	int failed;

	crew_enter(&p, 0);
	crew_login(&first, &p, 7, TOKEN_CODE);
	OK(people_next(p.store, &o));
	crew_hold(&p);
	crew_login(&second, &p, 7, TOKEN_CODE);
	crew_charged(&p, 7, SLOT_USER);
	OK(people_end(p.store, o.number, ERR_CANCELLED, 1, &failed));
	crew_go_on(&p);
	CU_ASSERT_EQUAL(crew_result(&first), ERR_CANCELLED);
	CU_ASSERT_EQUAL(crew_result(&second), ERR_NOT_NOW);
	CU_ASSERT_PTR_NULL(p.store->people.first);
	/* Its code was right, which costs nothing. */
	CU_ASSERT_EQUAL(token_info(&p, 7).user_left, SLOT_TRIES);
	/* Nor does what it writes end the hold. */
	CU_ASSERT_EQUAL(token_info(&p, 7).held, 1);
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 7).held, 1);
	place_leave(&p);
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* A login at slot 7 for which nobody can be asked: there is no reader. */
static void
ask_in_vain(struct place *p)
{
	struct caller c;
	struct opening o;
	int failed;

	crew_login(&c, p, 7, TOKEN_CODE);
	OK(people_next(p->store, &o));
	CU_ASSERT_EQUAL(o.slot, 7);
	OK(people_end(p->store, o.number, ERR_READER_GONE, 0, &failed));
	CU_ASSERT_EQUAL(failed, 0);
	CU_ASSERT_EQUAL(crew_result(&c), ERR_CLOSED);
}

/* It would be one record of the transcript after the other. */
static void
after_an_opening_that_nobody_could_be_asked_for_the_next_waits(void)
{
	static const unsigned rests[] = { 10, 20, 40, 60, 60 };	/* seconds */
	struct caller c, other;
	struct opening o;
	struct place p;
	uint64_t number, from;
	int failed;

	crew_enter(&p, 0);
	slots_delay(p.store, SLOT_DELAY_FIRST * 10, SLOT_DELAY_MOST);
	for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
		from = now_ms();
		ask_in_vain(&p);
		CU_ASSERT(p.store->people.rest[7].until >= from + rests[i] * 1000);
		CU_ASSERT(p.store->people.rest[7].until <= now_ms() + rests[i] * 1000);
		p.store->people.rest[7].until = 0;
	}
	p.store->people.rest[7].until = now_ms() + 3600 * 1000;
	/* Other slots go on, and who asks there meanwhile shares it. */
	crew_login(&c, &p, 7, TOKEN_CODE);
	crew_queue(&p, 1);
	crew_login(&other, &p, 8, TOKEN_CODE);
	crew_queue(&p, 2);
	CU_ASSERT_EQUAL(crew_serve(&p, 1), 0);
	OK(crew_result(&other));
	/* An operator waits for nothing. */
	OK(people_ask(p.store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), 0, &number));
	OK(people_next(p.store, &o));
	CU_ASSERT(o.slot == 7 && o.number == number);
	(void)people_end(p.store, number, ERR_CANCELLED, 0, &failed);
	CU_ASSERT_EQUAL(crew_result(&c), ERR_CANCELLED);
	CU_ASSERT_EQUAL(p.store->people.rest[7].vain, 1);
	/* It is waited for to its end; and who was there ends it. */
	p.store->people.rest[7].until = from = now_ms() + 50;
	OK(crew_open(&p, 7, TOKEN_CODE, 0));
	CU_ASSERT(now_ms() >= from);
	CU_ASSERT_EQUAL(p.store->people.rest[7].vain, 0);
	CU_ASSERT_EQUAL(p.store->people.rest[7].until, 0);
	place_leave(&p);
}

/* Each has secret memory, and an operator's order, or a login, is not among them. */
static void
an_so_has_so_many_orders_at_a_time_and_no_more(void)
{
	static struct caller c[ORDERS_MAX + 1];
	struct caller login;
	struct place p;

	crew_enter(&p, 0);
	for (unsigned i = 0; i < ORDERS_MAX; i++) {
		crew_give(&c[i], &p, 7, TOKEN_SO, "another code");
		crew_queue(&p, i + 1);
	}
	crew_give(&c[ORDERS_MAX], &p, 7, TOKEN_SO, "another code");
	CU_ASSERT_EQUAL(crew_result(&c[ORDERS_MAX]), ERR_FULL);
	crew_login(&login, &p, 7, TOKEN_CODE);
	crew_queue(&p, ORDERS_MAX + 1);
	store_lock(p.store);
	OK(slot_leave(p.store, 7));
	store_unlock(p.store);
	for (unsigned i = 0; i < ORDERS_MAX; i++)
		CU_ASSERT_EQUAL(crew_result(&c[i]), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(crew_result(&login), ERR_NOT_NOW);
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(what_happens_to_a_slot_meanwhile_makes_its_opening_void),
	SENTENCE(a_box_that_was_sealed_anew_meanwhile_makes_an_order_void),
	SENTENCE(who_closes_a_slot_while_it_opens_has_it_closed),
	SENTENCE(who_was_trying_a_code_when_it_failed_begins_no_other_opening),
	SENTENCE(after_an_opening_that_nobody_could_be_asked_for_the_next_waits),
	SENTENCE(an_so_has_so_many_orders_at_a_time_and_no_more),
};

SUITE("people_meanwhile", sentences)
