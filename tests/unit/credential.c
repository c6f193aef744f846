#include "hsm/keys/credential.h"

#include <string.h>
#include <sys/prctl.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "card-os/iso7816/tlv.h"
#include "hsm/keys/challenge.h"
#include "hsm/keys/secmem.h"
#include "tests/unit/deck.h"
#include "tests/unit/ownstack.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

static const struct user_head alice = {
	.mode = SHARE_TEST, .label = "cardinal-0001", .slot = 7, .user = 2, .users = 3, .copy = 0,
	.copies = 2, .date = 1760000000,
};

static void
without_secret_memory_there_is_no_credential(void)
{
	struct credential *c;
	uint8_t p[1];

	CU_ASSERT_EQUAL(credential_make(&c, &alice), ERR_NOMEM);
	CU_ASSERT_PTR_NULL(c);
	OK(secmem_init());
	/* The leak checker of the sanitizers traces its own process. */
	(void)prctl(PR_SET_DUMPABLE, 1);
	/* OpenSSL keeps the state of its random generators there from now on. */
	CU_ASSERT_EQUAL(RAND_bytes(p, 1), 1);
	CU_ASSERT_EQUAL(RAND_priv_bytes(p, 1), 1);
}

static struct credential *
made(void)
{
	struct credential *c;

	OK(credential_make(&c, &alice));
	return c;
}

/* Parts of the content, found as a card finds them. */
struct parts {
	uint8_t content[CREDENTIAL_CONTENT_MAX];
	size_t n;
	struct tlv rsa, ec, cert, record;
};

static void
take_apart(const struct credential *c, unsigned copy, struct parts *p)
{
	struct tlv all;
	struct rd rd;

	OK(credential_content(c, copy, p->content, &p->n));
	rd_init(&rd, p->content, p->n);
	CU_ASSERT_EQUAL(tlv_next(&rd, &all), 1);
	OK(rd_end(&rd));
	CU_ASSERT_EQUAL(all.tag, 0x70);
	rd_init(&rd, all.p, all.n);
	CU_ASSERT_EQUAL(tlv_next(&rd, &p->rsa), 1);
	CU_ASSERT_EQUAL(tlv_next(&rd, &p->ec), 1);
	CU_ASSERT_EQUAL(tlv_next(&rd, &p->cert), 1);
	CU_ASSERT_EQUAL(tlv_next(&rd, &p->record), 1);
	OK(rd_end(&rd));
}

static void
a_card_takes_what_was_made(void)
{
	static uint8_t command[CREDENTIAL_CONTENT_MAX + 16];
	static struct deck d;
	struct credential *c = made();
	struct apdu a = { .ins = INS_PUT_DATA_ODD, .p1 = 0x3f, .p2 = 0xff };
	struct parts p;
	struct wr wr;
	struct sm sm;

	take_apart(c, 1, &p);
	deck_new(&d);
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	a.data = p.content;
	a.nc = p.n;
	wr_init(&wr, command, sizeof(command));
	apdu_encode(&wr, &a);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, command, wr.n), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "00A4020C02 4103"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "00B0000041"), SW_OK);
	SAME(d.rsp, credential_keys(c)->point, USER_POINT);
	credential_free(&c);
	card_wipe(&d.card);
}

static void
each_copy_has_a_record_of_its_own(void)
{
	struct credential *c = made();
	uint8_t print[USER_PRINT_LEN];
	struct user_head head;
	struct parts p;

	OK(user_print(credential_keys(c), print));
	for (unsigned copy = 1; copy <= alice.copies; copy++) {
		take_apart(c, copy, &p);
		OK(user_head_decode(p.record.p, p.record.n, &head));
		CU_ASSERT_EQUAL(head.copy, copy);
		CU_ASSERT_EQUAL(head.copies, alice.copies);
		CU_ASSERT_EQUAL(head.user, alice.user);
		CU_ASSERT_EQUAL(head.users, alice.users);
		CU_ASSERT_EQUAL(head.slot, alice.slot);
		CU_ASSERT_EQUAL(head.date, alice.date);
		CU_ASSERT_STRING_EQUAL(head.label, alice.label);
		SAME(head.print, print, sizeof(print));
	}
	CU_ASSERT_EQUAL(credential_content(c, 0, p.content, &p.n), ERR_ARG);
	CU_ASSERT_EQUAL(credential_content(c, alice.copies + 1, p.content, &p.n), ERR_ARG);
	CU_ASSERT_EQUAL(credential_content(c, 257, p.content, &p.n), ERR_ARG);
	CU_ASSERT_EQUAL(p.n, 0);
	credential_free(&c);
}

