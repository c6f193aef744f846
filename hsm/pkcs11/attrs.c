#include "hsm/pkcs11/attrs.h"

#include <endian.h>
#include <string.h>

#include <openssl/crypto.h>

enum { ULONG_LEN = 8 };

/* Whole words: sets are looked through at each call that names a key. */
static uint64_t
get_64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

static uint32_t
get_32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static void
put_be(uint8_t *p, size_t n, uint64_t v)
{
	for (size_t i = n; i > 0; i--) {
		p[i - 1] = (uint8_t)v;
		v >>= 8;
	}
}

/* Where an attribute is, or belongs; *old is the bytes that it has now, head and all, or 0. */
static size_t
place(const struct attrs *a, CK_ATTRIBUTE_TYPE type, size_t *old, size_t *count)
{
	size_t at = 0, next = 0, found = a->n;
	struct attr it;

	*old = *count = 0;
	for (; attrs_next(a, &next, &it); at = next) {
		++*count;
		if (it.type < type || found != a->n)
			continue;
		found = at;
		if (it.type == type)
			*old = next - at;
	}
	return found;
}

/* What lies behind the end is wiped: it may have been part of a secret. */
static void
end_at(struct attrs *a, size_t n)
{
	if (n < a->n)
		OPENSSL_cleanse(a->p + n, a->n - n);
	a->n = n;
}

void
attrs_init(struct attrs *a, void *p, size_t cap)
{
	a->p = p;
	a->n = 0;
	a->cap = cap < ATTRS_MAX ? cap : ATTRS_MAX;
	a->rv = CKR_OK;
}

CK_RV
attrs_read(struct attrs *a, const void *p, size_t n)
{
	const uint8_t *const bytes = p;
	uint64_t type, last = 0, length;
	size_t at = 0, count = 0;

	attrs_init(a, NULL, 0);
	if (n > ATTRS_MAX)
		return CKR_ARGUMENTS_BAD;
	for (; at < n; at += (size_t)length) {
		if (n - at < ATTRS_HEAD || ++count > ATTRS_COUNT_MAX)
			return CKR_ARGUMENTS_BAD;
		type = get_64(bytes + at);
		length = get_32(bytes + at + 8);
		at += ATTRS_HEAD;
		/* CK_ULONG has 32 bits elsewhere. */
		if (length > n - at || (CK_ATTRIBUTE_TYPE)type != type ||
		    (count > 1 && type <= last))
			return CKR_ARGUMENTS_BAD;
		last = type;
	}
	/* No room: nothing is ever written to it. */
	a->p = (uint8_t *)(uintptr_t)bytes;
	a->n = n;
	return CKR_OK;
}

void
attrs_copy(struct attrs *dst, const struct attrs *src)
{
	if (dst->rv == CKR_OK)
		dst->rv = src->n > dst->cap ? CKR_HOST_MEMORY : src->rv;
	if (dst->rv != CKR_OK)
		return;
	if (src->n > 0)
		memmove(dst->p, src->p, src->n);
	if (src->n < dst->n)
		end_at(dst, src->n);
	dst->n = src->n;
}

CK_RV
attrs_end(const struct attrs *a)
{
	return a->rv;
}

void
attrs_wipe(struct attrs *a)
{
	if (a->cap > 0)
		end_at(a, 0);
	a->n = 0;
}

