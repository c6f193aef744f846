#include "hsm/daemon/vaultlink.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/* The users of a slot, as GET /v1/slots tells them: in an answer each, of the last slot. */
enum {
	TAIL = 4,		/* what is told of a slot behind its users */
	NAME = 3,		/* where a seat has its reader */
	SEAT = NAME + USER_READER_MAX - 1,
	ROOM = VAULT_ANSWER_MAX + SEAT,
};

static size_t
answer_of(unsigned users, uint8_t buf[ROOM])
{
	static union vaultlink_result v;
	struct wr wr;

	memset(&v, 0, sizeof(v));
	v.slots[SLOTS - 1].users = (uint8_t)users;
	for (size_t i = 0; i < users; i++) {
		v.slots[SLOTS - 1].seat[i].copies = 1;
		memset(v.slots[SLOTS - 1].seat[i].reader, 'r', USER_READER_MAX - 1);
	}
	wr_init(&wr, buf, VAULT_ANSWER_MAX);
	OK(vaultlink_put_answer(&wr, VAULT_SLOTS, 0, &v));
	return wr.n;
}

static int
get(const uint8_t *buf, size_t n, const struct slot_info **s)
{
	static union vaultlink_result v;
	int status, r = vaultlink_get_answer(buf, n, VAULT_SLOTS, &status, &v);

	*s = &v.slots[SLOTS - 1];
	return r;
}

static void
none_to_five_users_are_told_and_zeros_behind_them(void)
{
	struct slot_seat want[USERS_MAX] = { 0 };
	static uint8_t buf[ROOM];
	const struct slot_info *s;

	for (unsigned users = 0; users <= USERS_MAX; users++) {
		if (users > 0) {
			want[users - 1].copies = 1;
			memset(want[users - 1].reader, 'r', USER_READER_MAX - 1);
		}
		OK(get(buf, answer_of(users, buf), &s));
		CU_ASSERT_EQUAL(s->users, users);
		SAME(s->seat, want, sizeof(want));
	}
}

static void
a_user_who_cannot_be_is_refused(void)
{
	static const struct {
		const char *why;
		size_t at;		/* in the last seat */
		uint8_t byte;
		int err;
	} table[] = {
		{ "one card", 0, 1, 0 },
		{ "no card", 0, 0, ERR_FORMAT },
		{ "nine cards", 0, COPIES_MAX, 0 },
		{ "ten cards", 0, COPIES_MAX + 1, ERR_FORMAT },
		{ "a reader with a NUL", SEAT - 1, 0, ERR_FORMAT },
	};
	static uint8_t buf[ROOM];
	const struct slot_info *s;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const size_t n = answer_of(2, buf);

		buf[n - TAIL - SEAT + table[i].at] = table[i].byte;
		if (get(buf, n, &s) != table[i].err)
			CU_FAIL(table[i].why);
	}
}

static void
a_sixth_user_is_refused(void)
{
	static uint8_t buf[ROOM];
	const struct slot_info *s;
	size_t n = answer_of(USERS_MAX, buf), at = n - TAIL - SEAT;
	uint8_t *users = buf + at - (USERS_MAX - 1) * SEAT - 1;

	CU_ASSERT_EQUAL((*users)++, USERS_MAX);
	CU_ASSERT_EQUAL(get(buf, n, &s), ERR_FORMAT);
	memmove(buf + at + SEAT, buf + at, SEAT + TAIL);
	CU_ASSERT_EQUAL(get(buf, n + SEAT, &s), ERR_FORMAT);
}

static void
a_reader_without_room_for_its_end_is_refused(void)
{
	static uint8_t buf[ROOM];
	const struct slot_info *s;
	size_t n = answer_of(1, buf), at = n - TAIL - SEAT;

	memmove(buf + at + NAME + 1, buf + at + NAME, SEAT - NAME + TAIL);
	CU_ASSERT_EQUAL(buf[at + NAME - 1], USER_READER_MAX - 1);
	buf[at + NAME - 1]++;
	CU_ASSERT_EQUAL(get(buf, n + 1, &s), ERR_FORMAT);
}

static const struct sentence sentences[] = {
	SENTENCE(none_to_five_users_are_told_and_zeros_behind_them),
	SENTENCE(a_user_who_cannot_be_is_refused),
	SENTENCE(a_sixth_user_is_refused),
	SENTENCE(a_reader_without_room_for_its_end_is_refused),
};

SUITE("vaultlink_seats", sentences)
