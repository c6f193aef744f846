/*
 * at_once SOCKET <LINES: sends all lines to the control socket of a pad in one piece and prints the
 * answers. The pad takes the lines behind a `wait` in the same breath in which its text comes, before
 * it hears of its driver again: so a card is pulled, or the plug, at a moment that no shell would hit.
 * Exits 0 when all were answered "ok", 1 when one was not.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The pad takes no more in one piece. */
enum { LINES_MAX = 512 };

int
main(int argc, char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char text[LINES_MAX], answer[256];
	const size_t n = fread(text, 1, sizeof(text), stdin);
	int fd, r = 0, unanswered = 0;
	FILE *in;

	if (argc != 2 || strlen(argv[1]) >= sizeof(a.sun_path) || n == sizeof(text)) {
		fprintf(stderr, "usage: at_once SOCKET <lines\n");
		return 2;
	}
	strcpy(a.sun_path, argv[1]);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
	    connect(fd, (const struct sockaddr *)&a, sizeof(a)) != 0 ||
	    send(fd, text, n, MSG_NOSIGNAL) != (ssize_t)n || shutdown(fd, SHUT_WR) != 0 ||
	    (in = fdopen(fd, "r")) == NULL) {
		perror(argv[1]);
		return 2;
	}
	for (size_t i = 0; i < n; i++)
		unanswered += text[i] == '\n';
	while (fgets(answer, sizeof(answer), in) != NULL) {
		fputs(answer, stdout);
		if (strncmp(answer, "= ", 2) == 0)
			continue;
		unanswered--;
		r |= strcmp(answer, "ok\n") != 0;
	}
	fclose(in);
	return r != 0 || unanswered != 0;
}
