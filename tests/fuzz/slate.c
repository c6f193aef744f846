#include "hsm/pkcs11/slate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "card-os/iso7816/buf.h"
#include "hsm/pkcs11/wire.h"

/*
 * The other end of a slate, which writes there and at the socket what it likes, one act after
 * another: either end takes it for what it is, or for an error, and waits for nothing that has come.
 */
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct wire_patience hasty = { 0, 1000 };
static const uint32_t awake;

static void
act(struct slate_end *honest, struct slate *s, int theirs, struct rd *in)
{
	uint8_t *got = malloc(64);
	size_t n;
	int at;

	switch (rd_u8(in) % 6) {
	case 0:
		s->n = rd_u32(in);
		s->processor = rd_u32(in);
		break;
	case 1:
		s->bell[honest->side].count = rd_u32(in);
		break;
	case 2:
		s->bell[rd_u8(in) % 2].sleeps = rd_u8(in);
		break;
	case 3:
		if (send(theirs, "\0\0\0\0\0\0", 1 + rd_u8(in) % 6, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
		break;
	case 4:
		slate_put(honest, (const uint8_t *)"answer", 6);
		(void)slate_ring(honest);
		break;
	default:
		/* In memory that is exactly as large as it was told. */
		if (slate_watch(honest, &hasty, &awake) &&
		    slate_get(honest, got, 64, &n, &at) == 0 && (n > 64 || at < -1))
			abort();
		break;
	}
	free(got);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct slate_end honest, other;
	struct rd in;
	int fd[2], memory;
	uint8_t how;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0 ||
	    slate_new(&honest, fd[0], &memory) != 0 || slate_map(&other, fd[1], memory) != 0)
		abort();
	close(memory);
	rd_init(&in, p, n);
	how = rd_u8(&in);
	honest.side = (enum slate_side)(how % 2);
	for (int i = 0; i < 64 && in.n != 0; i++)
		act(&honest, other.shared, fd[1], &in);
	/* The end is heard whatever stands there: some milliseconds later, so not each time. */
	close(fd[1]);
	if (how >= 0xf8)
		if (slate_doze(&honest) || slate_sleep(&honest) == 0)
			(void)slate_get(&honest, (uint8_t[SLATE_MAX]){ 0 }, SLATE_MAX,
			    &(size_t){ 0 }, &(int){ 0 });
	slate_free(&honest);
	slate_free(&other);
	close(fd[0]);
	return 0;
}
