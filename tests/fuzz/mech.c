#include "hsm/pkcs11/mech.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The first byte is the operation; what is got is put to the same bytes: one encoding each. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t again[MECH_WIRE_MAX];
	static struct mech m;
	struct rd r;
	struct wr w;
	CK_RV rv;

	if (n < 1)
		return 0;
	rd_init(&r, p + 1, n - 1);
	rv = mech_get(&r, p[0] == 0 ? 0 : CKF_ENCRYPT << p[0] % 12, &m);
	if (rv == CKR_ARGUMENTS_BAD ? r.err == 0 : r.err != 0)
		abort();
	if (rv != CKR_OK)
		return 0;
	if (m.iv_n > MECH_IV_MAX || m.a_n > MECH_DATA_MAX || m.b_n > MECH_DATA_MAX)
		abort();
	wr_init(&w, again, sizeof(again));
	mech_put(&w, &m);
	if (wr_end(&w) != 0 || w.n != n - 1 - r.n || memcmp(again, p + 1, w.n) != 0)
		abort();
	return 0;
}
