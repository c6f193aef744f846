#include "hsm/daemon/vault_parts.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/log.h"
#include "hsm/keys/secmem.h"

/* Issuing. ----------------------------------------------------------------- */

int
vault_waits(const struct vault *v)
{
	for (size_t i = 0; v->plan != NULL && i < SLOTS; i++)
		if (v->plan[i].mode == SLOT_CARDS)
			return 1;
	return 0;
}

/* How many users are made for that slot now: by the order, or by the plan of an installation. */
static unsigned
users_of(const struct vault *v, unsigned slot)
{
	if (v->order != NULL)
		return v->order->slot == slot ? v->order->users : 0;
	return v->plan != NULL && v->plan[slot].mode == SLOT_CARDS ? v->plan[slot].users : 0;
}

int
vault_enrolled(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	if (a->enrol.user > users_of(v, a->enrol.slot))
		return ERR_NOT_NOW;
	return store_enrolled(v->store, a->enrol.slot, a->enrol.user, &result->seat);
}

int
vault_enrol(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	(void)result;
	if (a->enrol.user > users_of(v, a->enrol.slot))
		return ERR_NOT_NOW;
	return store_enrol(v->store, a->enrol.slot, a->enrol.user, &a->enrol.seat);
}

/* The code is tried before cards are made in vain; users of an order that came to nothing go. */
int
vault_cards(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	struct slot_order *o = secmem_alloc(sizeof(*o));
	struct slot_plan plan;
	int r = ERR_NOMEM;

	(void)result;
	if (o == NULL)
		return r;
	*o = a->slot;
	vault_plan_of(o, &plan);
	r = o->mode != SLOT_CARDS ? ERR_ARG :
	    slot_mode_try(v->store, o->slot, o->now, o->now_n, &plan);
	store_lock(v->store);
	if (r == 0 && (r = store_enrol_forget(v->store, o->slot)) == 0) {
		vault_forget(v);
		v->order = o;
		o = NULL;
	}
	store_unlock(v->store);
	OPENSSL_cleanse(&plan, sizeof(plan));
	secmem_free(&o, sizeof(*o));
	return r;
}

/* It has happened; only the record of it may still fail. */
static void
record_mode(struct vault *v, unsigned slot)
{
	struct record rec = { .ceremony = "slot", .step = "mode", .outcome = "ok" };
	int r;

	snprintf(rec.text, sizeof(rec.text), "slot %u", slot);
	store_lock(v->store);
	if ((r = store_record(v->store, &rec)) != 0)
		log_err("the new mode of slot %u is not in the transcript: %s", slot, err_str(r));
	store_unlock(v->store);
}

/* The mode of a slot, as the order has it. */
static int
finish_order(struct vault *v, const struct slot_order *o)
{
	struct slot_plan plan;
	int r;

	vault_plan_of(o, &plan);
	pthread_rwlock_wrlock(&v->modes);
	r = slot_set_mode(v->store, o->slot, o->now, o->now_n, &plan);
	pthread_rwlock_unlock(&v->modes);
	if (r == 0) {
		vault_mode_changed(v, o->slot);
		record_mode(v, o->slot);
	}
	OPENSSL_cleanse(&plan, sizeof(plan));
	return r;
}

int
vault_finish(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	struct slot_order *o;
	int r = ERR_NOT_NOW;

	(void)a;
	(void)result;
	store_lock(v->store);
	o = v->order;
	v->order = NULL;
	/* The plan stays for `ask`; whoever runs the ceremony ends with `unplan`. */
	if (o == NULL && v->plan != NULL)
		r = store_finish(v->store, v->plan);
	store_unlock(v->store);
	if (o != NULL)
		r = finish_order(v, o);
	else if (r == 0)
		vault_all_changed(v);
	secmem_free(&o, sizeof(*o));
	return r;
}

/* Opening. ----------------------------------------------------------------- */

int
vault_ask(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	struct slot_plan *p = secmem_alloc(sizeof(*p));
	int r = ERR_NOT_NOW;

	if (p == NULL)
		return ERR_NOMEM;
	store_lock(v->store);
	if (v->plan != NULL)
		*p = v->plan[a->ask.slot];
	store_unlock(v->store);
	if (p->mode == SLOT_CARDS)
		r = people_claim(v->store, a->ask.slot, p->code, p->code_n, &result->ask.opening);
	secmem_free(&p, sizeof(*p));
	return r;
}

int
vault_next(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	int r;

	(void)a;
	if ((r = people_next(v->store, &result->opening)) != 0)
		return r;
	store_lock(v->store);
	v->now = result->opening;
	store_unlock(v->store);
	return 0;
}

int
vault_seat(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	return people_seat(v->store, a->opening.number, a->opening.user, &result->seat);
}

int
vault_challenge(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	return people_challenge(v->store, a->opening.number, a->opening.user,
	    result->challenge.text, result->challenge.point);
}

int
vault_proof(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	(void)result;
	return people_proof(v->store, a->opening.number, a->opening.user, a->opening.signature,
	    a->opening.z);
}

/* All sessions end, and what the parent runs starts the programs again. */
static void
has_failed(struct vault *v)
{
	vault_all_closed(v);
	if (v->restart_fd >= 0 && write(v->restart_fd, "\n", 1) != 1)
		log_err("the parent cannot be told of the opening that failed");
}

int
vault_end(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	struct opening now;
	int r, failed = 0;

	(void)result;
	store_lock(v->store);
	now = v->now;
	store_unlock(v->store);
	r = people_end(v->store, a->opening.number, -(int)a->opening.why, a->opening.begun,
	    &failed);
	if (failed == PEOPLE_UNWRITTEN && now.number == a->opening.number)
		log_err("that an opening of slot %u has failed cannot be written: until this "
		    "daemon ends it waits for `cardinal slot activate %u`", now.slot, now.slot);
	if (failed) {
		has_failed(v);
		return r;
	}
	if (r != 0 || a->opening.why != 0)
		return r;
	/* With slot 0 others may have opened; one that a ceremony claimed may be any slot's. */
	if (now.number != a->opening.number || now.slot == 0)
		vault_all_changed(v);
	else if (now.purpose == CHALLENGE_ACTIVATE)
		p11_slot_changed(v->p11, now.slot);
	if (now.number == a->opening.number && now.purpose == CHALLENGE_ADMIN)
		vault_mode_changed(v, now.slot);
	return r;
}

int
vault_whose(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	unsigned slot = 0, user = 0;
	int r;

	if ((r = people_whose(v->store, &a->whose, &slot, &user)) != 0)
		return r;
	result->whose.slot = (uint8_t)slot;
	result->whose.user = (uint8_t)user;
	return 0;
}
