#include "simulator/pad.h"

#include <openssl/crypto.h>
#include <string.h>

#include "card-os/iso7816/err.h"

static void
drop_keys(struct pad *p)
{
	OPENSSL_cleanse(p->queue, sizeof(p->queue));
	p->queued = 0;
}

/* The text of an INPUT is no longer what stands on the display. */
static void
leave_text(struct pad *p)
{
	drop_keys(p);
	p->stands = 0;
	p->idle = 0;
	p->dark_at = 0;
}

void
pad_plug(struct pad *p)
{
	pad_clear(p);
	lcd_show(&p->lcd, PAD_IDLE, strlen(PAD_IDLE));
	p->idle = 1;
}

void
pad_clear(struct pad *p)
{
	p->broken_off |= p->doing == PAD_ASKS_PIN;
	entry_wipe(&p->entry);
	presses_empty(&p->presses);
	OPENSSL_cleanse(&p->typed, sizeof(p->typed));
	leave_text(p);
	p->doing = PAD_RESTS;
	p->end = PAD_NOTHING;
	p->key = 0;
	lcd_blank(&p->lcd);
}

void
pad_wake(struct pad *p)
{
	if (p->idle)
		lcd_blank(&p->lcd);
	p->idle = 0;
}

void
pad_output(struct pad *p, const struct padlink_output *o, uint64_t now)
{
	leave_text(p);
	if (o->n == 0)
		lcd_blank(&p->lcd);
	else
		lcd_show(&p->lcd, o->text, o->n);
	if (o->seconds > 0)
		p->dark_at = now + 1000 * (uint64_t)o->seconds;
}

static int
takes(const struct pad *p, uint8_t key)
{
	switch (key) {
	case PADLINK_KEY_OK:
		return (p->take & PADLINK_TAKE_OK) != 0;
	case PADLINK_KEY_CLEAR:
		return (p->take & PADLINK_TAKE_CLEAR) != 0;
	case PADLINK_KEY_CANCEL:
		return (p->take & PADLINK_TAKE_CANCEL) != 0;
	default:
		return key >= '0' && key <= '9' && (p->take & PADLINK_TAKE_DIGITS) != 0;
	}
}

static void
answer(struct pad *p, uint8_t key)
{
	p->doing = PAD_RESTS;
	p->answered = 1;
	p->key = key;
	p->end = PAD_KEY;
}

static void
take_queued(struct pad *p)
{
	uint8_t key;

	while (p->queued > 0 && p->doing == PAD_ASKS_KEY) {
		key = p->queue[0];
		memmove(p->queue, p->queue + 1, --p->queued);
		if (takes(p, key))
			answer(p, key);
	}
}

static void
input_line(struct pad *p, const struct padlink_input *in, uint64_t now)
{
	leave_text(p);
	lcd_show(&p->lcd, in->text, in->n);
	p->asked = p->lcd.now;
	typed_start(&p->typed, in, now);
	p->doing = PAD_ASKS_LINE;
}

static void
show_typed(struct pad *p)
{
	const char *below = p->asked.line[LCD_LINES - 1];
	char shows[PADLINK_LINE_MAX];
	size_t n = p->doing == PAD_ASKS_LINE ? typed_shows(&p->typed, shows) : 0;

	if (n > 0)
		lcd_typed(&p->lcd, shows, n);
	else
		lcd_typed(&p->lcd, below, strlen(below));
	OPENSSL_cleanse(shows, sizeof(shows));
}

static void
line_is_over(struct pad *p, enum pad_end end)
{
	p->doing = PAD_RESTS;
	p->end = end;
	show_typed(p);
}

void
pad_input(struct pad *p, const struct padlink_input *in, uint64_t now)
{
	char text[PADLINK_TEXT_MAX];
	size_t n = 0;
	int known;

	if (in->mode != PADLINK_ONE_KEY) {
		input_line(p, in, now);
		return;
	}
	for (size_t i = 0; i < in->n; i++)
		if (in->text[i] != '\a')
			text[n++] = in->text[i];
	known = p->stands && n == p->text_n && memcmp(text, p->text, n) == 0;
	if (!known) {
		leave_text(p);
		memcpy(p->text, text, n);
		p->text_n = n;
	}
	if (!known || p->answered)
		lcd_show(&p->lcd, in->text, in->n);
	p->stands = 1;
	p->answered = 0;
	p->take = in->take;
	p->deadline = now + 1000 * (uint64_t)in->seconds;
	p->doing = PAD_ASKS_KEY;
	take_queued(p);
}

static void
show_prompt(struct pad *p)
{
	const char *prompt = entry_prompt(&p->entry);

	lcd_show(&p->lcd, prompt, strlen(prompt));
}

