#include "hsm/keys/field.h"

#include <string.h>

#include "card-os/iso7816/err.h"

int
field_encode(const struct field_record *f, const void *v, uint8_t *out)
{
	struct wr wr;
	struct pass p = { .wr = &wr };
	int r;

	memset(out, 0, f->len);
	if ((r = f->check(v)) != 0)
		return r;
	wr_init(&wr, out, f->len);
	wr_bytes(&wr, f->magic, sizeof(f->magic));
	wr_u8(&wr, f->version);
	/* Described once for both ways; this one changes nothing. */
	f->fields(&p, (void *)v);
	wr_zero(&wr, f->zeros);
	return wr_end(&wr);
}

int
field_decode(const struct field_record *f, const uint8_t *p, size_t n, void *v)
{
	uint8_t magic[FIELD_MAGIC_LEN];
	const uint8_t *zeros;
	struct rd rd;
	struct pass pass = { .rd = &rd };
	int r = ERR_FORMAT;

	memset(v, 0, f->size);
	if (n != f->len)
		return ERR_FORMAT;
	if (field_is_zero(p, n))
		return ERR_NOT_FOUND;
	rd_init(&rd, p, n);
	rd_bytes(&rd, magic, sizeof(magic));
	if (memcmp(magic, f->magic, sizeof(magic)) != 0)
		return ERR_FORMAT;
	if (rd_u8(&rd) != f->version)
		return ERR_VERSION;
	f->fields(&pass, v);
	zeros = rd_view(&rd, f->zeros);
	if (rd_end(&rd) == 0 && field_is_zero(zeros, f->zeros) && f->check(v) == 0)
		r = 0;
	if (r != 0)
		memset(v, 0, f->size);
	return r;
}

/* Zeros follow a text up to its field's end, or a value would have two encodings. */
void
field_text(struct pass *p, char *s, size_t max)
{
	size_t n;

	if (p->wr != NULL) {
		n = strnlen(s, max);
		wr_bytes(p->wr, s, n);
		wr_zero(p->wr, max - n);
		return;
	}
	rd_bytes(p->rd, s, max);
	s[max] = '\0';
	n = strlen(s);
	if (!field_is_zero((const uint8_t *)s + n, max - n))
		pass_bad(p);
}

int
field_text_ok(const char *s, size_t max)
{
	size_t n = strnlen(s, max + 1);

	if (n < 1 || n > max)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (s[i] < ' ' || s[i] > '~')
			return 0;
	return 1;
}

int
field_is_zero(const uint8_t *p, size_t n)
{
	uint8_t any = 0;

	for (size_t i = 0; i < n; i++)
		any |= p[i];
	return any == 0;
}
