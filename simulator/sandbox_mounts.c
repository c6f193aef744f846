#include "simulator/sandbox_mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char private_base[] = "/run/cardinal-sandbox";
static const char drivers_dir[] = "/usr/lib/pcsc/drivers";

static int
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t n = strlen(text);
	int r = -1;

	if (fd < 0)
		return -1;
	if (write(fd, text, n) == (ssize_t)n)
		r = 0;
	close(fd);
	return r;
}

int
mounts_become_root(uid_t uid, gid_t gid)
{
	char map[64];

	/* user_namespaces(7): without privilege outside, setgroups must be denied first. */
	if (write_file("/proc/self/setgroups", "deny") != 0 && errno != ENOENT)
		return -1;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (write_file("/proc/self/uid_map", map) != 0)
		return -1;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return write_file("/proc/self/gid_map", map);
}

static int
make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

/*
 * Puts what /run holds into the new one, but for what is to be ours, so that
 * the command still finds its name server, its agents and its session. What
 * cannot be taken over is left out.
 */
static void
take_over(const char *from, const char *to)
{
	char a[PATH_MAX], b[PATH_MAX], link[PATH_MAX];
	struct dirent *e;
	struct stat st;
	DIR *d = opendir(from);
	ssize_t n;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    strcmp(e->d_name, "pcscd") == 0 || strcmp(e->d_name, "cardinal") == 0 ||
		    strcmp(e->d_name, "cardinal-sandbox") == 0)
			continue;
		sandbox_path(a, "%s/%s", from, e->d_name);
		sandbox_path(b, "%s/%s", to, e->d_name);
		if (lstat(a, &st) != 0)
			continue;
		if (S_ISLNK(st.st_mode)) {
			if ((n = readlink(a, link, sizeof(link) - 1)) > 0) {
				link[n] = '\0';
				(void)!symlink(link, b);
			}
		} else if (S_ISDIR(st.st_mode)) {
			if (mkdir(b, 0755) == 0 && mount(a, b, NULL, MS_BIND | MS_REC, NULL) != 0)
				rmdir(b);
		} else if (make_file(b) == 0 && mount(a, b, NULL, MS_BIND, NULL) != 0)
			unlink(b);
	}
	closedir(d);
}

/* A new /run: built on /tmp's mount point in this namespace alone, then moved to its place. */
static int
private_run(void)
{
	char old[64];
	int fd, r;

	if ((fd = open("/run", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	/* The old directory stays reachable through its descriptor. */
	snprintf(old, sizeof(old), "/proc/self/fd/%d", fd);
	r = mount("cardinal", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
	if (r == 0)
		take_over(old, "/run");
	close(fd);
	return r;
}

/* pcscd drives what it finds in its directory of USB drivers: only what --drivers names. */
static int
private_drivers(struct sandbox *s)
{
	char copy[PATH_MAX], empty[PATH_MAX];
	const char *from = s->drivers;

	if (access(drivers_dir, F_OK) != 0)
		return 0;
	if (s->pads > 0 && strncmp(s->driver, drivers_dir, strlen(drivers_dir)) == 0) {
		sandbox_path(copy, "%s/libifd-cardinal.so", private_base);
		if (make_file(copy) != 0 || mount(s->driver, copy, NULL, MS_BIND, NULL) != 0)
			return -1;
		sandbox_path(s->driver, "%s", copy);
	}
	if (from == NULL) {
		sandbox_path(empty, "%s/drivers", private_base);
		if (mkdir(empty, 0755) != 0)
			return -1;
		from = empty;
	}
	return mount(from, drivers_dir, NULL, MS_BIND, NULL);
}

int
mounts_furnish(struct sandbox *s)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || private_run() != 0 ||
	    mkdir(private_base, 0700) != 0 || mkdir("/run/cardinal", 0755) != 0 ||
	    mkdir("/run/pcscd", 0755) != 0 || private_drivers(s) != 0)
		return -1;
	/* Forbidden in some containers; then process ids in /proc are those outside. */
	(void)mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	sandbox_path(s->base, "%s", private_base);
	sandbox_path(s->run, "/run/cardinal");
	return 0;
}
