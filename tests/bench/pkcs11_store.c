#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/pkcs11.h"

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

/* Data objects that are labelled by their numbers, from `from` on. */
static void
fill(struct contender *c, unsigned long from, unsigned long to)
{
	static CK_OBJECT_CLASS class = CKO_DATA;
	CK_OBJECT_HANDLE o;
	char label[32];

	for (unsigned long i = from; i < to; i++) {
		CK_ATTRIBUTE t[] = {
			{ CKA_CLASS, &class, sizeof(class) },
			{ CKA_LABEL, label, (CK_ULONG)snprintf(label, sizeof(label), "object %lu", i) },
			{ CKA_TOKEN, c->token ? &yes : &no, 1 }, { CKA_PRIVATE, &no, 1 },
			{ CKA_VALUE, label, sizeof(label) },
		};

		p11_must("C_CreateObject", c->m.f->C_CreateObject(c->s, t, 5, &o));
	}
}

static double
search(struct contender *c, unsigned long n)
{
	const double began = seconds();
	unsigned long searches = 0;
	CK_OBJECT_HANDLE found[2];
	char label[32];
	CK_ULONG count;

	do {
		CK_ATTRIBUTE t = {
			CKA_LABEL, label, (CK_ULONG)snprintf(label, sizeof(label), "object %lu",
			    searches * 7919 % n),
		};

		p11_must("C_FindObjectsInit", c->m.f->C_FindObjectsInit(c->s, &t, 1));
		p11_must("C_FindObjects", c->m.f->C_FindObjects(c->s, found, 2, &count));
		p11_must("C_FindObjectsFinal", c->m.f->C_FindObjectsFinal(c->s));
		if (count != 1)
			abort();
		searches++;
	} while (seconds() - began < 0.5);
	return (seconds() - began) / (double)searches * 1e6;
}

static double
keys(struct contender *c)
{
	const double began = seconds();
	CK_ULONG bytes = 32;
	CK_ATTRIBUTE t[] = {
		{ CKA_VALUE_LEN, &bytes, sizeof(bytes) }, { CKA_TOKEN, &yes, 1 },
		{ CKA_SENSITIVE, &yes, 1 }, { CKA_PRIVATE, &yes, 1 },
	};
	CK_MECHANISM m = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_OBJECT_HANDLE k;

	for (unsigned i = 0; i < 1000; i++)
		p11_must("C_GenerateKey", c->m.f->C_GenerateKey(c->s, &m, t, 4, &k));
	return seconds() - began;
}

/* SoftHSM2 needs no more than its own login; of ours, scrypt as docs/keys.md has it. */
static double
their_guess(struct contender *c)
{
	static CK_UTF8CHAR wrong[] = "00000000";
	const double began = seconds();
	unsigned n = 0;

	c->m.f->C_Logout(c->s);
	do {
		if (c->m.f->C_Login(c->s, CKU_USER, wrong, 8) != CKR_PIN_INCORRECT)
			abort();
		n++;
	} while (seconds() - began < 0.5);
	return (seconds() - began) / n * 1e3;
}

static double
our_guess(void)
{
	uint64_t cost = 1 << 15, max = 64 << 20;
	uint32_t r = 8, p = 1;
	unsigned char salt[16] = { 0 }, out[32], code[] = "00000000";
	OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_PASSWORD, code, 8),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SALT, salt, sizeof(salt)),
		OSSL_PARAM_uint64(OSSL_KDF_PARAM_SCRYPT_N, &cost),
		OSSL_PARAM_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
		OSSL_PARAM_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
		OSSL_PARAM_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &max),
		OSSL_PARAM_END,
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "SCRYPT", NULL);
	const double began = seconds();
	unsigned n = 0;

	do {
		EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);

		if (ctx == NULL || EVP_KDF_derive(ctx, out, sizeof(out), params) <= 0)
			abort();
		EVP_KDF_CTX_free(ctx);
		n++;
	} while (seconds() - began < 1);
	EVP_KDF_free(kdf);
	return (seconds() - began) / n * 1e3;
}

static void
line(const char *what, const char *unit, double ours, double theirs)
{
	printf("%-40s %10.2f %s", what, ours, unit);
	if (theirs > 0)
		printf(", SoftHSM2 %.2f, %.4f of it", theirs, ours / theirs);
	putchar('\n');
	fflush(stdout);
}

void
bench_store(struct contender *ours, struct contender *theirs)
{
	/* SoftHSM2's searches grow with the count: its last one is enough to see how. */
	static const unsigned long counts[] = { 1, 100, 10000, 100000 };
	const unsigned long most = getenv("BENCH_OBJECTS") == NULL ? 100000 :
	    strtoul(getenv("BENCH_OBJECTS"), NULL, 0);
	unsigned long have = 0, have_theirs = 0;
	char what[64];

	line("1000 token keys, each durable", "s", keys(ours), theirs == NULL ? 0 : keys(theirs));
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && counts[i] <= most; i++) {
		double by_them = 0;

		fill(ours, have, counts[i]);
		have = counts[i];
		if (theirs != NULL && counts[i] <= 10000) {
			fill(theirs, have_theirs, counts[i]);
			have_theirs = counts[i];
			by_them = search(theirs, counts[i]);
		}
		snprintf(what, sizeof(what), "a search by label among %lu", counts[i]);
		line(what, "us", search(ours, counts[i]), by_them);
	}
	line("one guess of a code, with the disk", "ms", our_guess(),
	    theirs == NULL ? 0 : their_guess(theirs));
}
