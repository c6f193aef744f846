#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ifdhandler.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/capabilities.h"
#include "ifdhandler/log.h"
#include "ifdhandler/part10.h"

/* The entry points of an IFD handler 3.0, as pcscd calls them. Errors are converted here. */

enum { PATH_BYTES = 128 };

static const char pad_prefix[] = "cardinal:";
static const char usb_prefix[] = "usb:";

static const struct {
	int r;
	RESPONSECODE code;
} codes[] = {
	{ 0, IFD_SUCCESS },
	{ ERR_READER_GONE, IFD_NO_SUCH_DEVICE },
	{ ERR_NO_CARD, IFD_ICC_NOT_PRESENT },
	{ ERR_TIMEOUT, IFD_RESPONSE_TIMEOUT },
	{ ERR_UNSUPPORTED, IFD_ERROR_NOT_SUPPORTED },
	{ ERR_SIZE, IFD_ERROR_INSUFFICIENT_BUFFER },
};

static RESPONSECODE
code_of(int r)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].r == r)
			return codes[i].code;
	return IFD_COMMUNICATION_ERROR;
}

static RESPONSECODE
open_pad(DWORD lun, const char *path)
{
	struct reader *reader;
	int r;

	if ((r = reader_pad_open(&reader, path)) == 0 && (r = slot_add(lun, reader)) != 0)
		reader->ops->close(reader);
	if (r != 0)
		ifd_log("%s: %s", path, err_str(r));
	/* pcscd would never try again: without a pad there is no card, that is all. */
	return r == 0 ? IFD_SUCCESS : IFD_COMMUNICATION_ERROR;
}

/* pcscd makes a reader of each interface of a device; those that are none of ours are no error. */
static RESPONSECODE
open_usb(DWORD lun, const char *name)
{
	struct reader *reader;
	int r;

	if ((r = reader_cyberjack_open(&reader, name)) == 0 && (r = slot_add(lun, reader)) != 0)
		reader->ops->close(reader);
	if (r != 0)
		ifd_log("%s: %s", name, err_str(r));
	return r == 0 ? IFD_SUCCESS : r == ERR_NOT_FOUND ? IFD_NO_SUCH_DEVICE :
	    IFD_COMMUNICATION_ERROR;
}

RESPONSECODE
IFDHCreateChannelByName(DWORD lun, LPSTR name)
{
	if (strncmp(name, pad_prefix, sizeof(pad_prefix) - 1) == 0)
		return open_pad(lun, name + sizeof(pad_prefix) - 1);
	if (strncmp(name, usb_prefix, sizeof(usb_prefix) - 1) == 0)
		return open_usb(lun, name);
	ifd_log("%s: not one of ours", name);
	return IFD_NO_SUCH_DEVICE;
}

/* A reader configured by CHANNELID alone: the pad of that number. */
RESPONSECODE
IFDHCreateChannel(DWORD lun, DWORD channel)
{
	const char *run = secure_getenv("CARDINAL_RUN");
	char path[PATH_BYTES];
	int n;

	n = snprintf(path, sizeof(path), "%s/pad%lu.sock", run != NULL ? run : "/run/cardinal",
	    channel);
	return n < 0 || (size_t)n >= sizeof(path) ? IFD_COMMUNICATION_ERROR : open_pad(lun, path);
}

RESPONSECODE
IFDHCloseChannel(DWORD lun)
{
	return code_of(slot_remove(lun));
}

RESPONSECODE
IFDHGetCapabilities(DWORD lun, DWORD tag, PDWORD length, PUCHAR value)
{
	struct slot *slot = slot_find(lun);
	uint8_t v[CAPABILITY_MAX];
	size_t n;

	if (slot == NULL)
		return IFD_COMMUNICATION_ERROR;
	if (capability(slot, tag, v, &n) != 0)
		return IFD_ERROR_TAG;
	if (*length < n)
		return IFD_ERROR_INSUFFICIENT_BUFFER;
	memcpy(value, v, n);
	*length = n;
	return IFD_SUCCESS;
}

