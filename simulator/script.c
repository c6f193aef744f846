#include "simulator/script.h"

#include <errno.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "simulator/ctl.h"

int
script_next(struct script *s, struct words *w)
{
	size_t n;
	int r;

	do {
		if (fgets(s->text, sizeof(s->text), s->file) == NULL)
			return 0;
		s->line++;
		n = strlen(s->text);
		/* A NUL in the file ends the text early; it is no line then. */
		if (n == 0 || (s->text[n - 1] != '\n' && !feof(s->file)))
			return n + 1 == sizeof(s->text) ? ERR_SIZE : ERR_FORMAT;
		if ((r = words_split(s->text, w)) != 0)
			return r;
	} while (w->n == 0);
	return 1;
}

int
script_run(const char *path, int fd, int in, FILE *out)
{
	struct script s = { 0 };
	char who[WORDS_LINE_MAX];
	int r, code = EXIT_DONE;
	struct words w;

	if ((s.file = fopen(path, "re")) == NULL) {
		fprintf(stderr, "cardinal-pad: %s: %s\n", path, strerror(errno));
		return EXIT_FAILED;
	}
	while (code == EXIT_DONE && (r = script_next(&s, &w)) != 0) {
		snprintf(who, sizeof(who), "%s:%u", path, s.line);
		if (r < 0) {
			fprintf(stderr, "%s: %s\n", who, r == ERR_SIZE ? "the line is too long" :
			    "the line cannot be read");
			code = EXIT_MISUSED;
		} else
			code = ctl_command(fd, who, w.v, w.n, in, out);
	}
	fclose(s.file);
	return code;
}
