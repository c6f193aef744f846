#include "ifdhandler/cj_frame.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/usb.h"
#include "tests/unit/suite.h"

static void
a_block_goes_into_a_frame(void)
{
	static const struct {
		const char *nad_pcb, *inf, *frame;
	} blocks[] = {
		{ "E2C0", "", "00 0400 E2C000 22" },
		{ "E2C1", "", "00 0400 E2C100 23" },
		{ "1200", "20110000", "00 0800 120004 20110000 27" },
		{ "0260", "00", "00 0500 026001 00 63" },
	};
	uint8_t np[2], inf[8], want[64], got[64];
	struct cj_block b;
	struct wr wr;
	size_t n;

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		hex(blocks[i].nad_pcb, np, sizeof(np));
		b = (struct cj_block){ .nad = np[0], .pcb = np[1], .inf = inf };
		b.n = (uint8_t)hex(blocks[i].inf, inf, sizeof(inf));
		n = hex(blocks[i].frame, want, sizeof(want));
		wr_init(&wr, got, sizeof(got));
		cj_put(&wr, &b);
		OK(wr_end(&wr));
		CU_ASSERT_EQUAL_FATAL(wr.n, n);
		SAME(got, want, n);
		CU_ASSERT_EQUAL(cj_frame(got, n), (int)n);
		OK(cj_get(got + CJ_HEAD, n - CJ_HEAD, &b));
		CU_ASSERT_EQUAL(b.nad, np[0]);
		CU_ASSERT_EQUAL(b.pcb, np[1]);
		SAME(b.inf, inf, b.n);
	}
}

static void
the_longest_block_has_255_bytes(void)
{
	uint8_t inf[CJ_INF_MAX], got[CJ_FRAME_MAX];
	struct cj_block b = { .nad = 0x12, .n = CJ_INF_MAX, .inf = inf };
	struct wr wr;

	memset(inf, 0x5a, sizeof(inf));
	wr_init(&wr, got, sizeof(got));
	cj_put(&wr, &b);
	OK(wr_end(&wr));
	CU_ASSERT_EQUAL(wr.n, 262);
	SAME(got, "\x00\x03\x01\x12\x00\xff", 6);
	CU_ASSERT_EQUAL(cj_frame(got, wr.n), 262);
	OK(cj_get(got + CJ_HEAD, wr.n - CJ_HEAD, &b));
	CU_ASSERT_EQUAL(b.n, 255);
	wr_init(&wr, got, sizeof(got) - 1);
	cj_put(&wr, &b);
	CU_ASSERT_EQUAL(wr_end(&wr), ERR_SIZE);
}

static void
a_frame_is_as_long_as_it_says(void)
{
	static const struct {
		const char *why, *bytes;
		int want;
	} frames[] = {
		{ "nothing", "", 0 },
		{ "no length", "00 04", 0 },
		{ "no block", "00 0400", 0 },
		{ "all but the last byte", "00 0400 E2C000", 0 },
		{ "whole", "00 0400 E2C000 22", 7 },
		{ "whole, and the next begins", "00 0400 E2C000 22 00", 7 },
		{ "a single byte, which is no block", "FF 0100 E2", 4 },
		{ "whatever the first byte is", "01 0400 E2C000 22", 7 },
		{ "of nothing", "00 0000", ERR_FORMAT },
		{ "one byte more than a block can have", "00 0401", ERR_FORMAT },
		{ "the most a block can have", "00 0301", 0 },
		{ "big-endian", "00 0004", ERR_FORMAT },
		{ "FFFF", "00 FFFF", ERR_FORMAT },
	};
	uint8_t p[64];
	size_t n;

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		n = hex(frames[i].bytes, p, sizeof(p));
		if (cj_frame(p, n) != frames[i].want)
			CU_FAIL(frames[i].why);
	}
}

static void
a_block_that_is_damaged_is_refused(void)
{
	static const struct {
		const char *why, *bytes;
		int want;
	} blocks[] = {
		{ "sound", "E2C000 22", 0 },
		{ "nothing", "", ERR_FORMAT },
		{ "three bytes", "E2C022", ERR_FORMAT },
		{ "LEN says one more", "E2C001 23", ERR_FORMAT },
		{ "LEN says one less", "0200 00 00 02", ERR_FORMAT },
		{ "a bit of NAD", "E3C000 22", ERR_MAC },
		{ "a bit of PCB", "E2C100 22", ERR_MAC },
		{ "a bit of INF", "020001 01 03", ERR_MAC },
		{ "a bit of LRC", "E2C000 23", ERR_MAC },
	};
	struct cj_block b;
	uint8_t p[64];
	size_t n;

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		n = hex(blocks[i].bytes, p, sizeof(p));
		if (cj_get(p, n, &b) != blocks[i].want)
			CU_FAIL(blocks[i].why);
	}
}

static void
pcscd_s_name_of_a_device_is_understood(void)
{
	struct usb_name name;

	OK(usb_name_parse("usb:0c4b/0100:libudev:0:/dev/bus/usb/003/117", &name));
	CU_ASSERT_EQUAL(name.vendor, 0x0c4b);
	CU_ASSERT_EQUAL(name.product, 0x0100);
	CU_ASSERT_EQUAL(name.interface, 0);
	CU_ASSERT_EQUAL(name.bus, 3);
	CU_ASSERT_EQUAL(name.address, 117);
	OK(usb_name_parse("usb:0c4b/0100:libudev:1:/dev/bus/usb/255/127", &name));
	CU_ASSERT_EQUAL(name.interface, 1);
}

static void
another_name_is_refused(void)
{
	static const char *const names[] = {
		"", "usb:", "usb:0c4b/0100", "usb:0c4b/0100:libudev:0:",
		"usb:0c4b/0100:libudev:0:/dev/bus/usb/001", "usb:0c4b/0100:libudev:0:/dev/bus/usb/001/",
		"usb:0c4b/0100:libudev:0:/dev/bus/usb/001/002x",
		"usb:0c4b/0100:libudev:0:/dev/bus/usb/001/128",
		"usb:0c4b/0100:libudev:0:/dev/bus/usb/256/001",
		"usb:0c4b/0100:libudev:256:/dev/bus/usb/001/001",
		"usb:0c4b/0100:libhal:0:/dev/bus/usb/001/002",
		"usb:0c4b:0100:libudev:0:/dev/bus/usb/001/002",
		" usb:0c4b/0100:libudev:0:/dev/bus/usb/001/002",
		"usb:xxxx/0100:libudev:0:/dev/bus/usb/001/002",
		"usb:0c4b/0100:libudev:-1:/dev/bus/usb/001/002",
	};
	struct usb_name name;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (usb_name_parse(names[i], &name) != ERR_FORMAT)
			CU_FAIL(names[i]);
}

static const struct sentence sentences[] = {
	SENTENCE(a_block_goes_into_a_frame),
	SENTENCE(the_longest_block_has_255_bytes),
	SENTENCE(a_frame_is_as_long_as_it_says),
	SENTENCE(a_block_that_is_damaged_is_refused),
	SENTENCE(pcscd_s_name_of_a_device_is_understood),
	SENTENCE(another_name_is_refused),
};

SUITE("cj_frame", sentences)
