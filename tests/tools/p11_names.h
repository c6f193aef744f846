#ifndef CARDINAL_TESTS_P11_NAMES_H
#define CARDINAL_TESTS_P11_NAMES_H

#include "hsm/pkcs11/cryptoki.h"

/*
 * Names of the standard, without their prefix on the command line (AES_KEY_GEN), in any case; with
 * it where they are printed (CKR_OK).
 */
enum p11_names { P11_CKR, P11_CKM, P11_CKA, P11_CKO, P11_CKK, P11_KINDS };

/* "0x..." for one without a name; stays until the next call. */
const char *p11_name(enum p11_names, CK_ULONG);
/* 0 and the value, also of a number; -1: there is none of that name. */
int p11_value(enum p11_names, const char *name, size_t n, CK_ULONG *);

enum p11_kind { P11_BOOL, P11_ULONG, P11_CLASS, P11_KEY_TYPE, P11_MECHANISM, P11_TEXT, P11_BYTES };
/* How a value of that attribute is written; P11_BYTES for one that nobody knows. */
enum p11_kind p11_attribute_kind(CK_ATTRIBUTE_TYPE);

#endif
