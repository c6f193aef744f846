#include "tests/unit/place.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/ceremony.h"
#include "tests/unit/suite.h"

static void
a_new_directory_gets_a_factory_state_and_a_name(void)
{
	struct hsm_status st;
	struct place p;
	char label[LABEL_MAX + 1];

	place_enter(&p);
	st = place_status(&p);
	CU_ASSERT_EQUAL(st.state, HSM_FACTORY);
	CU_ASSERT_EQUAL(st.have_set, 0);
	CU_ASSERT_EQUAL(st.committed, 0);
	CU_ASSERT_STRING_EQUAL(st.message, "");
	CU_ASSERT_EQUAL(strncmp(st.label, "cardinal-", 9), 0);
	CU_ASSERT_EQUAL(strlen(st.label), 13);
	memcpy(label, st.label, sizeof(label));
	place_again(&p);
	CU_ASSERT_STRING_EQUAL(place_status(&p).label, label);
	place_leave(&p);
}

static void
nobody_else_may_read_the_files(void)
{
	static const char *const names[] = {
		"cardinal.db", "cardinal.db-wal", "cardinal.db-shm", "device.key", "lock",
	};
	char path[2 * PATH_LEN], dir[PATH_LEN];
	struct stat st;
	struct place p;
	mode_t mask = umask(0);

	place_enter(&p);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		OK(stat(place_file(&p, names[i], path), &st));
		CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	}
	store_close(p.store);
	memcpy(dir, p.dir, sizeof(dir));
	place_file(&p, "made", path);
	memcpy(p.dir, path, sizeof(p.dir));
	OK(store_open(&p.store, p.dir));
	OK(stat(p.dir, &st));
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	place_leave(&p);
	memcpy(p.dir, dir, sizeof(p.dir));
	OK(store_open(&p.store, p.dir));
	place_leave(&p);
	umask(mask);
}

static void
a_second_daemon_is_told_that_there_is_one(void)
{
	struct store *second;
	struct place p;

	place_enter(&p);
	CU_ASSERT_EQUAL(store_open(&second, p.dir), ERR_BUSY);
	CU_ASSERT_PTR_NULL(second);
	place_again(&p);
	place_leave(&p);
}

static void
the_label_changes_in_factory_only(void)
{
	struct place p;

	place_enter(&p);
	CU_ASSERT_EQUAL(store_label(p.store, ""), ERR_ARG);
	CU_ASSERT_EQUAL(store_label(p.store, "0123456789abcdefg"), ERR_ARG);
	OK(store_label(p.store, "0123456789abcdef"));
	CU_ASSERT_STRING_EQUAL(place_status(&p).label, "0123456789abcdef");
	place_lead_to(&p, HSM_INSTALLING);
	CU_ASSERT_EQUAL(store_label(p.store, "other"), ERR_NOT_NOW);
	OK(store_label(p.store, "0123456789abcdef"));
	CU_ASSERT_STRING_EQUAL(place_status(&p).label, "0123456789abcdef");
	place_leave(&p);
}

static int
do_begin(struct place *p)
{
	return store_begin(p->store, "backup-create");
}

static int
do_set(struct place *p)
{
	return store_set(p->store, &p->set);
}

static int
do_written(struct place *p)
{
	return store_written(p->store, 2, "80276001000000000022", p->set.check[1]);
}

static int
do_commit(struct place *p)
{
	return store_commit(p->store, &p->mbk, NULL);
}

static int
do_broken(struct place *p)
{
	return store_broken(p->store, "the reader was unplugged");
}

static int
do_reset(struct place *p)
{
	return store_factory_reset(p->store);
}

static const struct {
	const char *why;
	int (*call)(struct place *);
	int to[4];	/* from factory, installing, operational, inconsistent; -1: refused */
} transitions[] = {
	{ "begin", do_begin, { HSM_INSTALLING, -1, -1, HSM_INSTALLING } },
	{ "set", do_set, { -1, HSM_INSTALLING, -1, -1 } },
	{ "written", do_written, { -1, HSM_INSTALLING, -1, -1 } },
	{ "commit", do_commit, { -1, HSM_OPERATIONAL, -1, -1 } },
	{ "broken", do_broken, { -1, HSM_INCONSISTENT, -1, -1 } },
	{ "reset", do_reset, { HSM_FACTORY, HSM_FACTORY, HSM_FACTORY, HSM_FACTORY } },
};

