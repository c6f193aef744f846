/*
 * secretbytes [CARD...] <PINS: all forms in which secrets could lie about, as patterns for
 * memgrep: of the PINs, a line "NAME DIGITS" each, and of the shares on the cards; when they are
 * enough, of the key that they make together, and of the other shares of the set. Parts of eight
 * digits or bytes are enough to be found. A pattern's name is the secret's, a colon, and the form.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/os/files.h"
#include "hsm/keys/share.h"

enum { PART = 8, BCD_PART = 6, LINE = 128 };

static _Noreturn void
fail(const char *what, const char *which)
{
	fprintf(stderr, "secretbytes: %s: %s\n", which, what);
	exit(1);
}

static void
pattern(const char *name, const char *form, const uint8_t *p, size_t n)
{
	printf("%s:%s ", name, form);
	for (size_t i = 0; i < n; i++)
		printf("%02x", p[i]);
	putchar('\n');
}

/* As a log would print them. */
static void
as_text(const char *name, const uint8_t *p, size_t n)
{
	static const struct {
		const char *form, *one;
	} forms[] = {
		{ "text", "%02X" }, { "lower", "%02x" },
		{ "spaced", "%02X " }, { "lower-spaced", "%02x " },
	};
	char text[4 * PART + 1];

	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		char *end = text;

		for (size_t i = 0; i < n; i++)
			end += sprintf(end, forms[f].one, p[i]);
		/* What stands behind the last one is not its own. */
		while (end[-1] == ' ')
			end--;
		pattern(name, forms[f].form, (const uint8_t *)text, (size_t)(end - text));
	}
}

static void
parts(const char *name, const char *form, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i + PART <= n; i++) {
		pattern(name, form, p + i, PART);
		as_text(name, p + i, PART);
	}
}

static void
pin(const char *name, const char *digits)
{
	uint8_t ascii[LINE], binary[LINE], bcd[LINE / 2];
	const size_t n = strlen(digits);

	if (n < 2 * BCD_PART + 1 || strspn(digits, "0123456789") != n)
		fail("no PIN, or too short to be looked for", name);
	for (size_t i = 0; i < n; i++) {
		ascii[i] = (uint8_t)digits[i];
		binary[i] = (uint8_t)(digits[i] - '0');
	}
	parts(name, "ascii", ascii, n);
	parts(name, "binary", binary, n);
	for (size_t i = 0; i + 2 * BCD_PART <= n; i++) {
		for (size_t j = 0; j < BCD_PART; j++)
			bcd[j] = (uint8_t)(binary[i + 2 * j] << 4 | binary[i + 2 * j + 1]);
		pattern(name, "bcd", bcd, BCD_PART);
		as_text(name, bcd, BCD_PART);
	}
}

static void
share_on(const char *path, struct share *share)
{
	static uint8_t image[CARD_IMAGE_MAX];
	static struct card_data d;
	FILE *f = fopen(path, "rb");
	uint16_t i;
	size_t n;

	if (f == NULL)
		fail("cannot be read", path);
	n = fread(image, 1, sizeof(image), f);
	fclose(f);
	if (card_data_decode(image, n, &d) != 0)
		fail("no card", path);
	i = files_path(&d, 0, (const uint8_t *)"\x5a\x01\x41\x02", 4);
	if (i == CARD_NO_FILE || share_decode(files_bytes(&d, i), d.file[i].size, share) != 0)
		fail("no share on it", path);
}

static void
rest_of_set(const struct share *share)
{
	struct shamir_point points[SHAMIR_N_MAX];
	const unsigned k = share[0].head.k;
	unsigned i, bad;
	struct mbk mbk;
	char name[32];
	uint8_t y[MBK_LEN];

	if (share_combine(share, k, &mbk, &bad) != 0)
		fail("make no key", "the cards");
	parts("key", "bytes", mbk.key, sizeof(mbk.key));
	for (i = 0; i < k; i++) {
		points[i].x = share[i].head.x;
		memcpy(points[i].y, share[i].y, MBK_LEN);
	}
	for (uint8_t x = 1; x <= share[0].head.n; x++) {
		if (shamir_combine(points, k, MBK_LEN, x, y) != 0)
			fail("make no other share", "the cards");
		snprintf(name, sizeof(name), "share-%u", x);
		parts(name, "bytes", y, sizeof(y));
	}
}

int
main(int argc, char **argv)
{
	static struct share share[SHAMIR_N_MAX];
	char line[LINE], name[LINE], digits[LINE];
	unsigned count = 0;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (sscanf(line, "%s %s", name, digits) != 2)
			fail("no line of name and PIN", "standard input");
		pin(name, digits);
	}
	for (int i = 1; i < argc && count < SHAMIR_N_MAX; i++)
		share_on(argv[i], &share[count++]);
	if (count > 0 && count >= share[0].head.k) {
		rest_of_set(share);
		return 0;
	}
	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "share-%u", share[i].head.x);
		parts(name, "bytes", share[i].y, sizeof(share[i].y));
	}
	return 0;
}
