#include "hsm/admin/report.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/names.h"

enum { TEXT_MAX = 1024 };

/* Names of readers and cards may be no UTF-8; what JSON cannot hold becomes a question mark. */
static json_t *
text(const char *s)
{
	json_t *j = json_string(s);
	char safe[TEXT_MAX];
	size_t n;

	if (j != NULL)
		return j;
	for (n = 0; s[n] != '\0' && n + 1 < sizeof(safe); n++)
		safe[n] = (unsigned char)s[n] < 0x80 ? s[n] : '?';
	safe[n] = '\0';
	return json_string(safe);
}

static json_t *
text_or_null(const char *s)
{
	return *s == '\0' ? json_null() : text(s);
}

static json_t *
hex(const uint8_t *p, size_t n)
{
	char s[2 * HASH_LEN + 1] = "";

	for (size_t i = 0; i < n && i < HASH_LEN; i++)
		snprintf(s + 2 * i, 3, "%02x", p[i]);
	return json_string(s);
}

static json_t *
date(uint64_t seconds)
{
	const time_t t = (time_t)seconds;
	char s[32] = "";
	struct tm tm;

	if (gmtime_r(&t, &tm) != NULL)
		strftime(s, sizeof(s), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(s);
}

static json_t *
header(const struct share_header *h)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:i, s:i, s:o, s:o}",
	    "id", hex(h->set, SET_ID_LEN),
	    "label", text(h->label),
	    "key", text(h->key_name),
	    "mode", h->mode == SHARE_LIVE ? "live" : "test",
	    "k", h->k, "n", h->n,
	    "kcv", hex(h->kcv, KCV_LEN),
	    "date", date(h->date));
}

static json_t *
set(const struct hsm_status *s)
{
	json_t *out, *cards;

	if (!s->have_set || (cards = json_array()) == NULL)
		return json_null();
	for (unsigned x = 1; x <= s->set.head.n && x <= SHAMIR_N_MAX; x++)
		json_array_append_new(cards, json_pack("{s:i, s:b, s:o}", "card", (int)x,
		    "written", (s->written >> (x - 1)) & 1,
		    "serial", text_or_null(s->serial[x - 1])));
	if ((out = header(&s->set.head)) == NULL)
		json_decref(cards);
	else
		json_object_set_new(out, "cards", cards);
	return out;
}

/* The texts of the pad, a line an item; beeps are counted elsewhere. */
static json_t *
lines(const char *said)
{
	json_t *out = json_array();
	char copy[FRONT_MAX], *rest = copy, *line;

	snprintf(copy, sizeof(copy), "%s", said + strspn(said, "\a"));
	while (*copy != '\0' && (line = strsep(&rest, "\n")) != NULL)
		json_array_append_new(out, text(line));
	return out;
}

/* What a card says of its user, and whose it is here: null for nobody's. */
static json_t *
user(const struct ceremony_result *v)
{
	const struct user_head *h = &v->user;

	return json_pack("{s:o, s:i, s:i, s:i, s:i, s:i, s:o, s:s, s:o, s:o}",
	    "label", text(h->label),
	    "slot", h->slot, "user", h->user, "users", h->users,
	    "copy", h->copy, "copies", h->copies,
	    "date", date(h->date),
	    "mode", h->mode == SHARE_LIVE ? "live" : "test",
	    "print", hex(h->print, sizeof(h->print)),
	    "whose", v->seat == 0 ? json_null() :
	    json_pack("{s:i, s:i}", "slot", v->slot, "user", v->seat));
}

