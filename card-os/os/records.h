#ifndef CARDINAL_CARD_RECORDS_H
#define CARDINAL_CARD_RECORDS_H

#include "card-os/os/card.h"

/*
 * Records, ISO 7816-4:2005 7.3. Linear ones are numbered from 1 as they were
 * made; of a cyclic file 1 is the newest. A variable record stands behind a
 * byte that tells its length.
 */

/*
 * Makes size and numbers of a file with records that is to be made agree, from what was told:
 * 0, ERR_FORMAT when no record would fit, or one of a record over 255 bytes.
 */
int records_shape(struct card_file *);
/* Whether a file's numbers and content are records: for images. */
int records_are_sound(const struct card_data *, uint16_t file);

/* Record number 1 to records: its bytes and their number; NULL where there is none. */
const uint8_t *records_at(const struct card_data *, uint16_t file, unsigned number, size_t *n);
/*
 * Replaces one: 0, ERR_NOT_FOUND, ERR_SIZE for another length where lengths are fixed or for what
 * does not fit in a variable file.
 */
int records_replace(struct card_data *, uint16_t file, unsigned number, const uint8_t *, size_t n);
/* Adds one; a cyclic file that is full loses its oldest. 0, ERR_SIZE, ERR_FULL. */
int records_append(struct card_data *, uint16_t file, const uint8_t *, size_t n);

#endif