static void
every_transition_of_every_state_is_made_or_refused(void)
{
	struct hsm_status before, after;
	struct place p;
	size_t n;
	int r;

	for (size_t i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++)
		for (int from = HSM_FACTORY; from <= HSM_INCONSISTENT; from++) {
			place_enter(&p);
			place_lead_to(&p, (enum hsm_state)from);
			before = place_status(&p);
			CU_ASSERT_EQUAL_FATAL(before.state, from);
			n = place_events(&p);
			r = transitions[i].call(&p);
			after = place_status(&p);
			if (transitions[i].to[from] < 0) {
				if (r != ERR_NOT_NOW || memcmp(&before, &after, sizeof(after)) != 0 ||
				    place_events(&p) != n)
					CU_FAIL(transitions[i].why);
			} else if (r != 0 || after.state != transitions[i].to[from] ||
			    place_events(&p) != n + 1)
				CU_FAIL(transitions[i].why);
			/* What was said is kept. */
			before = after;
			place_again(&p);
			after = place_status(&p);
			SAME(&before, &after, sizeof(after));
			OK(store_events_verify(p.store, &(uint64_t){ 0 }));
			place_leave(&p);
		}
}

static void
the_set_and_what_is_written_are_kept(void)
{
	struct hsm_status st;
	struct place p;

	place_enter(&p);
	place_lead_to(&p, HSM_INSTALLING);
	memset(p.set.check[2], 0x77, CHECK_LEN);
	OK(store_written(p.store, 3, "80276001000000000033", p.set.check[2]));
	OK(store_broken(p.store, "Cancel was pressed"));
	place_again(&p);
	st = place_status(&p);
	CU_ASSERT_EQUAL(st.have_set, 1);
	CU_ASSERT_EQUAL(st.committed, 0);
	SAME(&st.set, &p.set, sizeof(p.set));
	CU_ASSERT_EQUAL(st.written, 5);
	CU_ASSERT_STRING_EQUAL(st.serial[0], "80276001000000000011");
	CU_ASSERT_STRING_EQUAL(st.serial[1], "");
	CU_ASSERT_STRING_EQUAL(st.serial[2], "80276001000000000033");
	CU_ASSERT_STRING_EQUAL(st.message, "Cancel was pressed");
	place_leave(&p);
}

static void
a_set_is_known_until_another_takes_its_place(void)
{
	struct share_set other;
	struct share shares[3];
	struct hsm_status st;
	struct place p;

	place_enter(&p);
	place_lead_to(&p, HSM_INCONSISTENT);
	OK(store_begin(p.store, "resume"));
	st = place_status(&p);
	CU_ASSERT_EQUAL(st.have_set, 1);
	CU_ASSERT_EQUAL(st.written, 1);
	CU_ASSERT_STRING_EQUAL(st.message, "");
	OK(share_split(&p.mbk, &place_head, shares, &other));
	OK(store_set(p.store, &other));
	st = place_status(&p);
	SAME(&st.set, &other, sizeof(other));
	CU_ASSERT_EQUAL(st.written, 0);
	CU_ASSERT_STRING_EQUAL(st.serial[0], "");
	place_leave(&p);
}

