#include "tests/unit/power_disk.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

enum { PIECE = 1500, MODE = 0600, PATH = 200 };

struct content {
	size_t n;
	uint8_t p[CARD_IMAGE_MAX];
};

static struct {
	struct power_cut cut;
	struct power_log *log;		/* NULL: the disk is an ordinary one */
	char path[PATH], beside[PATH];
	int fd;				/* of the file beside */
	int data_open, name_open, renamed;
	struct content durable;		/* of the file beside, whatever its name is now */
	struct content old;		/* what had the name before */
} m = { .fd = -1 };

int __real_open(const char *, int, ...);
int __real_fchmod(int, mode_t);
int __real_ftruncate(int, off_t);
ssize_t __real_write(int, const void *, size_t);
int __real_fsync(int);
int __real_rename(const char *, const char *);
int __real_PKCS5_PBKDF2_HMAC(const char *, int, const unsigned char *, int, int, const EVP_MD *,
    int, unsigned char *);
int __wrap_open(const char *, int, ...);
int __wrap_fchmod(int, mode_t);
int __wrap_ftruncate(int, off_t);
ssize_t __wrap_write(int, const void *, size_t);
int __wrap_fsync(int);
int __wrap_rename(const char *, const char *);
int __wrap_PKCS5_PBKDF2_HMAC(const char *, int, const unsigned char *, int, int, const EVP_MD *,
    int, unsigned char *);

static void
get(const char *path, struct content *c)
{
	int fd = __real_open(path, O_RDONLY);
	ssize_t n;

	c->n = 0;
	if (fd < 0)
		return;
	if ((n = read(fd, c->p, sizeof(c->p))) < 0)
		abort();
	c->n = (size_t)n;
	close(fd);
}

static void
put(const char *path, const struct content *c)
{
	int fd = __real_open(path, O_WRONLY | O_CREAT | O_TRUNC, MODE);

	if (fd < 0 || __real_write(fd, c->p, c->n) != (ssize_t)c->n)
		abort();
	close(fd);
}

static void
lose_power(void)
{
	static struct content now;
	const char *at = m.renamed ? m.path : m.beside;

	get(at, &now);
	if (m.data_open && m.cut.data == DATA_LOST)
		now = m.durable;
	if (m.data_open && m.cut.data == DATA_TORN)
		memset(now.p + now.n / 2, 0, now.n - now.n / 2);
	if (m.data_open && m.cut.data != DATA_KEPT)
		put(at, &now);
	if (m.name_open && m.cut.name == NAME_LOST) {
		put(m.beside, &now);
		put(m.path, &m.old);
	}
	_exit(POWER_LOST);
}

/* 1 when half of it is to be done before the power goes. */
static int
step(char what)
{
	struct power_log *log = m.log;

	if (log == NULL)
		return 0;
	if (log->steps == POWER_STEPS)
		abort();
	log->step[log->steps] = what;
	log->data_open[log->steps] = m.data_open;
	log->name_open[log->steps] = m.name_open;
	log->steps++;
	if (log->steps != m.cut.at)
		return 0;
	if (m.cut.half)
		return 1;
	lose_power();
	return 0;
}

void
power_step(char what)
{
	step(what);
}

void
power_arm(const struct power_cut *cut, struct power_log *log, const char *path)
{
	memset(&m, 0, sizeof(m));
	m.fd = -1;
	m.cut = *cut;
	m.log = log;
	snprintf(m.path, sizeof(m.path), "%s", path);
	snprintf(m.beside, sizeof(m.beside), "%s.new", path);
}

int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;
	int fd;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	step(POWER_OPEN);
	fd = __real_open(path, flags, mode);
	if (m.log != NULL && strcmp(path, m.beside) == 0) {
		m.fd = fd;
		m.renamed = 0;
		get(path, &m.durable);
	}
	return fd;
}

int
__wrap_fchmod(int fd, mode_t mode)
{
	step(POWER_MODE);
	return __real_fchmod(fd, mode);
}

int
__wrap_ftruncate(int fd, off_t n)
{
	step(POWER_TRUNCATE);
	m.data_open |= fd == m.fd;
	return __real_ftruncate(fd, n);
}

ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	if (m.log == NULL || fd != m.fd)
		return __real_write(fd, p, n);
	if (n > PIECE)
		n = PIECE;
	if (step(POWER_WRITE)) {
		m.data_open = 1;
		__real_write(fd, p, n / 2);
		lose_power();
	}
	m.data_open = 1;
	return __real_write(fd, p, n);
}

/* Nobody pulls this machine's plug, so what is synced is noted only. */
int
__wrap_fsync(int fd)
{
	if (m.log == NULL)
		return __real_fsync(fd);
	if (fd == m.fd) {
		step(POWER_SYNC);
		get(m.renamed ? m.path : m.beside, &m.durable);
		m.data_open = 0;
	} else {
		step(POWER_SYNC_DIR);
		m.name_open = 0;
	}
	return 0;
}

int
__wrap_rename(const char *from, const char *to)
{
	if (m.log == NULL)
		return __real_rename(from, to);
	step(POWER_RENAME);
	get(to, &m.old);
	m.name_open = m.renamed = 1;
	return __real_rename(from, to);
}

/* One turn in place of thousands: when it is done is what counts here. */
int
__wrap_PKCS5_PBKDF2_HMAC(const char *p, int n, const unsigned char *salt, int salt_n, int turns,
    const EVP_MD *md, int out_n, unsigned char *out)
{
	(void)turns;
	step(POWER_COMPARE);
	if (m.log != NULL)
		m.log->compared++;
	return __real_PKCS5_PBKDF2_HMAC(p, n, salt, salt_n, 1, md, out_n, out);
}
