#include "tests/unit/vault_bench.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct link {
	struct vault_bench *b;
	int fd;
};

static struct link links[BENCH_LINKS];

static void *
serve(void *arg)
{
	struct link *l = arg;

	OK(vault_serve(&l->b->vault, l->fd));
	return NULL;
}

void
vault_bench_enter(struct vault_bench *b)
{
	struct vaultclient **const client[BENCH_LINKS] = { &b->client, &b->slots, &b->people };
	int pair[2];

	memset(b, 0, sizeof(*b));
	place_enter(&b->place);
	b->vault.store = b->place.store;
	b->vault.restart_fd = -1;
	OK(pthread_rwlock_init(&b->vault.modes, NULL));
	OK(p11_server_new(&b->vault.p11, b->place.store, &b->policy));
	for (size_t i = 0; i < BENCH_LINKS; i++) {
		OK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
		OK(vaultclient_new(client[i], pair[0]));
		links[i] = (struct link){ b, b->fd[i] = pair[1] };
		OK(pthread_create(&b->thread[i], NULL, serve, &links[i]));
	}
}

void
vault_bench_leave(struct vault_bench *b)
{
	vaultclient_free(b->client);
	vaultclient_free(b->slots);
	vaultclient_free(b->people);
	people_stop(b->place.store);
	for (size_t i = 0; i < BENCH_LINKS; i++) {
		pthread_join(b->thread[i], NULL);
		close(b->fd[i]);
	}
	vault_forget(&b->vault);
	pthread_rwlock_destroy(&b->vault.modes);
	p11_server_free(b->vault.p11);
	place_leave(&b->place);
}

int
vault_bench_call(struct vault_bench *b, uint8_t id, union vaultlink_args *args)
{
	return vaultclient_call(b->client, id, args, &b->result);
}

void
vault_bench_code(uint8_t *n, uint8_t *p, const char *text)
{
	*n = (uint8_t)strlen(text);
	memcpy(p, text, *n);
}

int
vault_bench_act(struct vault_bench *b, uint8_t id, uint8_t slot, const char *text)
{
	union vaultlink_args args = { 0 };

	args.slot.slot = slot;
	args.slot.who = SLOT_USER;
	vault_bench_code(&args.slot.code_n, args.slot.code, text);
	return vault_bench_call(b, id, &args);
}

int
vault_bench_begin(struct vault_bench *b)
{
	union vaultlink_args args = { 0 };

	strcpy(args.begin.ceremony, "install");
	return vault_bench_call(b, VAULT_BEGIN, &args);
}

int
vault_bench_commit(struct vault_bench *b)
{
	union vaultlink_args args = { 0 };

	args.set = b->place.set;
	OK(vault_bench_call(b, VAULT_SET, &args));
	args.commit = b->place.mbk;
	return vault_bench_call(b, VAULT_COMMIT, &args);
}

const struct slot_info *
vault_bench_slots(struct vault_bench *b)
{
	OK(vault_bench_call(b, VAULT_SLOTS, NULL));
	return b->result.slots;
}
