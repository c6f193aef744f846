#include "hsm/pkcs11/server_parts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"
#include "hsm/vault/people.h"

void
slot_note(struct p11_conn *c, unsigned slot, const char *step)
{
	struct store *const store = c->server->store;
	struct record record = { .ceremony = "slot" };

	snprintf(record.step, sizeof(record.step), "%s", step);
	snprintf(record.text, sizeof(record.text), "slot %u", slot);
	snprintf(record.outcome, sizeof(record.outcome), "by uid %u, pid %d", (unsigned)c->uid,
	    (int)c->pid);
	store_lock(store);
	/* A disk that is full ends no login: it is a code's tries that have to be on disk. */
	store_record(store, &record);
	store_unlock(store);
}

void
slot_note_few(struct p11_conn *c, unsigned slot, const char *step)
{
	enum { HOUR = 3600 };
	struct p11_server *const s = c->server;
	struct timespec now;
	unsigned n;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&s->lock);
	if (s->notes[slot].n == 0 || (uint64_t)now.tv_sec - s->notes[slot].since >= HOUR) {
		s->notes[slot].since = (uint64_t)now.tv_sec;
		s->notes[slot].n = 0;
	}
	n = s->notes[slot].n;
	if (n <= NOTES_HOUR)
		s->notes[slot].n++;
	pthread_mutex_unlock(&s->lock);
	if (n <= NOTES_HOUR)
		slot_note(c, slot, n < NOTES_HOUR ? step : "and more");
}

void
slot_note_wrong(struct p11_conn *c, unsigned slot, enum slot_who who)
{
	void (*note)(struct p11_conn *, unsigned, const char *) = slot_note;
	struct slot_info info;

	if (slot_info(c->server->store, slot, &info) != 0)
		return;
	/* There anybody makes another code, with all its tries. */
	if (who == SLOT_USER && (info.mode == SLOT_AUTO || info.stored))
		note = slot_note_few;
	note(c, slot, who == SLOT_USER ? "wrong code" : "wrong SO PIN");
	if ((who == SLOT_USER ? info.user_left : info.so_left) == 0)
		note(c, slot, who == SLOT_USER ? "code locked" : "SO PIN locked");
}

/* Whether there is a code that a login could be right with, and tries left if one is given. */
static CK_RV
can_enter(const struct slot_info *info, enum slot_who who, int has_pin)
{
	if (!info->present)
		return CKR_TOKEN_NOT_PRESENT;
	if (who == SLOT_USER && !info->user_set)
		return CKR_USER_PIN_NOT_INITIALIZED;
	if (has_pin && (who == SLOT_USER ? info->user_left : info->so_left) == 0)
		return CKR_PIN_LOCKED;
	return CKR_OK;
}

/* Who comes and goes while an opening waits for its people has asked once. */
static void
note_asks(struct p11_conn *c, unsigned slot, uint64_t opening)
{
	struct p11_server *const s = c->server;
	unsigned i, n;

	pthread_mutex_lock(&s->lock);
	if (s->asked[slot].opening != opening) {
		s->asked[slot].opening = opening;
		s->asked[slot].n = 0;
	}
	n = s->asked[slot].n;
	for (i = 0; i < n && i < ASKERS_MAX; i++)
		if (s->asked[slot].uid[i] == c->uid)
			break;
	if (i == n) {
		if (n < ASKERS_MAX)
			s->asked[slot].uid[n] = c->uid;
		s->asked[slot].n++;
	}
	pthread_mutex_unlock(&s->lock);
	if (i == n)
		slot_note(c, slot, n < ASKERS_MAX ? "asks users" : "and more");
}

/* Whoever asks people tells of the opening itself. */
static int
wait_users(struct p11_conn *c, unsigned slot, struct ask *ask)
{
	note_asks(c, slot, people_number(ask));
	return conn_await(c, ask);
}

