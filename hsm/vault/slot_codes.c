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

/* The slot's key, at hand, into the envelope of a code that pass_set took. */
static int
enclose(struct work *w, enum slot_who who, const uint8_t *code, size_t n)
{
	struct slot_pass *pass = work_pass(&w->record, who);
	struct pass_of of = work_of(w, who);
	int r;

	if (w->record.mode != SLOT_CARDS)
		return pass_enclose(&of, code, n, &w->key, pass);
	if ((r = pass_wrap(&of, code, n, &w->key, pass,
	    who == SLOT_USER ? w->env.user : w->env.so)) != 0)
		return r;
	w->env_new = 1;
	return cards_seal(w->slot, &w->record, &w->env);
}

/*
 * A user's code was right, or none is wanted: the slot opens where it is closed, or *ask is what is
 * to be waited for.
 */
static int
enter_user(struct work *w, const uint8_t *code, size_t n, struct ask **ask)
{
	struct join j = { .purpose = CHALLENGE_ACTIVATE, .who = SLOT_USER, .code = code, .n = n,
		.waits = 1 };
	uint64_t number;
	int r;

	if (w->damaged)
		return ERR_MAC;
	if (w->open)
		return 0;
	if (w->record.mode == SLOT_AUTO)
		return ERR_NOT_NOW;
	if (w->record.mode == SLOT_CARDS)
		return ask != NULL ? people_join(w, &j, ask, &number) : ERR_NOT_NOW;
	if ((r = work_key(w, SLOT_USER, code, n)) != 0 || (r = work_lock(w)) != 0)
		return r;
	r = slot_open(w->store, w->slot, &w->key, NULL);
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
	const struct slot_pass *pass = &w->record.so;
	int r;

	if (!w->open || pass->stored || pass->enveloped)
		return 0;
	if ((r = work_key(w, SLOT_SO, code, n)) == 0 && (r = enclose(w, SLOT_SO, code, n)) == 0)
		r = work_put(w);
	/* It was closed just now. */
	return r == ERR_NOT_FOUND ? 0 : r;
}

/* Open, and without a code to try. */
static int
is_free(struct store *s, unsigned slot)
{
	struct slot_info info;

	return slot_info(s, slot, &info) == 0 && info.open && !info.damaged &&
	    (info.mode == SLOT_AUTO || info.stored);
}

int
slot_enter_ask(struct store *s, unsigned slot, enum slot_who who, const uint8_t *code, size_t n,
    struct ask **ask)
{
	struct work *w;
	int r;

	if (ask != NULL)
		*ask = NULL;
	/* Whoever tries wrong codes there, and has others made, would keep everybody waiting. */
	if (who == SLOT_USER && n == 0 && is_free(s, slot))
		return 0;
	if ((r = work_begin(s, slot, &w)) != 0)
		goto out;
	if (who == SLOT_USER)
		r = work_may_open(w, n, 0);
	else if (n == 0)
		r = w->lost ? ERR_MAC : ERR_ARG;
	if (r == 0 && n != 0)
		r = work_try(w, who, code, n);
	if (r == 0)
		r = who == SLOT_USER ? enter_user(w, code, n, ask) : enter_so(w, code, n);
out:
	work_end(w);
	return r;
}

