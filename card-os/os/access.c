#include "card-os/os/access.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"
#include "card-os/os/pins.h"
#include "card-os/os/se.h"

/* Where PINs and keys are looked for: for a DF's inside from itself, else from where it stands. */
static uint16_t
look_from(const struct card_data *d, uint16_t i, enum card_op op)
{
	if (i == 0 || (d->file[i].kind == FILE_DF && (op == OP_CREATE || op == OP_READ)))
		return i;
	return d->file[i].parent;
}

static int
key_is_proven(const struct card *c, uint16_t df, uint8_t ref)
{
	uint16_t i = files_nearest(&c->data, df, FILE_KEY, ref);

	return i != CARD_NO_FILE && c->proven[i];
}

static int
is_met(const struct card *c, uint16_t file, enum card_op op)
{
	const struct card_rule *rule = &c->data.file[file].rule[op];
	uint16_t df = look_from(&c->data, file, op);

	if (rule->needs == ACCESS_NEVER)
		return 0;
	if ((rule->needs & ACCESS_PIN) != 0 && !pin_is_proven(c, df, rule->pin))
		return 0;
	if ((rule->needs & ACCESS_KEY) != 0 && !key_is_proven(c, df, rule->key))
		return 0;
	return (rule->needs & ACCESS_SM) == 0 || c->protected;
}

/* Whether a file in that state lets that be done with it, whatever its rule. */
static int
life_allows(enum card_life life, enum card_op op)
{
	switch (life) {
	case LIFE_TERMINATED:
		return op == OP_DELETE;
	case LIFE_DEACTIVATED:
		return op == OP_ACTIVATE || op == OP_DELETE || op == OP_TERMINATE;
	default:
		return 1;
	}
}

static int
is_being_made(const struct card_data *d, uint16_t df)
{
	return d->file[df].life == LIFE_INITIALISATION;
}

/*
 * A DF that is still made takes and loses files by the leave that it was made with itself,
 * whatever their rules: by nobody's, a stranger could fill the card there, or put a PIN of his own
 * in place of the one that the rules in it ask for.
 */
static int
makes(const struct card *c, uint16_t df)
{
	if (df == CARD_NO_FILE || !is_being_made(&c->data, df))
		return 0;
	while (df != 0 && is_being_made(&c->data, df))
		df = c->data.file[df].parent;
	return is_met(c, df, OP_CREATE);
}

uint16_t
access_check(const struct card *c, uint16_t file, enum card_op op)
{
	const struct card_data *d = &c->data;
	uint16_t parent = d->file[file].parent;

	if (!life_allows(d->file[file].life, op) ||
	    (parent != CARD_NO_FILE && files_is_asleep(d, parent)))
		return SW_CONDITIONS;
	if ((op == OP_CREATE && makes(c, file)) || (op == OP_DELETE && makes(c, parent)))
		return SW_OK;
	return is_met(c, file, op) ? SW_OK : SW_SECURITY;
}

void
access_leave(struct card *c)
{
	for (uint16_t i = 0; i < c->data.files_n; i++)
		if (c->proven[i] && !files_within(&c->data, c->df, c->data.file[i].parent))
			c->proven[i] = 0;
	if (c->se.df != c->df)
		se_clear(c);
}

enum { ALWAYS = 0xffff, RULE = 6, SM_BIT = 0x80, INS_ADMIN = 0x60 };

/* For which files an instruction is a word of theirs. */
enum { BINARY = 1, RECORDS = 2, DF = 4, INTERNAL = 8, ANY = BINARY | RECORDS | DF | INTERNAL };

static const struct {
	uint8_t ins, files, op;
} names[] = {
	{ INS_READ_BINARY, BINARY, OP_READ },
	{ INS_READ_RECORD, RECORDS, OP_READ },
	{ INS_GET_DATA, DF, OP_READ },
	{ INS_UPDATE_BINARY, BINARY, OP_UPDATE },
	{ INS_UPDATE_RECORD, RECORDS, OP_UPDATE },
	{ INS_CHANGE_REFERENCE, INTERNAL, OP_UPDATE },
	{ INS_WRITE_BINARY, BINARY, OP_WRITE },
	{ INS_WRITE_RECORD, RECORDS, OP_WRITE },
	{ INS_APPEND_RECORD, RECORDS, OP_APPEND },
	{ INS_ERASE_BINARY, BINARY, OP_ERASE },
	{ INS_CREATE, DF, OP_CREATE },
	{ INS_DELETE, ANY, OP_DELETE },
	{ INS_ACTIVATE, ANY, OP_ACTIVATE },
	{ INS_DEACTIVATE, ANY, OP_DEACTIVATE },
	{ INS_TERMINATE_DF, DF, OP_TERMINATE },
	{ INS_TERMINATE_EF, BINARY | RECORDS | INTERNAL, OP_TERMINATE },
	{ INS_PSO, INTERNAL, OP_USE },
	{ INS_GENERATE, INTERNAL, OP_LOAD },
};

