#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/module_peer.h"

/* A daemon that comes, goes, is another one, or means harm. */

enum { PUBLIC_KEY = 7, PRIVATE_KEY = 8 };

static const CK_FUNCTION_LIST *f;
static struct peer peer;

static void
begin_alone(void)
{
	CK_FUNCTION_LIST *list;

	OK(C_GetFunctionList(&list));
	f = list;
	peer_dir(&peer);
}

static void
begin(void)
{
	begin_alone();
	peer_start(&peer);
	OK(f->C_Initialize(NULL));
}

static void
end(void)
{
	OK(f->C_Finalize(NULL));
	peer_stop(&peer);
}

static void
another_boot(void)
{
	peer_stop(&peer);
	peer_start(&peer);
}

static CK_SESSION_HANDLE
session(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE h = 0;

	OK(f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &h));
	return h;
}

static CK_UTF8CHAR pin[] = "12345678";

/* A key pair on the token: an EC key that signs, and its other half. */
static void
key(struct wire_found *found, uint64_t uid)
{
	static const uint8_t p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	static _Thread_local uint8_t room[2][512];
	struct attrs *a = &found->view;

	found->uid = uid;
	attrs_init(a, room[uid == PRIVATE_KEY], sizeof(room[0]));
	attrs_put_ulong(a, CKA_CLASS, uid == PRIVATE_KEY ? CKO_PRIVATE_KEY : CKO_PUBLIC_KEY);
	attrs_put_bool(a, CKA_TOKEN, 1);
	attrs_put_bool(a, CKA_PRIVATE, uid == PRIVATE_KEY);
	attrs_put_ulong(a, CKA_KEY_TYPE, CKK_EC);
	attrs_put_bool(a, uid == PRIVATE_KEY ? CKA_SIGN : CKA_VERIFY, 1);
	attrs_put(a, CKA_EC_PARAMS, p256, sizeof(p256));
}

static int
has_keys(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	static const uint8_t signature[64] = { 1 };

	(void)p;
	if (r->id == WIRE_FIND && r->uid == 0) {
		a->found_n = 2;
		key(&a->found[0], PUBLIC_KEY);
		key(&a->found[1], PRIVATE_KEY);
	} else if (r->id == WIRE_GET) {
		key(&a->object, r->uid);
	} else if (r->id == WIRE_SIGN) {
		a->data = (struct wire_bytes){ signature, sizeof(signature) };
	}
	return 0;
}

static void
find(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE found[2])
{
	CK_ULONG n = 0;

	OK(f->C_FindObjectsInit(h, NULL, 0));
	OK(f->C_FindObjects(h, found, 2, &n));
	CU_ASSERT_EQUAL_FATAL(n, 2);
	OK(f->C_FindObjectsFinal(h));
}

static CK_RV
sign(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_BYTE data[100] = { 0 }, out[64];
	CK_ULONG n = sizeof(out);
	CK_RV rv;

	if ((rv = f->C_SignInit(h, &ecdsa, o)) != CKR_OK)
		return rv;
	return f->C_Sign(h, data, sizeof(data), out, &n);
}

static CK_RV
class_of(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o)
{
	CK_OBJECT_CLASS class;
	CK_ATTRIBUTE a = { CKA_CLASS, &class, sizeof(class) };

	return f->C_GetAttributeValue(h, o, &a, 1);
}

/* Calls. ------------------------------------------------------------------- */

static void
a_signature_is_one_call(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;

	begin();
	peer.say = has_keys;
	h = session(3);
	OK(f->C_Login(h, CKU_USER, pin, 8));
	find(h, o);
	for (int i = 0; i < 10; i++)
		OK(sign(h, o[1]));
	CU_ASSERT_EQUAL(peer.calls[WIRE_SIGN], 10);
	CU_ASSERT_EQUAL(peer.calls[WIRE_GET], 0);
	CU_ASSERT_EQUAL(peer.hellos, 1);
	/* Somebody has changed something on the token: each object is asked for once. */
	__atomic_add_fetch(&peer.page->slot[3].objects, 1, __ATOMIC_RELEASE);
	OK(sign(h, o[1]));
	OK(sign(h, o[1]));
	CU_ASSERT_EQUAL(peer.calls[WIRE_GET], 1);
	end();
}

