#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/sm_known.h"
#include "tests/unit/suite.h"

enum { ROOM = 70000 };

static uint8_t mem[ROOM], got[ROOM];

static void
known_host(struct sm_host *h)
{
	known_bytes(HOST_SCALAR, h->scalar, sizeof(h->scalar));
	known_bytes(HOST_POINT, h->point, sizeof(h->point));
}

static void
known_keys_give_known_session_keys(void)
{
	uint8_t card[SM_POINT], nonce[SM_NONCE], token[SM_TOKEN];
	struct sm_host h;
	struct sm sm, want;

	known_host(&h);
	known_bytes(CARD_POINT, card, sizeof(card));
	known_bytes(NONCE, nonce, sizeof(nonce));
	known_bytes(TOKEN, token, sizeof(token));
	known_session(&want);
	OK(sm_host_finish(&h, card, nonce, token, &sm));
	SAME(&sm, &want, sizeof(sm));
	for (size_t i = 0; i < sizeof(h); i++)
		CU_ASSERT_EQUAL(((uint8_t *)&h)[i], 0);
}

static void
each_bit_of_token_nonce_and_point_counts(void)
{
	uint8_t all[SM_TOKEN + SM_NONCE + SM_POINT];
	struct sm_host h;
	struct sm sm;
	int r;

	for (size_t bit = 0; bit < 8 * sizeof(all); bit++) {
		known_bytes(TOKEN NONCE CARD_POINT, all, sizeof(all));
		all[bit / 8] ^= (uint8_t)(1 << bit % 8);
		known_host(&h);
		r = sm_host_finish(&h, all + SM_TOKEN + SM_NONCE, all + SM_TOKEN, all, &sm);
		CU_ASSERT_EQUAL(r, bit < 8 * (SM_TOKEN + SM_NONCE) ? ERR_MAC : ERR_FORMAT);
		CU_ASSERT(known_wiped(&sm));
	}
}

static void
both_ends_agree_on_a_session_that_is_new_each_time(void)
{
	struct sm host, card, host2, card2;

	known_agree(&host, &card);
	SAME(&host, &card, sizeof(host));
	CU_ASSERT(host.open);
	known_agree(&host2, &card2);
	CU_ASSERT_NOT_EQUAL(memcmp(host.enc, host2.enc, SM_KEY), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(host.mac, host2.mac, SM_KEY), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(host.enc, host.mac, SM_KEY), 0);
}

