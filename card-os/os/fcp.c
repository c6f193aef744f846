#include "card-os/os/fcp.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/access.h"
#include "card-os/os/files.h"
#include "card-os/os/keys.h"
#include "card-os/os/pins.h"
#include "card-os/os/records.h"

enum {
	TAG_SIZE = 0x80,
	TAG_TOTAL = 0x81,
	TAG_DESCRIPTOR = 0x82,
	TAG_FID = 0x83,
	TAG_NAME = 0x84,
	TAG_PROPRIETARY = 0x85,
	TAG_RULES = 0x86,
	TAG_SFI = 0x88,
	TAG_LIFE = 0x8a,
	TAG_INTERNAL = 0xa5,		/* ours: what a PIN or key is */
	TAG_REF = 0x83,			/* in A5 */
	TAG_PIN = 0x90,			/* in A5: digits, tries, the PUK's reference */
	TAG_KEY = 0x91,			/* in A5: enum key_type */
};

/* File descriptor bytes, table 14; PINs and keys are internal EFs. */
static const struct {
	uint8_t kind, descriptor;
} descriptors[] = {
	{ FILE_DF, 0x38 },
	{ FILE_EF, 0x01 },		/* the first of two is what CREATE FILE makes */
	{ FILE_WINDOW, 0x01 },
	{ FILE_FIXED, 0x02 },
	{ FILE_VARIABLE, 0x04 },
	{ FILE_CYCLIC, 0x06 },
	{ FILE_PIN, 0x09 },		/* or a key: A5 says it */
	{ FILE_KEY, 0x09 },
};

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

enum { SHAREABLE = 0x40, CODING = 0x01 };	/* table 87: one-time write, units of a byte */

static uint8_t
descriptor_of(const struct card_file *f)
{
	for (size_t i = 0; i < COUNT(descriptors); i++)
		if (descriptors[i].kind == f->kind)
			return descriptors[i].descriptor;
	return 0;
}

static void
put_descriptor(struct wr *wr, const struct card_file *f)
{
	size_t opened;

	if (!file_has_records(f)) {
		tlv_put_u8(wr, TAG_DESCRIPTOR, descriptor_of(f));
		return;
	}
	opened = tlv_open(wr, TAG_DESCRIPTOR);
	wr_u8(wr, descriptor_of(f));
	wr_u8(wr, f->coding);
	wr_u16(wr, f->record);
	wr_u16(wr, f->records);
	tlv_close(wr, opened);
}

static void
put_internal(struct wr *wr, const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];
	size_t opened = tlv_open(wr, TAG_INTERNAL), inner;
	struct pin pin;

	tlv_put_u8(wr, TAG_REF, f->ref);
	if (f->kind == FILE_PIN) {
		pin_get(d, i, &pin);
		inner = tlv_open(wr, TAG_PIN);
		wr_u8(wr, pin.min);
		wr_u8(wr, pin.max);
		wr_u8(wr, pin.tries);
		wr_u8(wr, pin.tries_max);
		wr_u8(wr, pin.puk);
		tlv_close(wr, inner);
	} else {
		tlv_put_u8(wr, TAG_KEY, f->key);
	}
	tlv_close(wr, opened);
}

void
fcp_put(struct wr *wr, uint32_t tag, const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];
	size_t all = tlv_open(wr, tag), rules;

	if (f->kind != FILE_DF)
		tlv_put_u16(wr, TAG_SIZE, f->size);
	put_descriptor(wr, f);
	tlv_put_u16(wr, TAG_FID, f->fid);
	if (f->aid_n > 0)
		tlv_put(wr, TAG_NAME, f->aid, f->aid_n);
	if (f->sfi != 0)
		tlv_put_u8(wr, TAG_SFI, (uint8_t)(f->sfi << 3));
	tlv_put_u8(wr, TAG_LIFE, f->life);
	rules = tlv_open(wr, TAG_RULES);
	access_put(wr, f);
	tlv_close(wr, rules);
	if (f->kind == FILE_PIN || f->kind == FILE_KEY)
		put_internal(wr, d, i);
	tlv_close(wr, all);
}

/* Descriptor; data coding; bytes of a record in one or two; how many records in one or two. */
static int
get_descriptor(const struct tlv *t, struct card_file *f)
{
	struct rd rd;
	uint8_t descriptor;

	rd_init(&rd, t->p, t->n);
	descriptor = rd_u8(&rd) & (uint8_t)~SHAREABLE;
	for (size_t i = 0; i < COUNT(descriptors) && f->kind == FILE_FREE; i++)
		if (descriptors[i].descriptor == descriptor)
			f->kind = descriptors[i].kind;
	f->coding = rd.n > 0 ? rd_u8(&rd) : CODING;
	if (rd.n > 0)
		f->record = rd.n == 1 ? rd_u8(&rd) : rd_u16(&rd);
	if (rd.n > 0)
		f->records_max = rd.n == 1 ? rd_u8(&rd) : rd_u16(&rd);
	if (f->kind == FILE_FREE || (f->record != 0 && !file_has_records(f)))
		return ERR_FORMAT;
	return rd_end(&rd);
}

static int
get_u8(const struct tlv *t, uint8_t *out)
{
	if (t->n != 1)
		return ERR_FORMAT;
	*out = t->p[0];
	return 0;
}

