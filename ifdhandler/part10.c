#include "ifdhandler/part10.h"

#include "card-os/iso7816/err.h"
#include "ifdhandler/ctbcs.h"
#include "ifdhandler/log.h"
#include "ifdhandler/part10_properties.h"
#include "ifdhandler/part10_structure.h"
#include "ifdhandler/pin.h"

/* PC/SC Part 10 2.2: codes of the request itself, in pcsc-lite's form and in that of Windows. */
enum { GET_FEATURES = 0x42000d48, GET_FEATURES_WINDOWS = 0x313520, FEATURE_BASE = 0x42330000 };

enum { UNIVERSAL_HEAD = 4, UNIVERSAL_MAX = 0xffff };

struct call {
	struct slot *slot;
	const struct reader_properties *reader;
	const uint8_t *p;
	size_t n;
	struct wr *wr;
};

static int
decode(const struct call *c, uint8_t kind, struct padlink_pin *pin)
{
	return kind == PADLINK_PIN_VERIFY ? part10_verify(c->p, c->n, c->reader, pin) :
	    part10_modify(c->p, c->n, c->reader, pin);
}

/* 2.5: at once. ---------------------------------------------------------------------------- */

static int
direct(struct call *c, uint8_t kind)
{
	struct padlink_pin pin;
	uint16_t sw = 0;
	int r;

	if ((r = decode(c, kind, &pin)) == 0)
		r = pin_enter(c->slot, &pin, &sw);
	if (r == ERR_FORMAT)
		sw = SW_PAD_STRUCTURE;
	else if (r == ERR_DENIED)
		sw = SW_PAD_REFUSED;
	else if (r != 0)
		return r;
	wr_u16(c->wr, sw);
	return 0;
}

static int
verify_direct(struct call *c)
{
	return direct(c, PADLINK_PIN_VERIFY);
}

static int
modify_direct(struct call *c)
{
	return direct(c, PADLINK_PIN_MODIFY);
}

/* In steps. -------------------------------------------------------------------------------- */

static int
start(struct call *c, uint8_t kind)
{
	struct padlink_pin pin;
	int r;

	if ((r = decode(c, kind, &pin)) == 0)
		r = pin_start(c->slot, &pin);
	if (r == ERR_FORMAT || r == ERR_DENIED)
		wr_u8(c->wr, PART10_START_BAD);
	else if (r == ERR_BUSY)
		wr_u8(c->wr, PART10_START_BUSY);
	else
		return r;
	return 0;
}

static int
verify_start(struct call *c)
{
	return start(c, PADLINK_PIN_VERIFY);
}

static int
modify_start(struct call *c)
{
	return start(c, PADLINK_PIN_MODIFY);
}

static int
finish(struct call *c, uint8_t kind)
{
	uint16_t sw = 0;
	int r;

	if ((r = pin_finish(c->slot, kind, &sw)) == 0)
		wr_u16(c->wr, sw);
	return r;
}

static int
verify_finish(struct call *c)
{
	return finish(c, PADLINK_PIN_VERIFY);
}

static int
modify_finish(struct call *c)
{
	return finish(c, PADLINK_PIN_MODIFY);
}

static int
key_pressed(struct call *c)
{
	uint8_t key = PADLINK_PRESSED_NONE;
	int r;

	if ((r = pin_key(c->slot, &key)) == 0)
		wr_u8(c->wr, key);
	return r;
}

static int
abort_entry(struct call *c)
{
	return pin_abort(c->slot);
}

/* The others. ------------------------------------------------------------------------------ */

static int
pin_properties(struct call *c)
{
	part10_pin_properties(c->reader, c->wr);
	return 0;
}

static int
tlv_properties(struct call *c)
{
	part10_tlv_properties(c->reader, c->wr);
	return 0;
}

static int
mct_direct(struct call *c)
{
	return ctbcs_run(c->slot, c->reader, c->p, c->n, c->wr);
}

/* An APDU for the card. Without one, or without power, the reader itself answers. */
static int
to_card(struct call *c, const uint8_t *p, size_t n, uint8_t *from)
{
	struct reader *reader = c->slot->reader;
	size_t room = c->wr->cap - c->wr->n;
	int r;

	*from = MCT_ICC;
	if (!slot_look(c->slot))
		r = ERR_NO_CARD;
	else if (!c->slot->powered)
		r = ERR_NOT_NOW;
	else
		r = reader->ops->transmit(reader, p, n, c->wr->p + c->wr->n, &room);
	if (r == ERR_NO_CARD || r == ERR_NOT_NOW) {
		*from = MCT_CT;
		wr_u16(c->wr, r == ERR_NO_CARD ? SW_PAD_NO_CARD : SW_PAD_NOT_POWERED);
		return 0;
	}
	if (r == 0)
		c->wr->n += room;
	return r;
}

