#ifndef CARDINAL_MODULE_HANDLE_H
#define CARDINAL_MODULE_HANDLE_H

#include <sys/queue.h>

#include "hsm/pkcs11/module_link.h"
#include "hsm/pkcs11/module_table.h"
#include "hsm/pkcs11/module_view.h"

struct session;

/*
 * Object handles: counted up, never used twice. Objects that are no private or secret keys and live
 * with a session are the module's own; all others are vault's and have a uid there. A handle of a
 * private object is dead for ever when the user has logged out.
 */
struct object {
	LIST_ENTRY(object) in_slot, in_session;
	TAILQ_ENTRY(object) seen;	/* token objects with a view */
	CK_OBJECT_HANDLE handle;
	uint64_t uid;			/* 0: the module's own */
	struct session *session;	/* that it ends with; NULL for a token object */
	uint8_t slot, private;
	/* NULL: a token object's, let go to make room; vault has it */
	struct view *view;
};
LIST_HEAD(object_list, object);

/* Bytes of token objects' attributes that are kept; who looks at more of them asks vault again. */
enum { VIEWS_MAX = 32 * 1024 * 1024 };

struct handles {
	struct table by_handle, by_uid;
	CK_OBJECT_HANDLE last;
	TAILQ_HEAD(, object) seen;	/* the longest ago first */
	size_t seen_bytes;
};

/* An object as a call works with it, whatever becomes of the handle meanwhile. */
struct held {
	CK_OBJECT_HANDLE handle;
	uint64_t uid, epoch, logins;	/* epoch 0: does not end with the daemon's application */
	uint8_t slot, private;
	struct view *view;
};

void handles_init(struct module *);
void handles_free(struct module *);

/*
 * The object behind a handle, its view as new as vault's. CKR_OBJECT_HANDLE_INVALID, also for one
 * of another slot; those of link_call.
 */
CK_RV handle_hold(struct module *, unsigned slot, CK_OBJECT_HANDLE, struct held *);
/* The same for keys: CKR_KEY_HANDLE_INVALID. */
CK_RV handle_hold_key(struct module *, unsigned slot, CK_OBJECT_HANDLE, struct held *);
/* The number that vault knows it by; 0: it has none. */
uint64_t handle_uid(struct module *, unsigned slot, CK_OBJECT_HANDLE);
/* All zeros is allowed. */
void held_release(struct held *);

/*
 * The handle of an object in vault's answer over that link: the one that it has, with the answer's
 * view, or a new one. s: whose it is if it is a session object. CKR_USER_NOT_LOGGED_IN: a private
 * one, and meanwhile the user has logged out; CKR_DEVICE_ERROR: the daemon went away.
 */
CK_RV handle_of(struct module *, struct link *, struct session *s, const struct wire_found *,
    CK_OBJECT_HANDLE *);
/* The handle of a new object of the module's own, which takes the view over, failing too. */
CK_RV handle_own(struct module *, struct session *, struct view *, CK_OBJECT_HANDLE *);
/*
 * Another view of the module's own, made from the held one; taken over. *stale is 1 when somebody
 * else was faster: his view is held then, to be made anew from.
 */
CK_RV handle_change(struct module *, struct held *, struct view *, int *stale);
/* Those of the module's own in a slot that a search fits, as an array of the caller's. */
CK_RV handle_match(struct module *, unsigned slot, const struct attrs *search,
    CK_OBJECT_HANDLE **, size_t *n);

void handle_drop(struct module *, CK_OBJECT_HANDLE);
/* With the module's lock: the private ones of a slot, after a logout. */
void handles_log_out(struct module *, unsigned slot);
/* With the module's lock: those that lived in a daemon that is no more. */
void handles_epoch(struct module *);
/* What ends with a session, in vault as well. */
void handles_end(struct module *, struct session *);

#endif
