#ifndef CARDINAL_TESTS_P11_WORDS_H
#define CARDINAL_TESTS_P11_WORDS_H

#include <stddef.h>

#include "hsm/pkcs11/cryptoki.h"

/*
 * What steps of a PKCS#11 client are written in: bytes, templates, mechanisms, and names for what
 * earlier steps gave. Bad usage ends the process with 2.
 *
 *   bytes      hex | text:WORDS | zero:N | @FILE | $NAME, what was kept | empty | null
 *   template   ATTRIBUTE=VALUE,... | none; VALUE is yes or no, a number or name, text, or bytes as
 *              above; ATTRIBUTE~HEX: the value's very bytes; ATTRIBUTE!N: no pointer, length N.
 *              EC_PARAMS also takes p256, p384, p521, bp256, secp256k1, ed25519, x25519.
 *   mechanism  NAME, NAME:BYTES (its parameter), NAME:null:N, or
 *              AES_GCM:IV:AAD:TAGBITS  AES_CTR:BITS:BLOCK  ..._PSS:HASH:MGF:SALTLEN
 *              RSA_PKCS_OAEP:HASH:MGF[:LABEL]  ECDH1_DERIVE:KDF:POINT[:SHARED]
 *              RSA_AES_KEY_WRAP:AESBITS:HASH:MGF  ..._GENERAL:LENGTH  EDDSA:ph:CONTEXT
 *              HKDF_DERIVE:EXTRACT:EXPAND:HASH:SALT:INFO
 *              with hashes as sha256, MGFs as their numbers are named: the hash
 */
enum { P11_ROOM = 160 * 1024, P11_KEPT = 64, P11_TEMPLATE = 32 };

struct p11_bytes {
	CK_BYTE *p;		/* NULL: null */
	CK_ULONG n;
};

struct p11_template {
	CK_ATTRIBUTE a[P11_TEMPLATE];	/* values are allocated, never freed: a run is short */
	CK_ULONG n;
};

_Noreturn void p11_misused(const char *why, const char *word);
/* Handles and bytes by name. */
void p11_keep_number(const char *name, CK_ULONG);
/* A name or a number. */
CK_ULONG p11_number(const char *word);
void p11_keep_bytes(const char *name, const void *, size_t n);
struct p11_bytes p11_bytes(const char *word);
void p11_template(const char *word, struct p11_template *);
/* Names of attributes alone, for C_GetAttributeValue. */
void p11_attributes(const char *word, struct p11_template *);
void p11_mechanism(const char *word, CK_MECHANISM *);

#endif
