#include "simulator/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <winscard.h>

#include "simulator/sandbox_crew.h"

enum { ARGS_MAX = SANDBOX_PCSCD_ARGS + 8, ANSWER_MS = 1000 };

static void
find_program(const struct sandbox *s, const char *name, char path[PATH_MAX])
{
	static const char *const dirs[] = { "", "/../sbin" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		sandbox_path(path, "%s%s/%s", s->here, dirs[i], name);
		if (access(path, X_OK) == 0)
			return;
	}
	sandbox_path(path, "/usr/sbin/%s", name);
	if (access(path, X_OK) != 0)
		sandbox_path(path, "%s", name);
}

/* A connection to the socket of that name, or -1. */
static int
reach(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(a.sun_path) ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return -1;
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
listens(const char *path)
{
	const int fd = reach(path);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The daemon listens before it knows whether it can serve. */
static int
hsm_answers(const char *path)
{
	static const char ask[] = "GET /v1/status HTTP/1.0\r\n\r\n";
	struct pollfd p = { .fd = reach(path), .events = POLLIN };
	char byte;
	int r;

	if (p.fd < 0)
		return 0;
	r = send(p.fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) == sizeof(ask) - 1 &&
	    poll(&p, 1, ANSWER_MS) == 1 && read(p.fd, &byte, 1) == 1;
	close(p.fd);
	return r;
}

static int
pcscd_answers(const char *unused)
{
	SCARDCONTEXT context;

	(void)unused;
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
		return 0;
	SCardReleaseContext(context);
	return 1;
}

/*
 * pcscd opens the readers of its configuration before it answers, so one look
 * tells. It lists those that it could not open, too; but they cannot be connected.
 */
static unsigned
count_readers(void)
{
	SCARDCONTEXT context;
	SCARDHANDLE handle;
	DWORD protocol;
	LPSTR names = NULL;
	DWORD size = SCARD_AUTOALLOCATE;
	unsigned n = 0;

	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
		return 0;
	if (SCardListReaders(context, NULL, (LPSTR)&names, &size) == SCARD_S_SUCCESS) {
		for (const char *name = names; *name != '\0'; name += strlen(name) + 1)
			if (SCardConnect(context, name, SCARD_SHARE_DIRECT, 0, &handle,
			    &protocol) == SCARD_S_SUCCESS) {
				SCardDisconnect(handle, SCARD_LEAVE_CARD);
				n++;
			}
		SCardFreeMemory(context, names);
	}
	SCardReleaseContext(context);
	return n;
}

static int
start_pads(struct sandbox *s)
{
	char program[PATH_MAX], socket_path[PATH_MAX], name[SANDBOX_NAME], env[SANDBOX_NAME],
	    number[16];
	struct sandbox_member *m;

	find_program(s, "cardinal-pad", program);
	for (unsigned i = 0; i < s->pads; i++) {
		char *args[] = { program, "--headless", "--pad", number, "--cards", s->cards_dir,
		    NULL, NULL, NULL };

		if (s->without != NULL) {
			args[6] = "--without";
			args[7] = (char *)(uintptr_t)s->without;
		}
		snprintf(number, sizeof(number), "%u", i);
		snprintf(name, sizeof(name), "pad%u", i);
		snprintf(env, sizeof(env), "SANDBOX_PAD%u", i);
		if ((m = crew_start(s, name, env, args, -1)) == NULL)
			return -1;
		/* The control socket: the driver's takes one driver only. */
		sandbox_path(socket_path, "%s/pad%u.ctl", s->run, i);
		if (crew_wait(s, m, listens, socket_path) != 0)
			return -1;
	}
	return 0;
}

/* What --readers names, behind our own. */
static int
copy_readers(const struct sandbox *s, FILE *to)
{
	char text[4096];
	FILE *from;
	size_t n;
	int r;

	if (s->readers == NULL)
		return 0;
	if ((from = fopen(s->readers, "re")) == NULL) {
		sandbox_say("%s: %s", s->readers, strerror(errno));
		return -1;
	}
	while ((n = fread(text, 1, sizeof(text), from)) > 0)
		fwrite(text, 1, n, to);
	r = ferror(from) ? -1 : 0;
	fclose(from);
	return r;
}

static int
write_readers(const struct sandbox *s, const char *dir)
{
	char path[PATH_MAX];
	FILE *f;
	int r;

	sandbox_path(path, "%s/cardinal", dir);
	if (mkdir(dir, 0700) != 0 || (f = fopen(path, "we")) == NULL) {
		sandbox_say("%s: %s", dir, strerror(errno));
		return -1;
	}
	for (unsigned i = 0; i < s->pads; i++)
		fprintf(f,
		    "FRIENDLYNAME \"Cardinal PIN pad %u\"\nDEVICENAME cardinal:%s/pad%u.sock\n"
		    "LIBPATH %s\n\n", i, s->run, i, s->driver);
	r = copy_readers(s, f);
	return fclose(f) == 0 ? r : -1;
}

/* sd_listen_fds(3): pcscd 1.9.9 has no other way to listen elsewhere than in /run/pcscd. */
static int
listen_for_pcscd(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		return -1;
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, SOMAXCONN) != 0) {
		sandbox_say("%s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * Without namespaces pcscd makes /run/pcscd and a file with its process id
 * there, and being killed leaves both. A file that names another is not ours.
 */
static void
forget_pcscd(const struct sandbox *s, long pid)
{
	static const char pid_file[] = "/run/pcscd/pcscd.pid";
	FILE *f = fopen(pid_file, "re");
	long written = 0;

	if (f == NULL)
		return;
	if (fscanf(f, "%ld", &written) != 1)
		written = 0;
	fclose(f);
	if (written == pid)
		unlink(pid_file);
	if (s->ipc_is_new)
		rmdir("/run/pcscd");
}

static int
start_pcscd(struct sandbox *s)
{
	char program[PATH_MAX], readers[PATH_MAX], path[PATH_MAX];
	char *args[ARGS_MAX] = { program, "-f", "-c", readers };
	struct sandbox_member *m;
	size_t n = 4;
	int listener = -1;

	for (size_t i = 0; i < s->pcscd_args_n; i++)
		args[n++] = (char *)(uintptr_t)s->pcscd_args[i];
	find_program(s, "pcscd", program);
	sandbox_path(readers, "%s/readers", s->base);
	sandbox_path(path, "%s/pcscd.comm", s->plain ? s->run : "/run/pcscd");
	if (write_readers(s, readers) != 0 || (s->plain && (listener = listen_for_pcscd(path)) < 0))
		return -1;
	setenv("PCSCLITE_CSOCK_NAME", path, 1);
	s->ipc_is_new = access("/run/pcscd", F_OK) != 0;
	m = crew_start(s, "pcscd", "SANDBOX_PCSCD", args, listener);
	/* Ours must not outlive pcscd's, or a look at it would wait for ever. */
	if (listener >= 0)
		close(listener);
	if (m != NULL)
		s->pcscd = m->pid;
	if (m == NULL || crew_wait(s, m, pcscd_answers, path) != 0) {
		if (s->plain)
			sandbox_say("without namespaces pcscd needs a /run/pcscd, "
			    "which only root can make");
		return -1;
	}
	if (count_readers() < s->pads) {
		sandbox_say("pcscd could not open %s:", s->driver);
		crew_print_log(m);
		return -1;
	}
	return 0;
}

/* The daemon, told to trust the deck's issuer, which the factory makes where there is none. */
static int
start_hsm(struct sandbox *s)
{
	char daemon[PATH_MAX], tool[PATH_MAX], pad[PATH_MAX], path[PATH_MAX], issuer[PATH_MAX],
	    config[PATH_MAX];
	char *args[] = { daemon, "--foreground", "--config", config, NULL };
	char *make[] = { pad, "card", "issuer", "--cards", s->cards_dir, NULL };
	char *add[] = { tool, "issuer", "add", issuer, NULL };
	struct sandbox_member *m;

	if (s->hsm_config != NULL)
		sandbox_path(config, "%s", s->hsm_config);
	else
		args[2] = NULL;
	find_program(s, "cardinald", daemon);
	find_program(s, "cardinal", tool);
	find_program(s, "cardinal-pad", pad);
	sandbox_path(path, "%s/admin.sock", s->run);
	sandbox_path(issuer, "%s/issuer.pem", s->cards_dir);
	if (crew_run(s, make) != 0 ||
	    (m = crew_start(s, "cardinald", "SANDBOX_CARDINALD", args, -1)) == NULL ||
	    crew_wait(s, m, hsm_answers, path) != 0)
		return -1;
	return crew_run(s, add);
}

static int
prepare(struct sandbox *s)
{
	const struct {
		const char *asked, *name;
		char *path;
	} dirs[] = {
		{ s->cards, "cards", s->cards_dir },
		{ s->state, "state", s->state_dir },
		{ s->logs, "logs", s->logs_dir },
	};
	const char *path = getenv("PATH");
	char with_ours[PATH_MAX];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (dirs[i].asked != NULL)
			continue;
		sandbox_path(dirs[i].path, "%s/%s", s->base, dirs[i].name);
		if (mkdir(dirs[i].path, 0700) != 0) {
			sandbox_say("%s: %s", dirs[i].path, strerror(errno));
			return -1;
		}
	}
	sandbox_path(with_ours, "%s:%s", s->here, path != NULL ? path : "/usr/bin:/bin");
	setenv("PATH", with_ours, 1);
	setenv("CARDINAL_RUN", s->run, 1);
	setenv("CARDINAL_CARDS", s->cards_dir, 1);
	setenv("CARDINAL_STATE", s->state_dir, 1);
	setenv("SANDBOX_LOGS", s->logs_dir, 1);
	return 0;
}

static pid_t
start_command(struct sandbox *s)
{
	sigset_t none;
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) != 0)
		return pid;
	if (s->plain)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(s->command[0], s->command);
	sandbox_say("%s: %s", s->command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Waits for the command, or for the outer process's end. */
static int
attend(struct sandbox *s, pid_t command, int signals, int *failed)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN }, { .fd = s->alive, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	for (;;) {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			if (pid == command)
				return WIFEXITED(status) ? WEXITSTATUS(status) :
				    128 + WTERMSIG(status);
			crew_ended(s, pid, status, failed);
		}
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents != 0)
			return 1;
		if (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
			continue;
		if (info.ssi_signo != SIGCHLD && info.ssi_code != SI_KERNEL)
			kill(command, (int)info.ssi_signo);
	}
}

int
sandbox_inner(struct sandbox *s)
{
	sigset_t set;
	int signals, failed = 0, r = 1;
	pid_t command;

	sigprocmask(SIG_BLOCK, NULL, &set);
	if ((signals = signalfd(-1, &set, SFD_CLOEXEC)) < 0 || prepare(s) != 0 ||
	    start_pads(s) != 0 || start_pcscd(s) != 0 || (s->hsm && start_hsm(s) != 0))
		goto out;
	if ((command = start_command(s)) < 0) {
		sandbox_say("fork: %s", strerror(errno));
		goto out;
	}
	r = attend(s, command, signals, &failed);
out:
	crew_end(s, &failed);
	if (s->plain && s->pcscd != 0)
		forget_pcscd(s, s->pcscd);
	return r == 0 && failed ? 1 : r;
}
