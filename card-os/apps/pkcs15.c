#include "card-os/apps/pkcs15.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/files.h"

/* Clauses are those of PKCS#15 v1.1; DER, so that flags end with their last bit that is set. */

enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BITS = 0x03,
	DER_OCTETS = 0x04,
	DER_ENUMERATED = 0x0a,
	DER_TEXT = 0x0c,
	DER_SEQUENCE = 0x30,
	DER_IMPLICIT_0 = 0x80,
	DER_TYPE = 0xa1,		/* [1], what only this type of object has */
};

enum {
	FLAG_PRIVATE = 0x80, FLAG_MODIFIABLE = 0x40,		/* 6.1.8, of an object */
	KEY_SENSITIVE = 0x80,					/* 6.1.9; it came from outside */
	USE_SIGN = 0x20, USE_VERIFY = 0x02,			/* 6.1.9 */
	PIN_CASE = 0x80, PIN_LOCAL = 0x40, PIN_INITIALISED = 0x08,	/* 6.8.2 */
	PIN_NUMERIC = 1,					/* digits in ASCII */
	TOKEN_RANDOM = 0x20,					/* 6.9 */
	KEY_ID = 0x45,			/* joins key, public key and certificate */
	SHARE_PIN_ID = 1, SLOT_PIN_ID = 2,
	KEY_BITS = 2048,
};

enum { OBJECTS_MAX = 512 };

static void
put_number(struct wr *wr, uint32_t tag, uint16_t v)
{
	const uint8_t b[3] = { 0, (uint8_t)(v >> 8), (uint8_t)v };
	size_t skip = v > 0x7fff ? 0 : v > 0x7f ? 1 : 2;

	tlv_put(wr, tag, b + skip, sizeof(b) - skip);
}

static void
put_bits(struct wr *wr, uint8_t bits)
{
	uint8_t unused = 0;
	const size_t opened = tlv_open(wr, DER_BITS);

	while (bits != 0 && (bits >> unused & 1) == 0)
		unused++;
	wr_u8(wr, unused);
	if (bits != 0)
		wr_u8(wr, bits);
	tlv_close(wr, opened);
}

static void
put_text(struct wr *wr, uint32_t tag, const char *text)
{
	tlv_put(wr, tag, text, strlen(text));
}

/* 6.1.5, from the MF; fid 0 for the DF itself. */
static void
put_path(struct wr *wr, uint16_t df, uint16_t fid)
{
	const size_t sequence = tlv_open(wr, DER_SEQUENCE), path = tlv_open(wr, DER_OCTETS);

	wr_u16(wr, FID_MF);
	wr_u16(wr, df);
	if (fid != 0)
		wr_u16(wr, fid);
	tlv_close(wr, path);
	tlv_close(wr, sequence);
}

/* What every object begins with, 6.1.8; auth 0: no PIN. */
static void
put_common(struct wr *wr, const char *label, uint8_t flags, uint8_t auth)
{
	const size_t opened = tlv_open(wr, DER_SEQUENCE);

	put_text(wr, DER_TEXT, label);
	put_bits(wr, flags);
	if (auth != 0)
		tlv_put_u8(wr, DER_OCTETS, auth);
	tlv_close(wr, opened);
}

/* 6.2.1: where the files of objects are. */
static void
put_odf(const struct card_data *d, struct wr *wr)
{
	static const struct {
		uint8_t tag;
		uint16_t fid;
	} rows[] = {
		{ 0xa8, FID_AODF }, { 0xa0, FID_PRKDF }, { 0xa1, FID_PUKDF }, { 0xa4, FID_CDF },
		{ 0xa7, FID_DODF },
	};
	size_t opened;

	(void)d;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		opened = tlv_open(wr, rows[i].tag);
		put_path(wr, FID_PKCS15_DF, rows[i].fid);
		tlv_close(wr, opened);
	}
}

/* 6.9 */
static void
put_token_info(const struct card_data *d, struct wr *wr)
{
	const size_t opened = tlv_open(wr, DER_SEQUENCE);

	put_number(wr, DER_INTEGER, 0);
	tlv_put(wr, DER_OCTETS, d->serial, SERIAL_LEN);
	put_text(wr, DER_TEXT, "Cardinal");
	put_text(wr, DER_IMPLICIT_0, "Cardinal card");
	put_bits(wr, TOKEN_RANDOM);
	tlv_close(wr, opened);
}

/* The PIN of the key first: OpenSC's first token is what programs take that know of one only. */
static const struct {
	const char *label;
	uint8_t id;
	uint16_t df;
} pins[] = {
	{ "Slot PIN", SLOT_PIN_ID, FID_SLOT_DF },
	{ "Share PIN", SHARE_PIN_ID, FID_SHARE_DF },
};

/* 6.8.2; without PADDING: a PIN goes to the card as its digits alone. */
static void
put_pin_attributes(struct wr *wr, uint16_t df)
{
	const size_t type = tlv_open(wr, DER_TYPE), opened = tlv_open(wr, DER_SEQUENCE);

	put_bits(wr, PIN_CASE | PIN_LOCAL | PIN_INITIALISED);
	put_number(wr, DER_ENUMERATED, PIN_NUMERIC);
	put_number(wr, DER_INTEGER, PIN_MIN);
	put_number(wr, DER_INTEGER, PIN_MAX);
	put_number(wr, DER_INTEGER, PIN_MAX);
	put_number(wr, DER_IMPLICIT_0, PIN_REF);
	put_path(wr, df, 0);
	tlv_close(wr, opened);
	tlv_close(wr, type);
}

