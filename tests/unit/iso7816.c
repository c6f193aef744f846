#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/apdu.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "tests/unit/suite.h"

static void
a_cursor_remembers_its_first_failure(void)
{
	const uint8_t p[] = { 1, 2, 3 };
	uint8_t got[2] = { 9, 9 };
	struct rd rd;

	rd_init(&rd, p, sizeof(p));
	CU_ASSERT_EQUAL(rd_u16(&rd), 0x0102);
	rd_bytes(&rd, got, 2);
	CU_ASSERT_EQUAL(got[0], 0);
	CU_ASSERT_EQUAL(rd_u8(&rd), 0);
	CU_ASSERT_EQUAL(rd_end(&rd), ERR_FORMAT);
}

static void
bytes_left_over_are_an_error(void)
{
	struct rd rd;

	rd_init(&rd, "\x01\x02", 2);
	CU_ASSERT_EQUAL(rd_u8(&rd), 1);
	CU_ASSERT_EQUAL(rd_end(&rd), ERR_FORMAT);
	CU_ASSERT_EQUAL(rd_u8(&rd), 2);
	CU_ASSERT_EQUAL(rd_end(&rd), 0);
}

static void
a_text_fits_terminated_or_not_at_all(void)
{
	uint8_t mem[8];
	char got[4];
	struct wr wr;
	struct rd rd;

	wr_init(&wr, mem, sizeof(mem));
	wr_text(&wr, "abc");
	OK(wr_end(&wr));
	rd_init(&rd, mem, wr.n);
	rd_text(&rd, got, 4);
	CU_ASSERT_STRING_EQUAL(got, "abc");
	OK(rd_end(&rd));
	rd_init(&rd, mem, wr.n);
	rd_text(&rd, got, 3);
	CU_ASSERT_EQUAL(rd_end(&rd), ERR_FORMAT);
	CU_ASSERT_STRING_EQUAL(got, "");
	rd_init(&rd, "\0\2a\0", 4);
	rd_text(&rd, got, 4);
	CU_ASSERT_EQUAL(rd_end(&rd), ERR_FORMAT);
}

static void
what_does_not_fit_is_not_written(void)
{
	uint8_t mem[3] = { 0xaa, 0xaa, 0xaa };
	struct wr wr;

	wr_init(&wr, mem, 2);
	wr_u8(&wr, 1);
	wr_u16(&wr, 0x0203);
	wr_u8(&wr, 4);
	CU_ASSERT_EQUAL(wr_end(&wr), ERR_SIZE);
	CU_ASSERT_EQUAL(wr.n, 1);
	CU_ASSERT_EQUAL(mem[2], 0xaa);
}

static const struct {
	const char *why, *hex;
	int r;
	size_t nc, ne;
	int extended;
} apdus[] = {
	{ "case 1", "00A40000", 0, 0, 0, 0 },
	{ "case 2S", "00B0000010", 0, 0, 16, 0 },
	{ "case 2S, all", "00B0000000", 0, 0, 256, 0 },
	{ "case 3S", "00D600000201 02", 0, 2, 0, 0 },
	{ "case 4S", "00A40000023F0000", 0, 2, 256, 0 },
	{ "case 2E", "00B00000000100", 0, 0, 256, 1 },
	{ "case 2E, all", "00B00000000000", 0, 0, 65536, 1 },
	{ "case 3E", "00D60000000002 0102", 0, 2, 0, 1 },
	{ "case 4E", "00D60000000002 0102 0000", 0, 2, 65536, 1 },
	{ "no header", "00A400", ERR_FORMAT, 0, 0, 0 },
	{ "nothing", "", ERR_FORMAT, 0, 0, 0 },
	{ "Lc without data", "00D6000002", 0, 0, 2, 0 },
	{ "a byte too few", "00D600000201", ERR_FORMAT, 0, 0, 0 },
	{ "two bytes too many", "00D6000001010000", ERR_FORMAT, 0, 0, 0 },
	{ "extended Lc of 0", "00D60000000000 00", ERR_FORMAT, 0, 0, 0 },
	{ "extended Lc, data too short", "00D6000000000301 02", ERR_FORMAT, 0, 0, 0 },
	{ "extended Lc with short Le", "00D60000000002010200", ERR_FORMAT, 0, 0, 0 },
	{ "half of an extended Le", "00B000000001", ERR_FORMAT, 0, 0, 0 },
};

