#include "hsm/cli/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <curl/curl.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/wiped.h"
#include "hsm/keys/owner.h"
#include "hsm/cli/say.h"

enum { PATH_ROOM = 4096, URL_ROOM = 512, POLL_MS = 1000 };

struct client {
	CURL *easy;
	CURLM *multi;
	int keys;		/* signalfd of Ctrl-C, -1 */
	int input;		/* what ends a call, too, -1: nothing */
	int fd;			/* libcurl's socket, which it closes */
	int stranger;		/* somebody else listens there */
	char socket[PATH_ROOM];
	char *p;		/* the answer: n bytes */
	size_t n;
};

static size_t
receive(char *p, size_t size, size_t count, void *arg)
{
	struct client *c = arg;
	const size_t n = size * count;
	char *grown;

	if (n > CLIENT_ANSWER_MAX - c->n || (grown = wiped_realloc(c->p, c->n + n)) == NULL)
		return 0;
	c->p = grown;
	memcpy(c->p + c->n, p, n);
	c->n += n;
	return n;
}

int
client_new(struct client **out, const char *run, int keys)
{
	struct client *c = calloc(1, sizeof(*c));
	sigset_t set;

	*out = NULL;
	if (c == NULL || curl_global_init_mem(CURL_GLOBAL_DEFAULT, wiped_malloc,
	    wiped_release, wiped_realloc, wiped_strdup, wiped_calloc) != 0) {
		free(c);
		return ERR_NOMEM;
	}
	c->keys = c->input = -1;
	if ((c->easy = curl_easy_init()) == NULL || (c->multi = curl_multi_init()) == NULL) {
		client_free(c);
		return ERR_NOMEM;
	}
	if (keys) {
		sigemptyset(&set);
		sigaddset(&set, SIGINT);
		sigprocmask(SIG_BLOCK, &set, NULL);
		c->keys = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	}
	snprintf(c->socket, sizeof(c->socket), "%s/admin.sock", run);
	*out = c;
	return 0;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	curl_multi_cleanup(c->multi);
	curl_easy_cleanup(c->easy);
	curl_global_cleanup();
	if (c->keys >= 0)
		close(c->keys);
	wiped_release(c->p);
	free(c);
}

/* libcurl tells only that it could not connect; the reason is worth a connect of our own. */
static int
reach(const struct client *c, int quiet)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, why = ENAMETOOLONG;

	if (strlen(c->socket) < sizeof(a.sun_path)) {
		strcpy(a.sun_path, c->socket);
		if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
			return ERR_IO;
		why = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 ? 0 : errno;
		close(fd);
	}
	if (why == 0)
		return 0;
	if (why == EACCES && !quiet)
		fprintf(stderr, "cardinal: you may not use %s: its group may (`ls -l` names it)\n",
		    c->socket);
	else if (!quiet)
		fprintf(stderr, "cardinal: cardinald does not run (%s: %s): start it, or say with "
		    "--run where its sockets are\n", c->socket, strerror(why));
	return why == EACCES ? ERR_DENIED : ERR_CLOSED;
}

/* The socket that libcurl is about to connect, kept so that we can ask who is at its other end. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct client *c = arg;

	(void)purpose;
	return c->fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* Connected, and nothing sent yet: who listens there, by the kernel's word? */
static int
is_daemon(void *arg, char *peer, char *local, int peer_port, int local_port)
{
	struct client *c = arg;
	char name[OWNER_NAME_MAX];
	struct ucred cred;
	socklen_t n = sizeof(cred);

	(void)peer;
	(void)local;
	(void)peer_port;
	(void)local_port;
	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0)
		return CURL_PREREQFUNC_ABORT;
	if (owner_trusted(c->socket, cred.uid))
		return CURL_PREREQFUNC_OK;
	c->stranger = 1;
	owner_name(cred.uid, name);
	fprintf(stderr, "cardinal: what listens at %s belongs to user %s, not to cardinald: "
	    "nothing was said to it; starting cardinald anew takes it away\n", c->socket, name);
	return CURL_PREREQFUNC_ABORT;
}

/* Whether Ctrl-C was pressed. */
static int
interrupted(const struct client *c)
{
	struct signalfd_siginfo info;

	return c->keys >= 0 && read(c->keys, &info, sizeof(info)) == (ssize_t)sizeof(info);
}

/* Or at its end, which libcurl does not tell. */
static int
readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return fd >= 0 && poll(&p, 1, 0) == 1;
}

int
client_pause(struct client *c, int ms)
{
	struct pollfd keys = { .fd = c->keys, .events = POLLIN };

	poll(&keys, 1, ms);
	return interrupted(c) ? ERR_CANCELLED : 0;
}

