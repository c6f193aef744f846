#ifndef CARDINAL_ROUTES_PARTS_H
#define CARDINAL_ROUTES_PARTS_H

#include "hsm/admin/routes.h"

/* Between the parts of routes: routes.c has the table, routes_issuer.c what is asked of issuers. */

/* One request on its way: what is wrong is said in why, once. */
struct call {
	struct desk *desk;
	const struct request *q;
	struct reply *reply;
	char why[WHY_MAX + MESSAGE_MAX];
};

/* The answer; ERR_NOMEM without one. */
int routes_put(struct call *, json_t *);

int routes_get_issuers(struct call *);
int routes_post_issuers(struct call *);

#endif
