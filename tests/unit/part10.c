#include "ifdhandler/part10.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/memreader.h"
#include "tests/unit/suite.h"

enum { VERIFY = 0x42330006, MODIFY = 0x42330007, FEATURES = 0x42000d48 };

static const struct reader_properties pad = {
	.lines = 2, .columns = 16, .pin_min = 6, .pin_max = 16, .firmware = "cardinal-pad",
};

static const char verify_ours[] = "1E0A 820000 1006 0201 0904 00 000000 04000000 00200081";
static const char modify_ours[] =
    "1E0A 820000 0000 1006 03 0203 0904 000102 000000 04000000 00240081";

static int
decode(int modify, const char *text, struct padlink_pin *pin)
{
	uint8_t p[512];
	size_t n = hex(text, p, sizeof(p));

	return modify ? part10_modify(p, n, &pad, pin) : part10_verify(p, n, &pad, pin);
}

static void
a_verify_structure_is_read_field_by_field(void)
{
	struct padlink_pin pin;

	OK(decode(0, verify_ours, &pin));
	CU_ASSERT_EQUAL(pin.kind, PADLINK_PIN_VERIFY);
	CU_ASSERT_EQUAL(pin.first_s, 30);
	CU_ASSERT_EQUAL(pin.next_s, 10);
	CU_ASSERT_EQUAL(pin.format, PADLINK_ASCII);
	CU_ASSERT_EQUAL(pin.right, 0);
	CU_ASSERT_EQUAL(pin.pin_bits, 0);
	CU_ASSERT_EQUAL(pin.block, 0);
	CU_ASSERT_EQUAL(pin.min, 6);
	CU_ASSERT_EQUAL(pin.max, 16);
	CU_ASSERT_EQUAL(pin.end, PADLINK_END_OK);
	CU_ASSERT_EQUAL(pin.n, 4);
	SAME(pin.apdu, "\x00\x20\x00\x81", 4);
}

static void
a_modify_structure_is_read_field_by_field(void)
{
	struct padlink_pin pin;

	OK(decode(1, "3C05 81120A 0102 0C04 03 0303 0904 000102 000000"
	    "15000000 00240081 10 FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF", &pin));
	CU_ASSERT_EQUAL(pin.kind, PADLINK_PIN_MODIFY);
	CU_ASSERT_EQUAL(pin.first_s, 60);
	CU_ASSERT_EQUAL(pin.next_s, 5);
	CU_ASSERT_EQUAL(pin.format, PADLINK_BCD);
	CU_ASSERT_EQUAL(pin.length_bits, 1);
	CU_ASSERT_EQUAL(pin.block, 2);
	CU_ASSERT_EQUAL(pin.length_at, 10);
	CU_ASSERT_EQUAL(pin.offset_old, 1);
	CU_ASSERT_EQUAL(pin.offset_new, 2);
	CU_ASSERT_EQUAL(pin.min, 4);
	CU_ASSERT_EQUAL(pin.max, 12);
	CU_ASSERT_EQUAL(pin.confirm, PADLINK_CONFIRM_NEW | PADLINK_ASK_OLD);
	CU_ASSERT_EQUAL(pin.end, PADLINK_END_OK | PADLINK_END_MAX);
	CU_ASSERT_EQUAL(pin.n, 21);
	OK(decode(1, modify_ours, &pin));
	CU_ASSERT_EQUAL(pin.n, 4);
}

/* ISO 9564 format 2, as OpenSC says it (in bits) and as the cyberJack's manual does (in bytes). */
static void
positions_come_in_bits_or_in_bytes(void)
{
	struct padlink_pin pin;

	OK(decode(0, "1E1E 414804 0C04 02FF 0000 00 000000 0D000000"
	    "00200081 08 2FFFFFFFFFFFFFFF", &pin));
	CU_ASSERT_EQUAL(pin.pin_bits, 8);
	CU_ASSERT_EQUAL(pin.block, 8);
	CU_ASSERT_EQUAL(pin.length_bits, 4);
	CU_ASSERT_EQUAL(pin.length_at, 4);
	OK(decode(0, "1E1E 8E4811 0C04 02FF 0000 00 000000 0D000000"
	    "00200081 08 2FFFFFFFFFFFFFFF", &pin));
	CU_ASSERT_EQUAL(pin.format, PADLINK_ASCII);
	CU_ASSERT_EQUAL(pin.right, 1);
	CU_ASSERT_EQUAL(pin.pin_bits, 8);
	CU_ASSERT_EQUAL(pin.length_at, 8);
}

