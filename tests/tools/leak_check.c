#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int __lsan_do_recoverable_leak_check(void);

/*
 * Preloaded into what is not ended gently: a thread that looks for leaks whenever somebody writes
 * a byte to the FIFO that LEAK_CHECK names, and answers there with 0, or 1 when there are some. The
 * kernel is called without libc's functions, since umockdev stands in for them, with a lock.
 */
static long
one_byte(const char *name, int flags, long call, char *c)
{
	const long fd = syscall(SYS_openat, AT_FDCWD, name, flags | O_CLOEXEC, 0);
	const long n = fd < 0 ? -1 : syscall(call, fd, c, 1L);

	if (fd >= 0)
		syscall(SYS_close, fd);
	return n;
}

static void *
check(void *name)
{
	char c;

	while (one_byte(name, O_RDONLY, SYS_read, &c) == 1) {
		c = __lsan_do_recoverable_leak_check() ? '1' : '0';
		if (one_byte(name, O_WRONLY, SYS_write, &c) != 1)
			break;
	}
	return NULL;
}

__attribute__((constructor)) static void
start(void)
{
	char *name = getenv("LEAK_CHECK");
	pthread_t thread;

	if (name != NULL && pthread_create(&thread, NULL, check, name) != 0)
		perror("leak_check");
}
