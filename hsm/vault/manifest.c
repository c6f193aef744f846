#include "hsm/vault/manifest.h"

#include <string.h>

#include "card-os/iso7816/err.h"

enum { VERSION = 1, MANIFEST_VERSION = 2 };

void
manifest_encode(const struct manifest *m, uint8_t p[MANIFEST_LEN])
{
	struct wr wr;

	wr_init(&wr, p, MANIFEST_LEN);
	wr_u8(&wr, MANIFEST_VERSION);
	wr_u64(&wr, m->count);
	wr_bytes(&wr, m->entries, sizeof(m->entries));
	wr_bytes(&wr, m->terms, sizeof(m->terms));
	wr_u64(&wr, m->bytes);
}

int
manifest_decode(const uint8_t *p, size_t n, struct manifest *m)
{
	struct rd rd;
	uint8_t version;

	memset(m, 0, sizeof(*m));
	rd_init(&rd, p, n);
	version = rd_u8(&rd);
	if (version != VERSION && version != MANIFEST_VERSION)
		return ERR_VERSION;
	m->count = rd_u64(&rd);
	rd_bytes(&rd, m->entries, sizeof(m->entries));
	rd_bytes(&rd, m->terms, sizeof(m->terms));
	m->bytes = version == VERSION ? MANIFEST_UNTOLD : rd_u64(&rd);
	if (rd_end(&rd) == 0)
		return 0;
	memset(m, 0, sizeof(*m));
	return ERR_FORMAT;
}

void
head_encode(const struct head *h, uint8_t p[HEAD_LEN])
{
	struct wr wr;

	wr_init(&wr, p, HEAD_LEN);
	wr_u8(&wr, VERSION);
	wr_u64(&wr, h->counter);
	wr_u64(&wr, h->next);
	for (unsigned i = 0; i < SLOTS; i++) {
		wr_u64(&wr, h->slot[i].record);
		for (unsigned d = 0; d < DOMAINS; d++)
			wr_u64(&wr, h->slot[i].manifest[d]);
	}
}

int
head_decode(const uint8_t *p, size_t n, struct head *h)
{
	struct rd rd;

	memset(h, 0, sizeof(*h));
	rd_init(&rd, p, n);
	if (rd_u8(&rd) != VERSION)
		return ERR_VERSION;
	h->counter = rd_u64(&rd);
	h->next = rd_u64(&rd);
	for (unsigned i = 0; i < SLOTS; i++) {
		h->slot[i].record = rd_u64(&rd);
		for (unsigned d = 0; d < DOMAINS; d++)
			h->slot[i].manifest[d] = rd_u64(&rd);
	}
	if (rd_end(&rd) == 0)
		return 0;
	memset(h, 0, sizeof(*h));
	return ERR_FORMAT;
}
