#ifndef CARDINAL_MODULE_SESSION_H
#define CARDINAL_MODULE_SESSION_H

#include <pthread.h>
#include <stdatomic.h>

#include "hsm/pkcs11/module_find.h"
#include "hsm/pkcs11/module_handle.h"
#include "hsm/pkcs11/module_op.h"

/*
 * Sessions are the module's alone: opened and closed without a call, but for the last one of a slot
 * that is logged in, and those that vault keeps something of.
 */
struct session {
	LIST_ENTRY(session) in_slot;
	CK_SESSION_HANDLE handle;
	atomic_uint refs;
	uint8_t slot, rw;
	struct object_list objects;	/* that end with it; the module's lock */
	pthread_mutex_t lock;		/* the rest: one call at a time works with them */
	struct find find;
	struct crypt_digest *digest;	/* of hash; NULL: none is active */
	CK_MECHANISM_TYPE hash;
	uint8_t digest_parts;
	struct op *op[OP_KINDS];	/* NULL until first used */
};
LIST_HEAD(session_list, session);

struct sessions {
	struct table by_handle;
	CK_SESSION_HANDLE last;
};

void sessions_free(struct module *);

/*
 * The session behind a handle, its lock taken: CKR_SESSION_HANDLE_INVALID, also when vault has
 * ended it.
 */
CK_RV session_take(struct module *, CK_SESSION_HANDLE, struct session **);
void session_give(struct module *, struct session *);

/* For requests and rules. */
struct rules_who;
struct rules_who session_who(struct module *, const struct session *);

#endif
