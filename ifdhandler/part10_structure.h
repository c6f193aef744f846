#ifndef CARDINAL_PART10_STRUCTURE_H
#define CARDINAL_PART10_STRUCTURE_H

#include "ifdhandler/reader.h"

/*
 * The two structures of a PIN entry, packed and little-endian (docs/reader.md 2). A host that is
 * big-endian is understood by its ulDataLength.
 */
enum {
	PART10_VERIFY_HEAD = 19,	/* 2.5.2 PIN_VERIFY_STRUCTURE before abData */
	PART10_MODIFY_HEAD = 24,	/* 2.5.3 PIN_MODIFY_STRUCTURE before abData */
	PART10_FIRST_S = 30,		/* seconds where the host leaves them to the reader */
	PART10_NEXT_S = 10,
};

/*
 * 0, ERR_FORMAT (6B80), ERR_DENIED (6404). Seconds that are 0 become the reader's, PINs are cut
 * to what it takes.
 */
int part10_verify(const uint8_t *, size_t n, const struct reader_properties *,
    struct padlink_pin *);
int part10_modify(const uint8_t *, size_t n, const struct reader_properties *,
    struct padlink_pin *);

#endif