static void
after_a_logout_nothing_is_signed_with_what_was_private(void)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_BYTE hash[32] = { 0 }, out[64];
	CK_ULONG n = sizeof(out);
	CK_OBJECT_HANDLE o[2], again[2];
	CK_SESSION_HANDLE h;

	begin();
	peer.say = has_keys;
	h = session(3);
	OK(f->C_Login(h, CKU_USER, pin, 8));
	find(h, o);
	OK(f->C_SignInit(h, &ecdsa, o[1]));
	OK(f->C_Logout(h));
	CU_ASSERT_EQUAL(f->C_Sign(h, hash, sizeof(hash), out, &n), CKR_OPERATION_NOT_INITIALIZED);
	CU_ASSERT_EQUAL(peer.calls[WIRE_SIGN], 0);
	OK(f->C_Login(h, CKU_USER, pin, 8));
	CU_ASSERT_EQUAL(f->C_SignInit(h, &ecdsa, o[1]), CKR_KEY_HANDLE_INVALID);
	find(h, again);
	CU_ASSERT_EQUAL(again[0], o[0]);
	CU_ASSERT(again[1] > o[1]);
	end();
}

/* Another daemon. ---------------------------------------------------------- */

static int
without_login(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	if (r->id == WIRE_LOGIN && !r->has_pin)
		a->rv = CKR_ARGUMENTS_BAD;
	return has_keys(p, r, a);
}

static void
a_daemon_that_was_started_anew_is_hardly_noticed_in_an_auto_slot(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;

	begin();
	peer.say = has_keys;
	h = session(3);
	OK(f->C_Login(h, CKU_USER, pin, 8));
	find(h, o);
	another_boot();
	OK(sign(h, o[1]));
	OK(class_of(h, o[0]));
	CU_ASSERT_EQUAL(peer.calls[WIRE_LOGIN], 2);
	CU_ASSERT_EQUAL(peer.own->sessions[3], 1);
	end();
}

static void
in_a_slot_with_a_code_the_login_ends_with_the_daemon(void)
{
	CK_SESSION_INFO info;
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;
	CK_ULONG n;

	begin();
	peer.say = without_login;
	h = session(3);
	OK(f->C_Login(h, CKU_USER, pin, 8));
	find(h, o);
	another_boot();
	/* It is noticed by the first call that leaves the process, or looks whether it could. */
	OK(f->C_GetSlotList(CK_TRUE, NULL, &n));
	/* What is public is still there, what was private is not, the session stays. */
	OK(class_of(h, o[0]));
	CU_ASSERT_EQUAL(class_of(h, o[1]), CKR_OBJECT_HANDLE_INVALID);
	OK(f->C_GetSessionInfo(h, &info));
	CU_ASSERT_EQUAL(info.state, CKS_RW_PUBLIC_SESSION);
	OK(f->C_Login(h, CKU_USER, pin, 8));
	end();
}

static void
without_the_daemon_a_call_says_that_the_device_was_removed(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;
	CK_ULONG n;

	begin();
	peer.say = has_keys;
	h = session(3);
	find(h, o);
	OK(f->C_Login(h, CKU_USER, pin, 8));
	peer_stop(&peer);
	CU_ASSERT_EQUAL(sign(h, o[1]), CKR_DEVICE_REMOVED);
	OK(f->C_GetSlotList(CK_TRUE, NULL, &n));
	CU_ASSERT_EQUAL(n, 0);
	peer_start(&peer);
	OK(sign(h, o[1]));
	OK(f->C_GetSlotList(CK_TRUE, NULL, &n));
	CU_ASSERT_EQUAL(n, 10);
	end();
}

static atomic_int drops;

/* Hangs up on what was asked, as often as it shall. */
static int
hangs_up(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	if (r->id != WIRE_FIND && r->id != WIRE_GET && atomic_fetch_sub(&drops, 1) > 0)
		return -1;
	return has_keys(p, r, a);
}

static void
what_may_happen_twice_is_asked_again_and_what_may_not_is_not(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;

	begin();
	peer.say = hangs_up;
	h = session(3);
	find(h, o);
	drops = 1;
	OK(sign(h, o[1]));
	drops = 2;
	CU_ASSERT_EQUAL(sign(h, o[1]), CKR_DEVICE_ERROR);
	drops = 1;
	CU_ASSERT_EQUAL(f->C_DestroyObject(h, o[0]), CKR_DEVICE_ERROR);
	CU_ASSERT_EQUAL(peer.calls[WIRE_DESTROY], 1);
	/* The handle is there until it is known that the object is not. */
	OK(class_of(h, o[0]));
	OK(f->C_DestroyObject(h, o[0]));
	CU_ASSERT_EQUAL(class_of(h, o[0]), CKR_OBJECT_HANDLE_INVALID);
	end();
}

