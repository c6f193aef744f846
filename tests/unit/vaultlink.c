#include "hsm/daemon/vaultlink.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static void
fill_set(struct share_set *s)
{
	memset(s, 0, sizeof(*s));
	s->head.mode = SHARE_LIVE;
	memset(s->head.set, 0xa5, SET_ID_LEN);
	strcpy(s->head.label, "sixteen letters!");
	strcpy(s->head.key_name, "MBK1");
	s->head.k = 2;
	s->head.n = 3;
	s->head.date = 1700000000;
	memset(s->head.kcv, 0x77, KCV_LEN);
	for (size_t i = 0; i < SHAMIR_N_MAX; i++)
		memset(s->check[i], (int)i + 1, CHECK_LEN);
}

static void
fill_record(struct record *r)
{
	memset(r, 0, sizeof(*r));
	strcpy(r->ceremony, "backup-create");
	strcpy(r->step, "pin");
	r->card = 2;
	strcpy(r->serial, "12345678901234567890");
	strcpy(r->text, "Insert 2. card / press OK/Cancel");
	strcpy(r->outcome, "Wrong PIN 2 left");
}

/* As long as it can be. */
static void
fill_code(uint8_t *n, uint8_t p[SLOT_CODE_MAX], int byte)
{
	*n = SLOT_CODE_MAX;
	memset(p, byte, SLOT_CODE_MAX);
}

static void
fill_order(struct slot_order *o)
{
	o->slot = SLOTS - 1;
	o->mode = SLOT_CODE;
	o->who = SLOT_SO;
	fill_code(&o->now_n, o->now, 'n');
	o->code_n = SLOT_CODE_MIN;
	memset(o->code, 'c', SLOT_CODE_MIN);
	fill_code(&o->so_n, o->so, 's');
	o->users = USERS_MAX;
	o->copies = COPIES_MAX;
}

static void
fill_keys(struct user_keys *k)
{
	memset(k->modulus, 0xc1, sizeof(k->modulus));
	memset(k->point, 0x04, sizeof(k->point));
}

static void
fill_seat(struct user_seat *s)
{
	fill_keys(&s->keys);
	s->copies = COPIES_MAX;
	memset(s->reader, 'r', USER_READER_MAX - 1);
}

static void
fill_slots(struct slot_info v[SLOTS])
{
	for (size_t i = 0; i < SLOTS; i++) {
		v[i].mode = SLOT_CODE;
		v[i].present = v[i].initialised = v[i].user_set = 1;
		v[i].user_left = (uint8_t)i;
		v[i].so_left = SLOT_TRIES;
		v[i].so_made = 1;
		memset(v[i].label, 'l', sizeof(v[i].label));
		memset(v[i].serial, '7', sizeof(v[i].serial));
		v[i].generation = UINT64_MAX;
		v[i].objects = i;
		v[i].users = USERS_MAX;
		v[i].copies = COPIES_MAX;
		for (size_t u = 0; u < USERS_MAX; u++) {
			v[i].seat[u].copies = COPIES_MAX;
			memset(v[i].seat[u].reader, 'r', USER_READER_MAX - 1);
		}
		v[i].stored = v[i].held = v[i].asking = 1;
	}
}

