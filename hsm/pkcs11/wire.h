#ifndef CARDINAL_WIRE_H
#define CARDINAL_WIRE_H

#include "card-os/iso7816/buf.h"
#include "hsm/pkcs11/attrs.h"
#include "hsm/pkcs11/mech.h"

/*
 * What the module asks of vault, over pkcs11.sock, a Unix stream: one call a frame, answered by one
 * frame, in order. What is short goes by a page that both share, with the same payload: slate.h.
 *
 *   frame = length:4 processor:2 payload
 *   request = call:1 arguments		answer = rv:8 [result, when rv is 0]
 *
 * processor is where the sender ran, its number and one, or 0 when it could not tell: a hint.
 * Integers are big-endian; bytes are a length of four bytes and so many; every message is described
 * once, for both directions and both ends, and has exactly its length. The first call of a
 * connection is HELLO.
 *
 * An object has a uid: of token objects the number that it has in the store, of session objects one
 * from WIRE_SESSION on, never used twice. Handles are the module's.
 */
enum {
	WIRE_VERSION = 1,
	WIRE_COOKIE_LEN = 16,
	/* of data or a result in one call; longer goes in parts */
	WIRE_DATA_MAX = 64 * 1024,
	WIRE_FRAME_MAX = 160 * 1024,
	/* objects in one answer of FIND, fewer when they are large */
	WIRE_FOUND_MAX = 128,
	WIRE_CLOSE_MAX = 256,
	WIRE_PIN_MAX = 128,
	WIRE_LABEL_LEN = 32,
	WIRE_SLOTS = 10,
	/* bytes of a result: a padding and a tag more than the data */
	WIRE_RESULT_MAX = WIRE_DATA_MAX + 256,
	/* HELLO's policy: what the switches of the configuration allow */
	WIRE_IMPORT_PRIVATE = 1,
	WIRE_RSA_PKCS1_DECRYPT = 2,
	WIRE_RSA_RAW = 4,
	WIRE_POLICY_ALL = 7,
	/* TOKEN's mode of a slot that opens by itself */
	WIRE_AUTO = 1,
};
#define WIRE_SESSION (UINT64_C(1) << 62)

enum wire_id {
	/*
	 * version, cookie (zeros: a new application) -> cookie, boot, policy; with it, the
	 * descriptors of the two pages below, and of the connection's slate if it has one
	 */
	WIRE_HELLO = 1,
	WIRE_TOKEN,		/* slot -> what C_GetTokenInfo needs */
	/* the page's events as last seen -> slot; blocks until they change */
	WIRE_WAIT,
	WIRE_LOGIN,		/* slot, user type, PIN or none */
	WIRE_LOGOUT,		/* slot */
	/* slot, uid, PIN -> ticket for one operation with that key (CKU_CONTEXT_SPECIFIC) */
	WIRE_REAUTH,
	WIRE_INIT_TOKEN,	/* slot, SO PIN, label */
	WIRE_INIT_PIN,		/* slot, PIN or none */
	WIRE_SET_PIN,		/* slot, old or none, new or none */
	WIRE_CREATE,		/* who, template -> object */
	WIRE_COPY,		/* who, uid, template -> object */
	/* who, the module's own object, template -> object: a copy onto the token */
	WIRE_IMPORT,
	WIRE_DESTROY,		/* who, uid */
	WIRE_CLOSE,		/* slot, uids of session objects: their session was closed */
	WIRE_GET,		/* slot, uid -> object */
	WIRE_SET,		/* who, uid, template -> object */
	WIRE_FIND,		/* slot, search, uid to go on after, most -> objects, more */
	WIRE_GENERATE,		/* who, mechanism, template -> object */
	/*
	 * who, mechanism, two templates -> public, private object; uid 0: the public one is a
	 * session object, the module's own
	 */
	WIRE_GENERATE_PAIR,
	WIRE_SIGN,		/* slot, uid, ticket, mechanism, data -> signature */
	WIRE_VERIFY,		/* slot, uid, mechanism, data, signature; secret keys */
	WIRE_ENCRYPT,		/* slot, uid, mechanism, data -> data; secret keys */
	WIRE_DECRYPT,		/* slot, uid, ticket, mechanism, data -> data */
	WIRE_OP_BEGIN,		/* slot, uid, ticket, CKF_*, mechanism -> operation */
	WIRE_OP_UPDATE,		/* operation, data -> data */
	/*
	 * operation, MAC of a verification -> data, more; the operation is gone, also by an error,
	 * but for `more`: then the same call without a MAC has the next piece (GCM's plaintext is
	 * given out after its tag was checked)
	 */
	WIRE_OP_FINAL,
	WIRE_OP_CANCEL,		/* operation */
	WIRE_DERIVE,		/* who, uid, mechanism, template -> object */
	/*
	 * slot, uid of the wrapping key or 0 and its public attributes, uid2 of the wrapped one,
	 * mechanism -> bytes
	 */
	WIRE_WRAP,
	WIRE_UNWRAP,		/* who, uid, ticket, mechanism, bytes, template -> object */
	WIRE_CALLS,		/* one more than the last */
};

/* Where a new object belongs, and what its session is. */
struct wire_who {
	uint8_t slot;
	uint8_t rw;
};

struct wire_bytes {
	const uint8_t *p;
	size_t n;
};

