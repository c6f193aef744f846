#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/server_child.h"

static void
a_key_from_the_control_socket_answers_the_driver(void)
{
	struct child *b = child_start();
	int fd = child_driver(b);

	child_ask(fd, PADLINK_INPUT, 2, "\x64\2\0\0\0\1""a", 7);
	child_ctl(b, "wait a\npress ok\n", "ok\nok\n");
	CU_ASSERT_EQUAL(child_hear(b, fd), PADLINK_INPUT);
	CU_ASSERT_EQUAL(child_status(b), PADLINK_OK);
	CU_ASSERT_EQUAL(b->got.body[1], PADLINK_KEY_OK);
	close(fd);
	child_end(b);
}

static void
a_wait_holds_nobody_else_up(void)
{
	struct child *b = child_start();
	char got[64] = "";
	int waits = child_reach_soon(b, "ctl"), fd;

	CU_ASSERT_EQUAL(send(waits, "wait later\n", 11, MSG_NOSIGNAL), 11);
	child_ctl(b, "beeps\n", "= 0\nok\n");
	fd = child_driver(b);
	child_ask(fd, PADLINK_OUTPUT, 2, "\0\5later", 7);
	CU_ASSERT_EQUAL(recv(waits, got, sizeof(got), 0), 3);
	CU_ASSERT_STRING_EQUAL(got, "ok\n");
	close(waits);
	close(fd);
	child_end(b);
}

static void
silent_clients_keep_nobody_out(void)
{
	struct child *b = child_start();
	int fd[SERVER_CLIENTS];
	char got[8];

	for (size_t i = 0; i < SERVER_CLIENTS; i++) {
		fd[i] = child_reach_soon(b, "ctl");
		poll(NULL, 0, 2);	/* the pad's clock has milliseconds */
	}
	/* The first speaks, so it is not the one that has been silent for longest. */
	CU_ASSERT_EQUAL(send(fd[0], "beeps\n", 6, MSG_NOSIGNAL), 6);
	CU_ASSERT_EQUAL(recv(fd[0], got, sizeof(got), 0), 7);
	child_ctl(b, "beeps\n", "= 0\nok\n");
	CU_ASSERT_EQUAL(recv(fd[1], got, sizeof(got), 0), 0);
	CU_ASSERT_EQUAL(send(fd[0], "beeps\n", 6, MSG_NOSIGNAL), 6);
	CU_ASSERT_EQUAL(recv(fd[0], got, sizeof(got), 0), 7);
	for (size_t i = 0; i < SERVER_CLIENTS; i++)
		close(fd[i]);
	child_end(b);
}

static uint64_t
cpu_ms(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	OK(clock_getcpuclockid(pid, &clock));
	OK(clock_gettime(clock, &t));
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
out_of_descriptors_the_pad_sleeps_and_serves_who_comes_later(void)
{
	enum { CALLERS = 4, INHERITED = 32 };
	/* As many as the pad polls, but it holds more than that. */
	struct rlimit few = { 32, 1024 }, many = { 1024, 1024 };
	int fd[INHERITED];
	struct child *b;
	uint64_t used;

	for (size_t i = 0; i < INHERITED; i++)
		fd[i] = dup(STDERR_FILENO);
	b = child_start();
	for (size_t i = 0; i < INHERITED; i++)
		close(fd[i]);
	OK(prlimit(b->pid, RLIMIT_NOFILE, &few, NULL));
	for (size_t i = 0; i < CALLERS; i++)
		fd[i] = child_reach_soon(b, "ctl");
	used = cpu_ms(b->pid);
	poll(NULL, 0, 600);
	CU_ASSERT_TRUE(cpu_ms(b->pid) - used < 60);
	OK(prlimit(b->pid, RLIMIT_NOFILE, &many, NULL));
	child_ctl(b, "beeps\n", "= 0\nok\n");
	for (size_t i = 0; i < CALLERS; i++)
		close(fd[i]);
	child_end(b);
}

static void
a_line_without_end_is_hung_up_on(void)
{
	struct child *b = child_start();
	char many[WORDS_LINE_MAX];
	int fd = child_reach_soon(b, "ctl");

	memset(many, 'a', sizeof(many));
	CU_ASSERT_EQUAL(send(fd, many, sizeof(many), MSG_NOSIGNAL), (ssize_t)sizeof(many));
	CU_ASSERT_TRUE(recv(fd, many, sizeof(many), 0) <= 0);
	close(fd);
	child_ctl(b, "beeps\n", "= 0\nok\n");
	child_end(b);
}

static const struct sentence sentences[] = {
	SENTENCE(a_key_from_the_control_socket_answers_the_driver),
	SENTENCE(a_wait_holds_nobody_else_up),
	SENTENCE(silent_clients_keep_nobody_out),
	SENTENCE(out_of_descriptors_the_pad_sleeps_and_serves_who_comes_later),
	SENTENCE(a_line_without_end_is_hung_up_on),
};

SUITE("server_client", sentences)
