#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <winscard.h>
#include <reader.h>

/*
 * part10 STEP...: a client of PC/SC Part 10, a step at a time, an answer a line. It knows nothing
 * of our driver: codes come from the list of features, bytes from the command line.
 *
 *   reader NAME                 the reader of the next steps; else the first
 *   present, absent             wait until a card is, or is not, at most 10 s
 *   free                        wait until nobody is connected: pcscd may not have heard yet that a
 *                               client was killed, whose card it resets then
 *   direct, shared, exclusive   connect so
 *   again                       shared, until the card answers: pcscd may not have heard yet that
 *                               one went and another came
 *   leave, reset, unpower       disconnect so
 *   lock, unlock                a transaction
 *   room N                      bytes that the next answer has room for
 *   features                    tags that the reader offers
 *   properties, tlv             IFD_PIN_PROPERTIES, GET_TLV_PROPERTIES
 *   verify HEX, modify HEX      the structure, at once
 *   verify-start HEX, modify-start HEX, verify-finish, modify-finish, abort   in steps
 *   key                         GET_KEY_PRESSED once
 *   keys ENTRIES                polls it until that many entries have ended with OK, or the first
 *                               otherwise; what was pressed, in a line
 *   mct HEX                     MCT_READER_DIRECT
 *   universal SAD DAD HEX       MCT_UNIVERSAL, whose frame it makes
 *   frame HEX                   MCT_UNIVERSAL as it is
 *   feature TAG HEX             the feature of that tag, whatever it is
 *   apdu HEX                    to the card
 *   attrib TAG                  reads an attribute
 *   connects N                  N times: connect, GET CHALLENGE, disconnect and reset
 *   once FILE                   waits until there is such a file, at most 120 s
 *   stay                        until somebody ends it
 *
 * What has no bytes to answer says "ok", a feature that is not there "none". A step that PC/SC
 * refuses answers with its reason and is no failure; bad usage exits with 2.
 */
enum { WAIT_MS = 10000, POLL_NS = 10000000, POLLS_MAX = 12000, BYTES_MAX = 66000 };

/* GET_KEY_PRESSED. */
enum { KEY_NONE = 0x00, KEY_OK = 0x0d, KEY_TIMEOUT = 0x0e, KEY_CANCEL = 0x1b, KEY_ABORTED = 0x40 };

struct run {
	SCARDCONTEXT context;
	SCARDHANDLE card;
	char reader[128];
	unsigned char got[BYTES_MAX];
	unsigned char bytes[BYTES_MAX];
	size_t n;
	DWORD room;
};

static _Noreturn void
misused(const char *why)
{
	fprintf(stderr, "part10: %s\n", why);
	exit(2);
}

static void
unhex(struct run *run, const char *text)
{
	unsigned byte;

	for (run->n = 0; text[0] != '\0'; text += 2) {
		if (text[0] == ' ') {
			text--;
			continue;
		}
		if (run->n == sizeof(run->bytes) || sscanf(text, "%2x", &byte) != 1 ||
		    text[1] == '\0')
			misused("no hex");
		run->bytes[run->n++] = (unsigned char)byte;
	}
}

static void
say(const struct run *run, LONG r, DWORD n)
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

/* Part 10 2.2: tag, 4, control code in big-endian. */
static DWORD
code_of(struct run *run, unsigned tag, LONG *r)
{
	DWORD n = 0;

	*r = SCardControl(run->card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, run->got,
	    sizeof(run->got), &n);
	for (DWORD i = 0; *r == SCARD_S_SUCCESS && i + 6 <= n; i += 6) {
		if (tag == 0)
			printf("%02X%s", run->got[i], i + 12 <= n ? " " : "\n");
		else if (run->got[i] == tag)
			return (DWORD)run->got[i + 2] << 24 | (DWORD)run->got[i + 3] << 16 |
			    (DWORD)run->got[i + 4] << 8 | run->got[i + 5];
	}
	return 0;
}

/* 1 when there is an answer, of *n bytes. */
static int
control(struct run *run, unsigned tag, DWORD *n)
{
	LONG r;
	const DWORD code = code_of(run, tag, &r);

	*n = 0;
	if (r == SCARD_S_SUCCESS && code != 0)
		r = SCardControl(run->card, code, run->bytes, run->n, run->got, run->room, n);
	run->room = sizeof(run->got);
	if (r != SCARD_S_SUCCESS)
		say(run, r, 0);
	else if (code == 0)
		puts("none");
	return r == SCARD_S_SUCCESS && code != 0;
}

