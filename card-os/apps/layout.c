#include "card-os/apps/layout.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/files.h"

/* Profile "tcos": the file system of docs/card.md. */

struct file_row {
	uint16_t parent, fid;
	uint8_t kind, read, update;
	uint16_t size;
	uint16_t window_of;
	const char *aid;	/* AID_LEN bytes, or NULL */
};

static const struct file_row tcos_files[] = {
	{ 0, FID_MF, FILE_DF, 0, 0, 0, 0, NULL },
	{ FID_MF, FID_DIR, FILE_EF, ACCESS_ALWAYS, ACCESS_NEVER, 0, 0, NULL },
	{ FID_MF, FID_GDO, FILE_EF, ACCESS_ALWAYS, ACCESS_NEVER, 0, 0, NULL },
	{ FID_MF, FID_DEVICE_CERT, FILE_EF, ACCESS_ALWAYS, ACCESS_NEVER, 0, 0, NULL },
	{ FID_MF, FID_SHARE_DF, FILE_DF, 0, 0, 0, 0, AID_SHARE },
	{ FID_SHARE_DF, FID_SHARE, FILE_EF, ACCESS_PIN_SM, ACCESS_PIN_SM,
	    SHARE_RECORD_LEN, 0, NULL },
	{ FID_SHARE_DF, FID_SHARE_HEADER, FILE_WINDOW, ACCESS_ALWAYS, ACCESS_NEVER,
	    SHARE_HEADER_LEN, FID_SHARE, NULL },
	{ FID_MF, FID_SLOT_DF, FILE_DF, 0, 0, 0, 0, AID_SLOT },
	{ FID_SLOT_DF, FID_SLOT_USER, FILE_EF, ACCESS_ALWAYS, ACCESS_PIN, SLOT_USER_LEN, 0, NULL },
};

static const struct pin_row {
	uint16_t df;
} tcos_pins[] = {
	{ FID_SHARE_DF },
	{ FID_SLOT_DF },
};

static const struct application {
	const char *aid, *label;
	uint16_t df;
} tcos_applications[] = {
	{ AID_SHARE, "Cardinal backup share", FID_SHARE_DF },
	{ AID_SLOT, "Cardinal slot user", FID_SLOT_DF },
};

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))
_Static_assert(COUNT(tcos_files) <= CARD_FILES_MAX, "the files fit the card");
_Static_assert(COUNT(tcos_pins) <= CARD_PINS_MAX, "the PINs fit the card");

static void
add_file(struct card_data *d, const struct file_row *row)
{
	struct card_file *f = &d->file[d->files_n++];

	f->parent = row->parent;
	f->fid = row->fid;
	f->kind = row->kind;
	f->read = row->read;
	f->update = row->update;
	f->size = row->size;
	f->window_of = row->window_of;
	if (row->aid != NULL) {
		f->aid_n = AID_LEN;
		memcpy(f->aid, row->aid, AID_LEN);
	}
}

static void
add_pin(struct card_data *d, const struct pin_row *row)
{
	struct card_pin *p = &d->pin[d->pins_n++];

	p->df = row->df;
	p->ref = PIN_REF;
	p->min = PIN_MIN;
	p->max = PIN_MAX;
	p->tries = p->tries_max = PIN_TRIES;
	p->factory = 1;
}

/* EF.DIR: a template for each application, ISO 7816-4:2005 8.2.1.1. */
static int
fill_directory(struct card_data *d)
{
	uint8_t mem[CARD_FILE_MAX], path[4];
	struct wr wr, p;
	size_t opened;

	wr_init(&wr, mem, sizeof(mem));
	for (size_t i = 0; i < COUNT(tcos_applications); i++) {
		const struct application *a = &tcos_applications[i];

		wr_init(&p, path, sizeof(path));
		wr_u16(&p, FID_MF);
		wr_u16(&p, a->df);
		opened = tlv_open(&wr, 0x61);
		tlv_put(&wr, 0x4f, a->aid, AID_LEN);
		tlv_put(&wr, 0x50, a->label, strlen(a->label));
		tlv_put(&wr, 0x51, path, p.n);
		tlv_close(&wr, opened);
	}
	return wr_end(&wr) != 0 ? ERR_SIZE : layout_fill(d, FID_DIR, mem, wr.n);
}

int
layout_make(struct card_data *d, const char *profile)
{
	memset(d, 0, sizeof(*d));
	if (strcmp(profile, "tcos") != 0)
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < COUNT(tcos_files); i++)
		add_file(d, &tcos_files[i]);
	for (size_t i = 0; i < COUNT(tcos_pins); i++)
		add_pin(d, &tcos_pins[i]);
	return fill_directory(d);
}

int
layout_fill(struct card_data *d, uint16_t fid, const void *p, size_t n)
{
	uint16_t i = files_in(d, 0, fid);

	if (i == CARD_NO_FILE)
		return ERR_NOT_FOUND;
	if (n > CARD_FILE_MAX)
		return ERR_SIZE;
	memcpy(d->file[i].data, p, n);
	d->file[i].size = (uint16_t)n;
	return 0;
}
