#include "tests/bench/pkcs11.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * pkcs11 MODULE SLOT PIN [MODULE SLOT PIN]: the first module beside OpenSSL in this process and
 * beside the second one, by 1, 2 and 8 threads, in turns; then what is about stores. BENCH_ONLY takes
 * the measures that have these words in their names.
 */
enum { THREADS_MAX = 8, ROUNDS = 3 };

static const unsigned threads[] = { 1, 2, 8 };

static struct {
	const struct measure *what;
	struct contender *c;
	pthread_barrier_t barrier;
	atomic_int stop;
	unsigned long done[THREADS_MAX];
} run;

double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *
work(void *arg)
{
	unsigned long *done = arg, n = 0;
	struct worker w = { .c = run.c };

	memset(w.in, 1, sizeof(w.in));
	(run.c->raw ? run.what->raw_prepare : run.what->prepare)(&w);
	/* The first call finds what later ones have at hand. */
	(run.c->raw ? run.what->raw_run : run.what->run)(&w);
	pthread_barrier_wait(&run.barrier);
	while (!atomic_load_explicit(&run.stop, memory_order_relaxed)) {
		(run.c->raw ? run.what->raw_run : run.what->run)(&w);
		n++;
	}
	*done = n;
	EVP_PKEY_CTX_free(w.sign);
	EVP_CIPHER_CTX_free(w.cipher);
	EVP_MD_CTX_free(w.md);
	if (w.s != 0)
		w.c->m.f->C_CloseSession(w.s);
	return NULL;
}

static double
round_of(const struct measure *what, struct contender *c, unsigned n)
{
	const struct timespec length = { 0, 400000000 };
	pthread_t t[THREADS_MAX];
	unsigned long all = 0;
	double began;

	run.what = what;
	run.c = c;
	atomic_store(&run.stop, 0);
	if (pthread_barrier_init(&run.barrier, NULL, n + 1) != 0)
		exit(1);
	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&t[i], NULL, work, &run.done[i]) != 0)
			exit(1);
	pthread_barrier_wait(&run.barrier);
	began = seconds();
	nanosleep(&length, NULL);
	atomic_store(&run.stop, 1);
	for (unsigned i = 0; i < n; i++) {
		pthread_join(t[i], NULL);
		all += run.done[i];
	}
	pthread_barrier_destroy(&run.barrier);
	return (double)all / (seconds() - began);
}

void
measured(const struct measure *what, struct contender *const *c, size_t n, unsigned t, double *best)
{
	memset(best, 0, n * sizeof(*best));
	for (unsigned i = 0; i < ROUNDS; i++)
		for (size_t j = 0; j < n; j++) {
			double one;

			if (c[j]->raw && what->raw_run == NULL)
				continue;
			one = round_of(what, c[j], t);
			best[j] = one > best[j] ? one : best[j];
		}
}

static void
begin(struct contender *c, const char *name, char **argv, int token)
{
	c->name = name;
	c->token = token;
	p11_load(&c->m, argv[0]);
	c->slot = strtoul(argv[1], NULL, 0);
	c->pin = argv[2];
	c->s = p11_enter(&c->m, c->slot, c->pin);
	contender_keys(c);
}

int
main(int argc, char **argv)
{
	static struct contender raw = { .name = "OpenSSL", .raw = 1 }, ours, theirs;
	struct contender *c[] = { &ours, &raw, &theirs };
	const size_t n = argc == 7 ? 3 : 2;
	const char *only = getenv("BENCH_ONLY");
	double best[3];

	if (argc != 4 && argc != 7) {
		fputs("usage: pkcs11 MODULE SLOT PIN [MODULE SLOT PIN]\n", stderr);
		return 2;
	}
	begin(&ours, "cardinal", argv + 1, 1);
	contender_keys(&raw);
	if (n == 3)
		begin(&theirs, "SoftHSM2", argv + 4, 0);
	printf("%-24s %7s %12s %12s %7s %12s %7s\n", "calls a second", "threads", "cardinal",
	    "OpenSSL", "ratio", n == 3 ? "SoftHSM2" : "", n == 3 ? "ratio" : "");
	for (const struct measure *m = measures; m->name != NULL; m++) {
		if (only != NULL && strstr(m->name, only) == NULL)
			continue;
		for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
			measured(m, c, n, threads[i], best);
			printf("%-24s %7u %12.0f", m->name, threads[i], best[0]);
			if (best[1] > 0)
				printf(" %12.0f %7.2f", best[1], best[0] / best[1]);
			else
				printf(" %12s %7s", "", "");
			if (n == 3)
				printf(" %12.0f %7.2f", best[2], best[0] / best[2]);
			putchar('\n');
			fflush(stdout);
		}
	}
	if (only == NULL)
		bench_store(&ours, n == 3 ? &theirs : NULL);
	ours.m.f->C_Finalize(NULL);
	if (n == 3)
		theirs.m.f->C_Finalize(NULL);
	return 0;
}
