#include "hsm/ceremony/users.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/plans.h"
#include "hsm/ceremony/reader.h"
#include "hsm/ceremony/roster.h"
#include "hsm/ceremony/rows.h"
#include "hsm/ceremony/user_card.h"

/* Who sat there before the ceremony broke off stays, but at the reader that is wanted now. */
static int
seats_are_looked_up(struct ceremony *c)
{
	struct gate *gate = c->env->gate;
	struct user_seat seat;
	unsigned i, n = roster_count(c);
	int r = 0;

	for (i = 1; r == 0 && i <= n; i++) {
		roster_take(c, i);
		if ((r = gate->ops->enrolled(gate, c->slot, c->user, &seat)) == 0 &&
		    seat.copies == roster_slot(c)->copies) {
			c->issue.kept |= UINT64_C(1) << (i - 1);
			if (strcmp(seat.reader, roster_reader(c)) != 0) {
				(void)snprintf(seat.reader, sizeof(seat.reader), "%s",
				    roster_reader(c));
				r = gate->ops->enrol(gate, c->slot, c->user, &seat);
			}
		}
		if (r == ERR_NOT_FOUND)
			r = 0;
	}
	roster_take(c, 0);
	return r;
}

static int
user_is_at_reader(struct ceremony *c)
{
	return reader_enter(c, roster_reader(c));
}

static int
credential_is_made(struct ceremony *c)
{
	struct user_head head = { .mode = c->mode, .slot = (uint8_t)c->slot,
	    .user = (uint8_t)c->user, .users = (uint8_t)c->users, .copies = roster_slot(c)->copies,
	    .date = c->env->now(c->env->arg) };

	(void)snprintf(head.label, sizeof(head.label), "%s", c->status.label);
	return credential_make(&c->issue.credential, &head);
}

/*
 * Made by the same installation, before it broke off, for this user, who was never enrolled: it
 * opens nothing, and goes without asking, as a share of a broken-off set does.
 */
static int
find_stale(struct ceremony *c)
{
	struct gate *gate = c->env->gate;
	unsigned slot, user;
	int r;

	c->issue.stale = 0;
	if (!c->plan->installs || !c->has_user || !c->has_keys || c->on_user.slot != c->slot ||
	    c->on_user.user != c->user || strcmp(c->on_user.label, c->status.label) != 0 ||
	    c->on_user.date < c->status.set.head.date)
		return 0;
	r = gate->ops->whose(gate, &c->on_keys, &slot, &user);
	c->issue.stale = r == ERR_NOT_FOUND;
	return r == ERR_NOT_FOUND ? 0 : r;
}

/*
 * Whether the card is that of somebody else whose cards this issuing has made, or keeps: it is
 * needed, and no OK to eight digits may lose it.
 */
static int
find_neighbour(struct ceremony *c)
{
	struct gate *gate = c->env->gate;
	const unsigned n = roster_count(c);
	unsigned slot, user, i;
	struct user_seat seat;
	int r, made = 1;

	for (i = 1; c->has_keys && i <= n; i++) {
		roster_seat(c, i, &slot, &user);
		if (slot == c->slot && user == c->user) {
			made = 0;
			continue;
		}
		if (!made && !roster_kept(c, i))
			continue;
		if ((r = gate->ops->enrolled(gate, slot, user, &seat)) != 0)
			return r;
		if (user_card_has(c, &seat.keys))
			return ERR_WRONG_CARD;
	}
	return 0;
}

static int
card_is_another(struct ceremony *c)
{
	unsigned i;
	int r;

	if ((r = user_card_is_known(c)) != 0 || (r = find_neighbour(c)) != 0)
		return r;
	for (i = 0; i < c->issue.copies; i++)
		if (strcmp(c->issue.serial[i], c->known.serial) == 0)
			return ERR_SAME_CARD;
	return find_stale(c);
}

static int
card_has_credential(const struct ceremony *c)
{
	if (!c->has_keys || c->issue.stale)
		return 0;
	return !c->has_user || c->on_user.mode != SHARE_TEST;
}

static int
credential_goes_out(struct ceremony *c)
{
	int r;

	if ((r = card_user_clear(&c->known)) != 0)
		return r;
	return card_user_load(&c->known, c->issue.credential, c->card);
}

static void
card_has_part(struct ceremony *c)
{
	struct ceremony_result *result = c->result;
	struct ceremony_user_card *card;

	(void)snprintf(c->issue.serial[c->issue.copies++], sizeof(c->issue.serial[0]), "%s",
	    c->known.serial);
	if (!c->pin.factory || result->user_factory++ >= USER_CARDS_NAMED)
		return;
	card = &result->user_card[result->user_factory - 1];
	card->slot = (uint8_t)c->slot;
	card->user = (uint8_t)c->user;
	card->copy = (uint8_t)c->card;
	(void)snprintf(card->serial, sizeof(card->serial), "%s", c->known.serial);
}