static void
put_pins(const struct card_data *d, struct wr *wr)
{
	size_t opened, class;

	(void)d;
	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		opened = tlv_open(wr, DER_SEQUENCE);
		put_common(wr, pins[i].label, FLAG_PRIVATE | FLAG_MODIFIABLE, 0);
		class = tlv_open(wr, DER_SEQUENCE);
		tlv_put_u8(wr, DER_OCTETS, pins[i].id);
		tlv_close(wr, class);
		put_pin_attributes(wr, pins[i].df);
		tlv_close(wr, opened);
	}
}

/* What only this type has: where its value is, and of an RSA key how long its modulus is. */
static void
put_value(struct wr *wr, uint16_t df, uint16_t fid, uint16_t bits)
{
	const size_t type = tlv_open(wr, DER_TYPE), opened = tlv_open(wr, DER_SEQUENCE);

	put_path(wr, df, fid);
	if (bits != 0)
		put_number(wr, DER_INTEGER, bits);
	tlv_close(wr, opened);
	tlv_close(wr, type);
}

/* 6.7.3: what only an opaque object has is its value itself. */
static void
put_header(const struct card_data *d, struct wr *wr)
{
	const size_t opened = tlv_open(wr, DER_SEQUENCE);
	size_t class, type;

	(void)d;
	put_common(wr, "Backup share header", 0, 0);
	class = tlv_open(wr, DER_SEQUENCE);
	put_text(wr, DER_TEXT, "Cardinal");
	tlv_close(wr, class);
	type = tlv_open(wr, DER_TYPE);
	put_path(wr, FID_SHARE_DF, FID_SHARE_HEADER);
	tlv_close(wr, type);
	tlv_close(wr, opened);
}

/* 6.3.2 */
static void
put_key(const struct card_data *d, struct wr *wr)
{
	static const uint8_t native = 0xff;
	const size_t opened = tlv_open(wr, DER_SEQUENCE);
	size_t class;

	(void)d;
	put_common(wr, "Slot user key", FLAG_PRIVATE, SLOT_PIN_ID);
	class = tlv_open(wr, DER_SEQUENCE);
	tlv_put_u8(wr, DER_OCTETS, KEY_ID);
	put_bits(wr, USE_SIGN);
	tlv_put(wr, DER_BOOLEAN, &native, sizeof(native));
	put_bits(wr, KEY_SENSITIVE);
	put_number(wr, DER_INTEGER, SLOT_SIGN_REF);
	tlv_close(wr, class);
	put_value(wr, FID_SLOT_DF, FID_SLOT_SIGN, KEY_BITS);
	tlv_close(wr, opened);
}

/* 6.4.2 */
static void
put_public_key(const struct card_data *d, struct wr *wr)
{
	const size_t opened = tlv_open(wr, DER_SEQUENCE);
	size_t class;

	(void)d;
	put_common(wr, "Slot user key", 0, 0);
	class = tlv_open(wr, DER_SEQUENCE);
	tlv_put_u8(wr, DER_OCTETS, KEY_ID);
	put_bits(wr, USE_VERIFY);
	tlv_close(wr, class);
	put_value(wr, FID_SLOT_DF, FID_SLOT_PUBLIC, KEY_BITS);
	tlv_close(wr, opened);
}

/* 6.6.2 */
static void
put_certificate(const struct card_data *d, struct wr *wr)
{
	const size_t opened = tlv_open(wr, DER_SEQUENCE);
	size_t class;

	(void)d;
	put_common(wr, "Slot user key", 0, 0);
	class = tlv_open(wr, DER_SEQUENCE);
	tlv_put_u8(wr, DER_OCTETS, KEY_ID);
	tlv_close(wr, class);
	put_value(wr, FID_SLOT_DF, FID_SLOT_CERT, 0);
	tlv_close(wr, opened);
}

static const struct content {
	uint16_t fid;
	int of_credential;		/* there while a credential is */
	void (*put)(const struct card_data *, struct wr *);
} contents[] = {
	{ FID_ODF, 0, put_odf },
	{ FID_TOKEN_INFO, 0, put_token_info },
	{ FID_AODF, 0, put_pins },
	{ FID_DODF, 0, put_header },
	{ FID_PRKDF, 1, put_key },
	{ FID_PUKDF, 1, put_public_key },
	{ FID_CDF, 1, put_certificate },
};

static int
fill(struct card_data *d, uint16_t fid, const void *p, size_t n)
{
	uint16_t df = files_in(d, 0, FID_PKCS15_DF);
	uint16_t i = df == CARD_NO_FILE ? df : files_in(d, df, fid);

	return i == CARD_NO_FILE ? ERR_NOT_FOUND : files_fill(d, i, p, n);
}

int
pkcs15_make(struct card_data *d)
{
	uint8_t mem[OBJECTS_MAX];
	struct wr wr;
	int r;

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		if (contents[i].of_credential)
			continue;
		wr_init(&wr, mem, sizeof(mem));
		contents[i].put(d, &wr);
		if ((r = wr_end(&wr)) != 0 || (r = fill(d, contents[i].fid, mem, wr.n)) != 0)
			return r;
	}
	return pkcs15_fill(d, 0);
}

int
pkcs15_fill(struct card_data *d, int present)
{
	uint8_t mem[PKCS15_OBJECTS_LEN];
	struct wr wr;
	int r;

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		if (!contents[i].of_credential)
			continue;
		wr_init(&wr, mem, sizeof(mem));
		if (present)
			contents[i].put(d, &wr);
		wr_zero(&wr, sizeof(mem) - wr.n);
		if ((r = wr_end(&wr)) != 0 ||
		    (r = fill(d, contents[i].fid, mem, sizeof(mem))) != 0)
			return r;
	}
	return 0;
}
