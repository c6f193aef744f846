#ifndef CARDINAL_SLOT_SHOW_H
#define CARDINAL_SLOT_SHOW_H

#include <stdio.h>

#include <jansson.h>

/* Slots for people, as GET /v1/slots has them. */
void slot_table(FILE *, const json_t *slots);
void slot_details(FILE *, const json_t *slot);
/* "open 0, 3; closed 1, 2": one line of the status; "" when there is no token. */
void slot_summary(const json_t *slots, char *out, size_t cap);
/*
 * "open", "closed", "damaged", "none": whether programs can use it; of a closed one of mode cards
 * also "asking" (its users are asked, or wait to be) and "held" (an opening has failed).
 */
const char *slot_state(const json_t *slot);

#endif
