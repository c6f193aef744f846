#include "hsm/vault/slot_work.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"

struct slot_pass *
work_pass(struct slot_record *rec, enum slot_who who)
{
	return who == SLOT_USER ? &rec->user : &rec->so;
}

struct pass_of
work_of(struct work *w, enum slot_who who)
{
	return slot_pass_of(w->store, &w->device, w->slot, who, w->record.generation);
}

int
work_lock(struct work *w)
{
	store_lock(w->store);
	if (w->store->epoch == w->epoch)
		return 0;
	store_unlock(w->store);
	return ERR_NOT_NOW;
}

void
work_unlock(struct work *w)
{
	store_unlock(w->store);
}

int
work_begin(struct store *s, unsigned slot, struct work **out)
{
	struct work *w;
	struct slot *t;
	int r;

	*out = NULL;
	if (slot >= SLOTS)
		return ERR_ARG;
	/* Secret memory is little: who waits has none yet, however many they are. */
	pthread_mutex_lock(&s->gate[slot]);
	if ((w = secmem_alloc(sizeof(*w))) == NULL) {
		pthread_mutex_unlock(&s->gate[slot]);
		return ERR_NOMEM;
	}
	w->store = s;
	w->slot = slot;
	*out = w;
	store_lock(s);
	w->epoch = s->epoch;
	if ((t = slot_of(s, slot, &r)) != NULL) {
		w->record = t->record;
		w->lost = t->lost;
		w->damaged = t->damaged;
		w->open = t->key != NULL;
		w->barred = slot_barred(s, slot);
		if (t->envelopes != NULL)
			w->env = *t->envelopes;
		if (s->key != NULL)
			w->device = *s->key;
		else
			r = ERR_MAC;
	}
	store_unlock(s);
	return r;
}

int
work_may_open(const struct work *w, size_t n, int insists)
{
	const struct slot_record *rec = &w->record;

	if (n == 0 && rec->mode != SLOT_AUTO && (rec->mode != SLOT_CARDS || !rec->user.stored))
		return w->lost ? ERR_MAC : ERR_ARG;
	/* What tells of its damage later, after a right code, tells so then. */
	if (w->open || w->damaged)
		return 0;
	/* Closed on purpose: no code opens it, and none is worth a try. */
	return rec->mode == SLOT_AUTO || w->barred || (rec->hold.held && !insists) ? ERR_NOT_NOW :
	    0;
}

int
work_vacant(const struct work *w)
{
	return w->record.mode != SLOT_AUTO && !w->record.user.set;
}

void
work_end(struct work *w)
{
	if (w == NULL)
		return;
	pthread_mutex_unlock(&w->store->gate[w->slot]);
	secmem_free(&w, sizeof(*w));
}

void
work_record(struct work *w)
{
	struct slot *t = &w->store->now.slot[w->slot];

	/* The audit key comes when slot 0 opens, whatever else goes on there. */
	if (w->record.generation == t->record.generation)
		w->record.audit = t->record.audit;
	/* So does a hold, which is others' to begin and to end. */
	if (w->frees || w->record.mode != SLOT_CARDS)
		memset(&w->record.hold, 0, sizeof(w->record.hold));
	else
		w->record.hold = t->record.hold;
	t->record = w->record;
	t->dirty = 1;
}

/* Those of an open slot of mode cards, within the transaction, which frees the others. */
static int
put_envelopes(struct work *w)
{
	struct slot *t = &w->store->now.slot[w->slot];

	if (w->record.mode != SLOT_CARDS)
		t->envelopes = NULL;
	else if (w->env_new && t->key != NULL) {
		if ((t->envelopes = secmem_alloc(sizeof(*t->envelopes))) == NULL)
			return ERR_NOMEM;
		*t->envelopes = w->env;
	}
	return 0;
}

int
work_commit(struct work *w)
{
	struct store *s = w->store;
	int r;

	if ((r = tx_begin(s)) == 0) {
		work_record(w);
		if (w->fresh) {
			s->now.slot[w->slot].shut = 1;
			r = slot_fresh_private(s, w->slot, &w->key);
		} else
			r = put_envelopes(w);
		if (r == 0 && w->seated)
			r = enrol_drop_of(s, w->slot);
	}
	return tx_end(s, r);
}

int
work_put(struct work *w)
{
	int r;

	if ((r = work_lock(w)) != 0)
		return r;
	r = work_commit(w);
	work_unlock(w);
	return r;
}

/* The answer to the j-th wrong one in a row waits; only who is at this slot waits with it. */
static void
wait_out(struct work *w, unsigned j)
{
	struct store *s = w->store;
	uint64_t ms = (uint64_t)s->delay_first << j;
	struct timespec until;

	if (ms > s->delay_most)
		ms = s->delay_most;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&s->told_lock);
	while (s->epoch == w->epoch &&
	    pthread_cond_timedwait(&s->woken, &s->told_lock, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&s->told_lock);
}

int
work_try(struct work *w, enum slot_who who, const uint8_t *code, size_t n)
{
	struct slot_pass *pass = work_pass(&w->record, who);
	struct pass_of of = work_of(w, who);
	int r;

	if (w->lost)
		return ERR_MAC;
	if (!pass->set)
		return ERR_NOT_FOUND;
	if (pass->left == 0)
		return ERR_CARD_BLOCKED;
	/* On disk before anything is compared: who kills the daemon now has no try for free. */
	pass->left--;
	if ((r = work_put(w)) != 0)
		return r;
	if ((r = pass_check(&of, pass, code, n)) == ERR_PIN_WRONG)
		wait_out(w, SLOT_TRIES - pass->left);
	if (r != 0)
		return r;
	pass->left = SLOT_TRIES;
	return work_put(w);
}

int
work_key(struct work *w, enum slot_who who, const uint8_t *code, size_t n)
{
	struct pass_of of = work_of(w, who);
	const struct slot *t = &w->store->now.slot[w->slot];
	int r;

	if ((r = work_lock(w)) != 0)
		return r;
	if (t->key != NULL)
		w->key = *t->key;
	else
		r = ERR_NOT_FOUND;
	work_unlock(w);
	if (r == 0)
		return 0;
	/* Its people open it, not a code. */
	if (w->record.mode == SLOT_CARDS)
		return ERR_NOT_FOUND;
	if (w->record.mode == SLOT_AUTO)
		return pass_auto_open(&of, w->record.automatic, &w->key);
	return pass_disclose(&of, work_pass(&w->record, who), code, n, &w->key);
}
