#include "hsm/vault/slot_record.h"

#include <string.h>

#include "card-os/iso7816/err.h"

enum { VERSION = 1 };

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
pass_is_sound(const struct slot_pass *p)
{
	if (!p->set)
		return !p->change && !p->enveloped && !p->stored && p->left == 0 &&
		    p->cost == 0 && is_zero(p->salt, sizeof(p->salt)) &&
		    is_zero(p->verifier, sizeof(p->verifier)) &&
		    is_zero(p->envelope_salt, sizeof(p->envelope_salt)) &&
		    is_zero(p->envelope, sizeof(p->envelope)) && is_zero(p->kept, sizeof(p->kept));
	/* What the device knows must not open a slot that a person has to open. */
	return p->left <= SLOT_TRIES && (p->cost == SLOT_COST || p->cost == SLOT_COST_NONE) &&
	    !(p->enveloped && p->stored) &&
	    (p->enveloped || (is_zero(p->envelope_salt, sizeof(p->envelope_salt)) &&
	    is_zero(p->envelope, sizeof(p->envelope)))) &&
	    (p->stored || is_zero(p->kept, sizeof(p->kept)));
}

static int
is_sound(const struct slot_record *rec)
{
	if (!pass_is_sound(&rec->user) || !pass_is_sound(&rec->so) || !rec->so.set)
		return 0;
	switch (rec->mode) {
	case SLOT_AUTO:
		return rec->user.stored;
	case SLOT_CODE:
		return rec->user.set == rec->user.enveloped && !rec->user.stored &&
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

int
slot_record_encode(const struct slot_record *rec, uint8_t p[SLOT_RECORD_LEN])
{
	struct wr wr;

	if (!is_sound(rec))
		return ERR_ARG;
	wr_init(&wr, p, SLOT_RECORD_LEN);
	wr_u8(&wr, VERSION);
	wr_u8(&wr, rec->mode);
	wr_bytes(&wr, rec->label, sizeof(rec->label));
	wr_bytes(&wr, rec->serial, sizeof(rec->serial));
	wr_u64(&wr, rec->generation);
	put_pass(&wr, &rec->user);
	put_pass(&wr, &rec->so);
	wr_bytes(&wr, rec->automatic, sizeof(rec->automatic));
	return wr_end(&wr) == 0 && wr.n == SLOT_RECORD_LEN ? 0 : ERR_INTERNAL;
}

int
slot_record_decode(const uint8_t *p, size_t n, struct slot_record *rec)
{
	struct rd rd;
	int r;

	memset(rec, 0, sizeof(*rec));
	rd_init(&rd, p, n);
	if (rd_u8(&rd) != VERSION)
		return ERR_VERSION;
	rec->mode = rd_u8(&rd);
	rd_bytes(&rd, rec->label, sizeof(rec->label));
	rd_bytes(&rd, rec->serial, sizeof(rec->serial));
	rec->generation = rd_u64(&rd);
	get_pass(&rd, &rec->user);
	get_pass(&rd, &rec->so);
	rd_bytes(&rd, rec->automatic, sizeof(rec->automatic));
	r = rd_end(&rd) == 0 && is_sound(rec) ? 0 : ERR_FORMAT;
	if (r != 0)
		memset(rec, 0, sizeof(*rec));
	return r;
}