static void
fill_args(uint8_t id, union vaultlink_args *a)
{
	memset(a, 0, sizeof(*a));
	switch (id) {
	case VAULT_BEGIN: strcpy(a->begin.ceremony, "backup-create"); break;
	case VAULT_SET: fill_set(&a->set); break;
	case VAULT_WRITTEN:
		a->written.x = SHAMIR_N_MAX;
		strcpy(a->written.serial, "12345678901234567890");
		memset(a->written.check, 9, CHECK_LEN);
		break;
	case VAULT_RECORD: fill_record(&a->record); break;
	case VAULT_COMMIT: memset(a->commit.key, 0x3c, MBK_LEN); break;
	case VAULT_BROKEN: memset(a->broken.message, 'm', MESSAGE_MAX - 1); break;
	case VAULT_EVENTS: a->events.since = 7; a->events.max = VAULT_EVENTS_MAX; break;
	case VAULT_ISSUER_ADD:
		a->issuer_add.n = ISSUER_MAX;
		memset(a->issuer_add.der, 0x30, ISSUER_MAX);
		break;
	case VAULT_ISSUER: a->issuer.i = 1; break;
	case VAULT_PLAN:
		for (size_t i = 0; i < SLOTS; i++) {
			a->plan[i].mode = i % 2 == 0 ? SLOT_AUTO : SLOT_CARDS;
			a->plan[i].users = USERS_MAX;
			a->plan[i].copies = COPIES_MAX;
			fill_code(&a->plan[i].code_n, a->plan[i].code, 'c');
			fill_code(&a->plan[i].so_n, a->plan[i].so, 's');
		}
		break;
	case VAULT_SLOT_MODE:
	case VAULT_SLOT_ACTIVATE:
	case VAULT_SLOT_DEACTIVATE:
	case VAULT_SLOT_SHOW:
	case VAULT_SLOT_WIPE:
	case VAULT_SLOT_CARDS: fill_order(&a->slot); break;
	case VAULT_ENROL: fill_seat(&a->enrol.seat); /* fall through */
	case VAULT_ENROLLED:
		a->enrol.slot = SLOTS - 1;
		a->enrol.user = USERS_MAX;
		break;
	case VAULT_OPENING_ASK: a->ask.slot = SLOTS - 1; break;
	case VAULT_OPENING_PROOF:
		memset(a->opening.signature, 0x5a, USER_MODULUS);
		memset(a->opening.z, 0x2e, LOCK_SECRET); /* fall through */
	case VAULT_OPENING_SEAT:
	case VAULT_OPENING_CHALLENGE:
		a->opening.number = UINT64_MAX;
		a->opening.user = USERS_MAX;
		break;
	case VAULT_OPENING_END:
		a->opening.number = 3;
		a->opening.why = (uint8_t)-ERR_CANCELLED;
		a->opening.begun = 1;
		break;
	case VAULT_WHOSE: fill_keys(&a->whose); break;
	default: break;
	}
}

static void
fill_result(uint8_t id, union vaultlink_result *v)
{
	memset(v, 0, sizeof(*v));
	switch (id) {
	case VAULT_STATUS:
		v->status.seq = 41;
		v->status.hsm.state = HSM_INCONSISTENT;
		v->status.hsm.have_set = 1;
		v->status.hsm.key_lost = 1;
		v->status.hsm.trial = 1;
		strcpy(v->status.hsm.message, "broken off at card 2");
		strcpy(v->status.hsm.label, "cardinal");
		fill_set(&v->status.hsm.set);
		v->status.hsm.written = 3;
		strcpy(v->status.hsm.serial[0], "12345678901234567890");
		break;
	case VAULT_EVENTS:
		v->events.n = VAULT_EVENTS_MAX;
		for (size_t i = 0; i < VAULT_EVENTS_MAX; i++) {
			v->events.v[i].seq = i + 1;
			v->events.v[i].time = 1700000000 + i;
			fill_record(&v->events.v[i].record);
			memset(v->events.v[i].record.outcome, 'x', MESSAGE_MAX - 1);
			memset(v->events.v[i].record.text, 'y', MESSAGE_MAX - 1);
			memset(v->events.v[i].hash, (int)i, HASH_LEN);
		}
		break;
	case VAULT_VERIFY: v->verify.whole = 0; v->verify.seq = 12; break;
	case VAULT_ISSUER:
		v->issuer.n = 3;
		memcpy(v->issuer.der, "\x30\x01\x00", 3);
		break;
	case VAULT_SLOTS: fill_slots(v->slots); break;
	case VAULT_SLOT_SHOW: memset(v->shown, 'c', SLOT_CODE_MAX); break;
	case VAULT_SLOT_MODE:
	case VAULT_SLOT_ACTIVATE: v->asked.asks = 1; v->asked.opening = UINT64_MAX; break;
	case VAULT_ENROLLED:
	case VAULT_OPENING_SEAT: fill_seat(&v->seat); break;
	case VAULT_OPENING_ASK: v->ask.opening = 4; break;
	case VAULT_OPENING_NEXT:
		v->opening.number = 4;
		v->opening.slot = SLOTS - 1;
		v->opening.users = USERS_MAX;
		v->opening.purpose = CHALLENGE_INIT;
		v->opening.seconds = UINT32_MAX;
		break;
	case VAULT_OPENING_CHALLENGE:
		memset(v->challenge.text, 't', CHALLENGE_LEN);
		memset(v->challenge.point, 0x04, USER_POINT);
		break;
	case VAULT_WHOSE: v->whose.slot = SLOTS - 1; v->whose.user = USERS_MAX; break;
	default: break;
	}
}

