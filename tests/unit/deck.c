#include "tests/unit/deck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "card-os/apps/factory.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/files.h"
#include "tests/unit/suite.h"

enum { NOW = 1700000000 };

static int
save(void *arg, const uint8_t *image, size_t n)
{
	struct deck *d = arg;
	int fails = d->fail_at != 0 && d->saves + 1 >= d->fail_at;

	d->saves++;
	if (fails && d->fault == DECK_REFUSES)
		return ERR_FULL;
	memcpy(d->disk, image, n);
	d->n = n;
	/* Without power nothing more reaches the disk. */
	if (fails && d->fault == DECK_LOSES_POWER)
		d->fault = DECK_REFUSES;
	return fails ? ERR_IO : 0;
}

void
deck_reload(struct deck *d)
{
	struct card_store store = { save, d };
	uint8_t atr[ATR_MAX];

	d->fail_at = 0;
	d->fault = DECK_SOUND;
	card_wipe(&d->card);
	if (card_load(&d->card, d->disk, d->n, store) != 0)
		abort();
	card_power_up(&d->card, atr);
}

void
deck_new(struct deck *d)
{
	char cert[FACTORY_PEM_MAX], key[FACTORY_PEM_MAX];
	static struct card_data data;
	struct wr wr;

	memset(d, 0, sizeof(*d));
	wr_init(&wr, d->disk, sizeof(d->disk));
	if (factory_issuer(cert, key, NOW) != 0 ||
	    factory_card(&data, "tcos", cert, key, NOW) != 0 || card_data_encode(&data, &wr) != 0)
		abort();
	d->n = wr.n;
	deck_reload(d);
}

uint16_t
deck_send(struct deck *d, const uint8_t *p, size_t n)
{
	uint16_t sw;

	d->rsp_n = card_transmit(&d->card, p, n, d->rsp);
	if (rapdu_decode(d->rsp, &d->rsp_n, &sw) != 0)
		abort();
	return sw;
}

uint16_t
deck_hex(struct deck *d, const char *text)
{
	uint8_t p[600];

	return deck_send(d, p, hex(text, p, sizeof(p)));
}

void
deck_play_as(struct deck *d, const struct deck_step *v, size_t n,
    size_t (*bytes)(const char *text, uint8_t *out, size_t cap))
{
	uint8_t sent[600], want[600];
	uint16_t sw;
	size_t length;

	for (size_t i = 0; i < n; i++) {
		sw = deck_send(d, sent, bytes(v[i].hex, sent, sizeof(sent)));
		length = v[i].data == NULL ? 0 : bytes(v[i].data, want, sizeof(want));
		if (sw == v[i].sw && (v[i].data == NULL ||
		    (length == d->rsp_n && memcmp(want, d->rsp, length) == 0)))
			continue;
		printf("    step %zu, %s: %04x, data", i, v[i].hex, sw);
		for (size_t j = 0; j < d->rsp_n && j < 64; j++)
			printf(" %02x", d->rsp[j]);
		printf("\n");
		CU_FAIL("another answer");
	}
}

void
deck_play(struct deck *d, const struct deck_step *v, size_t n)
{
	deck_play_as(d, v, n, hex);
}

void
deck_disk(const struct deck *d, struct card_data *data)
{
	if (card_data_decode(d->disk, d->n, data) != 0)
		abort();
}

static void
card_point(const struct deck *d, uint8_t point[SM_POINT])
{
	uint16_t i = files_in(&d->card.data, 0, FID_DEVICE_CERT);
	const uint8_t *p = files_bytes(&d->card.data, i);
	X509 *cert = d2i_X509(NULL, &p, d->card.data.file[i].size);
	size_t n;

	if (cert == NULL || EVP_PKEY_get_octet_string_param(X509_get0_pubkey(cert),
	    OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point, SM_POINT, &n) != 1 || n != SM_POINT)
		abort();
	X509_free(cert);
}

int
deck_open_channel(struct deck *d, struct sm *sm)
{
	uint8_t p[128], point[SM_POINT];
	struct tlv dynamic, nonce, token;
	struct sm_host host;
	struct wr wr;

	card_point(d, point);
	if (deck_hex(d, "002241A4 0F 800A04007F00070202030204 840101") != SW_OK ||
	    sm_host_start(&host) != 0)
		abort();
	wr_init(&wr, p, sizeof(p));
	wr_bytes(&wr, "\x00\x86\x00\x00\x45\x7c\x43\x80\x41", 9);
	wr_bytes(&wr, host.point, SM_POINT);
	wr_u8(&wr, 0);
	if (deck_send(d, p, wr.n) != SW_OK || tlv_find(d->rsp, d->rsp_n, 0x7c, &dynamic) != 0 ||
	    tlv_find(dynamic.p, dynamic.n, 0x81, &nonce) != 0 || nonce.n != SM_NONCE ||
	    tlv_find(dynamic.p, dynamic.n, 0x82, &token) != 0 || token.n != SM_TOKEN)
		abort();
	return sm_host_finish(&host, point, nonce.p, token.p, sm);
}

uint16_t
deck_bytes_sm(struct deck *d, struct sm *sm, const uint8_t *command, size_t n)
{
	static uint8_t p[RAPDU_MAX], q[CAPDU_MAX];
	struct apdu a;
	uint16_t sw;
	struct wr wr;

	if (apdu_decode(command, n, &a) != 0)
		abort();
	wr_init(&wr, q, sizeof(q));
	if (sm_command_wrap(sm, &a, &wr) != 0)
		return 0;
	d->rsp_n = card_transmit(&d->card, q, wr.n, d->rsp);
	memcpy(p, d->rsp, d->rsp_n);
	wr_init(&wr, d->rsp, sizeof(d->rsp));
	if (sm_response_unwrap(sm, p, d->rsp_n, &wr, &sw) != 0)
		return 0;
	d->rsp_n = wr.n;
	return sw;
}

uint16_t
deck_send_sm(struct deck *d, struct sm *sm, const char *text)
{
	static uint8_t p[CAPDU_MAX];

	return deck_bytes_sm(d, sm, p, hex(text, p, sizeof(p)));
}
