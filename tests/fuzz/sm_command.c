#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "card-os/iso7816/sm.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct sm session = { .enc = { 1 }, .mac = { 2 }, .open = 1 };

/* What the card takes is what the host would have sent: one encoding a command. */
static int
check(const uint8_t *p, size_t n)
{
	static uint8_t data[CAPDU_MAX], again[CAPDU_MAX];
	struct sm sm = session;
	struct apdu a, plain;
	struct wr wr;

	if (apdu_decode(p, n, &a) != 0)
		return -1;
	if (sm_command_unwrap(&sm, &a, &plain, data, sizeof(data)) != 0) {
		if (sm.open)
			abort();
		return -1;
	}
	sm = session;
	wr_init(&wr, again, sizeof(again));
	if (sm_command_wrap(&sm, &plain, &wr) != 0 || wr.n != n || memcmp(again, p, n) != 0)
		abort();
	return 0;
}

/*
 * As it is; then as header and objects under a right MAC: what the other end of the
 * channel could send, but nobody in between. The first byte is for the form.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t command[CAPDU_MAX], in[CAPDU_MAX + 64];
	uint8_t header[4], full[SM_BLOCK];
	struct wr wr;
	size_t mac_n;
	int extended;

	check(p, n);
	if (n < 4 || n > 60000)
		return 0;
	extended = p[0] & 1;
	memcpy(header, p, sizeof(header));
	header[0] = CLA_SM;
	p += 4;
	n -= 4;
	if (!extended && n + 10 > 255)
		return 0;

	wr_init(&wr, in, sizeof(in));
	wr_zero(&wr, SM_BLOCK - 1);
	wr_u8(&wr, 1);
	wr_bytes(&wr, header, sizeof(header));
	wr_u8(&wr, 0x80);
	wr_zero(&wr, SM_BLOCK - 5);
	wr_bytes(&wr, p, n);
	if (n > 0) {
		wr_u8(&wr, 0x80);
		wr_zero(&wr, (SM_BLOCK - wr.n % SM_BLOCK) % SM_BLOCK);
	}
	if (wr_end(&wr) != 0 || EVP_Q_mac(NULL, "CMAC", NULL, "AES-256-CBC", NULL, session.mac,
	    SM_KEY, in, wr.n, full, sizeof(full), &mac_n) == NULL)
		abort();

	wr_init(&wr, command, sizeof(command));
	wr_bytes(&wr, header, sizeof(header));
	if (extended) {
		wr_u8(&wr, 0);
		wr_u16(&wr, (uint16_t)(n + 10));
	} else {
		wr_u8(&wr, (uint8_t)(n + 10));
	}
	wr_bytes(&wr, p, n);
	wr_u16(&wr, 0x8e08);
	wr_bytes(&wr, full, SM_MAC);
	wr_zero(&wr, extended ? 2 : 1);
	if (wr_end(&wr) != 0)
		abort();
	check(command, wr.n);
	return 0;
}
