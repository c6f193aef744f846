#include "tests/unit/crew.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "hsm/vault/store_parts.h"
#include "tests/unit/suite.h"

struct guest {
	EVP_PKEY *rsa;
	uint8_t scalar[P256_SCALAR];
	struct user_keys keys;
};

static struct guest guests[GUESTS];

static void
free_guests(void)
{
	for (unsigned i = 0; i < GUESTS; i++)
		EVP_PKEY_free(guests[i].rsa);
}

static struct guest *
guest_of(unsigned i)
{
	struct guest *g = &guests[i];
	BIGNUM *n = NULL;

	if (g->rsa != NULL)
		return g;
	if (guests[0].rsa == NULL && i == 0)
		(void)atexit(free_guests);
	OK(p256_generate(g->scalar, g->keys.point));
	CU_ASSERT_PTR_NOT_NULL_FATAL(g->rsa = EVP_RSA_gen(2048));
	CU_ASSERT_EQUAL(EVP_PKEY_get_bn_param(g->rsa, "n", &n), 1);
	CU_ASSERT_EQUAL(BN_bn2binpad(n, g->keys.modulus, USER_MODULUS), USER_MODULUS);
	BN_free(n);
	return g;
}

struct user_seat
crew_seat(unsigned guest)
{
	struct user_seat seat = { .copies = 2 };

	seat.keys = guest_of(guest)->keys;
	return seat;
}

void
crew_sign(unsigned guest, const uint8_t text[CHALLENGE_LEN], uint8_t signature[USER_MODULUS])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t n = USER_MODULUS;

	CU_ASSERT(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, guest_of(guest)->rsa) == 1 &&
	    EVP_DigestSign(md, signature, &n, text, CHALLENGE_LEN) == 1);
	EVP_MD_CTX_free(md);
}

void
crew_agree(unsigned guest, const uint8_t point[USER_POINT], uint8_t z[32])
{
	OK(p256_agree(guest_of(guest)->scalar, point, z));
}

void
crew_begin(struct place *p, int boot, struct slot_plan plan[SLOTS])
{
	static const struct { unsigned slot, user, guest; } seats[] = {
		{ 7, 1, 0 }, { 8, 1, 1 }, { 8, 2, 2 }, { 0, 1, 3 },
	};
	struct user_seat seat;

	(void)guest_of(0);
	place_enter(p);
	place_lead_to(p, HSM_INSTALLING);
	token_plans(plan, 0);
	for (size_t i = 0; i < (boot ? 4 : 3); i++) {
		struct slot_plan *q = &plan[seats[i].slot];

		seat = crew_seat(seats[i].guest);
		OK(store_enrol(p->store, seats[i].slot, seats[i].user, &seat));
		*q = token_plan(SLOT_CARDS, seats[i].slot == 0 ? NULL : TOKEN_CODE, TOKEN_SO);
		q->users = (uint8_t)seats[i].user;
		q->copies = 2;
		q->trial = 1;
	}
	OK(store_commit(p->store, &p->mbk, plan));
	slots_delay(p->store, 0, 0);
}

void
crew_enter(struct place *p, int boot)
{
	struct slot_plan plan[SLOTS];

	crew_begin(p, boot, plan);
	OK(store_finish(p->store, plan));
}

static size_t
length(const char *text)
{
	return text == NULL ? 0 : strlen(text);
}

static void *
login(void *arg)
{
	struct caller *c = arg;

	c->r = token_login(c->p, c->slot, c->who, c->code);
	c->done = 1;
	return NULL;
}

static void *
give(void *arg)
{
	struct caller *c = arg;

	c->r = token_set_user(c->p, c->slot, c->code, c->next);
	c->done = 1;
	return NULL;
}

static void *
mode(void *arg)
{
	struct caller *c = arg;

	c->r = slot_set_mode(c->p->store, c->slot, (const uint8_t *)c->code, length(c->code),
	    c->plan);
	c->done = 1;
	return NULL;
}

static void
start(struct caller *c, void *(*run)(void *))
{
	CU_ASSERT_EQUAL_FATAL(pthread_create(&c->thread, NULL, run, c), 0);
}

void
crew_login(struct caller *c, struct place *p, unsigned slot, const char *code)
{
	*c = (struct caller){ .p = p, .slot = slot, .who = SLOT_USER, .code = code };
	start(c, login);
}

void
crew_login_so(struct caller *c, struct place *p, unsigned slot, const char *pin)
{
	*c = (struct caller){ .p = p, .slot = slot, .who = SLOT_SO, .code = pin };
	start(c, login);
}

