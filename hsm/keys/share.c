#include "hsm/keys/share.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "card-os/iso7816/buf.h"
#include "card-os/iso7816/err.h"
#include "hsm/keys/field.h"

static const char check_domain[] = "cardinal share v1";

enum {
	HEADER_ZEROS = 10,
	HEADER_USED = SHARE_HEADER_LEN - HEADER_ZEROS,
	SECRET_LEN = SHARE_RECORD_LEN - SHARE_HEADER_LEN,
};

_Static_assert(FIELD_MAGIC_LEN + 2 + SET_ID_LEN + LABEL_MAX + KEY_NAME_MAX + 3 + 8 + KCV_LEN ==
    HEADER_USED, "the header's fields fill it");
_Static_assert(MBK_LEN + SALT_LEN + CHECK_LEN == SECRET_LEN, "the record's fields fill it");

int
share_label_check(const char *label)
{
	return field_text_ok(label, LABEL_MAX) ? 0 : ERR_ARG;
}

int
share_header_check(const struct share_header *h)
{
	if ((h->mode == SHARE_TEST || h->mode == SHARE_LIVE) &&
	    field_text_ok(h->label, LABEL_MAX) && field_text_ok(h->key_name, KEY_NAME_MAX) &&
	    h->k >= 2 && h->k <= h->n && h->n <= SHAMIR_N_MAX && h->x >= 1 && h->x <= h->n)
		return 0;
	return ERR_ARG;
}

/* In what ranges, check says. */
static void
fields(struct pass *p, void *v)
{
	struct share_header *h = v;

	pass_u8(p, &h->mode, 0, UINT8_MAX);
	pass_bytes(p, h->set, SET_ID_LEN);
	field_text(p, h->label, LABEL_MAX);
	field_text(p, h->key_name, KEY_NAME_MAX);
	pass_u8(p, &h->k, 0, UINT8_MAX);
	pass_u8(p, &h->n, 0, UINT8_MAX);
	pass_u8(p, &h->x, 0, UINT8_MAX);
	pass_u64(p, &h->date);
	pass_bytes(p, h->kcv, KCV_LEN);
}

static int
check(const void *v)
{
	return share_header_check(v);
}

static const struct field_record header = {
	{ 'M', 'B', 'K', 'S' }, SHARE_VERSION, SHARE_HEADER_LEN, HEADER_ZEROS,
	sizeof(struct share_header), fields, check,
};

int
share_header_encode(const struct share_header *h, uint8_t out[SHARE_HEADER_LEN])
{
	return field_encode(&header, h, out);
}

int
share_header_decode(const uint8_t *p, size_t n, struct share_header *h)
{
	return field_decode(&header, p, n, h);
}

int
share_encode(const struct share *s, uint8_t out[SHARE_RECORD_LEN])
{
	struct wr wr;
	int r;

	memset(out, 0, SHARE_RECORD_LEN);
	if ((r = share_header_encode(&s->head, out)) != 0)
		return r;
	wr_init(&wr, out + SHARE_HEADER_LEN, SECRET_LEN);
	wr_bytes(&wr, s->y, MBK_LEN);
	wr_bytes(&wr, s->salt, SALT_LEN);
	wr_bytes(&wr, s->check, CHECK_LEN);
	return wr_end(&wr);
}

int
share_decode(const uint8_t *p, size_t n, struct share *s)
{
	struct rd rd;
	int r;

	memset(s, 0, sizeof(*s));
	if (n != SHARE_RECORD_LEN)
		return ERR_FORMAT;
	r = share_header_decode(p, SHARE_HEADER_LEN, &s->head);
	/* Half a record is not an empty card. */
	if (r == ERR_NOT_FOUND && !field_is_zero(p + SHARE_HEADER_LEN, SECRET_LEN))
		return ERR_FORMAT;
	if (r != 0)
		return r;
	rd_init(&rd, p + SHARE_HEADER_LEN, SECRET_LEN);
	rd_bytes(&rd, s->y, MBK_LEN);
	rd_bytes(&rd, s->salt, SALT_LEN);
	rd_bytes(&rd, s->check, CHECK_LEN);
	return rd_end(&rd);
}

void
share_wipe(struct share *v, unsigned n)
{
	OPENSSL_cleanse(v, n * sizeof(*v));
}

/* ERR_ARG when the header cannot be encoded, ERR_CRYPTO. */
static int
check_value(const struct share *s, uint8_t check[CHECK_LEN])
{
	uint8_t record[SHARE_RECORD_LEN], hash[32];
	EVP_MD_CTX *md = NULL;
	unsigned n = 0;
	int r;

	if ((r = share_encode(s, record)) != 0)
		goto out;
	if ((md = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(md, check_domain, strlen(check_domain)) != 1 ||
	    EVP_DigestUpdate(md, record, sizeof(record) - CHECK_LEN) != 1 ||
	    EVP_DigestFinal_ex(md, hash, &n) != 1 || n != sizeof(hash)) {
		r = ERR_CRYPTO;
		goto out;
	}
	memcpy(check, hash, CHECK_LEN);
out:
	EVP_MD_CTX_free(md);
	OPENSSL_cleanse(record, sizeof(record));
	OPENSSL_cleanse(hash, sizeof(hash));
	return r;
}

int
share_salt(struct share *s)
{
	if (RAND_bytes(s->salt, sizeof(s->salt)) != 1)
		return ERR_CRYPTO;
	return check_value(s, s->check);
}

int
share_check(const struct share *s)
{
	uint8_t check[CHECK_LEN];
	int r = check_value(s, check);

	if (r == ERR_CRYPTO)
		return r;
	return r == 0 && CRYPTO_memcmp(check, s->check, CHECK_LEN) == 0 ? 0 : ERR_SHARE_DAMAGED;
}
