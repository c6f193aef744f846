#include "tests/unit/both.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/* The memory of a slate: who has it, for how long, and what stays there. */

static void
a_slate_that_could_be_cut_short_is_none(void)
{
	static const struct {
		const char *why;
		off_t size;
		int seals;
	} table[] = {
		{ "no seal", SLATE_PAGE, 0 },
		{ "it may shrink", SLATE_PAGE, F_SEAL_GROW },
		{ "too short", SLATE_PAGE - 1, F_SEAL_SHRINK },
	};
	struct slate_end e;
	struct both b;
	int fd, pipes[2];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		fd = memfd_create("slate", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		OK(ftruncate(fd, table[i].size));
		if (table[i].seals != 0)
			OK(fcntl(fd, F_ADD_SEALS, table[i].seals));
		if (slate_map(&e, -1, fd) != ERR_FORMAT || e.shared != NULL)
			CU_FAIL(table[i].why);
		close(fd);
	}
	OK(pipe(pipes));
	CU_ASSERT_EQUAL(slate_map(&e, -1, pipes[0]), ERR_FORMAT);
	close(pipes[0]);
	close(pipes[1]);
	/* A vault's own cannot be. */
	both_enter(&b);
	OK(slate_new(&e, -1, &fd));
	CU_ASSERT_NOT_EQUAL(ftruncate(fd, 0), 0);
	CU_ASSERT_NOT_EQUAL(ftruncate(fd, 2 * SLATE_PAGE), 0);
	CU_ASSERT_NOT_EQUAL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	CU_ASSERT_NOT_EQUAL(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
	close(fd);
	slate_free(&e);
	both_leave(&b);
}

static void
a_child_that_is_forked_does_not_have_it(void)
{
	struct both b;
	int status;
	pid_t pid;

	both_enter(&b);
	CU_ASSERT_EQUAL(msync(b.client.shared, SLATE_PAGE, MS_ASYNC), 0);
	if ((pid = fork()) == 0)
		_exit(msync(b.client.shared, SLATE_PAGE, MS_ASYNC) == 0);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	both_leave(&b);
}

/* Whether the mapping at p is marked so in /proc/self/smaps. */
static int
marked(const void *p, const char *how)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[512], head[32];
	int found = 0, is = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	snprintf(head, sizeof(head), "%lx-", (unsigned long)p);
	while (fgets(line, sizeof(line), f) != NULL) {
		found |= strncmp(line, head, strlen(head)) == 0;
		if (found && strncmp(line, "VmFlags:", 8) == 0) {
			is = strstr(line, how) != NULL;
			break;
		}
	}
	fclose(f);
	return is;
}

/* What is first written where no memory is left would end who writes. */
static void
its_memory_is_there_at_once_and_in_no_core_file(void)
{
	struct slate_end e;
	struct stat st;
	struct both b;
	int fd;

	both_enter(&b);
	CU_ASSERT_TRUE(marked(b.vault.shared, " dd"));
	CU_ASSERT_TRUE(marked(b.client.shared, " dd"));
	OK(slate_new(&e, -1, &fd));
	OK(fstat(fd, &st));
	CU_ASSERT_TRUE(st.st_blocks * 512 >= SLATE_PAGE);
	close(fd);
	slate_free(&e);
	both_leave(&b);
}

static void
what_nobody_took_is_wiped_off_at_the_end_and_is_no_message(void)
{
	uint8_t in[SLATE_MAX];
	struct both b;
	size_t n;
	int at;

	/* Left to the other one, it is one. */
	both_enter(&b);
	slate_put(&b.vault, (const uint8_t *)"plaintext", 9);
	slate_leave(&b.vault);
	OK(slate_get(&b.client, in, sizeof(in), &n, &at));
	CU_ASSERT_EQUAL(n, 9);
	both_leave(&b);
	both_enter(&b);
	slate_put(&b.vault, (const uint8_t *)"plaintext", 9);
	slate_free(&b.vault);
	CU_ASSERT_TRUE(both_all_zero(b.client.shared));
	CU_ASSERT_EQUAL(slate_get(&b.client, in, sizeof(in), &n, &at), ERR_SIZE);
	both_leave(&b);
}

