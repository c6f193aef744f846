#include "tests/unit/client.h"

#include <string.h>

#include "tests/unit/suite.h"

static const uint8_t value[16] = "sixteen secrets";

/* A secret key that came from outside. */
static CK_RV
import_secret(struct client *c, int token)
{
	struct attrs *a = client_create(c, CKO_SECRET_KEY, token, "secret");

	attrs_put_ulong(a, CKA_KEY_TYPE, CKK_AES);
	attrs_put(a, CKA_VALUE, value, sizeof(value));
	return client_call(c);
}

/* The private key of RFC 6979, A.2.5. */
static CK_RV
import_private(struct client *c, int token)
{
	struct attrs *a = client_create(c, CKO_PRIVATE_KEY, token, "came from outside");
	uint8_t d[32], params[10];

	hex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721", d, sizeof(d));
	hex("06082a8648ce3d030107", params, sizeof(params));
	attrs_put_ulong(a, CKA_KEY_TYPE, CKK_EC);
	attrs_put(a, CKA_EC_PARAMS, params, sizeof(params));
	attrs_put(a, CKA_VALUE, d, sizeof(d));
	return client_call(c);
}

static void
what_may_not_be_read_is_not_shown_and_matches_nothing(void)
{
	struct hsm h;
	struct client *c;
	const uint8_t *p;
	size_t n;

	hsm_enter(&h);
	c = client_user(&h);
	OK(import_secret(c, 1));
	CU_ASSERT_FALSE(attrs_get(&c->answer.object.view, CKA_VALUE, &p, &n) && n != 0);
	CU_ASSERT_PTR_NULL(memmem(c->got, sizeof(c->got), value, sizeof(value)));
	client_ask(c, WIRE_FIND, 1)->most = 5;
	attrs_put(client_set(c), CKA_VALUE, value, sizeof(value));
	OK(client_call(c));
	CU_ASSERT_EQUAL(c->answer.found_n, 0);
	/* One that is neither on the token nor sensitive can be read, as Java wants it. */
	OK(import_secret(c, 0));
	CU_ASSERT_TRUE(attrs_equal(&c->answer.object.view, CKA_VALUE, value, sizeof(value)));
	client_ask(c, WIRE_FIND, 1)->most = 5;
	attrs_put(client_set(c), CKA_VALUE, value, sizeof(value));
	OK(client_call(c));
	CU_ASSERT_EQUAL(c->answer.found_n, 1);
	client_free(c);
	hsm_leave(&h);
}

static void
private_keys_come_from_outside_only_where_the_policy_says_so(void)
{
	struct hsm h;
	struct client *c;
	uint64_t outside, made;

	hsm_enter(&h);
	c = client_user(&h);
	OK(import_private(c, 1));
	OK(client_sign(c, 1, c->answer.object.uid, 0));
	client_free(c);
	h.policy.import_private = 0;
	hsm_again(&h);
	c = client_user(&h);
	CU_ASSERT_EQUAL(import_private(c, 1), CKR_TEMPLATE_INCONSISTENT);
	OK(import_private(c, 0));
	outside = c->answer.object.uid;
	/* Nor by way of a session object; one that was made here goes there. */
	CU_ASSERT_EQUAL(client_copy(c, outside, 1), CKR_TEMPLATE_INCONSISTENT);
	made = client_ec(c, 1, 0);
	OK(client_copy(c, made, 1));
	OK(import_secret(c, 1));
	CU_ASSERT_EQUAL(client_count(c, 1, "came from outside"), 2);
	client_free(c);
	hsm_leave(&h);
}

/* The module's own object onto the token: it says what it likes. */
static CK_RV
import(struct client *c, CK_OBJECT_CLASS class, void (*more)(struct attrs *))
{
	struct attrs *a;

	client_ask(c, WIRE_IMPORT, 1);
	a = client_set2(c);
	attrs_put_ulong(a, CKA_CLASS, class);
	attrs_put_bool(a, CKA_TOKEN, 0);
	attrs_put_bool(a, CKA_PRIVATE, 0);
	attrs_put_bool(a, CKA_COPYABLE, 1);
	attrs_put_bool(a, CKA_MODIFIABLE, 1);
	attrs_put(a, CKA_LABEL, "imported", 8);
	more(a);
	attrs_put_bool(client_set(c), CKA_TOKEN, 1);
	return client_call(c);
}

