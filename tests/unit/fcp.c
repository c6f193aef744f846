#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/fcp.h"
#include "card-os/os/keys.h"
#include "tests/unit/suite.h"
#include "tests/unit/workshop.h"

static struct card_file f;
static struct pin pin;

static int
get(const char *text)
{
	uint8_t p[600];

	return fcp_get(p, workshop_bytes(text, p, sizeof(p)), &f, &pin);
}

static void
a_transparent_ef_is_what_its_parameters_say(void)
{
	OK(get("62(80(0123) 82(01) 83(4101) 88(F0) 8A(05) 86(B0000000FFFF D60100000081))"));
	CU_ASSERT_EQUAL(f.kind, FILE_EF);
	CU_ASSERT_EQUAL(f.life, LIFE_ACTIVATED);
	CU_ASSERT_EQUAL(f.size, 0x123);
	CU_ASSERT_EQUAL(f.fid, 0x4101);
	CU_ASSERT_EQUAL(f.sfi, 30);
	CU_ASSERT_EQUAL(f.coding, 1);
	CU_ASSERT_EQUAL(f.rule[OP_READ].needs, ACCESS_ALWAYS);
	CU_ASSERT_EQUAL(f.rule[OP_UPDATE].needs, ACCESS_PIN);
	CU_ASSERT_EQUAL(f.rule[OP_UPDATE].pin, 0x81);
	CU_ASSERT_EQUAL(f.rule[OP_ERASE].needs, ACCESS_PIN);
	CU_ASSERT_EQUAL(f.rule[OP_DELETE].needs, ACCESS_NEVER);
	OK(get("62(82(01) 83(4101) 88())"));
	CU_ASSERT_EQUAL(f.sfi, 0);
	CU_ASSERT_EQUAL(f.size, 0);
}

/* As OpenSC's driver for TCOS makes them. */
static void
what_opensc_sends_is_understood(void)
{
	OK(get("6F(81(0100) 82(01) 83(4101) 85(0100) " OPEN ")"));
	CU_ASSERT_EQUAL(f.kind, FILE_EF);
	CU_ASSERT_EQUAL(f.size, 256);
	CU_ASSERT_EQUAL(f.rule[OP_TERMINATE].needs, ACCESS_ALWAYS);
	OK(get("6F(81(0100) 82(38) 83(4101) 84(666F6F2D31) 85(01) " OPEN ")"));
	CU_ASSERT_EQUAL(f.kind, FILE_DF);
	CU_ASSERT_EQUAL(f.size, 0);
	CU_ASSERT_EQUAL(f.aid_n, 5);
	SAME(f.aid, "foo-1", 5);
	CU_ASSERT_EQUAL(f.rule[OP_CREATE].needs, ACCESS_ALWAYS);
	OK(get("62(82(38) 83(4101) 84(0102030405060708090A0B0C0D0E0F10))"));
	CU_ASSERT_EQUAL(f.aid_n, 16);
	OK(get("6F(81(0100) 82(424110) 83(4101) 85(01) " OPEN ")"));
	CU_ASSERT_EQUAL(f.kind, FILE_FIXED);
	CU_ASSERT_EQUAL(f.record, 16);
	CU_ASSERT_EQUAL(f.records_max, 16);
	CU_ASSERT_EQUAL(f.size, 256);
	CU_ASSERT_EQUAL(f.coding, 0x41);
}

static void
a_df_can_wait_for_its_files(void)
{
	OK(get("62(82(38) 83(4101))"));
	CU_ASSERT_EQUAL(f.life, LIFE_ACTIVATED);
	OK(get("62(82(38) 83(4101) 8A(03))"));
	CU_ASSERT_EQUAL(f.life, LIFE_INITIALISATION);
	OK(get("62(82(38) 83(4101) 8A(01))"));
	CU_ASSERT_EQUAL(f.life, LIFE_INITIALISATION);
	OK(get("62(82(01) 83(4101) 8A(03))"));
	CU_ASSERT_EQUAL(f.life, LIFE_ACTIVATED);
}

static void
records_have_sizes_that_agree(void)
{
	OK(get("62(82(0201000A05) 83(4101))"));
	CU_ASSERT_EQUAL(f.size, 50);
	OK(get("62(80(0035) 82(0601000A0005) 83(4101))"));
	CU_ASSERT_EQUAL(f.kind, FILE_CYCLIC);
	CU_ASSERT_EQUAL(f.size, 50);
	OK(get("62(80(0035) 82(04) 83(4101))"));
	CU_ASSERT_EQUAL(f.kind, FILE_VARIABLE);
	CU_ASSERT_EQUAL(f.record, 255);
	CU_ASSERT_EQUAL(f.size, 53);
	OK(get("62(82(020100FF00FE) 83(4101))"));
	CU_ASSERT_EQUAL(f.size, 64770);
}

