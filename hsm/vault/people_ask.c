#include "hsm/vault/slot_work.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"

_Static_assert((size_t)CHALLENGE_HSM == LABEL_MAX, "a challenge names the HSM by its label");

void
people_init(struct store *s)
{
	struct people *p = &s->people;
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&p->asked, &monotonic);
	pthread_condattr_destroy(&monotonic);
	p->boot = (uint64_t)time(NULL);
}

static void
ask_free(struct ask *a)
{
	if (a == NULL)
		return;
	secmem_free(&a->secret, sizeof(*a->secret));
	if (a->bell >= 0)
		close(a->bell);
	free(a);
}

void
people_free(struct store *s)
{
	struct people *p = &s->people;

	people_stop(s);
	pthread_cond_destroy(&p->asked);
}

int
people_asking(const struct store *s, unsigned slot)
{
	for (const struct ask *a = s->people.first; a != NULL; a = a->next)
		if (a->o.slot == slot)
			return 1;
	return 0;
}

static unsigned
orders_of(const struct store *s, unsigned slot)
{
	unsigned n = 0;

	for (const struct ask *a = s->people.first; a != NULL; a = a->next)
		n += a->o.slot == slot && a->o.purpose == CHALLENGE_INIT;
	return n;
}

struct ask *
ask_find(struct store *s, uint64_t number)
{
	struct ask *a = s->people.first;

	while (a != NULL && a->o.number != number)
		a = a->next;
	return a;
}

void
ask_end(struct store *s, struct ask *a, int result)
{
	struct ask **at = &s->people.first;
	unsigned slot = a->o.slot;
	const uint64_t one = 1;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	a->state = ASK_ENDED;
	a->result = result;
	secmem_free(&a->secret, sizeof(*a->secret));
	s->told[slot].asking = (uint8_t)people_asking(s, slot);
	if (a->waiters == 0)
		ask_free(a);
	else
		while (write(a->bell, &one, sizeof(one)) < 0 && errno == EINTR)
			;
}

void
people_void(struct store *s, unsigned slot)
{
	struct ask *a, *next;

	pthread_mutex_lock(&s->told_lock);
	for (a = s->people.first; a != NULL; a = next) {
		next = a->next;
		if (a->o.slot != slot)
			continue;
		if (a->state == ASK_ENDING)
			a->voided = 1;
		else
			ask_end(s, a, ERR_NOT_NOW);
	}
	pthread_mutex_unlock(&s->told_lock);
}

int
ask_begin(struct store *s, struct ask *a)
{
	const struct slot *t = &s->now.slot[a->o.slot];
	const struct slot_record *rec = &t->record;
	const struct slot_pass *pass = a->who == SLOT_USER ? &rec->user : &rec->so;

	if (!t->present || t->damaged || rec->mode != SLOT_CARDS ||
	    rec->generation != a->generation || !pass->enveloped ||
	    memcmp(pass->envelope_salt, a->salt, sizeof(a->salt)) != 0) {
		ask_end(s, a, ERR_NOT_NOW);
		return ERR_NOT_NOW;
	}
	a->cards = rec->cards;
	a->o.users = rec->cards.users;
	a->state = ASK_ASKED;
	return 0;
}

/* The one that a caller can share: of the same code. A code that was replaced has one that ends. */
static struct ask *
like(struct store *s, const struct ask *a)
{
	for (struct ask *b = s->people.first; b != NULL; b = b->next)
		if (b->o.slot == a->o.slot && b->o.purpose == a->o.purpose && !b->voided &&
		    b->generation == a->generation &&
		    memcmp(b->salt, a->salt, sizeof(a->salt)) == 0)
			return b;
	return NULL;
}

