#include "hsm/daemon/vaultlink.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is accepted encodes to the same bytes again: one encoding a message. */
static void
request(const uint8_t *p, size_t n)
{
	static union vaultlink_args args;
	static uint8_t again[VAULT_REQUEST_MAX];
	struct wr wr;
	uint8_t id;

	if (vaultlink_get_request(p, n, &id, &args) != 0)
		return;
	wr_init(&wr, again, sizeof(again));
	if (vaultlink_put_request(&wr, id, &args) != 0 || wr.n != n || memcmp(again, p, n) != 0)
		abort();
}

static void
answer(const uint8_t *p, size_t n)
{
	static union vaultlink_result result;
	static uint8_t again[VAULT_ANSWER_MAX];
	struct wr wr;
	int status;

	if (n == 0 || vaultlink_get_answer(p, n, p[0], &status, &result) != 0)
		return;
	wr_init(&wr, again, sizeof(again));
	if (vaultlink_put_answer(&wr, p[0], status, &result) != 0 || wr.n != n ||
	    memcmp(again, p, n) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n == 0)
		return 0;
	if (p[0] & 1)
		request(p + 1, n - 1);
	else
		answer(p + 1, n - 1);
	return 0;
}
