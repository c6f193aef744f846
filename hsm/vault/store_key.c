#include "hsm/vault/store_parts.h"

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"

int
key_load(struct store *s)
{
	int r;

	if ((s->key = secmem_alloc(sizeof(*s->key))) == NULL)
		return ERR_NOMEM;
	if ((r = statedir_key_load(&s->dir, s->key)) != 0)
		secmem_free(&s->key, sizeof(*s->key));
	return r == ERR_NOT_FOUND ? 0 : r;
}

int
key_renew(struct store *s)
{
	struct row row;
	int r;

	if ((r = row_get(s, &row)) != 0)
		return r;
	if (!row.erase && (s->key != NULL || row.sealed))
		return 0;
	if (s->key == NULL && (s->key = secmem_alloc(sizeof(*s->key))) == NULL)
		return ERR_NOMEM;
	if ((r = statedir_key_make(&s->dir, s->key)) != 0) {
		secmem_free(&s->key, sizeof(*s->key));
		return r;
	}
	if (!row.erase)
		return 0;
	if ((r = tx_begin(s)) == 0)
		r = sql_set_int(&s->sql, SQL_ERASE_SET, 0);
	return tx_end(s, r);
}

/* What the key is bound to: the set's head as on its first card, so that no field can change. */
static int
key_purpose(struct store *s, uint8_t bind[SHARE_HEADER_LEN], struct share_header *head)
{
	struct hsm_status status = { 0 };
	int r;

	if ((r = backup_set_get(s, &status)) != 0)
		return r;
	*head = status.set.head;
	status.set.head.x = 1;
	return share_header_encode(&status.set.head, bind) == 0 ? 0 : ERR_FORMAT;
}

int
key_seal(struct store *s, const struct mbk *mbk)
{
	uint8_t bind[SHARE_HEADER_LEN], sealed[MBK_LEN + SEAL_OVERHEAD], kcv[KCV_LEN];
	struct share_header head;
	struct query q;
	int r;

	if ((r = key_purpose(s, bind, &head)) != 0)
		return r == ERR_NOT_FOUND ? ERR_NOT_NOW : r;
	if ((r = mbk_kcv(mbk, kcv)) != 0)
		return r;
	if (CRYPTO_memcmp(kcv, head.kcv, KCV_LEN) != 0)
		return ERR_SHARE_KCV;
	if (s->key == NULL)
		return ERR_INTERNAL;
	if ((r = seal_make(s->key, bind, sizeof(bind), mbk->key, MBK_LEN, sealed)) != 0)
		return r;
	query_init(&q, &s->sql, SQL_KEY_SET);
	query_blob(&q, sealed, sizeof(sealed));
	return query_run(&q);
}

int
key_drop(struct store *s)
{
	struct query q;

	query_init(&q, &s->sql, SQL_KEY_SET);
	query_blob(&q, NULL, 0);
	return query_run(&q);
}

int
store_mbk(struct store *s, struct mbk *mbk)
{
	uint8_t bind[SHARE_HEADER_LEN], sealed[MBK_LEN + SEAL_OVERHEAD];
	struct share_header head;
	struct query q;
	int r, found;

	mbk_wipe(mbk);
	query_init(&q, &s->sql, SQL_KEY_GET);
	if ((found = query_row(&q)) == 1)
		query_get_blob(&q, sealed, sizeof(sealed));
	if ((r = query_end(&q)) != 0)
		return r;
	if (found == 0)
		return ERR_NOT_FOUND;
	r = key_purpose(s, bind, &head);
	if (r == ERR_NOT_FOUND || s->key == NULL)
		return ERR_MAC;
	if (r != 0)
		return r;
	return seal_open(s->key, bind, sizeof(bind), sealed, sizeof(sealed), mbk->key, MBK_LEN);
}

int
key_try(struct store *s)
{
	struct mbk *mbk = secmem_alloc(sizeof(*mbk));
	int r;

	if (mbk == NULL)
		return ERR_NOMEM;
	r = store_mbk(s, mbk);
	secmem_free(&mbk, sizeof(*mbk));
	s->lost = r != 0 && r != ERR_NOT_FOUND;
	return 0;
}