static void
every_request_arrives_as_it_was_sent(void)
{
	union vaultlink_args sent, got;
	uint8_t buf[VAULT_REQUEST_MAX], id;
	struct wr wr;

	for (uint8_t i = VAULT_STATUS; i < VAULT_CALLS; i++) {
		fill_args(i, &sent);
		wr_init(&wr, buf, sizeof(buf));
		OK(vaultlink_put_request(&wr, i, &sent));
		OK(vaultlink_get_request(buf, wr.n, &id, &got));
		CU_ASSERT_EQUAL(id, i);
		SAME(&sent, &got, sizeof(sent));
	}
}

static void
every_answer_arrives_as_it_was_sent(void)
{
	static union vaultlink_result sent, got;
	static uint8_t buf[VAULT_ANSWER_MAX];
	struct wr wr;
	int status;

	for (uint8_t i = VAULT_STATUS; i < VAULT_CALLS; i++) {
		fill_result(i, &sent);
		wr_init(&wr, buf, sizeof(buf));
		OK(vaultlink_put_answer(&wr, i, 0, &sent));
		status = 1;
		OK(vaultlink_get_answer(buf, wr.n, i, &status, &got));
		CU_ASSERT_EQUAL(status, 0);
		SAME(&sent, &got, sizeof(sent));
	}
}

static void
a_message_of_any_other_length_is_refused(void)
{
	static union vaultlink_result v;
	static uint8_t buf[VAULT_ANSWER_MAX + 1];
	union vaultlink_args a;
	struct wr wr;
	uint8_t id;
	int status;

	for (uint8_t i = VAULT_STATUS; i < VAULT_CALLS; i++) {
		fill_args(i, &a);
		wr_init(&wr, buf, VAULT_REQUEST_MAX);
		OK(vaultlink_put_request(&wr, i, &a));
		buf[wr.n] = 0;
		for (size_t n = 0; n <= wr.n + 1; n++)
			CU_ASSERT_EQUAL(vaultlink_get_request(buf, n, &id, &a),
			    n == wr.n ? 0 : ERR_FORMAT);
		fill_result(i, &v);
		wr_init(&wr, buf, VAULT_ANSWER_MAX);
		OK(vaultlink_put_answer(&wr, i, 0, &v));
		buf[wr.n] = 0;
		for (size_t n = 0; n <= wr.n + 1; n += n + 64 < wr.n ? 13 : 1)
			CU_ASSERT_EQUAL(vaultlink_get_answer(buf, n, i, &status, &v),
			    n == wr.n ? 0 : ERR_FORMAT);
	}
}

static void
an_error_is_answered_without_a_result(void)
{
	static union vaultlink_result v;
	uint8_t buf[16];
	struct wr wr;
	int status = 0;

	wr_init(&wr, buf, sizeof(buf));
	OK(vaultlink_put_answer(&wr, VAULT_STATUS, ERR_FULL, &v));
	CU_ASSERT_EQUAL(wr.n, 5);
	OK(vaultlink_get_answer(buf, wr.n, VAULT_STATUS, &status, &v));
	CU_ASSERT_EQUAL(status, ERR_FULL);
}

