#include "tests/unit/both.h"

#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/suite.h"

void
both_enter(struct both *b)
{
	int fd;

	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b->fd));
	OK(slate_new(&b->vault, b->fd[0], &fd));
	OK(slate_map(&b->client, b->fd[1], fd));
	OK(close(fd));
}

void
both_leave(struct both *b)
{
	slate_free(&b->vault);
	slate_free(&b->client);
	for (size_t i = 0; i < 2; i++)
		if (b->fd[i] >= 0)
			close(b->fd[i]);
}

int
both_all_zero(const struct slate *s)
{
	for (size_t i = 0; i < sizeof(s->bytes); i++)
		if (s->bytes[i] != 0)
			return 0;
	return 1;
}
