#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/card.h"
#include "card-os/os/files.h"

static const uint8_t magic[8] = "CARDINAL";

enum {
	IMAGE_VERSION = 1,
	IMAGE_LENGTH_AT = sizeof(magic) + 2,
	IMAGE_HEAD = IMAGE_LENGTH_AT + 4,
	IMAGE_DIGEST = 32,
};

static int
digest(const uint8_t *p, size_t n, uint8_t out[IMAGE_DIGEST])
{
	return EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) == 1 ? 0 : ERR_CRYPTO;
}

static int
file_fits(const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];
	uint16_t parent = files_df(d, f->parent), of;

	if (i == 0)
		return f->fid == FID_MF && f->parent == 0 && f->kind == FILE_DF;
	/* ISO 7816-4:2005 5.3.1.1: 3FFF is the current DF, FFFF is reserved, 0000 no file. */
	if (f->fid == 0 || f->fid == FID_MF || f->fid == 0x3fff || f->fid == 0xffff)
		return 0;
	if (parent >= i || files_in(d, parent, f->fid) != i)
		return 0;
	if (f->kind == FILE_DF)
		return files_df(d, f->fid) == i;
	if (f->kind == FILE_EF)
		return f->size <= CARD_FILE_MAX;
	of = files_in(d, parent, f->window_of);
	return of != CARD_NO_FILE && d->file[of].kind == FILE_EF && f->size <= d->file[of].size &&
	    f->update == ACCESS_NEVER;
}

static int
file_is_sound(const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];

	if (f->kind < FILE_DF || f->kind > FILE_WINDOW || f->read > ACCESS_PIN_SM ||
	    f->update > ACCESS_PIN_SM || f->aid_n > sizeof(f->aid))
		return 0;
	if (f->kind == FILE_DF ? f->size != 0 : f->aid_n != 0)
		return 0;
	return (f->kind == FILE_WINDOW) == (f->window_of != 0) && file_fits(d, i);
}

static int
pin_is_sound(const struct card_data *d, uint16_t i)
{
	const struct card_pin *p = &d->pin[i];

	for (uint16_t j = 0; j < i; j++)
		if (d->pin[j].df == p->df && d->pin[j].ref == p->ref)
			return 0;
	/* The status word that tells the tries left has room for 15. */
	return files_df(d, p->df) != CARD_NO_FILE && p->min > 0 && p->min <= p->digits &&
	    p->digits <= p->max && p->max <= PIN_MAX && p->tries <= p->tries_max &&
	    p->tries_max > 0 && p->tries_max <= 15 && p->factory <= 1;
}

static int
is_sound(const struct card_data *d)
{
	if (d->files_n == 0 || d->files_n > CARD_FILES_MAX || d->pins_n > CARD_PINS_MAX)
		return 0;
	for (uint16_t i = 0; i < d->files_n; i++)
		if (!file_is_sound(d, i))
			return 0;
	for (uint16_t i = 0; i < d->pins_n; i++)
		if (!pin_is_sound(d, i))
			return 0;
	return 1;
}

static void
put_file(struct wr *wr, const struct card_file *f)
{
	wr_u16(wr, f->fid);
	wr_u16(wr, f->parent);
	wr_u8(wr, f->kind);
	wr_u8(wr, f->read);
	wr_u8(wr, f->update);
	wr_u8(wr, f->aid_n);
	wr_bytes(wr, f->aid, f->aid_n);
	wr_u16(wr, f->window_of);
	wr_u16(wr, f->size);
	if (f->kind == FILE_EF)
		wr_bytes(wr, f->data, f->size);
}

static void
get_file(struct rd *rd, struct card_file *f)
{
	f->fid = rd_u16(rd);
	f->parent = rd_u16(rd);
	f->kind = rd_u8(rd);
	f->read = rd_u8(rd);
	f->update = rd_u8(rd);
	f->aid_n = rd_u8(rd);
	if (f->aid_n > sizeof(f->aid)) {
		rd->err = ERR_FORMAT;
		return;
	}
	rd_bytes(rd, f->aid, f->aid_n);
	f->window_of = rd_u16(rd);
	f->size = rd_u16(rd);
	if (f->size > CARD_FILE_MAX)
		rd->err = ERR_FORMAT;
	else if (f->kind == FILE_EF)
		rd_bytes(rd, f->data, f->size);
}