/* Harm. -------------------------------------------------------------------- */

static void
a_page_that_could_be_cut_short_is_not_taken(void)
{
	CK_ULONG n;

	begin_alone();
	peer.unsealed = 1;
	peer_start(&peer);
	OK(f->C_Initialize(NULL));
	OK(f->C_GetSlotList(CK_TRUE, NULL, &n));
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT(peer.hellos > 0);
	end();
}

enum harm { LONGER, SHORTER, OTHER_SLOT, NO_UID, ODD_RV };
static enum harm harm;

static int
means_harm(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	static uint8_t bytes[WIRE_DATA_MAX];

	has_keys(p, r, a);
	if (r->id == WIRE_SIGN && harm == LONGER)
		a->data = (struct wire_bytes){ bytes, sizeof(bytes) };
	else if (r->id == WIRE_SIGN && harm == SHORTER)
		a->data.n = 0;
	else if (r->id == WIRE_SIGN && harm == ODD_RV)
		a->rv = CKR_BUFFER_TOO_SMALL;
	else if (r->id == WIRE_GET && harm == OTHER_SLOT)
		a->object.uid = PUBLIC_KEY + 100;
	else if (r->id == WIRE_FIND && harm == NO_UID)
		a->found[0].uid = 0;
	return 0;
}

static void
a_signature_that_does_not_fit_is_not_taken(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;

	begin();
	peer.say = means_harm;
	h = session(3);
	find(h, o);
	for (harm = LONGER; harm <= SHORTER; harm++)
		CU_ASSERT_EQUAL(sign(h, o[1]), CKR_DEVICE_ERROR);
	harm = ODD_RV;
	CU_ASSERT_EQUAL(sign(h, o[1]), CKR_DEVICE_ERROR);
	end();
}

static void
an_answer_about_another_object_is_not_taken(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;
	CK_ULONG n = 0;

	begin();
	peer.say = means_harm;
	harm = OTHER_SLOT;
	h = session(3);
	find(h, o);
	__atomic_add_fetch(&peer.page->slot[3].objects, 1, __ATOMIC_RELEASE);
	CU_ASSERT_EQUAL(class_of(h, o[0]), CKR_DEVICE_ERROR);
	/* The same number in another slot. */
	CU_ASSERT_EQUAL(class_of(session(4), o[0]), CKR_OBJECT_HANDLE_INVALID);
	harm = NO_UID;
	OK(f->C_FindObjectsInit(h, NULL, 0));
	OK(f->C_FindObjects(h, o, 2, &n));
	CU_ASSERT_EQUAL(n, 1);
	end();
}

/* Waiting, the end, children. ---------------------------------------------- */

static sem_t hold;

static int
takes_its_time(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	if (r->id == WIRE_SIGN || r->id == WIRE_WAIT) {
		while (sem_wait(&hold) != 0)
			;
		sem_post(&hold);
	}
	return has_keys(p, r, a);
}

static CK_RV
wait_event(CK_SLOT_ID *slot)
{
	return f->C_WaitForSlotEvent(0, slot, NULL);
}

static void *
waits(void *arg)
{
	CK_SLOT_ID slot = 99;

	*(CK_RV *)arg = wait_event(&slot);
	return NULL;
}

static CK_OBJECT_HANDLE signing[2];
static CK_SESSION_HANDLE signer;

static void *
signs(void *arg)
{
	*(CK_RV *)arg = sign(signer, signing[1]);
	return NULL;
}

static void
c_finalize_wakes_those_who_are_in_a_call(void)
{
	pthread_t threads[2];
	CK_RV rv[2] = { 0 };

	begin();
	sem_init(&hold, 0, 0);
	peer.say = takes_its_time;
	signer = session(3);
	find(signer, signing);
	OK(pthread_create(&threads[0], NULL, waits, &rv[0]));
	OK(pthread_create(&threads[1], NULL, signs, &rv[1]));
	peer_wait(&peer, WIRE_WAIT, 1);
	peer_wait(&peer, WIRE_SIGN, 1);
	OK(f->C_Finalize(NULL));
	for (size_t i = 0; i < 2; i++) {
		OK(pthread_join(threads[i], NULL));
		CU_ASSERT_EQUAL(rv[i], CKR_CRYPTOKI_NOT_INITIALIZED);
	}
	sem_post(&hold);
	peer_stop(&peer);
	sem_destroy(&hold);
}

