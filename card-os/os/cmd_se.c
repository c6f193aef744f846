#include <string.h>

#include "card-os/iso7816/tlv.h"
#include "card-os/os/commands.h"

/* MANAGE SECURITY ENVIRONMENT, ISO 7816-4:2005 7.5.11. */

enum {
	P1_SET_COMPUTE = 0x41,
	P2_AT = 0xa4,
	TAG_PROTOCOL = 0x80,
	TAG_KEY_REF = 0x84,
};

uint16_t
cmd_manage_se(struct card *c, const struct apdu *a, struct wr *out)
{
	struct tlv protocol, key;
	struct rd rd;

	(void)out;
	c->se.chip_authentication = 0;
	if (a->p1 != P1_SET_COMPUTE || a->p2 != P2_AT)
		return SW_P1P2;
	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	/* One channel at a time; a plain command has closed the last one already. */
	if (c->protected)
		return SW_CONDITIONS;
	rd_init(&rd, a->data, a->nc);
	if (tlv_next(&rd, &protocol) != 1 || tlv_next(&rd, &key) != 1 || rd_end(&rd) != 0 ||
	    protocol.tag != TAG_PROTOCOL || key.tag != TAG_KEY_REF || key.n != 1 ||
	    protocol.n != SM_PROTOCOL_LEN || memcmp(protocol.p, SM_PROTOCOL, protocol.n) != 0)
		return SW_DATA;
	if (key.p[0] != DEVICE_KEY_REF)
		return SW_NO_REFERENCE;
	c->se.chip_authentication = 1;
	return SW_OK;
}
