#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/cards/cards.h"

/*
 * cards: the PC/SC side of the seam, a line a call: "open", "show TEXT", "connect", "disconnect".
 * Each is answered by "ok" or its error.
 */
int
main(void)
{
	struct cards_reader reader;
	struct cards *c = NULL;
	enum cards_key key;
	char line[128];
	int r;

	if (cards_pcsc_new(&c) != 0)
		return 1;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		r = ERR_ARG;
		if (strcmp(line, "open") == 0)
			r = c->ops->open(c, "", &reader);
		else if (strncmp(line, "show ", 5) == 0)
			r = c->ops->prompt(c, line + 5, 0, &key);
		else if (strcmp(line, "connect") == 0)
			r = c->ops->connect(c);
		else if (strcmp(line, "disconnect") == 0)
			r = (c->ops->disconnect(c), 0);
		puts(r == 0 ? "ok" : err_str(r));
		(void)fflush(stdout);
	}
	cards_pcsc_free(c);
	return 0;
}
