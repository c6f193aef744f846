#include "hsm/keys/field.h"

#include <string.h>

#include "card-os/iso7816/err.h"

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

void
field_put_text(struct wr *wr, const char *s, size_t max)
{
	size_t n = strlen(s);

	wr_bytes(wr, s, n);
	wr_zero(wr, max - n);
}

/* Zeros follow a text up to its field's end, or a value would have two encodings. */
void
field_get_text(struct rd *rd, char *dst, size_t max)
{
	size_t n;

	rd_bytes(rd, dst, max);
	dst[max] = '\0';
	n = strlen(dst);
	for (size_t i = n; i < max; i++)
		if (dst[i] != '\0')
			rd->err = ERR_FORMAT;
}

int
field_is_zero(const uint8_t *p, size_t n)
{
	uint8_t any = 0;

	for (size_t i = 0; i < n; i++)
		any |= p[i];
	return any == 0;
}
