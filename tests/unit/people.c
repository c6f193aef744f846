#include "tests/unit/crew.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "hsm/vault/store_parts.h"
#include "tests/unit/suite.h"

static void
the_right_code_and_the_card_open_a_slot(void)
{
	struct user_seat seat, mine;
	struct caller c;
	struct opening o;
	struct place p;
	int failed;

	crew_enter(&p, 0);
	CU_ASSERT_EQUAL(token_info(&p, 7).users, 1);
	CU_ASSERT_EQUAL(token_info(&p, 7).copies, 2);
	crew_login(&c, &p, 7, TOKEN_CODE);
	OK(people_next(p.store, &o));
	CU_ASSERT(o.number == 1 && o.slot == 7 && o.users == 1 && o.seconds == 0);
	CU_ASSERT_EQUAL(o.purpose, CHALLENGE_ACTIVATE);
	CU_ASSERT(token_info(&p, 7).asking && !token_info(&p, 7).open);
	OK(people_seat(p.store, 1, 1, &seat));
	mine = crew_seat(0);
	SAME(&seat, &mine, sizeof(seat));
	OK(crew_prove(&p, 1, 1, 0));
	OK(people_end(p.store, 1, 0, 1, &failed));
	OK(crew_result(&c));
	CU_ASSERT(!failed && token_info(&p, 7).open && !token_info(&p, 7).asking);
	/* From now on the code is enough, until it is closed. */
	OK(token_login(&p, 7, SLOT_USER, TOKEN_CODE));
	CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, "12345678"), ERR_PIN_WRONG);
	OK(slot_leave(p.store, 7));
	OK(crew_open(&p, 7, TOKEN_CODE, 0));
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 7).open, 0);
	OK(crew_open(&p, 7, TOKEN_CODE, 0));
	place_leave(&p);
}

static void
a_code_that_is_wrong_or_missing_asks_nobody(void)
{
	struct place p;

	crew_enter(&p, 0);
	CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, "12345678"), ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, NULL), ERR_ARG);
	CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, TOKEN_SO), ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(token_info(&p, 7).user_left, SLOT_TRIES - 2);
	CU_ASSERT_EQUAL(token_info(&p, 7).asking, 0);
	CU_ASSERT_PTR_NULL(p.store->people.first);
	/* The SO comes in without people, and nothing opens. */
	OK(token_login(&p, 7, SLOT_SO, TOKEN_SO));
	CU_ASSERT_EQUAL(token_info(&p, 7).open, 0);
	for (unsigned i = 0; i < SLOT_TRIES - 2; i++)
		CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, "12345678"), ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, TOKEN_CODE), ERR_CARD_BLOCKED);
	CU_ASSERT_PTR_NULL(p.store->people.first);
	place_leave(&p);
}

