#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/cli/cli.h"
#include "hsm/cli/client.h"
#include "hsm/cli/say.h"

static int
verify(struct client *client)
{
	json_t *answer;
	int whole;

	if (client_call(client, "/v1/events/verify", NULL, 0, 0, &answer) != 0)
		return CLI_FAILED;
	if ((whole = json_is_true(json_object_get(answer, "whole"))))
		puts("the transcript is whole");
	else
		fprintf(stderr, "cardinal: the transcript was changed: record %lld is missing or "
		    "does not fit; compare with a copy kept elsewhere\n",
		    (long long)say_number(answer, "seq"));
	json_decref(answer);
	return whole ? CLI_DONE : CLI_FAILED;
}

static int
show(struct client *client, long long since, int go_on, int json)
{
	json_t *answer, *list, *e;
	char url[128];
	size_t i, n;
	int r;

	do {
		snprintf(url, sizeof(url), "/v1/events?since=%lld&wait=%d", since,
		    go_on ? CLIENT_WAIT_S : 0);
		if ((r = client_call(client, url, NULL, 0, 0, &answer)) != 0)
			return r == ERR_CANCELLED ? CLI_DONE : CLI_FAILED;
		list = json_object_get(answer, "events");
		n = json_array_size(list);
		json_array_foreach(list, i, e) {
			if (json)
				say_json(stdout, e);
			else
				say_event(stdout, e);
			since = (long long)say_number(e, "seq");
		}
		json_decref(answer);
		if (fflush(stdout) != 0)
			return CLI_FAILED;
	} while (n > 0 || go_on);
	return CLI_DONE;
}

int
cmd_events(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "since", required_argument, NULL, 's' },
		{ "follow", no_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "verify", no_argument, NULL, 'v' },
		CLI_OPTIONS
	};
	struct client *client = NULL;
	int c, go_on = 0, json = 0, check = 0, others = 0, status;
	long long since = 0;
	char *end;

	while ((c = cli_option(cli, argc, argv, options, &status)) > 0) {
		others += c != 'v';
		switch (c) {
		case 's':
			since = strtoll(optarg, &end, 10);
			if (*optarg < '0' || *optarg > '9' || *end != '\0')
				return cli_misused(cli, "--since takes the number of a record");
			break;
		case 'f': go_on = 1; break;
		case 'j': json = 1; break;
		default: check = 1; break;
		}
	}
	if (c == 0 || (status = cli_arguments(cli, argc, 0)) != 0)
		return status;
	if (check && others > 0)
		return cli_misused(cli, "--verify goes alone");
	if (client_new(&client, cli->run, go_on) != 0)
		return CLI_FAILED;
	status = check ? verify(client) : show(client, since, go_on, json);
	client_free(client);
	return status;
}
