#include "card-os/apps/layout.h"

#include <string.h>

#include "card-os/apps/pkcs15.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/files.h"
#include "card-os/os/keys.h"
#include "card-os/os/pins.h"

/* Profile "tcos": the file system of docs/card.md. */

/*
 * One of these stands for the rules of a file; R is for reading, W for all that changes content,
 * U for using a key. A key is loaded after the PIN and over the channel.
 */
enum rules { R_FREE, R_FREE_W_PIN, RW_CHANNEL, U_PIN, U_CHANNEL, IN_PIN };

struct file_row {
	uint16_t parent, fid;
	uint8_t kind;
	enum rules rules;
	uint16_t size;
	uint16_t window_of;
	uint8_t ref, key;		/* PIN and key: reference; key: enum key_type */
};

static const struct file_row tcos_files[] = {
	{ 0, FID_MF, FILE_DF, R_FREE, 0, 0, 0, 0 },
	{ FID_MF, FID_DIR, FILE_EF, R_FREE, 0, 0, 0, 0 },
	{ FID_MF, FID_GDO, FILE_EF, R_FREE, 0, 0, 0, 0 },
	{ FID_MF, FID_DEVICE_CERT, FILE_EF, R_FREE, 0, 0, 0, 0 },
	{ FID_MF, FID_SHARE_DF, FILE_DF, IN_PIN, 0, 0, 0, 0 },
	{ FID_SHARE_DF, FID_SHARE_PIN, FILE_PIN, R_FREE, PIN_CONTENT, 0, PIN_REF, 0 },
	{ FID_SHARE_DF, FID_SHARE, FILE_EF, RW_CHANNEL, SHARE_RECORD_LEN, 0, 0, 0 },
	{ FID_SHARE_DF, FID_SHARE_HEADER, FILE_WINDOW, R_FREE, SHARE_HEADER_LEN, FID_SHARE, 0, 0 },
	{ FID_MF, FID_SLOT_DF, FILE_DF, IN_PIN, 0, 0, 0, 0 },
	{ FID_SLOT_DF, FID_SLOT_PIN, FILE_PIN, R_FREE, PIN_CONTENT, 0, PIN_REF, 0 },
	{ FID_SLOT_DF, FID_SLOT_USER, FILE_EF, R_FREE_W_PIN, SLOT_USER_LEN, 0, 0, 0 },
	{ FID_SLOT_DF, FID_SLOT_SIGN, FILE_KEY, U_PIN, 0, 0, SLOT_SIGN_REF, KEY_RSA },
	{ FID_SLOT_DF, FID_SLOT_AGREE, FILE_KEY, U_CHANNEL, 0, 0, SLOT_AGREE_REF, KEY_AGREE },
	{ FID_SLOT_DF, FID_SLOT_PUBLIC, FILE_EF, R_FREE, 0, 0, 0, 0 },
	{ FID_SLOT_DF, FID_SLOT_POINT, FILE_EF, R_FREE, 0, 0, 0, 0 },
	{ FID_SLOT_DF, FID_SLOT_CERT, FILE_EF, R_FREE, 0, 0, 0, 0 },
	{ FID_MF, FID_PKCS15_DF, FILE_DF, R_FREE, 0, 0, 0, 0 },
	{ FID_PKCS15_DF, FID_ODF, FILE_EF, R_FREE, 0, 0, 0, 0 },
	{ FID_PKCS15_DF, FID_TOKEN_INFO, FILE_EF, R_FREE, 0, 0, 0, 0 },
	{ FID_PKCS15_DF, FID_AODF, FILE_EF, R_FREE, 0, 0, 0, 0 },
	{ FID_PKCS15_DF, FID_PRKDF, FILE_EF, R_FREE, PKCS15_OBJECTS_LEN, 0, 0, 0 },
	{ FID_PKCS15_DF, FID_PUKDF, FILE_EF, R_FREE, PKCS15_OBJECTS_LEN, 0, 0, 0 },
	{ FID_PKCS15_DF, FID_DODF, FILE_EF, R_FREE, 0, 0, 0, 0 },
	{ FID_PKCS15_DF, FID_CDF, FILE_EF, R_FREE, PKCS15_OBJECTS_LEN, 0, 0, 0 },
};

/* DFs with a name, as EF.DIR lists them. */
static const struct application {
	const char *aid;
	uint8_t aid_n;
	const char *label;
	uint16_t df;
} tcos_applications[] = {
	{ AID_PKCS15, AID_PKCS15_LEN, "Cardinal card", FID_PKCS15_DF },
	{ AID_SHARE, AID_LEN, "Cardinal backup share", FID_SHARE_DF },
	{ AID_SLOT, AID_LEN, "Cardinal slot user", FID_SLOT_DF },
};

