#include "simulator/typed.h"

#include <string.h>

void
typed_start(struct typed *t, const struct padlink_input *in, uint64_t now)
{
	memset(t, 0, sizeof(*t));
	t->mode = in->mode;
	t->max = in->max;
	t->first_ms = 1000 * (uint64_t)in->seconds;
	t->next_ms = 1000 * (uint64_t)in->next_s;
	t->deadline = now + t->first_ms;
}

static void
empty(struct typed *t)
{
	memset(t->digits, 0, sizeof(t->digits));
	t->n = 0;
}

int
typed_key(struct typed *t, uint8_t key, uint64_t now)
{
	int done = key == PADLINK_KEY_OK || key == PADLINK_KEY_CANCEL;

	if (key == PADLINK_KEY_CLEAR || key == PADLINK_KEY_CANCEL)
		empty(t);
	if (key == PADLINK_KEY_CANCEL)
		t->digits[t->n++] = PADLINK_KEY_CANCEL;
	if (key >= '0' && key <= '9' && t->n < t->max) {
		t->digits[t->n++] = (char)key;
		done = t->n == t->max;
	}
	t->deadline = now + (t->n == 0 ? t->first_ms : t->next_ms);
	return done;
}

size_t
typed_shows(const struct typed *t, char shows[PADLINK_LINE_MAX])
{
	if (t->mode == PADLINK_LINE_BLANK)
		return 0;
	memcpy(shows, t->digits, t->n);
	if (t->mode == PADLINK_LINE_STARS)
		memset(shows, '*', t->n);
	return t->n;
}
