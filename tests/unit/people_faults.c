#include "tests/unit/crew.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/derive.h"
#include "tests/unit/suite.h"

#define NEW "another code"
#define NEW_SO "another PIN"
#define KEPT "kept"

/*
 * All that is done to a slot with people is done once for each n with SQLite's n-th step failing as
 * on a full disk: nothing is open that should not be, and code and cards, SO PIN and cards still
 * open the slot, before and after a start.
 */
static atomic_uint steps, fails_at;

int __real_sqlite3_step(sqlite3_stmt *);
int __wrap_sqlite3_step(sqlite3_stmt *);

int
__wrap_sqlite3_step(sqlite3_stmt *st)
{
	return ++steps == fails_at ? SQLITE_FULL : __real_sqlite3_step(st);
}

/* Codes are not guessed here: each costs what nobody waits for. */
int __real_derive_code(const uint8_t *, size_t, const uint8_t[DERIVE_SALT_LEN], unsigned,
    struct seal_key *);
int __wrap_derive_code(const uint8_t *, size_t, const uint8_t[DERIVE_SALT_LEN], unsigned,
    struct seal_key *);

int
__wrap_derive_code(const uint8_t *code, size_t n, const uint8_t salt[DERIVE_SALT_LEN],
    unsigned cost, struct seal_key *key)
{
	(void)cost;
	return __real_derive_code(code, n, salt, 1, key);
}

/* The next opening, all of whose users prove themselves. */
static int
serve(struct place *p, unsigned guest)
{
	struct opening o;
	int failed, r;

	if ((r = people_next(p->store, &o)) != 0)
		return r;
	for (unsigned user = 1; user <= o.users; user++)
		if ((r = crew_prove(p, o.number, user, guest + user - 1)) != 0)
			break;
	return r != 0 ? r : people_end(p->store, o.number, 0, 1, &failed);
}

static int
ask(struct place *p, unsigned slot, const char *code, unsigned guest)
{
	uint64_t number;
	int r;

	r = people_ask(p->store, slot, (const uint8_t *)code, code == NULL ? 0 : strlen(code), 0,
	    &number);
	return r != 0 || number == 0 ? r : serve(p, guest);
}

static int
activate(struct place *p)
{
	return ask(p, 8, TOKEN_CODE, 1);
}

static int
boot(struct place *p)
{
	return ask(p, 0, NULL, 3);
}

static int
change(struct place *p)
{
	return token_change(p, 8, SLOT_USER, TOKEN_CODE, NEW);
}

static int
change_so(struct place *p)
{
	return token_change(p, 8, SLOT_SO, TOKEN_SO, NEW_SO);
}

static int
give(struct place *p)
{
	struct caller c;
	int r = 0;

	crew_give(&c, p, 8, TOKEN_SO, NEW);
	if (crew_comes(&c))
		r = serve(p, 1);
	return crew_result(&c) != 0 ? c.r : r;
}

static int
give_open(struct place *p)
{
	return token_set_user(p, 8, TOKEN_SO, NEW);
}

static int
to(struct place *p, uint8_t mode, const char *code)
{
	struct slot_plan plan = token_plan(mode, code, NULL);
	uint64_t number;
	int r;

	r = people_ask_mode(p->store, 8, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), &plan,
	    &number);
	return r != 0 ? r : serve(p, 1);
}

static int
to_code(struct place *p)
{
	return to(p, SLOT_CODE, NEW);
}

static int
to_auto(struct place *p)
{
	return to(p, SLOT_AUTO, NULL);
}

static int
from_code(struct place *p)
{
	struct slot_plan plan = token_plan(SLOT_CARDS, NEW, NULL);

	plan.users = 1;
	plan.copies = 2;
	return slot_set_mode(p->store, 6, (const uint8_t *)TOKEN_TRIAL, strlen(TOKEN_TRIAL), &plan);
}

static int
init(struct place *p)
{
	return token_init(p, 8, TOKEN_SO, "another");
}

static int
wipe(struct place *p)
{
	return slot_wipe(p->store, 8, (const uint8_t *)TOKEN_SO, strlen(TOKEN_SO));
}

