#include <stdlib.h>
#include <string.h>

#include "hsm/vault/slot_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { FIRST = 1 };

/* What is read is written again to the same bytes, and never lets the device open what people open. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t again[SLOT_RECORD_MAX];
	struct slot_record rec, back;
	size_t again_n;

	if (slot_record_decode(p, n, &rec) != 0)
		return 0;
	if (slot_record_encode(&rec, again, &again_n) != 0 ||
	    slot_record_decode(again, again_n, &back) != 0 ||
	    memcmp(&rec, &back, sizeof(rec)) != 0)
		abort();
	if (p[0] != FIRST && (again_n != n || memcmp(again, p, n) != 0))
		abort();
	if (rec.mode == SLOT_CODE && (rec.user.stored || (rec.so.stored && rec.so.enveloped)))
		abort();
	if (rec.mode == SLOT_CARDS && (rec.cards.users < 1 || rec.cards.users > USERS_MAX ||
	    (rec.so.stored && rec.so.enveloped)))
		abort();
	if (rec.user.left > SLOT_TRIES || rec.so.left > SLOT_TRIES)
		abort();
	return 0;
}
