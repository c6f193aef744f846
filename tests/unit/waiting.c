#include "tests/unit/waiting.h"

#include <sched.h>
#include <string.h>
#include <time.h>

#include "hsm/vault/store_parts.h"
#include "tests/unit/suite.h"

void
waiting_enter(struct hsm *h, int boot)
{
	memset(h, 0, sizeof(*h));
	h->policy = (struct p11_policy){ 1, 1, 1 };
	crew_enter(&h->place, boot);
	OK(p11_server_new(&h->server, h->place.store, &h->policy));
}

static void *
run(void *arg)
{
	struct call *call = arg;

	call->rv = client_call(call->c);
	call->done = 1;
	return NULL;
}

void
waiting_begin(struct call *call, struct client *c)
{
	*call = (struct call){ .c = c };
	CU_ASSERT_EQUAL_FATAL(pthread_create(&call->thread, NULL, run, call), 0);
}

void
waiting_login(struct call *call, struct client *c, unsigned slot, const char *pin)
{
	client_pin(c, WIRE_LOGIN, slot, pin)->user = CKU_USER;
	waiting_begin(call, c);
}

CK_RV
waiting_end(struct call *call)
{
	pthread_join(call->thread, NULL);
	return call->rv;
}

unsigned
waiting_openings(struct hsm *h)
{
	unsigned n = 0;

	pthread_mutex_lock(&h->place.store->told_lock);
	for (const struct ask *a = h->place.store->people.first; a != NULL; a = a->next)
		n++;
	pthread_mutex_unlock(&h->place.store->told_lock);
	return n;
}

/* Whether people are asked, or it ended without. */
static int
asks(struct hsm *h, struct call *call)
{
	const time_t end = time(NULL) + 30;

	while (waiting_openings(h) == 0 && !call->done && time(NULL) < end)
		sched_yield();
	return waiting_openings(h) != 0;
}

CK_RV
waiting_whole(struct hsm *h, struct client *c, unsigned slot, const char *pin, unsigned guest)
{
	struct call call;

	waiting_login(&call, c, slot, pin);
	CU_ASSERT(asks(h, &call));
	if (waiting_openings(h) != 0)
		OK(crew_serve(&h->place, guest));
	return waiting_end(&call);
}
