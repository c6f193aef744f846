#ifndef CARDINAL_PROFILE_H
#define CARDINAL_PROFILE_H

/*
 * What card and HSM agree on: names, numbers and sizes, no code. The file
 * system is that of docs/card.md.
 */

/* File identifiers. */
enum {
	FID_MF = 0x3f00,
	FID_DIR = 0x2f00,
	FID_GDO = 0x2f02,		/* 5A 0A and the serial number */
	FID_DEVICE_CERT = 0x2f03,	/* X.509, DER, free to read */
	FID_SHARE_DF = 0x5a01,
	FID_SHARE_HEADER = 0x4101,	/* first bytes of the share record, free to read */
	FID_SHARE = 0x4102,		/* the whole record, PIN and secure messaging */
	FID_SHARE_PIN = 0x5081,
	FID_SLOT_DF = 0x5a02,
	FID_SLOT_USER = 0x4101,		/* who may use it, free to read, PIN to write */
	FID_SLOT_PIN = 0x5081,
	FID_SLOT_SIGN = 0x5101,		/* RSA-2048 */
	FID_SLOT_AGREE = 0x5102,	/* P-256 */
	FID_SLOT_PUBLIC = 0x4102,	/* of 5101, RSAPublicKey of PKCS#1, DER; free to read */
	FID_SLOT_POINT = 0x4103,	/* of 5102, uncompressed; free to read */
	FID_SLOT_CERT = 0x4331,		/* of 5101, X.509, DER; free to read */

	/* PKCS#15, free to read. */
	FID_PKCS15_DF = 0x5015,
	FID_ODF = 0x5031,
	FID_TOKEN_INFO = 0x5032,
	FID_AODF = 0x4401,
	FID_PRKDF = 0x4402,
	FID_PUKDF = 0x4403,
	FID_DODF = 0x4404,
	FID_CDF = 0x4405,
};

/* References of the keys in FID_SLOT_DF. With 80 OpenSC would sign no more than 48 bytes. */
enum { SLOT_SIGN_REF = 0x84, SLOT_AGREE_REF = 0x85 };

/* Application identifiers: F0 (proprietary, ISO 7816-5 8.2.3), then CARDINAL and a number. */
#define AID_SHARE "\xf0" "CARDINAL\x01"
#define AID_SLOT "\xf0" "CARDINAL\x02"
enum { AID_LEN = 10 };
#define AID_PKCS15 "\xa0\x00\x00\x00" "cPKCS-15"
enum { AID_PKCS15_LEN = 12 };

/* Each application has one PIN of this reference, local to its DF. */
enum {
	PIN_REF = 0x81,
	PIN_MIN = 6,
	PIN_MAX = 16,
	PIN_TRIES = 3,
};
#define PIN_FACTORY "123456"

/*
 * GET DATA in an application's DF, without PIN: P1-P2 0181 gives reference,
 * tries left, tries at most, and a byte that is 1 while the PIN is the factory's.
 */
enum { DO_PIN_STATE = 0x0181, DO_PIN_STATE_LEN = 4 };

/* Key reference of the device key in MSE and GENERAL AUTHENTICATE. */
enum { DEVICE_KEY_REF = 0x01 };

enum {
	SERIAL_LEN = 10,		/* ICCSN, 20 decimal digits in BCD */
	DEVICE_CERT_MAX = 1024,
	SHARE_HEADER_LEN = 64,		/* public part of a share record */
	SHARE_RECORD_LEN = 128,
	SLOT_USER_LEN = 64,
	SLOT_CERT_MAX = 2048,
	ATR_MAX = 33,
};

#endif
