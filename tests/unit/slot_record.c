#include "hsm/vault/slot_record.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

enum {
	USER = 1 + 1 + SLOT_LABEL_LEN + SLOT_SERIAL_LEN + 8, SO = USER + SLOT_PASS_LEN,
	AUTOMATIC = SO + SLOT_PASS_LEN,
	HOLD = SLOT_RECORD_2_LEN - 1, BOOT = HOLD + 1,
	/* Within a code: flags, tries, cost, salt, verifier, envelope's salt, envelope, code. */
	FLAGS = 0, LEFT = 1, COST = 2, SALT = 3, VERIFIER = SALT + DERIVE_SALT_LEN,
	ENVELOPE_SALT = VERIFIER + SEAL_KEY_LEN, ENVELOPE = ENVELOPE_SALT + DERIVE_SALT_LEN,
	KEPT = ENVELOPE + SLOT_KEY_SEALED,
};

static struct slot_pass
pass(int enveloped, int stored)
{
	struct slot_pass p = { .set = 1, .change = 1, .left = 3, .cost = SLOT_COST };

	memset(p.salt, 1, sizeof(p.salt));
	memset(p.verifier, 2, sizeof(p.verifier));
	p.enveloped = enveloped != 0;
	p.stored = stored != 0;
	if (enveloped) {
		memset(p.envelope_salt, 3, sizeof(p.envelope_salt));
		memset(p.envelope, 4, sizeof(p.envelope));
	}
	if (stored)
		memset(p.kept, 5, sizeof(p.kept));
	return p;
}

static struct slot_record
record(uint8_t mode)
{
	struct slot_record rec = { .mode = mode, .generation = UINT64_C(0x0102030405060708) };

	memset(rec.label, 'l', sizeof(rec.label));
	memset(rec.serial, 's', sizeof(rec.serial));
	rec.user = pass(mode != SLOT_AUTO, mode == SLOT_AUTO);
	rec.so = pass(1, 0);
	if (mode == SLOT_AUTO)
		memset(rec.automatic, 6, sizeof(rec.automatic));
	memset(&rec.audit, 7, sizeof(rec.audit));
	rec.audit.point[0] = 4;
	return rec;
}

static struct user_seat
seat(unsigned user)
{
	struct user_seat s = { .copies = 2, .reader = "Cardinal PIN pad 0" };

	memset(s.keys.modulus, 0x80 + (int)user, sizeof(s.keys.modulus));
	s.keys.modulus[USER_MODULUS - 1] = 1;
	memset(s.keys.point, (int)user, sizeof(s.keys.point));
	s.keys.point[0] = 4;
	return s;
}

/* Of mode cards, whose envelopes are in the box. */
static struct slot_record
with_cards(unsigned users)
{
	struct slot_record rec = record(SLOT_CARDS);

	memset(rec.user.envelope, 0, sizeof(rec.user.envelope));
	memset(rec.so.envelope, 0, sizeof(rec.so.envelope));
	rec.cards.users = (uint8_t)users;
	for (unsigned i = 0; i < users; i++) {
		rec.cards.seat[i] = seat(i + 1);
		memset(rec.cards.ephemeral[i], 4, USER_POINT);
	}
	memset(rec.cards.box, 8, sizeof(rec.cards.box));
	return rec;
}

static void
a_record_is_read_as_it_was_written(void)
{
	uint8_t p[SLOT_RECORD_MAX];
	size_t n;
	struct slot_record rec, got;

	for (unsigned i = 0; i < 4; i++) {
		rec = record(i % 2 == 0 ? SLOT_AUTO : SLOT_CODE);
		if (i == 2)
			rec.so = pass(0, 1);
		if (i == 3)
			memset(&rec.user, 0, sizeof(rec.user));
		if (i == 3)
			memset(&rec.audit, 0, sizeof(rec.audit));
		OK(slot_record_encode(&rec, p, &n));
		CU_ASSERT_EQUAL(n, SLOT_RECORD_LEN);
		OK(slot_record_decode(p, n, &got));
		SAME(&rec, &got, sizeof(rec));
	}
}

