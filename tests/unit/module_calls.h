#ifndef CARDINAL_TEST_MODULE_CALLS_H
#define CARDINAL_TEST_MODULE_CALLS_H

#include "hsm/pkcs11/cryptoki.h"

/*
 * Every function but C_Initialize, C_Finalize and those that are there before, each with nothing
 * where there should be something: what it answers for a session or slot that is none, and for one
 * that is.
 */
struct module_call {
	const char *name;
	CK_RV (*call)(const CK_FUNCTION_LIST_3_0 *, CK_SESSION_HANDLE, CK_SLOT_ID);
	CK_RV none, nothing;
};
extern const struct module_call module_calls[];
extern const size_t module_calls_n;

#endif
