#ifndef CARDINAL_CARD_BYTES_H
#define CARDINAL_CARD_BYTES_H

#include "card-os/os/card.h"

/*
 * What commands do with bytes, those of a transparent EF and those of a record alike: the
 * objects of odd instructions (ISO 7816-4:2005 7.2.2), ways to write, answers.
 */

/* How new bytes come to old ones. */
enum bytes_way { BYTES_REPLACE, BYTES_ONCE, BYTES_OR, BYTES_AND, BYTES_XOR };

/* That of WRITE, by the data coding byte of the file (table 87). */
enum bytes_way bytes_way(const struct card_file *);
/* Writes n bytes: 0, or ERR_NOT_NOW, and nothing done, when once and not erased (all 00). */
int bytes_write(enum bytes_way, uint8_t *to, const uint8_t *, size_t n);

/* Offset object 54, of one or two bytes: 0, ERR_FORMAT. */
int bytes_offset(struct rd *, size_t *at);
/* Command data that are one offset, or an offset and data in 53 or 73: 0, ERR_FORMAT. */
int bytes_offset_only(const struct apdu *, size_t *at);
int bytes_offset_and_data(const struct apdu *, size_t *at, const uint8_t **p, size_t *n);

/* 9000, or 6282 when n bytes are fewer than Le asks for; an Le of zeros asks for what there is. */
uint16_t bytes_end(const struct apdu *, size_t n);
/* Answers with as many of n bytes as Ne has room for; the words of bytes_end. */
uint16_t bytes_answer(struct wr *, const struct apdu *, const uint8_t *, size_t n);
/* The same in an object 53; 6700 when Ne has no room for one. */
uint16_t bytes_answer_object(struct wr *, const struct apdu *, const uint8_t *, size_t n);

#endif
