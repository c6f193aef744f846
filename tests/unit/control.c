#include "simulator/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/suite.h"

struct bench {
	struct device device;
	struct deck deck;
	struct hands hands;
	struct control control;
	struct control_reply reply;
	uint64_t now;
	char dir[SUITE_DIR_MAX], record[SUITE_DIR_MAX + 16];
	char line[WORDS_LINE_MAX];
};

static struct bench *
start(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	if (b == NULL)
		abort();
	suite_dir(b->dir);
	if (deck_init(&b->deck, b->dir) != 0 ||
	    deck_make(&b->deck, "a", "tcos", 1000000000) != 0)
		abort();
	snprintf(b->record, sizeof(b->record), "%s/record", b->dir);
	device_init(&b->device, NULL, NULL);
	memset(&b->hands, 0xa5, sizeof(b->hands));
	memset(&b->control, 0xa5, sizeof(b->control));
	hands_init(&b->hands, &b->device, &b->deck);
	control_init(&b->control, &b->hands);
	return b;
}

static void
end(struct bench *b)
{
	static const char *const files[] = { "a.card", "issuer.pem", "issuer.key", "record" };
	char path[SUITE_DIR_MAX + 16];

	hands_free(&b->hands);
	CU_ASSERT_EQUAL(b->hands.record, -1);
	device_free(&b->device);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", b->dir, files[i]);
		unlink(path);
	}
	CU_ASSERT_EQUAL(rmdir(b->dir), 0);
	free(b);
}

/* The answer to a line, or "" while it waits. */
static const char *
say(struct bench *b, const char *line)
{
	snprintf(b->line, sizeof(b->line), "%s", line);
	control_line(&b->control, b->line, b->now, &b->reply);
	b->reply.text[b->reply.n] = '\0';
	return b->reply.waits ? "" : b->reply.text;
}

static const char *
look(struct bench *b)
{
	control_look(&b->control, b->now, &b->reply);
	b->reply.text[b->reply.n] = '\0';
	return b->reply.waits ? "" : b->reply.text;
}

#define SAYS(b, line, answer) CU_ASSERT_STRING_EQUAL(say(b, line), answer)

static void
send(struct bench *b, uint8_t type, const void *body, size_t n)
{
	const struct padlink_msg m = { .type = type, .number = 1, .body = body, .n = n };

	device_message(&b->device, &m, b->now);
	device_output(&b->device, &n);
	device_sent(&b->device, n);
}

static void
show(struct bench *b, const char *text)
{
	struct padlink_output o = { .n = (uint8_t)strlen(text) };
	uint8_t body[80];
	struct wr wr;

	memcpy(o.text, text, o.n);
	wr_init(&wr, body, sizeof(body));
	padlink_put_output(&wr, &o);
	send(b, PADLINK_OUTPUT, body, wr.n);
}

static void
prompt(struct bench *b, const char *text)
{
	struct padlink_input i = { .seconds = 100, .n = (uint8_t)strlen(text),
		.take = PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL | PADLINK_TAKE_DIGITS };
	uint8_t body[80];
	struct wr wr;

	memcpy(i.text, text, i.n);
	wr_init(&wr, body, sizeof(body));
	padlink_put_input(&wr, &i);
	send(b, PADLINK_INPUT, body, wr.n);
}

/* With a powered card: asks for its PIN. */
static void
ask_pin(struct bench *b, uint8_t kind, uint8_t ends, uint8_t max)
{
	struct padlink_pin v = { .kind = kind, .format = PADLINK_ASCII, .min = 6, .max = max,
		.confirm = kind == PADLINK_PIN_MODIFY ? 3 : 0, .end = ends, .n = 4,
		.apdu = { 0, kind == PADLINK_PIN_MODIFY ? 0x24 : 0x20, 0, PIN_REF } };
	uint8_t body[64];
	struct wr wr;

	send(b, PADLINK_POWER, "\1", 1);
	wr_init(&wr, body, sizeof(body));
	padlink_put_pin(&wr, &v);
	send(b, PADLINK_PIN, body, wr.n);
}

static void
connect(struct bench *b)
{
	send(b, PADLINK_HELLO, "\0\2", 2);
}

/* ------------------------------------------------------------------------------------------- */

static void
status_tells_what_a_pad_does_not_offer(void)
{
	struct bench *b = start();

	device_offer(&b->device, PADLINK_HAS_START);
	SAYS(b, "status --json", "= {\"lcd\":[\"REINER SCT\",\"cyberJack e-com\"],\"secure\":false,"
	    "\"card\":null,\"plugged\":true,\"powered\":false,\"beeps\":0,"
	    "\"without\":[\"direct\",\"text\"]}\nok\n");
	SAYS(b, "unplug", "ok\n");
	SAYS(b, "status", "= lcd      [                ]\n=          [                ]\n"
	    "= secure   no\n= card     none\n= plugged  no\n= powered  no\n= beeps    0\n"
	    "= without  direct,text\nok\n");
	end(b);
}

