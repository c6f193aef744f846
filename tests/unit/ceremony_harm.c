#include "tests/unit/ceremony_harm.h"

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

void
harm_block(struct rig *g)
{
	unsigned i;

	for (i = 1; i <= 3; i++)
		rig_quirk(g, "Enter PIN", i, RIG_KEYS, "999999o", 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CARD_BLOCKED);
	rig_calm(g);
}

void
harm_flip_share(struct card_data *d, void *at)
{
	rig_content(d, FID_SHARE)[*(size_t *)at] ^= 1;
}
