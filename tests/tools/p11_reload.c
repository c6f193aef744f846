#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tools/p11_load.h"

/*
 * p11_reload TIMES: loads the module of P11_MODULE, uses it, finalises it and lets it go, so often;
 * threads that have used it end after it has gone. Prints by how many KiB the process has grown
 * since the tenth time.
 */
enum { WARM = 10 };

static struct p11 m;
static pthread_barrier_t gone;

/* What libcrypto keeps of a thread is freed when it ends. */
static void *
outlives(void *arg)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_SESSION_HANDLE *s = arg;
	CK_BYTE byte;

	m.f->C_GenerateRandom(*s, &byte, 1);
	m.f->C_DigestInit(*s, &sha256);
	pthread_barrier_wait(&gone);
	pthread_barrier_wait(&gone);
	return NULL;
}

static long
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long all, there;

	if (f == NULL || fscanf(f, "%ld %ld", &all, &there) != 2)
		exit(1);
	fclose(f);
	return there * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
once(void)
{
	CK_SESSION_HANDLE s = CK_INVALID_HANDLE;
	pthread_t thread;

	p11_load(&m, NULL);
	p11_must("C_Initialize", m.f->C_Initialize(NULL));
	/* Where there is no daemon there is no session. */
	m.f->C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &s);
	if (pthread_create(&thread, NULL, outlives, &s) != 0)
		exit(1);
	pthread_barrier_wait(&gone);
	p11_must("C_Finalize", m.f->C_Finalize(NULL));
	if (dlclose(m.library) != 0)
		exit(1);
	pthread_barrier_wait(&gone);
	pthread_join(thread, NULL);
}

int
main(int argc, char **argv)
{
	const int times = argc == 2 ? atoi(argv[1]) : 0;
	long before = 0;

	if (times <= WARM) {
		fputs("usage: p11_reload TIMES\n", stderr);
		return 2;
	}
	pthread_barrier_init(&gone, NULL, 2);
	for (int i = 0; i < times; i++) {
		once();
		if (i == WARM)
			before = resident();
	}
	printf("%ld\n", resident() - before);
	return 0;
}