static const struct {
	const char *why, *hex;
} bad_points[] = {
	{ "y off by one", "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405142" },
	{ "the origin", "0400000000000000000000000000000000000000000000000000000000000000000000"
	    "000000000000000000000000000000000000000000000000000000000000" },
	{ "x over the prime", "04ffffffff00000001000000000000000000000001000000000000000000000000"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141" },
	{ "hybrid form", "07ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141" },
	{ "infinity and zeros", "0000000000000000000000000000000000000000000000000000000000000000000000"
	    "000000000000000000000000000000000000000000000000000000000000" },
	{ "compressed and zeros", "03ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "0000000000000000000000000000000000000000000000000000000000000000" },
};

static void
a_point_off_the_curve_is_refused(void)
{
	uint8_t scalar[SM_SCALAR], point[SM_POINT], nonce[SM_NONCE], token[SM_TOKEN];
	struct sm sm;

	known_bytes(HOST_SCALAR, scalar, sizeof(scalar));
	for (size_t i = 0; i < sizeof(bad_points) / sizeof(bad_points[0]); i++) {
		known_bytes(bad_points[i].hex, point, sizeof(point));
		if (sm_card_answer(scalar, point, nonce, token, &sm) != ERR_FORMAT ||
		    !known_wiped(&sm))
			CU_FAIL(bad_points[i].why);
	}
}

static const struct {
	const char *plain, *protected;
} commands[] = {
	{ "00a4000c", CASE_1 },
	{ "00b0000010", CASE_2 },
	{ "0086000003 010203 04", CASE_4 },
};

static void
commands_have_the_bytes_of_the_formulas(void)
{
	uint8_t plain[64], want[64];
	struct apdu a, back;
	struct sm sm;
	struct wr wr;
	size_t n, m;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		n = hex(commands[i].plain, plain, sizeof(plain));
		m = hex(commands[i].protected, want, sizeof(want));
		OK(apdu_decode(plain, n, &a));
		known_session(&sm);
		wr_init(&wr, mem, sizeof(mem));
		OK(sm_command_wrap(&sm, &a, &wr));
		CU_ASSERT_EQUAL(wr.n, m);
		SAME(mem, want, m);
		known_session(&sm);
		OK(apdu_decode(want, m, &a));
		OK(sm_command_unwrap(&sm, &a, &back, got, sizeof(got)));
		wr_init(&wr, mem, sizeof(mem));
		apdu_encode(&wr, &back);
		CU_ASSERT_EQUAL(wr.n, n);
		SAME(mem, plain, n);
	}
}

static void
responses_have_the_bytes_of_the_formulas(void)
{
	uint8_t want[64];
	uint16_t sw;
	struct sm sm;
	struct wr wr;
	size_t n;

	n = hex(WITH_DATA, want, sizeof(want));
	known_session(&sm);
	sm.ssc[SM_BLOCK - 1] = 1;
	wr_init(&wr, mem, sizeof(mem));
	OK(sm_response_wrap(&sm, (const uint8_t *)"\xa1\xa2\xa3\xa4", 4, 0x9000, &wr));
	CU_ASSERT_EQUAL(wr.n, n);
	SAME(mem, want, n);
	sm.ssc[SM_BLOCK - 1] = 1;
	wr_init(&wr, got, 4);
	OK(sm_response_unwrap(&sm, want, n, &wr, &sw));
	CU_ASSERT_EQUAL(sw, 0x9000);
	CU_ASSERT_EQUAL(wr.n, 4);
	SAME(got, "\xa1\xa2\xa3\xa4", 4);

	n = hex(WITHOUT_DATA, want, sizeof(want));
	sm.ssc[SM_BLOCK - 1] = 1;
	wr_init(&wr, mem, sizeof(mem));
	OK(sm_response_wrap(&sm, NULL, 0, 0x6982, &wr));
	CU_ASSERT_EQUAL(wr.n, n);
	SAME(mem, want, n);
	sm.ssc[SM_BLOCK - 1] = 1;
	wr_init(&wr, got, 0);
	OK(sm_response_unwrap(&sm, want, n, &wr, &sw));
	CU_ASSERT_EQUAL(sw, 0x6982);
	CU_ASSERT_EQUAL(wr.n, 0);
}

/* One command and its answer; both may have any size. */
static void
round_trip(struct sm *host, struct sm *card, size_t nc, size_t ne, int extended, size_t answer)
{
	static uint8_t data[APDU_NC_MAX], rsp[RAPDU_MAX];
	struct apdu a = { 0, INS_UPDATE_BINARY, 1, 2, data, nc, ne, extended }, p, back;
	uint16_t sw = 0;
	struct wr wr;
	size_t n;

	for (size_t i = 0; i < nc; i++)
		data[i] = (uint8_t)(i * 7 + nc);
	wr_init(&wr, mem, sizeof(mem));
	OK(sm_command_wrap(host, &a, &wr));
	OK(apdu_decode(mem, wr.n, &p));
	OK(sm_command_unwrap(card, &p, &back, got, nc));
	CU_ASSERT_EQUAL(back.nc, nc);
	CU_ASSERT_EQUAL(back.ne, ne);
	CU_ASSERT_EQUAL(back.cla, 0);
	CU_ASSERT_EQUAL(back.p1, 1);
	CU_ASSERT_EQUAL(back.p2, 2);
	SAME(got, data, nc);
	memset(rsp, 0x80, answer);
	wr_init(&wr, mem, sizeof(mem));
	OK(sm_response_wrap(card, rsp, answer, SW_OK, &wr));
	/* What the plain command may get fits the protected one's Le too. */
	CU_ASSERT(wr.n - 2 <= p.ne);
	memcpy(got, mem, wr.n);
	n = wr.n;
	wr_init(&wr, mem, answer);
	OK(sm_response_unwrap(host, got, n, &wr, &sw));
	CU_ASSERT_EQUAL(sw, SW_OK);
	CU_ASSERT_EQUAL(wr.n, answer);
	SAME(mem, rsp, answer);
}

static void
every_size_goes_there_and_back(void)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 222, SM_PLAIN_MAX, 224, 255, 256, 257, 65000 };
	struct sm host, card;

	known_agree(&host, &card);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		round_trip(&host, &card, sizes[i], 0, sizes[i] > 255, 0);
		round_trip(&host, &card, 0, sizes[i], sizes[i] > 256, sizes[i]);
		if (sizes[i] > 0)
			round_trip(&host, &card, sizes[i], sizes[i], sizes[i] > 255, sizes[i]);
		round_trip(&host, &card, 0, 16, 1, 16);
	}
	SAME(&host, &card, sizeof(host));
}

