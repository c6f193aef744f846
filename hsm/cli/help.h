#ifndef CARDINAL_HELP_H
#define CARDINAL_HELP_H

#include <stdio.h>

#include "hsm/cli/cli.h"

/* All commands, one or two lines each. */
void help_all(FILE *);
/* One command: its usage, what it does, what its options mean. */
void help_one(FILE *, const struct command *);

#endif