static void
a_point(struct attrs *a, const char *params, const char *point)
{
	uint8_t bytes[80];

	attrs_put_ulong(a, CKA_KEY_TYPE, CKK_EC);
	attrs_put(a, CKA_EC_PARAMS, bytes, hex(params, bytes, sizeof(bytes)));
	attrs_put(a, CKA_EC_POINT, bytes, hex(point, bytes, sizeof(bytes)));
}

static void
sound_public(struct attrs *a)
{
	a_point(a, "06082a8648ce3d030107", "044104"
	    "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
	    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");
	attrs_put_bool(a, CKA_LOCAL, 1);
	attrs_put_bool(a, CKA_VERIFY, 1);
}

static void
no_point(struct attrs *a)
{
	a_point(a, "06082a8648ce3d030107", "044104"
	    "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
	    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D446229A");
}

static void
trusted_public(struct attrs *a)
{
	sound_public(a);
	attrs_put_bool(a, CKA_TRUSTED, 1);
}

static void
lying_public(struct attrs *a)
{
	sound_public(a);
	attrs_put(a, CKA_PUBLIC_KEY_INFO, "of another key", 14);
}

static void
data_of_so_many_bits(struct attrs *a)
{
	attrs_put_ulong(a, CKA_MODULUS_BITS, 2048);
}

static void
a_secret(struct attrs *a)
{
	attrs_put_ulong(a, CKA_KEY_TYPE, CKK_AES);
	attrs_put(a, CKA_VALUE, value, sizeof(value));
}

static void
no_copy(struct attrs *a)
{
	sound_public(a);
	attrs_put_bool(a, CKA_COPYABLE, 0);
}

static void
the_modules_own_objects_are_looked_at_before_they_are_kept(void)
{
	struct hsm h;
	struct client *c;
	const uint8_t *p;
	size_t n;

	hsm_enter(&h);
	c = client_user(&h);
	OK(import(c, CKO_PUBLIC_KEY, sound_public));
	CU_ASSERT_TRUE(c->answer.object.uid < WIRE_SESSION);
	CU_ASSERT_EQUAL(client_count(c, 1, "imported"), 1);
	CU_ASSERT_EQUAL(import(c, CKO_PUBLIC_KEY, no_point), CKR_TEMPLATE_INCONSISTENT);
	CU_ASSERT_EQUAL(import(c, CKO_PUBLIC_KEY, no_copy), CKR_ACTION_PROHIBITED);
	CU_ASSERT_EQUAL(import(c, CKO_SECRET_KEY, a_secret), CKR_TEMPLATE_INCONSISTENT);
	CU_ASSERT_EQUAL(import(c, CKO_PRIVATE_KEY, a_secret), CKR_TEMPLATE_INCONSISTENT);
	CU_ASSERT_EQUAL(import(c, CKO_DOMAIN_PARAMETERS, a_secret), CKR_TEMPLATE_INCONSISTENT);
	/* What follows from the rest is as it is, not as it is said. */
	OK(import(c, CKO_PUBLIC_KEY, lying_public));
	CU_ASSERT_FALSE(attrs_equal(&c->answer.object.view, CKA_PUBLIC_KEY_INFO, "of another key", 14));
	CU_ASSERT_TRUE(attrs_get(&c->answer.object.view, CKA_PUBLIC_KEY_INFO, &p, &n) && n == 91);
	OK(import(c, CKO_DATA, data_of_so_many_bits));
	CU_ASSERT_FALSE(attrs_has(&c->answer.object.view, CKA_MODULUS_BITS));
	/* PKCS #11 Base 2.40, table 10, footnote 10: the SO alone makes a key trusted. */
	OK(import(c, CKO_PUBLIC_KEY, trusted_public));
	CU_ASSERT_FALSE(attrs_bool(&c->answer.object.view, CKA_TRUSTED));
	CU_ASSERT_EQUAL(client_count(c, 1, "imported"), 4);
	client_free(c);
	hsm_leave(&h);
}

static const struct sentence sentences[] = {
	SENTENCE(what_may_not_be_read_is_not_shown_and_matches_nothing),
	SENTENCE(private_keys_come_from_outside_only_where_the_policy_says_so),
	SENTENCE(the_modules_own_objects_are_looked_at_before_they_are_kept),
};

SUITE("server_import", sentences)
