#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/sm.h"
#include "tests/unit/suite.h"

/* NIST CAVP, ECC CDH primitive, P-256, COUNT 0: dIUT, QIUT of the host, QCAVS of the card. */
#define HOST_SCALAR "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534"
#define HOST_POINT "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230" \
	"28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141"
#define CARD_POINT "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287" \
	"db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac"
#define NONCE "0102030405060708"

/* The rest as tests/vectors/sm.sh prints it. */
#define ENC "9647165f6c7d6958da0a07a1dcbf43d61b43648ed9b534fdf9e20ef287c6cb96"
#define MAC "f6c538b4415c8b36e0c9c8da1baedf1c52a34d933612c532825dfdcba4b3475c"
#define TOKEN "238fdca9245c7167"
#define CASE_1 "0ca4000c0a 8e080b5ad08365f6f9a3 00"
#define CASE_2 "0cb000000d 970110 8e0892de0f2b61ef70d9 00"
#define CASE_4 "0c86000020 8711015f68a37136b12c3b1bfa79c35fad3c98 970104 8e087fddd5ed1b02e464 00"
#define WITH_DATA "871101028e6138f22bc6d6605acfcab02582fb 99029000 8e08ac0ee24df9c2b109 9000"
#define WITHOUT_DATA "99026982 8e08f72f791af1fd7c06 6982"

enum { ROOM = 70000 };

static uint8_t mem[ROOM], got[ROOM];

static void
get(const char *text, uint8_t *out, size_t n)
{
	if (hex(text, out, n) != n)
		abort();
}

static void
known_session(struct sm *sm)
{
	memset(sm, 0, sizeof(*sm));
	get(ENC, sm->enc, sizeof(sm->enc));
	get(MAC, sm->mac, sizeof(sm->mac));
	sm->open = 1;
}

static int
is_wiped(const struct sm *sm)
{
	static const struct sm empty;

	return memcmp(sm, &empty, sizeof(empty)) == 0;
}

static void
known_host(struct sm_host *h)
{
	get(HOST_SCALAR, h->scalar, sizeof(h->scalar));
	get(HOST_POINT, h->point, sizeof(h->point));
}

static void
known_keys_give_known_session_keys(void)
{
	uint8_t card[SM_POINT], nonce[SM_NONCE], token[SM_TOKEN];
	struct sm_host h;
	struct sm sm, want;

	known_host(&h);
	get(CARD_POINT, card, sizeof(card));
	get(NONCE, nonce, sizeof(nonce));
	get(TOKEN, token, sizeof(token));
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
		get(TOKEN NONCE CARD_POINT, all, sizeof(all));
		all[bit / 8] ^= (uint8_t)(1 << bit % 8);
		known_host(&h);
		r = sm_host_finish(&h, all + SM_TOKEN + SM_NONCE, all + SM_TOKEN, all, &sm);
		CU_ASSERT_EQUAL(r, bit < 8 * (SM_TOKEN + SM_NONCE) ? ERR_MAC : ERR_FORMAT);
		CU_ASSERT(is_wiped(&sm));
	}
}

/* Two ends with a session between them. */
static void
agree(struct sm *host, struct sm *card)
{
	/* The card's key is NIST's, the host's is new each time. */
	uint8_t scalar[SM_SCALAR], point[SM_POINT], nonce[SM_NONCE], token[SM_TOKEN];
	struct sm_host h;

	get(HOST_SCALAR, scalar, sizeof(scalar));
	get(HOST_POINT, point, sizeof(point));
	OK(sm_host_start(&h));
	OK(sm_card_answer(scalar, h.point, nonce, token, card));
	OK(sm_host_finish(&h, point, nonce, token, host));
}

