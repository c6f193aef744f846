#include "hsm/vault/store_parts.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"

_Static_assert((size_t)AUDIT_POINT == P256_POINT, "a point of P-256");
_Static_assert((size_t)AUDIT_SIGNATURE == P256_SIGNATURE, "and its signatures");
_Static_assert((size_t)SLOT_KEY_SEALED == P256_SCALAR + SEAL_OVERHEAD, "as long as a key");

static const char label[] = "cardinal audit key";

/* What the scalar is sealed under, and what it belongs to: of this token, beside its point. */
static int
sealing(const struct slot *t, const uint8_t point[AUDIT_POINT], struct seal_key *key,
    uint8_t bind[8 + AUDIT_POINT])
{
	struct wr wr;

	wr_init(&wr, bind, 8 + AUDIT_POINT);
	wr_u64(&wr, t->record.generation);
	wr_bytes(&wr, point, AUDIT_POINT);
	return derive_key(t->key, NULL, label, NULL, 0, key);
}

static int
make(const struct slot *t, struct slot_audit *audit)
{
	uint8_t scalar[P256_SCALAR], bind[8 + AUDIT_POINT];
	struct seal_key key;
	int r;

	if ((r = p256_generate(scalar, audit->point)) == 0 &&
	    (r = sealing(t, audit->point, &key, bind)) == 0)
		r = seal_make(&key, bind, sizeof(bind), scalar, sizeof(scalar), audit->sealed);
	OPENSSL_cleanse(scalar, sizeof(scalar));
	OPENSSL_cleanse(&key, sizeof(key));
	return r;
}

int
audit_ready(struct store *s)
{
	struct slot_audit audit = { { 0 }, { 0 } };
	struct slot *t;
	int r;

	if ((t = slot_of(s, 0, &r)) == NULL)
		return r;
	if (t->key == NULL)
		return ERR_NOT_NOW;
	if (t->record.audit.point[0] != 0)
		return 0;
	if ((r = make(t, &audit)) != 0)
		return r;
	if ((r = tx_begin(s)) != 0)
		return r;
	t->record.audit = audit;
	t->dirty = 1;
	return tx_end(s, r);
}

int
slot_audit_public(struct store *s, uint8_t point[AUDIT_POINT])
{
	struct slot *t;
	int r;

	memset(point, 0, AUDIT_POINT);
	if ((t = slot_of(s, 0, &r)) == NULL)
		return r;
	if (t->lost)
		return ERR_MAC;
	memcpy(point, t->record.audit.point, AUDIT_POINT);
	return point[0] != 0 ? 0 : ERR_NOT_FOUND;
}

int
slot_audit_sign(struct store *s, const void *text, size_t n, uint8_t signature[AUDIT_SIGNATURE])
{
	uint8_t scalar[P256_SCALAR], bind[8 + AUDIT_POINT], hash[P256_HASH];
	const struct slot *t = &s->now.slot[0];
	const struct slot_audit *audit = &t->record.audit;
	struct seal_key key;
	int r;

	memset(signature, 0, AUDIT_SIGNATURE);
	if ((r = audit_ready(s)) != 0)
		return r;
	if (EVP_Digest(text, n, hash, NULL, EVP_sha256(), NULL) != 1)
		return ERR_CRYPTO;
	if ((r = sealing(t, audit->point, &key, bind)) == 0 &&
	    (r = seal_open(&key, bind, sizeof(bind), audit->sealed, sizeof(audit->sealed), scalar,
	    sizeof(scalar))) == 0)
		r = p256_sign(scalar, hash, signature);
	OPENSSL_cleanse(scalar, sizeof(scalar));
	OPENSSL_cleanse(&key, sizeof(key));
	return r;
}
