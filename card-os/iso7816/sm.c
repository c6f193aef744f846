#include "card-os/iso7816/sm.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"

enum {
	TAG_CRYPTOGRAM = 0x87,
	TAG_CRYPTOGRAM_TLV = 0x85,	/* of data objects: no padding-content indicator */
	TAG_LE = 0x97,
	TAG_SW = 0x99,
	TAG_MAC = 0x8e,
	PADDED = 0x01,			/* ISO 7816-4:2005 6.3.1, padding-content indicator */
	SHORT_LC_MAX = 255,
	SHORT_NE_MAX = 256,
};

static const uint8_t padding[SM_BLOCK] = { 0x80 };

static size_t
pad_of(size_t n)
{
	return SM_BLOCK - n % SM_BLOCK;
}

static void
step(struct sm *sm)
{
	for (size_t i = SM_BLOCK; i-- > 0 && ++sm->ssc[i] == 0;)
		;
}

/* header: 4 bytes or NULL; p: the objects before the MAC's. */
static int
make_mac(const struct sm *sm, const uint8_t *header, const uint8_t *p, size_t n,
    uint8_t mac[SM_MAC])
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER,
		    (char[]){ "AES-256-CBC" }, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *cmac = EVP_MAC_fetch(NULL, "CMAC", NULL);
	EVP_MAC_CTX *ctx = cmac == NULL ? NULL : EVP_MAC_CTX_new(cmac);
	uint8_t full[SM_BLOCK];
	size_t got = 0;
	int ok;

	ok = ctx != NULL && EVP_MAC_init(ctx, sm->mac, SM_KEY, params) == 1 &&
	    EVP_MAC_update(ctx, sm->ssc, SM_BLOCK) == 1;
	if (header != NULL)
		ok = ok && EVP_MAC_update(ctx, header, 4) == 1 &&
		    EVP_MAC_update(ctx, padding, SM_BLOCK - 4) == 1;
	if (n > 0)
		ok = ok && EVP_MAC_update(ctx, p, n) == 1 &&
		    EVP_MAC_update(ctx, padding, pad_of(n)) == 1;
	ok = ok && EVP_MAC_final(ctx, full, &got, sizeof(full)) == 1 && got == sizeof(full);
	if (ok)
		memcpy(mac, full, SM_MAC);
	OPENSSL_cleanse(full, sizeof(full));
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(cmac);
	return ok ? 0 : ERR_CRYPTO;
}

