#include "hsm/pkcs11/rules_parts.h"

/* The columns of the footnotes: what has to be, and must not be, in a template. */
static const struct {
	uint16_t needs, refuses;
} columns[] = {
	[HOW_CREATE] = { F1, F2 },
	[HOW_GENERATE] = { F3, F4 },
	[HOW_UNWRAP] = { F5, F6 },
	/* What is made for a generated key is made for a derived one. */
	[HOW_DERIVE] = { 0, F4 },
};

/* What is put where the mechanism knows it and the template need not say it. */
static CK_RV
agree(const struct attrs *template, CK_ATTRIBUTE_TYPE type, CK_ULONG *known)
{
	const uint8_t *p;
	size_t n;

	if (!attrs_get(template, type, &p, &n))
		return CKR_OK;
	if (n != 8)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (*known == CK_UNAVAILABLE_INFORMATION)
		*known = attrs_ulong(template, type);
	return *known == attrs_ulong(template, type) ? CKR_OK : CKR_TEMPLATE_INCONSISTENT;
}

/* A generic secret may be made as one for HMAC alone. */
static void
narrow(const struct attrs *template, CK_KEY_TYPE *type)
{
	const CK_KEY_TYPE said = attrs_ulong(template, CKA_KEY_TYPE);

	if (*type == CKK_GENERIC_SECRET && rules_where(CKO_SECRET_KEY, said) == W_HMAC)
		*type = said;
}

/* Class and key type of what is to be made. */
static CK_RV
what(enum rules_how how, const struct attrs *template, CK_OBJECT_CLASS *class, CK_KEY_TYPE *type,
    unsigned *where)
{
	CK_RV rv;

	if ((rv = agree(template, CKA_CLASS, class)) != CKR_OK)
		return rv;
	if (*class == CK_UNAVAILABLE_INFORMATION && how == HOW_DERIVE)
		*class = CKO_SECRET_KEY;
	if (*class == CK_UNAVAILABLE_INFORMATION)
		return CKR_TEMPLATE_INCOMPLETE;
	if (*class == CKO_PUBLIC_KEY || *class == CKO_PRIVATE_KEY || *class == CKO_SECRET_KEY) {
		narrow(template, type);
		if ((rv = agree(template, CKA_KEY_TYPE, type)) != CKR_OK)
			return rv;
		/* Mechanisms 2.40 of derivations: without a type, a generic secret. */
		if (*type == CK_UNAVAILABLE_INFORMATION && how == HOW_DERIVE)
			*type = CKK_GENERIC_SECRET;
		if (*type == CK_UNAVAILABLE_INFORMATION)
			return CKR_TEMPLATE_INCOMPLETE;
	}
	*where = rules_where(*class, *type);
	if (*where == 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	/* Only keys are made otherwise than by C_CreateObject, but for data by CKM_HKDF_DATA. */
	if (how != HOW_CREATE && (*where & W_KEY) == 0 && (how != HOW_DERIVE || *where != W_DATA))
		return CKR_TEMPLATE_INCONSISTENT;
	return CKR_OK;
}

/* 4.1.1, 1 to 4, of each attribute that is said and each that is not. */
static CK_RV
admit(enum rules_how how, unsigned where, const struct rules_who *who,
    const struct attrs *template)
{
	const struct rule *r;
	struct attr it;

	for (size_t at = 0; attrs_next(template, &at, &it); ) {
		if ((r = rule_find(it.type, where)) == NULL)
			return CKR_ATTRIBUTE_TYPE_INVALID;
		if (!rule_form(r, it.p, it.n))
			return CKR_ATTRIBUTE_VALUE_INVALID;
		if ((r->foot & columns[how].refuses) != 0)
			return CKR_ATTRIBUTE_READ_ONLY;
		if ((r->foot & F10) != 0 && it.p[0] == CK_TRUE && !who->so)
			return CKR_ATTRIBUTE_READ_ONLY;
	}
	for (size_t i = 0; (r = rule_at(i)) != NULL; i++)
		if ((r->where & where) != 0 && (r->foot & columns[how].needs) != 0 &&
		    r->type != CKA_CLASS && r->type != CKA_KEY_TYPE &&
		    !attrs_has(template, r->type))
			return CKR_TEMPLATE_INCOMPLETE;
	return CKR_OK;
}

CK_RV
rules_token_key(unsigned where, const struct attrs *template, struct attrs *object)
{
	static const CK_ATTRIBUTE_TYPE always[] = { CKA_PRIVATE, CKA_SENSITIVE };

	if ((where & W_HIDDEN) == 0 || !attrs_bool(object, CKA_TOKEN))
		return CKR_OK;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		if (attrs_has(template, always[i]) && !attrs_bool(template, always[i]))
			return CKR_TEMPLATE_INCONSISTENT;
		attrs_put_bool(object, always[i], 1);
	}
	return CKR_OK;
}

CK_RV
rules_access(const struct rules_who *who, const struct attrs *object)
{
	if (attrs_bool(object, CKA_TOKEN) && !who->rw)
		return CKR_SESSION_READ_ONLY;
	if (attrs_bool(object, CKA_PRIVATE) && !who->user)
		return CKR_USER_NOT_LOGGED_IN;
	return CKR_OK;
}

/* 4.7, 4.9, 4.10: what a key remembers of how it came to be. */
static void
put_origin(enum rules_how how, CK_MECHANISM_TYPE mechanism, unsigned where, struct attrs *object)
{
	const int made = how == HOW_GENERATE;

	if ((where & W_KEY) == 0)
		return;
	attrs_put_bool(object, CKA_LOCAL, made);
	attrs_put_ulong(object, CKA_KEY_GEN_MECHANISM,
	    made ? mechanism : CK_UNAVAILABLE_INFORMATION);
	if ((where & W_HIDDEN) == 0)
		return;
	attrs_put_bool(object, CKA_ALWAYS_SENSITIVE, made && attrs_bool(object, CKA_SENSITIVE));
	attrs_put_bool(object, CKA_NEVER_EXTRACTABLE, made && !attrs_bool(object, CKA_EXTRACTABLE));
}

CK_RV
rules_make(enum rules_how how, CK_MECHANISM_TYPE mechanism, CK_OBJECT_CLASS class,
    CK_KEY_TYPE type, const struct rules_who *who, const struct attrs *template,
    struct attrs *object)
{
	unsigned where;
	CK_RV rv;

	if ((rv = what(how, template, &class, &type, &where)) != CKR_OK ||
	    (rv = admit(how, where, who, template)) != CKR_OK)
		goto out;
	attrs_copy(object, template);
	attrs_put_ulong(object, CKA_CLASS, class);
	if ((where & W_KEY) != 0)
		attrs_put_ulong(object, CKA_KEY_TYPE, type);
	if ((rv = rules_normal(where, object)) != CKR_OK)
		goto out;
	rules_complete(where, object);
	if ((rv = rules_token_key(where, template, object)) != CKR_OK)
		goto out;
	put_origin(how, mechanism, where, object);
	if ((rv = attrs_end(object)) != CKR_OK ||
	    (rv = rules_values(who->crypt, where, how, object)) != CKR_OK ||
	    (rv = rules_access(who, object)) != CKR_OK ||
	    (rv = rules_unique(who->crypt, object)) != CKR_OK)
		goto out;
	if (how == HOW_CREATE)
		rv = rules_finish(who->crypt, object, how, 0, 0);
out:
	if (rv != CKR_OK)
		attrs_wipe(object);
	return rv;
}
