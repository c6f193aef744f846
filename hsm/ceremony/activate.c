#include "hsm/ceremony/activate.h"

#include <stdio.h>
#include <string.h>
#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/plans.h"
#include "hsm/ceremony/reader.h"
#include "hsm/ceremony/rows.h"
#include "hsm/ceremony/user_card.h"

/* What an installer needs: slot 0 has the audit key, slot 1 the management CA's. */
enum { FIRST_SLOTS = 2 };

static int
is_of_first(const struct ceremony *c, unsigned slot)
{
	return slot < FIRST_SLOTS && c->args->slot[slot].users > 0;
}

static int
first_are_wanted(const struct ceremony *c)
{
	return is_of_first(c, 0) || is_of_first(c, 1);
}

static unsigned
count_first(const struct ceremony *c)
{
	(void)c;
	return FIRST_SLOTS;
}

static int
slot_has_no_users(const struct ceremony *c, unsigned i)
{
	return !is_of_first(c, i - 1);
}

static void
take_slot(struct ceremony *c, unsigned i)
{
	if (i > 0)
		c->slot = i - 1;
}

/* 0 for one that the vault finds open. */
static unsigned
count_users_of_first(const struct ceremony *c)
{
	return c->env == NULL || c->opens ? c->args->slot[c->slot].users : 0;
}

static unsigned
count_users(const struct ceremony *c)
{
	return c->args->users;
}

/* No one is to give his card for another mode, or another code, who thinks that he opens a slot. */
const char *
activate_order(const struct ceremony_args *args)
{
	return args->purpose == CHALLENGE_ADMIN ? "Mode" :
	    args->purpose == CHALLENGE_INIT ? "Code" : "Slot";
}

static void
take_user_of_first(struct ceremony *c, unsigned i)
{
	c->user = i;
	c->users = i == 0 ? 0 : c->args->slot[c->slot].users;
}

static void
take_user(struct ceremony *c, unsigned i)
{
	c->slot = c->args->opens;
	c->user = i;
	c->users = i == 0 ? 0 : c->args->users;
}

static int
opening_is_begun(struct ceremony *c)
{
	struct gate *gate = c->env->gate;
	int r = gate->ops->open(gate, c->slot, &c->opening);

	c->opens = r == 0 && c->opening != 0;
	return r;
}

static int
opening_is_over(struct ceremony *c)
{
	struct gate *gate = c->env->gate;

	if (!c->opens)
		return 0;
	c->opens = 0;
	return gate->ops->end(gate, c->opening, 0, 1);
}

static int
user_is_at_reader(struct ceremony *c)
{
	struct gate *gate = c->env->gate;
	int r = gate->ops->seat(gate, c->opening, c->user, &c->seat);

	return r != 0 ? r : reader_enter(c, c->seat.reader);
}

/* Whose card it is, is known before anybody types a PIN. */
static int
card_is_of_user(struct ceremony *c)
{
	int r = user_card_is_known(c);

	/* Of somebody else it is the wrong one, blocked or not. */
	if ((r == 0 || r == ERR_CARD_BLOCKED) && !user_card_has(c, &c->seat.keys))
		return ERR_WRONG_CARD;
	return r;
}

static int
card_answers(struct ceremony *c)
{
	struct gate *gate = c->env->gate;
	uint8_t text[CHALLENGE_LEN], point[USER_POINT], signature[USER_MODULUS];
	int r;

	if ((r = gate->ops->challenge(gate, c->opening, c->user, text, point)) == 0 &&
	    (r = card_user_sign(&c->known, text, signature)) == 0 &&
	    (r = card_user_agree(&c->known, point, c->z)) == 0)
		r = gate->ops->proof(gate, c->opening, c->user, signature, c->z);
	OPENSSL_cleanse(c->z, sizeof(c->z));
	return r;
}

static const struct step user[] = {
	{ .name = "reader", .say = "User %U of slot %S is asked at another pad: %r",
	  .flags = STEP_MOVES, .run = user_is_at_reader },
	ROW_INSERT("\a%o %S: User %U\npress OK/Cancel",
	    "User %U of slot %S inserts any card of this user and presses OK."),
	{ .name = "known", .show = "Please wait", .run = card_is_of_user },
	ROW_PIN("user"),
	{ .name = "sign", .show = "Please wait", .run = card_answers },
	{ 0 }
};

static const struct step first_slot[] = {
	{ .name = "open", .run = opening_is_begun },
	{ .name = "users", .each = user, .count = count_users_of_first,
	  .turn = take_user_of_first, .front = "%o %S: user %U" },
	{ .name = "end", .flags = STEP_COMMITS, .run = opening_is_over },
	{ 0 }
};

static const struct step first_steps[] = {
	{ .name = "slots", .each = first_slot, .count = count_first, .skip = slot_has_no_users,
	  .turn = take_slot },
	{ 0 }
};

static const struct step activate_steps[] = {
	{ .name = "users", .each = user, .count = count_users, .turn = take_user,
	  .front = "%o %S: user %U" },
	{ 0 }
};

const struct phase activate_first = { "activate", first_steps, first_are_wanted };
static const struct phase activate = { "activate", activate_steps, NULL };

static int
opening_is_one(const struct ceremony_args *args)
{
	return args->opens < CEREMONY_SLOTS && args->users >= 1 && args->users <= USERS_MAX ?
	    0 : ERR_ARG;
}

/* The pad of the first user: the HSM's own need not be there when each has his. */
static int
first_reader(struct ceremony *c, char name[USER_READER_MAX])
{
	struct gate *gate = c->env->gate;
	int r;

	c->opening = c->args->opening;
	c->slot = c->args->opens;
	if ((r = gate->ops->seat(gate, c->opening, 1, &c->seat)) == 0 && c->seat.reader[0] != '\0')
		(void)snprintf(name, USER_READER_MAX, "%s", c->seat.reader);
	return r;
}

const struct ceremony_plan activate_plan = {
	.name = "activate",
	.title = "Activating a slot",
	.states = 1u << HSM_OPERATIONAL,
	.wants = opening_is_one,
	.reader = first_reader,
	.phase = { &activate },
	.ends = "The slot is open, until it is closed or the HSM stops.",
	.undone = "Slot %S stays closed: `cardinal slot activate %S` asks again",
};
