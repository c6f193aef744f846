#include "tests/unit/module_user.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "hsm/pkcs11/module.h"
#include "tests/unit/crew.h"

/* An application whose C_Login waits until people have been at the pad: slot 7, whose user is guest 0. */

enum { CARDS = 7 };
static CK_UTF8CHAR code[] = TOKEN_CODE, so_pin[] = TOKEN_SO, other_code[] = "another code";

static void
begin(void)
{
	CK_FUNCTION_LIST *list;

	OK(C_GetFunctionList(&list));
	f = list;
	memset(&vault, 0, sizeof(vault));
	vault.policy = (struct p11_policy){ 1, 1, 1 };
	crew_enter(&vault.place, 0);
	vault_at_begin(&vault);
	OK(f->C_Initialize(NULL));
}

/* C_Login and others, on a thread of their own. */
struct thread {
	CK_RV (*call)(struct thread *);
	CK_SESSION_HANDLE h;
	CK_SLOT_ID slot;
	CK_RV rv;
	atomic_int done;
	pthread_t thread;
};

static void *
run(void *arg)
{
	struct thread *t = arg;

	t->rv = t->call(t);
	t->done = 1;
	return NULL;
}

static void
start(struct thread *t, CK_RV (*call)(struct thread *), CK_SESSION_HANDLE h)
{
	*t = (struct thread){ .call = call, .h = h };
	CU_ASSERT_EQUAL_FATAL(pthread_create(&t->thread, NULL, run, t), 0);
}

static CK_RV
end(struct thread *t)
{
	pthread_join(t->thread, NULL);
	return t->rv;
}

static CK_RV
login(struct thread *t)
{
	return f->C_Login(t->h, CKU_USER, code, sizeof(code) - 1);
}

static CK_RV
init_pin(struct thread *t)
{
	return f->C_InitPIN(t->h, other_code, sizeof(other_code) - 1);
}

static CK_RV
event(struct thread *t)
{
	return f->C_WaitForSlotEvent(0, &t->slot, NULL);
}

static CK_STATE
state(CK_SESSION_HANDLE h)
{
	CK_SESSION_INFO info = { 0 };

	OK(f->C_GetSessionInfo(h, &info));
	return info.state;
}

static CK_RV
sign(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM m = { CKM_ECDSA, NULL, 0 };
	CK_BYTE data[32] = { 0 }, sig[64];
	CK_ULONG n = sizeof(sig);
	CK_RV rv;

	if ((rv = f->C_SignInit(h, &m, key)) != CKR_OK)
		return rv;
	return f->C_Sign(h, data, sizeof(data), sig, &n);
}

/* What the module has of itself. */
static void
look(unsigned *skipped, struct timeval *longest)
{
	struct module *m;
	int cancel;

	OK(module_enter(&m, &cancel));
	*skipped = atomic_load(&m->links.skipped);
	memset(longest, 0, sizeof(*longest));
	for (size_t i = 0; i < LINKS_MAX; i++) {
		struct link *l = m->links.all[i];
		struct timeval tv;
		socklen_t n = sizeof(tv);

		if (l == NULL || l->fd < 0)
			continue;
		OK(getsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, &n));
		if (timercmp(&tv, longest, >))
			*longest = tv;
	}
	module_leave(cancel);
}

static void
while_a_login_waits_the_other_threads_work(void)
{
	CK_OBJECT_HANDLE pub, key;
	CK_SESSION_HANDLE h, other;
	struct timeval longest;
	struct thread t;
	CK_TOKEN_INFO info;
	CK_ULONG n = 0;
	unsigned skipped;

	begin();
	h = user_session(CARDS);
	start(&t, login, h);
	crew_waits(&vault.place, 1);
	/* In another slot, over connections that are made now. */
	other = user_session(0);
	OK(f->C_Login(other, CKU_USER, NULL, 0));
	user_pair(other, &yes, &pub, &key);
	for (int i = 0; i < 20; i++)
		OK(sign(other, key));
	OK(f->C_Logout(other));
	/* In the same slot. */
	other = user_session(CARDS);
	CU_ASSERT_EQUAL(state(other), CKS_RW_PUBLIC_SESSION);
	CU_ASSERT_EQUAL(user_count(other, NULL, 0), 0);
	CU_ASSERT_EQUAL(f->C_Logout(other), CKR_USER_NOT_LOGGED_IN);
	OK(f->C_GetTokenInfo(CARDS, &info));
	CU_ASSERT_EQUAL(info.flags & CKF_PROTECTED_AUTHENTICATION_PATH, 0);
	OK(f->C_GetSlotList(CK_TRUE, NULL, &n));
	OK(f->C_CloseSession(other));
	/* However long it takes, and nobody watched for it. */
	look(&skipped, &longest);
	CU_ASSERT_FALSE(timerisset(&longest));
	CU_ASSERT_FALSE(t.done);
	OK(crew_serve(&vault.place, 0));
	OK(end(&t));
	CU_ASSERT_EQUAL(state(h), CKS_RW_USER_FUNCTIONS);
	user_end();
}

