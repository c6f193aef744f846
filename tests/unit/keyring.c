#include "tests/unit/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/tlv.h"
#include "card-os/os/files.h"
#include "card-os/os/keys.h"
#include "tests/unit/suite.h"

static uint16_t
add_df(struct card_data *data, uint16_t parent, uint16_t fid)
{
	struct card_file f = { .kind = FILE_DF, .life = LIFE_ACTIVATED, .fid = fid,
	    .parent = parent };

	return files_add(data, &f);
}

static void
add_key(struct card_data *data, uint16_t df, uint8_t type)
{
	struct card_file f = {
		.kind = FILE_KEY, .life = LIFE_ACTIVATED, .parent = df, .key = type,
		.fid = (uint16_t)(0x5110 + type), .ref = (uint8_t)(RING_RSA - 1 + type),
		.size = (uint16_t)key_content(type),
		.rule[OP_USE] = { ACCESS_ALWAYS, 0, 0 },
		.rule[OP_LOAD] = { ACCESS_ALWAYS, 0, 0 },
	};

	if (files_add(data, &f) == CARD_NO_FILE)
		abort();
}

static void
add_guarded(struct card_data *data, uint16_t df, uint16_t fid, uint8_t ref)
{
	struct card_file f = {
		.kind = FILE_EF, .life = LIFE_ACTIVATED, .parent = df, .fid = fid, .size = 1,
		.rule[OP_READ] = { ACCESS_KEY, 0, ref },
	};

	if (files_add(data, &f) == CARD_NO_FILE)
		abort();
}

void
keyring_new(struct deck *d)
{
	struct card_data *data = &d->card.next;
	struct wr wr;
	uint16_t df;

	deck_new(d);
	*data = d->card.data;
	df = add_df(data, 0, RING_DF);
	for (uint8_t type = KEY_RSA; type < KEY_TYPES; type++)
		add_key(data, df, type);
	add_guarded(data, df, RING_BY_AES, RING_AES);
	add_guarded(data, df, RING_BY_ROOT, RING_ROOT);
	add_df(data, df, RING_INNER_DF);
	wr_init(&wr, d->disk, sizeof(d->disk));
	if (card_data_encode(data, &wr) != 0)
		abort();
	d->n = wr.n;
	deck_reload(d);
	if (deck_hex(d, SELECT_RING) != SW_OK)
		abort();
}

uint16_t
keyring_file(const struct deck *d, uint8_t ref)
{
	return files_ref(&d->card.data, files_in(&d->card.data, 0, RING_DF), FILE_KEY, ref);
}

uint16_t
keyring_load(struct deck *d, uint8_t ref, const uint8_t *p, size_t n)
{
	static uint8_t mem[4096], command[4096];
	struct apdu a = { .ins = INS_PUT_DATA_ODD, .p1 = 0x3f, .p2 = 0xff, .data = mem };
	struct wr wr;
	size_t opened;

	wr_init(&wr, mem, sizeof(mem));
	opened = tlv_open(&wr, 0x7f48);
	tlv_put_u8(&wr, 0x84, ref);
	wr_bytes(&wr, p, n);
	tlv_close(&wr, opened);
	a.nc = wr.n;
	wr_init(&wr, command, sizeof(command));
	apdu_encode(&wr, &a);
	if (wr_end(&wr) != 0)
		abort();
	return deck_send(d, command, wr.n);
}

void
keyring_load_aes(struct deck *d)
{
	static const uint8_t p[] = {
		0x90, 1, 3, 0x87, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	};

	if (keyring_load(d, RING_AES, p, sizeof(p)) != SW_OK)
		abort();
}

void
keyring_load_root(struct deck *d, const char *holder, const uint8_t point[P256_POINT])
{
	uint8_t p[128];
	struct wr wr;

	wr_init(&wr, p, sizeof(p));
	tlv_put(&wr, 0x5f20, holder, strlen(holder));
	tlv_put(&wr, 0x86, point, P256_POINT);
	if (keyring_load(d, RING_ROOT, p, wr.n) != SW_OK)
		abort();
}
