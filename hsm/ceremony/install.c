#include "hsm/ceremony/plans.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/activate.h"
#include "hsm/ceremony/backup.h"
#include "hsm/ceremony/roster.h"
#include "hsm/ceremony/users.h"

/* SPEC 4, steps 1 to 5, and 6, which ceremony_advice says. */
const struct ceremony_plan install_plan = {
	.name = "install",
	.title = "Installation",
	.states = 1u << HSM_FACTORY,
	.installs = 1,
	.quorum = 1,
	.wants = roster_check,
	.phase = { &backup_make, &backup_create, &backup_read, &backup_commit, &users_make,
	    &users_finish, &activate_first },
	.ends = "Its command ends. It prints the set id and the key's check value: write both "
	    "down. It names the cards that still have the PIN of the factory, and advises to "
	    "change the cards' PINs: tell their holders.",
};

static void
add(char out[ADVICE_MAX], size_t *n, const char *text)
{
	size_t len = strlen(text);

	if (*n + len < ADVICE_MAX) {
		memcpy(out + *n, text, len + 1);
		*n += len;
	} else
		*n = ADVICE_MAX;
}

static void
add_hex(char out[ADVICE_MAX], size_t *n, const uint8_t *p, size_t len)
{
	char byte[3];
	size_t i;

	for (i = 0; i < len; i++) {
		(void)snprintf(byte, sizeof(byte), "%02x", p[i]);
		add(out, n, byte);
	}
}

static void
add_set(char out[ADVICE_MAX], size_t *n, const struct share_header *h)
{
	char line[64];

	add(out, n, "Set:          ");
	add_hex(out, n, h->set, sizeof(h->set));
	(void)snprintf(line, sizeof(line), " (%u of %u, %s)\nCheck value:  ", h->k, h->n,
	    h->mode == SHARE_LIVE ? "LIVE" : "TEST");
	add(out, n, line);
	add_hex(out, n, h->kcv, sizeof(h->kcv));
	add(out, n, "\n");
}

/* The first of a list has its heading. */
static void
add_card(char out[ADVICE_MAX], size_t *n, unsigned *listed, const char *line)
{
	if ((*listed)++ == 0)
		add(out, n, "These cards still have the PIN of the factory; "
		    "their holders should change it:\n");
	add(out, n, line);
}

int
ceremony_advice(const struct ceremony_result *result, char out[ADVICE_MAX])
{
	const struct share_header *h = &result->head;
	const struct ceremony_user_card *card;
	char line[128];
	unsigned x, i, listed = 0;
	size_t n = 0;

	out[0] = '\0';
	if (result->have_head)
		add_set(out, &n, h);
	for (x = 1; x <= h->n; x++) {
		if (!result->card[x - 1].factory_pin)
			continue;
		(void)snprintf(line, sizeof(line), "  card %u, %s\n", x,
		    result->card[x - 1].serial);
		add_card(out, &n, &listed, line);
	}
	for (i = 0; i < result->user_factory && i < USER_CARDS_NAMED; i++) {
		card = &result->user_card[i];
		(void)snprintf(line, sizeof(line), "  slot %u user %u card %u, %s\n", card->slot,
		    card->user, card->copy, card->serial);
		add_card(out, &n, &listed, line);
	}
	if (result->user_factory > i) {
		(void)snprintf(line, sizeof(line), "  and %u more of slot users\n",
		    result->user_factory - i);
		add_card(out, &n, &listed, line);
	}
	if (listed == 0)
		add(out, &n, "The holders should change the cards' PINs from time to time.\n");
	return n < ADVICE_MAX ? 0 : ERR_SIZE;
}
