#include "tests/unit/caller.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "hsm/pkcs11/server_parts.h"
#include "tests/unit/suite.h"

/* Calls by the slate, with what a client may do to it. */

static struct listener w;
static struct client *direct;
static struct caller *c;
static uint64_t uid;

static void
enter(void)
{
	listener_enter(&w);
	direct = client_new(&w.h, NULL);
	OK(client_login(direct, 1, CKU_USER, USER_PIN));
	uid = client_ec(direct, 1, 1);
	c = caller_new(&w, NULL);
	OK(caller_login(c));
}

static void
leave(void)
{
	caller_free(c);
	client_free(direct);
	listener_leave(&w);
}

static void
sign(void)
{
	static const uint8_t digest[32] = { 7 };
	struct wire_request *const r = caller_ask(c, WIRE_SIGN);

	c->mech.info = mech_info(CKM_ECDSA);
	r->uid = uid;
	r->data = (struct wire_bytes){ digest, sizeof(digest) };
}

/* The answer to what was put; *long: it came by the socket. */
static CK_RV
get(int *by_socket)
{
	size_t n;
	int at;

	if (slate_ring(&c->slate) != 0 || slate_sleep(&c->slate) != 0 ||
	    slate_get(&c->slate, c->buf, sizeof(c->buf), &n, &at) != 0)
		return CKR_DEVICE_REMOVED;
	*by_socket = n == 0;
	if (n == 0)
		OK(wire_receive(c->fd, c->buf, sizeof(c->buf), &n, NULL, 0));
	OK(wire_get_answer(c->buf, n, c->request.id, &c->answer));
	return c->answer.rv;
}

/* Back to the socket, as the next request will be. */
static void
to_socket(void)
{
	slate_put(&c->slate, NULL, 0);
	OK(slate_ring(&c->slate));
	c->on_slate = 0;
}

static void
calls_go_over_from_one_way_to_the_other_and_back(void)
{
	int by_socket;

	enter();
	for (int i = 0; i < 20; i++) {
		for (int k = 0; k < i; k++) {
			sign();
			caller_put(c);
			OK(get(&by_socket));
			CU_ASSERT_FALSE(by_socket);
			CU_ASSERT_EQUAL(c->answer.data.n, 64);
		}
		if (i > 0)
			to_socket();
		sign();
		OK(caller_call(c, NULL));
		CU_ASSERT_EQUAL(c->answer.data.n, 64);
	}
	leave();
}

static void
sleeps_long(void)
{
	const uint32_t *const sleeps = &c->slate.shared->bell[SLATE_VAULT].sleeps;
	const struct timespec moment = { 0, 1000000 };

	for (int i = 0; i < 10000 && __atomic_load_n(sleeps, __ATOMIC_SEQ_CST) != 2; i++)
		nanosleep(&moment, NULL);
	CU_ASSERT_EQUAL(__atomic_load_n(sleeps, __ATOMIC_SEQ_CST), 2);
}

static void
who_was_idle_for_long_is_answered_either_way(void)
{
	int by_socket;

	enter();
	sign();
	caller_put(c);
	OK(get(&by_socket));
	sleeps_long();
	sign();
	caller_put(c);
	OK(get(&by_socket));
	sleeps_long();
	to_socket();
	OK(caller_login(c) == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : CKR_GENERAL_ERROR);
	leave();
}

static void
an_answer_that_is_too_long_comes_by_the_socket(void)
{
	static const uint8_t zeros[SLATE_MAX];
	int by_socket;

	enter();
	client_ask(direct, WIRE_CREATE, 1);
	attrs_put_ulong(client_set(direct), CKA_CLASS, CKO_DATA);
	attrs_put_bool(client_set(direct), CKA_TOKEN, 1);
	attrs_put_bool(client_set(direct), CKA_PRIVATE, 0);
	attrs_put(client_set(direct), CKA_LABEL, zeros, sizeof(zeros));
	OK(client_call(direct));
	for (int i = 0; i < 3; i++) {
		caller_ask(c, WIRE_FIND)->most = WIRE_FOUND_MAX;
		caller_put(c);
		OK(get(&by_socket));
		CU_ASSERT_TRUE(by_socket);
		CU_ASSERT_TRUE(c->answer.found_n > 1);
		/* The way stays what it was. */
		sign();
		caller_put(c);
		OK(get(&by_socket));
		CU_ASSERT_FALSE(by_socket);
	}
	leave();
}

static void
to_login(void)
{
	struct wire_request *const r = caller_ask(c, WIRE_LOGIN);

	r->user = CKU_USER;
	r->has_pin = 1;
	r->pin = (struct wire_bytes){ (const uint8_t *)USER_PIN, 8 };
	caller_put(c);
}

static void
longer_than_a_slate(void)
{
	slate_put(&c->slate, NULL, 0);
	c->slate.shared->n = SLATE_MAX + 1;
	OK(wire_send(c->fd, NULL, 0, NULL, 0));
}

