#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/cards/padcode.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

static void
assert_bytes(const struct wr *wr, const char *text)
{
	uint8_t want[PADCODE_MAX];
	size_t n = hex(text, want, sizeof(want));

	OK(wr_end(wr));
	CU_ASSERT_EQUAL_FATAL(wr->n, n);
	SAME(wr->p, want, n);
}

static void
a_pin_is_asked_as_the_reader_document_says(void)
{
	uint8_t mem[PADCODE_MAX];
	struct wr wr;

	wr_init(&wr, mem, sizeof(mem));
	padcode_pin(&wr, 0x81, 0, 30, 10);
	assert_bytes(&wr, "1E0A 820000 1006 0201 0904 00 000000 04000000 00200081");
	wr_init(&wr, mem, sizeof(mem));
	padcode_pin(&wr, 0x81, 1, 30, 1000);
	assert_bytes(&wr, "1EFF 820000 0000 1006 03 0203 0904 000102 000000 04000000 00240081");
}

static void
a_text_goes_out_with_its_lines_and_its_beep(void)
{
	uint8_t mem[PADCODE_MAX];
	struct wr wr;

	wr_init(&wr, mem, sizeof(mem));
	padcode_output(&wr, "\aA\nB");
	assert_bytes(&wr, "20174000 07 5005 0741 0D0A 42");
	wr_init(&wr, mem, sizeof(mem));
	padcode_output(&wr, "");
	assert_bytes(&wr, "20174000 02 5000");
	wr_init(&wr, mem, sizeof(mem));
	padcode_input(&wr, "\aA\nB", 1);
	assert_bytes(&wr, "20165010 0D 5005 0741 0D0A 42 800101 C10106 01");
	wr_init(&wr, mem, sizeof(mem));
	padcode_input(&wr, "\aA\nB", 0);
	assert_bytes(&wr, "20165010 0C 5004 41 0D0A 42 800101 C10106 01");
	wr_init(&wr, mem, sizeof(mem));
	padcode_reset(&wr);
	assert_bytes(&wr, "20110000");
}

static void
a_text_that_is_too_long_is_not_sent(void)
{
	char text[PADCODE_TEXT_MAX + 2];
	uint8_t mem[PADCODE_MAX];
	struct wr wr;

	memset(text, 'a', sizeof(text));
	text[PADCODE_TEXT_MAX] = '\0';
	wr_init(&wr, mem, sizeof(mem));
	padcode_input(&wr, text, 1);
	OK(wr_end(&wr));
	text[PADCODE_TEXT_MAX] = 'a';
	text[PADCODE_TEXT_MAX + 1] = '\0';
	wr_init(&wr, mem, sizeof(mem));
	padcode_input(&wr, text, 1);
	CU_ASSERT_EQUAL(wr_end(&wr), ERR_SIZE);
	wr_init(&wr, mem, sizeof(mem));
	padcode_output(&wr, text);
	CU_ASSERT_EQUAL(wr_end(&wr), ERR_SIZE);
}

static const struct {
	const char *why, *hex;
	int r;
	enum cards_key key;
} keys[] = {
	{ "OK", "0D9000", 0, CARDS_OK },
	{ "Cancel", "6401", 0, CARDS_CANCEL },
	{ "nobody yet", "6400", 0, CARDS_NO_KEY },
	{ "a digit of a reader that does not know our object", "379000", 0, CARDS_NO_KEY },
	{ "no keypad", "6985", ERR_UNSUPPORTED, CARDS_NO_KEY },
	{ "no instruction", "6D00", ERR_UNSUPPORTED, CARDS_NO_KEY },
	{ "no key with 9000", "9000", ERR_UNSUPPORTED, CARDS_NO_KEY },
	{ "two keys", "0D0D9000", ERR_IO, CARDS_NO_KEY },
	{ "a key with 6401", "0D6401", ERR_IO, CARDS_NO_KEY },
	{ "half a status word", "90", ERR_IO, CARDS_NO_KEY },
	{ "nothing", "", ERR_IO, CARDS_NO_KEY },
};

static void
only_ok_and_cancel_are_keys(void)
{
	enum cards_key key;
	uint8_t p[16];
	size_t i, n;

	for (i = 0; i < LEN(keys); i++) {
		n = hex(keys[i].hex, p, sizeof(p));
		CU_ASSERT_EQUAL(padcode_key(p, n, &key), keys[i].r);
		CU_ASSERT_EQUAL(key, keys[i].key);
	}
}

static const struct {
	const char *why, *hex;
	int r;
	struct pad_features f;
} features[] = {
	{ "all", "060442330006 070442330007 080442330008 0A044233000A", 0,
	    { 0x42330006, 0x42330007, 0x42330008 } },
	{ "none", "", 0, { 0, 0, 0 } },
	{ "cut off", "0604423300", ERR_FORMAT, { 0, 0, 0 } },
	{ "another length", "060342330006", ERR_FORMAT, { 0, 0, 0 } },
};

static void
features_come_in_six_bytes_each(void)
{
	struct pad_features f;
	uint8_t p[64];
	size_t i, n;

	for (i = 0; i < LEN(features); i++) {
		n = hex(features[i].hex, p, sizeof(p));
		CU_ASSERT_EQUAL(padcode_features(p, n, &f), features[i].r);
		if (features[i].r == 0)
			SAME(&f, &features[i].f, sizeof(f));
	}
}

static void
a_display_counts_with_a_keypad_only(void)
{
	uint8_t p[16];

	CU_ASSERT_TRUE(padcode_has_display(p, hex("81 03 014050 9000", p, sizeof(p))));
	CU_ASSERT_FALSE(padcode_has_display(p, hex("81 02 0140 9000", p, sizeof(p))));
	CU_ASSERT_FALSE(padcode_has_display(p, hex("81 02 0150 9000", p, sizeof(p))));
	CU_ASSERT_FALSE(padcode_has_display(p, hex("81 03 014050 6985", p, sizeof(p))));
	CU_ASSERT_FALSE(padcode_has_display(p, hex("6D00", p, sizeof(p))));
}

static const struct sentence sentences[] = {
	SENTENCE(a_pin_is_asked_as_the_reader_document_says),
	SENTENCE(a_text_goes_out_with_its_lines_and_its_beep),
	SENTENCE(a_text_that_is_too_long_is_not_sent),
	SENTENCE(only_ok_and_cancel_are_keys),
	SENTENCE(features_come_in_six_bytes_each),
	SENTENCE(a_display_counts_with_a_keypad_only),
};

SUITE("padcode", sentences)
