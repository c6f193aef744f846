#include "hsm/ceremony/backup.h"

#include <string.h>
#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/roster.h"
#include "hsm/ceremony/rows.h"

/* What the free header tells is checked before anybody types a PIN. */
static int
card_is_of_set(struct ceremony *c)
{
	const struct backup *b = &c->backup;
	unsigned i;
	int r;

	if ((r = card_is_known(c)) != 0)
		return r;
	if (!c->holds || share_header_of_set(&c->on_card, &c->status.set) != 0)
		return ERR_WRONG_CARD;
	for (i = 0; i < b->got_n; i++)
		if (b->got[i].head.x == c->on_card.x)
			return ERR_SAME_CARD;
	return 0;
}

static int
share_comes_in(struct ceremony *c)
{
	struct backup *b = &c->backup;
	struct share *s = &b->got[b->got_n];
	int r;

	if ((r = card_share_read(&c->known, s)) != 0 ||
	    (r = share_of_set(s, &c->status.set)) != 0) {
		share_wipe(s, 1);
		return r;
	}
	b->got_n++;
	card_was_seen(c, s->head.x);
	return 0;
}

/* SPEC 4: together the cards must have the key, before it is used for anything. */
static int
shares_agree(struct ceremony *c)
{
	struct backup *b = &c->backup;
	unsigned bad;

	return share_combine(b->got, b->got_n, &b->again, &bad);
}

static int
key_is_rebuilt(struct ceremony *c)
{
	struct backup *b = &c->backup;
	unsigned x, bad;
	int r;

	if ((r = share_combine(b->got, b->got_n, &b->key, &bad)) != 0)
		return r;
	b->have_key = 1;
	for (x = 1; r == 0 && x <= quorum_n(c); x++)
		if (!share_is_written(c, x))
			r = share_rebuild(b->got, b->got_n, (uint8_t)x, &b->made[x - 1],
			    &c->status.set, &bad);
	share_wipe(b->got, b->got_n);
	b->got_n = 0;
	return r;
}

static int
keys_agree(struct ceremony *c)
{
	const struct backup *b = &c->backup;
	uint8_t kcv[KCV_LEN];
	int r;

	c->result->head = c->status.set.head;
	c->result->have_head = 1;
	if ((r = mbk_kcv(&b->again, kcv)) != 0)
		return r;
	if (CRYPTO_memcmp(kcv, c->status.set.head.kcv, sizeof(kcv)) != 0)
		return ERR_SHARE_KCV;
	if (b->have_key && CRYPTO_memcmp(b->again.key, b->key.key, sizeof(b->key.key)) != 0)
		return ERR_SHARE_KCV;
	return 0;
}

static int
key_is_committed(struct ceremony *c)
{
	struct journal *j = c->env->journal;
	int r;

	if ((r = j->ops->commit(j, &c->backup.again)) != 0)
		return r;
	OPENSSL_cleanse(&c->backup, sizeof(c->backup));
	c->status.committed = 1;
	/* With slots that wait for their users it is done when these are there. */
	c->committed = c->result->made = !roster_wanted(c);
	return 0;
}

static const struct step hand_back[] = {
	ROW_INSERT("Insert %u. card\npress OK/Cancel",
	    "Any holder whose card was not read yet inserts it and presses OK; the card still "
	    "in the slot may be the first."),
	{ .name = "known", .show = "Please wait", .run = card_is_of_set },
	ROW_PIN("holder"),
	{ .name = "read", .show = "Please wait", .run = share_comes_in },
	{ 0 }
};

static const struct step read_steps[] = {
	{ .name = "begin", .show = "Read New Key\npress OK/Cancel",
	  .say = "The operator presses OK.", .flags = STEP_ASKS },
	{ .name = "cards", .each = hand_back, .count = quorum_k, .front = "Read card %u of %n" },
	{ .name = "combine", .show = "Please wait", .run = shares_agree },
	{ 0 }
};

static const struct step rebuild_steps[] = {
	{ .name = "rebuild", .show = "Please wait", .run = key_is_rebuilt },
	{ 0 }
};

static const struct step commit_steps[] = {
	{ .name = "compare", .show = "Please wait",
	  .say = "The HSM compares the key from the cards with the key in its memory.",
	  .run = keys_agree },
	{ .name = "commit", .show = "Please wait", .flags = STEP_COMMITS,
	  .say = "From here on the key is the HSM's.",
	  .run = key_is_committed },
	{ 0 }
};

const struct phase backup_read = { "backup-read", read_steps, NULL };
const struct phase backup_rebuild = { "backup-read", rebuild_steps, NULL };
const struct phase backup_commit = { "backup-commit", commit_steps, NULL };
