#include <stdio.h>

#include "hsm/cli/follow.h"
#include "hsm/cli/say.h"

static void
show_set(const json_t *set)
{
	fputs("Set:          ", stdout);
	say_text(stdout, say_member(set, "id"));
	printf(" (share %lld, %lld of %lld, %s)\n", (long long)say_number(set, "x"),
	    (long long)say_number(set, "k"), (long long)say_number(set, "n"),
	    say_member(set, "mode")[0] == 'l' ? "LIVE" : "TEST");
	fputs("HSM:          ", stdout);
	say_text(stdout, say_member(set, "label"));
	fputs("\nKey:          ", stdout);
	say_text(stdout, say_member(set, "key"));
	fputs(", check value ", stdout);
	say_text(stdout, say_member(set, "kcv"));
	fputs("\nWritten:      ", stdout);
	say_text(stdout, say_member(set, "date"));
	fputc('\n', stdout);
}

static void
show(const json_t *last)
{
	const json_t *card = json_array_get(json_object_get(last, "cards"), 0);
	const json_t *pin = json_object_get(last, "pin"), *set = json_object_get(last, "set");

	if (card != NULL) {
		fputs("Card:         ", stdout);
		say_text(stdout, say_member(card, "serial"));
		fputc('\n', stdout);
	}
	if (pin != NULL)
		printf("Share PIN:    %lld of %lld tries left%s\n",
		    (long long)say_number(pin, "tries"),
		    (long long)say_number(pin, "tries_max"),
		    json_is_true(json_object_get(pin, "factory")) ? ", still the factory's" : "");
	if (set != NULL)
		show_set(set);
	else if (card != NULL)
		puts("Set:          none, the card holds no share");
	if (*say_member(last, "error") == '\0' && *say_member(last, "message") != '\0') {
		say_text(stdout, say_member(last, "message"));
		fputc('\n', stdout);
	}
}

static int
look(struct cli *cli, int argc, char **argv, const char *path)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		CLI_OPTIONS
	};
	json_t *last = NULL;
	int c, json = 0, status;

	while ((c = cli_option(cli, argc, argv, options, &status)) > 0)
		json = 1;
	if (c == 0 || (status = cli_arguments(cli, argc, 0)) != 0)
		return status;
	status = follow(cli, path, NULL, 0, &last);
	if (last != NULL && json)
		say_json(stdout, last);
	else if (last != NULL)
		show(last);
	json_decref(last);
	return status;
}

int
cmd_share_info(struct cli *cli, int argc, char **argv)
{
	return look(cli, argc, argv, "/v1/share/info");
}

int
cmd_share_verify(struct cli *cli, int argc, char **argv)
{
	return look(cli, argc, argv, "/v1/share/verify");
}
