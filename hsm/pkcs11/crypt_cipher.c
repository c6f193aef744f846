#include "hsm/pkcs11/crypt_parts.h"

#include <openssl/err.h>

static int
is_aes(const struct mech *m)
{
	return m->info->key_type == CKK_AES;
}

CK_RV
crypt_encrypt(struct crypt *c, struct crypt_key *key, const struct mech *m, const uint8_t *data,
    size_t data_n, uint8_t *out, size_t *n)
{
	CK_RV rv;

	(void)c;
	if ((rv = crypt_fits(key, m, CKF_ENCRYPT)) != CKR_OK)
		return rv;
	ERR_set_mark();
	rv = is_aes(m) ? aes_run(key->crypt, key->secret, key->size, m, 1, data, data_n, out, n) :
	    rsa_encrypt(key, m, data, data_n, out, n);
	ERR_pop_to_mark();
	return rv;
}

CK_RV
crypt_decrypt(struct crypt *c, struct crypt_key *key, const struct mech *m, const uint8_t *data,
    size_t data_n, uint8_t *out, size_t *n)
{
	CK_RV rv;

	(void)c;
	if ((rv = crypt_fits(key, m, CKF_DECRYPT)) != CKR_OK)
		return rv;
	ERR_set_mark();
	rv = is_aes(m) ? aes_run(key->crypt, key->secret, key->size, m, 0, data, data_n, out, n) :
	    rsa_decrypt(key, m, data, data_n, out, n);
	ERR_pop_to_mark();
	return rv;
}
