#include "tests/unit/client.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

enum { LARGE = 200 * 1024 };	/* more than an answer holds */

static uint8_t data[LARGE], result[LARGE + 64];

struct world {
	struct hsm h;
	struct client *c;
	uint64_t aes;
};

static void
enter(struct world *w)
{
	hsm_enter(&w->h);
	w->c = client_user(&w->h);
	w->aes = client_aes(w->c, 1, 1);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + (i >> 8));
}

static void
leave(struct world *w)
{
	client_free(w->c);
	hsm_leave(&w->h);
}

static CK_RV
begin(struct client *c, uint64_t uid, CK_MECHANISM_TYPE type, CK_FLAGS flags, uint64_t *op)
{
	struct wire_request *const r = client_ask(c, WIRE_OP_BEGIN, 1);
	CK_RV rv;

	client_mech(c, type);
	if (type == CKM_AES_GCM) {
		c->mech.bits = 128;
		c->mech.iv_n = 12;
	} else if (type == CKM_AES_CBC_PAD)
		c->mech.iv_n = 16;
	r->uid = uid;
	r->flags = flags;
	rv = client_call(c);
	*op = c->answer.op;
	return rv;
}

static CK_RV
update(struct client *c, uint64_t op, const uint8_t *p, size_t n)
{
	struct wire_request *const r = client_ask(c, WIRE_OP_UPDATE, 0);

	r->op = op;
	r->data = (struct wire_bytes){ p, n };
	return client_call(c);
}

static CK_RV
final(struct client *c, uint64_t op, const uint8_t *mac, size_t n)
{
	struct wire_request *const r = client_ask(c, WIRE_OP_FINAL, 0);

	r->op = op;
	r->data = (struct wire_bytes){ mac, n };
	return client_call(c);
}

/* All of it through an operation, in parts: how much came out. */
static size_t
through(struct client *c, uint64_t op, const uint8_t *in, size_t n, uint8_t *out)
{
	size_t got = 0;

	for (size_t at = 0; at < n; at += 50000) {
		OK(update(c, op, in + at, n - at < 50000 ? n - at : 50000));
		memcpy(out + got, c->answer.data.p, c->answer.data.n);
		got += c->answer.data.n;
	}
	do {
		OK(final(c, op, NULL, 0));
		memcpy(out + got, c->answer.data.p, c->answer.data.n);
		got += c->answer.data.n;
	} while (c->answer.more);
	return got;
}

static void
what_goes_through_in_parts_comes_back(void)
{
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_CBC_PAD, CKM_AES_GCM };
	uint8_t *back = malloc(LARGE + 64);
	struct world w;
	uint64_t op;
	size_t n;

	enter(&w);
	for (size_t i = 0; i < 2; i++) {
		OK(begin(w.c, w.aes, types[i], CKF_ENCRYPT, &op));
		n = through(w.c, op, data, sizeof(data), result);
		CU_ASSERT_EQUAL(n, sizeof(data) + 16);
		CU_ASSERT_EQUAL(final(w.c, op, NULL, 0), CKR_OPERATION_NOT_INITIALIZED);
		OK(begin(w.c, w.aes, types[i], CKF_DECRYPT, &op));
		CU_ASSERT_EQUAL_FATAL(through(w.c, op, result, n, back), sizeof(data));
		SAME(back, data, sizeof(data));
		CU_ASSERT_EQUAL(final(w.c, op, NULL, 0), CKR_OPERATION_NOT_INITIALIZED);
	}
	free(back);
	leave(&w);
}

static void
nothing_of_a_gcm_plaintext_is_given_out_before_its_tag_was_checked(void)
{
	struct world w;
	uint64_t op;
	size_t n;

	enter(&w);
	OK(begin(w.c, w.aes, CKM_AES_GCM, CKF_ENCRYPT, &op));
	n = through(w.c, op, data, 1000, result);
	result[n - 1] ^= 1;
	OK(begin(w.c, w.aes, CKM_AES_GCM, CKF_DECRYPT, &op));
	OK(update(w.c, op, result, n));
	CU_ASSERT_EQUAL(w.c->answer.data.n, 0);
	CU_ASSERT_EQUAL(final(w.c, op, NULL, 0), CKR_ENCRYPTED_DATA_INVALID);
	CU_ASSERT_EQUAL(final(w.c, op, NULL, 0), CKR_OPERATION_NOT_INITIALIZED);
	leave(&w);
}

