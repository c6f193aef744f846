#include "hsm/vault/store_parts.h"

#include <string.h>

#include "card-os/iso7816/err.h"

int
backup_set_drop(struct store *s)
{
	struct query q;

	/* The shares go with it (ON DELETE CASCADE). */
	query_init(&q, &s->sql, SQL_SET_DROP);
	return query_run(&q);
}

int
backup_set_put(struct store *s, const struct share_set *set)
{
	const struct share_header *h = &set->head;
	struct query q;
	int r;

	if ((r = backup_set_drop(s)) != 0)
		return r;
	query_init(&q, &s->sql, SQL_SET_ADD);
	query_int(&q, h->mode);
	query_blob(&q, h->set, SET_ID_LEN);
	query_text(&q, h->label);
	query_text(&q, h->key_name);
	query_int(&q, h->k);
	query_int(&q, h->n);
	query_int(&q, h->date);
	query_blob(&q, h->kcv, KCV_LEN);
	r = query_run(&q);
	for (unsigned i = 0; i < h->n && r == 0; i++) {
		query_init(&q, &s->sql, SQL_SHARE_ADD);
		query_int(&q, i + 1);
		query_blob(&q, set->check[i], CHECK_LEN);
		r = query_run(&q);
	}
	return r;
}

/* A number of a column that is a byte, as what decoding a card's header would refuse. */
static uint8_t
get_u8(struct query *q)
{
	uint64_t v = query_get_int(q);

	if (v > UINT8_MAX)
		q->err = ERR_FORMAT;
	return (uint8_t)v;
}

static int
get_head(struct store *s, struct share_header *h)
{
	struct share_header check;
	struct query q;
	int r, found;

	query_init(&q, &s->sql, SQL_SET_GET);
	if ((found = query_row(&q)) == 1) {
		h->mode = get_u8(&q);
		query_get_blob(&q, h->set, SET_ID_LEN);
		query_get_text(&q, h->label, sizeof(h->label));
		query_get_text(&q, h->key_name, sizeof(h->key_name));
		h->k = get_u8(&q);
		h->n = get_u8(&q);
		h->date = query_get_int(&q);
		query_get_blob(&q, h->kcv, KCV_LEN);
	}
	if ((r = query_end(&q)) != 0)
		return r;
	if (found == 0)
		return ERR_NOT_FOUND;
	check = *h;
	check.x = 1;
	return share_header_check(&check) == 0 ? 0 : ERR_FORMAT;
}

int
backup_set_get(struct store *s, struct hsm_status *status)
{
	struct share_set *set = &status->set;
	struct query q;
	unsigned x = 0;
	int r;

	memset(set, 0, sizeof(*set));
	if ((r = get_head(s, &set->head)) != 0)
		return r;
	query_init(&q, &s->sql, SQL_SHARES_GET);
	while (query_row(&q) == 1 && x < set->head.n) {
		if (query_get_int(&q) != x + 1)
			break;
		query_get_blob(&q, set->check[x], CHECK_LEN);
		if (!query_is_null(&q)) {
			query_get_text(&q, status->serial[x], sizeof(status->serial[x]));
			status->written = (uint16_t)(status->written | 1u << x);
		}
		x++;
	}
	if ((r = query_end(&q)) != 0)
		return r;
	return x == set->head.n ? 0 : ERR_FORMAT;
}

int
backup_set_written(struct store *s, uint8_t x, const char *serial, const uint8_t check[CHECK_LEN])
{
	struct query q;
	int r;

	query_init(&q, &s->sql, SQL_SHARE_WRITTEN);
	query_blob(&q, check, CHECK_LEN);
	query_text(&q, serial);
	query_int(&q, x);
	if ((r = query_run(&q)) != 0)
		return r;
	return sql_changes(&s->sql) == 1 ? 0 : ERR_ARG;
}
