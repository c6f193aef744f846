#include "simulator/hands.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "simulator/words.h"

static const struct {
	const char *name;
	uint8_t key;
} keys[] = {
	{ "0", '0' }, { "1", '1' }, { "2", '2' }, { "3", '3' }, { "4", '4' }, { "5", '5' },
	{ "6", '6' }, { "7", '7' }, { "8", '8' }, { "9", '9' }, { "ok", PADLINK_KEY_OK },
	{ "clear", PADLINK_KEY_CLEAR }, { "cancel", PADLINK_KEY_CANCEL },
};

uint8_t
hands_key_named(const char *name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].name, name) == 0)
			return keys[i].key;
	return 0;
}

const char *
hands_key_name(uint8_t key)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key)
			return keys[i].name;
	return NULL;
}

void
hands_init(struct hands *h, struct device *device, struct deck *deck)
{
	memset(h, 0, sizeof(*h));
	h->device = device;
	h->deck = deck;
	h->record = -1;
}

int
hands_record(struct hands *h, const char *path)
{
	h->record = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return h->record < 0 ? ERR_IO : 0;
}

void
hands_free(struct hands *h)
{
	if (h->record >= 0)
		close(h->record);
	h->record = -1;
}

static void
write_line(const struct hands *h, char *const *v, size_t n)
{
	char line[WORDS_LINE_MAX];

	if (words_join(v, n, line, sizeof(line)) == 0)
		dprintf(h->record, "%s\n", line);
}

/* What stood on the display when a person did something, unless it is recorded already. */
static void
record_text(struct hands *h)
{
	const struct pad *p = &h->device->pad;
	const struct lcd_text *t = &p->lcd.now;
	char wait[] = "wait", text[2 * LCD_COLUMNS + 8];
	char *const v[] = { wait, text };

	if (h->recorded == p->lcd.count || p->idle ||
	    (t->line[0][0] == '\0' && t->line[1][0] == '\0'))
		return;
	h->recorded = p->lcd.count;
	/* Stars are not to be waited for. */
	if (t->line[1][0] == '\0' || pad_secure(p))
		snprintf(text, sizeof(text), "%s", t->line[0]);
	else
		snprintf(text, sizeof(text), "%s / %s", t->line[0], t->line[1]);
	write_line(h, v, 2);
}

static void
record(struct hands *h, const char *what, const char *with)
{
	char first[16], second[SLOT_NAME_MAX + 1];
	char *const v[] = { first, second };

	if (h->record < 0)
		return;
	snprintf(first, sizeof(first), "%s", what);
	snprintf(second, sizeof(second), "%s", with != NULL ? with : "");
	record_text(h);
	write_line(h, v, with != NULL ? 2 : 1);
}

/* Of a PIN entry, its end is recorded: by OK or by the last digit. */
static void
record_secure(struct hands *h, uint8_t key)
{
	const struct entry *e = &h->device->pad.entry;
	int digit = key >= '0' && key <= '9';

	if (key == PADLINK_KEY_CANCEL)
		record(h, "press", "cancel");
	else if ((key == PADLINK_KEY_OK && (e->end & PADLINK_END_OK) != 0) ||
	    (digit && (e->end & PADLINK_END_MAX) != 0 && e->now.n + 1 == e->max))
		record(h, "pin", NULL);
}

void
hands_key(struct hands *h, uint8_t key, uint64_t now)
{
	const char *name = hands_key_name(key);

	if (name == NULL)
		return;
	device_tick(h->device, now);
	if (h->record >= 0 && h->device->plugged) {
		if (pad_secure(&h->device->pad))
			record_secure(h, key);
		else
			record(h, "press", name);
	}
	device_key(h->device, key, now);
}

int
hands_insert(struct hands *h, const char *name)
{
	char path[IMAGE_PATH_MAX];
	int r;

	if ((r = deck_path(h->deck, name, path)) != 0 ||
	    (r = device_insert_file(h->device, name, path)) != 0)
		return r;
	record(h, "insert", name);
	return 0;
}

int
hands_remove(struct hands *h)
{
	if (h->device->slot.has != SLOT_EMPTY)
		record(h, "remove", NULL);
	return device_remove(h->device);
}

int
hands_plug(struct hands *h)
{
	int r;

	if ((r = device_plug(h->device)) == 0)
		record(h, "plug", NULL);
	return r;
}

int
hands_unplug(struct hands *h)
{
	if (h->device->plugged)
		record(h, "unplug", NULL);
	return device_unplug(h->device);
}
