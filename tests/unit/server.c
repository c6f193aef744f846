#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "simulator/server.h"
#include "tests/unit/suite.h"

enum { PATIENCE_MS = 10000 };

struct whole {
	struct device device;
	struct deck deck;
	struct hands hands;
	struct server server;
};

struct bench {
	char dir[SUITE_DIR_MAX];
	pid_t pid;
	uint8_t in[2 * PADLINK_MAX];
	size_t in_n, used;
	struct padlink_msg got;
};

/* What the child exits with when it may not run. */
static int
serve(const char *dir)
{
	struct whole *w = calloc(1, sizeof(*w));
	int r;

	if (w == NULL || deck_init(&w->deck, dir) != 0)
		return 99;
	device_init(&w->device, NULL, NULL);
	hands_init(&w->hands, &w->device, &w->deck);
	if ((r = server_open(&w->server, &w->device, &w->hands, dir, 3)) == 0) {
		r = server_run(&w->server, NULL);
		server_close(&w->server);
	}
	device_free(&w->device);
	free(w);
	return -r;
}

static pid_t
spawn(const char *dir)
{
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(serve(dir));
	}
	return pid;
}

static int
reach(const struct bench *b, const char *suffix)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/pad3.%s", b->dir, suffix);
	if (connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
reach_soon(const struct bench *b, const char *suffix)
{
	int fd;

	for (int i = 0; (fd = reach(b, suffix)) < 0 && i < PATIENCE_MS; i++)
		poll(NULL, 0, 1);
	return fd;
}

static struct bench *
start(void)
{
	struct bench *b = calloc(1, sizeof(*b));
	int fd;

	if (b == NULL)
		abort();
	suite_dir(b->dir);
	if ((b->pid = spawn(b->dir)) < 0 ||
	    (fd = reach_soon(b, "ctl")) < 0)
		abort();
	close(fd);
	return b;
}

static int
ended(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
end(struct bench *b)
{
	kill(b->pid, SIGTERM);
	CU_ASSERT_EQUAL(ended(b->pid), 0);
	/* Nothing is left behind. */
	CU_ASSERT_EQUAL(rmdir(b->dir), 0);
	free(b);
}

static void
ask(int fd, uint8_t type, uint32_t number, const void *body, size_t n)
{
	static uint8_t out[PADLINK_MAX];
	struct wr wr;

	wr_init(&wr, out, sizeof(out));
	padlink_put(&wr, type, number, body, n);
	CU_ASSERT_EQUAL(send(fd, out, wr.n, MSG_NOSIGNAL), (ssize_t)wr.n);
}

/* The next message: its type, 0 at the end of file, -1 when none comes. */
static int
hear(struct bench *b, int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	ssize_t n;
	int r;

	memmove(b->in, b->in + b->used, b->in_n - b->used);
	b->in_n -= b->used;
	b->used = 0;
	while ((r = padlink_frame(b->in, b->in_n, &b->got)) == 0) {
		if (poll(&p, 1, PATIENCE_MS) != 1)
			return -1;
		n = recv(fd, b->in + b->in_n, sizeof(b->in) - b->in_n, 0);
		if (n <= 0)
			return 0;
		b->in_n += (size_t)n;
	}
	b->used = (size_t)r;
	return b->got.type;
}

static int
status(const struct bench *b)
{
	return b->got.n > 0 ? b->got.body[0] : -1;
}

static int
driver(struct bench *b)
{
	int fd = reach_soon(b, "sock");

	ask(fd, PADLINK_HELLO, 1, "\0\1", 2);
	CU_ASSERT_EQUAL(hear(b, fd), PADLINK_HELLO);
	CU_ASSERT_EQUAL(status(b), PADLINK_OK);
	return fd;
}

static void
ctl(const struct bench *b, const char *line, const char *want)
{
	char got[CONTROL_REPLY_MAX] = "";
	struct pollfd p;
	size_t n = 0;
	ssize_t r;

	p = (struct pollfd){ reach_soon(b, "ctl"), POLLIN, 0 };
	CU_ASSERT_EQUAL(send(p.fd, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
	shutdown(p.fd, SHUT_WR);
	while (poll(&p, 1, PATIENCE_MS) == 1 && n < sizeof(got) - 1 &&
	    (r = recv(p.fd, got + n, sizeof(got) - 1 - n, 0)) > 0)
		n += (size_t)r;
	got[n] = '\0';
	CU_ASSERT_STRING_EQUAL(got, want);
	close(p.fd);
}

/* ------------------------------------------------------------------------------------------- */

static void
both_sockets_are_0660(void)
{
	struct bench *b = start();
	char path[SUITE_DIR_MAX + 16];
	struct stat st;

	snprintf(path, sizeof(path), "%s/pad3.sock", b->dir);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0660);
	snprintf(path, sizeof(path), "%s/pad3.ctl", b->dir);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0660);
	end(b);
}

static void
a_second_pad_of_that_number_is_refused(void)
{
	struct bench *b = start();

	CU_ASSERT_EQUAL(ended(spawn(b->dir)), -ERR_BUSY);
	ctl(b, "beeps\n", "= 0\nok\n");
	end(b);
}

static void
what_a_killed_pad_left_is_replaced(void)
{
	struct bench *b = start();

	kill(b->pid, SIGKILL);
	CU_ASSERT_EQUAL(ended(b->pid), 128 + SIGKILL);
	b->pid = spawn(b->dir);
	ctl(b, "beeps\n", "= 0\nok\n");
	end(b);
}

static void
a_file_that_is_no_socket_is_not_replaced(void)
{
	char dir[SUITE_DIR_MAX], path[SUITE_DIR_MAX + 16];
	struct stat st;
	FILE *f;

	suite_dir(dir);
	snprintf(path, sizeof(path), "%s/pad3.sock", dir);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fclose(f);
	CU_ASSERT_EQUAL(ended(spawn(dir)), -ERR_IO);
	CU_ASSERT_TRUE(stat(path, &st) == 0 && S_ISREG(st.st_mode));
	unlink(path);
	/* The control socket, taken before, is given back. */
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

static void
a_second_driver_is_told_that_the_pad_is_busy(void)
{
	struct bench *b = start();
	int one = driver(b), two = reach_soon(b, "sock");

	ask(two, PADLINK_HELLO, 7, "\0\1", 2);
	CU_ASSERT_EQUAL(hear(b, two), PADLINK_HELLO);
	CU_ASSERT_EQUAL(status(b), PADLINK_BUSY);
	CU_ASSERT_EQUAL(b->got.number, 7);
	CU_ASSERT_EQUAL(hear(b, two), 0);
	close(two);
	ask(one, PADLINK_POWER, 2, "\2", 1);
	CU_ASSERT_EQUAL(hear(b, one), PADLINK_POWER);
	CU_ASSERT_EQUAL(status(b), PADLINK_OK);
	close(one);
	/* The first has gone, the next one is served. */
	one = driver(b);
	close(one);
	end(b);
}

static void
a_driver_that_hangs_up_clears_the_display(void)
{
	struct bench *b = start();
	int fd = driver(b);

	ask(fd, PADLINK_INPUT, 2, "\x64\x02\x01""a", 4);
	ctl(b, "wait a\n", "ok\n");
	close(fd);
	ctl(b, "wait ''\ndisplay\n", "ok\n= \n= \nok\n");
	end(b);
}

static void
a_driver_that_sends_no_frame_is_hung_up_on(void)
{
	struct bench *b = start();
	int fd = driver(b);

	CU_ASSERT_EQUAL(send(fd, "\xff\xff\xff\xff", 4, MSG_NOSIGNAL), 4);
	CU_ASSERT_EQUAL(hear(b, fd), 0);
	close(fd);
	fd = driver(b);
	close(fd);
	end(b);
}

static void
a_message_may_come_in_pieces_and_many_at_once(void)
{
	struct bench *b = start();
	int fd = driver(b);
	uint8_t out[64];
	struct wr wr;

	wr_init(&wr, out, sizeof(out));
	for (uint32_t i = 0; i < 4; i++)
		padlink_put(&wr, PADLINK_POWER, i, "\2", 1);
	for (size_t i = 0; i < 15; i++)
		CU_ASSERT_EQUAL(send(fd, out + i, 1, MSG_NOSIGNAL), 1);
	CU_ASSERT_EQUAL(send(fd, out + 15, wr.n - 15, MSG_NOSIGNAL), (ssize_t)wr.n - 15);
	for (uint32_t i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(hear(b, fd), PADLINK_POWER);
		CU_ASSERT_EQUAL(b->got.number, i);
	}
	close(fd);
	end(b);
}

static void
a_request_ends_by_time_and_by_cancel(void)
{
	struct bench *b = start();
	int fd = driver(b);

	ask(fd, PADLINK_INPUT, 2, "\1\2\1""a", 4);
	CU_ASSERT_EQUAL(hear(b, fd), PADLINK_INPUT);
	CU_ASSERT_EQUAL(status(b), PADLINK_TIMEOUT);
	ask(fd, PADLINK_INPUT, 3, "\x64\2\1""a", 4);
	ask(fd, PADLINK_CANCEL, 4, "", 0);
	CU_ASSERT_EQUAL(hear(b, fd), PADLINK_INPUT);
	CU_ASSERT_EQUAL(status(b), PADLINK_CANCELLED);
	CU_ASSERT_EQUAL(b->got.number, 3);
	close(fd);
	end(b);
}

static void
a_key_from_the_control_socket_answers_the_driver(void)
{
	struct bench *b = start();
	int fd = driver(b);

	ask(fd, PADLINK_INPUT, 2, "\x64\2\1""a", 4);
	ctl(b, "wait a\npress ok\n", "ok\nok\n");
	CU_ASSERT_EQUAL(hear(b, fd), PADLINK_INPUT);
	CU_ASSERT_EQUAL(status(b), PADLINK_OK);
	CU_ASSERT_EQUAL(b->got.body[1], PADLINK_KEY_OK);
	close(fd);
	end(b);
}

static void
unplugged_the_drivers_socket_is_not_there(void)
{
	struct bench *b = start();
	int fd = driver(b);

	ctl(b, "unplug\n", "ok\n");
	CU_ASSERT_EQUAL(hear(b, fd), 0);
	close(fd);
	CU_ASSERT_EQUAL(reach(b, "sock"), -1);
	ctl(b, "plug\nwait 'REINER SCT'\n", "ok\nok\n");
	fd = driver(b);
	close(fd);
	end(b);
}

static void
a_wait_holds_nobody_else_up(void)
{
	struct bench *b = start();
	char got[64] = "";
	int waits = reach_soon(b, "ctl"), fd;

	CU_ASSERT_EQUAL(send(waits, "wait later\n", 11, MSG_NOSIGNAL), 11);
	ctl(b, "beeps\n", "= 0\nok\n");
	fd = driver(b);
	ask(fd, PADLINK_OUTPUT, 2, "\0\5later", 7);
	CU_ASSERT_EQUAL(recv(waits, got, sizeof(got), 0), 3);
	CU_ASSERT_STRING_EQUAL(got, "ok\n");
	close(waits);
	close(fd);
	end(b);
}

static void
silent_clients_keep_nobody_out(void)
{
	struct bench *b = start();
	int fd[SERVER_CLIENTS];
	char got[8];

	for (size_t i = 0; i < SERVER_CLIENTS; i++) {
		fd[i] = reach_soon(b, "ctl");
		poll(NULL, 0, 2);	/* the pad's clock has milliseconds */
	}
	/* The first speaks, so it is not the one that has been silent for longest. */
	CU_ASSERT_EQUAL(send(fd[0], "beeps\n", 6, MSG_NOSIGNAL), 6);
	CU_ASSERT_EQUAL(recv(fd[0], got, sizeof(got), 0), 7);
	ctl(b, "beeps\n", "= 0\nok\n");
	CU_ASSERT_EQUAL(recv(fd[1], got, sizeof(got), 0), 0);
	CU_ASSERT_EQUAL(send(fd[0], "beeps\n", 6, MSG_NOSIGNAL), 6);
	CU_ASSERT_EQUAL(recv(fd[0], got, sizeof(got), 0), 7);
	for (size_t i = 0; i < SERVER_CLIENTS; i++)
		close(fd[i]);
	end(b);
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
	struct bench *b;
	uint64_t used;

	for (size_t i = 0; i < INHERITED; i++)
		fd[i] = dup(STDERR_FILENO);
	b = start();
	for (size_t i = 0; i < INHERITED; i++)
		close(fd[i]);
	OK(prlimit(b->pid, RLIMIT_NOFILE, &few, NULL));
	for (size_t i = 0; i < CALLERS; i++)
		fd[i] = reach_soon(b, "ctl");
	used = cpu_ms(b->pid);
	poll(NULL, 0, 600);
	CU_ASSERT_TRUE(cpu_ms(b->pid) - used < 60);
	OK(prlimit(b->pid, RLIMIT_NOFILE, &many, NULL));
	ctl(b, "beeps\n", "= 0\nok\n");
	for (size_t i = 0; i < CALLERS; i++)
		close(fd[i]);
	end(b);
}

static void
a_line_without_end_is_hung_up_on(void)
{
	struct bench *b = start();
	char many[WORDS_LINE_MAX];
	int fd = reach_soon(b, "ctl");

	memset(many, 'a', sizeof(many));
	CU_ASSERT_EQUAL(send(fd, many, sizeof(many), MSG_NOSIGNAL), (ssize_t)sizeof(many));
	CU_ASSERT_TRUE(recv(fd, many, sizeof(many), 0) <= 0);
	close(fd);
	ctl(b, "beeps\n", "= 0\nok\n");
	end(b);
}

static void
a_path_that_is_too_long_is_refused(void)
{
	char dir[256] = "/tmp/";

	memset(dir + 5, 'a', 120);
	CU_ASSERT_EQUAL(ended(spawn(dir)), -ERR_SIZE);
}

static const struct sentence sentences[] = {
	SENTENCE(both_sockets_are_0660),
	SENTENCE(a_second_pad_of_that_number_is_refused),
	SENTENCE(what_a_killed_pad_left_is_replaced),
	SENTENCE(a_file_that_is_no_socket_is_not_replaced),
	SENTENCE(a_second_driver_is_told_that_the_pad_is_busy),
	SENTENCE(a_driver_that_hangs_up_clears_the_display),
	SENTENCE(a_driver_that_sends_no_frame_is_hung_up_on),
	SENTENCE(a_message_may_come_in_pieces_and_many_at_once),
	SENTENCE(a_request_ends_by_time_and_by_cancel),
	SENTENCE(a_key_from_the_control_socket_answers_the_driver),
	SENTENCE(unplugged_the_drivers_socket_is_not_there),
	SENTENCE(a_wait_holds_nobody_else_up),
	SENTENCE(silent_clients_keep_nobody_out),
	SENTENCE(out_of_descriptors_the_pad_sleeps_and_serves_who_comes_later),
	SENTENCE(a_line_without_end_is_hung_up_on),
	SENTENCE(a_path_that_is_too_long_is_refused),
};

SUITE("server", sentences)