static void
ask(struct run *run, unsigned tag, const char *text)
{
	DWORD n;

	unhex(run, text);
	if (control(run, tag, &n))
		say(run, SCARD_S_SUCCESS, n);
}

static void
poll_keys(struct run *run, unsigned long entries)
{
	const struct timespec t = { .tv_nsec = POLL_NS };
	unsigned char key = KEY_NONE;
	DWORD n;

	run->n = 0;
	for (unsigned i = 0; i < POLLS_MAX && entries > 0; i++) {
		if (!control(run, 0x05, &n) || n != 1)
			return;
		if ((key = run->got[0]) == KEY_NONE) {
			nanosleep(&t, NULL);
			continue;
		}
		printf("%02X ", key);
		fflush(stdout);
		entries -= key == KEY_OK;
		if (key == KEY_CANCEL || key == KEY_TIMEOUT || key == KEY_ABORTED)
			break;
	}
	puts("");
}

static void
universal(struct run *run, const char *sad, const char *dad, const char *text)
{
	char frame[2 * BYTES_MAX + 16];

	unhex(run, text);
	if (strlen(text) > sizeof(frame) - 16)
		misused("too long");
	sprintf(frame, "%2.2s%2.2s%02X%02X%s", sad, dad, (unsigned)(run->n & 0xff),
	    (unsigned)(run->n >> 8), text);
	ask(run, 0x09, frame);
}

static void
wait_for(struct run *run, DWORD flag, int wanted)
{
	SCARD_READERSTATE state = { .szReader = run->reader };
	struct timespec t;
	time_t end;
	int is;
	LONG r;

	clock_gettime(CLOCK_MONOTONIC, &t);
	end = t.tv_sec + WAIT_MS / 1000;
	do {
		state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
		r = SCardGetStatusChange(run->context, WAIT_MS, &state, 1);
		is = ((state.dwEventState & flag) != 0) == wanted;
		clock_gettime(CLOCK_MONOTONIC, &t);
	} while (r == SCARD_S_SUCCESS && !is && t.tv_sec < end);
	say(run, r == SCARD_S_SUCCESS && !is ? SCARD_E_TIMEOUT : r, 0);
}

static void
join(struct run *run, DWORD mode)
{
	const DWORD wanted = mode == SCARD_SHARE_DIRECT ? 0 : SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1;
	DWORD protocol;

	say(run, SCardConnect(run->context, run->reader, mode, wanted, &run->card, &protocol), 0);
}

/* Whether the card that is there answers; one that pcscd has not powered yet does not. */
static int
card_answers(struct run *run)
{
	static const unsigned char get_challenge[] = { 0x00, 0x84, 0x00, 0x00, 0x08 };
	DWORD n = sizeof(run->got);

	return SCardTransmit(run->card, SCARD_PCI_T1, get_challenge, sizeof(get_challenge), NULL,
	    run->got, &n) == SCARD_S_SUCCESS;
}

static void
join_again(struct run *run)
{
	SCARD_READERSTATE state = { .szReader = run->reader };
	const time_t end = time(NULL) + WAIT_MS / 1000;
	DWORD protocol;
	LONG r;

	for (;;) {
		r = SCardConnect(run->context, run->reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1,
		    &run->card, &protocol);
		if ((r == SCARD_S_SUCCESS && card_answers(run)) || time(NULL) >= end)
			break;
		if (r == SCARD_S_SUCCESS)
			SCardDisconnect(run->card, SCARD_LEAVE_CARD);
		state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
		(void)SCardGetStatusChange(run->context, 100, &state, 1);
	}
	say(run, r, 0);
}

static void
transmit(struct run *run, const char *text)
{
	DWORD n = sizeof(run->got);
	LONG r;

	unhex(run, text);
	r = SCardTransmit(run->card, SCARD_PCI_T1, run->bytes, run->n, NULL, run->got, &n);
	say(run, r, n);
}

static void
read_attribute(struct run *run, const char *tag)
{
	DWORD n = 264;	/* MAX_BUFFER_SIZE */
	const LONG r = SCardGetAttrib(run->card, strtoul(tag, NULL, 16), run->got, &n);

	say(run, r, n);
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
	say(run, r, 0);
}

static void
wait_for_file(const char *path)
{
	const struct timespec t = { .tv_nsec = POLL_NS };

	for (unsigned i = 0; i < POLLS_MAX && access(path, F_OK) != 0; i++)
		nanosleep(&t, NULL);
}

