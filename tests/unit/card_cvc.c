#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/cvc.h"
#include "card-os/os/files.h"
#include "tests/unit/keyring.h"
#include "tests/unit/suite.h"

static struct deck d;

#define PLAY(table) deck_play(&d, table, sizeof(table) / sizeof((table)[0]))
#define OID "\x04\x00\x7f\x00\x07\x02\x02\x02\x02\x03"

/* Somebody with a key: a root, a verifier, a terminal. */
struct person {
	const char *name;
	uint8_t scalar[P256_SCALAR], point[P256_POINT];
};

static struct person root = { .name = "DECARDROOT00001" };
static struct person verifier = { .name = "DEOFFICE00001" };
static struct person terminal = { .name = "DETERM01" };

enum { NO_ROLE = -1 };

/* Which part of a certificate is left out or wrong. */
struct twist {
	const char *why;
	int part;
	const char *tag;	/* what stands there instead, whole objects, hex; NULL: nothing */
};

enum part { PROFILE, ISSUER, PUBLIC, HOLDER, ROLE, DATES, TAIL, PARTS };

static void
put_part(struct wr *wr, enum part part, const struct person *by, const struct person *of, int role)
{
	const uint8_t rights = (uint8_t)role;
	size_t opened;

	switch (part) {
	case PROFILE:
		tlv_put_u8(wr, 0x5f29, 0);
		break;
	case ISSUER:
		tlv_put(wr, 0x42, by->name, strlen(by->name));
		break;
	case PUBLIC:
		opened = tlv_open(wr, 0x7f49);
		tlv_put(wr, 0x06, OID, 10);
		tlv_put(wr, 0x86, of->point, P256_POINT);
		tlv_close(wr, opened);
		break;
	case HOLDER:
		tlv_put(wr, 0x5f20, of->name, strlen(of->name));
		break;
	case ROLE:
		if (role == NO_ROLE)
			break;
		opened = tlv_open(wr, 0x7f4c);
		tlv_put(wr, 0x06, "\x2b\x06", 2);
		tlv_put(wr, 0x53, &rights, 1);
		tlv_close(wr, opened);
		break;
	case DATES:
		tlv_put(wr, 0x5f25, "\2\6\1\1\0\1", 6);
		tlv_put(wr, 0x5f24, "\3\6\1\1\0\1", 6);
		break;
	default:
		break;
	}
}

static size_t
certificate(uint8_t *out, size_t cap, const struct person *by, const struct person *of, int role,
    const struct twist *twist)
{
	uint8_t hash[P256_HASH], signature[P256_SIGNATURE], other[128];
	size_t body;
	struct wr wr;

	wr_init(&wr, out, cap);
	body = tlv_open(&wr, 0x7f4e);
	for (int part = 0; part < PARTS; part++) {
		if (twist == NULL || twist->part != part)
			put_part(&wr, part, by, of, role);
		else if (twist->tag != NULL)
			wr_bytes(&wr, other, hex(twist->tag, other, sizeof(other)));
	}
	tlv_close(&wr, body);
	if (EVP_Digest(out, wr.n, hash, NULL, EVP_sha256(), NULL) != 1 ||
	    p256_sign(by->scalar, hash, signature) != 0)
		abort();
	tlv_put(&wr, 0x5f37, signature, sizeof(signature));
	if (wr_end(&wr) != 0)
		abort();
	return wr.n;
}

/* MSE SET of a name for a template. */
static uint16_t
choose(uint8_t template, const char *name)
{
	uint8_t p[32];
	struct wr wr;

	wr_init(&wr, p, sizeof(p));
	wr_bytes(&wr, "\x00\x22\x81", 3);
	wr_u8(&wr, template);
	wr_u8(&wr, (uint8_t)(2 + strlen(name)));
	tlv_put(&wr, 0x83, name, strlen(name));
	return deck_send(&d, p, wr.n);
}

static uint16_t
verify(const uint8_t *cert, size_t n)
{
	struct apdu a = { .ins = INS_PSO, .p2 = 0xbe, .data = cert, .nc = n };
	uint8_t p[1024];
	struct wr wr;

	wr_init(&wr, p, sizeof(p));
	apdu_encode(&wr, &a);
	return deck_send(&d, p, wr.n);
}

