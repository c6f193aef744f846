#include "tests/unit/token.h"

#include <string.h>

#include <sqlite3.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/* SQLite's steps are counted, and the one of that number fails as on a full disk; 0: none. */
static unsigned steps, fails_at;

int __real_sqlite3_step(sqlite3_stmt *);
int __wrap_sqlite3_step(sqlite3_stmt *);

int
__wrap_sqlite3_step(sqlite3_stmt *st)
{
	return ++steps == fails_at ? SQLITE_FULL : __real_sqlite3_step(st);
}

enum { MINE = 1, OTHER = 2 };

static int
add_pair(struct place *p)
{
	uint64_t id;
	int r;

	r = objects_begin(p->store);
	if (r == 0 && (r = token_add(p, 7, OBJECT_PUBLIC, "public half", NULL, &id)) == 0)
		r = token_add(p, 7, OBJECT_PRIVATE, "private half", NULL, &id);
	return objects_end(p->store, r);
}

static int
replace(struct place *p)
{
	const struct object_term term = { 1, (const uint8_t *)"new", 3 };

	return object_replace(p->store, MINE, OBJECT_PRIVATE, (const uint8_t *)"new", 3, &term, 1);
}

static int
delete(struct place *p)
{
	return object_delete(p->store, MINE);
}

static int
enter(struct place *p)
{
	return token_login(p, 6, SLOT_USER, TOKEN_TRIAL);
}

static int
new_code(struct place *p)
{
	return token_change(p, 0, SLOT_USER, NULL, NULL);
}

static int
wipe(struct place *p)
{
	return slot_wipe(p->store, 7, NULL, 0);
}

static int
init(struct place *p)
{
	return token_init(p, 7, TOKEN_TRIAL_SO, "another");
}

static int
mode(struct place *p)
{
	struct slot_plan plan = token_plan(SLOT_CODE, TOKEN_TRIAL, TOKEN_TRIAL_SO);

	plan.trial = 1;
	return slot_set_mode(p->store, 1, NULL, 0, &plan);
}

static int
mode_auto(struct place *p)
{
	const struct slot_plan plan = token_plan(SLOT_AUTO, NULL, NULL);

	return slot_set_mode(p->store, 8, (const uint8_t *)TOKEN_TRIAL, strlen(TOKEN_TRIAL), &plan);
}

static const struct {
	const char *why;
	int (*call)(struct place *);
	unsigned slot;
	int tries;	/* it charges one, which a failure may not give back */
	unsigned stride;	/* more than 1 for what takes its time */
} calls[] = {
	{ "add", add_pair, 7, 0, 1 }, { "replace", replace, 7, 0, 1 },
	{ "delete", delete, 7, 0, 1 }, { "enter", enter, 6, 1, 1 },
	{ "a new code", new_code, 0, 0, 1 }, { "wipe", wipe, 7, 0, 1 },
	{ "init", init, 7, 1, 5 }, { "to mode code", mode, 1, 0, 1 },
	{ "to mode auto", mode_auto, 8, 1, 1 },
};

/* What a slot is, as far as one can see. */
struct sight {
	struct slot_info info;
	char made[SLOT_CODE_MAX + 1], mine[64], other[64];
	int found, mine_r, other_r, made_r;
};

static struct sight
look(struct place *p, unsigned slot)
{
	struct sight v;

	memset(&v, 0, sizeof(v));
	v.info = token_info(p, slot);
	v.made_r = slot_made(p->store, slot, SLOT_USER, v.made);
	v.mine_r = token_read(p, slot, MINE, v.mine);
	v.other_r = token_read(p, slot, OTHER, v.other);
	v.found = token_find(p, slot, OBJECT_PUBLIC, NULL);
	return v;
}

static void
prepare(struct place *p)
{
	uint64_t id;

	token_enter(p);
	OK(token_login(p, 7, SLOT_USER, TOKEN_TRIAL));
	OK(token_add(p, 7, OBJECT_PUBLIC, "mine", "too", &id));
	OK(token_add(p, 7, OBJECT_PRIVATE, "other", NULL, &id));
}

/* Tries that were charged may be lost, and by nothing else may one state differ from the other. */
static int
is_same(struct sight a, struct sight b, int tries)
{
	for (unsigned i = 0; i < 2 && tries; i++) {
		struct sight *v = i == 0 ? &a : &b;

		if (v->info.user_left < SLOT_TRIES - 1 || v->info.so_left < SLOT_TRIES - 1)
			return 0;
		v->info.user_left = v->info.so_left = SLOT_TRIES;
	}
	return memcmp(&a, &b, sizeof(a)) == 0;
}

