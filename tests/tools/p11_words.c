#include "tests/tools/p11_words.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/tools/p11_names.h"

static struct kept {
	char name[32];
	CK_ULONG number;
	struct p11_bytes bytes;
} kept[P11_KEPT];

_Noreturn void
p11_misused(const char *why, const char *word)
{
	fprintf(stderr, "%s: %s\n", why, word);
	exit(2);
}

static void *
room(size_t n)
{
	void *p = calloc(1, n > 0 ? n : 1);

	if (p == NULL)
		p11_misused("no memory", "");
	return p;
}

static struct kept *
find(const char *name, int make)
{
	struct kept *k;

	for (k = kept; k < kept + P11_KEPT && k->name[0] != '\0'; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	if (!make)
		return NULL;
	if (k == kept + P11_KEPT || strlen(name) >= sizeof(k->name))
		p11_misused("no room for the name", name);
	memcpy(k->name, name, strlen(name) + 1);
	return k;
}

void
p11_keep_number(const char *name, CK_ULONG number)
{
	find(name, 1)->number = number;
}

CK_ULONG
p11_number(const char *word)
{
	const struct kept *k = find(word, 0);
	char *end;
	CK_ULONG n;

	if (k != NULL)
		return k->number;
	n = strtoul(word, &end, 0);
	if (end == word || *end != '\0')
		p11_misused("neither a name nor a number", word);
	return n;
}

void
p11_keep_bytes(const char *name, const void *p, size_t n)
{
	struct kept *k = find(name, 1);

	free(k->bytes.p);
	k->bytes.p = room(n);
	memcpy(k->bytes.p, p, n);
	k->bytes.n = n;
}

static struct p11_bytes
unhex(const char *word)
{
	struct p11_bytes b = { room(strlen(word) / 2 + 1), 0 };
	unsigned byte;

	for (const char *p = word; *p != '\0'; p += 2) {
		if (p[1] == '\0' || sscanf(p, "%2x", &byte) != 1)
			p11_misused("no hex", word);
		b.p[b.n++] = (CK_BYTE)byte;
	}
	return b;
}

static struct p11_bytes
file(const char *path)
{
	struct p11_bytes b = { room(P11_ROOM), 0 };
	FILE *f = fopen(path, "re");

	if (f == NULL)
		p11_misused("cannot read", path);
	b.n = fread(b.p, 1, P11_ROOM, f);
	fclose(f);
	return b;
}

struct p11_bytes
p11_bytes(const char *word)
{
	struct p11_bytes b = { NULL, 0 };
	const struct kept *k;

	if (strcmp(word, "null") == 0)
		return b;
	if (strcmp(word, "empty") == 0) {
		b.p = room(1);
		return b;
	}
	if (word[0] == '$') {
		if ((k = find(word + 1, 0)) == NULL)
			p11_misused("nothing was kept as", word);
		return k->bytes;
	}
	if (word[0] == '@')
		return file(word + 1);
	if (strncmp(word, "text:", 5) == 0) {
		b.n = strlen(word + 5);
		b.p = room(b.n);
		memcpy(b.p, word + 5, b.n);
		return b;
	}
	if (strncmp(word, "zero:", 5) == 0) {
		b.n = strtoul(word + 5, NULL, 0);
		b.p = room(b.n);
		return b;
	}
	return unhex(word);
}

/* Object identifiers of curves, and the names that PKCS #11 3.0 2.3.5 gives to two of them. */
static const struct {
	const char *name, *der;
} curves[] = {
	{ "p256", "06082a8648ce3d030107" },
	{ "p384", "06052b81040022" },
	{ "p521", "06052b81040023" },
	{ "secp256k1", "06052b8104000a" },
	{ "bp256", "06092b2403030208010107" },
	{ "bp384", "06092b240303020801010b" },
	{ "bp512", "06092b240303020801010d" },
	{ "ed25519", "06032b6570" },
	{ "x25519", "06032b656e" },
	{ "edwards25519", "130c656477617264733235353139" },
	{ "curve25519", "130a63757276653235353139" },
};

static struct p11_bytes
value(CK_ATTRIBUTE_TYPE type, const char *word)
{
	static const enum p11_names lists[] = {
		[P11_CLASS] = P11_CKO, [P11_KEY_TYPE] = P11_CKK, [P11_MECHANISM] = P11_CKM,
	};
	const enum p11_kind kind = p11_attribute_kind(type);
	struct p11_bytes b = { NULL, sizeof(CK_ULONG) };
	CK_ULONG number;

	switch (kind) {
	case P11_BOOL:
		b.n = 1;
		b.p = room(1);
		b.p[0] = strcmp(word, "yes") == 0;
		if (!b.p[0] && strcmp(word, "no") != 0)
			p11_misused("neither yes nor no", word);
		return b;
	case P11_ULONG:
		number = p11_number(word);
		break;
	case P11_CLASS: case P11_KEY_TYPE: case P11_MECHANISM:
		if (p11_value(lists[kind], word, strlen(word), &number) != 0)
			p11_misused("no such value", word);
		break;
	case P11_TEXT:
		b.n = strlen(word);
		b.p = room(b.n);
		memcpy(b.p, word, b.n);
		return b;
	default:
		for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
			if (strcmp(curves[i].name, word) == 0)
				return unhex(curves[i].der);
		return p11_bytes(word);
	}
	b.p = room(sizeof(number));
	memcpy(b.p, &number, sizeof(number));
	return b;
}

static CK_ATTRIBUTE_TYPE
attribute(const char *name, size_t n)
{
	CK_ATTRIBUTE_TYPE type;

	if (p11_value(P11_CKA, name, n, &type) != 0)
		p11_misused("no such attribute", name);
	return type;
}

/* Runs put for each word between commas. */
static void
each(const char *word, struct p11_template *t, void (*put)(char *, CK_ATTRIBUTE *))
{
	char *copy = strdup(word), *rest = NULL;

	t->n = 0;
	for (char *one = strcmp(word, "none") == 0 ? NULL : strtok_r(copy, ",", &rest); one != NULL;
	    one = strtok_r(NULL, ",", &rest)) {
		if (t->n == P11_TEMPLATE)
			p11_misused("too long a template", word);
		put(one, &t->a[t->n++]);
	}
	free(copy);
}

static void
put_value(char *one, CK_ATTRIBUTE *a)
{
	const size_t n = strcspn(one, "=~!");
	struct p11_bytes b = { NULL, 0 };

	a->type = attribute(one, n);
	switch (one[n]) {
	case '=': b = value(a->type, one + n + 1); break;
	case '~': b = unhex(one + n + 1); break;
	case '!': b.n = p11_number(one + n + 1); break;
	default: p11_misused("an attribute without a value", one);
	}
	a->pValue = b.p;
	a->ulValueLen = b.n;
}

void
p11_template(const char *word, struct p11_template *t)
{
	each(word, t, put_value);
}

static void
put_name(char *one, CK_ATTRIBUTE *a)
{
	a->type = attribute(one, strlen(one));
	a->pValue = NULL;
	a->ulValueLen = 0;
}

void
p11_attributes(const char *word, struct p11_template *t)
{
	each(word, t, put_name);
}
