#include "hsm/vault/domain.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/derive.h"
#include "hsm/keys/secmem.h"

enum { BLOCK = 16, OF_LEN = 1 + 1 + 8, MANIFEST_SEALED = MANIFEST_LEN + SEAL_OVERHEAD };

_Static_assert((int)SUM_LEN == (int)BLOCK && (int)TERM_LEN == (int)BLOCK &&
    (int)TAG_LEN == (int)BLOCK, "sums are of blocks");

static void
put_of(struct wr *wr, const struct domain_of *of)
{
	wr_u8(wr, (uint8_t)of->slot);
	wr_u8(wr, (uint8_t)of->domain);
	wr_u64(wr, of->generation);
}

int
domain_keys_make(const struct seal_key *from, const char *label, const struct domain_of *of,
    struct domain_keys **out)
{
	struct domain_keys *k = secmem_alloc(sizeof(*k));
	struct seal_key root;
	uint8_t context[OF_LEN];
	struct wr wr;
	int r;

	*out = NULL;
	if (k == NULL)
		return ERR_NOMEM;
	wr_init(&wr, context, sizeof(context));
	put_of(&wr, of);
	if ((r = derive_key(from, NULL, label, context, sizeof(context), &root)) != 0 ||
	    (r = derive_key(&root, NULL, "record", NULL, 0, &k->record)) != 0 ||
	    (r = derive_key(&root, NULL, "index", NULL, 0, &k->index)) != 0 ||
	    (r = derive_key(&root, NULL, "manifest", NULL, 0, &k->manifest)) != 0 ||
	    (r = derive_key(&root, NULL, "sum", NULL, 0, &k->sum)) != 0)
		goto out;
	*out = k;
	k = NULL;
out:
	OPENSSL_cleanse(&root, sizeof(root));
	secmem_free(&k, sizeof(*k));
	return r;
}

/* Sums. --------------------------------------------------------------------- */

/*
 * The sum of a set is the XOR of a pseudorandom function of its members: CBC-MAC of two blocks,
 * always two (Bellare, Kilian, Rogaway, "The security of the cipher block chaining message
 * authentication code", 2000). Who does not know the key can neither take away nor put in without
 * changing it, and does not see it: the manifest is sealed.
 */
static EVP_CIPHER_CTX *
sum_begin(const struct domain_keys *keys)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx != NULL && EVP_EncryptInit_ex(ctx, EVP_aes_256_ecb(), NULL, keys->sum.key, NULL) ==
	    1 && EVP_CIPHER_CTX_set_padding(ctx, 0) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static int
sum_member(EVP_CIPHER_CTX *ctx, const uint8_t first[BLOCK], uint64_t a, uint64_t b,
    uint8_t sum[SUM_LEN])
{
	uint8_t x[BLOCK], y[BLOCK];
	struct wr wr;
	int n;

	wr_init(&wr, y, sizeof(y));
	wr_u64(&wr, a);
	wr_u64(&wr, b);
	if (EVP_EncryptUpdate(ctx, x, &n, first, BLOCK) != 1 || n != BLOCK)
		return ERR_CRYPTO;
	for (unsigned i = 0; i < BLOCK; i++)
		x[i] ^= y[i];
	if (EVP_EncryptUpdate(ctx, x, &n, x, BLOCK) != 1 || n != BLOCK)
		return ERR_CRYPTO;
	for (unsigned i = 0; i < BLOCK; i++)
		sum[i] ^= x[i];
	return 0;
}

/* No revision is as high, so that an entry is never taken for a term. */
static int
sum_term(EVP_CIPHER_CTX *ctx, const uint8_t hash[TERM_LEN], uint64_t id, uint8_t sum[SUM_LEN])
{
	return sum_member(ctx, hash, id, UINT64_MAX, sum);
}

int
domain_sum(struct domain *d, const struct entry *e, const uint8_t (*terms)[TERM_LEN], size_t n)
{
	EVP_CIPHER_CTX *ctx = sum_begin(d->keys);
	int r = ERR_CRYPTO;

	if (ctx != NULL)
		r = sum_member(ctx, e->tag, e->id, e->revision, d->m.entries);
	for (size_t i = 0; i < n && r == 0; i++)
		r = sum_term(ctx, terms[i], e->id, d->m.terms);
	EVP_CIPHER_CTX_free(ctx);
	return r;
}

/* Manifests. ---------------------------------------------------------------- */

/* What it is bound to: which domain's, and which of its writings. */
static void
put_bind(const struct domain_of *of, uint64_t counter, uint8_t bind[OF_LEN + 8])
{
	struct wr wr;

	wr_init(&wr, bind, OF_LEN + 8);
	put_of(&wr, of);
	wr_u64(&wr, counter);
}