static int
transfer(struct client *c, CURLcode *result)
{
	struct curl_waitfd fds[2];
	unsigned n = 0;
	struct CURLMsg *msg;
	int running = 1, left, r = 0;

	if (c->keys >= 0)
		fds[n++] = (struct curl_waitfd){ .fd = c->keys, .events = CURL_WAIT_POLLIN };
	if (c->input >= 0)
		fds[n++] = (struct curl_waitfd){ .fd = c->input, .events = CURL_WAIT_POLLIN };
	if (curl_multi_add_handle(c->multi, c->easy) != CURLM_OK)
		return ERR_NOMEM;
	while (r == 0 && running) {
		if (curl_multi_perform(c->multi, &running) != CURLM_OK || (running &&
		    curl_multi_poll(c->multi, fds, n, POLL_MS, NULL) != CURLM_OK))
			r = ERR_IO;
		if (running && readable(c->input))
			r = ERR_NOT_NOW;
		if (interrupted(c))
			r = ERR_CANCELLED;
	}
	*result = CURLE_ABORTED_BY_CALLBACK;
	while ((msg = curl_multi_info_read(c->multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			*result = msg->data.result;
	curl_multi_remove_handle(c->multi, c->easy);
	return r;
}

static int
prepare(struct client *c, const char *path, const char *body, size_t n)
{
	char url[URL_ROOM];

	snprintf(url, sizeof(url), "http://cardinald%s", path);
	wiped_release(c->p);
	c->p = NULL;
	c->n = 0;
	curl_easy_reset(c->easy);
	if (curl_easy_setopt(c->easy, CURLOPT_UNIX_SOCKET_PATH, c->socket) != CURLE_OK ||
	    curl_easy_setopt(c->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) != CURLE_OK ||
	    curl_easy_setopt(c->easy, CURLOPT_OPENSOCKETDATA, c) != CURLE_OK ||
	    curl_easy_setopt(c->easy, CURLOPT_PREREQFUNCTION, is_daemon) != CURLE_OK ||
	    curl_easy_setopt(c->easy, CURLOPT_PREREQDATA, c) != CURLE_OK ||
	    /* Each call has its own connection, so that none is asked less than another. */
	    curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, 1L) != CURLE_OK ||
	    curl_easy_setopt(c->easy, CURLOPT_FORBID_REUSE, 1L) != CURLE_OK ||
	    curl_easy_setopt(c->easy, CURLOPT_URL, url) != CURLE_OK ||
	    /* A proxy of the environment has no business here. */
	    curl_easy_setopt(c->easy, CURLOPT_PROXY, "") != CURLE_OK ||
	    curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L) != CURLE_OK ||
	    curl_easy_setopt(c->easy, CURLOPT_TIMEOUT, 2L * CLIENT_WAIT_S) != CURLE_OK ||
	    curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, receive) != CURLE_OK ||
	    curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c) != CURLE_OK)
		return ERR_NOMEM;
	if (body != NULL &&
	    (curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE, (long)n) != CURLE_OK ||
	    curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, body) != CURLE_OK))
		return ERR_NOMEM;
	return 0;
}

/* What the daemon says of a request that it does not grant. */
static int
refused(const json_t *answer, long http)
{
	const char *error = say_member(answer, "error");

	if (strcmp(error, "exists") == 0)
		return ERR_EXISTS;
	fputs("cardinal: ", stderr);
	if (*error == '\0')
		fprintf(stderr, "cardinald refuses (HTTP %ld)", http);
	say_text(stderr, say_member(answer, "message"));
	fputc('\n', stderr);
	return ERR_DENIED;
}

int
client_call(struct client *c, const char *path, const char *body, size_t n, int quiet,
    json_t **answer)
{
	CURLcode result = CURLE_OK;
	long http = 0;
	int r;

	*answer = NULL;
	if ((r = reach(c, quiet)) != 0 || (r = prepare(c, path, body, n)) != 0 ||
	    (r = transfer(c, &result)) != 0)
		return r;
	if (c->stranger)
		return ERR_DENIED;
	if (result != CURLE_OK) {
		if (!quiet)
			fprintf(stderr, "cardinal: cardinald went away (%s): its log says why\n",
			    curl_easy_strerror(result));
		return ERR_CLOSED;
	}
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &http);
	if ((*answer = json_loadb(c->p, c->n, JSON_REJECT_DUPLICATES, NULL)) == NULL) {
		fprintf(stderr, "cardinal: what serves at %s is no cardinald (HTTP %ld)\n",
		    c->socket, http);
		return ERR_FORMAT;
	}
	if (http >= 400) {
		r = refused(*answer, http);
		json_decref(*answer);
		*answer = NULL;
	}
	return r;
}

int
client_wait(struct client *c, const char *path, int fd, json_t **answer)
{
	int r;

	c->input = fd;
	r = client_call(c, path, NULL, 0, 0, answer);
	c->input = -1;
	return r;
}
