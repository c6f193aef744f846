#include "tests/fuzz/made.h"

#include "card-os/iso7816/tlv.h"
#include "tests/unit/dice.h"

static void
a_rule(struct wr *wr, uint8_t ins)
{
	unsigned pin = in(3), key = in(8);

	wr_u8(wr, ins);
	wr_u8(wr, (uint8_t)pin);
	wr_u16(wr, (uint16_t)(key ? 0x81 + one_of(4) : 0));
	if (pin || key)
		wr_u16(wr, (uint16_t)((in(4) ? 0x8000 : 0) | (pin ? 0x81 + one_of(2) : 0)));
	else
		wr_u16(wr, 0xffff);
}

/* A few in any order, or for all that there is. */
static void
some_rules(struct wr *wr)
{
	static const uint8_t ins[] = {
		0xb0, 0xb2, 0xd6, 0xdc, 0x24, 0xd0, 0xd2, 0xe2, 0x0e, 0xe0, 0xe4, 0x44, 0x04, 0xe6,
		0xe8,
		0x2a, 0x46, 0x60, 0xa4,
	};
	size_t opened = tlv_open(wr, 0x86);

	if (in(3))
		for (unsigned n = one_of(8); n > 0; n--)
			a_rule(wr, ins[one_of(MADE_COUNT(ins))]);
	else
		for (size_t i = 0; i < MADE_COUNT(ins); i++)
			if (!in(10))
				a_rule(wr, ins[i]);
	tlv_close(wr, opened);
}

void
made_create(struct made *m)
{
	static const uint8_t kinds[] = { 0x38, 0x01, 0x01, 0x02, 0x04, 0x06, 0x09, 0x09, 0x41 };
	uint8_t kind = kinds[one_of(MADE_COUNT(kinds))];
	struct wr *wr = m->data;
	size_t all = tlv_open(wr, in(2) ? 0x62 : 0x6f), inner, pin;

	if (kind != 0x09 && kind != 0x38)
		tlv_put_u16(wr, 0x81, (uint16_t)(in(20) ? dice_roll() :
		    in(10) ? 20000 : 1 + one_of(100)));
	inner = tlv_open(wr, 0x82);
	wr_u8(wr, kind);
	if ((kind & 7) >= 2 && kind != 0x09) {
		wr_u8(wr, (uint8_t)(in(3) ? 0x41 : 0x01));
		wr_u8(wr, (uint8_t)(in(2) ? 8 : one_of(20)));
	} else if (kind == 1 && in(2)) {
		/* What WRITE does with what is there. */
		wr_u8(wr, (uint8_t)(0x01 | one_of(4) << 5));
	}
	tlv_close(wr, inner);
	tlv_put_u16(wr, 0x83, in(10) ? made_fid() : made_new_fid());
	if (kind == 0x38 && in(2))
		tlv_put(wr, 0x84, "foo-1", in(8) ? 1 + one_of(5) : 5);
	some_rules(wr);
	if (in(4))
		tlv_put_u8(wr, 0x88, (uint8_t)(one_of(0x20) << 3));
	if (in(4))
		tlv_put_u8(wr, 0x8a, (uint8_t)(in(2) ? 5 : one_of(16)));
	if (kind == 0x09) {
		inner = tlv_open(wr, 0xa5);
		tlv_put_u8(wr, 0x83, (uint8_t)(0x81 + one_of(6)));
		if (in(2)) {
			pin = tlv_open(wr, 0x90);
			wr_bytes(wr, "\x04\x08\x03\x03", 4);
			wr_u8(wr, (uint8_t)(in(2) ? 0x81 + one_of(3) : 0));
			tlv_close(wr, pin);
		} else {
			tlv_put_u8(wr, 0x91, (uint8_t)(1 + one_of(6)));
		}
		tlv_close(wr, inner);
	}
	tlv_close(wr, all);
}
