#include "hsm/admin/routes_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"

static const char busy[] = "another ceremony is running: wait for it, or end it with "
    "`cardinal cancel`";

int
routes_started(struct call *c, const char *ceremony, uint32_t number, uint64_t since)
{
	c->reply->http = 202;
	return routes_put(c, json_pack("{s:s, s:I, s:I}", "ceremony", ceremony, "number",
	    (json_int_t)number, "since", (json_int_t)since));
}

static int
start(struct call *c, const char *ceremony, const struct ceremony_args *args,
    struct slot_plan *plan)
{
	uint32_t number = 0;
	uint64_t since = 0;
	int r;

	r = c->desk->ops->start(c->desk, ceremony, args, plan, c->q->uid, &number, &since);
	if (r == ERR_BUSY)
		snprintf(c->why, sizeof(c->why), "%s", busy);
	if (r == ERR_DENIED)
		snprintf(c->why, sizeof(c->why), "no card issuer is trusted yet, every card would "
		    "be foreign: `cardinal issuer add FILE` first");
	return r != 0 ? r : routes_started(c, ceremony, number, since);
}

static int
start_plain(struct call *c, const char *ceremony)
{
	const struct ceremony_args none = { .mode = SHARE_LIVE };
	int r;

	if ((r = request_empty(c->q->body, c->q->body_n, c->why)) != 0)
		return r;
	return start(c, ceremony, &none, NULL);
}

static int
trial(struct call *c)
{
	int r;

	if ((r = c->desk->ops->trial(c->desk, c->q->uid)) == ERR_BUSY)
		snprintf(c->why, sizeof(c->why), "%s", busy);
	return r != 0 ? r : routes_put(c, json_pack("{s:b}", "trial", 1));
}

int
routes_post_install(struct call *c)
{
	struct slot_plan *plan = routes_secret(c, SLOTS * sizeof(*plan));
	struct ceremony_args args;
	int r = ERR_NOMEM, is_trial;

	if (plan != NULL && (r = request_install(c->q->body, c->q->body_n, &args, plan, &is_trial,
	    c->why)) == 0)
		r = is_trial ? trial(c) : start(c, "install", &args, plan);
	secmem_free(&plan, SLOTS * sizeof(*plan));
	return r;
}

int
routes_post_resume(struct call *c)
{
	struct slot_plan *plan = routes_secret(c, SLOTS * sizeof(*plan));
	struct desk_status *s = malloc(sizeof(*s));
	struct ceremony_args args;
	int r = ERR_NOMEM;

	if (s == NULL || plan == NULL ||
	    (r = request_resume(c->q->body, c->q->body_n, &args, plan, c->why)) != 0 ||
	    (r = c->desk->ops->status(c->desk, 0, 0, s)) != 0)
		goto out;
	/* Broken off before there was a set: nothing tells the quorum. */
	if (!s->hsm.have_set && args.n == 0) {
		snprintf(c->why, sizeof(c->why), "the installation broke off before its set was "
		    "made, so say its quorum again: `cardinal resume --quorum 2of3`, or 3of5");
		r = ERR_ARG;
		goto out;
	}
	r = start(c, "resume", &args, plan);
out:
	secmem_free(&plan, SLOTS * sizeof(*plan));
	free(s);
	return r;
}

int
routes_post_share_info(struct call *c)
{
	return start_plain(c, "share-info");
}

int
routes_post_share_verify(struct call *c)
{
	return start_plain(c, "share-verify");
}

int
routes_post_share_copy(struct call *c)
{
	return start_plain(c, "share-copy");
}

int
routes_post_share_pin(struct call *c)
{
	return start_plain(c, "share-pin");
}

int
routes_post_user_info(struct call *c)
{
	return start_plain(c, "user-info");
}

int
routes_post_user_verify(struct call *c)
{
	return start_plain(c, "user-verify");
}

int
routes_post_user_pin(struct call *c)
{
	return start_plain(c, "user-pin");
}
