#ifndef CARDINAL_PEOPLE_H
#define CARDINAL_PEOPLE_H

#include "hsm/keys/challenge.h"
#include "hsm/vault/slots.h"

/*
 * Openings of slots that need their users present. Who enters a closed slot of mode `cards` with
 * its right code (slot_enter, slot_set_user, slot_set_mode) waits here for the users; ward takes
 * one opening after the other, asks at the pads and brings what the cards answered. Any thread,
 * without the store's lock. Openings queue in the order of their coming; all who log in to the same
 * slot share one; one goes on when nobody waits for it any more. An opening whose slot was closed
 * (slot_leave), wiped or changed meanwhile is void: ERR_NOT_NOW for all, and nothing opens.
 */
struct opening {
	uint64_t number;		/* from 1, never used twice by a daemon */
	uint8_t slot, users;
	uint8_t purpose;		/* enum challenge_purpose */
	uint32_t seconds;		/* 0, or for the whole of it: at boot */
};

/*
 * Ward's side. The next one that is to be asked for; waits until there is one. After one that ended
 * before anybody was asked, the next of that slot waits in the queue, unless an operator asks: 10
 * times the delay of the first wrong code (slots.h), doubled each time in a row, up to 20 times the
 * longest. ERR_CLOSED: the end,
 * by people_stop. One at a time: the one before has to be ended first (ERR_NOT_NOW).
 */
int people_next(struct store *, struct opening *);
/* As gate.h says. ERR_NOT_NOW, ERR_ARG, ERR_MAC, ERR_CRYPTO. */
int people_seat(struct store *, uint64_t number, unsigned user, struct user_seat *);
enum { PEOPLE_CHALLENGE_S = 60 };
int people_challenge(struct store *, uint64_t number, unsigned user, uint8_t text[CHALLENGE_LEN],
    uint8_t point[USER_POINT]);
int people_proof(struct store *, uint64_t number, unsigned user,
    const uint8_t signature[USER_MODULUS], const uint8_t z[32]);
/*
 * The end, err 0 when all have proven themselves: then the slot is opened, sealed anew, and those
 * who wait go on. Otherwise nothing opens, and they get: ERR_CANCELLED (Cancel), ERR_CLOSED (the
 * pad has gone: ERR_READER_GONE, ERR_NO_SERVICE), ERR_TIMEOUT (anything else). begun: somebody was
 * asked. Only then the opening has failed for good: the slot is held, what programs still wait for
 * there ends too (ERR_NOT_NOW), and all slots but those of mode auto are closed, which is told by
 * *failed, for the daemon's side of it; PEOPLE_UNWRITTEN when the hold, which else is durable
 * before anybody hears of the end, is in memory alone. So it has when all have proven themselves
 * and their cards, or the disk, do not open the slot: then this returns why.
 * ERR_NOT_NOW: no such opening, or a void one; it is over.
 */
enum { PEOPLE_UNWRITTEN = 2 };
int people_end(struct store *, uint64_t number, int err, int begun, int *failed);
/* Whose keys these are. ERR_NOT_FOUND. */
int people_whose(struct store *, const struct user_keys *, unsigned *slot, unsigned *user);

/*
 * Administration. Asks for an opening and does not wait: the code as in slot_enter (n 0 where it is
 * stored), charged like there; the slot is held no longer. seconds: 0, or how long the people have
 * for the whole. *number: of the opening, which others may share; 0 when the slot is open already.
 * ERR_NOT_NOW: not of mode cards, or slot 0 has to open before it. ERR_MAC: damaged.
 */
int people_ask(struct store *, unsigned slot, const uint8_t *code, size_t n, uint32_t seconds,
    uint64_t *number);
/*
 * The same at the daemon's start, for slot 0 where its cards alone open it. What starts the daemon
 * again after an opening has failed must not ask for ever, so ERR_NOT_NOW when slot 0 is held and
 * the machine is still the one that it failed on; a machine that was started anew has people.
 */
int people_boot(struct store *, uint32_t seconds, uint64_t *number);
/*
 * The same for a ceremony that runs: an installation opens the slots that it has just made. It is
 * beside the queue, so that people_next never gives it and what waits there does not hold it up.
 * ERR_NOT_NOW: somebody is asked for the slot already. *number 0: it is open already.
 */
int people_claim(struct store *, unsigned slot, const uint8_t *code, size_t n, uint64_t *number);
/*
 * slot_set_mode from mode cards to auto or code, without waiting: what it would refuse is refused
 * now, and the mode changes when the people have been there, who are asked in any case.
 */
int people_ask_mode(struct store *, unsigned slot, const uint8_t *now, size_t now_n,
    const struct slot_plan *, uint64_t *number);
/*
 * What came of the opening that slot_enter_ask or slot_set_user_ask has left: to be called once,
 * without any lock. peer: the socket of who waits, or -1; when a client hangs up there, or sends
 * what it may not, the waiting ends alone (ERR_CLOSED). A client's order to give a code (purpose
 * CHALLENGE_INIT) ends with it, if its people are not asked yet.
 */
int people_wait(struct store *, struct ask *, int peer);
/* Of the opening, for who calls people_wait yet. */
uint64_t people_number(const struct ask *);
/* Ends all waiting, for good: ERR_CLOSED for everybody. */
void people_stop(struct store *);

#endif
