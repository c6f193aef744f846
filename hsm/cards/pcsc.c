#include "hsm/cards/pcsc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"

enum { SLICE_MS = 50 };

/* Shared by who wants the connection and the thread that waits for it; the last frees it. */
struct pcsc_attempt {
	pthread_mutex_t lock;
	pthread_cond_t done;
	int finished, abandoned;
	int holders;
	struct pcsc got;
	LONG rv;
	char reader[CARDS_NAME_MAX];
};

static const struct {
	LONG rv;
	int err;
} errs[] = {
	{ SCARD_S_SUCCESS, 0 },
	{ SCARD_E_NO_SMARTCARD, ERR_NO_CARD },
	{ SCARD_W_REMOVED_CARD, ERR_CARD_REMOVED },
	/* Somebody got between us and the card: it forgot us, as if it had been pulled. */
	{ SCARD_W_RESET_CARD, ERR_CARD_REMOVED },
	{ SCARD_W_UNPOWERED_CARD, ERR_CARD_ANSWER },
	{ SCARD_W_UNRESPONSIVE_CARD, ERR_CARD_ANSWER },
	{ SCARD_W_UNSUPPORTED_CARD, ERR_CARD_ANSWER },
	{ SCARD_E_PROTO_MISMATCH, ERR_CARD_ANSWER },
	{ SCARD_E_SHARING_VIOLATION, ERR_BUSY },
	{ SCARD_E_READER_UNAVAILABLE, ERR_READER_GONE },
	{ SCARD_E_UNKNOWN_READER, ERR_READER_GONE },
	{ SCARD_E_NO_READERS_AVAILABLE, ERR_READER_NONE },
	{ SCARD_E_NO_SERVICE, ERR_NO_SERVICE },
	{ SCARD_E_SERVICE_STOPPED, ERR_NO_SERVICE },
	{ SCARD_F_COMM_ERROR, ERR_NO_SERVICE },
	{ SCARD_E_INVALID_HANDLE, ERR_READER_GONE },
	{ SCARD_E_TIMEOUT, ERR_TIMEOUT },
	{ SCARD_E_NO_MEMORY, ERR_NOMEM },
	/* By polkit's rules, when pcscd was built with it. */
	{ SCARD_W_SECURITY_VIOLATION, ERR_DENIED },
	{ SCARD_E_UNSUPPORTED_FEATURE, ERR_UNSUPPORTED },
};

int
pcsc_err(LONG rv)
{
	size_t i;

	for (i = 0; i < sizeof(errs) / sizeof(errs[0]); i++)
		if (errs[i].rv == rv)
			return errs[i].err;
	return ERR_IO;
}

static void
disconnect(struct pcsc *p, DWORD leaves)
{
	if (p->open) {
		(void)SCardDisconnect(p->handle, leaves);
		(void)SCardReleaseContext(p->context);
	}
	memset(p, 0, sizeof(*p));
}

void
pcsc_disconnect(struct pcsc *p)
{
	disconnect(p, p->card ? SCARD_UNPOWER_CARD : SCARD_LEAVE_CARD);
}

static LONG
connect_now(struct pcsc *p, const char *reader)
{
	DWORD protocol;
	LONG rv;

	if ((rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &p->context)) !=
	    SCARD_S_SUCCESS)
		return rv;
	rv = SCardConnect(p->context, reader, p->card ? SCARD_SHARE_SHARED : SCARD_SHARE_DIRECT,
	    p->card ? SCARD_PROTOCOL_T1 : 0, &p->handle, &protocol);
	if (rv != SCARD_S_SUCCESS) {
		(void)SCardReleaseContext(p->context);
		return rv;
	}
	p->open = 1;
	/* Without the transaction nothing was told to the card, and it is somebody else's. */
	if (p->card && (rv = SCardBeginTransaction(p->handle)) != SCARD_S_SUCCESS)
		disconnect(p, SCARD_LEAVE_CARD);
	return rv;
}

/* The lock is held, and let go. */
static void
release(struct pcsc_attempt *a)
{
	int left = --a->holders;

	(void)pthread_mutex_unlock(&a->lock);
	if (left > 0)
		return;
	(void)pthread_mutex_destroy(&a->lock);
	(void)pthread_cond_destroy(&a->done);
	free(a);
}

