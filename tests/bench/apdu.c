#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <winscard.h>

/*
 * apdu REAL NULL: round trips of one APDU through pcscd to the reader REAL and to the reader NULL,
 * whose driver answers at once; in turns, the median of many rounds each, and their ratio.
 */
enum { ROUNDS = 41, TRIPS = 500 };

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
round_trip_us(SCARDHANDLE card)
{
	static const BYTE get_challenge[] = { 0x00, 0x84, 0x00, 0x00, 0x08 };
	BYTE answer[264];
	const double begin = now_us();

	for (int i = 0; i < TRIPS; i++) {
		DWORD n = sizeof(answer);

		check(SCardTransmit(card, SCARD_PCI_T1, get_challenge, sizeof(get_challenge), NULL,
		    answer, &n), "SCardTransmit");
		if (n < 2 || answer[n - 2] != 0x90) {
			fprintf(stderr, "the card says %02x%02x\n", n < 2 ? 0 : answer[n - 2],
			    n < 2 ? 0 : answer[n - 1]);
			exit(1);
		}
	}
	return (now_us() - begin) / TRIPS;
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

int
main(int argc, char **argv)
{
	double us[2][ROUNDS];
	SCARDHANDLE card[2];
	SCARDCONTEXT context;
	DWORD protocol;

	if (argc != 3) {
		fprintf(stderr, "usage: apdu READER NULL-READER\n");
		return 2;
	}
	check(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), "pcscd");
	for (int i = 0; i < 2; i++) {
		wait_for_card(context, argv[1 + i]);
		check(SCardConnect(context, argv[1 + i], SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1,
		    &card[i], &protocol), argv[1 + i]);
	}
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < 2; i++)
			us[i][round] = round_trip_us(card[i]);
	for (int i = 0; i < 2; i++) {
		qsort(us[i], ROUNDS, sizeof(us[i][0]), ascending);
		SCardDisconnect(card[i], SCARD_LEAVE_CARD);
	}
	SCardReleaseContext(context);
	printf("APDU through pcscd and the virtual reader: %.1f us, "
	    "a driver that answers at once: %.1f us, ratio %.2f\n",
	    us[0][ROUNDS / 2], us[1][ROUNDS / 2], us[0][ROUNDS / 2] / us[1][ROUNDS / 2]);
	return 0;
}
