#include "simulator/control.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "simulator/offers.h"

struct call {
	struct control *c;
	struct control_reply *reply;
	uint64_t now;
	size_t n;		/* arguments behind the command */
	char **v;
};

static void put(struct control_reply *, const char *, ...) __attribute__((format(printf, 2, 3)));

static void
put(struct control_reply *r, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(r->text + r->n, sizeof(r->text) - r->n, format, args);
	va_end(args);
	if (n > 0)
		r->n += (size_t)n < sizeof(r->text) - r->n ? (size_t)n : sizeof(r->text) - r->n - 1;
}

/* What an error means here; all others have err_str. */
static const struct {
	int err;
	const char *says;
} meanings[] = {
	{ ERR_NOT_FOUND, "no card of that name in the deck" },
	{ ERR_EXISTS, "there is a card in the slot" },
	{ ERR_BUSY, "that card is in another pad" },
	{ ERR_NO_CARD, "there is no card in the slot" },
};

static void
end(const struct call *q, int err)
{
	const char *says = err_str(err);

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].err == err)
			says = meanings[i].says;
	if (err == 0)
		put(q->reply, "ok\n");
	else
		put(q->reply, "failed %s\n", says);
}

static void
display(const struct call *q)
{
	const struct lcd_text *t = &q->c->hands->device->pad.lcd.now;

	put(q->reply, "= %s\n= %s\n", t->line[0], t->line[1]);
	end(q, 0);
}

