#include "hsm/vault/slot_work.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"

/* Whether it is still what its people were asked for: this token, this code, this box. */
static int
still(const struct work *w, const struct ask *a)
{
	const struct slot_record *rec = &w->record;
	const struct slot_pass *pass = a->who == SLOT_USER ? &rec->user : &rec->so;

	return !w->damaged && rec->mode == SLOT_CARDS && rec->generation == a->generation &&
	    memcmp(pass->envelope_salt, a->salt, sizeof(a->salt)) == 0 &&
	    memcmp(&rec->cards, &a->cards, sizeof(a->cards)) == 0 ? 0 : ERR_NOT_NOW;
}

/* Box and envelope: what the cards agreed on, then the code. */
static int
find_key(struct work *w, const struct ask *a)
{
	struct pass_of of = work_of(w, a->who);
	int r;

	if ((r = cards_unseal(w->slot, &w->record, &a->secret->z, &w->env)) != 0)
		return r;
	return pass_unwrap(&of, &a->secret->lock, a->who == SLOT_USER ? w->env.user : w->env.so,
	    &w->key);
}

static int
seal_anew(struct work *w)
{
	w->env_new = 1;
	return cards_seal(w->slot, &w->record, &w->env);
}

/* The store is locked, and nobody closed the slot since. */
static int
lock_for(struct work *w, const struct ask *a)
{
	int r, voided;

	if ((r = work_lock(w)) != 0)
		return r;
	pthread_mutex_lock(&w->store->told_lock);
	voided = a->voided;
	pthread_mutex_unlock(&w->store->told_lock);
	if (voided)
		work_unlock(w);
	return voided ? ERR_NOT_NOW : 0;
}

/* Sealed anew first: what the cards answered is worth nothing when the slot is open. */
static int
activate(struct work *w, struct ask *a)
{
	int r;

	if ((r = seal_anew(w)) != 0 || (r = lock_for(w, a)) != 0)
		return r;
	if ((r = work_commit(w)) == 0 &&
	    (r = slot_open(w->store, w->slot, &w->key, &w->env)) == 0 && w->slot == 0)
		(void)slots_start(w->store);
	work_unlock(w);
	return r;
}

static int
give_code(struct work *w, struct ask *a)
{
	int r;

	if ((r = work_give_code(w, a->secret->plan.code, a->secret->plan.code_n)) != 0 ||
	    (r = seal_anew(w)) != 0 || (r = lock_for(w, a)) != 0)
		return r;
	r = work_commit(w);
	work_unlock(w);
	return r;
}

static int
change_mode(struct work *w, struct ask *a)
{
	struct pass_of of = work_of(w, SLOT_USER);
	int r;

	if ((r = slot_plan_codes(&of, &a->secret->plan, &w->key, &w->record, &w->env)) != 0 ||
	    (r = lock_for(w, a)) != 0)
		return r;
	/* Others may have waited for slot 0 (slots_start). */
	if ((r = work_put_mode(w)) == 0 && w->slot == 0)
		(void)slots_start(w->store);
	work_unlock(w);
	return r;
}

int
ask_carry_out(struct store *s, struct ask *a)
{
	struct work *w;
	int r;

	if ((r = work_begin(s, a->o.slot, &w)) != 0 || (r = still(w, a)) != 0 ||
	    (r = find_key(w, a)) != 0)
		goto out;
	switch (a->o.purpose) {
	case CHALLENGE_ACTIVATE:
		r = activate(w, a);
		break;
	case CHALLENGE_INIT:
		r = give_code(w, a);
		break;
	case CHALLENGE_ADMIN:
		r = change_mode(w, a);
		break;
	default:
		r = ERR_INTERNAL;
	}
out:
	work_end(w);
	return r;
}
