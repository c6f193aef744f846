#include <string.h>

#include "card-os/apps/layout.h"
#include "card-os/apps/pkcs15.h"
#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"
#include "tests/unit/suite.h"

static struct card_data card;

/* As the factory makes it, but for keys and digits of PINs, of which PKCS#15 knows nothing. */
static void
start(void)
{
	OK(layout_make(&card, "tcos"));
	memcpy(card.serial, "\x89\x49\x01\x23\x45\x67\x89\x01\x23\x45", SERIAL_LEN);
	OK(pkcs15_make(&card));
}

static uint16_t
file(uint16_t fid)
{
	return files_in(&card, files_in(&card, 0, FID_PKCS15_DF), fid);
}

/* Whether an EF is those bytes, and zeros behind them. */
static int
is(uint16_t fid, const char *text)
{
	uint8_t want[256] = { 0 };
	const size_t n = hex(text, want, sizeof(want));
	uint16_t i = file(fid);
	size_t size;

	if (i == CARD_NO_FILE)
		return 0;
	size = card.file[i].size;
	return n <= size && size <= sizeof(want) && memcmp(files_bytes(&card, i), want, size) == 0;
}

static void
every_file_of_objects_is_in_the_directory(void)
{
	start();
	CU_ASSERT(is(FID_ODF, "A80A 3008 0406 3F0050154401 A00A 3008 0406 3F0050154402"
	    "A10A 3008 0406 3F0050154403 A40A 3008 0406 3F0050154405"
	    "A70A 3008 0406 3F0050154404"));
}

static void
the_token_has_the_serial_number_of_the_card(void)
{
	start();
	CU_ASSERT(is(FID_TOKEN_INFO, "302C 020100 040A 89490123456789012345"
	    "0C08 43617264696E616C 800D 43617264696E616C2063617264 0302 0520"));
}

/* Flags 13: case sensitive, local, initialised; digits, 6 to 16 of them; reference 81. */
#define PIN_ATTRIBUTES "030203C8 0A0101 020106 020110 020110 80020081"

static void
each_application_has_its_pin_and_none_a_puk(void)
{
	start();
	CU_ASSERT(is(FID_AODF,
	    "3035 300E 0C08 536C6F742050494E 0302 06C0 3003 0401 02"
	    "A11E 301C" PIN_ATTRIBUTES "3006 0404 3F005A02"
	    "3036 300F 0C09 53686172652050494E 0302 06C0 3003 0401 01"
	    "A11E 301C" PIN_ATTRIBUTES "3006 0404 3F005A01"));
}

static void
the_header_of_the_share_is_a_public_object(void)
{
	start();
	CU_ASSERT(is(FID_DODF, "3032 3018 0C13 4261636B757020736861726520686561646572 0301 00"
	    "300A 0C08 43617264696E616C A10A 3008 0406 3F005A014101"));
}

/* "Slot user key" */
#define LABEL "0C0D 536C6F742075736572206B6579"

static const struct {
	uint16_t fid;
	const char *object;
} credential[] = {
	{ FID_PRKDF, "303E 3016" LABEL "0302 0780 0401 02"
	    "3012 0401 45 0302 0520 0101 FF 0302 0780 0202 0084"
	    "A110 300E 3008 0406 3F005A025101 0202 0800" },
	{ FID_PUKDF, "302F 3012" LABEL "0301 00 3007 0401 45 0302 0102"
	    "A110 300E 3008 0406 3F005A024102 0202 0800" },
	{ FID_CDF, "3027 3012" LABEL "0301 00 3003 0401 45"
	    "A10C 300A 3008 0406 3F005A024331" },
};

enum { CREDENTIAL = sizeof(credential) / sizeof(credential[0]) };

static void
without_a_credential_there_is_no_key(void)
{
	start();
	for (size_t i = 0; i < CREDENTIAL; i++)
		CU_ASSERT(is(credential[i].fid, ""));
}

static void
a_credential_comes_and_goes_within_its_files(void)
{
	static struct card_data before;

	start();
	before = card;
	OK(pkcs15_fill(&card, 1));
	for (size_t i = 0; i < CREDENTIAL; i++)
		CU_ASSERT(is(credential[i].fid, credential[i].object));
	CU_ASSERT_EQUAL(card.space_n, before.space_n);
	OK(pkcs15_fill(&card, 0));
	SAME(&card, &before, sizeof(card));
}

static void
what_tools_are_told_of_is_on_the_card(void)
{
	static const struct {
		const char *path;
		uint8_t kind, ref;
	} told[] = {
		{ "\x5a\x01\x50\x81", FILE_PIN, PIN_REF }, { "\x5a\x02\x50\x81", FILE_PIN, PIN_REF },
		{ "\x5a\x01\x41\x01", FILE_WINDOW, 0 }, { "\x5a\x02\x51\x01", FILE_KEY, 0x84 },
		{ "\x5a\x02\x41\x02", FILE_EF, 0 }, { "\x5a\x02\x43\x31", FILE_EF, 0 },
	};
	uint16_t i;

	start();
	for (size_t t = 0; t < sizeof(told) / sizeof(told[0]); t++) {
		i = files_path(&card, 0, (const uint8_t *)told[t].path, 4);
		CU_ASSERT_NOT_EQUAL_FATAL(i, CARD_NO_FILE);
		CU_ASSERT_EQUAL(card.file[i].kind, told[t].kind);
		CU_ASSERT_EQUAL(card.file[i].ref, told[t].ref);
	}
}

static void
a_card_without_those_files_is_refused_and_left_alone(void)
{
	static struct card_data before;

	start();
	files_remove(&card, file(FID_CDF));
	CU_ASSERT_EQUAL(pkcs15_fill(&card, 1), ERR_NOT_FOUND);
	files_remove(&card, files_in(&card, 0, FID_PKCS15_DF));
	before = card;
	CU_ASSERT_EQUAL(pkcs15_fill(&card, 1), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(pkcs15_make(&card), ERR_NOT_FOUND);
	SAME(&card, &before, sizeof(card));
}

static const struct sentence sentences[] = {
	SENTENCE(every_file_of_objects_is_in_the_directory),
	SENTENCE(the_token_has_the_serial_number_of_the_card),
	SENTENCE(each_application_has_its_pin_and_none_a_puk),
	SENTENCE(the_header_of_the_share_is_a_public_object),
	SENTENCE(without_a_credential_there_is_no_key),
	SENTENCE(a_credential_comes_and_goes_within_its_files),
	SENTENCE(what_tools_are_told_of_is_on_the_card),
	SENTENCE(a_card_without_those_files_is_refused_and_left_alone),
};

SUITE("pkcs15", sentences)