static uint16_t
certify(const struct person *by, const struct person *of, int role)
{
	uint8_t cert[512];
	size_t n = certificate(cert, sizeof(cert), by, of, role, NULL);
	uint16_t sw = choose(0xb6, by->name);

	return sw != SW_OK ? sw : verify(cert, n);
}

/* EXTERNAL AUTHENTICATE by what was chosen, or a reference. */
static uint16_t
sign_challenge(uint8_t ref, const struct person *who, int wrong)
{
	uint8_t hash[P256_HASH], p[5 + P256_SIGNATURE] = { 0, 0x82, 0, ref, P256_SIGNATURE };

	CU_ASSERT_EQUAL(deck_hex(&d, "0084000010"), SW_OK);
	EVP_Digest(d.rsp, d.rsp_n, hash, NULL, EVP_sha256(), NULL);
	if (p256_sign(who->scalar, hash, p + 5) != 0)
		abort();
	p[40] ^= (uint8_t)wrong;
	return deck_send(&d, p, sizeof(p));
}

static uint16_t
authenticate(const struct person *who)
{
	uint16_t sw = choose(0xa4, who->name);

	return sw != SW_OK ? sw : sign_challenge(0, who, 0);
}

static uint16_t
read_guarded(void)
{
	CU_ASSERT_EQUAL(deck_hex(&d, READ_BY_ROOT), SW_OK);
	return deck_hex(&d, "00B0000001");
}

static void
ring_with_root(void)
{
	keyring_new(&d);
	if (p256_generate(root.scalar, root.point) != 0 ||
	    p256_generate(verifier.scalar, verifier.point) != 0 ||
	    p256_generate(terminal.scalar, terminal.point) != 0)
		abort();
	keyring_load_root(&d, root.name, root.point);
}

static void
a_chain_from_the_root_leads_to_a_terminal(void)
{
	ring_with_root();
	CU_ASSERT_EQUAL(choose(0xa4, terminal.name), SW_NO_REFERENCE);
	CU_ASSERT_EQUAL(certify(&root, &verifier, 0x80), SW_OK);
	CU_ASSERT_EQUAL(certify(&verifier, &terminal, 0x00), SW_OK);
	CU_ASSERT_EQUAL(read_guarded(), SW_SECURITY);
	CU_ASSERT_EQUAL(authenticate(&terminal), SW_OK);
	CU_ASSERT_EQUAL(read_guarded(), SW_OK);
	/* A wrong one takes it back. */
	CU_ASSERT_EQUAL(sign_challenge(0, &terminal, 1), SW_NOT_VERIFIED);
	CU_ASSERT_EQUAL(read_guarded(), SW_SECURITY);
	CU_ASSERT_EQUAL(sign_challenge(0, &verifier, 0), SW_NOT_VERIFIED);
}

static void
the_root_itself_is_named_by_reference_too(void)
{
	uint8_t cert[512];
	size_t n;

	ring_with_root();
	CU_ASSERT_EQUAL(sign_challenge(RING_ROOT, &root, 0), SW_OK);
	CU_ASSERT_EQUAL(read_guarded(), SW_OK);
	CU_ASSERT_EQUAL(sign_challenge(RING_ROOT, &root, 1), SW_NOT_VERIFIED);
	CU_ASSERT_EQUAL(authenticate(&root), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "002281A4 03 830195"), SW_OK);
	CU_ASSERT_EQUAL(sign_challenge(0, &root, 0), SW_OK);
	n = certificate(cert, sizeof(cert), &root, &terminal, NO_ROLE, NULL);
	CU_ASSERT_EQUAL(deck_hex(&d, "002281B6 03 830195"), SW_OK);
	CU_ASSERT_EQUAL(verify(cert, n), SW_OK);
	CU_ASSERT_EQUAL(authenticate(&terminal), SW_OK);
}

static void
a_challenge_signed_takes_one_answer(void)
{
	uint8_t hash[P256_HASH], p[5 + P256_SIGNATURE] = { 0, 0x82, 0, RING_ROOT, P256_SIGNATURE };

	ring_with_root();
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000008"), SW_OK);
	EVP_Digest(d.rsp, d.rsp_n, hash, NULL, EVP_sha256(), NULL);
	OK(p256_sign(root.scalar, hash, p + 5));
	CU_ASSERT_EQUAL(deck_send(&d, p, sizeof(p)), SW_OK);
	CU_ASSERT_EQUAL(deck_send(&d, p, sizeof(p)), SW_CONDITIONS);
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000007"), SW_OK);
	EVP_Digest(d.rsp, d.rsp_n, hash, NULL, EVP_sha256(), NULL);
	OK(p256_sign(root.scalar, hash, p + 5));
	CU_ASSERT_EQUAL(deck_send(&d, p, sizeof(p)), SW_CONDITIONS);
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000008"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "00820095"), SW_LENGTH);
	CU_ASSERT_EQUAL(deck_hex(&d, "00820095 01 00"), SW_LENGTH);
}

