#include "tests/unit/client.h"

#include <string.h>

#include "tests/unit/suite.h"

static void
again(struct solo *w)
{
	client_free(w->c);
	hsm_again(&w->h);
	w->c = client_user(&w->h);
}

static CK_RV
work(struct client *c, uint8_t id, CK_MECHANISM_TYPE type, uint64_t uid, size_t n)
{
	static const uint8_t zeros[WIRE_DATA_MAX];
	struct wire_request *const r = client_ask(c, id, 1);

	client_mech(c, type);
	if (type == CKM_AES_CBC_PAD)
		c->mech.iv_n = 16;
	r->uid = uid;
	r->data = (struct wire_bytes){ zeros, n };
	r->flags = CKF_SIGN;
	return client_call(c);
}

/* A pair of RSA, of 2048 bits; the template's more. */
static uint64_t
rsa(struct client *c, void (*more)(struct attrs *private))
{
	client_ask(c, WIRE_GENERATE_PAIR, 1);
	client_mech(c, CKM_RSA_PKCS_KEY_PAIR_GEN);
	attrs_put_ulong(client_set(c), CKA_MODULUS_BITS, 2048);
	attrs_put_bool(client_set(c), CKA_TOKEN, 1);
	attrs_put_bool(client_set2(c), CKA_TOKEN, 1);
	if (more != NULL)
		more(client_set2(c));
	OK(client_call(c));
	return c->answer.object2.uid;
}

static uint64_t
ec_with(struct client *c, void (*more)(struct attrs *private))
{
	uint8_t params[10];

	client_ask(c, WIRE_GENERATE_PAIR, 1);
	client_mech(c, CKM_EC_KEY_PAIR_GEN);
	attrs_put(client_set(c), CKA_EC_PARAMS, params,
	    hex("06082a8648ce3d030107", params, sizeof(params)));
	attrs_put_bool(client_set2(c), CKA_TOKEN, 1);
	more(client_set2(c));
	OK(client_call(c));
	return c->answer.object2.uid;
}

static void
no_signature(struct attrs *a)
{
	attrs_put_bool(a, CKA_SIGN, 0);
	attrs_put_bool(a, CKA_DERIVE, 1);
}

static void
sha256_only(struct attrs *a)
{
	static const uint8_t list[8] = { 0, 0, 0, 0, 0, 0, 0x10, 0x44 };	/* CKM_ECDSA_SHA256 */

	attrs_put(a, CKA_ALLOWED_MECHANISMS, list, sizeof(list));
}

/* As SoftHSM2 tells it of keys without a restriction. */
static void
none_named(struct attrs *a)
{
	attrs_put(a, CKA_ALLOWED_MECHANISMS, NULL, 0);
}

static void
each_time(struct attrs *a)
{
	attrs_put_bool(a, CKA_ALWAYS_AUTHENTICATE, 1);
}

