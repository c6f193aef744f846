#include "tests/unit/crypt_keys.h"

#include "tests/unit/suite.h"

void
object_of(struct object *o, CK_OBJECT_CLASS class, CK_KEY_TYPE type)
{
	attrs_init(&o->a, o->mem, sizeof(o->mem));
	attrs_put_ulong(&o->a, CKA_CLASS, class);
	attrs_put_ulong(&o->a, CKA_KEY_TYPE, type);
	OK(attrs_end(&o->a));
}

void
object_hex(struct object *o, CK_ATTRIBUTE_TYPE type, const char *value)
{
	static uint8_t bytes[4096];

	attrs_put(&o->a, type, bytes, hex(value, bytes, sizeof(bytes)));
	OK(attrs_end(&o->a));
}

void
object_secret(struct object *o, CK_KEY_TYPE type, const char *value)
{
	object_of(o, CKO_SECRET_KEY, type);
	object_hex(o, CKA_VALUE, value);
}

void
object_pair(struct crypt *c, CK_MECHANISM_TYPE type, const char *curve, struct object *public_key,
    struct object *private_key)
{
	struct mech m;

	mech_of(&m, type, NULL, 0);
	object_of(public_key, CKO_PUBLIC_KEY, m.info->key_type);
	object_of(private_key, CKO_PRIVATE_KEY, m.info->key_type);
	if (curve != NULL)
		object_hex(public_key, CKA_EC_PARAMS, curve);
	else
		attrs_put_ulong(&public_key->a, CKA_MODULUS_BITS, 2048);
	OK(crypt_generate_pair(c, &m, &public_key->a, &private_key->a));
}

struct crypt_key *
object_key(struct crypt *c, const struct object *o)
{
	struct crypt_key *key;

	OK(crypt_key_new(c, &o->a, &key));
	return key;
}

struct mech *
mech_of(struct mech *m, CK_MECHANISM_TYPE type, const void *param, size_t n)
{
	CK_MECHANISM native = { type, (void *)(uintptr_t)param, n };

	OK(mech_from_native(&native, 0, m));
	return m;
}

size_t
digest_of(struct crypt *crypt, CK_MECHANISM_TYPE hash, const void *data, size_t n, uint8_t out[64])
{
	struct crypt_digest *d;

	OK(crypt_digest_new(crypt, hash, &d));
	OK(crypt_digest_update(d, data, n));
	OK(crypt_digest_final(d, out, &n));
	crypt_digest_free(d);
	return n;
}
