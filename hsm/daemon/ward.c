#include "hsm/daemon/ward_parts.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/log.h"

enum { STOP_S = 8 };	/* for a cancelled ceremony to end */

struct ward *
ward_of(struct desk *d)
{
	return (struct ward *)d;	/* its first member */
}

void
ward_turn(struct ward *w)
{
	w->count++;
	pthread_cond_broadcast(&w->turned);
}

void
ward_kept(void *arg)
{
	struct ward *w = arg;

	pthread_mutex_lock(&w->lock);
	ward_turn(w);
	pthread_mutex_unlock(&w->lock);
}

void
ward_deadline(struct timespec *t, unsigned seconds)
{
	clock_gettime(CLOCK_MONOTONIC, t);
	t->tv_sec += (time_t)seconds;
}

int
ward_idle(struct ward *w)
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
	if (ward_idle(w) == 0) {
		pthread_mutex_lock(&w->lock);
		memcpy(message, w->last.result.message, sizeof(message));
		pthread_mutex_unlock(&w->lock);
		r = ceremony_settle(&w->journal.journal, message, hsm);
	}
	pthread_mutex_unlock(&w->acts);
	return r;
}

static const struct desk_ops ops = {
	.status = ward_status,
	.events = ward_events,
	.verify = ward_verify,
	.start = ward_start,
	.answer = ward_answer,
	.cancel = ward_cancel,
	.reset = ward_reset,
	.issuer_add = ward_issuer_add,
	.issuer = ward_issuer,
	.trial = ward_trial,
	.slots = ward_slots,
	.slot_act = ward_slot_act,
};

int
ward_new(struct ward **out, struct vaultclient *client, struct vaultclient *slots,
    struct vaultclient *people, const struct ward_settings *settings)
{
	struct ward *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;

	*out = w;
	if (w == NULL)
		return ERR_NOMEM;
	w->desk.ops = &ops;
	w->client = client;
	w->slots = slots;
	w->people = people;
	w->settings = *settings;
	vaultjournal_init(&w->journal, client, ward_kept, w);
	vaultjournal_init(&w->running, client, ward_kept, w);
	vaultgate_init(&w->gate, client, ward_kept, w);
	pthread_mutex_init(&w->acts, NULL);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->turned, &attr);
	pthread_condattr_destroy(&attr);
	w->how = SAY_SHOWN;
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

	ward_deadline(&until, STOP_S);
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
	ward_turn(w);
	pthread_mutex_unlock(&w->lock);
	/* Before the cancel, which nobody asked for: its record would be the last. */
	vaultjournal_close(&w->running);
	vaultgate_close(&w->gate);
	pthread_mutex_lock(&w->acts);
	if (ceremony_settle(&w->journal.journal, message, &hsm) == 0 && hsm.state == HSM_INSTALLING)
		log_err("that the ceremony ends cannot be written down now: the next start tries "
		    "again");
	pthread_mutex_lock(&w->lock);
	w->cancelled = 1;
	ward_cancel_again(w);
	r = wait_performer(w);
	pthread_mutex_unlock(&w->lock);
	if (r == 0)
		ward_join(w);
	else
		log_info("the reader goes on asking for a PIN until nobody enters one in time");
	pthread_mutex_unlock(&w->acts);
	ward_people_stop(w);
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
