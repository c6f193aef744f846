#ifndef CARDINAL_PKCS11_SERVER_PARTS_H
#define CARDINAL_PKCS11_SERVER_PARTS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>

#include "hsm/pkcs11/cache.h"
#include "hsm/pkcs11/server.h"

/*
 * What vault's files of PKCS#11 know of each other. Locks are taken in this order: the store's,
 * the server's, an application's, the cache's. None is held around a key's work.
 */

/*
 * What a client may take of vault, so that a hostile one leaves enough for the others: of what is
 * said of all applications, those of one user have three quarters.
 */
enum {
	CONNS_MAX = 4096,
	CONNS_USER_MAX = 3072,			/* of one user */
	APPS_MAX = 1024,
	APPS_USER_MAX = 768,
	HELD_MAX = 16384,			/* session objects of one application */
	HELD_BYTES_MAX = 16 * 1024 * 1024,	/* their attributes */
	HELD_BYTES_ALL = 256 * 1024 * 1024,	/* those of all applications */
	OPS_MAX = 1024,				/* operations in parts of one application */
	OPS_ALL = 4096,				/* of all: each may hold a key in secret memory */
	/* plaintext of GCM whose tag has not been seen, of all applications */
	OPS_BYTES_ALL = 128 * 1024 * 1024,
	TICKETS_MAX = 64,			/* of one application; the oldest gives way */
	/*
	 * Calls of one user that make keys, or make them ready, at a time: each takes up to 9 KiB
	 * of secret memory meanwhile, and a generation takes seconds.
	 */
	TURNS_USER = 64,
	/* Milliseconds in which a frame that has begun is whole, or an answer is taken. */
	FRAME_MS = 10 * 1000,
	/* Records an hour that a slot gets in the transcript by what anybody can do without end. */
	NOTES_HOUR = 32,
	ASKERS_MAX = 32,	/* users whose asking for one opening is told */
};

/* Applications. ------------------------------------------------------------ */

/* A session object: attributes as they are encoded. */
struct held {
	uint64_t uid, closings;
	unsigned slot;
	int private;			/* CKA_PRIVATE: gone with the login */
	size_t n;
	uint8_t bytes[];
};

/* What searches look at first, since there may be thousands: sums of CKA_LABEL and of CKA_ID. */
enum { HELD_SUMS = 2 };
struct held_row {
	struct held *object;
	uint32_t sum[HELD_SUMS];
};

struct ticket {
	uint64_t number, uid, closings;
	unsigned slot;
};

struct so_pin {
	size_t n;
	uint64_t epoch;			/* of the server's, when it was right */
	uint8_t bytes[SLOT_CODE_MAX];
};

struct op;

/* What all applications of one user have. */
struct user {
	struct user *next;		/* under the server's lock, as all of the list */
	uid_t uid;
	atomic_uint apps;		/* 0: it is another's to take */
	_Atomic size_t held_bytes, ops, ops_bytes;
	sem_t turns;
};

struct app {
	struct app *next;
	struct p11_server *server;
	struct user *user;
	uint64_t id;			/* never used twice */
	uint8_t cookie[WIRE_COOKIE_LEN];
	uid_t uid;
	pid_t pid;
	unsigned conns;			/* under the server's lock */
	int own_fd;
	/*
	 * closings of the slot at the login * 4 + enum slot_who: a login from before the slot's
	 * last closing is none
	 */
	_Atomic uint64_t login[SLOTS];
	pthread_mutex_t lock;		/* for all below */
	struct held_row *held;		/* by uid, ascending */
	size_t held_n, held_cap, held_bytes;
	struct op *ops;
	size_t ops_n;
	struct ticket tickets[TICKETS_MAX];
	size_t ticket_next;
	struct so_pin *so[SLOTS];	/* secret memory, while the SO is logged in */
};

enum { ROOMS = 3, RESULT_ROOM = WIRE_RESULT_MAX };

struct p11_conn {
	struct p11_conn *next, *prev;	/* under the server's lock */
	struct p11_server *server;
	struct app *app;		/* NULL before HELLO */
	uid_t uid;
	pid_t pid;
	int fd;				/* -1: no socket */
	unsigned turns;			/* taken by the call at work */
	uint8_t *frame;			/* its request as it came, which may hold a code */
	size_t frame_n;
	struct wire_request request;
	struct wire_answer answer;
	struct mech mech;
	/* Objects in clear, over the rooms; wiped after each call. */
	struct attrs set[ROOMS];
	size_t out_n;			/* bytes of out to wipe */
	size_t views_n;
	uint8_t out[RESULT_ROOM];
	uint8_t room[ROOMS][ATTRS_MAX];
	uint8_t views[WIRE_FRAME_MAX];
};

struct waiter;
enum { EVENTS_KEPT = 64 };