/* Steps that are a control code, with bytes of the caller's or with none. */
static const struct {
	const char *name;
	unsigned tag;
	int bytes;
} codes[] = {
	{ "verify-start", 0x01, 1 }, { "verify-finish", 0x02, 0 },
	{ "modify-start", 0x03, 1 }, { "modify-finish", 0x04, 0 },
	{ "key", 0x05, 0 }, { "verify", 0x06, 1 }, { "modify", 0x07, 1 }, { "mct", 0x08, 1 },
	{ "frame", 0x09, 1 }, { "properties", 0x0a, 0 }, { "abort", 0x0b, 0 }, { "tlv", 0x12, 0 },
};

static int
is(char **arg, const char *name, int operands)
{
	if (strcmp(arg[0], name) != 0)
		return 0;
	for (int i = 1; i <= operands; i++)
		if (arg[i] == NULL)
			misused(name);
	return 1;
}

static void
list_features(struct run *run)
{
	LONG r;

	(void)code_of(run, 0, &r);
	if (r != SCARD_S_SUCCESS)
		say(run, r, 0);
}

/* How many words it was. */
static int
step(struct run *run, char **arg)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (is(arg, codes[i].name, codes[i].bytes)) {
			ask(run, codes[i].tag, codes[i].bytes ? arg[1] : "");
			return 1 + codes[i].bytes;
		}
	if (is(arg, "reader", 1))
		return snprintf(run->reader, sizeof(run->reader), "%s", arg[1]), 2;
	if (is(arg, "room", 1))
		return run->room = strtoul(arg[1], NULL, 10), 2;
	if (is(arg, "keys", 1))
		return poll_keys(run, strtoul(arg[1], NULL, 10)), 2;
	if (is(arg, "universal", 3))
		return universal(run, arg[1], arg[2], arg[3]), 4;
	if (is(arg, "feature", 2))
		return ask(run, (unsigned)strtoul(arg[1], NULL, 16), arg[2]), 3;
	if (is(arg, "attrib", 1))
		return read_attribute(run, arg[1]), 2;
	if (is(arg, "connects", 1))
		return connects(run, strtoul(arg[1], NULL, 10)), 2;
	if (is(arg, "once", 1))
		return wait_for_file(arg[1]), 2;
	if (is(arg, "apdu", 1))
		return transmit(run, arg[1]), 2;
	if (is(arg, "present", 0))
		wait_for(run, SCARD_STATE_PRESENT, 1);
	else if (is(arg, "absent", 0))
		wait_for(run, SCARD_STATE_EMPTY, 1);
	else if (is(arg, "free", 0))
		wait_for(run, SCARD_STATE_INUSE, 0);
	else if (is(arg, "again", 0))
		join_again(run);
	else if (is(arg, "exclusive", 0))
		join(run, SCARD_SHARE_EXCLUSIVE);
	else if (is(arg, "direct", 0))
		join(run, SCARD_SHARE_DIRECT);
	else if (is(arg, "shared", 0))
		join(run, SCARD_SHARE_SHARED);
	else if (is(arg, "leave", 0))
		say(run, SCardDisconnect(run->card, SCARD_LEAVE_CARD), 0);
	else if (is(arg, "unpower", 0))
		say(run, SCardDisconnect(run->card, SCARD_UNPOWER_CARD), 0);
	else if (is(arg, "reset", 0))
		say(run, SCardDisconnect(run->card, SCARD_RESET_CARD), 0);
	else if (is(arg, "lock", 0))
		say(run, SCardBeginTransaction(run->card), 0);
	else if (is(arg, "unlock", 0))
		say(run, SCardEndTransaction(run->card, SCARD_LEAVE_CARD), 0);
	else if (is(arg, "features", 0))
		list_features(run);
	else if (is(arg, "stay", 0))
		pause();
	else
		misused(arg[0]);
	return 1;
}

int
main(int argc, char **argv)
{
	static struct run run;
	LONG r;

	(void)argc;
	run.room = sizeof(run.got);
	if ((r = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
	    &run.context)) != SCARD_S_SUCCESS) {
		fprintf(stderr, "part10: %s\n", pcsc_stringify_error(r));
		return 1;
	}
	for (char **arg = argv + 1; *arg != NULL;) {
		need_reader(&run);
		arg += step(&run, arg);
		fflush(stdout);
	}
	SCardReleaseContext(run.context);
	return 0;
}
