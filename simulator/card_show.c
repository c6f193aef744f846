#include "simulator/card_show.h"

#include <string.h>

#include "card-os/os/files.h"
#include "card-os/os/keys.h"
#include "card-os/os/pins.h"

/* Files that every card of ours has; what has no row was made later, by somebody else. */
static const struct {
	uint16_t parent, fid;
	const char *is;
} purposes[] = {
	{ 0, FID_MF, "master file" },
	{ FID_MF, FID_DIR, "applications" },
	{ FID_MF, FID_GDO, "serial number" },
	{ FID_MF, FID_DEVICE_CERT, "device certificate" },
	{ FID_MF, FID_SHARE_DF, "backup share" },
	{ FID_SHARE_DF, FID_SHARE, "share" },
	{ FID_SHARE_DF, FID_SHARE_HEADER, "header of the share" },
	{ FID_MF, FID_SLOT_DF, "slot user" },
	{ FID_SLOT_DF, FID_SLOT_USER, "who the user is" },
	{ FID_SLOT_DF, FID_SLOT_SIGN, "signing key" },
	{ FID_SLOT_DF, FID_SLOT_AGREE, "agreement key" },
	{ FID_SLOT_DF, FID_SLOT_PUBLIC, "public signing key" },
	{ FID_SLOT_DF, FID_SLOT_POINT, "public agreement key" },
	{ FID_SLOT_DF, FID_SLOT_CERT, "certificate" },
	{ FID_MF, FID_PKCS15_DF, "PKCS#15" },
	{ FID_PKCS15_DF, FID_ODF, "ODF" },
	{ FID_PKCS15_DF, FID_TOKEN_INFO, "TokenInfo" },
	{ FID_PKCS15_DF, FID_AODF, "AODF: PINs" },
	{ FID_PKCS15_DF, FID_PRKDF, "PrKDF: keys" },
	{ FID_PKCS15_DF, FID_PUKDF, "PuKDF: public keys" },
	{ FID_PKCS15_DF, FID_DODF, "DODF: data" },
	{ FID_PKCS15_DF, FID_CDF, "CDF: certificates" },
};

static const char *const kinds[FILE_KINDS] = {
	[FILE_DF] = "DF", [FILE_EF] = "binary", [FILE_WINDOW] = "window", [FILE_FIXED] = "fixed",
	[FILE_VARIABLE] = "variable", [FILE_CYCLIC] = "cyclic", [FILE_PIN] = "PIN",
	[FILE_KEY] = "key", [FILE_OBJECT] = "object",
};

static const char *const key_types[KEY_TYPES] = {
	[KEY_RSA] = "RSA-2048", [KEY_SIGN] = "P-256 ECDSA", [KEY_AGREE] = "P-256 ECDH",
	[KEY_AES] = "AES-128", [KEY_ROOT] = "P-256 root",
};

static const char *const ops[OPS] = {
	[OP_READ] = "read", [OP_UPDATE] = "update", [OP_WRITE] = "write", [OP_APPEND] = "append",
	[OP_ERASE] = "erase", [OP_CREATE] = "create", [OP_DELETE] = "delete",
	[OP_ACTIVATE] = "activate", [OP_DEACTIVATE] = "deactivate",
	[OP_TERMINATE] = "terminate", [OP_USE] = "use", [OP_LOAD] = "load",
};

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

/* NULL for a file of somebody else. */
static const char *
purpose_of(const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];
	uint16_t parent = i == 0 ? 0 : d->file[f->parent].fid;

	for (size_t p = 0; p < COUNT(purposes); p++)
		if (purposes[p].fid == f->fid && purposes[p].parent == parent &&
		    f->kind != FILE_OBJECT && (i == 0 || files_depth(d, f->parent) <= 2))
			return purposes[p].is;
	return NULL;
}

static const char *
life_of(const struct card_file *f)
{
	switch (f->life) {
	case LIFE_INITIALISATION:
		return "being made";
	case LIFE_DEACTIVATED:
		return "deactivated";
	case LIFE_TERMINATED:
		return "terminated";
	default:
		return "activated";
	}
}

static int
is_empty(const struct card_data *d, uint16_t i)
{
	const uint8_t *p = files_bytes(d, i);

	for (size_t at = 0; at < d->file[i].size; at++)
		if (p[at] != 0)
			return 0;
	return 1;
}

static int
has_content(const struct card_file *f)
{
	return file_is_transparent(f) || f->kind == FILE_OBJECT;
}

/* Files that one more could have, and bytes that it could take. */
static unsigned
places(const struct card_data *d)
{
	unsigned n = CARD_FILES_MAX;

	for (uint16_t i = 0; i < d->files_n; i++)
		n -= d->file[i].kind != FILE_FREE;
	return n;
}