static void
malformed_requests_are_refused(void)
{
	static const struct {
		const char *why, *bytes;
	} table[] = {
		{ "no call at all", "" },
		{ "call 0", "00" },
		{ "a call behind the last", "21" },
		{ "share 0 written", "04 00 0000 01010101010101010101010101010101" },
		{ "share 17 written", "04 11 0000 01010101010101010101010101010101" },
		{ "a serial number of 21 digits", "04 01 0015 303030303030303030303030303030303030303030"
		    " 01010101010101010101010101010101" },
		{ "a name with a NUL", "02 0002 6100" },
		{ "a name of 32 letters", "02 0020 6161616161616161616161616161616161616161616161616161616161616161" },
		{ "a key of 31 bytes", "06 00000000000000000000000000000000000000000000000000000000000000" },
		{ "33 events asked for", "09 0000000000000000 0021" },
		{ "an issuer longer than told", "0b 0001 3000" },
		{ "an issuer of 2049 bytes", "0b 0801 30" },
		{ "a plan of nothing", "0d" },
		{ "a plan of one slot", "0d 01 00 00 00 00" },
		{ "a plan with a mode that is none", "0d 00 00 00 00 00" },
		{ "a plan with six users", "0d 03 06 01 00 00" },
		{ "a plan with ten copies", "0d 03 01 0a 00 00" },
		{ "a plan with a code of 129 bytes", "0d 02 00 00 81 63" },
		{ "something behind a trial", "0f 00" },
		{ "slot 10", "12 0a 00 00 00 00 00 00 00" },
		{ "mode 5", "11 00 05 00 00 00 00 00 00" },
		{ "a third who", "14 00 00 03 00 00 00 00 00" },
		{ "a code of 129 bytes", "12 00 00 00 00 81 63" },
		{ "a code longer than told", "12 00 00 00 00 08 6363636363636363 63 00 00 00" },
		{ "an order with six users", "16 00 03 00 00 00 00 06 01" },
		{ "an order with ten copies", "16 00 03 00 00 00 00 01 0a" },
		{ "user 0 enrolled", "17 00 00" },
		{ "user 6 enrolled", "17 00 06" },
		{ "a user of slot 10", "17 0a 01" },
		{ "a seat without keys", "18 00 01 01 0000" },
		{ "something behind a finish", "19 00" },
		{ "slot 10 to open", "1a 0a" },
		{ "something behind next", "1b 00" },
		{ "the seat of user 0", "1c 0000000000000001 00" },
		{ "a challenge for user 6", "1d 0000000000000001 06" },
		{ "a proof of nothing", "1e 0000000000000001 01" },
		{ "an end that is half begun", "1f 0000000000000001 00 02" },
		{ "nobody's keys", "20" },
	};
	union vaultlink_args a;
	uint8_t buf[128], id;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const size_t n = hex(table[i].bytes, buf, sizeof(buf));

		if (vaultlink_get_request(buf, n, &id, &a) != ERR_FORMAT)
			CU_FAIL(table[i].why);
	}
}

static void
malformed_answers_are_refused(void)
{
	static const struct {
		const char *why;
		uint8_t id;
		const char *bytes;
	} table[] = {
		{ "the answer to another call", VAULT_RECORD, "01 00000000" },
		{ "no status", VAULT_RECORD, "05 000000" },
		{ "a positive status", VAULT_RECORD, "05 00000001" },
		{ "a status that is no error of ours", VAULT_RECORD, "05 fffffeff" },
		{ "a result after an error", VAULT_VERIFY, "0a ffffffff 00 0000000000000000" },
		{ "state 4", VAULT_STATUS, "01 00000000 0000000000000029 04 00 00 00 0000 0000 00" },
		{ "committed twice", VAULT_STATUS, "01 00000000 0000000000000029 02 02 00 00 0000 0000 00" },
		{ "a trial that is 2", VAULT_STATUS, "01 00000000 0000000000000029 02 01 00 02 0000 0000 00" },
		{ "a set of k 4 of 3", VAULT_STATUS, "01 00000000 0000000000000029 00 00 00 00 0000 0000 01 01"
		    " 0000000000000000 0000 0000 03 04" },
		{ "33 events", VAULT_EVENTS, "09 00000000 0021" },
		{ "nine slots and no tenth", VAULT_SLOTS, "10 00000000 01 00" },
		{ "a slot of mode 5", VAULT_SLOTS, "10 00000000 05" },
		{ "asks twice", VAULT_SLOT_ACTIVATE, "12 00000000 02 0000000000000000" },
		{ "an opening of slot 10", VAULT_OPENING_NEXT, "1b 00000000 0000000000000001 0a 01 01 00000000" },
		{ "an opening of nobody", VAULT_OPENING_NEXT, "1b 00000000 0000000000000001 00 00 01 00000000" },
		{ "an opening for six", VAULT_OPENING_NEXT, "1b 00000000 0000000000000001 00 06 01 00000000" },
		{ "an opening for nothing", VAULT_OPENING_NEXT,
		    "1b 00000000 0000000000000001 00 01 00 00000000" },
		{ "an opening for a sixth thing", VAULT_OPENING_NEXT,
		    "1b 00000000 0000000000000001 00 01 06 00000000" },
		{ "a challenge of nothing", VAULT_OPENING_CHALLENGE, "1d 00000000" },
		{ "keys of user 0", VAULT_WHOSE, "20 00000000 00 00" },
		{ "a code with a NUL", VAULT_SLOT_SHOW, "14 00000000 0002 6100" },
		{ "a chain that is half whole", VAULT_VERIFY, "0a 00000000 02 0000000000000000" },
	};
	static union vaultlink_result v;
	uint8_t buf[64];
	int status;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const size_t n = hex(table[i].bytes, buf, sizeof(buf));

		if (vaultlink_get_answer(buf, n, table[i].id, &status, &v) != ERR_FORMAT)
			CU_FAIL(table[i].why);
	}
}

