#include "hsm/cli/follow.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/wiped.h"
#include "hsm/cli/prompts.h"
#include "hsm/cli/say.h"

enum { URL_ROOM = 128 };

/* Where we are in the ceremony that is followed. */
struct trail {
	struct client *client;
	json_int_t number;	/* of the ceremony */
	json_int_t seq;		/* last record printed */
	struct prompts prompts;	/* that the reader does not show */
	json_int_t count;	/* as of the last status */
};

static const struct {
	const char *error;
	int status;
} exits[] = {
	{ "", CLI_DONE },
	{ "cancelled", CLI_CANCELLED },
	{ "timeout", CLI_TIMED_OUT },
};

static int
exit_of(const char *error)
{
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		if (strcmp(exits[i].error, error) == 0)
			return exits[i].status;
	return CLI_FAILED;
}

static int
print_records(struct trail *t)
{
	char url[URL_ROOM];
	json_t *answer, *list, *e;
	size_t i, n;
	int r;

	do {
		snprintf(url, sizeof(url), "/v1/events?since=%lld", (long long)t->seq);
		if ((r = client_call(t->client, url, NULL, 0, 0, &answer)) != 0)
			return r;
		list = json_object_get(answer, "events");
		n = json_array_size(list);
		json_array_foreach(list, i, e) {
			/* Prompts and mistakes that are printed already are not told again. */
			if (!t->prompts.elsewhere || strcmp(say_member(e, "outcome"), "ok") == 0)
				say_progress(stderr, e);
			t->seq = say_number(e, "seq");
		}
		json_decref(answer);
	} while (n > 0);
	return 0;
}

/* 1 and *last when it has ended, 0 when it goes on. */
static int
look(struct trail *t, json_t **last)
{
	char url[URL_ROOM];
	json_t *status;
	const json_t *running;
	int r;

	snprintf(url, sizeof(url), "/v1/status?count=%lld&wait=%d", (long long)t->count,
	    CLIENT_WAIT_S);
	if ((r = client_wait(t->client, url, prompts_fd(&t->prompts), &status)) == ERR_NOT_NOW)
		return prompts_read(&t->prompts, t->client);
	if (r != 0)
		return r;
	t->count = say_number(status, "count");
	running = json_object_get(status, "ceremony");
	if (say_number(running, "number") == t->number) {
		prompts_show(&t->prompts, status);
		json_decref(status);
		return 0;
	}
	*last = json_incref(json_object_get(status, "last"));
	json_decref(status);
	/* Another ceremony has come and gone meanwhile: its end is not ours. */
	if (say_number(*last, "number") != t->number) {
		json_decref(*last);
		*last = NULL;
	}
	return 1;
}

static int
finish(const json_t *last)
{
	const char *error = say_member(last, "error"), *message = say_member(last, "message");

	if (last == NULL) {
		fputs("cardinal: the ceremony has ended; `cardinal events` tells how\n", stderr);
		return CLI_FAILED;
	}
	if (*error != '\0') {
		fputs("cardinal: ", stderr);
		say_text(stderr, *message != '\0' ? message : error);
		fputc('\n', stderr);
	}
	return exit_of(error);
}

/* Asks for the ceremony; what has gone out stays in memory no longer. */
static int
ask(struct client *client, const char *path, json_t *body, json_t **started)
{
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	int r = ERR_NOMEM;

	if (text != NULL || body == NULL)
		r = client_call(client, path, text != NULL ? text : "",
		    text != NULL ? strlen(text) : 0, 0, started);
	if (text != NULL)
		wiped_free(text);
	json_decref(body);
	return r;
}

int
follow(struct cli *cli, const char *path, json_t *body, int detach, json_t **last)
{
	struct trail t = { 0 };
	json_t *started = NULL;
	int r, ended = 0, status = CLI_FAILED;

	*last = NULL;
	if (client_new(&t.client, cli->run, 1) != 0) {
		json_decref(body);
		goto out;
	}
	if ((r = ask(t.client, path, body, &started)) != 0) {
		/* Whether the daemon had heard it nobody knows. */
		if (r == ERR_CANCELLED)
			fputs("\ncardinal: the ceremony may be running: `cardinal status` tells, "
			    "`cardinal cancel` ends it\n", stderr);
		goto out;
	}
	t.number = say_number(started, "number");
	t.seq = say_number(started, "since");
	if (detach) {
		fputs("it is running: `cardinal status --watch` shows it, `cardinal cancel` ends "
		    "it\n", stderr);
		status = CLI_DONE;
		goto out;
	}
	do {
		ended = r = look(&t, last);
		if (r >= 0)
			r = print_records(&t);
	} while (r == 0 && !ended);
	if (r == ERR_CANCELLED)
		fputs("\ncardinal: the ceremony goes on: `cardinal status --watch` shows it, "
		    "`cardinal cancel` ends it\n", stderr);
	if (r == 0)
		status = finish(*last);
out:
	json_decref(started);
	client_free(t.client);
	return status;
}
