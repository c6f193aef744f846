#include "simulator/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"

enum { BACKLOG = 16 };

int
listen_lock(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0 && flock(fd, LOCK_EX) != 0)
		if (errno != EINTR) {
			close(fd);
			return -1;
		}
	return fd;
}

static int
somebody_listens(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), r;

	if (fd < 0)
		return 1;
	/* A full queue is somebody, too. */
	r = connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 || errno == EAGAIN;
	close(fd);
	return r;
}

static int
bind_at(int fd, const struct sockaddr_un *a)
{
	mode_t was = umask(0117);
	int r = bind(fd, (const struct sockaddr *)a, sizeof(*a)), e = errno;

	umask(was);
	errno = e;
	return r;
}

int
listen_at(const char *path, int *out)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const struct group *group;
	struct stat st;
	int fd, e;

	*out = -1;
	if (strlen(path) >= sizeof(a.sun_path))
		return ERR_SIZE;
	memcpy(a.sun_path, path, strlen(path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return ERR_IO;
	if (bind_at(fd, &a) != 0) {
		if (errno != EADDRINUSE)
			goto fail;
		/* Only a socket is ever taken away. */
		if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode)) {
			errno = EEXIST;
			goto fail;
		}
		if (somebody_listens(&a)) {
			close(fd);
			return ERR_BUSY;
		}
		if (unlink(path) != 0 || bind_at(fd, &a) != 0)
			goto fail;
	}
	/* Best effort: without the group, the owner alone can use it. */
	if ((group = getgrnam("cardinal")) != NULL && lchown(path, (uid_t)-1, group->gr_gid) != 0)
		errno = 0;
	if (listen(fd, BACKLOG) != 0)
		goto fail;
	*out = fd;
	return 0;
fail:
	e = errno;
	close(fd);
	errno = e;
	return e == EACCES || e == EPERM || e == EROFS ? ERR_DENIED : ERR_IO;
}
