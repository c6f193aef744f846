#include "hsm/pkcs11/wire.h"

#include <stddef.h>
#include <string.h>

#include "card-os/iso7816/err.h"

static void
bytes(struct pass *p, struct wire_bytes *v, size_t max)
{
	uint32_t n = 0;

	if (p->wr != NULL && v->n > max) {
		pass_bad(p);
		return;
	}
	n = (uint32_t)v->n;
	pass_u32(p, &n, (uint32_t)max);
	if (p->wr != NULL) {
		wr_bytes(p->wr, v->p, v->n);
		return;
	}
	if (p->rd->err != 0)
		return;
	v->p = rd_view(p->rd, n);
	v->n = v->p != NULL ? n : 0;
}

static void
set(struct pass *p, struct attrs *v)
{
	struct wire_bytes b = { v->p, v->n };

	bytes(p, &b, ATTRS_MAX);
	if (p->rd != NULL && p->rd->err == 0 && attrs_read(v, b.p, b.n) != CKR_OK)
		pass_bad(p);
}

/* Fields of requests. ------------------------------------------------------ */

typedef void request_field(struct pass *, struct wire_request *);

static void
version(struct pass *p, struct wire_request *r)
{
	pass_u32(p, &r->version, UINT32_MAX);
}

static void
cookie(struct pass *p, struct wire_request *r)
{
	pass_bytes(p, r->cookie, sizeof(r->cookie));
}

static void
slot(struct pass *p, struct wire_request *r)
{
	pass_u8(p, &r->who.slot, 0, WIRE_SLOTS - 1);
}

static void
who(struct pass *p, struct wire_request *r)
{
	slot(p, r);
	pass_u8(p, &r->who.rw, 0, 1);
}

static void
uid(struct pass *p, struct wire_request *r)
{
	pass_u64(p, &r->uid);
}

static void
uid2(struct pass *p, struct wire_request *r)
{
	pass_u64(p, &r->uid2);
}

static void
ticket(struct pass *p, struct wire_request *r)
{
	pass_u64(p, &r->ticket);
}

static void
op(struct pass *p, struct wire_request *r)
{
	pass_u64(p, &r->op);
}

static void
flags(struct pass *p, struct wire_request *r)
{
	pass_u64(p, &r->flags);
	if (r->flags != CKF_SIGN && r->flags != CKF_VERIFY && r->flags != CKF_ENCRYPT &&
	    r->flags != CKF_DECRYPT)
		pass_bad(p);
}

static void
events(struct pass *p, struct wire_request *r)
{
	pass_u64(p, &r->events);
}

static void
most(struct pass *p, struct wire_request *r)
{
	pass_u32(p, &r->most, WIRE_FOUND_MAX);
	if (r->most == 0)
		pass_bad(p);
}

static void
user(struct pass *p, struct wire_request *r)
{
	pass_u8(p, &r->user, 0, UINT8_MAX);
}

static void
pin(struct pass *p, struct wire_request *r)
{
	pass_u8(p, &r->has_pin, 0, 1);
	if (r->has_pin)
		bytes(p, &r->pin, WIRE_PIN_MAX);
}

static void
pin2(struct pass *p, struct wire_request *r)
{
	pass_u8(p, &r->has_pin2, 0, 1);
	if (r->has_pin2)
		bytes(p, &r->pin2, WIRE_PIN_MAX);
}

static void
label(struct pass *p, struct wire_request *r)
{
	bytes(p, &r->label, WIRE_LABEL_LEN);
	if (r->label.n != WIRE_LABEL_LEN)
		pass_bad(p);
}

static void
data(struct pass *p, struct wire_request *r)
{
	bytes(p, &r->data, WIRE_DATA_MAX);
}

static void
data2(struct pass *p, struct wire_request *r)
{
	bytes(p, &r->data2, WIRE_DATA_MAX);
}

static void
template(struct pass *p, struct wire_request *r)
{
	set(p, &r->set);
}

static void
template2(struct pass *p, struct wire_request *r)
{
	set(p, &r->set2);
}

/* What each call's mechanism has to be able to; OP_BEGIN says it itself. */
static CK_FLAGS
able(const struct wire_request *r)
{
	static const CK_FLAGS flag[WIRE_CALLS] = {
		[WIRE_GENERATE] = CKF_GENERATE, [WIRE_GENERATE_PAIR] = CKF_GENERATE_KEY_PAIR,
		[WIRE_SIGN] = CKF_SIGN, [WIRE_VERIFY] = CKF_VERIFY,
		[WIRE_ENCRYPT] = CKF_ENCRYPT, [WIRE_DECRYPT] = CKF_DECRYPT,
		[WIRE_DERIVE] = CKF_DERIVE, [WIRE_WRAP] = CKF_WRAP, [WIRE_UNWRAP] = CKF_UNWRAP,
	};

	return r->id == WIRE_OP_BEGIN ? (CK_FLAGS)r->flags : flag[r->id];
}

