#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

#include <openssl/crypto.h>

enum { WRAP_BLOCK = 8, GCM_IV = 12 };

static enum crypt_mode
mode_of(enum mech_family family)
{
	switch (family) {
	case MECH_AES_CBC:
	case MECH_AES_CBC_PAD:
		return MODE_CBC;
	case MECH_AES_CTR:
		return MODE_CTR;
	case MECH_AES_GCM:
		return MODE_GCM;
	case MECH_AES_KW:
		return MODE_WRAP;
	case MECH_AES_KWP:
		return MODE_WRAP_PAD;
	default:
		return MODE_ECB;
	}
}

CK_RV
aes_begin(const struct crypt *c, const uint8_t *key, size_t key_n, const struct mech *m,
    int encrypt, EVP_CIPHER_CTX **out)
{
	const EVP_CIPHER *cipher = crypt_aes(c, mode_of(m->info->family), key_n);
	const int gcm = m->info->family == MECH_AES_GCM;
	EVP_CIPHER_CTX *ctx;
	int n;

	*out = NULL;
	if (cipher == NULL)
		return CKR_KEY_SIZE_RANGE;
	if ((ctx = EVP_CIPHER_CTX_new()) == NULL)
		return CKR_HOST_MEMORY;
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, encrypt, NULL) != 1 ||
	    (gcm && m->iv_n != GCM_IV &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, m->iv_n, NULL) != 1) ||
	    EVP_CipherInit_ex2(ctx, NULL, key, m->iv_n > 0 ? m->iv : NULL, encrypt, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, m->info->family == MECH_AES_CBC_PAD) != 1 ||
	    (gcm && m->a_n > 0 && EVP_CipherUpdate(ctx, NULL, &n, m->a, m->a_n) != 1)) {
		EVP_CIPHER_CTX_free(ctx);
		return CKR_FUNCTION_FAILED;
	}
	*out = ctx;
	return CKR_OK;
}

/* What is left of the counter below its top bits, which are the nonce's (SP 800-38A, B.1). */
uint64_t
aes_ctr_left(const struct mech *m)
{
	uint64_t low = 0, high = 0, mask;
	const CK_ULONG bits = m->bits;

	for (int i = 0; i < 8; i++) {
		high = high << 8 | m->iv[i];
		low = low << 8 | m->iv[8 + i];
	}
	if (bits > 64) {
		mask = bits == 128 ? UINT64_MAX : (UINT64_C(1) << (bits - 64)) - 1;
		/* What the lower part has left counts when the upper one has nothing left. */
		if ((high & mask) != mask)
			return UINT64_MAX;
		low = 0 - low;
	} else {
		mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
		low = mask - (low & mask) + 1;
	}
	return low == 0 || low > UINT64_MAX / CRYPT_BLOCK ? UINT64_MAX : low * CRYPT_BLOCK;
}

/* Whether so many bytes can go in. */
static int
length_fits(const struct mech *m, int encrypt, size_t n)
{
	if (n > CRYPT_HELD_MAX)
		return 0;
	switch (m->info->family) {
	case MECH_AES_ECB:
	case MECH_AES_CBC:
		return n % CRYPT_BLOCK == 0;
	case MECH_AES_CBC_PAD:
		return encrypt || (n > 0 && n % CRYPT_BLOCK == 0);
	case MECH_AES_CTR:
		return n <= aes_ctr_left(m);
	case MECH_AES_GCM:
		return encrypt || n >= m->bits / 8;
	case MECH_AES_KW:
		/* RFC 3394, 2: two blocks at least, and one more when wrapped. */
		return n % WRAP_BLOCK == 0 && n >= (size_t)(encrypt ? 2 : 3) * WRAP_BLOCK;
	case MECH_AES_KWP:
		return encrypt ? n > 0 : n % WRAP_BLOCK == 0 && n >= (size_t)2 * WRAP_BLOCK;
	default:
		return 0;
	}
}

size_t
aes_out_max(const struct mech *m, int encrypt, size_t n)
{
	const size_t tag = m->bits / 8;

	switch (m->info->family) {
	case MECH_AES_CBC_PAD:
		return encrypt ? (n / CRYPT_BLOCK + 1) * CRYPT_BLOCK : n;
	case MECH_AES_GCM:
		return encrypt ? n + tag : n > tag ? n - tag : 0;
	case MECH_AES_KW:
	case MECH_AES_KWP:
		if (encrypt)
			return (n + WRAP_BLOCK - 1) / WRAP_BLOCK * WRAP_BLOCK + WRAP_BLOCK;
		return n > WRAP_BLOCK ? n - WRAP_BLOCK : 0;
	default:
		return n;
	}
}

/* out has room for the most that comes out. */
static CK_RV
run(EVP_CIPHER_CTX *ctx, const struct mech *m, int encrypt, const uint8_t *data, size_t n,
    uint8_t *out, size_t *out_n)
{
	const int gcm = m->info->family == MECH_AES_GCM, tag_n = (int)m->bits / 8;
	const CK_RV wrong = encrypt ? CKR_FUNCTION_FAILED : CKR_ENCRYPTED_DATA_INVALID;
	uint8_t tag[CRYPT_BLOCK];
	int done = 0, last = 0;

	if (gcm && !encrypt) {
		n -= (size_t)tag_n;
		memcpy(tag, data + n, (size_t)tag_n);
		if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, tag_n, tag) != 1)
			return CKR_FUNCTION_FAILED;
	}
	if ((n > 0 && EVP_CipherUpdate(ctx, out, &done, data, (int)n) != 1) ||
	    EVP_CipherFinal_ex(ctx, out + done, &last) != 1)
		return wrong;
	*out_n = (size_t)done + (size_t)last;
	if (gcm && encrypt) {
		if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, tag_n, out + *out_n) != 1)
			return CKR_FUNCTION_FAILED;
		*out_n += (size_t)tag_n;
	}
	return CKR_OK;
}

CK_RV
aes_run(const struct crypt *c, const uint8_t *key, size_t key_n, const struct mech *m, int encrypt,
    const uint8_t *data, size_t data_n, uint8_t *out, size_t *n)
{
	/* Padding is known when it has been taken off: then there may be less than the most. */
	const int unknown = !encrypt && (m->info->family == MECH_AES_CBC_PAD ||
	    m->info->family == MECH_AES_KWP);
	const size_t room = *n;
	EVP_CIPHER_CTX *ctx = NULL;
	uint8_t *p = out;
	size_t most, got = 0;
	CK_RV rv;

	if (!length_fits(m, encrypt, data_n))
		return encrypt || m->info->family == MECH_AES_CTR ? CKR_DATA_LEN_RANGE :
		    CKR_ENCRYPTED_DATA_LEN_RANGE;
	most = aes_out_max(m, encrypt, data_n);
	if (!crypt_room(out, n, most, &rv)) {
		if (!unknown || out == NULL)
			return rv;
		*n = room;
	}
	if (unknown && (p = OPENSSL_malloc(data_n)) == NULL)
		return CKR_HOST_MEMORY;
	if ((rv = aes_begin(c, key, key_n, m, encrypt, &ctx)) == CKR_OK)
		rv = run(ctx, m, encrypt, data, data_n, p, &got);
	EVP_CIPHER_CTX_free(ctx);
	if (unknown) {
		if (rv == CKR_OK)
			rv = crypt_hand_over(p, got, out, n);
		OPENSSL_clear_free(p, data_n);
	} else if (rv == CKR_OK) {
		*n = got;
	} else {
		OPENSSL_cleanse(out, most);
	}
	return rv;
}
