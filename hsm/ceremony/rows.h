#ifndef CARDINAL_CEREMONY_ROWS_H
#define CARDINAL_CEREMONY_ROWS_H

#include "hsm/ceremony/backup.h"

/* Rows that several tables of steps have: people read and hear the same words in each. */

/* A card is asked for: the pad's text, and the checklist's. */
#define ROW_INSERT(text, words) \
	{ .name = "insert", .show = text, .say = words, .flags = STEP_ASKS | STEP_CARD, \
	  .run = card_is_there }

/* Its PIN; who enters it, for the checklist. */
#define ROW_PIN(who) \
	{ .name = "pin", .show = "Enter PIN", \
	  .say = "The " who " enters the card's PIN, unseen, and presses OK.", \
	  .flags = STEP_PAD, .run = holder_enters_pin }

/* Whether a live share may be lost that the card holds, where `another` says that it does. */
#define ROW_OVERWRITE(another) \
	{ .name = "overwrite", .show = "Overwrite\n%s?  OK", \
	  .say = "The card holds a share of another live set: OK destroys that share. Whoever " \
	      "wants to keep it takes the card out and inserts another.", \
	  .flags = STEP_ASKS, .when = another }

/* The only phase of a tool: a table that is run once, for one card. */
#define ONE_CARD_PHASE(word, table, text) \
	&(const struct phase){ word, (const struct step[]){ \
	    { .name = "card", .each = table, .count = one_card, .front = text }, { 0 } }, NULL }

#endif
