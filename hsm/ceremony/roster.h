#ifndef CARDINAL_ROSTER_H
#define CARDINAL_ROSTER_H

#include "hsm/ceremony/runner.h"

/*
 * The users that the operator chose for slots, as a table's row counts and takes them. Seats are
 * counted through all slots, from 1: those of slot 0 first.
 */
unsigned roster_count(const struct ceremony *);
/* The i-th has its turn; 0: none. */
void roster_take(struct ceremony *, unsigned i);
/* Who the i-th is. */
void roster_seat(const struct ceremony *, unsigned i, unsigned *slot, unsigned *user);
/* Whether the i-th was enrolled before. */
int roster_kept(const struct ceremony *, unsigned i);

/* Of the one whose turn it is: slot, reader ("": the HSM's), number of cards. */
const struct ceremony_slot *roster_slot(const struct ceremony *);
const char *roster_reader(const struct ceremony *);
unsigned roster_copies(const struct ceremony *);

/* Whether any slot gets users. */
int roster_wanted(const struct ceremony *);
/* 0, or ERR_ARG: users, copies or slots that cannot be; any number of slots, or exactly one. */
int roster_check(const struct ceremony_args *);
int roster_check_one(const struct ceremony_args *);

#endif