static void
nobody_watches_for_a_login(void)
{
	struct timeval longest;
	struct thread t;
	unsigned skipped;

	begin();
	start(&t, login, user_session(CARDS));
	OK(crew_serve(&vault.place, 0));
	OK(end(&t));
	look(&skipped, &longest);
	CU_ASSERT_EQUAL(skipped, 0);
	user_end();
}

static void
c_finalize_ends_a_login_that_waits_and_its_opening_goes_on(void)
{
	CK_SESSION_HANDLE h;
	struct thread t;

	begin();
	start(&t, login, user_session(CARDS));
	crew_waits(&vault.place, 1);
	OK(f->C_Finalize(NULL));
	CU_ASSERT_EQUAL(end(&t), CKR_CRYPTOKI_NOT_INITIALIZED);
	crew_waits(&vault.place, 0);
	crew_queue(&vault.place, 1);
	OK(f->C_Initialize(NULL));
	h = user_session(CARDS);
	start(&t, login, h);
	crew_waits(&vault.place, 1);
	OK(crew_serve(&vault.place, 0));
	OK(end(&t));
	CU_ASSERT_EQUAL(state(h), CKS_RW_USER_FUNCTIONS);
	user_end();
}

static void
a_daemon_that_ends_is_a_device_error_and_the_next_asks_nobody(void)
{
	CK_SESSION_HANDLE h;
	struct thread t;

	begin();
	h = user_session(CARDS);
	start(&t, login, h);
	crew_waits(&vault.place, 1);
	vault_at_stop(&vault);
	CU_ASSERT_EQUAL(end(&t), CKR_DEVICE_ERROR);
	vault_at_start(&vault);
	CU_ASSERT_EQUAL(token_info(&vault.place, CARDS).asking, 0);
	CU_ASSERT_EQUAL(token_info(&vault.place, CARDS).open, 0);
	CU_ASSERT_EQUAL(state(h), CKS_RW_PUBLIC_SESSION);
	start(&t, login, h);
	OK(crew_serve(&vault.place, 0));
	OK(end(&t));
	user_end();
}

static void
closed_sessions_have_no_login_though_the_people_came(void)
{
	CK_SESSION_HANDLE h;
	struct thread t;

	begin();
	start(&t, login, user_session(CARDS));
	crew_waits(&vault.place, 1);
	OK(f->C_CloseAllSessions(CARDS));
	OK(crew_serve(&vault.place, 0));
	CU_ASSERT_EQUAL(end(&t), CKR_SESSION_CLOSED);
	h = user_session(CARDS);
	CU_ASSERT_EQUAL(state(h), CKS_RW_PUBLIC_SESSION);
	/* The slot is open now. */
	OK(f->C_Login(h, CKU_USER, code, sizeof(code) - 1));
	user_end();
}

/* The daemon's part of it. */
static void
all_closed(void)
{
	for (unsigned i = 0; i < SLOTS; i++)
		p11_slot_closed(vault.server, i);
}

