#ifndef CARDINAL_CONTROL_H
#define CARDINAL_CONTROL_H

#include "simulator/hands.h"
#include "simulator/words.h"

/*
 * The line protocol of padN.ctl: a command a line (words.h), answered by lines
 * of data, each behind "= ", and one that says how it went: "ok", "failed WHY",
 * "misused WHY" or "timeout WHY". A wait is answered when its text comes.
 */
enum {
	CONTROL_REPLY_MAX = 1024,
	CONTROL_WHY_MAX = 64,
	CONTROL_WAIT_S = 10,		/* where a wait does not say */
	CONTROL_WAIT_MAX_S = 86400,
};

struct control {
	struct hands *hands;
	uint64_t seen;			/* texts that waits have passed */
};

/* A connection's part: its answer, and what it waits for. */
struct control_reply {
	size_t n;
	char text[CONTROL_REPLY_MAX];
	int waits;
	uint64_t until;
	char want[WORDS_LINE_MAX];
};

void control_init(struct control *, struct hands *);
/*
 * Runs one line, without its newline; the line is wiped, since it may hold a
 * PIN. The answer stands in the reply, or waits is set.
 */
void control_line(struct control *, char *line, uint64_t now_ms, struct control_reply *);
/* For one that waits: when something was shown or time has passed; waits is 0 when it is over. */
void control_look(struct control *, uint64_t now_ms, struct control_reply *);

/*
 * Which command the words are, one at least, and what is wrong with them if anything is: 0 or
 * ERR_ARG. A client asks this, too, so that misuse is told alike with and without a pad.
 */
int control_find(char *const *v, size_t n, size_t *at, char why[CONTROL_WHY_MAX]);
/* Usage of command i for help, NULL behind the last. */
const char *control_usage(size_t i);

#endif
