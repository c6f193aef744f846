#include "tests/unit/module_play.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Waiting, the end, children, and what the log says of it. */

/* Waiting, the end, children. ---------------------------------------------- */

static sem_t hold;

static int
takes_its_time(struct peer *p, const struct wire_request *r, struct wire_answer *a)
{
	if (r->id == WIRE_SIGN || r->id == WIRE_WAIT) {
		while (sem_wait(&hold) != 0)
			;
		sem_post(&hold);
	}
	return play_keys(p, r, a);
}

static CK_RV
wait_event(CK_SLOT_ID *slot)
{
	return f->C_WaitForSlotEvent(0, slot, NULL);
}

static void *
waits(void *arg)
{
	CK_SLOT_ID slot = 99;

	*(CK_RV *)arg = wait_event(&slot);
	return NULL;
}

static CK_OBJECT_HANDLE signing[2];
static CK_SESSION_HANDLE signer;

static void *
signs(void *arg)
{
	*(CK_RV *)arg = play_sign(signer, signing[1]);
	return NULL;
}

static void
c_finalize_wakes_those_who_are_in_a_call(void)
{
	pthread_t threads[2];
	CK_RV rv[2] = { 0 };

	play_begin();
	sem_init(&hold, 0, 0);
	peer.say = takes_its_time;
	signer = play_session(3);
	play_find(signer, signing);
	OK(pthread_create(&threads[0], NULL, waits, &rv[0]));
	OK(pthread_create(&threads[1], NULL, signs, &rv[1]));
	peer_wait(&peer, WIRE_WAIT, 1);
	peer_wait(&peer, WIRE_SIGN, 1);
	OK(f->C_Finalize(NULL));
	for (size_t i = 0; i < 2; i++) {
		OK(pthread_join(threads[i], NULL));
		CU_ASSERT_EQUAL(rv[i], CKR_CRYPTOKI_NOT_INITIALIZED);
	}
	sem_post(&hold);
	peer_stop(&peer);
	sem_destroy(&hold);
}