static void
a_failed_opening_is_told_first_and_then_no_session_is_left(void)
{
	CK_MECHANISM m = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_OBJECT_HANDLE pub, key;
	CK_SESSION_HANDLE h, other;
	CK_SESSION_INFO info;
	struct thread t;

	begin();
	other = user_session(0);
	OK(f->C_Login(other, CKU_USER, NULL, 0));
	user_pair(other, &yes, &pub, &key);
	OK(f->C_SignInit(other, &m, key));
	h = user_session(CARDS);
	start(&t, login, h);
	CU_ASSERT_EQUAL(crew_refuse(&vault.place, ERR_CANCELLED), 1);
	CU_ASSERT_EQUAL(end(&t), CKR_FUNCTION_CANCELED);
	all_closed();
	CU_ASSERT_EQUAL(f->C_GetSessionInfo(h, &info), CKR_SESSION_HANDLE_INVALID);
	CU_ASSERT_EQUAL(f->C_SignUpdate(other, code, 1), CKR_SESSION_HANDLE_INVALID);
	/* What opens by itself works on; the other waits for the operator. */
	other = user_session(0);
	OK(f->C_Login(other, CKU_USER, NULL, 0));
	h = user_session(CARDS);
	CU_ASSERT_EQUAL(f->C_Login(h, CKU_USER, code, sizeof(code) - 1), CKR_FUNCTION_FAILED);
	user_end();
}

static void
a_wrong_code_is_told_while_another_application_waits(void)
{
	static CK_UTF8CHAR wrong[] = "a wrong code";
	struct caller c;

	begin();
	crew_login(&c, &vault.place, CARDS, TOKEN_CODE);
	crew_waits(&vault.place, 1);
	CU_ASSERT_EQUAL(f->C_Login(user_session(CARDS), CKU_USER, wrong, sizeof(wrong) - 1),
	    CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(f->C_Login(user_session(CARDS), CKU_USER, NULL, 0), CKR_ARGUMENTS_BAD);
	crew_waits(&vault.place, 1);
	OK(crew_serve(&vault.place, 0));
	OK(crew_result(&c));
	user_end();
}

static void
the_so_gives_a_code_with_the_cards(void)
{
	CK_SESSION_HANDLE h;
	struct thread t;

	begin();
	h = user_session(CARDS);
	OK(f->C_Login(h, CKU_SO, so_pin, sizeof(so_pin) - 1));
	start(&t, init_pin, h);
	OK(crew_serve(&vault.place, 0));
	OK(end(&t));
	OK(f->C_Logout(h));
	CU_ASSERT_EQUAL(f->C_Login(h, CKU_USER, code, sizeof(code) - 1), CKR_PIN_INCORRECT);
	user_end();
}

static void
openings_and_closings_are_events(void)
{
	CK_SLOT_ID slot;
	struct thread t, e;

	begin();
	CU_ASSERT_EQUAL(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
	start(&e, event, 0);
	start(&t, login, user_session(CARDS));
	OK(crew_serve(&vault.place, 0));
	OK(end(&t));
	/* Those who wait are told by the daemon, when the ceremony has ended. */
	p11_slot_changed(vault.server, CARDS);
	OK(end(&e));
	CU_ASSERT_EQUAL(e.slot, CARDS);
	CU_ASSERT_EQUAL(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
	OK(slot_leave(vault.place.store, CARDS));
	p11_slot_closed(vault.server, CARDS);
	OK(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
	CU_ASSERT_EQUAL(slot, CARDS);
	/* Where nobody is asked, the login itself tells. */
	OK(f->C_Login(user_session(3), CKU_USER, code, sizeof(code) - 1));
	OK(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
	CU_ASSERT_EQUAL(slot, 3);
	CU_ASSERT_EQUAL(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
	user_end();
}

static const struct sentence table[] = {
	SENTENCE(while_a_login_waits_the_other_threads_work),
	SENTENCE(nobody_watches_for_a_login),
	SENTENCE(c_finalize_ends_a_login_that_waits_and_its_opening_goes_on),
	SENTENCE(a_daemon_that_ends_is_a_device_error_and_the_next_asks_nobody),
	SENTENCE(closed_sessions_have_no_login_though_the_people_came),
	SENTENCE(a_failed_opening_is_told_first_and_then_no_session_is_left),
	SENTENCE(a_wrong_code_is_told_while_another_application_waits),
	SENTENCE(the_so_gives_a_code_with_the_cards),
	SENTENCE(openings_and_closings_are_events),
};
SUITE("module_people", table)
