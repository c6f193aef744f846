#include "tests/unit/both.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "hsm/pkcs11/wire.h"
#include "tests/unit/suite.h"

static void
what_is_written_is_read_once_and_wiped_off(void)
{
	static const size_t lengths[] = { 1, 100, SLATE_MAX, 0 };
	uint8_t out[SLATE_MAX], in[SLATE_MAX];
	struct both b;
	int at;

	both_enter(&b);
	memset(out, 0x5a, sizeof(out));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t n = 99;

		slate_put(&b.client, out, lengths[i]);
		CU_ASSERT_FALSE(slate_taken(&b.client));
		OK(slate_ring(&b.client));
		OK(slate_sleep(&b.vault));
		OK(slate_get(&b.vault, in, sizeof(in), &n, &at));
		CU_ASSERT_EQUAL_FATAL(n, lengths[i]);
		SAME(in, out, n);
		CU_ASSERT_TRUE(at >= 0);
		CU_ASSERT_TRUE(slate_taken(&b.client));
		CU_ASSERT_TRUE(both_all_zero(b.vault.shared));
		/* And back. */
		slate_put(&b.vault, out, lengths[i]);
		OK(slate_sleep(&b.client));
		OK(slate_get(&b.client, in, sizeof(in), &n, &at));
		CU_ASSERT_EQUAL(n, lengths[i]);
		CU_ASSERT_TRUE(both_all_zero(b.client.shared));
	}
	both_leave(&b);
}

/* The other end writes what it likes. */
static void
lengths_and_processors_that_cannot_be_are_refused_at_the_boundary(void)
{
	static const struct {
		const char *why;
		uint32_t n, processor;
		size_t cap;
		int r, at;
	} table[] = {
		{ "as much as there is", SLATE_MAX, 1, SLATE_MAX, 0, 0 },
		{ "a byte more than the slate has", SLATE_MAX + 1, 1, 8192, ERR_SIZE, 0 },
		{ "4 GiB less one", UINT32_MAX, 1, 8192, ERR_SIZE, 0 },
		{ "a byte more than the reader has", 17, 1, 16, ERR_SIZE, 0 },
		{ "the last processor", 1, UINT16_MAX, 16, 0, UINT16_MAX - 1 },
		{ "no processor", 1, 0, 16, 0, -1 },
		{ "more than the last one", 1, UINT16_MAX + 1, 16, 0, -1 },
		{ "a negative one", 1, UINT32_MAX, 16, 0, -1 },
	};
	uint8_t in[8192 + 1];
	struct both b;

	both_enter(&b);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n;
		int at;

		slate_put(&b.client, in, 0);
		b.client.shared->n = table[i].n;
		b.client.shared->processor = table[i].processor;
		memset(in, 0x77, sizeof(in));
		if (slate_get(&b.vault, in, table[i].cap, &n, &at) != table[i].r ||
		    at != table[i].at || in[table[i].cap] != 0x77)
			CU_FAIL(table[i].why);
	}
	both_leave(&b);
}

struct sleeper {
	struct slate_end *end;
	int r;
	long us;
};

