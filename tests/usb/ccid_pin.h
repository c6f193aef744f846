#ifndef CARDINAL_TESTS_USB_CCID_PIN_H
#define CARDINAL_TESTS_USB_CCID_PIN_H

#include "simulator/padlink.h"

/*
 * What stands in a PC_to_RDR_Secure, USB CCID 1.1 6.1.11: bPINOperation and the data structure of a
 * PIN verification or modification. 0 or ERR_FORMAT, and *bad is then the first byte that is wrong,
 * counted as bError counts, from the start of the message.
 */
int ccid_pin_get(const uint8_t *, size_t n, struct padlink_pin *, uint8_t *bad);

#endif
