#include "hsm/cli/codes.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

enum { OUT_MAX = 1024 };

/* Standard error of what runs between the two, into out. */
static int saved;
static FILE *caught;

static void
catch(void)
{
	fflush(stderr);
	CU_ASSERT_PTR_NOT_NULL_FATAL(caught = tmpfile());
	saved = dup(2);
	dup2(fileno(caught), 2);
}

static void
caught_in(char out[OUT_MAX])
{
	size_t n;

	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	rewind(caught);
	n = fread(out, 1, OUT_MAX - 1, caught);
	out[n] = '\0';
	fclose(caught);
}

static int
parse(struct codes *c, const char *text, char out[OUT_MAX])
{
	int r;

	memset(c, 0, sizeof(*c));
	catch();
	r = codes_parse(c, "f", text, strlen(text));
	caught_in(out);
	return r;
}

static void
a_file_gives_codes_and_so_pins_to_their_slots(void)
{
	struct codes c;
	char out[OUT_MAX];

	OK(parse(&c, "# a comment\n\nslot 3 code correct horse  battery\nslot 3 so 87654321\n"
	    "#slot 4 code x\nslot 0 so caf\xc3\xa9 123\nslot 9 code #slot 3 so\n"
	    "slot 3 now incorrect horse", out));
	CU_ASSERT_STRING_EQUAL(out, "");
	CU_ASSERT_STRING_EQUAL(c.user[3].text, "correct horse  battery");
	CU_ASSERT_EQUAL(c.user[3].n, 22);
	CU_ASSERT_EQUAL(c.user[3].line, 3);
	CU_ASSERT_STRING_EQUAL(c.so[3].text, "87654321");
	CU_ASSERT_STRING_EQUAL(c.now[3].text, "incorrect horse");
	CU_ASSERT_STRING_EQUAL(c.so[0].text, "caf\xc3\xa9 123");
	CU_ASSERT_STRING_EQUAL(c.user[9].text, "#slot 3 so");
	CU_ASSERT_EQUAL(c.user[4].n, 0);
	OK(parse(&c, "", out));
}

#define T32 "abcdefghijklmnopqrstuvwxyz012345"
#define T128 T32 T32 T32 T32

static void
a_bad_line_is_named_and_never_repeated(void)
{
	static const struct {
		const char *text, *says;
	} table[] = {
		{ "slot 3 code 1234567", "f, line 1: the code has fewer than 8 characters" },
		{ "slot 3 so 1234567", "f, line 1: the SO PIN has fewer than 8 characters" },
		{ "slot 3 now 1234567", "f, line 1: the code of now has fewer than 8 characters" },
		{ "slot 3 code ", "f, line 1: the code has fewer than 8 characters" },
		{ "slot 3 code " T128 "x", "f, line 1: the code is longer than 128 bytes" },
		{ "\nslot 3 code 12345678\r\n", "f, line 2: the code has a control character" },
		{ "slot 3 code 1234\t678", "f, line 1: the code has a control character" },
		{ "slot 3 code 1234567 ", "f, line 1: the code begins or ends with a blank" },
		{ "slot 3 code  1234567", "f, line 1: the code begins or ends with a blank" },
		{ "slot 3 code 1234567\xe9", "f, line 1: the code is no UTF-8" },
		{ "slot 3 code 12345678\nslot 3 code 12345678", "f, line 2: this stands there already" },
		{ "slot 10 code 12345678", "f, line 1: this is neither `slot N code ...`" },
		{ "slot 3code 12345678", "f, line 1: this is neither" },
		{ "slot  3 code 12345678", "f, line 1: this is neither" },
		{ " slot 3 code 12345678", "f, line 1: this is neither" },
		{ "slot 3 Code 12345678", "f, line 1: this is neither" },
		{ "slot 3 so", "f, line 1: this is neither" },
		{ "slot ", "f, line 1: this is neither" },
		{ "12345678", "f, line 1: this is neither" },
	};
	struct codes c;
	char out[OUT_MAX];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (parse(&c, table[i].text, out) != ERR_FORMAT ||
		    strstr(out, table[i].says) == NULL || strstr(out, "1234") != NULL ||
		    strstr(out, "abcd") != NULL)
			CU_FAIL(table[i].text);
	CU_ASSERT_EQUAL(parse(&c, "slot 3 code 12345678", out), 0);
	CU_ASSERT_EQUAL(parse(&c, "slot 3 code " T128, out), 0);
}

