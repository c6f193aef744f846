#include "hsm/keys/share.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static const struct share_header head_2of3 = {
	.mode = SHARE_TEST, .set = { 0xca, 0xfe, 1, 2, 3, 4, 5, 6 }, .label = "cardinal-0001",
	.key_name = "MBK", .k = 2, .n = 3, .date = 1760000000,
};

/* Byte for byte what docs/keys.md says. */
static void
a_record_stands_as_it_is_documented(void)
{
	uint8_t want[SHARE_RECORD_LEN], got[SHARE_RECORD_LEN];
	struct share s = { .head = head_2of3 }, again;

	s.head.x = 2;
	s.head.mode = SHARE_LIVE;
	memcpy(s.head.kcv, "\x37\x78\x22\xc0\x93", KCV_LEN);
	memset(s.y, 0x11, sizeof(s.y));
	memset(s.salt, 0x22, sizeof(s.salt));
	memset(s.check, 0x33, sizeof(s.check));
	hex("4d424b53 01 02 cafe010203040506 63617264696e616c2d30303031000000 4d424b0000000000"
	    "02 03 02 0000000068e77800 377822c093 00000000000000000000"
	    "1111111111111111111111111111111111111111111111111111111111111111"
	    "22222222222222222222222222222222 33333333333333333333333333333333",
	    want, sizeof(want));
	OK(share_encode(&s, got));
	SAME(got, want, sizeof(want));
	OK(share_decode(want, sizeof(want), &again));
	CU_ASSERT_STRING_EQUAL(again.head.label, "cardinal-0001");
	CU_ASSERT_STRING_EQUAL(again.head.key_name, "MBK");
	CU_ASSERT_EQUAL(again.head.date, 1760000000);
	OK(share_encode(&again, got));
	SAME(got, want, sizeof(want));
}

static const struct {
	const char *why;
	size_t at, n;
	const char *bytes;
	int r;
} bad_headers[] = {
	{ "nothing wrong", 0, 0, "", 0 },
	{ "magic, first byte", 0, 1, "m", ERR_FORMAT },
	{ "magic, last byte", 3, 1, "s", ERR_FORMAT },
	{ "version 0", 4, 1, "\0", ERR_VERSION },
	{ "version 2", 4, 1, "\2", ERR_VERSION },
	{ "mode 0", 5, 1, "\0", ERR_FORMAT },
	{ "mode 3", 5, 1, "\3", ERR_FORMAT },
	{ "no label", 14, 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", ERR_FORMAT },
	{ "label that goes on after its end", 29, 1, "x", ERR_FORMAT },
	{ "label with a control character", 14, 1, "\n", ERR_FORMAT },
	{ "label with DEL", 14, 1, "\x7f", ERR_FORMAT },
	{ "label that is not ASCII", 14, 1, "\xe9", ERR_FORMAT },
	{ "label of 16 characters", 14, 16, "0123456789abcdef", 0 },
	{ "no key name", 30, 3, "\0\0\0", ERR_FORMAT },
	{ "key name that goes on after its end", 37, 1, "x", ERR_FORMAT },
	{ "key name of 8 characters", 30, 8, "MBK 2026", 0 },
	{ "k of 1", 38, 1, "\1", ERR_FORMAT },
	{ "k over n", 38, 1, "\4", ERR_FORMAT },
	{ "n over the capacity", 39, 1, "\x11", ERR_FORMAT },
	{ "n at the capacity", 39, 1, "\x10", 0 },
	{ "x of 0", 40, 1, "\0", ERR_FORMAT },
	{ "x over n", 40, 1, "\4", ERR_FORMAT },
	{ "x at n", 40, 1, "\3", 0 },
	{ "no zero after the check value", 54, 1, "\1", ERR_FORMAT },
	{ "no zero at the end", 63, 1, "\1", ERR_FORMAT },
};

static void
a_malformed_header_is_refused(void)
{
	static const struct share_header zero;
	uint8_t p[SHARE_HEADER_LEN + 1], again[SHARE_HEADER_LEN];
	struct share_header h;
	int r;

	for (size_t i = 0; i < sizeof(bad_headers) / sizeof(bad_headers[0]); i++) {
		h = head_2of3;
		h.x = 1;
		OK(share_header_encode(&h, p));
		memcpy(p + bad_headers[i].at, bad_headers[i].bytes, bad_headers[i].n);
		r = share_header_decode(p, SHARE_HEADER_LEN, &h);
		if (r != bad_headers[i].r)
			CU_FAIL(bad_headers[i].why);
		if (r != 0)
			SAME(&h, &zero, sizeof(h));
		if (r == 0) {
			OK(share_header_encode(&h, again));
			SAME(again, p, sizeof(again));
		}
		CU_ASSERT_EQUAL(share_header_decode(p, SHARE_HEADER_LEN - 1, &h), ERR_FORMAT);
		CU_ASSERT_EQUAL(share_header_decode(p, SHARE_HEADER_LEN + 1, &h), ERR_FORMAT);
	}
}

static void
zeros_are_no_share_and_half_zeros_are_damage(void)
{
	uint8_t p[SHARE_RECORD_LEN] = { 0 };
	struct share_header h;
	struct share s;

	CU_ASSERT_EQUAL(share_header_decode(p, SHARE_HEADER_LEN, &h), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(share_header_decode(p, SHARE_HEADER_LEN - 1, &h), ERR_FORMAT);
	CU_ASSERT_EQUAL(share_decode(p, sizeof(p), &s), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(share_decode(p, sizeof(p) - 1, &s), ERR_FORMAT);
	p[SHARE_RECORD_LEN - 1] = 1;
	CU_ASSERT_EQUAL(share_decode(p, sizeof(p), &s), ERR_FORMAT);
	p[SHARE_RECORD_LEN - 1] = 0;
	p[SHARE_HEADER_LEN - 1] = 1;
	CU_ASSERT_EQUAL(share_decode(p, sizeof(p), &s), ERR_FORMAT);
}

static void
a_header_that_cannot_be_read_is_not_written(void)
{
	uint8_t p[SHARE_HEADER_LEN];
	struct share_header h = head_2of3;

	CU_ASSERT_EQUAL(share_header_encode(&h, p), ERR_ARG);
	h.x = 3;
	OK(share_header_encode(&h, p));
	memset(h.label, 'x', sizeof(h.label));
	CU_ASSERT_EQUAL(share_header_encode(&h, p), ERR_ARG);
	CU_ASSERT_EQUAL(share_label_check("cardinal-0001"), 0);
	CU_ASSERT_EQUAL(share_label_check("0123456789abcdef"), 0);
	CU_ASSERT_EQUAL(share_label_check("0123456789abcdefg"), ERR_ARG);
	CU_ASSERT_EQUAL(share_label_check(""), ERR_ARG);
	CU_ASSERT_EQUAL(share_label_check("tab\there"), ERR_ARG);
}

static const struct sentence sentences[] = {
	SENTENCE(a_record_stands_as_it_is_documented),
	SENTENCE(a_malformed_header_is_refused),
	SENTENCE(zeros_are_no_share_and_half_zeros_are_damage),
	SENTENCE(a_header_that_cannot_be_read_is_not_written),
};

SUITE("share_record", sentences)
