#include "tests/unit/crew.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/vault/slot_work.h"
#include "tests/unit/suite.h"

/*
 * An intruder has all that lies in the directory, device.key included, and works on a copy of it
 * with the HSM's own code: what the record holds of slot 8, and what keys he has in hand.
 */
struct intruder {
	struct place p;
	struct slot_record rec;
	struct seal_key device;
};

static void
break_in(struct intruder *in, const struct place *from)
{
	char command[3 * PATH_LEN];

	*in = (struct intruder){ .p = *from };
	CU_ASSERT_FATAL(strlen(from->dir) + sizeof(".copy") <= sizeof(in->p.dir));
	strcat(in->p.dir, ".copy");
	snprintf(command, sizeof(command), "cp -r %s %s", from->dir, in->p.dir);
	CU_ASSERT_EQUAL_FATAL(system(command), 0);
	OK(store_open(&in->p.store, in->p.dir));
	slots_delay(in->p.store, 0, 0);
	in->rec = in->p.store->now.slot[8].record;
	in->device = *in->p.store->key;
}

/* What the code, or the SO PIN, gives him: the key of its envelope. */
static struct seal_key
stretch(struct intruder *in, enum slot_who who, const char *code)
{
	struct pass_of of = slot_pass_of(in->p.store, &in->device, 8, who, in->rec.generation);
	struct seal_key lock;

	OK(pass_check(&of, work_pass(&in->rec, who), (const uint8_t *)code, strlen(code)));
	OK(pass_lock(&of, work_pass(&in->rec, who), (const uint8_t *)code, strlen(code), &lock));
	return lock;
}

/* What the cards in his hands agree on, a guest each; GUESTS for a card that he has not. */
static struct lock_secrets
agree(const struct intruder *in, unsigned first, unsigned second)
{
	const unsigned guests[] = { first, second };
	struct lock_secrets z;

	memset(&z, 0, sizeof(z));
	for (unsigned i = 0; i < 2; i++)
		if (guests[i] < GUESTS)
			crew_agree(guests[i], in->rec.cards.ephemeral[i], z.z[i]);
	return z;
}

static void
the_code_or_the_so_pin_opens_nothing_without_every_card(void)
{
	static const struct {
		const char *why;
		unsigned first, second;
	} hands[] = {
		{ "no card", GUESTS, GUESTS }, { "the first alone", 1, GUESTS },
		{ "the second alone", GUESTS, 2 }, { "the two exchanged", 2, 1 },
		{ "somebody else's second", 1, 4 }, { "the first twice", 1, 1 },
	};
	struct slot_envelopes env;
	struct lock_secrets z;
	struct intruder in;
	struct place p;
	struct seal_key locks[2], key;

	crew_enter(&p, 0);
	OK(crew_open(&p, 8, TOKEN_CODE, 1));
	break_in(&in, &p);
	locks[0] = stretch(&in, SLOT_USER, TOKEN_CODE);
	locks[1] = stretch(&in, SLOT_SO, TOKEN_SO);
	for (size_t i = 0; i < sizeof(hands) / sizeof(hands[0]); i++) {
		z = agree(&in, hands[i].first, hands[i].second);
		if (cards_unseal(8, &in.rec, &z, &env) != ERR_MAC)
			CU_FAIL(hands[i].why);
	}
	/* No envelope lies outside of the box, and nothing is sealed for the device alone. */
	for (unsigned who = SLOT_USER; who <= SLOT_SO; who++) {
		struct pass_of of = slot_pass_of(in.p.store, &in.device, 8, (enum slot_who)who,
		    in.rec.generation);
		struct slot_pass *pass = work_pass(&in.rec, (enum slot_who)who);
		uint8_t kept[SLOT_CODE_MAX];
		size_t n;

		CU_ASSERT_NOT_EQUAL(pass_unwrap(&of, &locks[who - SLOT_USER], pass->envelope, &key), 0);
		CU_ASSERT_EQUAL(pass_kept(&of, pass, kept, &n), ERR_NOT_FOUND);
		CU_ASSERT_NOT_EQUAL(pass_auto_open(&of, in.rec.automatic, &key), 0);
	}
	/* The same with both, which shows that it is these that were missing. */
	z = agree(&in, 1, 2);
	OK(cards_unseal(8, &in.rec, &z, &env));
	{
		struct pass_of of = slot_pass_of(in.p.store, &in.device, 8, SLOT_USER,
		    in.rec.generation);

		OK(pass_unwrap(&of, &locks[0], env.user, &key));
		SAME(&key, p.store->now.slot[8].key, sizeof(key));
		of.who = SLOT_SO;
		OK(pass_unwrap(&of, &locks[1], env.so, &key));
		SAME(&key, p.store->now.slot[8].key, sizeof(key));
	}
	place_leave(&in.p);
	place_leave(&p);
}

