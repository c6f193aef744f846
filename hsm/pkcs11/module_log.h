#ifndef CARDINAL_MODULE_LOG_H
#define CARDINAL_MODULE_LOG_H

#include "hsm/pkcs11/cryptoki.h"

/*
 * The client's own log, for an operator who wants to see that an application talks to the right
 * HSM: CARDINAL_PKCS11_LOG is error, info or debug, CARDINAL_PKCS11_LOG_FILE where it goes, if not
 * to standard error. What is no level, or no file that can be written, is said at level error.
 * Neither counts in a program that runs with somebody else's rights. A line a message, bytes that
 * are no printable ASCII escaped. Debug tells names of functions and CKR alone; PINs, keys and data
 * never go here.
 */
enum module_level { LEVEL_NONE, LEVEL_ERROR, LEVEL_INFO, LEVEL_DEBUG };

/* Reads the environment, and tells the level; again in a child. */
void module_log_open(void);
void module_log_close(void);
void module_log(enum module_level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What a call of the application's answered. */
void module_log_call(const char *function, CK_RV);

#endif
