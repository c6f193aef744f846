#include "tests/unit/crypt_keys.h"

#include <string.h>

#include "tests/unit/suite.h"

static struct crypt *crypt;
static struct object aes, secret;
static uint8_t iv[16] = { 1, 2, 3 };
static const struct ck_gcm_params gcm = { iv, 13, 0, iv, 5, 96 };
static const CK_AES_CTR_PARAMS ctr = { 32, { 9 } };
static const CK_ULONG five = 5;
enum { LENGTH = 48, OUT = 96 };
static uint8_t text[LENGTH];

static const struct {
	CK_MECHANISM_TYPE type;
	const void *param;
	size_t param_n;
	struct object *key;
} rows[] = {
	{ CKM_AES_ECB, NULL, 0, &aes },
	{ CKM_AES_CBC, iv, 16, &aes },
	{ CKM_AES_CBC_PAD, iv, 16, &aes },
	{ CKM_AES_CTR, &ctr, sizeof(ctr), &aes },
	{ CKM_AES_GCM, &gcm, sizeof(gcm), &aes },
	{ CKM_AES_CMAC, NULL, 0, &aes },
	{ CKM_AES_CMAC_GENERAL, &five, sizeof(five), &aes },
	{ CKM_SHA384_HMAC, NULL, 0, &secret },
	{ CKM_SHA_1_HMAC_GENERAL, &five, sizeof(five), &secret },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]), CIPHERS = 5 };

static void
begin(void)
{
	if (crypt != NULL)
		return;
	OK(crypt_new(&crypt));
	object_secret(&aes, CKK_AES, "000102030405060708090a0b0c0d0e0f1011121314151617");
	object_secret(&secret, CKK_GENERIC_SECRET, "0102030405");
	for (size_t i = 0; i < LENGTH; i++)
		text[i] = (uint8_t)(3 * i);
}

static struct mech *
mechanism(struct mech *m, size_t row)
{
	return mech_of(m, rows[row].type, rows[row].param, rows[row].param_n);
}

/* All in two updates and a final one, each with exactly the room that it needs. */
static CK_RV
in_parts(size_t row, CK_FLAGS op, const uint8_t *data, size_t n, size_t split, uint8_t out[OUT],
    size_t *out_n)
{
	struct crypt_key *key = object_key(crypt, rows[row].key);
	const size_t lengths[2] = { split, n - split };
	size_t at = 0, want, got;
	struct crypt_op *o;
	struct mech m;
	CK_RV rv;

	OK(crypt_op_new(crypt, key, mechanism(&m, row), op, &o));
	crypt_key_free(key);
	for (int i = 0; i < 2; i++) {
		OK(crypt_op_update(o, data + (i == 0 ? 0 : split), lengths[i], NULL, &want));
		if (op == CKF_SIGN)
			continue;
		if (want > 0) {
			got = want - 1;
			CU_ASSERT_EQUAL(crypt_op_update(o, data + (i == 0 ? 0 : split), lengths[i],
			    out + at, &got), CKR_BUFFER_TOO_SMALL);
			CU_ASSERT_EQUAL(got, want);
		}
		got = want;
		OK(crypt_op_update(o, data + (i == 0 ? 0 : split), lengths[i], out + at, &got));
		CU_ASSERT_EQUAL(got, want);
		at += got;
	}
	rv = crypt_op_final(o, NULL, 0, NULL, &want);
	if (rv == CKR_OK && want > 0) {
		got = want - 1;
		CU_ASSERT_EQUAL(crypt_op_final(o, NULL, 0, out + at, &got), CKR_BUFFER_TOO_SMALL);
		CU_ASSERT_EQUAL(got, want);
		/* What has come off its padding is at its end. */
		if (op == CKF_DECRYPT && rows[row].type == CKM_AES_CBC_PAD)
			CU_ASSERT_EQUAL(crypt_op_update(o, text, 16, out + at, &got),
			    CKR_OPERATION_NOT_INITIALIZED);
	}
	if (rv == CKR_OK) {
		got = want;
		rv = crypt_op_final(o, NULL, 0, out + at, &got);
		CU_ASSERT_EQUAL(got, want);
		CU_ASSERT_EQUAL(crypt_op_final(o, NULL, 0, out + at, &got),
		    CKR_OPERATION_NOT_INITIALIZED);
		*out_n = at + got;
	}
	crypt_op_free(o);
	return rv;
}

