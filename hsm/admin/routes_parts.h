#ifndef CARDINAL_ROUTES_PARTS_H
#define CARDINAL_ROUTES_PARTS_H

#include "hsm/admin/routes.h"

/*
 * Between the parts of routes: routes.c has the table, routes_install.c what begins a ceremony,
 * routes_issuer.c what is asked of issuers, routes_slot.c what is asked of slots.
 */

/* One request on its way: what is wrong is said in why, once. */
struct call {
	struct desk *desk;
	const struct request *q;
	struct reply *reply;
	unsigned slot;			/* of the path */
	char why[WHY_MAX + MESSAGE_MAX];
};

/* The answer; ERR_NOMEM without one. */
int routes_put(struct call *, json_t *);

/*
 * Secret memory for what a request brings: NULL, with why for ERR_NOMEM, while there is little of
 * it. The last eighth is for the ceremony that runs.
 */
void *routes_secret(struct call *, size_t n);

int routes_post_install(struct call *);
int routes_post_resume(struct call *);
int routes_post_share_info(struct call *);
int routes_post_share_verify(struct call *);
int routes_post_share_copy(struct call *);
int routes_post_share_pin(struct call *);
int routes_post_user_info(struct call *);
int routes_post_user_verify(struct call *);
int routes_post_user_pin(struct call *);
/* The answer to what began a ceremony. */
int routes_started(struct call *, const char *ceremony, uint32_t number, uint64_t since);

int routes_get_issuers(struct call *);
int routes_post_issuers(struct call *);

int routes_get_slots(struct call *);
int routes_get_slot(struct call *);
int routes_post_mode(struct call *);
int routes_post_activate(struct call *);
int routes_post_deactivate(struct call *);
int routes_post_code(struct call *);
int routes_post_wipe(struct call *);

#endif
