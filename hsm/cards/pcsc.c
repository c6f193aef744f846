#include "hsm/cards/pcsc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "hsm/cards/cards.h"

enum { SLICE_MS = 50 };

/* Shared by who wants the connection and the thread that waits for it; the last frees it. */
struct attempt {
	pthread_mutex_t lock;
	pthread_cond_t done;
	int finished, abandoned;
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
	/* Somebody got between us and the card: what it knew of us is gone as if it had been pulled. */
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

void
pcsc_disconnect(struct pcsc *p)
{
	if (p->open) {
		(void)SCardDisconnect(p->handle, p->card ? SCARD_UNPOWER_CARD : SCARD_LEAVE_CARD);
		(void)SCardReleaseContext(p->context);
	}
	memset(p, 0, sizeof(*p));
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
	if (p->card && (rv = SCardBeginTransaction(p->handle)) != SCARD_S_SUCCESS)
		pcsc_disconnect(p);
	return rv;
}

static void
release(struct attempt *a)
{
	(void)pthread_mutex_destroy(&a->lock);
	(void)pthread_cond_destroy(&a->done);
	free(a);
}

static void *
attempt_run(void *arg)
{
	struct attempt *a = arg;
	int abandoned;
	LONG rv;

	rv = connect_now(&a->got, a->reader);
	(void)pthread_mutex_lock(&a->lock);
	a->rv = rv;
	a->finished = 1;
	abandoned = a->abandoned;
	(void)pthread_cond_signal(&a->done);
	(void)pthread_mutex_unlock(&a->lock);
	if (abandoned) {
		pcsc_disconnect(&a->got);
		release(a);
	}
	return NULL;
}

static int
attempt_start(const char *reader, int card, struct attempt **out)
{
	struct attempt *a = calloc(1, sizeof(*a));
	pthread_condattr_t clock;
	pthread_t thread;

	if (a == NULL)
		return ERR_NOMEM;
	a->got.card = card;
	strncpy(a->reader, reader, sizeof(a->reader) - 1);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_cond_init(&a->done, &clock);
	(void)pthread_condattr_destroy(&clock);
	if (pthread_create(&thread, NULL, attempt_run, a) != 0) {
		release(a);
		return ERR_NOMEM;
	}
	(void)pthread_detach(thread);
	*out = a;
	return 0;
}

static void
wait_slice(struct attempt *a)
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

/* One attempt; *ms is what is left of the time. */
static int
try_connect(struct pcsc *p, const char *reader, int card, int *ms, const atomic_int *cancelled)
{
	struct attempt *a;
	int r;

	if ((r = attempt_start(reader, card, &a)) != 0)
		return r;
	(void)pthread_mutex_lock(&a->lock);
	for (; !a->finished && *ms > 0 && !atomic_load(cancelled); *ms -= SLICE_MS)
		wait_slice(a);
	if (!a->finished) {
		a->abandoned = 1;
		(void)pthread_mutex_unlock(&a->lock);
		return atomic_load(cancelled) ? ERR_CANCELLED : ERR_BUSY;
	}
	(void)pthread_mutex_unlock(&a->lock);
	r = pcsc_err(a->rv);
	if (r == 0)
		*p = a->got;
	release(a);
	return r;
}

int
pcsc_connect(struct pcsc *p, const char *reader, int card, int ms, const atomic_int *cancelled)
{
	const struct timespec pause = { 0, SLICE_MS * 1000000L };
	int r;

	memset(p, 0, sizeof(*p));
	/* Another program's exclusive moment is over soon, mostly. */
	while ((r = try_connect(p, reader, card, &ms, cancelled)) == ERR_BUSY && ms > 0) {
		if (atomic_load(cancelled))
			return ERR_CANCELLED;
		(void)nanosleep(&pause, NULL);
		ms -= SLICE_MS;
	}
	return r;
}
