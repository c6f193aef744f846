#include <stdlib.h>
#include <string.h>

#include "hsm/vault/slot_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read is written again to the same bytes, and never lets the device open what people open. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t again[SLOT_RECORD_LEN];
	struct slot_record rec;

	if (slot_record_decode(p, n, &rec) != 0)
		return 0;
	if (n != sizeof(again) || slot_record_encode(&rec, again) != 0 ||
	    memcmp(again, p, n) != 0)
		abort();
	if (rec.mode == SLOT_CODE && (rec.user.stored || (rec.so.stored && rec.so.enveloped)))
		abort();
	if (rec.user.left > SLOT_TRIES || rec.so.left > SLOT_TRIES)
		abort();
	return 0;
}
