#ifndef CARDINAL_ISO7816_ERR_H
#define CARDINAL_ISO7816_ERR_H

/*
 * What a function of Cardinal returns: 0, or one of these. Status words,
 * RESPONSECODE, HTTP codes and exit codes exist at their borders only, where
 * one table converts.
 */
enum err {
	ERR_INTERNAL = -1,	/* a state that cannot be; a defect of ours */
	ERR_ARG = -2,		/* the caller asked for something that does not exist */
	ERR_NOMEM = -3,
	ERR_IO = -4,		/* file or socket; errno tells more */
	ERR_FULL = -5,		/* no room left on disk */
	ERR_FORMAT = -6,	/* malformed: too short, too long, another encoding */
	ERR_SIZE = -7,		/* does not fit the buffer or the named capacity */
	ERR_NOT_FOUND = -8,
	ERR_EXISTS = -9,
	ERR_NOT_NOW = -10,	/* not in this state; ERR_STATE is a type of OpenSSL */
	ERR_DENIED = -11,	/* access rule, group or permission */
	ERR_BUSY = -12,		/* in use by another, or already running */
	ERR_CRYPTO = -13,	/* libcrypto refused */
	ERR_MAC = -14,		/* an authentication code does not match */
	ERR_VERSION = -15,	/* a version that this build does not know */
	ERR_UNSUPPORTED = -16,
	ERR_CLOSED = -17,	/* the peer has gone */

	ERR_CANCELLED = -32,	/* Cancel at the pad, or `cardinal cancel` */
	ERR_TIMEOUT = -33,	/* nobody pressed a key, nothing answered in time */
	ERR_READER_GONE = -34,	/* reader unplugged */
	ERR_READER_NONE = -35,	/* no reader of that name, or none at all */
	ERR_NO_PIN_PAD = -36,
	ERR_NO_CARD = -37,
	ERR_CARD_REMOVED = -38,	/* pulled in the middle of something */
	ERR_CARD_ANSWER = -39,	/* the card answered what it should not */
	ERR_FOREIGN_CARD = -40,	/* no certificate of a trusted issuer */
	ERR_SAME_CARD = -41,
	ERR_WRONG_CARD = -42,
	ERR_CARD_BLOCKED = -43,
	ERR_PIN_WRONG = -44,
	ERR_PIN_LENGTH = -45,
	ERR_PINS_DIFFER = -46,
	ERR_NO_SERVICE = -47,	/* pcscd does not run, or has ended */
	ERR_MISTAKES = -48,	/* so many in a row at the pad that nobody makes them */

	ERR_SHARES_FEW = -64,
	ERR_SHARE_TWICE = -65,
	ERR_SHARE_SET = -66,	/* of another set */
	ERR_SHARE_HSM = -67,	/* of another HSM */
	ERR_SHARE_X = -68,	/* x is 0 or over n */
	ERR_SHARE_DAMAGED = -69,
	ERR_SHARE_TEST = -70,	/* TEST with LIVE */
	ERR_SHARE_KCV = -71,	/* the key does not have its check value */
};

/* A short sentence without full stop, of static storage; for 0 "done". */
const char *err_str(int err);

#endif
