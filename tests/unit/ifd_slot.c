#include "ifdhandler/slot.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/front.h"
#include "tests/unit/suite.h"

static void *
look_from_elsewhere(void *arg)
{
	struct slot *slot = arg;

	return slot_present(slot) ? arg : NULL;
}

static int
elsewhere(struct slot *slot)
{
	pthread_t t;
	void *r;

	OK(pthread_create(&t, NULL, look_from_elsewhere, slot));
	pthread_join(t, &r);
	return r != NULL;
}

static void
a_card_that_was_away_is_told_to_the_polling_thread(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.present = 1;
	slot_wait(&f.slot, 0);
	CU_ASSERT_EQUAL(slot_present(&f.slot), 1);
	f.mem.present = 0;
	CU_ASSERT_EQUAL(elsewhere(&f.slot), 0);
	f.mem.present = 1;
	CU_ASSERT_EQUAL(elsewhere(&f.slot), 0);
	CU_ASSERT_EQUAL(slot_present(&f.slot), 0);
	slot_wait(&f.slot, 1000000);
	CU_ASSERT_EQUAL(f.mem.waits, 1);	/* it looks again at once */
	CU_ASSERT_EQUAL(slot_present(&f.slot), 1);
	CU_ASSERT_EQUAL(elsewhere(&f.slot), 1);
	slot_wait(&f.slot, 0);
	CU_ASSERT_EQUAL(f.mem.waits, 2);
}

static void
a_card_that_goes_takes_its_atr_along(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.present = 1;
	OK(slot_power(&f.slot, READER_POWER_UP));
	CU_ASSERT_EQUAL(f.slot.powered, 1);
	CU_ASSERT_EQUAL(f.slot.atr_n, MEMREADER_ATR);
	f.mem.present = 0;
	CU_ASSERT_EQUAL(slot_present(&f.slot), 0);
	CU_ASSERT_EQUAL(f.slot.powered, 0);
	CU_ASSERT_EQUAL(f.slot.atr_n, 0);
	f.mem.r = ERR_NO_CARD;
	CU_ASSERT_EQUAL(slot_power(&f.slot, READER_RESET), ERR_NO_CARD);
	CU_ASSERT_EQUAL(f.slot.powered, 0);
}

static void
sixteen_readers_live_side_by_side(void)
{
	static struct memreader mem[SLOTS_MAX + 1];

	for (unsigned i = 0; i <= SLOTS_MAX; i++)
		memreader_init(&mem[i]);
	for (unsigned i = 0; i < SLOTS_MAX; i++)
		OK(slot_add(i << 16, &mem[i].reader));
	CU_ASSERT_EQUAL(slot_add(SLOTS_MAX << 16, &mem[SLOTS_MAX].reader), ERR_FULL);
	CU_ASSERT_EQUAL(slot_add(0, &mem[SLOTS_MAX].reader), ERR_EXISTS);
	CU_ASSERT_PTR_EQUAL(slot_find(3 << 16)->reader, &mem[3].reader);
	CU_ASSERT_PTR_NULL(slot_find(3));
	for (unsigned i = 0; i < SLOTS_MAX; i++) {
		OK(slot_remove(i << 16));
		CU_ASSERT_EQUAL(mem[i].closed, 1);
	}
	CU_ASSERT_EQUAL(slot_remove(0), ERR_NOT_FOUND);
	/* The next one knows nothing of the one before. */
	OK(slot_add(0, &mem[0].reader));
	OK(slot_power(slot_find(0), READER_POWER_UP));
	slot_find(0)->started = 1;
	OK(slot_remove(0));
	OK(slot_add(0, &mem[1].reader));
	CU_ASSERT_EQUAL(slot_find(0)->powered, 0);
	CU_ASSERT_EQUAL(slot_find(0)->started, 0);
	OK(slot_remove(0));
}

static void
power_makes_protocol_and_atr_new(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.present = 1;
	f.slot.protocol = 2;
	OK(slot_power(&f.slot, READER_POWER_UP));
	CU_ASSERT_EQUAL(f.slot.protocol, 0);
	OK(slot_power(&f.slot, READER_POWER_DOWN));
	CU_ASSERT_EQUAL(f.slot.powered, 0);
	CU_ASSERT_EQUAL(f.slot.atr_n, 0);
}

static void
a_reset_leaves_what_pcscd_knows(void)
{
	struct front f;

	front_set_up(&f);
	CU_ASSERT_EQUAL(slot_reset(&f.slot), ERR_NO_CARD);
	f.mem.present = 1;
	CU_ASSERT_EQUAL(slot_reset(&f.slot), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(f.mem.resets, 0);
	OK(slot_power(&f.slot, READER_POWER_UP));
	f.slot.protocol = 2;
	OK(slot_reset(&f.slot));
	CU_ASSERT_EQUAL(f.mem.resets, 1);
	CU_ASSERT_EQUAL(f.slot.powered, 1);
	CU_ASSERT_EQUAL(f.slot.protocol, 2);
	CU_ASSERT_EQUAL(f.slot.atr_n, MEMREADER_ATR);
	f.mem.r = ERR_CARD_ANSWER;
	CU_ASSERT_EQUAL(slot_reset(&f.slot), ERR_CARD_ANSWER);
	CU_ASSERT_EQUAL(f.slot.powered, 0);
}

static const struct sentence sentences[] = {
	SENTENCE(a_card_that_was_away_is_told_to_the_polling_thread),
	SENTENCE(a_card_that_goes_takes_its_atr_along),
	SENTENCE(power_makes_protocol_and_atr_new),
	SENTENCE(a_reset_leaves_what_pcscd_knows),
	SENTENCE(sixteen_readers_live_side_by_side),
};

SUITE("ifd_slot", sentences)