static void
parts_give_what_one_piece_gives_at_every_split(void)
{
	uint8_t whole[OUT], parts[OUT], back[OUT];
	size_t whole_n, parts_n, back_n, n;
	struct crypt_key *key;
	struct mech m;

	begin();
	for (size_t row = 0; row < ROWS; row++)
		for (n = 0; n <= LENGTH; n += row < 2 ? 16 : 1) {
			const int cipher = row < CIPHERS;

			key = object_key(crypt, rows[row].key);
			mechanism(&m, row);
			whole_n = sizeof(whole);
			OK(cipher ? crypt_encrypt(crypt, key, &m, text, n, whole, &whole_n) :
			    crypt_sign(crypt, key, &m, text, n, whole, &whole_n));
			crypt_key_free(key);
			for (size_t split = 0; split <= n; split++) {
				OK(in_parts(row, cipher ? CKF_ENCRYPT : CKF_SIGN, text, n, split, parts,
				    &parts_n));
				CU_ASSERT_EQUAL_FATAL(parts_n, whole_n);
				SAME(parts, whole, whole_n);
			}
			for (size_t split = 0; cipher && split <= whole_n; split++) {
				OK(in_parts(row, CKF_DECRYPT, whole, whole_n, split, back, &back_n));
				CU_ASSERT_EQUAL_FATAL(back_n, n);
				SAME(back, text, n);
			}
		}
}

static void
a_mac_is_verified_at_the_end(void)
{
	uint8_t mac[48];
	struct crypt_key *key;
	struct crypt_op *o;
	struct mech m;
	size_t n;

	begin();
	for (size_t row = CIPHERS; row < ROWS; row++) {
		key = object_key(crypt, rows[row].key);
		mechanism(&m, row);
		n = sizeof(mac);
		OK(crypt_sign(crypt, key, &m, text, 20, mac, &n));
		for (int wrong = 0; wrong < 3; wrong++) {
			OK(crypt_op_new(crypt, key, &m, CKF_VERIFY, &o));
			OK(crypt_op_update(o, text, 20, NULL, NULL));
			mac[n - 1] ^= wrong == 1;
			CU_ASSERT_EQUAL(crypt_op_final(o, mac, n - (wrong == 2), NULL, NULL),
			    wrong == 0 ? CKR_OK : wrong == 1 ? CKR_SIGNATURE_INVALID :
			    CKR_SIGNATURE_LEN_RANGE);
			CU_ASSERT_EQUAL(crypt_op_final(o, mac, n, NULL, NULL),
			    CKR_OPERATION_NOT_INITIALIZED);
			mac[n - 1] ^= wrong == 1;
			crypt_op_free(o);
		}
		/* What was left standing leaves nothing behind for the next. */
		OK(crypt_op_new(crypt, key, &m, CKF_SIGN, &o));
		OK(crypt_op_update(o, text, 7, NULL, NULL));
		crypt_op_free(o);
		OK(crypt_verify(crypt, key, &m, text, 20, mac, n));
		crypt_key_free(key);
	}
}

static void
what_does_not_make_whole_blocks_is_refused_at_the_end(void)
{
	static const struct {
		size_t row;
		CK_FLAGS op;
		size_t n;
		CK_RV want;
	} refused[] = {
		{ 0, CKF_ENCRYPT, 17, CKR_DATA_LEN_RANGE },
		{ 1, CKF_ENCRYPT, 15, CKR_DATA_LEN_RANGE },
		{ 1, CKF_DECRYPT, 31, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ 2, CKF_DECRYPT, 0, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ 2, CKF_DECRYPT, 33, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ 2, CKF_DECRYPT, 32, CKR_ENCRYPTED_DATA_INVALID },
		{ 4, CKF_DECRYPT, 11, CKR_ENCRYPTED_DATA_LEN_RANGE },
	};
	uint8_t out[OUT];
	size_t n;

	begin();
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CU_ASSERT_EQUAL(in_parts(refused[i].row, refused[i].op, text, refused[i].n, 0, out, &n),
		    refused[i].want);
}

