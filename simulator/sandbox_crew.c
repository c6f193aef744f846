#include "simulator/sandbox_crew.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 2, AGAIN_MS = 3000, TAIL = 4096, LISTEN_FD = 3 };

static long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
crew_print_log(const struct sandbox_member *m)
{
	char text[TAIL];
	int fd = open(m->log, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	if (lseek(fd, -TAIL, SEEK_END) < 0)
		lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)n, stderr);
	close(fd);
}

void
crew_ended(struct sandbox *s, pid_t pid, int status, int *failed)
{
	struct sandbox_member *m;
	int code, bad;

	for (m = s->crew; m < s->crew + s->crew_n && m->pid != pid; m++)
		;
	if (m == s->crew + s->crew_n)
		return;
	m->pid = 0;
	/*
	 * What the command ended itself is its own business, but for a pcscd that
	 * was to be ended gently. That one exits with 1 after SIGINT.
	 */
	code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (strcmp(m->name, "pcscd") == 0)
		bad = s->gentle && (!m->told || code > 1);
	else
		bad = m->told && WIFEXITED(status) && code != 0;
	if (bad) {
		sandbox_say("%s ended with status %d", m->name, code);
		crew_print_log(m);
		*failed = 1;
	}
}

/* Becomes the program: never returns. A listening socket becomes descriptor 3. */
static void
become(const struct sandbox *s, const struct sandbox_member *m, char *const *args, int listener)
{
	char pid[24];
	sigset_t none;
	int in = open("/dev/null", O_RDONLY);
	int log = open(m->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (s->plain)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	if (in < 0 || log < 0 || dup2(in, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0) {
		sandbox_say("%s: %s", m->log, strerror(errno));
		_exit(126);
	}
	if (listener >= 0) {
		if (in != LISTEN_FD)
			close(in);
		if (listener == LISTEN_FD)
			fcntl(listener, F_SETFD, 0);
		else if (dup2(listener, LISTEN_FD) < 0)
			_exit(126);
		snprintf(pid, sizeof(pid), "%ld", (long)getpid());
		setenv("LISTEN_PID", pid, 1);
		setenv("LISTEN_FDS", "1", 1);
	}
	if (s->preload != NULL && strcmp(m->name, "pcscd") == 0)
		setenv("LD_PRELOAD", s->preload, 1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(args[0], args);
	fprintf(stderr, "%s: %s\n", args[0], strerror(errno));
	_exit(127);
}

struct sandbox_member *
crew_start(struct sandbox *s, const char *name, const char *env, char *const *args, int listener)
{
	struct sandbox_member *m = &s->crew[s->crew_n];
	char pid[24];

	snprintf(m->name, sizeof(m->name), "%s", name);
	if (s->pcscd_log != NULL && strcmp(name, "pcscd") == 0)
		sandbox_path(m->log, "%s", s->pcscd_log);
	else
		sandbox_path(m->log, "%s/%s.log", s->logs_dir, name);
	fflush(NULL);
	if ((m->pid = fork()) == 0)
		become(s, m, args, listener);
	if (m->pid < 0) {
		sandbox_say("fork: %s", strerror(errno));
		return NULL;
	}
	snprintf(pid, sizeof(pid), "%ld", (long)m->pid);
	setenv(env, pid, 1);
	s->crew_n++;
	return m;
}

int
crew_wait(struct sandbox *s, struct sandbox_member *m, int (*answers)(const char *),
    const char *path)
{
	const long end = now_ms() + SANDBOX_START_MS;
	struct pollfd alive = { .fd = s->alive, .events = POLLIN };
	int status;

	while (!answers(path)) {
		if (waitpid(m->pid, &status, WNOHANG) == m->pid) {
			m->pid = 0;
			sandbox_say("%s did not start:", m->name);
			crew_print_log(m);
			return -1;
		}
		if (now_ms() > end) {
			sandbox_say("%s does not answer:", m->name);
			crew_print_log(m);
			return -1;
		}
		if (poll(&alive, 1, LOOK_MS) > 0)
			return -1;
	}
	return 0;
}

int
crew_run(const struct sandbox *s, char *const *args)
{
	struct sandbox_member tool = { .name = "tools" };
	int status;
	pid_t pid;

	sandbox_path(tool.log, "%s/%s.log", s->logs_dir, tool.name);
	fflush(NULL);
	if ((pid = fork()) == 0)
		become(s, &tool, args, -1);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	sandbox_say("%s %s %s failed:", args[0], args[1], args[2]);
	crew_print_log(&tool);
	return -1;
}

static int
anyone_told(const struct sandbox *s)
{
	for (size_t i = 0; i < s->crew_n; i++)
		if (s->crew[i].pid != 0 && s->crew[i].told)
			return 1;
	return 0;
}

/* Every child and what they left to us; without namespaces nobody else does it. */
static void
kill_children(void)
{
	FILE *f;
	long pid;

	do {
		if ((f = fopen("/proc/thread-self/children", "re")) == NULL)
			return;
		while (fscanf(f, "%ld", &pid) == 1)
			kill((pid_t)pid, SIGKILL);
		fclose(f);
	} while (waitpid(-1, NULL, 0) > 0);
}

/*
 * Until it has ended, or all have that were told to. pcscd looks for what SIGINT has told it once,
 * a millisecond later, and then waits for the next client: where its other thread was not as quick
 * as that, a second SIGINT has it look again, and it ends cleanly; after a third it would not.
 */
static void
see_it_end(struct sandbox *s, struct sandbox_member *m, int gently, long end, int *failed)
{
	struct timespec look = { .tv_nsec = LOOK_MS * 1000000 };
	const long again = now_ms() + AGAIN_MS;
	int status;
	pid_t pid;

	while (m->pid != 0 && m->told && anyone_told(s) && now_ms() < end) {
		if ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			crew_ended(s, pid, status, failed);
			continue;
		}
		if (gently && now_ms() >= again) {
			kill(m->pid, SIGINT);
			gently = 0;
		}
		nanosleep(&look, NULL);
	}
}

/* The HSM first, then pcscd, then the pads: each sees the next one to its end. */
void
crew_end(struct sandbox *s, int *failed)
{
	const long end = now_ms() + SANDBOX_END_MS;

	for (size_t i = s->crew_n; i-- > 0;) {
		struct sandbox_member *m = &s->crew[i];
		const int pcscd = strcmp(m->name, "pcscd") == 0;

		if (m->pid == 0)
			continue;
		m->told = !pcscd || s->gentle;
		kill(m->pid, pcscd ? (s->gentle ? SIGINT : SIGKILL) : SIGTERM);
		see_it_end(s, m, pcscd && s->gentle, end, failed);
		if (m->told && m->pid != 0) {
			sandbox_say("%s does not end", m->name);
			kill(m->pid, SIGKILL);
			*failed = 1;
		}
	}
	if (s->plain)
		kill_children();
}
