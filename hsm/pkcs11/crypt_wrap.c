#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

enum {
	/* What comes out of a key that is wrapped, or out of what is unwrapped. */
	PLAIN_MAX = CRYPT_PKCS8_MAX,
	WRAPPED_MAX = PLAIN_MAX + CRYPT_RSA_MAX + 64,
	AES_MAX = 32,
};

static int
pads_with_zeros(const struct mech *m)
{
	return m->info->family == MECH_AES_ECB || m->info->family == MECH_AES_CBC;
}

/* Whether a private key goes through it: what gives back exactly what was put in. */
static int
takes_private(const struct mech *m)
{
	switch (m->info->family) {
	case MECH_AES_CBC_PAD:
	case MECH_AES_GCM:
	case MECH_AES_KW:
	case MECH_AES_KWP:
	case MECH_RSA_AES_WRAP:
		return 1;
	default:
		return 0;
	}
}

/* The bytes of the key, as they go in; plain has PLAIN_MAX bytes of zeros. */
static CK_RV
serialise(const struct crypt *c, const struct mech *m, const struct attrs *object, uint8_t *plain,
    size_t *n)
{
	const uint8_t *value;

	switch (attrs_ulong(object, CKA_CLASS)) {
	case CKO_PRIVATE_KEY:
		return takes_private(m) ? pkcs8_put(c, object, plain, PLAIN_MAX, n) :
		    CKR_KEY_NOT_WRAPPABLE;
	case CKO_SECRET_KEY:
		if (!attrs_get(object, CKA_VALUE, &value, n) || *n == 0 || *n > MECH_SECRET_MAX)
			return CKR_KEY_NOT_WRAPPABLE;
		memcpy(plain, value, *n);
		if (!pads_with_zeros(m) || *n % CRYPT_BLOCK == 0)
			return CKR_OK;
		/*
		 * PKCS #11 Mechanisms 2.40, 2.9.6: zeros behind it, up to whole blocks. An AES key
		 * would come back longer, since a template to unwrap one may not say its length.
		 */
		if (attrs_ulong(object, CKA_KEY_TYPE) == CKK_AES)
			return CKR_KEY_SIZE_RANGE;
		*n = (*n / CRYPT_BLOCK + 1) * CRYPT_BLOCK;
		return CKR_OK;
	default:
		return CKR_KEY_NOT_WRAPPABLE;
	}
}

static struct mech
kwp(void)
{
	struct mech m;

	mech_clear(&m);
	m.info = mech_info(CKM_AES_KEY_WRAP_KWP);
	return m;
}

/* PKCS #11 Mechanisms 2.40, 2.1.20: an AES key of the moment by OAEP, then the key by it. */
static CK_RV
rsa_aes_wrap(struct crypt_key *key, const struct mech *m, const uint8_t *plain, size_t plain_n,
    uint8_t *out, size_t *n)
{
	const size_t aes_n = m->bits / 8;
	const struct mech inner = kwp();
	size_t first = key->size, second = aes_out_max(&inner, 1, plain_n);
	uint8_t aes[AES_MAX];
	CK_RV rv;

	if (!crypt_room(out, n, first + second, &rv))
		return rv;
	rv = CKR_FUNCTION_FAILED;
	if (RAND_priv_bytes_ex(crypt_ctx(key->crypt), aes, aes_n, 0) == 1 &&
	    (rv = rsa_encrypt(key, m, aes, aes_n, out, &first)) == CKR_OK &&
	    (rv = aes_run(key->crypt, aes, aes_n, &inner, 1, plain, plain_n, out + first,
	    &second)) == CKR_OK)
		*n = first + second;
	OPENSSL_cleanse(aes, sizeof(aes));
	return rv;
}

static CK_RV
rsa_aes_unwrap(struct crypt_key *key, const struct mech *m, const uint8_t *wrapped,
    size_t wrapped_n, uint8_t *plain, size_t *n)
{
	const struct mech inner = kwp();
	uint8_t aes[CRYPT_RSA_MAX];
	size_t aes_n = sizeof(aes);
	CK_RV rv;

	if (wrapped_n <= key->size)
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	if ((rv = rsa_decrypt(key, m, wrapped, key->size, aes, &aes_n)) == CKR_OK) {
		if (aes_n == m->bits / 8)
			rv = aes_run(key->crypt, aes, aes_n, &inner, 0, wrapped + key->size,
			    wrapped_n - key->size, plain, n);
		else
			rv = CKR_ENCRYPTED_DATA_INVALID;
	}
	OPENSSL_cleanse(aes, sizeof(aes));
	return rv;
}

