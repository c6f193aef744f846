#include "hsm/cards/requests.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "card-os/iso7816/tlv.h"
#include "tests/rig/rig.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

static const struct user_head alice = {
	.mode = SHARE_TEST, .label = "rig", .slot = 7, .user = 1, .users = 2, .copies = 2,
	.date = RIG_NOW,
};
static const struct challenge wanted = { .purpose = CHALLENGE_ENROL, .user = 1, .users = 2, .slot = 7 };

/* A card of the deck, met, the user's application selected. */
static void
meet(struct rig *g, unsigned number, struct known_card *card)
{
	struct pin_state pin;

	rig_insert(g, number);
	OK(card_meet(card, &g->cards, &g->issuers, RIG_NOW));
	OK(card_pin_state(card, CARD_USER, &pin));
}

static void
enter(struct known_card *card)
{
	unsigned left;

	OK(card_pin(card, 30, 10, &left));
}

static struct rig *
rig_with(unsigned number, struct known_card *card)
{
	struct rig *g = rig_new();
	struct cards_reader got;

	OK(g->cards.ops->open(&g->cards, "", &got));
	meet(g, number, card);
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

static struct credential *
made(void)
{
	struct credential *c;

	OK(credential_make(&c, &alice));
	return c;
}

/* Whether a card, its PIN entered, has that credential. */
static void
prove(struct known_card *card, const struct credential *c)
{
	uint8_t text[CHALLENGE_LEN], signature[USER_MODULUS], z[32];
	struct credential_test test;
	struct user_keys keys;

	OK(card_user_keys(card, &keys));
	SAME(&keys, credential_keys(c), sizeof(keys));
	OK(challenge_make(&wanted, text));
	OK(card_user_sign(card, text, signature));
	OK(challenge_verify(&keys, text, signature));
	OK(credential_test_make(&keys, &test));
	OK(card_user_agree(card, test.point, z));
	OK(credential_test_check(&test, z));
}

static void
a_credential_goes_to_a_card_and_serves_there(void)
{
	struct credential *c;
	struct known_card card;
	struct rig *g = rig_with(1, &card);
	struct user_head head;
	struct user_keys keys;

	c = made();
	CU_ASSERT_EQUAL(card_user_head(&card, &head), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(card_user_keys(&card, &keys), ERR_NOT_FOUND);
	enter(&card);
	OK(card_user_clear(&card));
	OK(card_user_load(&card, c, 2));
	OK(card_user_head(&card, &head));
	CU_ASSERT_EQUAL(head.copy, 2);
	CU_ASSERT_EQUAL(head.slot, 7);
	CU_ASSERT_STRING_EQUAL(head.label, "rig");
	prove(&card, c);
	credential_free(&c);
	done(g, &card);
}

static void
any_copy_of_a_user_is_as_good_as_another(void)
{
	struct credential *c;
	struct known_card card;
	struct rig *g = rig_with(1, &card);

	c = made();
	for (unsigned copy = 1; copy <= alice.copies; copy++) {
		enter(&card);
		OK(card_user_load(&card, c, copy));
		prove(&card, c);
		card_leave(&card);
		meet(g, copy + 1, &card);
	}
	/* A day later, the first one again. */
	card_leave(&card);
	meet(g, 1, &card);
	enter(&card);
	prove(&card, c);
	credential_free(&c);
	done(g, &card);
}

static void
one_that_is_there_is_taken_away_first(void)
{
	struct credential *a, *b;
	struct known_card card;
	struct rig *g = rig_with(1, &card);
	struct user_head head;
	struct user_keys keys;

	a = made();
	b = made();
	enter(&card);
	OK(card_user_load(&card, a, 1));
	CU_ASSERT_EQUAL(card_user_load(&card, b, 1), ERR_CARD_ANSWER);
	prove(&card, a);
	OK(card_user_clear(&card));
	CU_ASSERT_EQUAL(card_user_head(&card, &head), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(card_user_keys(&card, &keys), ERR_NOT_FOUND);
	OK(card_user_load(&card, b, 2));
	prove(&card, b);
	credential_free(&a);
	credential_free(&b);
	done(g, &card);
}

static void
without_the_pin_a_card_does_nothing_with_its_keys(void)
{
	static const uint8_t nothing[USER_MODULUS];
	uint8_t text[CHALLENGE_LEN], signature[USER_MODULUS], z[32];
	struct credential *c;
	struct known_card card;
	struct rig *g = rig_with(1, &card);
	struct user_keys keys;

	c = made();
	CU_ASSERT_EQUAL(card_user_load(&card, c, 1), ERR_CARD_ANSWER);
	CU_ASSERT_EQUAL(card_user_clear(&card), ERR_CARD_ANSWER);
	enter(&card);
	OK(card_user_load(&card, c, 1));
	card_leave(&card);
	meet(g, 1, &card);
	OK(card_user_keys(&card, &keys));
	OK(challenge_make(&wanted, text));
	memset(signature, 0xaa, sizeof(signature));
	memset(z, 0xaa, sizeof(z));
	CU_ASSERT_EQUAL(card_user_sign(&card, text, signature), ERR_CARD_ANSWER);
	CU_ASSERT_EQUAL(card_user_agree(&card, keys.point, z), ERR_CARD_ANSWER);
	SAME(signature, nothing, sizeof(signature));
	SAME(z, nothing, sizeof(z));
	CU_ASSERT_EQUAL(card_user_clear(&card), ERR_CARD_ANSWER);
	enter(&card);
	prove(&card, c);
	credential_free(&c);
	done(g, &card);
}

static void
a_card_without_a_credential_proves_nothing(void)
{
	static const uint8_t nothing[USER_MODULUS];
	uint8_t text[CHALLENGE_LEN], signature[USER_MODULUS], z[32], scalar[32], point[USER_POINT];
	struct known_card card;
	struct rig *g = rig_with(1, &card);

	enter(&card);
	OK(challenge_make(&wanted, text));
	OK(p256_generate(scalar, point));
	memset(signature, 0xaa, sizeof(signature));
	memset(z, 0xaa, sizeof(z));
	CU_ASSERT_EQUAL(card_user_sign(&card, text, signature), ERR_CARD_ANSWER);
	CU_ASSERT_EQUAL(card_user_agree(&card, point, z), ERR_CARD_ANSWER);
	SAME(signature, nothing, sizeof(signature));
	SAME(z, nothing, sizeof(z));
	done(g, &card);
}

static void
a_point_off_the_curve_is_agreed_on_with_nobody(void)
{
	struct credential *c;
	struct known_card card;
	struct rig *g = rig_with(1, &card);
	uint8_t point[USER_POINT], z[32];

	c = made();
	enter(&card);
	OK(card_user_load(&card, c, 1));
	memcpy(point, credential_keys(c)->point, sizeof(point));
	point[64] ^= 1;
	CU_ASSERT_EQUAL(card_user_agree(&card, point, z), ERR_CARD_ANSWER);
	prove(&card, c);
	credential_free(&c);
	done(g, &card);
}

/* Between reader and card: who pulls the card when the credential comes by, or looks at it. */
struct tap {
	struct rig *rig;
	int pull, at_answer;	/* pull: once, before the card has it or when it answers */
	int loading;
	const uint8_t *secret;
	int seen;
};

static void
tap(void *arg, int is_answer, uint8_t *p, size_t *n)
{
	struct tap *t = arg;

	if (!is_answer)
		t->loading = p[1] == INS_PUT_DATA_ODD;
	if (t->secret != NULL && memmem(p, *n, t->secret, 8) != NULL)
		t->seen = 1;
	if (t->loading && t->pull && is_answer == t->at_answer) {
		t->pull = 0;
		rig_take(t->rig);
		if (is_answer)
			*n = 0;
	}
}

static void
a_card_pulled_while_it_is_loaded_has_all_of_it_or_nothing(void)
{
	struct credential *c;
	struct known_card card;
	struct rig *g = rig_with(1, &card);
	struct tap t = { .rig = g };
	struct user_head head;
	struct user_keys keys;
	int r;

	c = made();
	g->tap = tap;
	g->tap_arg = &t;
	for (t.at_answer = 0; t.at_answer < 2; t.at_answer++) {
		enter(&card);
		t.pull = 1;
		r = card_user_load(&card, c, 1);
		CU_ASSERT_EQUAL(r, t.at_answer ? ERR_CARD_ANSWER : ERR_CARD_REMOVED);
		card_leave(&card);
		meet(g, 1, &card);
		r = t.at_answer ? 0 : ERR_NOT_FOUND;
		CU_ASSERT_EQUAL(card_user_head(&card, &head), r);
		CU_ASSERT_EQUAL(card_user_keys(&card, &keys), r);
	}
	enter(&card);
	prove(&card, c);
	credential_free(&c);
	done(g, &card);
}

static void
a_card_that_cannot_save_it_has_nothing(void)
{
	struct credential *c;
	struct known_card card;
	struct rig *g = rig_with(1, &card);
	struct user_head head;

	c = made();
	enter(&card);
	g->card[0].fail_at = g->card[0].saves + 1;
	CU_ASSERT_EQUAL(card_user_load(&card, c, 1), ERR_CARD_ANSWER);
	CU_ASSERT_EQUAL(card_user_head(&card, &head), ERR_NOT_FOUND);
	OK(card_user_load(&card, c, 1));
	prove(&card, c);
	credential_free(&c);
	done(g, &card);
}

static void
nobody_on_the_way_sees_a_key(void)
{
	static uint8_t content[CREDENTIAL_CONTENT_MAX];
	static const uint32_t tags[] = { 0x92, 0x93, 0x94, 0x95, 0x96 };
	struct credential *c;
	struct known_card card;
	struct rig *g = rig_with(1, &card);
	struct tap t = { .rig = g };
	struct tlv all, rsa, part;
	struct rd rd;
	size_t n;

	c = made();
	g->tap = tap;
	g->tap_arg = &t;
	OK(credential_content(c, 1, content, &n));
	rd_init(&rd, content, n);
	CU_ASSERT_EQUAL(tlv_next(&rd, &all), 1);
	rd_init(&rd, all.p, all.n);
	CU_ASSERT_EQUAL(tlv_next(&rd, &rsa), 1);
	enter(&card);
	for (size_t i = 0; i < LEN(tags); i++) {
		OK(tlv_find(rsa.p, rsa.n, tags[i], &part));
		t.secret = part.p;
		OK(card_user_clear(&card));
		OK(card_user_load(&card, c, 1));
	}
	CU_ASSERT_FALSE(t.seen);
	credential_free(&c);
	done(g, &card);
}

static void
share_and_user_live_side_by_side_on_a_card(void)
{
	struct share_header head = { .mode = SHARE_TEST, .label = "rig", .key_name = "MBK", .k = 2,
	    .n = 3, .date = RIG_NOW };
	struct credential *c;
	struct known_card card;
	struct rig *g = rig_with(1, &card);
	struct share s[3], in;
	struct share_set set;
	struct pin_state pin;
	struct mbk key;

	c = made();
	OK(mbk_make(&key));
	OK(share_split(&key, &head, s, &set));
	enter(&card);
	OK(card_user_load(&card, c, 1));
	OK(card_pin_state(&card, CARD_SHARE, &pin));
	CU_ASSERT_EQUAL(card_share_write(&card, &s[0]), ERR_CARD_ANSWER);
	enter(&card);
	OK(card_share_write(&card, &s[0]));
	OK(card_pin_state(&card, CARD_USER, &pin));
	enter(&card);
	prove(&card, c);
	OK(card_user_clear(&card));
	OK(card_pin_state(&card, CARD_SHARE, &pin));
	enter(&card);
	OK(card_share_read(&card, &in));
	OK(share_of_set(&in, &set));
	credential_free(&c);
	done(g, &card);
}

static const struct {
	const char *keys;
	int err;
	unsigned left;
} changes[] = {
	{ "123456o654321o654322o", ERR_PINS_DIFFER, 0 },
	{ "123456o12345o", ERR_PIN_LENGTH, 0 },
	{ "12345o", ERR_PIN_LENGTH, 0 },
	{ "123456o654321ox", ERR_CANCELLED, 0 },
	{ "x", ERR_CANCELLED, 0 },
	{ "123456o", ERR_TIMEOUT, 0 },
	{ "999999o654321o654321o", ERR_PIN_WRONG, 2 },
	{ "123456o1234567890123456o1234567890123456o", 0, 0 },
	{ "123456o654321o654321o", ERR_PIN_WRONG, 2 },
	{ "1234567890123456o654321o654321o", 0, 0 },
	{ "999999o111111o111111o", ERR_PIN_WRONG, 2 },
	{ "999999o111111o111111o", ERR_PIN_WRONG, 1 },
	{ "999999o111111o111111o", ERR_CARD_BLOCKED, 0 },
	{ "654321o111111o111111o", ERR_CARD_BLOCKED, 0 },
};

static void
each_end_of_a_pin_change_has_its_error_and_the_other_pin_is_left_alone(void)
{
	struct known_card card;
	struct rig *g = rig_with(1, &card);
	struct pin_state pin;
	unsigned left;

	for (size_t i = 0; i < LEN(changes); i++) {
		rig_calm(g);
		rig_quirk(g, "Enter old PIN", 1, RIG_KEYS, changes[i].keys, 0);
		if (card_pin_change(&card, 30, 10, &left) != changes[i].err ||
		    left != changes[i].left)
			CU_FAIL(changes[i].keys);
		OK(card_pin_state(&card, CARD_USER, &pin));
		CU_ASSERT_EQUAL(pin.factory, i < 7);
	}
	CU_ASSERT_EQUAL(pin.tries, 0);
	OK(card_pin_state(&card, CARD_SHARE, &pin));
	CU_ASSERT_EQUAL(pin.tries, 3);
	CU_ASSERT_EQUAL(pin.factory, 1);
	enter(&card);
	done(g, &card);
}

static void
nothing_goes_in_the_clear_once_the_channel_stood(void)
{
	static const uint8_t nothing[USER_MODULUS];
	uint8_t text[CHALLENGE_LEN], signature[USER_MODULUS], z[32];
	struct credential *c;
	struct known_card card;
	struct rig *g = rig_with(1, &card);
	struct user_keys keys;
	struct user_head head;
	unsigned calls;

	c = made();
	enter(&card);
	OK(card_user_load(&card, c, 1));
	OK(challenge_make(&wanted, text));
	sm_close(&card.sm);
	memset(signature, 0xaa, sizeof(signature));
	memset(z, 0xaa, sizeof(z));
	calls = g->fault.calls;
	CU_ASSERT_EQUAL(card_user_head(&card, &head), ERR_MAC);
	CU_ASSERT_EQUAL(card_user_keys(&card, &keys), ERR_MAC);
	CU_ASSERT_EQUAL(card_user_clear(&card), ERR_MAC);
	CU_ASSERT_EQUAL(card_user_load(&card, c, 1), ERR_MAC);
	CU_ASSERT_EQUAL(card_user_sign(&card, text, signature), ERR_MAC);
	CU_ASSERT_EQUAL(card_user_agree(&card, credential_keys(c)->point, z), ERR_MAC);
	SAME(signature, nothing, sizeof(signature));
	SAME(z, nothing, sizeof(z));
	card.secured = 0;
	CU_ASSERT_EQUAL(card_user_load(&card, c, 1), ERR_MAC);
	CU_ASSERT_EQUAL(g->fault.calls, calls);
	credential_free(&c);
	done(g, &card);
}

static void
a_copy_that_does_not_exist_is_not_loaded(void)
{
	struct credential *c;
	struct known_card card;
	struct rig *g = rig_with(1, &card);

	c = made();
	enter(&card);
	CU_ASSERT_EQUAL(card_user_load(&card, c, 0), ERR_ARG);
	CU_ASSERT_EQUAL(card_user_load(&card, c, alice.copies + 1), ERR_ARG);
	credential_free(&c);
	done(g, &card);
}

static const struct sentence sentences[] = {
	SENTENCE(a_credential_goes_to_a_card_and_serves_there),
	SENTENCE(any_copy_of_a_user_is_as_good_as_another),
	SENTENCE(one_that_is_there_is_taken_away_first),
	SENTENCE(without_the_pin_a_card_does_nothing_with_its_keys),
	SENTENCE(a_card_without_a_credential_proves_nothing),
	SENTENCE(a_point_off_the_curve_is_agreed_on_with_nobody),
	SENTENCE(a_card_pulled_while_it_is_loaded_has_all_of_it_or_nothing),
	SENTENCE(a_card_that_cannot_save_it_has_nothing),
	SENTENCE(nobody_on_the_way_sees_a_key),
	SENTENCE(share_and_user_live_side_by_side_on_a_card),
	SENTENCE(each_end_of_a_pin_change_has_its_error_and_the_other_pin_is_left_alone),
	SENTENCE(nothing_goes_in_the_clear_once_the_channel_stood),
	SENTENCE(a_copy_that_does_not_exist_is_not_loaded),
};

SUITE("requests_user", sentences)
