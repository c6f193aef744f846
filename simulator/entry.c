#include "simulator/entry.h"

#include <openssl/crypto.h>
#include <string.h>

#include "card-os/iso7816/err.h"

enum event { DIGIT, FULL, CLEAR, CANCEL, CONFIRM, SHORT, DIFFER, TIME };

static void
add(struct entry *e, uint8_t digit)
{
	e->now.v[e->now.n++] = digit;
}

static void
empty(struct entry *e, uint8_t digit)
{
	(void)digit;
	OPENSSL_cleanse(&e->now, sizeof(e->now));
}

static void
keep_old(struct entry *e, uint8_t digit)
{
	e->old = e->now;
	empty(e, digit);
}

static void
keep_pin(struct entry *e, uint8_t digit)
{
	e->pin = e->now;
	empty(e, digit);
}

static void
forget(struct entry *e, uint16_t sw)
{
	OPENSSL_cleanse(&e->now, sizeof(e->now));
	OPENSSL_cleanse(&e->old, sizeof(e->old));
	OPENSSL_cleanse(&e->pin, sizeof(e->pin));
	e->sw = sw;
}

static void
cancelled(struct entry *e, uint8_t digit)
{
	(void)digit;
	forget(e, SW_PIN_CANCELLED);
}

static void
too_short(struct entry *e, uint8_t digit)
{
	(void)digit;
	forget(e, SW_PIN_LENGTH);
}

static void
differ(struct entry *e, uint8_t digit)
{
	(void)digit;
	forget(e, SW_PINS_DIFFER);
}

static void
timed_out(struct entry *e, uint8_t digit)
{
	(void)digit;
	forget(e, SW_PIN_TIMEOUT);
}

/* In the table alone. */
#define ANY ENTRY_OFF
#define SAME ENTRY_OFF

/* The first row that fits is taken; an event without a row changes nothing. */
static const struct {
	enum entry_state state;
	enum event event;
	void (*action)(struct entry *, uint8_t digit);
	enum entry_state next;
	uint8_t tells[2];		/* enum padlink_pressed */
} table[] = {
	{ ANY,			DIGIT,		add,		SAME,
	    { PADLINK_PRESSED_DIGIT } },
	{ ANY,			CLEAR,		empty,		SAME,
	    { PADLINK_PRESSED_CLEARED } },
	{ ANY,			CANCEL,		cancelled,	ENTRY_DONE,
	    { PADLINK_PRESSED_CANCEL } },
	/* Who counts an OK for each PIN of a change is told that no other one follows. */
	{ ANY,			SHORT,		too_short,	ENTRY_DONE,
	    { PADLINK_PRESSED_OK, PADLINK_PRESSED_ABORTED } },
	{ ANY,			TIME,		timed_out,	ENTRY_DONE,
	    { PADLINK_PRESSED_TIMEOUT } },
	{ ENTRY_PIN,		CONFIRM,	keep_pin,	ENTRY_DONE,
	    { PADLINK_PRESSED_OK } },
	{ ENTRY_OLD,		CONFIRM,	keep_old,	ENTRY_NEW,
	    { PADLINK_PRESSED_OK } },
	{ ENTRY_OLD_ONCE,	CONFIRM,	keep_old,	ENTRY_NEW_ONCE,
	    { PADLINK_PRESSED_OK } },
	{ ENTRY_NEW,		CONFIRM,	keep_pin,	ENTRY_REPEAT,
	    { PADLINK_PRESSED_OK } },
	{ ENTRY_NEW_ONCE,	CONFIRM,	keep_pin,	ENTRY_DONE,
	    { PADLINK_PRESSED_OK } },
	{ ENTRY_REPEAT,		CONFIRM,	empty,		ENTRY_DONE,
	    { PADLINK_PRESSED_OK } },
	{ ENTRY_REPEAT,		DIFFER,		differ,		ENTRY_DONE,
	    { PADLINK_PRESSED_OK } },
};

