#include "hsm/daemon/ward_parts.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/log.h"

int
ward_note(struct ward *w, const char *ceremony, const char *step, const char *text, uid_t uid)
{
	struct record rec = { 0 };

	snprintf(rec.ceremony, sizeof(rec.ceremony), "%s", ceremony);
	snprintf(rec.step, sizeof(rec.step), "%s", step);
	snprintf(rec.text, sizeof(rec.text), "%s", text);
	snprintf(rec.outcome, sizeof(rec.outcome), "by uid %u", (unsigned)uid);
	return w->journal.journal.ops->record(&w->journal.journal, &rec);
}

static int
load_issuers(struct ward *w)
{
	int r = 0;

	w->issuers.n = 0;
	for (size_t i = 0; i < ISSUERS_MAX; i++) {
		w->issuers.cert[i].len = sizeof(w->issuers.cert[i].der);
		if ((r = ward_issuer(&w->desk, i, w->issuers.cert[i].der,
		    &w->issuers.cert[i].len)) != 0)
			break;
		w->issuers.n++;
	}
	return r == ERR_NOT_FOUND ? 0 : r;
}

int
ward_ready(struct ward *w, uint64_t *since)
{
	int r;

	if ((r = ward_idle(w)) != 0 || (r = load_issuers(w)) != 0)
		return r;
	return w->issuers.n == 0 ? ERR_DENIED : ward_last_record(w, NULL, since);
}

int
ward_start(struct desk *d, const char *name, const struct ceremony_args *args,
    struct slot_plan *slots, uid_t uid, uint32_t *number, uint64_t *since)
{
	struct ward *w = ward_of(d);
	const struct ceremony_plan *plan = ceremony_plan(name);
	int r;

	if (plan == NULL)
		return ERR_UNSUPPORTED;
	pthread_mutex_lock(&w->acts);
	if ((r = ward_ready(w, since)) != 0 ||
	    (r = ward_note(w, name, "request", "", uid)) != 0 ||
	    (slots != NULL && (r = ward_plan(w, slots)) != 0))
		goto out;
	if ((r = ward_launch(w, name, plan, args, NULL, number)) != 0 && slots != NULL)
		ward_unplan(w);
out:
	pthread_mutex_unlock(&w->acts);
	return r;
}

/* The prompt that is asked is this one. The lock is held. */
static int
asked(const struct ward *w, uint32_t prompt)
{
	return w->asks && prompt == w->prompts;
}

/* A Cancel is recorded, as `cardinal cancel` is: it ends what is done, and somebody did it. */
int
ward_answer(struct desk *d, uint32_t prompt, enum cards_key key, uid_t uid)
{
	struct ward *w = ward_of(d);
	char name[STEP_NAME_MAX];
	int r = ERR_NOT_NOW, now;

	pthread_mutex_lock(&w->lock);
	now = asked(w, prompt);
	memcpy(name, w->ceremony, sizeof(name));
	pthread_mutex_unlock(&w->lock);
	if (now && key == CARDS_CANCEL && (r = ward_note(w, name, "cancel", "", uid)) != 0)
		log_err("cancel is not in the transcript: %s", err_str(r));
	r = ERR_NOT_NOW;
	pthread_mutex_lock(&w->lock);
	if (asked(w, prompt)) {
		w->answer = key;
		w->asks = 0;
		ward_turn(w);
		r = 0;
	}
	pthread_mutex_unlock(&w->lock);
	if (r == 0)
		log_info("%s to prompt %u by uid %u", key == CARDS_OK ? "OK" : "Cancel",
		    (unsigned)prompt, (unsigned)uid);
	return r;
}

int
ward_cancel(struct desk *d, uid_t uid)
{
	struct ward *w = ward_of(d);
	char name[STEP_NAME_MAX];
	uint32_t number;
	int r;

	pthread_mutex_lock(&w->lock);
	number = w->number;
	memcpy(name, w->ceremony, sizeof(name));
	pthread_mutex_unlock(&w->lock);
	if (number == 0)
		return ERR_NOT_FOUND;
	/* A full disk is no reason to go on with a ceremony. */
	if ((r = ward_note(w, name, "cancel", "", uid)) != 0)
		log_err("cancel is not in the transcript: %s", err_str(r));
	pthread_mutex_lock(&w->lock);
	if (w->number == number) {
		w->cancelled = 1;
		ward_cancel_again(w);
	}
	pthread_mutex_unlock(&w->lock);
	return 0;
}

int
ward_reset(struct desk *d, uid_t uid)
{
	struct ward *w = ward_of(d);
	int r;

	pthread_mutex_lock(&w->acts);
	if ((r = ward_idle(w)) == 0 && (r = ward_note(w, "factory-reset", "request", "", uid)) == 0)
		r = vaultclient_call(w->client, VAULT_RESET, NULL, NULL);
	if (r == 0) {
		log_info("factory reset by uid %u", (unsigned)uid);
		ward_kept(w);
	}
	pthread_mutex_unlock(&w->acts);
	return r;
}

int
ward_issuer_add(struct desk *d, const uint8_t *der, size_t n, uid_t uid)
{
	struct ward *w = ward_of(d);
	union vaultlink_args args = { 0 };
	uint8_t known[ISSUER_MAX];
	size_t i, known_n;
	int r;

	if (n > ISSUER_MAX)
		return ERR_SIZE;
	pthread_mutex_lock(&w->acts);
	/* That one is trusted already is no act, and is told also while a ceremony runs. */
	for (i = 0; i <= ISSUERS_MAX; i++) {
		known_n = sizeof(known);
		if ((r = ward_issuer(d, i, known, &known_n)) != 0)
			break;
		if (known_n == n && memcmp(known, der, n) == 0) {
			r = ERR_EXISTS;
			goto out;
		}
	}
	if (r == 0 || (r == ERR_NOT_FOUND && i >= ISSUERS_MAX))
		r = ERR_SIZE;
	if (r != ERR_NOT_FOUND)
		goto out;
	if ((r = ward_idle(w)) != 0)
		goto out;
	args.issuer_add.n = (uint16_t)n;
	memcpy(args.issuer_add.der, der, n);
	if ((r = ward_note(w, "issuer", "add", "", uid)) == 0)
		r = vaultclient_call(w->client, VAULT_ISSUER_ADD, &args, NULL);
out:
	pthread_mutex_unlock(&w->acts);
	return r;
}
