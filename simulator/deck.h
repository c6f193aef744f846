#ifndef CARDINAL_DECK_H
#define CARDINAL_DECK_H

#include "card-os/apps/factory.h"
#include "card-os/image.h"
#include "simulator/slot.h"

/*
 * The card directory: NAME.card files, and the issuer of the deck, issuer.pem
 * (its certificate, for everybody) and issuer.key (0600), made at first use.
 * Names are of letters, digits, dot, underscore and hyphen, without a dot in
 * front. Directory and issuer come into being when the first card does.
 */
enum { DECK_DIR_MAX = IMAGE_PATH_MAX - 128, DECK_CARDS_MAX = 256 };

struct deck {
	char dir[DECK_DIR_MAX];
};

struct deck_names {
	size_t n;				/* sorted */
	char v[DECK_CARDS_MAX][SLOT_NAME_MAX + 1];
	int more;				/* there are more than fit */
};

/* dir, or NULL: CARDINAL_CARDS, cards under CARDINAL_STATE, /var/lib/cardinal/cards. ERR_SIZE. */
int deck_init(struct deck *, const char *dir);
int deck_name_fits(const char *name);
/* Path of a card: 0, ERR_ARG for a name that does not fit. */
int deck_path(const struct deck *, const char *name, char path[IMAGE_PATH_MAX]);
/* 0 also when there is no directory yet; ERR_DENIED, ERR_IO. */
int deck_names(const struct deck *, struct deck_names *);
/* Makes the issuer if there is none: 0 and the path of its certificate; ERR_* as deck_make. */
int deck_issuer(const struct deck *, uint64_t now, char path[IMAGE_PATH_MAX]);
/*
 * A new card; now: seconds since 1970. ERR_ARG, ERR_EXISTS, ERR_NOT_FOUND for the profile,
 * ERR_NOT_NOW when of issuer.pem and issuer.key only one is there, and errors of files.
 */
int deck_make(const struct deck *, const char *name, const char *profile, uint64_t now);
/* Reads a card, also one in a pad; the caller wipes. ERR_ARG, ERR_NOT_FOUND, ERR_FORMAT, ... */
int deck_read(const struct deck *, const char *name, struct card_data *);
/* ERR_ARG, ERR_NOT_FOUND, ERR_BUSY when it is in a pad. */
int deck_delete(const struct deck *, const char *name);

#endif