static void
users_are_read_as_they_were_written(void)
{
	uint8_t p[SLOT_RECORD_MAX];
	struct slot_record rec, got;
	size_t n;

	for (unsigned users = 1; users <= USERS_MAX; users++) {
		rec = with_cards(users);
		OK(slot_record_encode(&rec, p, &n));
		CU_ASSERT_EQUAL(n, SLOT_RECORD_LEN + users * (SEAT_LEN + USER_POINT) + SLOT_BOX_LEN);
		OK(slot_record_decode(p, n, &got));
		SAME(&rec, &got, sizeof(rec));
		rec.hold.held = 1;
		memset(rec.hold.boot, users == 1 ? 0 : 9, sizeof(rec.hold.boot));
		OK(slot_record_encode(&rec, p, &n));
		OK(slot_record_decode(p, n, &got));
		SAME(&rec, &got, sizeof(rec));
		/* Nobody has a code yet, nor would the SO PIN open it: there is no box. */
		memset(&rec.user, 0, sizeof(rec.user));
		rec.so = pass(0, 1);
		memset(rec.cards.ephemeral, 0, sizeof(rec.cards.ephemeral));
		memset(rec.cards.box, 0, sizeof(rec.cards.box));
		OK(slot_record_encode(&rec, p, &n));
		OK(slot_record_decode(p, n, &got));
		SAME(&rec, &got, sizeof(rec));
	}
	/* The cards alone open it: the code is stored, its envelope in the box. */
	rec = with_cards(1);
	rec.user = pass(1, 1);
	memset(rec.user.envelope, 0, sizeof(rec.user.envelope));
	OK(slot_record_encode(&rec, p, &n));
}

static void
the_first_version_is_read_and_written_as_the_present_one(void)
{
	uint8_t p[SLOT_RECORD_MAX], again[SLOT_RECORD_MAX];
	struct slot_record rec, got;
	size_t n;

	for (unsigned i = 0; i < 2; i++) {
		rec = record(i == 0 ? SLOT_AUTO : SLOT_CODE);
		memset(&rec.audit, 0, sizeof(rec.audit));
		OK(slot_record_encode(&rec, p, &n));
		p[0] = 1;
		OK(slot_record_decode(p, SLOT_RECORD_1_LEN, &got));
		SAME(&rec, &got, sizeof(rec));
		OK(slot_record_encode(&got, again, &n));
		CU_ASSERT_EQUAL(again[0], 3);
		CU_ASSERT_EQUAL(slot_record_decode(p, SLOT_RECORD_1_LEN - 1, &got), ERR_FORMAT);
	}
	/* It knew no cards. */
	p[1] = SLOT_CARDS;
	CU_ASSERT_EQUAL(slot_record_decode(p, SLOT_RECORD_1_LEN, &got), ERR_FORMAT);
}

static void
the_second_version_is_read_and_written_as_the_present_one(void)
{
	const size_t hold = 1 + BOOT_LEN;
	uint8_t p[SLOT_RECORD_MAX], again[SLOT_RECORD_MAX];
	struct slot_record rec, got;
	size_t n;

	for (unsigned users = 0; users <= 2; users++) {
		rec = users == 0 ? record(SLOT_CODE) : with_cards(users);
		OK(slot_record_encode(&rec, p, &n));
		memmove(p + HOLD, p + HOLD + hold, n - HOLD - hold);
		p[0] = 2;
		OK(slot_record_decode(p, n - hold, &got));
		SAME(&rec, &got, sizeof(rec));
		CU_ASSERT_EQUAL(slot_record_decode(p, n, &got), ERR_FORMAT);
		CU_ASSERT_EQUAL(slot_record_decode(p, n - hold - 1, &got), ERR_FORMAT);
		OK(slot_record_encode(&rec, again, &n));
		CU_ASSERT_EQUAL(again[0], 3);
	}
}

