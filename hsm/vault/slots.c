#include "hsm/vault/store_parts.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"

_Static_assert(OBJECT_PUBLIC == PUBLIC + 1 && OBJECT_PRIVATE == PRIVATE + 1, "domains by index");

struct slot *
slot_of(struct store *s, unsigned slot, int *r)
{
	*r = slot >= SLOTS ? ERR_ARG : !s->now.slot[slot].present ? ERR_NOT_NOW : 0;
	return *r == 0 ? &s->now.slot[slot] : NULL;
}

struct domain_of
slot_domain(const struct store *s, unsigned slot, unsigned domain)
{
	struct domain_of of = { slot, domain + 1, s->now.slot[slot].record.generation };

	return of;
}

struct pass_of
slot_pass_of(struct store *s, const struct seal_key *device, unsigned slot, enum slot_who who,
    uint64_t generation)
{
	struct pass_of of = { device, &s->turns, slot, who, generation };

	return of;
}

int
slot_info(struct store *s, unsigned slot, struct slot_info *info)
{
	memset(info, 0, sizeof(*info));
	if (slot >= SLOTS)
		return ERR_ARG;
	pthread_mutex_lock(&s->told_lock);
	*info = s->told[slot];
	pthread_mutex_unlock(&s->told_lock);
	return 0;
}

void
slots_delay(struct store *s, unsigned first_ms, unsigned most_ms)
{
	s->delay_first = first_ms;
	s->delay_most = most_ms;
}

/* Keys. --------------------------------------------------------------------- */

/* The keys of another generation of a domain, which is empty. */
static int
fresh(struct store *s, unsigned slot, unsigned domain, const struct seal_key *from,
    const char *label)
{
	struct domain *d = &s->now.slot[slot].domain[domain];
	struct domain_of of = slot_domain(s, slot, domain);
	struct domain_keys *keys;
	int r;

	if ((r = domain_keys_make(from, label, &of, &keys)) != 0)
		return r;
	/* Those from before are freed when the transaction is over. */
	d->keys = keys;
	memset(&d->m, 0, sizeof(d->m));
	d->dirty = 1;
	return 0;
}

int
slot_fresh_private(struct store *s, unsigned slot, const struct seal_key *key)
{
	struct slot *t = &s->now.slot[slot];
	int r;

	if ((r = fresh(s, slot, PRIVATE, key, "cardinal objects private")) != 0)
		return r;
	if ((t->key = secmem_alloc(sizeof(*t->key))) == NULL)
		return ERR_NOMEM;
	*t->key = *key;
	t->envelopes = NULL;
	return 0;
}

int
slot_fresh(struct store *s, unsigned slot, const struct seal_key *key)
{
	struct domain *d = &s->now.slot[slot].domain[PRIVATE];
	int r;

	if ((r = fresh(s, slot, PUBLIC, s->key, "cardinal objects public")) != 0 || key != NULL)
		return r != 0 ? r : slot_fresh_private(s, slot, key);
	s->now.slot[slot].key = NULL;
	s->now.slot[slot].envelopes = NULL;
	memset(&d->m, 0, sizeof(d->m));
	d->keys = NULL;
	return 0;
}

int
slot_barred(const struct store *s, unsigned slot)
{
	const struct slot *first = &s->now.slot[0];

	return slot != 0 && !s->booted && first->present && first->record.mode == SLOT_CARDS &&
	    first->record.user.stored;
}

int
slot_open(struct store *s, unsigned slot, const struct seal_key *key,
    const struct slot_envelopes *env)
{
	struct slot *t = &s->now.slot[slot];
	struct domain *d = &t->domain[PRIVATE];
	struct domain_of of = slot_domain(s, slot, PRIVATE);
	int r;

	if (t->key != NULL)
		return 0;
	if (s->tx || slot_barred(s, slot))
		return ERR_NOT_NOW;
	if ((t->key = secmem_alloc(sizeof(*t->key))) == NULL ||
	    (env != NULL && (t->envelopes = secmem_alloc(sizeof(*t->envelopes))) == NULL)) {
		slot_shut(t);
		return ERR_NOMEM;
	}
	*t->key = *key;
	if (env != NULL)
		*t->envelopes = *env;
	if ((r = domain_keys_make(key, "cardinal objects private", &of, &d->keys)) == 0)
		r = domain_verify(&s->sql, &of, d);
	if (r == ERR_MAC)
		return slot_harmed(s, slot);
	if (r != 0)
		slot_shut(t);
	slots_tell(s);
	if (r == 0 && slot == 0) {
		s->booted = 1;
		/* What cannot be written now is made when something is to be signed. */
		(void)audit_ready(s);
	}
	return r;
}