static void
what_the_host_leaves_open_is_the_readers(void)
{
	struct padlink_pin pin;

	OK(decode(0, "0000 820000 FF06 00FF 0000 00 000000 05000000 0020008100", &pin));
	CU_ASSERT_EQUAL(pin.first_s, PART10_FIRST_S);
	CU_ASSERT_EQUAL(pin.next_s, PART10_NEXT_S);
	CU_ASSERT_EQUAL(pin.end, PADLINK_END_OK);
	CU_ASSERT_EQUAL(pin.max, pad.pin_max);
	OK(decode(0, "0000 820000 1006 0401 0000 00 000000 04000000 00200081", &pin));
	CU_ASSERT_EQUAL(pin.end, PADLINK_END_OK | PADLINK_END_TIMEOUT);
	OK(decode(0, "0000 820000 0608 0201 0000 00 000000 04000000 00200081", &pin));
	CU_ASSERT_EQUAL(pin.min, 8);
	CU_ASSERT_EQUAL(pin.max, 8);
}

static const struct {
	const char *why;
	int modify;
	const char *hex;
	int r;
} refused[] = {
	{ "nothing", 0, "", ERR_FORMAT },
	{ "no template", 0, "1E0A 820000 1006 0201 0904 00 000000 00000000", ERR_FORMAT },
	{ "a template of 3", 0, "1E0A 820000 1006 0201 0904 00 000000 03000000 002000",
	    ERR_FORMAT },
	{ "a length too small", 0, "1E0A 820000 1006 0201 0904 00 000000 03000000 00200081",
	    ERR_FORMAT },
	{ "a length too big", 0, "1E0A 820000 1006 0201 0904 00 000000 05000000 00200081",
	    ERR_FORMAT },
	{ "a length in big-endian", 0, "1E0A 820000 1006 0201 0904 00 000000 00000004 00200081",
	    ERR_FORMAT },
	{ "format 3", 0, "1E0A 830000 1006 0201 0904 00 000000 04000000 00200081", ERR_FORMAT },
	{ "no digit at all", 0, "1E0A 820000 0000 0201 0904 00 000000 04000000 00200081",
	    ERR_FORMAT },
	{ "more digits than the pad has", 0,
	    "1E0A 820000 1111 0201 0904 00 000000 04000000 00200081",
	    ERR_FORMAT },
	{ "an end that is none", 0, "1E0A 820000 1006 0801 0904 00 000000 04000000 00200081",
	    ERR_FORMAT },
	{ "READ BINARY", 0, "1E0A 820000 1006 0201 0904 00 000000 04000000 00B00081", ERR_DENIED },
	{ "no block, Lc", 0, "1E0A 820000 1006 0201 0904 00 000000 05000000 0020008106",
	    ERR_FORMAT },
	{ "no block, data", 0, "1E0A 820000 1006 0201 0904 00 000000 06000000 0020008101FF",
	    ERR_FORMAT },
	{ "a block without Lc", 0, "1E0A 820200 1006 0201 0904 00 000000 04000000 00200081",
	    ERR_FORMAT },
	{ "a block over the data", 0,
	    "1E0A 820300 1006 0201 0904 00 000000 07000000 00200081 02 FFFF",
	    ERR_FORMAT },
	{ "Lc over the data", 0, "1E0A 820200 1006 0201 0904 00 000000 07000000 00200081 03 FFFF",
	    ERR_FORMAT },
	{ "Lc under the data", 0,
	    "1E0A 820200 1006 0201 0904 00 000000 08000000 00200081 02 FFFFFF",
	    ERR_FORMAT },
	{ "a confirmation that is none", 1,
	    "1E0A 820000 0000 1006 04 0203 0904 000102 000000 04000000 00240081", ERR_FORMAT },
	{ "four messages", 1,
	    "1E0A 820000 0000 1006 03 0204 0904 000102 000000 04000000 00240081", ERR_FORMAT },
	{ "the new block over the data", 1,
	    "1E0A 820200 0001 1006 01 0203 0904 000102 000000 07000000 00240081 02 FFFF",
	    ERR_FORMAT },
	{ "the old block over the data", 1,
	    "1E0A 820200 0100 1006 03 0203 0904 000102 000000 07000000 00240081 02 FFFF",
	    ERR_FORMAT },
	{ "a verify as a modify", 1, "1E0A 820000 1006 0201 0904 00 000000 04000000 00200081",
	    ERR_FORMAT },
};

