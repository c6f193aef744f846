#ifndef CARDINAL_FACTORY_H
#define CARDINAL_FACTORY_H

#include <stdint.h>

#include "card-os/os/card.h"

/*
 * The card factory: makes issuers, and cards with a serial number, a device
 * key and an X.509 device certificate (P-256, ECDSA with SHA-256; subject
 * serialNumber = the card's serial number in digits, common name "Cardinal card").
 */
enum { FACTORY_PEM_MAX = 4096, SERIAL_TEXT = 2 * SERIAL_LEN + 1 };

/*
 * A self-signed issuer: certificate and key as PEM texts, terminated. now: seconds since 1970.
 * 0, ERR_CRYPTO, ERR_SIZE. The caller wipes key.
 */
int factory_issuer(char cert[FACTORY_PEM_MAX], char key[FACTORY_PEM_MAX], uint64_t now);

/*
 * A new card of profile "tcos" by that issuer, both PINs PIN_FACTORY, certificate valid as long
 * as the issuer's. 0, ERR_FORMAT for a bad issuer or one that is not valid now, ERR_CRYPTO,
 * ERR_NOT_FOUND for another profile. The caller wipes data, which is zeros after an error.
 */
int factory_card(struct card_data *, const char *profile, const char *issuer_cert,
    const char *issuer_key, uint64_t now);

/* Serial number as 20 digits. */
void factory_serial_text(const uint8_t serial[SERIAL_LEN], char out[SERIAL_TEXT]);

#endif
