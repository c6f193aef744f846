#ifndef CARDINAL_MODULE_LIST_H
#define CARDINAL_MODULE_LIST_H

#include "hsm/pkcs11/cryptoki.h"

/* What 3.0 adds and this module exports; the functions on messages are in the list of 3.0 alone. */
CK_RV C_GetInterfaceList(CK_INTERFACE *, CK_ULONG *);
CK_RV C_GetInterface(CK_UTF8CHAR *, CK_VERSION *, CK_INTERFACE **, CK_FLAGS);
CK_RV C_LoginUser(CK_SESSION_HANDLE, CK_USER_TYPE, CK_UTF8CHAR *, CK_ULONG, CK_UTF8CHAR *,
    CK_ULONG);
CK_RV C_SessionCancel(CK_SESSION_HANDLE, CK_FLAGS);

/* What the list of 3.0 has for functions that this token has not. */
CK_RV absent_session(CK_SESSION_HANDLE);
CK_RV absent_init(CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
CK_RV absent_cipher(CK_SESSION_HANDLE, void *, CK_ULONG, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG,
    CK_BYTE *, CK_ULONG *);
CK_RV absent_cipher_begin(CK_SESSION_HANDLE, void *, CK_ULONG, CK_BYTE *, CK_ULONG);
CK_RV absent_cipher_next(CK_SESSION_HANDLE, void *, CK_ULONG, CK_BYTE *, CK_ULONG, CK_BYTE *,
    CK_ULONG *, CK_FLAGS);
CK_RV absent_begin(CK_SESSION_HANDLE, void *, CK_ULONG);
CK_RV absent_sign(CK_SESSION_HANDLE, void *, CK_ULONG, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
CK_RV absent_verify(CK_SESSION_HANDLE, void *, CK_ULONG, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG);

#endif
