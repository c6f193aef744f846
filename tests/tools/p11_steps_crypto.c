#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/tools/p11_names.h"
#include "tests/tools/p11_steps.h"

#define AT(name) offsetof(CK_FUNCTION_LIST, name)

static CK_BYTE *
out(struct p11_run *run)
{
	run->out_n = run->room;
	return run->room_null ? NULL : run->out;
}

static void
init_with_key(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const char *word = p11_word(run);
	CK_RV (*call)(CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
	CK_MECHANISM m;

	p11_function(run, at, &call);
	if (strcmp(word, "null") != 0)
		p11_mechanism(word, &m);
	run->rv = call(s, strcmp(word, "null") == 0 ? NULL : &m, p11_handle(run));
}

static void
digest_init(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	CK_MECHANISM m;

	(void)at;
	p11_mechanism(p11_word(run), &m);
	run->rv = run->m.f->C_DigestInit(s, &m);
}

static void
in_out(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const struct p11_bytes data = p11_bytes(p11_word(run));
	CK_RV (*call)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
	CK_BYTE *p = out(run);

	p11_function(run, at, &call);
	run->rv = call(s, data.p, data.n, p, &run->out_n);
}

static void
in(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const struct p11_bytes data = p11_bytes(p11_word(run));
	CK_RV (*call)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG);

	p11_function(run, at, &call);
	run->rv = call(s, data.p, data.n);
}

static void
only_out(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	CK_RV (*call)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *);
	CK_BYTE *p = out(run);

	p11_function(run, at, &call);
	run->rv = call(s, p, &run->out_n);
}

static void
verify(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const struct p11_bytes data = p11_bytes(p11_word(run)), sig = p11_bytes(p11_word(run));

	(void)at;
	run->rv = run->m.f->C_Verify(s, data.p, data.n, sig.p, sig.n);
}

static void
digest_key(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);

	(void)at;
	run->rv = run->m.f->C_DigestKey(s, p11_handle(run));
}

static void
generate_random(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const CK_ULONG n = p11_number(p11_word(run));

	(void)at;
	run->rv = run->m.f->C_GenerateRandom(s, run->room_null ? NULL : run->out, n);
	run->out_n = n;
}

static void
generate_key(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	CK_OBJECT_HANDLE o = 0;
	struct p11_template t;
	CK_MECHANISM m;

	(void)at;
	p11_mechanism(p11_word(run), &m);
	p11_template(p11_word(run), &t);
	run->rv = run->m.f->C_GenerateKey(s, &m, t.a, t.n, &o);
	p11_keep_number(p11_word(run), o);
}

static void
generate_key_pair(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	CK_OBJECT_HANDLE pub = 0, priv = 0;
	struct p11_template t, t2;
	CK_MECHANISM m;

	(void)at;
	p11_mechanism(p11_word(run), &m);
	p11_template(p11_word(run), &t);
	p11_template(p11_word(run), &t2);
	run->rv = run->m.f->C_GenerateKeyPair(s, &m, t.a, t.n, t2.a, t2.n, &pub, &priv);
	p11_keep_number(p11_word(run), pub);
	p11_keep_number(p11_word(run), priv);
}

static void
wrap_key(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	CK_OBJECT_HANDLE wrapping;
	CK_BYTE *p = out(run);
	CK_MECHANISM m;

	(void)at;
	p11_mechanism(p11_word(run), &m);
	wrapping = p11_handle(run);
	run->rv = run->m.f->C_WrapKey(s, &m, wrapping, p11_handle(run), p, &run->out_n);
}

static void
unwrap_key(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	CK_OBJECT_HANDLE unwrapping, o = 0;
	struct p11_template t;
	struct p11_bytes data;
	CK_MECHANISM m;

	(void)at;
	p11_mechanism(p11_word(run), &m);
	unwrapping = p11_handle(run);
	data = p11_bytes(p11_word(run));
	p11_template(p11_word(run), &t);
	run->rv = run->m.f->C_UnwrapKey(s, &m, unwrapping, data.p, data.n, t.a, t.n, &o);
	p11_keep_number(p11_word(run), o);
}

static void
derive_key(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	CK_OBJECT_HANDLE base, o = 0;
	struct p11_template t;
	CK_MECHANISM m;

	(void)at;
	p11_mechanism(p11_word(run), &m);
	base = p11_handle(run);
	p11_template(p11_word(run), &t);
	run->rv = run->m.f->C_DeriveKey(s, &m, base, t.a, t.n, &o);
	p11_keep_number(p11_word(run), o);
}

