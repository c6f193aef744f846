#ifndef CARDINAL_TEST_MODULE_USER_H
#define CARDINAL_TEST_MODULE_USER_H

#include "hsm/pkcs11/cryptoki.h"
#include "tests/unit/vault_at.h"

/* An application that uses the module, with vault at the other end of the socket. */
enum { SLOT = 3 };

extern const CK_FUNCTION_LIST *f;
extern struct vault_at vault;
extern CK_UTF8CHAR user_pin[sizeof(TOKEN_TRIAL)];
extern CK_BBOOL yes, no;
enum { USER_PIN_LEN = sizeof(TOKEN_TRIAL) - 1 };

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define BOOL(type, v) { type, &(v), sizeof(CK_BBOOL) }
#define TEXT(type, v) { type, (CK_UTF8CHAR *)(v), sizeof(v) - 1 }

/* Vault and module begin; an R/W session in SLOT, where the user is logged in. */
CK_SESSION_HANDLE user_begin(void);
void user_end(void);
CK_SESSION_HANDLE user_session(CK_SLOT_ID);

/* How many objects a template finds. */
CK_ULONG user_count(CK_SESSION_HANDLE, CK_ATTRIBUTE *, CK_ULONG n);
/* What C_GetAttributeValue says when asked for CKA_CLASS. */
CK_RV user_class(CK_SESSION_HANDLE, CK_OBJECT_HANDLE);
/* A P-256 pair labelled "ec"; where the private half lives. */
void user_pair(CK_SESSION_HANDLE, CK_BBOOL *token, CK_OBJECT_HANDLE *public_key,
    CK_OBJECT_HANDLE *private_key);
CK_OBJECT_HANDLE user_aes(CK_SESSION_HANDLE, CK_BBOOL *token);
CK_RV user_verify(CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE, CK_BYTE *data, CK_ULONG n,
    CK_BYTE *sig, CK_ULONG sig_n);

#endif
