#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tests/unit/workshop.h"

/*
 * Which status word stands for what, one row a case: what was sent before, parted by ; and the
 * command with its answer. Each begins with the same card, just powered. A ! in place of a command
 * makes the disk refuse what comes after.
 */
static struct deck d;
static uint8_t image[CARD_IMAGE_MAX];
static size_t image_n;

static const struct deck_step card[] = {
	{ CREATE("80(0004) 82(01) 83(4101) 88(08)" OPEN), SW_OK, "" },
	{ "00D60000(01020304)", SW_OK, "" },
	{ CREATE("82(0201000203) 83(4102) 88(10)" OPEN), SW_OK, "" },
	{ "00E20000(1111)", SW_OK, "" },
	{ "00E20000(2222)", SW_OK, "" },
	{ CREATE("80(0001) 82(01) 83(4103) 88(18)" OPEN), SW_OK, "" },
	{ "00040000", SW_OK, "" },
	{ CREATE("80(0001) 82(01) 83(4104)" OPEN), SW_OK, "" },
	{ "00E80000", SW_OK, "" },
	{ CREATE("80(0001) 82(01) 83(4105) 86(B00100000082)"), SW_OK, "" },
	{ CREATE("82(09) 83(5082) A5(83(82) 90(0406030384)) 86(24000000FFFF)"), SW_OK, "" },
	{ "00240182(31323334)", SW_OK, "" },
	{ CREATE("82(09) 83(5083) A5(83(83) 90(0406030300)) 86(24000000FFFF)"), SW_OK, "" },
	{ CREATE("82(38) 83(5A11) 84(D0D1) 86(CA000000FFFF)"), SW_OK, "" },
	{ WORKSHOP, SW_OK, "" },
	{ "00DA00C0(010203)", SW_OK, "" },
};

#define IN WORKSHOP
#define EF WORKSHOP ";" SELECT_FID("4101")
#define RECORDS WORKSHOP ";" SELECT_FID("4102")
#define WRONG "00200082(39393939)"
#define RIGHT "00200082(31323334)"
#define BLOCKED WORKSHOP ";" WRONG ";" WRONG ";" WRONG

