#ifndef CARDINAL_HARDEN_H
#define CARDINAL_HARDEN_H

#include <sys/types.h>

/*
 * What every role does to itself before it hears anybody.
 */
#define HARDEN_USER "cardinald"

/*
 * Whether this process should become another user: 1 and the ids when it is root, the user
 * exists and the ids mean something in this user namespace; 0 otherwise, with the reason in *why.
 */
int harden_user(uid_t *, gid_t *, const char **why);

/* Whether that user is one of this user namespace; files of all others seem to be uid 65534's. */
int harden_maps(uid_t);

/*
 * No core file, no tracing by processes of the same user, no new privileges; root becomes
 * HARDEN_USER where harden_user says so, else that is logged and passed over. ERR_DENIED when one
 * of these did not work.
 */
int harden(void);

/*
 * No page of this process is ever swapped out, where the limit of locked memory is off: 1, else 0.
 * Pages are locked when they are first touched, so it costs no memory.
 */
int harden_memory(void);

/* As many descriptors as the hard limit lets it have: each connection of a client is one. */
void harden_descriptors(void);

/*
 * The allow-list of system calls of one role. ERR_UNSUPPORTED: this kernel has no such filters;
 * ERR_DENIED: it refuses this one.
 */
int seccomp_vault(void);
int seccomp_ward(void);

#endif
