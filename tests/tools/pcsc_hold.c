#include <stdio.h>
#include <winscard.h>

/*
 * pcsc_hold READER: another program that keeps a transaction with the card until its standard
 * input ends. A line ends the transaction, the next one begins another: "held", "ended", and
 * "lost" when the card was reset in between.
 */
int
main(int argc, char **argv)
{
	SCARDCONTEXT context;
	SCARDHANDLE handle;
	DWORD protocol;
	int c, held = 1;

	if (argc != 2 ||
	    SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS ||
	    SCardConnect(context, argv[1], SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &handle,
	    &protocol) != SCARD_S_SUCCESS || SCardBeginTransaction(handle) != SCARD_S_SUCCESS)
		return 1;
	puts("held");
	(void)fflush(stdout);
	while ((c = getchar()) != EOF) {
		if (c != '\n')
			continue;
		if (held) {
			(void)SCardEndTransaction(handle, SCARD_LEAVE_CARD);
			puts("ended");
		} else {
			puts(SCardBeginTransaction(handle) == SCARD_S_SUCCESS ? "held" : "lost");
		}
		(void)fflush(stdout);
		held = !held;
	}
	(void)SCardDisconnect(handle, SCARD_LEAVE_CARD);
	(void)SCardReleaseContext(context);
	return 0;
}
