#include "hsm/pkcs11/wire.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static uint8_t buf[WIRE_FRAME_MAX + 1], again[WIRE_FRAME_MAX];

static void
pair(int fd[2])
{
	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd));
}

static void
a_frame_arrives_whole_with_its_descriptors(void)
{
	int fd[2], out[2], in[2];
	size_t n;

	pair(fd);
	OK(pipe(out));
	memset(buf, 0x41, 100);
	OK(wire_send(fd[0], buf, 100, out, 2));
	OK(wire_receive(fd[1], again, sizeof(again), &n, in, 2));
	CU_ASSERT_EQUAL_FATAL(n, 100);
	SAME(buf, again, n);
	CU_ASSERT_NOT_EQUAL(fcntl(in[0], F_GETFD) & FD_CLOEXEC, 0);
	CU_ASSERT_EQUAL(write(in[1], "x", 1), 1);
	CU_ASSERT_EQUAL(read(out[0], again, 1), 1);
	for (size_t i = 0; i < 2; i++) {
		close(in[i]);
		close(out[i]);
	}
	OK(wire_send(fd[1], NULL, 0, NULL, 0));
	OK(wire_receive(fd[0], again, sizeof(again), &n, in, 2));
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_TRUE(in[0] == -1 && in[1] == -1);
	close(fd[0]);
	close(fd[1]);
}

static void *
drip(void *arg)
{
	const int fd = *(int *)arg;

	for (size_t i = 0; i < 6 + 300; i++)
		if (send(fd, buf + i, 1, MSG_NOSIGNAL) != 1)
			break;
	return NULL;
}

static void
a_frame_that_comes_byte_by_byte_is_the_same_one(void)
{
	pthread_t thread;
	int fd[2];
	size_t n;

	pair(fd);
	hex("0000012c 0000", buf, 6);
	memset(buf + 6, 0x5a, 300);
	OK(pthread_create(&thread, NULL, drip, &fd[0]));
	OK(wire_receive(fd[1], again, sizeof(again), &n, NULL, 0));
	OK(pthread_join(thread, NULL));
	CU_ASSERT_EQUAL(n, 300);
	SAME(again, buf + 6, 300);
	close(fd[0]);
	close(fd[1]);
}

static void *
read_all(void *arg)
{
	static uint8_t there[WIRE_FRAME_MAX];
	const int fd = *(int *)arg;
	size_t n = 0;

	return wire_receive(fd, there, sizeof(there), &n, NULL, 0) == 0 && n == WIRE_FRAME_MAX &&
	    there[n - 1] == 0x77 ? arg : NULL;
}

static void
the_largest_frame_goes_through_a_small_socket(void)
{
	const int small = 4096;
	pthread_t thread;
	void *whole;
	int fd[2];

	pair(fd);
	OK(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)));
	memset(buf, 0x77, WIRE_FRAME_MAX);
	OK(pthread_create(&thread, NULL, read_all, &fd[1]));
	OK(wire_send(fd[0], buf, WIRE_FRAME_MAX, NULL, 0));
	OK(pthread_join(thread, &whole));
	CU_ASSERT_PTR_NOT_NULL(whole);
	CU_ASSERT_EQUAL(wire_send(fd[0], buf, WIRE_FRAME_MAX + 1, NULL, 0), ERR_SIZE);
	close(fd[0]);
	close(fd[1]);
}

static void *
drips(void *arg)
{
	const struct timespec moment = { .tv_nsec = 2000000 };
	const int fd = *(int *)arg;

	/* Each byte well within the time, and never the last one. */
	while (send(fd, "\0", 1, MSG_NOSIGNAL) == 1)
		nanosleep(&moment, NULL);
	return NULL;
}