/* Fails the n-th step of a call: 0 when it had fewer. */
static int
fail(size_t i, unsigned n)
{
	struct sight before, after, again;
	struct place p;
	int r, failed;

	prepare(&p);
	before = look(&p, calls[i].slot);
	steps = 0;
	fails_at = n;
	r = calls[i].call(&p);
	failed = steps >= fails_at;
	fails_at = 0;
	after = look(&p, calls[i].slot);
	if (r != 0) {
		CU_ASSERT_EQUAL(r, ERR_FULL);
		if (!is_same(before, after, calls[i].tries))
			CU_FAIL(calls[i].why);
	}
	/* Memory and disk are of one mind. */
	token_again(&p);
	if (after.info.open && !token_info(&p, calls[i].slot).open)
		OK(token_login(&p, calls[i].slot, SLOT_USER, TOKEN_TRIAL));
	again = look(&p, calls[i].slot);
	if (!is_same(after, again, calls[i].tries))
		CU_FAIL(calls[i].why);
	CU_ASSERT_EQUAL(again.info.damaged, 0);
	if (r != 0) {
		if (calls[i].slot == 7)
			OK(token_login(&p, 7, SLOT_USER, TOKEN_TRIAL));
		OK(calls[i].call(&p));
		token_again(&p);
		CU_ASSERT_EQUAL(token_info(&p, calls[i].slot).damaged, 0);
	}
	place_leave(&p);
	return failed;
}

static void
a_step_that_fails_leaves_the_old_slot_or_the_new(void)
{
	unsigned n;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (n = 1; fail(i, n); n += calls[i].stride)
			;
		CU_ASSERT(n > 3);
	}
}

static void
what_failed_half_way_cannot_be_committed(void)
{
	int r = ERR_FULL, end;
	struct place p;
	uint64_t id;

	for (unsigned n = 1; r != 0; n++) {
		prepare(&p);
		OK(objects_begin(p.store));
		OK(token_add(&p, 7, OBJECT_PUBLIC, "good", NULL, &id));
		steps = 0;
		fails_at = n;
		r = token_add(&p, 7, OBJECT_PUBLIC, "not so good", NULL, &id);
		fails_at = 0;
		end = objects_end(p.store, 0);
		CU_ASSERT_EQUAL(end, r);
		CU_ASSERT_EQUAL(token_info(&p, 7).objects, r == 0 ? 4 : 2);
		token_again(&p);
		CU_ASSERT_EQUAL(token_info(&p, 7).damaged, 0);
		CU_ASSERT_EQUAL(token_info(&p, 7).objects, r == 0 ? 4 : 2);
		place_leave(&p);
	}
}

static int
trial(struct place *p)
{
	return store_trial(p->store, NULL);
}

static int
commit(struct place *p)
{
	return store_commit(p->store, &p->mbk, NULL);
}

static int
reset(struct place *p)
{
	return store_factory_reset(p->store);
}

static void
a_step_that_fails_leaves_no_half_of_an_installation(void)
{
	static const struct {
		int (*call)(struct place *);
		enum hsm_state from;
		uint8_t to;
	} all[] = {
		{ trial, HSM_FACTORY, HSM_OPERATIONAL }, { commit, HSM_INSTALLING, HSM_OPERATIONAL },
		{ reset, HSM_OPERATIONAL, HSM_FACTORY },
	};
	struct place p;
	uint8_t state;
	int r, failed;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		failed = 1;
		for (unsigned n = 1; failed; n++) {
			place_enter(&p);
			place_lead_to(&p, all[i].from);
			steps = 0;
			fails_at = n;
			r = all[i].call(&p);
			failed = steps >= fails_at;
			fails_at = 0;
			state = place_status(&p).state;
			CU_ASSERT(state == all[i].to || (r != 0 && state == all[i].from));
			for (unsigned j = 0; j < 2; j++) {
				CU_ASSERT_EQUAL(place_status(&p).state, state);
				for (unsigned slot = 0; slot < SLOTS; slot++) {
					CU_ASSERT_EQUAL(token_info(&p, slot).present,
					    state == HSM_OPERATIONAL);
					CU_ASSERT_EQUAL(token_info(&p, slot).damaged, 0);
				}
				place_again(&p);
			}
			place_leave(&p);
		}
	}
}

static const struct sentence sentences[] = {
	SENTENCE(a_step_that_fails_leaves_the_old_slot_or_the_new),
	SENTENCE(what_failed_half_way_cannot_be_committed),
	SENTENCE(a_step_that_fails_leaves_no_half_of_an_installation),
};

SUITE("store_faults", sentences)