static void
all_the_cards_open_nothing_without_a_code(void)
{
	struct slot_envelopes env;
	struct lock_secrets z;
	struct seal_key wrong = { { 0 } }, key;
	struct intruder in;
	struct place p;

	crew_enter(&p, 0);
	OK(crew_open(&p, 8, TOKEN_CODE, 1));
	break_in(&in, &p);
	z = agree(&in, 1, 2);
	OK(cards_unseal(8, &in.rec, &z, &env));
	for (unsigned who = SLOT_USER; who <= SLOT_SO; who++) {
		struct pass_of of = slot_pass_of(in.p.store, &in.device, 8, (enum slot_who)who,
		    in.rec.generation);
		const uint8_t *envelope = who == SLOT_USER ? env.user : env.so;

		CU_ASSERT_EQUAL(pass_unwrap(&of, &wrong, envelope, &key), ERR_MAC);
		CU_ASSERT_EQUAL(pass_unwrap(&of, &in.device, envelope, &key), ERR_MAC);
		OK(pass_lock(&of, work_pass(&in.rec, (enum slot_who)who),
		    (const uint8_t *)"12345678", 8, &wrong));
		CU_ASSERT_EQUAL(pass_unwrap(&of, &wrong, envelope, &key), ERR_MAC);
		CU_ASSERT_EQUAL(memmem(&env, sizeof(env), p.store->now.slot[8].key, 8), NULL);
	}
	place_leave(&in.p);
	place_leave(&p);
}

static void
an_answer_that_a_card_gave_once_opens_nothing_again(void)
{
	uint8_t text[CHALLENGE_LEN], point[USER_POINT], was[USER_POINT], sig[USER_MODULUS], z[32];
	struct slot_envelopes env;
	struct lock_secrets old;
	struct intruder in;
	struct opening o;
	struct caller c;
	struct place p;
	int failed;

	crew_enter(&p, 0);
	crew_login(&c, &p, 7, TOKEN_CODE);
	OK(people_next(p.store, &o));
	OK(people_challenge(p.store, o.number, 1, text, was));
	crew_sign(0, text, sig);
	crew_agree(0, was, z);
	OK(people_proof(p.store, o.number, 1, sig, z));
	OK(people_end(p.store, o.number, 0, 1, &failed));
	OK(crew_result(&c));
	break_in(&in, &p);
	in.rec = in.p.store->now.slot[7].record;
	memset(&old, 0, sizeof(old));
	memcpy(old.z[0], z, sizeof(z));
	/* On the copy of the disk. */
	CU_ASSERT_EQUAL(cards_unseal(7, &in.rec, &old, &env), ERR_MAC);
	/* At the HSM: the signature is of another challenge. */
	OK(slot_leave(p.store, 7));
	crew_login(&c, &p, 7, TOKEN_CODE);
	OK(people_next(p.store, &o));
	OK(people_challenge(p.store, o.number, 1, text, point));
	CU_ASSERT_NOT_EQUAL(memcmp(point, was, sizeof(point)), 0);
	CU_ASSERT_EQUAL(people_proof(p.store, o.number, 1, sig, z), ERR_MAC);
	/* With a card that signs and agrees on what was agreed on before, nothing opens either. */
	OK(people_challenge(p.store, o.number, 1, text, point));
	crew_sign(0, text, sig);
	OK(people_proof(p.store, o.number, 1, sig, z));
	CU_ASSERT_EQUAL(people_end(p.store, o.number, 0, 1, &failed), ERR_MAC);
	CU_ASSERT_EQUAL(failed, 1);
	CU_ASSERT_EQUAL(crew_result(&c), ERR_TIMEOUT);
	CU_ASSERT(!token_info(&p, 7).open && token_info(&p, 7).held);
	place_leave(&in.p);
	place_leave(&p);
}