static void
a_file_that_others_may_read_is_refused(void)
{
	static const struct {
		mode_t mode;
		int r;
	} table[] = {
		{ 0600, 0 }, { 0400, 0 }, { 0640, ERR_DENIED }, { 0604, ERR_DENIED },
		{ 0620, ERR_DENIED }, { 0601, ERR_DENIED },
	};
	char path[] = "/tmp/cardinal-codes.XXXXXX", out[OUT_MAX];
	struct codes *c = codes_new();
	int fd = mkstemp(path), r;

	CU_ASSERT_FATAL(c != NULL && fd >= 0);
	CU_ASSERT_EQUAL(write(fd, "slot 3 so 12345678\n", 19), 19);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(fchmod(fd, table[i].mode), 0);
		c->so[3].n = 0;
		catch();
		r = codes_load(c, path);
		caught_in(out);
		CU_ASSERT_EQUAL(r, table[i].r);
		CU_ASSERT_EQUAL(c->so[3].n, r == 0 ? 8 : 0);
		CU_ASSERT_EQUAL(strstr(out, "chmod 600") != NULL, r != 0);
	}
	if (geteuid() == 0) {
		CU_ASSERT_EQUAL_FATAL(fchmod(fd, 0600), 0);
		CU_ASSERT_EQUAL_FATAL(fchown(fd, 65533, (gid_t)-1), 0);
		catch();
		CU_ASSERT_EQUAL(codes_load(c, path), ERR_DENIED);
		caught_in(out);
		CU_ASSERT_PTR_NOT_NULL(strstr(out, "belongs to somebody else"));
	}
	close(fd);
	unlink(path);
	codes_free(&c);
}

static void
what_is_no_file_of_codes_is_refused(void)
{
	char dir[] = "/tmp/cardinal-codes.XXXXXX", path[64], out[OUT_MAX], page[4096];
	struct codes *c = codes_new();
	int fd;

	CU_ASSERT_FATAL(c != NULL && mkdtemp(dir) != NULL);
	catch();
	CU_ASSERT_EQUAL(codes_load(c, dir), ERR_DENIED);
	snprintf(path, sizeof(path), "%s/f", dir);
	CU_ASSERT_EQUAL(codes_load(c, path), ERR_IO);
	/* Nobody is at its other end, and nobody waits for one. */
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(codes_load(c, path), ERR_DENIED);
	unlink(path);
	CU_ASSERT_FATAL((fd = open(path, O_CREAT | O_WRONLY, 0600)) >= 0);
	memset(page, '#', sizeof(page));
	CU_ASSERT_EQUAL(write(fd, page, 4096), 4096);
	CU_ASSERT_EQUAL(write(fd, page, 4095), 4095);
	CU_ASSERT_EQUAL(codes_load(c, path), 0);
	CU_ASSERT_EQUAL(write(fd, page, 1), 1);
	CU_ASSERT_EQUAL(codes_load(c, path), ERR_FORMAT);
	close(fd);
	caught_in(out);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "f: No such file"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "too long"));
	unlink(path);
	rmdir(dir);
	codes_free(&c);
}

/* A child whose terminal we are asks for a code; it ends with 1 for `correct`, 2 for none. */
static pid_t
asker(int *pty, enum codes_ask how)
{
	const pid_t pid = forkpty(pty, NULL, NULL, NULL);
	struct codes *c;
	int r;

	if (pid != 0)
		return pid;
	if ((c = codes_new()) == NULL)
		_exit(9);
	r = codes_ask("Code", 3, how, &c->user[3]);
	if (r != 0)
		_exit(r == ERR_CANCELLED ? 3 : 4);
	if (c->user[3].n == 0)
		_exit(2);
	_exit(strcmp(c->user[3].text, "correct horse") == 0 ? 1 : 5);
}

/* Reads from the terminal until these words stand there. */
static int
until(int pty, const char *words, char out[OUT_MAX])
{
	size_t n = strlen(out);
	ssize_t r = 1;

	while (strstr(out, words) == NULL && n + 1 < OUT_MAX &&
	    (r = read(pty, out + n, OUT_MAX - 1 - n)) > 0) {
		n += (size_t)r;
		out[n] = '\0';
	}
	return strstr(out, words) != NULL;
}

