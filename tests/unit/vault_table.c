#include "tests/unit/vault_table.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "card-os/iso7816/err.h"

struct person table_people[PEOPLE];

static void
make_people(void)
{
	for (size_t i = 0; i < PEOPLE && table_people[i].rsa == NULL; i++) {
		struct person *p = &table_people[i];
		BIGNUM *n = NULL;

		p->rsa = EVP_RSA_gen(2048);
		CU_ASSERT_FATAL(p->rsa != NULL &&
		    EVP_PKEY_get_bn_param(p->rsa, OSSL_PKEY_PARAM_RSA_N, &n) == 1);
		CU_ASSERT_EQUAL(BN_bn2binpad(n, p->seat.keys.modulus, USER_MODULUS), USER_MODULUS);
		BN_free(n);
		OK(p256_generate(p->scalar, p->seat.keys.point));
		p->seat.copies = 2;
		strcpy(p->seat.reader, i == 0 ? "" : "Pad 1");
	}
}

static void
changed(void *arg)
{
	((struct table *)arg)->changed++;
}

const struct gate_ops *
table_ops(struct table *t)
{
	return t->gate.gate.ops;
}

void
table_sit(struct table *t)
{
	int pair[2];

	make_people();
	memset(t, 0, sizeof(*t));
	vault_bench_enter(&t->b);
	OK(pipe2(pair, O_CLOEXEC | O_NONBLOCK));
	t->rings = pair[0];
	t->b.vault.restart_fd = pair[1];
	vaultgate_init(&t->gate, t->b.client, changed, t);
}

void
table_rise(struct table *t)
{
	vault_bench_leave(&t->b);
	close(t->rings);
	close(t->b.vault.restart_fd);
}

unsigned
table_rung(struct table *t)
{
	char bytes[16];
	const ssize_t n = read(t->rings, bytes, sizeof(bytes));

	return n < 0 ? 0 : (unsigned)n;
}

int
table_plan(struct table *t, uint8_t slot, const char *code)
{
	union vaultlink_args args = { 0 };

	for (size_t i = 0; i < SLOTS; i++)
		args.plan[i].mode = SLOT_AUTO;
	args.plan[slot].mode = SLOT_CARDS;
	args.plan[slot].users = PEOPLE;
	args.plan[slot].copies = 2;
	vault_bench_code(&args.plan[slot].code_n, args.plan[slot].code, code);
	return vault_bench_call(&t->b, VAULT_PLAN, &args);
}

void
table_enrol(struct table *t, unsigned slot)
{
	for (unsigned u = 1; u <= PEOPLE; u++)
		OK(table_ops(t)->enrol(&t->gate.gate, slot, u, &table_people[u - 1].seat));
}

void
table_install(struct table *t, uint8_t slot, const char *code)
{
	OK(table_plan(t, slot, code));
	OK(vault_bench_begin(&t->b));
	OK(vault_bench_commit(&t->b));
	table_enrol(t, slot);
	OK(table_ops(t)->finish(&t->gate.gate));
}

uint8_t
table_state(struct table *t)
{
	OK(vault_bench_call(&t->b, VAULT_STATUS, NULL));
	return t->b.result.status.hsm.state;
}

int
table_proof(struct table *t, uint64_t number, unsigned user, const struct person *p)
{
	uint8_t text[CHALLENGE_LEN], point[USER_POINT], signature[USER_MODULUS], z[LOCK_SECRET];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t n = sizeof(signature);
	int r;

	if ((r = table_ops(t)->challenge(&t->gate.gate, number, user, text, point)) == 0) {
		CU_ASSERT(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, p->rsa) == 1 &&
		    EVP_DigestSign(md, signature, &n, text, sizeof(text)) == 1);
		OK(p256_agree(p->scalar, point, z));
		r = table_ops(t)->proof(&t->gate.gate, number, user, signature, z);
	}
	EVP_MD_CTX_free(md);
	return r;
}

uint64_t
table_ask(struct table *t, const char *code)
{
	uint64_t number;

	OK(vault_bench_act(&t->b, VAULT_SLOT_ACTIVATE, SLOT, code));
	CU_ASSERT_EQUAL(t->b.result.asked.asks, 1);
	number = t->b.result.asked.opening;
	CU_ASSERT_FATAL(number != 0);
	OK(vaultclient_call(t->b.people, VAULT_OPENING_NEXT, NULL, &t->b.result));
	CU_ASSERT_EQUAL(t->b.result.opening.number, number);
	CU_ASSERT_EQUAL(t->b.result.opening.slot, SLOT);
	CU_ASSERT_EQUAL(t->b.result.opening.users, PEOPLE);
	return number;
}

void
table_prove(struct table *t, uint64_t number)
{
	for (unsigned u = 1; u <= PEOPLE; u++)
		OK(table_proof(t, number, u, &table_people[u - 1]));
}

const struct slot_info *
table_slot(struct table *t)
{
	return &vault_bench_slots(&t->b)[SLOT];
}
