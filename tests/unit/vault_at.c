#include "tests/unit/vault_at.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * The module keeps libcrypto's context to the end, and its generators have pointers in the secure
 * heap, where the leak checker does not look for them.
 */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:CRYPTO_zalloc\n";
}

void
vault_at_start(struct vault_at *v)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	store_lock(v->place.store);
	OK(slots_start(v->place.store));
	store_unlock(v->place.store);
	OK(p11_server_new(&v->server, v->place.store, &v->policy));
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", v->path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_FATAL(fd >= 0);
	OK(bind(fd, (struct sockaddr *)&sa, sizeof(sa)));
	OK(listen(fd, 64));
	OK(p11_listen(v->server, fd));
}

void
vault_at_stop(struct vault_at *v)
{
	unlink(v->path);
	p11_stop(v->server);
	p11_server_free(v->server);
	v->server = NULL;
	place_again(&v->place);
}

void
vault_at_begin(struct vault_at *v)
{
	suite_dir(v->dir);
	snprintf(v->path, sizeof(v->path), "%s/pkcs11.sock", v->dir);
	setenv("CARDINAL_RUN", v->dir, 1);
	vault_at_start(v);
}

void
vault_at_enter(struct vault_at *v)
{
	struct slot_plan plan[SLOTS];

	for (unsigned i = 0; i < SLOTS; i++) {
		plan[i] = token_plan(i == 0 ? SLOT_AUTO : SLOT_CODE, TOKEN_TRIAL, TOKEN_TRIAL_SO);
		plan[i].trial = 1;
	}
	place_enter(&v->place);
	store_lock(v->place.store);
	OK(store_trial(v->place.store, plan));
	store_unlock(v->place.store);
	vault_at_begin(v);
}

void
vault_at_leave(struct vault_at *v)
{
	vault_at_stop(v);
	place_leave(&v->place);
}
