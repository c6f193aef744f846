#include <string.h>

#include "hsm/pkcs11/module.h"
#include "hsm/pkcs11/module_list.h"
#include "hsm/pkcs11/module_out.h"

/* All members of CK_FUNCTION_LIST; the two lists differ in their version and C_GetInfo. */
#define FUNCTIONS(major, minor, info) { \
	.version = { major, minor }, \
	.C_GetInfo = info, \
	.C_Initialize = C_Initialize, \
	.C_Finalize = C_Finalize, \
	.C_GetFunctionList = C_GetFunctionList, \
	.C_GetSlotList = C_GetSlotList, \
	.C_GetSlotInfo = C_GetSlotInfo, \
	.C_GetTokenInfo = C_GetTokenInfo, \
	.C_GetMechanismList = C_GetMechanismList, \
	.C_GetMechanismInfo = C_GetMechanismInfo, \
	.C_InitToken = C_InitToken, \
	.C_InitPIN = C_InitPIN, \
	.C_SetPIN = C_SetPIN, \
	.C_OpenSession = C_OpenSession, \
	.C_CloseSession = C_CloseSession, \
	.C_CloseAllSessions = C_CloseAllSessions, \
	.C_GetSessionInfo = C_GetSessionInfo, \
	.C_GetOperationState = C_GetOperationState, \
	.C_SetOperationState = C_SetOperationState, \
	.C_Login = C_Login, \
	.C_Logout = C_Logout, \
	.C_CreateObject = C_CreateObject, \
	.C_CopyObject = C_CopyObject, \
	.C_DestroyObject = C_DestroyObject, \
	.C_GetObjectSize = C_GetObjectSize, \
	.C_GetAttributeValue = C_GetAttributeValue, \
	.C_SetAttributeValue = C_SetAttributeValue, \
	.C_FindObjectsInit = C_FindObjectsInit, \
	.C_FindObjects = C_FindObjects, \
	.C_FindObjectsFinal = C_FindObjectsFinal, \
	.C_EncryptInit = C_EncryptInit, \
	.C_Encrypt = C_Encrypt, \
	.C_EncryptUpdate = C_EncryptUpdate, \
	.C_EncryptFinal = C_EncryptFinal, \
	.C_DecryptInit = C_DecryptInit, \
	.C_Decrypt = C_Decrypt, \
	.C_DecryptUpdate = C_DecryptUpdate, \
	.C_DecryptFinal = C_DecryptFinal, \
	.C_DigestInit = C_DigestInit, \
	.C_Digest = C_Digest, \
	.C_DigestUpdate = C_DigestUpdate, \
	.C_DigestKey = C_DigestKey, \
	.C_DigestFinal = C_DigestFinal, \
	.C_SignInit = C_SignInit, \
	.C_Sign = C_Sign, \
	.C_SignUpdate = C_SignUpdate, \
	.C_SignFinal = C_SignFinal, \
	.C_SignRecoverInit = C_SignRecoverInit, \
	.C_SignRecover = C_SignRecover, \
	.C_VerifyInit = C_VerifyInit, \
	.C_Verify = C_Verify, \
	.C_VerifyUpdate = C_VerifyUpdate, \
	.C_VerifyFinal = C_VerifyFinal, \
	.C_VerifyRecoverInit = C_VerifyRecoverInit, \
	.C_VerifyRecover = C_VerifyRecover, \
	.C_DigestEncryptUpdate = C_DigestEncryptUpdate, \
	.C_DecryptDigestUpdate = C_DecryptDigestUpdate, \
	.C_SignEncryptUpdate = C_SignEncryptUpdate, \
	.C_DecryptVerifyUpdate = C_DecryptVerifyUpdate, \
	.C_GenerateKey = C_GenerateKey, \
	.C_GenerateKeyPair = C_GenerateKeyPair, \
	.C_WrapKey = C_WrapKey, \
	.C_UnwrapKey = C_UnwrapKey, \
	.C_DeriveKey = C_DeriveKey, \
	.C_SeedRandom = C_SeedRandom, \
	.C_GenerateRandom = C_GenerateRandom, \
	.C_GetFunctionStatus = C_GetFunctionStatus, \
	.C_CancelFunction = C_CancelFunction, \
	.C_WaitForSlotEvent = C_WaitForSlotEvent, \
}

