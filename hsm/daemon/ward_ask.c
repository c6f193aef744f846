#include "hsm/daemon/ward_parts.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"

enum { LOOK_S = 1 };

int
ward_last_record(struct ward *w, struct hsm_status *hsm, uint64_t *seq)
{
	union vaultlink_result *v = malloc(sizeof(*v));
	int r;

	if (v == NULL)
		return ERR_NOMEM;
	if ((r = vaultclient_call(w->client, VAULT_STATUS, NULL, v)) == 0) {
		if (hsm != NULL)
			*hsm = v->status.hsm;
		*seq = v->status.seq;
	}
	free(v);
	return r;
}

/*
 * PKCS#11 writes into the transcript without ward's doing. While somebody waits for something, it
 * is looked at once a second.
 */
static void
look(struct ward *w)
{
	uint64_t seq;

	if (ward_last_record(w, NULL, &seq) != 0)
		return;
	pthread_mutex_lock(&w->lock);
	if (seq != w->seq) {
		w->seq = seq;
		ward_turn(w);
	}
	pthread_mutex_unlock(&w->lock);
}

static int
before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

uint32_t
ward_seconds_to(const struct timespec *until)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!before(&now, until))
		return 0;
	return (uint32_t)(until->tv_sec - now.tv_sec) + (until->tv_nsec > now.tv_nsec);
}

/* Under the lock: until the count has moved from `known`, or the time is over (0 then). */
static int
wait_turn(struct ward *w, uint32_t known, const struct timespec *until)
{
	struct timespec step;

	while (w->count == known && !w->stopping) {
		ward_deadline(&step, LOOK_S);
		if (pthread_cond_timedwait(&w->turned, &w->lock,
		    before(&step, until) ? &step : until) == 0)
			continue;
		if (!before(&step, until))
			return 0;
		pthread_mutex_unlock(&w->lock);
		look(w);
		pthread_mutex_lock(&w->lock);
	}
	return !w->stopping;
}

static int
page(struct ward *w, uint64_t since, struct event *out, size_t max, size_t *n)
{
	union vaultlink_args args = { 0 };
	union vaultlink_result *v = malloc(sizeof(*v));
	int r;

	*n = 0;
	if (v == NULL)
		return ERR_NOMEM;
	args.events.since = since;
	args.events.max = (uint16_t)(max < VAULT_EVENTS_MAX ? max : VAULT_EVENTS_MAX);
	if ((r = vaultclient_call(w->client, VAULT_EVENTS, &args, v)) == 0) {
		*n = v->events.n;
		memcpy(out, v->events.v, *n * sizeof(*out));
	}
	free(v);
	return r;
}

int
ward_status(struct desk *d, uint32_t known, unsigned wait_s, struct desk_status *s)
{
	struct ward *w = ward_of(d);
	struct timespec until;
	uint64_t seq;
	int r;

	memset(s, 0, sizeof(*s));
	ward_deadline(&until, wait_s);
	pthread_mutex_lock(&w->lock);
	if (wait_s > 0)
		wait_turn(w, known, &until);
	/* Taken before the vault is asked: a change meanwhile ends the next wait at once. */
	s->count = w->count;
	s->number = w->number;
	if (w->number != 0) {
		memcpy(s->ceremony, w->ceremony, sizeof(s->ceremony));
		s->opening = w->carried.number;
	}
	s->seconds_left = w->seconds == 0 ? 0 : ward_seconds_to(&w->until);
	memcpy(s->front, w->front, sizeof(s->front));
	memcpy(s->said, w->said, sizeof(s->said));
	memcpy(s->at, w->at, sizeof(s->at));
	memcpy(s->reader, w->settings.reader, sizeof(s->reader));
	s->display = (w->how & SAY_SHOWN) != 0;
	s->pin_entry = (w->how & SAY_PIN) != 0;
	s->asks = w->asks ? w->prompts : 0;
	s->beeps = w->beeps;
	s->last = w->last;
	pthread_mutex_unlock(&w->lock);
	if ((r = ward_last_record(w, &s->hsm, &seq)) != 0 || (r = ward_slots(d, s->slot)) != 0)
		return r;
	return s->number == 0 && s->hsm.state == HSM_INSTALLING ? ward_settle(w, &s->hsm) : 0;
}

int
ward_events(struct desk *d, uint64_t since, unsigned wait_s, struct event *out, size_t max,
    size_t *n, uint32_t *number)
{
	struct ward *w = ward_of(d);
	struct timespec until;
	uint32_t known;
	int r, again = 1;

	ward_deadline(&until, wait_s);
	for (;;) {
		pthread_mutex_lock(&w->lock);
		known = w->count;
		*number = w->number;
		pthread_mutex_unlock(&w->lock);
		if ((r = page(w, since, out, max, n)) != 0 || *n > 0 || wait_s == 0 || !again)
			return r;
		pthread_mutex_lock(&w->lock);
		again = wait_turn(w, known, &until);
		pthread_mutex_unlock(&w->lock);
	}
}

int
ward_verify(struct desk *d, uint64_t *seq)
{
	union vaultlink_result *v = malloc(sizeof(*v));
	int r;

	if (v == NULL)
		return ERR_NOMEM;
	if ((r = vaultclient_call(ward_of(d)->client, VAULT_VERIFY, NULL, v)) == 0 &&
	    !v->verify.whole) {
		*seq = v->verify.seq;
		r = ERR_MAC;
	}
	free(v);
	return r;
}

int
ward_issuer(struct desk *d, size_t i, uint8_t *der, size_t *n)
{
	const struct issuers *configured = &ward_of(d)->settings.issuers;
	union vaultlink_args args = { 0 };
	union vaultlink_result *v;
	int r;

	if (i < configured->n) {
		if (configured->cert[i].len > *n)
			return ERR_SIZE;
		*n = configured->cert[i].len;
		memcpy(der, configured->cert[i].der, *n);
		return 0;
	}
	i -= configured->n;
	if ((v = malloc(sizeof(*v))) == NULL)
		return ERR_NOMEM;
	args.issuer.i = (uint16_t)i;
	r = i > UINT16_MAX ? ERR_NOT_FOUND :
	    vaultclient_call(ward_of(d)->client, VAULT_ISSUER, &args, v);
	if (r == 0 && v->issuer.n > *n)
		r = ERR_SIZE;
	if (r == 0) {
		*n = v->issuer.n;
		memcpy(der, v->issuer.der, *n);
	}
	free(v);
	return r;
}
