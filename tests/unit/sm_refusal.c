#include <stdio.h>

#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/sm_known.h"
#include "tests/unit/suite.h"

static uint8_t mem[512], got[512];

/* Gives those bytes to the card's end of the known session: 0 or the error. */
static int
card_takes(const uint8_t *p, size_t n)
{
	struct apdu a, plain;
	struct sm sm;
	int r;

	if (apdu_decode(p, n, &a) != 0)
		return ERR_FORMAT;
	known_session(&sm);
	r = sm_command_unwrap(&sm, &a, &plain, got, sizeof(got));
	CU_ASSERT_EQUAL(r == 0, sm.open);
	CU_ASSERT(r == 0 || known_wiped(&sm));
	CU_ASSERT(r == 0 || (plain.nc == 0 && plain.ins == 0));
	return r;
}

static int
host_takes(const uint8_t *p, size_t n)
{
	struct sm sm;
	struct wr wr;
	uint16_t sw;
	int r;

	known_session(&sm);
	sm.ssc[SM_BLOCK - 1] = 1;
	wr_init(&wr, got, sizeof(got));
	r = sm_response_unwrap(&sm, p, n, &wr, &sw);
	CU_ASSERT_EQUAL(r == 0, sm.open);
	CU_ASSERT(r == 0 || known_wiped(&sm));
	CU_ASSERT(r == 0 || wr.n == 0);
	CU_ASSERT(r == 0 || r == ERR_CARD_ANSWER || sw == 0);
	return r;
}

static const struct {
	int (*takes)(const uint8_t *, size_t);
	const char *hex;
} messages[] = {
	{ card_takes, CASE_1 },
	{ card_takes, CASE_2 },
	{ card_takes, CASE_4 },
	{ host_takes, WITH_DATA },
	{ host_takes, WITHOUT_DATA },
};