static void
both_ends_agree_on_a_session_that_is_new_each_time(void)
{
	struct sm host, card, host2, card2;

	agree(&host, &card);
	SAME(&host, &card, sizeof(host));
	CU_ASSERT(host.open);
	agree(&host2, &card2);
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

	get(HOST_SCALAR, scalar, sizeof(scalar));
	for (size_t i = 0; i < sizeof(bad_points) / sizeof(bad_points[0]); i++) {
		get(bad_points[i].hex, point, sizeof(point));
		if (sm_card_answer(scalar, point, nonce, token, &sm) != ERR_FORMAT || !is_wiped(&sm))
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

	agree(&host, &card);
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
	CU_ASSERT(is_wiped(&sm));
}

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
	CU_ASSERT(r == 0 || is_wiped(&sm));
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
	CU_ASSERT(r == 0 || is_wiped(&sm));
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
	CU_ASSERT(is_wiped(&sm));
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

	agree(&host, &card);
	before = card;
	make_read(&host, 1, first, &n);
	OK(apdu_decode(first, n, &a));
	OK(sm_command_unwrap(&card, &a, &plain, got, sizeof(got)));
	/* Again. */
	CU_ASSERT_EQUAL(sm_command_unwrap(&card, &a, &plain, got, sizeof(got)), ERR_MAC);
	CU_ASSERT(is_wiped(&card));
	/* The second before the first. */
	make_read(&host, 2, second, &m);
	card = before;
	OK(apdu_decode(second, m, &a));
	CU_ASSERT_EQUAL(sm_command_unwrap(&card, &a, &plain, got, sizeof(got)), ERR_MAC);
	CU_ASSERT(is_wiped(&card));
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

	agree(&host, &card);
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
	CU_ASSERT(is_wiped(&host));
	host = before;
	make_read(&host, 2, first, &n);
	CU_ASSERT_EQUAL(sm_response_unwrap(&host, rsp, wr.n, &data, &sw), ERR_MAC);
	/* What the host said comes back as what the card says. */
	host = before;
	CU_ASSERT_NOT_EQUAL(sm_response_unwrap(&host, first, n, &data, &sw), 0);
	CU_ASSERT(is_wiped(&host));
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
	CU_ASSERT(is_wiped(&sm));
	wr_init(&wr, mem, sizeof(mem));
	wr_init(&data, got, sizeof(got));
	CU_ASSERT_EQUAL(sm_command_wrap(&sm, &a, &wr), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(sm_command_unwrap(&sm, &a, &plain, got, sizeof(got)), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(sm_response_wrap(&sm, NULL, 0, SW_OK, &wr), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(sm_response_unwrap(&sm, (const uint8_t *)"\x90\0", 2, &data, &sw), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(wr.n, 0);
	CU_ASSERT(is_wiped(&sm));
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
	CU_ASSERT(is_wiped(&sm));
	known_session(&sm);
	sm.ssc[SM_BLOCK - 1] = 1;
	n = hex(WITH_DATA, p, sizeof(p));
	wr_init(&wr, got, 3);
	CU_ASSERT_EQUAL(sm_response_unwrap(&sm, p, n, &wr, &sw), ERR_SIZE);
	CU_ASSERT_EQUAL(wr.n, 0);
	CU_ASSERT(is_wiped(&sm));
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
	CU_ASSERT(is_wiped(&sm));
	known_session(&sm);
	a.ins = INS_READ_BINARY | 1;
	wr_init(&wr, mem, sizeof(mem));
	CU_ASSERT_EQUAL(sm_command_wrap(&sm, &a, &wr), ERR_ARG);
	CU_ASSERT(is_wiped(&sm));
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
	SENTENCE(each_bit_of_a_message_counts),
	SENTENCE(a_message_that_is_cut_or_longer_is_refused),
	SENTENCE(a_command_of_another_form_is_refused),
	SENTENCE(an_authentic_command_still_has_to_be_well_formed),
	SENTENCE(a_response_of_another_form_is_refused),
	SENTENCE(a_bare_status_word_is_told_and_ends_the_session),
	SENTENCE(a_command_counts_once_and_in_its_turn),
	SENTENCE(a_response_counts_once_and_in_its_turn),
	SENTENCE(a_closed_session_does_nothing),
	SENTENCE(what_does_not_fit_ends_the_session),
};

SUITE("sm", sentences)
