/*
 * memgrep PID|FILE... <PATTERNS: looks for byte patterns in the whole memory of processes, the
 * secure heap included, and in files. A line of standard input is "NAME HEX". Prints "WHERE NAME
 * at OFFSET in MAPPING" for each hit, never the bytes; exit 0 when there was one, 1 when there was none, 2 when something
 * could not be read. The patterns are not on the command line, so that they are not found there.
 */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Under four bytes chance would find it. */
enum { PATTERNS_MAX = 4096, SHORTEST = 4, BYTES_MAX = 256, CHUNK = 1 << 20, HASHES = 1 << 16 };

struct pattern {
	char name[64];
	uint8_t bytes[BYTES_MAX];
	size_t n;
};

struct grep {
	struct pattern v[PATTERNS_MAX];
	size_t count;
	/* The patterns by the hash of their first four bytes: numbers from 1, 0 ends a list. */
	uint16_t first[HASHES], next[PATTERNS_MAX];
	uint8_t chunk[CHUNK + BYTES_MAX];
	size_t hits;
};

static uint16_t
hash(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return (uint16_t)(v * 2654435761u >> 16);
}

static _Noreturn void
fail(const char *what, const char *which)
{
	fprintf(stderr, "memgrep: %s%s\n", what, which);
	exit(2);
}

static void
read_patterns(struct grep *g)
{
	char line[64 + 2 * BYTES_MAX + 8], text[2 * BYTES_MAX + 1];
	unsigned b;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct pattern *p = &g->v[g->count];

		if (g->count == PATTERNS_MAX)
			fail("too many patterns", "");
		if (sscanf(line, "%63s %512[0-9a-fA-F]", p->name, text) != 2)
			fail("not a pattern: ", line);
		for (p->n = 0; p->n < strlen(text) / 2; p->n++) {
			if (sscanf(text + 2 * p->n, "%2x", &b) != 1)
				fail("not a pattern: ", p->name);
			p->bytes[p->n] = (uint8_t)b;
		}
		if (p->n < SHORTEST)
			fail("too short: ", p->name);
		g->next[g->count] = g->first[hash(p->bytes)];
		g->first[hash(p->bytes)] = (uint16_t)++g->count;
	}
}

/* Hits that begin in the first `own` bytes; the rest is the next chunk's. */
static void
look(struct grep *g, const char *who, uint64_t at, size_t own, size_t n, const char *what)
{
	for (size_t i = 0; i < own && i + SHORTEST <= n; i++) {
		for (uint16_t j = g->first[hash(g->chunk + i)]; j != 0; j = g->next[j - 1]) {
			const struct pattern *p = &g->v[j - 1];

			if (p->n > n - i || memcmp(p->bytes, g->chunk + i, p->n) != 0)
				continue;
			printf("%s %s at %llx%s%s\n", who, p->name, (unsigned long long)(at + i),
			    *what != '\0' ? " in " : "", what);
			g->hits++;
		}
	}
}

/* Chunks overlap by one pattern's length, so that nothing hides on a border. What was read. */
static uint64_t
look_range(struct grep *g, const char *who, int fd, uint64_t from, uint64_t to, const char *what)
{
	uint64_t at;
	size_t want;
	ssize_t n;

	for (at = from; at < to; at += CHUNK) {
		want = to - at < sizeof(g->chunk) ? (size_t)(to - at) : sizeof(g->chunk);
		if ((n = pread(fd, g->chunk, want, (off_t)at)) <= 0)
			break;
		look(g, who, at, (size_t)n < CHUNK ? (size_t)n : CHUNK, (size_t)n, what);
		if ((size_t)n < want)
			return at + (uint64_t)n - from;
	}
	return (at < to ? at : to) - from;
}

static void
look_file(struct grep *g, const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("cannot read ", path);
	look_range(g, path, fd, 0, UINT64_MAX - sizeof(g->chunk), "");
	close(fd);
}

static void
look_process(struct grep *g, const char *pid)
{
	char path[64], line[512], perm[8], what[256];
	unsigned long long from, to, inode;
	size_t ranges = 0;
	FILE *maps;
	int mem;

	snprintf(path, sizeof(path), "/proc/%.16s/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%.16s/maps", pid);
	maps = fopen(path, "re");
	if (mem < 0 || maps == NULL)
		fail("may not read the memory of ", pid);
	while (fgets(line, sizeof(line), maps) != NULL) {
		what[0] = '\0';
		if (sscanf(line, "%llx-%llx %7s %*s %*s %llu %255[^\n]", &from, &to, perm,
		    &inode, what) < 4)
			fail("cannot understand the maps of ", pid);
		/* No access: guards. The kernel's own pages cannot be read that way. */
		if (perm[0] != 'r' || strncmp(what, "[v", 2) == 0)
			continue;
		if (what[0] == '\0')
			snprintf(what, sizeof(what), "%llx-%llx", from, to);
		/* A mapped file may be shorter than its mapping. */
		if (look_range(g, pid, mem, from, to, what) != to - from && inode == 0)
			fail("cannot read all memory of ", pid);
		ranges++;
	}
	if (ranges == 0)
		fail("no memory in ", pid);
	fclose(maps);
	close(mem);
}

int
main(int argc, char **argv)
{
	static struct grep g;

	read_patterns(&g);
	if (argc < 2 || g.count == 0) {
		fprintf(stderr, "usage: memgrep PID|FILE... <patterns\n");
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		if (argv[i][strspn(argv[i], "0123456789")] == '\0')
			look_process(&g, argv[i]);
		else
			look_file(&g, argv[i]);
	}
	return g.hits > 0 ? 0 : 1;
}
