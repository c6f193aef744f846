#ifndef CARDINAL_OWNER_H
#define CARDINAL_OWNER_H

#include <sys/types.h>

/*
 * The pads' users make their sockets beside the daemon's, so what stands at a name there need not
 * be the daemon's. Trusted is what belongs to root, to the caller, or to the owner of the
 * directory, who could put anything in its place anyway.
 */
enum { OWNER_NAME_MAX = 64 };

int owner_trusted(const char *path, uid_t);
/* A user's name, or the number where there is none. */
void owner_name(uid_t, char out[OWNER_NAME_MAX]);

#endif