static void
a_card_outside_the_set_is_not_written(void)
{
	struct place p;
	struct share_set bad;

	place_enter(&p);
	OK(store_begin(p.store, "backup-create"));
	CU_ASSERT_EQUAL(store_written(p.store, 1, "1", p.set.check[0]), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(store_commit(p.store, &p.mbk, NULL), ERR_NOT_NOW);
	bad = p.set;
	bad.head.k = 4;
	CU_ASSERT_EQUAL(store_set(p.store, &bad), ERR_ARG);
	OK(store_set(p.store, &p.set));
	CU_ASSERT_EQUAL(store_written(p.store, 0, "1", p.set.check[0]), ERR_ARG);
	CU_ASSERT_EQUAL(store_written(p.store, 4, "1", p.set.check[0]), ERR_ARG);
	CU_ASSERT_EQUAL(store_written(p.store, 1, "123456789012345678901", p.set.check[0]),
	    ERR_ARG);
	CU_ASSERT_EQUAL(place_status(&p).written, 0);
	CU_ASSERT_EQUAL(place_events(&p), 2);
	place_leave(&p);
}

static void
a_ceremony_that_the_daemon_did_not_survive_is_told_by_its_last_record(void)
{
	struct record rec = { .ceremony = "backup-create", .step = "write", .card = 2,
		.serial = "80276001000000000022", .text = "Please wait", .outcome = "begun" };
	char message[MESSAGE_MAX];
	struct hsm_status st;
	struct event e;
	struct place p;
	uint64_t seq;
	size_t n;

	place_enter(&p);
	place_lead_to(&p, HSM_INSTALLING);
	OK(store_record(p.store, &rec));
	place_again(&p);
	st = place_status(&p);
	CU_ASSERT_EQUAL(st.state, HSM_INSTALLING);
	OK(store_last(p.store, &seq));
	OK(store_events(p.store, seq - 1, &e, 1, &n));
	CU_ASSERT_EQUAL(n, 1);
	ceremony_stopped(&st, &e.record, message);
	OK(store_broken(p.store, message));
	place_again(&p);
	st = place_status(&p);
	CU_ASSERT_EQUAL(st.state, HSM_INCONSISTENT);
	CU_ASSERT_STRING_EQUAL(st.message, "cardinald was stopped in backup-create, card 2 "
	    "(80276001000000000022), step write. 1 of 3 cards is written: `cardinal resume` begins a "
	    "new set, `cardinal factory-reset` starts over");
	CU_ASSERT_EQUAL(st.have_set, 1);
	CU_ASSERT_EQUAL(st.written, 1);
	OK(store_events(p.store, seq, &e, 1, &n));
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_STRING_EQUAL(e.record.step, "broken");
	CU_ASSERT_STRING_EQUAL(e.record.outcome, st.message);
	place_leave(&p);
}

static void
a_database_of_a_later_release_or_of_another_program_is_refused(void)
{
	char path[2 * PATH_LEN];
	struct place p;
	FILE *f;

	place_enter(&p);
	store_close(p.store);
	place_sql(&p, "PRAGMA user_version = 5");
	CU_ASSERT_EQUAL(store_open(&p.store, p.dir), ERR_VERSION);
	place_sql(&p, "PRAGMA user_version = 4; PRAGMA application_id = 1");
	CU_ASSERT_EQUAL(store_open(&p.store, p.dir), ERR_VERSION);
	place_sql(&p, "PRAGMA application_id = 0x4352444c");
	OK(store_open(&p.store, p.dir));
	store_close(p.store);
	f = fopen(place_file(&p, "cardinal.db", path), "w");
	for (unsigned i = 0; i < 2000; i++)
		fputs("no database\n", f);
	fclose(f);
	CU_ASSERT_EQUAL(store_open(&p.store, p.dir), ERR_FORMAT);
	place_leave(&p);
}

/* Runs calls until it is killed; says over a pipe which one has returned. */
static void
child(struct place *p, int pipe_fd)
{
	int (*const calls[])(struct place *) = { do_begin, do_set, do_written, do_commit, do_reset };

	for (uint8_t i = 0; ; i = (uint8_t)((i + 1) % 5)) {
		if (calls[i](p) != 0)
			_exit(1);
		if (write(pipe_fd, &i, 1) != 1)
			_exit(2);
	}
}

static void
a_daemon_killed_anywhere_leaves_the_old_state_or_the_new(void)
{
	/* After the call of that number has returned, and while the next one runs. */
	static const uint8_t now[] = { HSM_INSTALLING, HSM_INSTALLING, HSM_INSTALLING,
		HSM_OPERATIONAL, HSM_FACTORY };
	struct hsm_status st;
	struct place p;
	uint64_t seq;
	uint8_t last;
	int fds[2], status_word;
	pid_t pid;

	for (unsigned kill_after = 1; kill_after <= 15; kill_after++) {
		place_enter(&p);
		/* The child opens it itself: a SQLite handle does not survive a fork. */
		store_close(p.store);
		OK(pipe(fds));
		pid = fork();
		if (pid == 0) {
			close(fds[0]);
			if (store_open(&p.store, p.dir) != 0)
				_exit(3);
			child(&p, fds[1]);
		}
		close(fds[1]);
		last = 0xff;
		for (unsigned i = 0; i < kill_after; i++)
			CU_ASSERT_EQUAL_FATAL(read(fds[0], &last, 1), 1);
		kill(pid, SIGKILL);
		waitpid(pid, &status_word, 0);
		while (read(fds[0], &last, 1) == 1)
			;
		close(fds[0]);
		CU_ASSERT(WIFSIGNALED(status_word));
		OK(store_open(&p.store, p.dir));
		st = place_status(&p);
		CU_ASSERT(st.state == now[last] || st.state == now[(last + 1) % 5]);
		CU_ASSERT_EQUAL(st.committed, st.state == HSM_OPERATIONAL);
		if (st.committed)
			OK(store_mbk(p.store, &(struct mbk){ { 0 } }));
		OK(store_events_verify(p.store, &seq));
		place_leave(&p);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(a_new_directory_gets_a_factory_state_and_a_name),
	SENTENCE(nobody_else_may_read_the_files),
	SENTENCE(a_second_daemon_is_told_that_there_is_one),
	SENTENCE(the_label_changes_in_factory_only),
	SENTENCE(every_transition_of_every_state_is_made_or_refused),
	SENTENCE(the_set_and_what_is_written_are_kept),
	SENTENCE(a_set_is_known_until_another_takes_its_place),
	SENTENCE(a_card_outside_the_set_is_not_written),
	SENTENCE(a_ceremony_that_the_daemon_did_not_survive_is_told_by_its_last_record),
	SENTENCE(a_database_of_a_later_release_or_of_another_program_is_refused),
	SENTENCE(a_daemon_killed_anywhere_leaves_the_old_state_or_the_new),
};

SUITE("store", sentences)
