#include "tests/rig/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

#include "tests/unit/suite.h"

static int
is_zero(const uint8_t *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0)
		n--;
	return n == 0;
}

static void
look_for(const struct rig *g, const uint8_t *secret, size_t n, const char *what)
{
	if (!is_zero(secret, n) && memmem(g->stack, RIG_STACK, secret, n) != NULL) {
		printf("    %s stays on the stack\n", what);
		CU_FAIL("a secret stays on the stack");
	}
}

/* docs/card.md, The image: the parts of a key. */
enum { KEY_SCALAR = 1, KEY_PRIME = 1 + 256 + 4 + 256 };

static void
look_for_credential(const struct rig *g, unsigned number)
{
	static struct card_data data;

	if (card_data_decode(g->card[number - 1].image, g->card[number - 1].n, &data) != 0)
		abort();
	look_for(g, rig_key(&data, FID_SLOT_AGREE) + KEY_SCALAR, 16, "a scalar");
	look_for(g, rig_key(&data, FID_SLOT_SIGN) + KEY_PRIME, 64, "a prime");
	OPENSSL_cleanse(&data, sizeof(data));
}

void
rig_secrets(const struct rig *g)
{
	uint8_t record[SHARE_RECORD_LEN];
	unsigned i;

	CU_ASSERT_EQUAL(CRYPTO_secure_used(), g->secure_used);
	CU_ASSERT_PTR_NULL(g->secrets);
	if (g->journal.status.committed)
		look_for(g, g->journal.mbk.key, MBK_LEN / 2, "the key");
	for (i = 0; i < USERS_MAX; i++)
		look_for(g, g->gate.z.z[i], LOCK_SECRET / 2, "what was agreed on");
	for (i = 1; i <= RIG_CARDS_MAX; i++) {
		rig_share_of(g, i, record);
		look_for(g, record + SHARE_HEADER_LEN, MBK_LEN / 2, "a share");
		look_for_credential(g, i);
	}
}
