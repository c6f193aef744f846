#include "hsm/admin/routes_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/names.h"
#include "hsm/admin/report.h"
#include "hsm/keys/secmem.h"

enum {
	FACTORY = 1 << HSM_FACTORY,
	INSTALLING = 1 << HSM_INSTALLING,
	OPERATIONAL = 1 << HSM_OPERATIONAL,
	INCONSISTENT = 1 << HSM_INCONSISTENT,
	ANY = FACTORY | INSTALLING | OPERATIONAL | INCONSISTENT,
	SETTLED = ANY & ~INSTALLING,
};

int
routes_put(struct call *c, json_t *json)
{
	c->reply->json = json;
	return json != NULL ? 0 : ERR_NOMEM;
}

void *
routes_secret(struct call *c, size_t n)
{
	void *p = secmem_short() ? NULL : secmem_alloc(n);

	if (p == NULL)
		snprintf(c->why, sizeof(c->why), "too many requests with codes are under way: "
		    "try again in a moment");
	return p;
}

static int
get_status(struct call *c)
{
	static const char *const names[] = { "count", "wait", NULL };
	struct desk_status *s = malloc(sizeof(*s));
	uint64_t count, wait;
	int r = ERR_NOMEM;

	if (s == NULL ||
	    (r = request_only(c->q, names, c->why)) != 0 ||
	    (r = request_number(c->q, "count", UINT32_MAX, 0, &count, c->why)) != 0 ||
	    (r = request_number(c->q, "wait", DESK_WAIT_MAX, 0, &wait, c->why)) != 0 ||
	    (r = c->desk->ops->status(c->desk, (uint32_t)count, (unsigned)wait, s)) != 0)
		goto out;
	r = routes_put(c, report_status(s));
out:
	free(s);
	return r;
}

static int
get_events(struct call *c)
{
	static const char *const names[] = { "since", "wait", NULL };
	struct event *v = calloc(DESK_EVENTS_MAX, sizeof(*v));
	uint64_t since, wait;
	uint32_t running = 0;
	size_t n = 0;
	int r = ERR_NOMEM;

	if (v == NULL ||
	    (r = request_only(c->q, names, c->why)) != 0 ||
	    (r = request_number(c->q, "since", INT64_MAX, 0, &since, c->why)) != 0 ||
	    (r = request_number(c->q, "wait", DESK_WAIT_MAX, 0, &wait, c->why)) != 0 ||
	    (r = c->desk->ops->events(c->desk, since, (unsigned)wait, v, DESK_EVENTS_MAX, &n,
	    &running)) != 0)
		goto out;
	r = routes_put(c, report_events(v, n, running));
out:
	free(v);
	return r;
}

static int
get_verify(struct call *c)
{
	uint64_t seq = 0;
	const int r = c->desk->ops->verify(c->desk, &seq);

	if (r == ERR_MAC)
		return routes_put(c, json_pack("{s:b, s:I}", "whole", 0, "seq", (json_int_t)seq));
	if (r != 0)
		return r;
	return routes_put(c, json_pack("{s:b}", "whole", 1));
}

static int
post_answer(struct call *c)
{
	enum cards_key key;
	uint32_t prompt;
	int r;

	if ((r = request_answer(c->q->body, c->q->body_n, &prompt, &key, c->why)) != 0)
		return r;
	if ((r = c->desk->ops->answer(c->desk, prompt, key, c->q->uid)) == ERR_NOT_NOW)
		snprintf(c->why, sizeof(c->why), "prompt %u does not wait for an answer, or not "
		    "any more", (unsigned)prompt);
	return r != 0 ? r : routes_put(c, json_pack("{s:I}", "answered", (json_int_t)prompt));
}

static int
post_cancel(struct call *c)
{
	int r;

	if ((r = request_empty(c->q->body, c->q->body_n, c->why)) != 0)
		return r;
	if ((r = c->desk->ops->cancel(c->desk, c->q->uid)) == ERR_NOT_FOUND) {
		snprintf(c->why, sizeof(c->why), "no ceremony is running");
		return ERR_NOT_NOW;
	}
	return r != 0 ? r : routes_put(c, json_pack("{s:b}", "cancelling", 1));
}

static int
post_reset(struct call *c)
{
	int r;

	if ((r = request_empty(c->q->body, c->q->body_n, c->why)) != 0)
		return r;
	if ((r = c->desk->ops->reset(c->desk, c->q->uid)) == ERR_BUSY)
		snprintf(c->why, sizeof(c->why),
		    "a ceremony is running: end it with `cardinal cancel` first");
	return r != 0 ? r : routes_put(c, json_pack("{s:s}", "state", name_of_state(HSM_FACTORY)));
}