struct p11_server {
	struct store *store;
	struct p11_policy policy;
	struct crypt *crypt;
	struct cache *cache;
	struct wire_page *page;
	int page_fd;
	atomic_uint frame_ms;
	_Atomic uint64_t next_uid, next_id;
	_Atomic size_t held_bytes, ops, ops_bytes;
	_Atomic uint64_t so_epoch[SLOTS];	/* counts changes of the SO PIN */
	_Atomic int damaged[SLOTS];		/* found to be, and told to everybody */
	pthread_mutex_t lock;			/* for all below */
	struct app *apps;
	struct user *users;
	size_t apps_n;
	struct p11_conn *conns;
	size_t conns_n;
	struct waiter *waiters;
	uint8_t happened[EVENTS_KEPT];		/* the slot of event n in n % EVENTS_KEPT */
	int stopping;
	struct {
		uint64_t since;			/* seconds; the hour's begin */
		unsigned n;
	} notes[SLOTS];
	struct {
		uint64_t opening;		/* the last that was asked for */
		uid_t uid[ASKERS_MAX];		/* by whom: it is in the transcript */
		unsigned n;
	} asked[SLOTS];
	struct listener *listener;
};

/* HELLO: the known application, or a new one. CKR_DEVICE_MEMORY: too many. */
CK_RV app_enter(struct p11_conn *);
/* The connection leaves; with the last one the application goes. */
void app_leave(struct p11_conn *);
/* enum slot_who, 0: nobody. */
unsigned app_login(const struct app *, unsigned slot);
/* Whether an application that is still there has a session in the slot, as their pages tell. */
int apps_have_session(struct p11_server *, unsigned slot);
/* What goes with a slot's closing, or with a logout: private_only, then. */
void app_forget(struct app *, unsigned slot, int private_only);

/* Users. ------------------------------------------------------------------- */

/* With the server's lock held: NULL, no memory. */
struct user *user_enter(struct p11_server *, uid_t);
void user_leave(struct user *);
void users_free(struct p11_server *);
/*
 * One of the user's turns, waited for, for the call at work, which may ask for it again.
 * CKR_DEVICE_REMOVED, with none: the daemon stops, and does not wait until all who wait are done.
 */
CK_RV turn_take(struct p11_conn *);
void turn_give(struct p11_conn *);
/* n more of what all and a user have, of which there is `most`: 0 when that is too much. */
int share_take(_Atomic size_t *all, _Atomic size_t *users, size_t n, size_t most);
void share_give(_Atomic size_t *all, _Atomic size_t *users, size_t n);

/* Pages and events. -------------------------------------------------------- */

int page_new(struct p11_server *);
void page_free(struct p11_server *);
int own_new(struct app *);
/* How many the application says that it has open there. */
uint32_t own_sessions(const struct app *, unsigned slot);
void own_free(struct app *);
uint64_t page_closings(const struct p11_server *, unsigned slot);
int page_present(const struct p11_server *, unsigned slot);
void page_objects(struct p11_server *, unsigned slot);	/* a token object has changed */
/* The slot was opened, closed, initialised: waiters are woken. closed: its sessions have ended. */
void page_event(struct p11_server *, unsigned slot, int closed);
void page_stop(struct p11_server *);			/* wakes all that wait, for good */

/* Session objects. --------------------------------------------------------- */

/* CKR_DEVICE_MEMORY: too many. */
CK_RV held_add(struct app *, unsigned slot, const struct attrs *, uint64_t *uid);
CK_RV held_read(struct app *, unsigned slot, uint64_t uid, struct attrs *into);
/* In the place of what it was; *stale: it is something else meanwhile, and nothing was done. */
CK_RV held_replace(struct app *, unsigned slot, uint64_t uid, const struct attrs *was,
    const struct attrs *, int *stale);
CK_RV held_remove(struct app *, unsigned slot, uint64_t uid);
/*
 * The first one in the slot behind `after` that may be one of those searched for, which the caller
 * looks at: CKR_OBJECT_HANDLE_INVALID when there is none.
 */
CK_RV held_next(struct app *, unsigned slot, const struct attrs *search, uint64_t after,
    uint64_t *uid, struct attrs *into);
void held_forget(struct app *, unsigned slot, int private_only);	/* with the lock held */

/* Objects of both kinds. --------------------------------------------------- */

/* An error of the other rooms as the standard has it. */
CK_RV server_rv(int err);
/* Empties one of the connection's rooms. */
struct attrs *conn_set(struct p11_conn *, size_t i);
/* The socket that a call which waits looks at. */
void conn_socket(struct p11_conn *, int fd);
/*
 * While a call waits for somebody else it is none of those that are at work: its client is asleep.
 */
void conn_rest(struct p11_conn *);
void conn_wake(struct p11_conn *);
/*
 * Waits for a slot's users, the code forgotten, or until the client has gone: what people_wait has.
 */
