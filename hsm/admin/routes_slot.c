#include "hsm/admin/routes_parts.h"

#include <stdio.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/report.h"
#include "hsm/keys/secmem.h"

int
routes_get_slots(struct call *c)
{
	struct slot_info v[SLOTS];
	int r;

	if ((r = c->desk->ops->slots(c->desk, v)) != 0)
		return r;
	return routes_put(c, json_pack("{s:o}", "slots", report_slots(v)));
}

int
routes_get_slot(struct call *c)
{
	struct slot_info v[SLOTS];
	int r;

	if ((r = c->desk->ops->slots(c->desk, v)) != 0)
		return r;
	return routes_put(c, report_slot(c->slot, &v[c->slot]));
}

/* What went wrong with a slot, and what to do; the errors are those of slots.h. */
static const struct {
	enum slot_act act;		/* 0: all */
	int err;
	const char *why;
} whys[] = {
	{ SLOT_ACT_SHOW, ERR_NOT_NOW, "slot %u has no such code: the HSM keeps only what it has "
	    "made itself" },
	{ SLOT_ACT_SHOW, ERR_NOT_FOUND, "slot %u has no such code: the HSM keeps only what it has "
	    "made itself" },
	{ SLOT_ACT_MODE, ERR_NOT_NOW, "slot %u is not in a mode that this code would open; to "
	    "other people a slot of mode cards gets by way of another mode" },
	{ SLOT_ACT_ACTIVATE, ERR_NOT_NOW, "slot %u is not opened this way, or slot 0 has to be "
	    "opened before it: `cardinal slot show %u` tells its mode" },
	{ SLOT_ACT_ACTIVATE, ERR_ARG, "slot %u is not opened this way: `cardinal slot show %u` "
	    "tells its mode" },
	{ SLOT_ACT_MODE, ERR_BUSY, "another ceremony is running: wait for it, or end it with "
	    "`cardinal cancel`" },
	{ SLOT_ACT_MODE, ERR_NOT_FOUND, "slot %u has no code that could be checked: its mode is "
	    "changed without one" },
	{ SLOT_ACT_MODE, ERR_DENIED, "no card issuer is trusted yet, every card would be foreign: "
	    "`cardinal issuer add FILE` first" },
	{ 0, ERR_PIN_WRONG, "that is not the code of slot %u; `cardinal slot show %u` tells how "
	    "many tries are left" },
	{ 0, ERR_CARD_BLOCKED, "the code of slot %u is locked after too many wrong ones: its SO "
	    "can set another one (C_InitPIN), or `cardinal slot wipe %u` gives a new token" },
	{ 0, ERR_NOT_FOUND, "no code has been set for slot %u yet: its SO sets one (C_InitPIN)" },
	{ 0, ERR_MAC, "what is stored of slot %u was tampered with, or device.key is another one: "
	    "bring back the state directory as it was, or give the slot up with `cardinal slot "
	    "wipe %u`" },
	{ 0, ERR_DENIED, "slot %u belongs to the HSM itself: this is not done to it" },
	{ 0, ERR_ARG, "slot %u does not take this code" },
};

static void
explain(struct call *c, enum slot_act act, int err)
{
	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++) {
		const char *p = whys[i].why;
		size_t n = 0;

		if (whys[i].err != err || (whys[i].act != 0 && whys[i].act != act))
			continue;
		for (; *p != '\0' && n + 1 < sizeof(c->why); p++)
			if (p[0] == '%' && p[1] == 'u') {
				c->why[n++] = (char)('0' + c->slot);
				p++;
			} else
				c->why[n++] = *p;
		c->why[n] = '\0';
		return;
	}
}

/* People are asked, or will be: the ceremony that carries the opening has its number. */
static int
asked(struct call *c, const struct slot_done *done)
{
	if (done->opening == 0)
		return routes_put(c, json_pack("{s:i}", "opening", 0));
	c->reply->http = 202;
	return routes_put(c, json_pack("{s:I, s:I}", "opening", (json_int_t)done->opening,
	    "since", (json_int_t)done->since));
}

static int
perform(struct call *c, enum slot_act act)
{
	struct slot_order *o = routes_secret(c, sizeof(*o));
	struct slot_done *done = routes_secret(c, sizeof(*done));
	struct slot_info v[SLOTS];
	int r = ERR_NOMEM;

	if (o == NULL || done == NULL)
		goto out;
	o->slot = (uint8_t)c->slot;
	if ((r = request_slot(c->q->body, c->q->body_n, act, o, c->why)) != 0)
		goto out;
	if ((r = c->desk->ops->slot_act(c->desk, act, o, c->q->uid, done)) != 0)
		explain(c, act, r);
	else if (act == SLOT_ACT_SHOW)
		r = routes_put(c, json_pack("{s:s}", "code", done->shown));
	else if (done->ceremony != 0)
		r = routes_started(c, "slot-cards", done->ceremony, done->since);
	else if (done->asks)
		r = asked(c, done);
	else if ((r = c->desk->ops->slots(c->desk, v)) == 0)
		r = routes_put(c, report_slot(c->slot, &v[c->slot]));
out:
	secmem_free(&done, sizeof(*done));
	secmem_free(&o, sizeof(*o));
	return r;
}

int
routes_post_mode(struct call *c)
{
	return perform(c, SLOT_ACT_MODE);
}

int
routes_post_activate(struct call *c)
{
	return perform(c, SLOT_ACT_ACTIVATE);
}

int
routes_post_deactivate(struct call *c)
{
	return perform(c, SLOT_ACT_DEACTIVATE);
}

int
routes_post_code(struct call *c)
{
	return perform(c, SLOT_ACT_SHOW);
}

int
routes_post_wipe(struct call *c)
{
	return perform(c, SLOT_ACT_WIPE);
}
