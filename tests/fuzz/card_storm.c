#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/invent.h"
#include "tests/fuzz/world.h"
#include "tests/unit/dice.h"

/*
 * card_storm [APDUS [SEED]]: sends the card that many commands in sequences that
 * tests/fuzz/invent.c thinks up, and ends when the card broke a promise; the sequence is then in
 * build/fuzz/card_storm.found, which build/fuzz/card plays again. A seed gives the same storm.
 */
enum { SEQUENCE = 400, STEPS_MAX = 4 * 1024 * 1024 };

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

static uint8_t steps[STEPS_MAX];
static size_t steps_n;

static void
keep(int signal)
{
	FILE *f = fopen("build/fuzz/card_storm.found", "w");

	(void)signal;
	if (f != NULL && fwrite(steps, 1, steps_n, f) == steps_n && fclose(f) == 0)
		fprintf(stderr, "the sequence is in build/fuzz/card_storm.found\n");
	_exit(1);
}

/* What sanitizers find ends as our own aborts do. */
const char *
__asan_default_options(void)
{
	return "abort_on_error=1";
}

const char *
__ubsan_default_options(void)
{
	return "abort_on_error=1";
}

static unsigned long
sent(void)
{
	unsigned long n = 0;

	for (size_t i = 0; i < 256; i++)
		n += world_counts[i].sent;
	return n;
}

static void
sequence(void)
{
	struct wr wr;
	size_t at;

	wr_init(&wr, steps, sizeof(steps));
	world_begin();
	for (unsigned i = 0; i < SEQUENCE; i++) {
		at = wr.n;
		invent_step(&wr);
		if (wr_end(&wr) != 0)
			abort();
		steps_n = wr.n;
		while (at < wr.n)
			at += world_do_one(steps + at, wr.n - at);
	}
}

int
main(int argc, char **argv)
{
	unsigned long apdus = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000, told = 0;
	unsigned long long seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	time_t begin = time(NULL);

	signal(SIGABRT, keep);
	signal(SIGSEGV, keep);
	for (unsigned long i = 0; sent() < apdus; i++) {
		/* Each sequence by a seed of its own, so that it can be had alone. */
		dice_seed(seed * 1000000007ULL + i);
		sequence();
		if (sent() / 1000000 > told) {
			told = sent() / 1000000;
			fprintf(stderr, "%lu million after %ld s\n", told,
			    (long)(time(NULL) - begin));
		}
	}
	printf("instruction: sent, done\n");
	for (unsigned ins = 0; ins < 256; ins++)
		if (world_counts[ins].done > 0)
			printf("    %02X: %lu, %lu\n", ins, world_counts[ins].sent,
			    world_counts[ins].done);
	printf("APDUs %lu, seed %llu, %ld s, findings 0\n", sent(), seed,
	    (long)(time(NULL) - begin));
	return 0;
}
