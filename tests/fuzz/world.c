#include "tests/fuzz/world.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "card-os/os/files.h"
#include "card-os/os/pins.h"
#include "tests/fuzz/answer.h"
#include "tests/fuzz/first.h"
#include "tests/fuzz/rules.h"
#include "tests/unit/dice.h"
#include "tests/unit/keyring.h"
#include "tests/unit/suite.h"

struct world_count world_counts[256];
unsigned world_talk;

static struct deck first;
static struct scene s;
static struct sm host;

char
world_current(void)
{
	const struct card *c = &s.deck.card;
	const struct card_file *f = c->data.file + (c->ef == CARD_NO_FILE ? 0 : c->ef);

	return c->ef == CARD_NO_FILE ? 'd' : file_is_transparent(f) ? 'b' :
	    file_has_records(f) ? 'r' : 'i';
}

void
world_any_path(struct wr *wr)
{
	const struct card_data *data = &s.deck.card.data;
	uint16_t df = s.deck.card.df;
	uint16_t way[CARD_DEPTH + 1], i, n = 0;
	int here = dice_roll() % 8 != 0;

	/* Mostly where we are, or what was proven is forgotten. */
	do
		i = (uint16_t)(dice_roll() % data->files_n);
	while (data->file[i].kind == FILE_FREE || data->file[i].kind == FILE_OBJECT ||
	    (here && df != 0 && !files_within(data, i, df) && dice_roll() % 64 != 0));
	for (; i != CARD_NO_FILE; i = data->file[i].parent)
		way[n++] = data->file[i].fid;
	/* Without the MF, of which the way is empty; then with it. */
	for (i = n == 1 ? n : (uint16_t)(n - 1); i > 0; i--)
		wr_u16(wr, way[i - 1]);
}

static void
powered(void)
{
	sm_close(&host);
	s.proved = 0;
	for (size_t a = 0; a < SCENE_OWNED; a++)
		s.owned[a].right = 0;
}

void
world_begin(void)
{
	if (first.n == 0)
		first_make(&first, s.owned);
	s.factory_n = first.card.data.files_n;
	memcpy(s.deck.disk, first.disk, first.n);
	s.deck.n = first.n;
	s.deck.saves = 0;
	deck_reload(&s.deck);
	s.before = s.deck.card.data;
	s.dies = 0;
	world_talk = 0;
	powered();
	for (size_t a = 0; a < SCENE_OWNED; a++)
		s.owned[a].lost = 0;
}

static void
count(const uint8_t *p, size_t n, uint16_t sw)
{
	struct world_count *c = &world_counts[n > 1 ? p[1] : 0xff];

	c->sent++;
	c->done += !answer_is_error(sw);
}

static uint16_t
send(const uint8_t *p, size_t n)
{
	uint16_t sw = deck_send(&s.deck, p, n);
	int sealed = s.deck.card.sm.open && n > 0 && p[0] == CLA_SM;

	count(p, n, sw);
	if (!sealed)
		answer_check(&s, p, n, sw, s.deck.rsp, s.deck.rsp_n, 0);
	return sw;
}

static uint16_t
send_through_channel(const uint8_t *p, size_t n)
{
	static uint8_t out[CAPDU_MAX], data[RAPDU_MAX];
	struct apdu a;
	uint16_t sw;
	struct wr wr;

	wr_init(&wr, out, sizeof(out));
	if (!host.open || apdu_decode(p, n, &a) != 0 || sm_command_wrap(&host, &a, &wr) != 0)
		return SW_OK;
	s.deck.rsp_n = card_transmit(&s.deck.card, out, wr.n, s.deck.rsp);
	wr_init(&wr, data, sizeof(data));
	/* The card has lost the channel, or says what the host can read. */
	if (sm_response_unwrap(&host, s.deck.rsp, s.deck.rsp_n, &wr, &sw) != 0) {
		if (s.deck.card.sm.open)
			scene_broken("the channel tells nothing");
		return SW_SM_WRONG;
	}
	count(p, n, sw);
	answer_check(&s, p, n, sw, data, wr.n, 1);
	return sw;
}

