#ifndef CARDINAL_TESTS_P11_LOAD_H
#define CARDINAL_TESTS_P11_LOAD_H

#include "hsm/pkcs11/cryptoki.h"

/*
 * A PKCS#11 module as an application has it: by its name alone. `three` is NULL where it has no
 * interface of 3.0. Ends the process, with a reason, when there is none.
 */
struct p11 {
	void *library;
	CK_FUNCTION_LIST *f;
	CK_FUNCTION_LIST_3_0 *three;
	CK_RV (*get_interface_list)(CK_INTERFACE *, CK_ULONG *);
	CK_RV (*get_interface)(CK_UTF8CHAR *, CK_VERSION *, CK_INTERFACE **, CK_FLAGS);
};

/* path NULL: the environment's P11_MODULE. */
void p11_load(struct p11 *, const char *path);
/* Initialised for threads, and a session in that slot, with a login unless pin is NULL. */
CK_SESSION_HANDLE p11_enter(struct p11 *, CK_SLOT_ID, const char *pin);
/* Ends the process with that call's name and its answer unless rv is CKR_OK. */
void p11_must(const char *what, CK_RV rv);

#endif
