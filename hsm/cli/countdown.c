#include "hsm/cli/countdown.h"

#include <stdio.h>
#include <unistd.h>

#include "hsm/cli/client.h"
#include "hsm/cli/say.h"

enum { FRONT_ROOM = 48 };

void
countdown_show(struct countdown *c, const json_t *status)
{
	const json_int_t left = say_number(status, "seconds_left");
	char front[FRONT_ROOM];

	if (left <= 0 || say_number(status, "asks") != 0 || !isatty(STDERR_FILENO)) {
		countdown_clear(c);
		return;
	}
	snprintf(front, sizeof(front), "%s", say_member(status, "front"));
	fputc('\r', stderr);
	say_text(stderr, front);
	fprintf(stderr, "%s%lld s left\033[K", *front != '\0' ? ": " : "", (long long)left);
	c->shown = 1;
}

void
countdown_clear(struct countdown *c)
{
	if (c->shown)
		fputs("\r\033[K", stderr);
	c->shown = 0;
}

int
countdown_wait(const struct countdown *c)
{
	return c->shown ? 1 : CLIENT_WAIT_S;
}
