#ifndef CARDINAL_ROUTES_H
#define CARDINAL_ROUTES_H

#include <jansson.h>

#include "hsm/admin/desk.h"
#include "hsm/admin/request.h"

/*
 * What the admin socket answers, HTTP apart: a table of methods, paths and the
 * states in which they are allowed (docs/daemon.md).
 */
struct reply {
	unsigned http;		/* status */
	const char *allow;	/* with 405: the method that there is */
	json_t *json;		/* the caller's */
};

void routes_answer(struct desk *, const struct request *, struct reply *);

#endif
