#ifndef CARDINAL_CARD_FILES_H
#define CARDINAL_CARD_FILES_H

#include "card-os/os/card.h"

/*
 * The file system as a table. Files are named by their index in it,
 * CARD_NO_FILE where there is none.
 */

/* Whether a file can be selected as an EF: it has an identifier and is no DF. */
int file_is_ef(const struct card_file *);
int file_is_transparent(const struct card_file *);
int file_has_records(const struct card_file *);
int file_is_internal(const struct card_file *);	/* a PIN or key */

/* ISO 7816-4:2005 5.3.1.1: 3F00 is the MF, 3FFF the current DF, FFFF is reserved; 0000 none. */
int file_fid_may_be(uint16_t fid);

/* The file of that identifier right under the DF of that index; objects are not found so. */
uint16_t files_in(const struct card_data *, uint16_t df, uint16_t fid);
/* The same for a short identifier, not 0, for PIN and key references, and for tags of objects. */
uint16_t files_short(const struct card_data *, uint16_t df, uint8_t sfi);
uint16_t files_ref(const struct card_data *, uint16_t df, enum card_file_kind, uint8_t ref);
uint16_t files_object(const struct card_data *, uint16_t df, uint16_t tag);
/*
 * The PIN or key of that reference in that DF or the nearest above. ISO 7816-4:2005 7.5.1: with
 * b8 it belongs to an application, without to the MF.
 */
enum { REF_LOCAL = 0x80 };
uint16_t files_nearest(const struct card_data *, uint16_t df, enum card_file_kind, uint8_t ref);
/* Walks down from a DF by n bytes of identifiers, two a file. */
uint16_t files_path(const struct card_data *, uint16_t df, const uint8_t *path, size_t n);
/* Whether a file is that DF or stands anywhere below it. */
int files_within(const struct card_data *, uint16_t i, uint16_t df);
/* DFs on the way down to it, itself included. */
unsigned files_depth(const struct card_data *, uint16_t i);
/* Whether a DF or one above it is deactivated or terminated. */
int files_is_asleep(const struct card_data *, uint16_t df);
/* Whether a file is activated, and stands in no DF that is asleep. */
int files_is_in_use(const struct card_data *, uint16_t i);

/* ISO 7816-4:2005 table 40, bits 2 and 1. */
enum files_occurrence { FILES_FIRST, FILES_LAST, FILES_NEXT, FILES_PREVIOUS };

/* The DF whose name begins with those bytes; next and previous count from the DF current. */
uint16_t files_named(const struct card_data *, const uint8_t *aid, size_t n,
    enum files_occurrence, uint16_t current);

/* Content of a file: its size bytes; of a window those that it shows. */
const uint8_t *files_bytes(const struct card_data *, uint16_t i);

/* Bytes that are free for contents; then with CARD_FILE_COST of one more file taken off. */
size_t files_free(const struct card_data *);
size_t files_room(const struct card_data *);
/*
 * Puts that file, size bytes of zeros, into a free place: its index, or CARD_NO_FILE when table
 * or space is full. The caller has looked that the name is free.
 */
uint16_t files_add(struct card_data *, const struct card_file *);
/* Takes a file away, of a DF everything below too. What is left is wiped. */
void files_remove(struct card_data *, uint16_t i);
/* Writable content of a file that has some. */
uint8_t *files_content(struct card_data *, uint16_t i);
/* Makes n bytes the whole content: 0, or ERR_SIZE when there is no room. */
int files_fill(struct card_data *, uint16_t i, const void *, size_t n);

#endif