static void
answer(int pty, const char *prompt, const char *line, char out[OUT_MAX])
{
	out[0] = '\0';
	CU_ASSERT_FATAL(until(pty, prompt, out));
	CU_ASSERT_EQUAL(write(pty, line, strlen(line)), (ssize_t)strlen(line));
}

static int
ended(pid_t pid)
{
	int status = 0;

	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void
a_new_code_is_typed_twice_unseen_until_it_is_one(void)
{
	char out[OUT_MAX] = "";
	int pty = -1;
	pid_t pid = asker(&pty, CODES_NEW);

	CU_ASSERT_FATAL(pid > 0);
	answer(pty, "Code of slot 3: ", "short\n", out);
	answer(pty, "fewer than 8 characters. Once more.\r\nCode of slot 3: ", "correct house\n", out);
	CU_ASSERT_PTR_NULL(strstr(out, "short"));
	answer(pty, "Again: ", "correct horse\n", out);
	answer(pty, "The two differ. Once more.\r\nCode of slot 3: ", "correct horse\n", out);
	answer(pty, "Again: ", "correct horse\n", out);
	CU_ASSERT_PTR_NULL(strstr(out, "correct"));
	CU_ASSERT_EQUAL(ended(pid), 1);
	close(pty);
}

static void
a_known_code_is_typed_once(void)
{
	char out[OUT_MAX] = "";
	int pty = -1;
	pid_t pid = asker(&pty, CODES_KNOWN);

	CU_ASSERT_FATAL(pid > 0);
	answer(pty, "Code of slot 3: ", "correct horse\n", out);
	CU_ASSERT_EQUAL(ended(pid), 1);
	close(pty);
}

static void
enter_alone_is_an_answer_where_that_is_offered(void)
{
	char out[OUT_MAX] = "";
	int pty = -1;
	pid_t pid = asker(&pty, CODES_NEW_OR_MADE);

	CU_ASSERT_FATAL(pid > 0);
	answer(pty, "Code of slot 3 (Enter: the HSM makes one): ", "\n", out);
	CU_ASSERT_EQUAL(ended(pid), 2);
	close(pty);
	pid = asker(&pty, CODES_NEW_OR_SAME);
	CU_ASSERT_FATAL(pid > 0);
	answer(pty, "Code of slot 3 (Enter: as it is): ", "\n", out);
	CU_ASSERT_EQUAL(ended(pid), 2);
	close(pty);
	pid = asker(&pty, CODES_NEW);
	CU_ASSERT_FATAL(pid > 0);
	answer(pty, "Code of slot 3: ", "\n", out);
	answer(pty, "Once more.\r\nCode of slot 3: ", "\004", out);
	CU_ASSERT_EQUAL(ended(pid), 3);
	close(pty);
}

static void
ctrl_c_ends_the_question_with_the_echo_back_on(void)
{
	char out[OUT_MAX] = "";
	struct termios t;
	int pty = -1;
	pid_t pid = asker(&pty, CODES_NEW);

	CU_ASSERT_FATAL(pid > 0);
	answer(pty, "Code of slot 3: ", "corr\003", out);
	CU_ASSERT_EQUAL(ended(pid), -SIGINT);
	CU_ASSERT_EQUAL(tcgetattr(pty, &t), 0);
	CU_ASSERT((t.c_lflag & ECHO) != 0);
	close(pty);
}

static const struct sentence sentences[] = {
	SENTENCE(a_file_gives_codes_and_so_pins_to_their_slots),
	SENTENCE(a_bad_line_is_named_and_never_repeated),
	SENTENCE(a_file_that_others_may_read_is_refused),
	SENTENCE(what_is_no_file_of_codes_is_refused),
	SENTENCE(a_new_code_is_typed_twice_unseen_until_it_is_one),
	SENTENCE(a_known_code_is_typed_once),
	SENTENCE(enter_alone_is_an_answer_where_that_is_offered),
	SENTENCE(ctrl_c_ends_the_question_with_the_echo_back_on),
};

SUITE("codes", sentences)
