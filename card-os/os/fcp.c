#include "card-os/os/fcp.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/access.h"
#include "card-os/os/files.h"
#include "card-os/os/internal.h"
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

enum { SHAREABLE = 0x40 };
/* Table 87: one-time write, units of a byte; of others the unit is not ours. */
enum { CODING = 0x01, CODING_UNIT = 0x8f };

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
	size_t opened = tlv_open(wr, TAG_DESCRIPTOR);

	wr_u8(wr, descriptor_of(f));
	if (!file_has_records(f)) {
		if (f->coding != 0 && f->coding != CODING)
			wr_u8(wr, f->coding);
		tlv_close(wr, opened);
		return;
	}
	wr_u8(wr, f->coding);
	wr_u16(wr, f->record);
	wr_u16(wr, f->records);
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
	if (file_is_internal(f))
		internal_put(wr, d, i);
	tlv_close(wr, all);
}

/* Descriptor; data coding; bytes of a record in one or two; how many records in one or two. */
static int
get_descriptor(const struct tlv *t, struct card_file *f, struct pin *pin)
{
	struct rd rd;
	uint8_t descriptor;

	(void)pin;
	rd_init(&rd, t->p, t->n);
	descriptor = rd_u8(&rd) & (uint8_t)~SHAREABLE;
	for (size_t i = 0; i < COUNT(descriptors) && f->kind == FILE_FREE; i++)
		if (descriptors[i].descriptor == descriptor)
			f->kind = descriptors[i].kind;
	f->coding = rd.n > 0 ? rd_u8(&rd) : CODING;
	if (f->kind == FILE_FREE || (f->coding & CODING_UNIT) != CODING ||
	    (rd.n > 0 && !file_has_records(f)))
		return ERR_FORMAT;
	if (rd.n > 0)
		f->record = rd.n == 1 ? rd_u8(&rd) : rd_u16(&rd);
	if (rd.n > 0)
		f->records_max = rd.n == 1 ? rd_u8(&rd) : rd_u16(&rd);
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

/* What is in a PIN or key says how long it is. */
static int
get_size(const struct tlv *t, struct card_file *f, struct pin *pin)
{
	(void)pin;
	return file_is_internal(f) ? ERR_FORMAT : get_u16(t, &f->size);
}

static int
get_fid(const struct tlv *t, struct card_file *f, struct pin *pin)
{
	(void)pin;
	return get_u16(t, &f->fid) != 0 || !file_fid_may_be(f->fid) ? ERR_FORMAT : 0;
}

static int
get_name(const struct tlv *t, struct card_file *f, struct pin *pin)
{
	(void)pin;
	if (t->n == 0 || t->n > sizeof(f->aid) || f->kind != FILE_DF)
		return ERR_FORMAT;
	f->aid_n = (uint8_t)t->n;
	memcpy(f->aid, t->p, t->n);
	return 0;
}

static int
get_rules(const struct tlv *t, struct card_file *f, struct pin *pin)
{
	(void)pin;
	return access_get(t->p, t->n, f);
}

/* Table 12 and 5.3.3: five bits, then zeros; an empty one says that the file has none. */
static int
get_sfi(const struct tlv *t, struct card_file *f, struct pin *pin)
{
	(void)pin;
	if (t->n == 0)
		return 0;
	if (t->n != 1 || (t->p[0] & 0x07) != 0 || t->p[0] >> 3 > SFI_MAX || f->kind == FILE_DF)
		return ERR_FORMAT;
	f->sfi = t->p[0] >> 3;
	return f->sfi == 0 ? ERR_FORMAT : 0;
}

/* An EF is in use from the start; a DF may wait for its files. */
static int
get_life(const struct tlv *t, struct card_file *f, struct pin *pin)
{
	uint8_t life;

	(void)pin;
	if (get_u8(t, &life) != 0 || (life != LIFE_CREATION && life != LIFE_INITIALISATION &&
	    life != LIFE_ACTIVATED))
		return ERR_FORMAT;
	if (life != LIFE_ACTIVATED && f->kind == FILE_DF)
		f->life = LIFE_INITIALISATION;
	return 0;
}

/* What OpenSC puts there says nothing to us. */
static int
skip(const struct tlv *t, struct card_file *f, struct pin *pin)
{
	(void)t;
	(void)f;
	(void)pin;
	return 0;
}

/* In the order in which they are looked at: what kind of file it is comes first. */
enum { DESCRIPTOR, INTERNAL, SIZE, TOTAL, PARTS = 10 };
static const struct {
	uint32_t tag;
	int (*get)(const struct tlv *, struct card_file *, struct pin *);
} parts[PARTS] = {
	[DESCRIPTOR] = { TAG_DESCRIPTOR, get_descriptor },
	[INTERNAL] = { TAG_INTERNAL, internal_get },
	[SIZE] = { TAG_SIZE, get_size },
	[TOTAL] = { TAG_TOTAL, get_size },
	{ TAG_FID, get_fid },
	{ TAG_NAME, get_name },
	{ TAG_PROPRIETARY, skip },
	{ TAG_RULES, get_rules },
	{ TAG_SFI, get_sfi },
	{ TAG_LIFE, get_life },
};

/* Finds the parts, each once at most, and of the two sizes one. */
static int
collect(struct rd *rd, struct tlv found[PARTS])
{
	struct tlv t;
	size_t i;
	int r;

	while ((r = tlv_next(rd, &t)) == 1) {
		for (i = 0; i < PARTS && parts[i].tag != t.tag; i++)
			;
		if (i == PARTS || found[i].tag != 0)
			return ERR_FORMAT;
		found[i] = t;
	}
	return r != 0 || (found[SIZE].tag != 0 && found[TOTAL].tag != 0) ? ERR_FORMAT : 0;
}

/* Without an identifier there is no file. */
static int
complete(struct card_file *f)
{
	if (f->kind == FILE_FREE || f->fid == 0 || file_is_internal(f) != (f->ref != 0))
		return ERR_FORMAT;
	if (f->kind == FILE_DF)
		f->size = 0;
	return file_has_records(f) ? records_shape(f) : 0;
}

int
fcp_get(const uint8_t *p, size_t n, struct card_file *f, struct pin *pin)
{
	struct tlv all, found[PARTS] = { 0 };
	struct rd rd;
	int r;

	memset(f, 0, sizeof(*f));
	memset(pin, 0, sizeof(*pin));
	f->life = LIFE_ACTIVATED;
	rd_init(&rd, p, n);
	if (tlv_next(&rd, &all) != 1 || rd_end(&rd) != 0 ||
	    (all.tag != TAG_FCP && all.tag != TAG_FCI))
		return ERR_FORMAT;
	rd_init(&rd, all.p, all.n);
	if ((r = collect(&rd, found)) != 0)
		return r;
	for (size_t i = 0; i < PARTS; i++)
		if (found[i].tag != 0 && (r = parts[i].get(&found[i], f, pin)) != 0)
			return r;
	return complete(f);
}