static json_t *
end(const struct desk_end *e)
{
	const struct ceremony_result *v = &e->result;
	json_t *out, *cards;
	char advice[ADVICE_MAX];

	if (e->number == 0 || (cards = json_array()) == NULL)
		return json_null();
	for (unsigned x = 1; x <= SHAMIR_N_MAX; x++)
		if (v->card[x - 1].seen)
			json_array_append_new(cards, json_pack("{s:i, s:o, s:b}", "card", (int)x,
			    "serial", text(v->card[x - 1].serial),
			    "factory_pin", v->card[x - 1].factory_pin != 0));
	out = json_pack("{s:I, s:I, s:s, s:o, s:o, s:I, s:o}",
	    "number", (json_int_t)e->number,
	    "opening", (json_int_t)e->opening,
	    "ceremony", e->ceremony,
	    "error", text_or_null(name_of_err(e->err)),
	    "message", text(v->message),
	    "seq", (json_int_t)e->seq,
	    "cards", cards);
	if (out == NULL)
		return NULL;
	if (v->have_head) {
		json_t *head = header(&v->head);

		if (head != NULL && v->head.x != 0)
			json_object_set_new(head, "x", json_integer(v->head.x));
		json_object_set_new(out, "set", head);
	}
	if (v->have_user)
		json_object_set_new(out, "user", user(v));
	if (v->pin.tries_max != 0)
		json_object_set_new(out, "pin", json_pack("{s:i, s:i, s:b}",
		    "tries", v->pin.tries, "tries_max", v->pin.tries_max,
		    "factory", v->pin.factory != 0));
	/* Also when a slot of it was not activated: nobody else tells the check value. */
	if (v->made && ceremony_advice(v, advice) == 0)
		json_object_set_new(out, "advice", text(advice));
	return out;
}

static const char key_lost[] = "the backup key in the vault does not open: device.key is missing "
    "or another one, or the database was changed; bring back the state directory as it was, or "
    "make the HSM new with `cardinal factory-reset`";

json_t *
report_status(const struct desk_status *s)
{
	json_t *running = s->number == 0 ? json_null() : json_pack("{s:I, s:s}",
	    "number", (json_int_t)s->number, "name", s->ceremony);

	return json_pack("{s:s, s:b, s:o, s:o, s:b, s:o, s:o, s:o, s:I, s:o, s:o, s:I, s:b, s:o, "
	    "s:o, s:b, s:I, s:o, s:I, s:o, s:o}",
	    "state", name_of_state(s->hsm.state),
	    "trial", s->hsm.trial,
	    "message", text(s->hsm.message),
	    "label", text(s->hsm.label),
	    "committed", s->hsm.committed,
	    "key_error", text_or_null(s->hsm.key_lost ? key_lost : ""),
	    "set", set(&s->hsm),
	    "ceremony", running,
	    "opening", (json_int_t)s->opening,
	    "front", text(s->front),
	    "prompt", lines(s->said),
	    "seconds_left", (json_int_t)s->seconds_left,
	    "display", s->display,
	    "asks", s->asks == 0 ? json_null() : json_integer(s->asks),
	    "at", text_or_null(s->at),
	    "pin_entry", s->pin_entry,
	    "beeps", (json_int_t)s->beeps,
	    "reader", text(s->reader),
	    "count", (json_int_t)s->count,
	    "last", end(&s->last),
	    "slots", report_slots(s->slot));
}

static json_t *
event(const struct event *e)
{
	return json_pack("{s:I, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o}",
	    "seq", (json_int_t)e->seq,
	    "time", date(e->time),
	    "ceremony", text(e->record.ceremony),
	    "step", text(e->record.step),
	    "card", e->record.card,
	    "serial", text(e->record.serial),
	    "text", text(e->record.text),
	    "outcome", text(e->record.outcome),
	    "hash", hex(e->hash, HASH_LEN));
}

json_t *
report_events(const struct event *v, size_t n, uint32_t running)
{
	json_t *list = json_array();

	if (list == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, event(&v[i]));
	return json_pack("{s:o, s:o}", "events", list,
	    "running", running == 0 ? json_null() : json_integer(running));
}

json_t *
report_issuer(const struct issuer_text *t)
{
	return json_pack("{s:o, s:o, s:o}", "subject", text(t->subject),
	    "fingerprint", text(t->fingerprint), "not_after", text(t->not_after));
}

json_t *
report_error(int err, const char *message)
{
	return json_pack("{s:s, s:o}", "error", name_of_err(err), "message", text(message));
}
