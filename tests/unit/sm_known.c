#include "tests/unit/sm_known.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

void
known_bytes(const char *text, uint8_t *out, size_t n)
{
	if (hex(text, out, n) != n)
		abort();
}

void
known_session(struct sm *sm)
{
	memset(sm, 0, sizeof(*sm));
	known_bytes(ENC, sm->enc, sizeof(sm->enc));
	known_bytes(MAC, sm->mac, sizeof(sm->mac));
	sm->open = 1;
}

int
known_wiped(const struct sm *sm)
{
	static const struct sm empty;

	return memcmp(sm, &empty, sizeof(empty)) == 0;
}

void
known_agree(struct sm *host, struct sm *card)
{
	uint8_t scalar[SM_SCALAR], point[SM_POINT], nonce[SM_NONCE], token[SM_TOKEN];
	struct sm_host h;

	known_bytes(HOST_SCALAR, scalar, sizeof(scalar));
	known_bytes(HOST_POINT, point, sizeof(point));
	OK(sm_host_start(&h));
	OK(sm_card_answer(scalar, h.point, nonce, token, card));
	OK(sm_host_finish(&h, point, nonce, token, host));
}
