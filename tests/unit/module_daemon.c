#include "tests/unit/module_play.h"

/* A daemon that comes, goes, is another one, or means harm. */

/* Calls. ------------------------------------------------------------------- */

static void
a_signature_is_one_call(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;

	play_begin();
	peer.say = play_keys;
	h = play_session(3);
	OK(f->C_Login(h, CKU_USER, play_pin, 8));
	play_find(h, o);
	for (int i = 0; i < 10; i++)
		OK(play_sign(h, o[1]));
	CU_ASSERT_EQUAL(peer.calls[WIRE_SIGN], 10);
	CU_ASSERT_EQUAL(peer.calls[WIRE_GET], 0);
	CU_ASSERT_EQUAL(peer.hellos, 1);
	/* Somebody has changed something on the token: each object is asked for once. */
	__atomic_add_fetch(&peer.page->slot[3].objects, 1, __ATOMIC_RELEASE);
	OK(play_sign(h, o[1]));
	OK(play_sign(h, o[1]));
	CU_ASSERT_EQUAL(peer.calls[WIRE_GET], 1);
	play_end();
}

static void
after_a_logout_nothing_is_signed_with_what_was_private(void)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_BYTE hash[32] = { 0 }, out[64];
	CK_ULONG n = sizeof(out);
	CK_OBJECT_HANDLE o[2], again[2];
	CK_SESSION_HANDLE h;

	play_begin();
	peer.say = play_keys;
	h = play_session(3);
	OK(f->C_Login(h, CKU_USER, play_pin, 8));
	play_find(h, o);
	OK(f->C_SignInit(h, &ecdsa, o[1]));
	OK(f->C_Logout(h));
	CU_ASSERT_EQUAL(f->C_Sign(h, hash, sizeof(hash), out, &n), CKR_OPERATION_NOT_INITIALIZED);
	CU_ASSERT_EQUAL(peer.calls[WIRE_SIGN], 0);
	OK(f->C_Login(h, CKU_USER, play_pin, 8));
	CU_ASSERT_EQUAL(f->C_SignInit(h, &ecdsa, o[1]), CKR_KEY_HANDLE_INVALID);
	play_find(h, again);
	CU_ASSERT_EQUAL(again[0], o[0]);
	CU_ASSERT(again[1] > o[1]);
	play_end();
}

static void
another_boot(void)
{
	peer_stop(&peer);
	peer_start(&peer);
}

enum { PAGES = 400, ON_A_PAGE = 40, LABEL_LEN = 3000 };

/* Some 48 MB of objects, each with a long label. */
static int
has_many(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	static _Thread_local uint8_t room[ON_A_PAGE][LABEL_LEN + 100];
	static const uint8_t label[LABEL_LEN];
	const size_t n = r->id == WIRE_FIND ? ON_A_PAGE : 1;

	(void)p;
	for (size_t i = 0; i < n; i++) {
		struct wire_found *found = r->id == WIRE_FIND ? &a->found[i] : &a->object;

		found->uid = r->id == WIRE_FIND ? r->uid + i + 1 : r->uid;
		attrs_init(&found->view, room[i], sizeof(room[i]));
		attrs_put_ulong(&found->view, CKA_CLASS, CKO_DATA);
		attrs_put(&found->view, CKA_LABEL, label, sizeof(label));
	}
	a->found_n = r->id == WIRE_FIND ? n : 0;
	a->more = r->id == WIRE_FIND && r->uid + n < PAGES * ON_A_PAGE;
	return 0;
}

static void
what_the_module_remembers_of_objects_has_a_bound(void)
{
	static CK_OBJECT_HANDLE o[PAGES * ON_A_PAGE + 1];
	CK_SESSION_HANDLE h;
	CK_ULONG n;

	play_begin();
	peer.say = has_many;
	h = play_session(3);
	OK(f->C_FindObjectsInit(h, NULL, 0));
	OK(f->C_FindObjects(h, o, PAGES * ON_A_PAGE + 1, &n));
	CU_ASSERT_EQUAL(n, PAGES * ON_A_PAGE);
	OK(play_class(h, o[n - 1]));
	CU_ASSERT_EQUAL(peer.calls[WIRE_GET], 0);
	/* The first ones made room, and are fetched again. */
	OK(play_class(h, o[0]));
	OK(play_class(h, o[0]));
	CU_ASSERT_EQUAL(peer.calls[WIRE_GET], 1);
	play_end();
}

/* Another daemon. ---------------------------------------------------------- */

static int
without_login(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	if (r->id == WIRE_LOGIN && !r->has_pin)
		a->rv = CKR_ARGUMENTS_BAD;
	return play_keys(p, r, a);
}