static int
same_rule(const struct card_rule *a, const struct card_rule *b)
{
	return a->needs == b->needs && a->pin == b->pin && a->key == b->key;
}

static void
say_rule(FILE *out, const struct card_rule *r)
{
	const char *and = "";

	if (r->needs == ACCESS_ALWAYS)
		fputs("anyone", out);
	if ((r->needs & ACCESS_PIN) != 0) {
		fprintf(out, "PIN %02X", r->pin);
		and = " and ";
	}
	if ((r->needs & ACCESS_KEY) != 0) {
		fprintf(out, "%skey %02X", and, r->key);
		and = " and ";
	}
	if ((r->needs & ACCESS_SM) != 0)
		fprintf(out, "%schannel", and);
}

/* Operations of the same rule together; what nobody may is not said. */
static void
say_rules(FILE *out, const struct card_file *f)
{
	size_t first;

	for (size_t op = 0; op < OPS; op++) {
		for (first = 0; !same_rule(&f->rule[first], &f->rule[op]); first++)
			;
		if (f->rule[op].needs == ACCESS_NEVER || first != op)
			continue;
		fprintf(out, "; %s", ops[op]);
		for (size_t other = op + 1; other < OPS; other++)
			if (same_rule(&f->rule[op], &f->rule[other]))
				fprintf(out, ", %s", ops[other]);
		fputs(": ", out);
		say_rule(out, &f->rule[op]);
	}
}

static void
say_pin(FILE *out, const struct card_data *d, uint16_t i)
{
	struct pin pin;

	pin_get(d, i, &pin);
	fprintf(out, "%s, tries left: %u of %u, %u to %u digits", pin.digits == 0 ? "none yet" :
	    pin.factory ? "factory PIN" : "own PIN", pin.tries, pin.tries_max, pin.min, pin.max);
	if (pin.puk != 0)
		fprintf(out, ", unblocked by %02X", pin.puk);
	if (pin.disabled)
		fputs(", not asked for", out);
}

static void
say_key(FILE *out, const struct card_data *d, uint16_t i)
{
	struct key key;

	key_get(d, i, &key);
	fprintf(out, ", %s, %s", key_types[d->file[i].key], key.there ? "present" : "empty");
	if (key.there && key.type == KEY_AES)
		fprintf(out, ", tries left: %u of %u", key.aes.tries, key.aes.tries_max);
	key_wipe(&key);
}

static void
say_what(FILE *out, const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];
	const char *is = purpose_of(d, i);

	if (f->kind == FILE_PIN)
		say_pin(out, d, i);
	else
		fputs(is != NULL ? is : f->kind == FILE_OBJECT ? "object" : "file", out);
	if (f->kind == FILE_KEY)
		say_key(out, d, i);
	if (f->kind == FILE_WINDOW)
		fprintf(out, ", begins %04X", f->window_of);
	if (file_has_records(f))
		fprintf(out, ", records: %u", f->records);
	if (f->kind == FILE_FIXED || f->kind == FILE_CYCLIC)
		fprintf(out, " of %u", f->records_max);
	if (has_content(f) && is_empty(d, i))
		fputs(", empty", out);
	if (f->sfi != 0)
		fprintf(out, ", SFI %u", f->sfi);
	for (size_t n = 0; n < f->aid_n; n++)
		fprintf(out, "%s%02X", n == 0 ? ", AID " : "", f->aid[n]);
	if (f->life != LIFE_ACTIVATED)
		fprintf(out, ", %s", life_of(f));
}

enum { NAME_WIDTH = 12, STEP = 2 };

static void
say_file(FILE *out, const struct card_data *d, uint16_t i, int depth)
{
	const struct card_file *f = &d->file[i];
	char size[8] = "", kind[16];

	if (f->ref != 0)
		snprintf(kind, sizeof(kind), "%s %02X", kinds[f->kind], f->ref);
	else
		snprintf(kind, sizeof(kind), "%s", kinds[f->kind]);
	if (f->kind != FILE_DF && f->ref == 0)
		snprintf(size, sizeof(size), "%u", f->size);
	fprintf(out, "%*s%0*X%*s %-8s %5s  ", depth * STEP, "", f->fid > 0xff ? 4 : 2, f->fid,
	    depth * STEP + 4 < NAME_WIDTH ? NAME_WIDTH - depth * STEP - 4 : 0, "", kind, size);
	say_what(out, d, i);
	say_rules(out, f);
	fputc('\n', out);
}

/* As deep as DFs may stand, which whoever made the state has looked at. */
static void
say_below(FILE *out, const struct card_data *d, uint16_t i, int depth)
{
	say_file(out, d, i, depth);
	for (uint16_t below = 0; below < d->files_n; below++)
		if (d->file[below].kind != FILE_FREE && d->file[below].parent == i)
			say_below(out, d, below, depth + 1);
}

