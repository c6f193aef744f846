#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/p11_names.h"
#include "tests/tools/p11_steps.h"

#define AT(name) offsetof(CK_FUNCTION_LIST, name)

static void
create(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	struct p11_template t;
	CK_OBJECT_HANDLE o = 0;

	(void)at;
	p11_template(p11_word(run), &t);
	run->rv = run->m.f->C_CreateObject(s, t.a, t.n, &o);
	p11_keep_number(p11_word(run), o);
}

static void
copy(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const CK_OBJECT_HANDLE source = p11_handle(run);
	struct p11_template t;
	CK_OBJECT_HANDLE o = 0;

	(void)at;
	p11_template(p11_word(run), &t);
	run->rv = run->m.f->C_CopyObject(s, source, t.a, t.n, &o);
	p11_keep_number(p11_word(run), o);
}

static void
destroy(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);

	(void)at;
	run->rv = run->m.f->C_DestroyObject(s, p11_handle(run));
}

static void
object_size(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	CK_ULONG n;

	(void)at;
	run->rv = run->m.f->C_GetObjectSize(s, p11_handle(run), &n);
}

static void
print_value(const CK_ATTRIBUTE *a)
{
	const enum p11_kind kind = p11_attribute_kind(a->type);
	const CK_BYTE *p = a->pValue;
	CK_ULONG n;

	printf("%s ", p11_name(P11_CKA, a->type));
	if (a->ulValueLen == (CK_ULONG)-1)
		puts("unavailable");
	else if (kind == P11_BOOL && a->ulValueLen == 1)
		puts(p[0] == 0 ? "no" : "yes");
	else if (kind == P11_TEXT)
		printf("%.*s\n", (int)a->ulValueLen, (const char *)p);
	else if (kind != P11_BYTES && a->ulValueLen == sizeof(n)) {
		memcpy(&n, p, sizeof(n));
		if (kind == P11_ULONG)
			printf("%lu\n", n);
		else
			puts(p11_name(kind == P11_CLASS ? P11_CKO : kind == P11_KEY_TYPE ? P11_CKK :
			    P11_CKM, n));
	} else {
		for (CK_ULONG i = 0; i < a->ulValueLen; i++)
			printf("%02x", p[i]);
		putchar('\n');
	}
}

/* As callers do it: the lengths, then the values. Room N is what each then has. */
static void
get(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const CK_OBJECT_HANDLE o = p11_handle(run);
	const CK_ULONG room = run->room;
	struct p11_template t;

	(void)at;
	p11_attributes(p11_word(run), &t);
	run->rv = run->m.f->C_GetAttributeValue(s, o, t.a, t.n);
	if (run->room_null || run->rv == CKR_OBJECT_HANDLE_INVALID ||
	    run->rv == CKR_SESSION_HANDLE_INVALID)
		return;
	for (CK_ULONG i = 0; i < t.n; i++) {
		if (t.a[i].ulValueLen == (CK_ULONG)-1)
			t.a[i].ulValueLen = 0;
		t.a[i].pValue = calloc(1, t.a[i].ulValueLen + 1);
		if (room < t.a[i].ulValueLen)
			t.a[i].ulValueLen = room;
	}
	run->rv = run->m.f->C_GetAttributeValue(s, o, t.a, t.n);
	for (CK_ULONG i = 0; i < t.n; i++) {
		print_value(&t.a[i]);
		if (t.n == 1 && t.a[i].ulValueLen <= sizeof(run->out)) {
			memcpy(run->out, t.a[i].pValue, t.a[i].ulValueLen);
			run->out_n = t.a[i].ulValueLen;
		}
		free(t.a[i].pValue);
	}
}

static void
set(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const CK_OBJECT_HANDLE o = p11_handle(run);
	struct p11_template t;

	(void)at;
	p11_template(p11_word(run), &t);
	run->rv = run->m.f->C_SetAttributeValue(s, o, t.a, t.n);
}

static void
find_init(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	struct p11_template t;

	(void)at;
	p11_template(p11_word(run), &t);
	run->rv = run->m.f->C_FindObjectsInit(s, t.a, t.n);
}

static void
find_objects(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const CK_ULONG max = p11_number(p11_word(run));
	CK_OBJECT_HANDLE list[256];

	(void)at;
	run->rv = run->m.f->C_FindObjects(s, list, max < 256 ? max : 256, &run->count);
}

static void
find_final(struct p11_run *run, size_t at)
{
	(void)at;
	run->rv = run->m.f->C_FindObjectsFinal(p11_handle(run));
}

static void
find(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	CK_OBJECT_HANDLE list[64], first = 0;
	struct p11_template t;
	CK_ULONG n;

	(void)at;
	p11_template(p11_word(run), &t);
	if ((run->rv = run->m.f->C_FindObjectsInit(s, t.a, t.n)) == CKR_OK) {
		while ((run->rv = run->m.f->C_FindObjects(s, list, 64, &n)) == CKR_OK && n > 0) {
			if (run->count == 0)
				first = list[0];
			run->count += n;
		}
		if (run->rv == CKR_OK)
			run->rv = run->m.f->C_FindObjectsFinal(s);
	}
	p11_keep_number(p11_word(run), first);
}

static void
count(struct p11_run *run, size_t at)
{
	CK_ULONG want;

	(void)at;
	if (run->words[0] == NULL || run->words[0][0] < '0' || run->words[0][0] > '9') {
		printf("%lu\n", run->count);
		return;
	}
	want = p11_number(p11_word(run));
	if (want != run->count) {
		fprintf(stderr, "%lu, not %lu\n", run->count, want);
		exit(1);
	}
}

const struct p11_step p11_object_steps[] = {
	{ "C_CreateObject", create, 0 },
	{ "C_CopyObject", copy, 0 },
	{ "C_DestroyObject", destroy, 0 },
	{ "C_GetObjectSize", object_size, 0 },
	{ "C_GetAttributeValue", get, 0 },
	{ "C_SetAttributeValue", set, 0 },
	{ "C_FindObjectsInit", find_init, 0 },
	{ "C_FindObjects", find_objects, 0 },
	{ "C_FindObjectsFinal", find_final, 0 },
	{ "find", find, 0 },
	{ "count", count, 0 },
	{ NULL, NULL, 0 },
};