int
slot_enter(struct store *s, unsigned slot, enum slot_who who, const uint8_t *code, size_t n)
{
	struct ask *ask;
	int r = slot_enter_ask(s, slot, who, code, n, &ask);

	return r == 0 && ask != NULL ? people_wait(s, ask, -1) : r;
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

/* A token whose key nothing holds, since it has no code yet. */
static int
is_keyless(const struct work *w)
{
	return work_vacant(w) && !w->record.so.enveloped;
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
	int r, key, stored = pass->stored && who == SLOT_USER;

	if (w->record.mode == SLOT_AUTO && who == SLOT_USER)
		return put_stored(&of, code, n, change, pass);
	key = work_key(w, who, old, old_n);
	/* It was closed just now; the other envelope is in the box. */
	if (key == ERR_NOT_FOUND && w->record.mode == SLOT_CARDS && !is_keyless(w))
		return ERR_NOT_NOW;
	/* An SO PIN that opened nothing, at a closed slot, is followed by one that does not. */
	if (key != 0 && !(key == ERR_NOT_FOUND && who == SLOT_SO))
		return key;
	if ((r = stored ? put_stored(&of, code, n, change, pass) :
	    pass_set(&of, code, n, SLOT_COST, pass)) != 0)
		return r;
	pass->change = change;
	return key == 0 ? enclose(w, who, code, n) : 0;
}

int
work_give_code(struct work *w, const uint8_t *code, size_t n)
{
	struct pass_of of = work_of(w, SLOT_USER);
	struct slot_pass *pass = &w->record.user;
	int r;

	r = cards_put(&of, code, n, pass->stored, SLOT_COST, &w->key, pass, w->env.user);
	pass->change = n != 0;
	return r;
}

/* A code that nobody has to know. */
static int
put_made(struct work *w)
{
	struct pass_of of = work_of(w, SLOT_USER);
	uint8_t made[SLOT_MADE_LEN];
	int r;

	if (w->record.mode == SLOT_CARDS && (r = work_key(w, SLOT_USER, NULL, 0)) != 0)
		return r == ERR_NOT_FOUND ? ERR_NOT_NOW : r;
	if ((r = pass_make(made)) == 0 &&
	    (r = pass_set(&of, made, sizeof(made), SLOT_COST_NONE, &w->record.user)) == 0 &&
	    (r = pass_keep(&of, made, sizeof(made), &w->record.user)) == 0 &&
	    w->record.mode == SLOT_CARDS)
		r = enclose(w, SLOT_USER, made, sizeof(made));
	OPENSSL_cleanse(made, sizeof(made));
	return r;
}

/* Whether its code is the device's to know. */
static int
is_stored(const struct work *w)
{
	return w->record.mode == SLOT_AUTO ||
	    (w->record.mode == SLOT_CARDS && w->record.user.stored);
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
	/* The other envelope is in the box: what only its people open. */
	if (w->record.mode == SLOT_CARDS && !w->open && !is_keyless(w)) {
		r = ERR_NOT_NOW;
		goto out;
	}
	if (old_n == 0 && n == 0 && who == SLOT_USER && is_stored(w)) {
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

/* It gets its key with its first code. */
static int
first_key(struct work *w)
{
	w->fresh = 1;
	return RAND_priv_bytes(w->key.key, sizeof(w->key.key)) == 1 ? 0 : ERR_CRYPTO;
}

/* With the slot's key at hand; the SO PIN, if a person chose it, opens it from now on too. */
static int
give(struct work *w, const uint8_t *so, size_t so_n, const uint8_t *code, size_t n)
{
	struct pass_of of = work_of(w, SLOT_USER);
	int r, chosen = !w->record.so.stored && !w->record.so.enveloped;

	if (w->record.mode == SLOT_CARDS)
		r = work_give_code(w, code, n);
	else if ((r = pass_set(&of, code, n, SLOT_COST, &w->record.user)) == 0)
		r = pass_enclose(&of, code, n, &w->key, &w->record.user);
	if (r == 0 && chosen)
		r = enclose(w, SLOT_SO, so, so_n);
	w->record.user.change = n != 0;
	if (r != 0 || w->record.mode != SLOT_CARDS)
		return r;
	w->env_new = 1;
	return cards_seal(w->slot, &w->record, &w->env);
}

/* The users of a closed slot of mode cards have to be there. */
static int
ask_so(struct work *w, const uint8_t *so, size_t so_n, const uint8_t *code, size_t n,
    struct ask **ask)
{
	struct join j = { .purpose = CHALLENGE_INIT, .who = SLOT_SO, .code = so, .n = so_n,
		.waits = 1 };
	struct slot_plan plan = { .code_n = (uint8_t)n };
	uint64_t number;
	int r;

	if (n > 0)
		memcpy(plan.code, code, n);
	j.plan = &plan;
	r = people_join(w, &j, ask, &number);
	OPENSSL_cleanse(&plan, sizeof(plan));
	return r;
}

int
slot_set_user_ask(struct store *s, unsigned slot, const uint8_t *so, size_t so_n,
    const uint8_t *code, size_t n, struct ask **ask)
{
	struct pass_of of;
	struct work *w;
	int r;

	*ask = NULL;
	if ((r = work_begin(s, slot, &w)) != 0)
		goto out;
	if (w->damaged) {
		r = ERR_MAC;
		goto out;
	}
	if (!code_fits(n) && !(n == 0 && is_stored(w))) {
		r = ERR_ARG;
		goto out;
	}
	if (w->record.mode == SLOT_CARDS && !w->open && !is_keyless(w) &&
	    (w->record.hold.held || w->barred)) {
		r = ERR_NOT_NOW;
		goto out;
	}
	if ((r = work_try(w, SLOT_SO, so, so_n)) != 0)
		goto out;
	if (w->record.mode == SLOT_AUTO) {
		of = work_of(w, SLOT_USER);
		r = n == 0 ? put_made(w) : put_stored(&of, code, n, 1, &w->record.user);
		if (r == 0)
			r = work_put(w);
		goto out;
	}
	if (w->record.mode == SLOT_CARDS && !w->open && !is_keyless(w))
		r = ask_so(w, so, so_n, code, n, ask);
	else if ((r = is_keyless(w) ? first_key(w) : work_key(w, SLOT_SO, so, so_n)) == 0 &&
	    (r = give(w, so, so_n, code, n)) == 0)
		r = work_put(w);
	/* A stored SO PIN opens no slot that is closed. */
	r = r == ERR_NOT_FOUND ? ERR_NOT_NOW : r;
out:
	work_end(w);
	return r;
}

int
slot_set_user(struct store *s, unsigned slot, const uint8_t *so, size_t so_n,
    const uint8_t *code, size_t n)
{
	struct ask *ask;
	int r = slot_set_user_ask(s, slot, so, so_n, code, n, &ask);

	return r == 0 && ask != NULL ? people_wait(s, ask, -1) : r;
}