static int
get_u16(const struct tlv *t, uint16_t *out)
{
	if (t->n != 2)
		return ERR_FORMAT;
	*out = (uint16_t)(t->p[0] << 8 | t->p[1]);
	return 0;
}

static int
get_name(const struct tlv *t, struct card_file *f)
{
	if (t->n == 0 || t->n > sizeof(f->aid))
		return ERR_FORMAT;
	f->aid_n = (uint8_t)t->n;
	memcpy(f->aid, t->p, t->n);
	return 0;
}

/* Table 13 and 5.3.3: five bits, then zeros; an empty one says that the file has none. */
static int
get_sfi(const struct tlv *t, struct card_file *f)
{
	if (t->n == 0)
		return 0;
	if (t->n != 1 || (t->p[0] & 0x07) != 0 || t->p[0] >> 3 > SFI_MAX)
		return ERR_FORMAT;
	f->sfi = t->p[0] >> 3;
	return 0;
}

static int
get_pin(const struct tlv *t, struct pin *pin)
{
	struct rd rd;

	rd_init(&rd, t->p, t->n);
	pin->min = rd_u8(&rd);
	pin->max = rd_u8(&rd);
	pin->tries = rd_u8(&rd);
	pin->tries_max = rd_u8(&rd);
	pin->puk = rd_u8(&rd);
	return rd_end(&rd);
}

static int
get_internal(const struct tlv *t, struct card_file *f, struct pin *pin)
{
	struct tlv ref, inner;
	struct rd rd;
	uint8_t type;

	rd_init(&rd, t->p, t->n);
	if (tlv_next(&rd, &ref) != 1 || tlv_next(&rd, &inner) != 1 || rd_end(&rd) != 0 ||
	    ref.tag != TAG_REF || get_u8(&ref, &f->ref) != 0)
		return ERR_FORMAT;
	if (inner.tag == TAG_PIN) {
		f->kind = FILE_PIN;
		f->size = PIN_CONTENT;
		return get_pin(&inner, pin);
	}
	if (inner.tag != TAG_KEY || get_u8(&inner, &type) != 0)
		return ERR_FORMAT;
	f->kind = FILE_KEY;
	f->key = type;
	f->size = (uint16_t)key_content(type);
	return f->size == 0 ? ERR_FORMAT : 0;
}

static int
get_one(const struct tlv *t, struct card_file *f, struct pin *pin)
{
	switch (t->tag) {
	case TAG_SIZE:
	case TAG_TOTAL:
		return f->kind == FILE_PIN || f->kind == FILE_KEY ? ERR_FORMAT :
		    get_u16(t, &f->size);
	case TAG_DESCRIPTOR:
		return get_descriptor(t, f);
	case TAG_FID:
		return get_u16(t, &f->fid);
	case TAG_NAME:
		return get_name(t, f);
	case TAG_PROPRIETARY:		/* what OpenSC puts there says nothing to us */
		return 0;
	case TAG_RULES:
		return access_get(t->p, t->n, f);
	case TAG_SFI:
		return get_sfi(t, f);
	case TAG_LIFE:
		return get_u8(t, &f->life);
	case TAG_INTERNAL:
		return get_internal(t, f, pin);
	default:
		return ERR_FORMAT;
	}
}

/* What goes together; that the numbers themselves can be is looked at with the whole card. */
static int
complete(struct card_file *f)
{
	int internal = f->kind == FILE_PIN || f->kind == FILE_KEY;

	if (f->kind == FILE_FREE || f->fid == 0 || (internal && f->ref == 0) ||
	    (f->kind != FILE_DF && f->aid_n != 0) || (f->kind == FILE_DF && f->sfi != 0))
		return ERR_FORMAT;
	if (f->kind == FILE_DF)
		f->size = 0;
	if (f->life != LIFE_ACTIVATED && f->life != LIFE_INITIALISATION &&
	    f->life != LIFE_CREATION)
		return ERR_FORMAT;
	if (f->life == LIFE_CREATION || f->kind != FILE_DF)
		f->life = f->kind == FILE_DF ? LIFE_INITIALISATION : LIFE_ACTIVATED;
	return file_has_records(f) ? records_shape(f) : 0;
}

int
fcp_get(const uint8_t *p, size_t n, struct card_file *f, struct pin *pin)
{
	struct tlv all, t;
	struct rd rd;
	uint32_t seen = 0;
	int r;

	memset(f, 0, sizeof(*f));
	memset(pin, 0, sizeof(*pin));
	f->life = LIFE_ACTIVATED;
	rd_init(&rd, p, n);
	if (tlv_next(&rd, &all) != 1 || rd_end(&rd) != 0 ||
	    (all.tag != TAG_FCP && all.tag != TAG_FCI))
		return ERR_FORMAT;
	rd_init(&rd, all.p, all.n);
	while ((r = tlv_next(&rd, &t)) == 1) {
		/* Each once. */
		if (t.tag > 0xff || (seen & 1U << (t.tag & 0x1f)) != 0)
			return ERR_FORMAT;
		seen |= 1U << (t.tag & 0x1f);
		if ((r = get_one(&t, f, pin)) != 0)
			return r;
	}
	return r != 0 ? r : complete(f);
}
