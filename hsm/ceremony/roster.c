#include "hsm/ceremony/roster.h"

#include <string.h>

#include "card-os/iso7816/err.h"

unsigned
roster_count(const struct ceremony *c)
{
	unsigned slot, n = 0;

	for (slot = 0; slot < CEREMONY_SLOTS; slot++)
		n += c->args->slot[slot].users;
	return n;
}

void
roster_seat(const struct ceremony *c, unsigned i, unsigned *slot, unsigned *user)
{
	for (*slot = 0; i > c->args->slot[*slot].users; (*slot)++)
		i -= c->args->slot[*slot].users;
	*user = i;
}

void
roster_take(struct ceremony *c, unsigned i)
{
	c->user = c->users = 0;
	if (i == 0)
		return;
	roster_seat(c, i, &c->slot, &c->user);
	c->users = c->args->slot[c->slot].users;
	c->issue.copies = 0;
}

int
roster_kept(const struct ceremony *c, unsigned i)
{
	return c->issue.kept >> (i - 1) & 1;
}

const struct ceremony_slot *
roster_slot(const struct ceremony *c)
{
	return &c->args->slot[c->slot];
}

const char *
roster_reader(const struct ceremony *c)
{
	return roster_slot(c)->reader[c->user - 1];
}

unsigned
roster_copies(const struct ceremony *c)
{
	return roster_slot(c)->copies;
}

int
roster_wanted(const struct ceremony *c)
{
	return roster_count(c) > 0;
}

static int
check(const struct ceremony_args *args, unsigned *slots)
{
	const struct ceremony_slot *s;
	unsigned i, u;

	*slots = 0;
	for (i = 0; i < CEREMONY_SLOTS; i++) {
		s = &args->slot[i];
		if (s->users == 0)
			continue;
		if (s->users > USERS_MAX || s->copies < 1 || s->copies > COPIES_MAX)
			return ERR_ARG;
		for (u = 0; u < s->users; u++)
			if (memchr(s->reader[u], '\0', USER_READER_MAX) == NULL)
				return ERR_ARG;
		(*slots)++;
	}
	return 0;
}

int
roster_check(const struct ceremony_args *args)
{
	unsigned slots;

	return check(args, &slots);
}

int
roster_check_one(const struct ceremony_args *args)
{
	unsigned slots;

	return check(args, &slots) != 0 || slots != 1 ? ERR_ARG : 0;
}