static void
nobody_certifies_his_like_or_better(void)
{
	struct person other = { .name = "DEOTHER00001" };

	ring_with_root();
	OK(p256_generate(other.scalar, other.point));
	CU_ASSERT_EQUAL(certify(&root, &other, 0xc0), SW_DATA);
	CU_ASSERT_EQUAL(certify(&root, &verifier, 0x40), SW_OK);
	CU_ASSERT_EQUAL(certify(&verifier, &other, 0xc0), SW_DATA);
	CU_ASSERT_EQUAL(certify(&verifier, &other, 0x80), SW_DATA);
	CU_ASSERT_EQUAL(certify(&verifier, &other, 0x40), SW_DATA);
	CU_ASSERT_EQUAL(certify(&verifier, &terminal, 0x3f), SW_OK);
	CU_ASSERT_EQUAL(certify(&terminal, &other, 0x00), SW_DATA);
	CU_ASSERT_EQUAL(certify(&terminal, &other, NO_ROLE), SW_DATA);
	CU_ASSERT_EQUAL(choose(0xa4, other.name), SW_NO_REFERENCE);
}

static const struct twist twists[] = {
	{ "no profile", PROFILE, NULL },
	{ "profile 1", PROFILE, "5F290101" },
	{ "profile of two bytes", PROFILE, "5F29020000" },
	{ "no issuer", ISSUER, NULL },
	{ "issuer of 7 bytes", ISSUER, "420744453030303031" },
	{ "issuer of 17 bytes", ISSUER, "421144453030303030303030303030303030303030" },
	{ "another issuer", ISSUER, "420F444543415244524F4F543030303032" },
	{ "the beginning of the issuer", ISSUER, "420E444543415244524F4F5430303030" },
	{ "more than the issuer", ISSUER, "4210444543415244524F4F54303030303100" },
	{ "no key", PUBLIC, NULL },
	{ "key without point", PUBLIC, "7F490C060A04007F00070202020203" },
	{ "another algorithm", PUBLIC, "7F494F060A04007F00070202020202 8641"
	    "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141" },
	{ "point off the curve", PUBLIC, "7F494F060A04007F00070202020203 8641"
	    "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405140" },
	{ "point of 64 bytes", PUBLIC, "7F494E060A04007F00070202020203 8640"
	    "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce14051" },
	{ "no holder", HOLDER, NULL },
	{ "holder of 7 bytes", HOLDER, "5F200744453030303031" },
	{ "holder of 17 bytes", HOLDER, "5F201144453030303030303030303030303030303030" },
	{ "role without rights", ROLE, "7F4C0406022B06" },
	{ "role of an empty type", ROLE, "7F4C050600530100" },
	{ "empty rights", ROLE, "7F4C0606022B065300" },
	{ "more in the role", ROLE, "7F4C0906022B06530100 5400" },
	{ "role twice", ROLE, "7F4C0706022B06530100 7F4C0706022B06530100" },
	{ "from without until", DATES, "5F2506020601010001" },
	{ "until without from", DATES, "5F2406020601010001" },
	{ "until before from", DATES, "5F2406020601010001 5F2506020601010001" },
	{ "a date of 5", DATES, "5F25050206010100 5F2406020601010001" },
	{ "a date with a digit of ten", DATES, "5F2506020601010A01 5F2406020601010001" },
	{ "something behind", TAIL, "5400" },
	{ "something malformed behind", TAIL, "5401" },
};

