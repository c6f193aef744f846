#include <stdio.h>
#include <winscard.h>

/* pcsc_hold READER: another program that keeps a transaction with the card until its standard input ends. */
int
main(int argc, char **argv)
{
	SCARDCONTEXT context;
	SCARDHANDLE handle;
	DWORD protocol;

	if (argc != 2 ||
	    SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS ||
	    SCardConnect(context, argv[1], SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &handle,
	    &protocol) != SCARD_S_SUCCESS || SCardBeginTransaction(handle) != SCARD_S_SUCCESS)
		return 1;
	puts("held");
	(void)fflush(stdout);
	while (getchar() != EOF)
		;
	(void)SCardDisconnect(handle, SCARD_LEAVE_CARD);
	(void)SCardReleaseContext(context);
	return 0;
}
