#ifndef CARDINAL_TESTS_VAULT_BENCH_H
#define CARDINAL_TESTS_VAULT_BENCH_H

#include <pthread.h>

#include "hsm/daemon/vault.h"
#include "hsm/daemon/vaultclient.h"
#include "tests/unit/place.h"
#include "tests/unit/suite.h"

/* Vault's end of the links, each on a thread of its own, over a store; and ward's ends. */
enum { BENCH_LINKS = 3 };

struct vault_bench {
	struct place place;
	struct vault vault;
	struct p11_policy policy;
	struct vaultclient *client, *slots, *people;
	pthread_t thread[BENCH_LINKS];
	int fd[BENCH_LINKS];
	union vaultlink_result result;
};

void vault_bench_enter(struct vault_bench *);
void vault_bench_leave(struct vault_bench *);
/* One call on the first link; its result is in b->result. */
int vault_bench_call(struct vault_bench *, uint8_t id, union vaultlink_args *);
/* A text as a code. */
void vault_bench_code(uint8_t *n, uint8_t *p, const char *text);
/* What is done to a slot with that code. */
int vault_bench_act(struct vault_bench *, uint8_t id, uint8_t slot, const char *text);
/* The beginning of an installation; from there to the commit. */
int vault_bench_begin(struct vault_bench *);
int vault_bench_commit(struct vault_bench *);
const struct slot_info *vault_bench_slots(struct vault_bench *);

#endif
