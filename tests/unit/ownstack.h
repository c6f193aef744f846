#ifndef CARDINAL_TESTS_OWNSTACK_H
#define CARDINAL_TESTS_OWNSTACK_H

#include <stddef.h>

/*
 * Runs f on a stack of its own and looks through that afterwards: 1 when the n bytes, which f may
 * have made, are still on it, else 0; -1 when f could not be run. f's own frame must not hold them.
 */
int ownstack_keeps(void (*f)(void *), void *arg, const void *bytes, size_t n);

#endif
