#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <winscard.h>

/*
 * apdu READER BESIDE...: round trips of one APDU through pcscd to READER and to the readers beside
 * it; in turns, the median of many rounds each, and the ratio of each to the first.
 */
enum { ROUNDS = 41, READERS_MAX = 8, TRIPS_MAX = 500, ROUND_US = 20000 };

struct reader {
	const char *name;
	SCARDHANDLE card;
	int trips;			/* of a round: fewer where one takes long */
	double us[ROUNDS];
};

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
check(LONG r, const char *what)
{
	if (r == SCARD_S_SUCCESS)
		return;
	fprintf(stderr, "%s: %s\n", what, pcsc_stringify_error(r));
	exit(1);
}

static double
round_trip_us(SCARDHANDLE card, int trips)
{
	static const BYTE get_challenge[] = { 0x00, 0x84, 0x00, 0x00, 0x08 };
	BYTE answer[264];
	const double begin = now_us();

	for (int i = 0; i < trips; i++) {
		DWORD n = sizeof(answer);

		check(SCardTransmit(card, SCARD_PCI_T1, get_challenge, sizeof(get_challenge), NULL,
		    answer, &n), "SCardTransmit");
		if (n < 2 || answer[n - 2] != 0x90) {
			fprintf(stderr, "the card says %02x%02x\n", n < 2 ? 0 : answer[n - 2],
			    n < 2 ? 0 : answer[n - 1]);
			exit(1);
		}
	}
	return (now_us() - begin) / trips;
}

static void
wait_for_card(SCARDCONTEXT context, const char *reader)
{
	SCARD_READERSTATE state = { .szReader = reader };

	while ((state.dwEventState & SCARD_STATE_PRESENT) == 0) {
		state.dwCurrentState = state.dwEventState;
		check(SCardGetStatusChange(context, 10000, &state, 1), reader);
	}
}

static int
ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
join(SCARDCONTEXT context, struct reader *r)
{
	DWORD protocol;
	double us;

	wait_for_card(context, r->name);
	check(SCardConnect(context, r->name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &r->card,
	    &protocol), r->name);
	us = round_trip_us(r->card, 1);
	r->trips = us * TRIPS_MAX < ROUND_US ? TRIPS_MAX : (int)(ROUND_US / us) + 1;
}

int
main(int argc, char **argv)
{
	static struct reader readers[READERS_MAX];
	const int n = argc - 1;
	SCARDCONTEXT context;

	if (n < 2 || n > READERS_MAX) {
		fprintf(stderr, "usage: apdu READER BESIDE...\n");
		return 2;
	}
	check(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), "pcscd");
	for (int i = 0; i < n; i++) {
		readers[i].name = argv[1 + i];	/* as pcscd has it, with " 00 00" at its end */
		join(context, &readers[i]);
	}
	for (int round = 0; round < ROUNDS; round++)
		for (struct reader *r = readers; r < readers + n; r++)
			r->us[round] = round_trip_us(r->card, r->trips);
	for (struct reader *r = readers; r < readers + n; r++) {
		qsort(r->us, ROUNDS, sizeof(r->us[0]), ascending);
		SCardDisconnect(r->card, SCARD_LEAVE_CARD);
	}
	SCardReleaseContext(context);
	for (struct reader *r = readers; r < readers + n; r++)
		printf("%s %.*s: %.1f us, ratio %.3g\n",
		    r == readers ? "APDU through pcscd and" : "  beside",
		    (int)(strlen(r->name) - strlen(" 00 00")), r->name, r->us[ROUNDS / 2],
		    readers->us[ROUNDS / 2] / r->us[ROUNDS / 2]);
	return 0;
}
