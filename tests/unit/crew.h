#ifndef CARDINAL_TEST_CREW_H
#define CARDINAL_TEST_CREW_H

#include <pthread.h>
#include <stdatomic.h>

#include "hsm/keys/challenge.h"
#include "hsm/vault/people.h"
#include "tests/unit/token.h"

/*
 * People with cards, and somebody who asks them as ward does. Guest 0 is the user of slot 7; 1 and
 * 2 are those of slot 8; 3 is that of slot 0, where it is of mode cards with a stored code; 4 and
 * on are nobody's. The other slots are as in token.h. Keys are made once.
 */
enum { GUESTS = 7 };

struct user_seat crew_seat(unsigned guest);
/* The answer of a guest's card. */
void crew_sign(unsigned guest, const uint8_t text[CHALLENGE_LEN], uint8_t signature[USER_MODULUS]);
void crew_agree(unsigned guest, const uint8_t point[USER_POINT], uint8_t z[32]);

/* A place that is operational with them; boot: slot 0 too, which is closed then, as all are. */
void crew_enter(struct place *, int boot);
/* Until the finish: the state is installing, the key committed. */
void crew_begin(struct place *, int boot, struct slot_plan plan[SLOTS]);

/* A call that waits for people, on a thread of its own. */
struct caller {
	struct place *p;
	unsigned slot;
	enum slot_who who;
	const char *code, *next;
	const struct slot_plan *plan;
	int r;
	atomic_int done;
	pthread_t thread;
};
void crew_login(struct caller *, struct place *, unsigned slot, const char *code);
void crew_login_so(struct caller *, struct place *, unsigned slot, const char *pin);
/* slot_set_user with that SO PIN; slot_set_mode with that code. */
void crew_give(struct caller *, struct place *, unsigned slot, const char *so, const char *code);
void crew_mode(struct caller *, struct place *, unsigned slot, const char *code,
    const struct slot_plan *);
/* What it returned. */
int crew_result(struct caller *);
/* Whether it waits for people, 1, or has returned without, 0; asserts that it does one of them. */
int crew_comes(struct caller *);
/* Until so many wait for the opening that is first in the queue; asserts that they come. */
void crew_waits(struct place *, unsigned waiters);
/* Until so many openings are in the queue, or asked for. */
void crew_queue(struct place *, unsigned openings);

/* No code is compared until they go on; a try has been charged there. */
void crew_hold(struct place *);
void crew_charged(struct place *, unsigned slot, enum slot_who);
void crew_go_on(struct place *);
/* Until the first in the queue is being ended. */
void crew_ends(struct place *);

/* A user's proof by that guest's card: what people_challenge or people_proof says. */
int crew_prove(struct place *, uint64_t number, unsigned user, unsigned guest);
/* Asks all users of the next opening, whose guests begin with that one, and ends it: people_end's. */
int crew_serve(struct place *, unsigned guest);
/* The whole of a login: its result. */
int crew_open(struct place *, unsigned slot, const char *code, unsigned guest);
/* The next opening ends with that, somebody having been asked: whether it failed for good. */
int crew_refuse(struct place *, int err);

#endif
