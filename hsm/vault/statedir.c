#include "hsm/vault/statedir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"

enum { FLAGS = O_CLOEXEC | O_NOFOLLOW };

static const char key_name[] = "device.key", new_key_name[] = "device.key.new";

static int
os_error(void)
{
	return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERR_FULL : ERR_IO;
}

int
statedir_open(struct statedir *d, const char *path)
{
	struct stat st;

	d->dir = d->lock = -1;
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return os_error();
	if ((d->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    fstat(d->dir, &st) != 0)
		return os_error();
	/* Who may write here puts another state in the place of this one, files of any mode. */
	if ((st.st_mode & 022) != 0)
		return ERR_DENIED;
	if ((d->lock = openat(d->dir, "lock", O_RDWR | O_CREAT | FLAGS, 0600)) < 0)
		return os_error();
	/* Held by the open file, so that a daemon that was killed leaves none behind. */
	if (flock(d->lock, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO;
	return 0;
}

void
statedir_close(struct statedir *d)
{
	if (d->lock >= 0)
		close(d->lock);
	if (d->dir >= 0)
		close(d->dir);
	d->dir = d->lock = -1;
}

int
statedir_touch(struct statedir *d, const char *name)
{
	int fd = openat(d->dir, name, O_RDWR | O_CREAT | FLAGS, 0600), r = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		r = os_error();
	else if ((st.st_mode & 077) != 0)
		r = ERR_DENIED;
	else if (fsync(d->dir) != 0)
		r = os_error();
	if (fd >= 0)
		close(fd);
	return r;
}

int
statedir_key_load(struct statedir *d, struct seal_key *key)
{
	uint8_t more;
	struct stat st;
	int fd, r = ERR_IO;

	OPENSSL_cleanse(key, sizeof(*key));
	if ((fd = openat(d->dir, key_name, O_RDONLY | FLAGS)) < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	if (fstat(fd, &st) != 0)
		goto out;
	if ((st.st_mode & 077) != 0) {
		r = ERR_DENIED;
		goto out;
	}
	r = read(fd, key->key, sizeof(key->key)) == (ssize_t)sizeof(key->key) &&
	    read(fd, &more, 1) == 0 ? 0 : ERR_FORMAT;
out:
	if (r != 0)
		OPENSSL_cleanse(key, sizeof(*key));
	close(fd);
	return r;
}

static int
write_key(int fd, const struct seal_key *key)
{
	if (write(fd, key->key, sizeof(key->key)) != (ssize_t)sizeof(key->key) || fsync(fd) != 0)
		return os_error();
	return 0;
}

/* Before its place is taken: a disk may keep the blocks of a file that has lost its name. */
static void
overwrite_old(struct statedir *d)
{
	static const struct seal_key zero;
	int fd = openat(d->dir, key_name, O_WRONLY | FLAGS);

	if (fd < 0)
		return;
	/* The new key takes over whether this works or not. */
	(void)write_key(fd, &zero);
	close(fd);
}

int
statedir_key_make(struct statedir *d, struct seal_key *key)
{
	int fd = -1, r;

	if (RAND_priv_bytes(key->key, sizeof(key->key)) != 1) {
		r = ERR_CRYPTO;
		goto out;
	}
	/* Left over by a daemon that was killed here; nothing is sealed by it. */
	unlinkat(d->dir, new_key_name, 0);
	if ((fd = openat(d->dir, new_key_name, O_WRONLY | O_CREAT | O_EXCL | FLAGS, 0600)) < 0) {
		r = os_error();
		goto out;
	}
	if ((r = write_key(fd, key)) != 0)
		goto out;
	overwrite_old(d);
	if (renameat(d->dir, new_key_name, d->dir, key_name) != 0 || fsync(d->dir) != 0)
		r = os_error();
out:
	if (fd >= 0)
		close(fd);
	if (r != 0)
		OPENSSL_cleanse(key, sizeof(*key));
	return r;
}
