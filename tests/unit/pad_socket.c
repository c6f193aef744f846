#include "ifdhandler/pad_socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/*
 * A socket that is called until it is called seldom, each ten seconds: a wait that returns within
 * NOW_MS was woken. A bell that rings after BELL_MS ends one that was not.
 */
enum { MANY = 20, NOW_MS = 5000, OFTEN_MS = 250, BELL_MS = 50 };

struct place {
	char dir[SUITE_DIR_MAX], path[SUITE_DIR_MAX + 16];
	struct pad_socket socket;
	int bell;
};

static void
set_up(struct place *p)
{
	memset(p, 0, sizeof(*p));
	suite_dir(p->dir);
	snprintf(p->path, sizeof(p->path), "%s/in/pad0.sock", p->dir);
	*strrchr(p->path, '/') = '\0';
	OK(mkdir(p->path, 0700));
	p->path[strlen(p->path)] = '/';
	OK(pad_socket_init(&p->socket, p->path));
	p->bell = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	CU_ASSERT_FATAL(p->bell >= 0);
}

static void
tear_down(struct place *p)
{
	pad_socket_free(&p->socket);
	close(p->bell);
}

static void
call_until_seldom(struct place *p)
{
	for (int i = 0; i < MANY; i++)
		CU_ASSERT_EQUAL(pad_socket_call(&p->socket), ERR_NOT_FOUND);
}

static void
ring_later(const struct place *p, int ms)
{
	const struct itimerspec t = { .it_value = { .tv_sec = ms / 1000,
	    .tv_nsec = ms % 1000 * 1000000L } };

	OK(timerfd_settime(p->bell, 0, &t, NULL));
}

/* What a pad does: it makes its socket, and listens then. */
static int
bound(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path, path, strlen(path));
	OK(bind(fd, (const struct sockaddr *)&a, sizeof(a)));
	return fd;
}

static void
what_is_not_there_is_not_found(void)
{
	struct place p;
	int fd;

	set_up(&p);
	CU_ASSERT_EQUAL(pad_socket_call(&p.socket), ERR_NOT_FOUND);
	fd = bound(p.path);
	CU_ASSERT_EQUAL(pad_socket_call(&p.socket), ERR_READER_GONE);
	OK(listen(fd, 1));
	close(fd);
	CU_ASSERT_EQUAL(pad_socket_call(&p.socket), ERR_READER_GONE);
	OK(unlink(p.path));
	fd = open(p.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	CU_ASSERT_EQUAL(pad_socket_call(&p.socket), ERR_READER_GONE);
	tear_down(&p);
}

static void
a_path_that_is_too_long_is_refused(void)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
	struct pad_socket s;

	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	CU_ASSERT_EQUAL(pad_socket_init(&s, path), ERR_SIZE);
	path[sizeof(path) - 2] = '\0';
	OK(pad_socket_init(&s, path));
	CU_ASSERT_EQUAL(pad_socket_call(&s), ERR_NOT_FOUND);
	pad_socket_free(&s);
}

static void
a_pad_that_comes_is_called_at_once(void)
{
	struct place p;
	int pad, fd;

	set_up(&p);
	call_until_seldom(&p);
	pad = bound(p.path);
	ring_later(&p, NOW_MS);
	OK(pad_socket_wait(&p.socket, p.bell));
	CU_ASSERT_EQUAL(pad_socket_call(&p.socket), ERR_READER_GONE);
	/* It listens a little later, of which the kernel tells nothing. */
	OK(listen(pad, 1));
	OK(pad_socket_wait(&p.socket, p.bell));
	fd = pad_socket_call(&p.socket);
	CU_ASSERT(fd >= 0);
	close(fd);
	close(pad);
	tear_down(&p);
}