static const struct row {
	const char *why, *before, *command;
	uint16_t sw;
	const char *data;
} rows[] = {
	/* Class, then instruction, then length. */
	{ "class 81", "", "81A40000", SW_CLA, "" },
	{ "class FF", "", "FF000000", SW_CLA, "" },
	{ "class 20", "", "20A40000", SW_CLA, "" },
	{ "the class comes before the instruction", "", "81FF0000", SW_CLA, "" },
	{ "the class comes before the length", "", "81A4000C05", SW_CLA, "" },
	{ "unknown instruction", "", "00020000", SW_INS, "" },
	{ "the instruction comes before the length", "", "000200000500", SW_INS, "" },
	{ "an instruction of TCOS in a class of the standard", "", "00AA010000", SW_INS, "" },
	{ "an instruction of the standard in the class of TCOS", "", "80B0000000", SW_INS, "" },
	{ "there are no logical channels", "", "00700000", SW_INS, "" },
	{ "logical channel 1", "", "01A4000C", SW_NO_CHANNEL, "" },
	{ "logical channel 3", "", "03A4000C", SW_NO_CHANNEL, "" },
	{ "logical channel 4", "", "40A4000C", SW_NO_CHANNEL, "" },
	{ "secure messaging of no standard", "", "04A4000C", SW_NO_SM, "" },
	{ "secure messaging without header", "", "08A4000C", SW_NO_SM, "" },
	{ "secure messaging without a channel", "", "0CA4000C", SW_NO_SM, "" },
	{ "no header", "", "00A400", SW_LENGTH, "" },

	/* Lengths. */
	{ "case 1", "", "00A4000C", SW_OK, "" },
	{ "case 2 short", EF, "00B0000004", SW_OK, "01020304" },
	{ "case 2 short, all", EF, "00B0000000", SW_OK, "01020304" },
	{ "case 3 short", EF, "00D60000 01 05", SW_OK, "" },
	{ "case 4 short", EF, "00B10000 03 540103 00", SW_OK, "530104" },
	{ "case 2 extended", EF, "00B00000 000004", SW_OK, "01020304" },
	{ "case 2 extended, all", EF, "00B00000 000000", SW_OK, "01020304" },
	{ "case 3 extended", EF, "00D60000 000001 05", SW_OK, "" },
	{ "case 4 extended", EF, "00B10000 000003 540103 0000", SW_OK, "530104" },
	{ "Lc over the data", EF, "00D60000 02 05", SW_LENGTH, "" },
	{ "Lc under the data", EF, "00D60000 01 050607", SW_LENGTH, "" },
	{ "extended Lc over the data", EF, "00D60000 000002 05", SW_LENGTH, "" },
	{ "extended Lc under the data", EF, "00D60000 000001 05060708", SW_LENGTH, "" },
	{ "extended Lc 0", EF, "00D60000 000000 05", SW_LENGTH, "" },
	{ "Lc extended, Le short", EF, "00B10000 000003 540103 00", SW_LENGTH, "" },
	{ "Lc short, Le extended", EF, "00B10000 03 540103 0000", SW_LENGTH, "" },
	{ "Le missing", EF, "00B00000", SW_LENGTH, "" },
	{ "Le where nothing comes", EF, "00D60000 01 05 00", SW_LENGTH, "" },
	{ "Lc missing", EF, "00D60000", SW_LENGTH, "" },
	{ "data where nothing goes", EF, "00B00000 01 05 00", SW_LENGTH, "" },
	{ "Le too small", RECORDS, "00B2010401", SW_LE | 2, "" },
	{ "Le as it was said", RECORDS ";00B2010401", "00B2010402", SW_OK, "1111" },
	{ "Le too small for a SELECT", "", "00A4000401", SW_LE | 0x1a, "" },
	{ "a record of another length", RECORDS, "00DC0104(111111)", SW_LENGTH, "" },

	/* Chains. */
	{ "a part of a chain", EF, "10D60000(0506)", SW_OK, "" },
	{ "the whole of a chain", EF ";10D60000(05);10D60000(06);00D60000(07)", "00B0000000",
	    SW_OK, "05060704" },
	{ "a chain without its end", EF ";10D60000(05)", "00B0000000", SW_OK, "01020304" },
	{ "a part of another command", EF ";10D60000(05)", "10D00000(06)", SW_LAST_OF_CHAIN, "" },
	{ "a part of another P1", EF ";10D60000(05)", "10D60100(06)", SW_LAST_OF_CHAIN, "" },
	{ "a part of another P2", EF ";10D60000(05)", "10D60001(06)", SW_LAST_OF_CHAIN, "" },
	{ "a command between parts ends them", EF ";10D60000(05);00B0000000;00D60000(06)",
	    "00B0000000", SW_OK, "06020304" },
	{ "a part that did not go on ends them", EF ";10D60000(05);10D60001(06);00D60000(07)",
	    "00B0000000", SW_OK, "07020304" },
	{ "a command that comes in one", EF, "10B0000000", SW_NO_CHAINING, "" },
	{ "PINs come in one", IN, "10200082(3132)", SW_NO_CHAINING, "" },
	{ "new PINs come in one", IN, "10240082(3132)", SW_NO_CHAINING, "" },
	{ "a chain with secure messaging", "", "1CD60000(05)", SW_NO_CHAINING, "" },
	{ "nothing is left to fetch", "", "00C0000000", SW_CONDITIONS, "" },

	/* Reading and writing. */
	{ "fewer bytes than Le", EF, "00B0000006", SW_EOF, "01020304" },
	{ "fewer bytes than Le from the middle", EF, "00B0000303", SW_EOF, "04" },
	{ "fewer bytes than Le in a record", RECORDS, "00B2010403", SW_EOF, "1111" },
	{ "read at the end", EF, "00B0000400", SW_OFFSET, "" },
	{ "read behind the end", EF, "00B0000500", SW_OFFSET, "" },
	{ "write at the end", EF, "00D60004(05)", SW_OFFSET, "" },
	{ "write over the end", EF, "00D60003(0506)", SW_NO_ROOM, "" },
	{ "read without an EF", IN, "00B0000000", SW_NO_EF, "" },
	{ "write without an EF", IN, "00D60000(05)", SW_NO_EF, "" },
	{ "read a record without an EF", IN, "00B2010400", SW_NO_EF, "" },
	{ "erase without an EF", IN, "000E0000", SW_NO_EF, "" },
	{ "read bytes of records", RECORDS, "00B0000000", SW_NOT_TRANSPARENT, "" },
	{ "update bytes of records", RECORDS, "00D60000(05)", SW_NOT_TRANSPARENT, "" },
	{ "read bytes of records by FID", IN, "00B14102(54(00))00", SW_NOT_TRANSPARENT, "" },
	{ "read records of bytes", EF, "00B2010400", SW_NOT_TRANSPARENT, "" },
	{ "update records of bytes", EF, "00DC0104(0506)", SW_NOT_TRANSPARENT, "" },
	{ "append records to bytes", EF, "00E20000(0506)", SW_NOT_TRANSPARENT, "" },
	{ "search records in bytes", EF, "00A20104(05)00", SW_NOT_TRANSPARENT, "" },
	{ "read a PIN", IN ";" SELECT_FID("5082"), "00B0000000", SW_NOT_TRANSPARENT, "" },
	{ "read records of a PIN", IN ";" SELECT_FID("5082"), "00B2010400", SW_NOT_TRANSPARENT, "" },
	{ "no such record", RECORDS, "00B2030400", SW_NO_RECORD, "" },
	{ "no current record", RECORDS, "00B2000400", SW_NO_RECORD, "" },
	{ "update no such record", RECORDS, "00DC0304(1111)", SW_NO_RECORD, "" },
	{ "the last record", RECORDS, "00B2020400", SW_OK, "2222" },
	{ "records by identifier", RECORDS, "00B2010000", SW_NO_FUNCTION, "" },
	{ "a file full of records", RECORDS ";00E20000(3333)", "00E20000(4444)", SW_NO_ROOM, "" },
	{ "nothing found", RECORDS, "00A20104(33)00", SW_EOF, "" },
	{ "written once already", EF, "00D00000(05)", SW_CONDITIONS, "" },
	{ "no offset", EF, "00B10000(53(00))00", SW_DATA, "" },
	{ "offset cut", EF, "00B10000(540200)00", SW_DATA, "" },
	{ "length not in its shortest form", EF, "00B10000(54810100)00", SW_DATA, "" },
	{ "data without an offset", EF, "00D70000(53(00))", SW_DATA, "" },
	{ "an offset without data", EF, "00D70000(54(00))", SW_DATA, "" },
	{ "an offset behind the end", EF, "00B10000(54(04))00", SW_OFFSET, "" },
	{ "not saved", EF ";!", "00D60000(05)", SW_MEMORY, "" },
	{ "not made", IN ";!", CREATE_EF("4201", "0001"), SW_MEMORY, "" },
	{ "not charged", IN ";!", RIGHT, SW_MEMORY, "" },

	/* Selecting. */
	{ "no such identifier", "", "00A4000C(1234)", SW_NO_FILE, "" },
	{ "no such path", "", "00A4080C(5A021234)", SW_NO_FILE, "" },
	{ "no such name", "", "00A4040C(D0D2)", SW_NO_FILE, "" },
	{ "a part of a name", "", "00A4040C(D0)", SW_OK, "" },
	{ "no next name", "00A4040C(D0)", "00A4040E(D0)", SW_NO_FILE, "" },
	{ "no parent of the MF", "", "00A4030C", SW_NO_FILE, "" },
	{ "no such child DF", IN, "00A4010C(4101)", SW_NO_FILE, "" },
	{ "no such child EF", IN, "00A4020C(5A11)", SW_NO_FILE, "" },
	{ "no such short identifier", IN, "00B0840000", SW_NO_FILE, "" },
	{ "no such short identifier of records", IN, "00B2012400", SW_NO_FILE, "" },
	{ "no such identifier in P1-P2", IN, "00B11234(54(00))00", SW_NO_FILE, "" },
	{ "P1 of no way to select", "", "00A4050C(4101)", SW_P1P2, "" },
	{ "P2 of no template", "", "00A40008(4101)", SW_P1P2, "" },
	{ "an identifier of one byte", "", "00A4000C(41)", SW_LC_P1P2, "" },
	{ "an identifier of three bytes", "", "00A4020C(410100)", SW_LC_P1P2, "" },
	{ "a path of three bytes", "", "00A4080C(5A0241)", SW_LC_P1P2, "" },
	{ "a path to the parent", "", "00A4030C(5A02)", SW_LC_P1P2, "" },
	{ "a name of 17 bytes", "", "00A4040C(0102030405060708090A0B0C0D0E0F1011)", SW_LC_P1P2, "" },
	{ "what failed to be selected leaves the file", EF ";00A4000C(1234)", "00B0000000", SW_OK,
	    "01020304" },
	{ "what failed to be selected leaves the PIN", IN ";" RIGHT ";00A4080C(1234)", "00200082",
	    SW_OK, "" },
	{ "a deactivated file", IN, SELECT_FID("4103"), SW_DEACTIVATED, "" },
	{ "is current all the same", IN ";" SELECT_FID("4103"), "00B0000000", SW_CONDITIONS, "" },
	{ "a deactivated file by its short identifier", IN, "00B0830000", SW_CONDITIONS, "" },
	{ "a terminated file", IN, SELECT_FID("4104"), SW_TERMINATED, "" },
	{ "is current, too", IN ";" SELECT_FID("4104"), "00B0000000", SW_CONDITIONS, "" },
	{ "a terminated file stays so", IN, "00440000(4104)", SW_CONDITIONS, "" },

	/* Rules. */
	{ "a rule of a PIN", IN ";" SELECT_FID("4105"), "00B0000000", SW_SECURITY, "" },
	{ "the rule met", IN ";" RIGHT ";" SELECT_FID("4105"), "00B0000000", SW_OK, "00" },
	{ "no rule at all", IN ";" RIGHT ";" SELECT_FID("4105"), "00D60000(01)", SW_SECURITY, "" },
	{ "a rule of a channel", SELECT_SHARE ";" VERIFY_RIGHT ";" SELECT_FID("4102"), "00B0000000",
	    SW_SECURITY, "" },
	{ "the DF was left", IN ";" RIGHT ";00A4000C;" IN ";" SELECT_FID("4105"), "00B0000000",
	    SW_SECURITY, "" },
	{ "the DF was selected again", IN ";" RIGHT ";" IN ";" SELECT_FID("4105"), "00B0000000",
	    SW_OK, "00" },
	{ "files in the MF", "", CREATE_EF("4101", "0001"), SW_SECURITY, "" },
	{ "a file of the factory", "00A4080C(2F02)", "00E40000", SW_SECURITY, "" },

	/* PINs. */
	{ "a wrong PIN", IN, WRONG, SW_COUNTER | 2, "" },
	{ "another wrong PIN", IN ";" WRONG, WRONG, SW_COUNTER | 1, "" },
	{ "the last wrong PIN", IN ";" WRONG ";" WRONG, WRONG, SW_COUNTER | 0, "" },
	{ "a blocked PIN", BLOCKED, WRONG, SW_BLOCKED, "" },
	{ "a blocked PIN that is right", BLOCKED, RIGHT, SW_BLOCKED, "" },
	{ "how many tries are left to a blocked PIN", BLOCKED, "00200082", SW_BLOCKED, "" },
	{ "a blocked PIN is not changed", BLOCKED, "00240082(3132333435353535)", SW_BLOCKED, "" },
	{ "how many tries are left", IN, "00200082", SW_COUNTER | 3, "" },
	{ "asking costs nothing", IN ";00200082;00200082", "00200082", SW_COUNTER | 3, "" },
	{ "after a wrong PIN", IN ";" WRONG, "00200082", SW_COUNTER | 2, "" },
	{ "after the right PIN", IN ";" WRONG ";" RIGHT, "00200082", SW_OK, "" },
	{ "after a wrong one again", IN ";" RIGHT ";" WRONG, "00200082", SW_COUNTER | 2, "" },
	{ "a wrong old PIN", IN, "00240082(3939393935353535)", SW_COUNTER | 2, "" },
	{ "no PIN of that reference", IN, "00200084(31323334)", SW_NO_REFERENCE, "" },
	{ "no PIN in the MF", "", "00200082(31323334)", SW_NO_REFERENCE, "" },
	{ "a PIN without a value", IN, "00200083(31323334)", SW_NOT_USABLE, "" },
	{ "asking for a PIN without a value", IN, "00200083", SW_NOT_USABLE, "" },
	{ "a PIN too short", IN, "00200082(313233)", SW_LENGTH, "" },
	{ "a PIN too long", IN, "00200082(31323334353637)", SW_LENGTH, "" },
	{ "a PIN of no digits", IN, "00200082(31323341)", SW_DATA, "" },
	{ "P1 of VERIFY", IN, "00200182(31323334)", SW_P1P2, "" },
	{ "new alone without the old one verified", IN, "00240182(35353535)", SW_SECURITY, "" },
	{ "unblock what has a PUK that is not there", IN, "002C0382", SW_NO_REFERENCE, "" },
	{ "unblock what has no PUK", SELECT_SLOT, "002C0381", SW_NO_FUNCTION, "" },
	{ "disable what has no rule for it", SELECT_SLOT, "00260081(313233343536)", SW_SECURITY, "" },

	/* Objects and authentication. */
	{ "no such object", IN, "00CA00C100", SW_NO_REFERENCE, "" },
	{ "an object", IN, "00CA00C000", SW_OK, "010203" },
	{ "an object too long for Le", IN, "00CA00C002", SW_LE | 3, "" },
	{ "a tag that cannot be", IN, "00DA005F(01)", SW_P1P2, "" },
	{ "another protocol", "", "002241A4(80(040000) 84(01))", SW_DATA, "" },
	{ "no such key", "", "002241A4(80(04007F00070202030204) 84(7F))", SW_NO_REFERENCE, "" },
	{ "no key was chosen", "", "00860000(7C(80(04)))00", SW_CONDITIONS, "" },
	{ "P1-P2 of GET CHALLENGE", "", "0084010008", SW_P1P2, "" },

	/* Making files. */
	{ "an identifier twice", IN, CREATE_EF("4101", "0001"), SW_FID_EXISTS, "" },
	{ "a short identifier twice", IN, CREATE("82(01) 83(4201) 88(08)"), SW_FID_EXISTS, "" },
	{ "a PIN's reference twice", IN, CREATE("82(09) 83(4201) A5(83(82) 90(0406030300))"),
	    SW_FID_EXISTS, "" },
	{ "a name twice", IN, CREATE("82(38) 83(4201) 84(D0D1)"), SW_NAME_EXISTS, "" },
	{ "more than there is room for", IN, CREATE_EF("4201", "FFFF"), SW_NO_ROOM, "" },
	{ "parameters without an identifier", IN, CREATE("82(01) 80(0001)"), SW_DATA, "" },
	{ "parameters cut", IN, "00E00000(62088201)", SW_DATA, "" },
	{ "P1 of CREATE", IN, "00E00100(62(82(01) 83(4201)))", SW_P1P2, "" },
	{ "a DF that is made already", IN, "80EE0000", SW_CONDITIONS, "" },
	{ "no file to delete", IN, "00E40000(4201)", SW_NO_FILE, "" },
	{ "an identifier of one byte to delete", IN, "00E40000(42)", SW_LC_P1P2, "" },
	{ "no EF to terminate", IN, "00E80000", SW_NO_EF, "" },
	{ "an empty list", IN ";" SELECT_FID("5A11"), "80AA010000", SW_NO_FILE, "" },
	{ "a list of nothing known", IN, "80AA030000", SW_P1P2, "" },
};