CK_RV
login_enter(struct p11_conn *c, enum slot_who who, int asks)
{
	struct p11_server *const s = c->server;
	const struct wire_request *const r = &c->request;
	const unsigned slot = r->who.slot;
	struct slot_info before, after;
	struct ask *ask = NULL;
	CK_RV rv;
	int e, waited;

	if ((e = slot_info(s->store, slot, &before)) != 0)
		return server_rv(e);
	if ((rv = can_enter(&before, who, r->has_pin)) != CKR_OK)
		return rv;
	/* Without waiting for those who try a code there. */
	if (!r->has_pin && (who == SLOT_SO || (before.mode != SLOT_AUTO && !before.stored)))
		return before.damaged ? CKR_DEVICE_ERROR : CKR_ARGUMENTS_BAD;
	/* No code is that short or long; and one of no bytes would be none. */
	if (r->has_pin && (r->pin.n < SLOT_CODE_MIN || r->pin.n > SLOT_CODE_MAX))
		return CKR_PIN_INCORRECT;
	e = slot_enter_ask(s->store, slot, who, r->pin.p, r->has_pin ? r->pin.n : 0,
	    asks ? &ask : NULL);
	waited = e == 0 && ask != NULL;
	if (waited)
		e = wait_users(c, slot, ask);
	if (slot_info(s->store, slot, &after) != 0)
		return CKR_DEVICE_ERROR;
	if (e == ERR_PIN_WRONG)
		slot_note_wrong(c, slot, who);
	if (e == 0 && !before.open && after.open) {
		slot_note(c, slot, "open");
		if (!waited)
			page_event(s, slot, 0);
	}
	return e == ERR_NOT_FOUND ? CKR_USER_PIN_NOT_INITIALIZED : server_rv(e);
}

static CK_RV
logged_in(const struct p11_conn *c, enum slot_who who)
{
	const unsigned now = app_login(c->app, c->request.who.slot);

	return now == 0 ? CKR_OK :
	    now == who ? CKR_USER_ALREADY_LOGGED_IN : CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
}

CK_RV
call_login(struct p11_conn *c)
{
	struct p11_server *const s = c->server;
	const struct wire_request *const r = &c->request;
	const unsigned slot = r->who.slot;
	const enum slot_who who = r->user == CKU_SO ? SLOT_SO : SLOT_USER;
	struct app *const a = c->app;
	const uint64_t closings = page_closings(s, slot);
	const uint64_t epoch = atomic_load(&s->so_epoch[slot]);
	struct so_pin *so = NULL;
	CK_RV rv;

	if (r->user != CKU_USER && r->user != CKU_SO)
		return CKR_USER_TYPE_INVALID;
	if ((rv = logged_in(c, who)) != CKR_OK)
		return rv;
	if ((rv = login_enter(c, who, 1)) != CKR_OK)
		return rv;
	/* C_InitPIN will need it. Only who knows it gets secret memory. */
	if (who == SLOT_SO) {
		if ((so = secmem_alloc(sizeof(*so))) == NULL)
			return CKR_HOST_MEMORY;
		so->epoch = epoch;
		so->n = r->pin.n;
		memcpy(so->bytes, r->pin.p, r->pin.n);
	}
	pthread_mutex_lock(&a->lock);
	/* It may have ended with the slot, and another thread of the application been faster. */
	if (page_closings(s, slot) != closings)
		rv = CKR_SESSION_CLOSED;
	else if ((rv = logged_in(c, who)) == CKR_OK) {
		secmem_free(&a->so[slot], sizeof(*so));
		a->so[slot] = so;
		so = NULL;
		atomic_store(&a->login[slot], closings << 2 | who);
	}
	pthread_mutex_unlock(&a->lock);
	secmem_free(&so, sizeof(*so));
	return rv;
}

CK_RV
call_logout(struct p11_conn *c)
{
	const unsigned slot = c->request.who.slot;

	if (app_login(c->app, slot) == 0)
		return CKR_USER_NOT_LOGGED_IN;
	/* PKCS #11 Base 2.40, 5.6.8: private session objects go, and operations on private keys. */
	app_forget(c->app, slot, 1);
	return CKR_OK;
}

CK_RV
call_reauth(struct p11_conn *c)
{
	struct cached *k;
	CK_RV rv;

	if ((rv = key_get(c, c->request.uid, &k)) != CKR_OK)
		return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : rv;
	/* PKCS #11 Base 2.40, 5.6.7: only for a key that asks for it. */
	rv = k->always_authenticate ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
	cached_free(k);
	if (rv == CKR_OK)
		rv = login_enter(c, SLOT_USER, 0);
	/* 2.40, 4.9, CKA_ALWAYS_AUTHENTICATE: that logs the user out as well. */
	if (rv == CKR_PIN_LOCKED)
		app_forget(c->app, c->request.who.slot, 1);
	if (rv != CKR_OK)
		return rv;
	return ticket_make(c, c->request.uid, &c->answer.ticket);
}
