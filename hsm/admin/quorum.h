#ifndef CARDINAL_QUORUM_H
#define CARDINAL_QUORUM_H

#include <stdint.h>

/* The quorums that are offered, as people write them. */
#define QUORUM_CHOICES "2of3, 3of5"

/* 0, or ERR_ARG for anything that is not offered. */
int quorum_parse(const char *text, uint8_t *k, uint8_t *n);

#endif
