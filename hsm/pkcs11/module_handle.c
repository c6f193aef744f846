#include "hsm/pkcs11/module_handle.h"

#include <stdlib.h>
#include <string.h>

#include "hsm/pkcs11/module.h"
#include "hsm/pkcs11/rules.h"

void
handles_init(struct module *m)
{
	for (size_t i = 0; i < WIRE_SLOTS; i++) {
		LIST_INIT(&m->slot[i].objects);
		LIST_INIT(&m->slot[i].own);
	}
	TAILQ_INIT(&m->handles.seen);
}

/* The next ten: with the lock. --------------------------------------------- */

/* The object's view, taken over; or none. */
static void
see(struct module *m, struct object *o, struct view *view)
{
	struct handles *hs = &m->handles;
	const int counted = o->uid != 0 && o->uid < WIRE_SESSION;

	if (counted && o->view != NULL) {
		TAILQ_REMOVE(&hs->seen, o, seen);
		hs->seen_bytes -= o->view->attrs.n;
	}
	view_free(o->view);
	o->view = view;
	if (counted && view != NULL) {
		TAILQ_INSERT_TAIL(&hs->seen, o, seen);
		hs->seen_bytes += view->attrs.n;
	}
	while (hs->seen_bytes > VIEWS_MAX && TAILQ_FIRST(&hs->seen) != o)
		see(m, TAILQ_FIRST(&hs->seen), NULL);
}

static void
forget(struct module *m, struct object *o)
{
	table_remove(&m->handles.by_handle, o->handle);
	if (o->uid != 0)
		table_remove(&m->handles.by_uid, o->uid);
	LIST_REMOVE(o, in_slot);
	if (o->session != NULL)
		LIST_REMOVE(o, in_session);
	see(m, o, NULL);
	free(o);
}

static void
sweep(struct module *m, struct object_list *list, int (*dead)(const struct object *))
{
	struct object *next;

	for (struct object *o = LIST_FIRST(list); o != NULL; o = next) {
		next = LIST_NEXT(o, in_slot);
		if (dead(o))
			forget(m, o);
	}
}

static int
any(const struct object *o)
{
	(void)o;
	return 1;
}

static int
is_private(const struct object *o)
{
	return o->private;
}

static int
of_session(const struct object *o)
{
	return o->uid >= WIRE_SESSION;
}

/* Takes the view over, failing too. */
static CK_RV
add(struct module *m, unsigned slot, struct session *s, uint64_t uid, struct view *view,
    struct object **out)
{
	struct handles *hs = &m->handles;
	struct object *o = calloc(1, sizeof(*o));

	if (o == NULL || table_put(&hs->by_handle, hs->last + 1, o) != 0)
		goto bad;
	if (uid != 0 && table_put(&hs->by_uid, uid, o) != 0) {
		table_remove(&hs->by_handle, hs->last + 1);
		goto bad;
	}
	o->handle = ++hs->last;
	o->uid = uid;
	o->slot = (uint8_t)slot;
	o->private = attrs_bool(&view->attrs, CKA_PRIVATE) != 0;
	see(m, o, view);
	LIST_INSERT_HEAD(uid != 0 ? &m->slot[slot].objects : &m->slot[slot].own, o, in_slot);
	if ((o->session = s) != NULL)
		LIST_INSERT_HEAD(&s->objects, o, in_session);
	*out = o;
	return CKR_OK;
bad:
	free(o);
	view_free(view);
	return CKR_HOST_MEMORY;
}

void
handles_log_out(struct module *m, unsigned slot)
{
	sweep(m, &m->slot[slot].objects, is_private);
	sweep(m, &m->slot[slot].own, is_private);
}

void
handles_epoch(struct module *m)
{
	for (size_t i = 0; i < WIRE_SLOTS; i++)
		sweep(m, &m->slot[i].objects, of_session);
}

/* Without. ----------------------------------------------------------------- */

void
handles_free(struct module *m)
{
	for (size_t i = 0; i < WIRE_SLOTS; i++) {
		sweep(m, &m->slot[i].objects, any);
		sweep(m, &m->slot[i].own, any);
	}
	table_free(&m->handles.by_handle);
	table_free(&m->handles.by_uid);
}

