#include "card-os/os/internal.h"

#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"
#include "card-os/os/keys.h"

enum {
	TAG_REF = 0x83,
	TAG_PIN = 0x90,		/* digits, tries, the PUK's reference */
	TAG_KEY = 0x91,		/* enum key_type */
};

void
internal_put(struct wr *wr, const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];
	size_t opened = tlv_open(wr, TAG_INTERNAL), inner;
	struct pin pin;

	tlv_put_u8(wr, TAG_REF, f->ref);
	if (f->kind == FILE_PIN) {
		pin_get(d, i, &pin);
		inner = tlv_open(wr, TAG_PIN);
		wr_u8(wr, pin.min);
		wr_u8(wr, pin.max);
		wr_u8(wr, pin.tries);
		wr_u8(wr, pin.tries_max);
		wr_u8(wr, pin.puk);
		tlv_close(wr, inner);
	} else {
		tlv_put_u8(wr, TAG_KEY, f->key);
	}
	tlv_close(wr, opened);
}

static int
get_pin(const struct tlv *t, const struct card_file *f, struct pin *pin)
{
	struct rd rd;

	rd_init(&rd, t->p, t->n);
	pin->min = rd_u8(&rd);
	pin->max = rd_u8(&rd);
	pin->tries = rd_u8(&rd);
	pin->tries_max = rd_u8(&rd);
	pin->puk = rd_u8(&rd);
	return !pin_is_sound(pin) || pin->puk == f->ref ? ERR_FORMAT : rd_end(&rd);
}

int
internal_get(const struct tlv *t, struct card_file *f, struct pin *pin)
{
	struct tlv ref, inner;
	struct rd rd;

	rd_init(&rd, t->p, t->n);
	if (!file_is_internal(f) || tlv_next(&rd, &ref) != 1 || tlv_next(&rd, &inner) != 1 ||
	    rd_end(&rd) != 0 || ref.tag != TAG_REF || ref.n != 1)
		return ERR_FORMAT;
	f->ref = ref.p[0];
	if (inner.tag == TAG_PIN) {
		f->size = PIN_CONTENT;
		return get_pin(&inner, f, pin);
	}
	if (inner.tag != TAG_KEY || inner.n != 1)
		return ERR_FORMAT;
	f->kind = FILE_KEY;
	f->key = inner.p[0];
	f->size = (uint16_t)key_content(f->key);
	return f->size == 0 ? ERR_FORMAT : 0;
}