/* Whatever the module says: it is asked without one. */
static void
a_key_does_what_its_attributes_say_and_no_more(void)
{
	struct solo w;
	uint64_t ec, aes, mute, strict, public;

	solo_enter(&w);
	ec = client_ec(w.c, 1, 1);
	public = w.c->answer.object.uid;
	aes = client_aes(w.c, 1, 1);
	OK(work(w.c, WIRE_SIGN, CKM_ECDSA, ec, 32));
	CU_ASSERT_EQUAL(w.c->answer.data.n, 64);
	OK(work(w.c, WIRE_ENCRYPT, CKM_AES_CBC_PAD, aes, 32));
	CU_ASSERT_EQUAL(w.c->answer.data.n, 48);
	CU_ASSERT_EQUAL(work(w.c, WIRE_SIGN, CKM_RSA_PKCS, ec, 32), CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(work(w.c, WIRE_SIGN, CKM_SHA256_HMAC, aes, 32), CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(work(w.c, WIRE_SIGN, CKM_ECDSA, aes, 32), CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(work(w.c, WIRE_SIGN, CKM_ECDSA, public, 32), CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(work(w.c, WIRE_ENCRYPT, CKM_AES_CBC_PAD, ec, 32),
	    CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(work(w.c, WIRE_SIGN, CKM_ECDSA, 4711, 32), CKR_KEY_HANDLE_INVALID);
	CU_ASSERT_EQUAL(work(w.c, WIRE_SIGN, CKM_ECDSA_SHA256, ec, 31), CKR_DATA_LEN_RANGE);
	mute = ec_with(w.c, no_signature);
	CU_ASSERT_EQUAL(client_sign(w.c, 1, mute, 0), CKR_KEY_FUNCTION_NOT_PERMITTED);
	CU_ASSERT_EQUAL(work(w.c, WIRE_SIGN, CKM_RSA_PKCS, mute, 32), CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(work(w.c, WIRE_OP_BEGIN, CKM_ECDSA, mute, 0),
	    CKR_KEY_FUNCTION_NOT_PERMITTED);
	/* PKCS #11 Base 2.40, 4.8: and only by the mechanisms that it allows. */
	strict = ec_with(w.c, sha256_only);
	CU_ASSERT_EQUAL(client_sign(w.c, 1, strict, 0), CKR_MECHANISM_INVALID);
	OK(work(w.c, WIRE_SIGN, CKM_ECDSA_SHA256, strict, 32));
	OK(client_sign(w.c, 1, ec_with(w.c, none_named), 0));
	solo_leave(&w);
}

static void
a_mac_is_made_and_checked_here(void)
{
	struct solo w;
	struct wire_request *r;
	uint8_t mac[32];
	uint64_t uid;

	solo_enter(&w);
	client_ask(w.c, WIRE_GENERATE, 1);
	client_mech(w.c, CKM_GENERIC_SECRET_KEY_GEN);
	attrs_put_ulong(client_set(w.c), CKA_VALUE_LEN, 32);
	attrs_put_bool(client_set(w.c), CKA_SIGN, 1);
	attrs_put_bool(client_set(w.c), CKA_VERIFY, 1);
	OK(client_call(w.c));
	uid = w.c->answer.object.uid;
	OK(work(w.c, WIRE_SIGN, CKM_SHA256_HMAC, uid, 100));
	CU_ASSERT_EQUAL_FATAL(w.c->answer.data.n, 32);
	memcpy(mac, w.c->answer.data.p, 32);
	for (int wrong = 0; wrong < 3; wrong++) {
		static const uint8_t zeros[100];

		r = client_ask(w.c, WIRE_VERIFY, 1);
		client_mech(w.c, CKM_SHA256_HMAC);
		r->uid = uid;
		r->data = (struct wire_bytes){ zeros, sizeof(zeros) };
		mac[0] = (uint8_t)(mac[0] ^ (wrong == 1));
		r->data2 = (struct wire_bytes){ mac, wrong == 2 ? 31 : 32 };
		CU_ASSERT_EQUAL(client_call(w.c), wrong == 0 ? CKR_OK :
		    wrong == 1 ? CKR_SIGNATURE_INVALID : CKR_SIGNATURE_LEN_RANGE);
	}
	solo_leave(&w);
}

static CK_RV
reauth(struct client *c, uint64_t uid, const char *pin)
{
	struct wire_request *const r = client_ask(c, WIRE_REAUTH, 1);

	r->uid = uid;
	r->has_pin = 1;
	r->pin = (struct wire_bytes){ (const uint8_t *)pin, strlen(pin) };
	return client_call(c);
}

/* PKCS #11 Base 2.40, 4.9, CKA_ALWAYS_AUTHENTICATE. */
static void
a_ticket_is_good_for_one_use_of_one_key(void)
{
	struct solo w;
	struct client *other;
	uint64_t uid, plain, second, ticket;

	solo_enter(&w);
	uid = ec_with(w.c, each_time);
	second = ec_with(w.c, each_time);
	plain = client_ec(w.c, 1, 1);
	CU_ASSERT_EQUAL(client_sign(w.c, 1, uid, 0), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(client_sign(w.c, 1, uid, 1), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(reauth(w.c, uid, "wrong code"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(reauth(w.c, plain, USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
	CU_ASSERT_EQUAL(reauth(w.c, 4711, USER_PIN), CKR_KEY_HANDLE_INVALID);
	OK(reauth(w.c, uid, USER_PIN));
	ticket = w.c->answer.ticket;
	OK(client_sign(w.c, 1, uid, ticket));
	CU_ASSERT_EQUAL(client_sign(w.c, 1, uid, ticket), CKR_USER_NOT_LOGGED_IN);
	/* Not with another key, nor afterwards with the one it was for. */
	OK(reauth(w.c, uid, USER_PIN));
	ticket = w.c->answer.ticket;
	CU_ASSERT_EQUAL(client_sign(w.c, 1, second, ticket), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(client_sign(w.c, 1, uid, ticket), CKR_USER_NOT_LOGGED_IN);
	/* Not by another application. */
	other = client_new(&w.h, NULL);
	OK(client_login(other, 1, CKU_USER, USER_PIN));
	OK(reauth(w.c, uid, USER_PIN));
	ticket = w.c->answer.ticket;
	CU_ASSERT_EQUAL(client_sign(other, 1, uid, ticket), CKR_USER_NOT_LOGGED_IN);
	/* Not after a logout. */
	OK(client_logout(w.c, 1));
	CU_ASSERT_EQUAL(reauth(w.c, uid, USER_PIN), CKR_USER_NOT_LOGGED_IN);
	OK(client_login(w.c, 1, CKU_USER, USER_PIN));
	CU_ASSERT_EQUAL(client_sign(w.c, 1, uid, ticket), CKR_USER_NOT_LOGGED_IN);
	client_free(other);
	solo_leave(&w);
}

/* 2.40, 4.9: a PIN that is locked by this ends the login as well, of him who asked. */
static void
a_code_that_is_locked_at_a_signature_ends_the_login(void)
{
	struct solo w;
	struct client *other;
	uint64_t uid;

	solo_enter(&w);
	uid = ec_with(w.c, each_time);
	other = client_new(&w.h, NULL);
	OK(client_login(other, 1, CKU_USER, USER_PIN));
	for (int i = 0; i < SLOT_TRIES; i++)
		CU_ASSERT_EQUAL(reauth(w.c, uid, "wrong code"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(reauth(w.c, uid, USER_PIN), CKR_PIN_LOCKED);
	CU_ASSERT_EQUAL(client_logout(w.c, 1), CKR_USER_NOT_LOGGED_IN);
	OK(client_logout(other, 1));
	client_free(other);
	solo_leave(&w);
}

static void
pkcs1_decryption_and_raw_rsa_are_for_whom_the_policy_has_them(void)
{
	struct solo w;
	uint64_t uid;

	solo_enter(&w);
	uid = rsa(w.c, NULL);
	OK(work(w.c, WIRE_SIGN, CKM_RSA_PKCS, uid, 32));
	CU_ASSERT_EQUAL(w.c->answer.data.n, 256);
	CU_ASSERT_NOT_EQUAL(work(w.c, WIRE_DECRYPT, CKM_RSA_PKCS, uid, 256), CKR_MECHANISM_INVALID);
	CU_ASSERT_NOT_EQUAL(work(w.c, WIRE_SIGN, CKM_RSA_X_509, uid, 256), CKR_MECHANISM_INVALID);
	w.h.policy.rsa_pkcs1_decrypt = w.h.policy.rsa_raw = 0;
	again(&w);
	OK(work(w.c, WIRE_SIGN, CKM_RSA_PKCS, uid, 32));
	CU_ASSERT_EQUAL(work(w.c, WIRE_DECRYPT, CKM_RSA_PKCS, uid, 256), CKR_MECHANISM_INVALID);
	CU_ASSERT_EQUAL(work(w.c, WIRE_SIGN, CKM_RSA_X_509, uid, 256), CKR_MECHANISM_INVALID);
	CU_ASSERT_EQUAL(work(w.c, WIRE_DECRYPT, CKM_RSA_X_509, uid, 256), CKR_MECHANISM_INVALID);
	solo_leave(&w);
}

static const struct sentence sentences[] = {
	SENTENCE(a_key_does_what_its_attributes_say_and_no_more),
	SENTENCE(a_mac_is_made_and_checked_here),
	SENTENCE(a_ticket_is_good_for_one_use_of_one_key),
	SENTENCE(a_code_that_is_locked_at_a_signature_ends_the_login),
	SENTENCE(pkcs1_decryption_and_raw_rsa_are_for_whom_the_policy_has_them),
};

SUITE("server_sign", sentences)