static void
a_frame_that_has_begun_is_whole_in_time_or_none(void)
{
	enum { MS = 50 };
	pthread_t thread;
	int fd[2], at;
	size_t n;

	/* Half a head, and half a payload. */
	for (size_t k = 3; k <= 10; k += 7) {
		pair(fd);
		hex("0000000a 0000 01020304", buf, 10);
		CU_ASSERT_EQUAL(send(fd[0], buf, k, 0), (ssize_t)k);
		CU_ASSERT_EQUAL(wire_receive_within(fd[1], again, 16, &n, &at, MS), ERR_TIMEOUT);
		close(fd[0]);
		CU_ASSERT_EQUAL(wire_receive_within(fd[1], again, 16, &n, &at, MS), ERR_CLOSED);
		close(fd[1]);
	}
	/* One after another is no more time. */
	pair(fd);
	hex("00010000 0000", buf, 6);
	CU_ASSERT_EQUAL(send(fd[0], buf, 6, 0), 6);
	OK(pthread_create(&thread, NULL, drips, &fd[0]));
	CU_ASSERT_EQUAL(wire_receive_within(fd[1], again, sizeof(again), &n, &at, MS),
	    ERR_TIMEOUT);
	shutdown(fd[1], SHUT_RDWR);
	OK(pthread_join(thread, NULL));
	close(fd[0]);
	close(fd[1]);
}

static void
what_nobody_takes_is_not_sent_for_ever(void)
{
	enum { MS = 50 };
	const int small = 4096;
	pthread_t thread;
	void *read;
	int fd[2];

	pair(fd);
	OK(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)));
	memset(buf, 0x77, WIRE_FRAME_MAX);
	CU_ASSERT_EQUAL(wire_send_within(fd[0], buf, WIRE_FRAME_MAX, NULL, 0, MS), ERR_TIMEOUT);
	close(fd[0]);
	close(fd[1]);
	/* Who takes it bit by bit has all of it. */
	pair(fd);
	OK(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)));
	OK(pthread_create(&thread, NULL, read_all, &fd[1]));
	OK(wire_send_within(fd[0], buf, WIRE_FRAME_MAX, NULL, 0, 10 * 1000));
	OK(pthread_join(thread, &read));
	CU_ASSERT_PTR_NOT_NULL(read);
	close(fd[1]);
	CU_ASSERT_EQUAL(wire_send_within(fd[0], buf, 10, NULL, 0, MS), ERR_CLOSED);
	close(fd[0]);
}

static void
frames_that_are_none_are_refused(void)
{
	static const struct {
		const char *why, *bytes;
		int want;
	} table[] = {
		{ "(sound) of one byte", "00000001 0000 00", 0 },
		{ "a byte behind the frame", "00000001 0000 00 00", ERR_FORMAT },
		{ "nothing before the end", "", ERR_CLOSED },
		{ "the end within the length", "000000", ERR_CLOSED },
		{ "the end within the processor", "00000001 00", ERR_CLOSED },
		{ "the end within the payload", "00000002 0000 00", ERR_CLOSED },
		{ "longer than there is room", "00000011 0000 00", ERR_SIZE },
		{ "4 GiB less one", "ffffffff 0000 00", ERR_SIZE },
	};
	int in[2];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const size_t n = hex(table[i].bytes, buf, sizeof(buf));
		size_t got_n;
		int fd[2];

		pair(fd);
		CU_ASSERT_EQUAL(send(fd[0], buf, n, MSG_NOSIGNAL), (ssize_t)n);
		close(fd[0]);
		if (wire_receive(fd[1], again, 16, &got_n, in, 2) != table[i].want)
			CU_FAIL(table[i].why);
		close(fd[1]);
	}
}

static void
a_peer_that_has_gone_kills_nobody(void)
{
	int fd[2];

	pair(fd);
	close(fd[1]);
	CU_ASSERT_EQUAL(wire_send(fd[0], buf, 10, NULL, 0), ERR_CLOSED);
	close(fd[0]);
	CU_ASSERT_EQUAL(wire_send(-1, buf, 10, NULL, 0), ERR_IO);
}

/* A hostile peer must not fill the table of descriptors. */
static void
descriptors_that_nobody_asked_for_are_closed(void)
{
	int fd[2], out[2], in[1], first;
	size_t n;

	pair(fd);
	OK(pipe(out));
	first = dup(out[0]);
	close(first);
	for (size_t room = 0; room < 2; room++) {
		OK(wire_send(fd[0], buf, 10, out, 2));
		OK(wire_receive(fd[1], again, sizeof(again), &n, room ? in : NULL, room));
		if (room)
			close(in[0]);
	}
	OK(wire_send(fd[0], buf, 17, out, 2));
	CU_ASSERT_EQUAL(wire_receive(fd[1], again, 16, &n, in, 1), ERR_SIZE);
	CU_ASSERT_EQUAL(in[0], -1);
	CU_ASSERT_EQUAL(dup(out[0]), first);
	close(first);
	for (size_t i = 0; i < 2; i++) {
		close(out[i]);
		close(fd[i]);
	}
}

