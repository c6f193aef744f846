#include "hsm/cli/codes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"

/* A signal that came while the echo was off: the terminal is put right before it is obeyed. */
static volatile sig_atomic_t caught;

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static void
note(int s)
{
	caught = s;
}

/*
 * One line, by read, so that no buffer of stdio keeps it: its length, without what does not fit
 * (n is larger than room then). ERR_CANCELLED at the end of input, or with `caught` set.
 */
static int
line(int tty, char *p, size_t room, size_t *n)
{
	char c = 0;
	ssize_t r = 1;

	*n = 0;
	while (!caught && (r = read(tty, &c, 1)) == 1 && c != '\n') {
		if (*n < room)
			p[*n] = c;
		(*n)++;
	}
	OPENSSL_cleanse(&c, 1);
	return r == 1 && !caught ? 0 : ERR_CANCELLED;
}

static int
unseen(int tty, const char *prompt, char *p, size_t room, size_t *n)
{
	struct sigaction sa = { .sa_handler = note }, before[SIGNALS];
	struct termios shown, hidden;
	int r;

	if (tcgetattr(tty, &shown) != 0)
		return ERR_NOT_FOUND;
	hidden = shown;
	hidden.c_lflag &= (tcflag_t)~(ECHO | ECHONL);
	caught = 0;
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &sa, &before[i]);
	/* Before the prompt stands there: what was typed until then is no code. */
	tcsetattr(tty, TCSAFLUSH, &hidden);
	dprintf(tty, "%s", prompt);
	r = line(tty, p, room, n);
	tcsetattr(tty, TCSADRAIN, &shown);
	dprintf(tty, "\n");
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
	if (caught)
		raise(caught);
	return r;
}

/* What Enter alone means, in words; NULL: it is no answer. */
static const char *
enter(enum codes_ask how)
{
	switch (how) {
	case CODES_NEW_OR_MADE: return " (Enter: the HSM makes one)";
	case CODES_NEW_OR_SAME: return " (Enter: as it is)";
	default: return NULL;
	}
}

static int
ask(int tty, const char *what, unsigned slot, enum codes_ask how, struct code *c)
{
	struct codes *scratch = codes_new();
	struct code *again = scratch != NULL ? &scratch->user[0] : NULL;
	char prompt[128];
	const char *why;
	int r = ERR_NOMEM;

	if (again == NULL)
		return r;
	for (;;) {
		snprintf(prompt, sizeof(prompt), "%s of slot %u%s: ", what, slot,
		    enter(how) != NULL ? enter(how) : "");
		if ((r = unseen(tty, prompt, c->text, SLOT_CODE_MAX, &c->n)) != 0)
			break;
		if (c->n == 0 && enter(how) != NULL)
			break;
		if ((why = codes_check(c->text, c->n)) != NULL) {
			dprintf(tty, "It %s. Once more.\n", why);
			continue;
		}
		if (how == CODES_KNOWN)
			break;
		if ((r = unseen(tty, "Again: ", again->text, SLOT_CODE_MAX, &again->n)) != 0)
			break;
		if (again->n == c->n && CRYPTO_memcmp(again->text, c->text, c->n) == 0)
			break;
		dprintf(tty, "The two differ. Once more.\n");
	}
	codes_free(&scratch);
	return r;
}

int
codes_ask(const char *what, unsigned slot, enum codes_ask how, struct code *c)
{
	const int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int r;

	if (tty < 0)
		return ERR_NOT_FOUND;
	if ((r = ask(tty, what, slot, how, c)) == ERR_CANCELLED)
		fputs("cardinal: no code was entered; nothing was changed\n", stderr);
	close(tty);
	return r;
}
