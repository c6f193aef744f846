#ifndef CARDINAL_VAULT_PARTS_H
#define CARDINAL_VAULT_PARTS_H

#include "hsm/daemon/vault.h"
#include "hsm/daemon/vaultlink.h"

/*
 * Between the parts of vault: vault.c has the table and its own calls, vault_slot.c those about
 * slots, vault_people.c those about their users and openings.
 */
int vault_plan(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_unplan(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_trial(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_slots(struct vault *, union vaultlink_args *, union vaultlink_result *);

/* Whether the plan has slots whose users have to be enrolled. */
int vault_waits(const struct vault *);
int vault_enrolled(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_enrol(struct vault *, union vaultlink_args *, union vaultlink_result *);

/* Without the store's lock, which they take where it is needed. */
int vault_mode(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_activate(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_deactivate(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_show(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_wipe(struct vault *, union vaultlink_args *, union vaultlink_result *);

int vault_cards(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_finish(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_ask(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_next(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_seat(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_challenge(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_proof(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_end(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_whose(struct vault *, union vaultlink_args *, union vaultlink_result *);

/* What an order for another mode asks for; the caller wipes it. */
void vault_plan_of(const struct slot_order *, struct slot_plan *);
/* PKCS#11 is told of another mode: who came in without a code does not stay where one is asked. */
void vault_mode_changed(struct vault *, unsigned slot);
/* PKCS#11 is told, of all slots; without the store's lock. */
void vault_all_changed(struct vault *);
void vault_all_closed(struct vault *);

#endif
