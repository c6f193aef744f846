#ifndef CARDINAL_CRYPT_H
#define CARDINAL_CRYPT_H

#include "hsm/pkcs11/attrs.h"
#include "hsm/pkcs11/mech.h"

/*
 * What mechanisms do with keys, over OpenSSL's EVP, for both ends: the daemon with private and
 * secret keys, the module with public keys and digests. Every function returns a CK_RV of the
 * standard; nothing here knows of handles, sessions or sockets. All calls are safe from any thread.
 *
 * Output buffers: *n is the room and becomes the length; with out NULL only the length is told
 * (CKR_OK), with too little room CKR_BUFFER_TOO_SMALL and *n what is needed; in both cases nothing
 * has been consumed. Everything secret is wiped on every path.
 */

/*
 * A libcrypto context of one's own, so that a module in an application never meets that one's
 * providers: NULL for the process's own, which the daemon uses.
 */
struct crypt;
CK_RV crypt_new(struct crypt **);
void crypt_free(struct crypt *);

/*
 * A key made ready for use from its object's attributes, which are checked against each other; the
 * context outlives it. It is counted, since a key may be taken out of a cache while another thread
 * signs with it. Secret bytes are in the secure heap when there is one.
 */
struct crypt_key;
CK_RV crypt_key_new(struct crypt *, const struct attrs *object, struct crypt_key **);
struct crypt_key *crypt_key_ref(struct crypt_key *);
void crypt_key_free(struct crypt_key *);

/* Generation: key values are put into the sets, which rules_make has made. */
CK_RV crypt_generate(struct crypt *, const struct mech *, struct attrs *object);
CK_RV crypt_generate_pair(struct crypt *, const struct mech *, struct attrs *public_key,
    struct attrs *private_key);
/* The public values that belong to a private key, for CKA_PUBLIC_KEY_INFO and imports without. */
CK_RV crypt_public_of(struct crypt *, const struct attrs *private_key, struct attrs *public_key);

/*
 * In one piece. Hash-and-sign mechanisms of RSA and ECDSA (info->hash of RSA_PKCS, RSA_PSS,
 * ECDSA) take
 * the digest, not the message: whoever has the message hashes it first, with crypt_digest_*.
 */
CK_RV crypt_sign(struct crypt *, struct crypt_key *, const struct mech *, const uint8_t *data,
    size_t data_n, uint8_t *out, size_t *n);
CK_RV crypt_verify(struct crypt *, struct crypt_key *, const struct mech *, const uint8_t *data,
    size_t data_n, const uint8_t *sig, size_t sig_n);
CK_RV crypt_encrypt(struct crypt *, struct crypt_key *, const struct mech *, const uint8_t *data,
    size_t data_n, uint8_t *out, size_t *n);
CK_RV crypt_decrypt(struct crypt *, struct crypt_key *, const struct mech *, const uint8_t *data,
    size_t data_n, uint8_t *out, size_t *n);
/*
 * Bytes that the result has at the most, from what may be read of a key, without doing anything:
 * exact for signatures and MACs. 0 for what does not fit together.
 */
size_t crypt_out_max(const struct attrs *view, const struct mech *, CK_FLAGS op, size_t data_n);
/*
 * Whether the parameter suits the key, from what may be read of it: CKR_MECHANISM_PARAM_INVALID for
 * a PSS salt that is longer than its modulus holds, as signing and verifying would say.
 */
CK_RV crypt_suits(const struct attrs *view, const struct mech *);

/*
 * In parts, for MACs and AES modes: an update of a MAC has no output, out and n may be NULL; all
 * others need an out, even when nothing comes out, since NULL asks for the length. GCM gives out
 * nothing of what it decrypts before its tag has been checked in final (CRYPT_HELD_MAX bytes,
 * CKR_DATA_LEN_RANGE beyond). crypt_op_final of a verification takes the MAC in sig; of all others
 * sig is NULL. A failure ends the operation; the caller frees it.
 */
enum { CRYPT_HELD_MAX = 16 * 1024 * 1024 };
struct crypt_op;
CK_RV crypt_op_new(struct crypt *, struct crypt_key *, const struct mech *, CK_FLAGS op,
    struct crypt_op **);
CK_RV crypt_op_update(struct crypt_op *, const uint8_t *data, size_t data_n, uint8_t *out,
    size_t *n);
CK_RV crypt_op_final(struct crypt_op *, const uint8_t *sig, size_t sig_n, uint8_t *out, size_t *n);
void crypt_op_free(struct crypt_op *);

/* Digests: CKM_SHA_1, CKM_SHA224 to CKM_SHA512. */
struct crypt_digest;
CK_RV crypt_digest_new(struct crypt *, CK_MECHANISM_TYPE hash, struct crypt_digest **);
CK_RV crypt_digest_update(struct crypt_digest *, const uint8_t *, size_t n);
/* out has room for 64 bytes. */
CK_RV crypt_digest_final(struct crypt_digest *, uint8_t *out, size_t *n);
struct crypt_digest *crypt_digest_copy(const struct crypt_digest *);
void crypt_digest_free(struct crypt_digest *);
size_t crypt_digest_length(CK_MECHANISM_TYPE hash);

/*
 * ECDH1 and HKDF: the derived bytes, want of them (0: as many as there are), into CKA_VALUE of
 * object.
 */
CK_RV crypt_derive(struct crypt *, struct crypt_key *base, const struct mech *,
    const struct crypt_key *salt_key, size_t want, struct attrs *object);
/*
 * Wrapping: AES KW, KWP, CBC_PAD, ECB, CBC and GCM as secret keys allow, RSA PKCS, OAEP, and
 * RSA-AES. A private key
 * goes as PKCS #8 (RFC 5208), a secret key as its bytes; unwrapping puts the values into
 * object, whose
 * class and type say what to expect: CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_LEN_RANGE.
 */
CK_RV crypt_wrap(struct crypt *, struct crypt_key *wrapping, const struct mech *,
    const struct attrs *key, uint8_t *out, size_t *n);
CK_RV crypt_unwrap(struct crypt *, struct crypt_key *unwrapping, const struct mech *,
    const uint8_t *wrapped, size_t wrapped_n, struct attrs *object);

/*
 * CKA_CHECK_VALUE: the first three bytes of an AES key's encryption of a block of zeros (PKCS #11
 * Base 2.40, 4.10), of SHA-1 over the value of any other secret key or a certificate.
 */
enum { CRYPT_CHECK_LEN = 3 };
CK_RV crypt_check_value(struct crypt *, const struct attrs *object,
    uint8_t check[CRYPT_CHECK_LEN]);

CK_RV crypt_random(struct crypt *, uint8_t *, size_t n);
/* Mixed in beside what the system gives, which is enough by itself: nothing gets worse by it. */
CK_RV crypt_seed(struct crypt *, const uint8_t *, size_t n);

/*
 * Curves by CKA_EC_PARAMS, an OID or (Edwards, Montgomery) a PrintableString: bits and the key type
 * that it belongs to. CKR_CURVE_NOT_SUPPORTED, CKR_DOMAIN_PARAMS_INVALID for what is not DER of
 * either.
 */
CK_RV crypt_curve(const uint8_t *params, size_t n, CK_KEY_TYPE *type, CK_ULONG *bits);
/* Whether CKA_EC_POINT, a DER OCTET STRING or the raw point, is a point of that curve. */
CK_RV crypt_point(struct crypt *, const uint8_t *params, size_t params_n, const uint8_t *point,
    size_t n);

#endif
