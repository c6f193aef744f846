#include "hsm/vault/slot_record.h"

#include <string.h>

#include "card-os/iso7816/err.h"

enum { VERSION_1 = 1, VERSION_2 = 2, VERSION = 3 };

enum { SET = 1, CHANGE = 2, ENVELOPED = 4, STORED = 8, ALL = SET | CHANGE | ENVELOPED | STORED };

static int
is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return 0;
	return 1;
}

static int
pass_is_sound(const struct slot_pass *p, int in_box)
{
	if (!p->set)
		return !p->change && !p->enveloped && !p->stored && p->left == 0 &&
		    p->cost == 0 && is_zero(p->salt, sizeof(p->salt)) &&
		    is_zero(p->verifier, sizeof(p->verifier)) &&
		    is_zero(p->envelope_salt, sizeof(p->envelope_salt)) &&
		    is_zero(p->envelope, sizeof(p->envelope)) && is_zero(p->kept, sizeof(p->kept));
	return p->left <= SLOT_TRIES && (p->cost == SLOT_COST || p->cost == SLOT_COST_NONE) &&
	    (p->enveloped || is_zero(p->envelope_salt, sizeof(p->envelope_salt))) &&
	    ((p->enveloped && !in_box) || is_zero(p->envelope, sizeof(p->envelope))) &&
	    (p->stored || is_zero(p->kept, sizeof(p->kept)));
}

/* Users one after the other, each with a point of the box's that is there when the box is. */
static int
cards_are_sound(const struct slot_record *rec)
{
	const struct slot_cards *c = &rec->cards;
	int sealed = rec->user.enveloped || rec->so.enveloped;

	if (c->users < 1 || c->users > USERS_MAX ||
	    sealed == is_zero(c->box, sizeof(c->box)))
		return 0;
	for (unsigned i = 0; i < USERS_MAX; i++) {
		const struct user_seat *seat = &c->seat[i];
		const uint8_t *point = c->ephemeral[i];

		if (i < c->users ? !seat_is_sound(seat) :
		    !is_zero((const uint8_t *)seat, sizeof(*seat)))
			return 0;
		if (sealed && i < c->users ? point[0] != 4 : !is_zero(point, USER_POINT))
			return 0;
	}
	return 1;
}

static int
audit_is_sound(const struct slot_audit *a)
{
	return a->point[0] == 4 || (is_zero(a->point, sizeof(a->point)) &&
	    is_zero(a->sealed, sizeof(a->sealed)));
}

static int
hold_is_sound(const struct slot_record *rec)
{
	const struct slot_hold *h = &rec->hold;

	return h->held <= 1 && (h->held ? rec->mode == SLOT_CARDS :
	    is_zero(h->boot, sizeof(h->boot)));
}

static int
is_sound(const struct slot_record *rec)
{
	static const struct slot_cards none;
	int in_box = rec->mode == SLOT_CARDS;

	if (!pass_is_sound(&rec->user, in_box) || !pass_is_sound(&rec->so, in_box) ||
	    !rec->so.set || !audit_is_sound(&rec->audit) || !hold_is_sound(rec))
		return 0;
	/* What the device knows must not open a slot that people have to open. */
	if ((rec->so.enveloped && rec->so.stored) ||
	    (rec->user.enveloped && rec->user.stored && !in_box))
		return 0;
	if (in_box ? !cards_are_sound(rec) : memcmp(&rec->cards, &none, sizeof(none)) != 0)
		return 0;
	switch (rec->mode) {
	case SLOT_AUTO:
		return rec->user.stored;
	case SLOT_CODE:
		return rec->user.set == rec->user.enveloped && !rec->user.stored &&
		    is_zero(rec->automatic, sizeof(rec->automatic));
	case SLOT_CARDS:
		return rec->user.set == rec->user.enveloped &&
		    is_zero(rec->automatic, sizeof(rec->automatic));
	default:
		return 0;
	}
}

static void
put_pass(struct wr *wr, const struct slot_pass *p)
{
	wr_u8(wr, (uint8_t)((p->set ? SET : 0) | (p->change ? CHANGE : 0) |
	    (p->enveloped ? ENVELOPED : 0) | (p->stored ? STORED : 0)));
	wr_u8(wr, p->left);
	wr_u8(wr, p->cost);
	wr_bytes(wr, p->salt, sizeof(p->salt));
	wr_bytes(wr, p->verifier, sizeof(p->verifier));
	wr_bytes(wr, p->envelope_salt, sizeof(p->envelope_salt));
	wr_bytes(wr, p->envelope, sizeof(p->envelope));
	wr_bytes(wr, p->kept, sizeof(p->kept));
}