void
card_show_files(FILE *out, const struct card_data *d)
{
	fprintf(out, "room    %zu of %u bytes free, %u more files\n\n", files_room(d), CARD_SPACE,
	    places(d));
	say_below(out, d, 0, 0);
}

static void
tell_rules(FILE *out, const struct card_file *f)
{
	const char *comma = "";

	fputs(",\"rules\":{", out);
	for (size_t op = 0; op < OPS; op++) {
		const struct card_rule *r = &f->rule[op];

		if (r->needs == ACCESS_NEVER)
			continue;
		fprintf(out, "%s\"%s\":{", comma, ops[op]);
		comma = "";
		if (r->needs == ACCESS_ALWAYS)
			fputs("\"anyone\":true", out);
		if ((r->needs & ACCESS_PIN) != 0) {
			fprintf(out, "\"pin\":\"%02X\"", r->pin);
			comma = ",";
		}
		if ((r->needs & ACCESS_KEY) != 0) {
			fprintf(out, "%s\"key\":\"%02X\"", comma, r->key);
			comma = ",";
		}
		if ((r->needs & ACCESS_SM) != 0)
			fprintf(out, "%s\"channel\":true", comma);
		fputc('}', out);
		comma = ",";
	}
	fputc('}', out);
}

static const char *
yes(int is)
{
	return is ? "true" : "false";
}

static void
tell_pin(FILE *out, const struct card_data *d, uint16_t i)
{
	struct pin pin;

	pin_get(d, i, &pin);
	fprintf(out, ",\"reference\":\"%02X\",\"set\":%s,\"factory_pin\":%s,\"tries\":%u,"
	    "\"tries_max\":%u,\"digits_min\":%u,\"digits_max\":%u,\"disabled\":%s",
	    d->file[i].ref, yes(pin.digits != 0), yes(pin.factory), pin.tries, pin.tries_max,
	    pin.min, pin.max, yes(pin.disabled));
	if (pin.puk != 0)
		fprintf(out, ",\"puk\":\"%02X\"", pin.puk);
}

static void
tell_key(FILE *out, const struct card_data *d, uint16_t i)
{
	struct key key;

	key_get(d, i, &key);
	fprintf(out, ",\"reference\":\"%02X\",\"type\":\"%s\",\"present\":%s",
	    d->file[i].ref, key_types[d->file[i].key], yes(key.there));
	if (key.there && key.type == KEY_AES)
		fprintf(out, ",\"tries\":%u,\"tries_max\":%u", key.aes.tries,
		    key.aes.tries_max);
	key_wipe(&key);
}

static void
tell_file(FILE *out, const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];
	const char *is = purpose_of(d, i);

	fprintf(out, "\",\"kind\":\"%s\",\"life\":\"%s\"", kinds[f->kind], life_of(f));
	if (is != NULL)
		fprintf(out, ",\"is\":\"%s\"", is);
	if (f->kind != FILE_DF && f->ref == 0)
		fprintf(out, ",\"size\":%u", f->size);
	if (has_content(f))
		fprintf(out, ",\"empty\":%s", yes(is_empty(d, i)));
	if (f->kind == FILE_PIN)
		tell_pin(out, d, i);
	if (f->kind == FILE_KEY)
		tell_key(out, d, i);
	if (f->kind == FILE_WINDOW)
		fprintf(out, ",\"begins\":\"%04X\"", f->window_of);
	if (file_has_records(f))
		fprintf(out, ",\"records\":%u", f->records);
	if (f->sfi != 0)
		fprintf(out, ",\"sfi\":%u", f->sfi);
	for (size_t n = 0; n < f->aid_n; n++)
		fprintf(out, "%s%02X%s", n == 0 ? ",\"aid\":\"" : "", f->aid[n],
		    n + 1U == f->aid_n ? "\"" : "");
	tell_rules(out, f);
}

static void
tell_path(FILE *out, const struct card_data *d, uint16_t i)
{
	uint16_t way[CARD_DEPTH + 1];
	size_t n = 0;

	for (; i != CARD_NO_FILE && n < COUNT(way); i = d->file[i].parent)
		way[n++] = d->file[i].fid;
	while (n-- > 0)
		fprintf(out, "%04X%s", way[n], n > 0 ? "/" : "");
}

void
card_show_files_json(FILE *out, const struct card_data *d)
{
	fprintf(out, "\"room\":{\"bytes\":%zu,\"of\":%u,\"files\":%u},\"files\":[", files_room(d),
	    CARD_SPACE, places(d));
	for (uint16_t i = 0; i < d->files_n; i++) {
		if (d->file[i].kind == FILE_FREE)
			continue;
		fprintf(out, "%s{\"path\":\"", i > 0 ? "," : "");
		tell_path(out, d, i);
		tell_file(out, d, i);
		fputc('}', out);
	}
	fputc(']', out);
}
