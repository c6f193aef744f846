#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/*
 * no_seccomp none|denied COMMAND...: runs it as on a kernel that has no filters of system calls, or
 * as under a supervisor that forbids more of them.
 */
int
main(int argc, char **argv)
{
	scmp_filter_ctx c;
	int none;

	if (argc < 3 || ((none = strcmp(argv[1], "none") == 0) == 0 && strcmp(argv[1], "denied") != 0))
		return 2;
	if ((c = seccomp_init(SCMP_ACT_ALLOW)) == NULL ||
	    seccomp_rule_add(c, SCMP_ACT_ERRNO(none ? ENOSYS : EPERM), SCMP_SYS(seccomp), 0) != 0 ||
	    (none ? seccomp_rule_add(c, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
	    SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)) :
	    seccomp_rule_add(c, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 2,
	    SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP), SCMP_A2(SCMP_CMP_NE, 0))) != 0 ||
	    seccomp_load(c) != 0) {
		fprintf(stderr, "no_seccomp: the filter does not load\n");
		return 1;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
