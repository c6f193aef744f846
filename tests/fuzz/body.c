#include "hsm/admin/request.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/issuer.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Bodies of the admin socket: what is accepted is one of the few things that may be asked. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *body = (const char *)p, *reason;
	static uint8_t der[ISSUER_MAX];
	struct ceremony_args args;
	struct issuer_text text;
	size_t len = sizeof(der);
	enum cards_key key;
	uint32_t prompt;
	char why[WHY_MAX] = "";

	if (request_install(body, n, &args, why) == 0) {
		if (args.mode != SHARE_LIVE || !((args.k == 2 && args.n == 3) ||
		    (args.k == 3 && args.n == 5)))
			abort();
	} else if (why[0] == '\0' || memchr(why, '\0', sizeof(why)) == NULL)
		abort();
	if (request_resume(body, n, &args, why) == 0 && args.n != 0 && args.n != 3 && args.n != 5)
		abort();
	if (request_answer(body, n, &prompt, &key, why) == 0 ? prompt == 0 || key == CARDS_NO_KEY :
	    why[0] == '\0' || prompt != 0)
		abort();
	if (request_empty(body, n, why) == 0 && n == 1)
		abort();
	if (issuer_from_pem(body, n, der, &len, &reason) == 0)
		issuer_describe(der, len, &text);
	return 0;
}
