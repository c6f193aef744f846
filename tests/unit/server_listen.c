#include "tests/unit/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "hsm/pkcs11/server_parts.h"
#include "tests/unit/suite.h"

struct signer {
	const struct listener *w;
	const uint8_t *cookie;
	uint64_t uid;
	size_t done;
};

static void *
sign_on(void *arg)
{
	static const uint8_t digest[32] = { 7 };
	struct signer *const s = arg;
	struct caller *c = caller_new(s->w, s->cookie);

	for (size_t i = 0; i < 50; i++) {
		struct wire_request *const r = caller_ask(c, WIRE_SIGN);

		c->mech.info = mech_info(CKM_ECDSA);
		r->uid = s->uid;
		r->data = (struct wire_bytes){ digest, sizeof(digest) };
		s->done += caller_call(c, NULL) == CKR_OK;
	}
	caller_free(c);
	return NULL;
}

static void
connections_of_one_application_sign_side_by_side(void)
{
	struct signer signers[8];
	pthread_t thread[8];
	struct listener w;
	struct caller *c;
	struct client *direct;
	uint64_t uid;
	size_t before;

	listener_enter(&w);
	direct = client_new(&w.h, NULL);
	OK(client_login(direct, 1, CKU_USER, USER_PIN));
	uid = client_ec(direct, 1, 1);
	before = descriptors();
	c = caller_new(&w, NULL);
	OK(caller_login(c));
	for (size_t i = 0; i < 8; i++) {
		signers[i] = (struct signer){ &w, c->cookie, uid, 0 };
		OK(pthread_create(&thread[i], NULL, sign_on, &signers[i]));
	}
	for (size_t i = 0; i < 8; i++) {
		OK(pthread_join(thread[i], NULL));
		CU_ASSERT_EQUAL(signers[i].done, 50);
	}
	caller_free(c);
	CU_ASSERT_TRUE(descriptors_come_down_to(before));
	client_free(direct);
	listener_leave(&w);
}

static void
the_page_can_only_be_read_and_keeps_its_size(void)
{
	struct listener w;
	struct caller *c;
	struct wire_page *page;
	struct wire_own *own;
	const int give_back = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

	listener_enter(&w);
	c = caller_new(&w, NULL);
	CU_ASSERT_PTR_EQUAL(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, c->page, 0),
	    MAP_FAILED);
	CU_ASSERT_TRUE(pwrite(c->page, "x", 1, 0) < 0);
	CU_ASSERT_NOT_EQUAL(ftruncate(c->page, 0), 0);
	CU_ASSERT_NOT_EQUAL(fallocate(c->page, give_back, 0, 4096), 0);
	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, c->page, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(page, MAP_FAILED);
	CU_ASSERT_NOT_EQUAL(mprotect(page, 4096, PROT_READ | PROT_WRITE), 0);
	CU_ASSERT_NOT_EQUAL(page->boot, 0);
	CU_ASSERT_EQUAL(page->slot[9].present, 1);
	/* One that shrank would kill vault where it reads it. */
	CU_ASSERT_NOT_EQUAL(ftruncate(c->own, 0), 0);
	CU_ASSERT_NOT_EQUAL(ftruncate(c->own, 8192), 0);
	own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, c->own, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(own, MAP_FAILED);
	own->sessions[1] = 1;
	munmap(own, 4096);
	munmap(page, 4096);
	caller_free(c);
	listener_leave(&w);
}

