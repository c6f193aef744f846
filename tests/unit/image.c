#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card-os/image.h"
#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/*
 * The linker turns the calls below to here (--wrap). They count what may last,
 * note it by a letter, and fail or end the process at the n-th.
 */
static struct {
	unsigned done, at;	/* at 0: never */
	int error;		/* errno at that call and all after it, or 0: the plug is pulled there */
	char log[64];
} steps;

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

enum { PULLED = 42 };

/* 1 when this call fails. */
static int
fails(char what)
{
	if (steps.done < sizeof(steps.log) - 1)
		steps.log[steps.done] = what;
	if (steps.at == 0 || ++steps.done < steps.at)
		return 0;
	if (steps.error == 0)
		_exit(PULLED);
	errno = steps.error;
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
	if (steps.at != 0 && steps.done + 1 == steps.at)
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

static void
sound(void)
{
	memset(&steps, 0, sizeof(steps));
}

static void
arm(unsigned at, int error)
{
	sound();
	steps.at = at;
	steps.error = error;
}

static char dir[SUITE_DIR_MAX], path[128], beside[160];
static const uint8_t old[1000] = { 'o', 'l', 'd' }, new[1500] = { 'n', 'e', 'w' };

static void
begin(void)
{
	sound();
	suite_dir(dir);
	snprintf(path, sizeof(path), "%s/alice.card", dir);
	snprintf(beside, sizeof(beside), "%s.new", path);
}

static void
end(void)
{
	sound();
	unlink(path);
	unlink(beside);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

/* How many descriptors are open: the same before and after, or one has leaked. */
static int
open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
put_file(const char *name, const void *p, size_t n, mode_t mode)
{
	int fd = __real_open(name, O_WRONLY | O_CREAT | O_TRUNC, mode);

	if (fd < 0 || __real_write(fd, p, n) != (ssize_t)n || __real_fchmod(fd, mode) != 0)
		abort();
	close(fd);
}

/* 'o' or 'n' for the whole old or new content, '-' for no file, '?' for anything else. */
static char
content(void)
{
	uint8_t got[4000];
	struct image im;
	size_t n = 0;
	int r;

	r = image_open(&im, path);
	if (r == ERR_NOT_FOUND)
		return '-';
	if (r != 0 || image_read(&im, got, sizeof(got), &n) != 0)
		n = 0;
	image_close(&im);
	if (n == sizeof(old) && memcmp(got, old, n) == 0)
		return 'o';
	return n == sizeof(new) && memcmp(got, new, n) == 0 ? 'n' : '?';
}

static void
a_new_file_is_for_its_owner_alone(void)
{
	struct stat st;
	mode_t mask = umask(0);

	begin();
	OK(image_create(path, old, sizeof(old)));
	umask(mask);
	OK(stat(path, &st));
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(content(), 'o');
	CU_ASSERT_EQUAL(stat(beside, &st), -1);
	end();
}

static void
what_exists_is_not_made_again(void)
{
	int fd = open_fds();
	struct stat st;

	begin();
	OK(image_create(path, old, sizeof(old)));
	CU_ASSERT_EQUAL(image_create(path, new, sizeof(new)), ERR_EXISTS);
	CU_ASSERT_EQUAL(content(), 'o');
	CU_ASSERT_EQUAL(stat(beside, &st), -1);
	CU_ASSERT_EQUAL(open_fds(), fd);
	end();
}

static void
what_is_no_image_is_not_opened(void)
{
	char long_path[IMAGE_PATH_MAX + 8];
	struct image im;

	begin();
	CU_ASSERT_EQUAL(image_open(&im, path), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(im.fd, -1);
	image_close(&im);
	CU_ASSERT_EQUAL(image_open(&im, dir), ERR_DENIED);
	put_file(beside, old, sizeof(old), 0600);
	OK(symlink(beside, path));
	CU_ASSERT_EQUAL(image_open(&im, path), ERR_DENIED);
	unlink(path);
	OK(mkfifo(path, 0600));
	CU_ASSERT_EQUAL(image_open(&im, path), ERR_DENIED);
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	CU_ASSERT_EQUAL(image_open(&im, long_path), ERR_SIZE);
	end();
}

static void
a_file_is_read_whole_or_not_at_all(void)
{
	uint8_t got[sizeof(old)];
	struct image im;
	size_t n;

	begin();
	OK(image_create(path, old, sizeof(old)));
	OK(image_open(&im, path));
	OK(image_read(&im, got, sizeof(got), &n));
	CU_ASSERT_EQUAL(n, sizeof(old));
	SAME(got, old, n);
	OK(image_read(&im, got, sizeof(got), &n));
	CU_ASSERT_EQUAL(n, sizeof(old));
	CU_ASSERT_EQUAL(image_read(&im, got, sizeof(got) - 1, &n), ERR_SIZE);
	image_close(&im);
	image_close(&im);
	end();
}

static void
an_open_card_is_locked_before_and_after_it_is_saved(void)
{
	struct image im, other;
	int fd = open_fds();

	begin();
	OK(image_create(path, old, sizeof(old)));
	OK(image_open(&im, path));
	CU_ASSERT_EQUAL(image_open(&other, path), ERR_BUSY);
	for (int i = 0; i < 3; i++) {
		OK(image_save(&im, new, sizeof(new)));
		CU_ASSERT_EQUAL(image_open(&other, path), ERR_BUSY);
		CU_ASSERT_EQUAL(other.fd, -1);
	}
	image_close(&im);
	CU_ASSERT_EQUAL(content(), 'n');
	CU_ASSERT_EQUAL(open_fds(), fd);
	end();
}

static void
nobody_gets_the_lock_while_a_card_is_saved(void)
{
	struct image im, other;
	int status, go[2];
	pid_t child;
	char c;

	begin();
	OK(image_create(path, old, sizeof(old)));
	OK(image_open(&im, path));
	OK(pipe(go));
	if ((child = fork()) == 0) {
		close(go[1]);
		image_close(&im);
		fcntl(go[0], F_SETFL, O_NONBLOCK);
		/* Tries until the parent has hung up. */
		while (read(go[0], &c, 1) != 0)
			if (image_open(&other, path) != ERR_BUSY)
				_exit(1);
		_exit(0);
	}
	close(go[0]);
	for (int i = 0; i < 500; i++)
		CU_ASSERT_EQUAL(image_save(&im, new, sizeof(new)), 0);
	close(go[1]);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	image_close(&im);
	end();
}

static void
data_is_synced_before_it_gets_the_name_and_the_name_after(void)
{
	struct image im;
	const char *rename_at, *write_at;

	for (int create = 0; create < 2; create++) {
		begin();
		if (!create) {
			OK(image_create(path, old, sizeof(old)));
			OK(image_open(&im, path));
		}
		arm(1000, EIO);
		OK(create ? image_create(path, new, sizeof(new)) : image_save(&im, new, sizeof(new)));
		steps.at = 0;
		rename_at = strchr(steps.log, 'r');
		write_at = strrchr(steps.log, 'w');
		CU_ASSERT_PTR_NOT_NULL_FATAL(rename_at);
		CU_ASSERT_PTR_NOT_NULL_FATAL(write_at);
		CU_ASSERT(write_at < rename_at);
		CU_ASSERT(strchr(write_at, 's') != NULL && strchr(write_at, 's') < rename_at);
		CU_ASSERT_PTR_NOT_NULL(strchr(rename_at, 's'));
		CU_ASSERT_EQUAL(content(), create ? 'n' : '?');
		if (!create)
			image_close(&im);
		end();
	}
}

/* The child's end: 0 when it came through, PULLED when the plug was pulled at step at. */
static int
pull_plug(unsigned at, int create)
{
	struct image im;
	int status;
	pid_t child;

	fflush(stdout);
	if ((child = fork()) == 0) {
		if (create) {
			arm(at, 0);
			_exit(image_create(path, new, sizeof(new)) == 0 ? 0 : 1);
		}
		if (image_open(&im, path) != 0)
			_exit(1);
		arm(at, 0);
		_exit(image_save(&im, new, sizeof(new)) == 0 ? 0 : 1);
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		abort();
	return WEXITSTATUS(status);
}

static void
a_pulled_plug_leaves_the_old_or_the_new(void)
{
	struct image im;
	struct stat st;
	unsigned at;
	int how;
	char c;

	for (at = 1, how = PULLED; how == PULLED; at++) {
		begin();
		OK(image_create(path, old, sizeof(old)));
		how = pull_plug(at, 0);
		c = content();
		CU_ASSERT(c == 'n' || (c == 'o' && how == PULLED));
		/* What the crash left is in nobody's way. */
		OK(image_open(&im, path));
		OK(image_save(&im, new, sizeof(new)));
		image_close(&im);
		CU_ASSERT_EQUAL(content(), 'n');
		OK(stat(path, &st));
		CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
		CU_ASSERT_EQUAL(stat(beside, &st), -1);
		end();
	}
	CU_ASSERT_EQUAL(how, 0);
	CU_ASSERT(at > 6);
}

static void
a_plug_pulled_at_the_making_leaves_nothing_or_all(void)
{
	unsigned at;
	int how;
	char c;

	for (at = 1, how = PULLED; how == PULLED; at++) {
		begin();
		how = pull_plug(at, 1);
		c = content();
		CU_ASSERT(c == 'n' || (c == '-' && how == PULLED));
		if (c == '-') {
			OK(image_create(path, old, sizeof(old)));
			CU_ASSERT_EQUAL(content(), 'o');
		}
		end();
	}
	CU_ASSERT_EQUAL(how, 0);
	CU_ASSERT(at > 6);
}

static void
a_step_that_fails_is_told_and_leaves_the_old_or_the_new(void)
{
	static const struct {
		int error, r;
	} errors[] = {
		{ ENOSPC, ERR_FULL }, { EDQUOT, ERR_FULL }, { EIO, ERR_IO }, { EACCES, ERR_DENIED },
	};
	struct image im, other;
	unsigned at;
	int r, fd;
	char c;

	for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++)
		for (at = 1, r = 1; r != 0; at++) {
			begin();
			OK(image_create(path, old, sizeof(old)));
			OK(image_open(&im, path));
			fd = open_fds();
			arm(at, errors[e].error);
			r = image_save(&im, new, sizeof(new));
			CU_ASSERT(r == 0 || r == errors[e].r);
			sound();
			CU_ASSERT_EQUAL(open_fds(), fd);
			CU_ASSERT_EQUAL(access(beside, F_OK), -1);
			CU_ASSERT_EQUAL(image_open(&other, path), ERR_BUSY);
			image_close(&im);
			c = content();
			CU_ASSERT(c == 'n' || (c == 'o' && r != 0));
			end();
		}
}

static void
a_stale_file_beside_is_replaced(void)
{
	static const uint8_t junk[5000] = { 'j' };
	struct image im;
	struct stat st;

	begin();
	put_file(beside, junk, sizeof(junk), 0644);
	OK(image_create(path, old, sizeof(old)));
	OK(stat(path, &st));
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(content(), 'o');
	put_file(beside, junk, sizeof(junk), 0644);
	OK(image_open(&im, path));
	OK(image_save(&im, new, sizeof(new)));
	image_close(&im);
	CU_ASSERT_EQUAL(content(), 'n');
	OK(stat(path, &st));
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(stat(beside, &st), -1);
	end();
}

static void
a_link_beside_is_not_followed(void)
{
	struct image im;
	char victim[160];
	struct stat st;

	begin();
	snprintf(victim, sizeof(victim), "%s/victim", dir);
	put_file(victim, old, sizeof(old), 0600);
	OK(image_create(path, old, sizeof(old)));
	OK(image_open(&im, path));
	OK(symlink(victim, beside));
	CU_ASSERT_EQUAL(image_save(&im, new, sizeof(new)), ERR_DENIED);
	image_close(&im);
	OK(stat(victim, &st));
	CU_ASSERT_EQUAL(st.st_size, sizeof(old));
	CU_ASSERT_EQUAL(content(), 'o');
	unlink(victim);
	end();
}

static void
a_relative_path_works(void)
{
	char *cwd = getcwd(NULL, 0);
	struct image im;

	begin();
	OK(chdir(dir));
	OK(image_create("alice.card", old, sizeof(old)));
	OK(image_open(&im, "alice.card"));
	OK(image_save(&im, new, sizeof(new)));
	image_close(&im);
	OK(chdir(cwd));
	free(cwd);
	CU_ASSERT_EQUAL(content(), 'n');
	end();
}

static const struct sentence sentences[] = {
	SENTENCE(a_new_file_is_for_its_owner_alone),
	SENTENCE(what_exists_is_not_made_again),
	SENTENCE(what_is_no_image_is_not_opened),
	SENTENCE(a_file_is_read_whole_or_not_at_all),
	SENTENCE(an_open_card_is_locked_before_and_after_it_is_saved),
	SENTENCE(nobody_gets_the_lock_while_a_card_is_saved),
	SENTENCE(data_is_synced_before_it_gets_the_name_and_the_name_after),
	SENTENCE(a_pulled_plug_leaves_the_old_or_the_new),
	SENTENCE(a_plug_pulled_at_the_making_leaves_nothing_or_all),
	SENTENCE(a_step_that_fails_is_told_and_leaves_the_old_or_the_new),
	SENTENCE(a_stale_file_beside_is_replaced),
	SENTENCE(a_link_beside_is_not_followed),
	SENTENCE(a_relative_path_works),
};

SUITE("image", sentences)
