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

/* Users, copies and readers belong to mode cards, which has at least one of the first two. */
static int
peopled(uint8_t mode, uint8_t users, uint8_t copies, char reader[USERS_MAX][USER_READER_MAX])
{
	for (size_t u = 0; u < USERS_MAX; u++)
		if (memchr(reader[u], '\0', USER_READER_MAX) == NULL ||
		    (u >= users && reader[u][0] != '\0'))
			return 0;
	if (mode != SLOT_CARDS)
		return users == 0 && copies == 0;
	return users >= 1 && users <= USERS_MAX && copies >= 1 && copies <= COPIES_MAX;
}

/* Ten slots, each with what its mode needs, and slot 0 the HSM's. */
static int
sound(const struct slot_plan plan[SLOTS], struct ceremony_slot seats[SLOTS])
{
	for (unsigned i = 0; i < SLOTS; i++) {
		const struct slot_plan *p = &plan[i];

		if ((p->mode != SLOT_AUTO && p->mode != SLOT_CODE && p->mode != SLOT_CARDS) ||
		    (p->mode == SLOT_AUTO && p->code_n > 0) ||
		    (p->mode != SLOT_AUTO && p->code_n == 0 && (i != 0 || p->mode == SLOT_CODE)) ||
		    p->trial != 0 || !code_of(p->code_n) || !code_of(p->so_n) ||
		    p->users != seats[i].users || p->copies != seats[i].copies ||
		    !peopled(p->mode, p->users, p->copies, seats[i].reader))
			return 0;
	}
	return plan[0].mode != SLOT_CODE;
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
		if (o.slot != 3 || !code_of(o.now_n) || !code_of(o.code_n) || !code_of(o.so_n) ||
		    !peopled(o.mode, o.users, o.copies, o.reader) ||
		    (o.so_n > 0 && o.mode != SLOT_CARDS) ||
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
		    (!trial && !sound(plan, args.slot)))
			abort();
	} else if (why[0] == '\0' || memchr(why, '\0', sizeof(why)) == NULL)
		abort();
	if (request_resume(body, n, &args, plan, why) == 0 &&
	    ((args.n != 0 && args.n != 3 && args.n != 5) || !sound(plan, args.slot)))
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