static void
a_certificate_of_another_form_is_refused(void)
{
	uint8_t cert[512];
	size_t n;

	ring_with_root();
	CU_ASSERT_EQUAL(choose(0xb6, root.name), SW_OK);
	for (size_t i = 0; i < sizeof(twists) / sizeof(twists[0]); i++) {
		n = certificate(cert, sizeof(cert), &root, &terminal, 0, &twists[i]);
		if (verify(cert, n) != SW_DATA) {
			printf("    %s\n", twists[i].why);
			CU_FAIL("another word");
		}
	}
	CU_ASSERT_EQUAL(choose(0xa4, terminal.name), SW_NO_REFERENCE);
	/* Role and dates may be missing. */
	n = certificate(cert, sizeof(cert), &root, &terminal, NO_ROLE,
	    &(struct twist){ "", DATES, NULL });
	CU_ASSERT_EQUAL(verify(cert, n), SW_OK);
}

static void
each_bit_of_a_certificate_counts(void)
{
	uint8_t cert[512];
	size_t n;
	uint16_t sw;

	ring_with_root();
	CU_ASSERT_EQUAL(choose(0xb6, root.name), SW_OK);
	n = certificate(cert, sizeof(cert), &root, &terminal, 0, NULL);
	for (size_t bit = 0; bit < 8 * n; bit++) {
		cert[bit / 8] ^= (uint8_t)(1 << bit % 8);
		sw = verify(cert, n);
		CU_ASSERT(sw == SW_DATA || sw == SW_NOT_VERIFIED);
		cert[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t cut = 1; cut < n; cut++)
		CU_ASSERT_EQUAL(verify(cert, cut), SW_DATA);
	cert[n] = 0;
	CU_ASSERT_EQUAL(verify(cert, n + 1), SW_DATA);
	CU_ASSERT_EQUAL(verify(cert, n), SW_OK);
}

static void
certified_keys_are_lost_with_power_and_out_of_the_df(void)
{
	uint8_t atr[ATR_MAX];

	ring_with_root();
	CU_ASSERT_EQUAL(certify(&root, &terminal, NO_ROLE), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "00A4010C02 5A11"), SW_OK);
	CU_ASSERT_EQUAL(sign_challenge(0, &terminal, 0), SW_CONDITIONS);
	CU_ASSERT_EQUAL(authenticate(&terminal), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_SHARE), SW_OK);
	CU_ASSERT_EQUAL(choose(0xa4, terminal.name), SW_NO_REFERENCE);
	CU_ASSERT_EQUAL(choose(0xb6, root.name), SW_NO_REFERENCE);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_RING), SW_OK);
	CU_ASSERT_EQUAL(authenticate(&terminal), SW_OK);
	card_power_up(&d.card, atr);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_RING), SW_OK);
	CU_ASSERT_EQUAL(authenticate(&terminal), SW_NO_REFERENCE);
}

static void
certified_keys_go_with_their_root(void)
{
	ring_with_root();
	CU_ASSERT_EQUAL(certify(&root, &terminal, NO_ROLE), SW_OK);
	CU_ASSERT_EQUAL(authenticate(&terminal), SW_OK);
	CU_ASSERT_EQUAL(read_guarded(), SW_OK);
	/* Another key under the same name. */
	keyring_load_root(&d, root.name, verifier.point);
	CU_ASSERT_EQUAL(read_guarded(), SW_SECURITY);
	CU_ASSERT_EQUAL(authenticate(&terminal), SW_NO_REFERENCE);
	keyring_load_root(&d, root.name, root.point);
	CU_ASSERT_EQUAL(authenticate(&terminal), SW_OK);
	d.card.data.file[keyring_file(&d, RING_ROOT)].life = LIFE_DEACTIVATED;
	CU_ASSERT_EQUAL(authenticate(&terminal), SW_NO_REFERENCE);
	d.card.data.file[keyring_file(&d, RING_ROOT)].life = LIFE_ACTIVATED;
	d.card.data.file[files_in(&d.card.data, 0, RING_DF)].life = LIFE_DEACTIVATED;
	CU_ASSERT_EQUAL(authenticate(&terminal), SW_NO_REFERENCE);
	d.card.data.file[files_in(&d.card.data, 0, RING_DF)].life = LIFE_ACTIVATED;
	CU_ASSERT_EQUAL(authenticate(&terminal), SW_OK);
	files_remove(&d.card.data, keyring_file(&d, RING_ROOT));
	CU_ASSERT_EQUAL(authenticate(&terminal), SW_NO_REFERENCE);
}