static void
the_next_user_is_not_asked_before_the_last_has_proven(void)
{
	uint8_t text[CHALLENGE_LEN], point[USER_POINT], z[32] = { 0 }, sig[USER_MODULUS] = { 0 };
	struct user_seat seat;
	struct caller c;
	struct opening o;
	struct place p;
	int failed;

	crew_enter(&p, 0);
	crew_login(&c, &p, 8, TOKEN_CODE);
	OK(people_next(p.store, &o));
	CU_ASSERT_EQUAL(o.users, 2);
	CU_ASSERT_EQUAL(people_challenge(p.store, 1, 2, text, point), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(people_challenge(p.store, 1, 0, text, point), ERR_ARG);
	CU_ASSERT_EQUAL(people_challenge(p.store, 1, 3, text, point), ERR_ARG);
	CU_ASSERT_EQUAL(people_challenge(p.store, 2, 1, text, point), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(people_seat(p.store, 1, 3, &seat), ERR_ARG);
	CU_ASSERT_EQUAL(people_seat(p.store, 2, 1, &seat), ERR_NOT_NOW);
	/* Without a challenge nothing is proven; the other's card proves nothing either. */
	CU_ASSERT_EQUAL(people_proof(p.store, 1, 1, sig, z), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(crew_prove(&p, 1, 1, 2), ERR_MAC);
	OK(crew_prove(&p, 1, 1, 1));
	CU_ASSERT_EQUAL(crew_prove(&p, 1, 1, 1), ERR_NOT_NOW);
	/* One card twice is not two people. */
	CU_ASSERT_EQUAL(crew_prove(&p, 1, 2, 1), ERR_MAC);
	OK(crew_prove(&p, 1, 2, 2));
	CU_ASSERT_EQUAL(crew_prove(&p, 1, 3, 2), ERR_ARG);
	OK(people_end(p.store, 1, 0, 1, &failed));
	OK(crew_result(&c));
	CU_ASSERT_EQUAL(token_info(&p, 8).open, 1);
	place_leave(&p);
}

static void
put_u64(uint8_t p[8], uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

/* docs/keys.md: SHA-256 over `cardinal opening`, a zero byte, purpose, slot, mode, generation, box. */
static void
operation_of(struct place *p, const struct opening *o, uint8_t mode, uint8_t hash[32])
{
	const struct slot_record *rec = &p->store->now.slot[o->slot].record;
	uint8_t text[17 + 3 + 8 + sizeof(rec->cards.box)] = "cardinal opening";

	text[17] = o->purpose;
	text[18] = o->slot;
	text[19] = mode;
	put_u64(text + 20, rec->generation);
	memcpy(text + 28, rec->cards.box, sizeof(rec->cards.box));
	CU_ASSERT_EQUAL(EVP_Digest(text, sizeof(text), hash, NULL, EVP_sha256(), NULL), 1);
}

/* The challenge names what it is for: purpose:1 at 16, users, slot, and the operation at 64. */
static void
is_about(struct place *p, const struct opening *o, uint8_t mode)
{
	uint8_t text[CHALLENGE_LEN], point[USER_POINT], hash[32];

	OK(people_challenge(p->store, o->number, 1, text, point));
	operation_of(p, o, mode, hash);
	CU_ASSERT_EQUAL(text[16], o->purpose);
	CU_ASSERT_EQUAL(text[19], o->users);
	CU_ASSERT_EQUAL(text[23], o->slot);
	SAME(text + 64, hash, sizeof(hash));
	SAME(point, p->store->now.slot[o->slot].record.cards.ephemeral[0], USER_POINT);
}

static void
a_challenge_is_about_one_order_one_token_and_one_box(void)
{
	const struct slot_plan plan = token_plan(SLOT_AUTO, NULL, NULL);
	const uint8_t *code = (const uint8_t *)TOKEN_CODE;
	struct opening o;
	struct caller c;
	struct place p;
	uint64_t number;
	int failed;

	crew_enter(&p, 0);
	OK(crew_open(&p, 7, TOKEN_CODE, 0));
	OK(token_init(&p, 7, TOKEN_SO, "another"));
	crew_give(&c, &p, 7, TOKEN_SO, TOKEN_CODE);
	OK(people_next(p.store, &o));
	CU_ASSERT_EQUAL(p.store->now.slot[7].record.generation, 2);
	is_about(&p, &o, 0);
	OK(crew_prove(&p, o.number, 1, 0));
	OK(people_end(p.store, o.number, 0, 1, &failed));
	OK(crew_result(&c));
	OK(people_ask(p.store, 7, code, strlen(TOKEN_CODE), 0, &number));
	OK(people_next(p.store, &o));
	is_about(&p, &o, 0);
	OK(people_end(p.store, o.number, ERR_NO_SERVICE, 0, &failed));
	OK(people_ask_mode(p.store, 8, code, strlen(TOKEN_CODE), &plan, &number));
	OK(people_next(p.store, &o));
	is_about(&p, &o, SLOT_AUTO);
	place_leave(&p);
}

static void
a_challenge_is_used_up_by_the_first_answer_and_by_time(void)
{
	uint8_t text[CHALLENGE_LEN], again[CHALLENGE_LEN], point[USER_POINT], sig[USER_MODULUS],
	    z[32];
	struct caller c;
	struct opening o;
	struct place p;

	crew_enter(&p, 0);
	crew_login(&c, &p, 7, TOKEN_CODE);
	OK(people_next(p.store, &o));
	OK(people_challenge(p.store, 1, 1, text, point));
	crew_sign(0, text, sig);
	crew_agree(0, point, z);
	/* Another one takes its place. */
	OK(people_challenge(p.store, 1, 1, again, point));
	CU_ASSERT_NOT_EQUAL(memcmp(text, again, sizeof(text)), 0);
	CU_ASSERT_EQUAL(people_proof(p.store, 1, 1, sig, z), ERR_MAC);
	crew_sign(0, again, sig);
	CU_ASSERT_EQUAL(people_proof(p.store, 1, 1, sig, z), ERR_NOT_NOW);
	/* A minute later. */
	OK(people_challenge(p.store, 1, 1, text, point));
	crew_sign(0, text, sig);
	p.store->people.first->until -= PEOPLE_CHALLENGE_S * 1000;
	CU_ASSERT_EQUAL(people_proof(p.store, 1, 1, sig, z), ERR_NOT_NOW);
	OK(crew_prove(&p, 1, 1, 0));
	CU_ASSERT_EQUAL(p.store->people.first->proven, 1);
	people_stop(p.store);
	CU_ASSERT_EQUAL(crew_result(&c), ERR_CLOSED);
	place_leave(&p);
}

static void
each_end_tells_those_who_wait_and_closes_what_it_has_to(void)
{
	static const struct {
		int err, begun, told;
	} ends[] = {
		{ ERR_CANCELLED, 1, ERR_CANCELLED }, { ERR_TIMEOUT, 1, ERR_TIMEOUT },
		{ ERR_CARD_BLOCKED, 1, ERR_TIMEOUT }, { ERR_READER_GONE, 1, ERR_CLOSED },
		{ ERR_NO_SERVICE, 1, ERR_CLOSED }, { ERR_IO, 1, ERR_TIMEOUT },
		{ 0, 1, ERR_TIMEOUT }, { ERR_NO_SERVICE, 0, ERR_CLOSED },
		{ ERR_READER_GONE, 0, ERR_CLOSED }, { ERR_BUSY, 0, ERR_TIMEOUT },
	};
	struct caller c;
	struct opening o;
	uint64_t number;
	struct place p;
	int failed;

	crew_enter(&p, 0);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		OK(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL));
		crew_login(&c, &p, 7, TOKEN_CODE);
		OK(people_next(p.store, &o));
		CU_ASSERT_EQUAL(people_end(p.store, o.number, ends[i].err, ends[i].begun, &failed),
		    ends[i].err == 0 ? ERR_NOT_NOW : 0);
		CU_ASSERT_EQUAL(crew_result(&c), ends[i].told);
		CU_ASSERT_EQUAL(failed, ends[i].begun);
		CU_ASSERT_EQUAL(token_info(&p, 7).held, ends[i].begun);
		CU_ASSERT_EQUAL(token_info(&p, 7).open, 0);
		CU_ASSERT_EQUAL(token_info(&p, 6).open, !ends[i].begun);
		for (unsigned slot = 0; slot < 3; slot++)
			CU_ASSERT_EQUAL(token_info(&p, slot).open, 1);
		if (!ends[i].begun)
			continue;
		/* Held: no code is tried, whoever comes, and the SO asks for nobody. */
		CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, "12345678"), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_set_user(&p, 7, "12345678", TOKEN_CODE), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_info(&p, 7).user_left, SLOT_TRIES);
		CU_ASSERT_EQUAL(token_info(&p, 7).so_left, SLOT_TRIES);
		CU_ASSERT_EQUAL(people_ask(p.store, 7, (const uint8_t *)"12345678", 8, 0, &number),
		    ERR_PIN_WRONG);
		CU_ASSERT_EQUAL(token_info(&p, 7).held, 1);
		OK(people_ask(p.store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), 0,
		    &number));
		CU_ASSERT(number == o.number + 1 && !token_info(&p, 7).held);
		OK(crew_serve(&p, 0));
		CU_ASSERT_EQUAL(token_info(&p, 7).open, 1);
		OK(slot_leave(p.store, 7));
	}
	place_leave(&p);
}

