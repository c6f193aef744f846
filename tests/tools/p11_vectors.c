#include "tests/tools/p11_vectors.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/tools/p11_names.h"
#include "tests/tools/p11_words.h"

/*
 * p11_vectors SLOT PIN FAMILY[:ARGUMENT] STEP FILE...: each STEP-th record of those files.
 * Families are in p11_vectors_secret.c and p11_vectors_pairs.c.
 */
static unsigned every;

const char *
vector_text(const struct vectors *v, const char *name)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->field[i].name, name) == 0)
			return v->field[i].text;
	return NULL;
}

void
vector_bytes(struct vectors *v, const char *name, struct vector_bytes *b)
{
	const char *text = vector_text(v, name);
	unsigned byte;

	b->n = 0;
	if (text == NULL)
		return;
	if (strlen(text) % 2 == 1) {
		sscanf(text, "%1x", &byte);
		b->p[b->n++] = (CK_BYTE)byte;
		text++;
	}
	for (; b->n < VECTOR_BYTES && sscanf(text, "%2x", &byte) == 1; text += 2)
		b->p[b->n++] = (CK_BYTE)byte;
	if (text[0] != '\0')
		p11_misused("no hex", name);
}

void
vector_pad(struct vector_bytes *b, CK_ULONG n)
{
	CK_ULONG zeros = 0;

	while (zeros < b->n && b->p[zeros] == 0)
		zeros++;
	memmove(b->p, b->p + zeros, b->n - zeros);
	b->n -= zeros;
	if (n < b->n)
		return;
	memmove(b->p + n - b->n, b->p, b->n);
	memset(b->p, 0, n - b->n);
	b->n = n;
}

void
vector_result(struct vectors *v, int well, const char *what, CK_RV rv)
{
	v->ran++;
	if (well)
		return;
	v->failed++;
	printf("%s:%u: %s: %s\n", v->file, v->line, what, p11_name(P11_CKR, rv));
}

void
vector_skip(struct vectors *v)
{
	v->skipped++;
}

CK_OBJECT_HANDLE
vector_secret_key(struct vectors *v, CK_KEY_TYPE type, const void *p, CK_ULONG n)
{
	static CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ATTRIBUTE t[] = {
		{ CKA_CLASS, &class, sizeof(class) }, { CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_VALUE, (void *)(uintptr_t)p, n }, { CKA_TOKEN, &no, 1 },
		{ CKA_SENSITIVE, &no, 1 }, { CKA_EXTRACTABLE, &yes, 1 }, { CKA_ENCRYPT, &yes, 1 },
		{ CKA_DECRYPT, &yes, 1 }, { CKA_SIGN, &yes, 1 }, { CKA_VERIFY, &yes, 1 },
		{ CKA_WRAP, &yes, 1 }, { CKA_UNWRAP, &yes, 1 }, { CKA_DERIVE, &yes, 1 },
	};
	CK_OBJECT_HANDLE k;
	CK_RV rv = v->m.f->C_CreateObject(v->s, t, sizeof(t) / sizeof(t[0]), &k);

	if (rv == CKR_OK)
		return k;
	vector_result(v, 0, "C_CreateObject", rv);
	return 0;
}

CK_MECHANISM_TYPE
vector_hash(const char *text)
{
	static const struct { int bits; CK_MECHANISM_TYPE type; } hashes[] = {
		{ 1, CKM_SHA_1 }, { 224, CKM_SHA224 }, { 256, CKM_SHA256 }, { 384, CKM_SHA384 },
		{ 512, CKM_SHA512 },
	};
	int bits;

	if (text == NULL || strncasecmp(text, "sha", 3) != 0)
		return 0;
	bits = atoi(text + 3 + (text[3] == '-'));
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (hashes[i].bits == bits)
			return hashes[i].type;
	return 0;
}

