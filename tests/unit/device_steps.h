#ifndef CARDINAL_TESTS_DEVICE_STEPS_H
#define CARDINAL_TESTS_DEVICE_STEPS_H

#include "tests/unit/device_bench.h"

/* A PIN entry in steps, of the device on a bench. */

/* A request without a body: its status. */
uint8_t steps_ask(struct bench *, uint8_t type);
/* PADLINK_PIN_VERIFY or _MODIFY; it asks for the PIN then. */
void steps_begin(struct bench *, uint8_t kind);
/* PIN_FINISH, of an entry that has ended: its status word. */
unsigned steps_finish(struct bench *);
/*
 * Whether KEY tells that until it tells none, as letters: * digit, 0 cleared, # OK, x Cancel,
 * t no key in time, a aborted.
 */
int steps_told(struct bench *, const char *want);
/* Whether 123456 is nowhere in it. */
int steps_no_pin_in(const struct device *);

#endif
