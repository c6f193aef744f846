#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hsm/pkcs11/module_list.h"
#include "tests/unit/module_calls.h"
#include "tests/unit/suite.h"

/* What the module is where there is no daemon. */

static const CK_FUNCTION_LIST_3_0 *f;

static void
begin(void)
{
	char dir[SUITE_DIR_MAX];
	CK_INTERFACE *interface;

	suite_dir(dir);
	setenv("CARDINAL_RUN", dir, 1);
	OK(C_GetInterface(NULL, NULL, &interface, 0));
	f = interface->pFunctionList;
}

static void
begin_initialised(void)
{
	begin();
	OK(f->base.C_Initialize(NULL));
}

static void
end(void)
{
	OK(f->base.C_Finalize(NULL));
}

static void
before_c_initialize_every_function_says_so(void)
{
	begin();
	for (size_t i = 0; i < module_calls_n; i++) {
		const CK_RV rv = module_calls[i].call(f, 1, 0);

		if (rv != CKR_CRYPTOKI_NOT_INITIALIZED)
			printf("    %s: 0x%lx\n", module_calls[i].name, rv);
		CU_ASSERT_EQUAL(rv, CKR_CRYPTOKI_NOT_INITIALIZED);
	}
	CU_ASSERT_EQUAL(f->base.C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static CK_RV
create_mutex(CK_VOID_PTR_PTR mutex)
{
	(void)mutex;
	return CKR_OK;
}

static CK_RV
other_mutex(CK_VOID_PTR mutex)
{
	(void)mutex;
	return CKR_OK;
}

/* PKCS #11 Base 2.40, 5.4, C_Initialize, and 3.7, CK_C_INITIALIZE_ARGS. */
static void
the_arguments_of_c_initialize_are_all_or_none(void)
{
	const struct {
		const char *why;
		CK_C_INITIALIZE_ARGS args;
		CK_RV want;
	} rows[] = {
		{ "nothing at all", { 0 }, CKR_OK },
		{ "locks of the system", { .flags = CKF_OS_LOCKING_OK }, CKR_OK },
		{ "no threads of the module's",
		    { .flags = CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS }, CKR_OK },
		{ "something reserved", { .pReserved = &f }, CKR_ARGUMENTS_BAD },
		{ "one callback alone", { .CreateMutex = create_mutex }, CKR_ARGUMENTS_BAD },
		{ "three callbacks", { create_mutex, other_mutex, other_mutex, NULL,
		    CKF_OS_LOCKING_OK, NULL }, CKR_ARGUMENTS_BAD },
		{ "all four, and the system's would do",
		    { create_mutex, other_mutex, other_mutex, other_mutex, CKF_OS_LOCKING_OK, NULL },
		    CKR_OK },
		{ "all four, and nothing else will do",
		    { create_mutex, other_mutex, other_mutex, other_mutex, 0, NULL },
		    CKR_CANT_LOCK },
	};

	begin();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CK_C_INITIALIZE_ARGS args = rows[i].args;
		const CK_RV rv = f->base.C_Initialize(&args);

		if (rv != rows[i].want)
			printf("    %s: 0x%lx\n", rows[i].why, rv);
		CU_ASSERT_EQUAL(rv, rows[i].want);
		if (rv == CKR_OK)
			end();
	}
}

static void
a_second_c_initialize_is_told_so(void)
{
	begin_initialised();
	CU_ASSERT_EQUAL(f->base.C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
	CU_ASSERT_EQUAL(f->base.C_Finalize(&f), CKR_ARGUMENTS_BAD);
	end();
	CU_ASSERT_EQUAL(f->base.C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static pthread_barrier_t barrier;

static void *
initialises(void *arg)
{
	CK_RV *rv = arg;

	pthread_barrier_wait(&barrier);
	*rv = f->base.C_Initialize(NULL);
	return NULL;
}

/* SoftHSM2 crashes there. */
static void
of_threads_that_initialise_at_once_one_does(void)
{
	enum { THREADS = 8 };
	pthread_t threads[THREADS];
	CK_RV rv[THREADS];
	size_t ok = 0;

	begin();
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		OK(pthread_create(&threads[i], NULL, initialises, &rv[i]));
	for (size_t i = 0; i < THREADS; i++) {
		OK(pthread_join(threads[i], NULL));
		CU_ASSERT(rv[i] == CKR_OK || rv[i] == CKR_CRYPTOKI_ALREADY_INITIALIZED);
		ok += rv[i] == CKR_OK;
	}
	pthread_barrier_destroy(&barrier);
	CU_ASSERT_EQUAL(ok, 1);
	end();
}

/* 0 when the child found all of it so. */
static int
in_a_child(int (*what)(void))
{
	const pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		_exit(what());
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return status;
}

static int
starts_anew(void)
{
	CK_ULONG n = 0;

	return f->base.C_GetSlotList(CK_FALSE, NULL, &n) != CKR_CRYPTOKI_NOT_INITIALIZED ||
	    f->base.C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED ||
	    f->base.C_Initialize(NULL) != CKR_OK ||
	    f->base.C_GetSlotList(CK_FALSE, NULL, &n) != CKR_OK ||
	    f->base.C_Finalize(NULL) != CKR_OK;
}

static int
starts_anew_in_a_child(void)
{
	return f->base.C_Initialize(NULL) != CKR_OK || in_a_child(starts_anew) != 0 ||
	    f->base.C_Finalize(NULL) != CKR_OK;
}

/* PKCS #11 Base 2.40, 5.4: a child calls C_Initialize for itself. */
static void
a_child_is_not_initialised_and_may_be(void)
{
	CK_ULONG n = 0;

	begin_initialised();
	CU_ASSERT_EQUAL(in_a_child(starts_anew), 0);
	CU_ASSERT_EQUAL(in_a_child(starts_anew_in_a_child), 0);
	OK(f->base.C_GetSlotList(CK_FALSE, NULL, &n));
	end();
}

/* PKCS #11 Base 3.0, 5.4.5 and 5.4.6. */
static void
an_interface_is_found_by_name_version_and_flags(void)
{
	CK_UTF8CHAR name[] = "PKCS 11", other[] = "Vendor NSS Module Interface";
	CK_VERSION v2 = { 2, 40 }, v3 = { 3, 0 }, v1 = { 1, 0 };
	const struct {
		CK_UTF8CHAR *name;
		CK_VERSION *version;
		CK_FLAGS flags;
		CK_RV want;
		CK_BYTE major;
	} rows[] = {
		{ NULL, NULL, 0, CKR_OK, 3 },
		{ name, NULL, 0, CKR_OK, 3 },
		{ name, NULL, CKF_INTERFACE_FORK_SAFE, CKR_OK, 3 },
		{ name, &v2, 0, CKR_OK, 2 },
		{ NULL, &v3, CKF_INTERFACE_FORK_SAFE, CKR_OK, 3 },
		{ other, NULL, 0, CKR_ARGUMENTS_BAD, 0 },
		{ name, &v1, 0, CKR_ARGUMENTS_BAD, 0 },
		{ name, NULL, 2, CKR_ARGUMENTS_BAD, 0 },
	};
	CK_INTERFACE list[2], *one;
	CK_ULONG n = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_EQUAL(C_GetInterface(rows[i].name, rows[i].version, &one, rows[i].flags),
		    rows[i].want);
		if (rows[i].want == CKR_OK)
			CU_ASSERT_EQUAL(((CK_VERSION *)one->pFunctionList)->major, rows[i].major);
	}
	CU_ASSERT_EQUAL(C_GetInterface(NULL, NULL, NULL, 0), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(C_GetInterfaceList(NULL, NULL), CKR_ARGUMENTS_BAD);
	OK(C_GetInterfaceList(NULL, &n));
	CU_ASSERT_EQUAL(n, 2);
	n = 1;
	CU_ASSERT_EQUAL(C_GetInterfaceList(list, &n), CKR_BUFFER_TOO_SMALL);
	CU_ASSERT_EQUAL(n, 2);
	OK(C_GetInterfaceList(list, &n));
	CU_ASSERT_STRING_EQUAL((char *)list[1].pInterfaceName, "PKCS 11");
}

static void
no_function_is_missing_in_either_list(void)
{
	CK_FUNCTION_LIST *old;
	void *const *p;

	begin();
	OK(C_GetFunctionList(&old));
	CU_ASSERT_EQUAL(old->version.major, 2);
	CU_ASSERT_EQUAL(old->version.minor, 40);
	/* Behind the version lie pointers alone. */
	p = (void *const *)(const void *)&old->C_Initialize;
	for (size_t i = 0; p + i < (void *const *)(const void *)(old + 1); i++)
		CU_ASSERT_PTR_NOT_NULL(p[i]);
	p = (void *const *)(const void *)&f->base.C_Initialize;
	for (size_t i = 0; p + i < (void *const *)(const void *)(f + 1); i++)
		CU_ASSERT_PTR_NOT_NULL(p[i]);
	CU_ASSERT_EQUAL(C_GetFunctionList(NULL), CKR_ARGUMENTS_BAD);
}

/* Each list tells its own version. */
static void
what_the_module_is_needs_no_daemon(void)
{
	CK_FUNCTION_LIST *old;
	CK_INFO info;

	begin_initialised();
	OK(C_GetFunctionList(&old));
	OK(old->C_GetInfo(&info));
	CU_ASSERT_EQUAL(info.cryptokiVersion.major, 2);
	OK(f->base.C_GetInfo(&info));
	CU_ASSERT_EQUAL(info.cryptokiVersion.major, 3);
	SAME(info.manufacturerID, "Cardinal                        ", 32);
	end();
}

static void
without_a_daemon_there_are_ten_slots_and_no_token(void)
{
	CK_SLOT_ID slots[10];
	CK_SLOT_INFO info;
	CK_TOKEN_INFO token;
	CK_SESSION_HANDLE h;
	CK_ULONG n = 0;
	CK_SLOT_ID event;

	begin_initialised();
	OK(f->base.C_GetSlotList(CK_FALSE, NULL, &n));
	CU_ASSERT_EQUAL(n, 10);
	n = 9;
	CU_ASSERT_EQUAL(f->base.C_GetSlotList(CK_FALSE, slots, &n), CKR_BUFFER_TOO_SMALL);
	CU_ASSERT_EQUAL(n, 10);
	OK(f->base.C_GetSlotList(CK_FALSE, slots, &n));
	for (CK_ULONG i = 0; i < 10; i++) {
		CU_ASSERT_EQUAL(slots[i], i);
		OK(f->base.C_GetSlotInfo(i, &info));
		CU_ASSERT_EQUAL(info.flags, CKF_REMOVABLE_DEVICE);
	}
	OK(f->base.C_GetSlotList(CK_TRUE, slots, &n));
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(f->base.C_GetTokenInfo(0, &token), CKR_TOKEN_NOT_PRESENT);
	CU_ASSERT_EQUAL(f->base.C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &h),
	    CKR_TOKEN_NOT_PRESENT);
	CU_ASSERT_EQUAL(f->base.C_GetMechanismList(0, NULL, &n), CKR_TOKEN_NOT_PRESENT);
	CU_ASSERT_EQUAL(f->base.C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL), CKR_NO_EVENT);
	end();
}

static void
a_run_directory_that_is_too_long_is_no_daemon(void)
{
	char dir[200];
	CK_ULONG n = 1;

	begin();
	memset(dir, 'd', sizeof(dir));
	dir[0] = '/';
	dir[sizeof(dir) - 1] = '\0';
	setenv("CARDINAL_RUN", dir, 1);
	OK(f->base.C_Initialize(NULL));
	OK(f->base.C_GetSlotList(CK_TRUE, NULL, &n));
	CU_ASSERT_EQUAL(n, 0);
	end();
}

static void *
waits(void *arg)
{
	CK_SLOT_ID slot;

	*(CK_RV *)arg = f->base.C_WaitForSlotEvent(0, &slot, NULL);
	return NULL;
}

static void
c_finalize_wakes_who_waits_for_a_daemon(void)
{
	pthread_t thread;
	CK_RV rv = CKR_OK;

	begin_initialised();
	OK(pthread_create(&thread, NULL, waits, &rv));
	end();
	OK(pthread_join(thread, NULL));
	CU_ASSERT_EQUAL(rv, CKR_CRYPTOKI_NOT_INITIALIZED);
}

enum { BEGINNERS = 4, ENDINGS = 100 };
static atomic_int enough, ended;

/* Woken, it begins anew at once and waits again. */
static void *
begins_and_waits(void *arg)
{
	CK_SLOT_ID slot;

	(void)arg;
	while (!enough) {
		f->base.C_Initialize(NULL);
		f->base.C_WaitForSlotEvent(0, &slot, NULL);
	}
	ended++;
	return NULL;
}

/* Else the one who finalises waits for those who began after him, who wait for ever. */
static void
c_initialize_waits_until_c_finalize_is_done(void)
{
	pthread_t threads[BEGINNERS];

	begin();
	enough = ended = 0;
	for (size_t i = 0; i < BEGINNERS; i++)
		OK(pthread_create(&threads[i], NULL, begins_and_waits, NULL));
	for (int n = 0; n < ENDINGS; )
		n += f->base.C_Finalize(NULL) == CKR_OK;
	enough = 1;
	while (ended < BEGINNERS)
		f->base.C_Finalize(NULL);
	for (size_t i = 0; i < BEGINNERS; i++)
		OK(pthread_join(threads[i], NULL));
	f->base.C_Finalize(NULL);
}

static const struct sentence table[] = {
	SENTENCE(before_c_initialize_every_function_says_so),
	SENTENCE(the_arguments_of_c_initialize_are_all_or_none),
	SENTENCE(a_second_c_initialize_is_told_so),
	SENTENCE(of_threads_that_initialise_at_once_one_does),
	SENTENCE(a_child_is_not_initialised_and_may_be),
	SENTENCE(an_interface_is_found_by_name_version_and_flags),
	SENTENCE(no_function_is_missing_in_either_list),
	SENTENCE(what_the_module_is_needs_no_daemon),
	SENTENCE(without_a_daemon_there_are_ten_slots_and_no_token),
	SENTENCE(a_run_directory_that_is_too_long_is_no_daemon),
	SENTENCE(c_finalize_wakes_who_waits_for_a_daemon),
	SENTENCE(c_initialize_waits_until_c_finalize_is_done),
};
SUITE("module_start", table)
