#include "hsm/pkcs11/server_parts.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"

_Static_assert((int)WIRE_AUTO == (int)SLOT_AUTO, "the module knows one mode");

/* Whether nobody has to know its code. */
static int
is_stored(const struct slot_info *i)
{
	return i->mode == SLOT_AUTO || i->stored;
}

static CK_FLAGS
flags_of(const struct slot_info *i)
{
	const struct {
		int is;
		CK_FLAGS flag;
	} table[] = {
		{ i->initialised, CKF_TOKEN_INITIALIZED },
		{ i->user_set, CKF_USER_PIN_INITIALIZED },
		{ is_stored(i), CKF_PROTECTED_AUTHENTICATION_PATH },
		{ i->user_set && i->user_left < SLOT_TRIES, CKF_USER_PIN_COUNT_LOW },
		{ i->user_set && i->user_left == 1, CKF_USER_PIN_FINAL_TRY },
		{ i->user_set && i->user_left == 0, CKF_USER_PIN_LOCKED },
		{ i->user_set && i->user_change, CKF_USER_PIN_TO_BE_CHANGED },
		{ i->initialised && i->so_left < SLOT_TRIES, CKF_SO_PIN_COUNT_LOW },
		{ i->initialised && i->so_left == 1, CKF_SO_PIN_FINAL_TRY },
		{ i->initialised && i->so_left == 0, CKF_SO_PIN_LOCKED },
		{ i->initialised && i->so_change, CKF_SO_PIN_TO_BE_CHANGED },
	};
	CK_FLAGS flags = CKF_RNG | CKF_LOGIN_REQUIRED;

	for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++)
		if (table[k].is)
			flags |= table[k].flag;
	return flags;
}

CK_RV
call_token(struct p11_conn *c)
{
	struct wire_token *const t = &c->answer.token;
	struct slot_info info;
	int r;

	if ((r = slot_info(c->server->store, c->request.who.slot, &info)) != 0)
		return server_rv(r);
	if (!info.present)
		return CKR_TOKEN_NOT_PRESENT;
	t->mode = info.mode;
	t->flags = flags_of(&info);
	memcpy(t->label, info.label, sizeof(t->label));
	memcpy(t->serial, info.serial, sizeof(t->serial));
	t->min_pin = SLOT_CODE_MIN;
	t->max_pin = SLOT_CODE_MAX;
	return CKR_OK;
}

static int
fits(const struct wire_bytes *code)
{
	return code->n >= SLOT_CODE_MIN && code->n <= SLOT_CODE_MAX;
}

CK_RV
call_init_token(struct p11_conn *c)
{
	struct p11_server *const s = c->server;
	const struct wire_request *const r = &c->request;
	const unsigned slot = r->who.slot;
	struct slot_info info;
	char label[SLOT_LABEL_LEN];
	int e;

	if ((e = slot_info(s->store, slot, &info)) != 0)
		return server_rv(e);
	if (!r->has_pin)
		return CKR_ARGUMENTS_BAD;
	if (apps_have_session(s, slot))
		return CKR_SESSION_EXISTS;
	if (!fits(&r->pin))
		return info.initialised ? CKR_PIN_INCORRECT : CKR_PIN_LEN_RANGE;
	memcpy(label, r->label.p, sizeof(label));
	e = slot_init(s->store, slot, r->pin.p, r->pin.n, label);
	if (e == 0) {
		atomic_fetch_add(&s->so_epoch[slot], 1);
		p11_slot_closed(s, slot);
		slot_note(c, slot, "init token");
	} else if (e == ERR_PIN_WRONG)
		slot_note_wrong(c, slot, SLOT_SO);
	return server_rv(e);
}

CK_RV
call_init_pin(struct p11_conn *c)
{
	struct p11_server *const s = c->server;
	const struct wire_request *const r = &c->request;
	const unsigned slot = r->who.slot;
	struct app *const a = c->app;
	struct ask *ask = NULL;
	struct so_pin *so;
	struct slot_info info;
	int e;

	if ((e = slot_info(s->store, slot, &info)) != 0)
		return server_rv(e);
	if (!r->has_pin && !is_stored(&info))
		return CKR_ARGUMENTS_BAD;
	if (r->has_pin && !fits(&r->pin))
		return CKR_PIN_LEN_RANGE;
	if ((so = secmem_alloc(sizeof(*so))) == NULL)
		return CKR_HOST_MEMORY;
	pthread_mutex_lock(&a->lock);
	if (a->so[slot] != NULL)
		memcpy(so, a->so[slot], sizeof(*so));
	pthread_mutex_unlock(&a->lock);
	/* An SO PIN that was changed since would cost a try, and be wrong. */
	if (so->n == 0 || so->epoch != atomic_load(&s->so_epoch[slot])) {
		secmem_free(&so, sizeof(*so));
		return CKR_USER_NOT_LOGGED_IN;
	}
	e = slot_set_user_ask(s->store, slot, so->bytes, so->n, r->pin.p,
	    r->has_pin ? r->pin.n : 0, &ask);
	/* Others need secret memory while this one waits. */
	secmem_free(&so, sizeof(*so));
	if (e == 0 && ask != NULL) {
		/* It goes with its client, and another one comes. */
		slot_note_few(c, slot, "init PIN asks");
		e = conn_await(c, ask);
	}
	if (e == 0)
		slot_note(c, slot, "init PIN");
	return server_rv(e);
}

/* After the SO has changed the PIN it is the new one that C_InitPIN needs. */
static void
so_changed(struct p11_conn *c)
{
	const struct wire_request *const r = &c->request;
	const unsigned slot = r->who.slot;
	struct app *const a = c->app;
	const uint64_t epoch = atomic_fetch_add(&c->server->so_epoch[slot], 1) + 1;

	pthread_mutex_lock(&a->lock);
	if (a->so[slot] != NULL) {
		memset(a->so[slot], 0, sizeof(*a->so[slot]));
		memcpy(a->so[slot]->bytes, r->pin2.p, r->pin2.n);
		a->so[slot]->n = r->pin2.n;
		a->so[slot]->epoch = epoch;
	}
	pthread_mutex_unlock(&a->lock);
}

CK_RV
call_set_pin(struct p11_conn *c)
{
	struct p11_server *const s = c->server;
	const struct wire_request *const r = &c->request;
	const unsigned slot = r->who.slot;
	/* PKCS #11 Base 2.40, 5.5.8: the PIN of who is logged in, the user's when nobody is. */
	const enum slot_who who = app_login(c->app, slot) == SLOT_SO ? SLOT_SO : SLOT_USER;
	struct slot_info info;
	int e;

	if ((e = slot_info(s->store, slot, &info)) != 0)
		return server_rv(e);
	if (r->has_pin != r->has_pin2)
		return CKR_ARGUMENTS_BAD;
	if (r->has_pin && !fits(&r->pin2))
		return CKR_PIN_LEN_RANGE;
	if (r->has_pin && !fits(&r->pin))
		return CKR_PIN_INCORRECT;
	if (who == SLOT_USER && !info.user_set)
		return CKR_USER_PIN_NOT_INITIALIZED;
	e = slot_change(s->store, slot, who, r->pin.p, r->pin.n, r->pin2.p, r->pin2.n);
	if (e == 0 && who == SLOT_SO)
		so_changed(c);
	if (e == 0 && !r->has_pin)
		slot_note_few(c, slot, "code changed");
	else if (e == 0)
		slot_note(c, slot, who == SLOT_SO ? "SO PIN changed" : "code changed");
	else if (e == ERR_PIN_WRONG)
		slot_note_wrong(c, slot, who);
	return server_rv(e);
}
