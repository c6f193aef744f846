#include "hsm/vault/slots_parts.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/lock.h"

_Static_assert(sizeof(struct slot_envelopes) + SEAL_OVERHEAD == SLOT_BOX_LEN, "a box of both");

static const char box_label[] = "cardinal slot box";

enum { BIND_LEN = sizeof(box_label) + 1 + 8 };

/* Of this slot and this token, or a box put in another's place would open with the same cards. */
static void
put_bind(unsigned slot, uint64_t generation, uint8_t bind[BIND_LEN])
{
	struct wr wr;

	wr_init(&wr, bind, BIND_LEN);
	wr_bytes(&wr, box_label, sizeof(box_label));
	wr_u8(&wr, (uint8_t)slot);
	wr_u64(&wr, generation);
}

static void
get_points(const struct slot_cards *c, uint8_t (*points)[USER_POINT])
{
	for (unsigned i = 0; i < c->users; i++)
		memcpy(points[i], c->seat[i].keys.point, USER_POINT);
}

int
cards_seal(unsigned slot, struct slot_record *rec, const struct slot_envelopes *env)
{
	struct slot_cards *c = &rec->cards;
	uint8_t points[USERS_MAX][USER_POINT], bind[BIND_LEN];

	memset(c->ephemeral, 0, sizeof(c->ephemeral));
	memset(c->box, 0, sizeof(c->box));
	if (!rec->user.enveloped && !rec->so.enveloped)
		return 0;
	get_points(c, points);
	put_bind(slot, rec->generation, bind);
	return lock_seal((const uint8_t (*)[USER_POINT])points, c->users, bind, sizeof(bind),
	    (const uint8_t *)env, sizeof(*env), c->ephemeral, c->box);
}

int
cards_unseal(unsigned slot, const struct slot_record *rec, const struct lock_secrets *secrets,
    struct slot_envelopes *env)
{
	const struct slot_cards *c = &rec->cards;
	uint8_t points[USERS_MAX][USER_POINT], bind[BIND_LEN];

	get_points(c, points);
	put_bind(slot, rec->generation, bind);
	return lock_open((const uint8_t (*)[USER_POINT])points, c->ephemeral, secrets, c->users,
	    bind, sizeof(bind), c->box, sizeof(c->box), (uint8_t *)env, sizeof(*env));
}

int
cards_put(const struct pass_of *of, const uint8_t *code, size_t n, int store, unsigned cost,
    const struct seal_key *key, struct slot_pass *pass, uint8_t envelope[SLOT_KEY_SEALED])
{
	uint8_t made[SLOT_MADE_LEN];
	int r = 0;

	if (n == 0) {
		if ((r = pass_make(made)) != 0)
			return r;
		code = made;
		n = sizeof(made);
		cost = SLOT_COST_NONE;
		store = 1;
	}
	if ((r = pass_set(of, code, n, cost, pass)) == 0 &&
	    (!store || (r = pass_keep(of, code, n, pass)) == 0))
		r = pass_wrap(of, code, n, key, pass, envelope);
	OPENSSL_cleanse(made, sizeof(made));
	return r;
}

void
cards_move(struct slot_record *rec, unsigned mode, struct slot_envelopes *env)
{
	if (rec->mode == SLOT_CARDS && mode != SLOT_CARDS)
		memcpy(rec->so.envelope, env->so, sizeof(env->so));
	if (rec->mode != SLOT_CARDS && mode == SLOT_CARDS) {
		memcpy(env->so, rec->so.envelope, sizeof(env->so));
		memset(rec->so.envelope, 0, sizeof(rec->so.envelope));
	}
	if (mode != SLOT_CARDS)
		memset(&rec->cards, 0, sizeof(rec->cards));
}