static int
ask_new(struct work *w, const struct join *j, struct ask **out)
{
	const struct slot_pass *pass = work_pass(&w->record, j->who);
	struct pass_of of = work_of(w, j->who);
	uint8_t kept[SLOT_CODE_MAX];
	const uint8_t *code = j->code;
	size_t n = j->n;
	struct ask *a;
	int r;

	*out = NULL;
	if ((a = calloc(1, sizeof(*a))) == NULL)
		return ERR_NOMEM;
	if ((a->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0 ||
	    (a->secret = secmem_alloc(sizeof(*a->secret))) == NULL) {
		ask_free(a);
		return ERR_NOMEM;
	}
	a->o.slot = (uint8_t)w->slot;
	a->o.users = w->record.cards.users;
	a->o.purpose = j->purpose;
	a->o.seconds = j->seconds;
	a->state = j->claims ? ASK_CLAIMED : ASK_QUEUED;
	a->who = j->who;
	a->generation = w->record.generation;
	memcpy(a->salt, pass->envelope_salt, sizeof(a->salt));
	if (j->plan != NULL)
		a->secret->plan = *j->plan;
	r = 0;
	if (n == 0) {
		/* The device knows a user's code in the user's place, and no SO PIN in an SO's. */
		r = j->who == SLOT_USER ? pass_kept(&of, pass, kept, &n) : ERR_ARG;
		code = kept;
	}
	if (r == 0)
		r = pass_lock(&of, pass, code, n, &a->secret->lock);
	OPENSSL_cleanse(kept, sizeof(kept));
	if (r != 0)
		ask_free(a);
	else
		*out = a;
	return r;
}

/* Where it stands from now on: *use is it, or one that was there. Under both locks. */
static int
put(struct work *w, const struct join *j, struct ask *a, struct ask **use)
{
	struct store *s = w->store;
	struct ask **at = &s->people.first, *b = like(s, a);
	int held = s->now.slot[w->slot].record.hold.held;

	if (s->people.stopped)
		return ERR_CLOSED;
	if (s->epoch != w->epoch || (held && !j->insists))
		return ERR_NOT_NOW;
	if (j->purpose == CHALLENGE_ACTIVATE && b != NULL) {
		if (j->claims && b->state != ASK_QUEUED)
			return ERR_NOT_NOW;
		if (j->claims)
			b->state = ASK_CLAIMED;
		*use = b;
	} else if (j->purpose == CHALLENGE_ADMIN && b != NULL) {
		return ERR_BUSY;
	} else if (j->purpose == CHALLENGE_INIT && orders_of(s, w->slot) >= ORDERS_MAX) {
		return ERR_FULL;
	} else {
		a->o.number = ++s->people.last;
		while (*at != NULL)
			at = &(*at)->next;
		*at = *use = a;
	}
	if (j->insists)
		memset(&s->people.rest[w->slot], 0, sizeof(s->people.rest[w->slot]));
	pthread_cond_broadcast(&s->people.asked);
	s->told[w->slot].asking = 1;
	(*use)->waiters += j->waits != 0;
	return 0;
}

int
people_join(struct work *w, const struct join *j, struct ask **out, uint64_t *number)
{
	struct store *s = w->store;
	struct ask *a, *use = NULL;
	struct row row;
	int r;

	*out = NULL;
	*number = 0;
	if ((r = ask_new(w, j, &a)) != 0)
		return r;
	store_lock(s);
	if ((r = row_get(s, &row)) == 0) {
		memcpy(a->hsm, row.label, sizeof(a->hsm));
		pthread_mutex_lock(&s->told_lock);
		if ((r = put(w, j, a, &use)) == 0) {
			*out = use;
			*number = use->o.number;
		}
		pthread_mutex_unlock(&s->told_lock);
	}
	/* They are asked all the same when it cannot be written: the next writing has it. */
	if (r == 0 && j->insists && s->now.slot[w->slot].record.hold.held)
		(void)people_hold(s, w->slot, 0);
	store_unlock(s);
	if (use != a)
		ask_free(a);
	return r;
}

int
people_join_mode(struct work *w, const uint8_t *now, size_t now_n, const struct slot_plan *plan,
    int waits, struct ask **out, uint64_t *number)
{
	struct join j = { .purpose = CHALLENGE_ADMIN, .who = SLOT_USER, .code = now, .n = now_n,
		.plan = plan, .insists = 1, .waits = waits };

	return people_join(w, &j, out, number);
}

uint64_t
people_number(const struct ask *a)
{
	return a->o.number;
}

int
people_wait(struct store *s, struct ask *a, int peer)
{
	/* Nobody reads the bell: all who wait hear it. */
	struct pollfd fds[2] = { { a->bell, POLLIN, 0 }, { peer, POLLIN | POLLRDHUP, 0 } };
	int r = ERR_CLOSED;

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&s->told_lock);
	a->waiters--;
	if (a->state == ASK_ENDED) {
		r = a->result;
		if (a->waiters == 0)
			ask_free(a);
	} else if (a->waiters == 0 && a->state == ASK_QUEUED && a->o.purpose == CHALLENGE_INIT)
		ask_end(s, a, ERR_CLOSED);
	pthread_mutex_unlock(&s->told_lock);
	return r;
}

