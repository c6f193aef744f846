#include "hsm/admin/evict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/log.h"
#include "hsm/keys/owner.h"

int
evict(const char *path)
{
	char name[OWNER_NAME_MAX];
	struct stat st;

	if (lstat(path, &st) != 0 || owner_trusted(path, st.st_uid))
		return 0;
	owner_name(st.st_uid, name);
	if (remove(path) != 0 && errno != ENOENT) {
		log_err("user %s has put something at %s, which cannot be taken away: %s", name,
		    path, strerror(errno));
		return ERR_DENIED;
	}
	log_info("took away what user %s had put at %s", name, path);
	return 0;
}