static void
get_pass(struct rd *rd, struct slot_pass *p)
{
	uint8_t flags = rd_u8(rd);

	if ((flags & ~ALL) != 0)
		rd->err = ERR_FORMAT;
	p->set = (flags & SET) != 0;
	p->change = (flags & CHANGE) != 0;
	p->enveloped = (flags & ENVELOPED) != 0;
	p->stored = (flags & STORED) != 0;
	p->left = rd_u8(rd);
	p->cost = rd_u8(rd);
	rd_bytes(rd, p->salt, sizeof(p->salt));
	rd_bytes(rd, p->verifier, sizeof(p->verifier));
	rd_bytes(rd, p->envelope_salt, sizeof(p->envelope_salt));
	rd_bytes(rd, p->envelope, sizeof(p->envelope));
	rd_bytes(rd, p->kept, sizeof(p->kept));
}

static void
put_cards(struct wr *wr, const struct slot_cards *c)
{
	wr_u8(wr, c->users);
	for (unsigned i = 0; i < c->users; i++) {
		seat_put(wr, &c->seat[i]);
		wr_bytes(wr, c->ephemeral[i], USER_POINT);
	}
	if (c->users > 0)
		wr_bytes(wr, c->box, sizeof(c->box));
}

static void
get_cards(struct rd *rd, struct slot_cards *c)
{
	c->users = rd_u8(rd);
	if (c->users > USERS_MAX) {
		rd->err = ERR_FORMAT;
		return;
	}
	for (unsigned i = 0; i < c->users; i++) {
		seat_get(rd, &c->seat[i]);
		rd_bytes(rd, c->ephemeral[i], USER_POINT);
	}
	if (c->users > 0)
		rd_bytes(rd, c->box, sizeof(c->box));
}

int
slot_record_encode(const struct slot_record *rec, uint8_t p[SLOT_RECORD_MAX], size_t *n)
{
	struct wr wr;

	*n = 0;
	if (!is_sound(rec))
		return ERR_ARG;
	wr_init(&wr, p, SLOT_RECORD_MAX);
	wr_u8(&wr, VERSION);
	wr_u8(&wr, rec->mode);
	wr_bytes(&wr, rec->label, sizeof(rec->label));
	wr_bytes(&wr, rec->serial, sizeof(rec->serial));
	wr_u64(&wr, rec->generation);
	put_pass(&wr, &rec->user);
	put_pass(&wr, &rec->so);
	wr_bytes(&wr, rec->automatic, sizeof(rec->automatic));
	wr_bytes(&wr, rec->audit.point, sizeof(rec->audit.point));
	wr_bytes(&wr, rec->audit.sealed, sizeof(rec->audit.sealed));
	wr_u8(&wr, rec->hold.held);
	wr_bytes(&wr, rec->hold.boot, sizeof(rec->hold.boot));
	put_cards(&wr, &rec->cards);
	*n = wr.n;
	return wr_end(&wr) == 0 ? 0 : ERR_INTERNAL;
}

int
slot_record_decode(const uint8_t *p, size_t n, struct slot_record *rec)
{
	uint8_t version;
	struct rd rd;
	int r;

	memset(rec, 0, sizeof(*rec));
	rd_init(&rd, p, n);
	version = rd_u8(&rd);
	if (version < VERSION_1 || version > VERSION)
		return ERR_VERSION;
	rec->mode = rd_u8(&rd);
	rd_bytes(&rd, rec->label, sizeof(rec->label));
	rd_bytes(&rd, rec->serial, sizeof(rec->serial));
	rec->generation = rd_u64(&rd);
	get_pass(&rd, &rec->user);
	get_pass(&rd, &rec->so);
	rd_bytes(&rd, rec->automatic, sizeof(rec->automatic));
	if (version != VERSION_1) {
		rd_bytes(&rd, rec->audit.point, sizeof(rec->audit.point));
		rd_bytes(&rd, rec->audit.sealed, sizeof(rec->audit.sealed));
		if (version != VERSION_2) {
			rec->hold.held = rd_u8(&rd);
			rd_bytes(&rd, rec->hold.boot, sizeof(rec->hold.boot));
		}
		get_cards(&rd, &rec->cards);
	}
	r = rd_end(&rd) == 0 && is_sound(rec) ? 0 : ERR_FORMAT;
	if (r != 0)
		memset(rec, 0, sizeof(*rec));
	return r;
}
