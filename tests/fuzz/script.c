#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The words of every line, joined again, split into the same words. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char bytes[8192], line[4 * WORDS_LINE_MAX];
	struct words w, again;
	struct script s = { 0 };

	if (n == 0 || n > sizeof(bytes))
		return 0;
	memcpy(bytes, p, n);
	if ((s.file = fmemopen(bytes, n, "r")) == NULL)
		return 0;
	while (script_next(&s, &w) == 1) {
		if (words_join(w.v, w.n, line, sizeof(line)) != 0 || words_split(line, &again) != 0 ||
		    again.n != w.n)
			abort();
		for (size_t i = 0; i < w.n; i++)
			if (strcmp(w.v[i], again.v[i]) != 0)
				abort();
	}
	fclose(s.file);
	return 0;
}
