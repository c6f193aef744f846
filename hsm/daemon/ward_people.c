#include "hsm/daemon/ward_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/log.h"

enum { AGAIN_S = 5 };		/* until a reader is looked for again */

/* What is opened for: the step of the record. */
static const char *
purpose(const struct opening *o)
{
	return o->purpose == CHALLENGE_ADMIN ? "mode" : o->purpose == CHALLENGE_INIT ? "init" :
	    "open";
}

int
ward_opened(struct ward *w, const struct opening *o, int err, int begun)
{
	struct record rec = { .ceremony = "activate" };
	int r, told;

	r = w->gate.gate.ops->end(&w->gate.gate, o->number, err, begun);
	snprintf(rec.step, sizeof(rec.step), "%s", purpose(o));
	snprintf(rec.text, sizeof(rec.text), "slot %u", o->slot);
	snprintf(rec.outcome, sizeof(rec.outcome), "%s",
	    err != 0 ? err_str(err) : r != 0 ? err_str(r) : "ok");
	if ((told = w->journal.journal.ops->record(&w->journal.journal, &rec)) != 0)
		log_err("how the opening of slot %u ended is not in the transcript: %s", o->slot,
		    err_str(told));
	return r;
}

/* Until no ceremony runs, or not that one: 0, or ERR_CLOSED when the daemon ends. */
static int
wait_end(struct ward *w, uint32_t number)
{
	int r;

	pthread_mutex_lock(&w->lock);
	while (!w->stopping && w->number != 0 && (number == 0 || w->number == number))
		pthread_cond_wait(&w->turned, &w->lock);
	r = w->stopping ? ERR_CLOSED : 0;
	pthread_mutex_unlock(&w->lock);
	return r;
}

static int
begin(struct ward *w, const struct opening *o, uint32_t *number)
{
	const struct ceremony_plan *plan = ceremony_plan("activate");
	const struct ceremony_args args = {
		.opening = o->number, .opens = o->slot, .users = o->users,
		.purpose = o->purpose,
	};
	uint64_t since;
	int r;

	if (plan == NULL)
		return ERR_UNSUPPORTED;
	pthread_mutex_lock(&w->acts);
	if ((r = ward_ready(w, &since)) == 0)
		r = ward_launch(w, "activate", plan, &args, o, number);
	pthread_mutex_unlock(&w->acts);
	return r;
}

/* One ceremony, when no other runs any more: 0, or ERR_CLOSED when the daemon ends. */
static int
perform(struct ward *w, const struct opening *o)
{
	uint32_t number = 0;
	int r;

	/* Somebody may begin another ceremony between the two. */
	do
		r = wait_end(w, 0);
	while (r == 0 && (r = begin(w, o, &number)) == ERR_BUSY);
	if (r == 0)
		return wait_end(w, number);
	if (r == ERR_CLOSED)
		return r;
	log_err("nobody can be asked to open slot %u: %s", o->slot, err_str(r));
	(void)ward_opened(w, o, r, 0);
	return 0;
}

/* Whether the reader is to be tried again, after a while; the daemon's end is none. */
static int
again(struct ward *w)
{
	struct timespec until;
	int r;

	pthread_mutex_lock(&w->lock);
	if ((r = w->postponed) != 0) {
		w->postponed = 0;
		ward_deadline(&until, AGAIN_S);
		while (!w->stopping &&
		    pthread_cond_timedwait(&w->turned, &w->lock, &until) == 0)
			continue;
	}
	pthread_mutex_unlock(&w->lock);
	return r;
}

/* One opening to its end. */
static int
carry(struct ward *w, const struct opening *taken)
{
	struct opening o = *taken;
	struct timespec until;
	int r;

	ward_deadline(&until, o.seconds);
	while ((r = perform(w, &o)) == 0 && again(w)) {
		o.seconds = ward_seconds_to(&until);
		if (o.seconds != 0)
			continue;
		log_err("nobody could be asked to open slot %u in time", o.slot);
		(void)ward_opened(w, &o, ERR_TIMEOUT, 0);
		break;
	}
	return r;
}

static void *
take(void *arg)
{
	struct ward *w = arg;
	union vaultlink_result *result = malloc(sizeof(*result));
	int r = ERR_NOMEM;

	while (result != NULL &&
	    (r = vaultclient_call(w->people, VAULT_OPENING_NEXT, NULL, result)) == 0 &&
	    (r = carry(w, &result->opening)) == 0)
		continue;
	if (r != ERR_CLOSED)
		log_err("no slot is opened by cards any more: %s", err_str(r));
	free(result);
	return NULL;
}

int
ward_people_start(struct ward *w)
{
	if (pthread_create(&w->opener, NULL, take, w) != 0)
		return ERR_NOMEM;
	w->openers = 1;
	return 0;
}

void
ward_people_stop(struct ward *w)
{
	vaultclient_hang_up(w->people);
	if (w->openers)
		pthread_join(w->opener, NULL);
	w->openers = 0;
}
