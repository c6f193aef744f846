#ifndef CARDINAL_ROLES_H
#define CARDINAL_ROLES_H

/* The two processes under the parent; each returns its exit status. */
enum {
	ROLE_LINK_FD = 3,	/* the socket pair between them */
	/* another one, for calls that take time: codes are checked slowly on purpose */
	ROLE_SLOTS_FD = 4,
	ROLE_PEOPLE_FD = 5,	/* a third, on which ward waits for the next opening of a slot */
	/* pipes to the parent: */
	ROLE_RESTART_FD = 6,	/* vault: gets a byte when an opening has failed for good */
	ROLE_READY_FD = 6,	/* ward: gets a byte when the admin socket answers */
};

struct role_options {
	const char *state, *run;	/* directories */
	const char *config;		/* NULL for the default, which may be missing */
	const char *reader;		/* NULL for the configured one */
	int no_seccomp;			/* a kernel without filters of system calls will do */
};

int role_vault(const struct role_options *);
int role_ward(const struct role_options *);

#endif