void
attrs_put(struct attrs *a, CK_ATTRIBUTE_TYPE type, const void *value, size_t n)
{
	const uintptr_t from = (uintptr_t)value, start = (uintptr_t)a->p;
	const uint8_t *src = value;
	size_t old, count, at, end;

	if (a->rv != CKR_OK)
		return;
	if (value == NULL && n > 0) {
		a->rv = CKR_ATTRIBUTE_VALUE_INVALID;
		return;
	}
	at = place(a, type, &old, &count);
	if (n > ATTRS_MAX || a->n - old + ATTRS_HEAD + n > a->cap ||
	    (old == 0 && count == ATTRS_COUNT_MAX)) {
		a->rv = CKR_HOST_MEMORY;
		return;
	}
	end = at + ATTRS_HEAD + n;
	/* The set's own bytes: those behind the old value move along, of its own they go ahead. */
	if (n > 0 && from >= start + at && from < start + a->n) {
		if (from < start + at + old)
			src = memmove(a->p + at + ATTRS_HEAD, src, n);
		else
			src = a->p + (from - start) - old + ATTRS_HEAD + n;
	}
	memmove(a->p + end, a->p + at + old, a->n - at - old);
	if (old > ATTRS_HEAD + n)
		end_at(a, a->n - old + ATTRS_HEAD + n);
	else
		a->n += ATTRS_HEAD + n - old;
	put_be(a->p + at, 8, type);
	put_be(a->p + at + 8, 4, n);
	if (n > 0)
		memmove(a->p + at + ATTRS_HEAD, src, n);
}

void
attrs_put_bool(struct attrs *a, CK_ATTRIBUTE_TYPE type, int v)
{
	const uint8_t byte = v != 0;

	attrs_put(a, type, &byte, 1);
}

void
attrs_put_ulong(struct attrs *a, CK_ATTRIBUTE_TYPE type, CK_ULONG v)
{
	uint8_t bytes[ULONG_LEN];

	put_be(bytes, sizeof(bytes), v);
	attrs_put(a, type, bytes, sizeof(bytes));
}

void
attrs_remove(struct attrs *a, CK_ATTRIBUTE_TYPE type)
{
	size_t old, count, at;

	if (a->rv != CKR_OK)
		return;
	at = place(a, type, &old, &count);
	if (old == 0)
		return;
	if (a->cap == 0) {
		a->rv = CKR_HOST_MEMORY;
		return;
	}
	memmove(a->p + at, a->p + at + old, a->n - at - old);
	end_at(a, a->n - old);
}

void
attrs_merge(struct attrs *dst, const struct attrs *src)
{
	struct attr it;

	if (dst->rv == CKR_OK)
		dst->rv = src->rv;
	for (size_t at = 0; attrs_next(src, &at, &it); )
		attrs_put(dst, it.type, it.p, it.n);
}

int
attrs_get(const struct attrs *a, CK_ATTRIBUTE_TYPE type, const uint8_t **p, size_t *n)
{
	struct attr it;

	for (size_t at = 0; attrs_next(a, &at, &it) && it.type <= type; )
		if (it.type == type) {
			*p = it.p;
			*n = it.n;
			return 1;
		}
	*p = NULL;
	*n = 0;
	return 0;
}

int
attrs_has(const struct attrs *a, CK_ATTRIBUTE_TYPE type)
{
	const uint8_t *p;
	size_t n;

	return attrs_get(a, type, &p, &n);
}

int
attrs_bool(const struct attrs *a, CK_ATTRIBUTE_TYPE type)
{
	const uint8_t *p;
	size_t n;

	return attrs_get(a, type, &p, &n) && n == 1 && p[0] == CK_TRUE;
}

CK_ULONG
attrs_ulong(const struct attrs *a, CK_ATTRIBUTE_TYPE type)
{
	const uint8_t *p;
	size_t n;

	if (!attrs_get(a, type, &p, &n) || n != ULONG_LEN)
		return CK_UNAVAILABLE_INFORMATION;
	return (CK_ULONG)get_64(p);
}

int
attrs_equal(const struct attrs *a, CK_ATTRIBUTE_TYPE type, const void *value, size_t n)
{
	const uint8_t *p;
	size_t have;

	return attrs_get(a, type, &p, &have) && have == n &&
	    (n == 0 || CRYPTO_memcmp(p, value, n) == 0);
}

int
attrs_next(const struct attrs *a, size_t *at, struct attr *it)
{
	if (a->n < ATTRS_HEAD || *at > a->n - ATTRS_HEAD)
		return 0;
	it->type = (CK_ATTRIBUTE_TYPE)get_64(a->p + *at);
	it->n = get_32(a->p + *at + 8);
	it->p = a->p + *at + ATTRS_HEAD;
	*at += ATTRS_HEAD + it->n;
	return 1;
}
