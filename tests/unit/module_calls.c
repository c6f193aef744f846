#include "tests/unit/module_calls.h"

#include <stddef.h>

#define FUNCTION(name, of, ...) \
	static CK_RV \
	call_##name(const CK_FUNCTION_LIST_3_0 *f, CK_SESSION_HANDLE h, CK_SLOT_ID slot) \
	{ \
		(void)h; \
		(void)slot; \
		return of->name(__VA_ARGS__); \
	}
#define OLD(name, ...) FUNCTION(name, (&f->base), __VA_ARGS__)
#define NEW(name, ...) FUNCTION(name, f, __VA_ARGS__)

OLD(C_GetInfo, NULL)
OLD(C_GetSlotList, CK_FALSE, NULL, NULL)
OLD(C_GetSlotInfo, slot, NULL)
OLD(C_GetTokenInfo, slot, NULL)
OLD(C_WaitForSlotEvent, CKF_DONT_BLOCK, NULL, NULL)
OLD(C_GetMechanismList, slot, NULL, NULL)
OLD(C_GetMechanismInfo, slot, CKM_SHA256, NULL)
OLD(C_InitToken, slot, NULL, 0, NULL)
OLD(C_InitPIN, h, NULL, 8)
OLD(C_SetPIN, h, NULL, 8, NULL, 8)
OLD(C_OpenSession, slot, CKF_SERIAL_SESSION, NULL, NULL, NULL)
OLD(C_CloseSession, h + 1)
OLD(C_CloseAllSessions, slot + 10)
OLD(C_GetSessionInfo, h, NULL)
OLD(C_GetOperationState, h, NULL, NULL)
OLD(C_SetOperationState, h, NULL, 0, 0, 0)
OLD(C_Login, h, CKU_USER, NULL, 1)
OLD(C_Logout, h)
OLD(C_CreateObject, h, NULL, 1, &h)
OLD(C_CopyObject, h, 0, NULL, 1, &h)
OLD(C_DestroyObject, h, 0)
OLD(C_GetObjectSize, h, 0, NULL)
OLD(C_GetAttributeValue, h, 0, NULL, 1)
OLD(C_SetAttributeValue, h, 0, NULL, 1)
OLD(C_FindObjectsInit, h, NULL, 1)
OLD(C_FindObjects, h, NULL, 1, NULL)
OLD(C_FindObjectsFinal, h)
OLD(C_EncryptInit, h, NULL, 0)
OLD(C_Encrypt, h, NULL, 1, NULL, NULL)
OLD(C_EncryptUpdate, h, NULL, 1, NULL, NULL)
OLD(C_EncryptFinal, h, NULL, NULL)
OLD(C_DecryptInit, h, NULL, 0)
OLD(C_Decrypt, h, NULL, 1, NULL, NULL)
OLD(C_DecryptUpdate, h, NULL, 1, NULL, NULL)
OLD(C_DecryptFinal, h, NULL, NULL)
OLD(C_DigestInit, h, NULL)
OLD(C_Digest, h, NULL, 1, NULL, NULL)
OLD(C_DigestUpdate, h, NULL, 1)
OLD(C_DigestKey, h, 0)
OLD(C_DigestFinal, h, NULL, NULL)
OLD(C_SignInit, h, NULL, 0)
OLD(C_Sign, h, NULL, 1, NULL, NULL)
OLD(C_SignUpdate, h, NULL, 1)
OLD(C_SignFinal, h, NULL, NULL)
OLD(C_SignRecoverInit, h, NULL, 0)
OLD(C_SignRecover, h, NULL, 1, NULL, NULL)
OLD(C_VerifyInit, h, NULL, 0)
OLD(C_Verify, h, NULL, 1, NULL, 1)
OLD(C_VerifyUpdate, h, NULL, 1)
OLD(C_VerifyFinal, h, NULL, 1)
OLD(C_VerifyRecoverInit, h, NULL, 0)
OLD(C_VerifyRecover, h, NULL, 1, NULL, NULL)
OLD(C_DigestEncryptUpdate, h, NULL, 1, NULL, NULL)
OLD(C_DecryptDigestUpdate, h, NULL, 1, NULL, NULL)
OLD(C_SignEncryptUpdate, h, NULL, 1, NULL, NULL)
OLD(C_DecryptVerifyUpdate, h, NULL, 1, NULL, NULL)
OLD(C_GenerateKey, h, NULL, NULL, 1, &h)
OLD(C_GenerateKeyPair, h, NULL, NULL, 1, NULL, 1, &h, &h)
OLD(C_WrapKey, h, NULL, 0, 0, NULL, NULL)
OLD(C_UnwrapKey, h, NULL, 0, NULL, 1, NULL, 1, &h)
OLD(C_DeriveKey, h, NULL, 0, NULL, 1, &h)
OLD(C_SeedRandom, h, NULL, 1)
OLD(C_GenerateRandom, h, NULL, 1)
OLD(C_GetFunctionStatus, h)
OLD(C_CancelFunction, h)
NEW(C_LoginUser, h, CKU_USER, NULL, 1, NULL, 0)
NEW(C_SessionCancel, h, 0)
NEW(C_MessageEncryptInit, h, NULL, 0)
NEW(C_EncryptMessage, h, NULL, 1, NULL, 1, NULL, 1, NULL, NULL)
NEW(C_EncryptMessageBegin, h, NULL, 1, NULL, 1)
NEW(C_EncryptMessageNext, h, NULL, 1, NULL, 1, NULL, NULL, 0)
NEW(C_MessageEncryptFinal, h)
NEW(C_MessageDecryptInit, h, NULL, 0)
NEW(C_DecryptMessage, h, NULL, 1, NULL, 1, NULL, 1, NULL, NULL)
NEW(C_DecryptMessageBegin, h, NULL, 1, NULL, 1)
NEW(C_DecryptMessageNext, h, NULL, 1, NULL, 1, NULL, NULL, 0)
NEW(C_MessageDecryptFinal, h)
NEW(C_MessageSignInit, h, NULL, 0)
NEW(C_SignMessage, h, NULL, 1, NULL, 1, NULL, NULL)
NEW(C_SignMessageBegin, h, NULL, 1)
NEW(C_SignMessageNext, h, NULL, 1, NULL, 1, NULL, NULL)
NEW(C_MessageSignFinal, h)
NEW(C_MessageVerifyInit, h, NULL, 0)
NEW(C_VerifyMessage, h, NULL, 1, NULL, 1, NULL, 1)
NEW(C_VerifyMessageBegin, h, NULL, 1)
NEW(C_VerifyMessageNext, h, NULL, 1, NULL, 1, NULL, 1)
NEW(C_MessageVerifyFinal, h)

