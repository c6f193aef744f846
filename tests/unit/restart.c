#include "hsm/daemon/restart.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/*
 * A directory that nobody else may write to, in one where names have owners: the tree that this is
 * built in may be a group's.
 */
struct yard {
	char dir[64], conf[80], program[80], out[80];
	struct config config;
	struct restart restart;
	char why[CONFIG_WHY_MAX];
};

static void
put(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT(fputs(text, f) >= 0);
	OK(fclose(f));
	OK(chmod(path, mode));
}

static void
enter(struct yard *y)
{
	memset(y, 0, sizeof(*y));
	strcpy(y->dir, "/tmp/cardinal-restart-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(y->dir));
	snprintf(y->conf, sizeof(y->conf), "%s/conf", y->dir);
	snprintf(y->program, sizeof(y->program), "%s/program", y->dir);
	snprintf(y->out, sizeof(y->out), "%s/out", y->dir);
	put(y->conf, "restart_command = whatever\n", 0644);
	put(y->program, "", 0755);
	config_defaults(&y->config);
}

static void
leave(struct yard *y)
{
	char link[80];

	snprintf(link, sizeof(link), "%s/link", y->dir);
	unlink(link);
	unlink(y->out);
	unlink(y->program);
	unlink(y->conf);
	rmdir(y->dir);
}

static int
init(struct yard *y, const char *command)
{
	snprintf(y->config.restart_command, sizeof(y->config.restart_command), "%s", command);
	y->why[0] = '\0';
	return restart_init(&y->restart, &y->config, y->conf, y->why);
}

/* Waits for the one that runs, as the parent does. */
static void
reap(struct yard *y, int ending)
{
	const pid_t pid = y->restart.pid;
	int status;

	CU_ASSERT_FATAL(pid > 0);
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(restart_reaped(&y->restart, pid, status, ending, 0), 1);
}

static size_t
read_out(struct yard *y, char text[4096])
{
	FILE *f = fopen(y->out, "r");
	size_t n;

	if (f == NULL)
		return 0;
	n = fread(text, 1, 4095, f);
	text[n] = '\0';
	fclose(f);
	return n;
}

static void
a_command_is_words_parted_by_blanks_and_no_shell_reads_it(void)
{
	static struct yard y;

	enter(&y);
	OK(init(&y, "/bin/echo  a\t'b c'  $HOME;"));
	CU_ASSERT_STRING_EQUAL(y.restart.word[0], "/bin/echo");
	CU_ASSERT_STRING_EQUAL(y.restart.word[1], "a");
	CU_ASSERT_STRING_EQUAL(y.restart.word[2], "'b");
	CU_ASSERT_STRING_EQUAL(y.restart.word[3], "c'");
	CU_ASSERT_STRING_EQUAL(y.restart.word[4], "$HOME;");
	CU_ASSERT_PTR_NULL(y.restart.word[5]);
	leave(&y);
}

static void
commands_that_cannot_be_run_are_refused_with_a_word_on_why(void)
{
	static const struct {
		const char *command, *says;
	} table[] = {
		{ "systemctl restart ejbca", "path of a program" },
		{ "./x", "path of a program" },
		{ "/nowhere/at/all", "there is no /nowhere" },
		{ "/bin/sh 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 "
		    "29 30 31 32", "more than 32 words" },
	};
	static struct yard y;

	enter(&y);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (init(&y, table[i].command) != ERR_FORMAT ||
		    strstr(y.why, table[i].says) == NULL)
			CU_FAIL(table[i].command);
	leave(&y);
}

static void
what_others_may_write_to_is_not_taken(void)
{
	static struct yard y;
	char link[80], target[96];

	enter(&y);
	OK(init(&y, y.program));
	for (mode_t bit = 002; bit <= 020; bit *= 010) {
		OK(chmod(y.conf, 0644 | bit));
		CU_ASSERT_EQUAL(init(&y, y.program), ERR_DENIED);
		CU_ASSERT_PTR_NOT_NULL(strstr(y.why, y.conf));
		OK(chmod(y.conf, 0644));
		OK(chmod(y.program, 0755 | bit));
		CU_ASSERT_EQUAL(init(&y, y.program), ERR_DENIED);
		CU_ASSERT_PTR_NOT_NULL(strstr(y.why, y.program));
		OK(chmod(y.program, 0755));
		OK(chmod(y.dir, 0755 | bit));
		CU_ASSERT_EQUAL(init(&y, y.program), ERR_DENIED);
		/* Names in a sticky directory are their owners'. */
		OK(chmod(y.dir, 01755 | bit));
		OK(init(&y, y.program));
		/* A link there leads to what it leads to. */
		snprintf(link, sizeof(link), "%s/link", y.dir);
		snprintf(target, sizeof(target), "%s", y.program);
		OK(symlink(target, link));
		OK(init(&y, link));
		OK(chmod(y.program, 0755 | bit));
		CU_ASSERT_EQUAL(init(&y, link), ERR_DENIED);
		OK(chmod(y.program, 0755));
		OK(unlink(link));
		OK(chmod(y.dir, 0755));
	}
	if (geteuid() == 0) {
		OK(chown(y.conf, 4711, 0));
		CU_ASSERT_EQUAL(init(&y, y.program), ERR_DENIED);
		OK(chown(y.conf, 0, 0));
		OK(chown(y.program, 4711, 0));
		CU_ASSERT_EQUAL(init(&y, y.program), ERR_DENIED);
		/* Who may write to neither does not matter where nothing is run. */
		OK(init(&y, ""));
	}
	leave(&y);
}

static void
without_a_command_nothing_is_run(void)
{
	static struct yard y;

	enter(&y);
	OK(chmod(y.conf, 0666));
	OK(init(&y, ""));
	restart_ring(&y.restart, 0);
	CU_ASSERT_EQUAL(y.restart.pid, 0);
	CU_ASSERT_EQUAL(restart_reaped(&y.restart, getpid(), 0, 0, 0), 0);
	leave(&y);
}

static void
the_command_gets_nothing_of_ours(void)
{
	static struct yard y;
	char command[256], script[80], text[4096] = "";
	int leak = dup(STDERR_FILENO);

	enter(&y);
	CU_ASSERT_FATAL(leak >= 0);
	snprintf(script, sizeof(script), "%s/link", y.dir);
	put(script, "exec >\"$1\"\npwd\ntr '\\0' '\\n' </proc/$$/environ\n"
	    "for fd in /proc/$$/fd/*; do case ${fd##*/} in 1|255|10) ;; *) readlink \"$fd\" ;; "
	    "esac; done\n", 0644);
	snprintf(command, sizeof(command), "/bin/sh %s %s", script, y.out);
	OK(setenv("CARDINAL_SECRET", "of ours", 1));
	OK(init(&y, command));
	restart_ring(&y.restart, 0);
	reap(&y, 0);
	(void)read_out(&y, text);
	CU_ASSERT_STRING_EQUAL(text,
	    "/\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
	    "/dev/null\n/dev/null\n");
	OK(unsetenv("CARDINAL_SECRET"));
	close(leak);
	leave(&y);
}

static void
rung_for_while_it_runs_it_runs_once_more(void)
{
	static struct yard y;
	char command[256], script[80], text[4096];

	enter(&y);
	snprintf(script, sizeof(script), "%s/link", y.dir);
	put(script, "echo ran >>\"$1\"\n", 0644);
	snprintf(command, sizeof(command), "/bin/sh %s %s", script, y.out);
	OK(init(&y, command));
	restart_ring(&y.restart, 0);
	restart_ring(&y.restart, 0);
	restart_ring(&y.restart, 0);
	CU_ASSERT_EQUAL(restart_reaped(&y.restart, getpid(), 0, 0, 0), 0);
	reap(&y, 0);
	reap(&y, 0);
	CU_ASSERT_EQUAL(y.restart.pid, 0);
	CU_ASSERT_EQUAL(read_out(&y, text), 8);
	/* Not when the daemon ends. */
	restart_ring(&y.restart, 0);
	restart_ring(&y.restart, 0);
	reap(&y, 1);
	CU_ASSERT_EQUAL(y.restart.pid, 0);
	CU_ASSERT_EQUAL(read_out(&y, text), 12);
	leave(&y);
}

/* Begins one that says so when it stands, and does not end. */
static void
begin_endless(struct yard *y, const char *trap)
{
	char command[256], script[80], text[4096];

	snprintf(script, sizeof(script), "%s/link", y->dir);
	unlink(y->out);
	put(script, trap, 0644);
	snprintf(command, sizeof(command), "/bin/sh %s %s", script, y->out);
	OK(init(y, command));
	restart_ring(&y->restart, 1000);
	for (unsigned i = 0; i < 3000 && read_out(y, text) == 0; i++)
		(void)poll(NULL, 0, 10);
	CU_ASSERT_EQUAL(read_out(y, text), 6);
}

static void
one_that_does_not_end_is_ended_with_what_it_has_started(void)
{
	static const struct {
		const char *script;
		int signal;
	} table[] = {
		{ "sleep 3600 & echo stand >\"$1\"; wait\n", SIGTERM },
		{ "trap '' TERM; sleep 3600 & echo stand >\"$1\"; wait; wait\n", SIGKILL },
	};
	static struct yard y;
	int status;
	pid_t pid;

	enter(&y);
	CU_ASSERT_EQUAL(restart_patience(&y.restart, 0), -1);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		begin_endless(&y, table[i].script);
		pid = y.restart.pid;
		CU_ASSERT_EQUAL(restart_patience(&y.restart, 1000), RESTART_MS);
		restart_look(&y.restart, 1000 + RESTART_MS - 1);
		CU_ASSERT_EQUAL(restart_patience(&y.restart, 1000 + RESTART_MS - 1), 1);
		restart_look(&y.restart, 1000 + RESTART_MS);
		CU_ASSERT_EQUAL(restart_patience(&y.restart, 1000 + RESTART_MS), RESTART_KILL_MS);
		if (table[i].signal == SIGKILL) {
			CU_ASSERT_EQUAL(waitpid(pid, &status, WNOHANG), 0);
			restart_look(&y.restart, 1000 + RESTART_MS + RESTART_KILL_MS);
			CU_ASSERT_EQUAL(restart_patience(&y.restart, INT64_MAX), -1);
			/* It has had both: no other of that number gets one. */
			restart_look(&y.restart, INT64_MAX);
		}
		/* Who waited for it runs, with all the time there is. */
		restart_ring(&y.restart, 2000);
		CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
		CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == table[i].signal);
		/* Its group is gone too: nobody is left who could get a signal. */
		for (unsigned j = 0; j < 3000 && kill(-pid, 0) == 0; j++)
			(void)poll(NULL, 0, 10);
		CU_ASSERT_EQUAL(kill(-pid, 0), -1);
		CU_ASSERT_EQUAL(restart_reaped(&y.restart, pid, status, 0, 3000), 1);
		CU_ASSERT(y.restart.pid > 0 && y.restart.pid != pid);
		CU_ASSERT_EQUAL(restart_patience(&y.restart, 3000), RESTART_MS);
		kill(y.restart.pid, SIGKILL);
		kill(-y.restart.pid, SIGKILL);
		reap(&y, 1);
		CU_ASSERT_EQUAL(restart_patience(&y.restart, 3000), -1);
	}
	leave(&y);
}

static void
a_program_that_became_others_meanwhile_is_not_run(void)
{
	static struct yard y;

	enter(&y);
	OK(init(&y, y.program));
	OK(chmod(y.program, 0757));
	restart_ring(&y.restart, 0);
	CU_ASSERT_EQUAL(y.restart.pid, 0);
	leave(&y);
}

static const struct sentence sentences[] = {
	SENTENCE(a_command_is_words_parted_by_blanks_and_no_shell_reads_it),
	SENTENCE(commands_that_cannot_be_run_are_refused_with_a_word_on_why),
	SENTENCE(what_others_may_write_to_is_not_taken),
	SENTENCE(without_a_command_nothing_is_run),
	SENTENCE(the_command_gets_nothing_of_ours),
	SENTENCE(rung_for_while_it_runs_it_runs_once_more),
	SENTENCE(one_that_does_not_end_is_ended_with_what_it_has_started),
	SENTENCE(a_program_that_became_others_meanwhile_is_not_run),
};

SUITE("restart", sentences)
