#include <stdio.h>
#include <stdlib.h>

#include "hsm/cli/cli.h"
#include "hsm/cli/client.h"
#include "hsm/cli/prompts.h"
#include "hsm/cli/say.h"
#include "hsm/cli/show.h"

/* The number on the command line, 0 for none given, -1 for no number. */
static json_int_t
number_of(const char *text)
{
	char *end;
	long n;

	if (text == NULL)
		return 0;
	n = strtol(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && n > 0 && n <= UINT32_MAX ? n : -1;
}

static int
answer(struct client *client, const json_t *status, json_int_t number)
{
	const json_int_t asks = say_number(status, "asks");
	char text[PROMPTS_TEXT_MAX];

	if (asks == 0) {
		fputs(json_is_object(json_object_get(status, "ceremony")) ?
		    "cardinal: no prompt waits for an answer from here: the reader's own keys "
		    "answer\n" : "cardinal: no ceremony is running\n", stderr);
		return CLI_FAILED;
	}
	if (prompts_answer(client, number != 0 ? number : asks, CARDS_OK) != 0)
		return CLI_FAILED;
	show_prompt(status, text, sizeof(text));
	fprintf(stderr, "OK to [%lld] ", (long long)(number != 0 ? number : asks));
	say_text(stderr, text);
	fputc('\n', stderr);
	return CLI_DONE;
}

int
cmd_ok(struct cli *cli, int argc, char **argv)
{
	static const struct option none[] = { CLI_OPTIONS };
	struct client *client = NULL;
	json_t *status = NULL;
	json_int_t number;
	int r;

	if (cli_option(cli, argc, argv, none, &r) == 0 ||
	    (argc - optind > 1 && (r = cli_arguments(cli, argc, 1)) != 0))
		return r;
	if ((number = number_of(argv[optind])) < 0)
		return cli_misused(cli, "a prompt's number is what stands in [] before it");
	r = CLI_FAILED;
	if (client_new(&client, cli->run, 0) == 0 &&
	    client_call(client, "/v1/status", NULL, 0, 0, &status) == 0)
		r = answer(client, status, number);
	json_decref(status);
	client_free(client);
	return r;
}
