#include <string.h>

#include <ifdhandler.h>
#include <reader.h>

/*
 * A driver that answers at once, with a card that says 9000 to everything: what
 * pcscd alone costs. The bench measures the real driver beside it, in one pcscd.
 */

static const UCHAR null_atr[] = { 0x3b, 0x80, 0x01, 0x81 };	/* T=1 */

RESPONSECODE
IFDHCreateChannelByName(DWORD lun, LPSTR name)
{
	(void)lun;
	(void)name;
	return IFD_SUCCESS;
}

RESPONSECODE
IFDHCreateChannel(DWORD lun, DWORD channel)
{
	(void)lun;
	(void)channel;
	return IFD_SUCCESS;
}

RESPONSECODE
IFDHCloseChannel(DWORD lun)
{
	(void)lun;
	return IFD_SUCCESS;
}

RESPONSECODE
IFDHGetCapabilities(DWORD lun, DWORD tag, PDWORD length, PUCHAR value)
{
	(void)lun;
	switch (tag) {
	case TAG_IFD_ATR:
	case SCARD_ATTR_ATR_STRING:
		memcpy(value, null_atr, sizeof(null_atr));
		*length = sizeof(null_atr);
		return IFD_SUCCESS;
	case TAG_IFD_SLOTS_NUMBER:
	case TAG_IFD_THREAD_SAFE:
		value[0] = 1;
		*length = 1;
		return IFD_SUCCESS;
	default:
		return IFD_ERROR_TAG;
	}
}

RESPONSECODE
IFDHSetCapabilities(DWORD lun, DWORD tag, DWORD length, PUCHAR value)
{
	(void)lun;
	(void)tag;
	(void)length;
	(void)value;
	return IFD_ERROR_TAG;
}

RESPONSECODE
IFDHSetProtocolParameters(DWORD lun, DWORD protocol, UCHAR flags, UCHAR pts1, UCHAR pts2,
    UCHAR pts3)
{
	(void)lun;
	(void)protocol;
	(void)flags;
	(void)pts1;
	(void)pts2;
	(void)pts3;
	return IFD_SUCCESS;
}

RESPONSECODE
IFDHPowerICC(DWORD lun, DWORD action, PUCHAR atr, PDWORD n)
{
	(void)lun;
	*n = 0;
	if (action != IFD_POWER_DOWN) {
		memcpy(atr, null_atr, sizeof(null_atr));
		*n = sizeof(null_atr);
	}
	return IFD_SUCCESS;
}

RESPONSECODE
IFDHTransmitToICC(DWORD lun, SCARD_IO_HEADER send, PUCHAR tx, DWORD tx_n, PUCHAR rx, PDWORD rx_n,
    PSCARD_IO_HEADER receive)
{
	(void)lun;
	(void)send;
	(void)tx;
	(void)tx_n;
	(void)receive;
	memcpy(rx, "\x90\x00", 2);
	*rx_n = 2;
	return IFD_SUCCESS;
}

RESPONSECODE
IFDHControl(DWORD lun, DWORD code, PUCHAR tx, DWORD tx_n, PUCHAR rx, DWORD rx_n, LPDWORD returned)
{
	(void)lun;
	(void)code;
	(void)tx;
	(void)tx_n;
	(void)rx;
	(void)rx_n;
	*returned = 0;
	return IFD_ERROR_NOT_SUPPORTED;
}

RESPONSECODE
IFDHICCPresence(DWORD lun)
{
	(void)lun;
	return IFD_ICC_PRESENT;
}
