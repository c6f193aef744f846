/*
 * memgrep PID... <PATTERNS: looks for byte patterns in the whole memory of processes, the secure
 * heap included. A line of standard input is "NAME HEX". Prints "PID NAME where" for each hit; exit 0
 * when there was one, 1 when there was none, 2 when something could not be read. The
 * patterns are not on the command line, so that they are not found there.
 */
#include <sys/types.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATTERNS_MAX = 256, BYTES_MAX = 256, CHUNK = 1 << 20 };

struct pattern {
	char name[64];
	uint8_t bytes[BYTES_MAX];
	size_t n;
};

static size_t
read_patterns(struct pattern *v)
{
	char line[64 + 2 * BYTES_MAX + 8], text[2 * BYTES_MAX + 1];
	size_t count = 0;
	unsigned b;

	while (count < PATTERNS_MAX && fgets(line, sizeof(line), stdin) != NULL) {
		struct pattern *p = &v[count];

		if (sscanf(line, "%63s %512[0-9a-fA-F]", p->name, text) != 2)
			continue;
		for (p->n = 0; p->n < strlen(text) / 2; p->n++) {
			if (sscanf(text + 2 * p->n, "%2x", &b) != 1)
				exit(2);
			p->bytes[p->n] = (uint8_t)b;
		}
		/* Under four bytes chance would find it. */
		if (p->n < 4)
			exit(2);
		count++;
	}
	return count;
}

static size_t
look(int pid, const struct pattern *v, size_t count, uint64_t at, const uint8_t *p, size_t n,
    const char *what)
{
	size_t hits = 0;

	for (size_t i = 0; i < count; i++) {
		const uint8_t *q = p;

		while ((q = memmem(q, n - (size_t)(q - p), v[i].bytes, v[i].n)) != NULL) {
			printf("%d %s at %llx in %s\n", pid, v[i].name,
			    (unsigned long long)(at + (uint64_t)(q - p)), what);
			hits++;
			q++;
		}
	}
	return hits;
}

/* Chunks overlap by one pattern's length, so that nothing hides on a border. */
static size_t
look_range(int pid, int mem, const struct pattern *v, size_t count, uint64_t from, uint64_t to,
    const char *what)
{
	static uint8_t chunk[CHUNK + BYTES_MAX];
	size_t hits = 0;

	for (uint64_t at = from; at < to; at += CHUNK) {
		size_t want = to - at < sizeof(chunk) ? (size_t)(to - at) : sizeof(chunk);
		ssize_t n = pread(mem, chunk, want, (off_t)at);

		if (n > 0)
			hits += look(pid, v, count, at, chunk, (size_t)n, what);
	}
	return hits;
}

static size_t
look_process(int pid, const struct pattern *v, size_t count)
{
	char path[64], line[512], perm[8], what[256];
	unsigned long long from, to;
	size_t hits = 0, ranges = 0;
	FILE *maps;
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	if (mem < 0 || maps == NULL) {
		fprintf(stderr, "memgrep: the memory of %d cannot be read\n", pid);
		exit(2);
	}
	while (fgets(line, sizeof(line), maps) != NULL) {
		what[0] = '\0';
		if (sscanf(line, "%llx-%llx %7s %*s %*s %*s %255[^\n]", &from, &to, perm, what) < 3)
			continue;
		if (perm[0] != 'r' || strstr(what, "[v") != NULL)
			continue;
		ranges++;
		hits += look_range(pid, mem, v, count, from, to, what[0] != '\0' ? what : "memory");
	}
	if (ranges == 0)
		exit(2);
	fclose(maps);
	close(mem);
	return hits;
}

int
main(int argc, char **argv)
{
	static struct pattern v[PATTERNS_MAX];
	size_t count = read_patterns(v), hits = 0;

	if (argc < 2 || count == 0) {
		fprintf(stderr, "usage: memgrep PID... <patterns\n");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		hits += look_process(atoi(argv[i]), v, count);
	return hits > 0 ? 0 : 1;
}
