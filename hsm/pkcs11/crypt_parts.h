#ifndef CARDINAL_CRYPT_PARTS_H
#define CARDINAL_CRYPT_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "hsm/pkcs11/crypt.h"
#include "hsm/pkcs11/mech_parts.h"

/* What the files of crypt know of each other. */

enum {
	CRYPT_RSA_MAX = 4096 / 8,	/* bytes of a modulus */
	CRYPT_RSA_MIN = 2048 / 8,
	CRYPT_EC_MAX = 66,		/* bytes of a coordinate, of P-521 */
	CRYPT_POINT_MAX = 1 + 2 * CRYPT_EC_MAX,
	CRYPT_BLOCK = 16,		/* of AES */
	CRYPT_MAC_MAX = 64,
	/* PKCS #8 of an RSA key of 4096 bits has under 2400 bytes. */
	CRYPT_PKCS8_MAX = 3072,
};

/* AES ciphers that are fetched once, for each of three key lengths. */
enum crypt_mode { MODE_ECB, MODE_CBC, MODE_CTR, MODE_GCM, MODE_WRAP, MODE_WRAP_PAD, MODES };
enum { CRYPT_HASHES = 5, CRYPT_AES_LENGTHS = 3 };

struct crypt {
	OSSL_LIB_CTX *ctx;
	struct ossl_provider_st *provider;
	EVP_MD *md[CRYPT_HASHES];
	EVP_CIPHER *aes[MODES][CRYPT_AES_LENGTHS];
	EVP_MAC *hmac, *cmac;
};

OSSL_LIB_CTX *crypt_ctx(const struct crypt *);
/* They stay the context's (or libcrypto's own): NULL for what there is not. */
const EVP_MD *crypt_md(const struct crypt *, CK_MECHANISM_TYPE hash);
const EVP_CIPHER *crypt_aes(const struct crypt *, enum crypt_mode, size_t key_n);
/* A reference, for the caller to free. */
EVP_MAC *crypt_mac(const struct crypt *, enum mech_family);
/* The name by which libcrypto knows a hash. */
const char *crypt_hash_name(CK_MECHANISM_TYPE);

/* Memory for secrets: wiped when freed, in the secure heap where there is one. */
void *crypt_secret_new(size_t n);
void crypt_secret_free(void *, size_t n);

/* RFC 8017, 9.1.1: the salt has to fit beside hash and padding. */
int crypt_salt_fits(const struct mech *, size_t modulus_bits);

/* The output rule of crypt.h: 1 when out has room for need, else *rv is what to answer. */
int crypt_room(const uint8_t *out, size_t *n, size_t need, CK_RV *rv);
/* Hands over a result that was longer than known before, or tells its length. */
CK_RV crypt_hand_over(const uint8_t *result, size_t result_n, uint8_t *out, size_t *n);

/*
 * A context of libcrypto set up for one use of a key, kept with the key for the next time: what is
 * set up costs as much as an ECDSA signature.
 */
struct ready_for {
	enum mech_family family;	/* of a private key it signs, of a public one it verifies */
	CK_MECHANISM_TYPE hash;
	CK_ULONG mgf, salt_len;
};
struct ready {
	struct ready *next;
	struct ready_for what;
	EVP_PKEY_CTX *pkey;
	EVP_MAC_CTX *mac;
};
enum { READY_MAX = 16 };

struct crypt_key {
	atomic_uint refs;
	const struct crypt *crypt;
	CK_OBJECT_CLASS class;
	CK_KEY_TYPE type;
	size_t size;			/* bytes: modulus, order of the curve, secret */
	EVP_PKEY *pkey;			/* RSA and EC */
	uint8_t *secret;		/* others: size bytes */
	pthread_mutex_t lock;		/* of what is ready */
	struct ready *ready;
	unsigned ready_n;
};

/* One that is ready, or made so; given back when it has done its work, dropped when it failed. */
CK_RV ready_take(struct crypt_key *, const struct ready_for *, struct ready **);
void ready_give(struct crypt_key *, struct ready *);
void ready_drop(struct ready *);
/* How each kind is made, in its own file. */
CK_RV pkey_ready(struct crypt_key *, const struct ready_for *, struct ready *);
CK_RV mac_ready(struct crypt_key *, const struct ready_for *, struct ready *);

