#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "hsm/pkcs11/server_parts.h"
#include "tests/unit/suite.h"
#include "tests/unit/waiting.h"

/* While people are asked: what becomes of those who wait, and of those who do not. */

/* A client with a socket, whose call counts as the listener counts it. */
static struct client *
on_socket(struct hsm *h, int fd[2])
{
	struct client *const c = client_new(h, NULL);

	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	conn_socket(c->conn, fd[0]);
	__atomic_store_n(&h->server->page->awake, 1, __ATOMIC_RELAXED);
	return c;
}

/* Until its thread is none of those that are at work. */
static void
until_asleep(struct hsm *h)
{
	const time_t end = time(NULL) + 30;

	while (__atomic_load_n(&h->server->page->awake, __ATOMIC_RELAXED) != 0 &&
	    time(NULL) < end)
		sched_yield();
	CU_ASSERT_EQUAL_FATAL(__atomic_load_n(&h->server->page->awake, __ATOMIC_RELAXED), 0);
}

static void
who_waits_is_asleep_and_has_left_no_code_behind(void)
{
	struct hsm h;
	struct client *c;
	struct call call;
	int fd[2];

	waiting_enter(&h, 0);
	c = on_socket(&h, fd);
	waiting_login(&call, c, 7, TOKEN_CODE);
	until_asleep(&h);
	CU_ASSERT_PTR_NULL(memmem(c->sent, sizeof(c->sent), TOKEN_CODE, sizeof(TOKEN_CODE) - 1));
	OK(crew_serve(&h.place, 0));
	OK(waiting_end(&call));
	CU_ASSERT_EQUAL(h.server->page->awake, 1);
	client_free(c);
	close(fd[0]);
	close(fd[1]);
	hsm_leave(&h);
}

static void
who_waits_for_an_event_is_asleep_too(void)
{
	struct hsm h;
	struct client *c;
	struct call call;
	int fd[2];

	waiting_enter(&h, 0);
	c = on_socket(&h, fd);
	client_ask(c, WIRE_WAIT, 0)->events = client_page(c)->events;
	waiting_begin(&call, c);
	until_asleep(&h);
	p11_slot_changed(h.server, 7);
	OK(waiting_end(&call));
	CU_ASSERT_EQUAL(c->answer.slot, 7);
	CU_ASSERT_EQUAL(h.server->page->awake, 1);
	client_free(c);
	close(fd[0]);
	close(fd[1]);
	hsm_leave(&h);
}

static void
an_application_that_dies_stops_waiting_and_the_others_go_on(void)
{
	struct client *c, *other;
	struct call call, call2;
	struct hsm h;
	int fd[2];

	waiting_enter(&h, 0);
	c = on_socket(&h, fd);
	other = client_of(&h, getuid(), 2);
	waiting_login(&call, c, 7, TOKEN_CODE);
	waiting_login(&call2, other, 7, TOKEN_CODE);
	crew_waits(&h.place, 2);
	close(fd[1]);
	CU_ASSERT_EQUAL(waiting_end(&call), CKR_DEVICE_ERROR);
	CU_ASSERT_EQUAL(app_login(c->conn->app, 7), 0);
	client_free(c);
	CU_ASSERT_EQUAL(h.server->apps_n, 1);
	crew_waits(&h.place, 1);
	OK(crew_serve(&h.place, 0));
	OK(waiting_end(&call2));
	client_free(other);
	close(fd[0]);
	hsm_leave(&h);
}

static void
an_opening_goes_on_when_the_last_who_waited_has_died(void)
{
	struct hsm h;
	struct client *c;
	struct call call;
	int fd[2];

	waiting_enter(&h, 0);
	c = on_socket(&h, fd);
	waiting_login(&call, c, 7, TOKEN_CODE);
	crew_waits(&h.place, 1);
	/* What it may not send is as good as death. */
	CU_ASSERT_EQUAL(write(fd[1], "x", 1), 1);
	CU_ASSERT_EQUAL(waiting_end(&call), CKR_DEVICE_ERROR);
	client_free(c);
	CU_ASSERT_EQUAL(waiting_openings(&h), 1);
	OK(crew_serve(&h.place, 0));
	CU_ASSERT_EQUAL(token_info(&h.place, 7).open, 1);
	close(fd[0]);
	close(fd[1]);
	hsm_leave(&h);
}

/* One that asks, and has gone before anybody was there. */
static void
ask_and_go(struct hsm *h, uid_t uid, unsigned slot, const char *code)
{
	struct client *const c = client_of(h, uid, 7);
	struct call call;
	int fd[2];

	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	conn_socket(c->conn, fd[0]);
	waiting_login(&call, c, slot, code);
	crew_waits(&h->place, 1);
	close(fd[1]);
	CU_ASSERT_EQUAL(waiting_end(&call), CKR_DEVICE_ERROR);
	client_free(c);
	close(fd[0]);
}

static void
who_asks_for_one_opening_again_and_again_is_told_once(void)
{
	static const struct { unsigned slot, guest; const char *code; } both[] = {
		{ 7, 0, TOKEN_CODE }, { 0, 3, NULL },
	};
	struct hsm h;

	for (size_t i = 0; i < 2; i++) {
		waiting_enter(&h, i == 1);
		for (int k = 0; k < 3; k++)
			ask_and_go(&h, 1000, both[i].slot, both[i].code);
		CU_ASSERT_EQUAL(hsm_noted(&h, "asks users"), 1);
		ask_and_go(&h, 1001, both[i].slot, both[i].code);
		ask_and_go(&h, 1000, both[i].slot, both[i].code);
		CU_ASSERT_EQUAL(hsm_noted(&h, "asks users"), 2);
		/* The next opening is another one. */
		OK(crew_serve(&h.place, both[i].guest));
		store_lock(h.place.store);
		OK(slot_leave(h.place.store, both[i].slot));
		store_unlock(h.place.store);
		ask_and_go(&h, 1001, both[i].slot, both[i].code);
		CU_ASSERT_EQUAL(hsm_noted(&h, "asks users"), 3);
		hsm_leave(&h);
	}
}