static void
watching_ends_with_a_byte_or_the_end_or_company_and_takes_nothing(void)
{
	static const struct wire_patience short_one = { 1000, 4 }, endless = { UINT32_MAX, 4 };
	static const uint32_t two = 2, three = 3;
	int fd[2];
	size_t n;

	pair(fd);
	CU_ASSERT_EQUAL(wire_watch(fd[1], &short_one, &two), 0);
	CU_ASSERT_EQUAL(wire_watch(fd[1], &endless, &three), 0);
	OK(wire_send(fd[0], (const uint8_t *)"abc", 3, NULL, 0));
	CU_ASSERT_EQUAL(wire_watch(fd[1], &endless, &two), 1);
	wire_sleep(fd[1]);
	OK(wire_receive(fd[1], again, sizeof(again), &n, NULL, 0));
	CU_ASSERT_EQUAL(n, 3);
	SAME("abc", again, 3);
	close(fd[0]);
	CU_ASSERT_EQUAL(wire_watch(fd[1], &endless, &two), 1);
	wire_sleep(fd[1]);
	CU_ASSERT_EQUAL(wire_receive(fd[1], again, sizeof(again), &n, NULL, 0), ERR_CLOSED);
	close(fd[1]);
}

static void
one_processor_is_never_for_watching_and_each_client_needs_its_own(void)
{
	static const struct {
		int processors;
		uint32_t awake;
		int crowded;
	} table[] = {
		{ 1, 0, 0 }, { 1, 1, 1 }, { 2, 1, 0 }, { 2, 2, 1 }, { 3, 1, 0 }, { 3, 2, 1 },
		{ 16, 8, 0 }, { 16, 9, 1 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct wire_patience patience = { 1, table[i].processors };

		CU_ASSERT_EQUAL(wire_crowded(&patience, &table[i].awake), table[i].crowded);
	}
}

static void
a_frame_tells_where_its_sender_ran(void)
{
	static const struct {
		const char *bytes;
		int want;
	} table[] = {
		{ "00000001 0000 00", -1 }, { "00000001 0001 00", 0 }, { "00000001 0102 00", 257 },
		{ "00000001 ffff 00", 65534 },
	};
	int fd[2], at;
	size_t n;

	pair(fd);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		n = hex(table[i].bytes, buf, sizeof(buf));
		CU_ASSERT_EQUAL(send(fd[0], buf, n, MSG_NOSIGNAL), (ssize_t)n);
		OK(wire_receive_within(fd[1], again, 16, &n, &at, 0));
		CU_ASSERT_EQUAL(at, table[i].want);
	}
	OK(wire_send(fd[0], buf, 3, NULL, 0));
	OK(wire_receive_within(fd[1], again, 16, &n, &at, 0));
	CU_ASSERT_TRUE(at >= 0 && at < sysconf(_SC_NPROCESSORS_CONF));
	close(fd[0]);
	CU_ASSERT_EQUAL(wire_receive_within(fd[1], again, 16, &n, &at, 0), ERR_CLOSED);
	CU_ASSERT_EQUAL(at, -1);
	close(fd[1]);
}

static const struct sentence sentences[] = {
	SENTENCE(a_frame_arrives_whole_with_its_descriptors),
	SENTENCE(a_frame_that_comes_byte_by_byte_is_the_same_one),
	SENTENCE(the_largest_frame_goes_through_a_small_socket),
	SENTENCE(a_frame_that_has_begun_is_whole_in_time_or_none),
	SENTENCE(what_nobody_takes_is_not_sent_for_ever),
	SENTENCE(frames_that_are_none_are_refused),
	SENTENCE(a_peer_that_has_gone_kills_nobody),
	SENTENCE(descriptors_that_nobody_asked_for_are_closed),
	SENTENCE(watching_ends_with_a_byte_or_the_end_or_company_and_takes_nothing),
	SENTENCE(one_processor_is_never_for_watching_and_each_client_needs_its_own),
	SENTENCE(a_frame_tells_where_its_sender_ran),
};

SUITE("wire_frame", sentences)