int
slot_leave(struct store *s, unsigned slot)
{
	struct slot *t;
	int r;

	if ((t = slot_of(s, slot, &r)) == NULL)
		return r;
	/* What has been written of it needs its keys until the end. */
	if (s->tx)
		return ERR_NOT_NOW;
	slot_shut(t);
	slots_tell(s);
	people_void(s, slot);
	return 0;
}

int
slot_open_auto(struct store *s, unsigned slot)
{
	struct seal_key key;
	struct pass_of of;
	struct slot *t;
	int r;

	if ((t = slot_of(s, slot, &r)) == NULL)
		return r;
	if (t->damaged)
		return ERR_MAC;
	if (t->record.mode != SLOT_AUTO)
		return ERR_NOT_NOW;
	if (t->key != NULL)
		return 0;
	if (slot_barred(s, slot))
		return ERR_NOT_NOW;
	of = slot_pass_of(s, s->key, slot, SLOT_USER, t->record.generation);
	if ((r = pass_auto_open(&of, t->record.automatic, &key)) == 0)
		r = slot_open(s, slot, &key, NULL);
	OPENSSL_cleanse(&key, sizeof(key));
	return r;
}

int
slots_start(struct store *s)
{
	int r;

	for (unsigned i = 0; i < SLOTS; i++)
		if (s->now.slot[i].present && s->now.slot[i].record.mode == SLOT_AUTO &&
		    !slot_barred(s, i) && (r = slot_open_auto(s, i)) != 0 &&
		    r != ERR_MAC)
			return r;
	return 0;
}

void
slots_close(struct store *s)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *t = &s->now.slot[i];

		slot_shut(t);
		secmem_free(&t->domain[PUBLIC].keys, sizeof(*t->domain[PUBLIC].keys));
		OPENSSL_cleanse(t, sizeof(*t));
	}
	s->booted = 0;
	pthread_mutex_lock(&s->told_lock);
	s->epoch++;
	pthread_cond_broadcast(&s->woken);
	pthread_mutex_unlock(&s->told_lock);
	for (unsigned i = 0; i < SLOTS; i++)
		people_void(s, i);
	slots_tell(s);
}

/* Making. ------------------------------------------------------------------- */

int
slot_plan_check(unsigned slot, const struct slot_plan *plan)
{
	if (plan->mode == SLOT_PKA)
		return ERR_UNSUPPORTED;
	if ((plan->mode != SLOT_AUTO && plan->mode != SLOT_CODE && plan->mode != SLOT_CARDS) ||
	    (plan->mode == SLOT_CODE && slot == 0))
		return ERR_ARG;
	if (plan->mode == SLOT_CARDS && (plan->users < 1 || plan->users > USERS_MAX ||
	    plan->copies < 1 || plan->copies > COPIES_MAX))
		return ERR_ARG;
	if (plan->so_n != 0 && (plan->so_n < SLOT_CODE_MIN || plan->so_n > SLOT_CODE_MAX))
		return ERR_ARG;
	/* A code that is to be stored is not to be anybody's own. */
	if (plan->code_n == 0)
		return plan->mode == SLOT_AUTO || (plan->mode == SLOT_CARDS && slot == 0) ? 0 :
		    ERR_ARG;
	return plan->code_n < SLOT_CODE_MIN || plan->code_n > SLOT_CODE_MAX ||
	    (plan->mode == SLOT_AUTO && !plan->trial) ? ERR_ARG : 0;
}

/* The user's code, or the SO PIN: given, or n 0 to make one, which is stored. */
static int
put_pass(const struct pass_of *of, const uint8_t *code, size_t n, int store, unsigned cost,
    const struct seal_key *key, struct slot_pass *pass)
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
	if ((r = pass_set(of, code, n, cost, pass)) == 0) {
		if (store)
			r = pass_keep(of, code, n, pass);
		else if (key != NULL)
			r = pass_enclose(of, code, n, key, pass);
	}
	OPENSSL_cleanse(made, sizeof(made));
	return r;
}