int conn_await(struct p11_conn *, struct ask *);
/* After a large message: memory that was wiped goes back to the system. */
void conn_give_back(struct p11_conn *);
/* Zeroed pages again, where the bytes are whole pages. */
void memory_give_back(void *, size_t n);
struct rules_who;
void conn_who(const struct p11_conn *, struct rules_who *);

/*
 * All attributes of an object that the application may see. CKR_OBJECT_HANDLE_INVALID,
 * CKR_USER_NOT_LOGGED_IN for a private one.
 */
CK_RV object_load(struct p11_conn *, uint64_t uid, struct attrs *into);
/* The same of a token object, and what replaces it: with the store locked. */
CK_RV object_read_token(struct p11_conn *, uint64_t uid, struct attrs *into);
CK_RV object_store(struct p11_conn *, uint64_t uid, const struct attrs *);
/* What of a new or changed object the answer tells, in the connection's views. */
CK_RV object_show(struct p11_conn *, uint64_t uid, const struct attrs *, struct wire_found *);
/*
 * Puts new objects where they belong, all or none, and shows them. A public key that is a session
 * object is the module's: it is shown only, with uid 0.
 */
CK_RV objects_keep(struct p11_conn *, struct attrs *const object[], struct wire_found *const [],
    size_t n);
/*
 * The same of one, shown as the answer's object. CKR_TEMPLATE_INCONSISTENT for a private key that
 * was made elsewhere, when the policy wants none.
 */
CK_RV object_keep(struct p11_conn *, struct attrs *object);
/* Terms by which an object is found, or a search asks: into term, how many. */
size_t object_terms(const struct attrs *, struct object_term term[OBJECT_TERMS_MAX]);

/* Keys. -------------------------------------------------------------------- */

/*
 * The key made ready, from the cache or into it, checked for this use: what it may do, its type,
 * its mechanisms, the policy, the login, the ticket. The caller gives it back with cached_free.
 */
CK_RV key_use(struct p11_conn *, uint64_t uid, const struct mech *, CK_FLAGS op, uint64_t ticket,
    struct cached **);
/* The key for something that no attribute of it decides on: the login only is looked at. */
CK_RV key_get(struct p11_conn *, uint64_t uid, struct cached **);
/* What key_use checks of the key itself. */
CK_RV key_may(const struct p11_conn *, const struct cached *, const struct mech *, CK_FLAGS op);
/* A login for one use of one key: taken once, right or wrong. */
CK_RV ticket_make(struct p11_conn *, uint64_t uid, uint64_t *number);
int ticket_take(struct app *, unsigned slot, uint64_t uid, uint64_t number);

void ops_forget(struct app *, unsigned slot, int private_only);	/* with the lock held */

/*
 * The user's or the SO's code, checked by the slot, as LOGIN has it: told to the transcript. asks:
 * a slot that is closed may be opened by its users, who are asked and waited for; the code has been
 * forgotten then.
 */
CK_RV login_enter(struct p11_conn *, enum slot_who, int asks);
/* For the transcript: a code that was wrong, and whether it was the last try. */
void slot_note_wrong(struct p11_conn *, unsigned slot, enum slot_who);
/* An administrative act of PKCS#11 for the transcript: never a code. */
void slot_note(struct p11_conn *, unsigned slot, const char *step);
/* The same of what anybody can do without end: NOTES_HOUR of them, and that there was more. */
void slot_note_few(struct p11_conn *, unsigned slot, const char *step);

/* The calls: arguments in request, results in answer. ---------------------- */

CK_RV call_hello(struct p11_conn *);
CK_RV call_wait(struct p11_conn *);
CK_RV call_token(struct p11_conn *);
CK_RV call_login(struct p11_conn *);
CK_RV call_logout(struct p11_conn *);
CK_RV call_reauth(struct p11_conn *);
CK_RV call_init_token(struct p11_conn *);
CK_RV call_init_pin(struct p11_conn *);
CK_RV call_set_pin(struct p11_conn *);
CK_RV call_create(struct p11_conn *);
CK_RV call_copy(struct p11_conn *);
CK_RV call_import(struct p11_conn *);
CK_RV call_destroy(struct p11_conn *);
CK_RV call_close(struct p11_conn *);
CK_RV call_get(struct p11_conn *);
CK_RV call_set(struct p11_conn *);
CK_RV call_find(struct p11_conn *);
CK_RV call_generate(struct p11_conn *);
CK_RV call_generate_pair(struct p11_conn *);
CK_RV call_sign(struct p11_conn *);
CK_RV call_verify(struct p11_conn *);
CK_RV call_encrypt(struct p11_conn *);
CK_RV call_decrypt(struct p11_conn *);
CK_RV call_op_begin(struct p11_conn *);
CK_RV call_op_update(struct p11_conn *);
CK_RV call_op_final(struct p11_conn *);
CK_RV call_op_cancel(struct p11_conn *);
CK_RV call_derive(struct p11_conn *);
CK_RV call_wrap(struct p11_conn *);
CK_RV call_unwrap(struct p11_conn *);

#endif