static void
lc_le_and_length_agree_or_the_command_is_refused(void)
{
	uint8_t p[64], again[64];
	struct apdu a;
	struct wr wr;
	size_t n;
	int r;

	for (size_t i = 0; i < sizeof(apdus) / sizeof(apdus[0]); i++) {
		n = hex(apdus[i].hex, p, sizeof(p));
		r = apdu_decode(p, n, &a);
		if (r != apdus[i].r || (r == 0 && (a.nc != apdus[i].nc || a.ne != apdus[i].ne ||
		    a.extended != apdus[i].extended)))
			CU_FAIL(apdus[i].why);
		if (r != 0)
			continue;
		wr_init(&wr, again, sizeof(again));
		apdu_encode(&wr, &a);
		CU_ASSERT_EQUAL(wr.n, n);
		SAME(again, p, n);
	}
}

static void
a_response_ends_in_its_status_word(void)
{
	uint16_t sw = 0;
	size_t n = 3;

	OK(rapdu_decode((const uint8_t *)"\x01\x90\x00", &n, &sw));
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(sw, SW_OK);
	n = 1;
	CU_ASSERT_EQUAL(rapdu_decode((const uint8_t *)"\x90", &n, &sw), ERR_FORMAT);
}

static const struct {
	const char *why, *hex;
} bad_objects[] = {
	{ "no length", "80" },
	{ "value too short", "8002 01" },
	{ "indefinite length", "8080 0000" },
	{ "81 for a length under 80", "817F" },
	{ "81 with a length that fits one byte", "80817F" },
	{ "82 with a length that fits 81", "808200FF" },
	{ "length of three bytes", "8083010000" },
	{ "second tag byte under 1F", "7F1E00" },
	{ "second tag byte 80", "7F800100" },
	{ "tag of four bytes", "7F81818100" },
};

static void
malformed_objects_are_refused(void)
{
	uint8_t p[300] = { 0 };
	struct rd rd;
	struct tlv t;
	size_t n;

	for (size_t i = 0; i < sizeof(bad_objects) / sizeof(bad_objects[0]); i++) {
		n = hex(bad_objects[i].hex, p, sizeof(p));
		/* Long values are there, so that the length field alone is wrong. */
		if (n == 4 && p[1] == 0x82)
			n += 0xff;
		rd_init(&rd, p, n);
		if (tlv_next(&rd, &t) != ERR_FORMAT || rd_end(&rd) != ERR_FORMAT)
			CU_FAIL(bad_objects[i].why);
	}
}

static void
objects_are_written_as_they_are_read(void)
{
	static const size_t lengths[] = { 0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff };
	static uint8_t mem[70000], value[65535];
	struct wr wr;
	struct rd rd;
	struct tlv t;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		wr_init(&wr, mem, sizeof(mem));
		tlv_put(&wr, 0x7f49, value, lengths[i]);
		OK(wr_end(&wr));
		rd_init(&rd, mem, wr.n);
		CU_ASSERT_EQUAL(tlv_next(&rd, &t), 1);
		CU_ASSERT_EQUAL(t.tag, 0x7f49);
		CU_ASSERT_EQUAL(t.n, lengths[i]);
		CU_ASSERT_EQUAL(tlv_next(&rd, &t), 0);
	}
	wr_init(&wr, mem, sizeof(mem));
	tlv_put(&wr, 0x80, value, 65535);
	tlv_put(&wr, 0x80, value, 4459);
	CU_ASSERT_EQUAL(wr_end(&wr), ERR_SIZE);
}