static void
mechanism(struct pass *p, struct wire_request *r)
{
	if (r->mech == NULL)
		pass_bad(p);
	else if (p->wr != NULL)
		mech_put(p->wr, r->mech);
	else if (p->rd->err == 0 && mech_get(p->rd, able(r), r->mech) != CKR_OK)
		pass_bad(p);
}

static void
closed(struct pass *p, struct wire_request *r)
{
	uint32_t n = r->closed_n <= WIRE_CLOSE_MAX ? (uint32_t)r->closed_n : UINT32_MAX;

	pass_u32(p, &n, WIRE_CLOSE_MAX);
	r->closed_n = n <= WIRE_CLOSE_MAX ? n : 0;
	for (size_t i = 0; i < r->closed_n; i++)
		pass_u64(p, &r->closed[i]);
}

/* Fields of answers. ------------------------------------------------------- */

typedef void answer_field(struct pass *, struct wire_answer *);

static void
a_cookie(struct pass *p, struct wire_answer *a)
{
	pass_bytes(p, a->cookie, sizeof(a->cookie));
}

static void
a_boot(struct pass *p, struct wire_answer *a)
{
	pass_u64(p, &a->boot);
}

static void
a_policy(struct pass *p, struct wire_answer *a)
{
	pass_u8(p, &a->policy, 0, WIRE_POLICY_ALL);
}

static void
a_slot(struct pass *p, struct wire_answer *a)
{
	pass_u8(p, &a->slot, 0, WIRE_SLOTS - 1);
}

static void
a_ticket(struct pass *p, struct wire_answer *a)
{
	pass_u64(p, &a->ticket);
}

static void
a_op(struct pass *p, struct wire_answer *a)
{
	pass_u64(p, &a->op);
}

static void
a_token(struct pass *p, struct wire_answer *a)
{
	struct wire_token *t = &a->token;

	pass_u8(p, &t->mode, 0, UINT8_MAX);
	pass_u64(p, &t->flags);
	pass_bytes(p, t->label, sizeof(t->label));
	pass_bytes(p, t->serial, sizeof(t->serial));
	pass_u8(p, &t->min_pin, 0, UINT8_MAX);
	pass_u8(p, &t->max_pin, 0, UINT8_MAX);
}

static void
a_data(struct pass *p, struct wire_answer *a)
{
	bytes(p, &a->data, WIRE_RESULT_MAX);
}

static void
a_more(struct pass *p, struct wire_answer *a)
{
	pass_u8(p, &a->more, 0, 1);
}

static void
found(struct pass *p, struct wire_found *f)
{
	pass_u64(p, &f->uid);
	pass_u8(p, &f->local, 0, 1);
	set(p, &f->view);
}

static void
a_object(struct pass *p, struct wire_answer *a)
{
	found(p, &a->object);
}

static void
a_object2(struct pass *p, struct wire_answer *a)
{
	found(p, &a->object2);
}

static void
a_found(struct pass *p, struct wire_answer *a)
{
	uint32_t n = a->found_n <= WIRE_FOUND_MAX ? (uint32_t)a->found_n : UINT32_MAX;

	pass_u32(p, &n, WIRE_FOUND_MAX);
	a->found_n = n <= WIRE_FOUND_MAX ? n : 0;
	for (size_t i = 0; i < a->found_n; i++)
		found(p, &a->found[i]);
}

/* The calls. --------------------------------------------------------------- */

enum { FIELDS = 8 };

