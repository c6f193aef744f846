#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/reader.h"

/*
 * cyberjack_opens N NAME...: opens and closes the readers of those names N times, as pcscd does when
 * they are plugged in and out, and fails when that leaves descriptors, threads or memory behind.
 */
enum { NAMES_MAX = 16, SETTLED = 20, KB_MORE = 1024 };

struct left {
	size_t descriptors, threads;
	long kb;
};

static size_t
entries(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	if (d == NULL)
		exit(2);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static struct left
look(void)
{
	struct left left = { entries("/proc/self/fd"), entries("/proc/self/task"), 0 };
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%*d %ld", &left.kb) != 1)
		exit(2);
	fclose(f);
	left.kb *= 4;
	return left;
}

static void
plug(char **names, int n)
{
	struct reader *readers[NAMES_MAX];
	uint8_t atr[PADLINK_ATR_MAX];
	size_t atr_n;
	int r;

	for (int i = 0; i < n; i++) {
		if ((r = reader_cyberjack_open(&readers[i], names[i])) != 0) {
			fprintf(stderr, "%s: %s\n", names[i], err_str(r));
			exit(1);
		}
		atr_n = sizeof(atr);
		(void)readers[i]->ops->present(readers[i]);
		(void)readers[i]->ops->power(readers[i], READER_POWER_UP, atr, &atr_n);
	}
	for (int i = 0; i < n; i++)
		readers[i]->ops->close(readers[i]);
}

int
main(int argc, char **argv)
{
	struct left before = { 0, 0, 0 }, after;
	const long times = argc > 2 ? strtol(argv[1], NULL, 10) : 0;

	if (times <= SETTLED || argc - 2 > NAMES_MAX) {
		fprintf(stderr, "usage: cyberjack_opens N NAME...\n");
		return 2;
	}
	for (long i = 0; i < times; i++) {
		plug(argv + 2, argc - 2);
		if (i == SETTLED)
			before = look();
	}
	after = look();
	printf("%zu descriptors, %zu threads, %ld KiB; after the first %zu, %zu, %ld\n",
	    after.descriptors, after.threads, after.kb, before.descriptors, before.threads, before.kb);
	return after.descriptors != before.descriptors || after.threads != before.threads ||
	    after.kb > before.kb + KB_MORE;
}
