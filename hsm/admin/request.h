#ifndef CARDINAL_REQUEST_H
#define CARDINAL_REQUEST_H

#include <stddef.h>
#include <sys/types.h>

#include <jansson.h>

#include "hsm/admin/slot_order.h"
#include "hsm/ceremony/ceremony.h"

/*
 * A request as it came over the socket, and the strict reading of its parts.
 * Each reader returns 0, or ERR_FORMAT with a sentence in why.
 */
enum {
	REQUEST_BODY_MAX = 8192,
	REQUEST_QUERY_MAX = 4,
	WHY_MAX = 256,
};

struct request {
	const char *method, *path;
	struct { const char *name, *value; } query[REQUEST_QUERY_MAX];
	size_t queries;
	const char *body;	/* body_n bytes */
	size_t body_n;
	uid_t uid;		/* of the peer */
};

/* A number in the query: `fallback` when it is not given, ERR_FORMAT over max. */
int request_number(const struct request *, const char *name, uint64_t max, uint64_t fallback,
    uint64_t *, char why[WHY_MAX]);
/* That the query has no other name than these, a list that ends with NULL. */
int request_only(const struct request *, const char *const *names, char why[WHY_MAX]);
/*
 * {"quorum": "2of3"} or "3of5", and perhaps "slots": [{"slot": 3, "mode": "code", "code": "...",
 * "so": "..."}], in mode cards with "users", "copies" and "pads" too, which args get: plan has all
 * ten, auto where nothing is said. Or {"trial": true} alone. plan is in secret memory; whatever
 * came of it, the caller wipes it.
 */
int request_install(const char *body, size_t n, struct ceremony_args *,
    struct slot_plan plan[SLOTS], int *trial, char why[WHY_MAX]);
/* The same but for the trial; the quorum may be left out, and all of it: k and n are 0 then. */
int request_resume(const char *body, size_t n, struct ceremony_args *,
    struct slot_plan plan[SLOTS], char why[WHY_MAX]);
/* What an act on a slot needs; order->slot is known already. The caller wipes it in any case. */
int request_slot(const char *body, size_t n, enum slot_act, struct slot_order *,
    char why[WHY_MAX]);
/* {"prompt": 7, "key": "ok"} or "cancel", and nothing else. */
int request_answer(const char *body, size_t n, uint32_t *prompt, enum cards_key *,
    char why[WHY_MAX]);
/* No body, or {}. */
int request_empty(const char *body, size_t n, char why[WHY_MAX]);

/*
 * Between the parts of request. One object, each member once, and none but these (a list that ends
 * with NULL): the caller's, or NULL with a sentence.
 */
json_t *request_object(const char *body, size_t n, const char *const *names, char why[WHY_MAX]);
/* That an object has no other member than these: 0 or ERR_FORMAT. */
int request_members(json_t *, const char *const *names, char why[WHY_MAX]);
/* The text without a NUL in it; NULL: it is none. */
const char *request_text(const json_t *);
/* The member "slots" of an installation, NULL for none; all ten of plan and seats are filled. */
int request_plan(json_t *slots, struct slot_plan plan[SLOTS], struct ceremony_slot seats[SLOTS],
    char why[WHY_MAX]);

#endif
