#include "card-os/apps/slot_user.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/access.h"
#include "card-os/os/commands.h"
#include "card-os/os/files.h"
#include "card-os/os/pins.h"

/* GET DATA and PUT DATA, ISO 7816-4:2005 7.4: objects of the current DF. */

enum { TAG_LIST = 0x5c, OBJECT_HEAD_MAX = 2 + 3 };

/* What is told about the PIN of an application. */
static uint16_t
put_pin_state(const struct card *c, struct wr *out)
{
	uint16_t file = pin_meant(&c->data, c->df, PIN_REF);
	struct pin pin;

	if (file == CARD_NO_FILE)
		return SW_NO_REFERENCE;
	pin_get(&c->data, file, &pin);
	wr_u8(out, PIN_REF);
	wr_u8(out, pin.tries);
	wr_u8(out, pin.tries_max);
	wr_u8(out, pin.factory);
	return SW_OK;
}

/*
 * 7.4.1: tags of one byte, of two bytes, and 02xx, which stands for no BER tag. Of a tag of two
 * bytes the first ends in five ones and the second is 1F to 7F (5.2.2.1).
 */
static int
may_be_tag(unsigned tag)
{
	if (tag >> 8 == 0)
		return tag >= 0x40 && (tag & 0x1f) != 0x1f;
	if (tag >> 8 == 2)
		return 1;
	return tag >= 0x4000 && (tag >> 8 & 0x1f) == 0x1f && (tag & 0xff) >= 0x1f &&
	    (tag & 0x80) == 0;
}

uint16_t
cmd_get_data(struct card *c, const struct apdu *a, struct wr *out)
{
	uint16_t tag = (uint16_t)(a->p1 << 8 | a->p2), i, sw;

	if (a->nc != 0 || a->ne == 0)
		return SW_LENGTH;
	if (tag == DO_PIN_STATE)
		return put_pin_state(c, out);
	if ((sw = access_check(c, c->df, OP_READ)) != SW_OK)
		return sw;
	if ((i = files_object(&c->data, c->df, tag)) == CARD_NO_FILE)
		return SW_NO_REFERENCE;
	wr_bytes(out, files_bytes(&c->data, i), c->data.file[i].size);
	return SW_OK;
}

static void
put_object(const struct card *c, struct wr *out, uint16_t i)
{
	tlv_put(out, c->data.file[i].fid, files_bytes(&c->data, i), c->data.file[i].size);
}

/* All of them, those without a BER tag left out. */
static uint16_t
put_all(const struct card *c, struct wr *out)
{
	for (uint16_t i = 0; i < c->data.files_n; i++)
		if (c->data.file[i].kind == FILE_OBJECT && c->data.file[i].parent == c->df &&
		    c->data.file[i].fid >> 8 != 2)
			put_object(c, out, i);
	return out->n == 0 ? SW_NO_REFERENCE : SW_OK;
}

/* The objects of a list of tags (8.4.2); each has one byte or two. */
static uint16_t
put_listed(const struct card *c, struct wr *out, const struct tlv *list)
{
	struct rd rd;
	uint16_t tag, i;

	rd_init(&rd, list->p, list->n);
	while (rd.n > 0) {
		tag = rd_u8(&rd);
		if ((tag & 0x1f) == 0x1f)
			tag = (uint16_t)(tag << 8 | rd_u8(&rd));
		if (rd.err != 0 || !may_be_tag(tag) || tag >> 8 == 2)
			return SW_DATA;
		if ((i = files_object(&c->data, c->df, tag)) == CARD_NO_FILE)
			return SW_NO_REFERENCE;
		/* A tag may stand in it many times, and so ask for more than an answer can have. */
		if (out->cap - out->n < (size_t)c->data.file[i].size + OBJECT_HEAD_MAX)
			return SW_LENGTH;
		put_object(c, out, i);
	}
	return SW_OK;
}

/* With a list of tags in 5C: the objects whole, those of an empty list being all. */
uint16_t
cmd_get_data_odd(struct card *c, const struct apdu *a, struct wr *out)
{
	struct tlv list;
	struct rd rd;
	uint16_t sw;

	if (a->p1 != 0x3f || a->p2 != 0xff)
		return SW_P1P2;
	if (a->nc == 0 || a->ne == 0)
		return SW_LENGTH;
	if ((sw = access_check(c, c->df, OP_READ)) != SW_OK)
		return sw;
	rd_init(&rd, a->data, a->nc);
	if (tlv_next(&rd, &list) != 1 || rd_end(&rd) != 0 || list.tag != TAG_LIST)
		return SW_DATA;
	return list.n == 0 ? put_all(c, out) : put_listed(c, out, &list);
}

/* The place of an object in what is being changed, made when there is none. */
static uint16_t
place_of(struct card *c, uint16_t tag)
{
	struct card_file f = {
		.kind = FILE_OBJECT, .life = LIFE_ACTIVATED, .fid = tag, .parent = c->df,
	};
	uint16_t i = files_object(&c->next, c->df, tag);

	return i != CARD_NO_FILE ? i : files_add(&c->next, &f);
}

/* Ours: no data takes the object away. */
uint16_t
cmd_put_data(struct card *c, const struct apdu *a, struct wr *out)
{
	uint16_t tag = (uint16_t)(a->p1 << 8 | a->p2), i, sw;

	(void)out;
	if (!may_be_tag(tag))
		return SW_P1P2;
	if (a->ne != 0)
		return SW_LENGTH;
	if ((sw = access_check(c, c->df, OP_CREATE)) != SW_OK)
		return sw;
	card_begin(c);
	if (a->nc == 0) {
		if ((i = files_object(&c->next, c->df, tag)) == CARD_NO_FILE)
			return SW_NO_REFERENCE;
		files_remove(&c->next, i);
	} else if ((i = place_of(c, tag)) == CARD_NO_FILE ||
	    files_fill(&c->next, i, a->data, a->nc) != 0 || slot_user_is_short(c)) {
		return SW_NO_ROOM;
	}
	return card_commit_sw(c);
}
