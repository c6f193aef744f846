#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "simulator/padlink.h"

/*
 * padtalk SOCKET STEP...: what a driver does with a pad, a step at a time, an answer a line: its
 * status, and what comes with it in hex.
 *
 *   hello, up, down, reset, apdu HEX
 *   verify, modify             a PIN entry at once, of PIN 81
 *   start verify|modify, pressed, finish, abort
 *   output TEXT, key TEXT, line MODE MAX TEXT
 *   cancel                     has no answer of its own
 *   send STEP, receive         the step's answer is taken later
 *   sh COMMAND                 somebody else has his turn; fails when the command does
 *
 * Exits with 1 when the pad has gone, with 2 on bad usage.
 */
struct talk {
	int fd;
	uint32_t number;
	char **v;
	int late;
	uint8_t bytes[PADLINK_MAX], in[PADLINK_MAX];
	size_t in_n;
};

static _Noreturn void
end(int status, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "padtalk: %s\n", why);
	exit(status);
}

static char *
next(struct talk *t)
{
	if (*t->v == NULL)
		end(2, "something is missing");
	return *t->v++;
}

static int
take(struct talk *t, struct padlink_msg *m)
{
	const int r = padlink_frame(t->in, t->in_n, m);

	if (r < 0)
		end(1, "that is no message");
	return r;
}

/* The next answer; what the pad says on its own is passed over. */
static void
receive(struct talk *t)
{
	struct padlink_msg m;
	ssize_t got;
	int r;

	for (;;) {
		while ((r = take(t, &m)) == 0) {
			got = recv(t->fd, t->in + t->in_n, sizeof(t->in) - t->in_n, 0);
			if (got <= 0)
				end(1, "the pad has gone");
			t->in_n += (size_t)got;
		}
		if (m.type != PADLINK_CARD && m.n > 0) {
			printf("%u", m.body[0]);
			for (size_t i = 1; i < m.n; i++)
				printf("%s%02X", i == 1 ? " " : "", m.body[i]);
			printf("\n");
			fflush(stdout);
		}
		memmove(t->in, t->in + r, t->in_n - (size_t)r);
		t->in_n -= (size_t)r;
		if (m.type != PADLINK_CARD)
			return;
	}
}

static void
ask(struct talk *t, uint8_t type, const uint8_t *body, size_t n)
{
	static uint8_t out[PADLINK_MAX];
	struct wr wr;

	wr_init(&wr, out, sizeof(out));
	padlink_put(&wr, type, ++t->number, body, n);
	if (wr_end(&wr) != 0 || send(t->fd, out, wr.n, MSG_NOSIGNAL) != (ssize_t)wr.n)
		end(1, "the pad has gone");
	if (type != PADLINK_CANCEL && !t->late)
		receive(t);
	t->late = 0;
}

static void
apdu(struct talk *t)
{
	const char *hex = next(t);
	unsigned byte;
	size_t n = 0;

	for (; hex[0] != '\0' && hex[1] != '\0' && n < sizeof(t->bytes); hex += 2) {
		if (sscanf(hex, "%2x", &byte) != 1)
			end(2, "no hex");
		t->bytes[n++] = (uint8_t)byte;
	}
	ask(t, PADLINK_TRANSMIT, t->bytes, n);
}

static void
enter(struct talk *t, uint8_t type, const char *kind)
{
	const int modify = strcmp(kind, "modify") == 0;
	struct padlink_pin v = { .kind = modify ? PADLINK_PIN_MODIFY : PADLINK_PIN_VERIFY,
		.first_s = 30, .next_s = 10, .format = PADLINK_ASCII, .min = 6, .max = 16,
		.confirm = modify ? PADLINK_ASK_OLD | PADLINK_CONFIRM_NEW : 0,
		.end = PADLINK_END_OK, .n = 4, .apdu = { 0, modify ? 0x24 : 0x20, 0, 0x81 } };
	struct wr wr;

	wr_init(&wr, t->bytes, sizeof(t->bytes));
	padlink_put_pin(&wr, &v);
	ask(t, type, t->bytes, wr.n);
}

static uint8_t
copy_text(char to[PADLINK_TEXT_MAX], const char *text)
{
	const size_t n = strlen(text);

	if (n > PADLINK_TEXT_MAX)
		end(2, "a text is too long");
	memcpy(to, text, n);
	return (uint8_t)n;
}

static void
output(struct talk *t)
{
	struct padlink_output o = { 0 };
	struct wr wr;

	o.n = copy_text(o.text, next(t));
	wr_init(&wr, t->bytes, sizeof(t->bytes));
	padlink_put_output(&wr, &o);
	ask(t, PADLINK_OUTPUT, t->bytes, wr.n);
}

static void
input(struct talk *t, int line)
{
	struct padlink_input i = { .seconds = 30, .take = PADLINK_TAKE_DIGITS | PADLINK_TAKE_OK |
		PADLINK_TAKE_CANCEL | PADLINK_TAKE_CLEAR };
	struct wr wr;

	if (line) {
		i.mode = (uint8_t)atoi(next(t));
		i.max = (uint8_t)atoi(next(t));
		i.next_s = 10;
	}
	i.n = copy_text(i.text, next(t));
	wr_init(&wr, t->bytes, sizeof(t->bytes));
	padlink_put_input(&wr, &i);
	ask(t, PADLINK_INPUT, t->bytes, wr.n);
}

static const struct {
	const char *name;
	uint8_t type;
	uint8_t n, body[2];
} plain[] = {
	{ "hello", PADLINK_HELLO, 2, { 0, PADLINK_VERSION } },
	{ "up", PADLINK_POWER, 1, { PADLINK_POWER_UP } },
	{ "down", PADLINK_POWER, 1, { PADLINK_POWER_DOWN } },
	{ "reset", PADLINK_POWER, 1, { PADLINK_RESET } },
	{ "pressed", PADLINK_PIN_KEY, 0, { 0 } },
	{ "finish", PADLINK_PIN_FINISH, 0, { 0 } },
	{ "abort", PADLINK_PIN_ABORT, 0, { 0 } },
	{ "cancel", PADLINK_CANCEL, 0, { 0 } },
};

static void
step(struct talk *t, const char *name)
{
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(plain[i].name, name) == 0) {
			ask(t, plain[i].type, plain[i].body, plain[i].n);
			return;
		}
	if (strcmp(name, "apdu") == 0)
		apdu(t);
	else if (strcmp(name, "verify") == 0 || strcmp(name, "modify") == 0)
		enter(t, PADLINK_PIN, name);
	else if (strcmp(name, "start") == 0)
		enter(t, PADLINK_PIN_START, next(t));
	else if (strcmp(name, "output") == 0)
		output(t);
	else if (strcmp(name, "key") == 0 || strcmp(name, "line") == 0)
		input(t, *name == 'l');
	else if (strcmp(name, "send") == 0)
		t->late = 1;
	else if (strcmp(name, "receive") == 0)
		receive(t);
	else if (strcmp(name, "sh") != 0)
		end(2, "no such step");
	else if (system(next(t)) != 0)
		end(1, "a command failed");
}

int
main(int argc, char **argv)
{
	static struct talk t;
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (argc < 3 || strlen(argv[1]) >= sizeof(a.sun_path))
		end(2, "padtalk SOCKET STEP...");
	memcpy(a.sun_path, argv[1], strlen(argv[1]) + 1);
	t.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (t.fd < 0 || connect(t.fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		end(1, "no pad there");
	t.v = argv + 2;
	while (*t.v != NULL)
		step(&t, *t.v++);
	return 0;
}
