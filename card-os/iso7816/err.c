#include "card-os/iso7816/err.h"

#include <stddef.h>

static const struct {
	int err;
	const char *str;
} strings[] = {
	{ 0, "done" },
	{ ERR_INTERNAL, "internal error" },
	{ ERR_ARG, "no such thing to ask for" },
	{ ERR_NOMEM, "out of memory" },
	{ ERR_IO, "input or output failed" },
	{ ERR_FULL, "no room left on the disk" },
	{ ERR_FORMAT, "malformed" },
	{ ERR_SIZE, "too long" },
	{ ERR_NOT_FOUND, "not found" },
	{ ERR_EXISTS, "exists already" },
	{ ERR_NOT_NOW, "not in this state" },
	{ ERR_DENIED, "not allowed" },
	{ ERR_BUSY, "in use" },
	{ ERR_CRYPTO, "cryptographic operation failed" },
	{ ERR_MAC, "authentication code does not match" },
	{ ERR_VERSION, "unknown version" },
	{ ERR_UNSUPPORTED, "not supported" },
	{ ERR_CLOSED, "connection closed" },
	{ ERR_CANCELLED, "cancelled" },
	{ ERR_TIMEOUT, "timed out" },
	{ ERR_READER_GONE, "the reader is gone" },
	{ ERR_READER_NONE, "no such reader" },
	{ ERR_NO_PIN_PAD, "the reader has no PIN pad" },
	{ ERR_NO_CARD, "no card" },
	{ ERR_CARD_REMOVED, "the card was pulled" },
	{ ERR_CARD_ANSWER, "the card gave an unexpected answer" },
	{ ERR_FOREIGN_CARD, "a card of an issuer that is not trusted" },
	{ ERR_SAME_CARD, "the same card again" },
	{ ERR_WRONG_CARD, "not the card that was asked for" },
	{ ERR_CARD_BLOCKED, "the card's PIN is blocked" },
	{ ERR_PIN_WRONG, "wrong PIN" },
	{ ERR_PIN_LENGTH, "the PIN is too short or too long" },
	{ ERR_PINS_DIFFER, "the new PINs differ" },
	{ ERR_NO_SERVICE, "the smart card service does not run" },
	{ ERR_MISTAKES, "too many mistakes" },
	{ ERR_SHARES_FEW, "too few shares" },
	{ ERR_SHARE_TWICE, "the same share twice" },
	{ ERR_SHARE_SET, "a share of another set" },
	{ ERR_SHARE_HSM, "a share of another HSM" },
	{ ERR_SHARE_X, "a share number out of range" },
	{ ERR_SHARE_DAMAGED, "a damaged share" },
	{ ERR_SHARE_TEST, "TEST and LIVE shares do not mix" },
	{ ERR_SHARE_KCV, "the key does not match its check value" },
};

const char *
err_str(int err)
{
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (strings[i].err == err)
			return strings[i].str;
	return "unknown error";
}
