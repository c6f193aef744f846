#include "tests/fuzz/secrets.h"

#include <stdlib.h>
#include <string.h>

enum { PART = 8, STRIDE = 4 };

static struct {
	uint8_t p[SECRETS_LEN];
	size_t n;
	int share;
} secrets[SECRETS_MAX];
static size_t secrets_n;

void
secrets_add(const uint8_t *p, size_t n, int share)
{
	if (secrets_n == SECRETS_MAX || n > sizeof(secrets[0].p))
		abort();
	memcpy(secrets[secrets_n].p, p, n);
	secrets[secrets_n].n = n;
	secrets[secrets_n].share = share;
	secrets_n++;
}

const char *
secrets_in(const uint8_t *p, size_t n, int share_may)
{
	if (n < PART)
		return NULL;
	for (size_t s = 0; s < secrets_n; s++) {
		if (secrets[s].share && share_may)
			continue;
		for (size_t at = 0; at + PART <= secrets[s].n; at += STRIDE)
			if (memmem(p, n, secrets[s].p + at, PART) != NULL)
				return secrets[s].share ? "the share came out" :
				    "a secret came out";
	}
	return NULL;
}
