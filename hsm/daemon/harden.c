#include "hsm/daemon/harden.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/log.h"

/* user_namespaces(7): lines of first id inside, first id outside, count. */
static int
mapped(const char *map, unsigned long id)
{
	unsigned long inside, outside, count;
	FILE *f = fopen(map, "re");
	int found = 0;

	if (f == NULL)
		return 0;
	while (!found && fscanf(f, "%lu %lu %lu", &inside, &outside, &count) == 3)
		found = id >= inside && id - inside < count;
	fclose(f);
	return found;
}

int
harden_maps(uid_t uid)
{
	return mapped("/proc/self/uid_map", uid);
}

int
harden_user(uid_t *uid, gid_t *gid, const char **why)
{
	const struct passwd *pw;

	*why = "";
	if (geteuid() != 0)
		return 0;
	if ((pw = getpwnam(HARDEN_USER)) == NULL) {
		*why = "there is no user " HARDEN_USER;
		return 0;
	}
	if (!mapped("/proc/self/uid_map", pw->pw_uid) ||
	    !mapped("/proc/self/gid_map", pw->pw_gid)) {
		*why = "the user " HARDEN_USER " has no id in this namespace";
		return 0;
	}
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return 1;
}

static int
drop(void)
{
	const char *why;
	uid_t uid;
	gid_t gid;

	if (!harden_user(&uid, &gid, &why)) {
		if (*why != '\0')
			log_info("running as root: %s", why);
		return 0;
	}
	if (initgroups(HARDEN_USER, gid) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0 || setuid(0) == 0) {
		log_err("cannot become user %s: %s", HARDEN_USER, strerror(errno));
		return ERR_DENIED;
	}
	return 0;
}

int
harden(void)
{
	const struct rlimit none = { 0, 0 };
	int r;

	if ((r = drop()) != 0)
		return r;
	/* After the ids: changing those sets it anew. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		log_err("cannot forbid core files and new privileges: %s", strerror(errno));
		return ERR_DENIED;
	}
	return 0;
}

int
harden_memory(void)
{
	struct rlimit limit;

	/* With a limit, what is over it later would fail, such as a thread's stack. */
	return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY &&
	    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

void
harden_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_debug("the limit of descriptors stays as it is: %s", strerror(errno));
}