static const struct act {
	const char *why;
	int (*call)(struct place *);
	unsigned slot, guest;
	int open;	/* before it */
	int renews;	/* afterwards there is another token */
} acts[] = {
	{ "activate", activate, 8, 1, 0, 0 }, { "boot", boot, 0, 3, 0, 0 },
	{ "change the code", change, 8, 1, 1, 0 }, { "change the SO PIN", change_so, 8, 1, 1, 0 },
	{ "the SO's code", give, 8, 1, 0, 0 }, { "the same, open", give_open, 8, 1, 1, 0 },
	{ "to mode code", to_code, 8, 1, 0, 0 }, { "to mode code, open", to_code, 8, 1, 1, 0 },
	{ "to mode auto", to_auto, 8, 1, 0, 0 }, { "to mode cards", from_code, 6, 4, 0, 0 },
	{ "to mode cards, open", from_code, 6, 4, 1, 0 }, { "init", init, 8, 1, 1, 1 },
	{ "wipe", wipe, 8, 1, 1, 1 },
};

static int
let_in(struct place *p, const struct act *a)
{
	static const char *const codes[] = { TOKEN_CODE, NEW, TOKEN_TRIAL, NULL };
	struct slot_info info = token_info(p, a->slot);
	int r = info.open ? 0 : ERR_PIN_WRONG;

	for (size_t i = 0; i < 4 && r != 0; i++)
		r = info.mode == SLOT_CARDS ? ask(p, a->slot, codes[i], a->guest) :
		    token_login(p, a->slot, SLOT_USER, codes[i]);
	return r;
}

static void
prepare(struct place *p, const struct act *a, uint64_t *id)
{
	struct user_seat seat = crew_seat(4);

	crew_enter(p, 1);
	if (a->slot == 0)
		return;
	OK(ask(p, 0, NULL, 3));
	OK(store_enrol(p->store, 6, 1, &seat));
	OK(let_in(p, a));
	OK(token_add(p, a->slot, OBJECT_PRIVATE, KEPT, NULL, id));
	if (!a->open)
		OK(slot_leave(p->store, a->slot));
}

/* The SO PIN, whichever it is now, and the cards give another code that opens it. */
static void
assert_so(struct place *p, const struct act *a)
{
	struct slot_info info = token_info(p, a->slot);
	const char *pins[] = { TOKEN_SO, NEW_SO, TOKEN_TRIAL_SO };
	struct caller c;
	int r = ERR_PIN_WRONG;

	if (info.mode != SLOT_CARDS || a->slot == 0)
		return;
	(void)slot_leave(p->store, a->slot);
	for (size_t i = 0; i < 3 && r == ERR_PIN_WRONG; i++) {
		crew_give(&c, p, a->slot, pins[i], TOKEN_TRIAL);
		if (crew_comes(&c))
			OK(serve(p, a->guest));
		r = crew_result(&c);
	}
	CU_ASSERT_EQUAL(r, 0);
	OK(let_in(p, a));
}

/* One n: 0 when the call had fewer steps. */
static int
fail(const struct act *a, unsigned n, unsigned *refused)
{
	struct place p;
	uint64_t id = 0;
	char text[64];
	int r, failed;

	prepare(&p, a, &id);
	steps = 0;
	fails_at = n;
	r = a->call(&p);
	failed = steps >= n;
	fails_at = 0;
	if (r != 0) {
		(*refused)++;
		/* Not more than before it; less after what fails for good. */
		CU_ASSERT(a->open || !token_info(&p, a->slot).open);
		CU_ASSERT_EQUAL(token_info(&p, 7).open, 0);
		CU_ASSERT_EQUAL(token_info(&p, a->slot).asking, 0);
	}
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(token_info(&p, a->slot).damaged, 0);
		if (a->slot != 0 && !token_info(&p, 0).open) {
			OK(ask(&p, 0, NULL, 3));
		}
		if (a->renews && r == 0)
			break;
		if (let_in(&p, a) != 0 || (a->slot != 0 && token_read(&p, a->slot, id, text) != 0)) {
			printf("    %s, step %u: %d\n", a->why, n, r);
			CU_FAIL("a key is lost");
		}
		token_again(&p);
		CU_ASSERT(token_info(&p, a->slot).mode == SLOT_AUTO ||
		    !token_info(&p, a->slot).open);
	}
	if (token_info(&p, 0).open == 0)
		OK(ask(&p, 0, NULL, 3));
	assert_so(&p, a);
	if (a->slot == 0) {
		uint8_t point[AUDIT_POINT];

		OK(slot_audit_sign(p.store, "x", 1, (uint8_t[AUDIT_SIGNATURE]){ 0 }));
		OK(slot_audit_public(p.store, point));
	}
	place_leave(&p);
	return failed;
}