static void
each_bit_of_a_message_counts(void)
{
	uint8_t p[64];
	size_t n;

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		n = hex(messages[i].hex, p, sizeof(p));
		CU_ASSERT_EQUAL(messages[i].takes(p, n), 0);
		for (size_t bit = 0; bit < 8 * n; bit++) {
			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (messages[i].takes(p, n) == 0) {
				printf("    message %zu, bit %zu\n", i, bit);
				CU_FAIL("a bit turned unseen");
			}
			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void
a_message_that_is_cut_or_longer_is_refused(void)
{
	uint8_t p[64];
	size_t n;

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		n = hex(messages[i].hex, p, sizeof(p));
		for (size_t cut = 0; cut < n; cut++)
			CU_ASSERT_NOT_EQUAL(messages[i].takes(p, cut), 0);
		p[n] = 0;
		CU_ASSERT_NOT_EQUAL(messages[i].takes(p, n + 1), 0);
	}
}

static const struct {
	const char *why, *hex;
	int r;
} bad_commands[] = {
	{ "no objects", "0ca4000c", ERR_FORMAT },
	{ "no objects, an Le", "0ca4000c00", ERR_NOT_FOUND },
	{ "no MAC", "0cb0000003 970100 00", ERR_NOT_FOUND },
	{ "MAC of 7", "0ca4000c09 8e070b5ad08365f6f9 00", ERR_FORMAT },
	{ "MAC of 9", "0ca4000c0b 8e090b5ad08365f6f9a300 00", ERR_FORMAT },
	{ "MAC twice", "0ca4000c14 8e080b5ad08365f6f9a38e080b5ad08365f6f9a3 00", ERR_FORMAT },
	{ "Le after the MAC", "0cb000000d 8e0892de0f2b61ef70d9970110 00", ERR_FORMAT },
	{ "no outer Le", "0ca4000c0a 8e080b5ad08365f6f9a3", ERR_FORMAT },
	{ "another outer Le", "0ca4000c0a 8e080b5ad08365f6f9a3 10", ERR_FORMAT },
	{ "plain class", "00a4000c0a 8e080b5ad08365f6f9a3 00", ERR_FORMAT },
	{ "header not authenticated", "04a4000c0a 8e080b5ad08365f6f9a3 00", ERR_FORMAT },
	{ "an unknown object", "0ca4000c0d 850100 8e080b5ad08365f6f9a3 00", ERR_FORMAT },
	{ "malformed objects", "0ca4000c03 8e0201 00", ERR_FORMAT },
	{ "extended form without need", "0ca4000c00000a 8e080b5ad08365f6f9a3 0000", ERR_FORMAT },
};

static void
a_command_of_another_form_is_refused(void)
{
	uint8_t p[64];

	for (size_t i = 0; i < sizeof(bad_commands) / sizeof(bad_commands[0]); i++)
		if (card_takes(p, hex(bad_commands[i].hex, p, sizeof(p))) != bad_commands[i].r)
			CU_FAIL(bad_commands[i].why);
}

/* A right MAC over wrong objects, as only the other end could make it. */
static const struct {
	const char *why, *objects;
} authentic[] = {
	{ "Le of three bytes", "9703000000" },
	{ "Le without bytes", "9700" },
	{ "cryptogram without content", "8700" },
	{ "cryptogram with an indicator alone", "870101" },
	{ "cryptogram of 15", "871001000102030405060708090a0b0c0d0e" },
	{ "another padding indicator", "8711025f68a37136b12c3b1bfa79c35fad3c98" },
	{ "no data in a cryptogram", "871101bdcef3d173cb2b33e2f3501584994a66" },
	{ "a block that is not padded", "87110100000000000000000000000000000000" },
};

static void
an_authentic_command_still_has_to_be_well_formed(void)
{
	uint8_t objects[64], n_buf[128], full[16];
	struct sm sm;
	struct wr in, out;
	size_t n, got_n;

	for (size_t i = 0; i < sizeof(authentic) / sizeof(authentic[0]); i++) {
		n = hex(authentic[i].objects, objects, sizeof(objects));
		known_session(&sm);
		wr_init(&in, n_buf, sizeof(n_buf));
		wr_zero(&in, SM_BLOCK - 1);
		wr_u8(&in, 1);
		wr_bytes(&in, "\x0c\xb0\0\0\x80\0\0\0\0\0\0\0\0\0\0\0", SM_BLOCK);
		wr_bytes(&in, objects, n);
		wr_u8(&in, 0x80);
		while (in.n % SM_BLOCK != 0)
			wr_u8(&in, 0);
		CU_ASSERT_PTR_NOT_NULL(EVP_Q_mac(NULL, "CMAC", NULL, "AES-256-CBC", NULL, sm.mac,
		    SM_KEY, n_buf, in.n, full, sizeof(full), &got_n));
		wr_init(&out, mem, sizeof(mem));
		wr_bytes(&out, "\x0c\xb0\0\0", 4);
		wr_u8(&out, (uint8_t)(n + 2 + SM_MAC));
		wr_bytes(&out, objects, n);
		wr_u16(&out, 0x8e08);
		wr_bytes(&out, full, SM_MAC);
		wr_u8(&out, 0);
		if (card_takes(mem, out.n) != ERR_FORMAT)
			CU_FAIL(authentic[i].why);
	}
}

static const struct {
	const char *why, *hex;
	int r;
} bad_responses[] = {
	{ "nothing", "", ERR_FORMAT },
	{ "half a status word", "90", ERR_FORMAT },
	{ "a bare 9000", "9000", ERR_CARD_ANSWER },
	{ "a bare 6988", "6988", ERR_CARD_ANSWER },
	{ "another outer word", "99026982 8e08f72f791af1fd7c06 9000", ERR_FORMAT },
	{ "no status object", "8e08f72f791af1fd7c06 6982", ERR_FORMAT },
	{ "no MAC", "99026982 6982", ERR_FORMAT },
	{ "status object of one byte", "990169 8e08f72f791af1fd7c06 6982", ERR_FORMAT },
	{ "status word before the data",
	    "99029000 871101028e6138f22bc6d6605acfcab02582fb 8e08ac0ee24df9c2b109 9000", ERR_FORMAT },
};

static void
a_response_of_another_form_is_refused(void)
{
	uint8_t p[64];

	for (size_t i = 0; i < sizeof(bad_responses) / sizeof(bad_responses[0]); i++)
		if (host_takes(p, hex(bad_responses[i].hex, p, sizeof(p))) != bad_responses[i].r)
			CU_FAIL(bad_responses[i].why);
}

static void
a_bare_status_word_is_told_and_ends_the_session(void)
{
	struct sm sm;
	struct wr wr;
	uint16_t sw;

	known_session(&sm);
	wr_init(&wr, got, sizeof(got));
	CU_ASSERT_EQUAL(sm_response_unwrap(&sm, (const uint8_t *)"\x69\x88", 2, &wr, &sw),
	    ERR_CARD_ANSWER);
	CU_ASSERT_EQUAL(sw, SW_SM_WRONG);
	CU_ASSERT(known_wiped(&sm));
}

static const struct sentence sentences[] = {
	SENTENCE(each_bit_of_a_message_counts),
	SENTENCE(a_message_that_is_cut_or_longer_is_refused),
	SENTENCE(a_command_of_another_form_is_refused),
	SENTENCE(an_authentic_command_still_has_to_be_well_formed),
	SENTENCE(a_response_of_another_form_is_refused),
	SENTENCE(a_bare_status_word_is_told_and_ends_the_session),
};

SUITE("sm_refusal", sentences)