/* A curve as it is named by CKA_EC_PARAMS. */
struct curve {
	const char *name;		/* libcrypto's */
	CK_KEY_TYPE type;
	int nid;
	uint16_t bits;			/* of the order; Edwards and Montgomery: 255 */
	uint8_t size;			/* bytes of a coordinate, of a private value */
	uint8_t params_n;
	uint8_t params[14];		/* DER, as CKA_EC_PARAMS */
};
CK_RV curve_find(const uint8_t *params, size_t n, const struct curve **);
/* The raw point inside, in place: CKA_EC_POINT has it in an OCTET STRING or as it is. */
int curve_raw_point(const struct curve *, const uint8_t *, size_t, const uint8_t **, size_t *n);
/* The EVP_PKEY of a public key. CKR_ATTRIBUTE_VALUE_INVALID when it is no point of the curve. */
CK_RV curve_public(const struct crypt *, const struct curve *, const uint8_t *point, size_t n,
    EVP_PKEY **);
/* Of a private one, with the public point that belongs to it. */
CK_RV curve_private(const struct crypt *, const struct curve *, const uint8_t *value, size_t n,
    EVP_PKEY **);
/* The public value of either, raw and as CKA_EC_POINT. */
CK_RV curve_point_of(const struct curve *, EVP_PKEY *, uint8_t raw[CRYPT_POINT_MAX], size_t *n);
void curve_put_point(struct attrs *, const uint8_t *raw, size_t n);

/* RSA keys from attributes and into them. */
CK_RV rsa_public(const struct crypt *, const struct attrs *, EVP_PKEY **);
CK_RV rsa_private(const struct crypt *, const struct attrs *, EVP_PKEY **);
CK_RV rsa_put_public(EVP_PKEY *, struct attrs *);
CK_RV rsa_put_private(EVP_PKEY *, struct attrs *);

/* EC_PARAMS and the private value of a key of that curve. */
CK_RV ec_put_private(const struct curve *, EVP_PKEY *, struct attrs *);

/* Whether key and mechanism go together: CKR_MECHANISM_INVALID, CKR_KEY_TYPE_INCONSISTENT. */
CK_RV crypt_fits(const struct crypt_key *, const struct mech *, CK_FLAGS op);

/* One file for each kind of mechanism. What is handed in fits the key. */
CK_RV rsa_sign(struct crypt_key *, const struct mech *, const uint8_t *, size_t, uint8_t *out,
    size_t *n);
CK_RV rsa_verify(struct crypt_key *, const struct mech *, const uint8_t *, size_t,
    const uint8_t *sig, size_t sig_n);
CK_RV rsa_encrypt(struct crypt_key *, const struct mech *, const uint8_t *, size_t, uint8_t *out,
    size_t *n);
CK_RV rsa_decrypt(struct crypt_key *, const struct mech *, const uint8_t *, size_t, uint8_t *out,
    size_t *n);
CK_RV ec_sign(struct crypt_key *, const struct mech *, const uint8_t *, size_t, uint8_t *out,
    size_t *n);
CK_RV ec_verify(struct crypt_key *, const struct mech *, const uint8_t *, size_t,
    const uint8_t *sig, size_t sig_n);
CK_RV mac_sign(struct crypt_key *, const struct mech *, const uint8_t *, size_t, uint8_t *out,
    size_t *n);
CK_RV mac_verify(struct crypt_key *, const struct mech *, const uint8_t *, size_t,
    const uint8_t *sig, size_t sig_n);
size_t mac_length(const struct mech *);

/*
 * AES with a key's bytes. aes_begin: a context with key, IV and additional data; aes_run: all in
 * one piece. aes_ctr_left: bytes before CTR's counter would wrap.
 */
CK_RV aes_begin(const struct crypt *, const uint8_t *key, size_t key_n, const struct mech *,
    int encrypt, EVP_CIPHER_CTX **);
CK_RV aes_run(const struct crypt *, const uint8_t *key, size_t key_n, const struct mech *,
    int encrypt, const uint8_t *data, size_t data_n, uint8_t *out, size_t *n);
size_t aes_out_max(const struct mech *, int encrypt, size_t n);
uint64_t aes_ctr_left(const struct mech *);

/*
 * RFC 8017, 7.2.2, without telling whether the padding was right: what is wrong gives bytes that
 * depend on key and ciphertext alone. out has room for size bytes.
 */
CK_RV pkcs1_decrypt(const struct crypt_key *, const uint8_t *ciphertext, uint8_t *out, size_t *n);

/* A private key as PKCS #8 (RFC 5208), and out of it into an object that says its type. */
CK_RV pkcs8_put(const struct crypt *, const struct attrs *object, uint8_t *out, size_t cap,
    size_t *n);
CK_RV pkcs8_get(const struct crypt *, const uint8_t *, size_t n, struct attrs *object);

/* A curve by the name that libcrypto has for its curve; NULL: none of this token. */
const struct curve *curve_named(const char *);

#endif
