#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <winscard.h>

/*
 * soak swap|plug|usb COUNT PAD CARD [READER]: a person at pad PAD of CARDINAL_RUN, and a PC/SC
 * client that follows, COUNT times. swap: the card in, until the client has its ATR, and out, until
 * it has heard. plug: the reader out and in, with CARD in it, and each time an APDU. usb: the same
 * where the pad is in a reader on USB, of that name for pcscd, which goes while it is unplugged. The
 * pad is expected plugged in and empty, and is left so. Whatever takes longer than 10 s fails.
 */
enum { WAIT_MS = 10000, PNP_MS = 100, LINE = 256, APDU_OK = 10 };

struct soak {
	SCARDCONTEXT context;
	char reader[128];
	int control;
	BYTE atr[MAX_ATR_SIZE];		/* of the first time */
	DWORD atr_n;
};

static _Noreturn void __attribute__((format(printf, 1, 2)))
fail(const char *fmt, ...)
{
	va_list ap;

	fputs("soak: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static void
check(LONG r, const char *what)
{
	if (r != SCARD_S_SUCCESS)
		fail("%s: %s", what, pcsc_stringify_error(r));
}

/* The control socket. ------------------------------------------------------------------------ */

static void
reach_pad(struct soak *s, const char *run, unsigned long pad)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = WAIT_MS / 1000 };
	int n = snprintf(a.sun_path, sizeof(a.sun_path), "%s/pad%lu.ctl", run, pad);

	s->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (n < 0 || (size_t)n >= sizeof(a.sun_path) || s->control < 0 ||
	    connect(s->control, (const struct sockaddr *)&a, sizeof(a)) != 0 ||
	    setsockopt(s->control, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0)
		fail("pad %lu cannot be reached", pad);
}

/* A line, and "ok": none of those used here answers with data. */
static void __attribute__((format(printf, 2, 3)))
tell_pad(const struct soak *s, const char *fmt, ...)
{
	char line[LINE], answer[LINE];
	size_t got = 0;
	ssize_t r;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line) || send(s->control, line, (size_t)n, 0) != n)
		fail("pad: %s", line);
	do {
		r = recv(s->control, answer + got, sizeof(answer) - 1 - got, 0);
		if (r <= 0)
			fail("the pad does not answer: %s", line);
		got += (size_t)r;
	} while (answer[got - 1] != '\n');
	answer[got] = '\0';
	if (strcmp(answer, "ok\n") != 0)
		fail("%s: %s", line, answer);
}

/* The PC/SC client. -------------------------------------------------------------------------- */

static long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
wait_for(struct soak *s, DWORD wanted)
{
	SCARD_READERSTATE state = { .szReader = s->reader };
	const long end = now_ms() + WAIT_MS;

	for (;;) {
		check(SCardGetStatusChange(s->context, WAIT_MS, &state, 1), s->reader);
		/* pcscd tells of the card before it has the ATR of another powering. */
		if ((state.dwEventState & wanted) != 0 &&
		    (wanted != SCARD_STATE_PRESENT || state.cbAtr != 0))
			break;
		if (now_ms() > end)
			fail("%s: its state stays %lx", s->reader, state.dwEventState);
		state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
		/* It has a name and no state yet: from there libpcsclite tells of no card. */
		if ((state.dwEventState & (SCARD_STATE_PRESENT | SCARD_STATE_EMPTY)) == 0 ||
		    (state.dwEventState & wanted) != 0)
			state.dwCurrentState = SCARD_STATE_UNAWARE;
	}
	if (wanted != SCARD_STATE_PRESENT)
		return;
	if (s->atr_n == 0) {
		s->atr_n = state.cbAtr;
		memcpy(s->atr, state.rgbAtr, state.cbAtr);
	}
	if (s->atr_n == 0 || state.cbAtr != s->atr_n || memcmp(s->atr, state.rgbAtr, s->atr_n) != 0)
		fail("%s: state %lx, an ATR of %lu bytes that is not the first one", s->reader,
		    state.dwEventState, state.cbAtr);
}