static struct both wiped;
static uint8_t *wall;

/* The copy has come as far as the second page of where it goes. */
static void
wipe_meanwhile(int signal)
{
	(void)signal;
	slate_free(&wiped.vault);
	(void)mprotect(wall, SLATE_PAGE, PROT_READ | PROT_WRITE);
}

/* An answer of zeros would be CKR_OK. */
static void
what_is_wiped_while_it_is_copied_is_no_message(void)
{
	const struct sigaction act = { .sa_handler = wipe_meanwhile };
	uint8_t out[SLATE_MAX], *in;
	struct sigaction before;
	size_t n;
	int at;

	both_enter(&wiped);
	memset(out, 0x5a, sizeof(out));
	in = mmap(NULL, 2 * SLATE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(in, MAP_FAILED);
	wall = in + SLATE_PAGE;
	OK(mprotect(wall, SLATE_PAGE, PROT_NONE));
	OK(sigaction(SIGSEGV, &act, &before));
	slate_put(&wiped.vault, out, sizeof(out));
	CU_ASSERT_EQUAL(slate_get(&wiped.client, wall - SLATE_MAX / 2, SLATE_MAX, &n, &at),
	    ERR_CLOSED);
	OK(sigaction(SIGSEGV, &before, NULL));
	CU_ASSERT_PTR_NULL(wiped.vault.shared);
	CU_ASSERT_NOT_EQUAL(wiped.client.shared->bell[SLATE_CLIENT].taken, 1);
	for (size_t i = 0; i < 2 * SLATE_PAGE; i++)
		CU_ASSERT_EQUAL_FATAL(in[i], 0);
	munmap(in, 2 * SLATE_PAGE);
	both_leave(&wiped);
}

static int
write_file(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const int ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* As on a machine that counts memory so: 0, there is a slate; 1, none; 2, no machine to be had. */
static int
with_memory_counted(const char *path, const char *mode)
{
	char map[64];
	struct slate_end e;
	int fd, status;
	pid_t pid;

	snprintf(map, sizeof(map), "0 %u 1", (unsigned)geteuid());
	if ((pid = fork()) == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
		    !write_file("/proc/self/uid_map", map) || !write_file(path, mode) ||
		    mount(path, "/proc/sys/vm/overcommit_memory", NULL, MS_BIND, NULL) != 0)
			_exit(2);
		_exit(slate_new(&e, -1, &fd) != 0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE_FATAL(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A client that gives the page back there would end vault by SIGBUS. */
static void
where_memory_is_counted_strictly_there_is_none(void)
{
	char dir[SUITE_DIR_MAX], path[SUITE_DIR_MAX + 16];
	int strictly;

	suite_dir(dir);
	snprintf(path, sizeof(path), "%s/overcommit", dir);
	if ((strictly = with_memory_counted(path, "2\n")) == 2) {
		puts("skipped: no namespaces");
		return;
	}
	CU_ASSERT_EQUAL(strictly, 1);
	CU_ASSERT_EQUAL(with_memory_counted(path, ""), 1);
	CU_ASSERT_EQUAL(with_memory_counted(path, "0\n"), 0);
	CU_ASSERT_EQUAL(with_memory_counted(path, "1\n"), 0);
}

static const struct sentence sentences[] = {
	SENTENCE(a_slate_that_could_be_cut_short_is_none),
	SENTENCE(a_child_that_is_forked_does_not_have_it),
	SENTENCE(its_memory_is_there_at_once_and_in_no_core_file),
	SENTENCE(what_nobody_took_is_wiped_off_at_the_end_and_is_no_message),
	SENTENCE(what_is_wiped_while_it_is_copied_is_no_message),
	SENTENCE(where_memory_is_counted_strictly_there_is_none),
};

SUITE("slate_memory", sentences)