static void
pins_and_keys_say_what_they_are(void)
{
	OK(get("62(82(09) 83(5082) A5(83(82) 90(04080A0F83)) 85(01) 86(240000000000))"));
	CU_ASSERT_EQUAL(f.kind, FILE_PIN);
	CU_ASSERT_EQUAL(f.ref, 0x82);
	CU_ASSERT_EQUAL(f.size, PIN_CONTENT);
	CU_ASSERT_EQUAL(pin.min, 4);
	CU_ASSERT_EQUAL(pin.max, 8);
	CU_ASSERT_EQUAL(pin.tries, 10);
	CU_ASSERT_EQUAL(pin.tries_max, 15);
	CU_ASSERT_EQUAL(pin.puk, 0x83);
	CU_ASSERT_EQUAL(pin.digits | pin.factory | pin.disabled, 0);
	/* In whatever order they stand. */
	OK(get("62(A5(83(90) 91(02)) 83(5101) 82(09))"));
	CU_ASSERT_EQUAL(f.kind, FILE_KEY);
	CU_ASSERT_EQUAL(f.key, KEY_SIGN);
	CU_ASSERT_EQUAL(f.size, key_content(KEY_SIGN));
}

static const struct {
	const char *why, *text;
} refusals[] = {
	{ "nothing", "" },
	{ "another tag", "64(82(01) 83(4101))" },
	{ "something behind", "62(82(01) 83(4101))00" },
	{ "cut", "6207 8201 01 8302 41" },
	{ "cut inside", "62(82(01) 83024101 80)" },
	{ "an unknown part", "62(82(01) 83(4101) 87(00))" },
	{ "a part of two bytes of tag", "62(82(01) 83(4101) 9F2A(00))" },
	{ "a part twice", "62(82(01) 83(4101) 83(4101))" },
	{ "both sizes", "62(80(0001) 81(0001) 82(01) 83(4101))" },
	{ "no descriptor", "62(83(4101) 80(0001))" },
	{ "no identifier", "62(82(01) 80(0001))" },
	{ "empty descriptor", "62(82() 83(4101))" },
	{ "unknown structure", "62(82(07) 83(4101))" },
	{ "unknown kind", "62(82(11) 83(4101))" },
	{ "units of no byte", "62(82(0102) 83(4101))" },
	{ "objects in an EF", "62(82(0181) 83(4101))" },
	{ "a transparent EF with records", "62(82(010100020003) 83(4101))" },
	{ "a transparent EF with how many of none", "62(82(010100000003) 83(4101))" },
	{ "a DF with records", "62(82(380102) 83(4101))" },
	{ "a descriptor too long", "62(82(02010002000300) 83(4101))" },
	{ "records of no length", "62(80(0010) 82(0201) 83(4101))" },
	{ "records of length 0", "62(80(0010) 82(020100) 83(4101))" },
	{ "records over 255 bytes", "62(82(0201010001) 83(4101))" },
	{ "no record fits", "62(80(0009) 82(0201000A) 83(4101))" },
	{ "more than 254 records", "62(82(0201000100FF) 83(4101))" },
	{ "sizes that differ", "62(80(0030) 82(0201000A05) 83(4101))" },
	{ "a variable file without room", "62(80(0001) 82(04) 83(4101))" },
	{ "variable records over 255 bytes", "62(80(0100) 82(04010100) 83(4101))" },
	{ "size of one byte", "62(80(01) 82(01) 83(4101))" },
	{ "size of three bytes", "62(80(000001) 82(01) 83(4101))" },
	{ "identifier of one byte", "62(82(01) 83(41))" },
	{ "identifier of three bytes", "62(82(01) 83(410100))" },
	{ "identifier 0000", "62(82(01) 83(0000))" },
	{ "identifier 3F00", "62(82(01) 83(3F00))" },
	{ "identifier 3FFF", "62(82(01) 83(3FFF))" },
	{ "identifier FFFF", "62(82(01) 83(FFFF))" },
	{ "name of an EF", "62(82(01) 83(4101) 84(4142))" },
	{ "empty name", "62(82(38) 83(4101) 84())" },
	{ "name of 17 bytes", "62(82(38) 83(4101) 84(0102030405060708090A0B0C0D0E0F1011))" },
	{ "rules of 5 bytes", "62(82(01) 83(4101) 86(B0000000FF))" },
	{ "rules of 5 bytes that the next part would end", "62(82(01) 83(4101) 86(B001000000) 8A(05))" },
	{ "rules of 7 bytes", "62(82(01) 83(4101) 86(B0000000FFFF00))" },
	{ "a rule of two PINs", "62(82(01) 83(4101) 86(B00200000081))" },
	{ "a rule of a PIN without reference", "62(82(01) 83(4101) 86(B00100000000))" },
	{ "a rule of a reference without PIN", "62(82(01) 83(4101) 86(B00000000081))" },
	{ "a rule of always and a PIN", "62(82(01) 83(4101) 86(B0010000FFFF))" },
	{ "a rule of always and a key", "62(82(01) 83(4101) 86(B0000001FFFF))" },
	{ "a rule of a key over FF", "62(82(01) 83(4101) 86(B00001000000))" },
	{ "a rule of an unknown bit", "62(82(01) 83(4101) 86(B00000004000))" },
	{ "short identifier 0", "62(82(01) 83(4101) 88(00))" },
	{ "short identifier 31", "62(82(01) 83(4101) 88(F8))" },
	{ "short identifier with a bit behind", "62(82(01) 83(4101) 88(09))" },
	{ "short identifier of two bytes", "62(82(01) 83(4101) 88(0808))" },
	{ "short identifier of a DF", "62(82(38) 83(4101) 88(08))" },
	{ "made deactivated", "62(82(01) 83(4101) 8A(04))" },
	{ "made terminated", "62(82(01) 83(4101) 8A(0C))" },
	{ "life of two bytes", "62(82(01) 83(4101) 8A(0505))" },
	{ "an internal file without what it is", "62(82(09) 83(4101))" },
	{ "a PIN that is a DF", "62(82(38) 83(4101) A5(83(81) 90(0608030300)))" },
	{ "a PIN that is transparent", "62(82(01) 83(4101) A5(83(81) 90(0608030300)))" },
	{ "a PIN with a size", "62(80(0040) 82(09) 83(4101) A5(83(81) 90(0608030300)))" },
	{ "a key with a size", "62(81(0040) 82(09) 83(4101) A5(83(81) 91(01)))" },
	{ "a PIN of reference 0", "62(82(09) 83(4101) A5(83(00) 90(0608030300)))" },
	{ "a PIN without reference", "62(82(09) 83(4101) A5(90(0608030300)))" },
	{ "a reference only", "62(82(09) 83(4101) A5(83(81)))" },
	{ "a PIN and a key", "62(82(09) 83(4101) A5(83(81) 90(0608030300) 91(01)))" },
	{ "PIN numbers too short", "62(82(09) 83(4101) A5(83(81) 90(06080303)))" },
	{ "PIN numbers too long", "62(82(09) 83(4101) A5(83(81) 90(060803030000)))" },
	{ "a PIN of no digits", "62(82(09) 83(4101) A5(83(81) 90(0008030300)))" },
	{ "a PIN with least over most", "62(82(09) 83(4101) A5(83(81) 90(0908030300)))" },
	{ "a PIN of 17 digits", "62(82(09) 83(4101) A5(83(81) 90(0611030300)))" },
	{ "a PIN with tries over most", "62(82(09) 83(4101) A5(83(81) 90(0608040300)))" },
	{ "a PIN with no tries", "62(82(09) 83(4101) A5(83(81) 90(0608000000)))" },
	{ "a PIN with 16 tries", "62(82(09) 83(4101) A5(83(81) 90(0608031000)))" },
	{ "a PIN that unblocks itself", "62(82(09) 83(4101) A5(83(81) 90(0608030381)))" },
	{ "a key of type 0", "62(82(09) 83(4101) A5(83(81) 91(00)))" },
	{ "a key of an unknown type", "62(82(09) 83(4101) A5(83(81) 91(FF)))" },
	{ "a key type of two bytes", "62(82(09) 83(4101) A5(83(81) 91(0101)))" },
	{ "something unknown inside", "62(82(09) 83(4101) A5(83(81) 92(01)))" },
};