static void
a_slot_that_is_held_asks_for_nobody_who_waited_behind(void)
{
	const struct slot_plan plan = token_plan(SLOT_AUTO, NULL, NULL);
	struct caller login, give, again, other;
	struct opening o;
	uint64_t number;
	struct place p;
	int failed;

	crew_enter(&p, 0);
	crew_login(&login, &p, 7, TOKEN_CODE);
	crew_queue(&p, 1);
	crew_give(&give, &p, 7, TOKEN_SO, "another code");
	crew_queue(&p, 2);
	crew_give(&again, &p, 7, TOKEN_SO, "a third code");
	crew_queue(&p, 3);
	crew_login(&other, &p, 8, TOKEN_CODE);
	crew_queue(&p, 4);
	OK(people_ask_mode(p.store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), &plan,
	    &number));
	CU_ASSERT_EQUAL(crew_refuse(&p, ERR_TIMEOUT), 1);
	CU_ASSERT_EQUAL(crew_result(&login), ERR_TIMEOUT);
	CU_ASSERT_EQUAL(crew_result(&give), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(crew_result(&again), ERR_NOT_NOW);
	/* What is left is another slot's, and the operator's. */
	OK(people_next(p.store, &o));
	CU_ASSERT_EQUAL(o.slot, 8);
	OK(people_end(p.store, o.number, ERR_NO_SERVICE, 0, &failed));
	CU_ASSERT_EQUAL(crew_result(&other), ERR_CLOSED);
	OK(people_next(p.store, &o));
	CU_ASSERT(o.number == number && o.purpose == CHALLENGE_ADMIN);
	OK(people_end(p.store, number, ERR_NO_SERVICE, 0, &failed));
	CU_ASSERT(!token_info(&p, 7).asking && token_info(&p, 7).held);
	place_leave(&p);
}

