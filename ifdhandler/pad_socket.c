#include "ifdhandler/pad_socket.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/clock.h"

enum {
	/* A pad makes its socket before it listens; it is called soon again, then less often. */
	SOON_MS = 5,
	RETRY_MS = 250,
	/* A pad may hang between the two, or the directory be hidden by another. */
	SELDOM_MS = 10000,
	SOON_MISSES = 6,	/* each twice as long as the last: 310 ms in all */
	RETRY_MISSES = 14,
};

int
pad_socket_init(struct pad_socket *s, const char *path)
{
	memset(s, 0, sizeof(*s));
	s->changes = s->directory = -1;
	if (strlen(path) >= sizeof(s->address.sun_path))
		return ERR_SIZE;
	s->address.sun_family = AF_UNIX;
	memcpy(s->address.sun_path, path, strlen(path) + 1);
	s->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return 0;
}

void
pad_socket_free(struct pad_socket *s)
{
	if (s->changes >= 0)
		close(s->changes);
	s->changes = -1;
}

static void
unwatch(struct pad_socket *s)
{
	if (s->directory >= 0)
		(void)inotify_rm_watch(s->changes, s->directory);
	s->directory = -1;
}

/* Each time: it costs little, and the directory may be another, or have come just now. */
static void
watch(struct pad_socket *s)
{
	const int was = s->directory;
	char dir[sizeof(s->address.sun_path)];
	char *slash;

	if (s->changes < 0)
		return;
	memcpy(dir, s->address.sun_path, sizeof(dir));
	if ((slash = strrchr(dir, '/')) == NULL)
		memcpy(dir, ".", 2);
	else
		slash[slash == dir ? 1 : 0] = '\0';
	s->directory = inotify_add_watch(s->changes, dir,
	    IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_MOVE_SELF | IN_ONLYDIR);
	if (was >= 0 && was != s->directory)
		(void)inotify_rm_watch(s->changes, was);
}

static int
why(int e)
{
	switch (e) {
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
		return ERR_DENIED;
	case ECONNREFUSED:
	case EAGAIN:
		return ERR_READER_GONE;
	default:
		return ERR_IO;
	}
}

int
pad_socket_call(struct pad_socket *s)
{
	int fd, e;

	/* Before the call, or what came in between would be missed. */
	watch(s);
	/* Non-blocking: a full queue of the pad must not hold us. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return ERR_IO;
	if (connect(fd, (const struct sockaddr *)&s->address, sizeof(s->address)) == 0) {
		/* What comes meanwhile is not read by anybody. */
		unwatch(s);
		s->misses = 0;
		return fd;
	}
	e = errno;
	close(fd);
	/* Somebody listens, and may soon hear: no change would tell. */
	if (e == EAGAIN)
		s->misses = SOON_MISSES;
	else if (s->misses < RETRY_MISSES)
		s->misses++;
	return why(e);
}

void
pad_socket_heard(struct pad_socket *s)
{
	s->misses = 1;
}

/* Whether what has come concerns our socket; that of another pad does not. */
static int
came(struct pad_socket *s)
{
	const char *slash = strrchr(s->address.sun_path, '/');
	const char *name = slash == NULL ? s->address.sun_path : slash + 1;
	_Alignas(struct inotify_event) char text[sizeof(struct inotify_event) + NAME_MAX + 1];
	struct inotify_event e;
	int ours = 0;
	ssize_t n;

	while ((n = read(s->changes, text, sizeof(text))) > 0)
		for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof(e) + e.len)) {
			memcpy(&e, text + at, sizeof(e));
			/* Without a name: the directory has moved, or the watch has ended. */
			if (e.wd == s->directory &&
			    (e.len == 0 || strcmp(text + at + sizeof(e), name) == 0))
				ours = 1;
		}
	return ours;
}

static int
pause_ms(const struct pad_socket *s)
{
	if (s->misses == 0)
		return RETRY_MS;
	if (s->misses <= SOON_MISSES)
		return SOON_MS << (s->misses - 1);
	return s->directory >= 0 && s->misses >= RETRY_MISSES ? SELDOM_MS : RETRY_MS;
}

int
pad_socket_wait(struct pad_socket *s, int bell)
{
	struct pollfd p[] = {
		{ .fd = bell, .events = POLLIN }, { .fd = s->changes, .events = POLLIN },
	};
	const struct timespec end = clock_after(pause_ms(s));
	int r;

	do {
		r = poll(p, 2, clock_left(&end));
		if (p[0].revents != 0)
			return 1;
		if (r > 0 && came(s)) {
			s->misses = 0;
			return 0;
		}
	} while (r > 0 || (r < 0 && errno == EINTR));
	return 0;
}
