#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"
#include "tests/unit/deck.h"
#include "tests/unit/suite.h"

static struct deck d;
static struct sm sm;

#define PLAY(table) deck_play(&d, table, sizeof(table) / sizeof((table)[0]))

/* NIST CAVP, ECC CDH primitive, P-256, COUNT 0: a point on the curve. */
#define POINT "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230" \
	"28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141"
#define MSE "002241A4 0F 800A04007F00070202030204 840101"
#define GA "00860000 45 7C438041" POINT "00"

static void
the_share_is_written_and_read_through_the_channel_only(void)
{
	static const struct deck_step plain[] = {
		{ SELECT_SHARE, SW_OK, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "00A4020C024102", SW_OK, "" },
		{ "00B0000000", SW_SECURITY, "" },
		{ "00D60000 01 01", SW_SECURITY, "" },
		{ "00A4020C024101", SW_OK, "" },
		{ "00B0000004", SW_OK, "00000000" },
		{ "00D60000 01 01", SW_SECURITY, "" },
	};

	deck_new(&d);
	PLAY(plain);
	OK(deck_open_channel(&d, &sm));
	/* The PIN was entered for no channel. */
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00A4020C024102"), SW_OK);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00B0000080"), SW_SECURITY);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00D6003E 04 A1A2A3A4"), SW_OK);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00B0003D05"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 5);
	SAME(d.rsp, "\x00\xa1\xa2\xa3\xa4", 5);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00B0000000"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, SHARE_RECORD_LEN);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00A4020C024101"), SW_OK);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00B0003E00"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 2);
	SAME(d.rsp, "\xa1\xa2", 2);
	sm_close(&sm);
}

