#include "tests/unit/module_play.h"

const CK_FUNCTION_LIST *f;
struct peer peer;

void
play_begin_alone(void)
{
	CK_FUNCTION_LIST *list;

	OK(C_GetFunctionList(&list));
	f = list;
	peer_dir(&peer);
}

void
play_begin(void)
{
	play_begin_alone();
	peer_start(&peer);
	OK(f->C_Initialize(NULL));
}

void
play_end(void)
{
	OK(f->C_Finalize(NULL));
	peer_stop(&peer);
}

CK_SESSION_HANDLE
play_session(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE h = 0;

	OK(f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &h));
	return h;
}

CK_UTF8CHAR play_pin[9] = "12345678";

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

int
play_keys(struct peer *p, const struct wire_request *r, struct wire_answer *a)
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

void
play_find(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE found[2])
{
	CK_ULONG n = 0;

	OK(f->C_FindObjectsInit(h, NULL, 0));
	OK(f->C_FindObjects(h, found, 2, &n));
	CU_ASSERT_EQUAL_FATAL(n, 2);
	OK(f->C_FindObjectsFinal(h));
}

CK_RV
play_sign(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_BYTE data[100] = { 0 }, out[64];
	CK_ULONG n = sizeof(out);
	CK_RV rv;

	if ((rv = f->C_SignInit(h, &ecdsa, o)) != CKR_OK)
		return rv;
	return f->C_Sign(h, data, sizeof(data), out, &n);
}

CK_RV
play_class(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o)
{
	CK_OBJECT_CLASS class;
	CK_ATTRIBUTE a = { CKA_CLASS, &class, sizeof(class) };

	return f->C_GetAttributeValue(h, o, &a, 1);
}