static void
a_mac_in_parts_is_made_and_checked(void)
{
	struct world w;
	uint8_t mac[16];
	uint64_t op;

	enter(&w);
	OK(begin(w.c, w.aes, CKM_AES_CMAC, CKF_SIGN, &op));
	OK(update(w.c, op, data, 100));
	OK(final(w.c, op, NULL, 0));
	CU_ASSERT_EQUAL_FATAL(w.c->answer.data.n, 16);
	memcpy(mac, w.c->answer.data.p, 16);
	for (int i = 0; i < 3; i++) {
		OK(begin(w.c, w.aes, CKM_AES_CMAC, CKF_VERIFY, &op));
		OK(update(w.c, op, data, 60));
		OK(update(w.c, op, data + 60, 40));
		mac[3] = (uint8_t)(mac[3] ^ (i == 1));
		CU_ASSERT_EQUAL(final(w.c, op, mac, i == 2 ? 0 : 16), i == 0 ? CKR_OK :
		    i == 1 ? CKR_SIGNATURE_INVALID : CKR_SIGNATURE_LEN_RANGE);
		CU_ASSERT_EQUAL(update(w.c, op, data, 1), CKR_OPERATION_NOT_INITIALIZED);
	}
	leave(&w);
}

static void
an_operation_is_the_applications_alone_and_ends_with_the_login(void)
{
	struct world w;
	struct client *other;
	uint64_t op, next;

	enter(&w);
	other = client_new(&w.h, NULL);
	OK(client_login(other, 1, CKU_USER, USER_PIN));
	OK(begin(w.c, w.aes, CKM_AES_CMAC, CKF_SIGN, &op));
	CU_ASSERT_EQUAL(update(other, op, data, 1), CKR_OPERATION_NOT_INITIALIZED);
	CU_ASSERT_EQUAL(final(other, op, NULL, 0), CKR_OPERATION_NOT_INITIALIZED);
	client_ask(other, WIRE_OP_CANCEL, 0)->op = op;
	OK(client_call(other));
	OK(update(w.c, op, data, 1));
	/* SoftHSM signs after a logout (its issue 900). */
	OK(client_logout(w.c, 1));
	CU_ASSERT_EQUAL(update(w.c, op, data, 1), CKR_OPERATION_NOT_INITIALIZED);
	OK(client_login(w.c, 1, CKU_USER, USER_PIN));
	CU_ASSERT_EQUAL(final(w.c, op, NULL, 0), CKR_OPERATION_NOT_INITIALIZED);
	OK(begin(w.c, w.aes, CKM_AES_CMAC, CKF_SIGN, &next));
	CU_ASSERT_NOT_EQUAL(next, op);
	p11_slot_closed(w.h.server, 1);
	CU_ASSERT_EQUAL(final(w.c, next, NULL, 0), CKR_OPERATION_NOT_INITIALIZED);
	client_free(other);
	leave(&w);
}

static void
an_operation_that_is_cancelled_or_fails_is_gone(void)
{
	struct world w;
	uint64_t op;

	enter(&w);
	OK(begin(w.c, w.aes, CKM_AES_CMAC, CKF_SIGN, &op));
	client_ask(w.c, WIRE_OP_CANCEL, 0)->op = op;
	OK(client_call(w.c));
	CU_ASSERT_EQUAL(update(w.c, op, data, 1), CKR_OPERATION_NOT_INITIALIZED);
	OK(begin(w.c, w.aes, CKM_AES_CBC_PAD, CKF_DECRYPT, &op));
	OK(update(w.c, op, data, 15));
	CU_ASSERT_EQUAL(final(w.c, op, NULL, 0), CKR_ENCRYPTED_DATA_LEN_RANGE);
	CU_ASSERT_EQUAL(final(w.c, op, NULL, 0), CKR_OPERATION_NOT_INITIALIZED);
	/* A piece was asked for; there is no way back to what came before it. */
	OK(begin(w.c, w.aes, CKM_AES_GCM, CKF_ENCRYPT, &op));
	through(w.c, op, data, LARGE - 16, result);
	OK(begin(w.c, w.aes, CKM_AES_GCM, CKF_DECRYPT, &op));
	for (size_t at = 0; at < LARGE; at += 51200)
		OK(update(w.c, op, result + at, 51200));
	OK(final(w.c, op, NULL, 0));
	CU_ASSERT_EQUAL(w.c->answer.more, 1);
	CU_ASSERT_EQUAL(update(w.c, op, data, 1), CKR_OPERATION_NOT_INITIALIZED);
	CU_ASSERT_EQUAL(final(w.c, op, NULL, 0), CKR_OPERATION_NOT_INITIALIZED);
	leave(&w);
}

static const struct sentence sentences[] = {
	SENTENCE(what_goes_through_in_parts_comes_back),
	SENTENCE(nothing_of_a_gcm_plaintext_is_given_out_before_its_tag_was_checked),
	SENTENCE(a_mac_in_parts_is_made_and_checked),
	SENTENCE(an_operation_is_the_applications_alone_and_ends_with_the_login),
	SENTENCE(an_operation_that_is_cancelled_or_fails_is_gone),
};

SUITE("server_op", sentences)
