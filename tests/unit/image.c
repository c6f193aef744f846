#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card-os/image.h"
#include "card-os/iso7816/err.h"
#include "tests/unit/image_disk.h"

static void
a_new_file_is_for_its_owner_alone(void)
{
	struct stat st;
	mode_t mask = umask(0);

	disk_begin();
	OK(image_create(disk.path, disk_old, sizeof(disk_old)));
	umask(mask);
	OK(stat(disk.path, &st));
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(disk_content(), 'o');
	CU_ASSERT_EQUAL(stat(disk.beside, &st), -1);
	disk_end();
}

static void
what_exists_is_not_made_again(void)
{
	int fd = disk_fds();
	struct stat st;

	disk_begin();
	OK(image_create(disk.path, disk_old, sizeof(disk_old)));
	CU_ASSERT_EQUAL(image_create(disk.path, disk_new, sizeof(disk_new)), ERR_EXISTS);
	CU_ASSERT_EQUAL(disk_content(), 'o');
	CU_ASSERT_EQUAL(stat(disk.beside, &st), -1);
	CU_ASSERT_EQUAL(disk_fds(), fd);
	disk_end();
}

static void
what_is_no_image_is_not_opened(void)
{
	char long_path[IMAGE_PATH_MAX + 8];
	struct image im;

	disk_begin();
	CU_ASSERT_EQUAL(image_open(&im, disk.path), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(im.fd, -1);
	image_close(&im);
	CU_ASSERT_EQUAL(image_open(&im, disk.dir), ERR_DENIED);
	disk_put(disk.beside, disk_old, sizeof(disk_old), 0600);
	OK(symlink(disk.beside, disk.path));
	CU_ASSERT_EQUAL(image_open(&im, disk.path), ERR_DENIED);
	unlink(disk.path);
	OK(mkfifo(disk.path, 0600));
	CU_ASSERT_EQUAL(image_open(&im, disk.path), ERR_DENIED);
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	CU_ASSERT_EQUAL(image_open(&im, long_path), ERR_SIZE);
	disk_end();
}

static void
a_file_is_read_whole_or_not_at_all(void)
{
	uint8_t got[sizeof(disk_old)];
	struct image im;
	size_t n;

	disk_begin();
	OK(image_create(disk.path, disk_old, sizeof(disk_old)));
	OK(image_open(&im, disk.path));
	OK(image_read(&im, got, sizeof(got), &n));
	CU_ASSERT_EQUAL(n, sizeof(disk_old));
	SAME(got, disk_old, n);
	OK(image_read(&im, got, sizeof(got), &n));
	CU_ASSERT_EQUAL(n, sizeof(disk_old));
	CU_ASSERT_EQUAL(image_read(&im, got, sizeof(got) - 1, &n), ERR_SIZE);
	image_close(&im);
	image_close(&im);
	disk_end();
}

static void
an_open_card_is_locked_before_and_after_it_is_saved(void)
{
	struct image im, other;
	int fd = disk_fds();

	disk_begin();
	OK(image_create(disk.path, disk_old, sizeof(disk_old)));
	OK(image_open(&im, disk.path));
	CU_ASSERT_EQUAL(image_open(&other, disk.path), ERR_BUSY);
	for (int i = 0; i < 3; i++) {
		OK(image_save(&im, disk_new, sizeof(disk_new)));
		CU_ASSERT_EQUAL(image_open(&other, disk.path), ERR_BUSY);
		CU_ASSERT_EQUAL(other.fd, -1);
	}
	image_close(&im);
	CU_ASSERT_EQUAL(disk_content(), 'n');
	CU_ASSERT_EQUAL(disk_fds(), fd);
	disk_end();
}

static void
nobody_gets_the_lock_while_a_card_is_saved(void)
{
	struct image im, other;
	int status, go[2];
	pid_t child;
	char c;

	disk_begin();
	OK(image_create(disk.path, disk_old, sizeof(disk_old)));
	OK(image_open(&im, disk.path));
	OK(pipe(go));
	if ((child = fork()) == 0) {
		close(go[1]);
		image_close(&im);
		fcntl(go[0], F_SETFL, O_NONBLOCK);
		/* Tries until the parent has hung up. */
		while (read(go[0], &c, 1) != 0)
			if (image_open(&other, disk.path) != ERR_BUSY)
				_exit(1);
		_exit(0);
	}
	close(go[0]);
	for (int i = 0; i < 500; i++)
		CU_ASSERT_EQUAL(image_save(&im, disk_new, sizeof(disk_new)), 0);
	close(go[1]);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	image_close(&im);
	disk_end();
}

static void
a_relative_path_works(void)
{
	char *cwd = getcwd(NULL, 0);
	struct image im;

	disk_begin();
	OK(chdir(disk.dir));
	OK(image_create("alice.card", disk_old, sizeof(disk_old)));
	OK(image_open(&im, "alice.card"));
	OK(image_save(&im, disk_new, sizeof(disk_new)));
	image_close(&im);
	OK(chdir(cwd));
	free(cwd);
	CU_ASSERT_EQUAL(disk_content(), 'n');
	disk_end();
}

static const struct sentence sentences[] = {
	SENTENCE(a_new_file_is_for_its_owner_alone),
	SENTENCE(what_exists_is_not_made_again),
	SENTENCE(what_is_no_image_is_not_opened),
	SENTENCE(a_file_is_read_whole_or_not_at_all),
	SENTENCE(an_open_card_is_locked_before_and_after_it_is_saved),
	SENTENCE(nobody_gets_the_lock_while_a_card_is_saved),
	SENTENCE(a_relative_path_works),
};

SUITE("image", sentences)