int
domain_count(struct sql *sql, const struct domain_of *of, uint64_t *n)
{
	struct query q;

	*n = 0;
	query_init(&q, sql, SQL_ENTRY_COUNT);
	query_int(&q, of->slot);
	query_int(&q, of->domain);
	if (query_row(&q) == 1)
		*n = query_get_int(&q);
	return query_end(&q);
}

/* For a manifest that does not tell. */
static int
count_bytes(struct sql *sql, const struct domain_of *of, uint64_t *n)
{
	struct query q;

	query_init(&q, sql, SQL_ENTRY_BYTES);
	query_int(&q, of->slot);
	query_int(&q, of->domain);
	if (query_row(&q) == 1)
		*n = query_get_int(&q);
	return query_end(&q);
}

static int
read_manifest(struct sql *sql, const struct domain_of *of, const struct domain *d,
    struct manifest *m)
{
	uint8_t sealed[MANIFEST_SEALED], p[MANIFEST_LEN], bind[OF_LEN + 8];
	struct query q;
	size_t n = 0;
	int r, found;

	query_init(&q, sql, SQL_MANIFEST_GET);
	query_int(&q, of->slot);
	query_int(&q, of->domain);
	if ((found = query_row(&q)) == 1)
		n = query_get_bytes(&q, sealed, sizeof(sealed));
	if ((r = query_end(&q)) != 0)
		return r;
	if (found == 0 || n <= SEAL_OVERHEAD)
		return ERR_MAC;
	put_bind(of, d->counter, bind);
	n -= SEAL_OVERHEAD;
	if ((r = seal_open(&d->keys->manifest, bind, sizeof(bind), sealed, n + SEAL_OVERHEAD, p,
	    n)) == 0)
		r = manifest_decode(p, n, m);
	OPENSSL_cleanse(p, sizeof(p));
	return r;
}

/*
 * Everything that lies in the table is looked at: whatever a search finds there later has been
 * summed up. A row that stands there twice is not in the sum; and one that is not in the order that
 * the table says it has would be summed up, but not found.
 */
static int
sum_entries(struct sql *sql, const struct domain_of *of, EVP_CIPHER_CTX *ctx, struct manifest *m)
{
	struct entry e = { 0 };
	uint64_t before = 0;
	struct query q;
	int r = 0, end;

	query_init(&q, sql, SQL_ENTRIES_GET);
	query_int(&q, of->slot);
	query_int(&q, of->domain);
	while (r == 0 && query_row(&q) == 1) {
		e.id = query_get_int(&q);
		e.revision = query_get_int(&q);
		query_get_blob(&q, e.tag, sizeof(e.tag));
		if (e.id <= before)
			r = ERR_MAC;
		else if (q.err == 0)
			r = sum_member(ctx, e.tag, e.id, e.revision, m->entries);
		before = e.id;
		m->count++;
	}
	end = query_end(&q);
	return end != 0 ? end : r;
}

/* The same of terms, which have no number of theirs in the manifest. */
static int
sum_terms(struct sql *sql, const struct domain_of *of, EVP_CIPHER_CTX *ctx, struct manifest *m)
{
	uint8_t hash[TERM_LEN], hash_before[TERM_LEN] = { 0 };
	uint64_t id, id_before = 0;
	struct query q;
	int r = 0, end, order;

	query_init(&q, sql, SQL_TERMS_GET);
	query_int(&q, of->slot);
	query_int(&q, of->domain);
	while (r == 0 && query_row(&q) == 1) {
		query_get_blob(&q, hash, sizeof(hash));
		id = query_get_int(&q);
		order = memcmp(hash, hash_before, sizeof(hash));
		if (order < 0 || (order == 0 && id <= id_before))
			r = ERR_MAC;
		else if (q.err == 0)
			r = sum_term(ctx, hash, id, m->terms);
		memcpy(hash_before, hash, sizeof(hash));
		id_before = id;
	}
	end = query_end(&q);
	return end != 0 ? end : r;
}

int
domain_verify(struct sql *sql, const struct domain_of *of, struct domain *d)
{
	struct manifest should, is = { 0 };
	EVP_CIPHER_CTX *ctx = sum_begin(d->keys);
	int r = ERR_CRYPTO;

	if (ctx == NULL || (r = read_manifest(sql, of, d, &should)) != 0 ||
	    (r = sum_entries(sql, of, ctx, &is)) != 0 || (r = sum_terms(sql, of, ctx, &is)) != 0)
		goto out;
	if (is.count != should.count ||
	    CRYPTO_memcmp(is.entries, should.entries, SUM_LEN) != 0 ||
	    CRYPTO_memcmp(is.terms, should.terms, SUM_LEN) != 0) {
		r = ERR_MAC;
		goto out;
	}
	if (should.bytes == MANIFEST_UNTOLD && (r = count_bytes(sql, of, &should.bytes)) != 0)
		goto out;
	d->m = should;
	d->dirty = 0;
out:
	EVP_CIPHER_CTX_free(ctx);
	/* Whoever changes the file can make rows of another form too, even a file that is none. */
	return r == ERR_FORMAT || r == ERR_VERSION || r == ERR_SIZE ? ERR_MAC : r;
}

