#include "hsm/pkcs11/rules_parts.h"

/* Whether the template names a use that keys of this kind have. */
static int
says_use(unsigned where, const struct attrs *template)
{
	const struct rule *r;

	for (size_t i = 0; (r = rule_at(i)) != NULL; i++)
		if (r->missing == D_USE && (r->where & where) != 0 && attrs_bool(template, r->type))
			return 1;
	return 0;
}

static void
put(const struct rule *r, unsigned where, int uses, struct attrs *object)
{
	static const uint8_t f4[] = { 1, 0, 1 };
	const int token = attrs_bool(object, CKA_TOKEN);

	switch (r->missing) {
	case D_NONE:
		break;
	case D_FALSE:
		attrs_put_bool(object, r->type, 0);
		break;
	case D_TRUE:
		attrs_put_bool(object, r->type, 1);
		break;
	case D_EMPTY:
		attrs_put(object, r->type, NULL, 0);
		break;
	case D_ZERO:
		attrs_put_ulong(object, r->type, 0);
		break;
	case D_SHA1:
		attrs_put_ulong(object, r->type, CKM_SHA_1);
		break;
	case D_F4:
		attrs_put(object, r->type, f4, sizeof(f4));
		break;
	case D_USE:
		attrs_put_bool(object, r->type, uses);
		break;
	case D_PRIVATE:
		attrs_put_bool(object, r->type, (where & (W_DATA | W_HIDDEN)) != 0);
		break;
	case D_SENSITIVE:
		attrs_put_bool(object, r->type, token || (where & W_PRIVATE) != 0);
		break;
	case D_EXTRACTABLE:
		attrs_put_bool(object, r->type, !token && (where & W_SECRET) != 0);
		break;
	}
}

void
rules_complete(unsigned where, struct attrs *object)
{
	const int uses = !says_use(where, object);
	const struct rule *r;

	for (size_t i = 0; (r = rule_at(i)) != NULL; i++)
		if ((r->where & where) != 0 && !attrs_has(object, r->type))
			put(r, where, uses, object);
}
