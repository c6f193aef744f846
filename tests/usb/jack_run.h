#ifndef CARDINAL_TESTS_JACK_RUN_H
#define CARDINAL_TESTS_JACK_RUN_H

#include "tests/usb/jack_bcs.h"

/* What the commands of a cyberJack are made of; for jack_bcs, jack_card, jack_face alone. */
enum {
	JACK_CT = 0x12, JACK_ICC = 0x02,	/* NAD */
	JACK_OK = 0x9000, JACK_ASYNC = 0x9001, JACK_NOT_IN_TIME = 0x6200, JACK_ALREADY = 0x6201,
	JACK_TIME_OVER = 0x6400, JACK_CANCELLED = 0x6401, JACK_NO_CARD = 0x64a1,
	JACK_NO_POWER = 0x64a2, JACK_BAD_P1P2 = 0x6a00, JACK_NO_TEXT = 0x6a82,
};

/* A command and its data objects. */
struct jack_command {
	uint8_t cla, ins, p1, p2;
	const uint8_t *data;
	size_t lc;
	int le;			/* -1: none */
	const uint8_t *text, *pin;
	size_t text_n, pin_n;
};

/* The command is done. */
void jack_bcs_finish(struct jack_bcs *, const void *, size_t n, unsigned sw);
void jack_bcs_finish_sw(struct jack_bcs *, unsigned sw);
/* The pad is asked; next goes on with its answer. */
void jack_bcs_ask(struct jack_bcs *, uint8_t type, const uint8_t *body, size_t n,
    void (*next)(struct jack_bcs *));
/* What the pad did not do, as a status word. */
unsigned jack_bcs_why(const struct padside *);
int jack_bcs_has_text(const struct jack_bcs *);
int jack_bcs_card_in(const struct jack_bcs *);
/* PADLINK_POWER; the card has none until it is up. */
void jack_bcs_power(struct jack_bcs *, uint8_t action, void (*next)(struct jack_bcs *));
/* PADLINK_INPUT: 0 when the pad would not understand it. */
int jack_bcs_input(struct jack_bcs *, const struct padlink_input *,
    void (*next)(struct jack_bcs *));

/* Each runs one command: to the card, about the card, of the reader itself. */
void jack_run_card(struct jack_bcs *, const uint8_t *, size_t n);
void jack_run_request(struct jack_bcs *, const struct jack_command *);
void jack_run_eject(struct jack_bcs *, const struct jack_command *);
void jack_run_reset_card(struct jack_bcs *, const struct jack_command *);
void jack_run_reset(struct jack_bcs *, const struct jack_command *);
void jack_run_protocol(struct jack_bcs *, const struct jack_command *);
void jack_run_status(struct jack_bcs *, const struct jack_command *);
void jack_run_output(struct jack_bcs *, const struct jack_command *);
void jack_run_input(struct jack_bcs *, const struct jack_command *);
void jack_run_pin(struct jack_bcs *, const struct jack_command *);

#endif
