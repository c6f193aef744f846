#ifndef CARDINAL_TESTS_SCENE_H
#define CARDINAL_TESTS_SCENE_H

#include "card-os/os/card.h"
#include "tests/unit/deck.h"

/*
 * The card of the world, what it was before the step, and what its owner and others have
 * proven to it, reckoned from what was sent: the world has one, the rules look at it.
 */
enum { SCENE_OWNED = 2 };

/* An application of the owner. The share's is the first, the slot's the second. */
struct owned {
	uint16_t df, pin;		/* files */
	int right;			/* he sent the PIN since the card got power */
	int lost;			/* somebody else has set the PIN since */
};

struct scene {
	struct deck deck;
	struct card_data before;
	struct owned owned[SCENE_OWNED];
	uint16_t factory_n;		/* files of the first card, which stay */
	int proved;			/* somebody has answered for the secret of the ring */
	int dies;			/* the disk fails together with the power */
};

/* Says which promise, and aborts. */
void scene_broken(const char *promise);
/* The disk has failed, and took the power with it. */
int scene_has_died(const struct scene *);
/* Files and what is in them are as before. */
int scene_is_unchanged(const struct scene *);
/* The PIN that a reference means in a DF: verified, or asks for nothing. */
int scene_pin_in_order(const struct scene *, uint16_t df, uint8_t ref);
/* Whether the rule that file i had for op is met; its PIN is looked for from df on. */
int scene_may(const struct scene *, uint16_t i, enum card_op op, uint16_t df, int protected);

#endif
