#include "card-os/os/cvc.h"

#include <string.h>

#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/files.h"
#include "card-os/os/se.h"

enum {
	TAG_BODY = 0x7f4e,
	TAG_SIGNATURE = 0x5f37,
	TAG_PROFILE = 0x5f29,
	TAG_ISSUER = 0x42,
	TAG_PUBLIC = 0x7f49,
	TAG_OID = 0x06,
	TAG_POINT = 0x86,
	TAG_HOLDER = 0x5f20,
	TAG_ROLE = 0x7f4c,
	TAG_RIGHTS = 0x53,
	TAG_FROM = 0x5f25,
	TAG_UNTIL = 0x5f24,
	DATE = 6,			/* YYMMDD, a digit a byte */
};

/* id-TA-ECDSA-SHA-256, 0.4.0.127.0.7.2.2.2.2.3. */
static const uint8_t algorithm[] = { 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x02, 0x02, 0x03 };

static int
take(struct rd *rd, uint32_t tag, struct tlv *t)
{
	return tlv_next(rd, t) == 1 && t->tag == tag ? 0 : ERR_FORMAT;
}

/* Of two objects in a template, in that order and no other. */
static int
take_pair(struct rd *rd, uint32_t tag, uint32_t first, struct tlv *a, uint32_t second,
    struct tlv *b)
{
	struct tlv all;
	struct rd inner;

	if (take(rd, tag, &all) != 0)
		return ERR_FORMAT;
	rd_init(&inner, all.p, all.n);
	return take(&inner, first, a) == 0 && take(&inner, second, b) == 0 ? rd_end(&inner) :
	    ERR_FORMAT;
}

static int
take_name(struct rd *rd, uint32_t tag, uint8_t *n, uint8_t name[HOLDER_MAX])
{
	struct tlv t;

	if (take(rd, tag, &t) != 0 || !key_is_holder(t.n))
		return ERR_FORMAT;
	*n = (uint8_t)t.n;
	memcpy(name, t.p, t.n);
	return 0;
}

static int
take_public(struct rd *rd, uint8_t point[P256_POINT])
{
	struct tlv oid, t;

	if (take_pair(rd, TAG_PUBLIC, TAG_OID, &oid, TAG_POINT, &t) != 0 ||
	    oid.n != sizeof(algorithm) || memcmp(oid.p, algorithm, oid.n) != 0 ||
	    t.n != P256_POINT)
		return ERR_FORMAT;
	memcpy(point, t.p, t.n);
	return 0;
}

/* Whether another object follows, of that tag. */
static int
comes(const struct rd *rd, uint32_t tag)
{
	struct rd ahead = *rd;
	struct tlv t;

	return take(&ahead, tag, &t) == 0;
}

/* TR-03110-3 C.4: 11 is the root, 10 and 01 are verifiers, 00 a terminal. */
static int
take_rank(struct rd *rd, uint8_t *rank)
{
	static const uint8_t ranks[] = { RANK_TERMINAL, RANK_VERIFIER, RANK_VERIFIER, RANK_ROOT };
	struct tlv type, rights;

	*rank = RANK_TERMINAL;
	if (!comes(rd, TAG_ROLE))
		return 0;
	if (take_pair(rd, TAG_ROLE, TAG_OID, &type, TAG_RIGHTS, &rights) != 0 || type.n == 0 ||
	    rights.n == 0)
		return ERR_FORMAT;
	*rank = ranks[rights.p[0] >> 6];
	return 0;
}

static int
is_date(const struct tlv *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->p[i] > 9)
			return 0;
	return t->n == DATE;
}

static int
take_dates(struct rd *rd)
{
	struct tlv from, until;

	if (rd->n == 0)
		return 0;
	return take(rd, TAG_FROM, &from) == 0 && take(rd, TAG_UNTIL, &until) == 0 &&
	    is_date(&from) && is_date(&until) ? 0 : ERR_FORMAT;
}

static int
take_body(const struct tlv *body, struct cvc *c)
{
	struct tlv profile;
	struct rd rd;
	int r;

	rd_init(&rd, body->p, body->n);
	if (take(&rd, TAG_PROFILE, &profile) != 0 || profile.n != 1 || profile.p[0] != 0)
		return ERR_FORMAT;
	if ((r = take_name(&rd, TAG_ISSUER, &c->issuer_n, c->issuer)) != 0 ||
	    (r = take_public(&rd, c->point)) != 0 ||
	    (r = take_name(&rd, TAG_HOLDER, &c->holder_n, c->holder)) != 0 ||
	    (r = take_rank(&rd, &c->rank)) != 0 || (r = take_dates(&rd)) != 0)
		return r;
	return rd_end(&rd);
}

