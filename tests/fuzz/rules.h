#ifndef CARDINAL_TESTS_RULES_H
#define CARDINAL_TESTS_RULES_H

#include "tests/fuzz/scene.h"

/*
 * What must hold of the card after each step, as tests/fuzz/world.h promises. Each aborts where it
 * does not.
 */

/*
 * After a step that may have changed something, through the channel or not: what there is
 * now becomes what was before.
 */
void rules_check(struct scene *, uint16_t sw, int protected);
/* Who is verified and what is proven, after any step. */
void rules_check_proven(const struct scene *);

#endif
