#include "hsm/pkcs11/server_parts.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "hsm/vault/objects.h"

static void
held_free(struct app *a, struct held *h)
{
	a->held_bytes -= h->n;
	share_give(&a->server->held_bytes, &a->user->held_bytes, h->n);
	cache_drop(a->server->cache, h->uid);
	OPENSSL_cleanse(h, sizeof(*h) + h->n);
	free(h);
}

/* NULL: there is no room for it. */
static struct held *
held_new(struct app *a, unsigned slot, uint64_t uid, const struct attrs *object)
{
	struct p11_server *const s = a->server;
	struct held *h = NULL;

	if (a->held_bytes + object->n > HELD_BYTES_MAX ||
	    !share_take(&s->held_bytes, &a->user->held_bytes, object->n, HELD_BYTES_ALL))
		return NULL;
	if ((h = malloc(sizeof(*h) + object->n)) == NULL) {
		share_give(&s->held_bytes, &a->user->held_bytes, object->n);
		return NULL;
	}
	a->held_bytes += object->n;
	h->uid = uid;
	h->closings = page_closings(s, slot);
	h->slot = slot;
	h->private = attrs_bool(object, CKA_PRIVATE);
	h->n = object->n;
	memcpy(h->bytes, object->p, object->n);
	return h;
}

/* Where it is, or would be. */
static size_t
place(const struct app *a, uint64_t uid)
{
	size_t low = 0, high = a->held_n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (a->held[middle]->uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
current(const struct app *a, const struct held *h, unsigned slot)
{
	return h->slot == slot && h->closings == page_closings(a->server, slot);
}

/* CKR_OBJECT_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN. */
static CK_RV
find(const struct app *a, unsigned slot, uint64_t uid, size_t *at)
{
	*at = place(a, uid);
	if (*at == a->held_n || a->held[*at]->uid != uid || !current(a, a->held[*at], slot))
		return CKR_OBJECT_HANDLE_INVALID;
	if (a->held[*at]->private && app_login(a, slot) != SLOT_USER)
		return CKR_USER_NOT_LOGGED_IN;
	return CKR_OK;
}

static void
copy_out(const struct held *h, struct attrs *into)
{
	struct attrs view;

	if (attrs_read(&view, h->bytes, h->n) == CKR_OK)
		attrs_copy(into, &view);
}

CK_RV
held_add(struct app *a, unsigned slot, const struct attrs *object, uint64_t *uid)
{
	CK_RV rv = CKR_DEVICE_MEMORY;
	struct held *h;

	pthread_mutex_lock(&a->lock);
	/* A logout may have come since the login was looked at; it has gone through here then. */
	if (attrs_bool(object, CKA_PRIVATE) && app_login(a, slot) != SLOT_USER) {
		rv = CKR_USER_NOT_LOGGED_IN;
		goto out;
	}
	if (a->held_n == a->held_cap) {
		const size_t cap = a->held_cap == 0 ? 16 : 2 * a->held_cap;
		struct held **more;

		if (cap > HELD_MAX || (more = realloc(a->held, cap * sizeof(*more))) == NULL)
			goto out;
		a->held = more;
		a->held_cap = cap;
	}
	/* Taken under the lock, so that they ascend. */
	*uid = WIRE_SESSION + atomic_fetch_add(&a->server->next_uid, 1);
	if ((h = held_new(a, slot, *uid, object)) == NULL)
		goto out;
	a->held[a->held_n++] = h;
	rv = CKR_OK;
out:
	pthread_mutex_unlock(&a->lock);
	return rv;
}

CK_RV
held_read(struct app *a, unsigned slot, uint64_t uid, struct attrs *into)
{
	size_t at;
	CK_RV rv;

	pthread_mutex_lock(&a->lock);
	if ((rv = find(a, slot, uid, &at)) == CKR_OK)
		copy_out(a->held[at], into);
	pthread_mutex_unlock(&a->lock);
	return rv;
}

CK_RV
held_replace(struct app *a, unsigned slot, uint64_t uid, const struct attrs *was,
    const struct attrs *object, int *stale)
{
	struct held *old, *h;
	size_t at;
	CK_RV rv;

	*stale = 0;
	pthread_mutex_lock(&a->lock);
	if ((rv = find(a, slot, uid, &at)) != CKR_OK)
		goto out;
	old = a->held[at];
	if (old->n != was->n || CRYPTO_memcmp(old->bytes, was->p, was->n) != 0)
		*stale = 1;
	else if ((h = held_new(a, slot, uid, object)) == NULL)
		rv = CKR_DEVICE_MEMORY;
	else {
		a->held[at] = h;
		held_free(a, old);
	}
out:
	pthread_mutex_unlock(&a->lock);
	return rv;
}

CK_RV
held_remove(struct app *a, unsigned slot, uint64_t uid)
{
	size_t at;
	CK_RV rv;

	pthread_mutex_lock(&a->lock);
	if ((rv = find(a, slot, uid, &at)) == CKR_OK) {
		held_free(a, a->held[at]);
		memmove(&a->held[at], &a->held[at + 1],
		    (--a->held_n - at) * sizeof(struct held *));
	}
	pthread_mutex_unlock(&a->lock);
	return rv;
}

CK_RV
held_next(struct app *a, unsigned slot, uint64_t after, uint64_t *uid, struct attrs *into)
{
	CK_RV rv = CKR_OBJECT_HANDLE_INVALID;

	pthread_mutex_lock(&a->lock);
	for (size_t at = place(a, after + 1); rv != CKR_OK && at < a->held_n; at++) {
		const struct held *h = a->held[at];

		if (!current(a, h, slot) || (h->private && app_login(a, slot) != SLOT_USER))
			continue;
		*uid = h->uid;
		copy_out(h, into);
		rv = CKR_OK;
	}
	pthread_mutex_unlock(&a->lock);
	return rv;
}

void
held_forget(struct app *a, unsigned slot, int private_only)
{
	size_t left = 0;

	for (size_t i = 0; i < a->held_n; i++) {
		struct held *const h = a->held[i];

		if (h->slot == slot && (h->private || !private_only))
			held_free(a, h);
		else
			a->held[left++] = h;
	}
	a->held_n = left;
}
