#include "hsm/cli/cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "hsm/cli/prompts.h"
#include "tests/unit/suite.h"

enum { WORDS_MAX = 8, OUT_MAX = 16384 };

/* Runs the tool on a line of words; what it prints comes back. */
static int
run(const char *line, char out[OUT_MAX])
{
	char copy[256], name[] = "/tmp/cli.XXXXXX", *words[WORDS_MAX + 1], *rest = copy, *word;
	int argc = 0, status, saved[2], fd = mkstemp(name);
	ssize_t n;

	CU_ASSERT_FATAL(fd >= 0);
	unlink(name);
	snprintf(copy, sizeof(copy), "%s", line);
	while (argc < WORDS_MAX && (word = strsep(&rest, " ")) != NULL)
		words[argc++] = word;
	words[argc] = NULL;
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		saved[i] = dup(i + 1);
		dup2(fd, i + 1);
	}
	status = cli_main(argc, words);
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
	}
	n = pread(fd, out, OUT_MAX - 1, 0);
	out[n > 0 ? n : 0] = '\0';
	close(fd);
	return status;
}

static void
command_lines_have_their_exit_status(void)
{
	static const struct {
		const char *line;
		int status;
		const char *says;
	} table[] = {
		{ "cardinal", CLI_MISUSED, "usage: cardinal" },
		{ "cardinal --help", CLI_DONE, "factory-reset" },
		{ "cardinal help", CLI_DONE, "factory-reset" },
		{ "cardinal help status", CLI_MISUSED, "too much" },
		{ "cardinal --version", CLI_DONE, "cardinal " },
		{ "cardinal --nonsense", CLI_MISUSED, "usage: cardinal" },
		{ "cardinal nonsense", CLI_MISUSED, "no command nonsense" },
		{ "cardinal issue", CLI_MISUSED, "no command issue" },
		{ "cardinal issuer", CLI_MISUSED, "issuer list" },
		{ "cardinal issuer ad", CLI_MISUSED, "issuer has no ad" },
		{ "cardinal issuer add", CLI_MISUSED, "usage: cardinal issuer add FILE" },
		{ "cardinal issuer add a b", CLI_MISUSED, "too much" },
		{ "cardinal issuer add /nowhere/issuer.pem", CLI_FAILED, "cannot read" },
		{ "cardinal issuer list --help", CLI_DONE, "usage: cardinal issuer list" },
		{ "cardinal install", CLI_MISUSED, "2of3, 3of5" },
		{ "cardinal install --quorum", CLI_MISUSED, "usage: cardinal install" },
		{ "cardinal install --quorum 2of4", CLI_MISUSED, "2of4 is not offered" },
		{ "cardinal install 2of3", CLI_MISUSED, "too much" },
		{ "cardinal install --trial --quorum 2of3", CLI_MISUSED, "--trial goes alone" },
		{ "cardinal install --trial --slot 3:code", CLI_MISUSED, "--trial goes alone" },
		{ "cardinal install --trial --codes f", CLI_MISUSED, "--trial goes alone" },
		{ "cardinal install --trial --detach", CLI_MISUSED, "--trial goes alone" },
		{ "cardinal install --quorum 2of3 --slot 3", CLI_MISUSED, "as in 3:code, 4:auto or 7:cards" },
		{ "cardinal install --quorum 2of3 --slot 10:auto", CLI_MISUSED, "as in 3:code" },
		{ "cardinal install --quorum 2of3 --slot a:auto", CLI_MISUSED, "as in 3:code" },
		{ "cardinal install --quorum 2of3 --slot 3:open", CLI_MISUSED, "as in 3:code" },
		{ "cardinal install --quorum 2of3 --slot :", CLI_MISUSED, "as in 3:code" },
		{ "cardinal install --quorum 2of3 --slot 0:code", CLI_MISUSED, "slot 0 is never opened" },
		{ "cardinal install --quorum 2of3 --slot 3:code,users=1", CLI_MISUSED, "only mode cards" },
		{ "cardinal install --quorum 2of3 --slot 3:cards,", CLI_MISUSED, "the last comma" },
		{ "cardinal install --quorum 2of3 --slot 3:cards,users=6", CLI_MISUSED, "from 1 to 5" },
		{ "cardinal install --boot-cards --slot 0:auto", CLI_MISUSED, "for slot 0 of mode cards" },
		{ "cardinal install --trial --boot-cards", CLI_MISUSED, "--trial goes alone" },
		{ "cardinal install --quorum 2of3 --boot-cards --run /nowhere", CLI_FAILED, "start it" },
		{ "cardinal install --quorum 2of3 --slot 3:pka", CLI_MISUSED, "by public keys yet" },
		{ "cardinal install --slot 3:auto --slot 3:auto", CLI_MISUSED, "slot 3 is named twice" },
		{ "cardinal install --quorum 2of3 --codes /nowhere/f", CLI_FAILED, "/nowhere/f: No such" },
		{ "cardinal resume --trial", CLI_MISUSED, "belongs to `cardinal install`" },
		{ "cardinal resume --quorum 5of5", CLI_MISUSED, "not offered" },
		{ "cardinal resume now", CLI_MISUSED, "too much" },
		{ "cardinal cancel --all", CLI_MISUSED, "usage: cardinal cancel" },
		{ "cardinal factory-reset", CLI_MISUSED, "--yes" },
		{ "cardinal events --since", CLI_MISUSED, "usage: cardinal events" },
		{ "cardinal events --since -1", CLI_MISUSED, "number of a record" },
		{ "cardinal events --since 1x", CLI_MISUSED, "number of a record" },
		{ "cardinal events --verify --json", CLI_MISUSED, "--verify goes alone" },
		{ "cardinal script install", CLI_MISUSED, "2of3, 3of5" },
		{ "cardinal script install --quorum 2of3", CLI_DONE, "Write New Key" },
		{ "cardinal script install --quorum 2of3 --slot 3:code", CLI_DONE, "code of slot 3" },
		{ "cardinal script install --quorum 2of3 --slot 3:cards", CLI_DONE, "code of slot 3" },
		{ "cardinal script slot-cards", CLI_MISUSED, "missing" },
		{ "cardinal script slot-cards 10", CLI_MISUSED, "slots 0 to 9" },
		{ "cardinal script slot-cards 3 --users 0", CLI_MISUSED, "from 1 to 5" },
		{ "cardinal script slot-cards 3 --copies 10", CLI_MISUSED, "from 1 to 9" },
		{ "cardinal script activate 3 --copies 2", CLI_MISUSED, "usage: cardinal script act" },
		{ "cardinal script activate 3 --pads A:B", CLI_MISUSED, "than there are users" },
		{ "cardinal script share-copy now", CLI_MISUSED, "too much" },
		{ "cardinal slot", CLI_MISUSED, "slot wipe" },
		{ "cardinal slot list 3", CLI_MISUSED, "too much" },
		{ "cardinal slot show", CLI_MISUSED, "missing" },
		{ "cardinal slot show 10", CLI_MISUSED, "slots 0 to 9" },
		{ "cardinal slot show -1", CLI_MISUSED, "usage: cardinal slot show" },
		{ "cardinal slot show 3 --codes f", CLI_MISUSED, "usage: cardinal slot show" },
		{ "cardinal slot mode 3", CLI_MISUSED, "missing" },
		{ "cardinal slot mode 3 open", CLI_MISUSED, "one of the modes" },
		{ "cardinal slot mode 3 auto --users 2", CLI_MISUSED, "only mode cards has users" },
		{ "cardinal slot mode 3 code --boot-cards", CLI_MISUSED, "only mode cards has users" },
		{ "cardinal slot mode 3 cards --boot-cards", CLI_MISUSED, "for slot 0" },
		{ "cardinal slot mode 3 cards --users x", CLI_MISUSED, "from 1 to 5" },
		{ "cardinal slot mode 3 cards --pads A:B", CLI_MISUSED, "than there are users" },
		{ "cardinal slot mode 3 cards --run /nowhere", CLI_FAILED, "start it" },
		{ "cardinal slot mode 0 code", CLI_MISUSED, "never opened by a code" },
		{ "cardinal slot mode 11 code", CLI_MISUSED, "slots 0 to 9" },
		{ "cardinal slot code 3", CLI_MISUSED, "--show prints a secret" },
		{ "cardinal slot wipe 3", CLI_MISUSED, "needs --yes" },
		{ "cardinal slot list --run /nowhere", CLI_FAILED, "start it" },
		{ "cardinal slot activate 3 --run /nowhere", CLI_FAILED, "start it" },
		{ "cardinal slot code 3 --show --run /nowhere", CLI_FAILED, "start it" },
		{ "cardinal slot wipe 3 --yes --codes /nowhere/f", CLI_FAILED, "/nowhere/f: No such" },
		{ "cardinal install --trial --run /nowhere", CLI_FAILED, "start it" },
		{ "cardinal share verify card", CLI_MISUSED, "too much" },
		{ "cardinal share copy --pin", CLI_MISUSED, "usage: cardinal share copy" },
		{ "cardinal share pin 123456", CLI_MISUSED, "too much" },
		{ "cardinal user", CLI_MISUSED, "user verify" },
		{ "cardinal user pin 123456", CLI_MISUSED, "too much" },
		{ "cardinal user info --json --run /nowhere", CLI_FAILED, "start it" },
		{ "cardinal user verify --run /nowhere", CLI_FAILED, "start it" },
		{ "cardinal ok 1 2", CLI_MISUSED, "too much" },
		{ "cardinal ok x", CLI_MISUSED, "a prompt's number" },
		{ "cardinal ok 0x1", CLI_MISUSED, "a prompt's number" },
		{ "cardinal ok 4294967296", CLI_MISUSED, "a prompt's number" },
		{ "cardinal ok -1", CLI_MISUSED, "usage: cardinal ok" },
		{ "cardinal ok --run /nowhere", CLI_FAILED, "start it" },
		{ "cardinal reader", CLI_MISUSED, "reader probe" },
		{ "cardinal reader list now", CLI_MISUSED, "too much" },
		{ "cardinal reader probe a b", CLI_MISUSED, "too much" },
		{ "cardinal reader probe --pin=mine", CLI_MISUSED, "share, user" },
		{ "cardinal reader probe --force", CLI_MISUSED, "goes with --pin" },
		{ "cardinal reader list", CLI_FAILED, "pcscd does not run: there is no socket /nowhere/p" },
		{ "cardinal reader probe --json", CLI_FAILED, "systemctl start" },
		{ "cardinal --run /nowhere status", CLI_FAILED, "/nowhere/admin.sock" },
		{ "cardinal status --run /nowhere", CLI_FAILED, "cardinald does not run" },
		{ "cardinal status --json --run=/nowhere", CLI_FAILED, "/nowhere/admin.sock" },
		{ "cardinal share info --run /nowhere", CLI_FAILED, "/nowhere/admin.sock" },
		{ "cardinal --run /nowhere install --quorum 2of3", CLI_FAILED, "start it" },
		{ "cardinal --run /nowhere factory-reset --yes", CLI_FAILED, "start it" },
	};
	static char out[OUT_MAX];

	CU_ASSERT_EQUAL(setenv("PCSCLITE_CSOCK_NAME", "/nowhere/p", 1), 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (run(table[i].line, out) != table[i].status ||
		    strstr(out, table[i].says) == NULL)
			CU_FAIL(table[i].line);
}

static void
every_command_tells_its_usage(void)
{
	static char out[OUT_MAX];
	char line[128];

	for (const struct command *c = commands; c->name != NULL; c++) {
		snprintf(line, sizeof(line), "cardinal %s --help", c->name);
		if (run(line, out) != CLI_DONE || strstr(out, c->name) == NULL)
			CU_FAIL(c->name);
	}
}

static void
a_line_is_ok_or_cancel_to_the_prompt_that_stands_or_to_one_it_names(void)
{
	static const struct {
		const char *line;
		enum cards_key key;
		json_int_t number;
	} table[] = {
		{ "", CARDS_OK, 0 },
		{ " \t", CARDS_OK, 0 },
		{ "\r", CARDS_OK, 0 },
		{ "ok", CARDS_OK, 0 },
		{ "ok 7", CARDS_OK, 7 },
		{ " 7 ", CARDS_OK, 7 },
		{ "c", CARDS_CANCEL, 0 },
		{ "cancel\r", CARDS_CANCEL, 0 },
		{ "c 12", CARDS_CANCEL, 12 },
		{ "c12", CARDS_CANCEL, 12 },
		{ "o", CARDS_NO_KEY, 0 },
		{ "OK", CARDS_NO_KEY, 0 },
		{ "okay", CARDS_NO_KEY, 0 },
		{ "c c", CARDS_NO_KEY, 0 },
		{ "123456 7", CARDS_NO_KEY, 123456 },
		{ "7 ok", CARDS_NO_KEY, 7 },
		{ "-7", CARDS_NO_KEY, 7 },
		{ "99999999999999999999999999999", CARDS_NO_KEY, 9999999999 },
	};
	json_int_t number;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (prompts_parse(table[i].line, &number) != table[i].key ||
		    number != table[i].number)
			CU_FAIL(table[i].line);
}

static void
a_checklist_asks_for_each_card_of_the_quorum(void)
{
	static char out[OUT_MAX];

	CU_ASSERT_EQUAL(run("cardinal script install --quorum 3of5", out), CLI_DONE);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "Insert 5. card"));
	CU_ASSERT_PTR_NULL(strstr(out, "Insert 6. card"));
}

