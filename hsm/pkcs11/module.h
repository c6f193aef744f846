#ifndef CARDINAL_MODULE_H
#define CARDINAL_MODULE_H

#include <pthread.h>

#include "hsm/pkcs11/crypt.h"
#include "hsm/pkcs11/module_handle.h"
#include "hsm/pkcs11/module_link.h"
#include "hsm/pkcs11/module_log.h"
#include "hsm/pkcs11/module_session.h"
#include "hsm/pkcs11/module_slot.h"

/*
 * libcardinal-pkcs11.so: what an application loads. Each file has the C_ functions of one noun and
 * what others need of it. The interface has no handle, so the one struct module is global, in
 * module_init.c; the functions find it by module_enter.
 *
 * Locks, in the order in which they may be taken: session.lock, slot[].login, links.connecting,
 * lock, links.lock. No call to vault is made under the last two.
 */
struct module {
	struct crypt *crypt;		/* of our own, apart from the application's */
	struct links links;
	pthread_mutex_t lock;		/* all tables and lists below, and who is logged in */
	struct handles handles;
	struct sessions sessions;
	struct slot slot[WIRE_SLOTS];
	struct module *parent;		/* in a child: what it inherited, which nobody uses */
};

/*
 * Around every function but C_Initialize and C_Finalize, which waits for those that are inside:
 * CKR_CRYPTOKI_NOT_INITIALIZED. A thread that is cancelled stays until it leaves, and libcrypto's
 * errors stay in here.
 */
CK_RV module_enter(struct module **, int *cancel);
void module_leave(int cancel);

/* The body of a C_ function, where `run` finds m. */
#define CALL(run) \
	do { \
		struct module *m = NULL; \
		int cancel; \
		CK_RV rv = module_enter(&m, &cancel); \
		if (rv == CKR_OK) { \
			rv = (run); \
			module_leave(cancel); \
		} \
		module_log_call(__func__, rv); \
		return rv; \
	} while (0)

/* The same, where it finds the session s as well. */
#define SESSION_CALL(handle, run) \
	do { \
		struct module *m = NULL; \
		struct session *s; \
		int cancel; \
		CK_RV rv = module_enter(&m, &cancel); \
		if (rv == CKR_OK) { \
			if ((rv = session_take(m, handle, &s)) == CKR_OK) { \
				rv = (run); \
				session_give(m, s); \
			} \
			module_leave(cancel); \
		} \
		module_log_call(__func__, rv); \
		return rv; \
	} while (0)

/* Blanks behind, no NUL (PKCS #11 Base 2.40, 3.1). */
void module_text(CK_UTF8CHAR *, size_t n, const char *);
CK_VERSION module_version(void);

#endif
