#ifndef CARDINAL_TESTS_P11_LIFE_H
#define CARDINAL_TESTS_P11_LIFE_H

#include "tests/tools/p11_load.h"
#include "tests/tools/p11_words.h"

/*
 * A client that outlives its daemon: a session of one thread in one slot, logged in. The module is
 * that of P11_MODULE, one for a process. pin: text, or - for none (a slot that opens by itself).
 */
enum { P11_LABEL = 64, P11_AGAIN_MS = 30000 };

struct p11_life {
	struct p11 *m;
	CK_SLOT_ID slot;
	const char *pin;
	CK_SESSION_HANDLE session;
	unsigned long again;		/* how often it had to begin anew */
};

/* Loads and initialises, in this process, and opens. */
void p11_life_begin(struct p11_life *, CK_SLOT_ID, const char *pin);
/* A further thread's, in a process where another has begun. */
void p11_life_join(struct p11_life *, const struct p11_life *);
/*
 * After a call that failed with rv because the daemon is gone: a session and a login again, when
 * there is one. Ends the process for an answer that has no such reason, and after P11_AGAIN_MS.
 */
void p11_life_again(struct p11_life *, CK_RV rv);

/* A token key pair on P-256 with that label and the same CKA_ID. */
CK_RV p11_life_make(struct p11_life *, const char *label);
/* The one object of that label; CKR_OBJECT_HANDLE_INVALID: none; CKR_GENERAL_ERROR: several. */
CK_RV p11_life_find(struct p11_life *, CK_OBJECT_CLASS, const char *label, CK_OBJECT_HANDLE *);
/* Signs with the private half and verifies with the public one. */
CK_RV p11_life_prove(struct p11_life *, const char *label);
/* 0: every label of that file is there, and each object on the token is a half of a whole pair. */
int p11_life_check(struct p11_life *, const char *path);

#endif
