#include "simulator/slot.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"

void
slot_init(struct slot *s)
{
	memset(s, 0, sizeof(*s));
	s->image.fd = -1;
}

static int
may_insert(const struct slot *s, const char *name)
{
	if (s->has != SLOT_EMPTY)
		return ERR_EXISTS;
	return strlen(name) > SLOT_NAME_MAX ? ERR_SIZE : 0;
}

int
slot_insert(struct slot *s, const char *name, const uint8_t *image, size_t n,
    struct card_store store)
{
	int r;

	if ((r = may_insert(s, name)) != 0)
		return r;
	if ((s->why = card_load(&s->card, image, n, store)) == 0)
		s->has = SLOT_CARD;
	else {
		card_wipe(&s->card);
		s->has = SLOT_MUTE;
	}
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->state.present = 1;
	s->state.changes++;
	return 0;
}

static int
save(void *arg, const uint8_t *p, size_t n)
{
	return image_save(arg, p, n);
}

int
slot_insert_file(struct slot *s, const char *name, const char *path)
{
	const struct card_store store = { save, &s->image };
	size_t n = 0;
	int r;

	if ((r = may_insert(s, name)) != 0 || (r = image_open(&s->image, path)) != 0)
		return r;
	/* A file that is too long for a card is a broken image as well. */
	if (image_read(&s->image, s->bytes, sizeof(s->bytes), &n) != 0)
		n = 0;
	r = slot_insert(s, name, s->bytes, n, store);
	OPENSSL_cleanse(s->bytes, sizeof(s->bytes));
	return r;
}

int
slot_remove(struct slot *s)
{
	if (s->has == SLOT_EMPTY)
		return ERR_NO_CARD;
	slot_power_down(s);
	card_wipe(&s->card);
	image_close(&s->image);
	s->has = SLOT_EMPTY;
	s->name[0] = '\0';
	s->state.present = 0;
	s->state.changes++;
	return 0;
}

uint8_t
slot_status(const struct slot *s)
{
	if (s->has == SLOT_EMPTY)
		return PADLINK_NO_CARD;
	if (s->has == SLOT_MUTE)
		return PADLINK_MUTE;
	return s->powered ? PADLINK_OK : PADLINK_NOT_POWERED;
}

uint8_t
slot_power_up(struct slot *s, uint8_t atr[ATR_MAX], size_t *n)
{
	if (s->has != SLOT_CARD)
		return slot_status(s);
	*n = card_power_up(&s->card, atr);
	s->powered = 1;
	return PADLINK_OK;
}

void
slot_power_down(struct slot *s)
{
	if (s->has == SLOT_CARD)
		card_power_down(&s->card);
	s->powered = 0;
}

size_t
slot_transmit(struct slot *s, const uint8_t *p, size_t n, uint8_t *rsp)
{
	return card_transmit(&s->card, p, n, rsp);
}
