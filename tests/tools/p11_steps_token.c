#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tools/p11_names.h"
#include "tests/tools/p11_steps.h"

static CK_RV
mutex_create(void **mutex)
{
	*mutex = malloc(sizeof(pthread_mutex_t));
	return *mutex == NULL || pthread_mutex_init(*mutex, NULL) != 0 ? CKR_HOST_MEMORY : CKR_OK;
}

static CK_RV
mutex_destroy(void *mutex)
{
	pthread_mutex_destroy(mutex);
	free(mutex);
	return CKR_OK;
}

static CK_RV
mutex_lock(void *mutex)
{
	pthread_mutex_lock(mutex);
	return CKR_OK;
}

static CK_RV
mutex_unlock(void *mutex)
{
	pthread_mutex_unlock(mutex);
	return CKR_OK;
}

static void
initialize(struct p11_run *run, size_t at)
{
	CK_C_INITIALIZE_ARGS args = { 0 }, *p = &args;
	const char *how = p11_word(run);

	(void)at;
	if (strcmp(how, "null") == 0)
		p = NULL;
	else if (strcmp(how, "os") == 0)
		args.flags = CKF_OS_LOCKING_OK;
	else if (strcmp(how, "nothreads") == 0)
		args.flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS | CKF_OS_LOCKING_OK;
	else if (strcmp(how, "reserved") == 0)
		args.pReserved = &args;
	else if (strcmp(how, "callbacks") == 0 || strcmp(how, "both") == 0) {
		args.CreateMutex = mutex_create;
		args.DestroyMutex = mutex_destroy;
		args.LockMutex = mutex_lock;
		args.UnlockMutex = mutex_unlock;
		args.flags = how[0] == 'b' ? CKF_OS_LOCKING_OK : 0;
	} else if (strcmp(how, "some") == 0) {
		args.LockMutex = mutex_lock;
		args.UnlockMutex = mutex_unlock;
		args.flags = CKF_OS_LOCKING_OK;
	} else
		p11_misused("no such arguments", how);
	run->rv = run->m.f->C_Initialize(p);
}

static void
finalize(struct p11_run *run, size_t at)
{
	const char *how = p11_word(run);

	(void)at;
	run->rv = run->m.f->C_Finalize(strcmp(how, "null") == 0 ? NULL : run);
}

static struct {
	pthread_barrier_t barrier;
	struct p11_run *run;
	CK_RV rv[64];
} race;

static void *
race_one(void *arg)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
	const size_t i = (size_t)(uintptr_t)arg;
	CK_SLOT_ID slots[64];
	CK_ULONG n = 64;

	pthread_barrier_wait(&race.barrier);
	race.rv[i] = race.run->m.f->C_Initialize(&args);
	if (race.rv[i] == CKR_CRYPTOKI_ALREADY_INITIALIZED)
		race.rv[i] = CKR_OK;
	else if (race.rv[i] == CKR_OK)
		race.rv[i] = race.run->m.f->C_GetSlotList(CK_TRUE, slots, &n);
	return NULL;
}

static void
at_once(struct p11_run *run, size_t at)
{
	const CK_ULONG n = p11_handle(run);
	pthread_t threads[64];

	(void)at;
	if (n > 64 || pthread_barrier_init(&race.barrier, NULL, (unsigned)n) != 0)
		p11_misused("too many", "at_once");
	race.run = run;
	for (size_t i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, race_one, (void *)(uintptr_t)i) != 0)
			p11_misused("no thread", "at_once");
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&race.barrier);
	for (size_t i = 0; i < n; i++)
		p11_must("C_Initialize at once", race.rv[i]);
}

static void
get_info(struct p11_run *run, size_t at)
{
	const char *how = p11_word(run);
	CK_INFO info;

	(void)at;
	run->rv = run->m.f->C_GetInfo(strcmp(how, "null") == 0 ? NULL : &info);
}

static void
get_slot_list(struct p11_run *run, size_t at)
{
	const char *how = p11_word(run);
	CK_ULONG n = run->room < 64 ? run->room : 64;
	CK_SLOT_ID slots[64];

	(void)at;
	run->rv = run->m.f->C_GetSlotList(strcmp(how, "present") == 0, run->room_null ? NULL : slots,
	    &n);
	run->count = n;
}

static void
get_slot_info(struct p11_run *run, size_t at)
{
	CK_SLOT_INFO info;

	(void)at;
	run->rv = run->m.f->C_GetSlotInfo(p11_handle(run), &info);
}