static void
it_is_called_often_before_it_is_called_seldom(void)
{
	struct place p;

	set_up(&p);
	for (int i = 0; i < MANY / 2; i++)
		CU_ASSERT_EQUAL(pad_socket_call(&p.socket), ERR_NOT_FOUND);
	ring_later(&p, NOW_MS);
	OK(pad_socket_wait(&p.socket, p.bell));
	call_until_seldom(&p);
	ring_later(&p, 2 * OFTEN_MS);
	CU_ASSERT_EQUAL(pad_socket_wait(&p.socket, p.bell), 1);
	tear_down(&p);
}

static void
one_that_is_let_in_or_moved_in_is_called_at_once(void)
{
	char other[sizeof(((struct place *)0)->path) + 16];
	struct place p;

	set_up(&p);
	snprintf(other, sizeof(other), "%s.other", p.path);
	close(bound(other));
	call_until_seldom(&p);
	ring_later(&p, NOW_MS);
	OK(rename(other, p.path));
	OK(pad_socket_wait(&p.socket, p.bell));
	for (int i = 0; i < MANY; i++)
		CU_ASSERT_EQUAL(pad_socket_call(&p.socket), ERR_READER_GONE);
	OK(chmod(p.path, 0600));
	OK(pad_socket_wait(&p.socket, p.bell));
	tear_down(&p);
}

static void
one_that_hears_too_many_is_called_often(void)
{
	int queue[MANY], pad, n = 0;
	struct place p;

	set_up(&p);
	pad = bound(p.path);
	OK(listen(pad, 0));
	while (n < MANY && (queue[n] = pad_socket_call(&p.socket)) >= 0)
		n++;
	CU_ASSERT_FATAL(n < MANY);
	for (int i = 0; i < MANY; i++)
		CU_ASSERT_EQUAL(pad_socket_call(&p.socket), ERR_READER_GONE);
	ring_later(&p, NOW_MS);
	OK(pad_socket_wait(&p.socket, p.bell));
	while (n > 0)
		close(queue[--n]);
	close(pad);
	tear_down(&p);
}

static void
another_pad_that_comes_wakes_nobody(void)
{
	struct place p;
	int other;

	set_up(&p);
	call_until_seldom(&p);
	p.path[strlen(p.path) - strlen("0.sock")] = '1';
	other = bound(p.path);
	ring_later(&p, BELL_MS);
	CU_ASSERT_EQUAL(pad_socket_wait(&p.socket, p.bell), 1);
	close(other);
	tear_down(&p);
}

static void
the_bell_ends_a_wait(void)
{
	struct place p;

	set_up(&p);
	ring_later(&p, BELL_MS);
	call_until_seldom(&p);
	CU_ASSERT_EQUAL(pad_socket_wait(&p.socket, p.bell), 1);
	CU_ASSERT_EQUAL(pad_socket_wait(&p.socket, p.bell), 1);
	tear_down(&p);
}

static void
a_directory_that_comes_later_or_anew_is_watched(void)
{
	char dir[SUITE_DIR_MAX + 16];
	struct place p;
	int pad;

	set_up(&p);
	memcpy(dir, p.path, sizeof(dir));
	*strrchr(dir, '/') = '\0';
	ring_later(&p, NOW_MS);
	for (int i = 0; i < 2; i++) {
		call_until_seldom(&p);
		OK(rmdir(dir));
		/* Its end is told. Without one there is nothing to be told by, only calls. */
		OK(pad_socket_wait(&p.socket, p.bell));
		call_until_seldom(&p);
		OK(pad_socket_wait(&p.socket, p.bell));
		OK(mkdir(dir, 0700));
	}
	call_until_seldom(&p);
	pad = bound(p.path);
	OK(pad_socket_wait(&p.socket, p.bell));
	close(pad);
	tear_down(&p);
}

/* As the kernel shows them. */
static int
watches(const struct place *p)
{
	char path[64], line[256];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", p->socket.changes);
	f = fopen(path, "re");
	CU_ASSERT_FATAL(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL)
		n += strncmp(line, "inotify wd", strlen("inotify wd")) == 0;
	fclose(f);
	return n;
}

