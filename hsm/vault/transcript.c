#include "hsm/vault/store_parts.h"

#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "card-os/iso7816/buf.h"
#include "card-os/iso7816/err.h"

static const char domain[] = "cardinal event v1";

/* Bytes that are hashed: domain, hash before, numbers, and each text behind its length. */
enum {
	HASHED_MAX = sizeof(domain) + HASH_LEN + 8 + 8 + 1 +
	    5 * 2 + 2 * STEP_NAME_MAX + RECORD_CARD_MAX + 2 * MESSAGE_MAX,
};

static int
hash_event(const uint8_t before[HASH_LEN], const struct event *e, uint8_t hash[HASH_LEN])
{
	const struct record *rec = &e->record;
	uint8_t p[HASHED_MAX];
	struct wr wr;
	unsigned n = 0;

	wr_init(&wr, p, sizeof(p));
	wr_bytes(&wr, domain, strlen(domain));
	wr_bytes(&wr, before, HASH_LEN);
	wr_u64(&wr, e->seq);
	wr_u64(&wr, e->time);
	wr_text(&wr, rec->ceremony);
	wr_text(&wr, rec->step);
	wr_u8(&wr, rec->card);
	wr_text(&wr, rec->serial);
	wr_text(&wr, rec->text);
	wr_text(&wr, rec->outcome);
	if (wr_end(&wr) != 0)
		return ERR_INTERNAL;
	if (EVP_Digest(p, wr.n, hash, &n, EVP_sha256(), NULL) != 1 || n != HASH_LEN)
		return ERR_CRYPTO;
	return 0;
}

static int
ends(const char *s, size_t cap)
{
	return memchr(s, '\0', cap) != NULL;
}

static int
record_check(const struct record *rec)
{
	return ends(rec->ceremony, sizeof(rec->ceremony)) && ends(rec->step, sizeof(rec->step)) &&
	    ends(rec->serial, sizeof(rec->serial)) && ends(rec->text, sizeof(rec->text)) &&
	    ends(rec->outcome, sizeof(rec->outcome)) ? 0 : ERR_ARG;
}

/* Number and hash of the last record, or zeros. */
static int
last(struct store *s, uint64_t *seq, uint8_t hash[HASH_LEN])
{
	struct query q;

	*seq = 0;
	memset(hash, 0, HASH_LEN);
	query_init(&q, &s->sql, SQL_EVENT_LAST);
	if (query_row(&q) == 1) {
		*seq = query_get_int(&q);
		query_get_blob(&q, hash, HASH_LEN);
	}
	return query_end(&q);
}

int
store_last(struct store *s, uint64_t *seq)
{
	uint8_t hash[HASH_LEN];

	return last(s, seq, hash);
}

int
transcript_append(struct store *s, const struct record *rec)
{
	struct event e = { .record = *rec };
	uint8_t before[HASH_LEN];
	struct query q;
	int r;

	if ((r = record_check(rec)) != 0 || (r = last(s, &e.seq, before)) != 0)
		return r;
	e.seq++;
	e.time = (uint64_t)time(NULL);
	if ((r = hash_event(before, &e, e.hash)) != 0)
		return r;
	query_init(&q, &s->sql, SQL_EVENT_ADD);
	query_int(&q, e.seq);
	query_int(&q, e.time);
	query_text(&q, e.record.ceremony);
	query_text(&q, e.record.step);
	query_int(&q, e.record.card);
	query_text(&q, e.record.serial);
	query_text(&q, e.record.text);
	query_text(&q, e.record.outcome);
	query_blob(&q, e.hash, HASH_LEN);
	return query_run(&q);
}

static void
get_event(struct query *q, struct event *e)
{
	struct record *rec = &e->record;
	uint64_t card;

	memset(e, 0, sizeof(*e));
	e->seq = query_get_int(q);
	e->time = query_get_int(q);
	query_get_text(q, rec->ceremony, sizeof(rec->ceremony));
	query_get_text(q, rec->step, sizeof(rec->step));
	card = query_get_int(q);
	query_get_text(q, rec->serial, sizeof(rec->serial));
	query_get_text(q, rec->text, sizeof(rec->text));
	query_get_text(q, rec->outcome, sizeof(rec->outcome));
	query_get_blob(q, e->hash, HASH_LEN);
	if (card > UINT8_MAX)
		q->err = ERR_FORMAT;
	rec->card = (uint8_t)card;
}

int
store_record(struct store *s, const struct record *rec)
{
	int r, own;

	/* Beside the objects that it tells of, in one transaction. */
	if ((r = tx_join(s, &own)) == 0)
		r = transcript_append(s, rec);
	return tx_leave(s, own, r);
}

int
store_events(struct store *s, uint64_t since, struct event *v, size_t max, size_t *n)
{
	struct query q;
	int r;

	*n = 0;
	/* SQLite's integers are signed: after the last of them there is nothing. */
	if (since > INT64_MAX || max == 0)
		return 0;
	query_init(&q, &s->sql, SQL_EVENTS_GET);
	query_int(&q, since);
	query_int(&q, max);
	while (*n < max && query_row(&q) == 1)
		get_event(&q, &v[(*n)++]);
	if ((r = query_end(&q)) != 0)
		*n = 0;
	return r;
}

int
store_events_verify(struct store *s, uint64_t *seq)
{
	uint8_t before[HASH_LEN] = { 0 }, hash[HASH_LEN];
	struct event e;
	struct query q;
	int r = 0, end;

	*seq = 1;
	query_init(&q, &s->sql, SQL_EVENTS_GET);
	/* From the lowest number that there can be: one under 1 does not fit either. */
	query_int(&q, (uint64_t)INT64_MIN);
	query_int(&q, INT64_MAX);
	while (r == 0 && query_row(&q) == 1) {
		get_event(&q, &e);
		if (q.err == ERR_FORMAT || e.seq != *seq) {
			r = ERR_MAC;
			break;
		}
		if (q.err != 0 || (r = hash_event(before, &e, hash)) != 0)
			break;
		if (memcmp(hash, e.hash, HASH_LEN) != 0) {
			r = ERR_MAC;
			break;
		}
		memcpy(before, hash, HASH_LEN);
		(*seq)++;
	}
	end = query_end(&q);
	return r != 0 ? r : end;
}
