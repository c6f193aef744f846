#include <stdio.h>
#include <string.h>

#include "hsm/pkcs11/module_list.h"
#include "tests/unit/module_calls.h"
#include "tests/unit/module_peer.h"

/* What the module does by itself while somebody who says yes to everything sits at the socket. */

static const CK_FUNCTION_LIST *f;
static const CK_FUNCTION_LIST_3_0 *f3;
static struct peer peer;

static void
begin(void)
{
	CK_INTERFACE *interface;

	peer_dir(&peer);
	peer_start(&peer);
	OK(C_GetInterface(NULL, NULL, &interface, 0));
	f3 = interface->pFunctionList;
	f = &f3->base;
	OK(f->C_Initialize(NULL));
}

static void
end(void)
{
	OK(f->C_Finalize(NULL));
	peer_stop(&peer);
}

static CK_SESSION_HANDLE
session(CK_SLOT_ID slot, CK_FLAGS flags)
{
	CK_SESSION_HANDLE h = 0;

	OK(f->C_OpenSession(slot, CKF_SERIAL_SESSION | flags, NULL, NULL, &h));
	return h;
}

static CK_STATE
state(CK_SESSION_HANDLE h)
{
	CK_SESSION_INFO info = { 0 };

	OK(f->C_GetSessionInfo(h, &info));
	return info.state;
}

static CK_UTF8CHAR pin[] = "12345678";
#define LOGIN(h, user) f->C_Login(h, user, pin, 8)

/* Arguments. --------------------------------------------------------------- */

static void
every_function_names_what_is_wrong_with_its_arguments(void)
{
	CK_SESSION_HANDLE h;

	begin();
	h = session(3, 0);
	for (size_t i = 0; i < module_calls_n; i++) {
		const struct module_call *c = &module_calls[i];
		const CK_RV none = c->call(f3, 4711, 10), nothing = c->call(f3, h, 3);

		if (none != c->none || nothing != c->nothing)
			printf("    %s: 0x%lx 0x%lx\n", c->name, none, nothing);
		CU_ASSERT_EQUAL(none, c->none);
		CU_ASSERT_EQUAL(nothing, c->nothing);
	}
	end();
}

/* Sessions. ---------------------------------------------------------------- */

static void
sessions_are_counted_where_vault_can_see_it(void)
{
	CK_SESSION_HANDLE h[3];

	begin();
	h[0] = session(3, 0);
	h[1] = session(3, CKF_RW_SESSION);
	h[2] = session(4, 0);
	CU_ASSERT_EQUAL(peer.own->sessions[3], 2);
	CU_ASSERT_EQUAL(peer.own->sessions[4], 1);
	OK(f->C_CloseSession(h[0]));
	CU_ASSERT_EQUAL(peer.own->sessions[3], 1);
	CU_ASSERT_EQUAL(f->C_CloseSession(h[0]), CKR_SESSION_HANDLE_INVALID);
	OK(f->C_CloseAllSessions(3));
	CU_ASSERT_EQUAL(peer.own->sessions[3], 0);
	CU_ASSERT_EQUAL(f->C_CloseSession(h[1]), CKR_SESSION_HANDLE_INVALID);
	CU_ASSERT_EQUAL(state(h[2]), CKS_RO_PUBLIC_SESSION);
	/* A handle is not used a second time. */
	CU_ASSERT(session(3, 0) > h[2]);
	/* And nobody was asked for all of that. */
	CU_ASSERT_EQUAL(peer.calls[WIRE_CLOSE] + peer.calls[WIRE_LOGOUT], 0);
	end();
}

static void
a_session_is_serial(void)
{
	CK_SESSION_HANDLE h;

	begin();
	CU_ASSERT_EQUAL(f->C_OpenSession(3, CKF_RW_SESSION, NULL, NULL, &h),
	    CKR_SESSION_PARALLEL_NOT_SUPPORTED);
	CU_ASSERT_EQUAL(f->C_OpenSession(10, CKF_SERIAL_SESSION, NULL, NULL, &h),
	    CKR_SLOT_ID_INVALID);
	__atomic_store_n(&peer.page->slot[3].present, 0, __ATOMIC_RELEASE);
	CU_ASSERT_EQUAL(f->C_OpenSession(3, CKF_SERIAL_SESSION, NULL, NULL, &h),
	    CKR_TOKEN_NOT_PRESENT);
	end();
}

