#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hsm/keys/shamir.h"

/*
 * Files as Debian's gfsplit writes and gfcombine reads them, one share each, its
 * number behind the last dot. Built with the polynomial of libgfshare.
 *
 *   gfshare split K N STEM <secret      writes STEM.001 ...
 *   gfshare combine FILE... >secret
 */
static int
split(unsigned k, unsigned n, const char *stem)
{
	struct shamir_point v[SHAMIR_N_MAX];
	uint8_t secret[SHAMIR_LEN_MAX];
	size_t len = fread(secret, 1, sizeof(secret), stdin);
	char path[4096];
	FILE *f;

	if (shamir_split(secret, len, k, n, v) != 0)
		return 1;
	for (unsigned i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s.%03u", stem, v[i].x);
		if ((f = fopen(path, "w")) == NULL || fwrite(v[i].y, 1, len, f) != len ||
		    fclose(f) != 0)
			return 1;
	}
	return 0;
}

static int
combine(char **paths, unsigned k)
{
	struct shamir_point v[SHAMIR_N_MAX];
	uint8_t secret[SHAMIR_LEN_MAX];
	size_t len = 0;
	const char *dot;
	FILE *f;

	for (unsigned i = 0; i < k && i < SHAMIR_N_MAX; i++) {
		if ((dot = strrchr(paths[i], '.')) == NULL || (f = fopen(paths[i], "r")) == NULL)
			return 1;
		v[i].x = (uint8_t)strtoul(dot + 1, NULL, 10);
		len = fread(v[i].y, 1, sizeof(v[i].y), f);
		fclose(f);
	}
	return shamir_combine(v, k, len, 0, secret) != 0 ||
	    fwrite(secret, 1, len, stdout) != len;
}

int
main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "split") == 0)
		return split((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]), argv[4]);
	if (argc > 2 && strcmp(argv[1], "combine") == 0)
		return combine(argv + 2, (unsigned)argc - 2);
	return 2;
}
