#include "hsm/daemon/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "hsm/admin/config.h"
#include "hsm/admin/log.h"
#include "hsm/daemon/harden.h"
#include "hsm/daemon/restart.h"

enum {
	ARGS_MAX = 16,
	ABOVE = 16,		/* descriptors are moved over the fixed ones first */
	END_MS = 15000,		/* a ceremony's PIN entry may have to run out; then SIGKILL */
};

struct child {
	const char *role;
	pid_t pid;		/* 0: none, or reaped */
};

struct parent {
	struct child vault, ward;
	int signals;		/* signalfd */
	int ready;		/* ward's byte comes here; -1 after it */
	int rings;		/* vault's come here; -1 when it has gone */
	struct restart restart;
	int log;		/* what children write, in the background; -1 in the foreground */
	char line[LOG_LINE_MAX * 4 + 1];	/* of it, what has no newline yet */
	size_t line_n;
	int launcher;		/* the process that the user started waits here; -1: none */
	int user_ready;
	int ending, killed, failed;
	int64_t kill_at;	/* ms, when ending: what has not ended then is killed */
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int
directory(const char *path, mode_t mode)
{
	const char *why;
	uid_t uid;
	gid_t gid;

	if (mkdir(path, mode) != 0) {
		if (errno == EEXIST)
			return 0;
		log_err("cannot make the directory %s: %s", path, strerror(errno));
		return -1;
	}
	/* The umask does not decide over secrets. */
	if (chmod(path, mode) != 0 ||
	    (harden_user(&uid, &gid, &why) && chown(path, uid, gid) != 0)) {
		log_err("cannot hand over the directory %s: %s", path, strerror(errno));
		return -1;
	}
	return 0;
}

static _Noreturn void
become(const char *role, const struct role_options *o, const int *fds, int n_fds)
{
	char *argv[ARGS_MAX];
	size_t n = 0;
	sigset_t none;

	argv[n++] = (char *)"cardinald";
	argv[n++] = (char *)"--role";
	argv[n++] = (char *)role;
	argv[n++] = (char *)"--state";
	argv[n++] = (char *)o->state;
	argv[n++] = (char *)"--run";
	argv[n++] = (char *)o->run;
	if (o->config != NULL) {
		argv[n++] = (char *)"--config";
		argv[n++] = (char *)o->config;
	}
	if (o->reader != NULL) {
		argv[n++] = (char *)"--reader";
		argv[n++] = (char *)o->reader;
	}
	if (o->no_seccomp)
		argv[n++] = (char *)"--no-seccomp";
	argv[n] = NULL;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 0; i < n_fds; i++)
		if (dup2(fds[i], ROLE_LINK_FD + i) < 0)
			_exit(1);
	if (close_range((unsigned)(ROLE_LINK_FD + n_fds), ~0u, 0) != 0)
		_exit(1);
	execv("/proc/self/exe", argv);
	log_err("cannot start %s: %s", role, strerror(errno));
	_exit(1);
}

static int
spawn(struct child *c, const char *role, const struct role_options *o, const int *fds, int n_fds)
{
	c->role = role;
	c->pid = fork();
	if (c->pid == 0)
		become(role, o, fds, n_fds);
	if (c->pid < 0) {
		c->pid = 0;
		log_err("cannot start %s: %s", role, strerror(errno));
		return -1;
	}
	return 0;
}

/* A descriptor above the fixed ones, closed on exec. */
static int
lift(int fd)
{
	const int up = fcntl(fd, F_DUPFD_CLOEXEC, ABOVE);

	close(fd);
	return up;
}

