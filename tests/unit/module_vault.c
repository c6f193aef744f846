#include "tests/unit/module_user.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* The module and vault, over a socket: objects, signatures, threads. */

static CK_UTF8CHAR so_pin[] = TOKEN_TRIAL_SO;
static CK_OBJECT_CLASS data_object = CKO_DATA;

/* Objects. ----------------------------------------------------------------- */

static void
a_session_object_ends_with_its_session_and_a_token_object_does_not(void)
{
	CK_SESSION_HANDLE h = user_begin(), other = user_session(SLOT);
	CK_OBJECT_HANDLE pub[2], priv[2], key;

	user_pair(other, &no, &pub[0], &priv[0]);
	user_pair(other, &yes, &pub[1], &priv[1]);
	key = user_aes(other, &no);
	CU_ASSERT_EQUAL(user_count(h, NULL, 0), 5);
	OK(f->C_CloseSession(other));
	CU_ASSERT_EQUAL(user_count(h, NULL, 0), 1);
	CU_ASSERT_EQUAL(user_class(h, pub[0]), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(user_class(h, priv[0]), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(user_class(h, key), CKR_OBJECT_HANDLE_INVALID);
	OK(user_class(h, priv[1]));
	user_end();
}

static void
with_the_logout_private_objects_go(void)
{
	CK_SESSION_HANDLE h = user_begin();
	CK_ATTRIBUTE t[] = { { CKA_CLASS, &data_object, sizeof(data_object) },
		BOOL(CKA_PRIVATE, yes), TEXT(CKA_VALUE, "mine") };
	CK_OBJECT_HANDLE pub, priv, key, mine;

	user_pair(h, &yes, &pub, &priv);
	key = user_aes(h, &no);
	OK(f->C_CreateObject(h, t, N(t), &mine));
	OK(f->C_Logout(h));
	OK(user_class(h, pub));
	CU_ASSERT_EQUAL(user_class(h, priv), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(user_class(h, key), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(user_class(h, mine), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(f->C_CreateObject(h, t, N(t), &mine), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(user_count(h, NULL, 0), 1);
	OK(f->C_Login(h, CKU_USER, user_pin, USER_PIN_LEN));
	CU_ASSERT_EQUAL(user_class(h, priv), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(user_count(h, NULL, 0), 2);
	user_end();
}

static void
an_object_is_copied_between_session_and_token(void)
{
	CK_SESSION_HANDLE h = user_begin();
	CK_ATTRIBUTE t[] = { { CKA_CLASS, &data_object, sizeof(data_object) },
		BOOL(CKA_PRIVATE, no), TEXT(CKA_LABEL, "one"), TEXT(CKA_VALUE, "value") };
	CK_ATTRIBUTE onto[] = { BOOL(CKA_TOKEN, yes), TEXT(CKA_LABEL, "two") };
	CK_ATTRIBUTE back[] = { BOOL(CKA_TOKEN, no), TEXT(CKA_LABEL, "three") };
	CK_ATTRIBUTE label = TEXT(CKA_LABEL, "three");
	CK_BYTE value[5];
	CK_ATTRIBUTE get = { CKA_VALUE, value, sizeof(value) };
	CK_OBJECT_HANDLE one, two, three, pub, priv, kept;

	OK(f->C_CreateObject(h, t, N(t), &one));
	OK(f->C_CopyObject(h, one, onto, N(onto), &two));
	OK(f->C_CopyObject(h, two, back, N(back), &three));
	CU_ASSERT_EQUAL(user_count(h, &label, 1), 1);
	OK(f->C_GetAttributeValue(h, three, &get, 1));
	SAME(value, "value", 5);
	/* As Java stores a pair: made in the session, then copied. */
	user_pair(h, &no, &pub, &priv);
	OK(f->C_CopyObject(h, priv, onto, N(onto), &kept));
	OK(f->C_CloseSession(h));
	h = user_session(SLOT);
	CU_ASSERT_EQUAL(user_class(h, one), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(user_class(h, three), CKR_OBJECT_HANDLE_INVALID);
	OK(user_class(h, two));
	OK(f->C_Login(h, CKU_USER, user_pin, USER_PIN_LEN));
	CU_ASSERT_EQUAL(user_count(h, onto, N(onto)), 2);
	user_end();
}

/* PKCS #11 Base 2.40, 5.7, C_GetAttributeValue. */
static void
each_attribute_is_answered_for_itself(void)
{
	CK_SESSION_HANDLE h = user_begin();
	CK_OBJECT_HANDLE pub, priv;
	CK_BYTE room[64];
	CK_ATTRIBUTE t[] = { { CKA_VALUE, room, sizeof(room) }, { CKA_LABEL, NULL, 0 },
		{ CKA_MODULUS, room, sizeof(room) }, { CKA_LABEL, room, 1 },
		{ CKA_LABEL, room, sizeof(room) } };

	user_pair(h, &yes, &pub, &priv);
	CU_ASSERT_NOT_EQUAL(f->C_GetAttributeValue(h, priv, t, N(t)), CKR_OK);
	CU_ASSERT_EQUAL(t[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	CU_ASSERT_EQUAL(t[1].ulValueLen, 2);
	CU_ASSERT_EQUAL(t[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	CU_ASSERT_EQUAL(t[3].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	CU_ASSERT_EQUAL(t[4].ulValueLen, 2);
	SAME(room, "ec", 2);
	t[0].ulValueLen = t[2].ulValueLen = sizeof(room);
	t[3].ulValueLen = 1;
	CU_ASSERT_EQUAL(f->C_GetAttributeValue(h, priv, &t[0], 1), CKR_ATTRIBUTE_SENSITIVE);
	CU_ASSERT_EQUAL(f->C_GetAttributeValue(h, priv, &t[2], 1), CKR_ATTRIBUTE_TYPE_INVALID);
	CU_ASSERT_EQUAL(f->C_GetAttributeValue(h, priv, &t[3], 1), CKR_BUFFER_TOO_SMALL);
	user_end();
}

static void
what_another_session_changes_is_seen(void)
{
	CK_SESSION_HANDLE h = user_begin(), other = user_session(SLOT);
	CK_ATTRIBUTE id = TEXT(CKA_ID, "0123456789");
	CK_OBJECT_HANDLE pub, priv;
	CK_BYTE room[16];
	CK_ATTRIBUTE get = { CKA_ID, room, sizeof(room) };

	user_pair(h, &yes, &pub, &priv);
	OK(f->C_SetAttributeValue(other, priv, &id, 1));
	OK(f->C_SetAttributeValue(other, pub, &id, 1));
	OK(f->C_GetAttributeValue(h, priv, &get, 1));
	CU_ASSERT_EQUAL(get.ulValueLen, 10);
	CU_ASSERT_EQUAL(user_count(h, &id, 1), 2);
	OK(f->C_DestroyObject(other, priv));
	CU_ASSERT_EQUAL(user_class(h, priv), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(f->C_DestroyObject(h, priv), CKR_OBJECT_HANDLE_INVALID);
	OK(f->C_DestroyObject(h, pub));
	CU_ASSERT_EQUAL(user_count(h, NULL, 0), 0);
	user_end();
}

static void
a_search_goes_on_over_many_messages(void)
{
	CK_SESSION_HANDLE h = user_begin();
	CK_ATTRIBUTE t[] = { { CKA_CLASS, &data_object, sizeof(data_object) },
		BOOL(CKA_TOKEN, yes), TEXT(CKA_LABEL, "many") };
	CK_OBJECT_HANDLE o;
	CK_ULONG n = 0;

	for (int i = 0; i < 3 * WIRE_FOUND_MAX + 1; i++)
		OK(f->C_CreateObject(h, t, N(t), &o));
	CU_ASSERT_EQUAL(user_count(h, &t[2], 1), 3 * WIRE_FOUND_MAX + 1);
	/* One at a time, as libp11 does, and never two searches at once. */
	OK(f->C_FindObjectsInit(h, NULL, 0));
	OK(f->C_FindObjects(h, &o, 1, &n));
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(f->C_FindObjectsInit(h, NULL, 0), CKR_OPERATION_ACTIVE);
	OK(f->C_FindObjectsFinal(h));
	CU_ASSERT_EQUAL(f->C_FindObjectsFinal(h), CKR_OPERATION_NOT_INITIALIZED);
	user_end();
}

/* Signatures. -------------------------------------------------------------- */

static void
a_signature_in_parts_is_one_of_the_whole(void)
{
	CK_SESSION_HANDLE h = user_begin();
	CK_MECHANISM m = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_BYTE data[1000], sig[65] = { 0 };
	CK_OBJECT_HANDLE pub, priv;
	CK_ULONG n = 0;

	memset(data, 'd', sizeof(data));
	user_pair(h, &yes, &pub, &priv);
	OK(f->C_SignInit(h, &m, priv));
	CU_ASSERT_EQUAL(f->C_SignInit(h, &m, priv), CKR_OPERATION_ACTIVE);
	OK(f->C_SignUpdate(h, data, 1));
	OK(f->C_SignUpdate(h, data + 1, sizeof(data) - 1));
	OK(f->C_SignFinal(h, NULL, &n));
	CU_ASSERT_EQUAL(n, 64);
	n = 63;
	CU_ASSERT_EQUAL(f->C_SignFinal(h, sig, &n), CKR_BUFFER_TOO_SMALL);
	CU_ASSERT_EQUAL(n, 64);
	OK(f->C_SignFinal(h, sig, &n));
	CU_ASSERT_EQUAL(sig[64], 0);
	CU_ASSERT_EQUAL(f->C_SignFinal(h, sig, &n), CKR_OPERATION_NOT_INITIALIZED);
	OK(user_verify(h, &m, pub, data, sizeof(data), sig, 64));
	data[0] ^= 1;
	CU_ASSERT_EQUAL(user_verify(h, &m, pub, data, sizeof(data), sig, 64), CKR_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(user_verify(h, &m, pub, data, sizeof(data), sig, 63), CKR_SIGNATURE_LEN_RANGE);
	data[0] ^= 1;
	OK(f->C_VerifyInit(h, &m, pub));
	OK(f->C_VerifyUpdate(h, data, sizeof(data)));
	OK(f->C_VerifyFinal(h, sig, 64));
	user_end();
}

static void
a_mechanism_for_one_piece_takes_no_parts_and_c_sign_ends_none(void)
{
	CK_SESSION_HANDLE h = user_begin();
	CK_MECHANISM raw = { CKM_ECDSA, NULL, 0 }, hashed = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_BYTE data[32] = { 0 }, sig[64];
	CK_OBJECT_HANDLE pub, priv;
	CK_ULONG n = sizeof(sig);

	user_pair(h, &yes, &pub, &priv);
	OK(f->C_SignInit(h, &raw, priv));
	CU_ASSERT_EQUAL(f->C_SignUpdate(h, data, 1), CKR_OPERATION_NOT_INITIALIZED);
	CU_ASSERT_EQUAL(f->C_Sign(h, data, 32, sig, &n), CKR_OPERATION_NOT_INITIALIZED);
	OK(f->C_SignInit(h, &hashed, priv));
	OK(f->C_SignUpdate(h, data, 1));
	CU_ASSERT_EQUAL(f->C_Sign(h, data, 32, sig, &n), CKR_OPERATION_NOT_INITIALIZED);
	CU_ASSERT_EQUAL(f->C_SignFinal(h, sig, &n), CKR_OPERATION_NOT_INITIALIZED);
	user_end();
}

/* PKCS #11 Base 2.40, 5.11, C_SignInit. */
static void
a_key_does_what_it_is_for(void)
{
	CK_SESSION_HANDLE h = user_begin();
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 }, rsa = { CKM_RSA_PKCS, NULL, 0 };
	CK_MECHANISM digest = { CKM_SHA256, NULL, 0 }, odd = { 0x80000000UL, NULL, 0 };
	CK_OBJECT_HANDLE pub, priv, key = 0;

	user_pair(h, &yes, &pub, &priv);
	key = user_aes(h, &no);
	CU_ASSERT_EQUAL(f->C_SignInit(h, &odd, priv), CKR_MECHANISM_INVALID);
	CU_ASSERT_EQUAL(f->C_SignInit(h, &digest, priv), CKR_MECHANISM_INVALID);
	CU_ASSERT_EQUAL(f->C_SignInit(h, &rsa, priv), CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(f->C_SignInit(h, &ecdsa, pub), CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(f->C_VerifyInit(h, &ecdsa, priv), CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(f->C_SignInit(h, &ecdsa, key), CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(f->C_SignInit(h, &ecdsa, 0), CKR_KEY_HANDLE_INVALID);
	CU_ASSERT_EQUAL(f->C_SignInit(h, &ecdsa, 4711), CKR_KEY_HANDLE_INVALID);
	user_end();
}

static void
a_key_that_always_asks_signs_once_for_each_pin(void)
{
	static CK_BYTE p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	CK_SESSION_HANDLE h = user_begin();
	CK_MECHANISM gen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 }, m = { CKM_ECDSA, NULL, 0 };
	CK_ATTRIBUTE one[] = { { CKA_EC_PARAMS, p256, sizeof(p256) } };
	CK_ATTRIBUTE two[] = { BOOL(CKA_TOKEN, yes), BOOL(CKA_ALWAYS_AUTHENTICATE, yes) };
	CK_OBJECT_HANDLE pub, priv;
	CK_BYTE data[32] = { 0 }, sig[64];
	CK_ULONG n = sizeof(sig);

	OK(f->C_GenerateKeyPair(h, &gen, one, N(one), two, N(two), &pub, &priv));
	CU_ASSERT_EQUAL(f->C_Login(h, CKU_CONTEXT_SPECIFIC, user_pin, USER_PIN_LEN),
	    CKR_OPERATION_NOT_INITIALIZED);
	OK(f->C_SignInit(h, &m, priv));
	CU_ASSERT_EQUAL(f->C_Sign(h, data, 32, sig, &n), CKR_USER_NOT_LOGGED_IN);
	for (int i = 0; i < 2; i++) {
		OK(f->C_SignInit(h, &m, priv));
		OK(f->C_Login(h, CKU_CONTEXT_SPECIFIC, user_pin, USER_PIN_LEN));
		OK(f->C_Sign(h, data, 32, sig, &n));
	}
	OK(f->C_SignInit(h, &m, priv));
	CU_ASSERT_EQUAL(f->C_Login(h, CKU_CONTEXT_SPECIFIC, so_pin, sizeof(so_pin) - 1),
	    CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(f->C_Sign(h, data, 32, sig, &n), CKR_USER_NOT_LOGGED_IN);
	OK(user_verify(h, &m, pub, data, 32, sig, 64));
	user_end();
}

/* Threads, and a daemon that is started anew. ------------------------------ */

enum { THREADS = 8, ROUNDS = 60 };
static atomic_int stop;

static void *
works(void *arg)
{
	CK_MECHANISM m = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_BYTE data[32] = { 0 }, sig[64];
	CK_SESSION_HANDLE h;
	CK_OBJECT_HANDLE pub, priv;
	CK_RV *rv = arg;

	for (int i = 0; i < ROUNDS && *rv == CKR_OK; i++) {
		CK_ULONG n = sizeof(sig);

		h = user_session(SLOT);
		user_pair(h, i % 8 == 0 ? &yes : &no, &pub, &priv);
		if ((*rv = f->C_SignInit(h, &m, priv)) != CKR_OK ||
		    (*rv = f->C_Sign(h, data, sizeof(data), sig, &n)) != CKR_OK ||
		    (*rv = f->C_VerifyInit(h, &m, pub)) != CKR_OK ||
		    (*rv = f->C_Verify(h, data, sizeof(data), sig, n)) != CKR_OK)
			break;
		*rv = f->C_CloseSession(h);
	}
	return NULL;
}

static void
many_threads_work_side_by_side(void)
{
	CK_SESSION_HANDLE h = user_begin();
	pthread_t threads[THREADS];
	CK_RV rv[THREADS] = { 0 };

	for (size_t i = 0; i < THREADS; i++)
		OK(pthread_create(&threads[i], NULL, works, &rv[i]));
	for (size_t i = 0; i < THREADS; i++) {
		OK(pthread_join(threads[i], NULL));
		CU_ASSERT_EQUAL(rv[i], CKR_OK);
	}
	CU_ASSERT_EQUAL(user_count(h, NULL, 0), THREADS * ((ROUNDS + 7) / 8));
	user_end();
}

static void *
goes_on(void *arg)
{
	CK_MECHANISM m = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_BYTE data[32] = { 0 }, sig[64];
	CK_SESSION_HANDLE h = 0;
	CK_OBJECT_HANDLE o;
	CK_ULONG n;

	(void)arg;
	while (!stop) {
		/* Whatever the answer is, it is one, and comes. */
		f->C_OpenSession(SLOT, CKF_SERIAL_SESSION, NULL, NULL, &h);
		f->C_Login(h, CKU_USER, user_pin, USER_PIN_LEN);
		if (f->C_FindObjectsInit(h, NULL, 0) == CKR_OK) {
			f->C_FindObjects(h, &o, 1, &n);
			f->C_FindObjectsFinal(h);
		}
		n = sizeof(sig);
		if (f->C_SignInit(h, &m, o) == CKR_OK)
			f->C_Sign(h, data, sizeof(data), sig, &n);
		f->C_CloseSession(h);
	}
	return NULL;
}

static void
a_daemon_may_be_started_anew_and_an_application_end_while_threads_work(void)
{
	CK_SESSION_HANDLE h = user_begin();
	CK_OBJECT_HANDLE pub, priv;
	pthread_t threads[4];

	user_pair(h, &yes, &pub, &priv);
	stop = 0;
	for (size_t i = 0; i < N(threads); i++)
		OK(pthread_create(&threads[i], NULL, goes_on, NULL));
	for (int i = 0; i < 3; i++) {
		vault_at_stop(&vault);
		vault_at_start(&vault);
	}
	for (int i = 0; i < 5; i++) {
		OK(f->C_Finalize(NULL));
		OK(f->C_Initialize(NULL));
	}
	stop = 1;
	for (size_t i = 0; i < N(threads); i++)
		OK(pthread_join(threads[i], NULL));
	h = user_session(SLOT);
	OK(f->C_Login(h, CKU_USER, user_pin, USER_PIN_LEN));
	CU_ASSERT_EQUAL(user_count(h, NULL, 0), 1);
	user_end();
}

static void
an_auto_slot_is_logged_in_again_by_itself(void)
{
	CK_SESSION_HANDLE h;
	CK_OBJECT_HANDLE pub, priv;
	CK_MECHANISM m = { CKM_ECDSA, NULL, 0 };
	CK_BYTE data[32] = { 0 }, sig[64];
	CK_ULONG n = sizeof(sig);

	user_begin();
	h = user_session(0);
	OK(f->C_Login(h, CKU_USER, NULL, 0));
	user_pair(h, &yes, &pub, &priv);
	vault_at_stop(&vault);
	vault_at_start(&vault);
	OK(f->C_SignInit(h, &m, priv));
	OK(f->C_Sign(h, data, sizeof(data), sig, &n));
	user_end();
}

static const struct sentence table[] = {
	SENTENCE(a_session_object_ends_with_its_session_and_a_token_object_does_not),
	SENTENCE(with_the_logout_private_objects_go),
	SENTENCE(an_object_is_copied_between_session_and_token),
	SENTENCE(each_attribute_is_answered_for_itself),
	SENTENCE(what_another_session_changes_is_seen),
	SENTENCE(a_search_goes_on_over_many_messages),
	SENTENCE(a_signature_in_parts_is_one_of_the_whole),
	SENTENCE(a_mechanism_for_one_piece_takes_no_parts_and_c_sign_ends_none),
	SENTENCE(a_key_does_what_it_is_for),
	SENTENCE(a_key_that_always_asks_signs_once_for_each_pin),
	SENTENCE(many_threads_work_side_by_side),
	SENTENCE(a_daemon_may_be_started_anew_and_an_application_end_while_threads_work),
	SENTENCE(an_auto_slot_is_logged_in_again_by_itself),
};
SUITE("module_vault", table)
