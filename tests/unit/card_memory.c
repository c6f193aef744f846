#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "card-os/apps/factory.h"
#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"
#include "card-os/os/pins.h"
#include "card-os/os/sound.h"
#include "tests/unit/holder.h"
#include "tests/unit/deck.h"
#include "tests/unit/dice.h"
#include "tests/unit/keyring.h"
#include "tests/unit/suite.h"

/*
 * libcrypto gets no memory, or no random numbers, at its n-th request, for each n until all goes
 * well. What the card says then is an error, and what it keeps is a state of before or after.
 */

static struct {
	unsigned long done, fails_at;	/* 0: never */
} memory;

enum which { NEW_CARD, WITH_CREDENTIAL, WITH_KEYS, CARDS };

static struct deck base[CARDS], d;
static struct holder alice;

static int
fails(void)
{
	return ++memory.done == memory.fails_at;
}

static void *
get(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : malloc(n);
}

static void *
get_more(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : realloc(p, n);
}

static void
give_back(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* Before libcrypto has asked for memory. */
static void
begin(void)
{
	struct sm sm;

	if (base[NEW_CARD].n != 0)
		return;
	if (CRYPTO_set_mem_functions(get, get_more, give_back) != 1)
		abort();
	dice_seed(1);
	dice_hook(fails);
	deck_new(&base[NEW_CARD]);
	holder_make(&alice);
	deck_new(&base[WITH_CREDENTIAL]);
	OK(holder_load(&base[WITH_CREDENTIAL], &sm, &alice) != SW_OK);
	holder_free(&alice);
	keyring_new(&base[WITH_KEYS]);
	keyring_load_aes(&base[WITH_KEYS]);
	CU_ASSERT_EQUAL(deck_hex(&base[WITH_KEYS], "00468000 05 B603840192 00"), SW_OK);
}

static void
from_now(unsigned long n)
{
	memory.done = 0;
	memory.fails_at = n;
}

/* 1 when it did not fail in that round, so that there is nothing more to come. */
static int
is_through(void)
{
	int through = memory.done < memory.fails_at;

	from_now(0);
	ERR_clear_error();
	return through;
}

static void
new_card(enum which which)
{
	memcpy(d.disk, base[which].disk, base[which].n);
	d.n = base[which].n;
	deck_reload(&d);
}

#define POINT "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296" \
	"4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"
#define HASH "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

static const struct shortage {
	enum which card;
	const char *before[3], *command;
	uint16_t sw;
	int channel;			/* before opens one, through which the command goes */
} shortages[] = {
	{ NEW_CARD, { SELECT_SHARE }, VERIFY_RIGHT, SW_OK, 0 },
	{ NEW_CARD, { SELECT_SHARE }, VERIFY_WRONG, SW_COUNTER | 2, 0 },
	{ NEW_CARD, { SELECT_SHARE }, "00240081 0C 313233343536 363534333231", SW_OK, 0 },
	{ NEW_CARD, { NULL }, "0084000008", SW_OK, 0 },
	{ NEW_CARD, { SELECT_SHARE }, "00B0820000", SW_NO_FILE, 1 },
	{ NEW_CARD, { SELECT_SHARE }, "00CA018104", SW_OK, 1 },
	{ WITH_CREDENTIAL, { SELECT_SLOT, VERIFY_RIGHT, "002241B6 03 840184" },
	    "002A9E9A 20" HASH "00", SW_OK, 0 },
	{ WITH_CREDENTIAL, { SELECT_SLOT, VERIFY_RIGHT, "002241B8 03 840185" },
	    "002A8086 48 A646 7F4943 8641" POINT "00", SW_OK, 1 },
	{ WITH_KEYS, { SELECT_RING }, "00468000 05 B603840192 00", SW_OK, 0 },
	{ WITH_KEYS, { SELECT_RING, "002241B6 03 840192" }, "002A9E9A 20" HASH "00", SW_OK, 0 },
	{ WITH_KEYS, { SELECT_RING }, "00880094 08 0001020304050607 00", SW_OK, 0 },
	{ WITH_KEYS, { SELECT_RING }, "00880092 08 0001020304050607 00", SW_OK, 0 },
	{ WITH_KEYS, { SELECT_RING, "0084000008" }, "00820094 10 000102030405060708090A0B0C0D0E0F",
	    SW_COUNTER | 2, 0 },
};

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

static unsigned
tries(const struct card_data *data)
{
	struct pin pin;

	pin_get(data, files_in(data, files_in(data, 0, FID_SHARE_DF), FID_SHARE_PIN), &pin);
	return pin.tries;
}

static int
is_kept(void)
{
	static struct card_data disk;

	deck_disk(&d, &disk);
	return card_data_is_sound(&d.card.data) && memcmp(&disk, &d.card.data, sizeof(disk)) == 0;
}

static int
run_short(const struct shortage *s, unsigned long n)
{
	struct sm sm = { .open = 0 };
	uint16_t sw;
	int through;

	new_card(s->card);
	if (s->channel)
		OK(deck_open_channel(&d, &sm));
	/* The PIN comes from the pad, plain. */
	for (size_t i = 0; i < COUNT(s->before) && s->before[i] != NULL; i++)
		CU_ASSERT_EQUAL(s->channel && strcmp(s->before[i], VERIFY_RIGHT) != 0 ?
		    deck_send_sm(&d, &sm, s->before[i]) : deck_hex(&d, s->before[i]), SW_OK);
	from_now(n);
	sw = s->channel ? deck_send_sm(&d, &sm, s->command) : deck_hex(&d, s->command);
	through = is_through();
	/*
	 * libcrypto does without some of what it asks for, and tells a point it had no room for
	 * as none.
	 */
	if (sw != s->sw && (through || (sw != 0 && sw >> 8 != 0x6f && sw >> 8 != 0x65 &&
	    sw != SW_SM_WRONG && sw != SW_DATA))) {
		printf("    %s, %lu: %04x\n", s->command, n, sw);
		CU_FAIL("another answer");
	}
	CU_ASSERT(is_kept());
	CU_ASSERT(tries(&d.card.data) <= PIN_TRIES);
	CU_ASSERT(sw == SW_OK || !d.card.proven[files_in(&d.card.data,
	    files_in(&d.card.data, 0, FID_SHARE_DF), FID_SHARE_PIN)]);
	sm_close(&sm);
	return through;
}

static void
a_command_short_of_memory_fails_whole(void)
{
	unsigned long n;

	begin();
	for (size_t i = 0; i < COUNT(shortages); i++) {
		for (n = 1; !run_short(&shortages[i], n); n++)
			;
		CU_ASSERT(n > 1);
	}
}

static void
an_agreement_short_of_memory_opens_no_channel(void)
{
	static uint8_t p[128];
	struct sm_host host;
	unsigned long n;
	struct wr wr;
	uint16_t sw;
	int through = 0;

	begin();
	OK(sm_host_start(&host));
	wr_init(&wr, p, sizeof(p));
	wr_bytes(&wr, "\x00\x86\x00\x00\x45\x7c\x43\x80\x41", 9);
	wr_bytes(&wr, host.point, SM_POINT);
	wr_u8(&wr, 0);
	for (n = 1; !through; n++) {
		new_card(NEW_CARD);
		CU_ASSERT_EQUAL(deck_hex(&d, "002241A4 0F 800A04007F00070202030204 840101"), SW_OK);
		from_now(n);
		sw = deck_send(&d, p, wr.n);
		through = is_through();
		CU_ASSERT(sw == SW_OK || (!through && (sw == SW_INTERNAL || sw == SW_DATA)));
		CU_ASSERT_EQUAL(d.card.sm.open, sw == SW_OK);
	}
	OPENSSL_cleanse(&host, sizeof(host));
}

static void
a_host_short_of_memory_has_no_channel(void)
{
	unsigned long n;
	struct sm_host host;
	struct sm sm;
	int r, through = 0;

	begin();
	for (n = 1; !through; n++) {
		from_now(n);
		r = sm_host_start(&host);
		through = is_through();
		CU_ASSERT(r == 0 || (!through && r == ERR_CRYPTO));
	}
	through = 0;
	for (n = 1; !through; n++) {
		uint8_t point[SM_POINT], nonce[SM_NONCE], token[SM_TOKEN];
		struct sm card;

		OK(sm_host_start(&host));
		memcpy(point, host.point, sizeof(point));
		OK(sm_card_answer(base[NEW_CARD].card.data.device_scalar, host.point, nonce, token,
		    &card));
		from_now(n);
		r = sm_host_finish(&host, point, nonce, token, &sm);
		through = is_through();
		/* The token is of another card's point. */
		CU_ASSERT(r == ERR_MAC || (!through && (r == ERR_CRYPTO || r == ERR_FORMAT)));
		CU_ASSERT_EQUAL(sm.open, 0);
		sm_close(&card);
	}
}

static void
a_factory_short_of_memory_makes_no_card(void)
{
	static struct card_data data, none;
	static char cert[FACTORY_PEM_MAX], key[FACTORY_PEM_MAX], other[FACTORY_PEM_MAX];
	unsigned long n;
	int r, through = 0;

	begin();
	OK(factory_issuer(cert, key, 1700000000));
	for (n = 1; !through; n++) {
		memset(&data, 0xff, sizeof(data));
		from_now(n);
		r = factory_card(&data, "tcos", cert, key, 1700000000);
		through = is_through();
		CU_ASSERT(r == 0 || !through);
		CU_ASSERT(r == 0 ? card_data_is_sound(&data) :
		    memcmp(&data, &none, sizeof(data)) == 0);
	}
	through = 0;
	for (n = 1; !through; n++) {
		from_now(n);
		r = factory_issuer(cert, other, 1700000000);
		through = is_through();
		CU_ASSERT(r == 0 || (!through && other[0] == '\0'));
	}
}

static const struct sentence sentences[] = {
	SENTENCE(a_command_short_of_memory_fails_whole),
	SENTENCE(an_agreement_short_of_memory_opens_no_channel),
	SENTENCE(a_host_short_of_memory_has_no_channel),
	SENTENCE(a_factory_short_of_memory_makes_no_card),
};

SUITE("card_memory", sentences)
