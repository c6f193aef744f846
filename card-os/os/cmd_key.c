#include <string.h>

#include "card-os/apps/slot_user.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/access.h"
#include "card-os/os/commands.h"
#include "card-os/os/files.h"
#include "card-os/os/keys.h"
#include "card-os/os/se.h"

/* Keys that come from outside (ours), and GENERATE ASYMMETRIC KEY PAIR, ISO 7816-8:2004 5.1. */

enum {
	LOAD_HERE = 0x3fff,		/* PUT DATA for the current DF, ISO 7816-4:2005 7.4.3 */
	TAG_PRIVATE = 0x7f48,
	TAG_REF = 0x84,
	TAG_SIGN = 0xb6,
	TAG_DECIPHER = 0xb8,
	P1_GENERATE = 0x80,
	P1_READ = 0x81,
};

/* Puts a key where one may be loaded or made: the words of access_check, 6581, 6F00. */
static uint16_t
save(struct card *c, uint16_t file, const struct key *k)
{
	uint16_t sw;

	card_begin(c);
	key_put(&c->next, file, k);
	if ((sw = card_commit_sw(c)) == SW_OK)
		c->proven[file] = 0;
	return sw;
}

/* The credential's keys come and go as a whole. */
static uint16_t
may_change(const struct card *c, uint16_t file)
{
	return slot_user_owns(&c->data, file) ? SW_CONDITIONS : access_check(c, file, OP_LOAD);
}

/* 84 reference in the current DF, then what a key of its type is made of. */
static uint16_t
load(struct card *c, const uint8_t *p, size_t n)
{
	struct key k = { 0 };
	uint16_t file, sw;
	struct tlv ref;
	struct rd rd;
	int r;

	rd_init(&rd, p, n);
	if (tlv_next(&rd, &ref) != 1 || ref.tag != TAG_REF || ref.n != 1)
		return SW_DATA;
	if ((file = files_ref(&c->data, c->df, FILE_KEY, ref.p[0])) == CARD_NO_FILE)
		return SW_NO_REFERENCE;
	if ((sw = may_change(c, file)) != SW_OK)
		return sw;
	k.type = c->data.file[file].key;
	if ((r = key_decode(rd.p, rd.n, &k)) == 0 && (r = key_check(&k)) == 0)
		sw = save(c, file, &k);
	else
		sw = r == ERR_FORMAT ? SW_DATA : SW_INTERNAL;
	key_wipe(&k);
	return sw;
}

uint16_t
cmd_load(struct card *c, const struct apdu *a, struct wr *out)
{
	struct tlv t;
	struct rd rd;

	(void)out;
	if ((a->p1 << 8 | a->p2) != LOAD_HERE)
		return SW_P1P2;
	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	rd_init(&rd, a->data, a->nc);
	if (tlv_next(&rd, &t) != 1 || rd_end(&rd) != 0)
		return SW_DATA;
	if (t.tag == SLOT_USER_TAG)
		return slot_user_load(c, t.p, t.n);
	return t.tag == TAG_PRIVATE ? load(c, t.p, t.n) : SW_DATA;
}

/* Which key is meant: B6 or B8 {84 reference}, else what was chosen for signing or deciphering. */
static uint16_t
find(const struct card *c, const struct apdu *a, uint16_t *file)
{
	const struct card_choice *use = c->se.use;
	enum card_se_use for_what = use[SE_SIGN].key != 0 ? SE_SIGN : SE_DECIPHER;
	uint8_t ref = use[for_what].key;
	struct tlv all, t;
	struct rd rd;

	if (a->nc != 0) {
		rd_init(&rd, a->data, a->nc);
		if (tlv_next(&rd, &all) != 1 || rd_end(&rd) != 0 ||
		    (all.tag != TAG_SIGN && all.tag != TAG_DECIPHER))
			return SW_DATA;
		rd_init(&rd, all.p, all.n);
		if (tlv_next(&rd, &t) != 1 || rd_end(&rd) != 0 || t.tag != TAG_REF || t.n != 1)
			return SW_DATA;
		for_what = all.tag == TAG_SIGN ? SE_SIGN : SE_DECIPHER;
		ref = t.p[0];
	}
	if (ref == 0)
		return SW_CONDITIONS;
	*file = se_find(c, ref, for_what);
	return *file == CARD_NO_FILE ? SW_NO_REFERENCE : SW_OK;
}

/* What Ne has no room for is said before anything changes; the rest of a long one is fetched. */
static uint16_t
check_room(const struct card *c, const struct apdu *a, const struct wr *out)
{
	if (out->n <= a->ne || (!c->protected && !a->extended && a->ne == APDU_NE_SHORT))
		return SW_OK;
	return out->n <= APDU_NE_SHORT ? (uint16_t)(SW_LE | (out->n & 0xff)) : SW_LENGTH;
}

static uint16_t
generate(struct card *c, uint16_t file, const struct apdu *a, struct wr *out)
{
	struct key k = { 0 };
	uint16_t sw;

	if ((sw = may_change(c, file)) != SW_OK)
		return sw;
	if (key_generate(c->data.file[file].key, &k) != 0) {
		sw = SW_INTERNAL;
	} else {
		key_put_public(out, &k);
		if ((sw = check_room(c, a, out)) == SW_OK)
			sw = save(c, file, &k);
	}
	key_wipe(&k);
	return sw;
}

static uint16_t
read_public(const struct card *c, uint16_t file, struct wr *out)
{
	struct key k;
	uint16_t sw = SW_OK;

	if (!files_is_in_use(&c->data, file))
		return SW_CONDITIONS;
	key_get(&c->data, file, &k);
	if (k.there)
		key_put_public(out, &k);
	else
		sw = SW_NOT_USABLE;
	key_wipe(&k);
	return sw;
}

uint16_t
cmd_generate(struct card *c, const struct apdu *a, struct wr *out)
{
	uint16_t file, sw;

	if ((a->p1 != P1_GENERATE && a->p1 != P1_READ) || a->p2 != 0)
		return SW_P1P2;
	if (a->ne == 0)
		return SW_LENGTH;
	if ((sw = find(c, a, &file)) != SW_OK)
		return sw;
	return a->p1 == P1_GENERATE ? generate(c, file, a, out) : read_public(c, file, out);
}
