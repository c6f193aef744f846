#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

size_t
mac_length(const struct mech *m)
{
	if (m->info->general)
		return m->out_len;
	return m->info->family == MECH_HMAC ? mech_hash_length(m->info->hash) : CRYPT_BLOCK;
}

CK_RV
mac_ready(struct crypt_key *key, const struct ready_for *what, struct ready *r)
{
	static const char *const cmac[] = { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" };
	const char *hash = crypt_hash_name(what->hash);
	char name[16];
	OSSL_PARAM params[2];
	EVP_MAC *mac;
	CK_RV rv = CKR_HOST_MEMORY;

	if ((mac = crypt_mac(key->crypt, what->family)) == NULL)
		return CKR_HOST_MEMORY;
	strcpy(name, what->family == MECH_HMAC ? hash : cmac[(key->size - 16) / 8]);
	params[0] = OSSL_PARAM_construct_utf8_string(what->family == MECH_HMAC ?
	    OSSL_MAC_PARAM_DIGEST : OSSL_MAC_PARAM_CIPHER, name, 0);
	params[1] = OSSL_PARAM_construct_end();
	if ((r->mac = EVP_MAC_CTX_new(mac)) != NULL &&
	    EVP_MAC_init(r->mac, key->secret, key->size, params) == 1)
		rv = CKR_OK;
	EVP_MAC_free(mac);
	return rv;
}

/* The whole MAC; the context begins anew then, so that it keeps nothing of the data. */
static CK_RV
compute(struct crypt_key *key, const struct mech *m, const uint8_t *data, size_t data_n,
    uint8_t mac[CRYPT_MAC_MAX])
{
	const struct ready_for what = { .family = m->info->family, .hash = m->info->hash };
	struct ready *r;
	size_t n;
	CK_RV rv;

	if ((rv = ready_take(key, &what, &r)) != CKR_OK)
		return rv;
	if ((data_n > 0 && EVP_MAC_update(r->mac, data, data_n) != 1) ||
	    EVP_MAC_final(r->mac, mac, &n, CRYPT_MAC_MAX) != 1 ||
	    EVP_MAC_init(r->mac, NULL, 0, NULL) != 1) {
		ready_drop(r);
		return CKR_FUNCTION_FAILED;
	}
	ready_give(key, r);
	return CKR_OK;
}

CK_RV
mac_sign(struct crypt_key *key, const struct mech *m, const uint8_t *data, size_t data_n,
    uint8_t *out, size_t *n)
{
	const size_t length = mac_length(m);
	uint8_t mac[CRYPT_MAC_MAX];
	CK_RV rv;

	if (crypt_room(out, n, length, &rv) &&
	    (rv = compute(key, m, data, data_n, mac)) == CKR_OK) {
		memcpy(out, mac, length);
		*n = length;
	}
	OPENSSL_cleanse(mac, sizeof(mac));
	return rv;
}

CK_RV
mac_verify(struct crypt_key *key, const struct mech *m, const uint8_t *data, size_t data_n,
    const uint8_t *sig, size_t sig_n)
{
	uint8_t mac[CRYPT_MAC_MAX];
	CK_RV rv;

	if (sig_n != mac_length(m))
		return CKR_SIGNATURE_LEN_RANGE;
	if ((rv = compute(key, m, data, data_n, mac)) == CKR_OK &&
	    CRYPTO_memcmp(mac, sig, sig_n) != 0)
		rv = CKR_SIGNATURE_INVALID;
	OPENSSL_cleanse(mac, sizeof(mac));
	return rv;
}