/* What both of the operator's ways to ask have in common: *number 0 when it is open already. */
static int
ask_for(struct store *s, unsigned slot, const uint8_t *code, size_t n, struct join *j,
    uint64_t *number)
{
	struct work *w;
	struct ask *a;
	int r;

	*number = 0;
	if ((r = work_begin(s, slot, &w)) != 0 || (r = work_may_open(w, n, 1)) != 0)
		goto out;
	if (w->damaged || w->record.mode != SLOT_CARDS) {
		r = w->damaged ? ERR_MAC : ERR_NOT_NOW;
		goto out;
	}
	if (n != 0 && (r = work_try(w, SLOT_USER, code, n)) != 0)
		goto out;
	j->code = code;
	j->n = n;
	if (!w->open)
		r = people_join(w, j, &a, number);
out:
	work_end(w);
	return r;
}

int
people_ask(struct store *s, unsigned slot, const uint8_t *code, size_t n, uint32_t seconds,
    uint64_t *number)
{
	struct join j = { .purpose = CHALLENGE_ACTIVATE, .who = SLOT_USER, .seconds = seconds,
		.insists = 1 };

	return ask_for(s, slot, code, n, &j, number);
}

int
people_boot(struct store *s, uint32_t seconds, uint64_t *number)
{
	const struct slot_hold *hold = &s->now.slot[0].record.hold;
	int waits;

	*number = 0;
	store_lock(s);
	waits = hold->held && memcmp(hold->boot, s->boot, sizeof(s->boot)) == 0;
	store_unlock(s);
	return waits ? ERR_NOT_NOW : people_ask(s, 0, NULL, 0, seconds, number);
}

int
people_claim(struct store *s, unsigned slot, const uint8_t *code, size_t n, uint64_t *number)
{
	struct join j = { .purpose = CHALLENGE_ACTIVATE, .who = SLOT_USER, .claims = 1,
		.insists = 1 };
	struct ask *a;
	int r;

	if ((r = ask_for(s, slot, code, n, &j, number)) != 0 || *number == 0)
		return r;
	store_lock(s);
	pthread_mutex_lock(&s->told_lock);
	a = ask_find(s, *number);
	r = a != NULL && a->state == ASK_CLAIMED ? ask_begin(s, a) : ERR_NOT_NOW;
	pthread_mutex_unlock(&s->told_lock);
	store_unlock(s);
	if (r != 0)
		*number = 0;
	return r;
}

int
people_ask_mode(struct store *s, unsigned slot, const uint8_t *now, size_t now_n,
    const struct slot_plan *plan, uint64_t *number)
{
	struct work *w;
	struct ask *a;
	int r;

	*number = 0;
	if ((r = work_begin(s, slot, &w)) == 0 &&
	    (r = work_may_change(w, now, now_n, plan)) == 0)
		r = w->record.mode == SLOT_CARDS && !work_vacant(w) ?
		    people_join_mode(w, now, now_n, plan, 0, &a, number) : ERR_NOT_NOW;
	work_end(w);
	return r;
}