/* # in a path of the table is the digit of a slot. */
static const struct route {
	const char *method, *path;
	unsigned needs;
	int (*run)(struct call *);
} routes[] = {
	{ "GET", "/v1/status", ANY, get_status },
	{ "GET", "/v1/events", ANY, get_events },
	{ "GET", "/v1/events/verify", ANY, get_verify },
	{ "POST", "/v1/install", FACTORY, routes_post_install },
	{ "POST", "/v1/resume", INCONSISTENT, routes_post_resume },
	{ "POST", "/v1/answer", ANY, post_answer },
	{ "POST", "/v1/cancel", ANY, post_cancel },
	{ "POST", "/v1/factory-reset", SETTLED, post_reset },
	{ "GET", "/v1/issuers", ANY, routes_get_issuers },
	/* Also while inconsistent: the missing issuer may be why the installation broke off. */
	{ "POST", "/v1/issuers", SETTLED, routes_post_issuers },
	/* The custodians' tools, which change no state. */
	{ "POST", "/v1/share/info", ANY, routes_post_share_info },
	{ "POST", "/v1/share/verify", ANY, routes_post_share_verify },
	{ "POST", "/v1/share/copy", ANY, routes_post_share_copy },
	{ "POST", "/v1/share/pin", ANY, routes_post_share_pin },
	{ "POST", "/v1/user/info", ANY, routes_post_user_info },
	{ "POST", "/v1/user/verify", ANY, routes_post_user_verify },
	{ "POST", "/v1/user/pin", ANY, routes_post_user_pin },
	{ "GET", "/v1/slots", ANY, routes_get_slots },
	{ "GET", "/v1/slots/#", ANY, routes_get_slot },
	{ "POST", "/v1/slots/#/mode", OPERATIONAL, routes_post_mode },
	{ "POST", "/v1/slots/#/activate", OPERATIONAL, routes_post_activate },
	{ "POST", "/v1/slots/#/deactivate", OPERATIONAL, routes_post_deactivate },
	{ "POST", "/v1/slots/#/code", OPERATIONAL, routes_post_code },
	{ "POST", "/v1/slots/#/wipe", OPERATIONAL, routes_post_wipe },
};

static int
matches(const char *pattern, const char *path, unsigned *slot)
{
	for (; *pattern != '\0'; pattern++, path++) {
		if (*pattern != '#' && *pattern == *path)
			continue;
		if (*pattern != '#' || *path < '0' || *path >= '0' + SLOTS)
			return 0;
		*slot = (unsigned)(*path - '0');
	}
	return *path == '\0';
}

static int
allowed(struct call *c, unsigned needs)
{
	static const char *const texts[] = {
		[HSM_FACTORY] = "the HSM has no backup key yet: `cardinal install --quorum 2of3` "
		    "makes one",
		[HSM_INSTALLING] = "an installation is running: wait for it, or end it with "
		    "`cardinal cancel`",
		[HSM_OPERATIONAL] = "the HSM is installed and works: only `cardinal factory-reset` "
		    "would make it new, and erase its key",
	};
	struct desk_status *s;
	int r = 0;

	if (needs == ANY)
		return 0;
	if ((s = malloc(sizeof(*s))) == NULL)
		return ERR_NOMEM;
	if ((r = c->desk->ops->status(c->desk, 0, 0, s)) != 0 || (needs & 1u << s->hsm.state) != 0)
		goto out;
	r = ERR_NOT_NOW;
	/* Each request tries again: routes see it only while the vault cannot be told. */
	if (s->hsm.state == HSM_INSTALLING && s->number == 0)
		snprintf(c->why, sizeof(c->why), "the installation broke off, which cannot be "
		    "written down: make room for the state directory and try again (%s)",
		    s->hsm.message);
	else if (s->hsm.state == HSM_INCONSISTENT)
		snprintf(c->why, sizeof(c->why), "the HSM is inconsistent (%s): `cardinal resume` "
		    "goes on with the installation, `cardinal factory-reset` gives it up",
		    s->hsm.message);
	else
		snprintf(c->why, sizeof(c->why), "%s", texts[s->hsm.state]);
out:
	free(s);
	return r;
}

void
routes_answer(struct desk *desk, const struct request *q, struct reply *reply)
{
	struct call c = { .desk = desk, .q = q, .reply = reply };
	const struct route *route = NULL;
	int r = ERR_NOT_FOUND;

	*reply = (struct reply){ .http = 200 };
	snprintf(c.why, sizeof(c.why), "nothing is at this path");
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!matches(routes[i].path, q->path, &c.slot))
			continue;
		if (strcmp(routes[i].method, q->method) == 0) {
			route = &routes[i];
			break;
		}
		r = ERR_UNSUPPORTED;
		reply->allow = reply->allow == NULL ? routes[i].method : "GET, POST";
		snprintf(c.why, sizeof(c.why), "this path takes %s only", reply->allow);
	}
	if (route != NULL) {
		c.why[0] = '\0';
		if ((r = allowed(&c, route->needs)) == 0)
			r = route->run(&c);
	}
	if (r == 0)
		return;
	json_decref(reply->json);
	reply->http = http_of_err(r);
	reply->json = report_error(r, c.why[0] != '\0' ? c.why : err_str(r));
}
