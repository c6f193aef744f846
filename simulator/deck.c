#include "simulator/deck.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"

#define SUFFIX ".card"
enum { SUFFIX_LEN = sizeof(SUFFIX) - 1 };

static int
error_of(int e)
{
	switch (e) {
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_DENIED;
	case ENOSPC:
	case EDQUOT:
		return ERR_FULL;
	default:
		return ERR_IO;
	}
}

int
deck_init(struct deck *d, const char *dir)
{
	const char *state = getenv("CARDINAL_STATE"), *below = "";
	int n;

	if (dir == NULL)
		dir = getenv("CARDINAL_CARDS");
	if (dir == NULL || *dir == '\0') {
		dir = state != NULL && *state != '\0' ? state : "/var/lib/cardinal";
		below = "/cards";
	}
	n = snprintf(d->dir, sizeof(d->dir), "%s%s", dir, below);
	return n < 0 || n >= (int)sizeof(d->dir) ? ERR_SIZE : 0;
}

int
deck_name_fits(const char *name)
{
	static const char chars[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strlen(name);

	return n > 0 && n <= SLOT_NAME_MAX && name[0] != '.' && strspn(name, chars) == n;
}

static int
path_of(const struct deck *d, const char *name, const char *suffix, char path[IMAGE_PATH_MAX])
{
	int n = snprintf(path, IMAGE_PATH_MAX, "%s/%s%s", d->dir, name, suffix);

	return n < 0 || n >= IMAGE_PATH_MAX ? ERR_SIZE : 0;
}

int
deck_path(const struct deck *d, const char *name, char path[IMAGE_PATH_MAX])
{
	return deck_name_fits(name) ? path_of(d, name, SUFFIX, path) : ERR_ARG;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
add_name(struct deck_names *names, const char *file)
{
	char name[SLOT_NAME_MAX + 1];
	size_t n = strlen(file);

	if (n <= SUFFIX_LEN || n - SUFFIX_LEN > SLOT_NAME_MAX ||
	    strcmp(file + n - SUFFIX_LEN, SUFFIX) != 0)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)(n - SUFFIX_LEN), file);
	if (!deck_name_fits(name))
		return;
	if (names->n == DECK_CARDS_MAX)
		names->more = 1;
	else
		memcpy(names->v[names->n++], name, sizeof(name));
}

int
deck_names(const struct deck *d, struct deck_names *names)
{
	const struct dirent *e;
	DIR *dir = opendir(d->dir);

	memset(names, 0, sizeof(*names));
	if (dir == NULL)
		return errno == ENOENT ? 0 : error_of(errno);
	while ((e = readdir(dir)) != NULL)
		add_name(names, e->d_name);
	closedir(dir);
	qsort(names->v, names->n, sizeof(names->v[0]), by_name);
	return 0;
}

