#ifndef CARDINAL_UI_H
#define CARDINAL_UI_H

#include <sys/types.h>
#include <time.h>

#include "simulator/hands.h"

/*
 * The pad on a terminal: display, keypad, lamps, slot, deck and log. It draws
 * what the device is and hands keys and clicks to hands; it decides nothing.
 * Two columns from 64 columns on, one below another from 40, in colour where
 * there is any.
 */
enum { UI_LOG = 64, UI_LOG_LINE = 80, UI_SPOTS = 64, UI_NOTE = 80 };

/* Something to click at. */
struct ui_spot {
	int y, x, w;
	int does;		/* a key of the keyboard, or a card: UI_CARD + index */
};

struct ui {
	struct hands *hands;
	unsigned pad;
	int *stop;		/* set by q */
	int open;
	int watch;		/* descriptor: the deck's directory changes, -1: none */
	int colour;
	unsigned beeps;		/* heard so far */
	struct deck_names deck;
	size_t chosen, top;	/* in the deck */
	char note[UI_NOTE];
	size_t logged;
	char log[UI_LOG][UI_LOG_LINE];
	size_t spots_n;
	struct ui_spot spots[UI_SPOTS];
};

/* Takes the terminal: 0, or ERR_IO when stdin and stdout are none. */
int ui_open(struct ui *, struct hands *, unsigned pad, int *stop);
/* Gives the terminal back as it was. */
void ui_close(struct ui *);
/* Lines for the log may come before ui_open. */
void ui_log(struct ui *, const char *line);

/* For struct server_face; arg is the ui. */
void ui_keyboard(void *arg, uint64_t now_ms);
void ui_draw(void *arg);
void ui_resized(void *arg);

#endif