/* A socket where somebody listens who never answers. */
static int
deaf(const char *dir)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/admin.sock", dir);
	CU_ASSERT_FATAL(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    listen(fd, 4) == 0);
	return fd;
}

static void
gone(const char *dir, int fd)
{
	char path[64];

	close(fd);
	snprintf(path, sizeof(path), "%s/admin.sock", dir);
	unlink(path);
	rmdir(dir);
}

static void
ctrl_c_before_the_first_answer_tells_that_the_ceremony_may_run(void)
{
	static char out[OUT_MAX];
	char dir[] = "/tmp/cli.XXXXXX", line[128];
	sigset_t set;
	int fd;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	fd = deaf(dir);
	/* Pressed already when the tool starts. */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGINT);
	snprintf(line, sizeof(line), "cardinal install --quorum 2of3 --run %s", dir);
	CU_ASSERT_EQUAL(run(line, out), CLI_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "may be running: `cardinal status` tells"));
	gone(dir, fd);
}

static void
nothing_is_said_to_a_stranger_at_the_socket(void)
{
	static char out[OUT_MAX];
	char dir[] = "/tmp/cli.XXXXXX", line[128];
	int fd;

	/* Only root can be two people. */
	if (geteuid() != 0)
		return;
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	CU_ASSERT_EQUAL_FATAL(chmod(dir, 01777), 0);
	CU_ASSERT_EQUAL_FATAL(seteuid(65533), 0);
	fd = deaf(dir);
	CU_ASSERT_EQUAL_FATAL(seteuid(0), 0);
	snprintf(line, sizeof(line), "cardinal status --run %s", dir);
	CU_ASSERT_EQUAL(run(line, out), CLI_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "belongs to user 65533, not to cardinald"));
	gone(dir, fd);
}

static const struct sentence sentences[] = {
	SENTENCE(command_lines_have_their_exit_status),
	SENTENCE(every_command_tells_its_usage),
	SENTENCE(a_line_is_ok_or_cancel_to_the_prompt_that_stands_or_to_one_it_names),
	SENTENCE(a_checklist_asks_for_each_card_of_the_quorum),
	SENTENCE(ctrl_c_before_the_first_answer_tells_that_the_ceremony_may_run),
	SENTENCE(nothing_is_said_to_a_stranger_at_the_socket),
};

SUITE("cli", sentences)
