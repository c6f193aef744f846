#include <stdio.h>

#include "hsm/cli/say.h"
#include "hsm/cli/tool.h"

static void
show_set(const json_t *set)
{
	fputs("Set:          ", stdout);
	say_text(stdout, say_member(set, "id"));
	printf(" (share %lld, %lld of %lld, %s)\n", (long long)say_number(set, "x"),
	    (long long)say_number(set, "k"), (long long)say_number(set, "n"),
	    say_member(set, "mode")[0] == 'l' ? "LIVE" : "TEST");
	tool_row("HSM:", say_member(set, "label"));
	fputs("Key:          ", stdout);
	say_text(stdout, say_member(set, "key"));
	fputs(", check value ", stdout);
	say_text(stdout, say_member(set, "kcv"));
	fputc('\n', stdout);
	tool_row("Written:", say_member(set, "date"));
}

static void
show(const json_t *last)
{
	const json_t *set = json_object_get(last, "set");

	if (set != NULL)
		show_set(set);
	else if (json_array_size(json_object_get(last, "cards")) > 0)
		tool_row("Set:", "none, the card holds no share");
}

int
cmd_share(struct cli *cli, int argc, char **argv)
{
	return tool_run(cli, argc, argv, "Share PIN:", show);
}
