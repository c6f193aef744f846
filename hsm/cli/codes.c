#include "hsm/cli/codes.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"

enum { FILE_ROOM = 8192 };

struct codes *
codes_new(void)
{
	struct codes *c = NULL;

	if (secmem_init() != 0 || (c = secmem_alloc(sizeof(*c))) == NULL)
		fprintf(stderr, "cardinal: cannot lock memory for codes: raise the limit of locked "
		    "memory (ulimit -l) to at least %d KiB\n", SECMEM_SIZE / 1024);
	return c;
}

void
codes_free(struct codes **c)
{
	secmem_free(c, sizeof(**c));
}

const char *
codes_check(const char *text, size_t n)
{
	json_t *utf8;

	if (n < SLOT_CODE_MIN)
		return "has fewer than 8 characters";
	if (n > SLOT_CODE_MAX)
		return "is longer than 128 bytes";
	if (text[0] == ' ' || text[n - 1] == ' ')
		return "begins or ends with a blank";
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return "has a control character";
	/* PKCS #11 2.40, CK_UTF8CHAR; and JSON carries it. */
	if ((utf8 = json_stringn(text, n)) == NULL)
		return "is no UTF-8";
	json_decref(utf8);
	return NULL;
}

static int
bad(const char *name, int line, const char *what, const char *why)
{
	fprintf(stderr, "cardinal: %s, line %d: %s%s\n", name, line, what, why);
	return ERR_FORMAT;
}

/* Whether the text begins with this word, which it is moved behind. */
static int
word(const char **p, const char *end, const char *w)
{
	const size_t n = strlen(w);

	if ((size_t)(end - *p) < n || strncmp(*p, w, n) != 0)
		return 0;
	*p += n;
	return 1;
}

/* The line may be a code that lost its beginning, so nothing of it is repeated. */
static int
take_line(struct codes *c, const char *name, int line, const char *p, const char *end)
{
	static const char grammar[] = "this is neither `slot N code ...` nor `slot N so ...` "
	    "nor `slot N now ...` with a slot from 0 to 9";
	const struct {
		const char *word, *what;
		struct code *of;
	} kinds[] = {
		{ " code ", "the code ", c->user },
		{ " so ", "the SO PIN ", c->so },
		{ " now ", "the code of now ", c->now },
	};
	enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
	struct code *to;
	const char *why;
	unsigned slot;
	size_t i;

	if (p == end || *p == '#')
		return 0;
	if (!word(&p, end, "slot ") || p == end || !isdigit((unsigned char)*p))
		return bad(name, line, grammar, "");
	slot = (unsigned)(*p++ - '0');
	for (i = 0; i < KINDS && !word(&p, end, kinds[i].word); i++)
		;
	if (i == KINDS)
		return bad(name, line, grammar, "");
	to = &kinds[i].of[slot];
	if (to->n > 0)
		return bad(name, line, "this stands there already, take one away", "");
	if ((why = codes_check(p, (size_t)(end - p))) != NULL)
		return bad(name, line, kinds[i].what, why);
	to->n = (size_t)(end - p);
	to->line = line;
	memcpy(to->text, p, to->n);
	return 0;
}

int
codes_parse(struct codes *c, const char *name, const char *text, size_t n)
{
	const char *p = text, *const end = text + n, *newline;
	int r = 0;

	for (int line = 1; r == 0 && p < end; line++) {
		newline = memchr(p, '\n', (size_t)(end - p));
		if (newline == NULL)
			newline = end;
		r = take_line(c, name, line, p, newline);
		p = newline < end ? newline + 1 : end;
	}
	return r;
}

static int
cannot(const char *path)
{
	fprintf(stderr, "cardinal: cannot read %s: %s\n", path, strerror(errno));
	return ERR_IO;
}

/* Who else reads it knows the codes: said before they are used. */
static int
is_private(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return cannot(path);
	if (!S_ISREG(st.st_mode))
		fprintf(stderr, "cardinal: %s is no file of codes\n", path);
	else if (st.st_uid != geteuid())
		fprintf(stderr, "cardinal: %s belongs to somebody else: a file of codes has to be "
		    "your own\n", path);
	else if ((st.st_mode & 077) != 0)
		fprintf(stderr, "cardinal: others may read %s: `chmod 600 %s`, and choose other "
		    "codes if somebody has\n", path, path);
	else
		return 0;
	return ERR_DENIED;
}

int
codes_load(struct codes *c, const char *path)
{
	char *text = secmem_alloc(FILE_ROOM);
	size_t n = 0;
	ssize_t got = 1;
	int fd = -1, r = ERR_NOMEM;

	if (text == NULL)
		goto out;
	/* A FIFO would wait for its other end. */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) < 0) {
		r = cannot(path);
		goto out;
	}
	if ((r = is_private(fd, path)) != 0)
		goto out;
	while (n < FILE_ROOM && (got = read(fd, text + n, FILE_ROOM - n)) > 0)
		n += (size_t)got;
	if (got < 0)
		r = cannot(path);
	else if (n == FILE_ROOM)
		r = bad(path, 1, "the file is too long for codes of ten slots", "");
	else
		r = codes_parse(c, path, text, n);
out:
	if (fd >= 0)
		close(fd);
	secmem_free(&text, FILE_ROOM);
	return r;
}
