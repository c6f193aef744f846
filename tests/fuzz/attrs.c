#include "hsm/pkcs11/attrs.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read is written again, from either end, to the same bytes: one encoding a set. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t bytes[ATTRS_MAX];
	struct attr list[ATTRS_COUNT_MAX];
	struct attrs set, again;
	size_t count = 0;

	if (attrs_read(&set, p, n) != CKR_OK)
		return 0;
	for (size_t at = 0; count < ATTRS_COUNT_MAX && attrs_next(&set, &at, &list[count]); )
		count++;
	attrs_init(&again, bytes, sizeof(bytes));
	for (size_t i = count; i > 0; i--)
		attrs_put(&again, list[i - 1].type, list[i - 1].p, list[i - 1].n);
	if (attrs_end(&again) != CKR_OK || again.n != n || (n > 0 && memcmp(bytes, p, n) != 0))
		abort();
	for (size_t i = 0; i < count; i++) {
		if (!attrs_equal(&again, list[i].type, list[i].p, list[i].n))
			abort();
		attrs_put(&again, list[0].type, list[i].p, list[i].n);
		attrs_remove(&again, list[i].type);
	}
	if (attrs_read(&set, again.p, again.n) != CKR_OK)
		abort();
	return 0;
}
