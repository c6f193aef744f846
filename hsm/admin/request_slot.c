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

/*
 * A code that a person has to bring, and none that the HSM makes by itself. Slot 0 of mode cards
 * may go without: then cards alone open it, at each start.
 */
static int
fits(unsigned slot, uint8_t m, uint8_t code_n, char why[WHY_MAX])
{
	if (m == SLOT_AUTO ? code_n == 0 : code_n > 0 || (m == SLOT_CARDS && slot == 0))
		return 0;
	snprintf(why, WHY_MAX, m == SLOT_AUTO ? "slot %u has mode auto: the HSM makes its code "
	    "itself" : "slot %u has mode %s: it needs a code", slot, slot_mode_name(m));
	return ERR_FORMAT;
}

/* A number of people or cards, or what is usual. */
static int
count(const json_t *value, const char *name, uint8_t usual, uint8_t max, uint8_t *out,
    char why[WHY_MAX])
{
	const json_int_t n = json_is_integer(value) ? json_integer_value(value) : 0;

	*out = usual;
	if (value == NULL)
		return 0;
	if (n < 1 || n > max) {
		snprintf(why, WHY_MAX, "%s is a number from 1 to %u", name, max);
		return ERR_FORMAT;
	}
	*out = (uint8_t)n;
	return 0;
}

/* Readers of the users, in their order; those behind the last are asked at the HSM's. */
static int
pads(const json_t *list, unsigned users, char out[USERS_MAX][USER_READER_MAX], char why[WHY_MAX])
{
	const size_t n = json_array_size(list);

	if (list == NULL)
		return 0;
	if (!json_is_array(list) || n > users) {
		snprintf(why, WHY_MAX, "pads is a list of readers, for %u user%s at most", users,
		    users == 1 ? "" : "s");
		return ERR_FORMAT;
	}
	for (size_t i = 0; i < n; i++) {
		const char *name = request_text(json_array_get(list, i));
		const size_t len = name != NULL ? strlen(name) : USER_READER_MAX;

		if (len >= USER_READER_MAX) {
			snprintf(why, WHY_MAX, "a pad is the name of a reader, of %d bytes at "
			    "most, or \"\" for the HSM's", USER_READER_MAX - 1);
			return ERR_FORMAT;
		}
		memcpy(out[i], name, len + 1);
	}
	return 0;
}

/* Who opens a slot of mode cards: members users, copies and pads, which no other mode has. */
static int
people(json_t *one, unsigned slot, uint8_t m, struct ceremony_slot *s, char why[WHY_MAX])
{
	static const char *const names[] = { "users", "copies", "pads" };
	int r;

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; m != SLOT_CARDS && i < sizeof(names) / sizeof(names[0]); i++)
		if (json_object_get(one, names[i]) != NULL) {
			snprintf(why, WHY_MAX, "slot %u has mode %s: %s is for mode cards", slot,
			    slot_mode_name(m), names[i]);
			return ERR_FORMAT;
		}
	if (m != SLOT_CARDS)
		return 0;
	if ((r = count(json_object_get(one, "users"), "users", USERS_DEFAULT, USERS_MAX, &s->users,
	    why)) != 0 ||
	    (r = count(json_object_get(one, "copies"), "copies", COPIES_DEFAULT, COPIES_MAX,
	    &s->copies, why)) != 0)
		return r;
	return pads(json_object_get(one, "pads"), s->users, s->reader, why);
}

static int
planned(json_t *one, struct slot_plan plan[SLOTS], struct ceremony_slot seats[SLOTS],
    unsigned *seen, char why[WHY_MAX])
{
	static const char *const names[] = { "slot", "mode", "users", "copies", "pads", "code",
		"so", NULL };
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
	    (r = code(json_object_get(one, "so"), "so", p->so, &p->so_n, why)) != 0 ||
	    (r = people(one, (unsigned)slot, p->mode, &seats[slot], why)) != 0)
		return r;
	p->users = seats[slot].users;
	p->copies = seats[slot].copies;
	return fits((unsigned)slot, p->mode, p->code_n, why);
}

int
request_plan(json_t *slots, struct slot_plan plan[SLOTS], struct ceremony_slot seats[SLOTS],
    char why[WHY_MAX])
{
	unsigned seen = 0;
	json_t *one;
	size_t i;
	int r;

	memset(plan, 0, SLOTS * sizeof(*plan));
	memset(seats, 0, SLOTS * sizeof(*seats));
	for (i = 0; i < SLOTS; i++)
		plan[i].mode = SLOT_AUTO;
	if (slots != NULL && !json_is_array(slots)) {
		snprintf(why, WHY_MAX, "slots is a list of objects");
		return ERR_FORMAT;
	}
	json_array_foreach(slots, i, one)
		if ((r = planned(one, plan, seats, &seen, why)) != 0)
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

static const char *const members[SLOT_ACTS][8] = {
	[SLOT_ACT_MODE] = { "mode", "users", "copies", "pads", "now", "code", "so", NULL },
	[SLOT_ACT_ACTIVATE] = { "code", NULL },
	[SLOT_ACT_DEACTIVATE] = { NULL },
	[SLOT_ACT_SHOW] = { "who", NULL },
	[SLOT_ACT_WIPE] = { "so", NULL },
};

/* Another mode. The SO PIN stays, but where the slot's key is enclosed anew for its users. */
static int
other_mode(json_t *root, struct slot_order *o, char why[WHY_MAX])
{
	struct ceremony_slot seats;
	int r;

	if ((r = mode(json_object_get(root, "mode"), o->slot, &o->mode, why)) != 0 ||
	    (r = code(json_object_get(root, "so"), "so", o->so, &o->so_n, why)) != 0 ||
	    (r = people(root, o->slot, o->mode, &seats, why)) != 0)
		return r;
	if (o->mode != SLOT_CARDS && o->so_n > 0) {
		snprintf(why, WHY_MAX, "slot %u has mode %s: its SO PIN stays as it is", o->slot,
		    slot_mode_name(o->mode));
		return ERR_FORMAT;
	}
	o->users = seats.users;
	o->copies = seats.copies;
	memcpy(o->reader, seats.reader, sizeof(o->reader));
	return fits(o->slot, o->mode, o->code_n, why);
}

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
	if (act == SLOT_ACT_MODE)
		r = other_mode(root, o, why);
	if (act == SLOT_ACT_SHOW)
		r = who(json_object_get(root, "who"), &o->who, why);
out:
	json_decref(root);
	return r;
}