/* Each breaks one thing of a sound record with two users. */
static void
six_users(struct slot_record *rec)
{
	rec->cards.users = 6;
}

static void
no_user(struct slot_record *rec)
{
	memset(&rec->cards, 0, sizeof(rec->cards));
}

static void
no_box(struct slot_record *rec)
{
	memset(rec->cards.box, 0, sizeof(rec->cards.box));
}

static void
no_point(struct slot_record *rec)
{
	rec->cards.ephemeral[1][0] = 0;
}

static void
a_box_of_nothing(struct slot_record *rec)
{
	memset(&rec->user, 0, sizeof(rec->user));
	rec->so = pass(0, 1);
}

static void
an_envelope_beside_the_box(struct slot_record *rec)
{
	rec->user.envelope[0] = 1;
}

static void
an_so_pin_that_the_device_has(struct slot_record *rec)
{
	rec->so.stored = 1;
}

static void
the_devices_seal(struct slot_record *rec)
{
	rec->automatic[0] = 1;
}

static void
ten_copies(struct slot_record *rec)
{
	rec->cards.seat[1].copies = 10;
}

static void
no_copy(struct slot_record *rec)
{
	rec->cards.seat[0].copies = 0;
}

static void
a_reader_without_end(struct slot_record *rec)
{
	memset(rec->cards.seat[0].reader, 'r', USER_READER_MAX);
}

static void
a_reader_with_more_behind(struct slot_record *rec)
{
	rec->cards.seat[0].reader[USER_READER_MAX - 1] = 'r';
}

static void
a_reader_that_moves_the_cursor(struct slot_record *rec)
{
	rec->cards.seat[0].reader[0] = '\033';
}

static void
an_even_modulus(struct slot_record *rec)
{
	rec->cards.seat[1].keys.modulus[USER_MODULUS - 1] = 2;
}

static void
a_short_modulus(struct slot_record *rec)
{
	rec->cards.seat[1].keys.modulus[0] = 0x7f;
}

static void
a_compressed_point(struct slot_record *rec)
{
	rec->cards.seat[1].keys.point[0] = 2;
}

static void
a_third_user(struct slot_record *rec)
{
	rec->cards.seat[2].copies = 1;
}

static void
an_audit_key_without_point(struct slot_record *rec)
{
	memset(rec->audit.point, 0, sizeof(rec->audit.point));
}

static void
users_of_another_mode(struct slot_record *rec)
{
	rec->mode = SLOT_CODE;
	rec->user.envelope[0] = rec->so.envelope[0] = 1;
}

static void
a_hold_that_is_twice(struct slot_record *rec)
{
	rec->hold.held = 2;
}

static void
a_boot_of_no_hold(struct slot_record *rec)
{
	rec->hold.boot[BOOT_LEN - 1] = 1;
}

static void
users_that_cannot_be_are_refused(void)
{
	static void (*const all[])(struct slot_record *) = { six_users, no_user, no_box, no_point,
		a_box_of_nothing, an_envelope_beside_the_box, an_so_pin_that_the_device_has,
		the_devices_seal, ten_copies, no_copy, a_reader_without_end,
		a_reader_with_more_behind, a_reader_that_moves_the_cursor, an_even_modulus,
		a_short_modulus, a_compressed_point, a_third_user, an_audit_key_without_point,
		users_of_another_mode, a_hold_that_is_twice, a_boot_of_no_hold };
	uint8_t p[SLOT_RECORD_MAX];
	struct slot_record rec;
	size_t n;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		rec = with_cards(2);
		all[i](&rec);
		if (slot_record_encode(&rec, p, &n) != ERR_ARG) {
			printf("    %zu\n", i);
			CU_FAIL("a record that cannot be");
		}
	}
}