/* AES-256-CBC under the IV of this counter, without padding of its own; not yet fed. */
static EVP_CIPHER_CTX *
cipher(const struct sm *sm, int encrypt)
{
	EVP_CIPHER_CTX *ecb = EVP_CIPHER_CTX_new(), *cbc = EVP_CIPHER_CTX_new();
	uint8_t iv[SM_BLOCK];
	int n = 0;

	if (ecb == NULL || cbc == NULL ||
	    EVP_EncryptInit_ex2(ecb, EVP_aes_256_ecb(), sm->enc, NULL, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ecb, 0) != 1 ||
	    EVP_EncryptUpdate(ecb, iv, &n, sm->ssc, SM_BLOCK) != 1 || n != SM_BLOCK ||
	    EVP_CipherInit_ex2(cbc, EVP_aes_256_cbc(), sm->enc, iv, encrypt, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(cbc, 0) != 1) {
		EVP_CIPHER_CTX_free(cbc);
		cbc = NULL;
	}
	OPENSSL_cleanse(iv, sizeof(iv));
	EVP_CIPHER_CTX_free(ecb);
	return cbc;
}

static uint32_t
cryptogram_tag(const struct sm *sm)
{
	return sm->odd ? TAG_CRYPTOGRAM_TLV : TAG_CRYPTOGRAM;
}

/* Object 87 or 85 of n bytes, none for none. */
static int
put_cryptogram(const struct sm *sm, struct wr *out, const uint8_t *p, size_t n)
{
	size_t length = n + pad_of(n), opened, at;
	EVP_CIPHER_CTX *ctx = NULL;
	int a = 0, b = 0, r = ERR_CRYPTO;

	if (n == 0)
		return 0;
	opened = tlv_open(out, cryptogram_tag(sm));
	if (!sm->odd)
		wr_u8(out, PADDED);
	at = out->n;
	wr_zero(out, length);
	if (wr_end(out) != 0) {
		r = ERR_SIZE;
		goto out;
	}
	if ((ctx = cipher(sm, 1)) == NULL ||
	    EVP_CipherUpdate(ctx, out->p + at, &a, p, (int)n) != 1 ||
	    EVP_CipherUpdate(ctx, out->p + at + a, &b, padding, (int)pad_of(n)) != 1 ||
	    (size_t)(a + b) != length)
		goto out;
	tlv_close(out, opened);
	r = wr_end(out);
out:
	EVP_CIPHER_CTX_free(ctx);
	return r;
}

/* What object 87 or 85 holds, written to data without its padding. */
static int
get_cryptogram(const struct sm *sm, const struct tlv *t, struct wr *data)
{
	size_t head = sm->odd ? 0 : 1, length = t->n - head, whole = length - SM_BLOCK;
	size_t n = SM_BLOCK, start = data->n;
	EVP_CIPHER_CTX *ctx = NULL;
	uint8_t last[SM_BLOCK];
	int a = 0, b = 0, r = ERR_FORMAT;

	if (t->n < head + SM_BLOCK || length % SM_BLOCK != 0 || (!sm->odd && t->p[0] != PADDED))
		return ERR_FORMAT;
	wr_zero(data, whole);
	if (wr_end(data) != 0)
		return ERR_SIZE;
	if ((ctx = cipher(sm, 0)) == NULL ||
	    EVP_CipherUpdate(ctx, data->p + start, &a, t->p + head, (int)whole) != 1 ||
	    EVP_CipherUpdate(ctx, last, &b, t->p + head + whole, SM_BLOCK) != 1 ||
	    (size_t)a != whole || b != SM_BLOCK) {
		r = ERR_CRYPTO;
		goto out;
	}
	while (n > 0 && last[n - 1] == 0)
		n--;
	if (n == 0 || last[n - 1] != padding[0])
		goto out;
	wr_bytes(data, last, n - 1);
	/* No data has no object: one encoding a value. */
	if ((r = wr_end(data)) == 0 && data->n == start)
		r = ERR_FORMAT;
out:
	EVP_CIPHER_CTX_free(ctx);
	OPENSSL_cleanse(last, sizeof(last));
	return r;
}

static size_t
object_size(size_t n)
{
	return 1 + (n < 0x80 ? 1u : n < 0x100 ? 2u : 3u) + n;
}

static size_t
cryptogram_size(const struct sm *sm, size_t n)
{
	return n == 0 ? 0 : object_size((sm->odd ? 0 : 1) + n + pad_of(n));
}

/* The form that a protected command has: the answer, protected, has to fit a short Le' too. */
static int
is_extended(const struct apdu *plain, size_t objects)
{
	return plain->extended || objects > SHORT_LC_MAX || plain->ne > SM_PLAIN_MAX;
}

static void
put_le(struct wr *out, const struct apdu *plain)
{
	if (plain->ne == 0)
		return;
	if (plain->extended || plain->ne > SHORT_NE_MAX)
		tlv_put_u16(out, TAG_LE, (uint16_t)plain->ne);
	else
		tlv_put_u8(out, TAG_LE, (uint8_t)plain->ne);
}

static int
get_le(const struct tlv *t, struct apdu *plain)
{
	if (t->n != 1 && t->n != 2)
		return ERR_FORMAT;
	plain->extended = t->n == 2;
	plain->ne = t->n == 1 ? t->p[0] : (size_t)(t->p[0] << 8 | t->p[1]);
	if (plain->ne == 0)
		plain->ne = t->n == 1 ? SHORT_NE_MAX : APDU_NE_MAX;
	return 0;
}

static int
wrap_command(struct sm *sm, const struct apdu *plain, struct wr *out)
{
	const uint8_t header[4] = { CLA_SM, plain->ins, plain->p1, plain->p2 };
	size_t objects = cryptogram_size(sm, plain->nc) + object_size(SM_MAC), start;
	uint8_t mac[SM_MAC];
	int extended, r;

	if (plain->nc > APDU_NC_MAX || plain->ne > APDU_NE_MAX)
		return ERR_SIZE;
	if (plain->ne > 0)
		objects += object_size(plain->extended || plain->ne > SHORT_NE_MAX ? 2 : 1);
	if (objects > APDU_NC_MAX)
		return ERR_SIZE;
	extended = is_extended(plain, objects);
	wr_bytes(out, header, sizeof(header));
	if (extended) {
		wr_u8(out, 0);
		wr_u16(out, (uint16_t)objects);
	} else {
		wr_u8(out, (uint8_t)objects);
	}
	start = out->n;
	if ((r = put_cryptogram(sm, out, plain->data, plain->nc)) != 0)
		return r;
	put_le(out, plain);
	if ((r = wr_end(out)) != 0 ||
	    (r = make_mac(sm, header, out->p + start, out->n - start, mac)) != 0)
		return r;
	tlv_put(out, TAG_MAC, mac, sizeof(mac));
	wr_zero(out, extended ? 2 : 1);
	return wr_end(out);
}

/* Takes the next object when it has that tag; otherwise t is empty. */
static int
take(struct rd *rd, uint32_t tag, struct tlv *t)
{
	struct rd ahead = *rd;
	int r;

	if ((r = tlv_next(&ahead, t)) != 1 || t->tag != tag) {
		memset(t, 0, sizeof(*t));
		return r < 0 ? r : 0;
	}
	*rd = ahead;
	return 0;
}

/* Takes object 8E at the end and compares it; what is before it begins at p. */
static int
take_mac(const struct sm *sm, const uint8_t *header, const uint8_t *p, struct rd *rd)
{
	size_t n = (size_t)(rd->p - p);
	uint8_t want[SM_MAC];
	struct tlv t;
	int r;

	if ((r = take(rd, TAG_MAC, &t)) != 0)
		return r;
	if (t.p == NULL && rd->n == 0)
		return ERR_NOT_FOUND;
	if (t.n != SM_MAC || rd_end(rd) != 0)
		return ERR_FORMAT;
	if ((r = make_mac(sm, header, p, n, want)) == 0 && CRYPTO_memcmp(want, t.p, SM_MAC) != 0)
		r = ERR_MAC;
	OPENSSL_cleanse(want, sizeof(want));
	return r;
}

static int
unwrap_command(const struct sm *sm, const struct apdu *a, struct apdu *plain, uint8_t *buf,
    size_t cap)
{
	const uint8_t header[4] = { a->cla, a->ins, a->p1, a->p2 };
	struct tlv cryptogram, le;
	struct wr data;
	struct rd rd;
	int r;

	if (a->cla != CLA_SM ||
	    a->ne != (a->extended ? (size_t)APDU_NE_MAX : (size_t)SHORT_NE_MAX))
		return ERR_FORMAT;
	rd_init(&rd, a->data, a->nc);
	if ((r = take(&rd, cryptogram_tag(sm), &cryptogram)) != 0 ||
	    (r = take(&rd, TAG_LE, &le)) != 0 ||
	    (r = take_mac(sm, header, a->data, &rd)) != 0)
		return r;
	plain->ins = a->ins;
	plain->p1 = a->p1;
	plain->p2 = a->p2;
	wr_init(&data, buf, cap);
	if (cryptogram.p != NULL && (r = get_cryptogram(sm, &cryptogram, &data)) != 0)
		return r;
	if (le.p != NULL && (r = get_le(&le, plain)) != 0)
		return r;
	if (a->extended != is_extended(plain, a->nc))
		return ERR_FORMAT;
	plain->data = data.n > 0 ? buf : NULL;
	plain->nc = data.n;
	return 0;
}

static int
wrap_response(const struct sm *sm, const uint8_t *p, size_t n, uint16_t sw, struct wr *out)
{
	size_t start = out->n;
	uint8_t mac[SM_MAC];
	int r;

	if (n > APDU_NE_MAX)
		return ERR_SIZE;
	if ((r = put_cryptogram(sm, out, p, n)) != 0)
		return r;
	tlv_put_u16(out, TAG_SW, sw);
	if ((r = wr_end(out)) != 0 ||
	    (r = make_mac(sm, NULL, out->p + start, out->n - start, mac)) != 0)
		return r;
	tlv_put(out, TAG_MAC, mac, sizeof(mac));
	wr_u16(out, sw);
	return wr_end(out);
}

static int
unwrap_response(const struct sm *sm, const uint8_t *p, size_t n, struct wr *data, uint16_t *sw)
{
	struct tlv cryptogram, status;
	uint16_t outer;
	struct rd rd;
	int r;

	if ((r = rapdu_decode(p, &n, &outer)) != 0)
		return r;
	if (n == 0) {
		*sw = outer;
		return ERR_CARD_ANSWER;
	}
	rd_init(&rd, p, n);
	if ((r = take(&rd, cryptogram_tag(sm), &cryptogram)) != 0 ||
	    (r = take(&rd, TAG_SW, &status)) != 0)
		return r;
	if (status.n != 2 || (status.p[0] << 8 | status.p[1]) != outer)
		return ERR_FORMAT;
	if ((r = take_mac(sm, NULL, p, &rd)) != 0)
		return r == ERR_NOT_FOUND ? ERR_FORMAT : r;
	if (cryptogram.p != NULL && (r = get_cryptogram(sm, &cryptogram, data)) != 0)
		return r;
	*sw = outer;
	return 0;
}

int
sm_command_wrap(struct sm *sm, const struct apdu *plain, struct wr *out)
{
	int r;

	if (!sm->open)
		return ERR_NOT_NOW;
	step(sm);
	sm->odd = plain->ins & 1;
	if ((r = wrap_command(sm, plain, out)) != 0)
		sm_close(sm);
	return r;
}

int
sm_command_unwrap(struct sm *sm, const struct apdu *protected, struct apdu *plain, uint8_t *buf,
    size_t cap)
{
	int r;

	memset(plain, 0, sizeof(*plain));
	if (!sm->open)
		return ERR_NOT_NOW;
	step(sm);
	sm->odd = protected->ins & 1;
	if ((r = unwrap_command(sm, protected, plain, buf, cap)) != 0) {
		sm_close(sm);
		memset(plain, 0, sizeof(*plain));
		/* Decrypted it may be: padding and form are looked at afterwards. */
		OPENSSL_cleanse(buf, protected->nc < cap ? protected->nc : cap);
	}
	return r;
}

int
sm_response_wrap(struct sm *sm, const uint8_t *p, size_t n, uint16_t sw, struct wr *out)
{
	int r;

	if (!sm->open)
		return ERR_NOT_NOW;
	step(sm);
	if ((r = wrap_response(sm, p, n, sw, out)) != 0)
		sm_close(sm);
	return r;
}

int
sm_response_unwrap(struct sm *sm, const uint8_t *p, size_t n, struct wr *data, uint16_t *sw)
{
	struct wr before = *data;
	int r;

	*sw = 0;
	if (!sm->open)
		return ERR_NOT_NOW;
	step(sm);
	if ((r = unwrap_response(sm, p, n, data, sw)) != 0) {
		sm_close(sm);
		if (data->n > before.n)
			OPENSSL_cleanse(data->p + before.n, data->n - before.n);
		*data = before;
	}
	return r;
}