static void
room(struct p11_run *run, size_t at)
{
	const char *word = p11_word(run);

	(void)at;
	run->room_null = strcmp(word, "null") == 0;
	if (!run->room_null && (run->room = p11_number(word)) > sizeof(run->out))
		run->room = sizeof(run->out);
}

static void
keep(struct p11_run *run, size_t at)
{
	(void)at;
	p11_keep_bytes(p11_word(run), run->out, run->out_n);
}

static void
print(struct p11_run *run, size_t at)
{
	(void)at;
	for (CK_ULONG i = 0; i < run->out_n; i++)
		printf("%02x", run->out[i]);
	putchar('\n');
	fflush(stdout);
}

static void
write_file(struct p11_run *run, size_t at)
{
	const char *path = p11_word(run);
	FILE *f = fopen(path, "we");

	(void)at;
	if (f == NULL || fwrite(run->out, 1, run->out_n, f) != run->out_n || fclose(f) != 0)
		p11_misused("cannot write", path);
}

static void
wait_file(struct p11_run *run, size_t at)
{
	const struct timespec pause = { 0, 10000000 };
	const char *path = p11_word(run);

	(void)at;
	for (unsigned i = 0; access(path, F_OK) != 0; i++) {
		if (i == 2000)
			p11_misused("never came", path);
		nanosleep(&pause, NULL);
	}
}

static void
touch(struct p11_run *run, size_t at)
{
	const char *path = p11_word(run);
	FILE *f = fopen(path, "we");

	(void)at;
	if (f == NULL || fclose(f) != 0)
		p11_misused("cannot write", path);
}

const struct p11_step p11_crypto_steps[] = {
	{ "C_EncryptInit", init_with_key, AT(C_EncryptInit) },
	{ "C_Encrypt", in_out, AT(C_Encrypt) },
	{ "C_EncryptUpdate", in_out, AT(C_EncryptUpdate) },
	{ "C_EncryptFinal", only_out, AT(C_EncryptFinal) },
	{ "C_DecryptInit", init_with_key, AT(C_DecryptInit) },
	{ "C_Decrypt", in_out, AT(C_Decrypt) },
	{ "C_DecryptUpdate", in_out, AT(C_DecryptUpdate) },
	{ "C_DecryptFinal", only_out, AT(C_DecryptFinal) },
	{ "C_DigestInit", digest_init, 0 },
	{ "C_Digest", in_out, AT(C_Digest) },
	{ "C_DigestUpdate", in, AT(C_DigestUpdate) },
	{ "C_DigestKey", digest_key, 0 },
	{ "C_DigestFinal", only_out, AT(C_DigestFinal) },
	{ "C_SignInit", init_with_key, AT(C_SignInit) },
	{ "C_Sign", in_out, AT(C_Sign) },
	{ "C_SignUpdate", in, AT(C_SignUpdate) },
	{ "C_SignFinal", only_out, AT(C_SignFinal) },
	{ "C_SignRecoverInit", init_with_key, AT(C_SignRecoverInit) },
	{ "C_SignRecover", in_out, AT(C_SignRecover) },
	{ "C_VerifyInit", init_with_key, AT(C_VerifyInit) },
	{ "C_Verify", verify, 0 },
	{ "C_VerifyUpdate", in, AT(C_VerifyUpdate) },
	{ "C_VerifyFinal", in, AT(C_VerifyFinal) },
	{ "C_VerifyRecoverInit", init_with_key, AT(C_VerifyRecoverInit) },
	{ "C_VerifyRecover", in_out, AT(C_VerifyRecover) },
	{ "C_DigestEncryptUpdate", in_out, AT(C_DigestEncryptUpdate) },
	{ "C_SignEncryptUpdate", in_out, AT(C_SignEncryptUpdate) },
	{ "C_GenerateKey", generate_key, 0 },
	{ "C_GenerateKeyPair", generate_key_pair, 0 },
	{ "C_WrapKey", wrap_key, 0 },
	{ "C_UnwrapKey", unwrap_key, 0 },
	{ "C_DeriveKey", derive_key, 0 },
	{ "C_SeedRandom", in, AT(C_SeedRandom) },
	{ "C_GenerateRandom", generate_random, 0 },
	{ "C_GetOperationState", only_out, AT(C_GetOperationState) },
	{ "room", room, 0 },
	{ "keep", keep, 0 },
	{ "print", print, 0 },
	{ "write", write_file, 0 },
	{ "wait", wait_file, 0 },
	{ "touch", touch, 0 },
	{ NULL, NULL, 0 },
};
