#include "hsm/daemon/ward.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/log.h"
#include "hsm/admin/names.h"

enum { STOP_S = 8 };	/* for a cancelled ceremony to end */

struct ward {
	struct desk desk;
	struct vaultclient *client;
	struct vaultjournal journal, running;	/* the daemon's own; the ceremonies', until the end */
	struct ward_settings settings;

	/* Held around an act (start, reset, issuer), so that two of them do not cross. Taken before lock. */
	pthread_mutex_t acts;
	struct issuers issuers;		/* of the running ceremony */
	pthread_t thread;
	int joinable;

	/* Everything below, and the condition that it changed. */
	pthread_mutex_t lock;
	pthread_cond_t turned;
	uint32_t count;
	int stopping;
	struct cards *cards;		/* of the running ceremony, from its start to its end */
	void *secrets;			/* of a ceremony that sits in a PIN entry, else NULL */
	size_t secrets_n;
	int cancelled;
	uint32_t number;		/* of the running ceremony, 0: none */
	uint32_t numbers;		/* given out so far */
	const struct ceremony_plan *plan;
	char ceremony[STEP_NAME_MAX];
	struct ceremony_args args;
	char front[FRONT_MAX], said[FRONT_MAX];
	int display;
	uint32_t beeps;
	struct desk_end last;
};

static struct ward *
of(struct desk *d)
{
	return (struct ward *)d;	/* its first member */
}

static void
turn(struct ward *w)
{
	w->count++;
	pthread_cond_broadcast(&w->turned);
}

/* Something was written to the transcript or the state. */
static void
kept(void *arg)
{
	struct ward *w = arg;

	pthread_mutex_lock(&w->lock);
	turn(w);
	pthread_mutex_unlock(&w->lock);
}

static void
deadline(struct timespec *t, unsigned seconds)
{
	clock_gettime(CLOCK_MONOTONIC, t);
	t->tv_sec += (time_t)seconds;
}

/* Under the lock: until the count has moved from `known`, or the time is over (0 then). */
static int
wait_turn(struct ward *w, uint32_t known, const struct timespec *until)
{
	while (w->count == known && !w->stopping)
		if (pthread_cond_timedwait(&w->turned, &w->lock, until) != 0)
			return 0;
	return !w->stopping;
}

/* Who did what, in the transcript before it is done. */
static int
note(struct ward *w, const char *ceremony, const char *step, uid_t uid)
{
	struct record rec = { 0 };

	snprintf(rec.ceremony, sizeof(rec.ceremony), "%s", ceremony);
	snprintf(rec.step, sizeof(rec.step), "%s", step);
	snprintf(rec.outcome, sizeof(rec.outcome), "by uid %u", (unsigned)uid);
	return w->journal.journal.ops->record(&w->journal.journal, &rec);
}

static int
last_record(struct ward *w, struct hsm_status *hsm, uint64_t *seq)
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

/* 0 when nothing runs, ERR_BUSY, or ERR_CLOSED when the daemon ends. */
static int
idle(struct ward *w)
{
	int r = 0;

	pthread_mutex_lock(&w->lock);
	if (w->stopping)
		r = ERR_CLOSED;
	else if (w->number != 0)
		r = ERR_BUSY;
	pthread_mutex_unlock(&w->lock);
	return r;
}

int
ward_settle(struct ward *w, struct hsm_status *hsm)
{
	char message[MESSAGE_MAX];
	int r = 0;

	pthread_mutex_lock(&w->acts);
	if (idle(w) == 0) {
		pthread_mutex_lock(&w->lock);
		memcpy(message, w->last.result.message, sizeof(message));
		pthread_mutex_unlock(&w->lock);
		r = ceremony_settle(&w->journal.journal, message, hsm);
	}
	pthread_mutex_unlock(&w->acts);
	return r;
}

/* Asking. ------------------------------------------------------------------ */