static int
start(struct parent *p, const struct role_options *o)
{
	/* By their numbers in the roles, from ROLE_LINK_FD on; the last is a pipe to us. */
	enum { LINKS = 3, FDS };
	int vault[FDS] = { -1, -1, -1, -1 }, ward[FDS] = { -1, -1, -1, -1 }, r = -1;
	int pair[2];

	for (size_t i = 0; i < LINKS; i++)
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0 ||
		    (vault[i] = lift(pair[0])) < 0 || (ward[i] = lift(pair[1])) < 0)
			goto out;
	/* Vault does not wait when nobody reads. */
	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) != 0 || (p->rings = lift(pair[0])) < 0 ||
	    (vault[LINKS] = lift(pair[1])) < 0 ||
	    pipe2(pair, O_CLOEXEC) != 0 || (p->ready = lift(pair[0])) < 0 ||
	    (ward[LINKS] = lift(pair[1])) < 0)
		goto out;
	if ((r = spawn(&p->vault, "vault", o, vault, FDS)) == 0)
		r = spawn(&p->ward, "ward", o, ward, FDS);
out:
	if (r != 0 && p->vault.role == NULL)
		log_err("cannot connect vault and ward: %s", strerror(errno));
	for (size_t i = 0; i < FDS; i++) {
		if (vault[i] >= 0)
			close(vault[i]);
		if (ward[i] >= 0)
			close(ward[i]);
	}
	return r;
}

/* Ward first: it tells vault how its ceremony ends, and hangs up; with that vault ends. */
static void
end(struct parent *p)
{
	if (p->ending)
		return;
	p->ending = 1;
	p->kill_at = now_ms() + END_MS;
	if (p->ward.pid != 0)
		kill(p->ward.pid, SIGTERM);
}

static void
ended(struct parent *p, struct child *c, int status)
{
	c->pid = 0;
	if (WIFSIGNALED(status))
		log_err("%s was killed by signal %d", c->role, WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0 || !p->ending)
		log_err("%s ended with exit status %d", c->role, WEXITSTATUS(status));
	if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0 || !p->ending)
		p->failed = 1;
	end(p);
}

static void
reap(struct parent *p)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == p->vault.pid)
			ended(p, &p->vault, status);
		else if (pid == p->ward.pid)
			ended(p, &p->ward, status);
		else
			(void)restart_reaped(&p->restart, pid, status, p->ending, now_ms());
	}
}