/* Where memory is counted strictly, to look at what was given back may be SIGBUS. */
static void
what_an_application_may_give_back_vault_has_no_mapping_of(void)
{
	const int give_back = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	struct listener w;
	struct caller *c;
	char line[512];
	FILE *f;

	listener_enter(&w);
	c = caller_new(&w, NULL);
	OK(fallocate(c->own, give_back, 0, 4096));
	f = fopen("/proc/self/maps", "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof(line), f) != NULL)
		CU_ASSERT_PTR_NULL(strstr(line, "cardinal-pkcs11-own"));
	fclose(f);
	CU_ASSERT_FALSE(apps_have_session(w.h.server, 1));
	CU_ASSERT_EQUAL(pwrite(c->own, "\1", 1, 4), 1);
	CU_ASSERT_TRUE(apps_have_session(w.h.server, 1));
	CU_ASSERT_FALSE(apps_have_session(w.h.server, 2));
	caller_free(c);
	listener_leave(&w);
}

struct waiting {
	struct caller *c;
	CK_RV rv;
};

static void *
wait_on(void *arg)
{
	struct waiting *const wait = arg;

	wait->rv = caller_call(wait->c, NULL);
	return NULL;
}

static void
who_waits_is_woken_by_what_happens(void)
{
	struct waiting wait = { .rv = CKR_GENERAL_ERROR };
	struct wire_page *page;
	pthread_t thread;
	struct listener w;
	struct caller *c;

	listener_enter(&w);
	wait.c = caller_new(&w, NULL);
	c = caller_new(&w, NULL);
	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, c->page, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(page, MAP_FAILED);
	caller_ask(wait.c, WIRE_WAIT)->events = page->events;
	OK(pthread_create(&thread, NULL, wait_on, &wait));
	OK(caller_login(c));
	OK(pthread_join(thread, NULL));
	CU_ASSERT_EQUAL(wait.rv, CKR_OK);
	CU_ASSERT_EQUAL(wait.c->answer.slot, 1);
	/* What happened before is told at once, one after another. */
	p11_slot_changed(w.h.server, 7);
	p11_slot_closed(w.h.server, 8);
	caller_ask(c, WIRE_WAIT)->events = page->events - 2;
	OK(caller_call(c, NULL));
	CU_ASSERT_EQUAL(c->answer.slot, 7);
	caller_ask(c, WIRE_WAIT)->events = page->events - 1;
	OK(caller_call(c, NULL));
	CU_ASSERT_EQUAL(c->answer.slot, 8);
	munmap(page, 4096);
	caller_free(c);
	caller_free(wait.c);
	listener_leave(&w);
}

static void
a_client_that_dies_waiting_leaves_nothing_behind(void)
{
	struct listener w;
	size_t before;

	listener_enter(&w);
	before = descriptors();
	for (int i = 0; i < 20; i++) {
		struct caller *c = caller_new(&w, NULL);
		struct wr wr;

		wr_init(&wr, c->buf, sizeof(c->buf));
		caller_ask(c, WIRE_WAIT);
		OK(wire_put_request(&wr, &c->request));
		OK(wire_send(c->fd, c->buf, wr.n, NULL, 0));
		caller_free(c);
	}
	CU_ASSERT_TRUE(descriptors_come_down_to(before));
	listener_leave(&w);
}

static void
frames_that_are_none_end_their_connection_alone(void)
{
	static const struct {
		const char *why, *bytes;
	} table[] = {
		{ "longer than any frame", "00028001 0000" },
		{ "4 GiB less one", "ffffffff 0000" },
		{ "a byte behind the frame", "00000002 0000 02 01 00" },
	};
	struct listener w;
	struct caller *c;
	uint8_t bytes[16];

	listener_enter(&w);
	c = caller_new(&w, NULL);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const int fd = listener_connect(&w);
		const size_t n = hex(table[i].bytes, bytes, sizeof(bytes));

		CU_ASSERT_EQUAL(send(fd, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
		if (!caller_ended(fd))
			CU_FAIL(table[i].why);
		close(fd);
	}
	caller_ask(c, WIRE_TOKEN);
	OK(caller_call(c, NULL));
	caller_free(c);
	listener_leave(&w);
}

static void
stopping_ends_whatever_connections_there_are(void)
{
	struct waiting wait = { .rv = CKR_OK };
	struct listener w;
	struct caller *idle;
	pthread_t thread;
	int half, silent;

	listener_enter(&w);
	idle = caller_new(&w, NULL);
	wait.c = caller_new(&w, NULL);
	caller_ask(wait.c, WIRE_WAIT);
	OK(pthread_create(&thread, NULL, wait_on, &wait));
	half = listener_connect(&w);
	CU_ASSERT_EQUAL(send(half, "\0\0\1", 3, MSG_NOSIGNAL), 3);
	silent = listener_connect(&w);
	p11_stop(w.h.server);
	OK(pthread_join(thread, NULL));
	CU_ASSERT_EQUAL(wait.rv, CKR_DEVICE_REMOVED);
	CU_ASSERT_TRUE(caller_ended(half));
	CU_ASSERT_TRUE(caller_ended(silent));
	CU_ASSERT_TRUE(caller_ended(idle->fd));
	close(half);
	close(silent);
	caller_free(idle);
	caller_free(wait.c);
	listener_leave(&w);
}

/* More than a socket has room for, twice. */
static void
large_objects(struct client *direct)
{
	for (int i = 0; i < 8; i++) {
		static const uint8_t zeros[20000];

		client_ask(direct, WIRE_CREATE, 1);
		attrs_put_ulong(client_set(direct), CKA_CLASS, CKO_DATA);
		attrs_put_bool(client_set(direct), CKA_TOKEN, 1);
		attrs_put_bool(client_set(direct), CKA_PRIVATE, 0);
		attrs_put(client_set(direct), CKA_VALUE, zeros, sizeof(zeros));
		OK(client_call(direct));
	}
}

/* Whether the other end goes, without taking what it has sent. */
static int
hung_up(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	while (poll(&p, 1, FRAME_MS) < 0 && errno == EINTR)
		;
	return (p.revents & (POLLHUP | POLLRDHUP)) != 0;
}

/* Asks without ever reading: vault's answers fill the socket, and its own thread waits. */
static void
who_does_not_read_holds_up_nobody(void)
{
	struct listener w;
	struct caller *c, *deaf;
	struct client *direct;
	uint8_t frame[64];
	struct wr wr;

	listener_enter(&w);
	direct = client_new(&w.h, NULL);
	large_objects(direct);
	deaf = caller_new(&w, NULL);
	caller_ask(deaf, WIRE_FIND)->most = WIRE_FOUND_MAX;
	wr_init(&wr, frame, sizeof(frame));
	OK(wire_put_request(&wr, &deaf->request));
	/* The second answer finds no room; the second question is not sent before the first one. */
	for (int i = 0; i < 2; i++) {
		OK(wire_send(deaf->fd, frame, wr.n, NULL, 0));
		CU_ASSERT_EQUAL(recv(deaf->fd, frame + 32, 8, MSG_PEEK), 8);
	}
	c = caller_new(&w, NULL);
	OK(caller_login(c));
	caller_free(c);
	client_free(direct);
	/* And it is stopped, too. */
	p11_stop(w.h.server);
	caller_free(deaf);
	listener_leave(&w);
}

static void
who_stops_within_a_frame_is_hung_up_on_and_who_is_idle_is_not(void)
{
	enum { MS = 50 };
	struct caller *idle, *half, *deaf;
	struct client *direct;
	uint8_t frame[64];
	struct listener w;
	struct wr wr;

	listener_enter(&w);
	atomic_store(&w.h.server->frame_ms, MS);
	direct = client_new(&w.h, NULL);
	large_objects(direct);
	idle = caller_new(&w, NULL);
	half = caller_new(&w, NULL);
	deaf = caller_new(&w, NULL);
	CU_ASSERT_EQUAL(send(half->fd, "\0\1\0\0\0\0PIN", 9, MSG_NOSIGNAL), 9);
	caller_ask(deaf, WIRE_FIND)->most = WIRE_FOUND_MAX;
	wr_init(&wr, frame, sizeof(frame));
	OK(wire_put_request(&wr, &deaf->request));
	for (int i = 0; i < 2; i++) {
		OK(wire_send(deaf->fd, frame, wr.n, NULL, 0));
		CU_ASSERT_EQUAL(recv(deaf->fd, frame + 32, 8, MSG_PEEK), 8);
	}
	CU_ASSERT_TRUE(hung_up(half->fd));
	CU_ASSERT_TRUE(hung_up(deaf->fd));
	OK(caller_login(idle));
	client_free(direct);
	caller_free(idle);
	caller_free(half);
	caller_free(deaf);
	listener_leave(&w);
}

static const struct sentence sentences[] = {
	SENTENCE(connections_of_one_application_sign_side_by_side),
	SENTENCE(the_page_can_only_be_read_and_keeps_its_size),
	SENTENCE(what_an_application_may_give_back_vault_has_no_mapping_of),
	SENTENCE(who_waits_is_woken_by_what_happens),
	SENTENCE(a_client_that_dies_waiting_leaves_nothing_behind),
	SENTENCE(frames_that_are_none_end_their_connection_alone),
	SENTENCE(stopping_ends_whatever_connections_there_are),
	SENTENCE(who_does_not_read_holds_up_nobody),
	SENTENCE(who_stops_within_a_frame_is_hung_up_on_and_who_is_idle_is_not),
};

SUITE("server_listen", sentences)
