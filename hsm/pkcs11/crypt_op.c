#include "hsm/pkcs11/crypt_parts.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

/* What an operation is at: it ends by its result, or by its first failure. */
enum state { GOING, FINISHED, FAILED };

struct crypt_op {
	struct crypt_key *key;
	enum mech_family family;
	CK_FLAGS op;
	enum state state;
	struct ready *mac;
	size_t out_n;			/* bytes of MAC or tag */
	EVP_CIPHER_CTX *cipher;
	size_t held;			/* bytes that the cipher holds back */
	uint64_t left;			/* CTR: bytes before the counter wraps */
	uint8_t *text;			/* GCM: what is to be decrypted */
	size_t text_n, text_cap;
	uint8_t last[CRYPT_BLOCK];	/* what taking the padding off has left */
	size_t last_n;
	uint8_t last_made;
};

static int
is_mac(CK_FLAGS op)
{
	return op == CKF_SIGN || op == CKF_VERIFY;
}

static CK_RV
begin(struct crypt_op *o, const struct mech *m)
{
	const struct crypt_key *key = o->key;
	struct ready_for what = { .family = m->info->family, .hash = m->info->hash };

	switch (m->info->family) {
	case MECH_HMAC:
	case MECH_AES_CMAC:
		o->out_n = mac_length(m);
		return ready_take(o->key, &what, &o->mac);
	case MECH_AES_GCM:
		o->out_n = m->bits / 8;
		break;
	case MECH_AES_CTR:
		o->left = aes_ctr_left(m);
		break;
	case MECH_AES_ECB:
	case MECH_AES_CBC:
	case MECH_AES_CBC_PAD:
		break;
	default:
		return CKR_MECHANISM_INVALID;
	}
	return aes_begin(key->crypt, key->secret, key->size, m, o->op == CKF_ENCRYPT, &o->cipher);
}

CK_RV
crypt_op_new(struct crypt *c, struct crypt_key *key, const struct mech *m, CK_FLAGS op,
    struct crypt_op **out)
{
	struct crypt_op *o;
	CK_RV rv;

	(void)c;
	*out = NULL;
	if ((rv = crypt_fits(key, m, op)) != CKR_OK)
		return rv;
	if (!is_mac(op) && op != CKF_ENCRYPT && op != CKF_DECRYPT)
		return CKR_MECHANISM_INVALID;
	if ((o = calloc(1, sizeof(*o))) == NULL)
		return CKR_HOST_MEMORY;
	o->key = crypt_key_ref(key);
	o->family = m->info->family;
	o->op = op;
	ERR_set_mark();
	rv = begin(o, m);
	ERR_pop_to_mark();
	if (rv == CKR_OK)
		*out = o;
	else
		crypt_op_free(o);
	return rv;
}

/* What n more bytes bring out: whole blocks, but for the last when padding has to come off. */
static size_t
brings_out(const struct crypt_op *o, size_t n)
{
	const size_t total = o->held + n;

	switch (o->family) {
	case MECH_AES_CTR:
	case MECH_AES_GCM:
		return n;
	case MECH_AES_CBC_PAD:
		if (o->op == CKF_DECRYPT)
			return total == 0 ? 0 : (total - 1) / CRYPT_BLOCK * CRYPT_BLOCK;
		break;
	default:
		break;
	}
	return total / CRYPT_BLOCK * CRYPT_BLOCK;
}

static CK_RV
hold(struct crypt_op *o, const uint8_t *data, size_t n)
{
	size_t cap = o->text_cap > 0 ? o->text_cap : 4096;
	uint8_t *p;

	if (n > CRYPT_HELD_MAX - o->text_n)
		return CKR_DATA_LEN_RANGE;
	while (cap < o->text_n + n)
		cap *= 2;
	if (cap != o->text_cap) {
		if ((p = realloc(o->text, cap)) == NULL)
			return CKR_HOST_MEMORY;
		o->text = p;
		o->text_cap = cap;
	}
	if (n > 0)
		memcpy(o->text + o->text_n, data, n);
	o->text_n += n;
	return CKR_OK;
}

static CK_RV
update(struct crypt_op *o, const uint8_t *data, size_t data_n, uint8_t *out, size_t *n)
{
	size_t need;
	int done = 0;
	CK_RV rv;

	if (is_mac(o->op)) {
		if (n != NULL)
			*n = 0;
		return data_n == 0 || EVP_MAC_update(o->mac->mac, data, data_n) == 1 ? CKR_OK :
		    CKR_FUNCTION_FAILED;
	}
	if (o->family == MECH_AES_GCM && o->op == CKF_DECRYPT) {
		*n = 0;
		return out == NULL ? CKR_OK : hold(o, data, data_n);
	}
	if (data_n > CRYPT_HELD_MAX || (o->family == MECH_AES_CTR && data_n > o->left))
		return CKR_DATA_LEN_RANGE;
	need = brings_out(o, data_n);
	if (!crypt_room(out, n, need, &rv))
		return rv;
	if (data_n > 0 && (EVP_CipherUpdate(o->cipher, out, &done, data, (int)data_n) != 1 ||
	    (size_t)done != need))
		return CKR_FUNCTION_FAILED;
	if (o->family == MECH_AES_CTR)
		o->left -= data_n;
	else if (o->family != MECH_AES_GCM)
		o->held += data_n - need;
	*n = need;
	return CKR_OK;
}

/* A length that was told, and room that was too little, have changed nothing. */
static CK_RV
after(struct crypt_op *o, CK_RV rv, enum state next, int told)
{
	if (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL)
		o->state = FAILED;
	else if (rv == CKR_OK && !told)
		o->state = next;
	return rv;
}

