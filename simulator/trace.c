#include "simulator/trace.h"

#include <stdio.h>

#include "card-os/iso7816/apdu.h"

static const struct {
	uint8_t ins;
	const char *name;
} names[] = {
	{ 0x04, "DEACTIVATE FILE" },
	{ INS_VERIFY, "VERIFY" },
	{ 0x21, "VERIFY" },
	{ INS_MANAGE_SE, "MANAGE SECURITY ENVIRONMENT" },
	{ INS_CHANGE_REFERENCE, "CHANGE REFERENCE DATA" },
	{ INS_DISABLE_VERIFICATION, "DISABLE VERIFICATION" },
	{ INS_ENABLE_VERIFICATION, "ENABLE VERIFICATION" },
	{ 0x2a, "PERFORM SECURITY OPERATION" },
	{ INS_RESET_RETRY, "RESET RETRY COUNTER" },
	{ 0x44, "ACTIVATE FILE" },
	{ 0x46, "GENERATE KEY PAIR" },
	{ INS_MANAGE_CHANNEL, "MANAGE CHANNEL" },
	{ 0x82, "EXTERNAL AUTHENTICATE" },
	{ INS_GET_CHALLENGE, "GET CHALLENGE" },
	{ INS_GENERAL_AUTHENTICATE, "GENERAL AUTHENTICATE" },
	{ 0x88, "INTERNAL AUTHENTICATE" },
	{ INS_SELECT, "SELECT" },
	{ INS_READ_BINARY, "READ BINARY" },
	{ 0xb2, "READ RECORD" },
	{ 0xc0, "GET RESPONSE" },
	{ INS_GET_DATA, "GET DATA" },
	{ INS_UPDATE_BINARY, "UPDATE BINARY" },
	{ 0xda, "PUT DATA" },
	{ 0xdb, "PUT DATA" },
	{ 0xe0, "CREATE FILE" },
	{ 0xe4, "DELETE FILE" },
};

void
trace_apdu(char out[TRACE_MAX], const char *before, const uint8_t *cmd, size_t n,
    const uint8_t *rsp, size_t rsp_n)
{
	const char *name = NULL, *sm = n > 0 && (cmd[0] & CLA_SM) == CLA_SM ? " SM" : "";
	char number[8] = "?", sw[8] = "mute";

	if (n > 1) {
		snprintf(number, sizeof(number), "INS %02X", cmd[1]);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (names[i].ins == cmd[1])
				name = names[i].name;
	}
	if (rsp_n >= 2)
		snprintf(sw, sizeof(sw), "%02X%02X", rsp[rsp_n - 2], rsp[rsp_n - 1]);
	snprintf(out, TRACE_MAX, "%s%s%s %s", before, name != NULL ? name : number, sm, sw);
}