static void
key_agreement_is_refused_in_each_wrong_form(void)
{
	static const struct deck_step v[] = {
		/* Not chosen. */
		{ GA, SW_CONDITIONS, "" },
		{ "002281A4 0F 800A04007F00070202030204 840101", SW_DATA, "" },
		{ "002241B6 0F 800A04007F00070202030204 840101", SW_DATA, "" },
		{ "002241A4", SW_LENGTH, "" },
		{ MSE "00", SW_LENGTH, "" },
		{ "002241A4 0F 800A04007F00070202030203 840101", SW_DATA, "" },
		{ "002241A4 0E 800904007F000702020302 840101", SW_DATA, "" },
		{ "002241A4 0C 800A04007F00070202030204", SW_DATA, "" },
		{ "002241A4 03 840101", SW_DATA, "" },
		{ "002241A4 0F 840101 800A04007F00070202030204", SW_DATA, "" },
		{ "002241A4 10 800A04007F00070202030204 84020101", SW_DATA, "" },
		{ "002241A4 12 800A04007F00070202030204 840101 840101", SW_DATA, "" },
		{ "002241A4 0F 800A04007F00070202030204 840100", SW_NO_REFERENCE, "" },
		{ GA, SW_CONDITIONS, "" },
		/* Chosen: one attempt. */
		{ MSE, SW_OK, "" },
		{ "00860100 45 7C438041" POINT "00", SW_P1P2, "" },
		{ GA, SW_CONDITIONS, "" },
		{ MSE, SW_OK, "" },
		{ "00860000 45 7C438041" POINT, SW_LENGTH, "" },
		{ MSE, SW_OK, "" },
		{ "0086000000", SW_LENGTH, "" },
		{ MSE, SW_OK, "" },
		{ "00860000 45 7C438041" POINT "15", SW_LE | 0x16, "" },
		{ MSE, SW_OK, "" },
		{ "00860000 45 7D438041" POINT "00", SW_DATA, "" },
		{ MSE, SW_OK, "" },
		{ "00860000 45 7C438141" POINT "00", SW_DATA, "" },
		{ MSE, SW_OK, "" },
		{ "00860000 04 7C028000 00", SW_DATA, "" },
		{ MSE, SW_OK, "" },
		{ "00860000 47 7C438041" POINT "8100 00", SW_DATA, "" },
		{ MSE, SW_OK, "" },
		{ "00860000 47 7C458041" POINT "8100 00", SW_DATA, "" },
		{ MSE, SW_OK, "" },
		{ "00860000 45 7C438041 05ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
		    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141 00", SW_DATA, "" },
		{ MSE, SW_OK, "" },
		{ "00860000 45 7C438041 04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
		    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405140 00", SW_DATA, "" },
		{ MSE, SW_OK, "" },
		{ "002241A4 03 840101", SW_DATA, "" },
		{ GA, SW_CONDITIONS, "" },
		/* Selecting a file in between does not matter. */
		{ MSE, SW_OK, "" },
		{ SELECT_SHARE, SW_OK, "" },
		{ "00860000 45 7C438041" POINT "16", SW_OK, NULL },
		{ GA, SW_CONDITIONS, "" },
	};

	uint8_t atr[ATR_MAX];

	deck_new(&d);
	PLAY(v);
	CU_ASSERT_EQUAL(deck_hex(&d, MSE), SW_OK);
	card_power_up(&d.card, atr);
	CU_ASSERT_EQUAL(deck_hex(&d, GA), SW_CONDITIONS);
}

/* In the share application, PIN verified, the share selected. */
static void
open_share(void)
{
	deck_new(&d);
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00A4080C045A014102"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
}

static const char *const closing[] = {
	"00A4000C", "00B0000001", "00D60000 01 01", "00CA018104", "0084000008", MSE, GA,
	"00FF0000", "80200081", "01200081", "10200081", "04200081", "00200081 06 3132", "00",
	"", "0CB0000000", "0CB00000", "0CB00000 03 970100 00", "00A4040C0A F043415244494E414C02", NULL,
};

static void
any_other_plain_command_closes_the_channel(void)
{
	for (size_t i = 0; closing[i] != NULL; i++) {
		open_share();
		CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00B0000001"), SW_OK);
		deck_hex(&d, closing[i]);
		CU_ASSERT_EQUAL(d.card.sm.open, 0);
		CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00B0000001"), 0);
		CU_ASSERT_EQUAL(deck_hex(&d, "0CB0000000"), SW_NO_SM);
	}
	sm_close(&sm);
}

static void
the_pads_commands_leave_the_channel_open(void)
{
	static const char *const pad[] = {
		VERIFY_RIGHT, VERIFY_WRONG, "00200081", "00240081 0C 313233343536 363534333231", NULL,
	};

	for (size_t i = 0; pad[i] != NULL; i++) {
		open_share();
		deck_hex(&d, pad[i]);
		CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00B0004101"),
		    i == 1 ? SW_SECURITY : SW_OK);
		sm_close(&sm);
	}
}

static void
a_channel_goes_with_power_and_reset(void)
{
	uint8_t atr[ATR_MAX];

	open_share();
	card_power_up(&d.card, atr);
	CU_ASSERT_EQUAL(deck_hex(&d, "0CB0000000"), SW_NO_SM);
	sm_close(&sm);
	open_share();
	card_power_down(&d.card);
	card_power_up(&d.card, atr);
	CU_ASSERT_EQUAL(deck_hex(&d, "0CB0000000"), SW_NO_SM);
	sm_close(&sm);
}

static void
a_new_channel_forgets_the_pin_of_the_old(void)
{
	open_share();
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00B0000001"), SW_SECURITY);
	CU_ASSERT_EQUAL(deck_hex(&d, "00200081"), SW_COUNTER | 3);
	sm_close(&sm);
}

static void
what_is_wrong_inside_is_told_inside(void)
{
	static const struct {
		const char *hex;
		uint16_t sw;
	} v[] = {
		{ "00020000", SW_INS },
		{ "00B0008001", SW_OFFSET },
		{ "00B00000", SW_LENGTH },
		{ "00A4000C021234", SW_NO_FILE },
		{ MSE, SW_CONDITIONS },
		{ GA, SW_CONDITIONS },
		{ "00D60080 01 01", SW_OFFSET },
		{ "0020008106 313131313131", SW_COUNTER | 2 },
		{ "0084000020", SW_OK },
		{ "00CA018104", SW_OK },
	};

	open_share();
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, v[i].hex), v[i].sw);
	CU_ASSERT(sm.open);
	sm_close(&sm);
}

static int
is_zero(const uint8_t *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0)
		n--;
	return n == 0;
}

static void
nothing_of_a_command_stays_behind(void)
{
	open_share();
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00D60000 04 A1A2A3A4"), SW_OK);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00B0000080"), SW_OK);
	CU_ASSERT(is_zero(d.card.plain, sizeof(d.card.plain)));
	CU_ASSERT(is_zero(d.card.answer, sizeof(d.card.answer)));
	CU_ASSERT(is_zero(d.card.image, sizeof(d.card.image)));
	sm_close(&sm);
}