static int
in_list(const char *list, const char *name)
{
	const size_t n = strlen(name);

	for (const char *p = list; p != NULL && (p = strstr(p, name)) != NULL; p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return 1;
	return 0;
}

static void
put(struct vectors *v, const struct vector_family *family, const char *name, const char *text)
{
	struct vector_field *f = NULL;

	for (size_t i = 0; f == NULL && i < v->n; i++)
		if (strcmp(v->field[i].name, name) == 0)
			f = &v->field[i];
	if (f == NULL) {
		if (v->n == VECTOR_FIELDS || strlen(name) >= sizeof(f->name))
			p11_misused("too many, or too long a name", name);
		f = &v->field[v->n++];
		snprintf(f->name, sizeof(f->name), "%s", name);
		f->text = NULL;
	}
	free(f->text);
	f->text = strdup(text);
	f->stays = in_list(family->stay, name);
}

/* A record ends with an empty line; in some files so do parts of one. */
static void
end_of_record(struct vectors *v, const struct vector_family *family)
{
	static unsigned seen;
	size_t kept = 0;
	char needs[128];

	snprintf(needs, sizeof(needs), "%s", family->needs);
	for (char *rest, *w = strtok_r(needs, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
		if (vector_text(v, w) == NULL)
			return;
	if (seen++ % every == 0)
		family->run(v);
	for (size_t i = 0; i < v->n; i++) {
		if (v->field[i].stays)
			v->field[kept++] = v->field[i];
		else
			free(v->field[i].text);
	}
	v->n = kept;
}

/*
 * `NAME = value`, `[section]` as the field "section", FAIL alone, and the way of PKCS #1's own
 * vectors: `# Name:`, the value in the next line.
 */
static void
line(struct vectors *v, const struct vector_family *family, char *text, char *pending)
{
	char *p = text + strlen(text), *value;

	while (p > text && isspace((unsigned char)p[-1]))
		*--p = '\0';
	if (text[0] == '[') {
		/* [mod = 2048] is a field of its own in some. */
		end_of_record(v, family);
		put(v, family, "section", text);
	} else if (text[0] == '#' && p[-1] == ':' && p - text < 24) {
		p[-1] = '\0';
		snprintf(pending, 24, "%.23s", text + 2);
	} else if (text[0] == '#' || text[0] == '\0') {
		if (text[0] == '\0' || strncmp(text, "# OAEP Example", 14) == 0 ||
		    strncmp(text, "# ====", 6) == 0)
			end_of_record(v, family);
	} else if (pending[0] != '\0') {
		put(v, family, pending, text);
		pending[0] = '\0';
	} else if ((value = strchr(text, '=')) != NULL) {
		p = value++;
		while (p > text && isspace((unsigned char)p[-1]))
			p--;
		*p = '\0';
		while (isspace((unsigned char)*value))
			value++;
		put(v, family, text, value);
	} else if (strchr(text, ':') != NULL) {
		/* Ed25519's own: secret and public key, public key, message, signature and message. */
		put(v, family, "line", text);
		end_of_record(v, family);
	} else
		put(v, family, text, "");
}

static void
file(struct vectors *v, const struct vector_family *family)
{
	static char text[4 * VECTOR_BYTES];
	char pending[24] = "";
	FILE *f = fopen(v->file, "re");

	if (f == NULL)
		p11_misused("cannot read", v->file);
	for (v->line = 1; fgets(text, sizeof(text), f) != NULL; v->line++)
		line(v, family, text, pending);
	end_of_record(v, family);
	fclose(f);
	for (size_t i = 0; i < v->n; i++)
		free(v->field[i].text);
	v->n = 0;
}

static const struct vector_family *
find(const struct vector_family *list, const char *name)
{
	for (; list->name != NULL; list++)
		if (strcmp(list->name, name) == 0)
			return list;
	return NULL;
}

int
main(int argc, char **argv)
{
	static struct vectors v;
	const struct vector_family *family;
	char *argument;

	if (argc < 6) {
		fputs("usage: p11_vectors SLOT PIN FAMILY[:ARGUMENT] STEP FILE...\n", stderr);
		return 2;
	}
	if ((argument = strchr(argv[3], ':')) != NULL)
		*argument++ = '\0';
	v.argument = argument == NULL ? "" : argument;
	if ((family = find(vector_secret, argv[3])) == NULL &&
	    (family = find(vector_pairs, argv[3])) == NULL)
		p11_misused("no such family", argv[3]);
	if ((every = (unsigned)strtoul(argv[4], NULL, 10)) == 0)
		p11_misused("no step", argv[4]);
	p11_load(&v.m, NULL);
	v.s = p11_enter(&v.m, strtoul(argv[1], NULL, 0), argv[2]);
	for (int i = 5; i < argc; i++) {
		v.file = argv[i];
		file(&v, family);
	}
	printf("%s %s: %u, %u skipped, %u failed\n", argv[3], v.argument, v.ran, v.skipped, v.failed);
	return v.failed == 0 && v.ran > 0 ? 0 : 1;
}