static void
display_and_status_tell_what_the_pad_is(void)
{
	struct bench *b = start();

	SAYS(b, "display", "= REINER SCT\n= cyberJack e-com\nok\n");
	SAYS(b, "status --json", "= {\"lcd\":[\"REINER SCT\",\"cyberJack e-com\"],\"secure\":false,"
	    "\"card\":null,\"plugged\":true,\"powered\":false,\"beeps\":0}\nok\n");
	SAYS(b, "insert a", "ok\n");
	connect(b);
	show(b, "\a\a\"q\\");
	SAYS(b, "beeps", "= 2\nok\n");
	ask_pin(b, PADLINK_PIN_VERIFY, PADLINK_END_OK, 16);
	SAYS(b, "press 1 2", "ok\n");
	SAYS(b, "status --json", "= {\"lcd\":[\"Enter PIN\",\"**\"],\"secure\":true,"
	    "\"card\":\"a\",\"plugged\":true,\"powered\":true,\"beeps\":2}\nok\n");
	SAYS(b, "press cancel", "ok\n");
	show(b, "\"q\\");
	SAYS(b, "unplug", "ok\n");
	SAYS(b, "status", "= lcd      [                ]\n=          [                ]\n"
	    "= secure   no\n= card     a\n= plugged  no\n= powered  no\n= beeps    2\nok\n");
	end(b);
}

static void
json_quotes_what_must_be_quoted(void)
{
	struct bench *b = start();

	connect(b);
	show(b, "\"q\\");
	CU_ASSERT_PTR_NOT_NULL(strstr(say(b, "status --json"), "[\"\\\"q\\\\\",\"\"]"));
	end(b);
}

static const struct {
	const char *line, *answer;
} refused[] = {
	{ "dance", "misused no such command\n" },
	{ "display now", "misused display\n" },
	{ "status --yaml", "misused status [--json]\n" },
	{ "insert", "misused insert NAME\n" },
	{ "insert a b", "misused insert NAME\n" },
	{ "insert b", "failed no card of that name in the deck\n" },
	{ "insert ../a", "misused no name for a card\n" },
	{ "remove", "failed there is no card in the slot\n" },
	{ "plug", "failed the reader is plugged in already\n" },
	{ "press", "misused press KEY...\n" },
	{ "press 1 enter", "misused keys are 0 to 9, ok, clear, cancel\n" },
	{ "press 12", "misused keys are 0 to 9, ok, clear, cancel\n" },
	{ "pin", "misused pin\n" },
	{ "pin 12a", "misused a PIN has digits only\n" },
	{ "pin ''", "misused a PIN has digits only\n" },
	{ "pin 123456", "failed the pad does not ask for a PIN\n" },
	{ "wait", "misused wait TEXT [--timeout SECONDS]\n" },
	{ "wait a b", "misused wait TEXT [--timeout SECONDS]\n" },
	{ "wait a --timeout", "misused wait TEXT [--timeout SECONDS]\n" },
	{ "wait --timeout 3", "misused wait TEXT [--timeout SECONDS]\n" },
	{ "wait a --timeout -1", "misused wait TEXT [--timeout SECONDS]\n" },
	{ "wait a --timeout 86401", "misused wait TEXT [--timeout SECONDS]\n" },
	{ "wait a --timeout 99999999999999999999", "misused wait TEXT [--timeout SECONDS]\n" },
	{ "wait 'a", "misused the line cannot be read\n" },
	{ "", "ok\n" },
	{ "# press 1", "ok\n" },
};

static void
what_cannot_be_done_is_refused_with_a_reason(void)
{
	struct bench *b = start();

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strcmp(say(b, refused[i].line), refused[i].answer) != 0)
			CU_FAIL(refused[i].line);
	SAYS(b, "insert a", "ok\n");
	SAYS(b, "insert a", "failed there is a card in the slot\n");
	SAYS(b, "unplug", "ok\n");
	SAYS(b, "unplug", "failed the reader is unplugged already\n");
	SAYS(b, "press ok", "failed the reader is unplugged\n");
	SAYS(b, "plug", "ok\n");
	SAYS(b, "remove", "ok\n");
	end(b);
}

static void
half_of_a_line_of_keys_is_not_pressed(void)
{
	struct bench *b = start();

	connect(b);
	prompt(b, "a");
	SAYS(b, "press ok enter", "misused keys are 0 to 9, ok, clear, cancel\n");
	CU_ASSERT_EQUAL(b->device.running, PADLINK_INPUT);
	end(b);
}

static void
a_wait_sees_what_stood_for_a_moment(void)
{
	struct bench *b = start();

	connect(b);
	show(b, "Wrong PIN 2 left");
	show(b, "Enter\nagain");
	SAYS(b, "wait 'Wrong PIN 2 left'", "ok\n");
	SAYS(b, "wait 'Enter / again'", "ok\n");
	SAYS(b, "wait 'Enter / again' --timeout 1", "");
	CU_ASSERT_EQUAL(b->reply.until, 1000);
	show(b, "Enter\nnot");
	CU_ASSERT_STRING_EQUAL(look(b), "");
	show(b, "Enter\nagain");
	CU_ASSERT_STRING_EQUAL(look(b), "ok\n");
	end(b);
}

