#ifndef CARDINAL_TEST_VAULT_TABLE_H
#define CARDINAL_TEST_VAULT_TABLE_H

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "card-os/iso7816/p256.h"
#include "hsm/daemon/vaultgate.h"
#include "hsm/vault/store_parts.h"
#include "tests/unit/vault_bench.h"

/* Vault with a gate before it, as ward has one, and two people who sit at its slot SLOT. */
enum { SLOT = 7, PEOPLE = 2 };

/* What the cards of a user have; made once, since RSA is slow. */
struct person {
	EVP_PKEY *rsa;
	uint8_t scalar[P256_SCALAR];
	struct user_seat seat;
};

extern struct person table_people[PEOPLE];

struct table {
	struct vault_bench b;
	struct vaultgate gate;
	int rings;			/* the parent's end of the pipe */
	unsigned changed;
};

void table_sit(struct table *);
void table_rise(struct table *);
const struct gate_ops *table_ops(struct table *);
/* How often the parent was told since the last time, or the beginning. */
unsigned table_rung(struct table *);
/* The plan of an installation whose slot opens with both people and that code. */
int table_plan(struct table *, uint8_t slot, const char *code);
void table_enrol(struct table *, unsigned slot);
/* All of it, to the end. */
void table_install(struct table *, uint8_t slot, const char *code);
uint8_t table_state(struct table *);
/* Asked for by the operator, and taken by ward: the number of the opening. */
uint64_t table_ask(struct table *, const char *code);
/* A user's proof by the cards of that person: what the gate says; or both of theirs. */
int table_proof(struct table *, uint64_t number, unsigned user, const struct person *);
void table_prove(struct table *, uint64_t number);
const struct slot_info *table_slot(struct table *);

#endif