static uint8_t
files_of(const struct card_file *f)
{
	return f->kind == FILE_DF ? DF : file_has_records(f) ? RECORDS :
	    file_is_internal(f) ? INTERNAL : BINARY;
}

/* What OpenSC says at CREATE in one word: UPDATE for all that writes, 60 for the rest. */
static const struct {
	uint8_t ins, op;
} groups[] = {
	{ INS_UPDATE_BINARY, OP_WRITE }, { INS_UPDATE_BINARY, OP_APPEND },
	{ INS_UPDATE_BINARY, OP_ERASE }, { INS_ADMIN, OP_CREATE }, { INS_ADMIN, OP_DELETE },
	{ INS_ADMIN, OP_ACTIVATE }, { INS_ADMIN, OP_DEACTIVATE }, { INS_ADMIN, OP_TERMINATE },
};

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

static void
put_rule(struct wr *wr, uint8_t ins, const struct card_rule *rule)
{
	wr_u8(wr, ins);
	wr_u8(wr, (rule->needs & ACCESS_PIN) != 0);
	wr_u16(wr, rule->key);
	if (rule->needs == ACCESS_ALWAYS) {
		wr_u16(wr, ALWAYS);
		return;
	}
	wr_u8(wr, (rule->needs & ACCESS_SM) != 0 ? SM_BIT : 0);
	wr_u8(wr, rule->pin);
}

void
access_put(struct wr *wr, const struct card_file *f)
{
	static const struct card_rule always = { ACCESS_ALWAYS, 0, 0 };

	put_rule(wr, INS_SELECT, &always);
	for (size_t i = 0; i < COUNT(names); i++)
		if (f->rule[names[i].op].needs != ACCESS_NEVER &&
		    (names[i].files & files_of(f)) != 0)
			put_rule(wr, names[i].ins, &f->rule[names[i].op]);
}

static int
get_rule(const uint8_t *p, struct card_rule *rule)
{
	memset(rule, 0, sizeof(*rule));
	if (p[1] > 1 || p[2] != 0)
		return ERR_FORMAT;
	if (p[4] == 0xff && p[5] == 0xff) {
		rule->needs = ACCESS_ALWAYS;
		return p[1] == 0 && p[3] == 0 ? 0 : ERR_FORMAT;
	}
	if ((p[4] != 0 && p[4] != SM_BIT) || (p[1] == 1) != (p[5] != 0))
		return ERR_FORMAT;
	rule->key = p[3];
	rule->pin = p[5];
	rule->needs = (uint8_t)((rule->pin != 0 ? ACCESS_PIN : 0) |
	    (rule->key != 0 ? ACCESS_KEY : 0) | (p[4] != 0 ? ACCESS_SM : 0));
	return 0;
}

static void
take_rule(struct card_file *f, uint8_t ins, const struct card_rule *rule)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].ins == ins)
			f->rule[names[i].op] = *rule;
}

int
access_get(const uint8_t *p, size_t n, struct card_file *f)
{
	struct card_rule rule;
	int r;

	memset(f->rule, 0, sizeof(f->rule));
	if (n % RULE != 0)
		return ERR_FORMAT;
	/* What speaks of several first, so that a word of its own counts more. */
	for (size_t at = 0; at < n; at += RULE) {
		if ((r = get_rule(p + at, &rule)) != 0)
			return r;
		for (size_t i = 0; i < COUNT(groups); i++)
			if (groups[i].ins == p[at])
				f->rule[groups[i].op] = rule;
	}
	for (size_t at = 0; at < n; at += RULE) {
		get_rule(p + at, &rule);
		take_rule(f, p[at], &rule);
	}
	return 0;
}
