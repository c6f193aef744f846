#ifndef CARDINAL_TESTS_CJ_USB_H
#define CARDINAL_TESTS_CJ_USB_H

#include <stddef.h>

/* What every such device says of itself. */
#define CJ_USB_SERIAL "17\x1b[2J\x7f"

/*
 * usb.h without USB: the device behind it answers commands by a table, and is
 * in step with blocks and their numbers. Commands and answers are in hex.
 */
struct cj_answer {
	const char *command;	/* its beginning */
	const char *answer;	/* @: by the reader, though the card was asked; NULL: unplugged */
	int times;		/* 0: always */
};

/* Before a reader is opened: its answers, looked at from the first on, before those of any reader. */
void cj_usb_answers(const struct cj_answer *, size_t n);
/* What a command that begins so was, the last of them, in hex; "" when there was none. */
const char *cj_usb_heard(const char *command);
/* How many there were. */
int cj_usb_count(const char *command);
/* The reader says this S block by itself. */
void cj_usb_say(const char *pcb);
/* The next usb_close leaves transfers behind. */
void cj_usb_keeps(void);
/* How a usb_open ends. */
void cj_usb_refuses(int r);

#endif
