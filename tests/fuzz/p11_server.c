#include "hsm/pkcs11/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hsm/keys/secmem.h"
#include "hsm/vault/slots.h"
#include "tests/fuzz/guests.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * A hostile client before a real store: frames of a length of two bytes each, one after another,
 * behind HELLO. Slot 0 is logged in to; its objects 1 to 3 are a pair of P-256 and an AES key. The
 * number of an operation is the last one's where the frame says an even one. Slot 7 opens when its
 * user has been there; it is closed after each run.
 */
enum { RUNS = 2000, CARDS = 7 };

static struct store *store;
static struct p11_server *server;
static char dir[64];
static uint8_t request[WIRE_FRAME_MAX], answer[WIRE_FRAME_MAX];
static struct wire_request r;
static struct wire_answer got;
static struct mech mech;

static void
must(int ok)
{
	if (!ok)
		abort();
}

static size_t
send_on(struct p11_conn *c, size_t n)
{
	struct wr wr;
	int fds[2];

	wr_init(&wr, answer, sizeof(answer));
	p11_answer(c, request, n, &wr, fds);
	must(wr_end(&wr) == 0 && wr.n >= 8);
	/* Nothing of a request stays, whatever it was. */
	for (size_t i = 0; i < n; i++)
		must(request[i] == 0);
	return wr.n;
}

static CK_RV
call(struct p11_conn *c)
{
	struct wr wr;
	size_t n;

	wr_init(&wr, request, sizeof(request));
	must(wire_put_request(&wr, &r) == 0);
	n = send_on(c, wr.n);
	must(wire_get_answer(answer, n, r.id, &got) == 0);
	return got.rv;
}

static void
ask(uint8_t id)
{
	static uint8_t room[2][1024];

	memset(&r, 0, sizeof(r));
	memset(&mech, 0, sizeof(mech));
	r.id = id;
	r.who.rw = 1;
	r.version = WIRE_VERSION;
	r.user = CKU_USER;
	r.mech = &mech;
	attrs_init(&r.set, room[0], sizeof(room[0]));
	attrs_init(&r.set2, room[1], sizeof(room[1]));
}

static struct p11_conn *
client(void)
{
	struct p11_conn *c;

	must(p11_conn_new(server, 1000, 1, &c) == 0);
	ask(WIRE_HELLO);
	must(call(c) == CKR_OK);
	ask(WIRE_LOGIN);
	must(call(c) == CKR_OK);
	return c;
}

static void
fill(void)
{
	static const uint8_t p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	struct p11_conn *c = client();

	ask(WIRE_GENERATE_PAIR);
	mech.info = mech_info(CKM_EC_KEY_PAIR_GEN);
	attrs_put(&r.set, CKA_EC_PARAMS, p256, sizeof(p256));
	attrs_put_bool(&r.set, CKA_TOKEN, 1);
	attrs_put_bool(&r.set2, CKA_TOKEN, 1);
	attrs_put_bool(&r.set2, CKA_EXTRACTABLE, 1);
	must(call(c) == CKR_OK && got.object2.uid == 2);
	ask(WIRE_GENERATE);
	mech.info = mech_info(CKM_AES_KEY_GEN);
	attrs_put_bool(&r.set, CKA_TOKEN, 1);
	attrs_put_ulong(&r.set, CKA_VALUE_LEN, 16);
	must(call(c) == CKR_OK && got.object.uid == 3);
	p11_conn_free(c);
}

/* Objects pile up, and slots are locked by wrong codes: a new world from time to time. */
static void
leave(void)
{
	char command[128];

	guests_stop();
	p11_server_free(server);
	store_close(store);
	server = NULL;
	store = NULL;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	must(system(command) == 0);
}

/* As a ceremony does it. */
static void
install(const struct slot_plan plan[SLOTS])
{
	static const struct share_header head = { .mode = SHARE_TEST, .set = { 1 },
		.label = "cardinal-0001", .key_name = "MBK", .k = 2, .n = 2, .date = 1760000000 };
	struct mbk mbk = { .key = { 1 } };
	struct share shares[2];
	struct share_set set;
	struct user_seat seat;

	must(store_label(store, head.label) == 0);
	must(share_split(&mbk, &head, shares, &set) == 0);
	must(store_begin(store, "backup-create") == 0 && store_set(store, &set) == 0);
	guests_seat(&seat);
	must(store_enrol(store, CARDS, 1, &seat) == 0);
	must(store_commit(store, &mbk, plan) == 0 && store_finish(store, plan) == 0);
}

static void
enter(void)
{
	static const struct p11_policy policy = { 1, 1, 1 };
	static struct slot_plan plan[SLOTS];

	if (server != NULL)
		leave();
	else
		atexit(leave);
	must(secmem_init_size(SECMEM_VAULT) == 0);
	snprintf(dir, sizeof(dir), "%s/p11-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	must(mkdtemp(dir) != NULL && store_open(&store, dir) == 0);
	slots_delay(store, 1, 2);
	for (size_t i = 0; i < SLOTS; i++) {
		plan[i] = (struct slot_plan){ .mode = i < 5 ? SLOT_AUTO : SLOT_CODE, .trial = 1,
			.code_n = 8, .so_n = 8 };
		memcpy(plan[i].code, "98765432", 8);
		memcpy(plan[i].so, "87654321", 8);
	}
	plan[CARDS].mode = SLOT_CARDS;
	plan[CARDS].users = plan[CARDS].copies = 1;
	install(plan);
	guests_start(store);
	must(p11_server_new(&server, store, &policy) == 0);
	fill();
}

/* WAIT would. */
static int
blocks(const uint8_t *frame)
{
	return frame[0] == WIRE_WAIT;
}

static void
close_cards(void)
{
	struct slot_info info;

	must(slot_info(store, CARDS, &info) == 0);
	if (!info.open)
		return;
	store_lock(store);
	must(slot_leave(store, CARDS) == 0);
	store_unlock(store);
	p11_slot_closed(server, CARDS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static unsigned runs;
	uint8_t op[8] = { 0 };
	struct p11_conn *c;

	if (runs++ % RUNS == 0)
		enter();
	must(p11_conn_new(server, 1000, 1, &c) == 0);
	ask(WIRE_HELLO);
	must(call(c) == CKR_OK);
	ask(WIRE_LOGIN);
	if (call(c) != CKR_OK) {
		runs = 0;
		p11_conn_free(c);
		return 0;
	}
	while (n > 2) {
		const size_t frame = (size_t)p[0] << 8 | p[1];
		uint8_t id;

		if (frame == 0 || frame > n - 2)
			break;
		memcpy(request, p + 2, frame);
		id = request[0];
		p += 2 + frame;
		n -= 2 + frame;
		if (blocks(request))
			continue;
		if (id >= WIRE_OP_UPDATE && id <= WIRE_OP_CANCEL && frame > 8 &&
		    (request[8] & 1) == 0)
			memcpy(request + 1, op, sizeof(op));
		if (send_on(c, frame) == 16 && id == WIRE_OP_BEGIN)
			memcpy(op, answer + 8, sizeof(op));
	}
	p11_conn_free(c);
	close_cards();
	return 0;
}
