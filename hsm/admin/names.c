#include "hsm/admin/names.h"

#include <stddef.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/state.h"

static const struct {
	int err;
	unsigned http;
	const char *name;
} errors[] = {
	{ 0, 200, "" },
	{ ERR_ARG, 400, "argument" },
	{ ERR_IO, 500, "io" },
	{ ERR_FULL, 507, "full" },
	{ ERR_FORMAT, 400, "malformed" },
	{ ERR_SIZE, 413, "size" },
	{ ERR_NOT_FOUND, 404, "not-found" },
	{ ERR_EXISTS, 409, "exists" },
	{ ERR_NOT_NOW, 409, "state" },
	{ ERR_DENIED, 409, "denied" },
	{ ERR_BUSY, 409, "busy" },
	{ ERR_NOMEM, 503, "memory" },
	{ ERR_MAC, 500, "mac" },
	{ ERR_UNSUPPORTED, 405, "unsupported" },
	{ ERR_CLOSED, 503, "closed" },
	{ ERR_CANCELLED, 500, "cancelled" },
	{ ERR_TIMEOUT, 500, "timeout" },
	{ ERR_READER_GONE, 500, "reader-gone" },
	{ ERR_READER_NONE, 500, "reader-none" },
	{ ERR_NO_PIN_PAD, 500, "no-pin-pad" },
	{ ERR_NO_CARD, 500, "no-card" },
	{ ERR_CARD_REMOVED, 500, "card-removed" },
	{ ERR_CARD_ANSWER, 500, "card-answer" },
	{ ERR_FOREIGN_CARD, 500, "foreign-card" },
	{ ERR_SAME_CARD, 500, "same-card" },
	{ ERR_WRONG_CARD, 500, "wrong-card" },
	{ ERR_CARD_BLOCKED, 403, "card-blocked" },
	{ ERR_PIN_WRONG, 403, "pin-wrong" },
	{ ERR_PIN_LENGTH, 500, "pin-length" },
	{ ERR_PINS_DIFFER, 500, "pins-differ" },
	{ ERR_NO_SERVICE, 500, "no-service" },
	{ ERR_MISTAKES, 500, "mistakes" },
	{ ERR_SHARES_FEW, 500, "shares-few" },
	{ ERR_SHARE_TWICE, 500, "share-twice" },
	{ ERR_SHARE_SET, 500, "share-set" },
	{ ERR_SHARE_HSM, 500, "share-hsm" },
	{ ERR_SHARE_X, 500, "share-x" },
	{ ERR_SHARE_DAMAGED, 500, "share-damaged" },
	{ ERR_SHARE_TEST, 500, "share-test" },
	{ ERR_SHARE_KCV, 500, "share-kcv" },
};

static const char *const states[] = {
	[HSM_FACTORY] = "factory",
	[HSM_INSTALLING] = "installing",
	[HSM_OPERATIONAL] = "operational",
	[HSM_INCONSISTENT] = "inconsistent",
};

const char *
name_of_err(int err)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].err == err)
			return errors[i].name;
	return "internal";
}

unsigned
http_of_err(int err)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].err == err)
			return errors[i].http;
	return 500;
}

const char *
name_of_state(uint8_t state)
{
	return state < sizeof(states) / sizeof(states[0]) ? states[state] : "?";
}
