#include "hsm/vault/store_parts.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"

void
tx_take(struct store *s)
{
	s->before = s->now;
	s->tx = 1;
	s->spoiled = 0;
	s->harmed = 0;
}

int
tx_begin(struct store *s)
{
	int r;

	if (s->tx)
		return ERR_NOT_NOW;
	if ((r = sql_begin(&s->sql)) == 0)
		tx_take(s);
	return r;
}

/* Of two states that share some of their keys: frees those that only `gone` has. */
static void
drop_keys(struct slots *gone, const struct slots *stays)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *g = &gone->slot[i];
		const struct slot *t = &stays->slot[i];

		if (g->key != t->key)
			secmem_free(&g->key, sizeof(*g->key));
		if (g->envelopes != t->envelopes)
			secmem_free(&g->envelopes, sizeof(*g->envelopes));
		for (unsigned d = 0; d < DOMAINS; d++)
			if (g->domain[d].keys != t->domain[d].keys)
				secmem_free(&g->domain[d].keys, sizeof(*g->domain[d].keys));
	}
}

void
slot_shut(struct slot *t)
{
	secmem_free(&t->key, sizeof(*t->key));
	secmem_free(&t->envelopes, sizeof(*t->envelopes));
	secmem_free(&t->domain[PRIVATE].keys, sizeof(*t->domain[PRIVATE].keys));
	t->shut = 0;
}

int
tx_end(struct store *s, int r)
{
	if (!s->tx)
		return r != 0 ? sql_end(&s->sql, r) : ERR_NOT_NOW;
	if (r == 0)
		r = s->spoiled;
	if (r == 0)
		r = slots_write(s);
	if ((r = sql_end(&s->sql, r)) == 0)
		drop_keys(&s->before, &s->now);
	else {
		drop_keys(&s->now, &s->before);
		s->now = s->before;
	}
	OPENSSL_cleanse(&s->before, sizeof(s->before));
	s->tx = 0;
	for (unsigned i = 0; i < SLOTS; i++) {
		if ((s->harmed & 1u << i) != 0)
			s->now.slot[i].damaged = 1;
		if ((s->harmed & 1u << i) != 0 || s->now.slot[i].shut)
			slot_shut(&s->now.slot[i]);
	}
	slots_tell(s);
	return r;
}

int
tx_join(struct store *s, int *own)
{
	*own = !s->tx;
	return *own ? tx_begin(s) : 0;
}

int
tx_leave(struct store *s, int own, int r)
{
	if (own)
		return tx_end(s, r);
	if (r != 0 && s->spoiled == 0)
		s->spoiled = r;
	return r;
}

int
slot_harmed(struct store *s, unsigned slot)
{
	if (s->tx) {
		s->harmed |= 1u << slot;
		return ERR_MAC;
	}
	s->now.slot[slot].damaged = 1;
	slot_shut(&s->now.slot[slot]);
	slots_tell(s);
	return ERR_MAC;
}

static void
tell_pass(const struct slot_pass *p, uint8_t *left, uint8_t *change)
{
	*left = p->set ? p->left : SLOT_TRIES;
	*change = p->change;
}

static void
tell_seats(const struct slot_cards *cards, struct slot_info *told)
{
	told->users = cards->users;
	told->copies = cards->seat[0].copies;
	for (unsigned i = 0; i < cards->users; i++) {
		told->seat[i].copies = cards->seat[i].copies;
		memcpy(told->seat[i].reader, cards->seat[i].reader, USER_READER_MAX);
	}
}

void
slots_tell(struct store *s)
{
	pthread_mutex_lock(&s->told_lock);
	for (unsigned i = 0; i < SLOTS; i++) {
		const struct slot *t = &s->now.slot[i];
		struct slot_info *told = &s->told[i];

		memset(told, 0, sizeof(*told));
		if (!t->present)
			continue;
		told->present = 1;
		told->mode = t->record.mode;
		told->initialised = t->record.so.set;
		told->user_set = t->record.user.set;
		told->open = t->key != NULL;
		told->damaged = t->damaged;
		tell_pass(&t->record.user, &told->user_left, &told->user_change);
		tell_pass(&t->record.so, &told->so_left, &told->so_change);
		told->so_made = t->record.so.stored;
		tell_seats(&t->record.cards, told);
		told->stored = t->record.mode == SLOT_CARDS && t->record.user.stored;
		told->held = t->record.hold.held;
		told->asking = (uint8_t)people_asking(s, i);
		memcpy(told->label, t->record.label, sizeof(told->label));
		memcpy(told->serial, t->record.serial, sizeof(told->serial));
		told->generation = t->record.generation;
		for (unsigned d = 0; d < DOMAINS; d++)
			told->objects += t->domain[d].m.count;
	}
	pthread_mutex_unlock(&s->told_lock);
}