static void
a_step_that_fails_opens_nothing_and_loses_no_key(void)
{
	unsigned n, refused;

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		refused = 0;
		for (n = 1; fail(&acts[i], n, &refused); n++)
			;
		printf("    %s: %u steps, %u refused\n", acts[i].why, n - 1, refused);
		CU_ASSERT(n > 3 && refused > 0);
	}
}

static void
a_step_that_fails_leaves_an_installation_that_can_be_resumed(void)
{
	struct slot_plan plan[SLOTS];
	struct place p;
	int failed = 1, r;

	for (unsigned n = 1; failed; n++) {
		crew_begin(&p, 1, plan);
		steps = 0;
		fails_at = n;
		r = store_finish(p.store, plan);
		failed = steps >= n;
		fails_at = 0;
		for (unsigned i = 0; i < 2; i++) {
			CU_ASSERT_EQUAL(place_status(&p).state,
			    r == 0 ? HSM_OPERATIONAL : HSM_INSTALLING);
			CU_ASSERT_EQUAL(place_status(&p).committed, 1);
			for (unsigned slot = 0; slot < SLOTS; slot++)
				CU_ASSERT(token_info(&p, slot).present == (r == 0) &&
				    !token_info(&p, slot).open);
			place_again(&p);
		}
		if (r != 0)
			OK(store_finish(p.store, plan));
		slots_delay(p.store, 0, 0);
		OK(ask(&p, 0, NULL, 3));
		OK(ask(&p, 8, TOKEN_CODE, 1));
		place_leave(&p);
	}
}

static void
a_step_that_fails_leaves_who_sat_there_or_who_was_enrolled(void)
{
	struct user_seat was = crew_seat(4), is = crew_seat(5), got;
	struct place p;
	int failed = 1, r;

	crew_enter(&p, 0);
	OK(store_enrol(p.store, 3, 1, &was));
	for (unsigned n = 1; failed; n++) {
		steps = 0;
		fails_at = n;
		r = store_enrol(p.store, 3, 1, &is);
		failed = steps >= n;
		fails_at = 0;
		OK(store_enrolled(p.store, 3, 1, &got));
		SAME(&got, r == 0 ? &is : &was, sizeof(got));
		if (r == 0)
			is = was;
		was = got;
	}
	place_leave(&p);
}

/* As it was, with those from before, or another's, whom it opens for. */
static void
a_step_that_fails_leaves_a_token_without_a_code_one_that_takes_others(void)
{
	struct user_seat seat = crew_seat(4);
	struct slot_plan plan = token_plan(SLOT_CARDS, NEW, NULL);
	struct slot_info info;
	unsigned n, refused = 0;
	struct place p;
	int failed = 1, r;

	plan.users = 1;
	plan.copies = 2;
	for (n = 1; failed; n++) {
		crew_enter(&p, 0);
		OK(slot_wipe(p.store, 7, (const uint8_t *)NEW_SO, strlen(NEW_SO)));
		OK(store_enrol(p.store, 7, 1, &seat));
		steps = 0;
		fails_at = n;
		r = slot_set_mode(p.store, 7, NULL, 0, &plan);
		failed = steps >= n;
		fails_at = 0;
		refused += r != 0;
		for (unsigned i = 0; i < 2; i++) {
			info = token_info(&p, 7);
			CU_ASSERT(info.mode == SLOT_CARDS && !info.open && !info.damaged);
			CU_ASSERT_EQUAL(info.user_set, r == 0);
			token_again(&p);
		}
		OK(token_login(&p, 7, SLOT_SO, NEW_SO));
		if (r != 0)
			OK(slot_set_mode(p.store, 7, NULL, 0, &plan));
		OK(ask(&p, 7, NEW, 4));
		place_leave(&p);
	}
	printf("    %u steps, %u refused\n", n - 1, refused);
	CU_ASSERT(n > 3 && refused > 0);
}

static const struct sentence sentences[] = {
	SENTENCE(a_step_that_fails_leaves_a_token_without_a_code_one_that_takes_others),
	SENTENCE(a_step_that_fails_opens_nothing_and_loses_no_key),
	SENTENCE(a_step_that_fails_leaves_who_sat_there_or_who_was_enrolled),
	SENTENCE(a_step_that_fails_leaves_an_installation_that_can_be_resumed),
};

SUITE("people_faults", sentences)
