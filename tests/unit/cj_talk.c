#include "tests/unit/cj_talk.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

struct cj_talked cj_talked;

int
cj_talk_ms(uint8_t to, const char *text, int ms)
{
	uint8_t p[1024];
	size_t n = hex(text, p, sizeof(p));

	cj_talked.rsp_n = sizeof(cj_talked.rsp);
	return cj_link_command(&cj_talked.link, to, p, n, cj_talked.rsp, &cj_talked.rsp_n, ms);
}

int
cj_talk(uint8_t to, const char *text)
{
	return cj_talk_ms(to, text, CJ_TALK_MS);
}

int
cj_talk_got(const char *text)
{
	uint8_t want[1024];
	const size_t n = hex(text, want, sizeof(want));

	return n == cj_talked.rsp_n && memcmp(cj_talked.rsp, want, n) == 0;
}

/* n bytes in hex, counted up from `from`. */
char *
cj_count_up(char *to, size_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to += sprintf(to, "%02X", (unsigned)((from + i) & 0xff));
	*to = '\0';
	return to;
}
