#include "hsm/daemon/ward_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/log.h"
#include "hsm/keys/secmem.h"

int
ward_plan(struct ward *w, const struct slot_plan plan[SLOTS])
{
	union vaultlink_args *args = secmem_alloc(sizeof(*args));
	int r = ERR_NOMEM;

	if (args == NULL)
		return r;
	memcpy(args->plan, plan, sizeof(args->plan));
	r = vaultclient_call(w->client, VAULT_PLAN, args, NULL);
	secmem_free(&args, sizeof(*args));
	return r;
}

void
ward_unplan(struct ward *w)
{
	(void)vaultclient_call(w->client, VAULT_UNPLAN, NULL, NULL);
}

int
ward_trial(struct desk *d, uid_t uid)
{
	struct ward *w = ward_of(d);
	int r;

	pthread_mutex_lock(&w->acts);
	if ((r = ward_idle(w)) == 0 &&
	    (r = ward_note(w, "install", "request", "trial", uid)) == 0)
		r = vaultclient_call(w->client, VAULT_TRIAL, NULL, NULL);
	if (r == 0) {
		log_info("trial installation by uid %u: it protects nothing", (unsigned)uid);
		ward_kept(w);
	}
	pthread_mutex_unlock(&w->acts);
	return r;
}

int
ward_slots(struct desk *d, struct slot_info v[SLOTS])
{
	union vaultlink_result *result = malloc(sizeof(*result));
	int r;

	if (result == NULL)
		return ERR_NOMEM;
	if ((r = vaultclient_call(ward_of(d)->client, VAULT_SLOTS, NULL, result)) == 0)
		memcpy(v, result->slots, sizeof(result->slots));
	free(result);
	return r;
}

/* What came of it, after the record of who asked for it. */
static void
record_end(struct ward *w, enum slot_act act, const char *slot, int err,
    const struct slot_done *done)
{
	struct record rec = { .ceremony = "slot" };
	int r;

	snprintf(rec.step, sizeof(rec.step), "%s", slot_act_name(act));
	snprintf(rec.text, sizeof(rec.text), "%s", slot);
	if (err == 0 && done->opening != 0)
		snprintf(rec.outcome, sizeof(rec.outcome), "asks its users, opening %llu",
		    (unsigned long long)done->opening);
	else
		snprintf(rec.outcome, sizeof(rec.outcome), "%s", err == 0 ? "ok" : err_str(err));
	if ((r = w->journal.journal.ops->record(&w->journal.journal, &rec)) != 0)
		log_err("the end of %s is not in the transcript: %s", slot_act_name(act),
		    err_str(r));
}

/* Whoever is at the pad for that slot is asked in vain: its opening is void. Under acts. */
static void
call_off(struct ward *w, unsigned slot)
{
	pthread_mutex_lock(&w->lock);
	if (w->number != 0 && w->carried.number != 0 && w->carried.slot == slot) {
		w->cancelled = 1;
		ward_cancel_again(w);
	}
	pthread_mutex_unlock(&w->lock);
}

/* What vault does at once, or asks people for: also while a ceremony runs. Under acts. */
static int
order(struct ward *w, enum slot_act act, union vaultlink_args *args, const char *slot, uid_t uid,
    struct slot_done *done)
{
	union vaultlink_result *result = malloc(sizeof(*result));
	int r = ERR_NOMEM;

	if (result == NULL || (r = ward_last_record(w, NULL, &done->since)) != 0 ||
	    (r = ward_note(w, "slot", slot_act_name(act), slot, uid)) != 0)
		goto out;
	r = vaultclient_call(w->slots, (uint8_t)(VAULT_SLOT_MODE + act - SLOT_ACT_MODE), args,
	    result);
	if (r == 0 && act == SLOT_ACT_SHOW)
		memcpy(done->shown, result->shown, sizeof(done->shown));
	if (r == 0 && (act == SLOT_ACT_MODE || act == SLOT_ACT_ACTIVATE)) {
		done->asks = result->asked.asks;
		done->opening = result->asked.opening;
	}
	if (r == 0 && (act == SLOT_ACT_DEACTIVATE || act == SLOT_ACT_WIPE))
		call_off(w, args->slot.slot);
	record_end(w, act, slot, r, done);
out:
	if (result != NULL)
		OPENSSL_cleanse(result->shown, sizeof(result->shown));
	free(result);
	return r;
}

/* The order waits in vault, which has checked the code, until the cards are made. Under acts. */
static int
issue(struct ward *w, const struct slot_order *o, union vaultlink_args *args, const char *slot,
    uid_t uid, struct slot_done *done)
{
	static const char name[] = "slot-cards";
	const struct ceremony_plan *plan = ceremony_plan(name);
	struct ceremony_args wanted = { 0 };
	struct ceremony_slot *seats = &wanted.slot[o->slot];
	int r;

	if (plan == NULL)
		return ERR_UNSUPPORTED;
	seats->users = o->users;
	seats->copies = o->copies;
	memcpy(seats->reader, o->reader, sizeof(seats->reader));
	if ((r = ward_ready(w, &done->since)) != 0 ||
	    (r = ward_note(w, name, "request", slot, uid)) != 0)
		return r;
	r = vaultclient_call(w->slots, VAULT_SLOT_CARDS, args, NULL);
	if (r == 0 && (r = ward_launch(w, name, plan, &wanted, NULL, &done->ceremony)) != 0)
		ward_unplan(w);
	if (r != 0)
		record_end(w, SLOT_ACT_MODE, slot, r, done);
	return r;
}

int
ward_slot_act(struct desk *d, enum slot_act act, struct slot_order *o, uid_t uid,
    struct slot_done *done)
{
	struct ward *w = ward_of(d);
	union vaultlink_args *args;
	char slot[16];
	int r = ERR_NOMEM;

	snprintf(slot, sizeof(slot), "slot %u", o->slot);
	pthread_mutex_lock(&w->acts);
	/* Of which there is little: who waits for his turn has none yet. */
	if ((args = secmem_alloc(sizeof(*args))) == NULL)
		goto out;
	args->slot = *o;
	if ((r = ward_idle(w)) != ERR_CLOSED)
		r = act == SLOT_ACT_MODE && o->mode == SLOT_CARDS ?
		    issue(w, o, args, slot, uid, done) : order(w, act, args, slot, uid, done);
out:
	secmem_free(&args, sizeof(*args));
	pthread_mutex_unlock(&w->acts);
	log_info("slot %u, %s by uid %u: %s", o->slot, slot_act_name(act), (unsigned)uid,
	    r != 0 ? err_str(r) : done->ceremony != 0 || done->opening != 0 ? "begun" : "done");
	return r;
}
