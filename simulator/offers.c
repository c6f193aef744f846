#include "simulator/offers.h"

#include <string.h>

static const struct {
	const char *name;
	uint8_t feature;
} table[] = {
	{ "direct", PADLINK_HAS_DIRECT },
	{ "start", PADLINK_HAS_START },
	{ "text", PADLINK_HAS_TEXT },
};

uint8_t
offers_named(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strlen(table[i].name) == n && memcmp(table[i].name, name, n) == 0)
			return table[i].feature;
	return 0;
}

const char *
offers_name(size_t i, uint8_t *feature)
{
	if (i >= sizeof(table) / sizeof(table[0]))
		return NULL;
	*feature = table[i].feature;
	return table[i].name;
}