static void
the_certificate_names_the_user_and_is_signed_by_the_users_key(void)
{
	struct credential *c = made();
	struct parts p;
	const uint8_t *der;
	time_t from = (time_t)alice.date;
	char name[80] = "";
	X509 *cert;

	take_apart(c, 1, &p);
	der = p.cert.p;
	cert = d2i_X509(NULL, &der, (long)p.cert.n);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cert);
	CU_ASSERT_PTR_EQUAL(der, p.cert.p + p.cert.n);
	CU_ASSERT_EQUAL(X509_verify(cert, X509_get0_pubkey(cert)), 1);
	(void)X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name,
	    sizeof(name));
	CU_ASSERT_STRING_EQUAL(name, "cardinal-0001 slot 7 user 2");
	CU_ASSERT_EQUAL(X509_cmp_time(X509_get0_notBefore(cert), &from), -1);
	from--;
	CU_ASSERT_EQUAL(X509_cmp_time(X509_get0_notBefore(cert), &from), 1);
	from += 30L * 365 * 86400;
	CU_ASSERT_EQUAL(X509_cmp_time(X509_get0_notAfter(cert), &from), 1);
	CU_ASSERT_EQUAL(X509_get_key_usage(cert), KU_DIGITAL_SIGNATURE);
	CU_ASSERT_EQUAL(X509_check_ca(cert), 0);
	X509_free(cert);
	credential_free(&c);
}

static const struct {
	const char *why;
	size_t at;
	uint8_t value;
} bad_heads[] = {
	{ "no mode", offsetof(struct user_head, mode), 0 },
	{ "no label", offsetof(struct user_head, label), 0 },
	{ "slot 10", offsetof(struct user_head, slot), 10 },
	{ "user 0", offsetof(struct user_head, user), 0 },
	{ "user over users", offsetof(struct user_head, user), 4 },
	{ "six users", offsetof(struct user_head, users), 6 },
	{ "no copies", offsetof(struct user_head, copies), 0 },
	{ "ten copies", offsetof(struct user_head, copies), 10 },
	{ "a day after the last", offsetof(struct user_head, date) + 7, 0x7f },
};

static void
a_head_that_no_card_can_have_makes_none(void)
{
	struct credential *c;
	struct user_head h;

	for (size_t i = 0; i < LEN(bad_heads); i++) {
		h = alice;
		((uint8_t *)&h)[bad_heads[i].at] = bad_heads[i].value;
		if (credential_make(&c, &h) != ERR_ARG || c != NULL)
			CU_FAIL(bad_heads[i].why);
	}
}

static void
the_longest_name_fits_a_certificate(void)
{
	struct user_head h = alice;
	struct credential *c;
	struct parts p;

	memcpy(h.label, "0123456789abcdef", LABEL_MAX);
	h.copy = 200;
	OK(credential_make(&c, &h));
	take_apart(c, 2, &p);
	credential_free(&c);
}

static void
two_credentials_have_nothing_in_common(void)
{
	struct credential *a = made(), *b = made();

	OK(user_keys_check(credential_keys(a)));
	CU_ASSERT_EQUAL(user_keys_meet(credential_keys(a), credential_keys(b)), 0);
	credential_free(&a);
	CU_ASSERT_PTR_NULL(a);
	credential_free(&a);
	credential_free(&b);
}

/* The scalar of P-256, as a card would use it. */
static const uint8_t *
scalar_of(const struct parts *p)
{
	struct tlv scalar;

	OK(tlv_find(p->ec.p, p->ec.n, 0x87, &scalar));
	CU_ASSERT_EQUAL_FATAL(scalar.n, P256_SCALAR);
	return scalar.p;
}

static void
a_card_that_has_it_passes_the_test_and_no_other(void)
{
	struct credential *a = made(), *b = made();
	static const struct credential_test zero;
	struct credential_test test;
	struct user_keys keys;
	struct parts p;
	uint8_t z[32];

	OK(credential_test_make(credential_keys(a), &test));
	take_apart(a, 1, &p);
	OK(p256_agree(scalar_of(&p), test.point, z));
	OK(credential_test_check(&test, z));
	z[31] ^= 1;
	CU_ASSERT_EQUAL(credential_test_check(&test, z), ERR_MAC);
	take_apart(b, 1, &p);
	OK(p256_agree(scalar_of(&p), test.point, z));
	CU_ASSERT_EQUAL(credential_test_check(&test, z), ERR_MAC);
	keys = *credential_keys(a);
	keys.point[64] ^= 1;
	CU_ASSERT_EQUAL(credential_test_make(&keys, &test), ERR_FORMAT);
	SAME(&test, &zero, sizeof(test));
	OPENSSL_cleanse(&p, sizeof(p));
	credential_free(&a);
	credential_free(&b);
}

