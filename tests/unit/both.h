#ifndef CARDINAL_TEST_BOTH_H
#define CARDINAL_TEST_BOTH_H

#include "hsm/pkcs11/slate.h"

/* Both ends of a connection. */
struct both {
	int fd[2];
	struct slate_end vault, client;
};

void both_enter(struct both *);
void both_leave(struct both *);
/* Whether nothing of a message is left there. */
int both_all_zero(const struct slate *);

#endif