static void
a_slot_event_is_told_once(void)
{
	CK_SLOT_ID slot = 99;

	begin();
	CU_ASSERT_EQUAL(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
	__atomic_add_fetch(&peer.page->slot[5].event, 1, __ATOMIC_RELEASE);
	OK(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
	CU_ASSERT_EQUAL(slot, 5);
	CU_ASSERT_EQUAL(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
	__atomic_add_fetch(&peer.page->slot[6].event, 1, __ATOMIC_RELEASE);
	OK(wait_event(&slot));
	CU_ASSERT_EQUAL(slot, 6);
	/* With the daemon the tokens go, one after another. */
	peer_stop(&peer);
	for (CK_SLOT_ID i = 0; i < WIRE_SLOTS; i++) {
		OK(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
		CU_ASSERT_EQUAL(slot, i);
	}
	CU_ASSERT_EQUAL(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
	peer_start(&peer);
	end();
}

/* Whether the process has a socket that is connected. */
static int
connected(void)
{
	int n = 0;

	for (int fd = 3; fd < 256; fd++) {
		struct sockaddr_storage sa;
		socklen_t len = sizeof(sa);

		n += getpeername(fd, (struct sockaddr *)&sa, &len) == 0;
	}
	return n;
}

static void
a_child_has_no_connection_of_its_parent_s_and_makes_its_own(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;
	int before, status = -1;
	pid_t pid;

	begin();
	peer.say = has_keys;
	h = session(3);
	find(h, o);
	before = connected();
	if ((pid = fork()) == 0) {
		CK_ULONG n = 0;

		/* The peer's own end is inherited as well, which is the test's doing. */
		_exit(connected() != before - 1 ||
		    sign(h, o[1]) != CKR_CRYPTOKI_NOT_INITIALIZED ||
		    f->C_Initialize(NULL) != CKR_OK || f->C_GetSlotList(CK_TRUE, NULL, &n) != CKR_OK ||
		    n != WIRE_SLOTS || sign(h, o[1]) != CKR_SESSION_HANDLE_INVALID ||
		    f->C_Finalize(NULL) != CKR_OK);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	OK(sign(h, o[1]));
	end();
}

/* The log. ----------------------------------------------------------------- */

static void
the_log_says_where_it_talks_to_and_no_secret(void)
{
	char path[SUITE_DIR_MAX + 16], text[8192];
	CK_UTF8CHAR secret[] = "geheime PIN";
	CK_SESSION_HANDLE h;
	FILE *log;
	size_t n;

	begin_alone();
	snprintf(path, sizeof(path), "%s/log", peer.dir);
	setenv("CARDINAL_PKCS11_LOG", "debug", 1);
	setenv("CARDINAL_PKCS11_LOG_FILE", path, 1);
	peer_start(&peer);
	OK(f->C_Initialize(NULL));
	unsetenv("CARDINAL_PKCS11_LOG");
	unsetenv("CARDINAL_PKCS11_LOG_FILE");
	h = session(3);
	OK(f->C_Login(h, CKU_USER, secret, sizeof(secret) - 1));
	end();
	log = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	n = fread(text, 1, sizeof(text) - 1, log);
	fclose(log);
	text[n] = '\0';
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "log level set to debug, version "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "connecting to "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, peer.path));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "connected, boot "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "C_Login: 0x0"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "finalising"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "closed"));
	CU_ASSERT_PTR_NULL(strstr(text, "geheim"));
}

static const struct sentence table[] = {
	SENTENCE(a_signature_is_one_call),
	SENTENCE(after_a_logout_nothing_is_signed_with_what_was_private),
	SENTENCE(a_daemon_that_was_started_anew_is_hardly_noticed_in_an_auto_slot),
	SENTENCE(in_a_slot_with_a_code_the_login_ends_with_the_daemon),
	SENTENCE(without_the_daemon_a_call_says_that_the_device_was_removed),
	SENTENCE(what_may_happen_twice_is_asked_again_and_what_may_not_is_not),
	SENTENCE(a_page_that_could_be_cut_short_is_not_taken),
	SENTENCE(a_signature_that_does_not_fit_is_not_taken),
	SENTENCE(an_answer_about_another_object_is_not_taken),
	SENTENCE(c_finalize_wakes_those_who_are_in_a_call),
	SENTENCE(a_slot_event_is_told_once),
	SENTENCE(a_child_has_no_connection_of_its_parent_s_and_makes_its_own),
	SENTENCE(the_log_says_where_it_talks_to_and_no_secret),
};
SUITE("module_daemon", table)
