#include "tests/fuzz/answer.h"

#include "card-os/os/files.h"
#include "tests/fuzz/secrets.h"

int
answer_is_error(uint16_t sw)
{
	return sw != SW_OK && sw >> 8 != 0x61 && sw >> 8 != 0x62;
}

/*
 * 63Cx says that something was compared, which then was charged before: not so when a state is
 * asked.
 */
static void
check_charged(const struct scene *s, size_t n, uint16_t sw)
{
	enum { HEADER_LC = 5 };

	if (n > HEADER_LC && sw >> 4 == SW_COUNTER >> 4 && scene_is_unchanged(s) &&
	    !scene_has_died(s))
		scene_broken("a try for nothing");
}

/* ISO 7816-4:2005 5.1.3; 6F00 is for what cannot be. */
static void
check_form(uint16_t sw, size_t n)
{
	if ((sw >> 12 != 6 && sw >> 12 != 9) || sw == SW_INTERNAL ||
	    (answer_is_error(sw) && n != 0))
		scene_broken("an answer that may not be");
}

/* Whether what was read, and the key that was used, were for who asked. */
static void
check_leave(const struct scene *s, const uint8_t *p, size_t n, int protected)
{
	static const struct {
		uint8_t ins, p1;
		enum card_se_use use;
	} uses[] = {
		{ INS_PSO, 0x9e, SE_SIGN }, { INS_PSO, 0x80, SE_DECIPHER },
		{ INS_INTERNAL_AUTHENTICATE, 0x00, SE_INTERNAL },
	};
	const struct card *c = &s->deck.card;
	uint16_t i = c->ef;
	uint8_t ref;

	if (n < 4)
		return;
	if ((p[1] == INS_READ_BINARY || p[1] == INS_READ_BINARY_ODD || p[1] == INS_READ_RECORD ||
	    p[1] == INS_READ_RECORD_ODD || p[1] == INS_SEARCH_RECORD) &&
	    (i == CARD_NO_FILE || !scene_may(s, i, OP_READ, c->data.file[i].parent, protected)))
		scene_broken("a content was read by nobody's leave");
	for (size_t u = 0; u < sizeof(uses) / sizeof(uses[0]); u++) {
		if (p[1] != uses[u].ins || p[2] != uses[u].p1)
			continue;
		ref = p[1] == INS_INTERNAL_AUTHENTICATE && p[3] != 0 ? p[3] :
		    c->se.use[uses[u].use].key;
		i = files_nearest(&c->data, c->df, FILE_KEY, ref);
		if (i == CARD_NO_FILE ||
		    !scene_may(s, i, OP_USE, c->data.file[i].parent, protected))
			scene_broken("a key was used by nobody's leave");
	}
}

void
answer_check(const struct scene *s, const uint8_t *p, size_t n, uint16_t sw, const uint8_t *rsp,
    size_t rsp_n, int protected)
{
	int share_may = protected && (s->owned[0].right || s->owned[0].lost);
	const char *secret;

	check_form(sw, rsp_n);
	if ((secret = secrets_in(rsp, rsp_n, share_may)) != NULL)
		scene_broken(secret);
	check_charged(s, n, sw);
	/* In parts the header is that of the last. */
	if (!answer_is_error(sw) && rsp_n > 0)
		check_leave(s, p, n, protected);
}
