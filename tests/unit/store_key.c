#include "tests/unit/place.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static void
a_key_without_the_sets_check_value_is_not_committed(void)
{
	struct mbk other, got;
	struct place p;

	place_enter(&p);
	place_lead_to(&p, HSM_INSTALLING);
	other = p.mbk;
	other.key[31] ^= 1;
	CU_ASSERT_EQUAL(store_commit(p.store, &other, NULL), ERR_SHARE_KCV);
	CU_ASSERT_EQUAL(place_status(&p).state, HSM_INSTALLING);
	CU_ASSERT_EQUAL(store_mbk(p.store, &got), ERR_NOT_FOUND);
	place_leave(&p);
}

static void
a_committed_key_comes_back_and_stands_nowhere_in_clear(void)
{
	struct place p;
	struct mbk got;

	place_enter(&p);
	place_lead_to(&p, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(place_status(&p).committed, 1);
	CU_ASSERT_EQUAL(place_holds(&p, "cardinal.db-wal", p.mbk.key, 8), 0);
	place_again(&p);
	OK(store_mbk(p.store, &got));
	SAME(&got, &p.mbk, sizeof(got));
	CU_ASSERT_EQUAL(place_holds(&p, "cardinal.db", p.mbk.key, 8), 0);
	place_leave(&p);
}

static const struct {
	const char *why, *sql;
	int r;
} tampers[] = {
	{ "a set made LIVE", "UPDATE backup_set SET mode = 2", ERR_MAC },
	{ "another quorum", "UPDATE backup_set SET k = 3", ERR_MAC },
	{ "another set id", "UPDATE backup_set SET id = x'0000000000000000'", ERR_MAC },
	{ "another date", "UPDATE backup_set SET date = 1", ERR_MAC },
	{ "no set", "DELETE FROM backup_set; DELETE FROM share", ERR_MAC },
	{ "a sealed key one byte short", "UPDATE hsm SET mbk = substr(mbk, 1, 60)", ERR_FORMAT },
	{ "zeros for the sealed key's tag",
	    "UPDATE hsm SET mbk = CAST(substr(mbk, 1, 45) || zeroblob(16) AS BLOB)", ERR_MAC },
	{ "a label that is too long", "UPDATE backup_set SET label = '0123456789abcdefg'",
	    ERR_FORMAT },
	{ "x of 0", "UPDATE share SET x = 0 WHERE x = 1", ERR_FORMAT },
	{ "a share missing", "DELETE FROM share WHERE x = 2", ERR_FORMAT },
};

static void
a_key_is_bound_to_its_set(void)
{
	static const struct mbk zero;
	struct place p;
	struct mbk got;
	int r;

	for (size_t i = 0; i < sizeof(tampers) / sizeof(tampers[0]); i++) {
		place_enter(&p);
		place_lead_to(&p, HSM_OPERATIONAL);
		store_close(p.store);
		place_sql(&p, tampers[i].sql);
		OK(store_open(&p.store, p.dir));
		memset(&got, 0xaa, sizeof(got));
		r = store_mbk(p.store, &got);
		if (r != tampers[i].r)
			CU_FAIL(tampers[i].why);
		SAME(&got, &zero, sizeof(zero));
		if (r == ERR_MAC)
			CU_ASSERT_EQUAL(place_status(&p).key_lost, 1);
		place_leave(&p);
	}
}

static void
a_key_that_does_not_open_is_told_until_another_takes_its_place(void)
{
	char path[2 * PATH_LEN];
	struct place p;

	place_enter(&p);
	place_lead_to(&p, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(place_status(&p).key_lost, 0);
	place_again(&p);
	CU_ASSERT_EQUAL(place_status(&p).key_lost, 0);
	store_close(p.store);
	OK(unlink(place_file(&p, "device.key", path)));
	OK(store_open(&p.store, p.dir));
	CU_ASSERT_EQUAL(place_status(&p).key_lost, 1);
	CU_ASSERT_EQUAL(place_status(&p).state, HSM_OPERATIONAL);
	OK(store_factory_reset(p.store));
	CU_ASSERT_EQUAL(place_status(&p).key_lost, 0);
	place_lead_to(&p, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(place_status(&p).key_lost, 0);
	place_leave(&p);
}

static const char *const damages[] = {
	"UPDATE backup_set SET n = 17; WITH RECURSIVE more (x) AS (VALUES (4) UNION ALL "
	    "SELECT x + 1 FROM more WHERE x < 17) "
	    "INSERT INTO share SELECT x, 1, zeroblob(16), '1' FROM more",
	"UPDATE backup_set SET mode = 3",
	"UPDATE backup_set SET k = 258",
	"UPDATE backup_set SET kcv = x'00'",
	"UPDATE backup_set SET key_name = ''",
	"UPDATE share SET serial = '012345678901234567890' WHERE x = 1",
	"UPDATE share SET check_value = zeroblob(17) WHERE x = 2",
	"DELETE FROM share WHERE x = 3",
	"UPDATE hsm SET state = 4",
	"UPDATE hsm SET label = '0123456789abcdefg'",
	"DELETE FROM hsm",
};

static void
a_damaged_database_is_no_state(void)
{
	struct hsm_status st;
	struct store *s;
	struct place p;
	int r;

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		place_enter(&p);
		place_lead_to(&p, HSM_OPERATIONAL);
		store_close(p.store);
		place_sql(&p, damages[i]);
		r = store_open(&s, p.dir);
		if (r == 0)
			r = store_status(s, &st);
		if (r != ERR_FORMAT)
			CU_FAIL(damages[i]);
		p.store = s;
		place_leave(&p);
	}
}

static void
another_device_key_opens_nothing_and_a_reset_mends_it(void)
{
	char path[2 * PATH_LEN];
	struct place p;
	struct mbk got;

	place_enter(&p);
	place_lead_to(&p, HSM_OPERATIONAL);
	OK(unlink(place_file(&p, "device.key", path)));
	place_again(&p);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	CU_ASSERT_EQUAL(store_mbk(p.store, &got), ERR_MAC);
	CU_ASSERT_EQUAL(place_status(&p).state, HSM_OPERATIONAL);
	OK(store_factory_reset(p.store));
	OK(access(path, F_OK));
	place_lead_to(&p, HSM_OPERATIONAL);
	place_again(&p);
	OK(store_mbk(p.store, &got));
	SAME(&got, &p.mbk, sizeof(got));
	place_leave(&p);
}

static void
a_device_key_that_others_may_read_or_of_another_length_is_refused(void)
{
	char path[2 * PATH_LEN];
	struct place p;

	place_enter(&p);
	store_close(p.store);
	OK(chmod(place_file(&p, "device.key", path), 0640));
	CU_ASSERT_EQUAL(store_open(&p.store, p.dir), ERR_DENIED);
	OK(chmod(path, 0600));
	OK(truncate(path, 31));
	CU_ASSERT_EQUAL(store_open(&p.store, p.dir), ERR_FORMAT);
	OK(truncate(path, 33));
	CU_ASSERT_EQUAL(store_open(&p.store, p.dir), ERR_FORMAT);
	OK(truncate(path, 32));
	OK(store_open(&p.store, p.dir));
	place_leave(&p);
}

static void
a_database_that_others_may_read_is_refused(void)
{
	char path[2 * PATH_LEN];
	struct place p;

	place_enter(&p);
	store_close(p.store);
	OK(chmod(place_file(&p, "cardinal.db", path), 0604));
	CU_ASSERT_EQUAL(store_open(&p.store, p.dir), ERR_DENIED);
	OK(chmod(path, 0600));
	OK(chmod(p.dir, 0711));
	OK(store_open(&p.store, p.dir));
	place_leave(&p);
}

/* Theirs would be taken for ours, whatever its mode. */
static void
a_state_directory_that_others_may_write_to_is_refused(void)
{
	struct place p;

	place_enter(&p);
	for (unsigned i = 0; i < 3; i++) {
		static const mode_t modes[] = { 0720, 0702, 01777 };

		store_close(p.store);
		OK(chmod(p.dir, modes[i]));
		CU_ASSERT_EQUAL(store_open(&p.store, p.dir), ERR_DENIED);
		OK(chmod(p.dir, 0755));
		OK(store_open(&p.store, p.dir));
	}
	place_leave(&p);
}

static size_t
read_key(const struct place *p, uint8_t key[33])
{
	char path[2 * PATH_LEN];
	FILE *f = fopen(place_file(p, "device.key", path), "r");
	size_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	n = fread(key, 1, 33, f);
	fclose(f);
	return n;
}

static void
a_reset_leaves_neither_key_nor_set_behind(void)
{
	uint8_t before[33], after[33];
	struct hsm_status st;
	struct place p;
	struct mbk got;
	struct event e[16];
	size_t n;

	place_enter(&p);
	OK(store_label(p.store, "hsm-7"));
	place_lead_to(&p, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(read_key(&p, before), 32);
	OK(store_factory_reset(p.store));
	CU_ASSERT_EQUAL(read_key(&p, after), 32);
	CU_ASSERT_NOT_EQUAL(memcmp(before, after, 32), 0);
	CU_ASSERT_EQUAL(store_mbk(p.store, &got), ERR_NOT_FOUND);
	st = place_status(&p);
	CU_ASSERT_EQUAL(st.have_set, 0);
	CU_ASSERT_EQUAL(st.committed, 0);
	CU_ASSERT_EQUAL(st.written, 0);
	CU_ASSERT_STRING_EQUAL(st.label, "hsm-7");
	OK(store_events(p.store, 0, e, 16, &n));
	CU_ASSERT_EQUAL_FATAL(n, 6);
	CU_ASSERT_STRING_EQUAL(e[5].record.ceremony, "factory-reset");
	CU_ASSERT_EQUAL(place_holds(&p, "cardinal.db", place_head.set, SET_ID_LEN), 0);
	CU_ASSERT_EQUAL(place_holds(&p, "cardinal.db-wal", place_head.set, SET_ID_LEN), 0);
	place_leave(&p);
}

static void
a_reset_that_did_not_replace_the_device_key_is_finished_at_the_next_start(void)
{
	uint8_t before[33], after[33];
	struct place p;

	place_enter(&p);
	place_lead_to(&p, HSM_OPERATIONAL);
	OK(store_factory_reset(p.store));
	CU_ASSERT_EQUAL(read_key(&p, before), 32);
	store_close(p.store);
	place_sql(&p, "UPDATE hsm SET erase = 1");
	OK(store_open(&p.store, p.dir));
	CU_ASSERT_EQUAL(read_key(&p, after), 32);
	CU_ASSERT_NOT_EQUAL(memcmp(before, after, 32), 0);
	place_again(&p);
	CU_ASSERT_EQUAL(read_key(&p, before), 32);
	SAME(before, after, 32);
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(a_key_without_the_sets_check_value_is_not_committed),
	SENTENCE(a_committed_key_comes_back_and_stands_nowhere_in_clear),
	SENTENCE(a_key_is_bound_to_its_set),
	SENTENCE(a_key_that_does_not_open_is_told_until_another_takes_its_place),
	SENTENCE(a_damaged_database_is_no_state),
	SENTENCE(another_device_key_opens_nothing_and_a_reset_mends_it),
	SENTENCE(a_database_that_others_may_read_is_refused),
	SENTENCE(a_state_directory_that_others_may_write_to_is_refused),
	SENTENCE(a_device_key_that_others_may_read_or_of_another_length_is_refused),
	SENTENCE(a_reset_leaves_neither_key_nor_set_behind),
	SENTENCE(a_reset_that_did_not_replace_the_device_key_is_finished_at_the_next_start),
};

SUITE("store_key", sentences)
