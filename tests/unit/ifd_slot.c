#include "ifdhandler/slot.h"

#include <sched.h>
#include <semaphore.h>
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

/* A thread of pcscd's, cancelled before it calls us the first time, or when it has waited once. */
struct polling {
	struct slot *slot;
	int waits_before;
	sem_t begun, cancelled;
	int looked, signalled, waited, state;
};

static void *
poll_as_pcscd(void *arg)
{
	struct polling *p = arg;

	if (p->waits_before) {
		(void)slot_present(p->slot);
		slot_wait(p->slot, 0);
	}
	pthread_setcancelstate(p->waits_before ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE,
	    &p->state);
	sem_post(&p->begun);
	/* Not sem_wait, which would end it. */
	while (sem_trywait(&p->cancelled) != 0)
		sched_yield();
	(void)slot_present(p->slot);
	p->looked = 1;
	pthread_testcancel();	/* as when it writes to a client */
	p->signalled = 1;
	slot_wait(p->slot, 0);
	p->waited = 1;
	return NULL;
}

static void
pcscd_ends_its_polling_thread_in_wait_alone(void)
{
	struct polling p;
	struct front f;
	pthread_t t;
	void *r;

	front_set_up(&f);
	for (int waits_before = 0; waits_before < 2; waits_before++) {
		/* Also where it need not wait, since something happened in between. */
		for (int again = 0; again < 2; again++) {
			memset(&p, 0, sizeof(p));
			p.slot = &f.slot;
			p.waits_before = waits_before;
			sem_init(&p.begun, 0, 0);
			sem_init(&p.cancelled, 0, 0);
			OK(pthread_create(&t, NULL, poll_as_pcscd, &p));
			sem_wait(&p.begun);
			f.slot.look_again = again;
			pthread_cancel(t);
			sem_post(&p.cancelled);
			pthread_join(t, &r);
			CU_ASSERT_PTR_EQUAL(r, PTHREAD_CANCELED);
			CU_ASSERT_TRUE(p.looked && p.signalled && !p.waited);
			/* After a wait it was so without being asked. */
			CU_ASSERT_EQUAL(p.state, waits_before ? PTHREAD_CANCEL_DISABLE :
			    PTHREAD_CANCEL_ENABLE);
			sem_destroy(&p.begun);
			sem_destroy(&p.cancelled);
		}
	}
}

static void *
open_as_pcscd(void *arg)
{
	struct reader *reader = arg;
	int state = -1;

	OK(slot_add(7, reader));
	(void)slot_present(slot_find(7));
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	OK(slot_remove(7));
	return state == PTHREAD_CANCEL_ENABLE ? arg : NULL;
}

/* Or pcscd would join it for ever at its own end. */
static void
the_thread_that_opens_stays_as_it_is(void)
{
	struct memreader m;
	pthread_t t;
	void *r;

	memreader_init(&m);
	OK(pthread_create(&t, NULL, open_as_pcscd, &m.reader));
	pthread_join(t, &r);
	CU_ASSERT_PTR_NOT_NULL(r);
}

static int removals;

static void
count_removal(struct reader *reader)
{
	(void)reader;
	removals++;
}

static void *
remove_from_elsewhere(void *arg)
{
	return slot_removed(arg) == ERR_DENIED ? arg : NULL;
}

static void
only_who_opened_it_can_say_that_it_was_unplugged(void)
{
	struct memreader m;
	struct reader_ops ops;
	struct slot *slot;
	pthread_t t;
	void *r;

	memreader_init(&m);
	ops = *m.reader.ops;
	m.reader.ops = &ops;
	OK(slot_add(7, &m.reader));
	slot = slot_find(7);
	CU_ASSERT_EQUAL(slot_removed(slot), ERR_UNSUPPORTED);
	ops.removed = count_removal;
	removals = 0;
	OK(pthread_create(&t, NULL, remove_from_elsewhere, slot));
	pthread_join(t, &r);
	CU_ASSERT_PTR_NOT_NULL(r);
	CU_ASSERT_EQUAL(removals, 0);
	OK(slot_removed(slot));
	CU_ASSERT_EQUAL(removals, 1);
	OK(slot_remove(7));
}

static const struct sentence sentences[] = {
	SENTENCE(a_card_that_was_away_is_told_to_the_polling_thread),
	SENTENCE(a_card_that_goes_takes_its_atr_along),
	SENTENCE(power_makes_protocol_and_atr_new),
	SENTENCE(a_reset_leaves_what_pcscd_knows),
	SENTENCE(sixteen_readers_live_side_by_side),
	SENTENCE(pcscd_ends_its_polling_thread_in_wait_alone),
	SENTENCE(the_thread_that_opens_stays_as_it_is),
	SENTENCE(only_who_opened_it_can_say_that_it_was_unplugged),
};

SUITE("ifd_slot", sentences)
