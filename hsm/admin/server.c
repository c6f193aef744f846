#include "hsm/admin/server.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <microhttpd.h>
#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/evict.h"
#include "hsm/admin/log.h"
#include "hsm/admin/report.h"
#include "hsm/admin/routes.h"
#include "hsm/admin/wiped.h"
#include "hsm/keys/owner.h"

enum {
	BACKLOG = 16,
	CONNECTIONS_MAX = 64,
	IDLE_S = 90,			/* longer than DESK_WAIT_MAX */
	HEADERS_MAX = 16384,
	STACK = 256 * 1024,
	UPLOAD_MAX = 1 << 20,		/* where patience ends: the connection is closed */
};

struct server {
	struct MHD_Daemon *mhd;
	struct desk *desk;
};

/* A request while its body comes in. */
struct upload {
	size_t n;			/* also of what did not fit */
	char body[REQUEST_BODY_MAX];
};

/* The lock file, ours alone: one that another user made could be one that he holds. */
static int
take_lock(const char *name, int *lock)
{
	struct stat st;
	int r;

	if ((r = evict(name)) != 0)
		return r;
	if ((*lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0 ||
	    fstat(*lock, &st) != 0)
		return ERR_IO;
	/* He was there again in between. */
	if (!S_ISREG(st.st_mode) || !owner_trusted(name, st.st_uid)) {
		errno = EEXIST;
		return ERR_IO;
	}
	if (flock(*lock, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO;
	return 0;
}

int
server_listen(const char *path, const char *group, int *out, int *lock)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char name[sizeof(a.sun_path) + 8];
	const struct group *g = NULL;
	struct stat st;
	int fd = -1, r = ERR_SIZE;

	*out = *lock = -1;
	if (strlen(path) >= sizeof(a.sun_path))
		goto out;
	strcpy(a.sun_path, path);
	snprintf(name, sizeof(name), "%s.lock", path);
	r = ERR_NOT_FOUND;
	if (*group != '\0' && (g = getgrnam(group)) == NULL)
		goto out;
	if ((r = take_lock(name, lock)) != 0 || (r = evict(path)) != 0)
		goto out;
	r = ERR_IO;
	/*
	 * With the lock in hand, a socket of ours was left behind. Nothing else of ours is taken
	 * away.
	 */
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		goto out;
	}
	unlink(path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		goto out;
	/*
	 * Born with its mode, and nobody connects before it listens. The name is not followed: the
	 * directory is the daemon's user's, who is not to say what root hands to a group.
	 */
	const mode_t mask = umask(0117);
	const int bound = bind(fd, (struct sockaddr *)&a, sizeof(a));

	umask(mask);
	if (bound != 0 || (g != NULL && lchown(path, (uid_t)-1, g->gr_gid) != 0) ||
	    listen(fd, BACKLOG) != 0)
		goto out;
	*out = fd;
	return 0;
out:
	if (fd >= 0)
		close(fd);
	if (*lock >= 0)
		close(*lock);
	*lock = -1;
	return r;
}

static enum MHD_Result
queue(struct MHD_Connection *c, struct reply *reply)
{
	struct MHD_Response *response;
	enum MHD_Result r = MHD_NO;
	char *body = json_dumps(reply->json, JSON_INDENT(2));
	size_t n;

	json_decref(reply->json);
	if (body == NULL)
		return MHD_NO;
	/* A line end instead of the NUL, for terminals. */
	n = strlen(body);
	body[n] = '\n';
	response = MHD_create_response_from_buffer_with_free_callback(n + 1, body, wiped_free);
	if (response == NULL) {
		wiped_free(body);
		return MHD_NO;
	}
	if (MHD_add_response_header(response, "Content-Type", "application/json") == MHD_YES &&
	    (reply->allow == NULL || reply->http != 405 ||
	    MHD_add_response_header(response, "Allow", reply->allow) == MHD_YES))
		r = MHD_queue_response(c, reply->http, response);
	MHD_destroy_response(response);
	return r;
}

static enum MHD_Result
refuse(struct MHD_Connection *c, int err, unsigned http, const char *message)
{
	struct reply reply = { .http = http, .json = report_error(err, message) };

	return queue(c, &reply);
}

static enum MHD_Result
add_query(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct request *q = arg;

	(void)kind;
	if (q->queries++ >= REQUEST_QUERY_MAX)
		return MHD_NO;
	q->query[q->queries - 1].name = name;
	q->query[q->queries - 1].value = value;
	return MHD_YES;
}

static int
peer(struct MHD_Connection *c, uid_t *uid)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (info == NULL ||
	    getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0)
		return ERR_IO;
	*uid = cred.uid;
	return 0;
}

static enum MHD_Result
answer(void *arg, struct MHD_Connection *c, const char *path, const char *method,
    const char *version, const char *data, size_t *n, void **state)
{
	struct server *s = arg;
	struct upload *up = *state;
	struct request q = { .method = method, .path = path };
	struct reply reply;

	(void)version;
	if (up == NULL) {
		*state = OPENSSL_zalloc(sizeof(*up));
		return *state != NULL ? MHD_YES : MHD_NO;
	}
	if (*n > 0) {
		if (up->n <= sizeof(up->body) && *n <= sizeof(up->body) - up->n)
			memcpy(up->body + up->n, data, *n);
		/* There may be codes in it, and libmicrohttpd keeps its buffers. */
		OPENSSL_cleanse((void *)(uintptr_t)data, *n);
		up->n += *n;
		*n = 0;
		return up->n <= UPLOAD_MAX ? MHD_YES : MHD_NO;
	}
	if (up->n > sizeof(up->body))
		return refuse(c, ERR_SIZE, 413, "the body is too long: at most 8192 bytes");
	MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, add_query, &q);
	if (q.queries > REQUEST_QUERY_MAX)
		return refuse(c, ERR_FORMAT, 400, "too many parts in the query");
	if (peer(c, &q.uid) != 0)
		return MHD_NO;
	q.body = up->body;
	q.body_n = up->n;
	log_debug("%s %s of uid %u", method, path, (unsigned)q.uid);
	routes_answer(s->desk, &q, &reply);
	return queue(c, &reply);
}

static void
completed(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	(void)arg;
	(void)c;
	(void)why;
	OPENSSL_clear_free(*state, sizeof(struct upload));
	*state = NULL;
}

/* No path and no number of ours needs an escape; unescaped, %00 would cut a path short. */
static size_t
as_it_is(void *arg, struct MHD_Connection *c, char *s)
{
	(void)arg;
	(void)c;
	return strlen(s);
}

/* libmicrohttpd's own words, of clients that misbehave: not worth more than debug. */
static void __attribute__((format(printf, 2, 0)))
logged(void *arg, const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX];

	(void)arg;
	vsnprintf(text, sizeof(text), fmt, ap);
	log_debug("http: %s", text);
}

int
server_start(struct server **out, int fd, struct desk *desk)
{
	struct server *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (s == NULL) {
		close(fd);
		return ERR_NOMEM;
	}
	s->desk = desk;
	s->mhd = MHD_start_daemon(
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
	    MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, NULL, NULL, answer, s,
	    MHD_OPTION_EXTERNAL_LOGGER, logged, NULL,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_UNESCAPE_CALLBACK, as_it_is, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX,
	    MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK,
	    MHD_OPTION_END);
	if (s->mhd == NULL) {
		close(fd);
		free(s);
		return ERR_IO;
	}
	*out = s;
	return 0;
}

void
server_stop(struct server *s)
{
	if (s == NULL)
		return;
	MHD_stop_daemon(s->mhd);
	free(s);
}
