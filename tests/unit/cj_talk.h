#ifndef CARDINAL_TESTS_CJ_TALK_H
#define CARDINAL_TESTS_CJ_TALK_H

#include "ifdhandler/cj_link.h"
#include "tests/unit/cj_peer.h"

/* A link and the peer at its other end, who plays a script; one for each suite. */
struct cj_talked {
	struct cj_peer peer;
	struct cj_link link;
	uint8_t rsp[1024];
	size_t rsp_n;
};

enum { CJ_TALK_MS = 2000 };

extern struct cj_talked cj_talked;

/* A command in hex, and whether its answer was that. */
int cj_talk(uint8_t to, const char *text);
int cj_talk_ms(uint8_t to, const char *text, int ms);
int cj_talk_got(const char *text);
/* Writes n bytes in hex that count up, and returns their end. */
char *cj_count_up(char *to, size_t from, size_t n);

#define SCRIPT(turns) \
	cj_peer_init(&cj_talked.peer, &cj_talked.link, (turns), sizeof(turns) / sizeof((turns)[0]))

#define PLAYED() \
	do { \
		CU_ASSERT_EQUAL(cj_talked.peer.wrong, 0); \
		CU_ASSERT_EQUAL(cj_talked.peer.at, cj_talked.peer.turns_n); \
	} while (0)

#endif
