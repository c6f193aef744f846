#include "hsm/cards/requests.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"
#include "tests/rig/rig.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

static struct rig *
rig_with(unsigned card)
{
	struct rig *g = rig_new();
	struct cards_reader got;

	OK(g->cards.ops->open(&g->cards, "", &got));
	rig_insert(g, card);
	return g;
}

static void
done(struct rig *g, struct known_card *card)
{
	card_leave(card);
	CU_ASSERT_FALSE(g->powered);
	g->cards.ops->close(&g->cards);
	rig_free(g);
}

static struct share
some_share(void)
{
	struct share_header head = { .mode = SHARE_TEST, .label = "rig", .key_name = "MBK", .k = 2,
	    .n = 3, .date = RIG_NOW };
	struct share s[3];
	struct share_set set;
	struct mbk key;

	OK(mbk_make(&key));
	OK(share_split(&key, &head, s, &set));
	return s[0];
}

static void
a_share_goes_to_a_card_and_comes_back(void)
{
	struct share out = some_share(), in;
	struct rig *g = rig_with(1);
	uint8_t a[SHARE_RECORD_LEN], b[SHARE_RECORD_LEN];
	struct known_card card;
	struct share_header head;
	struct pin_state pin;
	unsigned left;

	OK(card_meet(&card, &g->cards, &g->issuers, RIG_NOW));
	OK(card_pin_state(&card, CARD_SHARE, &pin));
	CU_ASSERT_EQUAL(pin.tries, 3);
	CU_ASSERT_EQUAL(pin.tries_max, 3);
	CU_ASSERT_EQUAL(pin.factory, 1);
	CU_ASSERT_EQUAL(card_share_header(&card, &head), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(card_share_write(&card, &out), ERR_CARD_ANSWER);
	CU_ASSERT_EQUAL(card_share_read(&card, &in), ERR_CARD_ANSWER);
	OK(card_pin(&card, 30, 10, &left));
	OK(card_share_write(&card, &out));
	OK(card_share_read(&card, &in));
	OK(share_encode(&out, a));
	OK(share_encode(&in, b));
	SAME(a, b, sizeof(a));
	OK(card_share_header(&card, &head));
	CU_ASSERT_EQUAL(head.x, 1);
	done(g, &card);
}

static const struct {
	const char *keys;
	int err;
	unsigned left;
} pins[] = {
	{ "999999o", ERR_PIN_WRONG, 2 },
	{ "12345o", ERR_PIN_LENGTH, 0 },
	{ "1234x", ERR_CANCELLED, 0 },
	{ "", ERR_TIMEOUT, 0 },
	{ "123456o", 0, 0 },
	{ "999999o", ERR_PIN_WRONG, 2 },
	{ "1234567o", ERR_PIN_WRONG, 1 },
	{ "000000o", ERR_CARD_BLOCKED, 0 },
	{ "123456o", ERR_CARD_BLOCKED, 0 },
};

static void
each_end_of_a_pin_entry_has_its_error(void)
{
	struct rig *g = rig_with(2);
	struct known_card card;
	struct pin_state pin;
	unsigned left;
	size_t i;

	OK(card_meet(&card, &g->cards, &g->issuers, RIG_NOW));
	OK(card_pin_state(&card, CARD_SHARE, &pin));
	for (i = 0; i < LEN(pins); i++) {
		g->quirks = 0;
		g->seen[0] = 0;
		rig_quirk(g, "Enter PIN", 1, RIG_KEYS, pins[i].keys, 0);
		CU_ASSERT_EQUAL(card_pin(&card, 30, 10, &left), pins[i].err);
		CU_ASSERT_EQUAL(left, pins[i].left);
	}
	OK(card_pin_state(&card, CARD_SHARE, &pin));
	CU_ASSERT_EQUAL(pin.tries, 0);
	done(g, &card);
}

static void
another_device_key(struct card_data *d, void *arg)
{
	(void)arg;
	d->device_scalar[SM_SCALAR - 1] ^= 1;
}

static void
another_serial_number(struct card_data *d, void *arg)
{
	(void)arg;
	rig_content(d, FID_GDO)[2 + SERIAL_LEN - 1] ^= 1;
}

static void
no_certificate(struct card_data *d, void *arg)
{
	(void)arg;
	memset(rig_content(d, FID_DEVICE_CERT), 0, 16);
}

static void
a_certificate_longer_than_its_file(struct card_data *d, void *arg)
{
	(void)arg;
	rig_content(d, FID_DEVICE_CERT)[2] = 0xff;
}

static void
a_certificate_longer_than_any(struct card_data *d, void *arg)
{
	static uint8_t p[2 * DEVICE_CERT_MAX] = {
		0x30, 0x82, (sizeof(p) - 4) >> 8, (sizeof(p) - 4) & 0xff,
	};

	(void)arg;
	OK(files_fill(d, files_in(d, 0, FID_DEVICE_CERT), p, sizeof(p)));
}

static void
nothing(struct card_data *d, void *arg)
{
	(void)d;
	(void)arg;
}

static const struct {
	unsigned card;
	void (*change)(struct card_data *, void *);
} foreign[] = {
	{ RIG_CARDS_MAX, NULL },
	{ 1, another_device_key },
	{ 1, another_serial_number },
	{ 1, no_certificate },
	{ 1, a_certificate_longer_than_its_file },
	{ 1, a_certificate_longer_than_any },
};

static void
what_is_no_card_of_ours_is_foreign_and_let_go(void)
{
	struct known_card card;
	struct rig *g;
	size_t i;

	for (i = 0; i < LEN(foreign); i++) {
		g = rig_with(2);
		if (foreign[i].change != NULL)
			rig_forge(g, foreign[i].card, foreign[i].change, NULL);
		rig_insert(g, foreign[i].card);
		CU_ASSERT_EQUAL(card_meet(&card, &g->cards, &g->issuers, RIG_NOW), ERR_FOREIGN_CARD);
		CU_ASSERT_FALSE(g->powered);
		done(g, &card);
	}
	g = rig_with(2);
	rig_forge(g, 1, nothing, NULL);
	rig_insert(g, 1);
	OK(card_meet(&card, &g->cards, &g->issuers, RIG_NOW));
	done(g, &card);
}

/* A card without a channel that answers 9000, and to GET DATA what the test says. */
struct liar {
	struct cards cards;
	const char *pin_state;
};

static int
lie(struct cards *c, const uint8_t *p, size_t n, uint8_t *rsp, size_t *rsp_n)
{
	const char *answer = p[1] == INS_GET_DATA ? ((struct liar *)c)->pin_state : "9000";

	(void)n;
	*rsp_n = hex(answer, rsp, *rsp_n);
	return 0;
}

static void
let_go(struct cards *c)
{
	(void)c;
}

static const struct {
	const char *why, *hex;
	int r;
} pin_states[] = {
	{ "three tries, the factory's", "81030301 9000", 0 },
	{ "another reference", "82030301 9000", ERR_CARD_ANSWER },
	{ "more tries than there are", "81040301 9000", ERR_CARD_ANSWER },
	{ "neither the factory's nor not", "81030302 9000", ERR_CARD_ANSWER },
	{ "short", "810303 9000", ERR_CARD_ANSWER },
	{ "long", "8103030100 9000", ERR_CARD_ANSWER },
	{ "refused", "6A88", ERR_CARD_ANSWER },
	{ "half a status word", "90", ERR_CARD_ANSWER },
};

static void
a_pin_state_that_makes_no_sense_is_no_answer(void)
{
	static const struct cards_ops ops = { .transmit = lie, .disconnect = let_go };
	struct liar liar = { { &ops }, NULL };
	struct known_card card;
	struct pin_state pin;
	size_t i;

	for (i = 0; i < LEN(pin_states); i++) {
		memset(&card, 0, sizeof(card));
		card.cards = &liar.cards;
		liar.pin_state = pin_states[i].hex;
		if (card_pin_state(&card, CARD_SHARE, &pin) != pin_states[i].r)
			CU_FAIL(pin_states[i].why);
		card_leave(&card);
	}
}

static void
a_mute_card_is_foreign(void)
{
	struct rig *g = rig_with(2);
	struct known_card card;

	memset(g->card[0].image, 0, 64);
	rig_insert(g, 1);
	CU_ASSERT_EQUAL(card_meet(&card, &g->cards, &g->issuers, RIG_NOW), ERR_FOREIGN_CARD);
	done(g, &card);
}

static void
an_empty_slot_is_no_foreign_card(void)
{
	struct rig *g = rig_with(1);
	struct known_card card;

	rig_take(g);
	CU_ASSERT_EQUAL(card_meet(&card, &g->cards, &g->issuers, RIG_NOW), ERR_NO_CARD);
	done(g, &card);
}

static void
without_issuers_every_card_is_foreign(void)
{
	struct rig *g = rig_with(1);
	struct known_card card;

	g->issuers.n = 0;
	CU_ASSERT_EQUAL(card_meet(&card, &g->cards, &g->issuers, RIG_NOW), ERR_FOREIGN_CARD);
	done(g, &card);
}

static void
nothing_goes_in_the_clear_once_the_channel_stood(void)
{
	struct share out = some_share();
	struct rig *g = rig_with(1);
	struct known_card card;
	struct share_header head;
	struct pin_state pin;
	unsigned calls;

	OK(card_meet(&card, &g->cards, &g->issuers, RIG_NOW));
	sm_close(&card.sm);
	calls = g->fault.calls;
	CU_ASSERT_EQUAL(card_pin_state(&card, CARD_SHARE, &pin), ERR_MAC);
	CU_ASSERT_EQUAL(card_share_header(&card, &head), ERR_MAC);
	CU_ASSERT_EQUAL(card_share_write(&card, &out), ERR_MAC);
	CU_ASSERT_EQUAL(g->fault.calls, calls);
	done(g, &card);
}

static void
leaving_a_card_wipes_what_is_known_of_it(void)
{
	static const struct known_card none;
	struct rig *g = rig_with(1);
	struct known_card card;

	OK(card_meet(&card, &g->cards, &g->issuers, RIG_NOW));
	card_leave(&card);
	SAME(&card, &none, sizeof(card));
	done(g, &card);
}

static const struct sentence sentences[] = {
	SENTENCE(a_share_goes_to_a_card_and_comes_back),
	SENTENCE(each_end_of_a_pin_entry_has_its_error),
	SENTENCE(what_is_no_card_of_ours_is_foreign_and_let_go),
	SENTENCE(a_pin_state_that_makes_no_sense_is_no_answer),
	SENTENCE(a_mute_card_is_foreign),
	SENTENCE(an_empty_slot_is_no_foreign_card),
	SENTENCE(without_issuers_every_card_is_foreign),
	SENTENCE(nothing_goes_in_the_clear_once_the_channel_stood),
	SENTENCE(leaving_a_card_wipes_what_is_known_of_it),
};

SUITE("requests", sentences)