static void
get_token_info(struct p11_run *run, size_t at)
{
	CK_TOKEN_INFO info;

	(void)at;
	run->rv = run->m.f->C_GetTokenInfo(p11_handle(run), &info);
}

static void
text(const char *what, const CK_UTF8CHAR *p, size_t n)
{
	while (n > 0 && p[n - 1] == ' ')
		n--;
	printf("%s %.*s\n", what, (int)n, (const char *)p);
}

static void
token(struct p11_run *run, size_t at)
{
	static const struct { CK_FLAGS flag; const char *name; } flags[] = {
		{ CKF_RNG, "rng" }, { CKF_WRITE_PROTECTED, "write-protected" },
		{ CKF_LOGIN_REQUIRED, "login-required" },
		{ CKF_USER_PIN_INITIALIZED, "user-pin-initialized" },
		{ CKF_PROTECTED_AUTHENTICATION_PATH, "protected-authentication-path" },
		{ CKF_TOKEN_INITIALIZED, "token-initialized" },
		{ CKF_USER_PIN_COUNT_LOW, "user-pin-count-low" },
		{ CKF_USER_PIN_FINAL_TRY, "user-pin-final-try" },
		{ CKF_USER_PIN_LOCKED, "user-pin-locked" },
		{ CKF_USER_PIN_TO_BE_CHANGED, "user-pin-to-be-changed" },
		{ CKF_SO_PIN_COUNT_LOW, "so-pin-count-low" },
		{ CKF_SO_PIN_FINAL_TRY, "so-pin-final-try" },
		{ CKF_SO_PIN_LOCKED, "so-pin-locked" },
		{ CKF_SO_PIN_TO_BE_CHANGED, "so-pin-to-be-changed" },
	};
	CK_TOKEN_INFO info;

	(void)at;
	p11_must("C_GetTokenInfo", run->m.f->C_GetTokenInfo(p11_handle(run), &info));
	text("label", info.label, sizeof(info.label));
	text("manufacturer", info.manufacturerID, sizeof(info.manufacturerID));
	text("model", info.model, sizeof(info.model));
	text("serial", info.serialNumber, sizeof(info.serialNumber));
	printf("sessions %lu\nflags", info.ulSessionCount);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if ((info.flags & flags[i].flag) != 0)
			printf(" %s", flags[i].name);
	putchar('\n');
}

static void
get_mechanism_list(struct p11_run *run, size_t at)
{
	const CK_SLOT_ID slot = p11_handle(run);
	CK_ULONG n = run->room < 256 ? run->room : 256;
	CK_MECHANISM_TYPE list[256];

	(void)at;
	run->rv = run->m.f->C_GetMechanismList(slot, run->room_null ? NULL : list, &n);
}

static void
get_mechanism_info(struct p11_run *run, size_t at)
{
	const CK_SLOT_ID slot = p11_handle(run);
	CK_MECHANISM_INFO info;
	CK_MECHANISM m;

	(void)at;
	p11_mechanism(p11_word(run), &m);
	run->rv = run->m.f->C_GetMechanismInfo(slot, m.mechanism, &info);
}

static void
init_token(struct p11_run *run, size_t at)
{
	const CK_SLOT_ID slot = p11_handle(run);
	const struct p11_bytes pin = p11_bytes(p11_word(run)), label = p11_bytes(p11_word(run));
	CK_UTF8CHAR padded[32];

	(void)at;
	memset(padded, ' ', sizeof(padded));
	memcpy(padded, label.p, label.n < 32 ? label.n : 32);
	run->rv = run->m.f->C_InitToken(slot, pin.p, pin.n, padded);
}

static void
init_pin(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const struct p11_bytes pin = p11_bytes(p11_word(run));

	(void)at;
	run->rv = run->m.f->C_InitPIN(s, pin.p, pin.n);
}

static void
set_pin(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const struct p11_bytes old = p11_bytes(p11_word(run)), pin = p11_bytes(p11_word(run));

	(void)at;
	run->rv = run->m.f->C_SetPIN(s, old.p, old.n, pin.p, pin.n);
}

static void
open_session(struct p11_run *run, size_t at)
{
	const CK_SLOT_ID slot = p11_handle(run);
	const char *how = p11_word(run), *name = p11_word(run);
	CK_FLAGS flags = CKF_SERIAL_SESSION;
	CK_SESSION_HANDLE s = 0;

	(void)at;
	if (strcmp(how, "rw") == 0)
		flags |= CKF_RW_SESSION;
	else if (strcmp(how, "parallel") == 0)
		flags = 0;
	run->rv = run->m.f->C_OpenSession(slot, flags, NULL, NULL, &s);
	p11_keep_number(name, s);
}