static void
short_commands_stay_short_up_to_the_named_size(void)
{
	static const uint8_t data[256];
	struct apdu a = { .ins = INS_UPDATE_BINARY, .data = data, .nc = SM_PLAIN_MAX, .ne = 1 };
	struct sm sm;
	struct wr wr;

	known_session(&sm);
	wr_init(&wr, mem, sizeof(mem));
	OK(sm_command_wrap(&sm, &a, &wr));
	CU_ASSERT(wr.n <= 5 + 255 + 1);
	CU_ASSERT_NOT_EQUAL(mem[4], 0);
	a.nc++;
	wr_init(&wr, mem, sizeof(mem));
	OK(sm_command_wrap(&sm, &a, &wr));
	CU_ASSERT_EQUAL(mem[4], 0);
	a.nc = APDU_NC_MAX;
	a.data = mem;
	wr_init(&wr, got, sizeof(got));
	CU_ASSERT_EQUAL(sm_command_wrap(&sm, &a, &wr), ERR_SIZE);
	CU_ASSERT(known_wiped(&sm));
}

static void
make_read(struct sm *host, uint8_t p1, uint8_t *out, size_t *n)
{
	struct apdu a = { .ins = INS_READ_BINARY, .p1 = p1, .ne = 16 };
	struct wr wr;

	wr_init(&wr, out, 64);
	OK(sm_command_wrap(host, &a, &wr));
	*n = wr.n;
}

static void
a_command_counts_once_and_in_its_turn(void)
{
	uint8_t first[64], second[64];
	struct sm host, card, before;
	struct apdu a, plain;
	size_t n, m;

	known_agree(&host, &card);
	before = card;
	make_read(&host, 1, first, &n);
	OK(apdu_decode(first, n, &a));
	OK(sm_command_unwrap(&card, &a, &plain, got, sizeof(got)));
	/* Again. */
	CU_ASSERT_EQUAL(sm_command_unwrap(&card, &a, &plain, got, sizeof(got)), ERR_MAC);
	CU_ASSERT(known_wiped(&card));
	/* The second before the first. */
	make_read(&host, 2, second, &m);
	card = before;
	OK(apdu_decode(second, m, &a));
	CU_ASSERT_EQUAL(sm_command_unwrap(&card, &a, &plain, got, sizeof(got)), ERR_MAC);
	CU_ASSERT(known_wiped(&card));
}

static void
a_response_counts_once_and_in_its_turn(void)
{
	uint8_t first[64], rsp[64], p[64];
	struct sm host, card, before;
	struct wr wr, data;
	struct apdu a, plain;
	uint16_t sw;
	size_t n;

	known_agree(&host, &card);
	make_read(&host, 1, first, &n);
	before = host;
	OK(apdu_decode(first, n, &a));
	OK(sm_command_unwrap(&card, &a, &plain, p, sizeof(p)));
	wr_init(&wr, rsp, sizeof(rsp));
	OK(sm_response_wrap(&card, (const uint8_t *)"abc", 3, SW_OK, &wr));
	wr_init(&data, got, sizeof(got));
	OK(sm_response_unwrap(&host, rsp, wr.n, &data, &sw));
	/* To the same command, and to the next. */
	CU_ASSERT_EQUAL(sm_response_unwrap(&host, rsp, wr.n, &data, &sw), ERR_MAC);
	CU_ASSERT(known_wiped(&host));
	host = before;
	make_read(&host, 2, first, &n);
	CU_ASSERT_EQUAL(sm_response_unwrap(&host, rsp, wr.n, &data, &sw), ERR_MAC);
	/* What the host said comes back as what the card says. */
	host = before;
	CU_ASSERT_NOT_EQUAL(sm_response_unwrap(&host, first, n, &data, &sw), 0);
	CU_ASSERT(known_wiped(&host));
}

