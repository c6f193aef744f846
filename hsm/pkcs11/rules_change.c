#include "hsm/pkcs11/rules_parts.h"

enum change { SET, COPY };

/* Whether one attribute of object may become what the template says. */
static CK_RV
may_become(enum change change, unsigned where, const struct rules_who *who,
    const struct attrs *object, const struct attr *it)
{
	const struct rule *const r = rule_find(it->type, where);
	const unsigned may = F_SET | (change == COPY ? (unsigned)F_COPY : 0u);
	const int was = attrs_bool(object, it->type), now = it->n == 1 && it->p[0] == CK_TRUE;

	if (r == NULL)
		return CKR_ATTRIBUTE_TYPE_INVALID;
	if (!rule_form(r, it->p, it->n))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	/* What stays as it is is no change; of secrets that would tell a guess. */
	if ((r->foot & F7) == 0 && attrs_equal(object, it->type, it->p, it->n))
		return CKR_OK;
	if ((r->foot & may) == 0 ||
	    ((r->foot & F10) != 0 && now && !who->so) ||
	    ((r->foot & F11) != 0 && was && !now) ||
	    ((r->foot & F12) != 0 && !was && now))
		return CKR_ATTRIBUTE_READ_ONLY;
	/* 4.10: it can be taken away, but never be another. */
	if (it->type == CKA_CHECK_VALUE && it->n > 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	/* Ours: a copy that outlives the login would be used without it. */
	if (it->type == CKA_PRIVATE && was && !now)
		return CKR_TEMPLATE_INCONSISTENT;
	return CKR_OK;
}

static CK_RV
admit(enum change change, const struct rules_who *who, const struct attrs *object,
    const struct attrs *template)
{
	const unsigned where = rules_where_of(object);
	struct attr it;
	CK_RV rv;

	for (size_t at = 0; attrs_next(template, &at, &it); )
		if ((rv = may_become(change, where, who, object, &it)) != CKR_OK)
			return rv;
	return CKR_OK;
}

CK_RV
rules_copy(const struct rules_who *who, const struct attrs *source,
    const struct attrs *template, struct attrs *object)
{
	CK_RV rv;

	if (!attrs_bool(source, CKA_COPYABLE))
		return CKR_ACTION_PROHIBITED;
	if ((rv = admit(COPY, who, source, template)) != CKR_OK)
		return rv;
	attrs_copy(object, source);
	attrs_merge(object, template);
	/* Footnote 10: a copy is made by whom it is made by. */
	if (attrs_bool(object, CKA_TRUSTED) && !who->so)
		attrs_put_bool(object, CKA_TRUSTED, 0);
	if ((rv = rules_token_key(rules_where_of(source), template, object)) != CKR_OK ||
	    (rv = attrs_end(object)) != CKR_OK ||
	    (rv = rules_consistent(object)) != CKR_OK ||
	    (rv = rules_access(who, object)) != CKR_OK)
		goto out;
	rv = rules_unique(who->crypt, object);
out:
	if (rv != CKR_OK)
		attrs_wipe(object);
	return rv;
}

CK_RV
rules_set(const struct rules_who *who, struct attrs *object, const struct attrs *template)
{
	uint8_t bytes[ATTRS_MAX];
	struct attrs next;
	CK_RV rv;

	/* 4.6: trusted certificates cannot be modified; nor keys that are trusted to wrap. */
	if (!attrs_bool(object, CKA_MODIFIABLE) || attrs_bool(object, CKA_TRUSTED))
		return CKR_ACTION_PROHIBITED;
	if ((rv = rules_access(who, object)) != CKR_OK ||
	    (rv = admit(SET, who, object, template)) != CKR_OK)
		return rv;
	attrs_init(&next, bytes, object->cap);
	attrs_copy(&next, object);
	attrs_merge(&next, template);
	if ((rv = attrs_end(&next)) == CKR_OK && (rv = rules_consistent(&next)) == CKR_OK)
		attrs_copy(object, &next);
	attrs_wipe(&next);
	return rv;
}

CK_RV
rules_destroy(const struct rules_who *who, const struct attrs *object)
{
	CK_RV rv;

	if ((rv = rules_access(who, object)) != CKR_OK)
		return rv;
	return attrs_bool(object, CKA_DESTROYABLE) ? CKR_OK : CKR_ACTION_PROHIBITED;
}