static void
make_card(void)
{
	workshop_new(&d);
	workshop_play(&d, card, sizeof(card) / sizeof(card[0]));
	memcpy(image, d.disk, d.n);
	image_n = d.n;
}

static void
send_all(const char *commands)
{
	char text[200];
	size_t n;

	for (; *commands != '\0'; commands += n + (commands[n] == ';')) {
		n = strcspn(commands, ";");
		if (n >= sizeof(text))
			abort();
		memcpy(text, commands, n);
		text[n] = '\0';
		if (strcmp(text, "!") != 0) {
			workshop_send(&d, text);
			continue;
		}
		d.fault = DECK_REFUSES;
		d.fail_at = d.saves + 1;
	}
}

static void
each_case_has_its_word(void)
{
	uint8_t want[100];
	uint16_t sw;
	size_t n;

	make_card();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(d.disk, image, image_n);
		d.n = image_n;
		deck_reload(&d);
		send_all(rows[i].before);
		sw = workshop_send(&d, rows[i].command);
		n = workshop_bytes(rows[i].data, want, sizeof(want));
		if (sw == rows[i].sw && n == d.rsp_n && memcmp(want, d.rsp, n) == 0)
			continue;
		printf("    %s: %04x\n", rows[i].why, sw);
		CU_FAIL("another word");
	}
}

/* A case that is there twice tells nothing more. */
static void
no_two_cases_are_the_same(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(rows[i].why, rows[j].why) == 0 ||
			    (strcmp(rows[i].before, rows[j].before) == 0 &&
			    strcmp(rows[i].command, rows[j].command) == 0))
				CU_FAIL(rows[i].why);
}

static const struct sentence sentences[] = {
	SENTENCE(each_case_has_its_word),
	SENTENCE(no_two_cases_are_the_same),
};

SUITE("card_words", sentences)
