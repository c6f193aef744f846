#ifndef CARDINAL_WARD_PARTS_H
#define CARDINAL_WARD_PARTS_H

#include <pthread.h>
#include <time.h>

#include "hsm/daemon/vaultgate.h"
#include "hsm/daemon/ward.h"

/*
 * Between the parts of ward: ward.c has its beginning and its end, ward_ask.c what the desk
 * answers, ward_act.c what it does, ward_slot.c what it does to slots, ward_perform.c the
 * ceremony's thread, ward_people.c the one that takes openings.
 */
struct ward {
	struct desk desk;
	struct vaultclient *client, *slots, *people;
	struct vaultjournal journal;	/* the daemon's own */
	struct vaultjournal running;	/* the ceremonies', until the end */
	struct vaultgate gate;		/* the same */
	struct ward_settings settings;

	/* Held around an act (start, reset, issuer): two do not cross. Taken before lock. */
	pthread_mutex_t acts;
	struct issuers issuers;		/* of the running ceremony */
	pthread_t thread;
	int joinable;
	pthread_t opener;		/* takes openings; openers: it runs */
	int openers;

	/* Everything below, and the condition that it changed. */
	pthread_mutex_t lock;
	pthread_cond_t turned;
	uint32_t count;
	uint64_t seq;			/* of the last record that was heard of */
	int stopping;
	struct cards *cards;		/* of the running ceremony, from its start to its end */
	void *secrets;			/* of a ceremony that sits in a PIN entry, else NULL */
	size_t secrets_n;
	int cancelled;
	uint32_t number;		/* of the running ceremony, 0: none */
	uint32_t numbers;		/* given out so far */
	const struct ceremony_plan *plan;
	char ceremony[STEP_NAME_MAX];
	struct ceremony_args args;
	struct opening carried;		/* that it was started for; number 0: none */
	int postponed;			/* nobody could be asked yet: it is not over */
	char front[FRONT_MAX], said[FRONT_MAX];
	char at[CARDS_NAME_MAX];	/* where it was said, "": the HSM's own reader */
	unsigned how;			/* said so: SAY_* */
	unsigned seconds;		/* that it is waited for, 0: it is not */
	struct timespec until;		/* when they are over */
	uint32_t prompts;		/* that asked so far, in all ceremonies */
	int asks;			/* the last of them still does */
	enum cards_key answer;		/* to it, until the ceremony takes it */
	uint32_t beeps;
	struct desk_end last;
};

/* Whose desk it is. */
struct ward *ward_of(struct desk *d);
/* Under the lock: something changed. */
void ward_turn(struct ward *w);
/* Something was written to the transcript or the state. */
void ward_kept(void *arg);
/* 0 when nothing runs, ERR_BUSY, or ERR_CLOSED when the daemon ends. */
int ward_idle(struct ward *w);
/* So many seconds from now, for turned. */
void ward_deadline(struct timespec *t, unsigned seconds);
/* How many whole ones are left, rounded up: 0 when it is over. In ward_ask.c. */
uint32_t ward_seconds_to(const struct timespec *);

/* ward_ask.c. hsm may be NULL; seq: of the last record. */
int ward_last_record(struct ward *w, struct hsm_status *hsm, uint64_t *seq);
int ward_status(struct desk *d, uint32_t known, unsigned wait_s, struct desk_status *s);
int ward_events(struct desk *d, uint64_t since, unsigned wait_s, struct event *out, size_t max,
    size_t *n, uint32_t *number);
int ward_verify(struct desk *d, uint64_t *seq);
int ward_issuer(struct desk *d, size_t i, uint8_t *der, size_t *n);

/* ward_act.c. Who did what, and to what (text), in the transcript before it is done. */
int ward_note(struct ward *w, const char *ceremony, const char *step, const char *text, uid_t uid);
/* Under acts: nothing runs, issuers are loaded (ERR_DENIED: there is none); *since: last record. */
int ward_ready(struct ward *w, uint64_t *since);
int ward_start(struct desk *d, const char *name, const struct ceremony_args *args,
    struct slot_plan *slots, uid_t uid, uint32_t *number, uint64_t *since);
int ward_answer(struct desk *d, uint32_t prompt, enum cards_key key, uid_t uid);
int ward_cancel(struct desk *d, uid_t uid);
int ward_reset(struct desk *d, uid_t uid);
int ward_issuer_add(struct desk *d, const uint8_t *der, size_t n, uid_t uid);

/* ward_slot.c. */
int ward_trial(struct desk *d, uid_t uid);
int ward_slots(struct desk *d, struct slot_info v[SLOTS]);
int ward_slot_act(struct desk *d, enum slot_act act, struct slot_order *o, uid_t uid,
    struct slot_done *done);
/* The plan goes to the vault, for the installation that begins; it comes back by unplan. */
int ward_plan(struct ward *w, const struct slot_plan plan[SLOTS]);
void ward_unplan(struct ward *w);

/* ward_perform.c. Starting, under acts and with none running. carries: NULL for none. */
int ward_launch(struct ward *w, const char *name, const struct ceremony_plan *plan,
    const struct ceremony_args *args, const struct opening *carries, uint32_t *number);
/* Under acts and with none running: the last thread's remains. */
void ward_join(struct ward *w);
/*
 * Under the lock. A cancel that came before the ceremony had opened its reader would be lost;
 * so it is said again at each text, from the ceremony's own thread.
 */
void ward_cancel_again(struct ward *w);

/* ward_people.c. The end of an opening, told to the vault and the transcript: what it says. */
int ward_opened(struct ward *w, const struct opening *o, int err, int begun);
/* Takes no opening any more: waits for the thread, which may want acts. */
void ward_people_stop(struct ward *w);

#endif
