#include "hsm/cli/prompts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A line of standard input: what is taken begins with one of four words, and names a number or none. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char line[PROMPTS_LINE_MAX + 1];
	json_int_t number;
	enum cards_key key;

	n = n < PROMPTS_LINE_MAX ? n : PROMPTS_LINE_MAX;
	memcpy(line, p, n);
	line[n] = '\0';
	key = prompts_parse(line, &number);
	if (number < 0 || (key == CARDS_CANCEL && strchr(line, 'c') == NULL) ||
	    (number != 0 && strpbrk(line, "123456789") == NULL))
		abort();
	return 0;
}
