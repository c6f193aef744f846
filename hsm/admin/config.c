#include "hsm/admin/config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "card-os/iso7816/err.h"

enum {
	FILE_MAX = 16 * 1024,
	PART10_SECONDS_MAX = 255,	/* PC/SC Part 10: bTimerOut and bTimerOut2 are a byte */
};

/* A value is taken into the field at `at`, or refused with a word on why. */
struct key {
	const char *name;
	const char *(*take)(struct config *, const struct key *, const char *value);
	size_t at;
	size_t max;	/* characters that fit, or the highest number */
};

static const char *
take_text(struct config *c, const struct key *k, const char *value)
{
	if (*value == '\0')
		return "has no value";
	if (strlen(value) > k->max)
		return "is too long";
	for (const char *p = value; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return "has a control character";
	strcpy((char *)c + k->at, value);
	return NULL;
}

static const char *
take_label(struct config *c, const struct key *k, const char *value)
{
	if (share_label_check(value) != 0)
		return "is not 1 to 16 printable ASCII characters";
	return take_text(c, k, value);
}

static const char *
take_seconds(struct config *c, const struct key *k, const char *value)
{
	const size_t digits = strspn(value, "0123456789");
	unsigned n = 0;

	/* Six digits do not overflow. */
	for (size_t i = 0; i < digits && i < 6; i++)
		n = 10 * n + (unsigned)(value[i] - '0');
	if (digits < 1 || digits > 6 || value[digits] != '\0' || n < 1 || n > k->max)
		return k->max == PART10_SECONDS_MAX ? "is no number of seconds from 1 to 255" :
		    "is no number of seconds from 1 to 86400";
	memcpy((char *)c + k->at, &n, sizeof(n));
	return NULL;
}

static const char *
take_mode(struct config *c, const struct key *k, const char *value)
{
	(void)k;
	if (strcmp(value, "live") != 0 && strcmp(value, "test") != 0)
		return "is neither live nor test";
	c->mode = *value == 'l' ? SHARE_LIVE : SHARE_TEST;
	return NULL;
}

static const char *
take_switch(struct config *c, const struct key *k, const char *value)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return "is neither yes nor no";
	((uint8_t *)c)[k->at] = *value == 'y';
	return NULL;
}

/* Paths parted by blanks. */
static const char *
take_issuers(struct config *c, const struct key *k, const char *value)
{
	size_t n;

	(void)k;
	for (value += strspn(value, " \t"); *value != '\0'; value += strspn(value, " \t")) {
		n = strcspn(value, " \t");
		if (c->issuers == CONFIG_ISSUERS_MAX)
			return "names more than 8 files";
		if (n >= CONFIG_PATH_MAX)
			return "has a path that is too long";
		if (*value != '/')
			return "has a path that does not begin with /";
		memcpy(c->issuer[c->issuers], value, n);
		c->issuer[c->issuers++][n] = '\0';
		value += n;
	}
	return c->issuers == 0 ? "has no value" : NULL;
}

#define TEXT(field) offsetof(struct config, field), sizeof(((struct config *)NULL)->field) - 1
#define AT(field) offsetof(struct config, field)

static const struct key keys[] = {
	{ "reader", take_text, TEXT(reader) },
	{ "label", take_label, TEXT(label) },
	{ "mode", take_mode, 0, 0 },
	{ "issuers", take_issuers, 0, 0 },
	{ "prompt_timeout", take_seconds, AT(timeouts.prompt_s), CONFIG_SECONDS_MAX },
	{ "pin_first_timeout", take_seconds, AT(timeouts.pin_first_s), PART10_SECONDS_MAX },
	{ "pin_next_timeout", take_seconds, AT(timeouts.pin_next_s), PART10_SECONDS_MAX },
	{ "outcome_time", take_seconds, AT(timeouts.outcome_s), CONFIG_SECONDS_MAX },
	{ "boot_timeout", take_seconds, AT(boot_s), CONFIG_SECONDS_MAX },
	{ "admin_group", take_text, TEXT(admin_group) },
	{ "pkcs11_group", take_text, TEXT(pkcs11_group) },
	{ "restart_command", take_text, TEXT(restart_command) },
	{ "import_private_keys", take_switch, AT(import_private_keys), 0 },
	{ "rsa_pkcs1_decryption", take_switch, AT(rsa_pkcs1_decryption), 0 },
	{ "rsa_raw", take_switch, AT(rsa_raw), 0 },
};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

/* One file on its way through inih, which asks for lines and hands back keys and values. */
struct parse {
	struct config *config;
	const char *name;
	const char *p, *end;	/* what is left */
	int line;
	int seen[KEYS];		/* key stands above */
	int failed;		/* line of the first failure, 0: none */
	char *why;
};