static void
gcm_gives_nothing_out_before_its_tag_was_right(void)
{
	static const uint8_t zero[OUT];
	uint8_t cipher[OUT], out[OUT] = { 0 };
	struct crypt_key *key;
	struct crypt_op *o;
	struct mech m;
	size_t n = OUT, got = OUT;

	begin();
	key = object_key(crypt, &aes);
	mechanism(&m, 4);
	OK(crypt_encrypt(crypt, key, &m, text, LENGTH, cipher, &n));
	cipher[3] ^= 1;
	OK(crypt_op_new(crypt, key, &m, CKF_DECRYPT, &o));
	OK(crypt_op_update(o, cipher, n, out, &got));
	CU_ASSERT_EQUAL(got, 0);
	got = OUT;
	CU_ASSERT_EQUAL(crypt_op_final(o, NULL, 0, out, &got), CKR_ENCRYPTED_DATA_INVALID);
	SAME(out, zero, OUT);
	CU_ASSERT_EQUAL(crypt_op_update(o, cipher, n, out, &got), CKR_OPERATION_NOT_INITIALIZED);
	crypt_op_free(o);
	crypt_key_free(key);
}

static void
gcm_holds_so_much_and_no_more(void)
{
	static uint8_t piece[CRYPT_HELD_MAX / 16];
	struct crypt_key *key;
	struct crypt_op *o;
	struct mech m;
	size_t n = 0;

	begin();
	key = object_key(crypt, &aes);
	OK(crypt_op_new(crypt, key, mechanism(&m, 4), CKF_DECRYPT, &o));
	for (int i = 0; i < 16; i++)
		OK(crypt_op_update(o, piece, sizeof(piece), piece, &n));
	CU_ASSERT_EQUAL(crypt_op_update(o, piece, 1, piece, &n), CKR_DATA_LEN_RANGE);
	crypt_op_free(o);
	crypt_key_free(key);
}

static void
a_counter_does_not_wrap_between_parts(void)
{
	static const CK_AES_CTR_PARAMS two = { 1, { 0 } };
	struct crypt_key *key;
	struct crypt_op *o;
	uint8_t out[OUT];
	struct mech m;
	size_t n = OUT;

	begin();
	key = object_key(crypt, &aes);
	mech_of(&m, CKM_AES_CTR, &two, sizeof(two));
	OK(crypt_op_new(crypt, key, &m, CKF_ENCRYPT, &o));
	OK(crypt_op_update(o, text, 31, out, &n));
	n = OUT;
	OK(crypt_op_update(o, text, 1, out, &n));
	n = OUT;
	CU_ASSERT_EQUAL(crypt_op_update(o, text, 1, out, &n), CKR_DATA_LEN_RANGE);
	crypt_op_free(o);
	crypt_key_free(key);
}

static void
what_has_no_parts_is_refused(void)
{
	struct object public_key, private_key;
	struct crypt_key *key;
	struct crypt_op *o;
	struct mech m;

	begin();
	key = object_key(crypt, &aes);
	mech_of(&m, CKM_AES_KEY_WRAP, NULL, 0);
	CU_ASSERT_EQUAL(crypt_op_new(crypt, key, &m, CKF_ENCRYPT, &o), CKR_MECHANISM_INVALID);
	CU_ASSERT_PTR_NULL(o);
	mech_of(&m, CKM_AES_CBC, iv, 16);
	CU_ASSERT_EQUAL(crypt_op_new(crypt, key, &m, CKF_WRAP, &o), CKR_MECHANISM_INVALID);
	CU_ASSERT_EQUAL(crypt_op_new(crypt, key, &m, CKF_SIGN, &o), CKR_MECHANISM_INVALID);
	crypt_key_free(key);
	object_pair(crypt, CKM_EC_KEY_PAIR_GEN, P256, &public_key, &private_key);
	key = object_key(crypt, &private_key);
	mech_of(&m, CKM_ECDSA_SHA256, NULL, 0);
	CU_ASSERT_EQUAL(crypt_op_new(crypt, key, &m, CKF_SIGN, &o), CKR_MECHANISM_INVALID);
	mech_of(&m, CKM_AES_CBC, iv, 16);
	CU_ASSERT_EQUAL(crypt_op_new(crypt, key, &m, CKF_ENCRYPT, &o), CKR_KEY_TYPE_INCONSISTENT);
	crypt_key_free(key);
	crypt_free(crypt);
	crypt = NULL;
}

static const struct sentence sentences[] = {
	SENTENCE(parts_give_what_one_piece_gives_at_every_split),
	SENTENCE(a_mac_is_verified_at_the_end),
	SENTENCE(what_does_not_make_whole_blocks_is_refused_at_the_end),
	SENTENCE(gcm_gives_nothing_out_before_its_tag_was_right),
	SENTENCE(gcm_holds_so_much_and_no_more),
	SENTENCE(a_counter_does_not_wrap_between_parts),
	SENTENCE(what_has_no_parts_is_refused),
};

SUITE("crypt_op", sentences)
