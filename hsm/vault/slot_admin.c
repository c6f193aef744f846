#include "hsm/vault/slot_work.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"

/*
 * Where a token begins whose record is lost: numbers that no row from before can have. Another
 * generation has other keys for its objects.
 */
static int
begin_anew(struct work *w)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t serial[SLOT_SERIAL_LEN / 2];
	uint64_t v[2];

	if (RAND_bytes((uint8_t *)v, sizeof(v)) != 1 || RAND_bytes(serial, sizeof(serial)) != 1)
		return ERR_CRYPTO;
	w->record.generation = v[0] >> 16;
	w->writing = v[1] >> 16;
	w->record.mode = w->slot == 0 ? SLOT_AUTO : SLOT_CODE;
	memset(w->record.label, ' ', sizeof(w->record.label));
	for (unsigned i = 0; i < sizeof(serial); i++) {
		w->record.serial[2 * i] = digits[serial[i] >> 4];
		w->record.serial[2 * i + 1] = digits[serial[i] & 15];
	}
	return 0;
}

/*
 * Another token in the record's slot: so_n 0 for an SO PIN that is made and stored. Users stay; the
 * user's code does not, but where it is stored there is another one.
 */
static int
another_token(struct work *w, const uint8_t *so, size_t so_n)
{
	struct slot_plan plan = { .mode = SLOT_AUTO, .so_n = (uint8_t)so_n };
	struct slot_record *rec = &w->record;
	int stored = rec->mode == SLOT_AUTO || (rec->mode == SLOT_CARDS && rec->user.stored);
	uint8_t mode = rec->mode;
	struct pass_of of;
	int r;

	rec->generation++;
	OPENSSL_cleanse(&rec->user, sizeof(rec->user));
	OPENSSL_cleanse(&rec->so, sizeof(rec->so));
	OPENSSL_cleanse(&rec->audit, sizeof(rec->audit));
	OPENSSL_cleanse(&w->env, sizeof(w->env));
	if (RAND_priv_bytes(w->key.key, sizeof(w->key.key)) != 1)
		return ERR_CRYPTO;
	if (so_n > 0)
		memcpy(plan.so, so, so_n);
	if (mode == SLOT_CARDS)
		plan.mode = SLOT_CARDS;
	of = work_of(w, SLOT_USER);
	r = slot_plan_codes(&of, &plan, &w->key, rec, &w->env);
	OPENSSL_cleanse(&plan, sizeof(plan));
	if (r != 0 || stored)
		return r;
	/* Nobody has a code until the SO gives one. */
	rec->mode = mode;
	OPENSSL_cleanse(&rec->user, sizeof(rec->user));
	OPENSSL_cleanse(&w->env.user, sizeof(w->env.user));
	OPENSSL_cleanse(rec->automatic, sizeof(rec->automatic));
	return mode == SLOT_CARDS ? cards_seal(w->slot, rec, &w->env) : 0;
}

static int
put_token(struct work *w)
{
	struct store *s = w->store;
	struct slot *t = &s->now.slot[w->slot];
	int r;

	if ((r = work_lock(w)) != 0)
		return r;
	if ((r = tx_begin(s)) == 0 && (r = slots_drop_objects(s, w->slot)) == 0) {
		if (w->lost)
			t->writing = w->writing;
		work_record(w);
		t->lost = t->damaged = 0;
		t->shut = 1;
		/* With an SO PIN that is stored, and without a code, nothing would hold its key. */
		r = slot_fresh(s, w->slot, w->record.mode == SLOT_AUTO ||
		    w->record.so.enveloped || w->record.user.enveloped ? &w->key : NULL);
	}
	/* It is another one now; if it did not open, slot_info tells. */
	if ((r = tx_end(s, r)) == 0 && w->record.mode == SLOT_AUTO)
		(void)slot_open_auto(s, w->slot);
	if (r == 0)
		people_void(s, w->slot);
	work_unlock(w);
	return r;
}

int
slot_init(struct store *s, unsigned slot, const uint8_t *so, size_t n,
    const char label[SLOT_LABEL_LEN])
{
	struct work *w;
	int r;

	if ((r = work_begin(s, slot, &w)) != 0)
		goto out;
	r = slot == 0 ? ERR_DENIED : w->lost ? ERR_MAC : 0;
	if (r != 0 || (r = work_try(w, SLOT_SO, so, n)) != 0)
		goto out;
	memcpy(w->record.label, label, sizeof(w->record.label));
	if ((r = another_token(w, so, n)) == 0)
		r = put_token(w);
out:
	work_end(w);
	return r;
}

int
slot_wipe(struct store *s, unsigned slot, const uint8_t *so, size_t so_n)
{
	struct work *w;
	int r;

	if ((r = work_begin(s, slot, &w)) != 0)
		goto out;
	if (so_n != 0 && (so_n < SLOT_CODE_MIN || so_n > SLOT_CODE_MAX)) {
		r = ERR_ARG;
		goto out;
	}
	if (w->lost && (r = begin_anew(w)) != 0)
		goto out;
	w->frees = 1;
	if ((r = another_token(w, so, so_n)) == 0)
		r = put_token(w);
out:
	work_end(w);
	return r;
}