static void
so_many_users_are_told_of_one_opening_and_no_more(void)
{
	struct hsm h;

	waiting_enter(&h, 1);
	ask_and_go(&h, 1000, 0, NULL);
	h.server->asked[0].n = ASKERS_MAX;
	ask_and_go(&h, 1001, 0, NULL);
	ask_and_go(&h, 1002, 0, NULL);
	CU_ASSERT_EQUAL(hsm_noted(&h, "asks users"), 1);
	CU_ASSERT_EQUAL(hsm_noted(&h, "and more"), 1);
	hsm_leave(&h);
}

/* It has the new code, and would be one more for each that dies. */
static void
an_order_of_a_code_dies_with_its_application_before_anybody_is_asked(void)
{
	struct hsm h;
	struct client *c;
	struct call call;
	struct opening o;
	int fd[2], failed;

	waiting_enter(&h, 0);
	for (int asked = 0; asked < 2; asked++) {
		c = on_socket(&h, fd);
		OK(client_login(c, 7, CKU_SO, TOKEN_SO));
		client_pin(c, WIRE_INIT_PIN, 7, "another code");
		waiting_begin(&call, c);
		crew_waits(&h.place, 1);
		if (asked)
			OK(people_next(h.place.store, &o));
		close(fd[1]);
		CU_ASSERT_EQUAL(waiting_end(&call), CKR_DEVICE_ERROR);
		CU_ASSERT_EQUAL(waiting_openings(&h), (unsigned)asked);
		client_free(c);
		close(fd[0]);
	}
	OK(crew_prove(&h.place, o.number, 1, 0));
	OK(people_end(h.place.store, o.number, 0, 1, &failed));
	CU_ASSERT_EQUAL(token_login(&h.place, 7, SLOT_USER, TOKEN_CODE), ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(hsm_noted(&h, "init PIN asks"), 2);
	CU_ASSERT_EQUAL(h.server->notes[7].n, 2);
	hsm_leave(&h);
}

/* As the daemon does it. */
static void
close_all(struct hsm *h)
{
	for (unsigned i = 0; i < SLOTS; i++)
		p11_slot_closed(h->server, i);
}

static void
a_failed_opening_ends_what_everybody_does(void)
{
	struct client *c, *other;
	uint64_t uid, aes, op, auto_uid;
	struct call call, call2;
	struct hsm h;

	waiting_enter(&h, 0);
	c = client_new(&h, NULL);
	other = client_of(&h, getuid(), 2);
	OK(waiting_whole(&h, other, 8, TOKEN_CODE, 1));
	uid = client_ec(other, 8, 1);
	aes = client_aes(other, 8, 1);
	client_ask(other, WIRE_OP_BEGIN, 8)->uid = aes;
	client_mech(other, CKM_AES_CMAC);
	other->request.flags = CKF_SIGN;
	OK(client_call(other));
	op = other->answer.op;
	OK(client_login(other, 0, CKU_USER, NULL));
	auto_uid = client_ec(other, 0, 1);
	waiting_login(&call, c, 7, TOKEN_CODE);
	CU_ASSERT_EQUAL(crew_refuse(&h.place, ERR_TIMEOUT), 1);
	close_all(&h);
	CU_ASSERT_EQUAL(waiting_end(&call), CKR_FUNCTION_FAILED);
	client_ask(other, WIRE_OP_UPDATE, 8)->op = op;
	other->request.data = (struct wire_bytes){ (const uint8_t *)"x", 1 };
	CU_ASSERT_EQUAL(client_call(other), CKR_OPERATION_NOT_INITIALIZED);
	CU_ASSERT_NOT_EQUAL(client_sign(other, 8, uid, 0), CKR_OK);
	CU_ASSERT_NOT_EQUAL(client_sign(other, 0, auto_uid, 0), CKR_OK);
	/* What opens by itself is open; what people open asks them again. */
	OK(client_login(other, 0, CKU_USER, NULL));
	OK(client_sign(other, 0, auto_uid, 0));
	/* A login whose sessions were ended by another slot's failure is none. */
	waiting_login(&call2, other, 8, TOKEN_CODE);
	crew_waits(&h.place, 1);
	close_all(&h);
	OK(crew_serve(&h.place, 1));
	CU_ASSERT_EQUAL(waiting_end(&call2), CKR_SESSION_CLOSED);
	CU_ASSERT_EQUAL(app_login(other->conn->app, 8), 0);
	client_free(c);
	client_free(other);
	hsm_leave(&h);
}

static const struct sentence sentences[] = {
	SENTENCE(who_waits_is_asleep_and_has_left_no_code_behind),
	SENTENCE(who_waits_for_an_event_is_asleep_too),
	SENTENCE(an_application_that_dies_stops_waiting_and_the_others_go_on),
	SENTENCE(an_opening_goes_on_when_the_last_who_waited_has_died),
	SENTENCE(who_asks_for_one_opening_again_and_again_is_told_once),
	SENTENCE(so_many_users_are_told_of_one_opening_and_no_more),
	SENTENCE(an_order_of_a_code_dies_with_its_application_before_anybody_is_asked),
	SENTENCE(a_failed_opening_ends_what_everybody_does),
};

SUITE("server_waiting", sentences)
