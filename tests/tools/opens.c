#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ifdhandler.h>

/*
 * opens LIBRARY DEVICENAME COUNT: what pcscd does with a driver when a reader comes and goes, COUNT
 * times in one process: opens it, asks what pcscd asks, powers its card, closes it. The card has to
 * be there each time.
 */
enum { LUN = 0, WAIT_MS = 10000 };

struct driver {
	RESPONSECODE (*open)(DWORD, LPSTR);
	RESPONSECODE (*close)(DWORD);
	RESPONSECODE (*get)(DWORD, DWORD, PDWORD, PUCHAR);
	RESPONSECODE (*power)(DWORD, DWORD, PUCHAR, PDWORD);
	RESPONSECODE (*present)(DWORD);
};

static void
find(void *library, const char *name, void *f)
{
	void *p = dlsym(library, name);

	if (p == NULL) {
		fprintf(stderr, "opens: %s\n", dlerror());
		exit(1);
	}
	memcpy(f, &p, sizeof(p));
}

static _Noreturn void
fail(unsigned long i, const char *what, RESPONSECODE r)
{
	fprintf(stderr, "opens: time %lu: %s answers %ld\n", i, what, r);
	exit(1);
}

/* The first look may be too early: a driver tells of a card when it has heard of it. */
static void
wait_for_card(const struct driver *d, unsigned long i)
{
	RESPONSECODE (*poll)(DWORD, int) = NULL;
	DWORD n = sizeof(poll);
	UCHAR value[sizeof(poll)];
	struct timespec t;
	time_t end;
	RESPONSECODE r;

	if ((r = d->get(LUN, TAG_IFD_POLLING_THREAD_WITH_TIMEOUT, &n, value)) != IFD_SUCCESS)
		fail(i, "TAG_IFD_POLLING_THREAD_WITH_TIMEOUT", r);
	memcpy(&poll, value, sizeof(poll));
	clock_gettime(CLOCK_MONOTONIC, &t);
	end = t.tv_sec + WAIT_MS / 1000;
	while ((r = d->present(LUN)) != IFD_ICC_PRESENT) {
		clock_gettime(CLOCK_MONOTONIC, &t);
		if (t.tv_sec > end)
			fail(i, "IFDHICCPresence", r);
		(void)poll(LUN, WAIT_MS);
	}
}

int
main(int argc, char **argv)
{
	unsigned long count, i;
	UCHAR atr[MAX_ATR_SIZE];
	struct driver d;
	void *library;
	DWORD n;
	RESPONSECODE r;

	if (argc != 4) {
		fputs("usage: opens LIBRARY DEVICENAME COUNT\n", stderr);
		return 2;
	}
	count = strtoul(argv[3], NULL, 10);
	if ((library = dlopen(argv[1], RTLD_NOW)) == NULL) {
		fprintf(stderr, "opens: %s\n", dlerror());
		return 1;
	}
	find(library, "IFDHCreateChannelByName", &d.open);
	find(library, "IFDHCloseChannel", &d.close);
	find(library, "IFDHGetCapabilities", &d.get);
	find(library, "IFDHPowerICC", &d.power);
	find(library, "IFDHICCPresence", &d.present);
	for (i = 0; i < count; i++) {
		if ((r = d.open(LUN, argv[2])) != IFD_SUCCESS)
			fail(i, "IFDHCreateChannelByName", r);
		wait_for_card(&d, i);
		n = sizeof(atr);
		if ((r = d.power(LUN, IFD_POWER_UP, atr, &n)) != IFD_SUCCESS || n == 0)
			fail(i, "IFDHPowerICC", r);
		if ((r = d.close(LUN)) != IFD_SUCCESS)
			fail(i, "IFDHCloseChannel", r);
	}
	return 0;
}