static const struct {
	const char *name;
	request_field *request[FIELDS];
	answer_field *answer[FIELDS];
} calls[WIRE_CALLS] = {
	[WIRE_HELLO] = { "hello", { version, cookie }, { a_cookie, a_boot, a_policy } },
	[WIRE_TOKEN] = { "token", { slot }, { a_token } },
	[WIRE_WAIT] = { "wait", { events }, { a_slot } },
	[WIRE_LOGIN] = { "login", { slot, user, pin }, { NULL } },
	[WIRE_LOGOUT] = { "logout", { slot }, { NULL } },
	[WIRE_REAUTH] = { "reauth", { slot, uid, pin }, { a_ticket } },
	[WIRE_INIT_TOKEN] = { "init-token", { slot, pin, label }, { NULL } },
	[WIRE_INIT_PIN] = { "init-pin", { slot, pin }, { NULL } },
	[WIRE_SET_PIN] = { "set-pin", { slot, pin, pin2 }, { NULL } },
	[WIRE_CREATE] = { "create", { who, template }, { a_object } },
	[WIRE_COPY] = { "copy", { who, uid, template }, { a_object } },
	[WIRE_IMPORT] = { "import", { who, template2, template }, { a_object } },
	[WIRE_DESTROY] = { "destroy", { who, uid }, { NULL } },
	[WIRE_CLOSE] = { "close", { slot, closed }, { NULL } },
	[WIRE_GET] = { "get", { slot, uid }, { a_object } },
	[WIRE_SET] = { "set", { who, uid, template }, { a_object } },
	[WIRE_FIND] = { "find", { slot, template, uid, most }, { a_found, a_more } },
	[WIRE_GENERATE] = { "generate", { who, mechanism, template }, { a_object } },
	[WIRE_GENERATE_PAIR] = { "generate-pair", { who, mechanism, template, template2 },
	    { a_object, a_object2 } },
	[WIRE_SIGN] = { "sign", { slot, uid, ticket, mechanism, data }, { a_data } },
	[WIRE_VERIFY] = { "verify", { slot, uid, mechanism, data, data2 }, { NULL } },
	[WIRE_ENCRYPT] = { "encrypt", { slot, uid, mechanism, data }, { a_data } },
	[WIRE_DECRYPT] = { "decrypt", { slot, uid, ticket, mechanism, data }, { a_data } },
	[WIRE_OP_BEGIN] = { "op-begin", { slot, uid, ticket, flags, mechanism }, { a_op } },
	[WIRE_OP_UPDATE] = { "op-update", { op, data }, { a_data } },
	[WIRE_OP_FINAL] = { "op-final", { op, data }, { a_data, a_more } },
	[WIRE_OP_CANCEL] = { "op-cancel", { op }, { NULL } },
	[WIRE_DERIVE] = { "derive", { who, uid, mechanism, template }, { a_object } },
	[WIRE_WRAP] = { "wrap", { slot, uid, template2, uid2, mechanism }, { a_data } },
	[WIRE_UNWRAP] = { "unwrap", { who, uid, ticket, mechanism, data, template },
	    { a_object } },
};

static int
known(uint8_t id)
{
	return id < WIRE_CALLS && calls[id].name != NULL;
}

static void
request_fields(struct pass *p, struct wire_request *r)
{
	for (size_t i = 0; i < FIELDS && calls[r->id].request[i] != NULL; i++)
		calls[r->id].request[i](p, r);
}

static void
answer_fields(struct pass *p, uint8_t id, struct wire_answer *a)
{
	for (size_t i = 0; i < FIELDS && calls[id].answer[i] != NULL; i++)
		calls[id].answer[i](p, a);
}

const char *
wire_name(uint8_t id)
{
	return known(id) ? calls[id].name : "?";
}

int
wire_put_request(struct wr *wr, const struct wire_request *r)
{
	struct pass p = { .wr = wr };

	if (!known(r->id))
		return ERR_SIZE;
	wr_u8(wr, r->id);
	/* The fields are for both directions; this one changes nothing. */
	request_fields(&p, (struct wire_request *)r);
	return wr_end(wr);
}

int
wire_get_request(const uint8_t *buf, size_t n, struct wire_request *r)
{
	struct mech *mech = r->mech;
	struct rd rd;
	struct pass p = { .rd = &rd };

	/* closed comes last and is as long as closed_n says. */
	memset(r, 0, offsetof(struct wire_request, closed));
	r->mech = mech;
	rd_init(&rd, buf, n);
	r->id = rd_u8(&rd);
	if (!known(r->id))
		return ERR_FORMAT;
	request_fields(&p, r);
	return rd_end(&rd);
}

int
wire_put_answer(struct wr *wr, uint8_t id, const struct wire_answer *a)
{
	struct pass p = { .wr = wr };

	if (!known(id))
		return ERR_SIZE;
	wr_u64(wr, a->rv);
	if (a->rv == CKR_OK)
		answer_fields(&p, id, (struct wire_answer *)a);
	return wr_end(wr);
}

int
wire_get_answer(const uint8_t *buf, size_t n, uint8_t id, struct wire_answer *a)
{
	struct rd rd;
	struct pass p = { .rd = &rd };

	/* found comes last and is as long as found_n says. */
	memset(a, 0, offsetof(struct wire_answer, found));
	if (!known(id))
		return ERR_FORMAT;
	rd_init(&rd, buf, n);
	a->rv = (CK_RV)rd_u64(&rd);
	if (rd.err == 0 && a->rv == CKR_OK)
		answer_fields(&p, id, a);
	return rd_end(&rd);
}