int
work_may_change(struct work *w, const uint8_t *now, size_t now_n, const struct slot_plan *plan)
{
	int r;

	if ((r = slot_plan_check(w->slot, plan)) != 0)
		return r;
	if (w->damaged)
		return ERR_MAC;
	/* Who may wipe it may give it away: nobody's cards are wanted for what holds nothing. */
	if (work_vacant(w))
		return now_n == 0 ? 0 : ERR_NOT_FOUND;
	/* Other people are issued cards when these have left: one box has one set of users. */
	if (w->record.mode == SLOT_CARDS && plan->mode == SLOT_CARDS)
		return ERR_NOT_NOW;
	if (now_n == 0)
		return w->record.mode == SLOT_AUTO ||
		    (w->record.mode == SLOT_CARDS && w->record.user.stored) ? 0 : ERR_ARG;
	return work_try(w, SLOT_USER, now, now_n);
}

/* Those who were enrolled for it become its users. */
static int
take_seats(struct work *w, const struct slot_plan *plan)
{
	int r;

	if ((r = work_lock(w)) != 0)
		return r;
	r = enrol_seats(w->store, w->slot, plan->users, &w->record.cards);
	work_unlock(w);
	w->seated = w->env_new = 1;
	return r;
}

/* The key of a token that has no code, in nobody's envelope yet; its SO PIN stays. */
static int
begin_vacant(struct work *w)
{
	struct slot_pass *so = &w->record.so;

	/* Its key is no more; entered at the open slot it opens the new one. */
	so->enveloped = 0;
	OPENSSL_cleanse(so->envelope_salt, sizeof(so->envelope_salt));
	OPENSSL_cleanse(so->envelope, sizeof(so->envelope));
	OPENSSL_cleanse(&w->env, sizeof(w->env));
	w->fresh = 1;
	return RAND_priv_bytes(w->key.key, sizeof(w->key.key)) == 1 ? 0 : ERR_CRYPTO;
}

/* Another token to all who knew it: nobody is asked for it. */
static int
put_fresh_mode(struct work *w)
{
	struct store *s = w->store;
	int r;

	w->frees = 1;
	if ((r = work_commit(w)) != 0)
		return r;
	people_void(s, w->slot);
	if (w->record.mode == SLOT_AUTO)
		(void)slot_open_auto(s, w->slot);
	return 0;
}

int
work_put_mode(struct work *w)
{
	struct store *s = w->store;
	int r;

	if (w->fresh)
		return put_fresh_mode(w);
	if (w->record.mode == SLOT_AUTO && (r = slot_open(s, w->slot, &w->key, NULL)) != 0)
		return r;
	if ((r = work_commit(w)) != 0 && !w->open) {
		slot_shut(&s->now.slot[w->slot]);
		slots_tell(s);
	}
	if (r == 0)
		people_void(s, w->slot);
	return r;
}

int
slot_mode_try(struct store *s, unsigned slot, const uint8_t *now, size_t now_n,
    const struct slot_plan *plan)
{
	struct work *w;
	int r;

	if ((r = work_begin(s, slot, &w)) == 0)
		r = work_may_change(w, now, now_n, plan);
	work_end(w);
	return r;
}

int
slot_set_mode(struct store *s, unsigned slot, const uint8_t *now, size_t now_n,
    const struct slot_plan *plan)
{
	struct ask *ask = NULL;
	struct pass_of of;
	struct work *w;
	uint64_t number;
	int r;

	if ((r = work_begin(s, slot, &w)) != 0 ||
	    (r = work_may_change(w, now, now_n, plan)) != 0)
		goto out;
	if (w->record.mode == SLOT_CARDS && !work_vacant(w)) {
		r = people_join_mode(w, now, now_n, plan, 1, &ask, &number);
		goto out;
	}
	of = work_of(w, SLOT_USER);
	if ((r = work_vacant(w) ? begin_vacant(w) : work_key(w, SLOT_USER, now, now_n)) != 0)
		goto out;
	if (plan->mode == SLOT_CARDS && (r = take_seats(w, plan)) != 0)
		goto out;
	if ((r = slot_plan_codes(&of, plan, &w->key, &w->record, &w->env)) != 0 ||
	    (r = work_lock(w)) != 0)
		goto out;
	r = work_put_mode(w);
	work_unlock(w);
out:
	work_end(w);
	return r == 0 && ask != NULL ? people_wait(s, ask, -1) : r;
}

int
slot_made(struct store *s, unsigned slot, enum slot_who who, char code[SLOT_CODE_MAX + 1])
{
	uint8_t kept[SLOT_CODE_MAX];
	struct pass_of of;
	struct work *w;
	size_t n;
	int r;

	code[0] = '\0';
	if ((r = work_begin(s, slot, &w)) != 0)
		goto out;
	of = work_of(w, who);
	r = w->lost ? ERR_MAC : pass_kept(&of, work_pass(&w->record, who), kept, &n);
	if (r == 0) {
		memcpy(code, kept, n);
		code[n] = '\0';
	}
	if (r == ERR_NOT_FOUND)
		r = ERR_NOT_NOW;
	OPENSSL_cleanse(kept, sizeof(kept));
out:
	work_end(w);
	return r;
}
