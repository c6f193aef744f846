#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/tools/p11_life.h"

/*
 * Key pairs that have to be there once they were acknowledged, whatever is killed meanwhile.
 * SLOT PIN as p11_life.h has them; each label goes to FILE when its key pair was acknowledged.
 *
 *   p11_keys make SLOT PIN PREFIX FILE SECONDS    through every restart of the daemon
 *   p11_keys killed N SLOT PIN PREFIX FILE        N clients, each killed while it makes keys
 *   p11_keys check SLOT PIN FILE                  all of FILE are there and sign; no half pair
 */
static long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int
open_list(const char *path)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0)
		p11_misused("cannot write", path);
	return fd;
}

/* Until the end of time, or that moment: how many. */
static unsigned long
make(struct p11_life *life, const char *prefix, int list, long until)
{
	char line[P11_LABEL + 1];
	unsigned long made = 0;
	CK_RV rv;

	while (until == 0 || now_ms() < until) {
		snprintf(line, P11_LABEL, "%s-%lu", prefix, made);
		if ((rv = p11_life_make(life, line)) != CKR_OK) {
			p11_life_again(life, rv);
			/* It may have come to be, unacknowledged: that name is used up. */
			made++;
			continue;
		}
		made++;
		strcat(line, "\n");
		if (write(list, line, strlen(line)) != (ssize_t)strlen(line))
			p11_misused("cannot write", "the list");
	}
	return made;
}

static void
killed(unsigned long n, CK_SLOT_ID slot, const char *pin, const char *prefix, const char *path)
{
	for (unsigned long i = 0; i < n; i++) {
		char name[P11_LABEL - 24];
		struct timespec pause = { 0, 0 };
		pid_t pid;
		int status;

		snprintf(name, sizeof(name), "%s-%lu", prefix, i);
		if ((pid = fork()) == 0) {
			struct p11_life life;

			p11_life_begin(&life, slot, pin);
			make(&life, name, open_list(path), 0);
		}
		/* From its start on: also while it connects and logs in. */
		pause.tv_nsec = (long)(random() % 120) * 1000000 / (i % 3 == 0 ? 8 : 1);
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status)) {
			fprintf(stderr, "client %lu ended by itself: %d\n", i, status);
			exit(1);
		}
	}
}

int
main(int argc, char **argv)
{
	struct p11_life life;
	unsigned long n;

	srandom((unsigned)getpid());
	if (argc == 7 && strcmp(argv[1], "make") == 0) {
		p11_life_begin(&life, strtoul(argv[2], NULL, 0), argv[3]);
		n = make(&life, argv[4], open_list(argv[5]),
		    now_ms() + strtol(argv[6], NULL, 0) * 1000);
		printf("%lu made, %lu times begun anew\n", n, life.again);
		return 0;
	}
	if (argc == 7 && strcmp(argv[1], "killed") == 0) {
		killed(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0), argv[4], argv[5],
		    argv[6]);
		return 0;
	}
	if (argc == 5 && strcmp(argv[1], "check") == 0) {
		p11_life_begin(&life, strtoul(argv[2], NULL, 0), argv[3]);
		return p11_life_check(&life, argv[4]);
	}
	fputs("usage: p11_keys make|killed|check ...\n", stderr);
	return 2;
}
