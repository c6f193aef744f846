#include "hsm/cli/tool.h"

#include <stdio.h>
#include <string.h>

#include "hsm/cli/follow.h"
#include "hsm/cli/say.h"

enum { INDENT = 14 };

void
tool_row(const char *name, const char *value)
{
	printf("%-*s", INDENT, name);
	say_text(stdout, value);
	putchar('\n');
}

static void
show_cards(const json_t *cards)
{
	const int two = json_array_size(cards) == 2;
	json_t *card;
	size_t i;

	json_array_foreach(cards, i, card)
		tool_row(!two ? "Card:" : i == 0 ? "Source card:" : "Target card:",
		    say_member(card, "serial"));
}

static void
show_pin(const json_t *pin, const char *name)
{
	char text[80];

	snprintf(text, sizeof(text), "%lld of %lld tries left%s",
	    (long long)say_number(pin, "tries"), (long long)say_number(pin, "tries_max"),
	    json_is_true(json_object_get(pin, "factory")) ? ", still the factory's" : "");
	tool_row(name, text);
}

static void
path_of(const char *name, char *path, size_t room)
{
	char *blank;

	snprintf(path, room, "/v1/%s", name);
	if ((blank = strchr(path, ' ')) != NULL)
		*blank = '/';
}

int
tool_run(struct cli *cli, int argc, char **argv, const char *pin, void (*show)(const json_t *last))
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		CLI_OPTIONS
	};
	char path[80];
	json_t *last = NULL;
	int c, json = 0, status;

	while ((c = cli_option(cli, argc, argv, options, &status)) > 0)
		json = 1;
	if (c == 0 || (status = cli_arguments(cli, argc, 0)) != 0)
		return status;
	path_of(cli->command->name, path, sizeof(path));
	status = follow(cli, path, NULL, 0, &last);
	if (last != NULL && json)
		say_json(stdout, last);
	else if (last != NULL) {
		show_cards(json_object_get(last, "cards"));
		if (json_object_get(last, "pin") != NULL)
			show_pin(json_object_get(last, "pin"), pin);
		show(last);
		/* What ended it otherwise stands on standard error. */
		if (*say_member(last, "error") == '\0' && *say_member(last, "message") != '\0') {
			say_text(stdout, say_member(last, "message"));
			putchar('\n');
		}
	}
	json_decref(last);
	if (fflush(stdout) != 0 && status == CLI_DONE)
		status = CLI_FAILED;
	return status;
}
