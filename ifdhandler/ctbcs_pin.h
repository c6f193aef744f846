#ifndef CARDINAL_CTBCS_PIN_H
#define CARDINAL_CTBCS_PIN_H

#include "ifdhandler/ctbcs_objects.h"
#include "ifdhandler/reader.h"

/*
 * Turns the objects of PERFORM VERIFICATION (PADLINK_PIN_VERIFY) or MODIFY VERIFICATION
 * (PADLINK_PIN_MODIFY) into a PIN entry: 0, ERR_FORMAT, ERR_DENIED for an instruction that takes
 * no PIN.
 */
int ctbcs_pin(const struct ctbcs_objects *, uint8_t kind, const struct reader_properties *,
    struct padlink_pin *);

#endif
