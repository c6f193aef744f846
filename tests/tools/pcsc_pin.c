#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <winscard.h>
#include <reader.h>

/*
 * pcsc_pin STEP...: what a PC/SC program does with a reader, a step at a time, an answer a line.
 *
 *   reader NAME           the reader of the next steps; else the first
 *   present, absent       wait until the card is, at most 10 s
 *   direct, shared, exclusive   connect so
 *   again                 shared, as soon as it can be: pcscd may not have heard yet that a card
 *                         went and another came
 *   leave, unpower        disconnect so
 *   features              tags that the reader offers
 *   feature TAG HEX       asks the feature of that tag
 *   apdu HEX              sends it
 *   attrib TAG            reads an attribute
 *   connects N            N times: connect, GET CHALLENGE, disconnect and reset
 *
 * What has no bytes to answer says "ok". A step that PC/SC refuses answers with its reason and is
 * no failure; bad usage exits with 2.
 */
enum { WAIT_MS = 10000, ANSWER_MAX = 65538 };

struct run {
	SCARDCONTEXT context;
	SCARDHANDLE card;
	char reader[128];
	unsigned char got[ANSWER_MAX];
	unsigned char bytes[ANSWER_MAX];
	size_t n;
};

static _Noreturn void
misused(const char *why)
{
	fprintf(stderr, "pcsc_pin: %s\n", why);
	exit(2);
}

static void
unhex(struct run *run, const char *text)
{
	unsigned byte;

	for (run->n = 0; text[0] != '\0'; text += 2) {
		if (run->n == sizeof(run->bytes) || sscanf(text, "%2x", &byte) != 1 ||
		    text[1] == '\0')
			misused("no hex");
		run->bytes[run->n++] = (unsigned char)byte;
	}
}

static void
answer(const struct run *run, LONG r, DWORD n)
{
	if (r != SCARD_S_SUCCESS) {
		printf("error %s\n", pcsc_stringify_error(r));
		return;
	}
	for (DWORD i = 0; i < n; i++)
		printf("%02X", run->got[i]);
	puts(n == 0 ? "ok" : "");
}

static void
need_reader(struct run *run)
{
	DWORD n = sizeof(run->got);

	if (run->reader[0] == '\0' &&
	    SCardListReaders(run->context, NULL, (LPSTR)run->got, &n) == SCARD_S_SUCCESS)
		snprintf(run->reader, sizeof(run->reader), "%.127s", (const char *)run->got);
}

static void
wait_for(struct run *run, DWORD wanted)
{
	SCARD_READERSTATE state = { .szReader = run->reader };
	struct timespec t;
	time_t end;
	LONG r;

	clock_gettime(CLOCK_MONOTONIC, &t);
	end = t.tv_sec + WAIT_MS / 1000;
	do {
		state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
		r = SCardGetStatusChange(run->context, WAIT_MS, &state, 1);
		clock_gettime(CLOCK_MONOTONIC, &t);
	} while (r == SCARD_S_SUCCESS && (state.dwEventState & wanted) == 0 && t.tv_sec < end);
	answer(run, r == SCARD_S_SUCCESS && (state.dwEventState & wanted) == 0 ?
	    SCARD_E_TIMEOUT : r, 0);
}

static void
join(struct run *run, DWORD mode)
{
	DWORD protocol;
	const DWORD wanted = mode == SCARD_SHARE_DIRECT ? 0 : SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1;

	answer(run, SCardConnect(run->context, run->reader, mode, wanted, &run->card, &protocol),
	    0);
}

static void
join_again(struct run *run)
{
	SCARD_READERSTATE state = { .szReader = run->reader };
	struct timespec t;
	DWORD protocol;
	time_t end;
	LONG r;

	clock_gettime(CLOCK_MONOTONIC, &t);
	end = t.tv_sec + WAIT_MS / 1000;
	while ((r = SCardConnect(run->context, run->reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1,
	    &run->card, &protocol)) != SCARD_S_SUCCESS) {
		clock_gettime(CLOCK_MONOTONIC, &t);
		if (t.tv_sec >= end)
			break;
		state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
		(void)SCardGetStatusChange(run->context, 100, &state, 1);
	}
	answer(run, r, 0);
}