static void
a_closed_session_does_nothing(void)
{
	struct apdu a = { .cla = CLA_SM, .ins = INS_SELECT }, plain;
	struct wr wr, data;
	struct sm sm;
	uint16_t sw;

	known_session(&sm);
	sm_close(&sm);
	CU_ASSERT(known_wiped(&sm));
	wr_init(&wr, mem, sizeof(mem));
	wr_init(&data, got, sizeof(got));
	CU_ASSERT_EQUAL(sm_command_wrap(&sm, &a, &wr), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(sm_command_unwrap(&sm, &a, &plain, got, sizeof(got)), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(sm_response_wrap(&sm, NULL, 0, SW_OK, &wr), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(sm_response_unwrap(&sm, (const uint8_t *)"\x90\0", 2, &data, &sw), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(wr.n, 0);
	CU_ASSERT(known_wiped(&sm));
}

static void
what_does_not_fit_ends_the_session(void)
{
	uint8_t p[64];
	struct apdu a, plain;
	struct sm sm;
	struct wr wr;
	uint16_t sw;
	size_t n;

	known_session(&sm);
	n = hex(CASE_4, p, sizeof(p));
	OK(apdu_decode(p, n, &a));
	CU_ASSERT_EQUAL(sm_command_unwrap(&sm, &a, &plain, got, 2), ERR_SIZE);
	CU_ASSERT(known_wiped(&sm));
	known_session(&sm);
	sm.ssc[SM_BLOCK - 1] = 1;
	n = hex(WITH_DATA, p, sizeof(p));
	wr_init(&wr, got, 3);
	CU_ASSERT_EQUAL(sm_response_unwrap(&sm, p, n, &wr, &sw), ERR_SIZE);
	CU_ASSERT_EQUAL(wr.n, 0);
	CU_ASSERT(known_wiped(&sm));
	/* The first of two blocks fits. */
	known_session(&sm);
	wr_init(&wr, mem, sizeof(mem));
	OK(sm_response_wrap(&sm, p, 20, SW_OK, &wr));
	known_session(&sm);
	n = wr.n;
	wr_init(&wr, got, 19);
	CU_ASSERT_EQUAL(sm_response_unwrap(&sm, mem, n, &wr, &sw), ERR_SIZE);
	CU_ASSERT_EQUAL(wr.n, 0);
	CU_ASSERT_EQUAL(got[0] | got[15], 0);
	known_session(&sm);
	wr_init(&wr, mem, 34);
	CU_ASSERT_EQUAL(sm_response_wrap(&sm, p, 4, SW_OK, &wr), ERR_SIZE);
	CU_ASSERT(known_wiped(&sm));
}

/* ISO 7816-4:2005 6.3.2: object 85, without an indicator before it, both ways. */
static void
an_odd_instruction_has_its_data_in_object_85(void)
{
	struct apdu a = { .ins = INS_READ_BINARY | 1, .data = (const uint8_t *)"\x54\x01\x00",
	    .nc = 3, .ne = 100 }, plain, outer;
	struct sm card, host;
	struct wr wr, out;
	uint16_t sw;

	known_session(&card);
	known_session(&host);
	wr_init(&wr, mem, sizeof(mem));
	OK(sm_command_wrap(&host, &a, &wr));
	SAME(mem + 5, "\x85\x10", 2);
	OK(apdu_decode(mem, wr.n, &outer));
	OK(sm_command_unwrap(&card, &outer, &plain, got, sizeof(got)));
	CU_ASSERT_EQUAL(plain.nc, 3);
	SAME(plain.data, "\x54\x01\x00", 3);
	wr_init(&wr, mem, sizeof(mem));
	OK(sm_response_wrap(&card, (const uint8_t *)"\x53\x01\x42", 3, SW_OK, &wr));
	SAME(mem, "\x85\x10", 2);
	wr_init(&out, got, sizeof(got));
	OK(sm_response_unwrap(&host, mem, wr.n, &out, &sw));
	CU_ASSERT_EQUAL(out.n, 3);
	SAME(got, "\x53\x01\x42", 3);
	/* 85 is nothing for an even one, as 87 is nothing for an odd one. */
	known_session(&card);
	known_session(&host);
	wr_init(&wr, mem, sizeof(mem));
	OK(sm_command_wrap(&host, &a, &wr));
	mem[1] ^= 1;
	OK(apdu_decode(mem, wr.n, &outer));
	CU_ASSERT_EQUAL(sm_command_unwrap(&card, &outer, &plain, got, sizeof(got)), ERR_FORMAT);
}

static const struct sentence sentences[] = {
	SENTENCE(known_keys_give_known_session_keys),
	SENTENCE(each_bit_of_token_nonce_and_point_counts),
	SENTENCE(both_ends_agree_on_a_session_that_is_new_each_time),
	SENTENCE(a_point_off_the_curve_is_refused),
	SENTENCE(commands_have_the_bytes_of_the_formulas),
	SENTENCE(responses_have_the_bytes_of_the_formulas),
	SENTENCE(every_size_goes_there_and_back),
	SENTENCE(short_commands_stay_short_up_to_the_named_size),
	SENTENCE(a_command_counts_once_and_in_its_turn),
	SENTENCE(a_response_counts_once_and_in_its_turn),
	SENTENCE(a_closed_session_does_nothing),
	SENTENCE(what_does_not_fit_ends_the_session),
	SENTENCE(an_odd_instruction_has_its_data_in_object_85),
};

SUITE("sm", sentences)