static void
malformed_structures_are_refused(void)
{
	struct padlink_pin pin;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (decode(refused[i].modify, refused[i].hex, &pin) != refused[i].r) {
			printf("    %s\n", refused[i].why);
			CU_FAIL("not refused so");
		}
}

static void
an_old_pin_that_is_not_asked_needs_no_room(void)
{
	struct padlink_pin pin;

	OK(decode(1, "1E0A 820200 0F00 1006 01 0203 0904 000102 000000 07000000 00240081 02 FFFF",
	    &pin));
}

static void
every_shorter_structure_is_refused(void)
{
	struct padlink_pin pin;
	uint8_t p[64];
	size_t n = hex(verify_ours, p, sizeof(p));

	for (size_t i = 0; i < n; i++)
		CU_ASSERT_NOT_EQUAL(part10_verify(p, i, &pad, &pin), 0);
	n = hex(modify_ours, p, sizeof(p));
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_NOT_EQUAL(part10_modify(p, i, &pad, &pin), 0);
}

/* Control codes, through a slot. */

struct front {
	struct memreader mem;
	struct slot slot;
	uint8_t got[256];
	struct wr wr;
};

static void
set_up(struct front *f)
{
	memset(f, 0, sizeof(*f));
	memreader_init(&f->mem);
	f->slot.reader = &f->mem.reader;
}

static int
control(struct front *f, unsigned long code, const char *text)
{
	uint8_t p[512];
	size_t n = hex(text, p, sizeof(p));

	wr_init(&f->wr, f->got, sizeof(f->got));
	return part10_control(&f->slot, code, p, n, &f->wr);
}

static void
answers(const struct front *f, const char *text)
{
	uint8_t want[256];
	size_t n = hex(text, want, sizeof(want));

	CU_ASSERT_EQUAL_FATAL(f->wr.n, n);
	SAME(f->got, want, n);
}

static void
features_are_listed_with_their_codes(void)
{
	static const char list[] =
	    "06 04 42330006 07 04 42330007 08 04 42330008 0A 04 4233000A 12 04 42330012";
	struct front f;

	set_up(&f);
	OK(control(&f, FEATURES, ""));
	answers(&f, list);
	OK(control(&f, 0x313520, ""));
	answers(&f, list);
	CU_ASSERT_EQUAL(control(&f, 0x42330001, ""), ERR_UNSUPPORTED);
	CU_ASSERT_EQUAL(control(&f, 1, ""), ERR_UNSUPPORTED);
}

static void
a_reader_without_keys_offers_no_pin_entry(void)
{
	struct front f;

	set_up(&f);
	f.mem.properties.pin_max = 0;
	OK(control(&f, FEATURES, ""));
	answers(&f, "08 04 42330008 12 04 42330012");
	CU_ASSERT_EQUAL(control(&f, VERIFY, verify_ours), ERR_UNSUPPORTED);
	CU_ASSERT_EQUAL(f.mem.pins, 0);
}

static void
a_list_that_does_not_fit_is_an_error(void)
{
	struct front f;

	set_up(&f);
	wr_init(&f.wr, f.got, 29);
	CU_ASSERT_EQUAL(part10_control(&f.slot, FEATURES, NULL, 0, &f.wr), ERR_SIZE);
}

