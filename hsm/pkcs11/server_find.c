#include "hsm/pkcs11/server_parts.h"

#include <string.h>

#include "hsm/pkcs11/rules.h"

/* Objects that are looked at before others get the store: a search without an index is long. */
enum { BATCH = 64 };

/* Bytes of an answer around its views. */
enum { FRAME = 64, AROUND = 8 + 1 + 4 };

struct search {
	struct p11_conn *c;
	size_t bytes;			/* of the answer */
	int full;
};

/* Shows it when it is one of those searched for, and there is room. */
static CK_RV
look_at(struct search *f, uint64_t uid, const struct attrs *object)
{
	struct p11_conn *const c = f->c;
	struct wire_answer *const a = &c->answer;
	struct wire_found *const found = &a->found[a->found_n];
	const size_t before = c->views_n;
	CK_RV rv;

	rv = object_show(c, uid, object, found);
	if (rv == CKR_OK && !rules_match(&found->view, &c->request.set)) {
		attrs_wipe(&found->view);
		c->views_n = before;
		return CKR_OK;
	}
	if (rv == CKR_HOST_MEMORY ||
	    f->bytes + AROUND + found->view.n > WIRE_FRAME_MAX - FRAME) {
		/* No room for it now: the next call begins with it. */
		attrs_wipe(&found->view);
		c->views_n = before;
		f->full = 1;
		return a->found_n != 0 ? CKR_OK : CKR_DEVICE_MEMORY;
	}
	if (rv != CKR_OK)
		return rv;
	f->bytes += AROUND + found->view.n;
	if (++a->found_n == c->request.most)
		f->full = 1;
	return CKR_OK;
}

static CK_RV
among_tokens(struct search *f)
{
	struct p11_conn *const c = f->c;
	struct store *const store = c->server->store;
	const unsigned slot = c->request.who.slot;
	/* PKCS #11 Base 2.40, 5.7.6: private objects are for the user who is logged in. */
	const unsigned domains = OBJECT_PUBLIC |
	    (app_login(c->app, slot) == SLOT_USER ? OBJECT_PRIVATE : 0);
	struct object_term term[OBJECT_TERMS_MAX];
	const size_t terms = object_terms(&c->request.set, term);
	uint64_t after = c->request.uid, ids[BATCH];
	size_t n = BATCH;
	CK_RV rv = CKR_OK;

	while (rv == CKR_OK && !f->full && n == BATCH) {
		store_lock(store);
		rv = server_rv(object_find(store, slot, domains, term, terms, after, ids, BATCH,
		    &n));
		for (size_t i = 0; rv == CKR_OK && !f->full && i < n; i++) {
			struct attrs *const object = conn_set(c, 0);

			after = ids[i];
			rv = object_read_token(c, ids[i], object);
			if (rv == CKR_OK)
				rv = look_at(f, ids[i], object);
			else if (rv == CKR_USER_NOT_LOGGED_IN)
				rv = CKR_OK;
		}
		store_unlock(store);
	}
	return rv;
}

static CK_RV
among_held(struct search *f)
{
	struct p11_conn *const c = f->c;
	uint64_t uid = c->request.uid >= WIRE_SESSION ? c->request.uid : WIRE_SESSION;
	CK_RV rv = CKR_OK;

	while (rv == CKR_OK && !f->full) {
		struct attrs *const object = conn_set(c, 0);

		if (held_next(c->app, c->request.who.slot, &c->request.set, uid, &uid, object) !=
		    CKR_OK)
			break;
		rv = look_at(f, uid, object);
	}
	return rv;
}

CK_RV
call_find(struct p11_conn *c)
{
	const struct attrs *const search = &c->request.set;
	const int says = attrs_has(search, CKA_TOKEN), token = attrs_bool(search, CKA_TOKEN);
	struct search f = { .c = c };
	CK_RV rv = CKR_OK;

	if (c->request.uid < WIRE_SESSION && (!says || token))
		rv = among_tokens(&f);
	if (rv == CKR_OK && !f.full && (!says || !token))
		rv = among_held(&f);
	c->answer.more = (uint8_t)f.full;
	return rv;
}
