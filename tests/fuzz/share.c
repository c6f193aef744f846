#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/share.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read is written again to the same bytes; what was read can be judged, alone and with others. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t again[SHARE_RECORD_LEN];
	struct share v[2];
	struct share_set set;
	struct mbk mbk;
	unsigned bad;

	if (share_decode(p, n, &v[0]) != 0)
		return 0;
	if (share_encode(&v[0], again) != 0 || memcmp(again, p, n) != 0)
		abort();
	memset(&set, 0, sizeof(set));
	set.head = v[0].head;
	set.head.x = 0;
	if (share_header_of_set(&v[0].head, &set) != 0)
		abort();
	if (share_of_set(&v[0], &set) == 0)
		abort();
	v[1] = v[0];
	if (share_combine(v, 2, &mbk, &bad) == 0)
		abort();
	/* A neighbour with a check value of its own: only the key's can stop it. */
	v[1].head.x = v[0].head.x == 1 ? 2 : 1;
	if (share_salt(&v[0]) != 0 || share_salt(&v[1]) != 0)
		abort();
	if (v[0].head.k == 2)
		share_combine(v, 2, &mbk, &bad);
	else if (share_combine(v, 2, &mbk, &bad) != ERR_SHARES_FEW)
		abort();
	return 0;
}