/* The form of the lengths is in no MAC, so it can be wrong in a command that decrypts. */
static void
nothing_of_a_refused_command_stays_behind(void)
{
	uint8_t p[300], q[300];
	struct apdu a;
	struct wr wr;

	open_share();
	OK(apdu_decode(q, hex("00D60000 14 A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1", q,
	    sizeof(q)), &a));
	wr_init(&wr, p, sizeof(p));
	OK(sm_command_wrap(&sm, &a, &wr));
	OK(apdu_decode(p, wr.n, &a));
	a.extended = 1;
	a.ne = APDU_NE_MAX;
	wr_init(&wr, q, sizeof(q));
	apdu_encode(&wr, &a);
	OK(wr_end(&wr));
	CU_ASSERT_EQUAL(deck_send(&d, q, wr.n), SW_SM_WRONG);
	CU_ASSERT(is_zero(d.card.plain, sizeof(d.card.plain)));
	sm_close(&sm);
}

static void
each_bit_of_a_protected_update_counts(void)
{
	static struct card after_pin;
	uint8_t p[300];
	struct apdu a;
	struct wr wr;
	uint16_t sw;
	struct sm host;

	open_share();
	OK(apdu_decode((const uint8_t *)"\0\xd6\0\0\x03" "abc", 8, &a));
	host = sm;
	wr_init(&wr, p, sizeof(p));
	OK(sm_command_wrap(&host, &a, &wr));
	after_pin = d.card;
	for (size_t bit = 0; bit < 8 * wr.n; bit++) {
		d.card = after_pin;
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		sw = deck_send(&d, p, wr.n);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (sw == SW_OK || d.rsp_n != 0 || d.card.sm.open || d.saves != 2)
			CU_FAIL("a bit turned unseen");
	}
	d.card = after_pin;
	for (size_t n = 0; n < wr.n; n++) {
		d.card = after_pin;
		CU_ASSERT_NOT_EQUAL(deck_send(&d, p, n), SW_OK);
		CU_ASSERT_EQUAL(d.card.sm.open, 0);
	}
	d.card = after_pin;
	CU_ASSERT_EQUAL(deck_send(&d, p, wr.n), SW_OK);
	CU_ASSERT_EQUAL(d.saves, 3);
	/* The same once more. */
	CU_ASSERT_EQUAL(deck_send(&d, p, wr.n), SW_SM_WRONG);
	CU_ASSERT_EQUAL(d.card.sm.open, 0);
	CU_ASSERT_EQUAL(d.saves, 3);
	sm_close(&sm);
	sm_close(&host);
}

static void
missing_and_wrong_objects_have_their_own_words(void)
{
	open_share();
	CU_ASSERT_EQUAL(deck_hex(&d, "0CB00000 03 970100 00"), SW_SM_MISSING);
	CU_ASSERT_EQUAL(deck_hex(&d, "0CB00000 03 970100 00"), SW_NO_SM);
	open_share();
	CU_ASSERT_EQUAL(deck_hex(&d, "0CB00000 0D 970100 8E080000000000000000 00"), SW_SM_WRONG);
	CU_ASSERT_EQUAL(deck_hex(&d, "0CB00000 0D 970100 8E080000000000000000 00"), SW_NO_SM);
	sm_close(&sm);
}

static void
a_challenge_is_fresh_and_as_long_as_asked(void)
{
	static const struct deck_step v[] = {
		{ "00840000", SW_LENGTH, "" },
		{ "00840001 08", SW_P1P2, "" },
		{ "00840100 08", SW_P1P2, "" },
		{ "00840000 01 00 08", SW_LENGTH, "" },
	};
	uint8_t first[8];

	deck_new(&d);
	PLAY(v);
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000008"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 8);
	memcpy(first, d.rsp, 8);
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000008"), SW_OK);
	CU_ASSERT_NOT_EQUAL(memcmp(first, d.rsp, 8), 0);
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000001"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 1);
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000000"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 128);
}

static const struct sentence sentences[] = {
	SENTENCE(the_share_is_written_and_read_through_the_channel_only),
	SENTENCE(key_agreement_is_refused_in_each_wrong_form),
	SENTENCE(any_other_plain_command_closes_the_channel),
	SENTENCE(the_pads_commands_leave_the_channel_open),
	SENTENCE(a_channel_goes_with_power_and_reset),
	SENTENCE(a_new_channel_forgets_the_pin_of_the_old),
	SENTENCE(what_is_wrong_inside_is_told_inside),
	SENTENCE(nothing_of_a_command_stays_behind),
	SENTENCE(nothing_of_a_refused_command_stays_behind),
	SENTENCE(each_bit_of_a_protected_update_counts),
	SENTENCE(missing_and_wrong_objects_have_their_own_words),
	SENTENCE(a_challenge_is_fresh_and_as_long_as_asked),
};

SUITE("card_channel", sentences)