CK_RV
crypt_op_update(struct crypt_op *o, const uint8_t *data, size_t data_n, uint8_t *out, size_t *n)
{
	CK_RV rv;

	if (o->state != GOING || o->last_made)
		return CKR_OPERATION_NOT_INITIALIZED;
	ERR_set_mark();
	rv = update(o, data, data_n, out, n);
	ERR_pop_to_mark();
	return after(o, rv, GOING, 0);
}

static CK_RV
mac_final(struct crypt_op *o, const uint8_t *sig, size_t sig_n, uint8_t *out, size_t *n)
{
	uint8_t mac[CRYPT_MAC_MAX];
	size_t length;
	CK_RV rv = CKR_OK;

	if (o->op == CKF_VERIFY && sig_n != o->out_n)
		return CKR_SIGNATURE_LEN_RANGE;
	if (o->op == CKF_SIGN && !crypt_room(out, n, o->out_n, &rv))
		return rv;
	if (EVP_MAC_final(o->mac->mac, mac, &length, sizeof(mac)) != 1 ||
	    EVP_MAC_init(o->mac->mac, NULL, 0, NULL) != 1) {
		rv = CKR_FUNCTION_FAILED;
	} else if (o->op == CKF_SIGN) {
		memcpy(out, mac, o->out_n);
		*n = o->out_n;
	} else if (CRYPTO_memcmp(mac, sig, sig_n) != 0) {
		rv = CKR_SIGNATURE_INVALID;
	}
	OPENSSL_cleanse(mac, sizeof(mac));
	return rv;
}

static CK_RV
cipher_final(struct crypt_op *o, uint8_t *out, size_t *n)
{
	const size_t need = o->family == MECH_AES_GCM ? o->out_n :
	    o->family == MECH_AES_CBC_PAD ? CRYPT_BLOCK : 0;
	uint8_t none[CRYPT_BLOCK];
	int done = 0;
	CK_RV rv;

	if (o->held != 0 && o->family != MECH_AES_CBC_PAD)
		return o->op == CKF_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE;
	if (!crypt_room(out, n, need, &rv))
		return rv;
	if (EVP_CipherFinal_ex(o->cipher, o->family == MECH_AES_CBC_PAD ? out : none, &done) != 1 ||
	    (o->family == MECH_AES_GCM &&
	    EVP_CIPHER_CTX_ctrl(o->cipher, EVP_CTRL_AEAD_GET_TAG, (int)o->out_n, out) != 1))
		return CKR_FUNCTION_FAILED;
	*n = need;
	return CKR_OK;
}

/* The whole text at once, so that nothing comes out of one that is not authentic. */
static CK_RV
gcm_open(struct crypt_op *o, uint8_t *out, size_t *n)
{
	uint8_t none[CRYPT_BLOCK];
	size_t need;
	int done = 0;
	CK_RV rv;

	if (o->text_n < o->out_n)
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	need = o->text_n - o->out_n;
	if (!crypt_room(out, n, need, &rv))
		return rv;
	if (EVP_CIPHER_CTX_ctrl(o->cipher, EVP_CTRL_AEAD_SET_TAG, (int)o->out_n,
	    o->text + need) == 1 &&
	    (need == 0 || EVP_CipherUpdate(o->cipher, out, &done, o->text, (int)need) == 1) &&
	    EVP_CipherFinal_ex(o->cipher, none, &done) == 1) {
		*n = need;
		return CKR_OK;
	}
	OPENSSL_cleanse(out, need);
	return CKR_ENCRYPTED_DATA_INVALID;
}

static CK_RV
unpad_final(struct crypt_op *o, uint8_t *out, size_t *n)
{
	int done = 0;

	if (!o->last_made) {
		if (o->held != CRYPT_BLOCK)
			return CKR_ENCRYPTED_DATA_LEN_RANGE;
		if (EVP_CipherFinal_ex(o->cipher, o->last, &done) != 1)
			return CKR_ENCRYPTED_DATA_INVALID;
		o->last_n = (size_t)done;
		o->last_made = 1;
	}
	return crypt_hand_over(o->last, o->last_n, out, n);
}

CK_RV
crypt_op_final(struct crypt_op *o, const uint8_t *sig, size_t sig_n, uint8_t *out, size_t *n)
{
	CK_RV rv;

	if (o->state != GOING)
		return CKR_OPERATION_NOT_INITIALIZED;
	ERR_set_mark();
	if (is_mac(o->op))
		rv = mac_final(o, sig, sig_n, out, n);
	else if (o->op == CKF_DECRYPT && o->family == MECH_AES_GCM)
		rv = gcm_open(o, out, n);
	else if (o->op == CKF_DECRYPT && o->family == MECH_AES_CBC_PAD)
		rv = unpad_final(o, out, n);
	else
		rv = cipher_final(o, out, n);
	ERR_pop_to_mark();
	return after(o, rv, FINISHED, o->op != CKF_VERIFY && out == NULL);
}

void
crypt_op_free(struct crypt_op *o)
{
	if (o == NULL)
		return;
	/* Only what was finished has begun anew. */
	if (o->state == FINISHED && o->mac != NULL)
		ready_give(o->key, o->mac);
	else
		ready_drop(o->mac);
	EVP_CIPHER_CTX_free(o->cipher);
	free(o->text);
	crypt_key_free(o->key);
	OPENSSL_cleanse(o, sizeof(*o));
	free(o);
}
