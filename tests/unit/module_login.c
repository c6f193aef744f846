#include <string.h>

#include "hsm/pkcs11/module_list.h"
#include "tests/unit/module_play.h"

/* Logins while something else happens: what is another thread's is done by the peer here. */

enum { SLOT = 3 };

static CK_RV
log_in(CK_SESSION_HANDLE h, CK_USER_TYPE user)
{
	return f->C_Login(h, user, play_pin, 8);
}

static CK_SESSION_HANDLE
session(CK_FLAGS flags)
{
	CK_SESSION_HANDLE h = 0;

	OK(f->C_OpenSession(SLOT, CKF_SERIAL_SESSION | flags, NULL, NULL, &h));
	return h;
}

static CK_STATE
state(CK_SESSION_HANDLE h)
{
	CK_SESSION_INFO info = { 0 };

	OK(f->C_GetSessionInfo(h, &info));
	return info.state;
}

/* While vault looks at the PIN. -------------------------------------------- */

static CK_SESSION_HANDLE meanwhile;

static int
closes_the_session(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	(void)p;
	(void)a;
	if (r->id == WIRE_LOGIN)
		CU_ASSERT_EQUAL(f->C_CloseSession(meanwhile), CKR_OK);
	return 0;
}

static int
opens_a_session(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	(void)p;
	(void)a;
	if (r->id == WIRE_LOGIN)
		meanwhile = session(0);
	return 0;
}

static void
a_login_does_not_outlive_the_last_session(void)
{
	CK_SESSION_HANDLE other;

	play_begin();
	peer.say = closes_the_session;
	meanwhile = session(CKF_RW_SESSION);
	CU_ASSERT_EQUAL(log_in(meanwhile, CKU_USER), CKR_SESSION_CLOSED);
	CU_ASSERT_EQUAL(peer.calls[WIRE_LOGOUT], 1);
	CU_ASSERT_EQUAL(state(session(0)), CKS_RO_PUBLIC_SESSION);
	/* It is the slot's last one that counts, not the one that the login was made in. */
	meanwhile = session(CKF_RW_SESSION);
	other = session(0);
	OK(log_in(meanwhile, CKU_USER));
	CU_ASSERT_EQUAL(state(other), CKS_RO_USER_FUNCTIONS);
	play_end();
}

static void
the_so_is_not_logged_in_beside_a_session_that_only_reads(void)
{
	CK_SESSION_HANDLE rw;

	play_begin();
	peer.say = opens_a_session;
	rw = session(CKF_RW_SESSION);
	CU_ASSERT_EQUAL(log_in(rw, CKU_SO), CKR_SESSION_READ_ONLY_EXISTS);
	CU_ASSERT_EQUAL(peer.calls[WIRE_LOGOUT], 1);
	CU_ASSERT_EQUAL(state(rw), CKS_RW_PUBLIC_SESSION);
	CU_ASSERT_EQUAL(state(meanwhile), CKS_RO_PUBLIC_SESSION);
	play_end();
}

/* For one operation. ------------------------------------------------------- */

static int
locked(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	play_keys(p, r, a);
	for (size_t i = 0; i < a->found_n; i++)
		if (a->found[i].uid == PRIVATE_KEY)
			attrs_put_bool(&a->found[i].view, CKA_ALWAYS_AUTHENTICATE, 1);
	if (r->id == WIRE_REAUTH)
		a->rv = p->calls[WIRE_REAUTH] == 1 ? CKR_PIN_INCORRECT : CKR_PIN_LOCKED;
	return 0;
}

/* PKCS #11 Base 2.40, 4.9, CKA_ALWAYS_AUTHENTICATE. */
static void
a_pin_that_is_locked_for_an_operation_logs_the_user_out(void)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_OBJECT_HANDLE found[2];
	CK_SESSION_HANDLE h;

	play_begin();
	peer.say = locked;
	h = session(CKF_RW_SESSION);
	OK(log_in(h, CKU_USER));
	play_find(h, found);
	OK(f->C_SignInit(h, &ecdsa, found[1]));
	CU_ASSERT_EQUAL(log_in(h, CKU_CONTEXT_SPECIFIC), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(state(h), CKS_RW_USER_FUNCTIONS);
	CU_ASSERT_EQUAL(log_in(h, CKU_CONTEXT_SPECIFIC), CKR_PIN_LOCKED);
	CU_ASSERT_EQUAL(state(h), CKS_RW_PUBLIC_SESSION);
	CU_ASSERT_EQUAL(play_class(h, found[1]), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(play_class(h, found[0]), CKR_OK);
	CU_ASSERT_EQUAL(f->C_SignUpdate(h, play_pin, 8), CKR_OPERATION_NOT_INITIALIZED);
	play_end();
}

static const struct sentence table[] = {
	SENTENCE(a_login_does_not_outlive_the_last_session),
	SENTENCE(the_so_is_not_logged_in_beside_a_session_that_only_reads),
	SENTENCE(a_pin_that_is_locked_for_an_operation_logs_the_user_out),
};
SUITE("module_login", table)