static void
put_string(struct control_reply *r, const char *s)
{
	put(r, "\"");
	for (; *s != '\0'; s++)
		put(r, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	put(r, "\"");
}

static const char *
json_bool(int v)
{
	return v ? "true" : "false";
}

static const char *
yes_no(int v)
{
	return v ? "yes" : "no";
}

/* What the pad was told not to offer: nothing, most of the time, and then nothing is said. */
static void
put_without(const struct call *q, const char *before, const char *quote, const char *after)
{
	const uint8_t features = q->c->hands->device->features;
	const char *name, *first = before;
	uint8_t feature;

	for (size_t i = 0; (name = offers_name(i, &feature)) != NULL; i++) {
		if ((features & feature) != 0)
			continue;
		put(q->reply, "%s%s%s%s", before, quote, name, quote);
		before = ",";
	}
	if (before != first)
		put(q->reply, "%s", after);
}

static void
status_json(const struct call *q)
{
	const struct device *d = q->c->hands->device;

	put(q->reply, "= {\"lcd\":[");
	put_string(q->reply, d->pad.lcd.now.line[0]);
	put(q->reply, ",");
	put_string(q->reply, d->pad.lcd.now.line[1]);
	put(q->reply, "],\"secure\":%s,\"card\":", json_bool(pad_secure(&d->pad)));
	if (d->slot.has == SLOT_EMPTY)
		put(q->reply, "null");
	else
		put_string(q->reply, d->slot.name);
	put(q->reply, ",\"plugged\":%s,\"powered\":%s,\"beeps\":%u", json_bool(d->plugged),
	    json_bool(d->slot.powered), d->pad.lcd.beeps);
	put_without(q, ",\"without\":[", "\"", "]");
	put(q->reply, "}\n");
	end(q, 0);
}

static const char *
status_misuse(size_t n, char *const *v)
{
	return n == 1 && strcmp(v[0], "--json") != 0 ? "status [--json]" : NULL;
}

static void
status(const struct call *q)
{
	const struct device *d = q->c->hands->device;

	if (q->n == 1) {
		status_json(q);
		return;
	}
	put(q->reply, "= lcd      [%-16s]\n=          [%-16s]\n", d->pad.lcd.now.line[0],
	    d->pad.lcd.now.line[1]);
	put(q->reply, "= secure   %s\n", yes_no(pad_secure(&d->pad)));
	put(q->reply, "= card     %s\n", d->slot.has == SLOT_EMPTY ? "none" : d->slot.name);
	put(q->reply, "= plugged  %s\n= powered  %s\n= beeps    %u\n", yes_no(d->plugged),
	    yes_no(d->slot.powered), d->pad.lcd.beeps);
	put_without(q, "= without  ", "", "\n");
	end(q, 0);
}

static const char *
insert_misuse(size_t n, char *const *v)
{
	(void)n;
	return deck_name_fits(v[0]) ? NULL : "no name for a card";
}

static void
insert(const struct call *q)
{
	end(q, hands_insert(q->c->hands, q->v[0]));
}

static void
take_out(const struct call *q)
{
	end(q, hands_remove(q->c->hands));
}

static void
unplug(const struct call *q)
{
	if (hands_unplug(q->c->hands) != 0)
		put(q->reply, "failed the reader is unplugged already\n");
	else
		end(q, 0);
}

static void
plug(const struct call *q)
{
	if (hands_plug(q->c->hands) != 0)
		put(q->reply, "failed the reader is plugged in already\n");
	else
		end(q, 0);
}

static void
beeps(const struct call *q)
{
	put(q->reply, "= %u\n", q->c->hands->device->pad.lcd.beeps);
	end(q, 0);
}

/* All of them or none: a half of a line is a surprise. */
static const char *
press_misuse(size_t n, char *const *v)
{
	for (size_t i = 0; i < n; i++)
		if (hands_key_named(v[i]) == 0)
			return "keys are 0 to 9, ok, clear, cancel";
	return NULL;
}

static void
press(const struct call *q)
{
	if (!q->c->hands->device->plugged) {
		put(q->reply, "failed the reader is unplugged\n");
		return;
	}
	for (size_t i = 0; i < q->n; i++)
		hands_key(q->c->hands, hands_key_named(q->v[i]), q->now);
	end(q, 0);
}

static const char *
pin_misuse(size_t n, char *const *v)
{
	(void)n;
	return *v[0] == '\0' || strspn(v[0], "0123456789") != strlen(v[0]) ?
	    "a PIN has digits only" : NULL;
}

/*
 * Digits, then OK. Only where the pad asks for a PIN, so that they cannot go to
 * the host as keys; and no OK when the last digit was the end of it already.
 */
static void
pin(const struct call *q)
{
	const struct pad *p = &q->c->hands->device->pad;
	const char *digits = q->v[0];
	uint64_t asked = p->lcd.count;

	device_tick(q->c->hands->device, q->now);
	if (!pad_secure(p)) {
		put(q->reply, "failed the pad does not ask for a PIN\n");
		return;
	}
	for (; *digits != '\0' && p->lcd.count == asked; digits++)
		hands_key(q->c->hands, (uint8_t)*digits, q->now);
	if (p->lcd.count == asked)
		hands_key(q->c->hands, PADLINK_KEY_OK, q->now);
	end(q, 0);
}

static int
seconds(const char *text, uint64_t *s)
{
	*s = 0;
	if (*text == '\0' || strspn(text, "0123456789") != strlen(text))
		return 0;
	for (; *text != '\0' && *s <= CONTROL_WAIT_MAX_S; text++)
		*s = *s * 10 + (uint64_t)(*text - '0');
	return *s <= CONTROL_WAIT_MAX_S;
}

static int
read_wait(size_t n, char *const *v, const char **text, uint64_t *s)
{
	int good = 1;

	*text = NULL;
	*s = CONTROL_WAIT_S;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(v[i], "--timeout") == 0) {
			good = good && i + 1 < n && seconds(v[i + 1], s);
			i++;
		} else {
			good = good && *text == NULL;
			*text = v[i];
		}
	}
	return good && *text != NULL;
}

static const char *
wait_misuse(size_t n, char *const *v)
{
	const char *text;
	uint64_t s;

	return read_wait(n, v, &text, &s) ? NULL : "wait TEXT [--timeout SECONDS]";
}

static void
wait(const struct call *q)
{
	const char *text;
	uint64_t s;

	(void)read_wait(q->n, q->v, &text, &s);
	snprintf(q->reply->want, sizeof(q->reply->want), "%s", text);
	q->reply->waits = 1;
	q->reply->until = q->now + 1000 * s;
	control_look(q->c, q->now, q->reply);
}

