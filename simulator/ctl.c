#include "simulator/ctl.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "simulator/control.h"

_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) == PAD_PATH_MAX, "a path of a socket");

int
ctl_path(char path[PAD_PATH_MAX], const char *run, unsigned pad, const char *suffix)
{
	int n = snprintf(path, PAD_PATH_MAX, "%s/pad%u.%s", run, pad, suffix);

	return n < 0 || n >= PAD_PATH_MAX ? ERR_SIZE : 0;
}

int
ctl_open(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path, path, strnlen(path, sizeof(a.sun_path) - 1));
	if (fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	if (errno == ENOENT || errno == ECONNREFUSED)
		fprintf(stderr,
		    "cardinal-pad: no pad runs at %s; start one, or say --run and --pad\n", path);
	else
		fprintf(stderr, "cardinal-pad: %s: %s\n", path, strerror(errno));
	close(fd);
	return -1;
}

/* Byte for byte: what follows the line is not ours, and no other buffer is to hold digits. */
static int
read_line(char *line, size_t cap, int in)
{
	size_t n = 0;
	ssize_t got;
	char c;

	while ((got = read(in, &c, 1)) == 1 || (got < 0 && errno == EINTR)) {
		if (got == 1 && c == '\n')
			break;
		if (got == 1 && n < cap)
			line[n++] = c;
	}
	OPENSSL_cleanse(&c, sizeof(c));
	if (n == cap)
		return ERR_SIZE;
	if (n > 0 && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	return got == 1 || n > 0 ? 0 : ERR_FORMAT;
}

/* A line of digits; from a terminal it is asked for and not echoed. */
static int
read_digits(char *digits, size_t cap, int in)
{
	struct termios was, quiet;
	int terminal = isatty(in) && tcgetattr(in, &was) == 0, r;

	if (terminal) {
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(in, TCSAFLUSH, &quiet);
		fputs("PIN: ", stderr);
	}
	r = read_line(digits, cap, in);
	if (terminal) {
		tcsetattr(in, TCSAFLUSH, &was);
		fputs("\n", stderr);
	}
	return r;
}

static int
send_line(int fd, const char *line, size_t n)
{
	ssize_t sent;

	for (; n > 0; line += sent, n -= (size_t)sent)
		if ((sent = send(fd, line, n, MSG_NOSIGNAL)) <= 0)
			return ERR_CLOSED;
	return 0;
}

static const struct {
	const char *word;
	int exit;
} ends[] = {
	{ "ok", EXIT_DONE },
	{ "failed ", EXIT_FAILED },
	{ "misused ", EXIT_MISUSED },
	{ "timeout ", EXIT_TIMEOUT },
};

/* 1 when the line ends the answer; data is printed. */
static int
take_line(const char *line, const char *who, FILE *out, int *code)
{
	if (strncmp(line, "= ", 2) == 0) {
		fprintf(out, "%s\n", line + 2);
		return 0;
	}
	*code = EXIT_FAILED;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(ends[i].word);

		if (strncmp(line, ends[i].word, n) != 0)
			continue;
		*code = ends[i].exit;
		if (line[n] != '\0')
			fprintf(stderr, "%s: %s\n", who, line + n);
		return 1;
	}
	fprintf(stderr, "%s: the pad gave an answer that is none\n", who);
	return 1;
}

static int
read_answer(int fd, const char *who, FILE *out)
{
	char text[CONTROL_REPLY_MAX], *end;
	size_t n = 0;
	ssize_t got;
	int code;

	for (;;) {
		while ((end = memchr(text, '\n', n)) != NULL) {
			*end = '\0';
			if (take_line(text, who, out, &code)) {
				fflush(out);
				return code;
			}
			n -= (size_t)(end + 1 - text);
			memmove(text, end + 1, n);
		}
		if (n == sizeof(text) || (got = recv(fd, text + n, sizeof(text) - n, 0)) <= 0) {
			fprintf(stderr, "%s: the pad has gone\n", who);
			return EXIT_FAILED;
		}
		n += (size_t)got;
	}
}

/* A text of two lines goes over as one. */
static int
one_line(const char *text, char *out, size_t cap)
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (n + 3 > cap)
			return ERR_SIZE;
		if (*text == '\n')
			out[n++] = '\\';
		out[n++] = *text == '\n' ? 'n' : *text;
	}
	out[n] = '\0';
	return 0;
}

/* The words as a line; digits, if not NULL, behind them. */
static int
make_line(char *const *v, size_t n, char *digits, char line[WORDS_LINE_MAX])
{
	char text[WORDS_LINE_MAX];
	char *word[WORDS_MAX];

	memcpy(word, v, n * sizeof(v[0]));
	if (strcmp(v[0], "wait") == 0 && n > 1 && one_line(v[1], text, sizeof(text)) == 0)
		word[1] = text;
	if (digits != NULL)
		word[n++] = digits;
	return words_join(word, n, line, WORDS_LINE_MAX - 1);
}

int
ctl_check(const char *who, char *const *v, size_t n)
{
	char line[WORDS_LINE_MAX], why[CONTROL_WHY_MAX] = "";
	size_t at;

	if (n == 0 || n >= WORDS_MAX)
		fprintf(stderr, "%s: what is to be done?\n", who);
	else if (strcmp(v[0], "pin") == 0 && n > 1)
		/* Digits as an argument would stand in the process list and in scripts. */
		fprintf(stderr, "%s: pin takes its digits from stdin\n", who);
	else if (make_line(v, n, NULL, line) != 0)
		fprintf(stderr, "%s: that line is too long, or not of printable characters\n",
		    who);
	else if (strcmp(v[0], "pin") != 0 && control_find(v, n, &at, why) != 0)
		fprintf(stderr, "%s: %s\n", who, why);
	else
		return EXIT_DONE;
	return EXIT_MISUSED;
}

int
ctl_command(int fd, const char *who, char *const *v, size_t n, int in, FILE *out)
{
	char line[WORDS_LINE_MAX] = "", digits[2 * DIGITS_MAX] = "";
	int code, pin;
	size_t len;

	if ((code = ctl_check(who, v, n)) != EXIT_DONE)
		return code;
	code = EXIT_FAILED;
	pin = strcmp(v[0], "pin") == 0;
	if (pin && read_digits(digits, sizeof(digits), in) != 0) {
		fprintf(stderr, "%s: no digits on stdin, or too many\n", who);
		goto out;
	}
	if (make_line(v, n, pin ? digits : NULL, line) != 0) {
		fprintf(stderr, "%s: a PIN has digits only\n", who);
		code = EXIT_MISUSED;
		goto out;
	}
	len = strlen(line);
	line[len++] = '\n';
	if (send_line(fd, line, len) != 0) {
		fprintf(stderr, "%s: the pad has gone\n", who);
		goto out;
	}
	code = read_answer(fd, who, out);
out:
	OPENSSL_cleanse(digits, sizeof(digits));
	OPENSSL_cleanse(line, sizeof(line));
	return code;
}
