#ifndef CARDINAL_CAPABILITIES_H
#define CARDINAL_CAPABILITIES_H

#include "ifdhandler/slot.h"

enum { CAPABILITY_MAX = 64 };	/* bytes of the longest value */

/*
 * What pcscd and SCardGetAttrib may ask of a reader: IFD handler 3.0's own tags
 * and the attributes of PC/SC Part 3 3.1.2, numbers in host order. Writes the
 * value and its length; ERR_NOT_FOUND for a tag that has none.
 */
int capability(struct slot *, unsigned long tag, uint8_t v[CAPABILITY_MAX], size_t *n);

#endif
