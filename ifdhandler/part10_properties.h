#ifndef CARDINAL_PART10_PROPERTIES_H
#define CARDINAL_PART10_PROPERTIES_H

#include "ifdhandler/reader.h"

/* What a reader says of itself, PC/SC Part 10 2.6.8 and 2.6.14; words are little-endian. */
void part10_pin_properties(const struct reader_properties *, struct wr *);
void part10_tlv_properties(const struct reader_properties *, struct wr *);

#endif
