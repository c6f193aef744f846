#include "hsm/cli/reader.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/apdu.h"
#include "card-os/iso7816/err.h"
#include "card-os/profile/profile.h"
#include "hsm/cards/padoutcome.h"
#include "hsm/cli/cli.h"

enum { FIRST_S = 30, NEXT_S = 10, SELECT_FIRST = 0x00, SELECT_EF = 0x02, SELECT_NAME = 0x04,
    NO_ANSWER = 0x0c };

/* A PIN entry of `reader probe`, through the same seam to cards as the daemon's. */

static const struct reader_pin_kind kinds[] = {
	{ "share", "backup share's PIN", AID_SHARE },
	{ "user", "slot user's PIN", AID_SLOT },
};

const struct reader_pin_kind *
reader_pin_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

struct entry {
	struct cards *cards;
	char serial[2 * SERIAL_LEN + 1];
	unsigned tries, tries_max;
};

/* A command whose answer has to be n bytes and 9000. */
static int
command(const struct entry *e, const struct apdu *a, uint8_t *data, size_t n)
{
	uint8_t mem[64], answer[64];
	size_t got = sizeof(answer);
	struct wr wr;
	uint16_t sw;
	int r;

	wr_init(&wr, mem, sizeof(mem));
	apdu_encode(&wr, a);
	if ((r = wr_end(&wr)) != 0 ||
	    (r = e->cards->ops->transmit(e->cards, mem, wr.n, answer, &got)) != 0)
		return r;
	if (rapdu_decode(answer, &got, &sw) != 0 || sw != SW_OK || got != n)
		return ERR_FOREIGN_CARD;
	memcpy(data, answer, n);
	return 0;
}

static int
select_file(const struct entry *e, uint8_t how, const void *name, size_t n)
{
	const struct apdu a = { .ins = INS_SELECT, .p1 = how, .p2 = NO_ANSWER, .data = name,
	    .nc = n };
	uint8_t none[1];

	return command(e, &a, none, 0);
}

static int
read_serial(struct entry *e)
{
	static const uint8_t mf[] = { FID_MF >> 8, FID_MF & 0xff };
	static const uint8_t gdo[] = { FID_GDO >> 8, FID_GDO & 0xff };
	const struct apdu a = { .ins = INS_READ_BINARY, .ne = 2 + SERIAL_LEN };
	uint8_t p[2 + SERIAL_LEN];
	int r;

	if ((r = select_file(e, SELECT_FIRST, mf, sizeof(mf))) != 0 ||
	    (r = select_file(e, SELECT_EF, gdo, sizeof(gdo))) != 0 ||
	    (r = command(e, &a, p, sizeof(p))) != 0)
		return r;
	for (size_t i = 0; i < SERIAL_LEN; i++)
		(void)snprintf(e->serial + 2 * i, 3, "%02x", p[2 + i]);
	return 0;
}

/* The application stays selected: its PIN is local to it. */
static int
read_tries(struct entry *e, const struct reader_pin_kind *kind)
{
	const struct apdu a = { .ins = INS_GET_DATA, .p1 = DO_PIN_STATE >> 8,
	    .p2 = DO_PIN_STATE & 0xff, .ne = DO_PIN_STATE_LEN };
	uint8_t p[DO_PIN_STATE_LEN];
	int r;

	if ((r = select_file(e, SELECT_NAME, kind->aid, AID_LEN)) != 0 ||
	    (r = command(e, &a, p, sizeof(p))) != 0)
		return r;
	e->tries = p[1];
	e->tries_max = p[2];
	return 0;
}

static const struct {
	int err;
	const char *why;
} whys[] = {
	{ ERR_NO_CARD, "there is no card in the reader: put one in and try again" },
	{ ERR_CARD_REMOVED, "the card was pulled: put it in and try again" },
	{ ERR_CARD_ANSWER, "the card does not answer: is it the right way round?" },
	{ ERR_FOREIGN_CARD, "the card is none of ours, so nobody knows what a PIN entry would cost "
	    "it: take one of ours (`cardinal-pad card new` makes one for a virtual reader)" },
	{ ERR_NO_PIN_PAD, "the reader offers no VERIFY_PIN_DIRECT" },
	{ ERR_BUSY, "another program holds the reader" },
	{ ERR_READER_GONE, "the reader does not answer: start cardinal-pad if it is a virtual "
	    "one" },
};

static int
refuse(int err)
{
	const char *why = err_str(err);

	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		if (whys[i].err == err)
			why = whys[i].why;
	fprintf(stderr, "cardinal: no PIN entry: %s\n", why);
	return CLI_FAILED;
}

/* Whether the tries that are left allow one. */
static int
may_try(const struct entry *e, const struct reader_pin_kind *kind, int force)
{
	if (e->tries == 0)
		fprintf(stderr, "cardinal: no PIN entry: the %s of card %s is blocked\n",
		    kind->says, e->serial);
	else if (e->tries == 1 && !force)
		fprintf(stderr, "cardinal: no PIN entry: the %s of card %s has one try left, and a "
		    "wrong PIN blocks it for good; --force tries it\n", kind->says, e->serial);
	else
		return 1;
	return 0;
}

static int
finish(const struct entry *e, const struct reader_pin_kind *kind, uint16_t sw, json_t **json)
{
	static const int exits[] = { [PAD_RIGHT] = CLI_DONE, [PAD_FAILED] = CLI_FAILED,
	    [PAD_CANCELLED] = CLI_CANCELLED, [PAD_TIMEOUT] = CLI_TIMED_OUT };
	const struct pad_outcome *o = padoutcome(sw);
	char word[8], left[32] = "";

	(void)snprintf(word, sizeof(word), "%04X", sw);
	if ((sw & 0xfff0) == SW_COUNTER && (sw & 0xf) != 0)
		(void)snprintf(left, sizeof(left), ", %u tr%s left", sw & 0xf,
		    (sw & 0xf) == 1 ? "y" : "ies");
	fprintf(stderr, "PIN entry: %s: %s%s%s%s\n", word, o->what, left,
	    *o->todo != '\0' ? "; " : "", o->todo);
	*json = json_pack("{s:s, s:s, s:i, s:i, s:s, s:s}", "application", kind->name, "card",
	    e->serial, "tries_before", (int)e->tries, "tries_max", (int)e->tries_max, "sw", word,
	    "outcome", o->what);
	return exits[o->kind];
}

int
reader_pin(const char *reader, const struct reader_pin_kind *kind, int force, json_t **json)
{
	struct entry e = { 0 };
	struct cards_reader got;
	uint16_t sw;
	int r, status = CLI_FAILED;

	*json = NULL;
	if (cards_pcsc_new(&e.cards) != 0)
		return CLI_FAILED;
	if ((r = e.cards->ops->open(e.cards, reader, &got)) != 0 ||
	    (r = e.cards->ops->connect(e.cards)) != 0 || (r = read_serial(&e)) != 0 ||
	    (r = read_tries(&e, kind)) != 0) {
		status = refuse(r);
		goto out;
	}
	if (!may_try(&e, kind, force))
		goto out;
	fprintf(stderr, "Enter the %s of card %s at the reader, then OK. %u of %u tries are left, "
	    "a wrong PIN costs one;\nCancel costs none.\n", kind->says, e.serial, e.tries,
	    e.tries_max);
	if ((r = e.cards->ops->pin(e.cards, PIN_REF, 0, FIRST_S, NEXT_S, &sw)) != 0)
		status = refuse(r);
	else
		status = finish(&e, kind, sw, json);
out:
	cards_pcsc_free(e.cards);
	return status;
}