RESPONSECODE
IFDHSetCapabilities(DWORD lun, DWORD tag, DWORD length, PUCHAR value)
{
	struct slot *slot = slot_find(lun);

	(void)length;
	(void)value;
	if (slot == NULL)
		return IFD_COMMUNICATION_ERROR;
	return tag == TAG_IFD_DEVICE_REMOVED && slot_removed(slot) == 0 ? IFD_SUCCESS :
	    IFD_ERROR_VALUE_READ_ONLY;
}

/* Readers take whole APDUs; to some it makes a difference how the card is spoken to. */
RESPONSECODE
IFDHSetProtocolParameters(DWORD lun, DWORD protocol, UCHAR flags, UCHAR pts1, UCHAR pts2,
    UCHAR pts3)
{
	struct slot *slot = slot_find(lun);
	const struct reader_ops *ops;
	int r;

	(void)flags;
	(void)pts1;
	(void)pts2;
	(void)pts3;
	if (slot == NULL)
		return IFD_COMMUNICATION_ERROR;
	ops = slot->reader->ops;
	if (protocol != SCARD_PROTOCOL_T0 && protocol != SCARD_PROTOCOL_T1)
		return IFD_PROTOCOL_NOT_SUPPORTED;
	if (ops->protocol != NULL &&
	    (r = ops->protocol(slot->reader, protocol == SCARD_PROTOCOL_T1)) != 0)
		return code_of(r);
	slot->protocol = (unsigned)protocol;
	return IFD_SUCCESS;
}

RESPONSECODE
IFDHPowerICC(DWORD lun, DWORD action, PUCHAR atr, PDWORD atr_length)
{
	static const struct {
		DWORD action;
		enum reader_power power;
	} actions[] = {
		{ IFD_POWER_UP, READER_POWER_UP },
		{ IFD_POWER_DOWN, READER_POWER_DOWN },
		{ IFD_RESET, READER_RESET },
	};
	struct slot *slot = slot_find(lun);
	const DWORD room = *atr_length;
	int r = ERR_UNSUPPORTED;

	*atr_length = 0;
	if (slot == NULL)
		return IFD_COMMUNICATION_ERROR;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (actions[i].action == action)
			r = slot_power(slot, actions[i].power);
	if (r == ERR_UNSUPPORTED)
		return IFD_NOT_SUPPORTED;
	if (r == ERR_CARD_ANSWER)
		return IFD_ERROR_POWER_ACTION;
	if (r != 0 && action == IFD_POWER_DOWN)
		return IFD_SUCCESS;	/* what is gone has no power */
	if (r == 0 && slot->atr_n > room)
		return IFD_ERROR_INSUFFICIENT_BUFFER;
	if (r == 0) {
		memcpy(atr, slot->atr, slot->atr_n);
		*atr_length = slot->atr_n;
	}
	return code_of(r);
}

RESPONSECODE
IFDHTransmitToICC(DWORD lun, SCARD_IO_HEADER send, PUCHAR tx, DWORD tx_length, PUCHAR rx,
    PDWORD rx_length, PSCARD_IO_HEADER receive)
{
	struct slot *slot = slot_find(lun);
	size_t n = *rx_length;
	int r;

	*rx_length = 0;
	if (slot == NULL)
		return IFD_COMMUNICATION_ERROR;
	if ((r = slot->reader->ops->transmit(slot->reader, tx, tx_length, rx, &n)) != 0)
		return code_of(r);
	*rx_length = n;
	if (receive != NULL)
		receive->Protocol = send.Protocol;
	return IFD_SUCCESS;
}

RESPONSECODE
IFDHControl(DWORD lun, DWORD code, PUCHAR tx, DWORD tx_length, PUCHAR rx, DWORD rx_length,
    LPDWORD returned)
{
	struct slot *slot = slot_find(lun);
	struct wr wr;
	int r;

	*returned = 0;
	if (slot == NULL)
		return IFD_COMMUNICATION_ERROR;
	wr_init(&wr, rx, rx_length);
	if ((r = part10_control(slot, code, tx, tx_length, &wr)) != 0)
		return code_of(r);
	*returned = wr.n;
	return IFD_SUCCESS;
}

RESPONSECODE
IFDHICCPresence(DWORD lun)
{
	struct slot *slot = slot_find(lun);

	if (slot == NULL)
		return IFD_COMMUNICATION_ERROR;
	return slot_present(slot) ? IFD_ICC_PRESENT : IFD_ICC_NOT_PRESENT;
}