/* The directory with all above it: 0, or an error of the last one. */
static int
make_dirs(const struct deck *d)
{
	char path[DECK_DIR_MAX];

	memcpy(path, d->dir, sizeof(path));
	for (char *p = path + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
	return mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : error_of(errno);
}

/* One maker at a time: makes the directory and locks it. The descriptor, or an error. */
static int
lock_dir(const struct deck *d)
{
	int fd, r;

	if ((r = make_dirs(d)) != 0)
		return r;
	if ((fd = open(d->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return error_of(errno);
	while (flock(fd, LOCK_EX) != 0)
		if (errno != EINTR) {
			close(fd);
			return ERR_IO;
		}
	return fd;
}

static int
read_text(const char *path, char text[FACTORY_PEM_MAX])
{
	int r = 0, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return error_of(errno);
	n = read(fd, text, FACTORY_PEM_MAX);
	if (n < 0)
		r = ERR_IO;
	else if (n == FACTORY_PEM_MAX)
		r = ERR_SIZE;
	else
		text[n] = '\0';
	close(fd);
	return r;
}

/* Makes a whole file appear at once. */
static int
write_text(const char *path, const char *text, mode_t mode)
{
	char next[IMAGE_PATH_MAX + 4];
	size_t n = strlen(text);
	int fd, r = 0;

	snprintf(next, sizeof(next), "%s.new", path);
	unlink(next);
	if ((fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)) < 0)
		return error_of(errno);
	/* The umask has no say in who may read a certificate. */
	if (fchmod(fd, mode) != 0 || write(fd, text, n) != (ssize_t)n || fsync(fd) != 0)
		r = error_of(errno);
	close(fd);
	if (r == 0 && rename(next, path) != 0)
		r = error_of(errno);
	if (r != 0)
		unlink(next);
	return r;
}

/* With the directory locked. The caller wipes the key. */
static int
load_issuer(const struct deck *d, uint64_t now, char cert[FACTORY_PEM_MAX],
    char key[FACTORY_PEM_MAX])
{
	char cert_path[IMAGE_PATH_MAX], key_path[IMAGE_PATH_MAX];
	int r, c, k;

	if ((r = path_of(d, "issuer", ".pem", cert_path)) != 0 ||
	    (r = path_of(d, "issuer", ".key", key_path)) != 0)
		return r;
	c = read_text(cert_path, cert);
	k = read_text(key_path, key);
	if (c == 0 && k == 0)
		return 0;
	if (c != 0 && c != ERR_NOT_FOUND)
		return c;
	if (k != 0 && k != ERR_NOT_FOUND)
		return k;
	/* One without the other: a new pair would make strangers of the cards there are. */
	if (c == 0 || k == 0)
		return ERR_NOT_NOW;
	if ((r = factory_issuer(cert, key, now)) != 0 ||
	    (r = write_text(key_path, key, 0600)) != 0)
		return r;
	if ((r = write_text(cert_path, cert, 0644)) != 0)
		unlink(key_path);
	return r;
}

int
deck_issuer(const struct deck *d, uint64_t now, char path[IMAGE_PATH_MAX])
{
	char cert[FACTORY_PEM_MAX], key[FACTORY_PEM_MAX] = "";
	int r, lock = lock_dir(d);

	if (lock < 0)
		return lock;
	if ((r = load_issuer(d, now, cert, key)) == 0)
		r = path_of(d, "issuer", ".pem", path);
	OPENSSL_cleanse(key, sizeof(key));
	close(lock);
	return r;
}

int
deck_make(const struct deck *d, const char *name, const char *profile, uint64_t now)
{
	char path[IMAGE_PATH_MAX], cert[FACTORY_PEM_MAX], key[FACTORY_PEM_MAX] = "";
	uint8_t image[CARD_IMAGE_MAX];
	struct card_data data = { 0 };
	struct wr wr;
	int r, lock;

	if ((r = deck_path(d, name, path)) != 0)
		return r;
	if ((lock = lock_dir(d)) < 0)
		return lock;
	wr_init(&wr, image, sizeof(image));
	if (access(path, F_OK) == 0) {
		r = ERR_EXISTS;
		goto out;
	}
	if ((r = load_issuer(d, now, cert, key)) != 0 ||
	    (r = factory_card(&data, profile, cert, key, now)) != 0 ||
	    (r = card_data_encode(&data, &wr)) != 0)
		goto out;
	r = image_create(path, image, wr.n);
out:
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(&data, sizeof(data));
	OPENSSL_cleanse(image, sizeof(image));
	close(lock);
	return r;
}

int
deck_read(const struct deck *d, const char *name, struct card_data *data)
{
	struct image file = { .fd = -1 };
	uint8_t image[CARD_IMAGE_MAX];
	size_t n;
	int r;

	if ((r = deck_path(d, name, file.path)) != 0)
		return r;
	/* Without image_open's lock, which a pad may hold: cards are replaced whole. */
	if ((file.fd = open(file.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return error_of(errno);
	if ((r = image_read(&file, image, sizeof(image), &n)) == 0)
		r = card_data_decode(image, n, data);
	OPENSSL_cleanse(image, sizeof(image));
	close(file.fd);
	return r;
}

int
deck_delete(const struct deck *d, const char *name)
{
	char path[IMAGE_PATH_MAX];
	struct image file;
	int r;

	if ((r = deck_path(d, name, path)) != 0 || (r = image_open(&file, path)) != 0)
		return r;
	r = unlink(path) == 0 ? 0 : error_of(errno);
	image_close(&file);
	return r;
}