static void
put_pin(struct wr *wr, const struct card_pin *p)
{
	wr_u16(wr, p->df);
	wr_u8(wr, p->ref);
	wr_u8(wr, p->min);
	wr_u8(wr, p->max);
	wr_u8(wr, p->digits);
	wr_u8(wr, p->tries);
	wr_u8(wr, p->tries_max);
	wr_u8(wr, p->factory);
	wr_bytes(wr, p->salt, sizeof(p->salt));
	wr_bytes(wr, p->verifier, sizeof(p->verifier));
}

static void
get_pin(struct rd *rd, struct card_pin *p)
{
	p->df = rd_u16(rd);
	p->ref = rd_u8(rd);
	p->min = rd_u8(rd);
	p->max = rd_u8(rd);
	p->digits = rd_u8(rd);
	p->tries = rd_u8(rd);
	p->tries_max = rd_u8(rd);
	p->factory = rd_u8(rd);
	rd_bytes(rd, p->salt, sizeof(p->salt));
	rd_bytes(rd, p->verifier, sizeof(p->verifier));
}

int
card_data_encode(const struct card_data *d, struct wr *out)
{
	uint8_t sum[IMAGE_DIGEST];
	size_t start = out->n;
	struct wr len;

	if (!is_sound(d))
		return ERR_ARG;
	wr_bytes(out, magic, sizeof(magic));
	wr_u16(out, IMAGE_VERSION);
	wr_u32(out, 0);
	wr_bytes(out, d->serial, sizeof(d->serial));
	wr_bytes(out, d->device_scalar, sizeof(d->device_scalar));
	wr_u16(out, d->files_n);
	for (size_t i = 0; i < d->files_n; i++)
		put_file(out, &d->file[i]);
	wr_u16(out, d->pins_n);
	for (size_t i = 0; i < d->pins_n; i++)
		put_pin(out, &d->pin[i]);
	if (wr_end(out) != 0)
		return ERR_SIZE;
	wr_init(&len, out->p + start + IMAGE_LENGTH_AT, 4);
	wr_u32(&len, (uint32_t)(out->n - start + IMAGE_DIGEST));
	if (digest(out->p + start, out->n - start, sum) != 0)
		return ERR_CRYPTO;
	wr_bytes(out, sum, sizeof(sum));
	return wr_end(out);
}

static int
check_frame(const uint8_t *p, size_t n, struct rd *body)
{
	uint8_t sum[IMAGE_DIGEST];
	struct rd rd;
	const uint8_t *m;

	rd_init(&rd, p, n);
	m = rd_view(&rd, sizeof(magic));
	if (m == NULL || memcmp(m, magic, sizeof(magic)) != 0)
		return ERR_FORMAT;
	if (rd_u16(&rd) != IMAGE_VERSION)
		return rd.err != 0 ? ERR_FORMAT : ERR_VERSION;
	if (rd_u32(&rd) != n || n < IMAGE_HEAD + IMAGE_DIGEST)
		return ERR_FORMAT;
	if (digest(p, n - IMAGE_DIGEST, sum) != 0)
		return ERR_CRYPTO;
	if (CRYPTO_memcmp(sum, p + n - IMAGE_DIGEST, IMAGE_DIGEST) != 0)
		return ERR_MAC;
	rd_init(body, p + IMAGE_HEAD, n - IMAGE_HEAD - IMAGE_DIGEST);
	return 0;
}

int
card_data_decode(const uint8_t *p, size_t n, struct card_data *d)
{
	struct rd rd;
	int r;

	memset(d, 0, sizeof(*d));
	if ((r = check_frame(p, n, &rd)) != 0)
		return r;
	rd_bytes(&rd, d->serial, sizeof(d->serial));
	rd_bytes(&rd, d->device_scalar, sizeof(d->device_scalar));
	d->files_n = rd_u16(&rd);
	for (size_t i = 0; i < d->files_n && i < CARD_FILES_MAX && rd.err == 0; i++)
		get_file(&rd, &d->file[i]);
	d->pins_n = rd_u16(&rd);
	for (size_t i = 0; i < d->pins_n && i < CARD_PINS_MAX && rd.err == 0; i++)
		get_pin(&rd, &d->pin[i]);
	if (rd_end(&rd) == 0 && is_sound(d))
		return 0;
	OPENSSL_cleanse(d, sizeof(*d));
	return ERR_FORMAT;
}