static void *
sleep_on(void *arg)
{
	struct sleeper *const s = arg;
	struct timespec from, to;

	OK(clock_gettime(CLOCK_MONOTONIC, &from));
	s->r = slate_doze(s->end) ? 0 : slate_sleep(s->end);
	OK(clock_gettime(CLOCK_MONOTONIC, &to));
	s->us = (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000;
	return NULL;
}

/* Until somebody sleeps in another way than `how`. */
static void
sleeps_otherwise(const uint32_t *sleeps, uint32_t how)
{
	const struct timespec moment = { 0, 200000 };

	for (int i = 0; i < 50000 && __atomic_load_n(sleeps, __ATOMIC_SEQ_CST) <= how; i++)
		nanosleep(&moment, NULL);
	CU_ASSERT_TRUE(__atomic_load_n(sleeps, __ATOMIC_SEQ_CST) > how);
}

static void
who_sleeps_is_woken_at_the_bell_and_later_at_the_socket(void)
{
	/* Awake; at the bell, which it is at once; at the socket. */
	for (uint32_t how = 0; how < 2; how++) {
		struct sleeper s;
		pthread_t thread;
		struct both b;
		uint8_t byte;

		both_enter(&b);
		s = (struct sleeper){ &b.vault, 1, 0 };
		OK(pthread_create(&thread, NULL, sleep_on, &s));
		sleeps_otherwise(&b.vault.shared->bell[SLATE_VAULT].sleeps, how);
		slate_put(&b.client, (const uint8_t *)"x", 1);
		OK(slate_ring(&b.client));
		OK(pthread_join(thread, NULL));
		OK(s.r);
		/* Nothing stays at the socket that a frame would follow. */
		CU_ASSERT_TRUE(recv(b.fd[0], &byte, 1, MSG_DONTWAIT) < 0);
		both_leave(&b);
	}
}

/* By who has the slate at another address. Without it each sleep would last for 20 ms. */
static void
the_bell_wakes_before_it_ends(void)
{
	long least = 20000;

	for (int i = 0; i < 500 && least >= 20000; i++) {
		struct sleeper s;
		pthread_t thread;
		struct both b;

		both_enter(&b);
		s = (struct sleeper){ &b.vault, 1, 0 };
		OK(pthread_create(&thread, NULL, sleep_on, &s));
		sleeps_otherwise(&b.vault.shared->bell[SLATE_VAULT].sleeps, 0);
		slate_put(&b.client, NULL, 0);
		OK(slate_ring(&b.client));
		OK(pthread_join(thread, NULL));
		least = s.us < least ? s.us : least;
		both_leave(&b);
	}
	CU_ASSERT_TRUE(least < 20000);
}

static void
who_sleeps_hears_the_other_one_go_and_what_does_not_belong_there(void)
{
	static const struct {
		const char *why;
		int byte, r;
	} table[] = {
		{ "it has gone", 0, ERR_CLOSED },
		{ "a byte that no sleeper was woken by", 1, ERR_FORMAT },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct sleeper s;
		pthread_t thread;
		struct both b;

		both_enter(&b);
		s = (struct sleeper){ &b.client, 1, 0 };
		OK(pthread_create(&thread, NULL, sleep_on, &s));
		sleeps_otherwise(&b.client.shared->bell[SLATE_CLIENT].sleeps, 0);
		if (table[i].byte) {
			CU_ASSERT_EQUAL(send(b.fd[0], "x", 1, MSG_NOSIGNAL), 1);
		} else {
			close(b.fd[0]);
			b.fd[0] = -1;
		}
		OK(pthread_join(thread, NULL));
		if (s.r != table[i].r)
			CU_FAIL(table[i].why);
		both_leave(&b);
	}
}

static void
a_bell_for_who_has_gone_is_an_error_and_no_signal(void)
{
	struct both b;

	both_enter(&b);
	b.client.shared->bell[SLATE_VAULT].sleeps = 2;
	close(b.fd[0]);
	b.fd[0] = -1;
	slate_put(&b.client, NULL, 0);
	CU_ASSERT_EQUAL(slate_ring(&b.client), ERR_CLOSED);
	CU_ASSERT_FALSE(slate_taken(&b.client));
	both_leave(&b);
}

/* Who never reads would stop who rings it. */
static void
a_bell_at_a_socket_that_is_full_waits_for_nobody(void)
{
	const struct timeval never = { 0 };
	uint8_t much[4096] = { 0 };
	struct both b;

	both_enter(&b);
	OK(setsockopt(b.fd[0], SOL_SOCKET, SO_SNDTIMEO, &never, sizeof(never)));
	while (send(b.fd[0], much, sizeof(much), MSG_DONTWAIT) > 0)
		;
	while (send(b.fd[0], much, 1, MSG_DONTWAIT) > 0)
		;
	b.vault.shared->bell[SLATE_CLIENT].sleeps = 2;
	CU_ASSERT_EQUAL(slate_ring(&b.vault), ERR_IO);
	both_leave(&b);
}

static void
looking_ends_when_nothing_comes_and_never_begins_on_the_others_processor(void)
{
	const struct wire_patience patient = { 60 * 1000000, 1000 }, hasty = { 1000, 1000 };
	const uint32_t awake = 0, all = 501;
	cpu_set_t before, one;
	struct both b;
	uint8_t byte;
	size_t n;
	int at;

	both_enter(&b);
	CU_ASSERT_EQUAL(slate_watch(&b.vault, &hasty, &awake), 0);
	CU_ASSERT_EQUAL(slate_watch(&b.vault, &patient, &all), 0);
	slate_put(&b.client, NULL, 0);
	CU_ASSERT_EQUAL(slate_watch(&b.vault, &patient, &awake), 1);
	OK(sched_getaffinity(0, sizeof(before), &before));
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	OK(sched_setaffinity(0, sizeof(one), &one));
	slate_put(&b.client, NULL, 0);
	OK(slate_get(&b.vault, &byte, 1, &n, &at));
	CU_ASSERT_EQUAL(slate_watch(&b.vault, &patient, &awake), 0);
	OK(sched_setaffinity(0, sizeof(before), &before));
	both_leave(&b);
}

static void
codes_keys_and_what_takes_long_never_go_by_it(void)
{
	static const uint8_t never[] = { 0, WIRE_HELLO, WIRE_WAIT, WIRE_LOGIN, WIRE_REAUTH,
		WIRE_INIT_TOKEN, WIRE_INIT_PIN, WIRE_SET_PIN, WIRE_CREATE, WIRE_COPY, WIRE_IMPORT,
		WIRE_SET, WIRE_GENERATE, WIRE_GENERATE_PAIR, WIRE_DERIVE, WIRE_UNWRAP, WIRE_CALLS,
		255 };

	for (size_t i = 0; i < sizeof(never); i++)
		CU_ASSERT_FALSE(slate_takes(never[i]));
	CU_ASSERT_TRUE(slate_takes(WIRE_SIGN));
}

static const struct sentence sentences[] = {
	SENTENCE(what_is_written_is_read_once_and_wiped_off),
	SENTENCE(lengths_and_processors_that_cannot_be_are_refused_at_the_boundary),
	SENTENCE(who_sleeps_is_woken_at_the_bell_and_later_at_the_socket),
	SENTENCE(the_bell_wakes_before_it_ends),
	SENTENCE(who_sleeps_hears_the_other_one_go_and_what_does_not_belong_there),
	SENTENCE(a_bell_for_who_has_gone_is_an_error_and_no_signal),
	SENTENCE(a_bell_at_a_socket_that_is_full_waits_for_nobody),
	SENTENCE(looking_ends_when_nothing_comes_and_never_begins_on_the_others_processor),
	SENTENCE(codes_keys_and_what_takes_long_never_go_by_it),
};

SUITE("slate", sentences)
