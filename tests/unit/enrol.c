#include "tests/unit/crew.h"

#include <string.h>

#include <sqlite3.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static void
an_enrolled_user_is_kept_until_the_installation_is_done(void)
{
	struct user_seat seat, got, other;
	struct slot_plan plan[SLOTS];
	struct place p;

	crew_begin(&p, 0, plan);
	seat = crew_seat(0);
	OK(store_enrolled(p.store, 7, 1, &got));
	SAME(&seat, &got, sizeof(seat));
	CU_ASSERT_EQUAL(store_enrolled(p.store, 7, 2, &got), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(store_enrolled(p.store, 6, 1, &got), ERR_NOT_FOUND);
	/* Broken off, with the key and without slots; begun again, they are there. */
	CU_ASSERT(place_status(&p).committed && place_status(&p).state == HSM_INSTALLING);
	CU_ASSERT_EQUAL(token_info(&p, 0).present, 0);
	OK(store_broken(p.store, "Cancel was pressed"));
	CU_ASSERT_EQUAL(store_enrol(p.store, 7, 1, &seat), ERR_NOT_NOW);
	place_again(&p);
	OK(store_begin(p.store, "resume"));
	OK(store_enrolled(p.store, 8, 2, &got));
	/* One who is made anew takes his own place. */
	other = crew_seat(4);
	strcpy(other.reader, "Cardinal PIN pad 1");
	OK(store_enrol(p.store, 8, 2, &other));
	OK(store_enrolled(p.store, 8, 2, &got));
	SAME(&other, &got, sizeof(got));
	other = crew_seat(2);
	OK(store_enrol(p.store, 8, 2, &other));
	OK(store_commit(p.store, &p.mbk, plan));
	OK(store_finish(p.store, plan));
	CU_ASSERT_EQUAL(place_status(&p).state, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(store_enrolled(p.store, 7, 1, &got), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(store_enrolled(p.store, 8, 2, &got), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(store_finish(p.store, plan), ERR_NOT_NOW);
	slots_delay(p.store, 0, 0);
	OK(crew_open(&p, 8, TOKEN_CODE, 1));
	place_leave(&p);
}

static void
without_all_its_users_nothing_is_finished(void)
{
	struct slot_plan plan[SLOTS];
	struct place p;

	crew_begin(&p, 0, plan);
	OK(store_enrol_forget(p.store, 8));
	CU_ASSERT_EQUAL(store_finish(p.store, plan), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(place_status(&p).state, HSM_INSTALLING);
	for (unsigned i = 0; i < SLOTS; i++)
		CU_ASSERT_EQUAL(token_info(&p, i).present, 0);
	/* Those of the other slot are there still. */
	plan[8] = token_plan(SLOT_AUTO, NULL, NULL);
	OK(store_finish(p.store, plan));
	CU_ASSERT_EQUAL(token_info(&p, 7).users, 1);
	place_leave(&p);
}

static void
a_finish_needs_the_key_and_a_plan_that_can_be(void)
{
	struct slot_plan plan[SLOTS];
	struct place p;

	place_enter(&p);
	CU_ASSERT_EQUAL(store_finish(p.store, NULL), ERR_NOT_NOW);
	place_lead_to(&p, HSM_INSTALLING);
	CU_ASSERT_EQUAL(store_finish(p.store, NULL), ERR_NOT_NOW);
	token_plans(plan, 0);
	plan[0] = token_plan(SLOT_CARDS, NULL, NULL);
	CU_ASSERT_EQUAL(store_commit(p.store, &p.mbk, plan), ERR_ARG);
	CU_ASSERT_EQUAL(place_status(&p).committed, 0);
	plan[0].users = USERS_MAX;
	plan[0].copies = COPIES_MAX;
	plan[1] = token_plan(SLOT_CARDS, NULL, NULL);
	plan[1].users = plan[1].copies = 1;
	/* Its code is to be stored: that is slot 0's alone. */
	CU_ASSERT_EQUAL(store_commit(p.store, &p.mbk, plan), ERR_ARG);
	plan[1] = token_plan(SLOT_CARDS, TOKEN_CODE, NULL);
	plan[1].users = USERS_MAX + 1;
	plan[1].copies = 1;
	CU_ASSERT_EQUAL(store_commit(p.store, &p.mbk, plan), ERR_ARG);
	plan[1].users = 1;
	plan[1].copies = COPIES_MAX + 1;
	CU_ASSERT_EQUAL(store_commit(p.store, &p.mbk, plan), ERR_ARG);
	plan[1].copies = 1;
	OK(store_commit(p.store, &p.mbk, plan));
	CU_ASSERT_EQUAL(place_status(&p).state, HSM_INSTALLING);
	CU_ASSERT_EQUAL(store_finish(p.store, plan), ERR_NOT_FOUND);
	place_leave(&p);
}

static void
what_forgets_the_users(void)
{
	struct slot_plan plan[SLOTS];
	struct user_seat got;
	struct place p;
	struct mbk mbk;

	crew_begin(&p, 0, plan);
	OK(store_enrol_forget(p.store, SLOTS));
	CU_ASSERT_EQUAL(store_enrolled(p.store, 7, 1, &got), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(store_enrol_forget(p.store, SLOTS + 1), ERR_ARG);
	place_leave(&p);

	/* Another set: that is another installation, and the key of the one before is worth nothing. */
	crew_begin(&p, 0, plan);
	OK(store_set(p.store, &p.set));
	CU_ASSERT_EQUAL(store_enrolled(p.store, 7, 1, &got), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(store_mbk(p.store, &mbk), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(store_finish(p.store, plan), ERR_NOT_NOW);
	place_leave(&p);

	crew_begin(&p, 0, plan);
	OK(store_factory_reset(p.store));
	CU_ASSERT_EQUAL(store_enrolled(p.store, 7, 1, &got), ERR_NOT_FOUND);
	place_leave(&p);
}

static void
a_key_sits_in_one_place(void)
{
	struct user_seat seat, half;
	unsigned slot, user;
	struct place p;

	crew_enter(&p, 0);
	seat = crew_seat(0);
	CU_ASSERT_EQUAL(store_enrol(p.store, 3, 1, &seat), ERR_EXISTS);
	seat = crew_seat(4);
	OK(store_enrol(p.store, 3, 1, &seat));
	CU_ASSERT_EQUAL(store_enrol(p.store, 3, 2, &seat), ERR_EXISTS);
	CU_ASSERT_EQUAL(store_enrol(p.store, 4, 1, &seat), ERR_EXISTS);
	/* Half of another's is too much. */
	half = crew_seat(5);
	memcpy(half.keys.point, seat.keys.point, USER_POINT);
	CU_ASSERT_EQUAL(store_enrol(p.store, 3, 2, &half), ERR_EXISTS);
	half = crew_seat(5);
	memcpy(half.keys.modulus, seat.keys.modulus, USER_MODULUS);
	CU_ASSERT_EQUAL(store_enrol(p.store, 3, 2, &half), ERR_EXISTS);
	OK(people_whose(p.store, &seat.keys, &slot, &user));
	CU_ASSERT(slot == 3 && user == 1);
	half = crew_seat(2);
	OK(people_whose(p.store, &half.keys, &slot, &user));
	CU_ASSERT(slot == 8 && user == 2);
	half = crew_seat(6);
	CU_ASSERT_EQUAL(people_whose(p.store, &half.keys, &slot, &user), ERR_NOT_FOUND);
	place_leave(&p);
}

static void
a_seat_that_cannot_be_is_refused(void)
{
	struct user_seat good, seat;
	struct place p;

	crew_enter(&p, 0);
	good = seat = crew_seat(4);
	CU_ASSERT_EQUAL(store_enrol(p.store, SLOTS, 1, &seat), ERR_ARG);
	CU_ASSERT_EQUAL(store_enrol(p.store, 3, 0, &seat), ERR_ARG);
	CU_ASSERT_EQUAL(store_enrol(p.store, 3, USERS_MAX + 1, &seat), ERR_ARG);
	seat.copies = 0;
	CU_ASSERT_EQUAL(store_enrol(p.store, 3, 1, &seat), ERR_ARG);
	seat.copies = COPIES_MAX + 1;
	CU_ASSERT_EQUAL(store_enrol(p.store, 3, 1, &seat), ERR_ARG);
	seat = good;
	seat.keys.point[64] ^= 1;
	CU_ASSERT_EQUAL(store_enrol(p.store, 3, 1, &seat), ERR_ARG);
	seat = good;
	seat.keys.modulus[0] &= 0x7f;
	CU_ASSERT_EQUAL(store_enrol(p.store, 3, 1, &seat), ERR_ARG);
	seat = good;
	strcpy(seat.reader, "a\nb");
	CU_ASSERT_EQUAL(store_enrol(p.store, 3, 1, &seat), ERR_ARG);
	OK(store_enrol(p.store, 3, 1, &good));
	place_leave(&p);
}

static void
a_seat_that_was_moved_or_changed_is_not_taken(void)
{
	static const char *const changes[] = {
		"UPDATE enrolled SET slot = 6 WHERE slot = 7; UPDATE enrolled SET slot = 7, user = 1 "
		"WHERE slot = 8 AND user = 1",
		"UPDATE enrolled SET user = 3 WHERE slot = 8 AND user = 1;"
		"UPDATE enrolled SET user = 1 WHERE slot = 8 AND user = 2;"
		"UPDATE enrolled SET user = 2 WHERE slot = 8 AND user = 3",
		"UPDATE enrolled SET sealed = zeroblob(479) WHERE slot = 7",
		"UPDATE enrolled SET sealed = substr(sealed, 2) WHERE slot = 7",
	};
	struct slot_plan plan[SLOTS];
	struct place p;
	int r;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		crew_begin(&p, 0, plan);
		store_close(p.store);
		place_sql(&p, changes[i]);
		OK(store_open(&p.store, p.dir));
		r = store_finish(p.store, plan);
		CU_ASSERT(r == ERR_MAC || r == ERR_FORMAT || r == ERR_VERSION);
		CU_ASSERT_EQUAL(place_status(&p).state, HSM_INSTALLING);
		place_leave(&p);
	}
}

/* Runs beside the open store, as who has the right to write the file does. */
static void
meddle(struct place *p, const char *sql)
{
	char path[2 * PATH_LEN];
	sqlite3 *db;

	OK(sqlite3_open(place_file(p, "cardinal.db", path), &db));
	OK(sqlite3_exec(db, sql, NULL, NULL, NULL));
	sqlite3_close(db);
}

/* Who lost his seat has a card that it was sealed to, and perhaps a copy of the row. */
static void
a_seat_of_before_that_is_put_back_is_not_taken(void)
{
	static const char keep[] = "CREATE TABLE old AS SELECT * FROM enrolled";
	static const char *const back[] = {
		"INSERT OR REPLACE INTO enrolled SELECT * FROM old WHERE slot = 7",
		"INSERT OR REPLACE INTO enrolled SELECT * FROM old WHERE slot = 8 AND user = 2",
		/* Of a slot that nobody finishes, and gone ones. */
		"INSERT OR REPLACE INTO enrolled SELECT 5, user, sealed FROM old WHERE slot = 7",
		"DELETE FROM enrolled WHERE slot = 8 AND user = 2",
		"UPDATE enrolled SET slot = 263 WHERE slot = 7",
	};
	struct user_seat seat, got;
	struct slot_plan plan[SLOTS];
	struct place p;
	unsigned slot, user;

	for (size_t i = 0; i < sizeof(back) / sizeof(back[0]); i++) {
		crew_begin(&p, 0, plan);
		meddle(&p, keep);
		OK(store_enrol_forget(p.store, 7));
		seat = crew_seat(4);
		OK(store_enrol(p.store, 7, 1, &seat));
		seat = crew_seat(5);
		OK(store_enrol(p.store, 8, 2, &seat));
		meddle(&p, back[i]);
		CU_ASSERT_EQUAL(store_enrolled(p.store, 7, 1, &got), ERR_MAC);
		CU_ASSERT_EQUAL(store_finish(p.store, plan), ERR_MAC);
		CU_ASSERT_EQUAL(store_enrol(p.store, 7, 1, &seat), ERR_MAC);
		CU_ASSERT_EQUAL(people_whose(p.store, &seat.keys, &slot, &user), ERR_MAC);
		/* Forgetting one slot's users forgets all: that is no way to have the rest believed. */
		OK(store_enrol_forget(p.store, 9));
		CU_ASSERT_EQUAL(store_enrolled(p.store, 8, 1, &got), ERR_NOT_FOUND);
		OK(store_enrol(p.store, 7, 1, &seat));
		meddle(&p, "DROP TABLE old");
		place_leave(&p);
	}
}

/* The same device.key, and a set that was broken off. */
static void
a_seat_of_another_set_is_not_taken(void)
{
	struct slot_plan plan[SLOTS];
	struct user_seat got;
	struct place p;

	crew_begin(&p, 0, plan);
	store_close(p.store);
	place_sql(&p, "CREATE TABLE old AS SELECT * FROM enrolled");
	OK(store_open(&p.store, p.dir));
	p.set.head.set[0] ^= 1;
	OK(store_set(p.store, &p.set));
	store_close(p.store);
	place_sql(&p, "INSERT INTO enrolled SELECT * FROM old; DROP TABLE old");
	OK(store_open(&p.store, p.dir));
	CU_ASSERT_EQUAL(store_enrolled(p.store, 7, 1, &got), ERR_MAC);
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(an_enrolled_user_is_kept_until_the_installation_is_done),
	SENTENCE(without_all_its_users_nothing_is_finished),
	SENTENCE(a_finish_needs_the_key_and_a_plan_that_can_be),
	SENTENCE(what_forgets_the_users),
	SENTENCE(a_key_sits_in_one_place),
	SENTENCE(a_seat_that_cannot_be_is_refused),
	SENTENCE(a_seat_that_was_moved_or_changed_is_not_taken),
	SENTENCE(a_seat_of_before_that_is_put_back_is_not_taken),
	SENTENCE(a_seat_of_another_set_is_not_taken),
};

SUITE("enrol", sentences)
