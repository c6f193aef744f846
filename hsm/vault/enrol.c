#include "hsm/vault/store_parts.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "card-os/iso7816/err.h"

enum { SEALED_LEN = SEAT_LEN + SEAL_OVERHEAD, BIND_LEN = SET_ID_LEN + 2 };

static int
seat_key(struct store *s, struct seal_key *key)
{
	return s->key == NULL ? ERR_MAC :
	    derive_key(s->key, NULL, "cardinal enrolled", NULL, 0, key);
}

/* Whose seat that is, in which installation: no row stands in for another's. */
static int
put_bind(struct store *s, unsigned slot, unsigned user, uint8_t bind[BIND_LEN])
{
	struct hsm_status status = { 0 };
	struct wr wr;
	int r;

	/* One of a trial has no set. */
	if ((r = backup_set_get(s, &status)) != 0 && r != ERR_NOT_FOUND)
		return r;
	wr_init(&wr, bind, BIND_LEN);
	wr_bytes(&wr, status.set.head.set, SET_ID_LEN);
	wr_u8(&wr, (uint8_t)slot);
	wr_u8(&wr, (uint8_t)user);
	return wr_end(&wr);
}

/* SHA-256 over all rows, in order; zeros when there are none. */
static int
sum_up(struct store *s, uint8_t sum[HASH_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t row[2 * 8 + SEALED_LEN];
	struct query q;
	struct wr wr;
	size_t n = 0;
	int r, ok;

	memset(sum, 0, HASH_LEN);
	ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
	query_init(&q, &s->sql, SQL_ENROLLED_ALL);
	for (; ok && query_row(&q) == 1; n++) {
		wr_init(&wr, row, sizeof(row));
		wr_u64(&wr, query_get_int(&q));
		wr_u64(&wr, query_get_int(&q));
		query_get_blob(&q, row + wr.n, SEALED_LEN);
		ok = EVP_DigestUpdate(ctx, row, sizeof(row)) == 1;
	}
	if ((r = query_end(&q)) == 0 && n > 0)
		ok = ok && EVP_DigestFinal_ex(ctx, sum, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return r != 0 ? r : ok ? 0 : ERR_CRYPTO;
}

/* Whether the table is as it was left. */
static int
check(struct store *s)
{
	uint8_t sum[HASH_LEN];
	int r = sum_up(s, sum);

	if (r != 0)
		return r == ERR_FORMAT ? ERR_MAC : r;
	return memcmp(sum, s->now.enrolled, sizeof(sum)) == 0 ? 0 : ERR_MAC;
}

int
enrol_load(struct store *s)
{
	int r = sum_up(s, s->now.enrolled);

	/* What is no row of ours is told to who asks for users. */
	return r == ERR_FORMAT ? 0 : r;
}

static int
put(struct store *s, unsigned slot, unsigned user, const struct user_seat *seat)
{
	uint8_t p[SEAT_LEN], sealed[SEALED_LEN], bind[BIND_LEN];
	struct seal_key key;
	struct query q;
	struct wr wr;
	int r;

	wr_init(&wr, p, sizeof(p));
	seat_put(&wr, seat);
	if ((r = wr_end(&wr)) == 0 && (r = put_bind(s, slot, user, bind)) == 0 &&
	    (r = seat_key(s, &key)) == 0)
		r = seal_make(&key, bind, sizeof(bind), p, sizeof(p), sealed);
	OPENSSL_cleanse(&key, sizeof(key));
	if (r != 0)
		return r;
	query_init(&q, &s->sql, SQL_ENROLLED_PUT);
	query_int(&q, slot);
	query_int(&q, user);
	query_blob(&q, sealed, sizeof(sealed));
	return query_run(&q);
}

static int
get(struct store *s, unsigned slot, unsigned user, struct user_seat *seat)
{
	uint8_t p[SEAT_LEN], sealed[SEALED_LEN], bind[BIND_LEN];
	struct seal_key key;
	struct query q;
	struct rd rd;
	int r, found;

	memset(seat, 0, sizeof(*seat));
	query_init(&q, &s->sql, SQL_ENROLLED_GET);
	query_int(&q, slot);
	query_int(&q, user);
	if ((found = query_row(&q)) == 1)
		query_get_blob(&q, sealed, sizeof(sealed));
	if ((r = query_end(&q)) != 0)
		return r;
	if (found == 0)
		return ERR_NOT_FOUND;
	if ((r = put_bind(s, slot, user, bind)) == 0 && (r = seat_key(s, &key)) == 0)
		r = seal_open(&key, bind, sizeof(bind), sealed, sizeof(sealed), p, sizeof(p));
	OPENSSL_cleanse(&key, sizeof(key));
	if (r != 0)
		return r;
	rd_init(&rd, p, sizeof(p));
	seat_get(&rd, seat);
	if ((r = rd_end(&rd)) != 0)
		memset(seat, 0, sizeof(*seat));
	return r;
}

int
store_enrolled(struct store *s, unsigned slot, unsigned user, struct user_seat *seat)
{
	int r;

	memset(seat, 0, sizeof(*seat));
	if (slot >= SLOTS || user < 1 || user > USERS_MAX)
		return ERR_ARG;
	return (r = check(s)) != 0 ? r : get(s, slot, user, seat);
}

/* Cards open what they were made for and nothing beside it. */
static int
is_free(struct store *s, unsigned slot, unsigned user, const struct user_keys *keys)
{
	unsigned at_slot, at;
	int r = seat_find(s, keys, slot, user, &at_slot, &at);

	return r == ERR_NOT_FOUND ? 0 : r == 0 ? ERR_EXISTS : r;
}

int
store_enrol(struct store *s, unsigned slot, unsigned user, const struct user_seat *seat)
{
	struct row row;
	int r;

	if (slot >= SLOTS || user < 1 || user > USERS_MAX || !seat_is_sound(seat) ||
	    user_keys_check(&seat->keys) != 0)
		return ERR_ARG;
	if ((r = tx_begin(s)) != 0 || (r = row_get(s, &row)) != 0)
		goto out;
	if (row.state != HSM_INSTALLING && row.state != HSM_OPERATIONAL) {
		r = ERR_NOT_NOW;
		goto out;
	}
	if ((r = is_free(s, slot, user, &seat->keys)) == 0 &&
	    (r = put(s, slot, user, seat)) == 0)
		r = sum_up(s, s->now.enrolled);
out:
	return tx_end(s, r);
}

int
store_enrol_forget(struct store *s, unsigned slot)
{
	int r;

	if (slot > SLOTS)
		return ERR_ARG;
	if ((r = tx_begin(s)) == 0)
		r = slot == SLOTS ? enrol_drop(s) : enrol_drop_of(s, slot);
	return tx_end(s, r);
}

int
enrol_drop(struct store *s)
{
	struct query q;

	query_init(&q, &s->sql, SQL_ENROLLED_DROP);
	memset(s->now.enrolled, 0, sizeof(s->now.enrolled));
	return query_run(&q);
}

int
enrol_drop_of(struct store *s, unsigned slot)
{
	int r = check(s);

	/* What is left of a table that was tampered with is nobody. */
	if (r == ERR_MAC)
		return enrol_drop(s);
	if (r == 0 && (r = sql_set_int(&s->sql, SQL_ENROLLED_DROP_OF, slot)) == 0)
		r = sum_up(s, s->now.enrolled);
	return r;
}

int
enrol_seats(struct store *s, unsigned slot, unsigned users, struct slot_cards *cards)
{
	int r;

	memset(cards, 0, sizeof(*cards));
	cards->users = (uint8_t)users;
	r = check(s);
	for (unsigned i = 0; i < users && r == 0; i++)
		r = get(s, slot, i + 1, &cards->seat[i]);
	return r;
}

int
seat_find(struct store *s, const struct user_keys *keys, unsigned but_slot, unsigned but_user,
    unsigned *slot, unsigned *user)
{
	struct user_seat seat;
	int r;

	if ((r = check(s)) != 0)
		return r;
	for (unsigned i = 0; i < SLOTS; i++) {
		const struct slot_cards *c = &s->now.slot[i].record.cards;

		for (unsigned u = 1; u <= USERS_MAX; u++) {
			if (i == but_slot && u == but_user)
				continue;
			r = get(s, i, u, &seat);
			if (r != 0 && r != ERR_NOT_FOUND)
				return r;
			if ((r == 0 && user_keys_meet(&seat.keys, keys)) ||
			    (u <= c->users && user_keys_meet(&c->seat[u - 1].keys, keys))) {
				*slot = i;
				*user = u;
				return 0;
			}
		}
	}
	return ERR_NOT_FOUND;
}
