#include "hsm/admin/request.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"

/* A code, if one is there: name is the member's, for people. None is length 0. */
static int
code(const json_t *value, const char *name, uint8_t out[SLOT_CODE_MAX], uint8_t *n,
    char why[WHY_MAX])
{
	const char *text = request_text(value);
	const size_t len = text != NULL ? strlen(text) : 0;

	*n = 0;
	if (value == NULL)
		return 0;
	if (text == NULL || len < SLOT_CODE_MIN || len > SLOT_CODE_MAX) {
		snprintf(why, WHY_MAX, "%s is a text of %d to %d bytes", name, SLOT_CODE_MIN,
		    SLOT_CODE_MAX);
		return ERR_FORMAT;
	}
	memcpy(out, text, len);
	*n = (uint8_t)len;
	return 0;
}

static int
mode(const json_t *value, unsigned slot, uint8_t *out, char why[WHY_MAX])
{
	const char *text = request_text(value), *refused;

	*out = text != NULL ? slot_mode_of(text) : 0;
	if ((refused = slot_mode_refused(slot, *out)) == NULL)
		return 0;
	snprintf(why, WHY_MAX, "slot %u %s", slot, refused);
	return ERR_FORMAT;
}

/* A code that a person has to bring, and none that the HSM makes by itself. */
static int
fits(unsigned slot, uint8_t m, uint8_t code_n, char why[WHY_MAX])
{
	if ((m == SLOT_CODE) == (code_n > 0))
		return 0;
	snprintf(why, WHY_MAX, m == SLOT_CODE ? "slot %u has mode code: it needs a code" :
	    "slot %u has mode auto: the HSM makes its code itself", slot);
	return ERR_FORMAT;
}

static int
planned(json_t *one, struct slot_plan plan[SLOTS], unsigned *seen, char why[WHY_MAX])
{
	static const char *const names[] = { "slot", "mode", "code", "so", NULL };
	const json_t *number = json_object_get(one, "slot");
	const json_int_t slot = json_is_integer(number) ? json_integer_value(number) : -1;
	struct slot_plan *p;
	int r;

	if (slot < 0 || slot >= SLOTS) {
		snprintf(why, WHY_MAX, "slot is a number from 0 to %d", SLOTS - 1);
		return ERR_FORMAT;
	}
	if ((*seen >> slot & 1u) != 0) {
		snprintf(why, WHY_MAX, "slot %d is there twice", (int)slot);
		return ERR_FORMAT;
	}
	*seen |= 1u << slot;
	p = &plan[slot];
	if ((r = request_members(one, names, why)) != 0 ||
	    (r = mode(json_object_get(one, "mode"), (unsigned)slot, &p->mode, why)) != 0 ||
	    (r = code(json_object_get(one, "code"), "code", p->code, &p->code_n, why)) != 0 ||
	    (r = code(json_object_get(one, "so"), "so", p->so, &p->so_n, why)) != 0)
		return r;
	return fits((unsigned)slot, p->mode, p->code_n, why);
}

int
request_plan(json_t *slots, struct slot_plan plan[SLOTS], char why[WHY_MAX])
{
	unsigned seen = 0;
	json_t *one;
	size_t i;
	int r;

	memset(plan, 0, SLOTS * sizeof(*plan));
	for (i = 0; i < SLOTS; i++)
		plan[i].mode = SLOT_AUTO;
	if (slots != NULL && !json_is_array(slots)) {
		snprintf(why, WHY_MAX, "slots is a list of objects");
		return ERR_FORMAT;
	}
	json_array_foreach(slots, i, one)
		if ((r = planned(one, plan, &seen, why)) != 0)
			return r;
	return 0;
}

static int
who(const json_t *value, uint8_t *out, char why[WHY_MAX])
{
	const char *text = request_text(value);

	*out = 0;
	if (text != NULL && strcmp(text, "user") == 0)
		*out = SLOT_USER;
	if (text != NULL && strcmp(text, "so") == 0)
		*out = SLOT_SO;
	if (*out != 0)
		return 0;
	snprintf(why, WHY_MAX, "who is one of user, so");
	return ERR_FORMAT;
}

static const char *const members[SLOT_ACTS][4] = {
	[SLOT_ACT_MODE] = { "mode", "now", "code", NULL },
	[SLOT_ACT_ACTIVATE] = { "code", NULL },
	[SLOT_ACT_DEACTIVATE] = { NULL },
	[SLOT_ACT_SHOW] = { "who", NULL },
	[SLOT_ACT_WIPE] = { "so", NULL },
};

int
request_slot(const char *body, size_t n, enum slot_act act, struct slot_order *o,
    char why[WHY_MAX])
{
	const char *const name = act == SLOT_ACT_WIPE ? "so" : "code";
	json_t *root = NULL;
	int r;

	if ((n > 0 && (root = request_object(body, n, members[act], why)) == NULL))
		return ERR_FORMAT;
	if ((r = code(json_object_get(root, "now"), "now", o->now, &o->now_n, why)) != 0 ||
	    (r = code(json_object_get(root, name), name, o->code, &o->code_n, why)) != 0)
		goto out;
	if (act == SLOT_ACT_MODE &&
	    (r = mode(json_object_get(root, "mode"), o->slot, &o->mode, why)) == 0)
		r = fits(o->slot, o->mode, o->code_n, why);
	if (act == SLOT_ACT_SHOW)
		r = who(json_object_get(root, "who"), &o->who, why);
out:
	json_decref(root);
	return r;
}