static void
properties_are_little_endian(void)
{
	struct front f;

	set_up(&f);
	f.mem.properties.usb_vendor = 0x0c4b;
	f.mem.properties.usb_product = 0x0100;
	OK(control(&f, 0x4233000a, ""));
	answers(&f, "1002 02 01");
	OK(control(&f, 0x42330012, ""));
	answers(&f, "01 02 1002 02 01 02 03 01 01 04 02 1000 05 02 0200 06 01 06 07 01 10"
	    "08 03 6D656D 09 01 00 0A 04 00000100 0B 02 4B0C 0C 02 0001");
}

static void
a_pin_entry_answers_with_a_status_word(void)
{
	static const struct {
		int r;
		uint16_t sw;
		const char *want;
	} ends[] = {
		{ 0, 0x9000, "9000" }, { 0, 0x63c2, "63C2" }, { 0, 0x6402, "6402" },
		{ ERR_TIMEOUT, 0, "6400" }, { ERR_CANCELLED, 0, "6401" },
		{ ERR_NO_CARD, 0, "64A1" },
		{ ERR_NOT_NOW, 0, "64A2" }, { ERR_FORMAT, 0, "6B80" },
	};
	struct front f;

	set_up(&f);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		f.mem.r = ends[i].r;
		f.mem.sw = ends[i].sw;
		OK(control(&f, VERIFY, verify_ours));
		answers(&f, ends[i].want);
		CU_ASSERT_EQUAL(f.mem.pin.kind, PADLINK_PIN_VERIFY);
		OK(control(&f, MODIFY, modify_ours));
		answers(&f, ends[i].want);
		CU_ASSERT_EQUAL(f.mem.pin.kind, PADLINK_PIN_MODIFY);
	}
	f.mem.r = ERR_READER_GONE;
	CU_ASSERT_EQUAL(control(&f, VERIFY, verify_ours), ERR_READER_GONE);
}

static void
a_bad_structure_never_reaches_the_reader(void)
{
	struct front f;

	set_up(&f);
	f.mem.sw = 0x9000;
	OK(control(&f, VERIFY, "00"));
	answers(&f, "6B80");
	OK(control(&f, MODIFY, ""));
	answers(&f, "6B80");
	OK(control(&f, VERIFY, "1E0A 820000 1006 0201 0904 00 000000 04000000 00B00081"));
	answers(&f, "6404");
	CU_ASSERT_EQUAL(f.mem.pins, 0);
}

/* The slot. */

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

	set_up(&f);
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

	set_up(&f);
	f.mem.present = 1;
	OK(slot_power(&f.slot, READER_POWER_UP));
	CU_ASSERT_EQUAL(f.slot.powered, 1);
	CU_ASSERT_EQUAL(f.slot.atr_n, 4);
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
}

static const struct sentence sentences[] = {
	SENTENCE(a_verify_structure_is_read_field_by_field),
	SENTENCE(a_modify_structure_is_read_field_by_field),
	SENTENCE(positions_come_in_bits_or_in_bytes),
	SENTENCE(what_the_host_leaves_open_is_the_readers),
	SENTENCE(malformed_structures_are_refused),
	SENTENCE(an_old_pin_that_is_not_asked_needs_no_room),
	SENTENCE(every_shorter_structure_is_refused),
	SENTENCE(features_are_listed_with_their_codes),
	SENTENCE(a_reader_without_keys_offers_no_pin_entry),
	SENTENCE(a_list_that_does_not_fit_is_an_error),
	SENTENCE(properties_are_little_endian),
	SENTENCE(a_pin_entry_answers_with_a_status_word),
	SENTENCE(a_bad_structure_never_reaches_the_reader),
	SENTENCE(a_card_that_was_away_is_told_to_the_polling_thread),
	SENTENCE(a_card_that_goes_takes_its_atr_along),
	SENTENCE(sixteen_readers_live_side_by_side),
};

SUITE("part10", sentences)