static uint8_t mode;

static int
has_mode(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	if (r->id == WIRE_TOKEN)
		a->token.mode = mode;
	return play_keys(p, r, a);
}

static void
a_daemon_that_was_started_anew_is_hardly_noticed_in_an_auto_slot(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;

	play_begin();
	peer.say = has_mode;
	mode = WIRE_AUTO;
	h = play_session(3);
	OK(f->C_Login(h, CKU_USER, play_pin, 8));
	play_find(h, o);
	another_boot();
	OK(play_sign(h, o[1]));
	OK(play_class(h, o[0]));
	CU_ASSERT_EQUAL(peer.calls[WIRE_LOGIN], 2);
	CU_ASSERT_EQUAL(peer.own->sessions[3], 1);
	play_end();
}

/* A slot that cards alone open takes no code either: people come for who asks, not by themselves. */
static void
after_a_start_of_the_daemon_nobody_is_asked_for_a_card_unasked(void)
{
	CK_SESSION_INFO info;
	CK_SESSION_HANDLE h;
	CK_ULONG n;

	play_begin();
	peer.say = has_mode;
	mode = 3;
	h = play_session(0);
	OK(f->C_Login(h, CKU_USER, NULL, 0));
	another_boot();
	OK(f->C_GetSlotList(CK_TRUE, NULL, &n));
	CU_ASSERT_EQUAL(peer.calls[WIRE_TOKEN], 1);
	CU_ASSERT_EQUAL(peer.calls[WIRE_LOGIN], 1);
	OK(f->C_GetSessionInfo(h, &info));
	CU_ASSERT_EQUAL(info.state, CKS_RW_PUBLIC_SESSION);
	play_end();
}

static void
in_a_slot_with_a_code_the_login_ends_with_the_daemon(void)
{
	CK_SESSION_INFO info;
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;
	CK_ULONG n;

	play_begin();
	peer.say = without_login;
	h = play_session(3);
	OK(f->C_Login(h, CKU_USER, play_pin, 8));
	play_find(h, o);
	another_boot();
	/* It is noticed by the first call that leaves the process, or looks whether it could. */
	OK(f->C_GetSlotList(CK_TRUE, NULL, &n));
	/* What is public is still there, what was private is not, the session stays. */
	OK(play_class(h, o[0]));
	CU_ASSERT_EQUAL(play_class(h, o[1]), CKR_OBJECT_HANDLE_INVALID);
	OK(f->C_GetSessionInfo(h, &info));
	CU_ASSERT_EQUAL(info.state, CKS_RW_PUBLIC_SESSION);
	OK(f->C_Login(h, CKU_USER, play_pin, 8));
	play_end();
}

static int
mumbles_at_a_login_without_a_pin(struct peer *p, const struct wire_request *r,
    struct wire_answer *a)
{
	if (r->id == WIRE_TOKEN)
		a->token.mode = WIRE_AUTO;
	return r->id == WIRE_LOGIN && !r->has_pin ? 1 : play_keys(p, r, a);
}

/* What comes late, or is nonsense, must not be taken for the answer to the next call. */
static void
a_connection_whose_greeting_got_no_answer_is_not_used(void)
{
	CK_SESSION_INFO info;
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;
	CK_ULONG n;
	int hellos;

	play_begin();
	peer.say = mumbles_at_a_login_without_a_pin;
	h = play_session(3);
	OK(f->C_Login(h, CKU_USER, play_pin, 8));
	play_find(h, o);
	another_boot();
	hellos = peer.hellos;
	(void)f->C_GetSlotList(CK_TRUE, NULL, &n);
	OK(f->C_Login(h, CKU_USER, play_pin, 8));
	CU_ASSERT_EQUAL(peer.hellos, hellos + 2);
	OK(f->C_GetSessionInfo(h, &info));
	CU_ASSERT_EQUAL(info.state, CKS_RW_USER_FUNCTIONS);
	play_end();
}

static void
without_the_daemon_a_call_says_that_the_device_was_removed(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;
	CK_ULONG n;

	play_begin();
	peer.say = play_keys;
	h = play_session(3);
	play_find(h, o);
	OK(f->C_Login(h, CKU_USER, play_pin, 8));
	peer_stop(&peer);
	CU_ASSERT_EQUAL(play_sign(h, o[1]), CKR_DEVICE_REMOVED);
	OK(f->C_GetSlotList(CK_TRUE, NULL, &n));
	CU_ASSERT_EQUAL(n, 0);
	peer_start(&peer);
	OK(play_sign(h, o[1]));
	OK(f->C_GetSlotList(CK_TRUE, NULL, &n));
	CU_ASSERT_EQUAL(n, 10);
	play_end();
}

