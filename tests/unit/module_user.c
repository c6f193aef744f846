#include "tests/unit/module_user.h"

#include <string.h>

const CK_FUNCTION_LIST *f;
struct vault_at vault;
CK_UTF8CHAR user_pin[sizeof(TOKEN_TRIAL)] = TOKEN_TRIAL;
CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

CK_SESSION_HANDLE
user_session(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE h = 0;

	OK(f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &h));
	return h;
}

CK_SESSION_HANDLE
user_begin(void)
{
	CK_FUNCTION_LIST *list;
	CK_SESSION_HANDLE h;

	OK(C_GetFunctionList(&list));
	f = list;
	memset(&vault, 0, sizeof(vault));
	vault.policy = (struct p11_policy){ 1, 1, 1 };
	vault_at_enter(&vault);
	OK(f->C_Initialize(NULL));
	h = user_session(SLOT);
	OK(f->C_Login(h, CKU_USER, user_pin, USER_PIN_LEN));
	return h;
}

void
user_end(void)
{
	OK(f->C_Finalize(NULL));
	vault_at_leave(&vault);
}

CK_ULONG
user_count(CK_SESSION_HANDLE h, CK_ATTRIBUTE *template, CK_ULONG n)
{
	CK_OBJECT_HANDLE o[8];
	CK_ULONG got, all = 0;

	OK(f->C_FindObjectsInit(h, template, n));
	do {
		OK(f->C_FindObjects(h, o, N(o), &got));
		all += got;
	} while (got != 0);
	OK(f->C_FindObjectsFinal(h));
	return all;
}

/* An EC pair; `token` says where the private half lives. */
void
user_pair(CK_SESSION_HANDLE h, CK_BBOOL *token, CK_OBJECT_HANDLE *public_key,
    CK_OBJECT_HANDLE *private_key)
{
	static CK_BYTE p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	CK_MECHANISM gen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE one[] = { { CKA_EC_PARAMS, p256, sizeof(p256) }, TEXT(CKA_LABEL, "ec") };
	CK_ATTRIBUTE two[] = { { CKA_TOKEN, token, 1 }, TEXT(CKA_LABEL, "ec") };

	OK(f->C_GenerateKeyPair(h, &gen, one, N(one), two, N(two), public_key, private_key));
}

CK_OBJECT_HANDLE
user_aes(CK_SESSION_HANDLE h, CK_BBOOL *token)
{
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ULONG len = 32;
	CK_ATTRIBUTE t[] = { { CKA_VALUE_LEN, &len, sizeof(len) }, { CKA_TOKEN, token, 1 } };
	CK_OBJECT_HANDLE key = 0;

	OK(f->C_GenerateKey(h, &gen, t, N(t), &key));
	return key;
}

CK_RV
user_class(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o)
{
	CK_OBJECT_CLASS class;
	CK_ATTRIBUTE a = { CKA_CLASS, &class, sizeof(class) };

	return f->C_GetAttributeValue(h, o, &a, 1);
}

CK_RV
user_verify(CK_SESSION_HANDLE h, CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_BYTE *data, CK_ULONG n,
    CK_BYTE *sig, CK_ULONG sig_n)
{
	OK(f->C_VerifyInit(h, m, key));
	return f->C_Verify(h, data, n, sig, sig_n);
}
