#ifndef CARDINAL_ISSUER_H
#define CARDINAL_ISSUER_H

#include <stddef.h>
#include <stdint.h>

#include "hsm/vault/store.h"

/* Certificates of card issuers, as an operator hands them in and reads them. */
enum { ISSUER_NAME_MAX = 128, ISSUER_DATE_MAX = 24 };

struct issuer_text {
	char subject[ISSUER_NAME_MAX];		/* RFC 2253 */
	char fingerprint[2 * HASH_LEN + 1];	/* SHA-256 of the certificate */
	char not_after[ISSUER_DATE_MAX];	/* 2031-12-31T23:59:59Z */
};

/*
 * One certificate in PEM, with nothing but white space and text around it: 0, or ERR_FORMAT
 * with *why when it is none, more than one, or no CA's; ERR_SIZE. *der_n: room, then length.
 */
int issuer_from_pem(const char *pem, size_t n, uint8_t *der, size_t *der_n, const char **why);
/* 0 or ERR_FORMAT. */
int issuer_describe(const uint8_t *der, size_t n, struct issuer_text *);

#endif