static void
vault_ends_the_sessions_of_a_slot(void)
{
	CK_SESSION_HANDLE h, other, again;

	begin();
	h = session(3, 0);
	other = session(4, 0);
	OK(LOGIN(h, CKU_USER));
	__atomic_add_fetch(&peer.page->slot[3].closings, 1, __ATOMIC_RELEASE);
	CU_ASSERT_EQUAL(LOGIN(h, CKU_USER), CKR_SESSION_HANDLE_INVALID);
	CU_ASSERT_EQUAL(f->C_CloseSession(h), CKR_SESSION_HANDLE_INVALID);
	CU_ASSERT_EQUAL(peer.own->sessions[3], 0);
	CU_ASSERT_EQUAL(state(other), CKS_RO_PUBLIC_SESSION);
	again = session(3, 0);
	CU_ASSERT_EQUAL(state(again), CKS_RO_PUBLIC_SESSION);
	end();
}

/* Logins (PKCS #11 Base 2.40, 5.6). ---------------------------------------- */

static void
a_login_is_that_of_all_sessions_in_the_slot(void)
{
	CK_SESSION_HANDLE ro, rw, other;

	begin();
	ro = session(3, 0);
	rw = session(3, CKF_RW_SESSION);
	other = session(4, CKF_RW_SESSION);
	OK(LOGIN(ro, CKU_USER));
	CU_ASSERT_EQUAL(state(ro), CKS_RO_USER_FUNCTIONS);
	CU_ASSERT_EQUAL(state(rw), CKS_RW_USER_FUNCTIONS);
	CU_ASSERT_EQUAL(state(other), CKS_RW_PUBLIC_SESSION);
	CU_ASSERT_EQUAL(LOGIN(rw, CKU_USER), CKR_USER_ALREADY_LOGGED_IN);
	CU_ASSERT_EQUAL(LOGIN(rw, CKU_SO), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	OK(f->C_Logout(rw));
	CU_ASSERT_EQUAL(state(ro), CKS_RO_PUBLIC_SESSION);
	CU_ASSERT_EQUAL(f->C_Logout(ro), CKR_USER_NOT_LOGGED_IN);
	end();
}

static void
the_so_and_read_only_sessions_exclude_each_other(void)
{
	CK_SESSION_HANDLE ro, rw, h;

	begin();
	ro = session(3, 0);
	rw = session(3, CKF_RW_SESSION);
	CU_ASSERT_EQUAL(LOGIN(rw, CKU_SO), CKR_SESSION_READ_ONLY_EXISTS);
	OK(f->C_CloseSession(ro));
	OK(LOGIN(rw, CKU_SO));
	CU_ASSERT_EQUAL(state(rw), CKS_RW_SO_FUNCTIONS);
	CU_ASSERT_EQUAL(f->C_OpenSession(3, CKF_SERIAL_SESSION, NULL, NULL, &h),
	    CKR_SESSION_READ_WRITE_SO_EXISTS);
	end();
}

static void
with_its_last_session_a_login_ends(void)
{
	CK_SESSION_HANDLE one, two;

	begin();
	one = session(3, 0);
	two = session(3, 0);
	OK(LOGIN(one, CKU_USER));
	OK(f->C_CloseSession(one));
	CU_ASSERT_EQUAL(peer.calls[WIRE_LOGOUT], 0);
	OK(f->C_CloseSession(two));
	CU_ASSERT_EQUAL(peer.calls[WIRE_LOGOUT], 1);
	one = session(3, 0);
	CU_ASSERT_EQUAL(state(one), CKS_RO_PUBLIC_SESSION);
	end();
}

static int
wrong_pin(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	(void)p;
	if (r->id == WIRE_LOGIN)
		a->rv = r->has_pin ? CKR_PIN_INCORRECT : CKR_ARGUMENTS_BAD;
	return 0;
}

static void
a_login_that_fails_is_none(void)
{
	CK_UTF8CHAR pins[WIRE_PIN_MAX + 1] = { 0 };
	CK_SESSION_HANDLE h;

	begin();
	peer.say = wrong_pin;
	h = session(3, 0);
	CU_ASSERT_EQUAL(LOGIN(h, CKU_USER), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(f->C_Login(h, CKU_USER, NULL, 0), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(state(h), CKS_RO_PUBLIC_SESSION);
	CU_ASSERT_EQUAL(LOGIN(h, 3), CKR_USER_TYPE_INVALID);
	CU_ASSERT_EQUAL(LOGIN(h, CKU_CONTEXT_SPECIFIC), CKR_OPERATION_NOT_INITIALIZED);
	CU_ASSERT_EQUAL(peer.calls[WIRE_LOGIN], 2);
	/* No code is that long: it costs no try. */
	CU_ASSERT_EQUAL(f->C_Login(h, CKU_USER, pins, sizeof(pins)), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(peer.calls[WIRE_LOGIN], 2);
	CU_ASSERT_EQUAL(f3->C_LoginUser(h, CKU_USER, pin, 8, pin, 1), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(f3->C_LoginUser(h, CKU_USER, pin, 8, NULL, 0), CKR_PIN_INCORRECT);
	end();
}

static void
pins_are_changed_in_sessions_that_may(void)
{
	CK_SESSION_HANDLE ro, rw;
	CK_UTF8CHAR label[32] = "a label", pins[WIRE_PIN_MAX + 1] = { 0 };

	begin();
	ro = session(3, 0);
	CU_ASSERT_EQUAL(f->C_SetPIN(ro, pin, 8, pin, 8), CKR_SESSION_READ_ONLY);
	CU_ASSERT_EQUAL(f->C_InitToken(3, pin, 8, label), CKR_SESSION_EXISTS);
	OK(f->C_CloseSession(ro));
	OK(f->C_InitToken(3, pin, 8, label));
	CU_ASSERT_EQUAL(f->C_InitToken(10, pin, 8, label), CKR_SLOT_ID_INVALID);
	rw = session(3, CKF_RW_SESSION);
	OK(f->C_SetPIN(rw, pin, 8, pin, 8));
	CU_ASSERT_EQUAL(f->C_SetPIN(rw, pin, 8, pins, sizeof(pins)), CKR_PIN_LEN_RANGE);
	CU_ASSERT_EQUAL(f->C_InitPIN(rw, pin, 8), CKR_USER_NOT_LOGGED_IN);
	OK(LOGIN(rw, CKU_SO));
	OK(f->C_InitPIN(rw, pin, 8));
	CU_ASSERT_EQUAL(peer.calls[WIRE_INIT_TOKEN], 1);
	CU_ASSERT_EQUAL(peer.calls[WIRE_INIT_PIN], 1);
	CU_ASSERT_EQUAL(peer.calls[WIRE_SET_PIN], 1);
	end();
}

/* Digests and random numbers. ---------------------------------------------- */

static CK_BYTE abc[] = "abc";
/* FIPS 180-2, appendix B.1. */
static const char abc_sha256[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void
a_digest_follows_the_rules_of_buffers(void)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_BYTE out[32], want[32];
	CK_SESSION_HANDLE h;
	CK_ULONG n = 0;

	hex(abc_sha256, want, sizeof(want));
	begin();
	h = session(3, 0);
	OK(f->C_DigestInit(h, &sha256));
	CU_ASSERT_EQUAL(f->C_DigestInit(h, &sha256), CKR_OPERATION_ACTIVE);
	OK(f->C_Digest(h, abc, 3, NULL, &n));
	CU_ASSERT_EQUAL(n, 32);
	n = 31;
	CU_ASSERT_EQUAL(f->C_Digest(h, abc, 3, out, &n), CKR_BUFFER_TOO_SMALL);
	CU_ASSERT_EQUAL(n, 32);
	OK(f->C_Digest(h, abc, 3, out, &n));
	SAME(out, want, 32);
	CU_ASSERT_EQUAL(f->C_Digest(h, abc, 3, out, &n), CKR_OPERATION_NOT_INITIALIZED);
	end();
}

static void
a_digest_in_parts_is_that_of_the_whole(void)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_BYTE out[32], want[32];
	CK_SESSION_HANDLE h;
	CK_ULONG n = sizeof(out);

	hex(abc_sha256, want, sizeof(want));
	begin();
	h = session(3, 0);
	OK(f->C_DigestInit(h, &sha256));
	OK(f->C_DigestUpdate(h, abc, 1));
	OK(f->C_DigestUpdate(h, NULL, 0));
	OK(f->C_DigestUpdate(h, abc + 1, 2));
	OK(f->C_DigestFinal(h, out, &n));
	SAME(out, want, 32);
	/* C_Digest does not end what is in parts, and an error ends it. */
	OK(f->C_DigestInit(h, &sha256));
	OK(f->C_DigestUpdate(h, abc, 1));
	CU_ASSERT_EQUAL(f->C_Digest(h, abc, 3, out, &n), CKR_OPERATION_NOT_INITIALIZED);
	CU_ASSERT_EQUAL(f->C_DigestFinal(h, out, &n), CKR_OPERATION_NOT_INITIALIZED);
	OK(f->C_DigestInit(h, &sha256));
	CU_ASSERT_EQUAL(f->C_DigestUpdate(h, NULL, 1), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(f->C_DigestFinal(h, out, &n), CKR_OPERATION_NOT_INITIALIZED);
	end();
}

/* PKCS #11 Base 3.0, 5.6.8 and 5.10.1; 2.40, 5.6, C_GetOperationState. */
static void
a_digest_can_be_cancelled_but_not_saved(void)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 }, other = { CKM_AES_CBC, NULL, 0 };
	CK_SESSION_HANDLE h;
	CK_BYTE byte = 0;
	CK_ULONG n = 0;

	begin();
	h = session(3, 0);
	/* A search is no cryptographic operation. */
	OK(f->C_FindObjectsInit(h, NULL, 0));
	CU_ASSERT_EQUAL(f->C_GetOperationState(h, NULL, &n), CKR_OPERATION_NOT_INITIALIZED);
	OK(f->C_DigestInit(h, &sha256));
	CU_ASSERT_EQUAL(f->C_GetOperationState(h, NULL, &n), CKR_STATE_UNSAVEABLE);
	CU_ASSERT_EQUAL(f->C_SetOperationState(h, &byte, 1, 0, 0), CKR_SAVED_STATE_INVALID);
	OK(f->C_DigestInit(h, NULL));
	OK(f->C_DigestInit(h, &sha256));
	OK(f3->C_SessionCancel(h, CKF_SIGN));
	CU_ASSERT_EQUAL(f->C_DigestInit(h, &sha256), CKR_OPERATION_ACTIVE);
	OK(f3->C_SessionCancel(h, CKF_DIGEST));
	CU_ASSERT_EQUAL(f->C_DigestInit(h, &other), CKR_MECHANISM_INVALID);
	sha256.pParameter = &byte;
	sha256.ulParameterLen = 1;
	CU_ASSERT_EQUAL(f->C_DigestInit(h, &sha256), CKR_MECHANISM_PARAM_INVALID);
	end();
}

/* What was cancelled had parts, of which the next one knows nothing. */
static void
a_digest_after_one_that_was_cancelled_begins_anew(void)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_BYTE out[32], want[32];
	CK_SESSION_HANDLE h;
	CK_ULONG n = sizeof(out);

	hex(abc_sha256, want, sizeof(want));
	begin();
	h = session(3, 0);
	for (int how = 0; how < 2; how++) {
		OK(f->C_DigestInit(h, &sha256));
		OK(f->C_DigestUpdate(h, abc, 3));
		OK(how == 0 ? f3->C_SessionCancel(h, CKF_DIGEST) : f->C_DigestInit(h, NULL));
		OK(f->C_DigestInit(h, &sha256));
		OK(f->C_Digest(h, abc, 3, out, &n));
		SAME(out, want, 32);
	}
	end();
}

static void
random_numbers_need_no_call(void)
{
	CK_BYTE one[16] = { 0 }, two[16] = { 0 };
	CK_SESSION_HANDLE h;

	begin();
	h = session(3, 0);
	OK(f->C_SeedRandom(h, one, sizeof(one)));
	OK(f->C_GenerateRandom(h, one, sizeof(one)));
	OK(f->C_GenerateRandom(h, two, sizeof(two)));
	CU_ASSERT_NOT_EQUAL(memcmp(one, two, sizeof(one)), 0);
	OK(f->C_GenerateRandom(h, one, 0));
	for (int i = WIRE_TOKEN; i < WIRE_CALLS; i++)
		CU_ASSERT_EQUAL(peer.calls[i], 0);
	end();
}

static const struct sentence table[] = {
	SENTENCE(every_function_names_what_is_wrong_with_its_arguments),
	SENTENCE(sessions_are_counted_where_vault_can_see_it),
	SENTENCE(a_session_is_serial),
	SENTENCE(vault_ends_the_sessions_of_a_slot),
	SENTENCE(a_login_is_that_of_all_sessions_in_the_slot),
	SENTENCE(the_so_and_read_only_sessions_exclude_each_other),
	SENTENCE(with_its_last_session_a_login_ends),
	SENTENCE(a_login_that_fails_is_none),
	SENTENCE(pins_are_changed_in_sessions_that_may),
	SENTENCE(a_digest_follows_the_rules_of_buffers),
	SENTENCE(a_digest_in_parts_is_that_of_the_whole),
	SENTENCE(a_digest_can_be_cancelled_but_not_saved),
	SENTENCE(a_digest_after_one_that_was_cancelled_begins_anew),
	SENTENCE(random_numbers_need_no_call),
};
SUITE("module_session", table)
