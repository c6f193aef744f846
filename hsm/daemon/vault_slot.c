#include "hsm/daemon/vault_parts.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"
#include "hsm/vault/slots.h"

void
vault_forget(struct vault *v)
{
	secmem_free(&v->plan, SLOTS * sizeof(*v->plan));
	secmem_free(&v->order, sizeof(*v->order));
}

int
vault_unplan(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	(void)a;
	(void)result;
	vault_forget(v);
	return 0;
}

int
vault_plan(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	(void)result;
	vault_forget(v);
	if ((v->plan = secmem_alloc(SLOTS * sizeof(*v->plan))) == NULL)
		return ERR_NOMEM;
	memcpy(v->plan, a->plan, SLOTS * sizeof(*v->plan));
	return 0;
}

/* SPEC 5: what everybody knows. */
int
vault_trial(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	static const char user[] = "98765432", so[] = "87654321";
	struct slot_plan plan[SLOTS] = { 0 };

	(void)a;
	(void)result;
	for (size_t i = 0; i < SLOTS; i++) {
		plan[i].mode = i == 0 ? SLOT_AUTO : SLOT_CODE;
		plan[i].trial = 1;
		plan[i].code_n = sizeof(user) - 1;
		memcpy(plan[i].code, user, plan[i].code_n);
		plan[i].so_n = sizeof(so) - 1;
		memcpy(plan[i].so, so, plan[i].so_n);
	}
	return store_trial(v->store, plan);
}

int
vault_slots(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	int r;

	(void)a;
	for (unsigned i = 0; i < SLOTS; i++)
		if ((r = slot_info(v->store, i, &result->slots[i])) != 0)
			return r;
	return 0;
}

void
vault_plan_of(const struct slot_order *o, struct slot_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->mode = o->mode;
	plan->users = o->users;
	plan->copies = o->copies;
	plan->code_n = o->code_n;
	plan->so_n = o->so_n;
	memcpy(plan->code, o->code, o->code_n);
	memcpy(plan->so, o->so, o->so_n);
}

void
vault_mode_changed(struct vault *v, unsigned slot)
{
	struct slot_info info;

	if (slot_info(v->store, slot, &info) == 0 && info.mode != SLOT_AUTO)
		p11_slot_closed(v->p11, slot);
	else
		p11_slot_changed(v->p11, slot);
}

static uint8_t
by_cards(struct vault *v, unsigned slot)
{
	struct slot_info info;

	return slot_info(v->store, slot, &info) == 0 && info.present && info.mode == SLOT_CARDS;
}

/*
 * Whether its users are asked before it gets another mode: not for a token without a code. With a
 * code that order is refused, and without one it never waits, whatever the SO does meanwhile.
 */
static uint8_t
asks_its_users(struct vault *v, const struct slot_order *o)
{
	struct slot_info info;

	return by_cards(v, o->slot) && (o->now_n > 0 ||
	    (slot_info(v->store, o->slot, &info) == 0 && info.user_set));
}

int
vault_mode(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	struct slot_order *o = &a->slot;
	struct slot_plan plan;
	int r;

	/* Its cards have to be made before. */
	if (o->mode == SLOT_CARDS)
		return ERR_ARG;
	vault_plan_of(o, &plan);
	pthread_rwlock_rdlock(&v->modes);
	result->asked.asks = asks_its_users(v, o);
	if (result->asked.asks)
		r = people_ask_mode(v->store, o->slot, o->now, o->now_n, &plan,
		    &result->asked.opening);
	else if ((r = slot_set_mode(v->store, o->slot, o->now, o->now_n, &plan)) == 0)
		vault_mode_changed(v, o->slot);
	pthread_rwlock_unlock(&v->modes);
	OPENSSL_cleanse(&plan, sizeof(plan));
	return r;
}

/* Of mode code or auto. */
static int
enter(struct vault *v, const struct slot_order *o)
{
	int r;

	if (o->code_n > 0)
		return slot_enter(v->store, o->slot, SLOT_USER, o->code, o->code_n);
	store_lock(v->store);
	r = slot_open_auto(v->store, o->slot);
	store_unlock(v->store);
	return r;
}

int
vault_activate(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	struct slot_order *o = &a->slot;
	int r = 0;

	pthread_rwlock_rdlock(&v->modes);
	if ((result->asked.asks = by_cards(v, o->slot)) == 0 && (r = enter(v, o)) == 0)
		p11_slot_changed(v->p11, o->slot);
	pthread_rwlock_unlock(&v->modes);
	if (result->asked.asks)
		r = people_ask(v->store, o->slot, o->code, o->code_n,
		    o->code_n == 0 ? v->boot_s : 0, &result->asked.opening);
	return r;
}

int
vault_deactivate(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	int r;

	(void)result;
	store_lock(v->store);
	r = slot_leave(v->store, a->slot.slot);
	store_unlock(v->store);
	if (r == 0)
		p11_slot_closed(v->p11, a->slot.slot);
	return r;
}

int
vault_show(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	return slot_made(v->store, a->slot.slot, (enum slot_who)a->slot.who, result->shown);
}

int
vault_wipe(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	struct slot_order *o = &a->slot;
	int r;

	(void)result;
	if ((r = slot_wipe(v->store, o->slot, o->code, o->code_n)) == 0)
		p11_slot_closed(v->p11, o->slot);
	return r;
}

void
vault_all_changed(struct vault *v)
{
	for (unsigned i = 0; i < SLOTS; i++)
		p11_slot_changed(v->p11, i);
}

void
vault_all_closed(struct vault *v)
{
	for (unsigned i = 0; i < SLOTS; i++)
		p11_slot_closed(v->p11, i);
}
