#include "simulator/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "simulator/sandbox_mounts.h"

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	(void)remove(path);
	return 0;
}

static void
remove_all(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Without namespaces: a directory of our own, short enough for sockets in it. */
static int
plain_base(struct sandbox *s)
{
	const char *tmp = getenv("TMPDIR");
	const size_t room = sizeof(((struct sockaddr_un *)0)->sun_path) -
	    sizeof("/cardinal-XXXXXX/run/pcscd.comm");

	if (tmp == NULL || tmp[0] != '/' || strlen(tmp) > room)
		tmp = "/tmp";
	sandbox_path(s->base, "%s/cardinal-XXXXXX", tmp);
	if (mkdtemp(s->base) == NULL) {
		sandbox_say("%s: %s", s->base, strerror(errno));
		return -1;
	}
	sandbox_path(s->run, "%s/run", s->base);
	if (mkdir(s->run, 0700) != 0) {
		sandbox_say("%s: %s", s->run, strerror(errno));
		return -1;
	}
	return 0;
}

/* The ways into namespaces of our own, the best one first. */
static const int ways[] = {
	CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID,
	CLONE_NEWNS | CLONE_NEWPID,	/* real root, where user namespaces are forbidden */
};

/* What the inner process does first: 0 and a byte in `ready`, or the reason as errno. */
static void
inner_process(struct sandbox *s, int flags, uid_t uid, gid_t gid, int ready,
    int (*inner)(struct sandbox *))
{
	int r = 0;

	if (flags != 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (((flags & CLONE_NEWUSER) != 0 && mounts_become_root(uid, gid) != 0) ||
		    mounts_furnish(s) != 0)
			r = errno;
	} else
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (write(ready, &r, sizeof(r)) != sizeof(r) || r != 0)
		_exit(1);
	close(ready);
	r = inner(s);
	if (flags == 0)
		remove_all(s->base);
	fflush(NULL);
	_exit(r);
}

/* Starts it; -1 with errno when this way is closed. */
static pid_t
enter(struct sandbox *s, int flags, int (*inner)(struct sandbox *))
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int ready[2], alive[2], why = ECHILD;
	ssize_t n;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(alive, O_CLOEXEC) != 0)
		return -1;
	/* The bare call, as a fork: it alone makes its child process 1 of the new namespace. */
	pid = (pid_t)syscall(SYS_clone, (unsigned long)flags | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0) {
		close(ready[0]);
		close(alive[1]);
		s->alive = alive[0];
		inner_process(s, flags, uid, gid, ready[1], inner);
	}
	why = errno;
	close(ready[1]);
	close(alive[0]);
	if (pid > 0) {
		n = read(ready[0], &why, sizeof(why));
		if (n != (ssize_t)sizeof(why))
			why = ECHILD;
		if (why != 0) {
			waitpid(pid, NULL, 0);
			pid = -1;
		}
	}
	close(ready[0]);
	if (pid < 0) {
		close(alive[1]);
		errno = why;
	}
	/* else alive[1] stays open until we end. */
	return pid;
}

static int
pass_signals_on(pid_t pid, const sigset_t *set)
{
	struct signalfd_siginfo info;
	int fd = signalfd(-1, set, SFD_CLOEXEC), status;

	for (;;) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
		if (fd < 0 || read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
			continue;
		/* What the terminal sends, the command has got as well. */
		if (info.ssi_signo != SIGCHLD && info.ssi_code != SI_KERNEL)
			kill(pid, (int)info.ssi_signo);
	}
	if (fd >= 0)
		close(fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
sandbox_room(struct sandbox *s, int (*inner)(struct sandbox *))
{
	const char *how = getenv("CARDINAL_SANDBOX");
	sigset_t set;
	pid_t pid = -1;
	int r = 1;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (how == NULL || strcmp(how, "plain") != 0) {
		for (size_t i = 0; pid < 0 && i < sizeof(ways) / sizeof(ways[0]); i++)
			pid = enter(s, ways[i], inner);
		if (pid < 0)
			sandbox_say("no namespaces here (%s); pcscd runs as it is",
			    strerror(errno));
	}
	if (pid < 0) {
		s->plain = 1;
		if (plain_base(s) != 0)
			goto out;
		if ((pid = enter(s, 0, inner)) < 0) {
			sandbox_say("fork: %s", strerror(errno));
			goto out;
		}
	}
	r = pass_signals_on(pid, &set);
out:
	if (s->plain && s->base[0] != '\0')
		remove_all(s->base);
	return r;
}