static void
a_template_gets_its_length_when_it_is_closed(void)
{
	uint8_t mem[256], value[0x90] = { 0 };
	struct wr wr;
	struct tlv t;
	size_t outer, inner;

	wr_init(&wr, mem, sizeof(mem));
	outer = tlv_open(&wr, 0x62);
	inner = tlv_open(&wr, 0xa5);
	tlv_put_u8(&wr, 0x80, 7);
	tlv_close(&wr, inner);
	tlv_put(&wr, 0x81, value, sizeof(value));
	tlv_close(&wr, outer);
	OK(wr_end(&wr));
	SAME(mem, "\x62\x81\x98\xa5\x03\x80\x01\x07\x81\x81\x90", 11);
	OK(tlv_find(mem, wr.n, 0x62, &t));
	CU_ASSERT_EQUAL(t.n, 0x98);
	OK(tlv_find(t.p, t.n, 0xa5, &t));
	OK(tlv_find(t.p, t.n, 0x80, &t));
	CU_ASSERT_EQUAL(t.p[0], 7);
}

static void
an_object_that_stands_twice_is_not_found(void)
{
	struct tlv t;

	CU_ASSERT_EQUAL(tlv_find((const uint8_t *)"\x80\x00\x81\x00\x80\x00", 6, 0x80, &t), ERR_FORMAT);
	CU_ASSERT_EQUAL(tlv_find((const uint8_t *)"\x80\x00\x81\x00", 4, 0x82, &t), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(tlv_find((const uint8_t *)"\x80\x00\x81", 3, 0x80, &t), ERR_FORMAT);
}

static void
a_template_that_does_not_fit_fails(void)
{
	uint8_t mem[8], value[0x80] = { 0 };
	struct wr wr;
	size_t outer;

	wr_init(&wr, mem, 5);
	outer = tlv_open(&wr, 0x62);
	tlv_put_u16(&wr, 0x83, 0x3f00);
	tlv_close(&wr, outer);
	CU_ASSERT_EQUAL(wr_end(&wr), ERR_SIZE);
	wr_init(&wr, mem, sizeof(mem));
	outer = tlv_open(&wr, 0x62);
	tlv_put(&wr, 0x80, value, sizeof(value));
	tlv_close(&wr, outer);
	CU_ASSERT_EQUAL(wr_end(&wr), ERR_SIZE);
}

static void
every_error_has_its_own_sentence(void)
{
	for (int i = -1; i >= ERR_SHARE_KCV; i--)
		for (int j = i - 1; j >= ERR_SHARE_KCV; j--)
			if (strcmp(err_str(i), "unknown error") != 0 && strcmp(err_str(i), err_str(j)) == 0)
				CU_FAIL("two errors, one sentence");
	CU_ASSERT_STRING_EQUAL(err_str(ERR_PIN_WRONG), "wrong PIN");
	CU_ASSERT_STRING_EQUAL(err_str(1), "unknown error");
}

static const struct sentence sentences[] = {
	SENTENCE(a_cursor_remembers_its_first_failure),
	SENTENCE(bytes_left_over_are_an_error),
	SENTENCE(a_text_fits_terminated_or_not_at_all),
	SENTENCE(what_does_not_fit_is_not_written),
	SENTENCE(lc_le_and_length_agree_or_the_command_is_refused),
	SENTENCE(a_response_ends_in_its_status_word),
	SENTENCE(malformed_objects_are_refused),
	SENTENCE(objects_are_written_as_they_are_read),
	SENTENCE(a_template_gets_its_length_when_it_is_closed),
	SENTENCE(an_object_that_stands_twice_is_not_found),
	SENTENCE(a_template_that_does_not_fit_fails),
	SENTENCE(every_error_has_its_own_sentence),
};

SUITE("iso7816", sentences)
