#include "hsm/vault/store_parts.h"

#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "card-os/iso7816/err.h"

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* That user's turn, of an opening whose people are asked: NULL with *r. */
static struct ask *
turn_of(struct store *s, uint64_t number, unsigned user, int *r)
{
	struct ask *a = ask_find(s, number);

	*r = ERR_NOT_NOW;
	if (a == NULL || a->state != ASK_ASKED)
		return NULL;
	if (user < 1 || user > a->o.users) {
		*r = ERR_ARG;
		return NULL;
	}
	*r = user == a->proven + 1 ? 0 : ERR_NOT_NOW;
	return *r == 0 ? a : NULL;
}

/* The first of the queue whose slot does not rest; NULL with *until, 0: when another one comes. */
static struct ask *
first_of(const struct store *s, uint64_t *until)
{
	const uint64_t now = now_ms();
	struct ask *a;

	*until = 0;
	for (a = s->people.first; a != NULL; a = a->next) {
		const uint64_t rests = s->people.rest[a->o.slot].until;

		if (a->state != ASK_QUEUED)
			continue;
		if (rests <= now)
			break;
		if (*until == 0 || rests < *until)
			*until = rests;
	}
	return a;
}

static void
wait_asked(struct store *s, uint64_t until)
{
	const struct timespec t = { (time_t)(until / 1000), (long)(until % 1000) * 1000000 };

	if (until == 0)
		pthread_cond_wait(&s->people.asked, &s->told_lock);
	else
		pthread_cond_timedwait(&s->people.asked, &s->told_lock, &t);
}

int
people_next(struct store *s, struct opening *out)
{
	struct people *p = &s->people;
	uint64_t number, until;
	struct ask *a;
	int r;

	memset(out, 0, sizeof(*out));
	pthread_mutex_lock(&s->told_lock);
	do {
		r = p->stopped ? ERR_CLOSED : p->given != 0 ? ERR_NOT_NOW : 0;
		if (r != 0)
			break;
		if ((a = first_of(s, &until)) == NULL) {
			r = ERR_NOT_FOUND;
			wait_asked(s, until);
			continue;
		}
		/* The store's lock is the outer one. */
		number = a->o.number;
		pthread_mutex_unlock(&s->told_lock);
		store_lock(s);
		pthread_mutex_lock(&s->told_lock);
		a = ask_find(s, number);
		r = a != NULL && a->state == ASK_QUEUED && p->given == 0 ? ask_begin(s, a) :
		    ERR_NOT_FOUND;
		if (r == 0) {
			p->given = number;
			*out = a->o;
		}
		store_unlock(s);
	} while (r != 0);
	pthread_mutex_unlock(&s->told_lock);
	return r;
}

int
people_seat(struct store *s, uint64_t number, unsigned user, struct user_seat *seat)
{
	struct ask *a;
	int r = 0;

	memset(seat, 0, sizeof(*seat));
	pthread_mutex_lock(&s->told_lock);
	a = ask_find(s, number);
	if (a == NULL || a->state != ASK_ASKED)
		r = ERR_NOT_NOW;
	else if (user < 1 || user > a->o.users)
		r = ERR_ARG;
	else
		*seat = a->cards.seat[user - 1];
	pthread_mutex_unlock(&s->told_lock);
	return r;
}

/* What is to be opened: this token of the slot, as it is sealed now, and what for. */
static int
operation(const struct ask *a, uint8_t hash[CHALLENGE_OPERATION])
{
	static const char label[] = "cardinal opening";
	uint8_t p[sizeof(label) + 3 + 8 + SLOT_BOX_LEN];
	struct wr wr;

	wr_init(&wr, p, sizeof(p));
	wr_bytes(&wr, label, sizeof(label));
	wr_u8(&wr, a->o.purpose);
	wr_u8(&wr, a->o.slot);
	wr_u8(&wr, a->secret->plan.mode);
	wr_u64(&wr, a->generation);
	wr_bytes(&wr, a->cards.box, sizeof(a->cards.box));
	if (wr_end(&wr) != 0 || EVP_Digest(p, wr.n, hash, NULL, EVP_sha256(), NULL) != 1)
		return ERR_CRYPTO;
	return 0;
}

int
people_challenge(struct store *s, uint64_t number, unsigned user, uint8_t text[CHALLENGE_LEN],
    uint8_t point[USER_POINT])
{
	struct challenge c = { .user = (uint8_t)user, .session = number };
	struct ask *a;
	int r;

	memset(text, 0, CHALLENGE_LEN);
	memset(point, 0, USER_POINT);
	pthread_mutex_lock(&s->told_lock);
	if ((a = turn_of(s, number, user, &r)) == NULL)
		goto out;
	c.purpose = a->o.purpose;
	c.users = a->o.users;
	c.slot = a->o.slot;
	memcpy(c.hsm, a->hsm, sizeof(c.hsm));
	c.boot = s->people.boot;
	c.seq = ++a->seq;
	a->live = 0;
	if ((r = operation(a, c.operation)) != 0 || (r = challenge_make(&c, a->text)) != 0)
		goto out;
	a->live = 1;
	a->until = now_ms() + PEOPLE_CHALLENGE_S * 1000;
	memcpy(text, a->text, CHALLENGE_LEN);
	memcpy(point, a->cards.ephemeral[user - 1], USER_POINT);
out:
	pthread_mutex_unlock(&s->told_lock);
	return r;
}