/* No seal forbids it: there are zeros, then. */
static void
a_page_that_is_given_back(void)
{
	OK(madvise(c->slate.shared, SLATE_PAGE, MADV_REMOVE));
	OK(wire_send(c->fd, NULL, 0, NULL, 0));
}

/* As on the socket, it has no call. */
static void
empty_at_the_beginning(void)
{
	OK(wire_send(c->fd, NULL, 0, NULL, 0));
}

static void
a_byte_that_wakes_nobody(void)
{
	int by_socket;

	sign();
	caller_put(c);
	OK(get(&by_socket));
	sleeps_long();
	CU_ASSERT_EQUAL(send(c->fd, "", 1, MSG_NOSIGNAL), 1);
}

static void
a_bell_without_its_byte(void)
{
	int by_socket;

	sign();
	caller_put(c);
	OK(get(&by_socket));
	sleeps_long();
	__atomic_store_n(&c->slate.shared->bell[SLATE_VAULT].sleeps, 0, __ATOMIC_SEQ_CST);
	/* It waits for the byte: of a frame it gets another's. */
	OK(wire_send(c->fd, (const uint8_t *)"\1", 1, NULL, 0));
	slate_put(&c->slate, NULL, 0);
}

static void
who_breaks_the_rules_is_hung_up_on_alone(void)
{
	static const struct {
		const char *why;
		void (*breaks)(void);
	} table[] = {
		{ "a code on the slate", to_login },
		{ "longer than a slate", longer_than_a_slate },
		{ "an empty request", empty_at_the_beginning },
		{ "a page that is given back", a_page_that_is_given_back },
		{ "a byte unasked", a_byte_that_wakes_nobody },
		{ "a bell without its byte", a_bell_without_its_byte },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct caller *other;

		enter();
		atomic_store(&w.h.server->frame_ms, 50);
		other = caller_new(&w, c->cookie);
		table[i].breaks();
		if (!caller_ended(c->fd))
			CU_FAIL(table[i].why);
		caller_ask(other, WIRE_TOKEN);
		OK(caller_call(other, NULL));
		caller_free(other);
		leave();
	}
}

static void
a_client_that_dies_at_any_moment_leaves_nothing_behind(void)
{
	size_t before;
	int by_socket;

	listener_enter(&w);
	before = descriptors();
	for (int i = 0; i < 12; i++) {
		c = caller_new(&w, NULL);
		c->on_slate = 0;
		for (int k = 0; k <= i % 3; k++) {
			caller_ask(c, WIRE_TOKEN);
			caller_put(c);
			if (k < i % 3)
				OK(get(&by_socket));
		}
		if (i >= 6)
			OK(slate_ring(&c->slate));
		if (i >= 9)
			OK(get(&by_socket));
		caller_free(c);
	}
	CU_ASSERT_TRUE(descriptors_come_down_to(before));
	listener_leave(&w);
}

/* Its page is still mapped, by whomever it was given to. */
static void
an_answer_that_a_dead_client_never_took_is_wiped_off(void)
{
	const struct timespec moment = { 0, 1000000 };
	const struct slate *s;
	size_t left = 1;
	int fd;

	enter();
	s = c->slate.shared;
	sign();
	caller_put(c);
	OK(slate_ring(&c->slate));
	OK(slate_sleep(&c->slate));
	CU_ASSERT_EQUAL(s->n, 8 + 4 + 64);
	fd = c->fd;
	c->fd = listener_connect(&w);
	close(fd);
	for (int i = 0; i < 10000 && left != 0; i++) {
		nanosleep(&moment, NULL);
		left = __atomic_load_n(&s->n, __ATOMIC_SEQ_CST) <= SLATE_MAX;
		for (size_t k = 0; k < sizeof(s->bytes); k++)
			left += s->bytes[k] != 0;
	}
	CU_ASSERT_EQUAL(left, 0);
	leave();
}

static void
where_there_is_no_slate_all_goes_by_the_socket(void)
{
	struct rlimit limit, none;
	struct caller *other = calloc(1, sizeof(*other));
	struct pollfd p = { .events = POLLIN };
	size_t before, n;
	int fds[3];
	struct wr wr;

	enter();
	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	before = descriptors();
	p.fd = other->fd = listener_connect(&w);
	for (int i = 0; i < 10000 && descriptors() != before + 2; i++)
		poll(NULL, 0, 1);
	caller_ask(other, WIRE_HELLO)->version = WIRE_VERSION;
	memcpy(other->request.cookie, c->cookie, WIRE_COOKIE_LEN);
	wr_init(&wr, other->buf, sizeof(other->buf));
	OK(wire_put_request(&wr, &other->request));
	OK(getrlimit(RLIMIT_NOFILE, &limit));
	/* Vault is in this process; poll wants as many as it has to look at. */
	none = (struct rlimit){ 3, limit.rlim_max };
	OK(setrlimit(RLIMIT_NOFILE, &none));
	OK(wire_send(other->fd, other->buf, wr.n, NULL, 0));
	CU_ASSERT_EQUAL(poll(&p, 1, 10000), 1);
	OK(setrlimit(RLIMIT_NOFILE, &limit));
	OK(wire_receive(other->fd, other->buf, sizeof(other->buf), &n, fds, 3));
	OK(wire_get_answer(other->buf, n, WIRE_HELLO, &other->answer));
	CU_ASSERT_EQUAL(other->answer.rv, CKR_OK);
	CU_ASSERT_TRUE(fds[0] >= 0 && fds[1] >= 0 && fds[2] < 0);
	close(fds[0]);
	close(fds[1]);
	caller_ask(other, WIRE_TOKEN);
	OK(caller_call(other, NULL));
	/* Nor is there one to go over to. */
	OK(wire_send(other->fd, NULL, 0, NULL, 0));
	OK(wire_receive(other->fd, other->buf, sizeof(other->buf), &n, NULL, 0));
	OK(wire_get_answer(other->buf, n, WIRE_TOKEN, &other->answer));
	CU_ASSERT_EQUAL(other->answer.rv, CKR_ARGUMENTS_BAD);
	close(other->fd);
	free(other);
	leave();
}

