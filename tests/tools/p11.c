#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/tools/p11_names.h"
#include "tests/tools/p11_steps.h"

/*
 * p11 [-m MODULE] STEP...     a client of PKCS#11, a call at a time
 * p11 [-m MODULE] -f FILE     the same from a file, a step a line, whatever each answers
 *
 * MODULE is else P11_MODULE. A step is a function of the standard and its words, as p11_words.h has
 * them; sessions and objects get the name that stands last. A call that succeeds says nothing, one
 * that fails is told and ends it with 1; a step with a `-` in front prints what it answered and goes
 * on. A file's lines are `TAG STEP`, and each prints `TAG: CKR_...`, its length where it has one.
 *
 *   C_Initialize os | null | nothreads | callbacks | some | reserved
 *   C_OpenSession SLOT rw|ro|parallel S       C_Login S user|so|context PIN (bytes)
 *   C_InitToken SLOT PIN LABEL                C_InitPIN S PIN      C_SetPIN S OLD NEW
 *   C_CreateObject S TEMPLATE O               C_CopyObject S O TEMPLATE O2
 *   C_GetAttributeValue S O ATTRIBUTES        prints them, a line each
 *   find S TEMPLATE O                         all three calls; O is the first
 *   C_GenerateKey S MECHANISM TEMPLATE O      C_GenerateKeyPair S MECHANISM PUB PRIV O O2
 *   C_EncryptInit S MECHANISM O               and so on; then C_Encrypt S BYTES ...
 *   C_WrapKey S MECHANISM O O2                C_UnwrapKey S MECHANISM O BYTES TEMPLATE O2
 *   C_DeriveKey S MECHANISM O TEMPLATE O2
 *
 *   token SLOT        label, serial and flags, a line each
 *   room N|null       that the next call has for its bytes
 *   keep NAME         the bytes that the last call gave, as $NAME
 *   print, write FILE those bytes, in hex; as they are
 *   count [N]         what was found, or dies when it is not N
 *   at_once N         so many threads in C_Initialize at once; all must succeed or say that it is
 *   twice STEP...     the rest of the steps in a child, too, which has to be as well
 *   wait FILE         until it is there, 20 s at most
 *   touch FILE        says where it has come to
 */
static const struct p11_step *const lists[] = {
	p11_token_steps, p11_object_steps, p11_crypto_steps,
};

const char *
p11_word(struct p11_run *run)
{
	if (run->words[0] == NULL)
		p11_misused("a word is missing behind", run->call != NULL ? run->call : "the last");
	return *run->words++;
}

CK_ULONG
p11_handle(struct p11_run *run)
{
	return p11_number(p11_word(run));
}

void
p11_function(const struct p11_run *run, size_t function, void *p)
{
	memcpy(p, (const char *)run->m.f + function, sizeof(void (*)(void)));
}

static void
say(const struct p11_run *run, const char *tag)
{
	printf("%s%s %s", tag, run->call, p11_name(P11_CKR, run->rv));
	if ((run->rv == CKR_OK || run->rv == CKR_BUFFER_TOO_SMALL) && run->out_n != 0)
		printf(" %lu", run->out_n);
	if (run->rv == CKR_OK && run->count != 0)
		printf(" count %lu", run->count);
	putchar('\n');
	fflush(stdout);
}

static void
step(struct p11_run *run, const char *tag)
{
	const char *word = p11_word(run);
	const int goes_on = tag != NULL || word[0] == '-';

	if (word[0] == '-')
		word++;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct p11_step *s = lists[i]; s->name != NULL; s++) {
			if (strcmp(s->name, word) != 0)
				continue;
			run->call = NULL;
			run->rv = CKR_OK;
			if (strncmp(word, "C_", 2) == 0 || strcmp(word, "find") == 0) {
				run->call = s->name;
				run->out_n = run->count = 0;
			}
			s->run(run, s->function);
			if (run->call == NULL)
				return;
			run->room = sizeof(run->out);
			run->room_null = 0;
			if (goes_on)
				say(run, tag != NULL ? tag : "");
			else
				p11_must(word, run->rv);
			return;
		}
	p11_misused("no such step", word);
}

/* A line's words; its first is the tag. Comments begin with #. */
static void
steps_of_file(struct p11_run *run, const char *path)
{
	char line[4096], tag[64], *words[32], *rest;
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		p11_misused("cannot read", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		n = 0;
		for (char *w = strtok_r(line, " \t\n", &rest); w != NULL && w[0] != '#' && n < 31;
		    w = strtok_r(NULL, " \t\n", &rest))
			words[n++] = w;
		words[n] = NULL;
		if (n < 2)
			continue;
		snprintf(tag, sizeof(tag), "%s: ", words[0]);
		run->words = words + 1;
		step(run, tag);
		if (run->words[0] != NULL)
			p11_misused("too many words", tag);
	}
	fclose(f);
}

int
main(int argc, char **argv)
{
	static struct p11_run run = { .room = P11_ROOM };
	const char *module = NULL;

	argv++;
	if (argc > 2 && strcmp(argv[0], "-m") == 0) {
		module = argv[1];
		argv += 2;
	}
	p11_load(&run.m, module);
	if (argv[0] != NULL && argv[1] != NULL && strcmp(argv[0], "-f") == 0) {
		steps_of_file(&run, argv[1]);
		return 0;
	}
	run.words = argv;
	while (run.words[0] != NULL)
		step(&run, NULL);
	return 0;
}
