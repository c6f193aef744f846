#include "hsm/daemon/vaultlink_parts.h"

#define TEXT(p, array) pass_text(p, array, sizeof(array))

/* Of slots. ---------------------------------------------------------------- */

/* A code, with a length of one byte. */
static void
code(struct pass *p, uint8_t *n, uint8_t v[SLOT_CODE_MAX])
{
	pass_u8(p, n, 0, SLOT_CODE_MAX);
	if (*n <= SLOT_CODE_MAX)
		pass_bytes(p, v, *n);
}

void
vaultlink_plan_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	for (size_t i = 0; i < SLOTS; i++) {
		pass_u8(p, &a->plan[i].mode, SLOT_AUTO, SLOT_PKA);
		pass_u8(p, &a->plan[i].users, 0, USERS_MAX);
		pass_u8(p, &a->plan[i].copies, 0, COPIES_MAX);
		code(p, &a->plan[i].code_n, a->plan[i].code);
		code(p, &a->plan[i].so_n, a->plan[i].so);
	}
}

void
vaultlink_slot_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	pass_u8(p, &a->slot.slot, 0, SLOTS - 1);
	pass_u8(p, &a->slot.mode, 0, SLOT_PKA);
	pass_u8(p, &a->slot.who, 0, SLOT_SO);
	code(p, &a->slot.now_n, a->slot.now);
	code(p, &a->slot.code_n, a->slot.code);
	code(p, &a->slot.so_n, a->slot.so);
	pass_u8(p, &a->slot.users, 0, USERS_MAX);
	pass_u8(p, &a->slot.copies, 0, COPIES_MAX);
}

void
vaultlink_asked_result(struct pass *p, void *v)
{
	union vaultlink_result *a = v;

	pass_u8(p, &a->asked.asks, 0, 1);
	pass_u64(p, &a->asked.opening);
}

/* As many as there are users; the others are zeros. */
static void
seats(struct pass *p, struct slot_info *s)
{
	pass_u8(p, &s->users, 0, USERS_MAX);
	for (size_t i = 0; i < s->users && i < USERS_MAX; i++) {
		pass_u8(p, &s->seat[i].copies, 1, COPIES_MAX);
		TEXT(p, s->seat[i].reader);
	}
}

void
vaultlink_slots_result(struct pass *p, void *v)
{
	union vaultlink_result *a = v;

	for (size_t i = 0; i < SLOTS; i++) {
		struct slot_info *s = &a->slots[i];

		pass_u8(p, &s->mode, 0, SLOT_PKA);
		pass_u8(p, &s->present, 0, 1);
		pass_u8(p, &s->initialised, 0, 1);
		pass_u8(p, &s->user_set, 0, 1);
		pass_u8(p, &s->open, 0, 1);
		pass_u8(p, &s->damaged, 0, 1);
		pass_u8(p, &s->user_left, 0, SLOT_TRIES);
		pass_u8(p, &s->so_left, 0, SLOT_TRIES);
		pass_u8(p, &s->user_change, 0, 1);
		pass_u8(p, &s->so_change, 0, 1);
		pass_u8(p, &s->so_made, 0, 1);
		pass_bytes(p, s->label, sizeof(s->label));
		pass_bytes(p, s->serial, sizeof(s->serial));
		pass_u64(p, &s->generation);
		pass_u64(p, &s->objects);
		seats(p, s);
		pass_u8(p, &s->copies, 0, COPIES_MAX);
		pass_u8(p, &s->stored, 0, 1);
		pass_u8(p, &s->held, 0, 1);
		pass_u8(p, &s->asking, 0, 1);
	}
}

void
vaultlink_shown_result(struct pass *p, void *v)
{
	union vaultlink_result *a = v;

	TEXT(p, a->shown);
}

/* Of users, and of openings. ----------------------------------------------- */

static void
keys(struct pass *p, struct user_keys *k)
{
	pass_bytes(p, k->modulus, sizeof(k->modulus));
	pass_bytes(p, k->point, sizeof(k->point));
}

static void
seat(struct pass *p, struct user_seat *s)
{
	keys(p, &s->keys);
	pass_u8(p, &s->copies, 1, COPIES_MAX);
	TEXT(p, s->reader);
}

void
vaultlink_enrolled_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	pass_u8(p, &a->enrol.slot, 0, SLOTS - 1);
	pass_u8(p, &a->enrol.user, 1, USERS_MAX);
}

void
vaultlink_enrol_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	vaultlink_enrolled_args(p, v);
	seat(p, &a->enrol.seat);
}

void
vaultlink_seat_result(struct pass *p, void *v)
{
	union vaultlink_result *a = v;

	seat(p, &a->seat);
}

void
vaultlink_ask_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	pass_u8(p, &a->ask.slot, 0, SLOTS - 1);
}

void
vaultlink_ask_result(struct pass *p, void *v)
{
	union vaultlink_result *a = v;

	pass_u64(p, &a->ask.opening);
}

void
vaultlink_opening_result(struct pass *p, void *v)
{
	struct opening *o = &((union vaultlink_result *)v)->opening;

	pass_u64(p, &o->number);
	pass_u8(p, &o->slot, 0, SLOTS - 1);
	pass_u8(p, &o->users, 1, USERS_MAX);
	pass_u8(p, &o->purpose, CHALLENGE_ACTIVATE, CHALLENGE_INIT);
	pass_u32(p, &o->seconds, UINT32_MAX);
}

/* Whose turn it is: for seat and challenge, too. */
void
vaultlink_turn_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	pass_u64(p, &a->opening.number);
	pass_u8(p, &a->opening.user, 1, USERS_MAX);
}

void
vaultlink_challenge_result(struct pass *p, void *v)
{
	union vaultlink_result *a = v;

	pass_bytes(p, a->challenge.text, sizeof(a->challenge.text));
	pass_bytes(p, a->challenge.point, sizeof(a->challenge.point));
}

void
vaultlink_proof_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	vaultlink_turn_args(p, v);
	pass_bytes(p, a->opening.signature, sizeof(a->opening.signature));
	pass_bytes(p, a->opening.z, sizeof(a->opening.z));
}

void
vaultlink_end_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	pass_u64(p, &a->opening.number);
	pass_u8(p, &a->opening.why, 0, UINT8_MAX);
	pass_u8(p, &a->opening.begun, 0, 1);
}

void
vaultlink_whose_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	keys(p, &a->whose);
}

void
vaultlink_whose_result(struct pass *p, void *v)
{
	union vaultlink_result *a = v;

	pass_u8(p, &a->whose.slot, 0, SLOTS - 1);
	pass_u8(p, &a->whose.user, 1, USERS_MAX);
}