/* {SAD, DAD, length LE16, APDU}, and the same back. */
static int
mct_universal(struct call *c)
{
	const size_t at = c->wr->n;
	uint8_t sad, dad, from = MCT_CT;
	size_t n;
	struct rd rd;
	int r;

	rd_init(&rd, c->p, c->n);
	sad = rd_u8(&rd);
	dad = rd_u8(&rd);
	n = rd_u8(&rd);
	n |= (size_t)rd_u8(&rd) << 8;
	if (rd.err != 0 || n != rd.n || n < 4 || sad != MCT_HOST)
		return ERR_FORMAT;
	wr_zero(c->wr, UNIVERSAL_HEAD);
	if (dad == MCT_CT)
		r = ctbcs_run(c->slot, c->reader, rd.p, n, c->wr);
	else if (dad == MCT_ICC)
		r = to_card(c, rd.p, n, &from);
	else
		r = ERR_FORMAT;
	if (r != 0 || (r = wr_end(c->wr)) != 0)
		return r;
	if ((n = c->wr->n - at - UNIVERSAL_HEAD) > UNIVERSAL_MAX)
		return ERR_SIZE;
	c->wr->p[at] = from;
	c->wr->p[at + 1] = sad;
	c->wr->p[at + 2] = (uint8_t)n;
	c->wr->p[at + 3] = (uint8_t)(n >> 8);
	return 0;
}

enum { NOTHING = 0, DIRECT = PADLINK_HAS_DIRECT, STEPS = PADLINK_HAS_START };

static const struct feature {
	const char *name;	/* of the driver's log */
	uint8_t tag;
	uint8_t needs;		/* any of these, and keys */
	uint8_t room;		/* that the answer must have before anything is done */
	int (*run)(struct call *);
} features[] = {
	{ "VERIFY_PIN_START", 0x01, STEPS, 1, verify_start },
	{ "VERIFY_PIN_FINISH", 0x02, STEPS, 2, verify_finish },
	{ "MODIFY_PIN_START", 0x03, STEPS, 1, modify_start },
	{ "MODIFY_PIN_FINISH", 0x04, STEPS, 2, modify_finish },
	{ "GET_KEY_PRESSED", 0x05, STEPS, 1, key_pressed },
	{ "VERIFY_PIN_DIRECT", 0x06, DIRECT, 2, verify_direct },
	{ "MODIFY_PIN_DIRECT", 0x07, DIRECT, 2, modify_direct },
	{ "MCT_READER_DIRECT", 0x08, NOTHING, 2, mct_direct },
	{ "MCT_UNIVERSAL", 0x09, NOTHING, UNIVERSAL_HEAD + 2, mct_universal },
	{ "IFD_PIN_PROPERTIES", 0x0a, DIRECT | STEPS, 4, pin_properties },
	{ "ABORT", 0x0b, STEPS, 0, abort_entry },
	{ "GET_TLV_PROPERTIES", 0x12, NOTHING, 0, tlv_properties },
};

static int
offered(const struct feature *f, const struct reader_properties *reader)
{
	return f->needs == NOTHING ||
	    ((reader->features & f->needs) != 0 && reader->pin_max > 0);
}

static void
list(const struct reader_properties *reader, struct wr *wr)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (offered(&features[i], reader)) {
			wr_u8(wr, features[i].tag);
			wr_u8(wr, 4);
			wr_u32(wr, FEATURE_BASE + (uint32_t)features[i].tag);
		}
}

static const struct feature *
find(const struct reader_properties *reader, unsigned long code)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (code == FEATURE_BASE + (unsigned long)features[i].tag &&
		    offered(&features[i], reader))
			return &features[i];
	return NULL;
}

int
part10_control(struct slot *slot, unsigned long code, const uint8_t *p, size_t n, struct wr *wr)
{
	struct reader_properties reader;
	struct call c = { slot, &reader, p, n, wr };
	const struct feature *f;
	int r = ERR_UNSUPPORTED;

	slot->reader->ops->properties(slot->reader, &reader);
	if (code == GET_FEATURES || code == GET_FEATURES_WINDOWS) {
		list(&reader, wr);
		r = 0;
	} else if ((f = find(&reader, code)) != NULL) {
		ifd_log("%s", f->name);
		r = wr->cap - wr->n < f->room ? ERR_SIZE : f->run(&c);
	}
	return r != 0 ? r : wr_end(wr);
}
