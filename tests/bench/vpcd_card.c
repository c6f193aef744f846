#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * vpcd_card PORT [quick]: the card's side of vsmartcard's virtual reader vpcd, a card that says 9000
 * to everything at once. vpcd listens at PORT, and the card calls. quick: it also acknowledges each
 * segment at once, which no card of vsmartcard's does; vpcd sends length and message apart, and the
 * kernel keeps the second back until the first is acknowledged.
 *
 *   message = length:2, big-endian, and as many bytes
 *
 * To the card: one byte 0 power off, 1 power on, 2 reset, which have no answer, 4 for the ATR; or an
 * APDU.
 */
enum { ASKS_ATR = 4, MESSAGE_MAX = 0xffff };

static int
get(int fd, uint8_t *p, size_t n, int quick)
{
	const int on = 1;
	ssize_t r;

	while (n > 0) {
		if (quick)
			(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
		if ((r = recv(fd, p, n, 0)) <= 0)
			return -1;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

static int
put(int fd, const uint8_t *p, uint8_t n)
{
	uint8_t message[2 + UINT8_MAX] = { 0, n };

	memcpy(message + 2, p, n);
	return send(fd, message, 2u + n, MSG_NOSIGNAL) == 2 + n ? 0 : -1;
}

static void
serve(int fd, int quick)
{
	static const uint8_t atr[] = { 0x3b, 0x80, 0x01, 0x81 };	/* T=1 */
	static const uint8_t sw[] = { 0x90, 0x00 };
	static uint8_t message[MESSAGE_MAX];
	uint8_t head[2];
	size_t n;

	while (get(fd, head, sizeof(head), quick) == 0) {
		n = (size_t)head[0] << 8 | head[1];
		if (get(fd, message, n, quick) != 0)
			return;
		if (n != 1) {
			if (put(fd, sw, sizeof(sw)) != 0)
				return;
		} else if (message[0] == ASKS_ATR && put(fd, atr, sizeof(atr)) != 0) {
			return;
		}
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	const int quick = argc == 3 && strcmp(argv[2], "quick") == 0;
	int fd;

	if (argc < 2 || argc > 3 || (argc == 3 && !quick)) {
		fputs("usage: vpcd_card PORT [quick]\n", stderr);
		return 2;
	}
	a.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof(a)) != 0) {
		perror("vpcd_card");
		return 1;
	}
	serve(fd, quick);
	close(fd);
	return 0;
}
