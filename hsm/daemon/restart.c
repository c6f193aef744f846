#include "hsm/daemon/restart.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/log.h"
#include "hsm/daemon/harden.h"

/*
 * user_namespaces(7), Unmapped user and group IDs: whoever is outside of our namespace, and above
 * it. Nobody inside can be that.
 */
static int
above(uid_t uid)
{
	enum { OVERFLOW_UID = 65534 };

	return uid == OVERFLOW_UID && !harden_maps(uid);
}

/*
 * Nobody but root and us may change what is there. In a sticky directory names have owners; a link
 * has no mode of its own.
 */
static int
ours(const struct stat *s)
{
	return (s->st_uid == 0 || s->st_uid == geteuid() || above(s->st_uid)) &&
	    ((s->st_mode & 022) == 0 ||
	    S_ISLNK(s->st_mode) || (S_ISDIR(s->st_mode) && (s->st_mode & S_ISVTX) != 0));
}

/* The file and all directories over it; path becomes the one that is in the way. */
static int
walk(char *path)
{
	struct stat s;
	char *slash;

	for (;;) {
		if (lstat(path, &s) != 0)
			return ERR_NOT_FOUND;
		if (!ours(&s))
			return ERR_DENIED;
		if (strcmp(path, "/") == 0 || (slash = strrchr(path, '/')) == NULL)
			return 0;
		slash[slash == path] = '\0';
	}
}

/* As it is called, and where links lead to. */
static int
guarded(const char *path, char bad[PATH_MAX])
{
	int r;

	snprintf(bad, PATH_MAX, "%s", path);
	if ((r = walk(bad)) != 0)
		return r;
	return realpath(path, bad) != NULL ? walk(bad) : ERR_NOT_FOUND;
}

static int
check(const char *path, char why[CONFIG_WHY_MAX])
{
	char bad[PATH_MAX];
	const int r = guarded(path, bad);

	if (r == ERR_NOT_FOUND)
		snprintf(why, CONFIG_WHY_MAX, "restart_command: there is no %.200s", bad);
	else if (r != 0)
		snprintf(why, CONFIG_WHY_MAX, "restart_command: others than root may write to "
		    "%.200s, so what it names is not run", bad);
	return r;
}

int
restart_init(struct restart *v, const struct config *config, const char *path,
    char why[CONFIG_WHY_MAX])
{
	char *rest = v->text, *word;
	size_t n = 0;
	int r;

	memset(v, 0, sizeof(*v));
	snprintf(v->text, sizeof(v->text), "%s", config->restart_command);
	while ((word = strsep(&rest, " \t")) != NULL) {
		if (*word == '\0')
			continue;
		if (n == RESTART_WORDS) {
			snprintf(why, CONFIG_WHY_MAX, "restart_command has more than %d words",
			    RESTART_WORDS);
			return ERR_FORMAT;
		}
		v->word[n++] = word;
	}
	if (n == 0)
		return 0;
	if (v->word[0][0] != '/') {
		snprintf(why, CONFIG_WHY_MAX, "restart_command does not begin with the path of a "
		    "program, from / on");
		return ERR_FORMAT;
	}
	if ((r = check(path != NULL ? path : CONFIG_FILE, why)) == 0)
		r = check(v->word[0], why);
	return r == ERR_NOT_FOUND ? ERR_FORMAT : r;
}

static _Noreturn void
become(char *const *word)
{
	static char *const environment[] = {
		(char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL,
	};
	sigset_t none;
	int null;

	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	if (sigprocmask(SIG_SETMASK, &none, NULL) != 0 || setsid() < 0 || chdir("/") != 0 ||
	    (null = open("/dev/null", O_RDWR)) < 0)
		_exit(127);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			_exit(127);
	if (close_range(STDERR_FILENO + 1, ~0u, 0) != 0)
		_exit(127);
	execve(word[0], word, environment);
	_exit(127);
}

void
restart_ring(struct restart *v, int64_t now)
{
	char why[CONFIG_WHY_MAX];

	if (v->word[0] == NULL) {
		log_info("an opening has failed; no restart_command is configured");
		return;
	}
	if (v->pid != 0) {
		v->again = 1;
		return;
	}
	v->again = 0;
	/* It was good when the daemon began, which may be long ago. */
	if (check(v->word[0], why) != 0) {
		log_err("%s", why);
		return;
	}
	v->pid = fork();
	if (v->pid == 0)
		become(v->word);
	if (v->pid < 0) {
		v->pid = 0;
		log_err("cannot run the restart command: %s", strerror(errno));
		return;
	}
	v->signal = SIGTERM;
	v->until = now + RESTART_MS;
	log_info("an opening has failed; running the restart command %s", v->word[0]);
}

int
restart_patience(const struct restart *v, int64_t now)
{
	if (v->pid == 0 || v->signal == 0)
		return -1;
	return v->until > now ? (int)(v->until - now) : 0;
}

void
restart_look(struct restart *v, int64_t now)
{
	if (restart_patience(v, now) != 0)
		return;
	if (v->signal == SIGTERM)
		log_err("the restart command has not ended in %d s: ending it", RESTART_MS / 1000);
	else
		log_err("the restart command does not end: killing it");
	/* What it has started goes with it, but for what has a group of its own. */
	if (kill(-v->pid, v->signal) != 0)
		kill(v->pid, v->signal);
	v->signal = v->signal == SIGTERM ? SIGKILL : 0;
	v->until = now + RESTART_KILL_MS;
}

int
restart_reaped(struct restart *v, pid_t pid, int status, int ending, int64_t now)
{
	if (v->pid == 0 || pid != v->pid)
		return 0;
	v->pid = 0;
	if (WIFSIGNALED(status))
		log_err("the restart command was killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		log_err("the restart command ended with exit status %d", WEXITSTATUS(status));
	else
		log_info("the restart command is done");
	if (v->again && !ending)
		restart_ring(v, now);
	return 1;
}
