#include "card-os/iso7816/err.h"
#include "card-os/os/access.h"
#include "card-os/os/commands.h"
#include "card-os/os/files.h"
#include "card-os/os/pins.h"

/*
 * RESET RETRY COUNTER, ENABLE and DISABLE VERIFICATION REQUIREMENT, ISO 7816-4:2005 7.5.8
 * to 7.5.10. What unblocks a PIN, its PUK, is another PIN of the same DF.
 */

enum { P1_PUK_AND_NEW = 0x00, P1_PUK = 0x01, P1_NEW = 0x02, P1_NOTHING = 0x03 };
enum { P1_COMPARE = 0x00, P1_PROVEN = 0x01 };

/* Digits, as many as the two of them can have; 6700, 6A80 cost no try. */
static uint16_t
check_data(const struct apdu *a, unsigned min, unsigned max)
{
	if (a->nc < min || a->nc > max)
		return SW_LENGTH;
	return pin_are_digits(a->data, a->nc) ? SW_OK : SW_DATA;
}

/* The PUK of a PIN, when it can be tried: 6A81 when it has none, 6A88 when that is not there. */
static uint16_t
find_puk(const struct card *c, uint16_t file, const struct pin *pin, uint16_t *puk_file,
    struct pin *puk)
{
	if (pin->puk == 0)
		return SW_NO_FUNCTION;
	*puk_file = files_ref(&c->data, c->data.file[file].parent, FILE_PIN, pin->puk);
	return *puk_file == CARD_NO_FILE ? SW_NO_REFERENCE : pin_state(c, *puk_file, puk);
}

/* Gives the PIN its tries back, or another value. Nobody has shown that he knows that one. */
static uint16_t
reset(struct card *c, uint16_t file, struct pin *pin, const uint8_t *p, size_t n)
{
	int r = 0;

	if (n > 0 && (r = pin_set(pin, p, n)) == 0)
		pin->factory = 0;
	if (r != 0)
		return r == ERR_PIN_LENGTH ? SW_DATA : SW_INTERNAL;
	pin->tries = pin->tries_max;
	pin_put(&c->next, file, pin);
	c->proven[file] = 0;
	return SW_OK;
}

/* With the PUK: where it ends is known by its digits, and told after the charge only. */
static uint16_t
reset_by_puk(struct card *c, const struct apdu *a, uint16_t file, struct pin *pin,
    uint16_t puk_file, struct pin *puk)
{
	int more = a->p1 == P1_PUK_AND_NEW;
	size_t n = more && puk->digits < a->nc ? puk->digits : a->nc;
	uint16_t sw, saved;

	sw = check_data(a, puk->min + (more ? pin->min : 0U), puk->max + (more ? pin->max : 0U));
	if (sw != SW_OK || (sw = pin_try(c, puk_file, a->data, n)) != SW_OK)
		return sw;
	/* The PUK was right: its try is given back even when the new PIN is refused. */
	puk->tries = puk->tries_max;
	card_begin(c);
	pin_put(&c->next, puk_file, puk);
	sw = more && n == a->nc ? SW_DATA : reset(c, file, pin, a->data + n, a->nc - n);
	saved = card_commit_sw(c);
	return saved != SW_OK ? saved : sw;
}

static uint16_t
reset_when_proven(struct card *c, const struct apdu *a, uint16_t file, struct pin *pin,
    uint16_t puk_file, const struct pin *puk)
{
	uint16_t sw;

	if (!c->proven[puk_file] && !puk->disabled)
		return SW_SECURITY;
	sw = a->p1 == P1_NEW ? check_data(a, pin->min, pin->max) :
	    a->nc == 0 ? SW_OK : SW_LENGTH;
	if (sw != SW_OK)
		return sw;
	card_begin(c);
	if ((sw = reset(c, file, pin, a->data, a->nc)) != SW_OK)
		return sw;
	return card_commit_sw(c);
}

uint16_t
cmd_reset_retry(struct card *c, const struct apdu *a, struct wr *out)
{
	uint16_t file, puk_file, sw;
	struct pin pin, puk;

	(void)out;
	if (a->p1 > P1_NOTHING)
		return SW_P1P2;
	if (a->ne != 0)
		return SW_LENGTH;
	if ((file = pin_meant(&c->data, c->df, a->p2)) == CARD_NO_FILE)
		return SW_NO_REFERENCE;
	sw = pin_state(c, file, &pin);
	if (sw != SW_OK && sw != SW_BLOCKED)
		return sw;
	if ((sw = find_puk(c, file, &pin, &puk_file, &puk)) != SW_OK)
		return sw;
	return a->p1 == P1_PUK_AND_NEW || a->p1 == P1_PUK ?
	    reset_by_puk(c, a, file, &pin, puk_file, &puk) :
	    reset_when_proven(c, a, file, &pin, puk_file, &puk);
}

/* By the rule of the PIN, and by who shows that he knows it. */
static uint16_t
require(struct card *c, const struct apdu *a, enum card_op op)
{
	struct pin pin;
	uint16_t file, sw;

	if (a->p1 != P1_COMPARE && a->p1 != P1_PROVEN)
		return SW_P1P2;
	if (a->ne != 0)
		return SW_LENGTH;
	if ((file = pin_meant(&c->data, c->df, a->p2)) == CARD_NO_FILE)
		return SW_NO_REFERENCE;
	if ((sw = pin_state(c, file, &pin)) != SW_OK || (sw = access_check(c, file, op)) != SW_OK)
		return sw;
	if (a->p1 == P1_COMPARE) {
		if ((sw = check_data(a, pin.min, pin.max)) != SW_OK ||
		    (sw = pin_try(c, file, a->data, a->nc)) != SW_OK)
			return sw;
	} else if (a->nc != 0) {
		return SW_LENGTH;
	} else if (!c->proven[file]) {
		return SW_SECURITY;
	}
	pin.disabled = op == OP_DEACTIVATE;
	return pin_accept(c, file, &pin);
}

uint16_t
cmd_enable(struct card *c, const struct apdu *a, struct wr *out)
{
	(void)out;
	return require(c, a, OP_ACTIVATE);
}

uint16_t
cmd_disable(struct card *c, const struct apdu *a, struct wr *out)
{
	(void)out;
	return require(c, a, OP_DEACTIVATE);
}
