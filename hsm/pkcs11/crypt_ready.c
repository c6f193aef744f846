#include "hsm/pkcs11/crypt_parts.h"

#include <stdlib.h>

static int
same(const struct ready_for *a, const struct ready_for *b)
{
	return a->family == b->family && a->hash == b->hash && a->mgf == b->mgf &&
	    a->salt_len == b->salt_len;
}

static CK_RV
make(struct crypt_key *key, const struct ready_for *what, struct ready *r)
{
	switch (what->family) {
	case MECH_HMAC:
	case MECH_AES_CMAC:
		return mac_ready(key, what, r);
	default:
		return pkey_ready(key, what, r);
	}
}

CK_RV
ready_take(struct crypt_key *key, const struct ready_for *what, struct ready **out)
{
	struct ready *r, **at;
	CK_RV rv;

	*out = NULL;
	pthread_mutex_lock(&key->lock);
	for (at = &key->ready; *at != NULL && !same(&(*at)->what, what); at = &(*at)->next)
		;
	if ((r = *at) != NULL) {
		*at = r->next;
		key->ready_n--;
	}
	pthread_mutex_unlock(&key->lock);
	if (r == NULL) {
		if ((r = calloc(1, sizeof(*r))) == NULL)
			return CKR_HOST_MEMORY;
		r->what = *what;
		if ((rv = make(key, what, r)) != CKR_OK) {
			ready_drop(r);
			return rv;
		}
	}
	r->next = NULL;
	*out = r;
	return CKR_OK;
}

/* The last one used comes first: it is warm. What nobody has asked for for long falls off. */
void
ready_give(struct crypt_key *key, struct ready *r)
{
	struct ready *old = NULL, **at;

	pthread_mutex_lock(&key->lock);
	r->next = key->ready;
	key->ready = r;
	if (++key->ready_n > READY_MAX) {
		for (at = &key->ready; (*at)->next != NULL; at = &(*at)->next)
			;
		old = *at;
		*at = NULL;
		key->ready_n--;
	}
	pthread_mutex_unlock(&key->lock);
	ready_drop(old);
}

void
ready_drop(struct ready *r)
{
	if (r == NULL)
		return;
	EVP_PKEY_CTX_free(r->pkey);
	EVP_MAC_CTX_free(r->mac);
	free(r);
}
