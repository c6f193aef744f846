#include <string.h>

#include "card-os/apps/slot_user.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/access.h"
#include "card-os/os/commands.h"
#include "card-os/os/keys.h"
#include "card-os/os/se.h"

/* Keys that come from outside. */

enum { LOAD_HERE = 0x3fff };		/* PUT DATA for the current DF, ISO 7816-4:2005 7.4.3 */

uint16_t
cmd_load(struct card *c, const struct apdu *a, struct wr *out)
{
	struct tlv t;
	struct rd rd;

	(void)out;
	if ((a->p1 << 8 | a->p2) != LOAD_HERE)
		return SW_NO_REFERENCE;
	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	rd_init(&rd, a->data, a->nc);
	if (tlv_next(&rd, &t) != 1 || rd_end(&rd) != 0)
		return SW_DATA;
	return t.tag == SLOT_USER_TAG ? slot_user_load(c, t.p, t.n) : SW_DATA;
}
