#ifndef CARDINAL_TESTS_ANSWER_H
#define CARDINAL_TESTS_ANSWER_H

#include "tests/fuzz/scene.h"

/* Not 9000, 61xx or 62xx. */
int answer_is_error(uint16_t sw);
/*
 * What must hold of the answer to the command p of n bytes, before rules_check: its form, that no
 * secret is in it, that what was compared was charged, and that who read a content or used a
 * key had leave. Aborts where it does not.
 */
void answer_check(const struct scene *, const uint8_t *p, size_t n, uint16_t sw, const uint8_t *rsp,
    size_t rsp_n, int protected);

#endif
