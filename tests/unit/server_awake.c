#include "tests/unit/caller.h"

#include <time.h>

#include "hsm/pkcs11/server_parts.h"
#include "tests/unit/suite.h"

/* How many connections others see that the processors are in use for. */

enum { AT_BELL = 1, AT_SOCKET = 2, TRIES = 200 };

static struct listener w;
static struct client *direct;
static struct caller *c;

static void
enter(void)
{
	listener_enter(&w);
	direct = client_new(&w.h, NULL);
	OK(client_login(direct, 1, CKU_USER, USER_PIN));
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

static uint32_t
awake(void)
{
	return __atomic_load_n(&w.h.server->page->awake, __ATOMIC_SEQ_CST);
}

static uint32_t
sleeps(void)
{
	return __atomic_load_n(&c->slate.shared->bell[SLATE_VAULT].sleeps, __ATOMIC_SEQ_CST);
}

static void
moment(void)
{
	nanosleep(&(const struct timespec){ 0, 200000 }, NULL);
}

static void
comes_down_to(uint32_t n)
{
	for (int i = 0; i < 50000 && awake() != n; i++)
		moment();
	CU_ASSERT_EQUAL(awake(), n);
}

/* It takes longer than two processes take to wake each other. */
static void
sign(uint64_t uid)
{
	static const uint8_t digest[32] = { 7 };
	struct wire_request *const r = caller_ask(c, WIRE_SIGN);
	size_t n;
	int at;

	c->mech.info = mech_info(CKM_ECDSA);
	r->uid = uid;
	r->data = (struct wire_bytes){ digest, sizeof(digest) };
	caller_put(c);
	OK(slate_ring(&c->slate));
	OK(slate_doze(&c->slate) ? 0 : slate_sleep(&c->slate));
	OK(slate_get(&c->slate, c->buf, sizeof(c->buf), &n, &at));
	OK(wire_get_answer(c->buf, n, WIRE_SIGN, &c->answer));
	OK(c->answer.rv);
}

static void
whose_calls_are_long_counts_while_its_thread_waits_at_the_bell(void)
{
	uint64_t uid;
	int seen = 0;

	enter();
	uid = client_ec(direct, 1, 1);
	for (int i = 0; i < TRIES && !seen; i++) {
		uint32_t n;

		sign(uid);
		while (sleeps() == 0)
			moment();
		n = awake();
		/* It may have gone on to the socket meanwhile. */
		seen = sleeps() == AT_BELL;
		if (seen)
			CU_ASSERT_EQUAL(n, 1);
	}
	CU_ASSERT_TRUE(seen);
	leave();
}

static void
who_asks_no_more_counts_no_more(void)
{
	uint64_t uid;

	enter();
	uid = client_ec(direct, 1, 1);
	for (int i = 0; i < 3; i++) {
		sign(uid);
		while (sleeps() != AT_SOCKET)
			moment();
		CU_ASSERT_EQUAL(awake(), 0);
	}
	leave();
}

static void
who_is_hung_up_on_counts_no_more(void)
{
	uint64_t uid;

	enter();
	uid = client_ec(direct, 1, 1);
	sign(uid);
	/* No call, while its thread still waits at the bell. */
	slate_put(&c->slate, (const uint8_t *)"\xff", 1);
	OK(slate_ring(&c->slate));
	OK(!caller_ended(c->fd));
	comes_down_to(0);
	leave();
}

static const struct sentence sentences[] = {
	SENTENCE(whose_calls_are_long_counts_while_its_thread_waits_at_the_bell),
	SENTENCE(who_asks_no_more_counts_no_more),
	SENTENCE(who_is_hung_up_on_counts_no_more),
};

SUITE("server_awake", sentences)
