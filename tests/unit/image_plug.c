#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card-os/image.h"
#include "card-os/iso7816/err.h"
#include "tests/unit/image_disk.h"

static void
data_is_synced_before_it_gets_the_name_and_the_name_after(void)
{
	struct image im;
	const char *rename_at, *write_at;

	for (int create = 0; create < 2; create++) {
		disk_begin();
		if (!create) {
			OK(image_create(disk.path, disk_old, sizeof(disk_old)));
			OK(image_open(&im, disk.path));
		}
		disk_arm(1000, EIO);
		OK(create ? image_create(disk.path, disk_new, sizeof(disk_new)) :
		    image_save(&im, disk_new, sizeof(disk_new)));
		disk.steps.at = 0;
		rename_at = strchr(disk.steps.log, 'r');
		write_at = strrchr(disk.steps.log, 'w');
		CU_ASSERT_PTR_NOT_NULL_FATAL(rename_at);
		CU_ASSERT_PTR_NOT_NULL_FATAL(write_at);
		CU_ASSERT(write_at < rename_at);
		CU_ASSERT(strchr(write_at, 's') != NULL && strchr(write_at, 's') < rename_at);
		CU_ASSERT_PTR_NOT_NULL(strchr(rename_at, 's'));
		CU_ASSERT_EQUAL(disk_content(), create ? 'n' : '?');
		if (!create)
			image_close(&im);
		disk_end();
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
			disk_arm(at, 0);
			_exit(image_create(disk.path, disk_new, sizeof(disk_new)) == 0 ? 0 : 1);
		}
		if (image_open(&im, disk.path) != 0)
			_exit(1);
		disk_arm(at, 0);
		_exit(image_save(&im, disk_new, sizeof(disk_new)) == 0 ? 0 : 1);
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

	for (at = 1, how = DISK_PULLED; how == DISK_PULLED; at++) {
		disk_begin();
		OK(image_create(disk.path, disk_old, sizeof(disk_old)));
		how = pull_plug(at, 0);
		c = disk_content();
		CU_ASSERT(c == 'n' || (c == 'o' && how == DISK_PULLED));
		/* What the crash left is in nobody's way. */
		OK(image_open(&im, disk.path));
		OK(image_save(&im, disk_new, sizeof(disk_new)));
		image_close(&im);
		CU_ASSERT_EQUAL(disk_content(), 'n');
		OK(stat(disk.path, &st));
		CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
		CU_ASSERT_EQUAL(stat(disk.beside, &st), -1);
		disk_end();
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

	for (at = 1, how = DISK_PULLED; how == DISK_PULLED; at++) {
		disk_begin();
		how = pull_plug(at, 1);
		c = disk_content();
		CU_ASSERT(c == 'n' || (c == '-' && how == DISK_PULLED));
		if (c == '-') {
			OK(image_create(disk.path, disk_old, sizeof(disk_old)));
			CU_ASSERT_EQUAL(disk_content(), 'o');
		}
		disk_end();
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
			disk_begin();
			OK(image_create(disk.path, disk_old, sizeof(disk_old)));
			OK(image_open(&im, disk.path));
			fd = disk_fds();
			disk_arm(at, errors[e].error);
			r = image_save(&im, disk_new, sizeof(disk_new));
			CU_ASSERT(r == 0 || r == errors[e].r);
			disk_sound();
			CU_ASSERT_EQUAL(disk_fds(), fd);
			CU_ASSERT_EQUAL(access(disk.beside, F_OK), -1);
			CU_ASSERT_EQUAL(image_open(&other, disk.path), ERR_BUSY);
			image_close(&im);
			c = disk_content();
			CU_ASSERT(c == 'n' || (c == 'o' && r != 0));
			disk_end();
		}
}

static void
a_stale_file_beside_is_replaced(void)
{
	static const uint8_t junk[5000] = { 'j' };
	struct image im;
	struct stat st;

	disk_begin();
	disk_put(disk.beside, junk, sizeof(junk), 0644);
	OK(image_create(disk.path, disk_old, sizeof(disk_old)));
	OK(stat(disk.path, &st));
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(disk_content(), 'o');
	disk_put(disk.beside, junk, sizeof(junk), 0644);
	OK(image_open(&im, disk.path));
	OK(image_save(&im, disk_new, sizeof(disk_new)));
	image_close(&im);
	CU_ASSERT_EQUAL(disk_content(), 'n');
	OK(stat(disk.path, &st));
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(stat(disk.beside, &st), -1);
	disk_end();
}

static void
a_link_beside_is_not_followed(void)
{
	struct image im;
	char victim[160];
	struct stat st;

	disk_begin();
	snprintf(victim, sizeof(victim), "%s/victim", disk.dir);
	disk_put(victim, disk_old, sizeof(disk_old), 0600);
	OK(image_create(disk.path, disk_old, sizeof(disk_old)));
	OK(image_open(&im, disk.path));
	OK(symlink(victim, disk.beside));
	CU_ASSERT_EQUAL(image_save(&im, disk_new, sizeof(disk_new)), ERR_DENIED);
	image_close(&im);
	OK(stat(victim, &st));
	CU_ASSERT_EQUAL(st.st_size, sizeof(disk_old));
	CU_ASSERT_EQUAL(disk_content(), 'o');
	unlink(victim);
	disk_end();
}

static const struct sentence sentences[] = {
	SENTENCE(data_is_synced_before_it_gets_the_name_and_the_name_after),
	SENTENCE(a_pulled_plug_leaves_the_old_or_the_new),
	SENTENCE(a_plug_pulled_at_the_making_leaves_nothing_or_all),
	SENTENCE(a_step_that_fails_is_told_and_leaves_the_old_or_the_new),
	SENTENCE(a_stale_file_beside_is_replaced),
	SENTENCE(a_link_beside_is_not_followed),
};

SUITE("image_plug", sentences)
