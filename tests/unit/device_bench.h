#ifndef CARDINAL_TESTS_DEVICE_BENCH_H
#define CARDINAL_TESTS_DEVICE_BENCH_H

#include "simulator/device.h"
#include "tests/unit/deck.h"

enum { BENCH_LINES = 64 };

/* A device with a driver at its other end, and a card with its disk beside it. */
struct bench {
	struct device dev;
	struct deck deck;
	uint32_t number;		/* of the last request */
	uint64_t now;
	uint8_t in[DEVICE_OUT_MAX];	/* the last answer, taken out of the device */
	struct padlink_msg got;
	uint8_t status;
	const uint8_t *rest;
	size_t rest_n;
	char log[BENCH_LINES][80];
	size_t lines;
};

/* A device to which nothing was said; after HELLO; with the card in, powered, its share selected. */
void bench_start(struct bench **);
void bench_connected(struct bench **);
void bench_ready(struct bench **);
void bench_end(struct bench *);

/* What the driver does. Aborts where an answer is none. */
void bench_send(struct bench *, uint8_t type, const void *body, size_t n);
/* Takes the next message out: its type, 0 when there is none. */
uint8_t bench_receive(struct bench *);
/* Takes the answer to the last request out: 1, or 0 when it is not there. */
int bench_answered(struct bench *);
/* Sends, and takes the answer out: its status. */
uint8_t bench_ask(struct bench *, uint8_t type, const void *body, size_t n);
uint8_t bench_power(struct bench *, uint8_t action);
void bench_input(struct bench *, const char *text);
void bench_pin(struct bench *, uint8_t kind, uint8_t ins);
void bench_pin_start(struct bench *, uint8_t kind, uint8_t ins);
/* The status word of the last answer. */
unsigned bench_sw(const struct bench *);

/* What people do: 0 or device_insert's error. Keys are digits, '#', 'x', 'c' for OK, Cancel, Clear. */
int bench_insert(struct bench *);
void bench_press(struct bench *, const char *keys);

int bench_holds(const void *hay, size_t n, const void *needle, size_t m);
int bench_is_zero(const void *, size_t n);

#endif
