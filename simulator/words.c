#include "simulator/words.h"

#include <string.h>

#include "card-os/iso7816/err.h"

static int
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int
is_control(char c)
{
	return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f;
}

/* Takes one word, moved together where quotes were. Where it goes on, or NULL for an open quote. */
static char *
take_word(char *p, char **end)
{
	char *out = p, quote = '\0';

	for (; *p != '\0' && (quote != '\0' || !is_blank(*p)); p++) {
		if (quote != '\0' && *p == quote)
			quote = '\0';
		else if (quote == '\0' && (*p == '\'' || *p == '"'))
			quote = *p;
		else if (quote != '\'' && *p == '\\' && p[1] != '\0' &&
		    (quote == '\0' || p[1] == '"' || p[1] == '\\'))
			*out++ = *++p;
		else
			*out++ = *p;
	}
	*end = out;
	return quote == '\0' ? p : NULL;
}

int
words_split(char *line, struct words *w)
{
	char *p = line, *next, *end;
	size_t n = strlen(line);

	w->n = 0;
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		line[--n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (is_control(line[i]))
			return ERR_FORMAT;
	for (;;) {
		while (is_blank(*p))
			p++;
		if (*p == '\0' || *p == '#')
			return 0;
		if (w->n == WORDS_MAX)
			return ERR_SIZE;
		if ((next = take_word(p, &end)) == NULL)
			return ERR_FORMAT;
		w->v[w->n++] = p;
		p = *next == '\0' ? next : next + 1;
		*end = '\0';
	}
}

static int
put(char *line, size_t cap, size_t *n, const char *p, size_t len)
{
	if (len >= cap - *n)
		return ERR_SIZE;
	memcpy(line + *n, p, len);
	*n += len;
	line[*n] = '\0';
	return 0;
}

static int
put_quoted(char *line, size_t cap, size_t *n, const char *word)
{
	int r;

	if (*word != '\0' && strcspn(word, " \t'\"\\#") == strlen(word))
		return put(line, cap, n, word, strlen(word));
	if ((r = put(line, cap, n, "'", 1)) != 0)
		return r;
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			r = put(line, cap, n, "'\\''", 4);
		else
			r = put(line, cap, n, word, 1);
		if (r != 0)
			return r;
	}
	return put(line, cap, n, "'", 1);
}

int
words_join(char *const *v, size_t n, char *line, size_t cap)
{
	size_t len = 0;
	int r;

	if (cap == 0)
		return ERR_SIZE;
	line[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		for (const char *c = v[i]; *c != '\0'; c++)
			if (is_control(*c))
				return ERR_FORMAT;
		if (i > 0 && (r = put(line, cap, &len, " ", 1)) != 0)
			return r;
		if ((r = put_quoted(line, cap, &len, v[i])) != 0)
			return r;
	}
	return 0;
}
