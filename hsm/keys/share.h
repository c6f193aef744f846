#ifndef CARDINAL_SHARE_H
#define CARDINAL_SHARE_H

#include <stdint.h>

#include "card-os/profile/profile.h"
#include "hsm/keys/mbk.h"
#include "hsm/keys/shamir.h"

/*
 * The share record: what one card of a set holds. SHARE_HEADER_LEN bytes are
 * free to read, the rest needs PIN and channel:
 *
 *   "MBKS" version:1 mode:1 set:8 label:16 key:8 k:1 n:1 x:1 date:8 kcv:5 zero:10
 *   share:32 salt:16 check:16
 *
 * label and key are printable ASCII, one character at least, padded with zeros.
 * 2 <= k <= n <= SHAMIR_N_MAX, 1 <= x <= n. date is in seconds since 1970, UTC.
 * check = SHA-256("cardinal share v1" header share salt), first 16 bytes.
 */
enum {
	SHARE_VERSION = 1,
	SHARE_TEST = 1,
	SHARE_LIVE = 2,
	SET_ID_LEN = 8,
	LABEL_MAX = 16,
	KEY_NAME_MAX = 8,
	SALT_LEN = 16,
	CHECK_LEN = 16,
};

struct share_header {
	uint8_t mode;			/* SHARE_TEST or SHARE_LIVE */
	uint8_t set[SET_ID_LEN];
	char label[LABEL_MAX + 1];	/* of the HSM */
	char key_name[KEY_NAME_MAX + 1];
	uint8_t k, n, x;
	uint64_t date;
	uint8_t kcv[KCV_LEN];
};

struct share {
	struct share_header head;
	uint8_t y[MBK_LEN];
	uint8_t salt[SALT_LEN];
	uint8_t check[CHECK_LEN];
};

/* A set as the HSM keeps it: no secret in it. */
struct share_set {
	struct share_header head;		/* x is 0 */
	uint8_t check[SHAMIR_N_MAX][CHECK_LEN];	/* of share x at x - 1 */
};

/* Whether an HSM may be called that; whether a header holds what a share may say: 0 or ERR_ARG. */
int share_label_check(const char *);
int share_header_check(const struct share_header *);

/*
 * Codecs of one record. Decoding checks length, magic, version, ranges, zeros
 * and texts, not the check value: 0, ERR_NOT_FOUND when all bytes are zero (no share),
 * ERR_VERSION, ERR_FORMAT. Encoding is 0, or ERR_ARG for what decoding would refuse. On an error
 * what was to be made is zeroed.
 */
int share_header_encode(const struct share_header *, uint8_t out[SHARE_HEADER_LEN]);
int share_header_decode(const uint8_t *, size_t n, struct share_header *);
int share_encode(const struct share *, uint8_t out[SHARE_RECORD_LEN]);
int share_decode(const uint8_t *, size_t n, struct share *);
void share_wipe(struct share *, unsigned n);

/*
 * Splits the key into head->n shares with salts and check values; head tells
 * all but x and the check value of the key, which are filled in; set gets the
 * HSM's record. 0, ERR_ARG, ERR_CRYPTO. The caller wipes the shares; on an error they are
 * zeroed already.
 */
int share_split(const struct mbk *, const struct share_header *head, struct share *,
    struct share_set *set);

/*
 * The share's own check value: made, with a new salt (0, ERR_ARG, ERR_CRYPTO), and compared, in
 * constant time (0, ERR_SHARE_DAMAGED, ERR_CRYPTO).
 */
int share_salt(struct share *);
int share_check(const struct share *);
/*
 * Whether a share belongs to the set that the HSM knows: 0, or the first that is
 * wrong of ERR_SHARE_TEST, ERR_SHARE_SET, ERR_SHARE_HSM, ERR_SHARE_X (0 or over n),
 * ERR_SHARE_DAMAGED (anything else, and a check value other than the one that
 * the HSM has). The first looks at the header alone.
 */
int share_header_of_set(const struct share_header *, const struct share_set *);
int share_of_set(const struct share *, const struct share_set *);

/*
 * Combines count >= k shares of one set. Everything is checked before any
 * arithmetic, the key's check value after it: 0, or the first of ERR_ARG (count
 * over SHAMIR_N_MAX), ERR_SHARES_FEW, ERR_SHARE_TWICE (same set and x), ERR_SHARE_SET,
 * ERR_SHARE_HSM, ERR_SHARE_X, ERR_SHARE_TEST, ERR_SHARE_DAMAGED, ERR_SHARE_KCV; ERR_CRYPTO.
 * The first share tells what the others have to be. *bad is the index of the
 * share that is to blame, or count where none is. On an error the key is zeroed.
 */
int share_combine(const struct share *, unsigned count, struct mbk *, unsigned *bad);
/*
 * Makes share x again from count others of its set (checked as in
 * share_combine, and that they are of `set`), with a new salt; set->check[x - 1] becomes its
 * check value. ERR_SHARE_X when x is no number of the set. On an error out is zeroed and the set as
 * it was.
 */
int share_rebuild(const struct share *, unsigned count, uint8_t x, struct share *out,
    struct share_set *set, unsigned *bad);

#endif