static void
a_wait_ends_with_its_time(void)
{
	struct bench *b = start();

	SAYS(b, "wait never", "");
	b->now = 9999;
	CU_ASSERT_STRING_EQUAL(look(b), "");
	b->now = 10000;
	CU_ASSERT_STRING_EQUAL(look(b), "timeout this text did not come: never\n");
	SAYS(b, "wait never --timeout 0", "timeout this text did not come: never\n");
	/* What was shown before a wait that failed can still be waited for. */
	SAYS(b, "wait 'REINER SCT'", "ok\n");
	SAYS(b, "wait never", "");
	SAYS(b, "beeps", "= 0\nok\n");
	end(b);
}

static void
a_pin_is_digits_and_ok(void)
{
	struct bench *b = start();

	connect(b);
	SAYS(b, "insert a", "ok\n");
	ask_pin(b, PADLINK_PIN_MODIFY, PADLINK_END_OK, 16);
	SAYS(b, "pin 123456", "ok\n");
	CU_ASSERT_STRING_EQUAL(b->device.pad.lcd.now.line[0], "Enter new PIN");
	SAYS(b, "pin 1111111", "ok\n");
	CU_ASSERT_STRING_EQUAL(b->device.pad.lcd.now.line[0], "Repeat new PIN");
	SAYS(b, "pin 1111112", "ok\n");
	CU_ASSERT_EQUAL(b->device.running, 0);
	ask_pin(b, PADLINK_PIN_VERIFY, PADLINK_END_OK, 16);
	b->now = 30000;
	SAYS(b, "pin 123456", "failed the pad does not ask for a PIN\n");
	end(b);
}

static void
no_ok_goes_to_the_next_prompt(void)
{
	struct bench *b = start();

	connect(b);
	SAYS(b, "insert a", "ok\n");
	ask_pin(b, PADLINK_PIN_MODIFY, PADLINK_END_OK | PADLINK_END_MAX, 6);
	/* The sixth digit ends it; an OK would be an empty new PIN. */
	SAYS(b, "pin 123456", "ok\n");
	CU_ASSERT_STRING_EQUAL(b->device.pad.lcd.now.line[0], "Enter new PIN");
	CU_ASSERT_EQUAL(b->device.running, PADLINK_PIN);
	end(b);
}

static void
a_line_is_wiped_when_it_has_run(void)
{
	static const char zero[WORDS_LINE_MAX];
	struct bench *b = start();

	say(b, "pin 987654");
	SAME(b->line, zero, sizeof(zero));
	say(b, "pin '987654");
	SAME(b->line, zero, sizeof(zero));
	end(b);
}

static void
check_record(struct bench *b, const char *want)
{
	char got[1024] = "";
	FILE *f = fopen(b->record, "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
	fclose(f);
	CU_ASSERT_STRING_EQUAL(got, want);
}

static void
a_record_is_a_script_without_digits(void)
{
	struct bench *b = start();

	OK(hands_record(&b->hands, b->record));
	connect(b);
	show(b, "Please wait");
	prompt(b, "Insert 1. card\npress OK/Cancel");
	say(b, "insert a");
	say(b, "press 7 ok");
	ask_pin(b, PADLINK_PIN_VERIFY, PADLINK_END_OK, 16);
	say(b, "press 1 2 3 clear 6 5 4 3 2 1");
	say(b, "press ok");
	ask_pin(b, PADLINK_PIN_VERIFY, PADLINK_END_MAX, 6);
	say(b, "press 6 5 4 3 2 1");
	ask_pin(b, PADLINK_PIN_VERIFY, PADLINK_END_OK, 16);
	say(b, "press 6 5 cancel");
	/* An OK that comes too late confirms no PIN. */
	ask_pin(b, PADLINK_PIN_VERIFY, PADLINK_END_OK, 16);
	b->now = 30000;
	say(b, "press ok");
	say(b, "remove");
	say(b, "unplug");
	say(b, "press ok");
	say(b, "plug");
	check_record(b, "wait 'Insert 1. card / press OK/Cancel'\ninsert a\npress 7\npress ok\n"
	    "wait 'Enter PIN'\npin\nwait 'Enter PIN'\npin\nwait 'Enter PIN'\npress cancel\n"
	    "press ok\nremove\nunplug\nplug\n");
	end(b);
}

static const struct sentence sentences[] = {
	SENTENCE(status_tells_what_a_pad_does_not_offer),
	SENTENCE(display_and_status_tell_what_the_pad_is),
	SENTENCE(json_quotes_what_must_be_quoted),
	SENTENCE(what_cannot_be_done_is_refused_with_a_reason),
	SENTENCE(half_of_a_line_of_keys_is_not_pressed),
	SENTENCE(a_wait_sees_what_stood_for_a_moment),
	SENTENCE(a_wait_ends_with_its_time),
	SENTENCE(a_pin_is_digits_and_ok),
	SENTENCE(no_ok_goes_to_the_next_prompt),
	SENTENCE(a_line_is_wiped_when_it_has_run),
	SENTENCE(a_record_is_a_script_without_digits),
};

SUITE("control", sentences)
