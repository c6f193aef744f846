#include "tests/unit/workshop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

enum { OPENED_MAX = 8, TEXT_MAX = 1200 };

size_t
workshop_bytes(const char *text, uint8_t *out, size_t cap)
{
	size_t opened[OPENED_MAX], depth = 0, n = 0;
	char digits[TEXT_MAX];
	size_t length;

	while (*text != '\0') {
		length = strcspn(text, "()");
		if (length >= sizeof(digits))
			abort();
		memcpy(digits, text, length);
		digits[length] = '\0';
		n += hex(digits, out + n, cap - n);
		text += length;
		if (*text == '(' && depth < OPENED_MAX && n < cap)
			opened[depth++] = n++;
		else if (*text == ')' && depth > 0 && n - opened[depth - 1] - 1 < 256) {
			depth--;
			out[opened[depth]] = (uint8_t)(n - opened[depth] - 1);
		} else if (*text != '\0')
			abort();
		text += *text != '\0';
	}
	if (depth != 0)
		abort();
	return n;
}

uint16_t
workshop_send(struct deck *d, const char *text)
{
	uint8_t p[600];

	return deck_send(d, p, workshop_bytes(text, p, sizeof(p)));
}

void
workshop_play(struct deck *d, const struct deck_step *v, size_t n)
{
	deck_play_as(d, v, n, workshop_bytes);
}

void
workshop_new(struct deck *d)
{
	deck_new(d);
	if (deck_hex(d, SELECT_SLOT) != SW_OK || deck_hex(d, VERIFY_RIGHT) != SW_OK ||
	    workshop_send(d, CREATE_DF("5A10")) != SW_OK)
		abort();
}
