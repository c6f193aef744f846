#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "hsm/cli/cli.h"
#include "hsm/cli/client.h"
#include "hsm/cli/say.h"
#include "hsm/cli/show.h"

enum { RETRY_MS = 500, LINE_ROOM = 512 };

/* One line for a log or a pipe; printed when it is another than before. */
static void
show_line(const json_t *s, char before[LINE_ROOM])
{
	const json_t *running = json_object_get(s, "ceremony");
	char text[LINE_ROOM], pad[LINE_ROOM / 4], where[LINE_ROOM / 2] = "", asks[32];
	const char *how = json_is_true(json_object_get(s, "display")) ? "pad" : "said";
	const char *at = say_member(s, "at");

	show_prompt(s, pad, sizeof(pad));
	if (say_number(s, "asks") != 0) {
		snprintf(asks, sizeof(asks), "asks [%lld]", (long long)say_number(s, "asks"));
		how = asks;
	}
	if (*pad != '\0' || how == asks)
		snprintf(where, sizeof(where), "; %s%s%.127s: ", how, *at != '\0' ? " at " : "",
		    at);
	snprintf(text, sizeof(text), "%s%s%s%s%s%s%s", say_member(s, "state"),
	    json_is_object(running) ? "; " : "", say_member(running, "name"),
	    *say_member(s, "front") != '\0' ? "; " : "", say_member(s, "front"), where, pad);
	if (strcmp(text, before) == 0)
		return;
	strcpy(before, text);
	say_text(stdout, text);
	putchar('\n');
}

static void
redraw(const json_t *s)
{
	if (s != NULL)
		show_screen(stdout, s, "Ctrl-C leaves; a ceremony goes on.");
	else
		fputs("\033[H\033[Jcardinald does not run\n", stdout);
}

static int
watch(struct client *client, int json)
{
	char before[LINE_ROOM] = "", url[128];
	const int tty = isatty(STDOUT_FILENO) && !json;
	long long count = 0;
	json_int_t beeps = -1, left = 0;
	json_t *s;
	int r;

	for (;;) {
		snprintf(url, sizeof(url), "/v1/status?count=%lld&wait=%d", count,
		    count == 0 ? 0 : tty && left > 0 ? 1 : CLIENT_WAIT_S);
		r = client_call(client, url, NULL, 0, tty, &s);
		if (r == ERR_CANCELLED)
			return CLI_DONE;
		/* A screen waits for the daemon to come back; a pipe ends. */
		if (r != 0 && (!tty || r != ERR_CLOSED))
			return CLI_FAILED;
		if (tty)
			redraw(s);
		else if (json)
			say_json(stdout, s);
		else
			show_line(s, before);
		/* A reader with a display of its own beeps itself. */
		if (s != NULL && beeps >= 0 && say_number(s, "beeps") > beeps &&
		    !json_is_true(json_object_get(s, "display")) && tty)
			putchar('\a');
		if (fflush(stdout) != 0)
			return CLI_FAILED;
		beeps = s != NULL ? say_number(s, "beeps") : -1;
		count = s != NULL ? (long long)say_number(s, "count") : 0;
		left = s != NULL ? say_number(s, "seconds_left") : 0;
		json_decref(s);
		if (r != 0 && client_pause(client, RETRY_MS) != 0)
			return CLI_DONE;
	}
}

int
cmd_status(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "watch", no_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'j' },
		CLI_OPTIONS
	};
	struct client *client = NULL;
	json_t *s = NULL;
	int c, go_on = 0, json = 0, status;

	while ((c = cli_option(cli, argc, argv, options, &status)) > 0) {
		if (c == 'w')
			go_on = 1;
		else
			json = 1;
	}
	if (c == 0 || (status = cli_arguments(cli, argc, 0)) != 0)
		return status;
	if (client_new(&client, cli->run, go_on) != 0)
		return CLI_FAILED;
	status = CLI_FAILED;
	if (go_on)
		status = watch(client, json);
	else if (client_call(client, "/v1/status", NULL, 0, 0, &s) == 0) {
		if (json)
			say_json(stdout, s);
		else
			show_status(stdout, s);
		status = fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
	}
	json_decref(s);
	client_free(client);
	return status;
}