static void
a_directory_in_the_place_of_another_is_watched_instead(void)
{
	char dir[SUITE_DIR_MAX + 16], away[SUITE_DIR_MAX + 16];
	struct place p;
	int pad;

	set_up(&p);
	snprintf(dir, sizeof(dir), "%s/in", p.dir);
	snprintf(away, sizeof(away), "%s/away", p.dir);
	call_until_seldom(&p);
	OK(rename(dir, away));
	OK(mkdir(dir, 0700));
	ring_later(&p, NOW_MS);
	OK(pad_socket_wait(&p.socket, p.bell));
	call_until_seldom(&p);
	CU_ASSERT_EQUAL(watches(&p), 1);
	pad = bound(p.path);
	OK(pad_socket_wait(&p.socket, p.bell));
	close(pad);
	tear_down(&p);
}

static void
a_link_that_has_gone_is_called_again_soon(void)
{
	struct place p;
	int pad, fd;

	set_up(&p);
	pad = bound(p.path);
	OK(listen(pad, 1));
	fd = pad_socket_call(&p.socket);
	CU_ASSERT_FATAL(fd >= 0);
	pad_socket_heard(&p.socket);
	close(fd);
	close(pad);
	OK(unlink(p.path));
	ring_later(&p, BELL_MS);
	OK(pad_socket_wait(&p.socket, p.bell));
	CU_ASSERT_EQUAL(pad_socket_call(&p.socket), ERR_NOT_FOUND);
	tear_down(&p);
}

static void
a_pad_that_does_not_speak_is_not_called_in_a_hurry(void)
{
	struct place p;
	int pad, fd;

	set_up(&p);
	pad = bound(p.path);
	OK(listen(pad, 1));
	fd = pad_socket_call(&p.socket);
	CU_ASSERT_FATAL(fd >= 0);
	close(fd);
	ring_later(&p, BELL_MS);
	CU_ASSERT_EQUAL(pad_socket_wait(&p.socket, p.bell), 1);
	close(pad);
	tear_down(&p);
}

static void
what_comes_while_there_is_a_link_is_not_kept(void)
{
	char other[sizeof(((struct place *)0)->path) + 16];
	struct place p;
	int pad, fd, n = 0;

	set_up(&p);
	CU_ASSERT_EQUAL(pad_socket_call(&p.socket), ERR_NOT_FOUND);
	pad = bound(p.path);
	OK(listen(pad, 1));
	OK(pad_socket_wait(&p.socket, p.bell));
	fd = pad_socket_call(&p.socket);
	CU_ASSERT_FATAL(fd >= 0);
	for (int i = 0; i < MANY; i++) {
		snprintf(other, sizeof(other), "%s.%d", p.path, i);
		close(bound(other));
	}
	OK(ioctl(p.socket.changes, FIONREAD, &n));
	CU_ASSERT(n < MANY * (int)sizeof(struct inotify_event));
	close(fd);
	close(pad);
	tear_down(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(what_is_not_there_is_not_found),
	SENTENCE(a_path_that_is_too_long_is_refused),
	SENTENCE(a_pad_that_comes_is_called_at_once),
	SENTENCE(it_is_called_often_before_it_is_called_seldom),
	SENTENCE(one_that_is_let_in_or_moved_in_is_called_at_once),
	SENTENCE(one_that_hears_too_many_is_called_often),
	SENTENCE(another_pad_that_comes_wakes_nobody),
	SENTENCE(the_bell_ends_a_wait),
	SENTENCE(a_directory_that_comes_later_or_anew_is_watched),
	SENTENCE(a_directory_in_the_place_of_another_is_watched_instead),
	SENTENCE(a_link_that_has_gone_is_called_again_soon),
	SENTENCE(a_pad_that_does_not_speak_is_not_called_in_a_hurry),
	SENTENCE(what_comes_while_there_is_a_link_is_not_kept),
};

SUITE("pad_socket", sentences)