static void
a_slot_event_is_told_once(void)
{
	CK_SLOT_ID slot = 99;

	play_begin();
	CU_ASSERT_EQUAL(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
	__atomic_add_fetch(&peer.page->slot[5].event, 1, __ATOMIC_RELEASE);
	OK(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
	CU_ASSERT_EQUAL(slot, 5);
	CU_ASSERT_EQUAL(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
	__atomic_add_fetch(&peer.page->slot[6].event, 1, __ATOMIC_RELEASE);
	OK(wait_event(&slot));
	CU_ASSERT_EQUAL(slot, 6);
	/* With the daemon the tokens go, one after another. */
	peer_stop(&peer);
	for (CK_SLOT_ID i = 0; i < WIRE_SLOTS; i++) {
		OK(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
		CU_ASSERT_EQUAL(slot, i);
	}
	CU_ASSERT_EQUAL(f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
	peer_start(&peer);
	play_end();
}

/* Whether the process has a socket that is connected. */
static int
connected(void)
{
	int n = 0;

	for (int fd = 3; fd < 256; fd++) {
		struct sockaddr_storage sa;
		socklen_t len = sizeof(sa);

		n += getpeername(fd, (struct sockaddr *)&sa, &len) == 0;
	}
	return n;
}

static void
a_child_has_no_connection_of_its_parent_s_and_makes_its_own(void)
{
	CK_OBJECT_HANDLE o[2];
	CK_SESSION_HANDLE h;
	int before, status = -1;
	pid_t pid;

	play_begin();
	peer.say = play_keys;
	h = play_session(3);
	play_find(h, o);
	before = connected();
	if ((pid = fork()) == 0) {
		CK_ULONG n = 0;

		/* The peer's own end is inherited as well, which is the test's doing. */
		_exit(connected() != before - 1 ||
		    play_sign(h, o[1]) != CKR_CRYPTOKI_NOT_INITIALIZED ||
		    f->C_Initialize(NULL) != CKR_OK || f->C_GetSlotList(CK_TRUE, NULL, &n) != CKR_OK ||
		    n != WIRE_SLOTS || play_sign(h, o[1]) != CKR_SESSION_HANDLE_INVALID ||
		    f->C_Finalize(NULL) != CKR_OK);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	OK(play_sign(h, o[1]));
	play_end();
}

/* How many sockets the process has. */
static int
sockets(void)
{
	struct stat st;
	int n = 0;

	for (int fd = 3; fd < 256; fd++)
		n += fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
	return n;
}

static int
sockets_in_a_child(void)
{
	int status = -1;
	const pid_t pid = fork();

	if (pid == 0)
		_exit(sockets());
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void *
initialises(void *arg)
{
	*(CK_RV *)arg = f->C_Initialize(NULL);
	return NULL;
}

/* Somebody at the socket who lets it wait: to be connected, then for HELLO's answer. */
static void
a_child_has_nothing_of_a_c_initialize_that_another_thread_is_in(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	CK_RV rv = CKR_GENERAL_ERROR;
	int door, first, his, before;
	pthread_t thread;
	char byte;

	play_begin_alone();
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", peer.path);
	door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	OK(bind(door, (struct sockaddr *)&sa, sizeof(sa)));
	/* There is room for one who waits at the door. */
	OK(listen(door, 0));
	first = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	OK(connect(first, (struct sockaddr *)&sa, sizeof(sa)));
	before = sockets();
	OK(pthread_create(&thread, NULL, initialises, &rv));
	while (sockets() == before)
		nanosleep(&moment, NULL);
	CU_ASSERT_EQUAL(sockets_in_a_child(), before);
	his = accept(door, NULL, NULL);
	close(first);
	close(his);
	his = accept(door, NULL, NULL);
	CU_ASSERT_EQUAL(recv(his, &byte, 1, 0), 1);
	/* The door, and his end. */
	CU_ASSERT_EQUAL(sockets(), 3);
	CU_ASSERT_EQUAL(sockets_in_a_child(), 2);
	close(his);
	close(door);
	OK(pthread_join(thread, NULL));
	OK(rv);
	CU_ASSERT_EQUAL(sockets(), 0);
	OK(f->C_Finalize(NULL));
	unlink(peer.path);
}

/* The log. ----------------------------------------------------------------- */

static void
the_log_says_where_it_talks_to_and_no_secret(void)
{
	char path[SUITE_DIR_MAX + 16], text[8192];
	CK_UTF8CHAR secret[] = "geheime PIN";
	CK_SESSION_HANDLE h;
	FILE *log;
	size_t n;

	play_begin_alone();
	snprintf(path, sizeof(path), "%s/log", peer.dir);
	setenv("CARDINAL_PKCS11_LOG", "debug", 1);
	setenv("CARDINAL_PKCS11_LOG_FILE", path, 1);
	peer_start(&peer);
	OK(f->C_Initialize(NULL));
	unsetenv("CARDINAL_PKCS11_LOG");
	unsetenv("CARDINAL_PKCS11_LOG_FILE");
	h = play_session(3);
	OK(f->C_Login(h, CKU_USER, secret, sizeof(secret) - 1));
	play_end();
	log = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	n = fread(text, 1, sizeof(text) - 1, log);
	fclose(log);
	text[n] = '\0';
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "log level set to debug, version "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "connecting to "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, peer.path));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "connected, boot "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "C_Login: 0x0"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "finalising"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "closed"));
	CU_ASSERT_PTR_NULL(strstr(text, "geheim"));
}

/* What a C_Initialize without a daemon logs, to standard error as well. */
static void
logged(const char *level, const char *file, char *text, size_t cap)
{
	char path[SUITE_DIR_MAX + 16];
	int fd, saved = dup(STDERR_FILENO);
	ssize_t n;

	play_begin_alone();
	snprintf(path, sizeof(path), "%s/said", peer.dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	setenv("CARDINAL_PKCS11_LOG", level, 1);
	if (file != NULL)
		setenv("CARDINAL_PKCS11_LOG_FILE", file, 1);
	dup2(fd, STDERR_FILENO);
	CU_ASSERT_EQUAL(f->C_Initialize(NULL), CKR_OK);
	CU_ASSERT_EQUAL(f->C_Finalize(NULL), CKR_OK);
	dup2(saved, STDERR_FILENO);
	unsetenv("CARDINAL_PKCS11_LOG");
	unsetenv("CARDINAL_PKCS11_LOG_FILE");
	n = pread(fd, text, cap - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(saved);
	close(fd);
}

static void
what_is_no_level_and_no_file_for_the_log_is_said(void)
{
	char text[4096];

	logged("trace", NULL, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "trace: it may be error, info or debug"));
	CU_ASSERT_PTR_NULL(strstr(text, "log level set"));
	logged("INFO", NULL, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "log level set to info"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "cardinald does not run"));
	CU_ASSERT_PTR_NULL(strstr(text, "it may be"));
	logged("error", "/nonexistent/log", text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "/nonexistent/log: No such file or directory"));
	logged("", "/nonexistent/log", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "");
}

static const struct sentence table[] = {
	SENTENCE(c_finalize_wakes_those_who_are_in_a_call),
	SENTENCE(a_slot_event_is_told_once),
	SENTENCE(a_child_has_no_connection_of_its_parent_s_and_makes_its_own),
	SENTENCE(a_child_has_nothing_of_a_c_initialize_that_another_thread_is_in),
	SENTENCE(the_log_says_where_it_talks_to_and_no_secret),
	SENTENCE(what_is_no_level_and_no_file_for_the_log_is_said),
};
SUITE("module_end", table)