int
people_proof(struct store *s, uint64_t number, unsigned user,
    const uint8_t signature[USER_MODULUS], const uint8_t z[32])
{
	struct ask *a;
	int r, live;

	pthread_mutex_lock(&s->told_lock);
	if ((a = turn_of(s, number, user, &r)) == NULL)
		goto out;
	live = a->live && now_ms() < a->until;
	a->live = 0;
	if (!live) {
		r = ERR_NOT_NOW;
		goto out;
	}
	if ((r = challenge_verify(&a->cards.seat[user - 1].keys, a->text, signature)) != 0)
		goto out;
	memcpy(a->secret->z.z[user - 1], z, LOCK_SECRET);
	a->proven = user;
out:
	pthread_mutex_unlock(&s->told_lock);
	return r;
}

int
people_hold(struct store *s, unsigned slot, int held)
{
	struct slot *t = &s->now.slot[slot];
	struct slot_hold hold = { 0 };
	int r;

	if (t->record.mode != SLOT_CARDS)
		return 0;
	hold.held = held != 0;
	if (held)
		memcpy(hold.boot, s->boot, sizeof(hold.boot));
	if ((r = tx_begin(s)) == 0) {
		t->record.hold = hold;
		t->dirty = 1;
	}
	if ((r = tx_end(s, r)) != 0) {
		t->record.hold = hold;
		slots_tell(s);
	}
	return r;
}

/*
 * Held: what programs still want of that slot ends too, or each of them would ask its people. An
 * operator's order stays: it would end the hold. Under told_lock.
 */
static void
turn_away(struct store *s, unsigned slot)
{
	struct ask *a, *next;

	for (a = s->people.first; a != NULL; a = next) {
		next = a->next;
		if (a->o.slot == slot && a->state == ASK_QUEUED &&
		    a->o.purpose != CHALLENGE_ADMIN)
			ask_end(s, a, ERR_NOT_NOW);
	}
}

/* It failed for good: nothing stays open but what opens by itself. Whether the hold is durable. */
static int
close_all(struct store *s, unsigned slot)
{
	int r;

	store_lock(s);
	/* Before anybody is told: who hears it may be the one that starts this daemon again. */
	r = people_hold(s, slot, 1);
	pthread_mutex_lock(&s->told_lock);
	turn_away(s, slot);
	pthread_mutex_unlock(&s->told_lock);
	for (unsigned i = 0; i < SLOTS; i++)
		slot_shut(&s->now.slot[i]);
	slots_tell(s);
	/* One that does not open tells so itself (slot_info). */
	(void)slots_start(s);
	store_unlock(s);
	return r;
}

/*
 * Programs that find no pad would ask again at once, and each opening is told in the transcript:
 * the next one of that slot is a little longer in the queue each time. Under told_lock.
 */
static void
rest(struct store *s, unsigned slot, int vain)
{
	enum { FIRST = 10, MOST = 20, DOUBLE_MAX = 16 };	/* of the delays of codes */
	struct rest *t = &s->people.rest[slot];
	const uint64_t most = (uint64_t)s->delay_most * MOST;
	uint64_t ms;

	if (!vain) {
		memset(t, 0, sizeof(*t));
		return;
	}
	ms = (uint64_t)s->delay_first * FIRST << (t->vain < DOUBLE_MAX ? t->vain : DOUBLE_MAX);
	t->vain++;
	t->until = now_ms() + (ms < most ? ms : most);
}

/* What those who wait are told of an end that ward saw. */
static int
told(int err)
{
	switch (err) {
	case ERR_CANCELLED:
		return ERR_CANCELLED;
	case ERR_READER_GONE:
	case ERR_NO_SERVICE:
	case ERR_CLOSED:
		return ERR_CLOSED;
	default:
		return ERR_TIMEOUT;
	}
}

int
people_end(struct store *s, uint64_t number, int err, int begun, int *failed)
{
	struct people *p = &s->people;
	int r = 0, result = told(err);
	struct ask *a;

	*failed = 0;
	pthread_mutex_lock(&s->told_lock);
	if ((a = ask_find(s, number)) != NULL && a->state == ASK_ASKED) {
		a->state = ASK_ENDING;
		a->live = 0;
		if (err == 0 && a->proven != a->o.users)
			r = ERR_NOT_NOW;
	} else {
		a = NULL;
		r = ERR_NOT_NOW;
	}
	pthread_mutex_unlock(&s->told_lock);
	if (a == NULL)
		goto out;
	if (err == 0 && r == 0) {
		r = ask_carry_out(s, a);
		/* A slot that is another now is nobody's failure; a damaged one tells so. */
		*failed = r != 0 && r != ERR_NOT_NOW;
		result = r == 0 || r == ERR_NOT_NOW ? r : ERR_TIMEOUT;
	} else
		*failed = begun != 0;
	if (*failed && close_all(s, a->o.slot) != 0)
		*failed = PEOPLE_UNWRITTEN;
out:
	pthread_mutex_lock(&s->told_lock);
	if (a != NULL) {
		rest(s, a->o.slot, err != 0 && !begun);
		ask_end(s, a, result);
	}
	if (p->given == number)
		p->given = 0;
	pthread_mutex_unlock(&s->told_lock);
	return r;
}

int
people_whose(struct store *s, const struct user_keys *keys, unsigned *slot, unsigned *user)
{
	int r;

	store_lock(s);
	r = seat_find(s, keys, SLOTS, 0, slot, user);
	store_unlock(s);
	return r;
}

void
people_stop(struct store *s)
{
	struct ask *a, *next;

	pthread_mutex_lock(&s->told_lock);
	s->people.stopped = 1;
	for (a = s->people.first; a != NULL; a = next) {
		next = a->next;
		if (a->state != ASK_ENDING)
			ask_end(s, a, ERR_CLOSED);
	}
	pthread_cond_broadcast(&s->people.asked);
	pthread_mutex_unlock(&s->told_lock);
}
