#ifndef CARDINAL_TESTS_IMAGE_DISK_H
#define CARDINAL_TESTS_IMAGE_DISK_H

#include <sys/types.h>

#include "tests/unit/suite.h"

enum { DISK_PULLED = 42, DISK_OLD = 1000, DISK_NEW = 1500 };

/*
 * Where a test has its image, and the calls that reach the disk: the linker turns them to here
 * (--wrap). They count what may last, note it by a letter, and fail or end the process with
 * DISK_PULLED at the n-th. One test at a time.
 */
extern struct disk {
	struct disk_steps {
		unsigned done, at;	/* at 0: never */
		int error;		/* errno from that call on, or 0: the plug is pulled there */
		char log[64];
	} steps;
	char dir[SUITE_DIR_MAX], path[128], beside[160];
} disk;

extern const unsigned char disk_old[DISK_OLD], disk_new[DISK_NEW];

/* All calls work from now on; those from the at-th on fail. */
void disk_sound(void);
void disk_arm(unsigned at, int error);
/* A directory, sound, without a file; end asserts that nothing else is left in it. */
void disk_begin(void);
void disk_end(void);

/* How many descriptors are open: the same before and after, or one has leaked. */
int disk_fds(void);
/* Puts a file there, past the counting. */
void disk_put(const char *name, const void *, size_t n, mode_t mode);
/* 'o' or 'n' for the whole old or new content, '-' for no file, '?' for anything else. */
char disk_content(void);

#endif
