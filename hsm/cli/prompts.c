#include "hsm/cli/prompts.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/cli/say.h"
#include "hsm/cli/show.h"

static const char how[] =
    "This reader shows no texts of ours: they come here, and are answered here. Enter is OK, c\n"
    "and Enter is Cancel, which ends the ceremony; a card put into the empty slot is OK, too.\n";

static const char no_more[] =
    "No answers come from this input. `cardinal ok` in another terminal answers, and there\n"
    "`cardinal cancel` ends the ceremony.\n";

static const struct {
	const char *word;
	enum cards_key key;
} words[] = {
	{ "", CARDS_OK }, { "ok", CARDS_OK }, { "c", CARDS_CANCEL }, { "cancel", CARDS_CANCEL },
};

enum cards_key
prompts_parse(const char *line, json_int_t *number)
{
	const char *digits;
	size_t i, n;

	*number = 0;
	line += strspn(line, " \t");
	n = strcspn(line, " \t\r0123456789");
	digits = line + n + strspn(line + n, " \t");
	while (*digits >= '0' && *digits <= '9' && *number <= UINT32_MAX)
		*number = 10 * *number + (*digits++ - '0');
	digits += strspn(digits, " \t\r");
	for (i = 0; *digits == '\0' && i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == n && strncmp(words[i].word, line, n) == 0)
			return words[i].key;
	return CARDS_NO_KEY;
}

/* A terminal that is not ours would stop us. */
static int
may_read(void)
{
	return !isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* Behind the words of a prompt: at which reader, and what is to be done here. */
static void
print_where(const struct prompts *p, const json_t *status)
{
	const char *at = say_member(status, "at");
	const int enters = p->asks == 0 && json_is_true(json_object_get(status, "pin_entry"));

	if (enters || *at != '\0') {
		fputs(enters ? " at " : ", at ", stderr);
		say_text(stderr, *at != '\0' ? at : "the reader");
	}
	fputs(enters ? " now" : p->asks != 0 ? "  (Enter: OK, c: Cancel)" : "", stderr);
}

/*
 * Not twice the same: each record of the transcript changes the status, too, and a prompt that was
 * answered stands until the next text.
 */
static void
print(struct prompts *p, const json_t *status)
{
	char text[PROMPTS_TEXT_MAX];

	show_prompt(status, text, sizeof(text));
	if (p->asks != 0 ? p->asks == p->printed : strcmp(text, p->text) == 0)
		return;
	strcpy(p->text, text);
	if (*text == '\0' || strcmp(text, "Please wait") == 0)
		return;
	fputs(">> ", stderr);
	if (p->asks != 0)
		fprintf(stderr, "[%lld] ", (long long)p->asks);
	p->printed = p->asks;
	say_text(stderr, text);
	print_where(p, status);
	fputc('\n', stderr);
}

void
prompts_show(struct prompts *p, const json_t *status)
{
	const json_int_t beeps = say_number(status, "beeps"), asks = say_number(status, "asks");

	p->elsewhere = !json_is_true(json_object_get(status, "display"));
	if (p->elsewhere && beeps > p->beeps)
		fputc('\a', stderr);
	p->beeps = beeps;
	if (p->elsewhere && asks != p->asks) {
		p->n = 0;
		if (asks != 0 && isatty(STDIN_FILENO))
			(void)tcflush(STDIN_FILENO, TCIFLUSH);
		if (asks != 0 && !p->explained)
			fputs(how, stderr);
		p->explained |= asks != 0;
	}
	p->asks = p->elsewhere ? asks : 0;
	if (p->elsewhere)
		print(p, status);
}

int
prompts_fd(const struct prompts *p)
{
	return p->asks != 0 && !p->ended && may_read() ? STDIN_FILENO : -1;
}

int
prompts_answer(struct client *client, json_int_t number, enum cards_key key)
{
	json_t *answer = NULL;
	char body[64];
	int r;

	snprintf(body, sizeof(body), "{\"prompt\": %lld, \"key\": \"%s\"}", (long long)number,
	    key == CARDS_OK ? "ok" : "cancel");
	r = client_call(client, "/v1/answer", body, strlen(body), 0, &answer);
	json_decref(answer);
	return r;
}

static int
whole(struct prompts *p, struct client *client)
{
	enum cards_key key = CARDS_NO_KEY;
	json_int_t number = 0;
	int r;

	if (p->n <= PROMPTS_LINE_MAX) {
		p->line[p->n] = '\0';
		key = prompts_parse(p->line, &number);
	}
	/* Somebody may have taken the terminal for the PIN pad. */
	OPENSSL_cleanse(p->line, sizeof(p->line));
	p->n = 0;
	if (key == CARDS_NO_KEY) {
		fputs("Enter is OK, c and Enter is Cancel.\n", stderr);
		return 0;
	}
	/* It names another one: one that was answered by a card, perhaps. */
	if (number != 0 && number != p->asks) {
		fprintf(stderr, "It is [%lld] that waits for an answer.\n", (long long)p->asks);
		return 0;
	}
	r = prompts_answer(client, p->asks, key);
	p->asks = 0;
	/* Somebody else, or a card, was quicker. */
	return r == ERR_DENIED ? 0 : r;
}

int
prompts_read(struct prompts *p, struct client *client)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char c;
	int r = 0;

	/* A character at a time: what stands behind the line is for another prompt. */
	while (r == 0 && prompts_fd(p) >= 0 && poll(&in, 1, 0) == 1) {
		if (read(STDIN_FILENO, &c, 1) != 1) {
			p->ended = 1;
			fputs(no_more, stderr);
		} else if (c == '\n') {
			r = whole(p, client);
		} else {
			if (p->n < PROMPTS_LINE_MAX)
				p->line[p->n] = c;
			p->n += p->n <= PROMPTS_LINE_MAX;
		}
	}
	return r;
}
