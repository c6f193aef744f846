#ifndef CARDINAL_TEMPLATE_H
#define CARDINAL_TEMPLATE_H

#include "hsm/pkcs11/rules.h"

/*
 * Sets of attributes as words, so that a row of a table reads as a template:
 *
 *   CLASS=secret KEY_TYPE=aes VALUE=16*41 TOKEN=1 LABEL='k1 ALLOWED_MECHANISMS=aes-ecb,aes-gcm
 *
 * The names are those of CKA_*. Bytes are hex, N*hh, 'text up to the next blank, or a name of the
 * helper's ($p256, $point, ...), or several joined by +; #hex is the value's bytes as the set shall have them, whatever the
 * kind. Aborts on what it does not know.
 */
void words(const char *text, struct attrs *set);

/* A set with its memory. */
struct sheet {
	struct attrs set;
	uint8_t p[ATTRS_MAX];
};
/* Empty, then filled from words. */
struct attrs *sheet(struct sheet *, const char *text);

/* Whether the object has all of those words; says on stderr which one it has not. */
int has_words(const struct attrs *object, const char *text);

/* Who asks, in four ways. */
extern const struct rules_who nobody, user, user_ro, so;

/* A certificate, and keys of each kind, to which a row adds. */
#define CERT "CLASS=cert CERTIFICATE_TYPE=x509 SUBJECT=3000 VALUE=3000 "
#define RSA_PUB "CLASS=public KEY_TYPE=rsa MODULUS=256*c3 PUBLIC_EXPONENT=010001 "
#define RSA_CRT "PRIME_1=$p PRIME_2=$q EXPONENT_1=$dp EXPONENT_2=$dq "
#define RSA_PRIV "CLASS=private KEY_TYPE=rsa MODULUS=$n PUBLIC_EXPONENT=010001 " \
	"PRIVATE_EXPONENT=$d " RSA_CRT "COEFFICIENT=$qinv "
#define EC_PUB "CLASS=public KEY_TYPE=ec EC_PARAMS=$p256 EC_POINT=$point "
#define EC_PRIV "CLASS=private KEY_TYPE=ec EC_PARAMS=$p256 VALUE=32*11 "
#define AES_KEY "CLASS=secret KEY_TYPE=aes VALUE=16*41 "

#endif
