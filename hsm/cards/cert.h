#ifndef CARDINAL_CERT_H
#define CARDINAL_CERT_H

#include "hsm/cards/requests.h"

/*
 * A device certificate as a card hands it out, DER of exactly n bytes: signed by
 * a trusted issuer that is a CA, both valid at that time, the key a point on
 * P-256. Gives the key and the serialNumber of its subject. 0, ERR_FOREIGN_CARD for anything
 * else, ERR_NOMEM.
 */
int cert_check(const uint8_t *der, size_t n, const struct issuers *, uint64_t now,
    uint8_t point[SM_POINT], char serial[SERIAL_DIGITS + 1]);

#endif
