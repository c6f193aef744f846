#include "hsm/vault/boot.h"

#include <stdio.h>
#include <string.h>

/* random(4): a UUID, in its usual writing. */
void
boot_read(uint8_t boot[BOOT_LEN])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	char text[64] = "";
	unsigned n = 0, v;
	int used;

	memset(boot, 0, BOOT_LEN);
	if (f == NULL)
		return;
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = '\0';
	fclose(f);
	for (const char *at = text; n < BOOT_LEN; at += used) {
		at += *at == '-';
		if (sscanf(at, "%2x%n", &v, &used) != 1)
			break;
		boot[n++] = (uint8_t)v;
	}
	if (n != BOOT_LEN)
		memset(boot, 0, BOOT_LEN);
}