static CK_RV
get_info(CK_INFO *out, CK_BYTE major, CK_BYTE minor)
{
	if (out == NULL)
		return CKR_ARGUMENTS_BAD;
	memset(out, 0, sizeof(*out));
	out->cryptokiVersion = (CK_VERSION){ major, minor };
	module_text(out->manufacturerID, sizeof(out->manufacturerID), "Cardinal");
	module_text(out->libraryDescription, sizeof(out->libraryDescription), "Cardinal HSM");
	out->libraryVersion = module_version();
	return CKR_OK;
}

CK_RV
C_GetInfo(CK_INFO_PTR out)
{
	CALL(get_info(out, 2, 40));
}

static CK_RV
get_info_3_0(CK_INFO *out)
{
	CALL(get_info(out, 3, 0));
}

static CK_FUNCTION_LIST list = FUNCTIONS(2, 40, C_GetInfo);
static CK_FUNCTION_LIST_3_0 list_3_0 = {
	.base = FUNCTIONS(3, 0, get_info_3_0),
	.C_GetInterfaceList = C_GetInterfaceList,
	.C_GetInterface = C_GetInterface,
	.C_LoginUser = C_LoginUser,
	.C_SessionCancel = C_SessionCancel,
	.C_MessageEncryptInit = absent_init,
	.C_EncryptMessage = absent_cipher,
	.C_EncryptMessageBegin = absent_cipher_begin,
	.C_EncryptMessageNext = absent_cipher_next,
	.C_MessageEncryptFinal = absent_session,
	.C_MessageDecryptInit = absent_init,
	.C_DecryptMessage = absent_cipher,
	.C_DecryptMessageBegin = absent_cipher_begin,
	.C_DecryptMessageNext = absent_cipher_next,
	.C_MessageDecryptFinal = absent_session,
	.C_MessageSignInit = absent_init,
	.C_SignMessage = absent_sign,
	.C_SignMessageBegin = absent_begin,
	.C_SignMessageNext = absent_sign,
	.C_MessageSignFinal = absent_session,
	.C_MessageVerifyInit = absent_init,
	.C_VerifyMessage = absent_verify,
	.C_VerifyMessageBegin = absent_begin,
	.C_VerifyMessageNext = absent_verify,
	.C_MessageVerifyFinal = absent_session,
};
static CK_UTF8CHAR name[] = "PKCS 11";
/* The first one is what those get who do not say which. */
static CK_INTERFACE interfaces[] = {
	{ name, &list_3_0, CKF_INTERFACE_FORK_SAFE },
	{ name, &list, CKF_INTERFACE_FORK_SAFE },
};
enum { INTERFACES = sizeof(interfaces) / sizeof(interfaces[0]) };

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out)
{
	if (out == NULL)
		return CKR_ARGUMENTS_BAD;
	*out = &list;
	return CKR_OK;
}

CK_RV
C_GetInterfaceList(CK_INTERFACE *out, CK_ULONG *n)
{
	if (n == NULL)
		return CKR_ARGUMENTS_BAD;
	if (out == NULL || *n < INTERFACES)
		return out_length(out, n, INTERFACES);
	*n = INTERFACES;
	memcpy(out, interfaces, sizeof(interfaces));
	return CKR_OK;
}

/* PKCS #11 Base 3.0, 5.4.6. */
CK_RV
C_GetInterface(CK_UTF8CHAR *want, CK_VERSION *version, CK_INTERFACE **out, CK_FLAGS flags)
{
	if (out == NULL)
		return CKR_ARGUMENTS_BAD;
	for (size_t i = 0; i < INTERFACES; i++) {
		/* Every list begins with its version. */
		const CK_VERSION *has = interfaces[i].pFunctionList;

		if ((want != NULL && strcmp((const char *)want, (const char *)name) != 0) ||
		    (version != NULL &&
		    (version->major != has->major || version->minor != has->minor)) ||
		    (interfaces[i].flags & flags) != flags)
			continue;
		*out = &interfaces[i];
		return CKR_OK;
	}
	return CKR_ARGUMENTS_BAD;
}
