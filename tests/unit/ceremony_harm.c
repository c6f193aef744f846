#include "tests/unit/ceremony_harm.h"

#include <stdlib.h>
#include <string.h>

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

static struct rig *
copy_of(const struct rig *first)
{
	struct rig *g = rig_new();

	rig_copy(g, first);
	return g;
}

struct rig *
harm_installed(void)
{
	static struct rig *first;

	if (first == NULL) {
		first = rig_new();
		OK(rig_run(first, "install", 2, 3));
		rig_take(first);
	}
	return copy_of(first);
}

struct rig *
harm_with_users(uint8_t users)
{
	static struct rig *first[USERS_MAX + 1];

	if (first[users] == NULL) {
		first[users] = harm_installed();
		rig_users(first[users], 7, users, 2, 4);
		OK(rig_run(first[users], "slot-cards", 0, 0));
		rig_take(first[users]);
	}
	return copy_of(first[users]);
}

int
harm_showed_below(const struct rig *g, const char *line)
{
	uint64_t i;

	for (i = g->shown; i < g->device.pad.lcd.count; i++)
		if (strcmp(g->device.pad.lcd.log[i % LCD_LOG].line[1], line) == 0)
			return 1;
	return 0;
}

void
harm_swap_scalar(struct card_data *d, void *arg)
{
	static struct card_data other;
	const struct rig_card *card = &((struct rig *)arg)->card[5];

	if (card_data_decode(card->image, card->n, &other) != 0)
		abort();
	memcpy(rig_key(d, FID_SLOT_AGREE), rig_key(&other, FID_SLOT_AGREE), 1 + 32 + 65);
}
