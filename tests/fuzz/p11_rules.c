#include "hsm/pkcs11/rules.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static uint8_t object_p[ATTRS_MAX], copy_p[ATTRS_MAX], view_p[ATTRS_MAX];

static void
must(int so)
{
	if (!so)
		abort();
}

/* What holds of every object, whatever the template said. */
static void
whole(const struct attrs *object, const struct rules_who *who)
{
	const CK_OBJECT_CLASS class = attrs_ulong(object, CKA_CLASS);
	const int hidden = class == CKO_PRIVATE_KEY || class == CKO_SECRET_KEY;
	struct attrs again, view;
	const uint8_t *p;
	size_t n;

	must(attrs_read(&again, object->p, object->n) == CKR_OK);
	must(attrs_has(object, CKA_UNIQUE_ID) && attrs_has(object, CKA_PRIVATE));
	must(!attrs_bool(object, CKA_TOKEN) || who->rw);
	must(!attrs_bool(object, CKA_PRIVATE) || who->user);
	must(!attrs_bool(object, CKA_TRUSTED) || who->so);
	must(!hidden || !attrs_bool(object, CKA_TOKEN) ||
	    (attrs_bool(object, CKA_PRIVATE) && attrs_bool(object, CKA_SENSITIVE)));
	must(!attrs_bool(object, CKA_ALWAYS_SENSITIVE) || attrs_bool(object, CKA_SENSITIVE));
	must(!attrs_bool(object, CKA_NEVER_EXTRACTABLE) || !attrs_bool(object, CKA_EXTRACTABLE));
	attrs_init(&view, view_p, sizeof(view_p));
	rules_public(object, &view);
	must(attrs_end(&view) == CKR_OK);
	if (hidden && (attrs_bool(object, CKA_SENSITIVE) || !attrs_bool(object, CKA_EXTRACTABLE)))
		must(!attrs_has(&view, CKA_VALUE) && !attrs_has(&view, CKA_PRIVATE_EXPONENT) &&
		    !attrs_has(&view, CKA_PRIME_1) && !attrs_has(&view, CKA_COEFFICIENT) &&
		    rules_get(&view, CKA_VALUE, &p, &n) != CKR_OK);
	must(rules_match(object, &view));
}

/* What never changes back, of a change or a copy. */
static void
one_way(const struct attrs *from, const struct attrs *to)
{
	static const CK_ATTRIBUTE_TYPE same[] = { CKA_CLASS, CKA_KEY_TYPE, CKA_LOCAL, CKA_VALUE,
		CKA_MODULUS, CKA_EC_POINT, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE };
	const uint8_t *p;
	size_t n;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		must(attrs_get(from, same[i], &p, &n) ? attrs_equal(to, same[i], p, n) :
		    !attrs_has(to, same[i]));
	must(!attrs_bool(from, CKA_SENSITIVE) || attrs_bool(to, CKA_SENSITIVE));
	must(!attrs_bool(from, CKA_PRIVATE) || attrs_bool(to, CKA_PRIVATE));
	must(!attrs_has(from, CKA_EXTRACTABLE) || attrs_bool(from, CKA_EXTRACTABLE) ||
	    !attrs_bool(to, CKA_EXTRACTABLE));
	must(!attrs_bool(from, CKA_WRAP_WITH_TRUSTED) || attrs_bool(to, CKA_WRAP_WITH_TRUSTED));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rules_who who = { 0 };
	struct attrs first, second, object, copy;
	const uint8_t *bytes;
	enum rules_how how;
	uint8_t flags;
	struct rd rd;
	size_t length;

	rd_init(&rd, p, n);
	how = rd_u8(&rd) % 4;
	flags = rd_u8(&rd);
	length = rd_u16(&rd);
	bytes = rd_view(&rd, length);
	if (bytes == NULL || attrs_read(&first, bytes, length) != CKR_OK ||
	    attrs_read(&second, rd.p, rd.n) != CKR_OK)
		return 0;
	who.rw = flags & 1;
	who.user = (flags & 6) == 2;
	who.so = (flags & 6) == 4;
	attrs_init(&object, object_p, sizeof(object_p));
	if (rules_make(how, CK_UNAVAILABLE_INFORMATION, CK_UNAVAILABLE_INFORMATION,
	    CK_UNAVAILABLE_INFORMATION, &who, &first, &object) != CKR_OK) {
		must(object.n == 0);
		return 0;
	}
	whole(&object, &who);
	attrs_init(&copy, copy_p, sizeof(copy_p));
	if (rules_copy(&who, &object, &second, &copy) == CKR_OK) {
		whole(&copy, &who);
		one_way(&object, &copy);
	}
	attrs_init(&copy, copy_p, sizeof(copy_p));
	attrs_copy(&copy, &object);
	if (rules_set(&who, &object, &second) == CKR_OK)
		one_way(&copy, &object);
	else
		must(object.n == copy.n && memcmp(object.p, copy.p, copy.n) == 0);
	return 0;
}
