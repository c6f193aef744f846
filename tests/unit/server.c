#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/server_child.h"

static void
both_sockets_are_0660(void)
{
	struct child *b = child_start();
	char path[SUITE_DIR_MAX + 16];
	struct stat st;

	snprintf(path, sizeof(path), "%s/pad3.sock", b->dir);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0660);
	snprintf(path, sizeof(path), "%s/pad3.ctl", b->dir);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0660);
	child_end(b);
}

static void
a_second_pad_of_that_number_is_refused(void)
{
	struct child *b = child_start();

	CU_ASSERT_EQUAL(child_ended(child_spawn(b->dir)), -ERR_BUSY);
	child_ctl(b, "beeps\n", "= 0\nok\n");
	child_end(b);
}

static void
what_a_killed_pad_left_is_replaced(void)
{
	struct child *b = child_start();

	kill(b->pid, SIGKILL);
	CU_ASSERT_EQUAL(child_ended(b->pid), 128 + SIGKILL);
	b->pid = child_spawn(b->dir);
	child_ctl(b, "beeps\n", "= 0\nok\n");
	child_end(b);
}

static void
a_file_that_is_no_socket_is_not_replaced(void)
{
	char dir[SUITE_DIR_MAX], path[SUITE_DIR_MAX + 16];
	struct stat st;
	FILE *f;

	suite_dir(dir);
	snprintf(path, sizeof(path), "%s/pad3.sock", dir);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fclose(f);
	CU_ASSERT_EQUAL(child_ended(child_spawn(dir)), -ERR_IO);
	CU_ASSERT_TRUE(stat(path, &st) == 0 && S_ISREG(st.st_mode));
	unlink(path);
	/* The control socket, taken before, is given back. */
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

static void
a_second_driver_is_told_that_the_pad_is_busy(void)
{
	struct child *b = child_start();
	int one = child_driver(b), two = child_reach_soon(b, "sock");

	child_ask(two, PADLINK_HELLO, 7, "\0\2", 2);
	CU_ASSERT_EQUAL(child_hear(b, two), PADLINK_HELLO);
	CU_ASSERT_EQUAL(child_status(b), PADLINK_BUSY);
	CU_ASSERT_EQUAL(b->got.number, 7);
	CU_ASSERT_EQUAL(child_hear(b, two), 0);
	close(two);
	child_ask(one, PADLINK_POWER, 2, "\2", 1);
	CU_ASSERT_EQUAL(child_hear(b, one), PADLINK_POWER);
	CU_ASSERT_EQUAL(child_status(b), PADLINK_OK);
	close(one);
	/* The first has gone, the next one is served. */
	one = child_driver(b);
	close(one);
	child_end(b);
}

static void
a_driver_that_hangs_up_clears_the_display(void)
{
	struct child *b = child_start();
	int fd = child_driver(b);

	child_ask(fd, PADLINK_INPUT, 2, "\x64\x02\0\0\0\x01""a", 7);
	child_ctl(b, "wait a\n", "ok\n");
	close(fd);
	child_ctl(b, "wait ''\ndisplay\n", "ok\n= \n= \nok\n");
	child_end(b);
}

static void
a_driver_that_sends_no_frame_is_hung_up_on(void)
{
	struct child *b = child_start();
	int fd = child_driver(b);

	CU_ASSERT_EQUAL(send(fd, "\xff\xff\xff\xff", 4, MSG_NOSIGNAL), 4);
	CU_ASSERT_EQUAL(child_hear(b, fd), 0);
	close(fd);
	fd = child_driver(b);
	close(fd);
	child_end(b);
}

static void
a_message_may_come_in_pieces_and_many_at_once(void)
{
	struct child *b = child_start();
	int fd = child_driver(b);
	uint8_t out[64];
	struct wr wr;

	wr_init(&wr, out, sizeof(out));
	for (uint32_t i = 0; i < 4; i++)
		padlink_put(&wr, PADLINK_POWER, i, "\2", 1);
	for (size_t i = 0; i < 15; i++)
		CU_ASSERT_EQUAL(send(fd, out + i, 1, MSG_NOSIGNAL), 1);
	CU_ASSERT_EQUAL(send(fd, out + 15, wr.n - 15, MSG_NOSIGNAL), (ssize_t)wr.n - 15);
	for (uint32_t i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(child_hear(b, fd), PADLINK_POWER);
		CU_ASSERT_EQUAL(b->got.number, i);
	}
	close(fd);
	child_end(b);
}

static void
a_request_ends_by_time_and_by_cancel(void)
{
	struct child *b = child_start();
	int fd = child_driver(b);

	child_ask(fd, PADLINK_INPUT, 2, "\1\2\0\0\0\1""a", 7);
	CU_ASSERT_EQUAL(child_hear(b, fd), PADLINK_INPUT);
	CU_ASSERT_EQUAL(child_status(b), PADLINK_TIMEOUT);
	child_ask(fd, PADLINK_INPUT, 3, "\x64\2\0\0\0\1""a", 7);
	child_ask(fd, PADLINK_CANCEL, 4, "", 0);
	CU_ASSERT_EQUAL(child_hear(b, fd), PADLINK_INPUT);
	CU_ASSERT_EQUAL(child_status(b), PADLINK_CANCELLED);
	CU_ASSERT_EQUAL(b->got.number, 3);
	close(fd);
	child_end(b);
}

static void
unplugged_the_drivers_socket_is_not_there(void)
{
	struct child *b = child_start();
	int fd = child_driver(b);

	child_ctl(b, "unplug\n", "ok\n");
	CU_ASSERT_EQUAL(child_hear(b, fd), 0);
	close(fd);
	CU_ASSERT_EQUAL(child_reach(b, "sock"), -1);
	child_ctl(b, "plug\nwait 'REINER SCT'\n", "ok\nok\n");
	fd = child_driver(b);
	close(fd);
	child_end(b);
}

static void
a_path_that_is_too_long_is_refused(void)
{
	char dir[256] = "/tmp/";

	memset(dir + 5, 'a', 120);
	CU_ASSERT_EQUAL(child_ended(child_spawn(dir)), -ERR_SIZE);
}

static const struct sentence sentences[] = {
	SENTENCE(both_sockets_are_0660),
	SENTENCE(a_second_pad_of_that_number_is_refused),
	SENTENCE(what_a_killed_pad_left_is_replaced),
	SENTENCE(a_file_that_is_no_socket_is_not_replaced),
	SENTENCE(a_second_driver_is_told_that_the_pad_is_busy),
	SENTENCE(a_driver_that_hangs_up_clears_the_display),
	SENTENCE(a_driver_that_sends_no_frame_is_hung_up_on),
	SENTENCE(a_message_may_come_in_pieces_and_many_at_once),
	SENTENCE(a_request_ends_by_time_and_by_cancel),
	SENTENCE(unplugged_the_drivers_socket_is_not_there),
	SENTENCE(a_path_that_is_too_long_is_refused),
};

SUITE("server", sentences)