const struct module_call module_calls[] = {
	{ "C_GetInfo", call_C_GetInfo, CKR_ARGUMENTS_BAD, CKR_ARGUMENTS_BAD },
	{ "C_GetSlotList", call_C_GetSlotList, CKR_ARGUMENTS_BAD, CKR_ARGUMENTS_BAD },
	{ "C_GetSlotInfo", call_C_GetSlotInfo, CKR_SLOT_ID_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_GetTokenInfo", call_C_GetTokenInfo, CKR_SLOT_ID_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_WaitForSlotEvent", call_C_WaitForSlotEvent, CKR_ARGUMENTS_BAD, CKR_ARGUMENTS_BAD },
	{ "C_GetMechanismList", call_C_GetMechanismList, CKR_SLOT_ID_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_GetMechanismInfo", call_C_GetMechanismInfo, CKR_SLOT_ID_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_InitToken", call_C_InitToken, CKR_SLOT_ID_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_InitPIN", call_C_InitPIN, CKR_SESSION_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN },
	{ "C_SetPIN", call_C_SetPIN, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_OpenSession", call_C_OpenSession, CKR_SLOT_ID_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_CloseSession", call_C_CloseSession, CKR_SESSION_HANDLE_INVALID,
	    CKR_SESSION_HANDLE_INVALID },
	{ "C_CloseAllSessions", call_C_CloseAllSessions, CKR_SLOT_ID_INVALID,
	    CKR_SLOT_ID_INVALID },
	{ "C_GetSessionInfo", call_C_GetSessionInfo, CKR_SESSION_HANDLE_INVALID,
	    CKR_ARGUMENTS_BAD },
	{ "C_GetOperationState", call_C_GetOperationState, CKR_SESSION_HANDLE_INVALID,
	    CKR_ARGUMENTS_BAD },
	{ "C_SetOperationState", call_C_SetOperationState, CKR_SESSION_HANDLE_INVALID,
	    CKR_ARGUMENTS_BAD },
	{ "C_Login", call_C_Login, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_Logout", call_C_Logout, CKR_SESSION_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN },
	{ "C_CreateObject", call_C_CreateObject, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_CopyObject", call_C_CopyObject, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_DestroyObject", call_C_DestroyObject, CKR_SESSION_HANDLE_INVALID,
	    CKR_OBJECT_HANDLE_INVALID },
	{ "C_GetObjectSize", call_C_GetObjectSize, CKR_SESSION_HANDLE_INVALID,
	    CKR_ARGUMENTS_BAD },
	{ "C_GetAttributeValue", call_C_GetAttributeValue, CKR_SESSION_HANDLE_INVALID,
	    CKR_ARGUMENTS_BAD },
	{ "C_SetAttributeValue", call_C_SetAttributeValue, CKR_SESSION_HANDLE_INVALID,
	    CKR_ARGUMENTS_BAD },
	{ "C_FindObjectsInit", call_C_FindObjectsInit, CKR_SESSION_HANDLE_INVALID,
	    CKR_ARGUMENTS_BAD },
	{ "C_FindObjects", call_C_FindObjects, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_FindObjectsFinal", call_C_FindObjectsFinal, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_EncryptInit", call_C_EncryptInit, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_Encrypt", call_C_Encrypt, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_EncryptUpdate", call_C_EncryptUpdate, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_EncryptFinal", call_C_EncryptFinal, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_DecryptInit", call_C_DecryptInit, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_Decrypt", call_C_Decrypt, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_DecryptUpdate", call_C_DecryptUpdate, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_DecryptFinal", call_C_DecryptFinal, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_DigestInit", call_C_DigestInit, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_Digest", call_C_Digest, CKR_SESSION_HANDLE_INVALID, CKR_OPERATION_NOT_INITIALIZED },
	{ "C_DigestUpdate", call_C_DigestUpdate, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_DigestKey", call_C_DigestKey, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_DigestFinal", call_C_DigestFinal, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_SignInit", call_C_SignInit, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_Sign", call_C_Sign, CKR_SESSION_HANDLE_INVALID, CKR_OPERATION_NOT_INITIALIZED },
	{ "C_SignUpdate", call_C_SignUpdate, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_SignFinal", call_C_SignFinal, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_SignRecoverInit", call_C_SignRecoverInit, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_SignRecover", call_C_SignRecover, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_VerifyInit", call_C_VerifyInit, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_Verify", call_C_Verify, CKR_SESSION_HANDLE_INVALID, CKR_OPERATION_NOT_INITIALIZED },
	{ "C_VerifyUpdate", call_C_VerifyUpdate, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_VerifyFinal", call_C_VerifyFinal, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_VerifyRecoverInit", call_C_VerifyRecoverInit, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_VerifyRecover", call_C_VerifyRecover, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_DigestEncryptUpdate", call_C_DigestEncryptUpdate, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_DecryptDigestUpdate", call_C_DecryptDigestUpdate, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_SignEncryptUpdate", call_C_SignEncryptUpdate, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_DecryptVerifyUpdate", call_C_DecryptVerifyUpdate, CKR_SESSION_HANDLE_INVALID,
	    CKR_OPERATION_NOT_INITIALIZED },
	{ "C_GenerateKey", call_C_GenerateKey, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_GenerateKeyPair", call_C_GenerateKeyPair, CKR_SESSION_HANDLE_INVALID,
	    CKR_ARGUMENTS_BAD },
	{ "C_WrapKey", call_C_WrapKey, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_UnwrapKey", call_C_UnwrapKey, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_DeriveKey", call_C_DeriveKey, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_SeedRandom", call_C_SeedRandom, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_GenerateRandom", call_C_GenerateRandom, CKR_SESSION_HANDLE_INVALID,
	    CKR_ARGUMENTS_BAD },
	{ "C_GetFunctionStatus", call_C_GetFunctionStatus, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_PARALLEL },
	{ "C_CancelFunction", call_C_CancelFunction, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_PARALLEL },
	{ "C_LoginUser", call_C_LoginUser, CKR_SESSION_HANDLE_INVALID, CKR_ARGUMENTS_BAD },
	{ "C_SessionCancel", call_C_SessionCancel, CKR_SESSION_HANDLE_INVALID, CKR_OK },
	{ "C_MessageEncryptInit", call_C_MessageEncryptInit, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_EncryptMessage", call_C_EncryptMessage, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_EncryptMessageBegin", call_C_EncryptMessageBegin, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_EncryptMessageNext", call_C_EncryptMessageNext, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_MessageEncryptFinal", call_C_MessageEncryptFinal, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_MessageDecryptInit", call_C_MessageDecryptInit, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_DecryptMessage", call_C_DecryptMessage, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_DecryptMessageBegin", call_C_DecryptMessageBegin, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_DecryptMessageNext", call_C_DecryptMessageNext, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_MessageDecryptFinal", call_C_MessageDecryptFinal, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_MessageSignInit", call_C_MessageSignInit, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_SignMessage", call_C_SignMessage, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_SignMessageBegin", call_C_SignMessageBegin, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_SignMessageNext", call_C_SignMessageNext, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_MessageSignFinal", call_C_MessageSignFinal, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_MessageVerifyInit", call_C_MessageVerifyInit, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_VerifyMessage", call_C_VerifyMessage, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_VerifyMessageBegin", call_C_VerifyMessageBegin, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_VerifyMessageNext", call_C_VerifyMessageNext, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
	{ "C_MessageVerifyFinal", call_C_MessageVerifyFinal, CKR_SESSION_HANDLE_INVALID,
	    CKR_FUNCTION_NOT_SUPPORTED },
};
const size_t module_calls_n = sizeof(module_calls) / sizeof(module_calls[0]);
