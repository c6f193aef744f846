#include "hsm/ceremony/backup.h"

#include <stdio.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/rows.h"

static const char key_name[] = "MBK";

/* The set is told before the first prompt, so that whoever resumes knows the quorum. */
static int
key_is_made(struct ceremony *c)
{
	struct journal *j = c->env->journal;
	struct backup *b = &c->backup;
	struct share_header head;
	struct share_set set;
	int r;

	memset(&head, 0, sizeof(head));
	memset(&set, 0, sizeof(set));
	head.mode = c->mode;
	head.k = c->k;
	head.n = c->n;
	head.date = c->env->now(c->env->arg);
	(void)snprintf(head.label, sizeof(head.label), "%s", c->status.label);
	(void)snprintf(head.key_name, sizeof(head.key_name), "%s", key_name);
	if (RAND_bytes(head.set, sizeof(head.set)) != 1)
		return ERR_CRYPTO;
	if ((r = mbk_make(&b->key)) != 0 || (r = share_split(&b->key, &head, b->made, &set)) != 0)
		return r;
	b->have_key = 1;
	if ((r = j->ops->set(j, &set)) != 0)
		return r;
	c->before = c->status.set;
	c->have_before = c->status.have_set;
	c->status.set = set;
	c->status.have_set = 1;
	c->status.written = 0;
	memset(c->status.serial, 0, sizeof(c->status.serial));
	c->result->head = set.head;
	c->result->have_head = 1;
	return 0;
}

/* A card that has a share of this set already must not lose it to another one. */
static int
card_is_new(struct ceremony *c)
{
	unsigned x;
	int r;

	if ((r = card_is_known(c)) != 0)
		return r;
	for (x = 1; x <= quorum_n(c); x++)
		if (share_is_written(c, x) && strcmp(c->status.serial[x - 1], c->known.serial) == 0)
			return ERR_SAME_CARD;
	return 0;
}

/* A share of a broken-off set is worth nothing; that of another LIVE set may be somebody's last. */
static int
card_holds_another(const struct ceremony *c)
{
	const struct share_header *h = &c->on_card;

	if (!c->holds || h->mode != SHARE_LIVE ||
	    memcmp(h->set, c->status.set.head.set, SET_ID_LEN) == 0)
		return 0;
	return !c->have_before || memcmp(h->set, c->before.head.set, SET_ID_LEN) != 0;
}

static int
share_goes_out(struct ceremony *c)
{
	return card_share_write(&c->known, &c->backup.made[c->card - 1]);
}

/* In constant time; as records: each byte that a card holds counts. */
static int
is_same(const struct share *a, const struct share *b)
{
	uint8_t p[2][SHARE_RECORD_LEN];
	int same;

	same = share_encode(a, p[0]) == 0 && share_encode(b, p[1]) == 0 &&
	    CRYPTO_memcmp(p[0], p[1], sizeof(p[0])) == 0;
	OPENSSL_cleanse(p, sizeof(p));
	return same;
}

int
share_is_proven(struct ceremony *c, const struct share *s)
{
	struct share *back = &c->backup.back;
	int r;

	if ((r = card_share_read(&c->known, back)) == 0 && !is_same(back, s))
		r = ERR_SHARE_DAMAGED;
	share_wipe(back, 1);
	return r;
}

static int
share_comes_back(struct ceremony *c)
{
	struct journal *j = c->env->journal;
	const struct share *made = &c->backup.made[c->card - 1];
	unsigned x = c->card;
	int r;

	if ((r = share_is_proven(c, made)) != 0 ||
	    (r = j->ops->written(j, (uint8_t)x, c->known.serial, made->check)) != 0)
		return r;
	c->status.written = (uint16_t)(c->status.written | 1u << (x - 1));
	(void)snprintf(c->status.serial[x - 1], sizeof(c->status.serial[0]), "%s",
	    c->known.serial);
	card_was_seen(c, x);
	return 0;
}

static const struct step hand_over[] = {
	ROW_INSERT("Insert %u. card\npress OK/Cancel",
	    "The holder of card %u inserts it and presses OK."),
	{ .name = "known", .show = "Please wait", .run = card_is_new },
	ROW_OVERWRITE(card_holds_another),
	ROW_PIN("holder"),
	{ .name = "write", .show = "Please wait", .say = "The card stays in until the next prompt.",
	  .flags = STEP_WRITES, .run = share_goes_out },
	{ .name = "prove", .show = "Please wait", .run = share_comes_back },
	{ 0 }
};

static const struct step make_steps[] = {
	{ .name = "make", .run = key_is_made },
	{ 0 }
};

static const struct step create_steps[] = {
	{ .name = "begin", .show = "\aWrite New Key\npress OK/Cancel",
	  .say = "The operator presses OK.", .flags = STEP_ASKS },
	{ .name = "cards", .each = hand_over, .count = quorum_n, .skip = share_is_written,
	  .front = "Write card %u of %n" },
	{ 0 }
};

const struct phase backup_make = { "backup-create", make_steps, NULL };
const struct phase backup_create = { "backup-create", create_steps, NULL };