int
cvc_decode(const uint8_t *p, size_t n, struct cvc *c)
{
	struct tlv body, signature;
	struct rd rd;

	memset(c, 0, sizeof(*c));
	rd_init(&rd, p, n);
	if (take(&rd, TAG_BODY, &body) != 0)
		return ERR_FORMAT;
	c->body = p;
	c->body_n = n - rd.n;
	if (take(&rd, TAG_SIGNATURE, &signature) != 0 || rd_end(&rd) != 0 ||
	    signature.n != P256_SIGNATURE)
		return ERR_FORMAT;
	memcpy(c->signature, signature.p, signature.n);
	return take_body(&body, c);
}

/* Whether a root key is in use where we are. */
static int
is_root_here(const struct card *c, uint16_t i)
{
	const struct card_data *d = &c->data;

	return files_is_in_use(d, i) && files_within(d, c->df, d->file[i].parent);
}

static int
take_root(const struct card *c, uint16_t i, struct cvc_issuer *issuer)
{
	struct key k;

	if (i == CARD_NO_FILE || !is_root_here(c, i))
		return ERR_NOT_FOUND;
	key_get(&c->data, i, &k);
	if (!k.there)
		return ERR_NOT_FOUND;
	issuer->holder_n = k.root.holder_n;
	memcpy(issuer->holder, k.root.holder, sizeof(issuer->holder));
	memcpy(issuer->point, k.root.point, sizeof(issuer->point));
	issuer->rank = RANK_ROOT;
	issuer->root = i;
	return 0;
}

static int
take_certified(const struct card *c, const struct card_certified *from, struct cvc_issuer *issuer)
{
	struct cvc_issuer root;

	/* Whatever stands in the root's place now, that point is no other key's. */
	if (take_root(c, from->root, &root) != 0 ||
	    memcmp(root.point, from->root_point, sizeof(root.point)) != 0)
		return ERR_NOT_FOUND;
	issuer->holder_n = from->holder_n;
	memcpy(issuer->holder, from->holder, sizeof(issuer->holder));
	memcpy(issuer->point, from->point, sizeof(issuer->point));
	issuer->rank = from->rank;
	issuer->root = from->root;
	return 0;
}

int
cvc_find(const struct card *c, const struct card_choice *choice, struct cvc_issuer *issuer)
{
	const struct card_certified *one;
	uint16_t i;

	memset(issuer, 0, sizeof(*issuer));
	if (choice->holder_n == 0)
		return take_root(c, se_find(c, choice->key, SE_VERIFY), issuer);
	i = key_of_holder(&c->data, c->df, choice->holder, choice->holder_n);
	if (i != CARD_NO_FILE)
		return take_root(c, i, issuer);
	for (size_t at = 0; at < CARD_CERTIFIED_MAX; at++) {
		one = &c->certified[at];
		if (one->holder_n == choice->holder_n &&
		    memcmp(one->holder, choice->holder, one->holder_n) == 0 &&
		    take_certified(c, one, issuer) == 0)
			return 0;
	}
	return ERR_NOT_FOUND;
}

/* The holder's key of before is replaced; else the oldest makes room. */
static struct card_certified *
place_for(struct card *c, const struct cvc *cert)
{
	for (size_t i = 0; i < CARD_CERTIFIED_MAX; i++)
		if (c->certified[i].holder_n == cert->holder_n &&
		    memcmp(c->certified[i].holder, cert->holder, cert->holder_n) == 0)
			return &c->certified[i];
	return &c->certified[c->certified_next++ % CARD_CERTIFIED_MAX];
}

static void
keep(struct card *c, const struct cvc *cert, const struct cvc_issuer *issuer)
{
	struct card_certified *to = place_for(c, cert);
	struct key root;

	key_get(&c->data, issuer->root, &root);
	memset(to, 0, sizeof(*to));
	to->holder_n = cert->holder_n;
	memcpy(to->holder, cert->holder, sizeof(to->holder));
	memcpy(to->point, cert->point, sizeof(to->point));
	memcpy(to->root_point, root.root.point, sizeof(to->root_point));
	to->rank = cert->rank;
	to->root = issuer->root;
}

int
cvc_certify(struct card *c, const struct cvc_issuer *issuer, const uint8_t *p, size_t n)
{
	uint8_t hash[P256_HASH];
	struct cvc cert;
	int r;

	if ((r = cvc_decode(p, n, &cert)) != 0 || (r = p256_check_point(cert.point)) != 0)
		return r;
	if (cert.issuer_n != issuer->holder_n || cert.rank >= issuer->rank ||
	    memcmp(cert.issuer, issuer->holder, cert.issuer_n) != 0)
		return ERR_DENIED;
	if (EVP_Digest(cert.body, cert.body_n, hash, NULL, EVP_sha256(), NULL) != 1)
		return ERR_CRYPTO;
	if ((r = p256_verify(issuer->point, hash, cert.signature)) == 0)
		keep(c, &cert, issuer);
	return r;
}