void
crew_hold(struct place *p)
{
	for (unsigned i = 0; i < SLOT_TURNS; i++)
		CU_ASSERT_EQUAL(sem_wait(&p->store->turns), 0);
}

void
crew_charged(struct place *p, unsigned slot, enum slot_who who)
{
	time_t end = time(NULL) + 30;
	struct slot_info info;

	do {
		sched_yield();
		info = token_info(p, slot);
	} while ((who == SLOT_USER ? info.user_left : info.so_left) == SLOT_TRIES &&
	    time(NULL) < end);
	CU_ASSERT_FATAL((who == SLOT_USER ? info.user_left : info.so_left) < SLOT_TRIES);
}

void
crew_go_on(struct place *p)
{
	for (unsigned i = 0; i < SLOT_TURNS; i++)
		sem_post(&p->store->turns);
}

void
crew_give(struct caller *c, struct place *p, unsigned slot, const char *so, const char *code)
{
	*c = (struct caller){ .p = p, .slot = slot, .code = so, .next = code };
	start(c, give);
}

void
crew_mode(struct caller *c, struct place *p, unsigned slot, const char *code,
    const struct slot_plan *plan)
{
	*c = (struct caller){ .p = p, .slot = slot, .code = code, .plan = plan };
	start(c, mode);
}

int
crew_result(struct caller *c)
{
	pthread_join(c->thread, NULL);
	return c->r;
}

static unsigned
waiters(struct store *s)
{
	return s->people.first == NULL ? 0 : s->people.first->waiters;
}

static unsigned
openings(struct store *s)
{
	unsigned n = 0;

	for (const struct ask *a = s->people.first; a != NULL; a = a->next)
		n++;
	return n;
}

static void
wait_for(struct store *s, unsigned (*count)(struct store *), unsigned want)
{
	time_t end = time(NULL) + 30;
	unsigned n;

	do {
		pthread_mutex_lock(&s->told_lock);
		n = count(s);
		pthread_mutex_unlock(&s->told_lock);
		sched_yield();
	} while (n != want && time(NULL) < end);
	CU_ASSERT_EQUAL_FATAL(n, want);
}

void
crew_waits(struct place *p, unsigned want)
{
	wait_for(p->store, waiters, want);
}

void
crew_queue(struct place *p, unsigned want)
{
	wait_for(p->store, openings, want);
}

static unsigned
ending(struct store *s)
{
	return s->people.first != NULL && s->people.first->state == ASK_ENDING;
}

void
crew_ends(struct place *p)
{
	wait_for(p->store, ending, 1);
}

int
crew_comes(struct caller *c)
{
	time_t end = time(NULL) + 30;
	unsigned n;

	do {
		pthread_mutex_lock(&c->p->store->told_lock);
		n = openings(c->p->store);
		pthread_mutex_unlock(&c->p->store->told_lock);
		sched_yield();
	} while (n == 0 && !c->done && time(NULL) < end);
	CU_ASSERT_FATAL(n != 0 || c->done);
	return n != 0;
}

int
crew_prove(struct place *p, uint64_t number, unsigned user, unsigned guest)
{
	uint8_t text[CHALLENGE_LEN], point[USER_POINT], signature[USER_MODULUS], z[32];
	int r;

	if ((r = people_challenge(p->store, number, user, text, point)) != 0)
		return r;
	crew_sign(guest, text, signature);
	crew_agree(guest, point, z);
	return people_proof(p->store, number, user, signature, z);
}

int
crew_serve(struct place *p, unsigned guest)
{
	struct opening o;
	int failed, r;

	OK(people_next(p->store, &o));
	for (unsigned user = 1; user <= o.users; user++)
		OK(crew_prove(p, o.number, user, guest + user - 1));
	r = people_end(p->store, o.number, 0, 1, &failed);
	CU_ASSERT_EQUAL(failed, r != 0 && r != ERR_NOT_NOW);
	return r;
}

int
crew_open(struct place *p, unsigned slot, const char *code, unsigned guest)
{
	struct caller c;

	crew_login(&c, p, slot, code);
	OK(crew_serve(p, guest));
	return crew_result(&c);
}

int
crew_refuse(struct place *p, int err)
{
	struct opening o;
	int failed;

	OK(people_next(p->store, &o));
	(void)people_end(p->store, o.number, err, 1, &failed);
	return failed;
}
