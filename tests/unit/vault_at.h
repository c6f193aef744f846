#ifndef CARDINAL_TEST_VAULT_AT_H
#define CARDINAL_TEST_VAULT_AT_H

#include "hsm/pkcs11/server.h"
#include "tests/unit/suite.h"
#include "tests/unit/token.h"

/*
 * Vault's side of PKCS#11 in the test's own process, over a store with a trial installation, at
 * pkcs11.sock in a directory that CARDINAL_RUN names: slot 0 opens by itself, 1 to 9 with
 * TOKEN_TRIAL.
 */
struct vault_at {
	struct place place;
	struct p11_policy policy;
	struct p11_server *server;
	char dir[SUITE_DIR_MAX], path[SUITE_DIR_MAX + 16];
};

/* The policy is the caller's to fill before. */
void vault_at_enter(struct vault_at *);
/* The same over a place that the caller has entered. */
void vault_at_begin(struct vault_at *);
void vault_at_leave(struct vault_at *);
/* As when the daemon ends, and as when it begins. */
void vault_at_stop(struct vault_at *);
void vault_at_start(struct vault_at *);

#endif
