#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "card-os/os/rsa.h"
#include "tests/unit/holder.h"
#include "tests/unit/suite.h"
#include "tests/unit/workshop.h"

/*
 * APDUs a second by command, in process, what is saved going to memory. What goes through the
 * channel has the host's end in it, too. RSA stands beside libcrypto with the same key at hand,
 * in turns with it.
 */
enum { ROUNDS = 5, APDU_MAX = 4096 };
static const double ROUND_US = 40000;

static struct deck d;
static struct sm sm;
static struct holder alice;

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

#define TEN "5A5A5A5A5A5A5A5A5A5A"
#define POINT "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296" \
	"4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"

static const struct row {
	const char *name, *before[3], *command;
	int sealed;
	uint16_t sw;
} rows[] = {
	{ "SELECT by path, FCP", { NULL }, "00A40804(5A024101)00", 0, SW_OK },
	{ "READ BINARY, 64 bytes", { "00A4080C(5A024101)" }, "00B0000040", 0, SW_OK },
	{ "UPDATE BINARY, 10 bytes", { "00A4080C(5A02)", VERIFY_RIGHT, "00A4080C(5A024101)" },
	    "00D60000(" TEN ")", 0, SW_OK },
	{ "GET CHALLENGE, 8 bytes", { NULL }, "0084000008", 0, SW_OK },
	{ "GET DATA, state of the PIN", { SELECT_SHARE }, "00CA018104", 0, SW_OK },
	{ "VERIFY, right", { SELECT_SHARE }, VERIFY_RIGHT, 0, SW_OK },
	{ "READ BINARY, share, channel", { "00A4080C(5A014102)", VERIFY_RIGHT }, "00B0000080", 1,
	    SW_OK },
	{ "UPDATE BINARY, share, channel", { "00A4080C(5A014102)", VERIFY_RIGHT },
	    "00D60000(" TEN TEN TEN TEN ")", 1, SW_OK },
	{ "PSO, ECDH on P-256, channel", { SELECT_SLOT, VERIFY_RIGHT, "002241B8(840185)" },
	    "002A8086(A6(7F49(86(" POINT "))))00", 1, SW_OK },
};

static size_t
bytes(const char *text, uint8_t out[APDU_MAX])
{
	return workshop_bytes(text, out, APDU_MAX);
}

static uint16_t
transmit(const uint8_t *p, size_t n, int sealed)
{
	return sealed ? deck_bytes_sm(&d, &sm, p, n) : deck_send(&d, p, n);
}

/* Microseconds of one, the best round of some. */
static double
time_of(const uint8_t *p, size_t n, int sealed, uint16_t sw)
{
	double best = 0, begin, t;
	unsigned long times;

	for (unsigned round = 0; round < ROUNDS; round++) {
		begin = now_us();
		times = 0;
		do {
			if (transmit(p, n, sealed) != sw)
				abort();
			times++;
		} while ((t = now_us() - begin) < ROUND_US);
		t /= (double)times;
		if (round == 0 || t < best)
			best = t;
	}
	return best;
}

static void
prepare(const char *const *before, int sealed)
{
	uint8_t p[APDU_MAX];
	size_t n;

	deck_reload(&d);
	if (sealed && deck_open_channel(&d, &sm) != 0)
		abort();
	for (size_t i = 0; i < 3 && before[i] != NULL; i++) {
		n = bytes(before[i], p);
		/* The PIN comes from the pad. */
		if (transmit(p, n, sealed && p[1] != INS_VERIFY) != SW_OK)
			abort();
	}
}

static void
measure(const struct row *row)
{
	uint8_t p[APDU_MAX];
	size_t n = bytes(row->command, p);
	double us;

	prepare(row->before, row->sealed);
	us = time_of(p, n, row->sealed, row->sw);
	printf("card %s: %.0f APDU/s, %.1f us\n", row->name, 1e6 / us, us);
}

/* A block as OpenSC sends it: 00, then padded data. */
static size_t
block_command(uint8_t out[APDU_MAX])
{
	static const uint8_t head[] = { 0x00, 0x2a, 0x80, 0x86, 0x00, 0x01, 0x01, 0x00 };
	uint8_t *block = out + sizeof(head);

	memcpy(out, head, sizeof(head));
	memset(block, 0xff, RSA_BYTES);
	block[0] = 0x00;
	block[1] = 0x01;
	memset(block + RSA_BYTES - 52, 0x5a, 52);
	block[RSA_BYTES - 52] = 0x00;
	memcpy(block + RSA_BYTES, "\x01\x00", 2);
	return sizeof(head) + RSA_BYTES + 2;
}

static double
time_of_libcrypto(const uint8_t *block)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(alice.rsa, NULL);
	uint8_t out[RSA_BYTES];
	double begin = now_us(), t;
	unsigned long times = 0;
	size_t n;

	if (ctx == NULL || EVP_PKEY_decrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) != 1)
		abort();
	do {
		n = sizeof(out);
		if (EVP_PKEY_decrypt(ctx, out, &n, block, RSA_BYTES) != 1)
			abort();
		times++;
	} while ((t = now_us() - begin) < ROUNDS * ROUND_US);
	EVP_PKEY_CTX_free(ctx);
	return t / (double)times;
}

static void
measure_rsa(void)
{
	static const char *const before[3] = { SELECT_SLOT, VERIFY_RIGHT, "002241B8(840184)" };
	uint8_t p[APDU_MAX];
	size_t n = block_command(p);
	double card = 0, libcrypto = 0, t;

	prepare(before, 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		t = time_of(p, n, 0, SW_OK);
		card = round == 0 || t < card ? t : card;
		t = time_of_libcrypto(p + 8);
		libcrypto = round == 0 || t < libcrypto ? t : libcrypto;
	}
	printf("card PSO, RSA-2048 signature: %.0f APDU/s, %.1f us "
	    "(libcrypto %.1f us, ratio %.2f)\n",
	    1e6 / card, card, libcrypto, card / libcrypto);
}

int
main(void)
{
	deck_new(&d);
	holder_make(&alice);
	if (holder_load(&d, &sm, &alice) != SW_OK)
		abort();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		measure(&rows[i]);
	measure_rsa();
	holder_free(&alice);
	return 0;
}