/* A root key of the inner DF, of the same name. */
static void
add_inner_root(const struct person *of)
{
	struct card_data *data = &d.card.data;
	uint16_t df = files_in(data, 0, RING_DF), i;
	struct card_file f = data->file[keyring_file(&d, RING_ROOT)];
	struct key k = { .type = KEY_ROOT, .there = 1 };

	f.parent = files_in(data, df, RING_INNER_DF);
	i = files_add(data, &f);
	k.root.holder_n = (uint8_t)strlen(root.name);
	memcpy(k.root.holder, root.name, k.root.holder_n);
	memcpy(k.root.point, of->point, P256_POINT);
	key_put(data, i, &k);
}

static void
of_roots_of_one_name_the_nearest_counts(void)
{
	struct person inner = { .name = root.name };

	ring_with_root();
	OK(p256_generate(inner.scalar, inner.point));
	add_inner_root(&inner);
	CU_ASSERT_EQUAL(authenticate(&root), SW_OK);
	CU_ASSERT_EQUAL(authenticate(&inner), SW_NOT_VERIFIED);
	CU_ASSERT_EQUAL(deck_hex(&d, "00A4010C02 5A11"), SW_OK);
	CU_ASSERT_EQUAL(authenticate(&root), SW_NOT_VERIFIED);
	CU_ASSERT_EQUAL(authenticate(&inner), SW_OK);
}

static void
the_oldest_of_five_certified_keys_makes_room(void)
{
	char name[] = "DEMANY00000";
	struct person many = { .name = name };

	ring_with_root();
	OK(p256_generate(many.scalar, many.point));
	for (char i = '0'; i < '5'; i++) {
		name[9] = i;
		CU_ASSERT_EQUAL(certify(&root, &many, NO_ROLE), SW_OK);
		/* Anew, it takes no other place. */
		CU_ASSERT_EQUAL(certify(&root, &many, NO_ROLE), SW_OK);
	}
	for (char i = '0'; i < '5'; i++) {
		name[9] = i;
		CU_ASSERT_EQUAL(authenticate(&many), i == '0' ? SW_NO_REFERENCE : SW_OK);
	}
}

static void
certificates_are_verified_by_what_was_chosen(void)
{
	uint8_t cert[512];
	size_t n;

	ring_with_root();
	n = certificate(cert, sizeof(cert), &root, &terminal, 0, NULL);
	CU_ASSERT_EQUAL(verify(cert, n), SW_CONDITIONS);
	/* A name is nothing to sign or decipher by. */
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B6 11 830F444543415244524F4F543030303031"),
	    SW_NO_REFERENCE);
	CU_ASSERT_EQUAL(deck_hex(&d, "0022C1B6 11 830F444543415244524F4F543030303031"),
	    SW_NO_REFERENCE);
	CU_ASSERT_EQUAL(verify(cert, n), SW_CONDITIONS);
	CU_ASSERT_EQUAL(choose(0xb6, root.name), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "002A00BE"), SW_LENGTH);
	CU_ASSERT_EQUAL(deck_hex(&d, "002A00BE 0100 00"), SW_LENGTH);
	CU_ASSERT_EQUAL(deck_hex(&d, "00A4000C"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_RING), SW_OK);
	CU_ASSERT_EQUAL(verify(cert, n), SW_CONDITIONS);
	/* Chosen, and gone since. */
	CU_ASSERT_EQUAL(choose(0xb6, root.name), SW_OK);
	files_remove(&d.card.data, keyring_file(&d, RING_ROOT));
	CU_ASSERT_EQUAL(verify(cert, n), SW_NO_REFERENCE);
}

static const struct sentence sentences[] = {
	SENTENCE(a_chain_from_the_root_leads_to_a_terminal),
	SENTENCE(the_root_itself_is_named_by_reference_too),
	SENTENCE(a_challenge_signed_takes_one_answer),
	SENTENCE(nobody_certifies_his_like_or_better),
	SENTENCE(a_certificate_of_another_form_is_refused),
	SENTENCE(each_bit_of_a_certificate_counts),
	SENTENCE(certified_keys_are_lost_with_power_and_out_of_the_df),
	SENTENCE(certified_keys_go_with_their_root),
	SENTENCE(of_roots_of_one_name_the_nearest_counts),
	SENTENCE(the_oldest_of_five_certified_keys_makes_room),
	SENTENCE(certificates_are_verified_by_what_was_chosen),
};

SUITE("card_cvc", sentences)