static void
each_change_seals_the_box_anew(void)
{
	struct slot_cards was;
	struct caller c;
	struct place p;
	const struct slot_cards *now;

	crew_enter(&p, 0);
	now = &p.store->now.slot[7].record.cards;
	was = *now;
	OK(crew_open(&p, 7, TOKEN_CODE, 0));
	CU_ASSERT_NOT_EQUAL(memcmp(was.ephemeral, now->ephemeral, USER_POINT), 0);
	was = *now;
	OK(token_change(&p, 7, SLOT_USER, TOKEN_CODE, "another code"));
	CU_ASSERT_NOT_EQUAL(memcmp(was.ephemeral, now->ephemeral, USER_POINT), 0);
	was = *now;
	OK(token_change(&p, 7, SLOT_SO, TOKEN_SO, "another PIN"));
	CU_ASSERT_NOT_EQUAL(memcmp(was.ephemeral, now->ephemeral, USER_POINT), 0);
	was = *now;
	OK(slot_leave(p.store, 7));
	crew_give(&c, &p, 7, "another PIN", TOKEN_CODE);
	OK(crew_serve(&p, 0));
	OK(crew_result(&c));
	CU_ASSERT_NOT_EQUAL(memcmp(was.ephemeral, now->ephemeral, USER_POINT), 0);
	/* A wrong code seals nothing. */
	was = *now;
	CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, "12345678"), ERR_PIN_WRONG);
	SAME(&was, now, sizeof(was));
	place_leave(&p);
}

static void
another_slots_box_does_not_stand_in(void)
{
	struct slot_envelopes env;
	struct lock_secrets z;
	struct intruder in;
	struct place p;

	crew_enter(&p, 0);
	break_in(&in, &p);
	z = agree(&in, 1, 2);
	CU_ASSERT_EQUAL(cards_unseal(7, &in.rec, &z, &env), ERR_MAC);
	in.rec.generation++;
	CU_ASSERT_EQUAL(cards_unseal(8, &in.rec, &z, &env), ERR_MAC);
	in.rec.generation--;
	in.rec.cards.users = 1;
	CU_ASSERT_EQUAL(cards_unseal(8, &in.rec, &z, &env), ERR_MAC);
	in.rec.cards.users = 2;
	in.rec.cards.seat[1] = crew_seat(4);
	CU_ASSERT_EQUAL(cards_unseal(8, &in.rec, &z, &env), ERR_MAC);
	in.rec.cards.seat[1] = crew_seat(2);
	OK(cards_unseal(8, &in.rec, &z, &env));
	place_leave(&in.p);
	place_leave(&p);
}

static void
a_slot_0_that_was_tampered_with_bars_the_others_until_it_is_wiped(void)
{
	struct place p;
	uint64_t number, id;

	crew_enter(&p, 1);
	OK(crew_open(&p, 0, NULL, 3));
	OK(token_add(&p, 0, OBJECT_PUBLIC, "seen", NULL, &id));
	store_close(p.store);
	place_sql(&p, "DELETE FROM entry");
	OK(store_open(&p.store, p.dir));
	slots_delay(p.store, 0, 0);
	OK(slots_start(p.store));
	CU_ASSERT(token_info(&p, 0).damaged && token_info(&p, 0).stored);
	CU_ASSERT_EQUAL(people_ask(p.store, 0, NULL, 0, 0, &number), ERR_MAC);
	CU_ASSERT_EQUAL(token_login(&p, 0, SLOT_USER, NULL), ERR_MAC);
	CU_ASSERT_EQUAL(token_login(&p, 1, SLOT_USER, NULL), ERR_NOT_NOW);
	OK(slot_wipe(p.store, 0, (const uint8_t *)TOKEN_SO, strlen(TOKEN_SO)));
	CU_ASSERT_EQUAL(token_info(&p, 1).open, 0);
	OK(people_ask(p.store, 0, NULL, 0, 0, &number));
	OK(crew_serve(&p, 3));
	CU_ASSERT(token_info(&p, 0).open && token_info(&p, 1).open);
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(the_code_or_the_so_pin_opens_nothing_without_every_card),
	SENTENCE(all_the_cards_open_nothing_without_a_code),
	SENTENCE(an_answer_that_a_card_gave_once_opens_nothing_again),
	SENTENCE(each_change_seals_the_box_anew),
	SENTENCE(another_slots_box_does_not_stand_in),
	SENTENCE(a_slot_0_that_was_tampered_with_bars_the_others_until_it_is_wiped),
};

SUITE("people_disk", sentences)
