#include "card-os/apps/slot_user.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/apps/pkcs15.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/access.h"
#include "card-os/os/commands.h"
#include "card-os/os/files.h"

enum { TAG_PRIVATE = 0x7f48, TAG_CERT = 0x7f21, TAG_RECORD = 0x53 };

/* The files that a credential fills: all are there, or the card has no such application. */
struct places {
	uint16_t df, sign, agree, public, point, cert, record;
};

static int
find_places(const struct card_data *d, struct places *p)
{
	p->df = files_in(d, 0, FID_SLOT_DF);
	if (p->df == CARD_NO_FILE)
		return ERR_NOT_FOUND;
	p->sign = files_in(d, p->df, FID_SLOT_SIGN);
	p->agree = files_in(d, p->df, FID_SLOT_AGREE);
	p->public = files_in(d, p->df, FID_SLOT_PUBLIC);
	p->point = files_in(d, p->df, FID_SLOT_POINT);
	p->cert = files_in(d, p->df, FID_SLOT_CERT);
	p->record = files_in(d, p->df, FID_SLOT_USER);
	if (p->sign == CARD_NO_FILE || p->agree == CARD_NO_FILE || p->public == CARD_NO_FILE ||
	    p->point == CARD_NO_FILE || p->cert == CARD_NO_FILE || p->record == CARD_NO_FILE ||
	    d->file[p->sign].key != KEY_RSA || d->file[p->agree].key != KEY_AGREE)
		return ERR_NOT_FOUND;
	return 0;
}

int
slot_user_owns(const struct card_data *d, uint16_t file)
{
	struct places p;

	return find_places(d, &p) == 0 && (file == p.sign || file == p.agree);
}

/* What a file may have to grow by. */
static size_t
growth(const struct card_data *d, uint16_t i, size_t most)
{
	return most > d->file[i].size ? most - d->file[i].size : 0;
}

int
slot_user_is_short(const struct card *c)
{
	const struct card_data *d = &c->next;
	size_t left = files_free(d);
	struct places p;

	return find_places(d, &p) == 0 && left < files_free(&c->data) &&
	    left < growth(d, p.public, RSA_DER_MAX) + growth(d, p.point, P256_POINT) +
	    growth(d, p.cert, SLOT_CERT_MAX);
}

int
slot_user_decode(const uint8_t *p, size_t n, struct slot_credential *s)
{
	struct tlv sign, agree, cert, record;
	struct rd rd;
	int r;

	memset(s, 0, sizeof(*s));
	s->sign.type = KEY_RSA;
	s->agree.type = KEY_AGREE;
	rd_init(&rd, p, n);
	if (tlv_next(&rd, &sign) != 1 || tlv_next(&rd, &agree) != 1 ||
	    tlv_next(&rd, &cert) != 1 || tlv_next(&rd, &record) != 1 || rd_end(&rd) != 0 ||
	    sign.tag != TAG_PRIVATE || agree.tag != TAG_PRIVATE || cert.tag != TAG_CERT ||
	    cert.n == 0 || cert.n > SLOT_CERT_MAX || record.tag != TAG_RECORD ||
	    record.n != SLOT_USER_LEN)
		return ERR_FORMAT;
	if ((r = key_decode(sign.p, sign.n, &s->sign)) != 0 ||
	    (r = key_decode(agree.p, agree.n, &s->agree)) != 0)
		return r;
	s->cert = cert.p;
	s->cert_n = cert.n;
	s->record = record.p;
	return 0;
}

/* That each key is one, and that the certificate is about the one that signs. */
static int
check(struct slot_credential *s)
{
	int r;

	if ((r = key_check(&s->sign)) != 0 || (r = key_check(&s->agree)) != 0)
		return r;
	return rsa_certified(&s->sign.rsa, s->cert, s->cert_n);
}

static int
put(struct card_data *d, const struct places *p, const struct slot_credential *s)
{
	uint8_t der[RSA_DER_MAX];
	size_t n;
	int r;

	if ((r = rsa_public_der(&s->sign.rsa, der, &n)) != 0 ||
	    (r = files_fill(d, p->public, der, n)) != 0 ||
	    (r = files_fill(d, p->point, s->agree.ec.point, P256_POINT)) != 0 ||
	    (r = files_fill(d, p->cert, s->cert, s->cert_n)) != 0 ||
	    (r = files_fill(d, p->record, s->record, SLOT_USER_LEN)) != 0)
		return r;
	key_put(d, p->sign, &s->sign);
	key_put(d, p->agree, &s->agree);
	return pkcs15_fill(d, 1);
}

static int
take_away(struct card_data *d, const struct places *p)
{
	static const struct key none;
	static const uint8_t nobody[SLOT_USER_LEN];
	int r;

	if ((r = files_fill(d, p->public, NULL, 0)) != 0 ||
	    (r = files_fill(d, p->point, NULL, 0)) != 0 ||
	    (r = files_fill(d, p->cert, NULL, 0)) != 0 ||
	    (r = files_fill(d, p->record, nobody, sizeof(nobody))) != 0)
		return r;
	key_put(d, p->sign, &none);
	key_put(d, p->agree, &none);
	return pkcs15_fill(d, 0);
}

static uint16_t
commit(struct card *c, int r)
{
	if (r == 0)
		return card_commit_sw(c);
	/* Nothing of keys that are not on the card stays behind. */
	card_begin(c);
	return r == ERR_SIZE ? SW_NO_ROOM : SW_INTERNAL;
}

/* Both keys have to be free to load. */
static uint16_t
may_load(const struct card *c, const struct places *p)
{
	uint16_t sw = access_check(c, p->sign, OP_LOAD);

	return sw == SW_OK ? access_check(c, p->agree, OP_LOAD) : sw;
}

static uint16_t
load(struct card *c, const struct places *p, const uint8_t *bytes, size_t n)
{
	struct slot_credential s;
	uint16_t sw = SW_DATA;
	int r;

	if ((r = slot_user_decode(bytes, n, &s)) == 0 && (r = check(&s)) == 0) {
		card_begin(c);
		sw = commit(c, put(&c->next, p, &s));
	} else if (r != ERR_FORMAT) {
		sw = SW_INTERNAL;
	}
	OPENSSL_cleanse(&s, sizeof(s));
	return sw;
}

uint16_t
slot_user_load(struct card *c, const uint8_t *bytes, size_t n)
{
	struct places p;
	uint16_t sw;

	if (find_places(&c->data, &p) != 0 || c->df != p.df)
		return SW_NO_REFERENCE;
	if ((sw = may_load(c, &p)) != SW_OK)
		return sw;
	if (n == 0) {
		card_begin(c);
		return commit(c, take_away(&c->next, &p));
	}
	/* One that is there goes first, so that none is ever lost to a mistake. */
	if (*files_bytes(&c->data, p.sign) != 0 || *files_bytes(&c->data, p.agree) != 0)
		return SW_CONDITIONS;
	return load(c, &p, bytes, n);
}
