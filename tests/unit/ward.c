#include "hsm/daemon/ward.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "tests/unit/vault_bench.h"

enum { SLOT = 7, PATIENCE_S = 20 };

/*
 * A ward over a vault, with no pcscd: ceremonies begin, and end before anybody is asked. What they
 * do with people the scripts show.
 */
struct house {
	struct vault_bench b;
	struct ward *ward;
	struct desk *desk;
	struct desk_status s;
};

static struct ward_settings settings = {
	.timeouts = CEREMONY_TIMEOUTS, .mode = SHARE_LIVE,
	.issuers = { .n = 1, .cert = { { .len = 1, .der = { 0x30 } } } },
};

static void
enter(struct house *h)
{
	memset(h, 0, sizeof(*h));
	OK(setenv("PCSCLITE_CSOCK_NAME", "/nowhere/pcscd.comm", 1));
	vault_bench_enter(&h->b);
	OK(ward_new(&h->ward, h->b.client, h->b.slots, h->b.people, &settings));
	h->desk = ward_desk(h->ward);
}

static void
leave(struct house *h)
{
	OK(ward_stop(h->ward));
	ward_free(h->ward);
	vault_bench_leave(&h->b);
}

static void
look(struct house *h)
{
	OK(h->desk->ops->status(h->desk, 0, 0, &h->s));
}

/* Until the ceremony that ended last is number n, and none runs. */
static void
wait_last(struct house *h, uint32_t n)
{
	const time_t until = time(NULL) + PATIENCE_S;

	look(h);
	while (h->s.last.number < n || h->s.number != 0) {
		CU_ASSERT_FATAL(time(NULL) < until);
		OK(h->desk->ops->status(h->desk, h->s.count, 1, &h->s));
	}
}

/* As an installation leaves it: slot 7 or 0 with one user, who has a card. */
static void
install(struct house *h, uint8_t slot, const char *code)
{
	union vaultlink_args args = { 0 };
	uint8_t scalar[P256_SCALAR];
	struct user_seat seat = { .copies = 1 };

	for (size_t i = 0; i < SLOTS; i++)
		args.plan[i].mode = SLOT_AUTO;
	args.plan[slot].mode = SLOT_CARDS;
	args.plan[slot].users = args.plan[slot].copies = 1;
	vault_bench_code(&args.plan[slot].code_n, args.plan[slot].code, code);
	OK(vault_bench_call(&h->b, VAULT_PLAN, &args));
	OK(vault_bench_begin(&h->b));
	OK(vault_bench_commit(&h->b));
	memset(seat.keys.modulus, 0xc1, sizeof(seat.keys.modulus));
	OK(p256_generate(scalar, seat.keys.point));
	memset(&args, 0, sizeof(args));
	args.enrol.slot = slot;
	args.enrol.user = 1;
	args.enrol.seat = seat;
	OK(vault_bench_call(&h->b, VAULT_ENROL, &args));
	OK(vault_bench_call(&h->b, VAULT_FINISH, NULL));
	OK(vault_bench_call(&h->b, VAULT_UNPLAN, NULL));
}

static int
act(struct house *h, enum slot_act act, uint8_t mode, const char *now, const char *code,
    struct slot_done *done)
{
	struct slot_order o = { .slot = SLOT, .mode = mode, .users = 1, .copies = 1 };

	vault_bench_code(&o.now_n, o.now, now);
	vault_bench_code(&o.code_n, o.code, code);
	memset(done, 0, sizeof(*done));
	return h->desk->ops->slot_act(h->desk, act, &o, 1234, done);
}

/* Whether the transcript has that outcome of that step. */
static int
has_record(struct house *h, const char *step, const char *outcome)
{
	static struct event v[DESK_EVENTS_MAX];
	uint64_t since = 0;
	uint32_t running;
	size_t n;

	for (;;) {
		OK(h->desk->ops->events(h->desk, since, 0, v, DESK_EVENTS_MAX, &n, &running));
		if (n == 0)
			return 0;
		for (size_t i = 0; i < n; i++)
			if (strcmp(v[i].record.step, step) == 0 &&
			    strcmp(v[i].record.outcome, outcome) == 0)
				return 1;
		since = v[n - 1].seq;
	}
}

static void
an_opening_that_nobody_can_be_asked_for_is_over_at_once_and_holds_nothing(void)
{
	static struct house h;
	struct slot_done done;

	enter(&h);
	install(&h, SLOT, "correct horse");
	OK(ward_people_start(h.ward));
	CU_ASSERT_EQUAL(act(&h, SLOT_ACT_ACTIVATE, 0, "", "wrong horse", &done), ERR_PIN_WRONG);
	OK(act(&h, SLOT_ACT_ACTIVATE, 0, "", "correct horse", &done));
	CU_ASSERT(done.asks == 1 && done.opening != 0 && done.ceremony == 0);
	wait_last(&h, 1);
	CU_ASSERT_STRING_EQUAL(h.s.last.ceremony, "activate");
	CU_ASSERT_EQUAL(h.s.last.opening, done.opening);
	CU_ASSERT_EQUAL(h.s.last.err, ERR_NO_SERVICE);
	CU_ASSERT_EQUAL(h.s.opening, 0);
	CU_ASSERT_EQUAL(h.s.seconds_left, 0);
	CU_ASSERT(h.s.slot[SLOT].open == 0 && h.s.slot[SLOT].held == 0 &&
	    h.s.slot[SLOT].asking == 0);
	CU_ASSERT(h.s.slot[1].open == 1);
	CU_ASSERT(has_record(&h, "open", err_str(ERR_NO_SERVICE)));
	/* The next one is taken as well. */
	OK(act(&h, SLOT_ACT_MODE, SLOT_CODE, "correct horse", "another horse", &done));
	wait_last(&h, 2);
	CU_ASSERT_EQUAL(h.s.last.opening, done.opening);
	CU_ASSERT_EQUAL(h.s.slot[SLOT].mode, SLOT_CARDS);
	CU_ASSERT(has_record(&h, "mode", err_str(ERR_NO_SERVICE)));
	leave(&h);
}