/* Though its thread hears of it a little later: a program may come right behind another one. */
static void
who_has_gone_has_no_session(void)
{
	struct wire_request *r;
	struct wire_own *own;
	int by_socket;

	enter();
	own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, c->own, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(own, MAP_FAILED);
	own->sessions[1] = 1;
	for (int gone = 0; gone < 2; gone++) {
		sign();
		caller_put(c);
		OK(get(&by_socket));
		if (gone)
			OK(shutdown(c->fd, SHUT_RDWR));
		r = client_ask(direct, WIRE_INIT_TOKEN, 1);
		r->has_pin = 1;
		r->pin = (struct wire_bytes){ (const uint8_t *)SO_PIN, strlen(SO_PIN) };
		r->label = (struct wire_bytes){ (const uint8_t *)"another label                   ", 32 };
		CU_ASSERT_EQUAL(client_call(direct), gone ? CKR_OK : CKR_SESSION_EXISTS);
	}
	munmap(own, 4096);
	leave();
}

static void
stopping_ends_who_sleeps_by_the_slate(void)
{
	int by_socket;

	for (int i = 0; i < 2; i++) {
		enter();
		sign();
		caller_put(c);
		OK(slate_ring(&c->slate));
		OK(slate_sleep(&c->slate));
		if (i == 1)
			sleeps_long();
		p11_stop(w.h.server);
		/* Its last answer stays to be read, as it would in a socket. */
		OK(get(&by_socket));
		CU_ASSERT_TRUE(caller_ended(c->fd));
		leave();
	}
}

/* Until the end stands at the socket: 1, what is asked behind that is not answered; 0, it is. */
static void *
ask_without_end(void *arg)
{
	int by_socket, end, answered;
	uint8_t byte;

	do {
		end = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
		caller_ask(c, WIRE_TOKEN);
		caller_put(c);
		answered = get(&by_socket) == CKR_OK;
		__atomic_store_n((int *)arg, answered ? 2 : 1, __ATOMIC_SEQ_CST);
	} while (answered && !end);
	*(int *)arg = !answered;
	return NULL;
}

/* Its thread finds the next request on the slate each time, and nothing at the socket. */
static void
stopping_ends_who_asks_without_end(void)
{
	const struct timespec moment = { 0, 1000000 };
	pthread_t thread;
	int ended = 0;

	enter();
	OK(pthread_create(&thread, NULL, ask_without_end, &ended));
	for (int i = 0; i < 10000 && __atomic_load_n(&ended, __ATOMIC_SEQ_CST) != 2; i++)
		nanosleep(&moment, NULL);
	p11_stop(w.h.server);
	OK(pthread_join(thread, NULL));
	CU_ASSERT_EQUAL(ended, 1);
	leave();
}

static double
used(void)
{
	struct rusage u;

	OK(getrusage(RUSAGE_SELF, &u));
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
who_is_idle_costs_nothing(void)
{
	const struct timespec half = { 0, 500000000 };
	int by_socket;
	double before;

	enter();
	sign();
	caller_put(c);
	OK(get(&by_socket));
	sleeps_long();
	before = used();
	nanosleep(&half, NULL);
	CU_ASSERT_TRUE(used() - before < 0.05);
	leave();
}

static const struct sentence sentences[] = {
	SENTENCE(calls_go_over_from_one_way_to_the_other_and_back),
	SENTENCE(who_was_idle_for_long_is_answered_either_way),
	SENTENCE(an_answer_that_is_too_long_comes_by_the_socket),
	SENTENCE(who_breaks_the_rules_is_hung_up_on_alone),
	SENTENCE(a_client_that_dies_at_any_moment_leaves_nothing_behind),
	SENTENCE(an_answer_that_a_dead_client_never_took_is_wiped_off),
	SENTENCE(where_there_is_no_slate_all_goes_by_the_socket),
	SENTENCE(who_has_gone_has_no_session),
	SENTENCE(stopping_ends_who_sleeps_by_the_slate),
	SENTENCE(stopping_ends_who_asks_without_end),
	SENTENCE(who_is_idle_costs_nothing),
};

SUITE("server_slate", sentences)
