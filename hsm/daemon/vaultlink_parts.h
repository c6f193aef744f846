#ifndef CARDINAL_VAULTLINK_PARTS_H
#define CARDINAL_VAULTLINK_PARTS_H

#include "hsm/daemon/vaultlink.h"

/*
 * Between the parts of vaultlink: vaultlink.c has the table of messages and those of the store,
 * vaultlink_slot.c those of slots, users and openings. Each passes one message, a union
 * vaultlink_args or vaultlink_result, in both directions.
 */
void vaultlink_plan_args(struct pass *, void *);
void vaultlink_slot_args(struct pass *, void *);
void vaultlink_asked_result(struct pass *, void *);
void vaultlink_slots_result(struct pass *, void *);
void vaultlink_shown_result(struct pass *, void *);
void vaultlink_enrolled_args(struct pass *, void *);
void vaultlink_enrol_args(struct pass *, void *);
void vaultlink_seat_result(struct pass *, void *);
void vaultlink_ask_args(struct pass *, void *);
void vaultlink_ask_result(struct pass *, void *);
void vaultlink_opening_result(struct pass *, void *);
void vaultlink_turn_args(struct pass *, void *);
void vaultlink_challenge_result(struct pass *, void *);
void vaultlink_proof_args(struct pass *, void *);
void vaultlink_end_args(struct pass *, void *);
void vaultlink_whose_args(struct pass *, void *);
void vaultlink_whose_result(struct pass *, void *);

#endif
