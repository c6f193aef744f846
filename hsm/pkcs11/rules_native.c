#include "hsm/pkcs11/rules_parts.h"

#include <string.h>

static void
put_be(uint8_t p[8], uint64_t v)
{
	for (size_t i = 8; i > 0; i--) {
		p[i - 1] = (uint8_t)v;
		v >>= 8;
	}
}

void
rules_strip(const uint8_t **p, size_t *n)
{
	while (*n > 1 && **p == 0) {
		++*p;
		--*n;
	}
}

/* A value as a set has it: the application's own bytes, or what is made of them in scratch. */
static CK_RV
convert(const CK_ATTRIBUTE *a, uint8_t scratch[8 * RULES_MECHANISMS_MAX], struct attr *out)
{
	const struct rule *const rule = rule_find(a->type, W_ALL);
	CK_ULONG v;

	if (rule == NULL)
		return CKR_ATTRIBUTE_TYPE_INVALID;
	if (a->ulValueLen == CK_UNAVAILABLE_INFORMATION)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (a->pValue == NULL && a->ulValueLen > 0)
		return CKR_ARGUMENTS_BAD;
	if (a->ulValueLen > ATTRS_MAX)
		return CKR_HOST_MEMORY;
	out->type = a->type;
	out->p = a->pValue;
	out->n = a->ulValueLen;
	if (rule->kind == KIND_ULONG || rule->kind == KIND_MECHANISMS) {
		if (out->n % sizeof(v) != 0 || out->n / sizeof(v) > RULES_MECHANISMS_MAX)
			return CKR_ATTRIBUTE_VALUE_INVALID;
		/* It may lie anywhere: no CK_ULONG is read in place. */
		for (size_t i = 0; i < out->n / sizeof(v); i++) {
			memcpy(&v, out->p + i * sizeof(v), sizeof(v));
			put_be(scratch + 8 * i, v);
		}
		out->n = out->n / sizeof(v) * 8;
		out->p = scratch;
	}
	if (a->type == CKA_MODULUS || a->type == CKA_PUBLIC_EXPONENT)
		rules_strip(&out->p, &out->n);
	return rule_form(rule, out->p, out->n) ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

static CK_RV
add(const CK_ATTRIBUTE *a, struct attrs *set)
{
	uint8_t scratch[8 * RULES_MECHANISMS_MAX];
	struct attr one;
	CK_RV rv;

	if ((rv = convert(a, scratch, &one)) != CKR_OK)
		return rv;
	/* 4.1.1: the same value twice may pass, different ones must not. */
	if (attrs_has(set, one.type))
		return attrs_equal(set, one.type, one.p, one.n) ? CKR_OK :
		    CKR_TEMPLATE_INCONSISTENT;
	attrs_put(set, one.type, one.p, one.n);
	return attrs_end(set);
}

CK_RV
rules_template(const CK_ATTRIBUTE *list, CK_ULONG n, struct attrs *set)
{
	CK_RV rv = CKR_OK;

	if (n > ATTRS_COUNT_MAX || (list == NULL && n > 0))
		return CKR_ARGUMENTS_BAD;
	for (CK_ULONG i = 0; i < n && rv == CKR_OK; i++)
		rv = add(&list[i], set);
	if (rv != CKR_OK)
		attrs_wipe(set);
	return rv;
}

CK_RV
rules_search(const CK_ATTRIBUTE *list, CK_ULONG n, struct attrs *set, int *nothing)
{
	CK_RV rv;

	*nothing = 0;
	if (n > ATTRS_COUNT_MAX || (list == NULL && n > 0))
		return CKR_ARGUMENTS_BAD;
	for (CK_ULONG i = 0; i < n; i++) {
		rv = add(&list[i], set);
		if (rv == CKR_ARGUMENTS_BAD || attrs_end(set) != CKR_OK) {
			attrs_wipe(set);
			return rv;
		}
		/* No object here has such a type, such a length, or two values of one type. */
		if (rv != CKR_OK)
			*nothing = 1;
	}
	return CKR_OK;
}

static int
is_numbers(CK_ATTRIBUTE_TYPE type, size_t n)
{
	const int kind = rules_kind(type);

	return n % 8 == 0 && (kind == KIND_ULONG || kind == KIND_MECHANISMS);
}

size_t
rules_native_length(CK_ATTRIBUTE_TYPE type, size_t n)
{
	return is_numbers(type, n) ? n / 8 * sizeof(CK_ULONG) : n;
}

void
rules_native(CK_ATTRIBUTE_TYPE type, const uint8_t *value, size_t n, void *out)
{
	uint8_t *const p = out;
	CK_ULONG v;

	if (!is_numbers(type, n)) {
		if (n > 0)
			memcpy(p, value, n);
		return;
	}
	for (size_t i = 0; i < n / 8; i++) {
		v = 0;
		for (size_t j = 0; j < 8; j++)
			v = v << 8 | value[8 * i + j];
		memcpy(p + i * sizeof(v), &v, sizeof(v));
	}
}
