#include "hsm/admin/request.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/issuer.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
code_of(uint8_t n)
{
	return n == 0 || (n >= SLOT_CODE_MIN && n <= SLOT_CODE_MAX);
}

/* Ten slots, each with what its mode needs, and slot 0 the HSM's. */
static int
sound(const struct slot_plan plan[SLOTS])
{
	for (size_t i = 0; i < SLOTS; i++)
		if ((plan[i].mode != SLOT_AUTO && plan[i].mode != SLOT_CODE) ||
		    (plan[i].mode == SLOT_CODE) != (plan[i].code_n > 0) || plan[i].trial != 0 ||
		    !code_of(plan[i].code_n) || !code_of(plan[i].so_n))
			return 0;
	return plan[0].mode == SLOT_AUTO;
}

static void
slots(const char *body, size_t n)
{
	for (enum slot_act act = SLOT_ACT_MODE; act < SLOT_ACTS; act++) {
		struct slot_order o = { .slot = 3 };
		char why[WHY_MAX] = "";

		if (request_slot(body, n, act, &o, why) != 0) {
			if (why[0] == '\0')
				abort();
			continue;
		}
		if (o.slot != 3 || !code_of(o.now_n) || !code_of(o.code_n) ||
		    (act == SLOT_ACT_MODE) != (o.mode != 0) ||
		    (act == SLOT_ACT_SHOW) != (o.who != 0))
			abort();
	}
}

/* Bodies of the admin socket: what is accepted is one of the few things that may be asked. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *body = (const char *)p, *reason;
	static uint8_t der[ISSUER_MAX];
	static struct slot_plan plan[SLOTS];
	struct ceremony_args args;
	int trial;
	struct issuer_text text;
	size_t len = sizeof(der);
	enum cards_key key;
	uint32_t prompt;
	char why[WHY_MAX] = "";

	if (request_install(body, n, &args, plan, &trial, why) == 0) {
		if (args.mode != SHARE_LIVE || (trial ? args.n != 0 :
		    !((args.k == 2 && args.n == 3) || (args.k == 3 && args.n == 5))) ||
		    (!trial && !sound(plan)))
			abort();
	} else if (why[0] == '\0' || memchr(why, '\0', sizeof(why)) == NULL)
		abort();
	if (request_resume(body, n, &args, plan, why) == 0 &&
	    ((args.n != 0 && args.n != 3 && args.n != 5) || !sound(plan)))
		abort();
	slots(body, n);
	if (request_answer(body, n, &prompt, &key, why) == 0 ? prompt == 0 || key == CARDS_NO_KEY :
	    why[0] == '\0' || prompt != 0)
		abort();
	if (request_empty(body, n, why) == 0 && n == 1)
		abort();
	if (issuer_from_pem(body, n, der, &len, &reason) == 0)
		issuer_describe(der, len, &text);
	return 0;
}
