#include "hsm/cli/seats.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Users of a slot on a command line: what is taken can be, and goes into a request as it is. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ceremony_slot s;
	char *text = malloc(n + 1);
	json_t *body = json_object();

	if (text == NULL || body == NULL)
		abort();
	memcpy(text, p, n);
	text[n] = '\0';
	if (seats_parse(text, &s) == NULL) {
		if (s.users < 1 || s.users > USERS_MAX || s.copies < 1 || s.copies > COPIES_MAX)
			abort();
		seats_put(body, &s);
		for (size_t i = 0; i < json_array_size(json_object_get(body, "pads")); i++)
			if (i >= s.users || strcmp(s.reader[i], json_string_value(
			    json_array_get(json_object_get(body, "pads"), i))) != 0)
				abort();
	}
	json_decref(body);
	free(text);
	return 0;
}