static CK_RV
wrap(struct crypt_key *key, const struct mech *m, const uint8_t *plain, size_t plain_n,
    uint8_t *out, size_t *n)
{
	if (m->info->family == MECH_RSA_AES_WRAP)
		return rsa_aes_wrap(key, m, plain, plain_n, out, n);
	if (m->info->key_type == CKK_AES)
		return aes_run(key->crypt, key->secret, key->size, m, 1, plain, plain_n, out, n);
	return rsa_encrypt(key, m, plain, plain_n, out, n);
}

static CK_RV
unwrap(struct crypt_key *key, const struct mech *m, const uint8_t *wrapped, size_t wrapped_n,
    uint8_t *plain, size_t *n)
{
	if (m->info->family == MECH_RSA_AES_WRAP)
		return rsa_aes_unwrap(key, m, wrapped, wrapped_n, plain, n);
	if (m->info->key_type == CKK_AES)
		return aes_run(key->crypt, key->secret, key->size, m, 0, wrapped, wrapped_n, plain,
		    n);
	return rsa_decrypt(key, m, wrapped, wrapped_n, plain, n);
}

CK_RV
crypt_wrap(struct crypt *c, struct crypt_key *wrapping, const struct mech *m,
    const struct attrs *object, uint8_t *out, size_t *n)
{
	uint8_t plain[PLAIN_MAX] = { 0 };
	size_t plain_n;
	CK_RV rv;

	if ((rv = crypt_fits(wrapping, m, CKF_WRAP)) != CKR_OK)
		return rv;
	ERR_set_mark();
	if ((rv = serialise(c, m, object, plain, &plain_n)) == CKR_OK)
		rv = wrap(wrapping, m, plain, plain_n, out, n);
	ERR_pop_to_mark();
	OPENSSL_cleanse(plain, sizeof(plain));
	return rv == CKR_DATA_LEN_RANGE ? CKR_KEY_SIZE_RANGE : rv;
}

/* How many of the bytes are the key's: behind it there may be zeros up to whole blocks. */
static CK_RV
secret_length(const struct mech *m, const struct attrs *object, size_t *n)
{
	const CK_ULONG want = attrs_ulong(object, CKA_VALUE_LEN);

	if (want != CK_UNAVAILABLE_INFORMATION) {
		if (want > *n || (want != *n && !pads_with_zeros(m)))
			return CKR_WRAPPED_KEY_LEN_RANGE;
		*n = want;
	}
	if (*n == 0 || *n > MECH_SECRET_MAX ||
	    (attrs_ulong(object, CKA_KEY_TYPE) == CKK_AES && *n != 16 && *n != 24 && *n != 32))
		return CKR_WRAPPED_KEY_LEN_RANGE;
	return CKR_OK;
}

static CK_RV
put_plain(const struct crypt *c, const struct mech *m, const uint8_t *plain, size_t n,
    struct attrs *object)
{
	CK_RV rv;

	switch (attrs_ulong(object, CKA_CLASS)) {
	case CKO_PRIVATE_KEY:
		return pkcs8_get(c, plain, n, object);
	case CKO_SECRET_KEY:
		if ((rv = secret_length(m, object, &n)) != CKR_OK)
			return rv;
		attrs_put(object, CKA_VALUE, plain, n);
		return attrs_end(object);
	default:
		return CKR_TEMPLATE_INCONSISTENT;
	}
}

CK_RV
crypt_unwrap(struct crypt *c, struct crypt_key *unwrapping, const struct mech *m,
    const uint8_t *wrapped, size_t wrapped_n, struct attrs *object)
{
	uint8_t plain[WRAPPED_MAX];
	size_t plain_n = sizeof(plain);
	CK_RV rv;

	if ((rv = crypt_fits(unwrapping, m, CKF_UNWRAP)) != CKR_OK)
		return rv;
	if (wrapped_n == 0 || wrapped_n > WRAPPED_MAX)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	if (attrs_ulong(object, CKA_CLASS) == CKO_PRIVATE_KEY && !takes_private(m))
		return CKR_WRAPPED_KEY_INVALID;
	ERR_set_mark();
	rv = unwrap(unwrapping, m, wrapped, wrapped_n, plain, &plain_n);
	if (rv == CKR_ENCRYPTED_DATA_LEN_RANGE)
		rv = CKR_WRAPPED_KEY_LEN_RANGE;
	else if (rv == CKR_ENCRYPTED_DATA_INVALID)
		rv = CKR_WRAPPED_KEY_INVALID;
	if (rv == CKR_OK)
		rv = put_plain(c, m, plain, plain_n, object);
	ERR_pop_to_mark();
	OPENSSL_cleanse(plain, sizeof(plain));
	return rv;
}