static void
callers_of_one_slot_share_one_opening(void)
{
	struct caller c[3];
	uint64_t number;
	struct opening o;
	struct place p;
	int failed;

	crew_enter(&p, 0);
	for (unsigned i = 0; i < 3; i++)
		crew_login(&c[i], &p, 7, TOKEN_CODE);
	crew_waits(&p, 3);
	/* Who has a wrong code disturbs nobody. */
	CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, "12345678"), ERR_PIN_WRONG);
	OK(people_next(p.store, &o));
	CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, "12345678"), ERR_PIN_WRONG);
	OK(people_ask(p.store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), 0, &number));
	CU_ASSERT_EQUAL(number, o.number);
	OK(crew_prove(&p, o.number, 1, 0));
	OK(people_end(p.store, o.number, 0, 1, &failed));
	for (unsigned i = 0; i < 3; i++)
		OK(crew_result(&c[i]));
	CU_ASSERT_EQUAL(token_info(&p, 7).user_left, SLOT_TRIES);
	OK(people_ask(p.store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), 0, &number));
	CU_ASSERT_EQUAL(number, 0);
	place_leave(&p);
}

static void
openings_queue_and_one_is_asked_for_at_a_time(void)
{
	struct caller c7, c8;
	struct opening o;
	struct place p;
	int failed;

	crew_enter(&p, 0);
	crew_login(&c8, &p, 8, TOKEN_CODE);
	crew_waits(&p, 1);
	crew_login(&c7, &p, 7, TOKEN_CODE);
	OK(people_next(p.store, &o));
	CU_ASSERT_EQUAL(o.slot, 8);
	CU_ASSERT_EQUAL(people_next(p.store, &o), ERR_NOT_NOW);
	OK(crew_prove(&p, 1, 1, 1));
	OK(crew_prove(&p, 1, 2, 2));
	/* The other's cards do not help. */
	CU_ASSERT_EQUAL(crew_prove(&p, 2, 1, 0), ERR_NOT_NOW);
	OK(people_end(p.store, 1, 0, 1, &failed));
	OK(crew_result(&c8));
	OK(people_next(p.store, &o));
	CU_ASSERT(o.slot == 7 && o.number == 2);
	OK(people_end(p.store, 2, ERR_NO_SERVICE, 0, &failed));
	CU_ASSERT_EQUAL(crew_result(&c7), ERR_CLOSED);
	CU_ASSERT_EQUAL(token_info(&p, 8).open, 1);
	CU_ASSERT_EQUAL(people_end(p.store, 2, 0, 1, &failed), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(failed, 0);
	place_leave(&p);
}

static void
the_end_wakes_everybody(void)
{
	struct caller c7, c8;
	struct opening o;
	uint64_t number;
	struct place p;
	int failed;

	crew_enter(&p, 0);
	crew_login(&c7, &p, 7, TOKEN_CODE);
	OK(people_next(p.store, &o));
	crew_login(&c8, &p, 8, TOKEN_CODE);
	people_stop(p.store);
	CU_ASSERT_EQUAL(crew_result(&c7), ERR_CLOSED);
	CU_ASSERT_EQUAL(crew_result(&c8), ERR_CLOSED);
	CU_ASSERT_EQUAL(people_next(p.store, &o), ERR_CLOSED);
	CU_ASSERT_EQUAL(people_end(p.store, 1, 0, 1, &failed), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(people_ask(p.store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), 0,
	    &number), ERR_CLOSED);
	place_leave(&p);
}

static void
a_ceremony_claims_an_opening_beside_the_queue(void)
{
	const uint8_t *code = (const uint8_t *)TOKEN_CODE;
	uint64_t number, other;
	struct caller c7, c8;
	struct opening o;
	struct place p;
	int failed;

	crew_enter(&p, 0);
	crew_login(&c8, &p, 8, TOKEN_CODE);
	OK(people_next(p.store, &o));
	CU_ASSERT_EQUAL(people_claim(p.store, 8, code, strlen(TOKEN_CODE), &number), ERR_NOT_NOW);
	crew_login(&c7, &p, 7, TOKEN_CODE);
	/* It takes over who waits already, or is first. */
	OK(people_claim(p.store, 7, code, strlen(TOKEN_CODE), &number));
	CU_ASSERT_EQUAL(people_claim(p.store, 7, code, strlen(TOKEN_CODE), &other), ERR_NOT_NOW);
	OK(crew_prove(&p, number, 1, 0));
	OK(people_end(p.store, number, 0, 1, &failed));
	OK(crew_result(&c7));
	CU_ASSERT_EQUAL(token_info(&p, 7).open, 1);
	OK(people_claim(p.store, 7, code, strlen(TOKEN_CODE), &number));
	CU_ASSERT_EQUAL(number, 0);
	/* The one that was given goes on. */
	OK(crew_prove(&p, o.number, 1, 1));
	OK(crew_prove(&p, o.number, 2, 2));
	OK(people_end(p.store, o.number, 0, 1, &failed));
	OK(crew_result(&c8));
	place_leave(&p);
}

static void
nothing_of_an_opening_stays_in_secret_memory(void)
{
	struct caller c;
	struct opening o;
	uint64_t number;
	struct place p;
	size_t used;
	int failed;

	crew_enter(&p, 0);
	OK(crew_open(&p, 8, TOKEN_CODE, 1));
	OK(slot_leave(p.store, 8));
	used = CRYPTO_secure_used();
	for (unsigned i = 0; i < 5; i++) {
		crew_login(&c, &p, 8, TOKEN_CODE);
		if (i == 0) {
			OK(crew_serve(&p, 1));
			OK(slot_leave(p.store, 8));
		} else if (i == 1) {
			OK(people_next(p.store, &o));
			OK(crew_prove(&p, o.number, 1, 1));
			OK(people_end(p.store, o.number, ERR_CANCELLED, 1, &failed));
			OK(people_ask(p.store, 8, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE),
			    0, &number));
			OK(slot_leave(p.store, 8));
		} else if (i == 2) {
			crew_waits(&p, 1);
			OK(slot_leave(p.store, 8));
		} else {
			crew_waits(&p, 1);
			OK(people_claim(p.store, 8, (const uint8_t *)TOKEN_CODE,
			    strlen(TOKEN_CODE), &number));
			OK(people_end(p.store, number, ERR_NO_SERVICE, 0, &failed));
		}
		(void)crew_result(&c);
		CU_ASSERT_EQUAL(CRYPTO_secure_used(), used);
		CU_ASSERT_PTR_NULL(p.store->people.first);
		CU_ASSERT_PTR_NULL(p.store->now.slot[8].envelopes);
	}
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(the_right_code_and_the_card_open_a_slot),
	SENTENCE(a_code_that_is_wrong_or_missing_asks_nobody),
	SENTENCE(the_next_user_is_not_asked_before_the_last_has_proven),
	SENTENCE(a_challenge_is_about_one_order_one_token_and_one_box),
	SENTENCE(a_challenge_is_used_up_by_the_first_answer_and_by_time),
	SENTENCE(each_end_tells_those_who_wait_and_closes_what_it_has_to),
	SENTENCE(a_slot_that_is_held_asks_for_nobody_who_waited_behind),
	SENTENCE(callers_of_one_slot_share_one_opening),
	SENTENCE(openings_queue_and_one_is_asked_for_at_a_time),
	SENTENCE(the_end_wakes_everybody),
	SENTENCE(a_ceremony_claims_an_opening_beside_the_queue),
	SENTENCE(nothing_of_an_opening_stays_in_secret_memory),
};

SUITE("people", sentences)