static void
a_set_with_a_wrong_k_or_n_is_not_sent(void)
{
	static const uint8_t kn[][2] = { { 1, 3 }, { 4, 3 }, { 2, 17 }, { 2, 1 } };
	union vaultlink_args a;
	uint8_t buf[VAULT_REQUEST_MAX];
	struct wr wr;

	for (size_t i = 0; i < sizeof(kn) / sizeof(kn[0]); i++) {
		fill_args(VAULT_SET, &a);
		a.set.head.k = kn[i][0];
		a.set.head.n = kn[i][1];
		wr_init(&wr, buf, sizeof(buf));
		CU_ASSERT_EQUAL(vaultlink_put_request(&wr, VAULT_SET, &a), ERR_SIZE);
	}
}

static void
a_refused_request_leaves_nothing_of_its_secrets(void)
{
	static const uint8_t ids[] = { VAULT_COMMIT, VAULT_PLAN, VAULT_SLOT_MODE, VAULT_SLOT_CARDS,
		VAULT_OPENING_PROOF };
	static const union vaultlink_args zero;
	union vaultlink_args a;
	uint8_t buf[VAULT_REQUEST_MAX + 1], id;
	struct wr wr;

	for (size_t i = 0; i < sizeof(ids); i++) {
		fill_args(ids[i], &a);
		wr_init(&wr, buf, VAULT_REQUEST_MAX);
		OK(vaultlink_put_request(&wr, ids[i], &a));
		buf[wr.n] = 0;
		CU_ASSERT_EQUAL(vaultlink_get_request(buf, wr.n + 1, &id, &a), ERR_FORMAT);
		SAME(&a, &zero, sizeof(a));
	}
}

static void
a_refused_answer_leaves_nothing_of_a_code(void)
{
	static const union vaultlink_result zero;
	static union vaultlink_result v;
	uint8_t buf[256];
	struct wr wr;
	int status;

	fill_result(VAULT_SLOT_SHOW, &v);
	wr_init(&wr, buf, sizeof(buf));
	OK(vaultlink_put_answer(&wr, VAULT_SLOT_SHOW, 0, &v));
	buf[wr.n] = 0;
	CU_ASSERT_EQUAL(vaultlink_get_answer(buf, wr.n + 1, VAULT_SLOT_SHOW, &status, &v),
	    ERR_FORMAT);
	SAME(&v, &zero, sizeof(v));
}

static const struct sentence sentences[] = {
	SENTENCE(every_request_arrives_as_it_was_sent),
	SENTENCE(every_answer_arrives_as_it_was_sent),
	SENTENCE(a_message_of_any_other_length_is_refused),
	SENTENCE(an_error_is_answered_without_a_result),
	SENTENCE(malformed_requests_are_refused),
	SENTENCE(malformed_answers_are_refused),
	SENTENCE(a_set_with_a_wrong_k_or_n_is_not_sent),
	SENTENCE(a_refused_request_leaves_nothing_of_its_secrets),
	SENTENCE(a_refused_answer_leaves_nothing_of_a_code),
};

SUITE("vaultlink", sentences)
