#include "hsm/vault/store_parts.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"

enum { SEALED_LEN = SEAT_LEN + SEAL_OVERHEAD, BIND_LEN = 2 };

static int
seat_key(struct store *s, struct seal_key *key)
{
	return s->key == NULL ? ERR_MAC :
	    derive_key(s->key, NULL, "cardinal enrolled", NULL, 0, key);
}

/* Whose seat that is: no row stands in for another's. */
static void
put_bind(unsigned slot, unsigned user, uint8_t bind[BIND_LEN])
{
	bind[0] = (uint8_t)slot;
	bind[1] = (uint8_t)user;
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
	put_bind(slot, user, bind);
	if ((r = wr_end(&wr)) == 0 && (r = seat_key(s, &key)) == 0)
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

int
store_enrolled(struct store *s, unsigned slot, unsigned user, struct user_seat *seat)
{
	uint8_t p[SEAT_LEN], sealed[SEALED_LEN], bind[BIND_LEN];
	struct seal_key key;
	struct query q;
	struct rd rd;
	int r, found;

	memset(seat, 0, sizeof(*seat));
	if (slot >= SLOTS || user < 1 || user > USERS_MAX)
		return ERR_ARG;
	query_init(&q, &s->sql, SQL_ENROLLED_GET);
	query_int(&q, slot);
	query_int(&q, user);
	if ((found = query_row(&q)) == 1)
		query_get_blob(&q, sealed, sizeof(sealed));
	if ((r = query_end(&q)) != 0)
		return r;
	if (found == 0)
		return ERR_NOT_FOUND;
	put_bind(slot, user, bind);
	if ((r = seat_key(s, &key)) == 0)
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
	if ((r = is_free(s, slot, user, &seat->keys)) == 0)
		r = put(s, slot, user, seat);
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
		r = slot == SLOTS ? enrol_drop(s) :
		    sql_set_int(&s->sql, SQL_ENROLLED_DROP_OF, slot);
	return tx_end(s, r);
}

int
enrol_drop(struct store *s)
{
	struct query q;

	query_init(&q, &s->sql, SQL_ENROLLED_DROP);
	return query_run(&q);
}

int
enrol_seats(struct store *s, unsigned slot, unsigned users, struct slot_cards *cards)
{
	int r = 0;

	memset(cards, 0, sizeof(*cards));
	cards->users = (uint8_t)users;
	for (unsigned i = 0; i < users && r == 0; i++)
		r = store_enrolled(s, slot, i + 1, &cards->seat[i]);
	return r;
}

int
seat_find(struct store *s, const struct user_keys *keys, unsigned but_slot, unsigned but_user,
    unsigned *slot, unsigned *user)
{
	struct user_seat seat;
	int r;

	for (unsigned i = 0; i < SLOTS; i++) {
		const struct slot_cards *c = &s->now.slot[i].record.cards;

		for (unsigned u = 1; u <= USERS_MAX; u++) {
			if (i == but_slot && u == but_user)
				continue;
			r = store_enrolled(s, i, u, &seat);
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