static void
close_all_sessions(struct p11_run *run, size_t at)
{
	(void)at;
	run->rv = run->m.f->C_CloseAllSessions(p11_handle(run));
}

static void
get_session_info(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	CK_SESSION_INFO info = { 0 };

	(void)at;
	run->rv = run->m.f->C_GetSessionInfo(s, &info);
	run->count = info.state;
}

static void
login(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const char *who = p11_word(run);
	const struct p11_bytes pin = p11_bytes(p11_word(run));
	CK_USER_TYPE type;

	(void)at;
	if (strcmp(who, "user") == 0)
		type = CKU_USER;
	else if (strcmp(who, "so") == 0)
		type = CKU_SO;
	else
		type = strcmp(who, "context") == 0 ? CKU_CONTEXT_SPECIFIC : p11_number(who);
	run->rv = run->m.f->C_Login(s, type, pin.p, pin.n);
}

static void
wait_for_slot_event(struct p11_run *run, size_t at)
{
	const char *how = p11_word(run);
	CK_SLOT_ID slot;

	(void)at;
	run->rv = run->m.f->C_WaitForSlotEvent(strcmp(how, "now") == 0 ? CKF_DONT_BLOCK : 0, &slot,
	    NULL);
}

static void
session_cancel(struct p11_run *run, size_t at)
{
	const CK_SESSION_HANDLE s = p11_handle(run);
	const CK_FLAGS flags = p11_number(p11_word(run));

	(void)at;
	run->rv = run->m.three == NULL ? CKR_FUNCTION_NOT_SUPPORTED :
	    run->m.three->C_SessionCancel(s, flags);
}

static void
get_interface(struct p11_run *run, size_t at)
{
	const char *name = p11_word(run);
	CK_VERSION version = { 0, 0 };
	CK_INTERFACE *i;

	(void)at;
	version.major = (CK_BYTE)p11_number(p11_word(run));
	version.minor = (CK_BYTE)p11_number(p11_word(run));
	run->rv = run->m.get_interface == NULL ? CKR_FUNCTION_NOT_SUPPORTED :
	    run->m.get_interface((CK_UTF8CHAR *)(uintptr_t)(strcmp(name, "null") == 0 ? NULL :
	    strcmp(name, "p11") == 0 ? "PKCS 11" : name), version.major == 0 ? NULL : &version,
	    &i, 0);
}

static void
twice(struct p11_run *run, size_t at)
{
	const pid_t pid = fork();
	int status;

	(void)at;
	if (pid != 0 && (waitpid(pid, &status, 0) != pid || status != 0))
		p11_must("the child", CKR_GENERAL_ERROR);
	(void)run;
}

#define AT(name) offsetof(CK_FUNCTION_LIST, name)

static void
of_session(struct p11_run *run, size_t at)
{
	CK_RV (*call)(CK_SESSION_HANDLE);

	p11_function(run, at, &call);
	run->rv = call(p11_handle(run));
}

const struct p11_step p11_token_steps[] = {
	{ "C_Initialize", initialize, 0 },
	{ "C_Finalize", finalize, 0 },
	{ "at_once", at_once, 0 },
	{ "twice", twice, 0 },
	{ "C_GetInfo", get_info, 0 },
	{ "C_GetSlotList", get_slot_list, 0 },
	{ "C_GetSlotInfo", get_slot_info, 0 },
	{ "C_GetTokenInfo", get_token_info, 0 },
	{ "token", token, 0 },
	{ "C_GetMechanismList", get_mechanism_list, 0 },
	{ "C_GetMechanismInfo", get_mechanism_info, 0 },
	{ "C_InitToken", init_token, 0 },
	{ "C_InitPIN", init_pin, 0 },
	{ "C_SetPIN", set_pin, 0 },
	{ "C_OpenSession", open_session, 0 },
	{ "C_CloseSession", of_session, AT(C_CloseSession) },
	{ "C_CloseAllSessions", close_all_sessions, 0 },
	{ "C_GetSessionInfo", get_session_info, 0 },
	{ "C_Login", login, 0 },
	{ "C_Logout", of_session, AT(C_Logout) },
	{ "C_GetFunctionStatus", of_session, AT(C_GetFunctionStatus) },
	{ "C_CancelFunction", of_session, AT(C_CancelFunction) },
	{ "C_WaitForSlotEvent", wait_for_slot_event, 0 },
	{ "C_SessionCancel", session_cancel, 0 },
	{ "C_GetInterface", get_interface, 0 },
	{ NULL, NULL, 0 },
};
