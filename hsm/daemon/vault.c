#include "hsm/daemon/vault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/log.h"
#include "hsm/daemon/vaultlink.h"
#include "hsm/keys/secmem.h"

enum {
	FACTORY = 1 << HSM_FACTORY,
	INSTALLING = 1 << HSM_INSTALLING,
	OPERATIONAL = 1 << HSM_OPERATIONAL,
	INCONSISTENT = 1 << HSM_INCONSISTENT,
	ANY = FACTORY | INSTALLING | OPERATIONAL | INCONSISTENT,
};

static int
status(struct store *s, union vaultlink_args *a, union vaultlink_result *v)
{
	int r;

	(void)a;
	if ((r = store_status(s, &v->status.hsm)) != 0)
		return r;
	return store_last(s, &v->status.seq);
}

static int
begin(struct store *s, union vaultlink_args *a, union vaultlink_result *v)
{
	(void)v;
	return store_begin(s, a->begin.ceremony);
}

static int
set(struct store *s, union vaultlink_args *a, union vaultlink_result *v)
{
	(void)v;
	return store_set(s, &a->set);
}

static int
written(struct store *s, union vaultlink_args *a, union vaultlink_result *v)
{
	(void)v;
	return store_written(s, a->written.x, a->written.serial, a->written.check);
}

static int
record(struct store *s, union vaultlink_args *a, union vaultlink_result *v)
{
	(void)v;
	return store_record(s, &a->record);
}

static int
commit(struct store *s, union vaultlink_args *a, union vaultlink_result *v)
{
	(void)v;
	return store_commit(s, &a->commit, NULL);
}

static int
broken(struct store *s, union vaultlink_args *a, union vaultlink_result *v)
{
	(void)v;
	return store_broken(s, a->broken.message);
}

static int
reset(struct store *s, union vaultlink_args *a, union vaultlink_result *v)
{
	(void)a;
	(void)v;
	return store_factory_reset(s);
}

static int
events(struct store *s, union vaultlink_args *a, union vaultlink_result *v)
{
	size_t n = 0;
	const int r = store_events(s, a->events.since, v->events.v, a->events.max, &n);

	v->events.n = (uint16_t)n;
	return r;
}

static int
verify(struct store *s, union vaultlink_args *a, union vaultlink_result *v)
{
	const int r = store_events_verify(s, &v->verify.seq);

	(void)a;
	/* A broken chain is an answer, not a failure to answer. */
	v->verify.whole = r == 0;
	if (r == 0)
		v->verify.seq = 0;
	return r == ERR_MAC ? 0 : r;
}

static int
issuer_add(struct store *s, union vaultlink_args *a, union vaultlink_result *v)
{
	(void)v;
	return store_issuer_add(s, a->issuer_add.der, a->issuer_add.n);
}

static int
issuer(struct store *s, union vaultlink_args *a, union vaultlink_result *v)
{
	size_t n = sizeof(v->issuer.der);
	const int r = store_issuer(s, a->issuer.i, v->issuer.der, &n);

	v->issuer.n = (uint16_t)n;
	return r;
}

/* What ward may ask, and in which states; the store checks its own transitions again. */
static const struct call {
	uint8_t id;
	unsigned needs;
	int (*run)(struct store *, union vaultlink_args *, union vaultlink_result *);
} calls[] = {
	{ VAULT_STATUS, ANY, status },
	{ VAULT_BEGIN, FACTORY | INCONSISTENT, begin },
	{ VAULT_SET, INSTALLING, set },
	{ VAULT_WRITTEN, INSTALLING, written },
	{ VAULT_RECORD, ANY, record },
	{ VAULT_COMMIT, INSTALLING, commit },
	{ VAULT_BROKEN, INSTALLING, broken },
	{ VAULT_RESET, FACTORY | OPERATIONAL | INCONSISTENT, reset },
	{ VAULT_EVENTS, ANY, events },
	{ VAULT_VERIFY, ANY, verify },
	{ VAULT_ISSUER_ADD, ANY, issuer_add },
	{ VAULT_ISSUER, ANY, issuer },
};

static int
run(struct store *s, uint8_t id, union vaultlink_args *args, union vaultlink_result *result)
{
	struct hsm_status now;
	int r;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].id != id)
			continue;
		if (calls[i].needs != ANY) {
			if ((r = store_status(s, &now)) != 0)
				return r;
			if ((calls[i].needs & 1u << now.state) == 0)
				return ERR_NOT_NOW;
		}
		return calls[i].run(s, args, result);
	}
	return ERR_UNSUPPORTED;
}

/* Everything that one call needs; the first two hold secrets and are in secret memory. */
struct service {
	uint8_t *request;
	union vaultlink_args *args;
	union vaultlink_result *result;
	uint8_t *answer;
};

static size_t
serve_one(struct store *s, struct service *v, size_t n)
{
	struct wr wr;
	uint8_t id;
	int r;

	memset(v->result, 0, sizeof(*v->result));
	r = n > VAULT_REQUEST_MAX ? ERR_FORMAT :
	    vaultlink_get_request(v->request, n, &id, v->args);
	if (r != 0)
		id = v->request[0];
	else
		r = run(s, id, v->args, v->result);
	OPENSSL_cleanse(v->request, VAULT_REQUEST_MAX);
	OPENSSL_cleanse(v->args, sizeof(*v->args));
	if (r != 0 && r != ERR_NOT_FOUND)
		log_info("%s: %s", vaultlink_name(id), err_str(r));
	wr_init(&wr, v->answer, VAULT_ANSWER_MAX);
	if (vaultlink_put_answer(&wr, id, r, v->result) != 0) {
		wr_init(&wr, v->answer, VAULT_ANSWER_MAX);
		vaultlink_put_answer(&wr, id, ERR_INTERNAL, v->result);
	}
	return wr.n;
}

int
vault_serve(struct store *s, int fd)
{
	struct service v = { 0 };
	ssize_t n;
	int r = ERR_NOMEM;

	v.request = secmem_alloc(VAULT_REQUEST_MAX);
	v.args = secmem_alloc(sizeof(*v.args));
	v.result = malloc(sizeof(*v.result));
	v.answer = malloc(VAULT_ANSWER_MAX);
	if (v.request == NULL || v.args == NULL || v.result == NULL || v.answer == NULL)
		goto out;
	for (;;) {
		size_t len;

		n = recv(fd, v.request, VAULT_REQUEST_MAX, MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len = serve_one(s, &v, (size_t)n);
		do
			n = send(fd, v.answer, len, MSG_NOSIGNAL);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			break;
	}
	/* ward hanging up is the ordinary end; it may do so before it has read its answer. */
	r = n == 0 || errno == EPIPE || errno == ECONNRESET ? 0 : ERR_IO;
out:
	secmem_free(&v.request, VAULT_REQUEST_MAX);
	secmem_free(&v.args, sizeof(*v.args));
	free(v.result);
	free(v.answer);
	return r;
}