static int
stale(struct module *m, const struct held *h)
{
	return h->uid != 0 && h->uid < WIRE_SESSION && (h->view == NULL ||
	    h->view->epoch != m->links.epoch ||
	    h->view->stamp != link_load(&links_page(&m->links)->slot[h->slot].objects));
}

static CK_RV
look(struct module *m, unsigned slot, CK_OBJECT_HANDLE handle, struct held *h)
{
	struct object *o;
	CK_RV rv = CKR_OBJECT_HANDLE_INVALID;

	pthread_mutex_lock(&m->lock);
	if ((o = table_get(&m->handles.by_handle, handle)) != NULL && o->slot == slot) {
		*h = (struct held){ .handle = handle, .uid = o->uid, .slot = o->slot,
			.private = o->private,
			.view = o->view != NULL ? view_ref(o->view) : NULL,
			.epoch = of_session(o) ? m->links.epoch : 0,
			.logins = m->slot[slot].logins };
		rv = CKR_OK;
	}
	pthread_mutex_unlock(&m->lock);
	return rv;
}

/* Somebody has changed an object of the slot since: asks whether it was this one. */
static CK_RV
fetch(struct module *m, const struct held *h)
{
	struct link *l = NULL;
	CK_OBJECT_HANDLE handle;
	CK_RV rv;

	if ((rv = link_take(m, &l)) != CKR_OK)
		return rv;
	l->request.id = WIRE_GET;
	l->request.who.slot = h->slot;
	l->request.uid = h->uid;
	if ((rv = link_call(m, l, AGAIN)) == CKR_OK)
		rv = l->answer.object.uid != h->uid ? CKR_DEVICE_ERROR :
		    handle_of(m, l, NULL, &l->answer.object, &handle);
	else if (rv == CKR_OBJECT_HANDLE_INVALID)
		handle_drop(m, h->handle);
	link_give(m, l);
	return rv == CKR_USER_NOT_LOGGED_IN ? CKR_OBJECT_HANDLE_INVALID : rv;
}

