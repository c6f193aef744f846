#include "hsm/admin/quorum.h"

#include <stddef.h>
#include <string.h>

#include "card-os/iso7816/err.h"

static const struct {
	const char *text;
	uint8_t k, n;
} offered[] = {
	{ "2of3", 2, 3 },
	{ "3of5", 3, 5 },
};

int
quorum_parse(const char *text, uint8_t *k, uint8_t *n)
{
	for (size_t i = 0; i < sizeof(offered) / sizeof(offered[0]); i++) {
		if (strcmp(offered[i].text, text) != 0)
			continue;
		*k = offered[i].k;
		*n = offered[i].n;
		return 0;
	}
	return ERR_ARG;
}
