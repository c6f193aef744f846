#include "hsm/daemon/vault_parts.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/log.h"
#include "hsm/keys/secmem.h"

enum {
	FACTORY = 1 << HSM_FACTORY,
	INSTALLING = 1 << HSM_INSTALLING,
	OPERATIONAL = 1 << HSM_OPERATIONAL,
	INCONSISTENT = 1 << HSM_INCONSISTENT,
	ANY = FACTORY | INSTALLING | OPERATIONAL | INCONSISTENT,
};

static int
status(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	int r;

	(void)a;
	if ((r = store_status(v->store, &result->status.hsm)) != 0)
		return r;
	return store_last(v->store, &result->status.seq);
}

static int
begin(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	(void)result;
	return store_begin(v->store, a->begin.ceremony);
}

static int
set(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	(void)result;
	return store_set(v->store, &a->set);
}

static int
written(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	(void)result;
	return store_written(v->store, a->written.x, a->written.serial, a->written.check);
}

static int
record(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	(void)result;
	return store_record(v->store, &a->record);
}

static int
commit(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	const int r = store_commit(v->store, &a->commit, v->plan);

	(void)result;
	/* Slots of mode cards come with `finish`. */
	if (r == 0 && !vault_waits(v))
		vault_forget(v);
	return r;
}

static int
broken(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	(void)result;
	vault_forget(v);
	return store_broken(v->store, a->broken.message);
}

static int
reset(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	(void)a;
	(void)result;
	return store_factory_reset(v->store);
}

static int
events(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	size_t n = 0;
	const int r = store_events(v->store, a->events.since, result->events.v, a->events.max, &n);

	result->events.n = (uint16_t)n;
	return r;
}

static int
verify(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	const int r = store_events_verify(v->store, &result->verify.seq);

	(void)a;
	/* A broken chain is an answer, not a failure to answer. */
	result->verify.whole = r == 0;
	if (r == 0)
		result->verify.seq = 0;
	return r == ERR_MAC ? 0 : r;
}

static int
issuer_add(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	(void)result;
	return store_issuer_add(v->store, a->issuer_add.der, a->issuer_add.n);
}

static int
issuer(struct vault *v, union vaultlink_args *a, union vaultlink_result *result)
{
	size_t n = sizeof(result->issuer.der);
	const int r = store_issuer(v->store, a->issuer.i, result->issuer.der, &n);

	result->issuer.n = (uint16_t)n;
	return r;
}

/* What ward may ask, and in which states; the store checks its own transitions again. */
static const struct call {
	uint8_t id;
	unsigned needs;
	int (*run)(struct vault *, union vaultlink_args *, union vaultlink_result *);
	int unlocked;			/* the store's lock is the call's own affair */
	void (*then)(struct vault *);	/* after it has gone well; NULL: nothing */
} calls[] = {
	{ VAULT_STATUS, ANY, status, 0, NULL },
	{ VAULT_BEGIN, FACTORY | INCONSISTENT, begin, 0, NULL },
	{ VAULT_SET, INSTALLING, set, 0, NULL },
	{ VAULT_WRITTEN, INSTALLING, written, 0, NULL },
	{ VAULT_RECORD, ANY, record, 0, NULL },
	{ VAULT_COMMIT, INSTALLING, commit, 0, vault_all_changed },
	{ VAULT_BROKEN, INSTALLING, broken, 0, NULL },
	{ VAULT_RESET, FACTORY | OPERATIONAL | INCONSISTENT, reset, 0, vault_all_closed },
	{ VAULT_EVENTS, ANY, events, 0, NULL },
	{ VAULT_VERIFY, ANY, verify, 0, NULL },
	{ VAULT_ISSUER_ADD, ANY, issuer_add, 0, NULL },
	{ VAULT_ISSUER, ANY, issuer, 0, NULL },
	{ VAULT_PLAN, FACTORY | INCONSISTENT, vault_plan, 0, NULL },
	{ VAULT_UNPLAN, ANY, vault_unplan, 0, NULL },
	{ VAULT_TRIAL, FACTORY, vault_trial, 0, vault_all_changed },
	{ VAULT_SLOTS, ANY, vault_slots, 1, NULL },
	{ VAULT_SLOT_MODE, OPERATIONAL, vault_mode, 1, NULL },
	{ VAULT_SLOT_ACTIVATE, OPERATIONAL, vault_activate, 1, NULL },
	{ VAULT_SLOT_DEACTIVATE, OPERATIONAL, vault_deactivate, 1, NULL },
	{ VAULT_SLOT_SHOW, OPERATIONAL, vault_show, 1, NULL },
	{ VAULT_SLOT_WIPE, OPERATIONAL, vault_wipe, 1, NULL },
	{ VAULT_SLOT_CARDS, OPERATIONAL, vault_cards, 1, NULL },
	{ VAULT_ENROLLED, INSTALLING | OPERATIONAL, vault_enrolled, 0, NULL },
	{ VAULT_ENROL, INSTALLING | OPERATIONAL, vault_enrol, 0, NULL },
	{ VAULT_FINISH, INSTALLING | OPERATIONAL, vault_finish, 1, NULL },
	{ VAULT_OPENING_ASK, OPERATIONAL, vault_ask, 1, NULL },
	{ VAULT_OPENING_NEXT, ANY, vault_next, 1, NULL },
	{ VAULT_OPENING_SEAT, ANY, vault_seat, 1, NULL },
	{ VAULT_OPENING_CHALLENGE, ANY, vault_challenge, 1, NULL },
	{ VAULT_OPENING_PROOF, ANY, vault_proof, 1, NULL },
	{ VAULT_OPENING_END, ANY, vault_end, 1, NULL },
	{ VAULT_WHOSE, ANY, vault_whose, 1, NULL },
};

