#ifndef CARDINAL_PADINFO_H
#define CARDINAL_PADINFO_H

#include "hsm/cards/padcode.h"

/*
 * What a reader says of itself, for people: features and properties of PC/SC
 * Part 10, and its units by CT-BCS GET STATUS. It is a reader's word, so anything may come: each
 * decoder returns 0 or ERR_FORMAT, and what it fills in is a text or a number then, never a length
 * to trust.
 */
enum {
	PADINFO_FEATURES_MAX = 32,
	PADINFO_TEXT_MAX = 63,
	PADINFO_UNITS_MAX = 32,
};

/* Tags of features. */
enum {
	FEATURE_VERIFY_START = 0x01, FEATURE_VERIFY_FINISH = 0x02, FEATURE_MODIFY_START = 0x03,
	FEATURE_MODIFY_FINISH = 0x04, FEATURE_GET_KEY = 0x05, FEATURE_VERIFY = 0x06,
	FEATURE_MODIFY = 0x07, FEATURE_MCT = 0x08, FEATURE_MCT_UNIVERSAL = 0x09,
	FEATURE_PIN_PROPERTIES = 0x0a, FEATURE_ABORT = 0x0b, FEATURE_TLV_PROPERTIES = 0x12,
};

struct pad_feature {
	uint8_t tag;
	uint32_t code;		/* for SCardControl */
};

/* Properties, of either kind; those that are not said are 0, bit 1 << tag of `said` tells. */
struct pad_properties {
	uint32_t said;
	uint8_t lines, columns;		/* of the display, 0: none */
	uint8_t condition;		/* what ends a PIN entry: 1 all digits, 2 OK, 4 the time */
	uint8_t next_timeout;		/* bTimeOut2: the time between digits is heeded */
	uint16_t characters, text_lines;	/* of the display again, in their own properties */
	uint8_t pin_min, pin_max;
	char firmware[PADINFO_TEXT_MAX + 1];	/* printable */
	uint8_t ppdu;
	uint32_t apdu_max;
	uint16_t vendor, product;
};

/* TLV properties, and the bits of `said`. */
enum {
	PROPERTY_LAYOUT = 1, PROPERTY_CONDITION = 2, PROPERTY_TIMEOUT = 3, PROPERTY_CHARACTERS = 4,
	PROPERTY_LINES = 5, PROPERTY_PIN_MIN = 6, PROPERTY_PIN_MAX = 7, PROPERTY_FIRMWARE = 8,
	PROPERTY_PPDU = 9, PROPERTY_APDU_MAX = 10, PROPERTY_VENDOR = 11, PROPERTY_PRODUCT = 12,
};

struct pad_units {
	uint8_t unit[PADINFO_UNITS_MAX];	/* 01 to 0E slots, 40 display, 50 keypad */
	size_t n;
};

/* What was asked of a reader and what came. Results are 0, an ERR_*, ERR_NOT_FOUND: not offered. */
struct pad_report {
	char name[CARDS_NAME_MAX];
	int err;			/* why it is not to be had; nothing else counts then */
	int present, mute;
	int in_use;			/* others are connected; no text was shown then */
	uint8_t atr[33];
	size_t atr_n;
	int features_err;
	struct pad_feature feature[PADINFO_FEATURES_MAX];
	size_t features;
	int pin_err, tlv_err, units_err, maker_err, icc_err, universal_err, key_err, text_err;
	struct pad_properties pin, tlv;
	struct pad_units units;
	char maker[PADINFO_TEXT_MAX + 1];	/* maker, type and version by GET STATUS 46 */
	int icc_present;			/* by GET STATUS 80 */
};

/* The answer to the feature request; more than PADINFO_FEATURES_MAX are refused. */
int padinfo_features(const uint8_t *, size_t n, struct pad_report *);
/* IFD_PIN_PROPERTIES, four bytes. */
int padinfo_pin_properties(const uint8_t *, size_t n, struct pad_properties *);
/* GET_TLV_PROPERTIES; those that Part 10 does not know are passed over, none may come twice. */
int padinfo_tlv_properties(const uint8_t *, size_t n, struct pad_properties *);

/* CT-BCS GET STATUS and its answers, status word included: what is asked for is P2. */
enum { STATUS_MAKER = 0x46, STATUS_ICC = 0x80, STATUS_UNITS = 0x81 };
void padinfo_status(struct wr *, uint8_t what);
int padinfo_units(const uint8_t *, size_t n, struct pad_units *);
int padinfo_maker(const uint8_t *, size_t n, char text[PADINFO_TEXT_MAX + 1]);
int padinfo_icc(const uint8_t *, size_t n, int *present);

/*
 * The same for MCT_UNIVERSAL: the command with its address before it; *p and *n are moved to what
 * follows the answer's.
 */
void padinfo_universal(struct wr *, uint8_t what);
int padinfo_universal_answer(const uint8_t **p, size_t *n);

/* The code of a feature, 0: not offered. */
uint32_t padinfo_code(const struct pad_report *, uint8_t tag);
int padinfo_has_unit(const struct pad_units *, uint8_t unit);

/* Names as PC/SC has them; "?" for what it does not know. */
const char *padinfo_feature_name(uint8_t tag);
const char *padinfo_unit_name(uint8_t unit);

#endif
