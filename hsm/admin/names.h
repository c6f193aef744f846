#ifndef CARDINAL_NAMES_H
#define CARDINAL_NAMES_H

#include <stdint.h>

/* The words of the admin socket for what has numbers inside. */

/* "cancelled", "busy" ...: the `error` member of an answer; "" for 0. */
const char *name_of_err(int err);
/* The HTTP status of an answer that says so. */
unsigned http_of_err(int err);
/* "factory", "installing", "operational", "inconsistent". */
const char *name_of_state(uint8_t state);

#endif
