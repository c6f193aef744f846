#include "tests/unit/image_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "card-os/image.h"
#include "card-os/iso7816/err.h"

struct disk disk;

const unsigned char disk_old[DISK_OLD] = { 'o', 'l', 'd' }, disk_new[DISK_NEW] = { 'n', 'e', 'w' };

int __real_open(const char *, int, ...);
int __real_fchmod(int, mode_t);
int __real_ftruncate(int, off_t);
ssize_t __real_write(int, const void *, size_t);
int __real_fsync(int);
int __real_rename(const char *, const char *);
int __real_renameat2(int, const char *, int, const char *, unsigned);
int __wrap_open(const char *, int, ...);
int __wrap_fchmod(int, mode_t);
int __wrap_ftruncate(int, off_t);
ssize_t __wrap_write(int, const void *, size_t);
int __wrap_fsync(int);
int __wrap_rename(const char *, const char *);
int __wrap_renameat2(int, const char *, int, const char *, unsigned);

/* 1 when this call fails. */
static int
fails(char what)
{
	if (disk.steps.done < sizeof(disk.steps.log) - 1)
		disk.steps.log[disk.steps.done] = what;
	if (disk.steps.at == 0 || ++disk.steps.done < disk.steps.at)
		return 0;
	if (disk.steps.error == 0)
		_exit(DISK_PULLED);
	errno = disk.steps.error;
	return 1;
}

int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return fails('o') ? -1 : __real_open(path, flags, mode);
}

int
__wrap_fchmod(int fd, mode_t mode)
{
	return fails('m') ? -1 : __real_fchmod(fd, mode);
}

int
__wrap_ftruncate(int fd, off_t n)
{
	return fails('t') ? -1 : __real_ftruncate(fd, n);
}

ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	/* A write that is torn, and one that is short. */
	if (disk.steps.at != 0 && disk.steps.done + 1 == disk.steps.at)
		__real_write(fd, p, n / 2);
	return fails('w') ? -1 : __real_write(fd, p, n > 7 ? n - n / 3 : n);
}

int
__wrap_fsync(int fd)
{
	return fails('s') ? -1 : __real_fsync(fd);
}

int
__wrap_rename(const char *from, const char *to)
{
	return fails('r') ? -1 : __real_rename(from, to);
}

int
__wrap_renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	return fails('r') ? -1 : __real_renameat2(a, from, b, to, flags);
}

void
disk_sound(void)
{
	memset(&disk.steps, 0, sizeof(disk.steps));
}

void
disk_arm(unsigned at, int error)
{
	disk_sound();
	disk.steps.at = at;
	disk.steps.error = error;
}

void
disk_begin(void)
{
	disk_sound();
	suite_dir(disk.dir);
	snprintf(disk.path, sizeof(disk.path), "%s/alice.card", disk.dir);
	snprintf(disk.beside, sizeof(disk.beside), "%s.new", disk.path);
}

void
disk_end(void)
{
	disk_sound();
	unlink(disk.path);
	unlink(disk.beside);
	CU_ASSERT_EQUAL(rmdir(disk.dir), 0);
}

int
disk_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

void
disk_put(const char *name, const void *p, size_t n, mode_t mode)
{
	int fd = __real_open(name, O_WRONLY | O_CREAT | O_TRUNC, mode);

	if (fd < 0 || __real_write(fd, p, n) != (ssize_t)n || __real_fchmod(fd, mode) != 0)
		abort();
	close(fd);
}

char
disk_content(void)
{
	uint8_t got[4000];
	struct image im;
	size_t n = 0;
	int r;

	r = image_open(&im, disk.path);
	if (r == ERR_NOT_FOUND)
		return '-';
	if (r != 0 || image_read(&im, got, sizeof(got), &n) != 0)
		n = 0;
	image_close(&im);
	if (n == sizeof(disk_old) && memcmp(got, disk_old, n) == 0)
		return 'o';
	return n == sizeof(disk_new) && memcmp(got, disk_new, n) == 0 ? 'n' : '?';
}
