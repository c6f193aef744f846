#include "hsm/pkcs11/server_parts.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "hsm/vault/objects.h"

static const CK_ATTRIBUTE_TYPE summed[HELD_SUMS] = { CKA_LABEL, CKA_ID };

/* FNV-1a; an attribute that is not there has the sum of an empty one. */
static uint32_t
sum(const struct attrs *a, CK_ATTRIBUTE_TYPE type)
{
	uint32_t s = UINT32_C(2166136261);
	const uint8_t *p;
	size_t n;

	if (attrs_get(a, type, &p, &n))
		for (size_t i = 0; i < n; i++)
			s = (s ^ p[i]) * UINT32_C(16777619);
	return s;
}

static void
put(struct held_row *row, struct held *h, const struct attrs *object)
{
	row->object = h;
	for (size_t i = 0; i < HELD_SUMS; i++)
		row->sum[i] = sum(object, summed[i]);
}

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

		if (a->held[middle].object->uid < uid)
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
	if (*at == a->held_n || a->held[*at].object->uid != uid ||
	    !current(a, a->held[*at].object, slot))
		return CKR_OBJECT_HANDLE_INVALID;
	if (a->held[*at].object->private && app_login(a, slot) != SLOT_USER)
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
		struct held_row *more;

		if (cap > HELD_MAX || (more = realloc(a->held, cap * sizeof(*more))) == NULL)
			goto out;
		a->held = more;
		a->held_cap = cap;
	}
	/* Taken under the lock, so that they ascend. */
	*uid = WIRE_SESSION + atomic_fetch_add(&a->server->next_uid, 1);
	if ((h = held_new(a, slot, *uid, object)) == NULL)
		goto out;
	put(&a->held[a->held_n++], h, object);
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
		copy_out(a->held[at].object, into);
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
	old = a->held[at].object;
	if (old->n != was->n || CRYPTO_memcmp(old->bytes, was->p, was->n) != 0)
		*stale = 1;
	else if ((h = held_new(a, slot, uid, object)) == NULL)
		rv = CKR_DEVICE_MEMORY;
	else {
		put(&a->held[at], h, object);
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
		held_free(a, a->held[at].object);
		memmove(&a->held[at], &a->held[at + 1],
		    (--a->held_n - at) * sizeof(*a->held));
	}
	pthread_mutex_unlock(&a->lock);
	return rv;
}

CK_RV
held_next(struct app *a, unsigned slot, const struct attrs *search, uint64_t after,
    uint64_t *uid, struct attrs *into)
{
	CK_RV rv = CKR_OBJECT_HANDLE_INVALID;
	struct held_row want;
	uint32_t mask[HELD_SUMS];

	put(&want, NULL, search);
	for (size_t i = 0; i < HELD_SUMS; i++)
		mask[i] = attrs_has(search, summed[i]) ? UINT32_MAX : 0;
	pthread_mutex_lock(&a->lock);
	for (size_t at = place(a, after + 1); rv != CKR_OK && at < a->held_n; at++) {
		const struct held_row *const row = &a->held[at];
		const struct held *const h = row->object;

		if (((row->sum[0] ^ want.sum[0]) & mask[0]) != 0 ||
		    ((row->sum[1] ^ want.sum[1]) & mask[1]) != 0)
			continue;
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
		struct held *const h = a->held[i].object;

		if (h->slot == slot && (h->private || !private_only))
			held_free(a, h);
		else
			a->held[left++] = a->held[i];
	}
	a->held_n = left;
}
