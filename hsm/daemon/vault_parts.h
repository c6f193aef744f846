#ifndef CARDINAL_VAULT_PARTS_H
#define CARDINAL_VAULT_PARTS_H

#include "hsm/daemon/vault.h"
#include "hsm/daemon/vaultlink.h"

/*
 * Between the parts of vault: vault.c has the table and its own calls, vault_slot.c those about
 * slots.
 */
int vault_plan(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_unplan(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_trial(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_slots(struct vault *, union vaultlink_args *, union vaultlink_result *);

/* Without the store's lock, which they take where it is needed. */
int vault_mode(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_activate(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_deactivate(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_show(struct vault *, union vaultlink_args *, union vaultlink_result *);
int vault_wipe(struct vault *, union vaultlink_args *, union vaultlink_result *);

/* PKCS#11 is told, of all slots; without the store's lock. */
void vault_all_changed(struct vault *);
void vault_all_closed(struct vault *);

#endif
