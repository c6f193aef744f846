#ifndef CARDINAL_PROMPTS_H
#define CARDINAL_PROMPTS_H

#include "hsm/cards/cards.h"
#include "hsm/cli/client.h"

/*
 * The prompts of a ceremony whose reader shows no text: they go to standard error with their
 * number, and lines of standard input answer them. A line is read only while a prompt waits for an
 * answer, so lines of a pipe answer one prompt each; what was typed at a terminal before the prompt
 * stood there is thrown away.
 */
enum { PROMPTS_LINE_MAX = 32, PROMPTS_TEXT_MAX = 128 };

struct prompts {
	json_int_t asks;		/* number of the prompt that waits, 0: none */
	json_int_t beeps;		/* rung so far */
	int elsewhere;			/* the reader has no display */
	int explained, ended;		/* how to answer was said; standard input is at its end */
	json_int_t printed;		/* the last that asked */
	char text[PROMPTS_TEXT_MAX];	/* the last, of all */
	char line[PROMPTS_LINE_MAX + 1];
	size_t n;			/* characters of the line, also of what does not fit */
};

/* What a status says of prompts and beeps. */
void prompts_show(struct prompts *, const json_t *status);
/* Where an answer may come from now, -1: nowhere. */
int prompts_fd(const struct prompts *);
/*
 * Takes what can be read there now, and answers when a line is whole. 0, also when the daemon
 * refuses; or an error of client_call.
 */
int prompts_read(struct prompts *, struct client *);

/*
 * What a line says: "" or "ok", "c" or "cancel", behind either the number of the prompt that is
 * meant, else *number is 0. CARDS_NO_KEY: nothing of this.
 */
enum cards_key prompts_parse(const char *line, json_int_t *number);

/* Sends an answer; errors of client_call. */
int prompts_answer(struct client *, json_int_t number, enum cards_key);

#endif
