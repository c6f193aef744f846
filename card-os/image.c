#include "card-os/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"

/* Beside the card while it is written; what a crash leaves there is taken over. */
#define NEXT ".new"

enum { MODE = 0600, OPEN = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, ATTEMPTS = 16 };

static int
error_of(int e)
{
	static const struct {
		int is, means;
	} table[] = {
		{ ENOENT, ERR_NOT_FOUND },
		{ EEXIST, ERR_EXISTS },
		{ EWOULDBLOCK, ERR_BUSY },
		{ EACCES, ERR_DENIED },
		{ EPERM, ERR_DENIED },
		{ EROFS, ERR_DENIED },
		{ ELOOP, ERR_DENIED },
		{ EISDIR, ERR_DENIED },
		{ ENXIO, ERR_DENIED },
		{ ENOSPC, ERR_FULL },
		{ EDQUOT, ERR_FULL },
		{ EFBIG, ERR_FULL },
		{ ENAMETOOLONG, ERR_SIZE },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].is == e)
			return table[i].means;
	return ERR_IO;
}

static int
set_path(char out[IMAGE_PATH_MAX], const char *path, const char *suffix)
{
	int n = snprintf(out, IMAGE_PATH_MAX, "%s%s", path, suffix);

	return n < 0 || n >= IMAGE_PATH_MAX ? ERR_SIZE : 0;
}

/* Whether the path still names what was opened: 1, 0, or an error. */
static int
is_at(int fd, const char *path)
{
	struct stat f, p;

	if (fstat(fd, &f) != 0)
		return error_of(errno);
	if (!S_ISREG(f.st_mode))
		return ERR_DENIED;
	if (lstat(path, &p) != 0)
		return errno == ENOENT ? 0 : error_of(errno);
	return f.st_dev == p.st_dev && f.st_ino == p.st_ino;
}

/*
 * Opens and locks what the path names. Whoever saves puts another file there, so
 * between opening and locking the name may have moved on: then once more.
 */
static int
open_locked(const char *path, int flags, int *out)
{
	int fd, r;

	for (int i = 0; i < ATTEMPTS; i++) {
		if ((fd = open(path, OPEN | flags, MODE)) < 0)
			return error_of(errno);
		r = is_at(fd, path);
		if (r == 1)
			r = flock(fd, LOCK_EX | LOCK_NB) != 0 ? error_of(errno) : is_at(fd, path);
		if (r == 1) {
			*out = fd;
			return 0;
		}
		close(fd);
		if (r < 0)
			return r;
	}
	return ERR_BUSY;
}

static int
write_all(int fd, const uint8_t *p, size_t n)
{
	ssize_t w;

	while (n > 0) {
		if ((w = write(fd, p, n)) < 0) {
			if (errno == EINTR)
				continue;
			return error_of(errno);
		}
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static int
sync_directory(const char *path)
{
	char dir[IMAGE_PATH_MAX];
	char *slash;
	int fd, r = 0;

	snprintf(dir, sizeof(dir), "%s", path);
	if ((slash = strrchr(dir, '/')) == NULL)
		snprintf(dir, sizeof(dir), ".");
	else
		slash[slash == dir] = '\0';
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return error_of(errno);
	if (fsync(fd) != 0)
		r = error_of(errno);
	close(fd);
	return r;
}

/* A file of that content beside the path, locked, on disk; *fd is closed on an error. */
static int
write_beside(const char *next, const uint8_t *p, size_t n, int *fd)
{
	int r;

	if ((r = open_locked(next, O_CREAT, fd)) != 0)
		return r;
	if (fchmod(*fd, MODE) != 0 || ftruncate(*fd, 0) != 0)
		r = error_of(errno);
	if (r == 0 && (r = write_all(*fd, p, n)) == 0 && fsync(*fd) != 0)
		r = error_of(errno);
	if (r == 0)
		return 0;
	unlink(next);
	close(*fd);
	*fd = -1;
	return r;
}

/* Some file systems know no rename that spares what is there; then there is a gap. */
static int
rename_to_nothing(const char *from, const char *to)
{
	struct stat st;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return error_of(errno);
	if (lstat(to, &st) == 0)
		return ERR_EXISTS;
	return rename(from, to) == 0 ? 0 : error_of(errno);
}

int
image_open(struct image *im, const char *path)
{
	int r;

	im->fd = -1;
	if ((r = set_path(im->path, path, "")) != 0)
		return r;
	return open_locked(im->path, 0, &im->fd);
}

int
image_read(struct image *im, uint8_t *p, size_t cap, size_t *n)
{
	uint8_t more;
	ssize_t got;

	*n = 0;
	for (;;) {
		if (*n == cap)
			got = pread(im->fd, &more, 1, (off_t)*n);
		else
			got = pread(im->fd, p + *n, cap - *n, (off_t)*n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0 ? 0 : error_of(errno);
		if (*n == cap)
			return ERR_SIZE;
		*n += (size_t)got;
	}
}

int
image_save(struct image *im, const uint8_t *p, size_t n)
{
	char next[IMAGE_PATH_MAX];
	int fd, r;

	if ((r = set_path(next, im->path, NEXT)) != 0 || (r = write_beside(next, p, n, &fd)) != 0)
		return r;
	/* The new file is locked already, so the name is never without a lock. */
	if (rename(next, im->path) != 0) {
		r = error_of(errno);
		unlink(next);
		close(fd);
		return r;
	}
	close(im->fd);
	im->fd = fd;
	return sync_directory(im->path);
}

int
image_create(const char *path, const uint8_t *p, size_t n)
{
	char next[IMAGE_PATH_MAX];
	int fd, r;

	if ((r = set_path(next, path, NEXT)) != 0 || (r = write_beside(next, p, n, &fd)) != 0)
		return r;
	if ((r = rename_to_nothing(next, path)) != 0)
		unlink(next);
	else
		r = sync_directory(path);
	close(fd);
	return r;
}

void
image_close(struct image *im)
{
	if (im->fd >= 0)
		close(im->fd);
	im->fd = -1;
}