int
domain_write(struct sql *sql, const struct domain_of *of, struct domain *d)
{
	uint8_t sealed[MANIFEST_SEALED], p[MANIFEST_LEN], bind[OF_LEN + 8];
	struct query q;
	int r;

	put_bind(of, d->counter + 1, bind);
	manifest_encode(&d->m, p);
	r = seal_make(&d->keys->manifest, bind, sizeof(bind), p, sizeof(p), sealed);
	OPENSSL_cleanse(p, sizeof(p));
	if (r != 0)
		return r;
	query_init(&q, sql, SQL_MANIFEST_PUT);
	query_int(&q, of->slot);
	query_int(&q, of->domain);
	query_blob(&q, sealed, sizeof(sealed));
	if ((r = query_run(&q)) != 0)
		return r;
	d->counter++;
	d->dirty = 0;
	return 0;
}

/* Records. ------------------------------------------------------------------ */

int
domain_term(const struct domain_keys *keys, const struct object_term *term,
    uint8_t hash[TERM_LEN])
{
	uint8_t digest[EVP_MAX_MD_SIZE], mac[EVP_MAX_MD_SIZE], kind[4];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned digest_n = 0, n = 0;
	struct wr wr;
	int r = ERR_CRYPTO;

	wr_init(&wr, kind, sizeof(kind));
	wr_u32(&wr, term->kind);
	if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, kind, sizeof(kind)) == 1 &&
	    EVP_DigestUpdate(ctx, term->p, term->n) == 1 &&
	    EVP_DigestFinal_ex(ctx, digest, &digest_n) == 1 &&
	    HMAC(EVP_sha256(), keys->index.key, sizeof(keys->index.key), digest, digest_n, mac,
	    &n) != NULL && n >= TERM_LEN) {
		memcpy(hash, mac, TERM_LEN);
		r = 0;
	}
	EVP_MD_CTX_free(ctx);
	return r;
}

static const char record_name[] = "cardinal object v1";

enum { AAD_LEN = sizeof(record_name) + OF_LEN + 8 + 8 };

static int
record_begin(EVP_CIPHER_CTX *ctx, int direction, const struct domain_keys *keys,
    const struct domain_of *of, const struct entry *e, const uint8_t nonce[NONCE_LEN])
{
	uint8_t aad[AAD_LEN];
	struct wr wr;
	int n;

	wr_init(&wr, aad, sizeof(aad));
	wr_bytes(&wr, record_name, sizeof(record_name));
	put_of(&wr, of);
	wr_u64(&wr, e->id);
	wr_u64(&wr, e->revision);
	return EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, keys->record.key, nonce,
	    direction) == 1 && EVP_CipherUpdate(ctx, NULL, &n, aad, sizeof(aad)) == 1 ? 0 :
	    ERR_CRYPTO;
}

int
domain_seal(const struct domain_keys *keys, const struct domain_of *of, struct entry *e,
    const uint8_t *text, size_t n, uint8_t *sealed)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int out = 0, r = ERR_CRYPTO;

	if (ctx != NULL && RAND_bytes(sealed, NONCE_LEN) == 1 &&
	    record_begin(ctx, 1, keys, of, e, sealed) == 0 &&
	    EVP_CipherUpdate(ctx, sealed + NONCE_LEN, &out, text, (int)n) == 1 &&
	    (size_t)out == n &&
	    EVP_CipherFinal_ex(ctx, sealed + NONCE_LEN + n, &out) == 1 && out == 0 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, e->tag) == 1)
		r = 0;
	EVP_CIPHER_CTX_free(ctx);
	return r;
}

int
domain_open(const struct domain_keys *keys, const struct domain_of *of, const struct entry *e,
    const uint8_t *sealed, size_t n, uint8_t *text)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t tag[TAG_LEN];
	int out = 0, r = ERR_CRYPTO;

	if (n <= NONCE_LEN)
		return ERR_MAC;
	n -= NONCE_LEN;
	memcpy(tag, e->tag, sizeof(tag));
	if ((ctx = EVP_CIPHER_CTX_new()) == NULL ||
	    record_begin(ctx, 0, keys, of, e, sealed) != 0 ||
	    EVP_CipherUpdate(ctx, text, &out, sealed + NONCE_LEN, (int)n) != 1 ||
	    (size_t)out != n ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) != 1)
		goto out;
	r = EVP_CipherFinal_ex(ctx, tag, &out) == 1 && out == 0 ? 0 : ERR_MAC;
out:
	if (r != 0)
		OPENSSL_cleanse(text, n);
	EVP_CIPHER_CTX_free(ctx);
	return r;
}
