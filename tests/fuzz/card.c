#include <stdlib.h>
#include <string.h>

#include "card-os/os/files.h"
#include "card-os/os/pins.h"
#include "tests/unit/deck.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * Input: steps, each a byte and its bytes. Whatever is sent, without the right PIN
 * tries never grow, no PIN is verified, and neither share nor user file changes.
 */
enum step { PLAIN, THROUGH_CHANNEL, OPEN_CHANNEL, RIGHT_PIN, RESET, PULL_PLUG, STEPS };

/* Nobody guesses it, the fuzzer least. */
#define PIN "8306519274460183"

static struct deck d, first;
static struct sm host;

static void
make_first(void)
{
	struct pin pin;
	struct wr wr;

	deck_new(&first);
	card_data_decode(first.disk, first.n, &first.card.next);
	for (uint16_t i = 0; i < first.card.next.files_n; i++) {
		if (first.card.next.file[i].kind != FILE_PIN)
			continue;
		pin_get(&first.card.next, i, &pin);
		if (pin_set(&pin, (const uint8_t *)PIN, strlen(PIN)) != 0)
			abort();
		pin_put(&first.card.next, i, &pin);
	}
	wr_init(&wr, first.disk, sizeof(first.disk));
	if (card_data_encode(&first.card.next, &wr) != 0)
		abort();
	first.n = wr.n;
}

/* Status words are 6XXX or 9XXX (ISO 7816-4:2005 5.1.3), and errors carry no data. */
static void
send(const uint8_t *p, size_t n)
{
	uint16_t sw = deck_send(&d, p, n);

	if ((sw >> 12 != 6 && sw >> 12 != 9) || (sw >> 8 > 0x62 && sw >> 8 < 0x90 && d.rsp_n != 0 &&
	    !d.card.sm.open))
		abort();
}

static void
send_through_channel(const uint8_t *p, size_t n)
{
	static uint8_t out[CAPDU_MAX], data[RAPDU_MAX];
	struct wr wr;
	struct apdu a;
	uint16_t sw;

	if (!host.open || apdu_decode(p, n, &a) != 0)
		return;
	wr_init(&wr, out, sizeof(out));
	if (sm_command_wrap(&host, &a, &wr) != 0)
		return;
	d.rsp_n = card_transmit(&d.card, out, wr.n, d.rsp);
	wr_init(&wr, data, sizeof(data));
	/* The card has lost the channel, or says what the host can read. */
	if (sm_response_unwrap(&host, d.rsp, d.rsp_n, &wr, &sw) != 0 && d.card.sm.open)
		abort();
}

static void
do_step(enum step step, const uint8_t *p, size_t n)
{
	uint8_t atr[ATR_MAX];

	switch (step) {
	case PLAIN:
		send(p, n);
		break;
	case THROUGH_CHANNEL:
		send_through_channel(p, n);
		break;
	case OPEN_CHANNEL:
		if (deck_open_channel(&d, &host) != 0)
			abort();
		break;
	case RIGHT_PIN:
		send((const uint8_t *)"\0\x20\0\x81\x10" PIN, 5 + strlen(PIN));
		break;
	case RESET:
		card_power_up(&d.card, atr);
		break;
	default:
		deck_reload(&d);
	}
}

static void
check_pin(const struct card_data *before, uint16_t i)
{
	struct pin was, is;

	pin_get(before, i, &was);
	pin_get(&d.card.data, i, &is);
	if (is.tries > was.tries || d.card.proven[i] ||
	    memcmp(is.verifier, was.verifier, sizeof(is.verifier)) != 0)
		abort();
}

/* Files of the factory never go; what is in them changes by who has the PIN only. */
static void
check(const struct card_data *before, int proven)
{
	const struct card_data *now = &d.card.data;

	for (uint16_t i = 0; i < first.card.data.files_n && !proven; i++) {
		if (memcmp(&now->file[i], &before->file[i], sizeof(now->file[i])) != 0)
			abort();
		if (now->file[i].kind == FILE_PIN)
			check_pin(before, i);
		else if (memcmp(files_bytes(now, i), files_bytes(before, i), now->file[i].size) != 0)
			abort();
	}
	/* What the card believes is on the disk. */
	deck_disk(&d, &d.card.next);
	if (memcmp(&d.card.next, now, sizeof(*now)) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct card_data before;
	const uint8_t *bytes;
	enum step step;
	int proven = 0;
	struct rd rd;
	size_t length;

	if (first.n == 0)
		make_first();
	sm_close(&host);
	memcpy(d.disk, first.disk, first.n);
	d.n = first.n;
	deck_reload(&d);
	rd_init(&rd, p, n);
	while (rd.n > 0 && rd.err == 0) {
		step = (enum step)(rd_u8(&rd) % STEPS);
		length = step == PLAIN || step == THROUGH_CHANNEL ? rd_u16(&rd) : 0;
		if (length > rd.n)
			length = rd.n;
		bytes = rd_view(&rd, length);
		before = d.card.data;
		proven |= step == RIGHT_PIN;
		do_step(step, bytes, length);
		check(&before, proven);
	}
	return 0;
}
