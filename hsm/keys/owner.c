#include "hsm/keys/owner.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
owner_trusted(const char *path, uid_t uid)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	const size_t n = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	struct stat st;

	if (uid == 0 || uid == geteuid())
		return 1;
	if (n >= sizeof(dir))
		return 0;
	memcpy(dir, n > 0 ? path : ".", n > 0 ? n : 1);
	dir[n > 0 ? n : 1] = '\0';
	return stat(dir, &st) == 0 && st.st_uid == uid;
}

void
owner_name(uid_t uid, char out[OWNER_NAME_MAX])
{
	const struct passwd *pw = getpwuid(uid);

	if (pw != NULL)
		snprintf(out, OWNER_NAME_MAX, "%s", pw->pw_name);
	else
		snprintf(out, OWNER_NAME_MAX, "%u", (unsigned)uid);
}
