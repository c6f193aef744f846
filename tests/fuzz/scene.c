#include "tests/fuzz/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/os/pins.h"

void
scene_broken(const char *promise)
{
	fprintf(stderr, "broken: %s\n", promise);
	abort();
}

int
scene_has_died(const struct scene *s)
{
	return s->dies && s->deck.saves >= s->deck.fail_at;
}

int
scene_is_unchanged(const struct scene *s)
{
	const struct card_data *now = &s->deck.card.data;

	return now->files_n == s->before.files_n && now->space_n == s->before.space_n &&
	    memcmp(now->file, s->before.file, sizeof(now->file[0]) * now->files_n) == 0 &&
	    memcmp(now->space, s->before.space, now->space_n) == 0;
}

int
scene_pin_in_order(const struct scene *s, uint16_t df, uint8_t ref)
{
	uint16_t i = pin_meant(&s->before, df, ref);
	struct pin pin;

	if (i == CARD_NO_FILE)
		return 0;
	pin_get(&s->before, i, &pin);
	for (size_t a = 0; a < SCENE_OWNED; a++)
		if (i == s->owned[a].pin)
			return s->owned[a].right || s->owned[a].lost || pin.disabled;
	/* One that somebody made: who knows it is the card's word. */
	return 1;
}

int
scene_may(const struct scene *s, uint16_t i, enum card_op op, uint16_t df, int protected)
{
	const struct card_rule *rule = &s->before.file[i].rule[op];

	if (rule->needs == ACCESS_NEVER || ((rule->needs & ACCESS_SM) != 0 && !protected))
		return 0;
	if ((rule->needs & ACCESS_KEY) != 0 && !s->proved)
		return 0;
	return (rule->needs & ACCESS_PIN) == 0 || scene_pin_in_order(s, df, rule->pin);
}
