#ifndef CARDINAL_TESTS_P11_STEPS_H
#define CARDINAL_TESTS_P11_STEPS_H

#include "tests/tools/p11_load.h"
#include "tests/tools/p11_words.h"

/* One run of steps: the module, the words that are left, and what the last call gave. */
struct p11_run {
	struct p11 m;
	char **words;			/* NULL behind the last */
	CK_BYTE out[P11_ROOM];		/* of the last call that gives bytes */
	CK_ULONG out_n;
	CK_ULONG room;			/* for the next such call */
	int room_null;			/* it gets no pointer */
	CK_ULONG count;			/* of what the last call counted */
	const char *call;		/* its name; NULL: the step is no call */
	CK_RV rv;
};

struct p11_step {
	const char *name;
	void (*run)(struct p11_run *, size_t function);
	size_t function;		/* where in CK_FUNCTION_LIST */
};

extern const struct p11_step p11_token_steps[];		/* module, slots, sessions, PINs */
extern const struct p11_step p11_object_steps[];
extern const struct p11_step p11_crypto_steps[];

const char *p11_word(struct p11_run *);
/* The next word as a session or an object. */
CK_ULONG p11_handle(struct p11_run *);
/* Out of the list of functions, into a pointer to one. */
void p11_function(const struct p11_run *, size_t function, void *p);

#endif
