#ifndef CARDINAL_TESTS_MADE_H
#define CARDINAL_TESTS_MADE_H

#include <stddef.h>
#include <stdint.h>

#include "card-os/iso7816/buf.h"
#include "tests/unit/dice.h"

/*
 * Commands that make some sense: each row an instruction that the card may have, with P1, P2 and
 * data out of what is on the card and what stands in the standard, and now and then a
 * byte that is neither. All by dice_roll: a seed gives the same ones.
 */
enum { MADE_DATA = 4096 };

struct made {
	uint8_t p1, p2;
	struct wr *data;		/* of MADE_DATA bytes; the caller's */
	unsigned ne;			/* 0: no answer is expected */
};

struct made_row {
	uint8_t cla, ins, weight;
	char suits;			/* world_current, when it goes for nothing else */
	void (*make)(struct made *);	/* finds P1, P2 and Ne 0, and no data */
};

struct made_table {
	const struct made_row *rows;
	size_t n;
};

/* Selection, contents and life of files; PINs, keys, data objects, and the rest. */
extern const struct made_table made_files, made_keys;

#define MADE_COUNT(v) (sizeof(v) / sizeof((v)[0]))

/* 0 to n - 1. */
static inline unsigned
one_of(unsigned n)
{
	return (unsigned)(dice_roll() % n);
}

/* Once in n times. */
static inline int
in(unsigned n)
{
	return one_of(n) == 0;
}

/* A file identifier of the card, of a file that CREATE makes here, or now and then any. */
uint16_t made_fid(void);
/* One that CREATE makes. */
uint16_t made_new_fid(void);
/* Of keys and PINs: those of the ring, of the credential, and what CREATE makes. */
uint8_t made_ref(void);
/* Writes n bytes; n digits. */
void made_bytes(struct wr *, unsigned n);
void made_digits(struct wr *, unsigned n);
void made_p1p2(struct made *, unsigned v);

/* CREATE, with the file control parameters of a file of any kind. */
void made_create(struct made *);
/* No data, which more than one instruction has. */
void made_nothing(struct made *);

#endif
