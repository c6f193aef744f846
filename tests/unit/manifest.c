#include "hsm/vault/manifest.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

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
	SENTENCE(manifest_and_head_are_read_as_they_were_written),
};

SUITE("manifest", sentences)
