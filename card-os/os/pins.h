#ifndef CARDINAL_CARD_PINS_H
#define CARDINAL_CARD_PINS_H

#include "card-os/os/card.h"

/*
 * A PIN is its digits in ASCII, without padding. It is the content of a file
 * of kind FILE_PIN, whose reference and DF say what it is for.
 */
enum { PIN_SALT = 16, PIN_VERIFIER = 32, PIN_CONTENT = 8 + PIN_SALT + PIN_VERIFIER };

struct pin {
	uint8_t min, max;		/* digits */
	uint8_t digits;			/* how many this PIN has: parts old from new in a change */
	uint8_t tries, tries_max;
	uint8_t factory;		/* 1 until it is changed */
	uint8_t disabled;		/* 1: what asks for it takes it as verified */
	uint8_t puk;			/* reference of the PIN that unblocks it, 0: none */
	uint8_t salt[PIN_SALT];
	uint8_t verifier[PIN_VERIFIER];	/* PBKDF2-HMAC-SHA256 of the PIN */
};

/* The PIN in a file's content, PIN_CONTENT bytes. */
void pin_get(const struct card_data *, uint16_t file, struct pin *);
void pin_put(struct card_data *, uint16_t file, const struct pin *);
/* Whether its numbers can be: min and max within 1 to PIN_MAX, tries within tries_max, ... */
int pin_is_sound(const struct pin *);

/* Whether n bytes are digits. */
int pin_are_digits(const uint8_t *, size_t n);
/* Whether they are, and as many as the PIN may have. */
int pin_may_be(const struct pin *, const uint8_t *, size_t n);
/* Whether n bytes are the PIN, in constant time: 0, ERR_PIN_WRONG, ERR_CRYPTO. */
int pin_compare(const struct pin *, const uint8_t *, size_t n);
/* Makes n bytes the PIN, with a new salt: 0, ERR_PIN_LENGTH for what may not be one, ERR_CRYPTO. */
int pin_set(struct pin *, const uint8_t *, size_t n);

/*
 * The PIN that a reference means in a DF: local to it or the nearest above that has one, or of
 * the MF. Its file, or CARD_NO_FILE.
 */
uint16_t pin_meant(const struct card_data *, uint16_t df, uint8_t ref);
/* Whether that one was verified, or is disabled. */
int pin_is_proven(const struct card *, uint16_t df, uint8_t ref);

/* Whether the PIN in that file can be tried: 9000, 6985, 6984, 6983; *p is set always. */
uint16_t pin_state(const struct card *, uint16_t file, struct pin *p);

/*
 * Charges a try of the PIN in that file, on disk, before anything is compared: pulling the plug, or
 * a disk that does not take it, is never a free try. 9000 when n bytes are the PIN, which is then
 * still charged; 63Cx, 6581, 6F00. The caller has seen that tries are left.
 */
uint16_t pin_try(struct card *, uint16_t file, const uint8_t *, size_t n);
/* Gives all tries back to the PIN as it now is; it is verified when that is on disk. */
uint16_t pin_accept(struct card *, uint16_t file, struct pin *);

#endif
