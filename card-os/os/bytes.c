#include "card-os/os/bytes.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"

enum { TAG_DATA = 0x53, TAG_OFFSET = 0x54, TAG_TEMPLATE = 0x73 };

/* Table 87, bits 7 and 6. */
enum { CODING_WAY = 0x60, CODING_OR = 0x40, CODING_AND = 0x60 };

enum bytes_way
bytes_way(const struct card_file *f)
{
	switch (f->coding & CODING_WAY) {
	case CODING_OR:
		return BYTES_OR;
	case CODING_AND:
		return BYTES_AND;
	default:
		return BYTES_ONCE;
	}
}

static int
is_erased(const uint8_t *p, size_t n)
{
	while (n > 0)
		if (p[--n] != 0)
			return 0;
	return 1;
}

int
bytes_write(enum bytes_way way, uint8_t *to, const uint8_t *p, size_t n)
{
	if (way == BYTES_ONCE && !is_erased(to, n))
		return ERR_NOT_NOW;
	for (size_t i = 0; i < n; i++)
		to[i] = way == BYTES_OR ? to[i] | p[i] : way == BYTES_AND ? to[i] & p[i] :
		    way == BYTES_XOR ? to[i] ^ p[i] : p[i];
	return 0;
}

int
bytes_offset(struct rd *rd, size_t *at)
{
	struct tlv t;

	if (tlv_next(rd, &t) != 1 || t.tag != TAG_OFFSET || t.n == 0 || t.n > 2)
		return ERR_FORMAT;
	*at = t.n == 1 ? t.p[0] : (size_t)(t.p[0] << 8 | t.p[1]);
	return 0;
}

int
bytes_offset_only(const struct apdu *a, size_t *at)
{
	struct rd rd;
	int r;

	rd_init(&rd, a->data, a->nc);
	return (r = bytes_offset(&rd, at)) != 0 ? r : rd_end(&rd);
}

int
bytes_offset_and_data(const struct apdu *a, size_t *at, const uint8_t **p, size_t *n)
{
	struct tlv t;
	struct rd rd;

	rd_init(&rd, a->data, a->nc);
	if (bytes_offset(&rd, at) != 0 || tlv_next(&rd, &t) != 1 || rd_end(&rd) != 0 ||
	    (t.tag != TAG_DATA && t.tag != TAG_TEMPLATE) || t.n == 0)
		return ERR_FORMAT;
	*p = t.p;
	*n = t.n;
	return 0;
}

uint16_t
bytes_end(const struct apdu *a, size_t n)
{
	/* ISO 7816-4:2005 5.1: zeros are the most that the form has. */
	size_t all = a->extended ? (size_t)APDU_NE_MAX : APDU_NE_SHORT;

	return n < a->ne && a->ne != all ? SW_EOF : SW_OK;
}

uint16_t
bytes_answer(struct wr *out, const struct apdu *a, const uint8_t *p, size_t n)
{
	if (n > a->ne)
		n = a->ne;
	wr_bytes(out, p, n);
	return bytes_end(a, n);
}

/* The most bytes whose object, with its one, two or three bytes of length, has n at most. */
static size_t
object_content(size_t n)
{
	return n - 2 <= 0x7f ? n - 2 : n - 3 <= 0xff ? n - 3 : n - 4;
}

uint16_t
bytes_answer_object(struct wr *out, const struct apdu *a, const uint8_t *p, size_t n)
{
	size_t start = out->n;

	if (a->ne < 2)
		return SW_LENGTH;
	if (n > object_content(a->ne)) {
		tlv_put(out, TAG_DATA, p, object_content(a->ne));
		return SW_OK;
	}
	tlv_put(out, TAG_DATA, p, n);
	return bytes_end(a, out->n - start);
}