static void
signalled(struct parent *p)
{
	struct signalfd_siginfo info;

	if (read(p->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		reap(p);
	else
		end(p);
}

static void
log_line(const char *line)
{
	if (*line != '\0')
		syslog(strstr(line, " error: ") != NULL ? LOG_ERR : LOG_INFO, "%s", line);
}

/* The children's lines, one by one, to syslog; while the user still waits, to his terminal too. */
static void
relay(struct parent *p)
{
	char *at = p->line + p->line_n, *end, *line = p->line;
	const ssize_t n = read(p->log, at, sizeof(p->line) - 1 - p->line_n);

	if (n <= 0) {
		log_line(p->line);
		close(p->log);
		p->log = -1;
		return;
	}
	if (p->launcher >= 0 && write(p->launcher, at, (size_t)n) != n)
		syslog(LOG_DEBUG, "whoever started this does not listen");
	p->line_n += (size_t)n;
	p->line[p->line_n] = '\0';
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		log_line(line);
	}
	/* A part of a line waits for its rest, unless there is no room for more. */
	p->line_n = strlen(line);
	memmove(p->line, line, p->line_n + 1);
	if (p->line_n == sizeof(p->line) - 1) {
		log_line(p->line);
		p->line_n = 0;
		p->line[0] = '\0';
	}
}

/* For poll: until the children are killed, or -1. */
static int
patience(const struct parent *p)
{
	const int64_t left = p->kill_at - now_ms();

	return !p->ending || p->killed ? -1 : left > 0 ? (int)left : 0;
}

static void
serving(struct parent *p)
{
	char byte;
	const ssize_t n = read(p->ready, &byte, 1);

	close(p->ready);
	p->ready = -1;
	if (n != 1)
		return;		/* ward went before it served; its end is reported */
	if (p->user_ready >= 0) {
		if (write(p->user_ready, "\n", 1) != 1)
			log_debug("nobody waits at the ready descriptor");
		close(p->user_ready);
		p->user_ready = -1;
	}
	if (p->launcher >= 0) {
		/* A NUL: served. End of file without it: failed. */
		if (write(p->launcher, "", 1) != 1)
			log_debug("whoever started this has gone");
		close(p->launcher);
		p->launcher = -1;
	}
}

/* However often it has rung since we looked: once. */
static void
rung(struct parent *p)
{
	char bytes[64];
	const ssize_t n = read(p->rings, bytes, sizeof(bytes));

	if (n > 0 && !p->ending)
		restart_ring(&p->restart, now_ms());
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	close(p->rings);
	p->rings = -1;
}

/* For poll: the sooner of the two, -1 being never. */
static int
sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int
watch(struct parent *p)
{
	while (p->vault.pid != 0 || p->ward.pid != 0) {
		struct pollfd v[] = {
			{ .fd = p->signals, .events = POLLIN },
			{ .fd = p->ready, .events = POLLIN },
			{ .fd = p->log, .events = POLLIN },
			{ .fd = p->rings, .events = POLLIN },
		};
		const int n = poll(v, sizeof(v) / sizeof(v[0]),
		    sooner(patience(p), restart_patience(&p->restart, now_ms())));

		if (n < 0 && errno != EINTR)
			return 1;
		if (patience(p) == 0) {
			log_err("killing what does not end");
			p->failed = p->killed = 1;
			if (p->ward.pid != 0)
				kill(p->ward.pid, SIGKILL);
			if (p->vault.pid != 0)
				kill(p->vault.pid, SIGKILL);
		}
		restart_look(&p->restart, now_ms());
		if (v[3].revents != 0)
			rung(p);
		if (v[2].revents != 0)
			relay(p);
		if (v[1].revents != 0)
			serving(p);
		if (v[0].revents != 0)
			signalled(p);
	}
	while (p->log >= 0) {
		struct pollfd v = { .fd = p->log, .events = POLLIN };

		if (poll(&v, 1, 0) <= 0)
			break;
		relay(p);
	}
	return p->failed;
}

/* In the process that the user started: passes on what is said until it serves. Its exit status. */
static int
wait_serving(int fd)
{
	char text[256];
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0) {
		const char *nul = memchr(text, '\0', (size_t)n);
		const size_t said = nul != NULL ? (size_t)(nul - text) : (size_t)n;

		if (write(STDERR_FILENO, text, said) < 0 || nul != NULL)
			return nul != NULL ? 0 : 1;
	}
	return 1;
}

/* 0 in the daemon; in the process that the user started it does not return. */
static int
detach(struct parent *p)
{
	int say[2], log[2], null;
	pid_t pid;

	if (pipe2(say, O_CLOEXEC) != 0 || pipe2(log, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		log_err("cannot go to the background: %s", strerror(errno));
		return -1;
	}
	if (pid != 0) {
		close(say[1]);
		close(log[0]);
		close(log[1]);
		_exit(wait_serving(say[0]));
	}
	setsid();
	openlog("cardinald", LOG_PID, LOG_DAEMON);
	close(say[0]);
	p->launcher = lift(say[1]);
	p->log = lift(log[0]);
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(log[1], STDERR_FILENO) < 0)
		return -1;
	close(null);
	close(log[1]);
	return 0;
}

int
parent_run(const struct parent_options *o)
{
	struct parent p = {
		.signals = -1, .ready = -1, .rings = -1, .log = -1,
		.launcher = -1, .user_ready = o->ready_fd,
	};
	struct config config;
	char why[CONFIG_WHY_MAX];
	sigset_t set;

	/* Both children read it; a mistake in it is told once, here. */
	if (config_load(&config, o->role.config, why) != 0 ||
	    restart_init(&p.restart, &config, o->role.config, why) != 0) {
		log_err("%s", why);
		return 1;
	}
	if (directory(o->role.state, 0700) != 0 || directory(o->role.run, 0755) != 0)
		return 1;
	if (!o->foreground && detach(&p) != 0)
		return 1;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (p.signals = signalfd(-1, &set, SFD_CLOEXEC)) < 0) {
		log_err("cannot receive signals: %s", strerror(errno));
		return 1;
	}
	if (start(&p, &o->role) != 0) {
		p.failed = 1;
		end(&p);
	}
	return watch(&p);
}
