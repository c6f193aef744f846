#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/sound.h"

static const uint8_t magic[8] = "CARDINAL";

enum {
	IMAGE_VERSION = 2,
	IMAGE_LENGTH_AT = sizeof(magic) + 2,
	IMAGE_HEAD = IMAGE_LENGTH_AT + 4,
	IMAGE_DIGEST = 32,
};

static int
digest(const uint8_t *p, size_t n, uint8_t out[IMAGE_DIGEST])
{
	return EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) == 1 ? 0 : ERR_CRYPTO;
}

static void
put_rules(struct wr *wr, const struct card_file *f)
{
	for (size_t op = 0; op < OPS; op++) {
		wr_u8(wr, f->rule[op].needs);
		wr_u8(wr, f->rule[op].pin);
		wr_u8(wr, f->rule[op].key);
	}
}

static void
get_rules(struct rd *rd, struct card_file *f)
{
	for (size_t op = 0; op < OPS; op++) {
		f->rule[op].needs = rd_u8(rd);
		f->rule[op].pin = rd_u8(rd);
		f->rule[op].key = rd_u8(rd);
	}
}

static void
put_file(struct wr *wr, const struct card_file *f)
{
	wr_u8(wr, f->kind);
	if (f->kind == FILE_FREE)
		return;
	wr_u8(wr, f->life);
	wr_u16(wr, f->fid);
	wr_u16(wr, f->parent);
	wr_u8(wr, f->sfi);
	wr_u8(wr, f->coding);
	wr_u8(wr, f->ref);
	wr_u8(wr, f->key);
	wr_u8(wr, f->aid_n);
	wr_bytes(wr, f->aid, f->aid_n);
	put_rules(wr, f);
	wr_u16(wr, f->window_of);
	wr_u16(wr, f->record);
	wr_u16(wr, f->records_max);
	wr_u16(wr, f->records);
	wr_u16(wr, f->newest);
	wr_u16(wr, f->at);
	wr_u16(wr, f->size);
}

static void
get_file(struct rd *rd, struct card_file *f)
{
	if ((f->kind = rd_u8(rd)) == FILE_FREE)
		return;
	f->life = rd_u8(rd);
	f->fid = rd_u16(rd);
	f->parent = rd_u16(rd);
	f->sfi = rd_u8(rd);
	f->coding = rd_u8(rd);
	f->ref = rd_u8(rd);
	f->key = rd_u8(rd);
	f->aid_n = rd_u8(rd);
	if (f->aid_n > sizeof(f->aid)) {
		rd->err = ERR_FORMAT;
		return;
	}
	rd_bytes(rd, f->aid, f->aid_n);
	get_rules(rd, f);
	f->window_of = rd_u16(rd);
	f->record = rd_u16(rd);
	f->records_max = rd_u16(rd);
	f->records = rd_u16(rd);
	f->newest = rd_u16(rd);
	f->at = rd_u16(rd);
	f->size = rd_u16(rd);
}

int
card_data_encode(const struct card_data *d, struct wr *out)
{
	uint8_t sum[IMAGE_DIGEST];
	size_t start = out->n;
	struct wr len;

	if (!card_data_is_sound(d))
		return ERR_ARG;
	wr_bytes(out, magic, sizeof(magic));
	wr_u16(out, IMAGE_VERSION);
	wr_u32(out, 0);
	wr_bytes(out, d->serial, sizeof(d->serial));
	wr_bytes(out, d->device_scalar, sizeof(d->device_scalar));
	wr_u16(out, d->files_n);
	for (size_t i = 0; i < d->files_n; i++)
		put_file(out, &d->file[i]);
	wr_u32(out, d->space_n);
	wr_bytes(out, d->space, d->space_n);
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
	d->space_n = rd_u32(&rd);
	if (d->space_n <= sizeof(d->space))
		rd_bytes(&rd, d->space, d->space_n);
	if (rd_end(&rd) == 0 && card_data_is_sound(d))
		return 0;
	OPENSSL_cleanse(d, sizeof(*d));
	return ERR_FORMAT;
}