static void
nothing_of_it_is_left_in_secret_memory(void)
{
	size_t before = CRYPTO_secure_used();
	struct credential *c = made();

	CU_ASSERT_TRUE(CRYPTO_secure_allocated(c));
	credential_free(&c);
	CU_ASSERT_EQUAL(CRYPTO_secure_used(), before);
}

/* What ward has beside it: three quarters of its heap may be in use. */
static void
a_quarter_of_wards_heap_will_do(void)
{
	uint8_t *rest[2], *content;
	struct credential *c;
	size_t n;

	rest[0] = secmem_alloc(SECMEM_SIZE / 2);
	rest[1] = secmem_alloc(SECMEM_SIZE / 4);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rest[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rest[1]);
	c = made();
	content = secmem_alloc(CREDENTIAL_CONTENT_MAX);
	CU_ASSERT_PTR_NOT_NULL_FATAL(content);
	OK(credential_content(c, 1, content, &n));
	secmem_free(&content, CREDENTIAL_CONTENT_MAX);
	credential_free(&c);
	secmem_free(&rest[1], SECMEM_SIZE / 4);
	secmem_free(&rest[0], SECMEM_SIZE / 2);
}

static void
a_full_heap_makes_none_and_is_as_it_was(void)
{
	static void *taken[SECMEM_SIZE / 1024];
	struct credential *c;
	size_t n, used;
	int r;

	for (n = 0; n < LEN(taken) && (taken[n] = secmem_alloc(1024)) != NULL; n++)
		;
	/* Given back piece by piece, so that it fails at each of its allocations in turn. */
	do {
		used = CRYPTO_secure_used();
		r = credential_make(&c, &alice);
		if (r != 0) {
			CU_ASSERT_PTR_NULL(c);
			CU_ASSERT_TRUE(r == ERR_NOMEM || r == ERR_CRYPTO);
			CU_ASSERT_EQUAL(CRYPTO_secure_used(), used);
		}
		credential_free(&c);
		if (n > 0)
			secmem_free(&taken[--n], 1024);
	} while (r != 0 && n > 0);
	OK(r);
	while (n > 0)
		secmem_free(&taken[--n], 1024);
}

/* A secret number of one that was made, for the thread whose stack is looked through. */
struct making {
	unsigned which;
	int reversed, r;
	uint8_t secret[32];
};

static void
make_one(void *arg)
{
	static const uint32_t tags[] = { 0x92, 0x93, 0x94, 0x95, 0x96, 0x87 };
	static struct parts p;
	struct making *m = arg;
	struct credential *c;
	struct tlv t;

	if ((m->r = credential_make(&c, &alice)) != 0)
		return;
	take_apart(c, 1, &p);
	m->r = m->which == LEN(tags) - 1 ? tlv_find(p.ec.p, p.ec.n, tags[m->which], &t) :
	    tlv_find(p.rsa.p, p.rsa.n, tags[m->which], &t);
	/* libcrypto's numbers begin with the lowest byte. */
	for (size_t i = 0; m->r == 0 && i < sizeof(m->secret); i++)
		m->secret[i] = m->reversed ? t.p[31 - i] : t.p[i];
	OPENSSL_cleanse(&p, sizeof(p));
	credential_free(&c);
}

static void
nothing_of_it_is_left_on_the_stack(void)
{
	static const struct {
		unsigned which;
		int reversed;
	} looks[] = { { 0, 0 }, { 0, 1 }, { 3, 1 }, { 5, 0 }, { 5, 1 } };
	struct making m;

	for (size_t i = 0; i < LEN(looks); i++) {
		m.which = looks[i].which;
		m.reversed = looks[i].reversed;
		CU_ASSERT_EQUAL(ownstack_keeps(make_one, &m, m.secret, 16), 0);
		OK(m.r);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(without_secret_memory_there_is_no_credential),
	SENTENCE(a_card_takes_what_was_made),
	SENTENCE(each_copy_has_a_record_of_its_own),
	SENTENCE(the_certificate_names_the_user_and_is_signed_by_the_users_key),
	SENTENCE(a_head_that_no_card_can_have_makes_none),
	SENTENCE(the_longest_name_fits_a_certificate),
	SENTENCE(two_credentials_have_nothing_in_common),
	SENTENCE(a_card_that_has_it_passes_the_test_and_no_other),
	SENTENCE(nothing_of_it_is_left_in_secret_memory),
	SENTENCE(a_quarter_of_wards_heap_will_do),
	SENTENCE(a_full_heap_makes_none_and_is_as_it_was),
	SENTENCE(nothing_of_it_is_left_on_the_stack),
};

SUITE("credential", sentences)