/* A code of mode cards, whose envelope is for the box; a made SO PIN has none, as elsewhere. */
static int
put_either(const struct pass_of *of, const struct slot_plan *plan, const uint8_t *code, size_t n,
    const struct seal_key *key, struct slot_pass *pass, uint8_t envelope[SLOT_KEY_SEALED])
{
	unsigned cost = plan->trial ? SLOT_COST_NONE : SLOT_COST;
	int r;

	if (plan->mode == SLOT_CARDS && (of->who == SLOT_USER || n > 0))
		r = cards_put(of, code, n, 0, cost, key, pass, envelope);
	else
		r = put_pass(of, code, n, plan->mode == SLOT_AUTO && of->who == SLOT_USER, cost,
		    key, pass);
	pass->change = plan->trial;
	return r;
}

int
slot_plan_codes(const struct pass_of *user, const struct slot_plan *plan,
    const struct seal_key *key, struct slot_record *rec, struct slot_envelopes *env)
{
	struct pass_of so = *user;
	int r;

	so.who = SLOT_SO;
	cards_move(rec, plan->mode, env);
	rec->mode = plan->mode;
	if ((r = put_either(user, plan, plan->code, plan->code_n, key, &rec->user,
	    env->user)) != 0)
		return r;
	OPENSSL_cleanse(rec->automatic, sizeof(rec->automatic));
	if (plan->mode == SLOT_AUTO && (r = pass_auto(user, key, rec->automatic)) != 0)
		return r;
	/* The SO PIN that there is stays, unless there is another one. */
	if ((plan->so_n != 0 || !rec->so.set) &&
	    (r = put_either(&so, plan, plan->so, plan->so_n, key, &rec->so, env->so)) != 0)
		return r;
	return plan->mode == SLOT_CARDS ? cards_seal(user->slot, rec, env) : 0;
}

static int
make(struct store *s, unsigned i, const struct slot_plan *plan, const char *hsm)
{
	struct slot *t = &s->now.slot[i];
	struct slot_record *rec = &t->record;
	char text[2 * SLOT_LABEL_LEN + 1];
	uint8_t serial[SLOT_SERIAL_LEN / 2];
	struct slot_envelopes env = { { 0 }, { 0 } };
	struct seal_key key;
	struct pass_of of;
	int r = ERR_CRYPTO;

	memset(t, 0, sizeof(*t));
	rec->generation = 1;
	snprintf(text, sizeof(text), "%s slot %u%*s", hsm, i, SLOT_LABEL_LEN, "");
	memcpy(rec->label, text, SLOT_LABEL_LEN);
	if (RAND_bytes(serial, sizeof(serial)) != 1 ||
	    RAND_priv_bytes(key.key, sizeof(key.key)) != 1)
		goto out;
	for (unsigned j = 0; j < sizeof(serial); j++)
		snprintf(text + 2 * j, 3, "%02x", serial[j]);
	memcpy(rec->serial, text, SLOT_SERIAL_LEN);
	of = slot_pass_of(s, s->key, i, SLOT_USER, rec->generation);
	if ((plan->mode == SLOT_CARDS &&
	    (r = enrol_seats(s, i, plan->users, &rec->cards)) != 0) ||
	    (r = slot_plan_codes(&of, plan, &key, rec, &env)) != 0 ||
	    (r = slot_fresh(s, i, &key)) != 0)
		goto out;
	t->present = t->dirty = 1;
	/* Those of mode auto open when all of it is committed. */
	t->shut = 1;
out:
	OPENSSL_cleanse(&key, sizeof(key));
	OPENSSL_cleanse(&env, sizeof(env));
	return r;
}

int
slots_make(struct store *s, const struct slot_plan plan[SLOTS])
{
	static const struct slot_plan automatic = { .mode = SLOT_AUTO };
	struct row row;
	int r;

	if (!s->tx || s->key == NULL)
		return s->key == NULL ? ERR_INTERNAL : ERR_NOT_NOW;
	for (unsigned i = 0; i < SLOTS && plan != NULL; i++)
		if ((r = slot_plan_check(i, &plan[i])) != 0)
			return r;
	if ((r = row_get(s, &row)) != 0 || (r = slots_forget(s)) != 0)
		return r;
	for (unsigned i = 0; i < SLOTS; i++)
		if ((r = make(s, i, plan != NULL ? &plan[i] : &automatic, row.label)) != 0)
			return r;
	return 0;
}
