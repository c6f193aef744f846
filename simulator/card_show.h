#ifndef CARDINAL_CARD_SHOW_H
#define CARDINAL_CARD_SHOW_H

#include <stdio.h>

#include "card-os/os/card.h"

/*
 * What is on a card, for people: room, then each file under its DF with kind, size, use, and who
 * may do what with it; life cycle where it is not the usual one; of PINs the counters, of keys
 * whether there is one. Contents are not shown.
 */
void card_show_files(FILE *, const struct card_data *);
/* The same as two members of a JSON object, "room" and "files", of which each has its path. */
void card_show_files_json(FILE *, const struct card_data *);

#endif
