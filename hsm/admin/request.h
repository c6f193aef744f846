#ifndef CARDINAL_REQUEST_H
#define CARDINAL_REQUEST_H

#include <stddef.h>
#include <sys/types.h>

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
/* {"quorum": "2of3"} or "3of5", and nothing else. */
int request_install(const char *body, size_t n, struct ceremony_args *, char why[WHY_MAX]);
/* The same, or request_empty: k and n are 0 then. */
int request_resume(const char *body, size_t n, struct ceremony_args *, char why[WHY_MAX]);
/* {"prompt": 7, "key": "ok"} or "cancel", and nothing else. */
int request_answer(const char *body, size_t n, uint32_t *prompt, enum cards_key *,
    char why[WHY_MAX]);
/* No body, or {}. */
int request_empty(const char *body, size_t n, char why[WHY_MAX]);

#endif