static const struct {
	const char *name, *usage;
	size_t min, max;		/* arguments */
	void (*run)(const struct call *);
	/* What is wrong with the arguments, or NULL; no function: nothing can be. */
	const char *(*misuse)(size_t n, char *const *v);
} commands[] = {
	{ "display", "display                        the two lines", 0, 0, display, NULL },
	{ "status", "status [--json]                lcd, secure, card, plugged, powered, beeps",
	    0, 1, status, status_misuse },
	{ "insert", "insert NAME                    a card of the deck into the slot",
	    1, 1, insert, insert_misuse },
	{ "remove", "remove                         the card out of the slot",
	    0, 0, take_out, NULL },
	{ "unplug", "unplug                         pulls the USB plug", 0, 0, unplug, NULL },
	{ "plug", "plug                           puts it in again", 0, 0, plug, NULL },
	{ "beeps", "beeps                          how many there were", 0, 0, beeps, NULL },
	{ "press", "press KEY...                   0 to 9, ok, clear, cancel",
	    1, WORDS_MAX, press, press_misuse },
	{ "pin", "pin                            digits from stdin, then OK",
	    1, 1, pin, pin_misuse },
	{ "wait", "wait TEXT [--timeout SECONDS]  for line 1, or 'line 1 / line 2'; 10 seconds",
	    1, 3, wait, wait_misuse },
};

const char *
control_usage(size_t i)
{
	return i < sizeof(commands) / sizeof(commands[0]) ? commands[i].usage : NULL;
}

void
control_init(struct control *c, struct hands *hands)
{
	c->hands = hands;
	c->seen = 0;
}

int
control_find(char *const *v, size_t n, size_t *at, char why[CONTROL_WHY_MAX])
{
	const char *usage, *wrong = NULL;

	for (*at = 0; strcmp(commands[*at].name, v[0]) != 0;)
		if (++*at == sizeof(commands) / sizeof(commands[0])) {
			snprintf(why, CONTROL_WHY_MAX, "no such command");
			return ERR_ARG;
		}
	n--;
	usage = commands[*at].usage;
	if (n < commands[*at].min || n > commands[*at].max) {
		snprintf(why, CONTROL_WHY_MAX, "%.*s", (int)(strstr(usage, "  ") - usage), usage);
		return ERR_ARG;
	}
	if (commands[*at].misuse != NULL)
		wrong = commands[*at].misuse(n, v + 1);
	snprintf(why, CONTROL_WHY_MAX, "%s", wrong != NULL ? wrong : "");
	return wrong != NULL ? ERR_ARG : 0;
}

static void
run(struct call *q, struct words *w)
{
	char why[CONTROL_WHY_MAX];
	size_t at;

	if (control_find(w->v, w->n, &at, why) != 0) {
		put(q->reply, "misused %s\n", why);
		return;
	}
	q->n = w->n - 1;
	q->v = w->v + 1;
	commands[at].run(q);
}

void
control_line(struct control *c, char *line, uint64_t now, struct control_reply *reply)
{
	struct call q = { .c = c, .reply = reply, .now = now };
	size_t n = strlen(line);
	struct words w;

	reply->n = 0;
	reply->waits = 0;
	if (words_split(line, &w) != 0)
		put(reply, "misused the line cannot be read\n");
	else if (w.n == 0)
		end(&q, 0);
	else
		run(&q, &w);
	OPENSSL_cleanse(line, n);
}

void
control_look(struct control *c, uint64_t now, struct control_reply *reply)
{
	if (!reply->waits)
		return;
	if (lcd_find(&c->hands->device->pad.lcd, reply->want, &c->seen)) {
		reply->waits = 0;
		put(reply, "ok\n");
	} else if (now >= reply->until) {
		reply->waits = 0;
		put(reply, "timeout this text did not come: %s\n", reply->want);
	}
}
