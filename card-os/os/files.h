#ifndef CARDINAL_CARD_FILES_H
#define CARDINAL_CARD_FILES_H

#include "card-os/os/card.h"

/*
 * The file system as a table. Files are named by their index in it,
 * CARD_NO_FILE where there is none.
 */

/* The DF of that identifier, anywhere on the card. */
uint16_t files_df(const struct card_data *, uint16_t fid);
/* The file of that identifier right under the DF of that index. */
uint16_t files_in(const struct card_data *, uint16_t df, uint16_t fid);
/* The DF that a file stands in; of the MF: none. */
uint16_t files_parent(const struct card_data *, uint16_t i);
/* Whether a file is that DF or stands anywhere below it. */
int files_within(const struct card_data *, uint16_t i, uint16_t df);

/* ISO 7816-4:2005 table 40, bits 2 and 1. */
enum files_occurrence { FILES_FIRST, FILES_LAST, FILES_NEXT, FILES_PREVIOUS };

/* The DF whose name begins with those bytes; next and previous count from the DF current. */
uint16_t files_named(const struct card_data *, const uint8_t *aid, size_t n,
    enum files_occurrence, uint16_t current);

/* Content of an EF or a window: its size bytes. */
const uint8_t *files_bytes(const struct card_data *, uint16_t i);

enum { TAG_FCP = 0x62, TAG_FCI = 0x6f };

/* Control parameters of a file under that tag, as docs/card.md has them. */
void files_put_template(struct wr *, uint32_t tag, const struct card_data *, uint16_t i);

#endif
