#ifndef CARDINAL_TESTS_FRONT_H
#define CARDINAL_TESTS_FRONT_H

#include "ifdhandler/slot.h"
#include "tests/unit/memreader.h"

/* What stands in front of the seam to readers, before a reader in memory. */
enum { FRONT_COMMAND_MAX = 512, FRONT_ANSWER_MAX = 256 };

struct front {
	struct memreader mem;
	struct slot slot;
	uint8_t got[FRONT_ANSWER_MAX];
	struct wr wr;
};

void front_set_up(struct front *);
/* Were these bytes, in hex, the answer? */
int front_answered(const struct front *, const char *text);
/* A command of CT-BCS, in hex, into f->wr. */
int front_ctbcs(struct front *, const char *text);

/* The command is answered so. */
#define CTBCS_ANSWERS(f, command, want) \
	do { \
		OK(front_ctbcs((f), (command))); \
		CU_ASSERT_TRUE(front_answered((f), (want))); \
	} while (0)

#endif
