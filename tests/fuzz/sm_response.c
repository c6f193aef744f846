#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "card-os/iso7816/sm.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct sm session = { .enc = { 1 }, .mac = { 2 }, .open = 1 };

/* What the host takes is what the card would have sent: one encoding a response. */
static void
check(const uint8_t *p, size_t n)
{
	static uint8_t data[RAPDU_MAX], again[RAPDU_MAX];
	struct sm sm = session;
	struct wr wr, out;
	uint16_t sw;

	wr_init(&wr, data, sizeof(data));
	if (sm_response_unwrap(&sm, p, n, &wr, &sw) != 0) {
		if (sm.open || wr.n != 0)
			abort();
		return;
	}
	sm = session;
	wr_init(&out, again, sizeof(again));
	if (sm_response_wrap(&sm, data, wr.n, sw, &out) != 0 || out.n != n ||
	    memcmp(again, p, n) != 0)
		abort();
}

/* As it is; then as status word and objects under a right MAC. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t rsp[RAPDU_MAX + 64], in[RAPDU_MAX + 64];
	uint8_t full[SM_BLOCK];
	const uint8_t *sw = p;
	struct wr wr;
	size_t mac_n;

	check(p, n);
	if (n < 3 || n > 60000)
		return 0;
	p += 2;
	n -= 2;
	wr_init(&wr, in, sizeof(in));
	wr_zero(&wr, SM_BLOCK - 1);
	wr_u8(&wr, 1);
	wr_bytes(&wr, p, n);
	wr_u8(&wr, 0x80);
	wr_zero(&wr, (SM_BLOCK - wr.n % SM_BLOCK) % SM_BLOCK);
	if (wr_end(&wr) != 0 || EVP_Q_mac(NULL, "CMAC", NULL, "AES-256-CBC", NULL, session.mac,
	    SM_KEY, in, wr.n, full, sizeof(full), &mac_n) == NULL)
		abort();
	wr_init(&wr, rsp, sizeof(rsp));
	wr_bytes(&wr, p, n);
	wr_u16(&wr, 0x8e08);
	wr_bytes(&wr, full, SM_MAC);
	wr_bytes(&wr, sw, 2);
	if (wr_end(&wr) != 0)
		abort();
	check(rsp, wr.n);
	return 0;
}