/* Before the next card: what nobody can read back is tried out. */
static int
copy_proves_itself(struct ceremony *c)
{
	const struct user_head *h = &c->on_user;
	int r;

	c->has_user = c->has_keys = 0;
	if ((r = card_user_head(&c->known, &c->on_user)) != 0 ||
	    (r = card_user_keys(&c->known, &c->on_keys)) != 0)
		return r == ERR_NOT_FOUND || r == ERR_FORMAT ? ERR_CARD_ANSWER : r;
	c->has_user = c->has_keys = 1;
	if (!user_card_has(c, credential_keys(c->issue.credential)) || h->slot != c->slot ||
	    h->user != c->user || h->users != c->users || h->copy != c->card ||
	    h->copies != roster_copies(c) || h->mode != c->mode ||
	    strcmp(h->label, c->status.label) != 0)
		return ERR_CARD_ANSWER;
	if ((r = user_card_proves(c, CHALLENGE_ENROL, h)) != 0)
		return r;
	card_has_part(c);
	return 0;
}

static int
keys_come_in(struct ceremony *c)
{
	int r = user_card_is_known(c);

	if (r != 0)
		return r;
	return user_card_has(c, credential_keys(c->issue.credential)) ? 0 : ERR_WRONG_CARD;
}

static int
user_is_enrolled(struct ceremony *c)
{
	struct user_seat seat = { .keys = c->on_keys, .copies = roster_slot(c)->copies };
	struct gate *gate = c->env->gate;
	int r;

	(void)snprintf(seat.reader, sizeof(seat.reader), "%s", roster_reader(c));
	if ((r = gate->ops->enrol(gate, c->slot, c->user, &seat)) == 0)
		credential_free(&c->issue.credential);
	return r;
}

static int
users_are_finished(struct ceremony *c)
{
	struct gate *gate = c->env->gate;
	int r;

	if (gate == NULL)
		return ERR_NOT_NOW;
	if ((r = gate->ops->finish(gate)) != 0)
		return r;
	c->committed = c->plan->installs;
	c->result->made = 1;
	if (c->plan->installs && c->status.have_set) {
		c->result->head = c->status.set.head;
		c->result->have_head = 1;
	}
	return 0;
}

static const struct step copy[] = {
	ROW_INSERT("\aUser %U card %u\npress OK/Cancel",
	    "User %U of slot %S inserts card %u and presses OK."),
	{ .name = "known", .show = "Please wait", .run = card_is_another },
	{ .name = "overwrite", .show = "Overwrite\n%p?  OK",
	  .say = "The card has the credential of another slot user: OK destroys it. Whoever wants "
	      "to keep it takes the card out and inserts another.",
	  .flags = STEP_ASKS, .when = card_has_credential },
	ROW_PIN("user"),
	{ .name = "write", .show = "Please wait", .say = "The card stays in until the next prompt.",
	  .flags = STEP_WRITES, .run = credential_goes_out },
	{ .name = "prove", .show = "Please wait", .run = copy_proves_itself },
	{ 0 }
};

static const struct step user[] = {
	{ .name = "reader", .say = "User %U of slot %S is asked at another pad: %r",
	  .flags = STEP_MOVES, .run = user_is_at_reader },
	{ .name = "make", .show = "Please wait", .run = credential_is_made },
	{ .name = "cards", .each = copy, .count = roster_copies },
	ROW_INSERT("\aRead User %U\npress OK",
	    "Any card of user %U of slot %S is in the pad; the operator presses OK."),
	{ .name = "known", .show = "Please wait", .run = keys_come_in },
	{ .name = "enrol", .show = "Please wait", .run = user_is_enrolled },
	{ 0 }
};

static const struct step make_steps[] = {
	{ .name = "seats", .run = seats_are_looked_up },
	{ .name = "users", .each = user, .count = roster_count, .skip = roster_kept,
	  .turn = roster_take, .front = "Slot %S: user %U" },
	{ 0 }
};

static const struct step finish_steps[] = {
	{ .name = "finish", .show = "Please wait", .flags = STEP_COMMITS,
	  .say = "From here on nothing opens these slots without their users.",
	  .run = users_are_finished },
	{ 0 }
};

const struct phase users_make = { "slot-users", make_steps, roster_wanted };
const struct phase users_finish = { "slot-users", finish_steps, roster_wanted };
const struct phase users_finish_always = { "slot-users", finish_steps, NULL };

/* The reader of the first user. */
static int
first_reader(struct ceremony *c, char name[USER_READER_MAX])
{
	roster_take(c, 1);
	if (roster_reader(c)[0] != '\0')
		(void)snprintf(name, USER_READER_MAX, "%s", roster_reader(c));
	roster_take(c, 0);
	return 0;
}

const struct ceremony_plan slot_cards_plan = {
	.name = "slot-cards",
	.title = "Cards for the users of a slot",
	.states = 1u << HSM_OPERATIONAL,
	.wants = roster_check_one,
	.reader = first_reader,
	.phase = { &users_make, &users_finish },
	.ends = "Its command ends. It names the cards that still have the PIN of the factory: tell "
	    "their users to change it.",
	.undone = "Slot %S opens as before; begun again, it makes the cards of all its users",
};
