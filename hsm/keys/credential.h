#ifndef CARDINAL_CREDENTIAL_H
#define CARDINAL_CREDENTIAL_H

#include "hsm/keys/user.h"

/*
 * A user's credential on its way onto cards: made in secret memory, written to each copy, proven
 * there, wiped. content is the object that the card loads (docs/card.md, The slot credential), but
 * for its record, which names the copy:
 *
 *   70 { 7F48 {RSA-2048} 7F48 {P-256} 7F21 {certificate} 53 {record} }
 */
enum { CREDENTIAL_CONTENT_MAX = 3600 };

/* In the secure heap: the caller's, who ends with credential_free. */
struct credential;

/*
 * A new one, with a certificate that its own RSA key signs, of the common name "LABEL slot S user
 * U", valid from head->date for 30 years. head: copy is not looked at. 0, ERR_ARG, ERR_NOMEM,
 * ERR_CRYPTO.
 */
int credential_make(struct credential **, const struct user_head *head);
void credential_free(struct credential **);
const struct user_keys *credential_keys(const struct credential *);
/* Where its secrets are, *n bytes, for who has to wipe them at once: it serves for nothing then. */
void *credential_secrets(struct credential *, size_t *n);
/*
 * The object for one copy into p, which is secret memory of the caller's: *n its length. 0,
 * ERR_ARG, ERR_SIZE.
 */
int credential_content(const struct credential *, unsigned copy,
    uint8_t p[CREDENTIAL_CONTENT_MAX], size_t *n);
/*
 * What a card that has it agrees on with an ephemeral point made here: the point goes to the card,
 * its answer is compared in constant time. Made: 0, ERR_FORMAT (keys), ERR_CRYPTO, then it is
 * zeroed; checked: 0, ERR_MAC. The caller wipes it.
 */
struct credential_test {
	uint8_t point[USER_POINT], z[32];
};
int credential_test_make(const struct user_keys *, struct credential_test *);
int credential_test_check(const struct credential_test *, const uint8_t z[32]);

#endif
