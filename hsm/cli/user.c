#include <stdio.h>

#include "hsm/cli/say.h"
#include "hsm/cli/tool.h"

enum { LINE_ROOM = 160 };

static void
show_user(const json_t *user)
{
	const json_t *whose = json_object_get(user, "whose");
	char line[LINE_ROOM];

	snprintf(line, sizeof(line), "user %lld of %lld of slot %lld, card %lld of %lld, %s",
	    (long long)say_number(user, "user"), (long long)say_number(user, "users"),
	    (long long)say_number(user, "slot"), (long long)say_number(user, "copy"),
	    (long long)say_number(user, "copies"),
	    say_member(user, "mode")[0] == 'l' ? "LIVE" : "TEST");
	tool_row("User:", line);
	tool_row("HSM:", say_member(user, "label"));
	tool_row("Credential:", say_member(user, "print"));
	tool_row("Written:", say_member(user, "date"));
	/* What stands on a card is the card's word; whose keys it has the HSM knows itself. */
	if (json_is_object(whose))
		snprintf(line, sizeof(line), "user %lld of slot %lld",
		    (long long)say_number(whose, "user"), (long long)say_number(whose, "slot"));
	else
		snprintf(line, sizeof(line), "nobody: it opens no slot of this HSM");
	tool_row("Here:", line);
}

static void
show(const json_t *last)
{
	const json_t *user = json_object_get(last, "user");

	if (json_is_object(user))
		show_user(user);
	else if (json_array_size(json_object_get(last, "cards")) > 0)
		tool_row("User:", "none, the card holds no slot credential");
}

int
cmd_user(struct cli *cli, int argc, char **argv)
{
	return tool_run(cli, argc, argv, "User PIN:", show);
}
