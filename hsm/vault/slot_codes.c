#include "hsm/vault/slot_work.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"

static int
code_fits(size_t n)
{
	return n >= SLOT_CODE_MIN && n <= SLOT_CODE_MAX;
}

/* A user's code was right, or none is wanted: the slot opens where it is closed. */
static int
enter_user(struct work *w, const uint8_t *code, size_t n)
{
	int r;

	if (w->damaged)
		return ERR_MAC;
	if (w->record.mode == SLOT_AUTO)
		return w->open ? 0 : ERR_NOT_NOW;
	if (w->open)
		return 0;
	if ((r = work_key(w, SLOT_USER, code, n)) != 0 || (r = work_lock(w)) != 0)
		return r;
	r = slot_open(w->store, w->slot, &w->key);
	work_unlock(w);
	return r;
}

/*
 * An SO PIN that was changed while the slot was closed opens nothing yet; now that both are there
 * it can.
 */
static int
enter_so(struct work *w, const uint8_t *code, size_t n)
{
	struct pass_of of = work_of(w, SLOT_SO);
	struct slot_pass *pass = &w->record.so;
	int r;

	if (!w->open || pass->stored || pass->enveloped)
		return 0;
	if ((r = work_key(w, SLOT_SO, code, n)) == 0 &&
	    (r = pass_enclose(&of, code, n, &w->key, pass)) == 0)
		r = work_put(w);
	return r;
}

int
slot_enter(struct store *s, unsigned slot, enum slot_who who, const uint8_t *code, size_t n)
{
	struct work *w;
	int r;

	if ((r = work_begin(s, slot, &w)) != 0)
		goto out;
	if (n == 0) {
		r = who == SLOT_USER && w->record.mode == SLOT_AUTO ? enter_user(w, NULL, 0) :
		    w->lost ? ERR_MAC : ERR_ARG;
		goto out;
	}
	/* Closed on purpose: no code opens it, and none is worth a try. */
	if (who == SLOT_USER && w->record.mode == SLOT_AUTO && !w->open && !w->damaged) {
		r = ERR_NOT_NOW;
		goto out;
	}
	if ((r = work_try(w, who, code, n)) == 0)
		r = who == SLOT_USER ? enter_user(w, code, n) : enter_so(w, code, n);
out:
	work_end(w);
	return r;
}

static int
put_stored(const struct pass_of *of, const uint8_t *code, size_t n, uint8_t change,
    struct slot_pass *pass)
{
	int r;

	if ((r = pass_set(of, code, n, SLOT_COST, pass)) != 0)
		return r;
	pass->change = change;
	return pass_keep(of, code, n, pass);
}

/* Another code in the place of the one that was right. */
static int
put_code(struct work *w, enum slot_who who, const uint8_t *old, size_t old_n,
    const uint8_t *code, size_t n)
{
	int same = old_n == n && CRYPTO_memcmp(old, code, n) == 0;
	struct slot_pass *pass = work_pass(&w->record, who);
	struct pass_of of = work_of(w, who);
	uint8_t change = same ? pass->change : 0;
	int r, key;

	if (w->record.mode == SLOT_AUTO && who == SLOT_USER)
		return put_stored(&of, code, n, change, pass);
	key = work_key(w, who, old, old_n);
	/* An SO PIN that opened nothing, at a closed slot, is followed by one that does not. */
	if (key != 0 && !(key == ERR_NOT_FOUND && who == SLOT_SO))
		return key;
	if ((r = pass_set(&of, code, n, SLOT_COST, pass)) != 0)
		return r;
	pass->change = change;
	return key == 0 ? pass_enclose(&of, code, n, &w->key, pass) : 0;
}

/* Mode auto: a code that nobody has to know. */
static int
put_made(struct work *w)
{
	struct pass_of of = work_of(w, SLOT_USER);
	uint8_t made[SLOT_MADE_LEN];
	int r;

	if ((r = pass_make(made)) == 0 &&
	    (r = pass_set(&of, made, sizeof(made), SLOT_COST_NONE, &w->record.user)) == 0)
		r = pass_keep(&of, made, sizeof(made), &w->record.user);
	OPENSSL_cleanse(made, sizeof(made));
	return r;
}

int
slot_change(struct store *s, unsigned slot, enum slot_who who, const uint8_t *old, size_t old_n,
    const uint8_t *code, size_t n)
{
	struct work *w;
	int r;

	if ((r = work_begin(s, slot, &w)) != 0)
		goto out;
	if (w->damaged) {
		r = ERR_MAC;
		goto out;
	}
	if (old_n == 0 && n == 0 && who == SLOT_USER && w->record.mode == SLOT_AUTO) {
		if ((r = put_made(w)) == 0)
			r = work_put(w);
		goto out;
	}
	if (old_n == 0 || !code_fits(n)) {
		r = ERR_ARG;
		goto out;
	}
	if ((r = work_try(w, who, old, old_n)) == 0 &&
	    (r = put_code(w, who, old, old_n, code, n)) == 0)
		r = work_put(w);
out:
	work_end(w);
	return r;
}

/* A token whose key nothing holds, since it has no code yet, gets one now. */
static int
first_key(struct work *w)
{
	return RAND_priv_bytes(w->key.key, sizeof(w->key.key)) == 1 ? 0 : ERR_CRYPTO;
}

static int
put_first(struct work *w)
{
	struct store *s = w->store;
	int r;

	if ((r = work_lock(w)) != 0)
		return r;
	if ((r = tx_begin(s)) == 0) {
		struct slot *t = &s->now.slot[w->slot];

		t->record = w->record;
		t->dirty = t->shut = 1;
		r = slot_fresh_private(s, w->slot, &w->key);
	}
	r = tx_end(s, r);
	work_unlock(w);
	return r;
}

int
slot_set_user(struct store *s, unsigned slot, const uint8_t *so, size_t so_n,
    const uint8_t *code, size_t n)
{
	int r, keyless;
	struct pass_of of, of_so;
	struct work *w;

	if ((r = work_begin(s, slot, &w)) != 0)
		goto out;
	if (w->damaged) {
		r = ERR_MAC;
		goto out;
	}
	if (!code_fits(n) && !(n == 0 && w->record.mode == SLOT_AUTO)) {
		r = ERR_ARG;
		goto out;
	}
	if ((r = work_try(w, SLOT_SO, so, so_n)) != 0)
		goto out;
	of = work_of(w, SLOT_USER);
	if (w->record.mode == SLOT_AUTO) {
		r = n == 0 ? put_made(w) : put_stored(&of, code, n, 1, &w->record.user);
		if (r == 0)
			r = work_put(w);
		goto out;
	}
	keyless = !w->record.user.set && !w->record.so.enveloped;
	if ((r = keyless ? first_key(w) : work_key(w, SLOT_SO, so, so_n)) != 0) {
		/* A stored SO PIN opens no slot of mode code that is closed. */
		r = r == ERR_NOT_FOUND ? ERR_NOT_NOW : r;
		goto out;
	}
	of_so = work_of(w, SLOT_SO);
	if ((r = pass_set(&of, code, n, SLOT_COST, &w->record.user)) != 0 ||
	    (r = pass_enclose(&of, code, n, &w->key, &w->record.user)) != 0)
		goto out;
	if (!w->record.so.stored && !w->record.so.enveloped &&
	    (r = pass_enclose(&of_so, so, so_n, &w->key, &w->record.so)) != 0)
		goto out;
	w->record.user.change = 1;
	r = keyless ? put_first(w) : work_put(w);
out:
	work_end(w);
	return r;
}
