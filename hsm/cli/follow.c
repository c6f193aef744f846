#include "hsm/cli/follow.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/wiped.h"
#include "hsm/cli/countdown.h"
#include "hsm/cli/prompts.h"
#include "hsm/cli/say.h"

enum { URL_ROOM = 128 };

/* Where we are in the ceremony that is followed. */
struct trail {
	struct client *client;
	json_int_t number;	/* of the ceremony, 0: its opening has not had its turn */
	json_int_t opening;	/* that it carries, 0: none that matters */
	unsigned slot;		/* which is opened */
	int queued;		/* that it waits for its turn was said */
	json_int_t seq;		/* last record printed */
	struct prompts prompts;	/* that the reader does not show */
	struct countdown left;
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

/* Whether what the status says of it, running or last, is ours. */
static int
is_ours(const struct trail *t, const json_t *ceremony, const json_t *opening)
{
	if (t->number != 0)
		return say_number(ceremony, "number") == t->number;
	return t->opening != 0 && json_integer_value(opening) == t->opening;
}

/* Whether its opening is still to come, which is said once when something else is in its way. */
static int
is_queued(struct trail *t, const json_t *status)
{
	const json_t *running = json_object_get(status, "ceremony");
	const json_t *slot = json_array_get(json_object_get(status, "slots"), t->slot);

	if (t->number != 0 || !json_is_true(json_object_get(slot, "asking")))
		return 0;
	if (!t->queued && json_is_object(running)) {
		fprintf(stderr, "slot %u waits for its turn: another ceremony runs (", t->slot);
		say_text(stderr, say_member(running, "name"));
		fputs(")\n", stderr);
		t->queued = 1;
	}
	return 1;
}

/* 1 and *last when it has ended, 0 when it goes on. */
static int
judge(struct trail *t, const json_t *status, json_t **last)
{
	const json_t *running = json_object_get(status, "ceremony");
	json_t *end = json_object_get(status, "last");

	if (is_ours(t, running, json_object_get(status, "opening"))) {
		/* What was before its turn is of another ceremony. */
		if (t->number == 0 && say_number(end, "seq") > t->seq)
			t->seq = say_number(end, "seq");
		t->number = say_number(running, "number");
		prompts_show(&t->prompts, status);
		return 0;
	}
	if (is_ours(t, end, json_object_get(end, "opening"))) {
		*last = json_incref(end);
		return 1;
	}
	/* Else another ceremony has come and gone meanwhile: its end is not ours. */
	return !is_queued(t, status);
}

/* The same after the next status, of which the records are printed, too. */
static int
look(struct trail *t, json_t **last)
{
	char url[URL_ROOM];
	json_t *status;
	json_int_t count = t->count;
	int ended, r;

	snprintf(url, sizeof(url), "/v1/status?count=%lld&wait=%d", (long long)t->count,
	    countdown_wait(&t->left));
	if ((r = client_wait(t->client, url, prompts_fd(&t->prompts), &status)) == ERR_NOT_NOW)
		return prompts_read(&t->prompts, t->client);
	if (r != 0)
		return r;
	t->count = say_number(status, "count");
	if (t->count != count)
		countdown_clear(&t->left);
	ended = judge(t, status, last);
	/* While it waits for its turn, the records are of others. */
	if (t->number != 0 && (t->count != count || ended))
		r = print_records(t);
	if (!ended)
		countdown_show(&t->left, status);
	json_decref(status);
	return r != 0 ? r : ended;
}

static int
finish(const json_t *last)
{
	const char *error = say_member(last, "error"), *message = say_member(last, "message");

	if (last == NULL) {
		fputs("cardinal: it has ended; `cardinal events` tells how\n", stderr);
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

/* Whether the slot is open, when nobody saw how its opening ended. */
static int
is_open(struct trail *t)
{
	char url[URL_ROOM];
	json_t *slot;
	int open;

	snprintf(url, sizeof(url), "/v1/slots/%u", t->slot);
	if (client_call(t->client, url, NULL, 0, 0, &slot) != 0)
		return 0;
	open = json_is_true(json_object_get(slot, "open"));
	json_decref(slot);
	return open;
}

static int
to_the_end(struct trail *t, json_t **last)
{
	int r;

	do
		r = look(t, last);
	while (r == 0);
	countdown_clear(&t->left);
	if (r == ERR_CANCELLED)
		fputs("\ncardinal: the ceremony goes on: `cardinal status --watch` shows it, "
		    "`cardinal cancel` ends it\n", stderr);
	if (r < 0)
		return CLI_FAILED;
	if (*last == NULL && t->opening != 0 && is_open(t))
		return CLI_DONE;
	return finish(*last);
}

static int
begin(struct trail *t, struct cli *cli, const char *path, json_t *body)
{
	json_t *started = NULL;
	int r;

	if ((r = client_new(&t->client, cli->run, 1)) != 0) {
		json_decref(body);
		return r;
	}
	/* Whether the daemon had heard it nobody knows. */
	if ((r = ask(t->client, path, body, &started)) == ERR_CANCELLED)
		fputs("\ncardinal: the ceremony may be running: `cardinal status` tells, "
		    "`cardinal cancel` ends it\n", stderr);
	t->number = say_number(started, "number");
	t->opening = say_number(started, "opening");
	t->seq = say_number(started, "since");
	json_decref(started);
	return r;
}

int
follow(struct cli *cli, const char *path, json_t *body, int detach, json_t **last)
{
	struct trail t = { 0 };
	int status = CLI_FAILED;

	*last = NULL;
	if (begin(&t, cli, path, body) != 0)
		goto out;
	if (detach) {
		fputs("it is running: `cardinal status --watch` shows it, `cardinal cancel` ends "
		    "it\n", stderr);
		status = CLI_DONE;
		goto out;
	}
	status = to_the_end(&t, last);
out:
	client_free(t.client);
	return status;
}

int
follow_opening(struct cli *cli, unsigned slot, const char *path, json_t *body, json_t **last)
{
	struct trail t = { .slot = slot };
	int status = CLI_FAILED;

	*last = NULL;
	if (begin(&t, cli, path, body) == 0)
		status = t.opening != 0 ? to_the_end(&t, last) : CLI_DONE;
	client_free(t.client);
	return status;
}
