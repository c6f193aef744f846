#include "tests/usb/jack_faults.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[FAULT_KINDS] = {
	[FAULT_NONE] = "none", [FAULT_SHORT] = "short", [FAULT_LRC] = "lrc",
	[FAULT_LENGTH] = "length", [FAULT_HEAD] = "head", [FAULT_GARBAGE] = "garbage",
	[FAULT_LOST] = "lost", [FAULT_TWICE] = "twice", [FAULT_UNKNOWN] = "unknown",
	[FAULT_BYTES] = "bytes", [FAULT_EMPTY] = "empty", [FAULT_NAD] = "nad",
	[FAULT_SEQUENCE] = "sequence",
};

static const char *const counts[COUNTS] = {
	"blocks", "commands", "repeats", "resyncs", "wtx", "resets", "status", "bad",
};

const char jack_faults_help[] =
    "  frames KIND [N [AFTER]]  the next N (1; 'ever') answers, after AFTER right ones, are\n"
    "                     short, of wrong lrc, length, head, nad or sequence, garbage,\n"
    "                     lost, twice, behind an unknown S block or an empty packet,\n"
    "                     in packets of single bytes, of a few after 7; none ends it\n"
    "  refuse N           the next N blocks are answered R with an error\n"
    "  deaf [N]           the next N blocks, or all, are not heard; deaf 0 ends it\n"
    "  freeze, thaw       no endpoint answers\n"
    "  silent, announce   no frame is announced on the interrupt endpoint\n"
    "  endless, run       commands are not run, WTX goes on without end\n"
    "  storm, calm        it says without end that a card was moved\n"
    "  keep               no transfer is given back any more, not one that is cancelled\n"
    "  count NAME         blocks, commands, repeats, resyncs, wtx, resets, status, bad\n";

int
jack_faults_use(int *counter)
{
	if (*counter == 0)
		return 0;
	if (*counter > 0)
		--*counter;
	return 1;
}

enum jack_fault
jack_faults_frame(struct jack_faults *f)
{
	if (f->frames == 0)
		return FAULT_NONE;
	if (f->after > 0) {
		f->after--;
		return FAULT_NONE;
	}
	(void)jack_faults_use(&f->frames);
	return f->kind;
}

static int
number(const char *word, int otherwise)
{
	if (word == NULL)
		return otherwise;
	return strcmp(word, "ever") == 0 ? FAULT_FOR_EVER : atoi(word);
}

static int
find(const char *const *names, size_t n, const char *word)
{
	for (size_t i = 0; word != NULL && i < n; i++)
		if (strcmp(names[i], word) == 0)
			return (int)i;
	return -1;
}

int
jack_faults_command(struct jack_faults *f, char *line, char *answer, size_t n)
{
	const struct {
		const char *word;
		int *flag, to;
	} flags[] = {
		{ "freeze", &f->frozen, 1 }, { "thaw", &f->frozen, 0 },
		{ "silent", &f->silent, 1 }, { "announce", &f->silent, 0 },
		{ "endless", &f->endless, 1 }, { "run", &f->endless, 0 },
		{ "storm", &f->storm, 1 }, { "calm", &f->storm, 0 }, { "keep", &f->kept, 1 },
	};
	char *rest, *word = strtok_r(line, " \n", &rest), *second = strtok_r(NULL, " \n", &rest);
	int i;

	answer[0] = '\0';
	if (word == NULL)
		return -1;
	for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++)
		if (strcmp(word, flags[k].word) == 0) {
			*flags[k].flag = flags[k].to;
			return 0;
		}
	if (strcmp(word, "frames") == 0 && (i = find(kinds, FAULT_KINDS, second)) >= 0) {
		f->kind = (enum jack_fault)i;
		f->frames = number(strtok_r(NULL, " \n", &rest), 1);
		f->after = number(strtok_r(NULL, " \n", &rest), 0);
		if (f->kind == FAULT_NONE)
			f->frames = 0;
	} else if (strcmp(word, "refuse") == 0)
		f->refuse = number(second, 1);
	else if (strcmp(word, "deaf") == 0)
		f->deaf = number(second, FAULT_FOR_EVER);
	else if (strcmp(word, "count") == 0 && (i = find(counts, COUNTS, second)) >= 0)
		snprintf(answer, n, "%" PRIu64, f->counts[i]);
	else
		return -1;
	return 0;
}