CK_RV
handle_hold(struct module *m, unsigned slot, CK_OBJECT_HANDLE handle, struct held *h)
{
	CK_RV rv;

	memset(h, 0, sizeof(*h));
	if ((rv = look(m, slot, handle, h)) != CKR_OK || !stale(m, h))
		return rv;
	rv = fetch(m, h);
	held_release(h);
	if (rv != CKR_OK || (rv = look(m, slot, handle, h)) != CKR_OK)
		return rv;
	return h->view != NULL ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV
handle_hold_key(struct module *m, unsigned slot, CK_OBJECT_HANDLE handle, struct held *h)
{
	const CK_RV rv = handle_hold(m, slot, handle, h);

	return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : rv;
}

uint64_t
handle_uid(struct module *m, unsigned slot, CK_OBJECT_HANDLE handle)
{
	const struct object *o;
	uint64_t uid = 0;

	pthread_mutex_lock(&m->lock);
	if ((o = table_get(&m->handles.by_handle, handle)) != NULL && o->slot == slot)
		uid = o->uid;
	pthread_mutex_unlock(&m->lock);
	return uid;
}

void
held_release(struct held *h)
{
	view_free(h->view);
	memset(h, 0, sizeof(*h));
}

CK_RV
handle_of(struct module *m, struct link *l, struct session *s, const struct wire_found *found,
    CK_OBJECT_HANDLE *handle)
{
	const unsigned slot = l->request.who.slot;
	struct view *view = view_new(&found->view);
	struct object *o;
	CK_RV rv = CKR_OK;

	if (view == NULL)
		return CKR_HOST_MEMORY;
	view->epoch = l->epoch;
	view->stamp = l->stamp;
	pthread_mutex_lock(&m->lock);
	o = table_get(&m->handles.by_uid, found->uid);
	if (attrs_bool(&view->attrs, CKA_PRIVATE) && m->slot[slot].logins != l->logins)
		rv = CKR_USER_NOT_LOGGED_IN;
	else if (found->uid == 0 || (o != NULL && o->slot != slot) ||
	    (found->uid >= WIRE_SESSION && (m->links.epoch != l->epoch ||
	    (o == NULL && s == NULL))))
		rv = CKR_DEVICE_ERROR;
	if (rv != CKR_OK) {
		view_free(view);
	} else if (o != NULL) {
		see(m, o, view);
	} else {
		rv = add(m, slot, found->uid >= WIRE_SESSION ? s : NULL, found->uid, view, &o);
	}
	if (rv == CKR_OK)
		*handle = o->handle;
	pthread_mutex_unlock(&m->lock);
	return rv;
}

CK_RV
handle_own(struct module *m, struct session *s, struct view *view, CK_OBJECT_HANDLE *handle)
{
	struct object *o;
	CK_RV rv;

	pthread_mutex_lock(&m->lock);
	if ((rv = add(m, s->slot, s, 0, view, &o)) == CKR_OK)
		*handle = o->handle;
	pthread_mutex_unlock(&m->lock);
	return rv;
}

CK_RV
handle_change(struct module *m, struct held *h, struct view *view, int *stale)
{
	struct view *old = view;
	struct object *o;

	pthread_mutex_lock(&m->lock);
	o = table_get(&m->handles.by_handle, h->handle);
	if ((*stale = o != NULL && o->view != h->view)) {
		view_free(h->view);
		h->view = view_ref(o->view);
	} else if (o != NULL) {
		old = o->view;
		o->view = view;
	}
	pthread_mutex_unlock(&m->lock);
	view_free(old);
	return o != NULL ? CKR_OK : CKR_OBJECT_HANDLE_INVALID;
}

CK_RV
handle_match(struct module *m, unsigned slot, const struct attrs *search, CK_OBJECT_HANDLE **out,
    size_t *n)
{
	size_t cap = 0;
	struct object *o;

	*out = NULL;
	*n = 0;
	pthread_mutex_lock(&m->lock);
	LIST_FOREACH(o, &m->slot[slot].own, in_slot) {
		if (!rules_match(&o->view->attrs, search))
			continue;
		if (*n == cap) {
			const size_t more = cap == 0 ? 16 : cap * 2;
			CK_OBJECT_HANDLE *wider = reallocarray(*out, more, sizeof(**out));

			if (wider == NULL)
				break;
			*out = wider;
			cap = more;
		}
		(*out)[(*n)++] = o->handle;
	}
	pthread_mutex_unlock(&m->lock);
	if (o == NULL)
		return CKR_OK;
	free(*out);
	*out = NULL;
	return CKR_HOST_MEMORY;
}

void
handle_drop(struct module *m, CK_OBJECT_HANDLE handle)
{
	struct object *o;

	pthread_mutex_lock(&m->lock);
	if ((o = table_get(&m->handles.by_handle, handle)) != NULL)
		forget(m, o);
	pthread_mutex_unlock(&m->lock);
}

/* Forgets as many as one CLOSE takes; the numbers of those that vault has are for it. */
static size_t
forget_some(struct module *m, struct session *s, uint64_t uids[WIRE_CLOSE_MAX])
{
	struct object *o;
	size_t n = 0;

	pthread_mutex_lock(&m->lock);
	while (n < WIRE_CLOSE_MAX && (o = LIST_FIRST(&s->objects)) != NULL) {
		if (o->uid != 0)
			uids[n++] = o->uid;
		forget(m, o);
	}
	pthread_mutex_unlock(&m->lock);
	return n;
}

void
handles_end(struct module *m, struct session *s)
{
	struct link *l = NULL;
	size_t n;

	do {
		const uint64_t epoch = m->links.epoch;
		uint64_t uids[WIRE_CLOSE_MAX];

		if ((n = forget_some(m, s, uids)) == 0 || link_take(m, &l) != CKR_OK)
			continue;
		l->request.id = WIRE_CLOSE;
		l->request.who.slot = s->slot;
		l->request.closed_n = n;
		memcpy(l->request.closed, uids, n * sizeof(uids[0]));
		l->only = epoch;
		/* Where it cannot be told, vault is not there to keep them. */
		(void)link_call(m, l, AGAIN);
		link_give(m, l);
	} while (n == WIRE_CLOSE_MAX);
}
