#ifndef CARDINAL_OFFERS_H
#define CARDINAL_OFFERS_H

#include "simulator/padlink.h"

/* What a pad offers the host, PADLINK_HAS_*, by the names direct, start and text. */
uint8_t offers_named(const char *name, size_t n);	/* 0: none of them */
const char *offers_name(size_t i, uint8_t *feature);	/* of each in turn, NULL behind the last */

#endif