enum { DIRECTORY_MAX = 256 };

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))
_Static_assert(COUNT(tcos_files) <= CARD_FILES_MAX, "the files fit the card");

static void
set_rules(struct card_file *f, enum rules rules)
{
	static const struct card_rule always = { ACCESS_ALWAYS, 0, 0 };
	static const struct card_rule pin = { ACCESS_PIN, PIN_REF, 0 };
	static const struct card_rule channel = { ACCESS_PIN_SM, PIN_REF, 0 };

	if (f->kind == FILE_PIN)
		return;
	f->rule[OP_READ] = rules == RW_CHANNEL ? channel : always;
	if (rules == IN_PIN)
		f->rule[OP_CREATE] = pin;
	if (rules == R_FREE_W_PIN)
		f->rule[OP_UPDATE] = pin;
	if (rules == RW_CHANNEL)
		f->rule[OP_UPDATE] = channel;
}

static void
set_key_rules(struct card_file *f, enum rules rules)
{
	static const struct card_rule pin = { ACCESS_PIN, PIN_REF, 0 };
	static const struct card_rule channel = { ACCESS_PIN_SM, PIN_REF, 0 };

	f->rule[OP_USE] = rules == U_PIN ? pin : channel;
	f->rule[OP_LOAD] = channel;
}

static void
set_name(struct card_file *f)
{
	for (size_t i = 0; i < COUNT(tcos_applications); i++) {
		const struct application *a = &tcos_applications[i];

		if (f->kind != FILE_DF || f->fid != a->df)
			continue;
		f->aid_n = a->aid_n;
		memcpy(f->aid, a->aid, a->aid_n);
	}
}

/* The DF with that identifier; in this profile no two have the same. */
static uint16_t
df_of(const struct card_data *d, uint16_t fid)
{
	uint16_t i = 0;

	while (i < d->files_n && (d->file[i].kind != FILE_DF || d->file[i].fid != fid))
		i++;
	return i < d->files_n ? i : CARD_NO_FILE;
}

static int
add_file(struct card_data *d, const struct file_row *row)
{
	static const struct pin pin = {
		.min = PIN_MIN, .max = PIN_MAX, .tries = PIN_TRIES, .tries_max = PIN_TRIES,
		.factory = 1,
	};
	struct card_file f = { 0 };
	uint16_t i;

	f.parent = df_of(d, row->parent);
	f.fid = row->fid;
	f.kind = row->kind;
	f.life = LIFE_ACTIVATED;
	f.size = row->kind == FILE_KEY ? (uint16_t)key_content(row->key) : row->size;
	f.window_of = row->window_of;
	f.ref = row->ref;
	f.key = row->key;
	if (row->kind == FILE_KEY)
		set_key_rules(&f, row->rules);
	else
		set_rules(&f, row->rules);
	set_name(&f);
	if ((i = files_add(d, &f)) == CARD_NO_FILE)
		return ERR_SIZE;
	if (row->kind == FILE_PIN)
		pin_put(d, i, &pin);
	return 0;
}

/* EF.DIR: a template for each application, ISO 7816-4:2005 8.2.1.1. */
static int
fill_directory(struct card_data *d)
{
	uint8_t mem[DIRECTORY_MAX], path[4];
	struct wr wr, p;
	size_t opened;

	wr_init(&wr, mem, sizeof(mem));
	for (size_t i = 0; i < COUNT(tcos_applications); i++) {
		const struct application *a = &tcos_applications[i];

		wr_init(&p, path, sizeof(path));
		wr_u16(&p, FID_MF);
		wr_u16(&p, a->df);
		opened = tlv_open(&wr, 0x61);
		tlv_put(&wr, 0x4f, a->aid, a->aid_n);
		tlv_put(&wr, 0x50, a->label, strlen(a->label));
		tlv_put(&wr, 0x51, path, p.n);
		tlv_close(&wr, opened);
	}
	return wr_end(&wr) != 0 ? ERR_SIZE : layout_fill(d, FID_DIR, mem, wr.n);
}

int
layout_make(struct card_data *d, const char *profile)
{
	int r = 0;

	memset(d, 0, sizeof(*d));
	if (strcmp(profile, "tcos") != 0)
		return ERR_NOT_FOUND;
	for (size_t i = 0; r == 0 && i < COUNT(tcos_files); i++)
		r = add_file(d, &tcos_files[i]);
	return r != 0 ? r : fill_directory(d);
}

int
layout_fill(struct card_data *d, uint16_t fid, const void *p, size_t n)
{
	uint16_t i = files_in(d, 0, fid);

	return i == CARD_NO_FILE ? ERR_NOT_FOUND : files_fill(d, i, p, n);
}
