#ifndef CARDINAL_FIELD_H
#define CARDINAL_FIELD_H

#include "card-os/iso7816/buf.h"

/*
 * Fields of fixed size in the records of a card: texts of printable ASCII, one character at least,
 * with zeros behind.
 */

/* Whether a text is one of at most max characters. */
int field_text_ok(const char *, size_t max);
void field_put_text(struct wr *, const char *, size_t max);
/* dst has room for max and a zero. Anything but zeros behind the text is ERR_FORMAT. */
void field_get_text(struct rd *, char *dst, size_t max);
/* Whether n bytes are zero, in constant time. */
int field_is_zero(const uint8_t *, size_t n);

#endif