static void
without_a_trusted_issuer_an_opening_is_over_too(void)
{
	static struct house h;
	struct slot_done done;
	const time_t until = time(NULL) + PATIENCE_S;

	settings.issuers.n = 0;
	enter(&h);
	settings.issuers.n = 1;
	install(&h, SLOT, "correct horse");
	OK(ward_people_start(h.ward));
	OK(act(&h, SLOT_ACT_ACTIVATE, 0, "", "correct horse", &done));
	CU_ASSERT(done.opening != 0);
	do {
		CU_ASSERT_FATAL(time(NULL) < until);
		look(&h);
	} while (h.s.slot[SLOT].asking);
	CU_ASSERT(h.s.slot[SLOT].held == 0 && h.s.slot[SLOT].open == 0);
	leave(&h);
}

static void
at_boot_a_reader_that_is_not_there_yet_ends_no_opening(void)
{
	static struct house h;
	uint64_t number;

	enter(&h);
	install(&h, 0, "");
	OK(people_ask(h.b.place.store, 0, NULL, 0, 3600, &number));
	OK(ward_people_start(h.ward));
	wait_last(&h, 1);
	CU_ASSERT_EQUAL(h.s.last.opening, number);
	CU_ASSERT_EQUAL(h.s.last.err, ERR_NO_SERVICE);
	CU_ASSERT(h.s.slot[0].asking == 1 && h.s.slot[0].held == 0);
	/* The daemon's end waits for no reader. */
	leave(&h);
}

static void
at_boot_the_time_of_an_opening_runs_out_without_a_reader(void)
{
	static struct house h;
	const time_t until = time(NULL) + PATIENCE_S;
	uint64_t number;

	enter(&h);
	install(&h, 0, "");
	OK(people_ask(h.b.place.store, 0, NULL, 0, 1, &number));
	OK(ward_people_start(h.ward));
	do {
		CU_ASSERT_FATAL(time(NULL) < until);
		OK(h.desk->ops->status(h.desk, h.s.count, 1, &h.s));
	} while (h.s.slot[0].asking);
	CU_ASSERT(h.s.slot[0].open == 0 && h.s.slot[0].held == 0);
	/* It is written down when vault has been told. */
	while (!has_record(&h, "open", err_str(ERR_TIMEOUT))) {
		CU_ASSERT_FATAL(time(NULL) < until);
		OK(h.desk->ops->status(h.desk, h.s.count, 1, &h.s));
	}
	leave(&h);
}

static void
an_order_for_mode_cards_begins_its_ceremony_and_is_forgotten_with_it(void)
{
	static struct house h;
	struct slot_done done;

	enter(&h);
	OK(vault_bench_call(&h.b, VAULT_TRIAL, NULL));
	OK(ward_people_start(h.ward));
	CU_ASSERT_EQUAL(act(&h, SLOT_ACT_MODE, SLOT_CARDS, "wrong horse", "new horse", &done),
	    ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(done.ceremony, 0);
	look(&h);
	CU_ASSERT(h.s.number == 0 && h.s.last.number == 0);
	OK(act(&h, SLOT_ACT_MODE, SLOT_CARDS, "98765432", "new horse", &done));
	CU_ASSERT(done.ceremony == 1 && done.since > 0 && done.asks == 0);
	wait_last(&h, 1);
	CU_ASSERT_STRING_EQUAL(h.s.last.ceremony, "slot-cards");
	CU_ASSERT_EQUAL(h.s.last.err, ERR_NO_SERVICE);
	CU_ASSERT_EQUAL(h.s.last.opening, 0);
	CU_ASSERT_EQUAL(h.s.slot[SLOT].mode, SLOT_CODE);
	CU_ASSERT_PTR_NULL(h.b.vault.order);
	leave(&h);
}

static void
nothing_begins_when_the_daemon_ends(void)
{
	static struct house h;
	struct slot_done done;

	enter(&h);
	install(&h, SLOT, "correct horse");
	OK(ward_people_start(h.ward));
	OK(ward_stop(h.ward));
	CU_ASSERT_EQUAL(act(&h, SLOT_ACT_ACTIVATE, 0, "", "correct horse", &done), ERR_CLOSED);
	CU_ASSERT_EQUAL(act(&h, SLOT_ACT_MODE, SLOT_CARDS, "", "correct horse", &done),
	    ERR_CLOSED);
	ward_free(h.ward);
	vault_bench_leave(&h.b);
}

static const struct sentence sentences[] = {
	SENTENCE(an_opening_that_nobody_can_be_asked_for_is_over_at_once_and_holds_nothing),
	SENTENCE(without_a_trusted_issuer_an_opening_is_over_too),
	SENTENCE(at_boot_a_reader_that_is_not_there_yet_ends_no_opening),
	SENTENCE(at_boot_the_time_of_an_opening_runs_out_without_a_reader),
	SENTENCE(an_order_for_mode_cards_begins_its_ceremony_and_is_forgotten_with_it),
	SENTENCE(nothing_begins_when_the_daemon_ends),
};

SUITE("ward", sentences)
