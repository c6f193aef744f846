#include "hsm/vault/store_parts.h"

#include <stdio.h>
#include <string.h>

#include <openssl/sha.h>
#include <openssl/x509.h>

#include "card-os/iso7816/err.h"

/* One certificate and nothing behind it. */
static int
is_certificate(const uint8_t *der, size_t n)
{
	const uint8_t *p = der;
	X509 *cert = d2i_X509(NULL, &p, (long)n);
	int ok = cert != NULL && p == der + n;

	X509_free(cert);
	return ok;
}

/* The transcript names the issuer as openssl x509 -fingerprint -sha256 does, its first bytes. */
static int
note(struct store *s, const uint8_t *der, size_t n)
{
	struct record rec = { .ceremony = "issuer", .step = "added" };
	uint8_t hash[SHA256_DIGEST_LENGTH];

	SHA256(der, n, hash);
	snprintf(rec.outcome, sizeof(rec.outcome), "ok, SHA-256 %02X:%02X:%02X:%02X:%02X:%02X...",
	    hash[0], hash[1], hash[2], hash[3], hash[4], hash[5]);
	return transcript_append(s, &rec);
}

int
store_issuer_add(struct store *s, const uint8_t *der, size_t n)
{
	struct query q;
	int r;

	if (n > ISSUER_MAX)
		return ERR_SIZE;
	if (!is_certificate(der, n))
		return ERR_FORMAT;
	if ((r = tx_begin(s)) == 0) {
		query_init(&q, &s->sql, SQL_ISSUER_ADD);
		query_blob(&q, der, n);
		if ((r = query_run(&q)) == 0)
			r = note(s, der, n);
	}
	return tx_end(s, r);
}

int
store_issuer(struct store *s, size_t i, uint8_t *der, size_t *n)
{
	struct query q;
	size_t cap = *n;
	int r, found;

	*n = 0;
	query_init(&q, &s->sql, SQL_ISSUER_GET);
	query_int(&q, i);
	if ((found = query_row(&q)) == 1)
		*n = query_get_bytes(&q, der, cap);
	if ((r = query_end(&q)) != 0)
		return r;
	return found == 1 ? 0 : ERR_NOT_FOUND;
}