static void
ask_card(const struct soak *s)
{
	static const BYTE get_challenge[] = { 0x00, 0x84, 0x00, 0x00, 0x08 };
	BYTE answer[MAX_BUFFER_SIZE];
	DWORD n = sizeof(answer), protocol;
	SCARDHANDLE card;

	check(SCardConnect(s->context, s->reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &card,
	    &protocol), "SCardConnect");
	check(SCardTransmit(card, SCARD_PCI_T1, get_challenge, sizeof(get_challenge), NULL, answer,
	    &n), "SCardTransmit");
	if (n != APDU_OK || answer[n - 2] != 0x90)
		fail("%s: the card does not say 9000", s->reader);
	check(SCardDisconnect(card, SCARD_LEAVE_CARD), "SCardDisconnect");
}

static void
swap(struct soak *s, unsigned long count, const char *card)
{
	for (unsigned long i = 0; i < count; i++) {
		tell_pad(s, "insert %s\n", card);
		wait_for(s, SCARD_STATE_PRESENT);
		tell_pad(s, "remove\n");
		wait_for(s, SCARD_STATE_EMPTY);
	}
}

/* While a reader is not there pcscd does not know its name. */
static void
wait_until_gone(const struct soak *s)
{
	SCARD_READERSTATE state = { .szReader = s->reader };
	const long end = now_ms() + WAIT_MS;
	LONG r;

	while ((r = SCardGetStatusChange(s->context, WAIT_MS, &state, 1)) == SCARD_S_SUCCESS) {
		if (now_ms() > end)
			fail("%s does not go", s->reader);
		state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	}
	if (r != SCARD_E_UNKNOWN_READER)
		check(r, s->reader);
}

static void
wait_until_there(const struct soak *s)
{
	static const char any[] = "\\\\?PnP?\\Notification";
	SCARD_READERSTATE state[] = { { .szReader = any }, { .szReader = s->reader } };
	const long end = now_ms() + WAIT_MS;
	LONG r;

	while ((r = SCardGetStatusChange(s->context, 0, state + 1, 1)) == SCARD_E_UNKNOWN_READER) {
		if (now_ms() > end)
			fail("%s does not come", s->reader);
		r = SCardGetStatusChange(s->context, PNP_MS, state, 1);
		if (r != SCARD_E_TIMEOUT)
			check(r, any);
		state[0].dwCurrentState = state[0].dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	}
	if (r != SCARD_E_TIMEOUT)
		check(r, s->reader);
}

static void
usb(struct soak *s, unsigned long count, const char *card)
{
	tell_pad(s, "insert %s\n", card);
	wait_for(s, SCARD_STATE_PRESENT);
	for (unsigned long i = 0; i < count; i++) {
		tell_pad(s, "unplug\n");
		wait_until_gone(s);
		tell_pad(s, "plug\n");
		wait_until_there(s);
		wait_for(s, SCARD_STATE_PRESENT);
		ask_card(s);
	}
	tell_pad(s, "remove\n");
	wait_for(s, SCARD_STATE_EMPTY);
}

static void
plug(struct soak *s, unsigned long count, const char *card)
{
	tell_pad(s, "insert %s\n", card);
	wait_for(s, SCARD_STATE_PRESENT);
	for (unsigned long i = 0; i < count; i++) {
		tell_pad(s, "unplug\n");
		wait_for(s, SCARD_STATE_EMPTY);
		tell_pad(s, "plug\n");
		wait_for(s, SCARD_STATE_PRESENT);
		ask_card(s);
	}
	tell_pad(s, "remove\n");
	wait_for(s, SCARD_STATE_EMPTY);
}

static const struct {
	const char *name;
	void (*run)(struct soak *, unsigned long count, const char *card);
} ways[] = {
	{ "swap", swap },
	{ "plug", plug },
	{ "usb", usb },
};

int
main(int argc, char **argv)
{
	static struct soak s;
	const char *run = getenv("CARDINAL_RUN");
	unsigned long pad;

	if (argc < 5 || argc > 6 || run == NULL) {
		fputs("usage: soak swap|plug|usb COUNT PAD CARD [READER], with CARDINAL_RUN\n",
		    stderr);
		return 2;
	}
	pad = strtoul(argv[3], NULL, 10);
	if (argc == 6)
		snprintf(s.reader, sizeof(s.reader), "%s", argv[5]);
	else
		snprintf(s.reader, sizeof(s.reader), "Cardinal PIN pad %lu %02lX 00", pad, pad);
	reach_pad(&s, run, pad);
	check(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &s.context), "pcscd");
	wait_for(&s, SCARD_STATE_EMPTY);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			ways[i].run(&s, strtoul(argv[2], NULL, 10), argv[4]);
	SCardReleaseContext(s.context);
	close(s.control);
	return 0;
}