/*
 * The page that vault writes and every application maps, read-only, atomically: so that session
 * and slot data, and what the module remembers of objects, need no call.
 */
struct wire_page {
	uint64_t boot;			/* random, another one in each daemon */
	uint64_t events;		/* changes of any slot that C_WaitForSlotEvent tells */
	struct {
		uint64_t closings;	/* grows when vault ends all sessions of the slot */
		/* grows with each change of a token object that others may see */
		uint64_t objects;
		uint64_t event;		/* grows when the slot is opened, closed, initialised */
		uint64_t present;	/* 1: there is a token */
	} slot[WIRE_SLOTS];
	/*
	 * connections that are answered, or watched for more, or whose last call was no short one
	 * and not long ago; in a cache line of its own
	 */
	_Alignas(64) uint32_t awake;
};

/*
 * The page that each application gets for itself, which it writes and vault reads: how many
 * sessions
 * it has open in each slot, for CKR_SESSION_EXISTS. Its second descriptor in HELLO's answer.
 */
struct wire_own {
	uint32_t sessions[WIRE_SLOTS];
};

struct wire_token {
	uint8_t mode;			/* enum slot_mode */
	uint64_t flags;			/* CKF_* of CK_TOKEN_INFO */
	char label[32], serial[16];
	uint8_t min_pin, max_pin;
};

/* Arguments of every call; those that a call has none of are zero. Bytes point into the frame. */
struct wire_request {
	uint8_t id;
	uint32_t version;
	uint8_t cookie[WIRE_COOKIE_LEN];
	struct wire_who who;		/* slot is used by calls that have a slot alone, too */
	uint64_t uid, uid2, ticket, op, flags, events;
	uint32_t most;
	uint8_t user;
	uint8_t has_pin, has_pin2;	/* a NULL PIN is none, which an empty one is not */
	struct wire_bytes pin, pin2, label;
	struct wire_bytes data, data2;
	/*
	 * read-only. set: the template, the search, of a pair the public template; set2: of a pair
	 * the private one, IMPORT's object, WRAP's public attributes
	 */
	struct attrs set, set2;
	struct mech *mech;		/* the caller's room; calls without leave it alone */
	size_t closed_n;
	uint64_t closed[WIRE_CLOSE_MAX];
};

struct wire_found {
	uint64_t uid;
	uint8_t local;			/* a session object, of this application */
	struct attrs view;
};

struct wire_answer {
	CK_RV rv;
	uint8_t cookie[WIRE_COOKIE_LEN];
	uint64_t boot;
	uint8_t policy;
	uint8_t slot;
	uint64_t ticket, op;
	struct wire_token token;
	struct wire_bytes data;
	struct wire_found object, object2;
	uint8_t more;			/* FIND, OP_FINAL: there is more */
	size_t found_n;
	struct wire_found found[WIRE_FOUND_MAX];
};

/* The call's name, for logs; "?" when there is none. */
const char *wire_name(uint8_t id);

/*
 * Codecs of a payload. Putting: 0 or ERR_SIZE; getting: 0 or ERR_FORMAT, with everything that
 * points pointing into the bytes given. Getting a request leaves `mech`, which is the caller's.
 */
int wire_put_request(struct wr *, const struct wire_request *);
int wire_get_request(const uint8_t *, size_t n, struct wire_request *);
int wire_put_answer(struct wr *, uint8_t id, const struct wire_answer *);
int wire_get_answer(const uint8_t *, size_t n, uint8_t id, struct wire_answer *);

/*
 * Frames on a socket, whole, through EINTR: 0, ERR_CLOSED (end of file or reset), ERR_SIZE, ERR_IO,
 * ERR_FORMAT (bytes behind the frame: nobody sends before the answer). The descriptors that come
 * with an answer, if any, into fds (-1 where there is none), at most three.
 */
int wire_send(int fd, const uint8_t *payload, size_t n, const int *fds, size_t fds_n);
int wire_receive(int fd, uint8_t *payload, size_t cap, size_t *n, int *fds, size_t fds_n);
/*
 * The same where nobody is trusted to go on: ERR_TIMEOUT when it is not whole within so many
 * milliseconds after its first byte has come, or was to go. There are no descriptors to receive;
 * the processor is the one that the sender told, or -1.
 */
int wire_send_within(int fd, const uint8_t *payload, size_t n, const int *fds, size_t fds_n,
    unsigned ms);
int wire_receive_within(int fd, uint8_t *payload, size_t cap, size_t *n, int *processor,
    unsigned ms);
/*
 * Looks for some microseconds whether something has come, or the end, giving way to others: to be
 * woken costs more than a signature with a small key where processors are idle. 1: something is
 * there. 0: nothing, or it is crowded.
 */
struct wire_patience {
	unsigned us;
	int processors;
};

int wire_watch(int fd, const struct wire_patience *, const uint32_t *awake);
/*
 * Until something has come, or the end. wire_receive would wait too, but a reader that waits in
 * recvmsg is woken a second time by the kernel when its peer takes what it has sent.
 */
void wire_sleep(int fd);
/* Whether those that are awake need the processors on which they would be watched for. */
int wire_crowded(const struct wire_patience *, const uint32_t *awake);
/* Microseconds of the monotonic clock. */
uint64_t wire_now_us(void);

#endif
