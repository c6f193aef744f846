#ifndef CARDINAL_ISO7816_TLV_H
#define CARDINAL_ISO7816_TLV_H

#include "card-os/iso7816/buf.h"

/*
 * BER-TLV data objects, ISO 7816-4:2005 5.2.2: tags of one to three bytes,
 * definite lengths up to 65535 in their shortest form. Other encodings of the
 * same value are refused, so that each object has one encoding only.
 */
struct tlv {
	uint32_t tag;		/* as its bytes read: 0x80, 0x7F49, ... */
	const uint8_t *p;	/* value, in the memory that was read */
	size_t n;		/* length of the value */
};

/* Takes the next object: 1, or 0 at the end, or ERR_FORMAT (the cursor fails as well). */
int tlv_next(struct rd *, struct tlv *);

/*
 * Finds the only object of that tag among the objects of one level. 0,
 * ERR_NOT_FOUND, or ERR_FORMAT when the level is malformed or has the tag twice.
 */
int tlv_find(const uint8_t *, size_t n, uint32_t tag, struct tlv *);

void tlv_put(struct wr *, uint32_t tag, const void *, size_t n);
void tlv_put_u8(struct wr *, uint32_t tag, uint8_t);
void tlv_put_u16(struct wr *, uint32_t tag, uint16_t);

/*
 * A constructed object is opened, filled through the same cursor, and closed
 * with what tlv_open returned; the length is put in when it is known.
 */
size_t tlv_open(struct wr *, uint32_t tag);
void tlv_close(struct wr *, size_t opened);

#endif
