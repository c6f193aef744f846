#include "hsm/pkcs11/server_parts.h"

#include <errno.h>
#include <stdlib.h>

struct user *
user_enter(struct p11_server *s, uid_t uid)
{
	struct user *u, *empty = NULL;

	for (u = s->users; u != NULL && (u->uid != uid || atomic_load(&u->apps) == 0); u = u->next)
		if (atomic_load(&u->apps) == 0)
			empty = u;
	if (u == NULL && (u = empty) == NULL) {
		if ((u = calloc(1, sizeof(*u))) == NULL)
			return NULL;
		sem_init(&u->turns, 0, TURNS_USER);
		u->next = s->users;
		s->users = u;
	}
	u->uid = uid;
	atomic_fetch_add(&u->apps, 1);
	return u;
}

/* The last thing that an application does with it. */
void
user_leave(struct user *u)
{
	if (u != NULL)
		atomic_fetch_sub(&u->apps, 1);
}

void
users_free(struct p11_server *s)
{
	struct user *u;

	while ((u = s->users) != NULL) {
		s->users = u->next;
		sem_destroy(&u->turns);
		free(u);
	}
}

CK_RV
turn_take(struct p11_conn *c)
{
	int stopping;

	if (c->turns++ != 0)
		return CKR_OK;
	while (sem_wait(&c->app->user->turns) != 0 && errno == EINTR)
		;
	pthread_mutex_lock(&c->server->lock);
	stopping = c->server->stopping;
	pthread_mutex_unlock(&c->server->lock);
	if (!stopping)
		return CKR_OK;
	turn_give(c);
	return CKR_DEVICE_REMOVED;
}

void
turn_give(struct p11_conn *c)
{
	if (--c->turns == 0)
		sem_post(&c->app->user->turns);
}

/* Charged before it is looked at, since others come at once. */
int
share_take(_Atomic size_t *all, _Atomic size_t *users, size_t n, size_t most)
{
	const size_t of_all = atomic_fetch_add(all, n) + n;
	const size_t of_user = atomic_fetch_add(users, n) + n;

	if (of_all <= most && of_user <= most / 4 * 3)
		return 1;
	share_give(all, users, n);
	return 0;
}

void
share_give(_Atomic size_t *all, _Atomic size_t *users, size_t n)
{
	atomic_fetch_sub(all, n);
	atomic_fetch_sub(users, n);
}
