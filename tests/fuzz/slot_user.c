#include <stdlib.h>
#include <string.h>

#include "card-os/apps/slot_user.h"
#include "card-os/os/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The first byte says which: a credential, or a key of one type. What is taken has its form. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct slot_credential s;
	struct key k;

	if (n == 0)
		return 0;
	if (p[0] == 0) {
		if (slot_user_decode(p + 1, n - 1, &s) == 0 && (s.cert_n == 0 ||
		    s.cert_n > SLOT_CERT_MAX || s.record != p + n - SLOT_USER_LEN ||
		    !s.sign.there || !s.agree.there))
			abort();
		return 0;
	}
	k.type = p[0] % KEY_TYPES;
	if (key_content(k.type) == 0 || key_decode(p + 1, n - 1, &k) != 0)
		return 0;
	if (!k.there || k.type != p[0] % KEY_TYPES ||
	    (k.type == KEY_ROOT && !key_is_holder(k.root.holder_n)) ||
	    (k.type == KEY_AES && (k.aes.tries == 0 || k.aes.tries > KEY_TRIES_MAX)))
		abort();
	return 0;
}