/* The control code of a feature, 0 when the reader has it not; prints the tags for 0. */
static DWORD
feature(struct run *run, unsigned tag)
{
	DWORD n = 0;
	LONG r = SCardControl(run->card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, run->got,
	    sizeof(run->got), &n);

	if (r != SCARD_S_SUCCESS) {
		answer(run, r, 0);
		return 0;
	}
	for (DWORD i = 0; i + 6 <= n; i += 6) {
		if (tag == 0)
			printf("%02X%s", run->got[i], i + 12 <= n ? " " : "\n");
		else if (run->got[i] == tag)
			return (DWORD)run->got[i + 2] << 24 | (DWORD)run->got[i + 3] << 16 |
			    (DWORD)run->got[i + 4] << 8 | run->got[i + 5];
	}
	if (tag != 0)
		puts("no such feature");
	return 0;
}

static void
connects(struct run *run, unsigned long times)
{
	static const unsigned char get_challenge[] = { 0x00, 0x84, 0x00, 0x00, 0x08 };
	DWORD protocol, n;
	LONG r = SCARD_S_SUCCESS;

	for (unsigned long i = 0; i < times && r == SCARD_S_SUCCESS; i++) {
		r = SCardConnect(run->context, run->reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1,
		    &run->card, &protocol);
		if (r != SCARD_S_SUCCESS)
			break;
		n = sizeof(run->got);
		r = SCardTransmit(run->card, SCARD_PCI_T1, get_challenge, sizeof(get_challenge),
		    NULL, run->got, &n);
		SCardDisconnect(run->card, SCARD_RESET_CARD);
	}
	answer(run, r, 0);
}

static char **
step(struct run *run, char **arg)
{
	const char *what = arg[0];
	unsigned long tag;
	DWORD n, code;
	LONG r;

	if (strcmp(what, "reader") == 0 && arg[1] != NULL) {
		snprintf(run->reader, sizeof(run->reader), "%s", arg[1]);
		return arg + 2;
	}
	need_reader(run);
	if (strcmp(what, "present") == 0)
		wait_for(run, SCARD_STATE_PRESENT);
	else if (strcmp(what, "absent") == 0)
		wait_for(run, SCARD_STATE_EMPTY);
	else if (strcmp(what, "direct") == 0)
		join(run, SCARD_SHARE_DIRECT);
	else if (strcmp(what, "shared") == 0)
		join(run, SCARD_SHARE_SHARED);
	else if (strcmp(what, "again") == 0)
		join_again(run);
	else if (strcmp(what, "exclusive") == 0)
		join(run, SCARD_SHARE_EXCLUSIVE);
	else if (strcmp(what, "leave") == 0)
		answer(run, SCardDisconnect(run->card, SCARD_LEAVE_CARD), 0);
	else if (strcmp(what, "unpower") == 0)
		answer(run, SCardDisconnect(run->card, SCARD_UNPOWER_CARD), 0);
	else if (strcmp(what, "features") == 0)
		(void)feature(run, 0);
	else if (strcmp(what, "apdu") == 0 && arg[1] != NULL) {
		unhex(run, *++arg);
		n = sizeof(run->got);
		r = SCardTransmit(run->card, SCARD_PCI_T1, run->bytes, run->n, NULL, run->got, &n);
		answer(run, r, n);
	} else if (strcmp(what, "attrib") == 0 && arg[1] != NULL) {
		tag = strtoul(*++arg, NULL, 16);
		n = 264;
		r = SCardGetAttrib(run->card, tag, run->got, &n);
		answer(run, r, n);
	} else if (strcmp(what, "connects") == 0 && arg[1] != NULL) {
		connects(run, strtoul(*++arg, NULL, 10));
	} else if (strcmp(what, "feature") == 0 && arg[1] != NULL && arg[2] != NULL) {
		tag = strtoul(arg[1], NULL, 16);
		unhex(run, arg[2]);
		arg += 2;
		if ((code = feature(run, (unsigned)tag)) != 0) {
			r = SCardControl(run->card, code, run->bytes, run->n, run->got,
			    sizeof(run->got), &n);
			answer(run, r, n);
		}
	} else
		misused(what);
	fflush(stdout);
	return arg + 1;
}

int
main(int argc, char **argv)
{
	static struct run run;
	LONG r;

	(void)argc;
	if ((r = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
	    &run.context)) != SCARD_S_SUCCESS) {
		fprintf(stderr, "pcsc_pin: %s\n", pcsc_stringify_error(r));
		return 1;
	}
	for (char **arg = argv + 1; *arg != NULL;)
		arg = step(&run, arg);
	SCardReleaseContext(run.context);
	return 0;
}