static void *
attempt_run(void *arg)
{
	struct pcsc_attempt *a = arg;
	struct pcsc got = { .card = a->got.card };
	LONG rv;

	rv = connect_now(&got, a->reader);
	(void)pthread_mutex_lock(&a->lock);
	if (a->abandoned) {
		/* We told the card nothing; another program may be in the midst of something. */
		(void)pthread_mutex_unlock(&a->lock);
		disconnect(&got, SCARD_LEAVE_CARD);
		rv = SCARD_E_SHARING_VIOLATION;
		(void)pthread_mutex_lock(&a->lock);
	}
	a->got = got;
	a->rv = rv;
	a->finished = 1;
	(void)pthread_cond_signal(&a->done);
	release(a);
	return NULL;
}

static int
attempt_start(const char *reader, int card, struct pcsc_attempt **out)
{
	struct pcsc_attempt *a = calloc(1, sizeof(*a));
	pthread_condattr_t clock;
	pthread_t thread;

	if (a == NULL)
		return ERR_NOMEM;
	a->got.card = card;
	a->holders = 2;
	strncpy(a->reader, reader, sizeof(a->reader) - 1);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_cond_init(&a->done, &clock);
	(void)pthread_condattr_destroy(&clock);
	if (pthread_create(&thread, NULL, attempt_run, a) != 0) {
		a->holders = 1;
		(void)pthread_mutex_lock(&a->lock);
		release(a);
		return ERR_NOMEM;
	}
	(void)pthread_detach(thread);
	*out = a;
	return 0;
}

static void
wait_slice(struct pcsc_attempt *a)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += SLICE_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	(void)pthread_cond_timedwait(&a->done, &a->lock, &until);
}

/* Lets go of what is over by now. The place of the one at that reader, else a free one, or NULL. */
static struct pcsc_attempt **
place_for(struct pcsc_attempts *v, const char *reader)
{
	struct pcsc_attempt **place = NULL;
	size_t i;

	for (i = 0; i < CARDS_READERS_MAX; i++) {
		if (v->v[i] != NULL) {
			(void)pthread_mutex_lock(&v->v[i]->lock);
			if (v->v[i]->finished) {
				release(v->v[i]);
				v->v[i] = NULL;
			} else {
				(void)pthread_mutex_unlock(&v->v[i]->lock);
			}
		}
		if (v->v[i] != NULL && strcmp(v->v[i]->reader, reader) == 0)
			return &v->v[i];
		if (v->v[i] == NULL)
			place = &v->v[i];
	}
	return place;
}

/* One attempt; *ms is what is left of the time. */
static int
try_connect(struct pcsc_attempts *v, struct pcsc *p, const char *reader, int card, int *ms,
    const atomic_int *cancelled)
{
	struct pcsc_attempt **place = place_for(v, reader), *a;
	int r;

	if (place == NULL)
		return ERR_BUSY;
	if (*place == NULL && (r = attempt_start(reader, card, place)) != 0)
		return r;
	a = *place;
	(void)pthread_mutex_lock(&a->lock);
	/* One that still waits since an earlier call; of the other kind, its end is waited for. */
	a->abandoned = a->got.card != card;
	for (; !a->finished && *ms > 0 && !atomic_load(cancelled); *ms -= SLICE_MS)
		wait_slice(a);
	if (!a->finished) {
		a->abandoned = 1;
		(void)pthread_mutex_unlock(&a->lock);
		return atomic_load(cancelled) ? ERR_CANCELLED : ERR_BUSY;
	}
	r = a->abandoned ? ERR_BUSY : pcsc_err(a->rv);
	if (r == 0)
		*p = a->got;
	release(a);
	*place = NULL;
	return r;
}

int
pcsc_connect(struct pcsc_attempts *v, struct pcsc *p, const char *reader, int card, int ms,
    const atomic_int *cancelled)
{
	const struct timespec pause = { 0, SLICE_MS * 1000000L };
	int r;

	memset(p, 0, sizeof(*p));
	/* Another program's exclusive moment is over soon, mostly. */
	while ((r = try_connect(v, p, reader, card, &ms, cancelled)) == ERR_BUSY && ms > 0) {
		if (atomic_load(cancelled))
			return ERR_CANCELLED;
		(void)nanosleep(&pause, NULL);
		ms -= SLICE_MS;
	}
	return r;
}

void
pcsc_let_go(struct pcsc_attempts *v)
{
	size_t i;

	for (i = 0; i < CARDS_READERS_MAX; i++)
		if (v->v[i] != NULL) {
			(void)pthread_mutex_lock(&v->v[i]->lock);
			release(v->v[i]);
			v->v[i] = NULL;
		}
}
