#include "simulator/guard.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* Alternate screen off, cursor on, mouse off, attributes off: common terminals know these. */
#define RESTORE "\033[?1049l\033[?25h\033[?1000l\033[?1006l\033[0m\r\n"

static void
give_back(const struct termios *was)
{
	tcsetattr(STDIN_FILENO, TCSADRAIN, was);
	if (write(STDOUT_FILENO, RESTORE, strlen(RESTORE)) < 0)
		return;
}

static void
watch(pid_t child, const sigset_t *set, const struct termios *was)
{
	int status, got;

	for (;;) {
		if (waitpid(child, &status, WNOHANG) == child)
			break;
		got = sigwaitinfo(set, NULL);
		if (got > 0 && got != SIGCHLD)
			kill(child, got);
	}
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	give_back(was);
	fprintf(stderr, "cardinal-pad: %s\n", strsignal(WTERMSIG(status)));
	_exit(128 + WTERMSIG(status));
}

int
guard_terminal(void)
{
	sigset_t set, old;
	struct termios was;
	pid_t child, self = getpid();

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &was) != 0)
		return 0;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_BLOCK, &set, &old);
	if ((child = fork()) > 0)
		watch(child, &set, &was);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		/* The guard may have died before that. */
		if (getppid() != self)
			_exit(EXIT_FAILURE);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return 0;
}