static int
status(struct desk *d, uint32_t known, unsigned wait_s, struct desk_status *s)
{
	struct ward *w = of(d);
	struct timespec until;
	uint64_t seq;
	int r;

	memset(s, 0, sizeof(*s));
	deadline(&until, wait_s);
	pthread_mutex_lock(&w->lock);
	if (wait_s > 0)
		wait_turn(w, known, &until);
	/* Taken before the vault is asked: a change meanwhile ends the next wait at once. */
	s->count = w->count;
	s->number = w->number;
	if (w->number != 0)
		memcpy(s->ceremony, w->ceremony, sizeof(s->ceremony));
	memcpy(s->front, w->front, sizeof(s->front));
	memcpy(s->said, w->said, sizeof(s->said));
	memcpy(s->reader, w->settings.reader, sizeof(s->reader));
	s->display = w->display;
	s->beeps = w->beeps;
	s->last = w->last;
	pthread_mutex_unlock(&w->lock);
	if ((r = last_record(w, &s->hsm, &seq)) != 0)
		return r;
	return s->number == 0 && s->hsm.state == HSM_INSTALLING ? ward_settle(w, &s->hsm) : 0;
}

static int
events(struct desk *d, uint64_t since, unsigned wait_s, struct event *out, size_t max, size_t *n,
    uint32_t *number)
{
	struct ward *w = of(d);
	struct timespec until;
	uint32_t known;
	int r, again = 1;

	deadline(&until, wait_s);
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

static int
verify(struct desk *d, uint64_t *seq)
{
	union vaultlink_result *v = malloc(sizeof(*v));
	int r;

	if (v == NULL)
		return ERR_NOMEM;
	if ((r = vaultclient_call(of(d)->client, VAULT_VERIFY, NULL, v)) == 0 &&
	    !v->verify.whole) {
		*seq = v->verify.seq;
		r = ERR_MAC;
	}
	free(v);
	return r;
}

static int
issuer(struct desk *d, size_t i, uint8_t *der, size_t *n)
{
	const struct issuers *configured = &of(d)->settings.issuers;
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
	r = i > UINT16_MAX ? ERR_NOT_FOUND : vaultclient_call(of(d)->client, VAULT_ISSUER, &args, v);
	if (r == 0 && v->issuer.n > *n)
		r = ERR_SIZE;
	if (r == 0) {
		*n = v->issuer.n;
		memcpy(der, v->issuer.der, *n);
	}
	free(v);
	return r;
}

/* Acts. -------------------------------------------------------------------- */

static int
load_issuers(struct ward *w)
{
	int r = 0;

	w->issuers.n = 0;
	for (size_t i = 0; i < ISSUERS_MAX; i++) {
		w->issuers.cert[i].len = sizeof(w->issuers.cert[i].der);
		if ((r = issuer(&w->desk, i, w->issuers.cert[i].der, &w->issuers.cert[i].len)) != 0)
			break;
		w->issuers.n++;
	}
	return r == ERR_NOT_FOUND ? 0 : r;
}

static uint64_t
now(void *arg)
{
	(void)arg;
	return (uint64_t)time(NULL);
}

/*
 * A cancel that came before the ceremony had opened its reader would be lost;
 * so it is said again at each text, from the ceremony's own thread.
 */
static void
cancel_again(struct ward *w)
{
	if (w->cancelled && w->cards != NULL)
		w->cards->ops->cancel(w->cards);
}

static void
front(void *arg, const char *line)
{
	struct ward *w = arg;

	pthread_mutex_lock(&w->lock);
	snprintf(w->front, sizeof(w->front), "%s", line);
	cancel_again(w);
	turn(w);
	pthread_mutex_unlock(&w->lock);
}

static void
say(void *arg, const char *text, int shown)
{
	struct ward *w = arg;

	pthread_mutex_lock(&w->lock);
	snprintf(w->said, sizeof(w->said), "%s", text);
	w->display = shown;
	for (const char *p = text; *p != '\0'; p++)
		w->beeps += *p == '\a';
	cancel_again(w);
	turn(w);
	pthread_mutex_unlock(&w->lock);
}

static void
sits(void *arg, void *secrets, size_t n)
{
	struct ward *w = arg;

	pthread_mutex_lock(&w->lock);
	w->secrets = secrets;
	w->secrets_n = n;
	turn(w);
	pthread_mutex_unlock(&w->lock);
}

static void *
perform(void *arg)
{
	struct ward *w = arg;
	const struct ceremony_env env = {
		.cards = w->cards,
		.journal = &w->running.journal,
		.issuers = &w->issuers,
		.timeouts = w->settings.timeouts,
		.reader = w->settings.reader,
		.now = now,
		.front = front,
		.say = say,
		.sits = sits,
		.arg = w,
	};
	struct desk_end end = { 0 };
	struct cards *cards = w->cards;
	struct hsm_status hsm = { 0 };

	log_info("%s begins", w->ceremony);
	end.err = ceremony_run(w->plan, &env, &w->args, &end.result);
	if (end.err != 0 && idle(w) == ERR_CLOSED)
		log_info("%s ended with the daemon", w->ceremony);
	else if (end.err != 0)
		log_info("%s ended: %s (%s)", w->ceremony, name_of_err(end.err), end.result.message);
	else
		log_info("%s is done", w->ceremony);
	if (last_record(w, &hsm, &end.seq) != 0)
		end.seq = 0;
	if (hsm.state == HSM_INSTALLING && idle(w) != ERR_CLOSED)
		log_err("that cannot be written down now: the next request tries again");

	pthread_mutex_lock(&w->lock);
	w->cards = NULL;
	end.number = w->number;
	memcpy(end.ceremony, w->ceremony, sizeof(end.ceremony));
	w->last = end;
	w->number = 0;
	w->front[0] = w->said[0] = '\0';
	turn(w);
	pthread_mutex_unlock(&w->lock);
	cards_pcsc_free(cards);
	return NULL;
}

/* Under acts and with none running: the last thread's remains. */
static void
join(struct ward *w)
{
	if (w->joinable)
		pthread_join(w->thread, NULL);
	w->joinable = 0;
}

static int
launch(struct ward *w, const char *name, const struct ceremony_plan *plan,
    const struct ceremony_args *args, uint32_t *number)
{
	struct cards *cards;
	int r;

	join(w);
	if ((r = cards_pcsc_new(&cards)) != 0)
		return r;
	pthread_mutex_lock(&w->lock);
	if (w->stopping) {
		r = ERR_CLOSED;
		goto out;
	}
	w->cards = cards;
	w->cancelled = 0;
	w->plan = plan;
	w->args = *args;
	w->args.mode = w->settings.mode;
	snprintf(w->ceremony, sizeof(w->ceremony), "%s", name);
	w->number = *number = ++w->numbers;
	if (pthread_create(&w->thread, NULL, perform, w) != 0) {
		w->cards = NULL;
		w->number = 0;
		r = ERR_NOMEM;
	} else
		w->joinable = 1;
	turn(w);
out:
	pthread_mutex_unlock(&w->lock);
	if (r != 0)
		cards_pcsc_free(cards);
	return r;
}

static int
start(struct desk *d, const char *name, const struct ceremony_args *args, uid_t uid,
    uint32_t *number, uint64_t *since)
{
	struct ward *w = of(d);
	const struct ceremony_plan *plan = ceremony_plan(name);
	int r;

	if (plan == NULL)
		return ERR_UNSUPPORTED;
	pthread_mutex_lock(&w->acts);
	if ((r = idle(w)) != 0 || (r = load_issuers(w)) != 0)
		goto out;
	r = ERR_DENIED;
	if (w->issuers.n == 0)
		goto out;
	if ((r = last_record(w, NULL, since)) != 0 || (r = note(w, name, "request", uid)) != 0)
		goto out;
	r = launch(w, name, plan, args, number);
out:
	pthread_mutex_unlock(&w->acts);
	return r;
}

static int
cancel(struct desk *d, uid_t uid)
{
	struct ward *w = of(d);
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
	if ((r = note(w, name, "cancel", uid)) != 0)
		log_err("cancel is not in the transcript: %s", err_str(r));
	pthread_mutex_lock(&w->lock);
	if (w->number == number) {
		w->cancelled = 1;
		cancel_again(w);
	}
	pthread_mutex_unlock(&w->lock);
	return 0;
}

static int
reset(struct desk *d, uid_t uid)
{
	struct ward *w = of(d);
	int r;

	pthread_mutex_lock(&w->acts);
	if ((r = idle(w)) == 0 && (r = note(w, "factory-reset", "request", uid)) == 0)
		r = vaultclient_call(w->client, VAULT_RESET, NULL, NULL);
	if (r == 0) {
		log_info("factory reset by uid %u", (unsigned)uid);
		kept(w);
	}
	pthread_mutex_unlock(&w->acts);
	return r;
}

static int
issuer_add(struct desk *d, const uint8_t *der, size_t n, uid_t uid)
{
	struct ward *w = of(d);
	union vaultlink_args args = { 0 };
	uint8_t known[ISSUER_MAX];
	size_t i, known_n;
	int r;

	if (n > ISSUER_MAX)
		return ERR_SIZE;
	pthread_mutex_lock(&w->acts);
	if ((r = idle(w)) != 0)
		goto out;
	for (i = 0; i <= ISSUERS_MAX; i++) {
		known_n = sizeof(known);
		if ((r = issuer(d, i, known, &known_n)) != 0)
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
	args.issuer_add.n = (uint16_t)n;
	memcpy(args.issuer_add.der, der, n);
	if ((r = note(w, "issuer", "add", uid)) == 0)
		r = vaultclient_call(w->client, VAULT_ISSUER_ADD, &args, NULL);
out:
	pthread_mutex_unlock(&w->acts);
	return r;
}

static const struct desk_ops ops = {
	.status = status,
	.events = events,
	.verify = verify,
	.start = start,
	.cancel = cancel,
	.reset = reset,
	.issuer_add = issuer_add,
	.issuer = issuer,
};

int
ward_new(struct ward **out, struct vaultclient *client, const struct ward_settings *settings)
{
	struct ward *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;

	*out = w;
	if (w == NULL)
		return ERR_NOMEM;
	w->desk.ops = &ops;
	w->client = client;
	w->settings = *settings;
	vaultjournal_init(&w->journal, client, kept, w);
	vaultjournal_init(&w->running, client, kept, w);
	pthread_mutex_init(&w->acts, NULL);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->turned, &attr);
	pthread_condattr_destroy(&attr);
	/* Not 0, which a client that knows nothing yet asks with. */
	w->count = 1;
	return 0;
}

struct desk *
ward_desk(struct ward *w)
{
	return &w->desk;
}

/* Under the lock: until the cancelled ceremony has ended (0), or sits in a PIN entry, or hangs. */
static int
wait_performer(struct ward *w)
{
	struct timespec until;

	deadline(&until, STOP_S);
	while (w->number != 0 && w->secrets == NULL)
		if (pthread_cond_timedwait(&w->turned, &w->lock, &until) != 0)
			break;
	if (w->number == 0)
		return 0;
	if (w->secrets != NULL)
		OPENSSL_cleanse(w->secrets, w->secrets_n);
	return ERR_TIMEOUT;
}

int
ward_stop(struct ward *w)
{
	char message[MESSAGE_MAX] = "";
	struct hsm_status hsm;
	int r;

	pthread_mutex_lock(&w->lock);
	w->stopping = 1;
	if (w->number == 0)
		memcpy(message, w->last.result.message, sizeof(message));
	turn(w);
	pthread_mutex_unlock(&w->lock);
	/* Before the cancel, which nobody asked for: its record would be the last. */
	vaultjournal_close(&w->running);
	pthread_mutex_lock(&w->acts);
	if (ceremony_settle(&w->journal.journal, message, &hsm) == 0 && hsm.state == HSM_INSTALLING)
		log_err("that the ceremony ends cannot be written down now: the next start tries again");
	pthread_mutex_lock(&w->lock);
	w->cancelled = 1;
	cancel_again(w);
	r = wait_performer(w);
	pthread_mutex_unlock(&w->lock);
	if (r == 0)
		join(w);
	else
		log_info("the reader goes on asking for a PIN until nobody enters one in time");
	pthread_mutex_unlock(&w->acts);
	return r;
}

void
ward_free(struct ward *w)
{
	if (w == NULL)
		return;
	pthread_cond_destroy(&w->turned);
	pthread_mutex_destroy(&w->lock);
	pthread_mutex_destroy(&w->acts);
	free(w);
}
