#include "hsm/pkcs11/module.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "hsm/pkcs11/module_hello.h"

/*
 * current is what the application has initialised; users counts the threads that are inside. Both
 * are looked at without a lock: C_Finalize takes current away first and then waits for users.
 */
static _Atomic(struct module *) current;
/* The same, and while it is on the way to there or away: what a child has descriptors of. */
static _Atomic(struct module *) begun;
static atomic_uint users;
static atomic_int finalising;
/* One C_Initialize or C_Finalize at a time; users have gone, or finalising is over. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gone = PTHREAD_COND_INITIALIZER;
static int watching_forks;
/*
 * Kept for the next C_Initialize, and for ever: threads of the application's may end at any time,
 * and libcrypto takes care of what they leave, which must not be free by then.
 */
static struct crypt *crypt;
/* What a child inherited and cannot take apart, since another thread may have been at it. */
static struct module *inherited;

/*
 * In a child nothing is initialised (PKCS #11 Base 2.40, 5.4), and the parent's connections are
 * closed without a word. Locks belong to threads that the child does not have.
 */
static void
forked(void)
{
	struct module *m = atomic_exchange(&begun, NULL);

	atomic_store(&current, NULL);
	atomic_store(&users, 0);
	atomic_store(&finalising, 0);
	crypt = NULL;
	lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	gone = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	if (m == NULL)
		return;
	links_abandon(&m->links);
	hello_abandon(&m->links);
	m->parent = inherited;
	inherited = m;
}

static void
leave(int cancel)
{
	if (atomic_fetch_sub(&users, 1) == 1 && atomic_load(&finalising)) {
		pthread_mutex_lock(&lock);
		pthread_cond_broadcast(&gone);
		pthread_mutex_unlock(&lock);
	}
	pthread_setcancelstate(cancel, &cancel);
}

CK_RV
module_enter(struct module **m, int *cancel)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, cancel);
	atomic_fetch_add(&users, 1);
	if ((*m = atomic_load(&current)) != NULL) {
		ERR_set_mark();
		return CKR_OK;
	}
	leave(*cancel);
	return CKR_CRYPTOKI_NOT_INITIALIZED;
}

void
module_leave(int cancel)
{
	ERR_pop_to_mark();
	leave(cancel);
}

static void
destroy(struct module *m)
{
	/* Where libcrypto has ended before us, at the process's end, its things are let be. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) != 1) {
		atomic_store(&begun, NULL);
		links_abandon(&m->links);
		return;
	}
	sessions_free(m);
	handles_free(m);
	links_free(&m->links);
	atomic_store(&begun, NULL);
	for (size_t i = 0; i < WIRE_SLOTS; i++)
		pthread_mutex_destroy(&m->slot[i].login);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static CK_RV
create(struct module **out)
{
	struct module *m = calloc(1, sizeof(*m));
	CK_RV rv;

	if (m == NULL)
		return CKR_HOST_MEMORY;
	if (crypt == NULL && (rv = crypt_new(&crypt)) != CKR_OK) {
		free(m);
		return rv;
	}
	m->crypt = crypt;
	pthread_mutex_init(&m->lock, NULL);
	for (size_t i = 0; i < WIRE_SLOTS; i++)
		pthread_mutex_init(&m->slot[i].login, NULL);
	handles_init(m);
	links_init(&m->links);
	*out = m;
	return CKR_OK;
}

/* PKCS #11 Base 2.40, 5.4, C_Initialize. */
static CK_RV
arguments(const CK_C_INITIALIZE_ARGS *args)
{
	unsigned callbacks;

	if (args == NULL)
		return CKR_OK;
	callbacks = (args->CreateMutex != NULL) + (unsigned)(args->DestroyMutex != NULL) +
	    (args->LockMutex != NULL) + (args->UnlockMutex != NULL);
	if (args->pReserved != NULL || (callbacks != 0 && callbacks != 4))
		return CKR_ARGUMENTS_BAD;
	/* The application's own mutexes alone: ours are the system's. */
	if (callbacks != 0 && !(args->flags & CKF_OS_LOCKING_OK))
		return CKR_CANT_LOCK;
	return CKR_OK;
}

static CK_RV
initialise(const CK_C_INITIALIZE_ARGS *args)
{
	struct module *m;
	CK_RV rv;

	/* Who comes in now would be waited for as well, maybe for ever. */
	while (atomic_load(&finalising))
		pthread_cond_wait(&gone, &lock);
	if (atomic_load(&current) != NULL)
		return CKR_CRYPTOKI_ALREADY_INITIALIZED;
	if ((rv = arguments(args)) != CKR_OK)
		return rv;
	if (!watching_forks && pthread_atfork(NULL, NULL, forked) != 0)
		return CKR_HOST_MEMORY;
	watching_forks = 1;
	module_log_open();
	if ((rv = create(&m)) != CKR_OK)
		return rv;
	atomic_store(&begun, m);
	slots_begin(m);
	atomic_store(&current, m);
	return CKR_OK;
}

static CK_RV
finalise(void)
{
	struct module *m = atomic_exchange(&current, NULL);

	if (m == NULL)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	module_log(LEVEL_INFO, "finalising");
	atomic_store(&finalising, 1);
	links_shut(&m->links);
	while (atomic_load(&users) != 0)
		pthread_cond_wait(&gone, &lock);
	atomic_store(&finalising, 0);
	pthread_cond_broadcast(&gone);
	destroy(m);
	return CKR_OK;
}

CK_RV
C_Initialize(CK_VOID_PTR args)
{
	int cancel;
	CK_RV rv;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	pthread_mutex_lock(&lock);
	ERR_set_mark();
	rv = initialise(args);
	ERR_pop_to_mark();
	module_log_call(__func__, rv);
	pthread_mutex_unlock(&lock);
	pthread_setcancelstate(cancel, &cancel);
	return rv;
}

CK_RV
C_Finalize(CK_VOID_PTR reserved)
{
	int cancel;
	CK_RV rv = CKR_ARGUMENTS_BAD;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	pthread_mutex_lock(&lock);
	if (reserved == NULL || atomic_load(&current) == NULL)
		rv = finalise();
	module_log_call(__func__, rv);
	if (rv == CKR_OK) {
		module_log(LEVEL_INFO, "closed");
		module_log_close();
	}
	pthread_mutex_unlock(&lock);
	pthread_setcancelstate(cancel, &cancel);
	return rv;
}

void
module_text(CK_UTF8CHAR *out, size_t n, const char *text)
{
	const size_t len = strnlen(text, n);

	memset(out, ' ', n);
	memcpy(out, text, len);
}

CK_VERSION
module_version(void)
{
	CK_VERSION v = { 0, 0 };

	sscanf(CARDINAL_VERSION, "%hhu.%hhu", &v.major, &v.minor);
	return v;
}
