#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/tlv.h"
#include "card-os/os/cvc.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Whatever is taken has a body within the bytes, and names of a length that may be. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cvc c;

	if (cvc_decode(p, n, &c) != 0)
		return 0;
	if (c.body != p || c.body_n >= n || !key_is_holder(c.issuer_n) ||
	    !key_is_holder(c.holder_n) || c.rank > RANK_ROOT ||
	    memcmp(c.signature, p + n - P256_SIGNATURE, P256_SIGNATURE) != 0)
		abort();
	return 0;
}
