#include "hsm/cards/padcode.h"

#include <stdlib.h>

#include "card-os/iso7816/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Features that are taken are six bytes each; a key comes with 9000, or Cancel with its word. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct pad_features f;
	enum cards_key key;
	int r;

	r = padcode_features(p, n, &f);
	if (r == 0 ? n % 6 != 0 : r != ERR_FORMAT)
		abort();
	r = padcode_key(p, n, &key);
	if ((r != 0 && (key != CARDS_NO_KEY || (r != ERR_IO && r != ERR_UNSUPPORTED))) ||
	    (key == CARDS_OK && n != 3) || (key == CARDS_CANCEL && n != 2))
		abort();
	if (padcode_has_display(p, n) && n < 6)
		abort();
	return 0;
}