/* Under the store's lock. */
static int
may(struct vault *v, const struct call *c)
{
	struct hsm_status now;
	int r;

	if (c->needs == ANY)
		return 0;
	if ((r = store_status(v->store, &now)) != 0)
		return r;
	return (c->needs & 1u << now.state) != 0 ? 0 : ERR_NOT_NOW;
}

static int
run(struct vault *v, uint8_t id, union vaultlink_args *args, union vaultlink_result *result)
{
	const struct call *c = calls;
	int r;

	while (c < calls + sizeof(calls) / sizeof(calls[0]) && c->id != id)
		c++;
	if (c == calls + sizeof(calls) / sizeof(calls[0]))
		return ERR_UNSUPPORTED;
	store_lock(v->store);
	if ((r = may(v, c)) == 0 && !c->unlocked)
		r = c->run(v, args, result);
	store_unlock(v->store);
	if (r == 0 && c->unlocked)
		r = c->run(v, args, result);
	if (r == 0 && c->then != NULL)
		c->then(v);
	return r;
}

/* Everything that one call needs, in secret memory: keys come, codes come and go. */
struct service {
	uint8_t *request;
	union vaultlink_args *args;
	union vaultlink_result *result;
	uint8_t *answer;
};

static size_t
serve_one(struct vault *vault, struct service *v, size_t n)
{
	struct wr wr;
	uint8_t id;
	int r;

	r = n > VAULT_REQUEST_MAX ? ERR_FORMAT :
	    vaultlink_get_request(v->request, n, &id, v->args);
	if (r != 0)
		id = v->request[0];
	else
		r = run(vault, id, v->args, v->result);
	OPENSSL_cleanse(v->request, VAULT_REQUEST_MAX);
	OPENSSL_cleanse(v->args, sizeof(*v->args));
	/* What still waits when the daemon ends is no news. */
	if (r != 0 && r != ERR_NOT_FOUND && r != ERR_CLOSED)
		log_info("%s: %s", vaultlink_name(id), err_str(r));
	wr_init(&wr, v->answer, VAULT_ANSWER_MAX);
	if (vaultlink_put_answer(&wr, id, r, v->result) != 0) {
		wr_init(&wr, v->answer, VAULT_ANSWER_MAX);
		vaultlink_put_answer(&wr, id, ERR_INTERNAL, v->result);
	}
	OPENSSL_cleanse(v->result, sizeof(*v->result));
	return wr.n;
}

int
vault_serve(struct vault *vault, int fd)
{
	struct service v = { 0 };
	ssize_t n;
	int r = ERR_NOMEM;

	v.request = secmem_alloc(VAULT_REQUEST_MAX);
	v.args = secmem_alloc(sizeof(*v.args));
	v.result = secmem_alloc(sizeof(*v.result));
	v.answer = secmem_alloc(VAULT_ANSWER_MAX);
	if (v.request == NULL || v.args == NULL || v.result == NULL || v.answer == NULL)
		goto out;
	for (;;) {
		size_t len;

		n = recv(fd, v.request, VAULT_REQUEST_MAX, MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len = serve_one(vault, &v, (size_t)n);
		do
			n = send(fd, v.answer, len, MSG_NOSIGNAL);
		while (n < 0 && errno == EINTR);
		OPENSSL_cleanse(v.answer, len);
		if (n < 0)
			break;
	}
	/* ward hanging up is the ordinary end; it may do so before it has read its answer. */
	r = n == 0 || errno == EPIPE || errno == ECONNRESET ? 0 : ERR_IO;
out:
	secmem_free(&v.request, VAULT_REQUEST_MAX);
	secmem_free(&v.args, sizeof(*v.args));
	secmem_free(&v.result, sizeof(*v.result));
	secmem_free(&v.answer, VAULT_ANSWER_MAX);
	return r;
}
