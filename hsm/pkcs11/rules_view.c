#include "hsm/pkcs11/rules_parts.h"

/* Footnote 7. What is said of neither is hidden: nothing is told for lack of an attribute. */
static int
hides(const struct attrs *object)
{
	if ((rules_where_of(object) & (W_ALL & ~W_HIDDEN)) != 0)
		return 0;
	return !attrs_has(object, CKA_SENSITIVE) || attrs_bool(object, CKA_SENSITIVE) ||
	    !attrs_bool(object, CKA_EXTRACTABLE);
}

void
rules_public(const struct attrs *object, struct attrs *view)
{
	const struct rule *r;
	const unsigned where = rules_where_of(object);

	attrs_copy(view, object);
	if (!hides(object))
		return;
	for (size_t i = 0; (r = rule_at(i)) != NULL; i++)
		if ((r->foot & F7) != 0 && ((r->where & where) != 0 || where == 0))
			attrs_remove(view, r->type);
}

CK_RV
rules_get(const struct attrs *view, CK_ATTRIBUTE_TYPE type, const uint8_t **p, size_t *n)
{
	const struct rule *const r = rule_find(type, rules_where_of(view));

	/* Nothing is taken on trust of a view: it may have come from elsewhere. */
	if (r != NULL && (r->foot & F7) != 0 && hides(view)) {
		*p = NULL;
		*n = 0;
		return CKR_ATTRIBUTE_SENSITIVE;
	}
	return attrs_get(view, type, p, n) ? CKR_OK : CKR_ATTRIBUTE_TYPE_INVALID;
}

int
rules_match(const struct attrs *view, const struct attrs *search)
{
	const uint8_t *p;
	struct attr it;
	size_t n;

	for (size_t at = 0; attrs_next(search, &at, &it); )
		if (rules_get(view, it.type, &p, &n) != CKR_OK ||
		    !attrs_equal(view, it.type, it.p, it.n))
			return 0;
	return 1;
}