static void
what_cannot_be_is_refused(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (get(refusals[i].text) != ERR_FORMAT)
			CU_FAIL(refusals[i].why);
}

/* Whatever is made reads the same when it is selected. */
static void
what_is_told_can_be_made_again(void)
{
	static const char *const made[] = {
		"62(80(0010) 82(01) 83(4101) 88(08) 8A(05) 86(A4000000FFFFB0000000FFFF))",
		"62(80(0010) 82(0161) 83(4101) 8A(05) 86(A4000000FFFF))",
		"62(82(38) 83(4101) 84(4142) 8A(03) 86(A4000000FFFFE00100000081))",
	};
	static struct card_data d;
	uint8_t p[100], want[100];
	struct wr wr;
	size_t n;

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		OK(get(made[i]));
		memset(&d, 0, sizeof(d));
		d.file[0] = f;
		wr_init(&wr, p, sizeof(p));
		fcp_put(&wr, TAG_FCP, &d, 0);
		n = workshop_bytes(made[i], want, sizeof(want));
		CU_ASSERT_EQUAL(wr.n, n);
		SAME(p, want, n);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(a_transparent_ef_is_what_its_parameters_say),
	SENTENCE(what_opensc_sends_is_understood),
	SENTENCE(a_df_can_wait_for_its_files),
	SENTENCE(records_have_sizes_that_agree),
	SENTENCE(pins_and_keys_say_what_they_are),
	SENTENCE(what_cannot_be_is_refused),
	SENTENCE(what_is_told_can_be_made_again),
};

SUITE("fcp", sentences)