/* The same on the way in, where the bytes are somebody else's. */
static const struct {
	const char *why;
	unsigned at;
	uint8_t v;
} bad_cards[] = {
	{ "no users in mode cards", SLOT_RECORD_LEN - 1, 0 },
	{ "one user, and more behind", SLOT_RECORD_LEN - 1, 1 },
	{ "three, of whom one is missing", SLOT_RECORD_LEN - 1, 3 },
	{ "six", SLOT_RECORD_LEN - 1, 6 },
	{ "a modulus that is too short", SLOT_RECORD_LEN, 0x7f },
	{ "a compressed point", SLOT_RECORD_LEN + USER_MODULUS, 2 },
	{ "no copies", SLOT_RECORD_LEN + USER_MODULUS + USER_POINT, 0 },
	{ "a reader with a newline", SLOT_RECORD_LEN + USER_MODULUS + USER_POINT + 1, '\n' },
	{ "a reader with more behind its end", SLOT_RECORD_LEN + SEAT_LEN - 1, 'x' },
	{ "no ephemeral point", SLOT_RECORD_LEN + SEAT_LEN, 0 },
	{ "mode code with users", 1, SLOT_CODE },
	{ "a hold that is twice", HOLD, 2 },
	{ "the machine's start of no hold", BOOT + BOOT_LEN - 1, 1 },
	{ "an envelope beside the box", USER + ENVELOPE, 1 },
	{ "an SO PIN that is stored too", SO + FLAGS, 1 | 4 | 8 },
};

static void
users_that_cannot_be_are_not_read(void)
{
	static const struct slot_record zero;
	uint8_t p[SLOT_RECORD_MAX + 1] = { 0 };
	struct slot_record rec = with_cards(2), got;
	size_t n;

	for (size_t i = 0; i < sizeof(bad_cards) / sizeof(bad_cards[0]); i++) {
		OK(slot_record_encode(&rec, p, &n));
		p[bad_cards[i].at] = bad_cards[i].v;
		if (slot_record_decode(p, n, &got) != ERR_FORMAT)
			CU_FAIL(bad_cards[i].why);
		SAME(&got, &zero, sizeof(zero));
	}
	OK(slot_record_encode(&rec, p, &n));
	CU_ASSERT_EQUAL(slot_record_decode(p, n - 1, &got), ERR_FORMAT);
	CU_ASSERT_EQUAL(slot_record_decode(p, n + 1, &got), ERR_FORMAT);
	OK(slot_record_decode(p, n, &got));
}

static const struct {
	const char *why;
	uint8_t mode;
	unsigned at;
	uint8_t v;
	int r;
} bad[] = {
	{ "version 0", SLOT_CODE, 0, 0, ERR_VERSION },
	{ "version 4", SLOT_CODE, 0, 4, ERR_VERSION },
	{ "version 2 with more behind it", SLOT_CODE, 0, 2, ERR_FORMAT },
	{ "a hold in mode code", SLOT_CODE, HOLD, 1, ERR_FORMAT },
	{ "a hold in mode auto", SLOT_AUTO, HOLD, 1, ERR_FORMAT },
	{ "version 1 with more behind it", SLOT_CODE, 0, 1, ERR_FORMAT },
	{ "no mode", SLOT_CODE, 1, 0, ERR_FORMAT },
	{ "mode cards", SLOT_CODE, 1, SLOT_CARDS, ERR_FORMAT },
	{ "mode auto without what opens it", SLOT_CODE, 1, SLOT_AUTO, ERR_FORMAT },
	{ "mode code with what opens it", SLOT_AUTO, 1, SLOT_CODE, ERR_FORMAT },
	{ "a flag that is none", SLOT_CODE, USER + FLAGS, 1 | 2 | 4 | 16, ERR_FORMAT },
	{ "an SO PIN that is not set", SLOT_CODE, SO + FLAGS, 0, ERR_FORMAT },
	{ "a code with an envelope and stored", SLOT_CODE, USER + FLAGS, 1 | 4 | 8, ERR_FORMAT },
	{ "an SO PIN with an envelope and stored", SLOT_CODE, SO + FLAGS, 1 | 4 | 8, ERR_FORMAT },
	{ "a user's code without envelope", SLOT_CODE, USER + FLAGS, 1, ERR_FORMAT },
	{ "a code that is stored in mode code", SLOT_CODE, USER + FLAGS, 1 | 8, ERR_FORMAT },
	{ "an envelope that no flag names", SLOT_CODE, SO + FLAGS, 1, ERR_FORMAT },
	{ "a kept code that no flag names", SLOT_CODE, SO + KEPT + 157, 1, ERR_FORMAT },
	{ "an envelope in mode auto that no flag names", SLOT_AUTO, USER + ENVELOPE, 1, ERR_FORMAT },
	{ "its salt", SLOT_AUTO, USER + ENVELOPE_SALT, 1, ERR_FORMAT },
	{ "11 tries", SLOT_CODE, USER + LEFT, SLOT_TRIES + 1, ERR_FORMAT },
	{ "no cost", SLOT_CODE, USER + COST, 0, ERR_FORMAT },
	{ "a cost between", SLOT_CODE, USER + COST, 14, ERR_FORMAT },
	{ "a cost beyond", SLOT_CODE, USER + COST, 63, ERR_FORMAT },
	{ "the device's seal of the key in mode code", SLOT_CODE, AUTOMATIC + 60, 1, ERR_FORMAT },
};

