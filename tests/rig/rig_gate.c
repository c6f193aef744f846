#include "tests/rig/rig.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"

/* Slots and their users, in memory, with the vault's rules and real keys. */

enum { CHALLENGE_MS = 60 * 1000 };

static struct rig *
of(struct gate *gp)
{
	return (struct rig *)((char *)gp - offsetof(struct rig, gate.gate));
}

static int
enter(struct rig *g)
{
	return rig_fails(&g->gate.fault) ? g->gate.fault.err : 0;
}

/* Issuing. --------------------------------------------------------------------------------------- */

static int
enrolled(struct gate *gp, unsigned slot, unsigned user, struct user_seat *seat)
{
	struct rig_gate *v = &of(gp)->gate;
	int r;

	if ((r = enter(of(gp))) != 0)
		return r;
	if (!v->there[slot][user - 1])
		return ERR_NOT_FOUND;
	*seat = v->enrolled[slot][user - 1];
	return 0;
}

static int
enrol(struct gate *gp, unsigned slot, unsigned user, const struct user_seat *seat)
{
	struct rig_gate *v = &of(gp)->gate;
	unsigned i;
	int r;

	if ((r = enter(of(gp))) != 0)
		return r;
	for (i = 0; i < USERS_MAX; i++)
		if (i != user - 1 && v->there[slot][i] &&
		    user_keys_meet(&v->enrolled[slot][i].keys, &seat->keys))
			return ERR_EXISTS;
	v->enrolled[slot][user - 1] = *seat;
	v->there[slot][user - 1] = 1;
	v->enrols++;
	return 0;
}

static void
points_of(const struct rig_slot *s, uint8_t (*points)[USER_POINT])
{
	unsigned i;

	for (i = 0; i < s->users; i++)
		memcpy(points[i], s->seat[i].keys.point, USER_POINT);
}

static int
seal(struct rig_slot *s, uint8_t slot)
{
	uint8_t points[USERS_MAX][USER_POINT];

	points_of(s, points);
	return lock_seal(points, s->users, &slot, 1, s->key, RIG_KEY, s->ephemeral, s->box);
}

/* With a record of its own, as the vault's. */
static int
finish(struct gate *gp)
{
	struct rig *g = of(gp);
	struct rig_gate *v = &g->gate;
	unsigned slot, user;
	int r;

	if ((r = enter(g)) != 0)
		return r;
	for (slot = 0; slot < CEREMONY_SLOTS; slot++)
		for (user = 0; user < g->slot[slot].users; user++)
			if (!v->there[slot][user])
				return ERR_NOT_FOUND;
	for (slot = 0; slot < CEREMONY_SLOTS; slot++) {
		struct rig_slot *s = &v->slot[slot];

		if (g->slot[slot].users == 0)
			continue;
		s->users = g->slot[slot].users;
		s->open = 0;
		memcpy(s->seat, v->enrolled[slot], sizeof(s->seat));
		if (RAND_bytes(s->key, RIG_KEY) != 1 || (r = seal(s, (uint8_t)slot)) != 0)
			return r != 0 ? r : ERR_CRYPTO;
	}
	memset(v->there, 0, sizeof(v->there));
	memset(v->enrolled, 0, sizeof(v->enrolled));
	v->finishes++;
	if (g->journal.status.state == HSM_INSTALLING)
		g->journal.status.state = HSM_OPERATIONAL;
	return v->lost ? ERR_CLOSED : 0;
}

void
rig_gate_order(struct rig *g)
{
	struct rig_gate *v = &g->gate;

	for (unsigned slot = 0; slot < CEREMONY_SLOTS; slot++) {
		if (g->slot[slot].users == 0)
			continue;
		memset(v->there[slot], 0, sizeof(v->there[slot]));
		memset(v->enrolled[slot], 0, sizeof(v->enrolled[slot]));
	}
}

/* Opening. --------------------------------------------------------------------------------------- */

uint64_t
rig_opening(struct rig *g, unsigned slot)
{
	struct rig_gate *v = &g->gate;

	if (v->number != 0)
		abort();
	OPENSSL_cleanse(&v->z, sizeof(v->z));
	v->opens = slot;
	v->proven = v->asks = 0;
	return v->number = ++v->numbers;
}