/* The application whose PIN is meant where we are; the owner uses it in his own only. */
static void
owner_sends(const char *text)
{
	uint16_t pin = pin_meant(&s.deck.card.data, s.deck.card.df, PIN_REF), sw;
	uint8_t p[64];
	size_t n, a = 0;

	while (a < SCENE_OWNED && s.owned[a].pin != pin)
		a++;
	if (a == SCENE_OWNED)
		return;
	n = hex(text, p, sizeof(p));
	for (p[4] = 0; p[4] < (p[1] == INS_VERIFY ? 16 : 32); p[4] = (uint8_t)(p[4] + 16), n += 16)
		memcpy(p + n, FIRST_PIN, 16);
	if (!s.owned[a].lost)
		s.owned[a].right = 1;
	sw = send(p, n);
	if (p[1] == INS_CHANGE_REFERENCE && sw == SW_OK && !s.owned[a].lost) {
		/* It is the same again. */
		rules_check(&s, sw, 0);
		s.owned[a].lost = 0;
	}
	if (sw != SW_OK && !s.deck.card.proven[pin] && !scene_has_died(&s))
		s.owned[a].right = 0;
	rules_check(&s, sw, 0);
}

static void
prove(void)
{
	uint8_t p[5 + KEY_AES_LEN] = { 0x00, INS_EXTERNAL_AUTHENTICATE, 0x00, RING_AES,
	    KEY_AES_LEN };
	uint8_t in[1 + CARD_CHALLENGE_MAX] = { INS_EXTERNAL_AUTHENTICATE };
	size_t n;

	if (send((const uint8_t *)"\x00\x84\x00\x00\x08", 5) != SW_OK)
		return;
	memcpy(in + 1, s.deck.rsp, s.deck.rsp_n);
	if (EVP_Q_mac(NULL, "CMAC", NULL, "AES-128-CBC", NULL, first_ring_secret,
	    sizeof(first_ring_secret), in, 1 + s.deck.rsp_n, p + 5, KEY_AES_LEN, &n) == NULL)
		abort();
	s.proved = 1;
	rules_check(&s, send(p, sizeof(p)), 0);
}

static void
fail_from(const uint8_t *p, size_t n, enum deck_fault fault)
{
	s.dies = fault == DECK_LOSES_POWER;
	s.deck.fail_at = s.deck.saves + 1 + (n > 0 ? p[0] % 3 : 0);
	s.deck.fault = fault;
}

/* The disk took the last image or did not, and the card is without power. */
static void
after_death(int protected)
{
	deck_reload(&s.deck);
	s.dies = 0;
	rules_check(&s, SW_OK, protected);
	powered();
}

void
world_do(enum world_step step, const uint8_t *p, size_t n)
{
	uint8_t atr[ATR_MAX];

	switch (step) {
	case WORLD_PLAIN:
		rules_check(&s, send(p, n), 0);
		break;
	case WORLD_CHANNEL:
		rules_check(&s, send_through_channel(p, n), 1);
		break;
	case WORLD_OPEN_CHANNEL:
		if (deck_open_channel(&s.deck, &host) != 0)
			scene_broken("no channel");
		break;
	case WORLD_RIGHT_PIN:
		owner_sends("00200081 00");
		break;
	case WORLD_CHANGE_PIN:
		owner_sends("00240081 00");
		break;
	case WORLD_PROVE:
		prove();
		break;
	case WORLD_RESET:
		card_power_up(&s.deck.card, atr);
		powered();
		break;
	case WORLD_DISK_FULL:
		fail_from(p, n, DECK_REFUSES);
		break;
	case WORLD_DISK_DIES:
		fail_from(p, n, DECK_LOSES_POWER);
		break;
	case WORLD_DISK_WELL:
		s.deck.fail_at = 0;
		s.deck.fault = DECK_SOUND;
		s.dies = 0;
		break;
	default:
		deck_reload(&s.deck);
		s.dies = 0;
		powered();
	}
	if (scene_has_died(&s))
		after_death(step == WORLD_CHANNEL);
	rules_check_proven(&s);
	for (size_t a = 0; a < SCENE_OWNED; a++)
		s.owned[a].right &= files_within(&s.deck.card.data, s.deck.card.df, s.owned[a].df);
}

size_t
world_do_one(const uint8_t *p, size_t n)
{
	const uint8_t *bytes;
	enum world_step step;
	struct rd rd;
	size_t length;

	rd_init(&rd, p, n);
	step = (enum world_step)(rd_u8(&rd) % WORLD_STEPS);
	length = step == WORLD_PLAIN || step == WORLD_CHANNEL ? rd_u16(&rd) :
	    step == WORLD_DISK_FULL || step == WORLD_DISK_DIES ? 1 : 0;
	if (length > rd.n)
		length = rd.n;
	bytes = rd_view(&rd, length);
	world_do(step, bytes, length);
	return n - rd.n;
}

void
world_play(const uint8_t *p, size_t n)
{
	world_begin();
	for (size_t at = 0; at < n;)
		at += world_do_one(p + at, n - at);
}
