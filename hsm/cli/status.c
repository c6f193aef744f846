#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "hsm/cli/cli.h"
#include "hsm/cli/client.h"
#include "hsm/cli/say.h"

enum { RETRY_MS = 500, LINE_ROOM = 512 };

static void
row(const char *name, const char *value)
{
	printf("%-10s", name);
	say_text(stdout, value);
	putchar('\n');
}

/* "Insert 1. card / press OK/Cancel" */
static void
prompt(const json_t *status, char *out, size_t cap)
{
	json_t *line;
	size_t i, n = 0;

	out[0] = '\0';
	json_array_foreach(json_object_get(status, "prompt"), i, line) {
		if (n < cap)
			n += (size_t)snprintf(out + n, cap - n, "%s%s", i > 0 ? " / " : "",
			    json_string_value(line));
	}
}

static void
show_set(const json_t *set)
{
	json_t *card;
	size_t i;

	printf("%-10s", "Set");
	say_text(stdout, say_member(set, "id"));
	printf(", %lld of %lld, %s, check value ", (long long)say_number(set, "k"),
	    (long long)say_number(set, "n"), say_member(set, "mode")[0] == 'l' ? "LIVE" : "TEST");
	say_text(stdout, say_member(set, "kcv"));
	fputs(", ", stdout);
	say_text(stdout, say_member(set, "date"));
	putchar('\n');
	json_array_foreach(json_object_get(set, "cards"), i, card) {
		printf("%-10s%s", i == 0 ? "Cards" : "",
		    json_is_true(json_object_get(card, "written")) ? "written  " : "missing  ");
		printf("%lld  ", (long long)say_number(card, "card"));
		say_text(stdout, say_member(card, "serial"));
		putchar('\n');
	}
}

static void
show(const json_t *s)
{
	const json_t *set = json_object_get(s, "set"), *last = json_object_get(s, "last");
	const json_t *running = json_object_get(s, "ceremony");
	char text[LINE_ROOM];

	row("State", say_member(s, "state"));
	if (*say_member(s, "message") != '\0')
		row("", say_member(s, "message"));
	if (json_is_object(running)) {
		row("Running", say_member(running, "name"));
		row("Front", say_member(s, "front"));
		prompt(s, text, sizeof(text));
		row("Pad", text);
	} else if (json_is_object(last)) {
		const char *message = say_member(last, "message");

		if (*message == '\0')
			message = *say_member(last, "error") == '\0' ? "done" : say_member(last, "error");
		snprintf(text, sizeof(text), "%s: %s", say_member(last, "ceremony"), message);
		row("Last", text);
	}
	row("Label", say_member(s, "label"));
	row("Reader", *say_member(s, "reader") != '\0' ? say_member(s, "reader") :
	    "the first with a PIN pad");
	if (json_is_object(set))
		show_set(set);
}

/* One line for a log or a pipe; printed when it is another than before. */
static void
show_line(const json_t *s, char before[LINE_ROOM])
{
	const json_t *running = json_object_get(s, "ceremony");
	char text[LINE_ROOM], pad[LINE_ROOM / 4];

	prompt(s, pad, sizeof(pad));
	snprintf(text, sizeof(text), "%s%s%s%s%s%s%s", say_member(s, "state"),
	    json_is_object(running) ? "; " : "", say_member(running, "name"),
	    *say_member(s, "front") != '\0' ? "; " : "", say_member(s, "front"),
	    *pad != '\0' ? "; pad: " : "", pad);
	if (strcmp(text, before) == 0)
		return;
	strcpy(before, text);
	say_text(stdout, text);
	putchar('\n');
}

static void
redraw(const json_t *s)
{
	fputs("\033[H\033[J", stdout);
	if (s != NULL)
		show(s);
	else
		puts("cardinald does not run");
	puts("\nCtrl-C leaves; a ceremony goes on.");
}

static int
watch(struct client *client, int json)
{
	char before[LINE_ROOM] = "", url[128];
	const int tty = isatty(STDOUT_FILENO) && !json;
	long long count = 0;
	json_int_t beeps = -1;
	json_t *s;
	int r;

	for (;;) {
		snprintf(url, sizeof(url), "/v1/status?count=%lld&wait=%d", count,
		    count == 0 ? 0 : CLIENT_WAIT_S);
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
			show(s);
		status = fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
	}
	json_decref(s);
	client_free(client);
	return status;
}