/* Whatever the ceremony says: the box opens by what the cards have agreed on, or it does not. */
int
rig_opened(struct rig *g, uint64_t number, int err)
{
	struct rig_gate *v = &g->gate;
	struct rig_slot *s = &v->slot[v->opens];
	uint8_t points[USERS_MAX][USER_POINT], key[RIG_KEY], slot = (uint8_t)v->opens;
	int opens;

	if (number == 0 || number != v->number)
		abort();
	v->number = 0;
	v->ends++;
	v->end = err;
	points_of(s, points);
	opens = lock_open(points, s->ephemeral, &v->z, s->users, &slot, 1, s->box,
	    sizeof(s->box), key, RIG_KEY) == 0 && memcmp(key, s->key, RIG_KEY) == 0;
	if (opens != (v->proven == s->users))
		abort();
	if (err != 0 || !opens)
		return 0;
	if (seal(s, slot) != 0)
		abort();
	s->open = 1;
	s->openings++;
	return 1;
}

static int
open_slot(struct gate *gp, unsigned slot, uint64_t *number)
{
	int r;

	*number = 0;
	if ((r = enter(of(gp))) != 0)
		return r;
	if (of(gp)->gate.slot[slot].users == 0)
		return ERR_NOT_NOW;
	*number = rig_opening(of(gp), slot);
	return 0;
}

static int
end(struct gate *gp, uint64_t number, int err, int begun)
{
	struct rig *g = of(gp);
	int r = enter(g);

	(void)begun;
	/* What fails opens nothing. */
	if (!rig_opened(g, number, err != 0 ? err : r) && err == 0 && r == 0)
		r = ERR_MAC;
	return r;
}

static int
its_turn(const struct rig_gate *v, uint64_t number, unsigned user)
{
	return number != 0 && number == v->number && user >= 1 && user <= v->slot[v->opens].users;
}

static int
seat(struct gate *gp, uint64_t number, unsigned user, struct user_seat *out)
{
	struct rig_gate *v = &of(gp)->gate;
	int r;

	if ((r = enter(of(gp))) != 0)
		return r;
	if (!its_turn(v, number, user))
		return ERR_NOT_NOW;
	*out = v->slot[v->opens].seat[user - 1];
	return 0;
}

static int
challenge(struct gate *gp, uint64_t number, unsigned user, uint8_t text[CHALLENGE_LEN],
    uint8_t point[USER_POINT])
{
	struct rig_gate *v = &of(gp)->gate;
	struct challenge c = { .purpose = CHALLENGE_ACTIVATE, .user = (uint8_t)user,
	    .users = v->slot[v->opens].users, .slot = v->opens, .session = number, .seq = user };
	int r;

	if ((r = enter(of(gp))) != 0)
		return r;
	if (!its_turn(v, number, user) || user != v->proven + 1)
		return ERR_NOT_NOW;
	if ((r = challenge_make(&c, v->text)) != 0)
		return r;
	v->asked = of(gp)->clock;
	memcpy(text, v->text, CHALLENGE_LEN);
	memcpy(point, v->slot[v->opens].ephemeral[user - 1], USER_POINT);
	v->asks = user;
	if (v->late)
		of(gp)->clock += CHALLENGE_MS;
	return 0;
}

static int
proof(struct gate *gp, uint64_t number, unsigned user, const uint8_t signature[USER_MODULUS],
    const uint8_t z[32])
{
	struct rig *g = of(gp);
	struct rig_gate *v = &g->gate;
	unsigned asked = v->asks;
	int r;

	if ((r = enter(g)) != 0)
		return r;
	v->asks = 0;
	if (!its_turn(v, number, user) || user != asked || g->clock - v->asked >= CHALLENGE_MS)
		return ERR_NOT_NOW;
	if ((r = challenge_verify(&v->slot[v->opens].seat[user - 1].keys, v->text,
	    signature)) != 0)
		return r;
	memcpy(v->z.z[user - 1], z, LOCK_SECRET);
	v->proven++;
	return 0;
}

static int
whose(struct gate *gp, const struct user_keys *keys, unsigned *slot, unsigned *user)
{
	const struct rig_gate *v = &of(gp)->gate;
	int r;

	if ((r = enter(of(gp))) != 0)
		return r;
	for (*slot = 0; *slot < CEREMONY_SLOTS; ++*slot)
		for (*user = 1; *user <= v->slot[*slot].users; ++*user)
			if (user_keys_meet(&v->slot[*slot].seat[*user - 1].keys, keys))
				return 0;
	return ERR_NOT_FOUND;
}

static const struct gate_ops ops = {
	.enrolled = enrolled,
	.enrol = enrol,
	.finish = finish,
	.open = open_slot,
	.end = end,
	.seat = seat,
	.challenge = challenge,
	.proof = proof,
	.whose = whose,
};

void
rig_gate_init(struct rig *g)
{
	OPENSSL_cleanse(&g->gate, sizeof(g->gate));
	g->gate.gate.ops = &ops;
}