static atomic_int drops;

/* Hangs up on what was asked, as often as it shall. */
static int
hangs_up(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	if (r->id != WIRE_FIND && r->id != WIRE_GET && atomic_fetch_sub(&drops, 1) > 0)
		return -1;
	return play_keys(p, r, a);
}

static void
what_may_happen_twice_is_asked_again_and_what_may_not_is_not(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;

	play_begin();
	peer.say = hangs_up;
	h = play_session(3);
	play_find(h, o);
	drops = 1;
	OK(play_sign(h, o[1]));
	drops = 2;
	CU_ASSERT_EQUAL(play_sign(h, o[1]), CKR_DEVICE_ERROR);
	drops = 1;
	CU_ASSERT_EQUAL(f->C_Login(h, CKU_USER, play_pin, 8), CKR_DEVICE_ERROR);
	CU_ASSERT_EQUAL(peer.calls[WIRE_LOGIN], 1);
	drops = 1;
	CU_ASSERT_EQUAL(f->C_DestroyObject(h, o[0]), CKR_DEVICE_ERROR);
	CU_ASSERT_EQUAL(peer.calls[WIRE_DESTROY], 1);
	/* The handle is there until it is known that the object is not. */
	OK(play_class(h, o[0]));
	OK(f->C_DestroyObject(h, o[0]));
	CU_ASSERT_EQUAL(play_class(h, o[0]), CKR_OBJECT_HANDLE_INVALID);
	play_end();
}

/* Harm. -------------------------------------------------------------------- */

static void
a_page_that_could_be_cut_short_is_not_taken(void)
{
	CK_ULONG n;

	play_begin_alone();
	peer.unsealed = 1;
	peer_start(&peer);
	OK(f->C_Initialize(NULL));
	OK(f->C_GetSlotList(CK_TRUE, NULL, &n));
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT(peer.hellos > 0);
	play_end();
}

enum harm { LONGER, SHORTER, OTHER_SLOT, NO_UID, ODD_RV };
static enum harm harm;

static int
means_harm(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	static uint8_t bytes[WIRE_DATA_MAX];

	play_keys(p, r, a);
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

	play_begin();
	peer.say = means_harm;
	h = play_session(3);
	play_find(h, o);
	for (harm = LONGER; harm <= SHORTER; harm++)
		CU_ASSERT_EQUAL(play_sign(h, o[1]), CKR_DEVICE_ERROR);
	harm = ODD_RV;
	CU_ASSERT_EQUAL(play_sign(h, o[1]), CKR_DEVICE_ERROR);
	play_end();
}

static void
an_answer_about_another_object_is_not_taken(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;
	CK_ULONG n = 0;

	play_begin();
	peer.say = means_harm;
	harm = OTHER_SLOT;
	h = play_session(3);
	play_find(h, o);
	__atomic_add_fetch(&peer.page->slot[3].objects, 1, __ATOMIC_RELEASE);
	CU_ASSERT_EQUAL(play_class(h, o[0]), CKR_DEVICE_ERROR);
	/* The same number in another slot. */
	CU_ASSERT_EQUAL(play_class(play_session(4), o[0]), CKR_OBJECT_HANDLE_INVALID);
	harm = NO_UID;
	OK(f->C_FindObjectsInit(h, NULL, 0));
	OK(f->C_FindObjects(h, o, 2, &n));
	CU_ASSERT_EQUAL(n, 1);
	play_end();
}

static const struct sentence table[] = {
	SENTENCE(a_signature_is_one_call),
	SENTENCE(what_the_module_remembers_of_objects_has_a_bound),
	SENTENCE(after_a_logout_nothing_is_signed_with_what_was_private),
	SENTENCE(a_daemon_that_was_started_anew_is_hardly_noticed_in_an_auto_slot),
	SENTENCE(after_a_start_of_the_daemon_nobody_is_asked_for_a_card_unasked),
	SENTENCE(in_a_slot_with_a_code_the_login_ends_with_the_daemon),
	SENTENCE(a_connection_whose_greeting_got_no_answer_is_not_used),
	SENTENCE(without_the_daemon_a_call_says_that_the_device_was_removed),
	SENTENCE(what_may_happen_twice_is_asked_again_and_what_may_not_is_not),
	SENTENCE(a_page_that_could_be_cut_short_is_not_taken),
	SENTENCE(a_signature_that_does_not_fit_is_not_taken),
	SENTENCE(an_answer_about_another_object_is_not_taken),
};
SUITE("module_daemon", table)
