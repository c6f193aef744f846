#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * Preloaded into pcscd: before each lock that the program itself takes, its libraries apart, it
 * rests up to SLOW_LOCKS_MS, 15 without. What happens to two of its threads at once in one of some
 * hundred unpluggings happens in every second one then.
 */
enum { USUAL_MS = 15 };

static int (*lock)(pthread_mutex_t *);
static uintptr_t first, end;	/* of the program's code */

static int
find_program(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (size_t i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
			first = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
			end = first + info->dlpi_phdr[i].p_memsz;
		}
	return 1;	/* the program comes first */
}

static void
rest(void)
{
	static _Thread_local unsigned seed;
	const char *ms = getenv("SLOW_LOCKS_MS");
	const unsigned most = ms != NULL ? (unsigned)atoi(ms) : USUAL_MS;
	struct timespec t = { 0 };
	int before;

	if (seed == 0)
		seed = (unsigned)syscall(SYS_gettid) * 2654435761u;
	t.tv_nsec = (long)(((unsigned)rand_r(&seed) % (most + 1)) * 1000000);
	/* No point where a thread can be cancelled that was none. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
	pthread_setcancelstate(before, &before);
}

__attribute__((constructor)) static void
start(void)
{
	dl_iterate_phdr(find_program, NULL);
}

int
pthread_mutex_lock(pthread_mutex_t *mutex)
{
	const uintptr_t caller = (uintptr_t)__builtin_return_address(0);

	if (lock == NULL)
		*(void **)&lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
	if (caller >= first && caller < end)
		rest();
	return lock(mutex);
}