static void
fail(struct parse *f, int line, const char *what, const char *word, const char *is)
{
	if (f->failed != 0)
		return;
	f->failed = line;
	snprintf(f->why, CONFIG_WHY_MAX, "%.200s, line %d: %s%.40s%s", f->name, line, what, word,
	    is);
}

/*
 * As fgets. inih has room for 200 bytes and would read what is left of a longer line as a line of
 * its own, so such a line ends the parsing here, and so does a byte that is no text.
 */
static char *
next_line(char *dst, int room, void *arg)
{
	struct parse *f = arg;
	const char *newline, *word;
	size_t n;

	if (f->failed != 0 || f->p == f->end)
		return NULL;
	f->line++;
	newline = memchr(f->p, '\n', (size_t)(f->end - f->p));
	n = (size_t)((newline != NULL ? newline : f->end) - f->p);
	if (n > CONFIG_LINE_MAX || n + 2 > (size_t)room) {
		fail(f, f->line, "the line is too long", "", "");
		return NULL;
	}
	if (memchr(f->p, '\0', n) != NULL) {
		fail(f, f->line, "this is no text", "", "");
		return NULL;
	}
	memcpy(dst, f->p, n);
	memcpy(dst + n, "\n", 2);
	word = dst + strspn(dst, " \t\r\n");
	/* inih tells of a section with its first key, and nothing of an empty one. */
	if (*word == '[')
		fail(f, f->line, "there are no sections", "", "");
	/* To inih this is more of the value before. */
	else if (word > dst && *word != '\0' && strchr("#;", *word) == NULL)
		fail(f, f->line, "the line begins with a blank", "", "");
	if (f->failed != 0)
		return NULL;
	f->p = newline != NULL ? newline + 1 : f->end;
	return dst;
}

static int
take(void *arg, const char *section, const char *name, const char *value)
{
	struct parse *f = arg;
	const char *bad;
	size_t i = 0;

	while (i < KEYS && strcmp(keys[i].name, name) != 0)
		i++;
	(void)section;
	if (i == KEYS)
		fail(f, f->line, "there is no key \"", name, "\"");
	else if (f->seen[i]++ != 0)
		fail(f, f->line, "", name, " stands there already");
	else if ((bad = keys[i].take(f->config, &keys[i], value)) != NULL)
		fail(f, f->line, keys[i].name, " ", bad);
	return f->failed == 0;
}

void
config_defaults(struct config *c)
{
	memset(c, 0, sizeof(*c));
	c->mode = SHARE_LIVE;
	c->timeouts = (struct ceremony_timeouts)CEREMONY_TIMEOUTS;
	c->boot_s = 3600;
	c->import_private_keys = 1;
}

int
config_parse(struct config *c, const char *name, const char *text, size_t n,
    char why[CONFIG_WHY_MAX])
{
	struct parse f = { .config = c, .name = name, .p = text, .end = text + n, .why = why };
	int line;

	why[0] = '\0';
	config_defaults(c);
	line = ini_parse_stream(next_line, &f, take, &f);
	/* inih goes on behind a line that it cannot read; what was found later is not the first. */
	if (line != 0 && (f.failed == 0 || line < f.failed)) {
		f.failed = 0;
		fail(&f, line, "this is not `key = value`", "", "");
	}
	if (f.failed == 0)
		return 0;
	config_defaults(c);
	return ERR_FORMAT;
}

static const struct {
	int os, err;
} open_errors[] = {
	{ ENOENT, ERR_NOT_FOUND },
	{ EACCES, ERR_DENIED },
	{ EPERM, ERR_DENIED },
};

static int
cannot_read(const char *path, char why[CONFIG_WHY_MAX])
{
	int os = errno;

	snprintf(why, CONFIG_WHY_MAX, "%.200s: %.80s", path, strerror(os));
	for (size_t i = 0; i < sizeof(open_errors) / sizeof(open_errors[0]); i++)
		if (open_errors[i].os == os)
			return open_errors[i].err;
	return ERR_IO;
}

int
config_load(struct config *c, const char *path, char why[CONFIG_WHY_MAX])
{
	const int asked = path != NULL;
	char text[FILE_MAX + 1];
	FILE *f;
	size_t n;
	int r;

	why[0] = '\0';
	config_defaults(c);
	if (!asked)
		path = CONFIG_FILE;
	if ((f = fopen(path, "re")) == NULL) {
		r = cannot_read(path, why);
		return r == ERR_NOT_FOUND && !asked ? 0 : r;
	}
	errno = 0;
	n = fread(text, 1, sizeof(text), f);
	if (ferror(f)) {
		r = cannot_read(path, why);
	} else if (n > FILE_MAX) {
		snprintf(why, CONFIG_WHY_MAX, "%.200s: the file is too long", path);
		r = ERR_FORMAT;
	} else {
		r = config_parse(c, path, text, n, why);
	}
	fclose(f);
	return r;
}
