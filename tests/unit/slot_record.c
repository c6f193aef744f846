#include "hsm/vault/slot_record.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/vault/manifest.h"
#include "tests/unit/suite.h"

enum {
	USER = 1 + 1 + SLOT_LABEL_LEN + SLOT_SERIAL_LEN + 8, SO = USER + SLOT_PASS_LEN,
	AUTOMATIC = SO + SLOT_PASS_LEN,
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
	rec.user = pass(mode == SLOT_CODE, mode == SLOT_AUTO);
	rec.so = pass(1, 0);
	if (mode == SLOT_AUTO)
		memset(rec.automatic, 6, sizeof(rec.automatic));
	return rec;
}

static void
a_record_is_read_as_it_was_written(void)
{
	uint8_t p[SLOT_RECORD_LEN];
	struct slot_record rec, got;

	for (unsigned i = 0; i < 4; i++) {
		rec = record(i % 2 == 0 ? SLOT_AUTO : SLOT_CODE);
		if (i == 2)
			rec.so = pass(0, 1);
		if (i == 3)
			memset(&rec.user, 0, sizeof(rec.user));
		OK(slot_record_encode(&rec, p));
		OK(slot_record_decode(p, sizeof(p), &got));
		SAME(&rec, &got, sizeof(rec));
	}
}

static const struct {
	const char *why;
	uint8_t mode;
	unsigned at;
	uint8_t v;
	int r;
} bad[] = {
	{ "version 0", SLOT_CODE, 0, 0, ERR_VERSION },
	{ "version 2", SLOT_CODE, 0, 2, ERR_VERSION },
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
	uint8_t p[SLOT_RECORD_LEN + 1] = { 0 };
	struct slot_record rec, got;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rec = record(bad[i].mode);
		OK(slot_record_encode(&rec, p));
		p[bad[i].at] = bad[i].v;
		memset(&got, 0xaa, sizeof(got));
		if (slot_record_decode(p, SLOT_RECORD_LEN, &got) != bad[i].r)
			CU_FAIL(bad[i].why);
		SAME(&got, &zero, sizeof(zero));
	}
	rec = record(SLOT_CODE);
	OK(slot_record_encode(&rec, p));
	CU_ASSERT_EQUAL(slot_record_decode(p, SLOT_RECORD_LEN - 1, &got), ERR_FORMAT);
	CU_ASSERT_EQUAL(slot_record_decode(p, SLOT_RECORD_LEN + 1, &got), ERR_FORMAT);
	CU_ASSERT_EQUAL(slot_record_decode(p, 0, &got), ERR_VERSION);
	rec.user.stored = 1;
	CU_ASSERT_EQUAL(slot_record_encode(&rec, p), ERR_ARG);
}

static void
a_code_that_is_not_set_has_nothing(void)
{
	static const unsigned ats[] = { LEFT, COST, SALT, VERIFIER, ENVELOPE_SALT, ENVELOPE, KEPT };
	uint8_t p[SLOT_RECORD_LEN];
	struct slot_record rec, got;

	rec = record(SLOT_CODE);
	memset(&rec.user, 0, sizeof(rec.user));
	OK(slot_record_encode(&rec, p));
	for (size_t i = 0; i < sizeof(ats) / sizeof(ats[0]); i++) {
		p[USER + ats[i]] = 1;
		CU_ASSERT_EQUAL(slot_record_decode(p, sizeof(p), &got), ERR_FORMAT);
		p[USER + ats[i]] = 0;
	}
	OK(slot_record_decode(p, sizeof(p), &got));
}

static void
manifest_and_head_are_read_as_they_were_written(void)
{
	struct manifest m = { .count = 7, .bytes = 8 }, m_got;
	struct head h = { .counter = 9, .next = 8 }, h_got;
	uint8_t p[HEAD_LEN + 1] = { 0 };

	memset(m.entries, 1, sizeof(m.entries));
	memset(m.terms, 2, sizeof(m.terms));
	manifest_encode(&m, p);
	OK(manifest_decode(p, MANIFEST_LEN, &m_got));
	SAME(&m, &m_got, sizeof(m));
	CU_ASSERT_EQUAL(manifest_decode(p, MANIFEST_LEN - 1, &m_got), ERR_FORMAT);
	CU_ASSERT_EQUAL(manifest_decode(p, MANIFEST_LEN + 1, &m_got), ERR_FORMAT);
	CU_ASSERT_EQUAL(m_got.count, 0);
	p[0] = 3;
	CU_ASSERT_EQUAL(manifest_decode(p, MANIFEST_LEN, &m_got), ERR_VERSION);
	p[0] = 1;
	CU_ASSERT_EQUAL(manifest_decode(p, MANIFEST_LEN, &m_got), ERR_FORMAT);
	CU_ASSERT_EQUAL(manifest_decode(p, MANIFEST_1_LEN - 1, &m_got), ERR_FORMAT);
	OK(manifest_decode(p, MANIFEST_1_LEN, &m_got));
	m.bytes = MANIFEST_UNTOLD;
	SAME(&m, &m_got, sizeof(m));
	for (unsigned i = 0; i < SLOTS; i++) {
		h.slot[i].record = i;
		h.slot[i].manifest[0] = 100 + i;
		h.slot[i].manifest[1] = 200 + i;
	}
	head_encode(&h, p);
	OK(head_decode(p, HEAD_LEN, &h_got));
	SAME(&h, &h_got, sizeof(h));
	CU_ASSERT_EQUAL(head_decode(p, HEAD_LEN - 1, &h_got), ERR_FORMAT);
	CU_ASSERT_EQUAL(head_decode(p, HEAD_LEN + 1, &h_got), ERR_FORMAT);
	CU_ASSERT_EQUAL(h_got.next, 0);
	p[0] = 0;
	CU_ASSERT_EQUAL(head_decode(p, HEAD_LEN, &h_got), ERR_VERSION);
}

static const struct sentence sentences[] = {
	SENTENCE(a_record_is_read_as_it_was_written),
	SENTENCE(a_record_that_cannot_be_is_refused_whole),
	SENTENCE(a_code_that_is_not_set_has_nothing),
	SENTENCE(manifest_and_head_are_read_as_they_were_written),
};

SUITE("slot_record", sentences)
