#ifndef CARDINAL_TESTS_CRYPT_KEYS_H
#define CARDINAL_TESTS_CRYPT_KEYS_H

#include "hsm/pkcs11/crypt.h"

/* Objects and mechanisms for the suites of crypt, in few words. */
struct object {
	struct attrs a;
	uint8_t mem[8192];
};

/* Of that class and type, with nothing else. */
void object_of(struct object *, CK_OBJECT_CLASS, CK_KEY_TYPE);
/* A secret key of bytes in hex. */
void object_secret(struct object *, CK_KEY_TYPE, const char *value);
/* The two halves of a fresh pair, by mechanism; curve in hex, or NULL for RSA of 2048 bits. */
void object_pair(struct crypt *, CK_MECHANISM_TYPE, const char *curve, struct object *public_key,
    struct object *private_key);
/* An attribute of bytes in hex. */
void object_hex(struct object *, CK_ATTRIBUTE_TYPE, const char *value);
struct crypt_key *object_key(struct crypt *, const struct object *);

/* A mechanism with the parameter of an application; asserts that there is one. */
struct mech *mech_of(struct mech *, CK_MECHANISM_TYPE, const void *param, size_t n);

/* The hash of n bytes, and its length. */
size_t digest_of(struct crypt *, CK_MECHANISM_TYPE, const void *, size_t n, uint8_t out[64]);

#define P256 "06082a8648ce3d030107"
#define P384 "06052b81040022"
#define P521 "06052b81040023"
#define SECP256K1 "06052b8104000a"
#define BRAINPOOL256 "06092b2403030208010107"
#define BRAINPOOL320 "06092b2403030208010109"
#define BRAINPOOL384 "06092b240303020801010b"
#define BRAINPOOL512 "06092b240303020801010d"
#define ED25519_OID "06032b6570"
#define ED25519_NAME "130c656477617264733235353139"
#define X25519_OID "06032b656e"
#define X25519_NAME "130a63757276653235353139"

#endif
