#include "hsm/daemon/vaultgate.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"

static struct vaultgate *
of(struct gate *g)
{
	return (struct vaultgate *)g;	/* its first member */
}

static int
ask(struct gate *g, uint8_t id, union vaultlink_args *args, union vaultlink_result *result)
{
	struct vaultgate *v = of(g);
	int r;

	pthread_mutex_lock(&v->calls);
	r = v->closed ? ERR_CLOSED : vaultclient_call(v->client, id, args, result);
	pthread_mutex_unlock(&v->calls);
	return r;
}

static int
tell(struct gate *g, uint8_t id, union vaultlink_args *args)
{
	struct vaultgate *v = of(g);
	const int r = ask(g, id, args, NULL);

	if (r == 0 && v->changed != NULL)
		v->changed(v->arg);
	return r;
}

static int
seat_of(struct gate *g, uint8_t id, union vaultlink_args *args, struct user_seat *seat)
{
	union vaultlink_result *result = malloc(sizeof(*result));
	int r = ERR_NOMEM;

	memset(seat, 0, sizeof(*seat));
	if (result != NULL && (r = ask(g, id, args, result)) == 0)
		*seat = result->seat;
	free(result);
	return r;
}

static int
enrolled(struct gate *g, unsigned slot, unsigned user, struct user_seat *seat)
{
	union vaultlink_args args = { 0 };

	args.enrol.slot = (uint8_t)slot;
	args.enrol.user = (uint8_t)user;
	return seat_of(g, VAULT_ENROLLED, &args, seat);
}

static int
enrol(struct gate *g, unsigned slot, unsigned user, const struct user_seat *seat)
{
	union vaultlink_args args = { 0 };

	args.enrol.slot = (uint8_t)slot;
	args.enrol.user = (uint8_t)user;
	args.enrol.seat = *seat;
	return tell(g, VAULT_ENROL, &args);
}

static int
finish(struct gate *g)
{
	return tell(g, VAULT_FINISH, NULL);
}

static int
open_slot(struct gate *g, unsigned slot, uint64_t *opening)
{
	union vaultlink_args args = { 0 };
	union vaultlink_result *result = malloc(sizeof(*result));
	int r = ERR_NOMEM;

	*opening = 0;
	args.ask.slot = (uint8_t)slot;
	if (result != NULL && (r = ask(g, VAULT_OPENING_ASK, &args, result)) == 0)
		*opening = result->ask.opening;
	free(result);
	return r;
}

static int
end(struct gate *g, uint64_t opening, int err, int begun)
{
	union vaultlink_args args = { 0 };

	args.opening.number = opening;
	args.opening.why = (uint8_t)-err;
	args.opening.begun = begun != 0;
	return tell(g, VAULT_OPENING_END, &args);
}

static int
seat(struct gate *g, uint64_t opening, unsigned user, struct user_seat *out)
{
	union vaultlink_args args = { 0 };

	args.opening.number = opening;
	args.opening.user = (uint8_t)user;
	return seat_of(g, VAULT_OPENING_SEAT, &args, out);
}

static int
challenge(struct gate *g, uint64_t opening, unsigned user, uint8_t text[CHALLENGE_LEN],
    uint8_t point[USER_POINT])
{
	union vaultlink_args args = { 0 };
	union vaultlink_result *result = malloc(sizeof(*result));
	int r = ERR_NOMEM;

	args.opening.number = opening;
	args.opening.user = (uint8_t)user;
	if (result != NULL && (r = ask(g, VAULT_OPENING_CHALLENGE, &args, result)) == 0) {
		memcpy(text, result->challenge.text, CHALLENGE_LEN);
		memcpy(point, result->challenge.point, USER_POINT);
	}
	free(result);
	return r;
}

static int
proof(struct gate *g, uint64_t opening, unsigned user, const uint8_t signature[USER_MODULUS],
    const uint8_t z[32])
{
	union vaultlink_args *args = secmem_alloc(sizeof(*args));
	int r;

	if (args == NULL)
		return ERR_NOMEM;
	args->opening.number = opening;
	args->opening.user = (uint8_t)user;
	memcpy(args->opening.signature, signature, USER_MODULUS);
	memcpy(args->opening.z, z, LOCK_SECRET);
	r = ask(g, VAULT_OPENING_PROOF, args, NULL);
	secmem_free(&args, sizeof(*args));
	return r;
}

static int
whose(struct gate *g, const struct user_keys *keys, unsigned *slot, unsigned *user)
{
	union vaultlink_args args = { 0 };
	union vaultlink_result *result = malloc(sizeof(*result));
	int r = ERR_NOMEM;

	args.whose = *keys;
	if (result != NULL && (r = ask(g, VAULT_WHOSE, &args, result)) == 0) {
		*slot = result->whose.slot;
		*user = result->whose.user;
	}
	free(result);
	return r;
}

static const struct gate_ops ops = {
	.enrolled = enrolled,
	.enrol = enrol,
	.finish = finish,
	.open = open_slot,
	.end = end,
	.seat = seat,
	.challenge = challenge,
	.proof = proof,
	.whose = whose,
};

void
vaultgate_init(struct vaultgate *v, struct vaultclient *client, void (*changed)(void *), void *arg)
{
	v->gate.ops = &ops;
	v->client = client;
	v->changed = changed;
	v->arg = arg;
	pthread_mutex_init(&v->calls, NULL);
	v->closed = 0;
}

void
vaultgate_close(struct vaultgate *v)
{
	pthread_mutex_lock(&v->calls);
	v->closed = 1;
	pthread_mutex_unlock(&v->calls);
}
