#include "hsm/daemon/harden.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <linux/seccomp.h>
#include <seccomp.h>

#include "card-os/iso7816/err.h"

#define CALL(name) SCMP_SYS(name)
#define LENGTH(v) (sizeof(v) / sizeof((v)[0]))

/* What libc, threads and memory need in every role. */
static const int common[] = {
	CALL(brk), CALL(mremap), CALL(munmap), CALL(madvise), CALL(mlock), CALL(mlock2),
	CALL(munlock),
	CALL(futex), CALL(futex_waitv), CALL(sched_yield), CALL(sched_getaffinity),
	CALL(membarrier), CALL(rseq), CALL(set_robust_list), CALL(set_tid_address),
	CALL(arch_prctl),
	CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(rt_sigtimedwait),
	CALL(sigaltstack), CALL(restart_syscall), CALL(getpid), CALL(gettid), CALL(getuid),
	CALL(geteuid), CALL(getgid), CALL(getegid), CALL(tgkill), CALL(exit), CALL(exit_group),
	CALL(clock_gettime), CALL(clock_getres), CALL(clock_nanosleep), CALL(nanosleep),
	CALL(gettimeofday), CALL(time), CALL(getrandom), CALL(uname), CALL(sysinfo),
	CALL(prlimit64), CALL(getrlimit), CALL(getrusage),
	CALL(read), CALL(readv), CALL(write), CALL(writev), CALL(close), CALL(lseek), CALL(fcntl),
	CALL(fstat), CALL(stat), CALL(lstat), CALL(newfstatat), CALL(statx), CALL(open),
	CALL(openat), CALL(access), CALL(faccessat), CALL(faccessat2), CALL(readlink),
	CALL(readlinkat), CALL(getcwd), CALL(dup), CALL(poll), CALL(ppoll), CALL(recvfrom),
	CALL(recvmsg), CALL(sendto), CALL(sendmsg),
};

/*
 * SQLite's files; PKCS#11's connections, and the pages that its clients map. It makes no socket:
 * ward's and the one where it listens are open before.
 */
static const int vault[] = {
	CALL(pread64), CALL(pwrite64), CALL(fsync), CALL(fdatasync), CALL(ftruncate),
	CALL(fallocate), CALL(unlink), CALL(unlinkat), CALL(rename), CALL(renameat), CALL(mkdir),
	CALL(fchmod), CALL(fchown), CALL(utimensat), CALL(flock), CALL(fstatfs), CALL(statfs),
	CALL(getdents64), CALL(accept), CALL(accept4), CALL(getsockopt), CALL(setsockopt),
	CALL(shutdown), CALL(memfd_create), CALL(eventfd2), CALL(sched_setaffinity),
};

/* The admin socket's threads, and winscard's way to pcscd. */
static const int ward[] = {
	CALL(connect), CALL(shutdown), CALL(accept), CALL(accept4), CALL(getsockname),
	CALL(getpeername), CALL(getsockopt), CALL(setsockopt), CALL(select), CALL(pselect6),
	CALL(eventfd2), CALL(pipe2), CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait),
	CALL(epoll_pwait), CALL(timerfd_create), CALL(timerfd_settime), CALL(unlink),
	CALL(unlinkat), CALL(setitimer), CALL(alarm), CALL(getdents64), CALL(socketpair),
	CALL(sendfile),
};

/*
 * Nothing in either role ever calls these: whoever does has taken it over, and
 * the process ends. What is merely unknown to the lists fails with ENOSYS, for
 * which libc has other ways.
 */
static const int deadly[] = {
	CALL(execve), CALL(execveat), CALL(fork), CALL(vfork), CALL(ptrace), CALL(process_vm_readv),
	CALL(process_vm_writev), CALL(mount), CALL(umount2), CALL(pivot_root), CALL(chroot),
	CALL(setns), CALL(unshare), CALL(bpf), CALL(init_module), CALL(finit_module),
	CALL(kexec_load), CALL(setuid), CALL(setresuid), CALL(keyctl), CALL(add_key),
	CALL(userfaultfd), CALL(perf_event_open), CALL(io_uring_setup),
};

static int
add(scmp_filter_ctx c, uint32_t action, const int *v, size_t n)
{
	int r;

	for (size_t i = 0; i < n; i++)
		if ((r = seccomp_rule_add(c, action, v[i], 0)) != 0)
			return r;
	return 0;
}

/* Memory never becomes code. */
static int
no_code(scmp_filter_ctx c)
{
	static const int v[] = { CALL(mmap), CALL(mprotect) };
	int r = 0;

	for (size_t i = 0; i < LENGTH(v) && r == 0; i++)
		r = seccomp_rule_add(c, SCMP_ACT_ALLOW, v[i], 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return r;
}

/* Threads, not processes. clone3 hides its flags in memory, so libc has to do without it. */
static int
threads(scmp_filter_ctx c)
{
	return seccomp_rule_add(c, SCMP_ACT_ALLOW, CALL(clone), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
}

static int
unix_sockets(scmp_filter_ctx c)
{
	return seccomp_rule_add(c, SCMP_ACT_ALLOW, CALL(socket), 1,
	    SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
}

static int
load(const int *role, size_t n, int sockets)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int r = -ENOMEM;

	if (c == NULL ||
	    (r = add(c, SCMP_ACT_ALLOW, common, LENGTH(common))) != 0 ||
	    (r = add(c, SCMP_ACT_ALLOW, role, n)) != 0 ||
	    (r = add(c, SCMP_ACT_KILL_PROCESS, deadly, LENGTH(deadly))) != 0 ||
	    (r = no_code(c)) != 0 || (r = threads(c)) != 0 ||
	    (sockets && (r = unix_sockets(c)) != 0))
		goto out;
	r = seccomp_load(c);
out:
	if (c != NULL)
		seccomp_release(c);
	/* A kernel with filters would look for one at NULL. */
	if (r != 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) != 0 && errno == EINVAL)
		return ERR_UNSUPPORTED;
	return r == 0 ? 0 : ERR_DENIED;
}

int
seccomp_vault(void)
{
	return load(vault, LENGTH(vault), 0);
}

int
seccomp_ward(void)
{
	return load(ward, LENGTH(ward), 1);
}