int
pad_pin(struct pad *p, const struct padlink_pin *v, uint64_t now)
{
	int r, room = pinblock_room(v);

	if (room < 0)
		return room;
	if ((r = entry_start(&p->entry, v, room, now)) != 0)
		return r;
	leave_text(p);
	presses_empty(&p->presses);
	p->broken_off = 0;
	p->deaf_until = 0;
	p->doing = PAD_ASKS_PIN;
	show_prompt(p);
	return 0;
}

/* After whatever an entry was told: its end, its next prompt, or its stars. */
static void
follow_entry(struct pad *p, enum entry_state before)
{
	uint8_t what;

	while ((what = presses_take(&p->entry.presses)) != PADLINK_PRESSED_NONE)
		presses_add(&p->presses, what);
	if (p->entry.state == ENTRY_DONE) {
		p->doing = PAD_RESTS;
		p->end = p->entry.sw == ENTRY_COMPLETE ? PAD_PIN : PAD_PIN_SW;
		lcd_blank(&p->lcd);
	} else if (p->entry.state != before)
		show_prompt(p);
	else
		lcd_stars(&p->lcd, p->entry.now.n);
}

void
pad_stop(struct pad *p)
{
	if (p->doing == PAD_ASKS_PIN) {
		entry_wipe(&p->entry);
		lcd_blank(&p->lcd);
		p->broken_off = 1;
	}
	if (p->doing == PAD_ASKS_LINE)
		line_is_over(p, PAD_NOTHING);
	OPENSSL_cleanse(&p->typed, sizeof(p->typed));
	p->doing = PAD_RESTS;
	p->end = PAD_NOTHING;
}

/* A digit that may be of a PIN whose entry is over, which the one who types has not seen yet. */
static int
unheard(struct pad *p, uint8_t key, uint64_t now)
{
	if (p->doing == PAD_ASKS_PIN || key < '0' || key > '9' || now >= p->deaf_until)
		return 0;
	p->deaf_until = now + PAD_DEAF_MS;
	return 1;
}

void
pad_key(struct pad *p, uint8_t key, uint64_t now)
{
	enum entry_state before;

	pad_tick(p, now);
	if (unheard(p, key, now))
		return;
	before = p->entry.state;
	switch (p->doing) {
	case PAD_ASKS_PIN:
		entry_key(&p->entry, key, now);
		follow_entry(p, before);
		/* The last digit that there may be has ended it. */
		if (p->doing != PAD_ASKS_PIN && key >= '0' && key <= '9')
			p->deaf_until = now + PAD_DEAF_MS;
		return;
	case PAD_ASKS_KEY:
		if (takes(p, key))
			answer(p, key);
		return;
	case PAD_ASKS_LINE:
		if (typed_key(&p->typed, key, now))
			line_is_over(p, PAD_LINE);
		else
			show_typed(p);
		return;
	case PAD_RESTS:
		if (p->stands && takes(p, key) && p->queued < PAD_QUEUE)
			p->queue[p->queued++] = key;
		return;
	}
}

void
pad_tick(struct pad *p, uint64_t now)
{
	enum entry_state before = p->entry.state;

	if (p->doing == PAD_ASKS_PIN && now >= p->entry.deadline) {
		entry_tick(&p->entry, now);
		follow_entry(p, before);
		p->broken_off = p->doing != PAD_ASKS_PIN;
	} else if (p->doing == PAD_ASKS_KEY && now >= p->deadline) {
		p->doing = PAD_RESTS;
		p->end = PAD_NO_KEY;
	} else if (p->doing == PAD_ASKS_LINE && now >= p->typed.deadline) {
		OPENSSL_cleanse(&p->typed, sizeof(p->typed));
		line_is_over(p, PAD_NO_KEY);
	}
	if (p->dark_at != 0 && now >= p->dark_at) {
		p->dark_at = 0;
		lcd_blank(&p->lcd);
	}
	if (p->broken_off)
		p->deaf_until = now + PAD_DEAF_MS;
	p->broken_off = 0;
}

uint64_t
pad_deadline(const struct pad *p)
{
	if (p->doing == PAD_ASKS_PIN)
		return p->entry.deadline;
	if (p->doing == PAD_ASKS_KEY)
		return p->deadline;
	if (p->doing == PAD_ASKS_LINE)
		return p->typed.deadline;
	return p->dark_at != 0 ? p->dark_at : UINT64_MAX;
}

enum pad_end
pad_end(struct pad *p)
{
	enum pad_end end = p->end;

	p->end = PAD_NOTHING;
	return end;
}

int
pad_secure(const struct pad *p)
{
	return p->doing == PAD_ASKS_PIN;
}
