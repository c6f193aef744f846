#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/tools/p11_life.h"

/*
 * p11_crowd SLOT PIN PROCESSES THREADS SECONDS KILL_MS FILE: so many clients with so many threads,
 * each thread with a session of its own and a mix of calls; each KILL_MS milliseconds one is killed
 * and another one begun. Key pairs are acknowledged in FILE. In the end all that live are asked to
 * go, and have to within 30 s. The key that all sign with, "shared", has to be there.
 */
enum { PROCESSES_MAX = 512, THREADS_MAX = 64 };

static volatile sig_atomic_t ended;
static int list;

static void
end(int signal)
{
	(void)signal;
	ended = 1;
}

static CK_RV
session_key(struct p11_life *life)
{
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ULONG length = 32;
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE t[] = { { CKA_VALUE_LEN, &length, sizeof(length) }, { CKA_TOKEN, &no, 1 } };
	CK_BYTE iv[16] = { 0 }, data[100] = { 0 }, out[128];
	CK_MECHANISM cbc = { CKM_AES_CBC_PAD, iv, sizeof(iv) };
	CK_ULONG n = sizeof(out);
	CK_OBJECT_HANDLE k;
	CK_RV rv;

	if ((rv = life->m->f->C_GenerateKey(life->session, &gen, t, 2, &k)) != CKR_OK ||
	    (rv = life->m->f->C_EncryptInit(life->session, &cbc, k)) != CKR_OK ||
	    (rv = life->m->f->C_Encrypt(life->session, data, sizeof(data), out, &n)) != CKR_OK)
		return rv;
	return random() % 2 == 0 ? life->m->f->C_DestroyObject(life->session, k) : CKR_OK;
}

/* A further session that closes, or is left to the end. */
static CK_RV
session(struct p11_life *life)
{
	CK_SESSION_HANDLE s;
	CK_RV rv = life->m->f->C_OpenSession(life->slot, CKF_SERIAL_SESSION, NULL, NULL, &s);

	return rv == CKR_OK && random() % 8 != 0 ? life->m->f->C_CloseSession(s) : rv;
}

static CK_RV
pair(struct p11_life *life)
{
	char line[P11_LABEL + 1];
	CK_RV rv;

	snprintf(line, P11_LABEL, "crowd-%d-%lx-%lx", getpid(), random(), random());
	if ((rv = p11_life_make(life, line)) == CKR_OK) {
		strcat(line, "\n");
		if (write(list, line, strlen(line)) != (ssize_t)strlen(line))
			p11_misused("cannot write", "the list");
	}
	return rv;
}

static void *
thread(void *arg)
{
	struct p11_life life;
	CK_RV rv;

	p11_life_join(&life, arg);
	while (!ended) {
		switch (random() % 64) {
		case 0: rv = pair(&life); break;
		case 1: case 2: case 3: rv = session_key(&life); break;
		case 4: case 5: rv = session(&life); break;
		default: rv = p11_life_prove(&life, "shared"); break;
		}
		if (rv != CKR_OK)
			p11_life_again(&life, rv);
	}
	(void)life.m->f->C_CloseSession(life.session);
	return NULL;
}

/* One client: 0 when it could leave in order. */
static int
client(CK_SLOT_ID slot, const char *pin, unsigned threads)
{
	struct p11_life life;
	pthread_t t[THREADS_MAX];

	srandom((unsigned)getpid());
	p11_life_begin(&life, slot, pin);
	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, thread, &life) != 0)
			p11_misused("no thread", "");
	for (unsigned i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	p11_must("C_Finalize", life.m->f->C_Finalize(NULL));
	return 0;
}

static pid_t
begin(CK_SLOT_ID slot, const char *pin, unsigned threads)
{
	const pid_t pid = fork();

	if (pid == 0)
		exit(client(slot, pin, threads));
	return pid;
}

static long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Everybody leaves by himself; how many did not, or not well. */
static unsigned
leave(const pid_t *pids, unsigned processes)
{
	const struct timespec pause = { 0, 10000000 };
	const long until = now_ms() + 30000;
	unsigned bad = 0;
	int status;

	for (unsigned i = 0; i < processes; i++)
		kill(pids[i], SIGTERM);
	for (unsigned i = 0; i < processes; i++) {
		pid_t r;

		while ((r = waitpid(pids[i], &status, WNOHANG)) == 0 && now_ms() < until)
			nanosleep(&pause, NULL);
		if (r == 0) {
			fprintf(stderr, "client %d is stuck\n", pids[i]);
			kill(pids[i], SIGKILL);
			waitpid(pids[i], &status, 0);
		} else if (r == pids[i] && status == 0)
			continue;
		else
			fprintf(stderr, "client %d: status %x\n", pids[i], (unsigned)status);
		bad++;
	}
	return bad;
}

int
main(int argc, char **argv)
{
	struct sigaction a = { .sa_handler = end };
	static pid_t pids[PROCESSES_MAX];
	unsigned processes, threads, kills = 0, bad;
	CK_SLOT_ID slot;
	long until, kill_ms;

	if (argc != 8) {
		fputs("usage: p11_crowd SLOT PIN PROCESSES THREADS SECONDS KILL_MS FILE\n", stderr);
		return 2;
	}
	slot = strtoul(argv[1], NULL, 0);
	processes = (unsigned)strtoul(argv[3], NULL, 0);
	threads = (unsigned)strtoul(argv[4], NULL, 0);
	kill_ms = strtol(argv[6], NULL, 0);
	if (processes == 0 || processes > PROCESSES_MAX || threads > THREADS_MAX || kill_ms <= 0)
		p11_misused("too many, or none", argv[3]);
	if ((list = open(argv[7], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0)
		p11_misused("cannot write", argv[7]);
	sigaction(SIGTERM, &a, NULL);
	srandom(1);
	for (unsigned i = 0; i < processes; i++)
		pids[i] = begin(slot, argv[2], threads);
	until = now_ms() + strtol(argv[5], NULL, 0) * 1000;
	while (now_ms() < until && !ended) {
		const struct timespec pause = { kill_ms / 1000, kill_ms % 1000 * 1000000 };
		const unsigned i = (unsigned)random() % processes;
		int status;

		nanosleep(&pause, NULL);
		kill(pids[i], SIGKILL);
		if (waitpid(pids[i], &status, 0) == pids[i] && WIFEXITED(status)) {
			fprintf(stderr, "client %d ended by itself: %x\n", pids[i], (unsigned)status);
			return 1;
		}
		kills++;
		pids[i] = begin(slot, argv[2], threads);
	}
	bad = leave(pids, processes);
	printf("%u clients of %u threads, %u killed, %u stuck or ill\n", processes, threads, kills,
	    bad);
	return bad == 0 ? 0 : 1;
}