static void
step(struct entry *e, enum event event, uint8_t digit, uint64_t now)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].event != event ||
		    (table[i].state != ANY && table[i].state != e->state))
			continue;
		table[i].action(e, digit);
		for (size_t j = 0; j < 2 && table[i].tells[j] != PADLINK_PRESSED_NONE; j++)
			presses_add(&e->presses, table[i].tells[j]);
		if (table[i].next != SAME)
			e->state = table[i].next;
		e->deadline = now + (e->now.n == 0 ? e->first_ms : e->next_ms);
		return;
	}
}

/* What confirming means now. */
static enum event
confirmed(const struct entry *e)
{
	if (e->now.n < e->min)
		return SHORT;
	if (e->state == ENTRY_REPEAT && CRYPTO_memcmp(&e->now, &e->pin, sizeof(e->now)) != 0)
		return DIFFER;
	return CONFIRM;
}

int
entry_start(struct entry *e, const struct padlink_pin *v, int room, uint64_t now)
{
	memset(e, 0, sizeof(*e));
	/* A PIN without digits would make VERIFY ask for the tries that are left. */
	e->min = v->min > 0 ? v->min : 1;
	e->max = v->max < room ? v->max : (uint8_t)room;
	e->end = v->end;
	e->puk = v->apdu[1] == INS_RESET_RETRY;
	if (e->min > e->max)
		return ERR_FORMAT;
	e->first_ms = 1000 * (uint64_t)(v->first_s > 0 ? v->first_s : ENTRY_FIRST_S);
	e->next_ms = 1000 * (uint64_t)(v->next_s > 0 ? v->next_s : ENTRY_NEXT_S);
	e->deadline = now + e->first_ms;
	if (v->kind == PADLINK_PIN_VERIFY)
		e->state = ENTRY_PIN;
	else if ((v->confirm & PADLINK_ASK_OLD) != 0)
		e->state = (v->confirm & PADLINK_CONFIRM_NEW) != 0 ? ENTRY_OLD : ENTRY_OLD_ONCE;
	else
		e->state = (v->confirm & PADLINK_CONFIRM_NEW) != 0 ? ENTRY_NEW : ENTRY_NEW_ONCE;
	return 0;
}

void
entry_key(struct entry *e, uint8_t key, uint64_t now)
{
	if (e->state == ENTRY_OFF || e->state == ENTRY_DONE)
		return;
	if (key >= '0' && key <= '9') {
		step(e, e->now.n < e->max ? DIGIT : FULL, (uint8_t)(key - '0'), now);
		if (e->now.n == e->max && (e->end & PADLINK_END_MAX) != 0)
			step(e, confirmed(e), 0, now);
	} else if (key == PADLINK_KEY_OK && (e->end & PADLINK_END_OK) != 0)
		step(e, confirmed(e), 0, now);
	else if (key == PADLINK_KEY_CLEAR)
		step(e, CLEAR, 0, now);
	else if (key == PADLINK_KEY_CANCEL)
		step(e, CANCEL, 0, now);
}

void
entry_tick(struct entry *e, uint64_t now)
{
	enum event event = TIME;

	if (e->state == ENTRY_OFF || e->state == ENTRY_DONE || now < e->deadline)
		return;
	/* Part 10: the time may stand for OK, but not for one that would be refused. */
	if ((e->end & PADLINK_END_TIMEOUT) != 0 && e->now.n >= e->min)
		event = confirmed(e);
	step(e, event, 0, now);
}

void
entry_wipe(struct entry *e)
{
	OPENSSL_cleanse(e, sizeof(*e));
}

const char *
entry_prompt(const struct entry *e)
{
	static const struct {
		const char *usual, *puk;
	} prompts[] = {
		[ENTRY_OFF] = { NULL, NULL },
		[ENTRY_PIN] = { "Enter PIN", "Enter PUK" },
		[ENTRY_OLD] = { "Enter old PIN", "Enter PUK" },
		[ENTRY_OLD_ONCE] = { "Enter old PIN", "Enter PUK" },
		[ENTRY_NEW] = { "Enter new PIN", "Enter new PIN" },
		[ENTRY_NEW_ONCE] = { "Enter new PIN", "Enter new PIN" },
		[ENTRY_REPEAT] = { "Repeat new PIN", "Repeat new PIN" },
		[ENTRY_DONE] = { NULL, NULL },
	};

	return e->puk ? prompts[e->state].puk : prompts[e->state].usual;
}
