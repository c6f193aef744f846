#include "tests/fuzz/made.h"

static const uint16_t fids[] = {
	0x3f00, 0x2f00, 0x2f02, 0x2f03, 0x5a01, 0x5a02, 0x5015, 0x4101, 0x4102, 0x4103, 0x4331,
	0x5081,
	0x5101, 0x5102, 0x5a10, 0x5a11, 0x4110, 0x4111, 0x5031, 0x5032, 0x4401, 0x4402,
	/* Those that CREATE makes here. */
	0xa001, 0xa002, 0xa003, 0xa004, 0xa005, 0xa006, 0xdf01, 0xdf02, 0xb081, 0xb082, 0xb083,
	0xb084,
};

uint16_t
made_fid(void)
{
	return in(30) ? (uint16_t)dice_roll() : fids[one_of(MADE_COUNT(fids))];
}

uint16_t
made_new_fid(void)
{
	return fids[MADE_COUNT(fids) - 12 + one_of(12)];
}

void
made_bytes(struct wr *wr, unsigned n)
{
	while (n-- > 0)
		wr_u8(wr, in(4) ? 0 : (uint8_t)dice_roll());
}

uint8_t
made_ref(void)
{
	return (uint8_t)(in(30) ? dice_roll() : in(2) ? 0x91 + one_of(5) : 0x81 + one_of(6));
}

void
made_digits(struct wr *wr, unsigned n)
{
	/* Short PINs of few digits are met again. */
	while (n-- > 0)
		wr_u8(wr, (uint8_t)('1' + one_of(2) * in(8)));
}

void
made_p1p2(struct made *m, unsigned v)
{
	m->p1 = (uint8_t)(v >> 8);
	m->p2 = (uint8_t)v;
}

void
made_nothing(struct made *m)
{
	if (in(10))
		made_p1p2(m, (unsigned)dice_roll());
	m->ne = in(8) ? 256 : 0;
}
