#ifndef CARDINAL_TESTS_ADMIN_COUNTER_H
#define CARDINAL_TESTS_ADMIN_COUNTER_H

#include "hsm/admin/routes.h"

/* A desk that notes what it was asked, and answers as it is told. */
struct counter {
	struct desk desk;
	struct hsm_status hsm;
	struct desk_end last;
	int fail;			/* what acts return */
	char started[STEP_NAME_MAX];
	struct ceremony_args args;
	uid_t uid;
	unsigned waited;
	uint64_t since;
	size_t events;
	int resets, cancels;
	enum cards_key key;		/* the last answer */
	struct slot_plan plan[SLOTS];
	int have_plan, trials;
	enum slot_act act;		/* the last, and what it was asked with */
	struct slot_order order;
	struct slot_done done;		/* what comes of it */
	uint64_t opening;		/* of the status */
	uint32_t seconds_left;
	char at[CARDS_NAME_MAX];
	size_t issuer_n;
	uint8_t issuer[ISSUER_MAX];
};

/* The one there is, afresh, of an HSM in that state. */
struct counter *counter_fresh(uint8_t state);
/* Answers one request, of uid 1234: its status; the JSON is the caller's. */
unsigned counter_ask(struct counter *, const char *method, const char *path, const char *query,
    const char *value, const char *body, json_t **json);
/* The text of that name, "" when there is none. */
const char *counter_word(const json_t *, const char *name);

#endif