static void
a_record_that_cannot_be_is_refused_whole(void)
{
	static const struct slot_record zero;
	uint8_t p[SLOT_RECORD_MAX + 1] = { 0 };
	size_t n;
	struct slot_record rec, got;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rec = record(bad[i].mode);
		OK(slot_record_encode(&rec, p, &n));
		p[bad[i].at] = bad[i].v;
		memset(&got, 0xaa, sizeof(got));
		if (slot_record_decode(p, SLOT_RECORD_LEN, &got) != bad[i].r)
			CU_FAIL(bad[i].why);
		SAME(&got, &zero, sizeof(zero));
	}
	rec = record(SLOT_CODE);
	OK(slot_record_encode(&rec, p, &n));
	CU_ASSERT_EQUAL(slot_record_decode(p, SLOT_RECORD_LEN - 1, &got), ERR_FORMAT);
	CU_ASSERT_EQUAL(slot_record_decode(p, SLOT_RECORD_LEN + 1, &got), ERR_FORMAT);
	CU_ASSERT_EQUAL(slot_record_decode(p, 0, &got), ERR_VERSION);
	rec.user.stored = 1;
	CU_ASSERT_EQUAL(slot_record_encode(&rec, p, &n), ERR_ARG);
}

static void
a_code_that_is_not_set_has_nothing(void)
{
	static const unsigned ats[] = { LEFT, COST, SALT, VERIFIER, ENVELOPE_SALT, ENVELOPE, KEPT };
	uint8_t p[SLOT_RECORD_MAX];
	size_t n;
	struct slot_record rec, got;

	rec = record(SLOT_CODE);
	memset(&rec.user, 0, sizeof(rec.user));
	OK(slot_record_encode(&rec, p, &n));
	for (size_t i = 0; i < sizeof(ats) / sizeof(ats[0]); i++) {
		p[USER + ats[i]] = 1;
		CU_ASSERT_EQUAL(slot_record_decode(p, n, &got), ERR_FORMAT);
		p[USER + ats[i]] = 0;
	}
	OK(slot_record_decode(p, n, &got));
}

static const struct sentence sentences[] = {
	SENTENCE(a_record_is_read_as_it_was_written),
	SENTENCE(users_are_read_as_they_were_written),
	SENTENCE(the_first_version_is_read_and_written_as_the_present_one),
	SENTENCE(the_second_version_is_read_and_written_as_the_present_one),
	SENTENCE(a_record_that_cannot_be_is_refused_whole),
	SENTENCE(users_that_cannot_be_are_refused),
	SENTENCE(users_that_cannot_be_are_not_read),
	SENTENCE(a_code_that_is_not_set_has_nothing),
};

SUITE("slot_record", sentences)
