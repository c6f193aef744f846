#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/apps/slot_user.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/files.h"
#include "tests/unit/holder.h"
#include "tests/unit/suite.h"

static struct deck d;
static struct sm sm;
static struct holder alice;

#define TAKE_AWAY "00DB3FFF 02 7000"

static void
loaded(void)
{
	deck_new(&d);
	holder_make(&alice);
	CU_ASSERT_EQUAL_FATAL(holder_load(&d, &sm, &alice), SW_OK);
}

static void
a_credential_is_loaded_as_a_whole_and_its_public_parts_are_free_to_read(void)
{
	static const struct deck_step point[] = {
		{ SELECT_SLOT, SW_OK, "" },
		{ "00A4020C02 4103", SW_OK, "" },
		{ "00B0000000", SW_OK, NULL },
	};
	static const struct deck_step record[] = {
		{ "00A4020C02 4101", SW_OK, "" },
		{ "00B0000000", SW_OK, NULL },
	};
	uint8_t der[2048], *p = der;
	int n;

	loaded();
	deck_reload(&d);
	deck_play(&d, point, 3);
	CU_ASSERT_EQUAL(d.rsp_n, P256_POINT);
	SAME(d.rsp, alice.point, P256_POINT);
	deck_play(&d, record, 2);
	SAME(d.rsp, alice.record, SLOT_USER_LEN);
	CU_ASSERT_EQUAL(deck_hex(&d, "00A4020C02 4102"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "00B00000 000000"), SW_OK);
	n = i2d_PublicKey(alice.rsa, &p);
	CU_ASSERT_EQUAL(d.rsp_n, n);
	SAME(d.rsp, der, (size_t)n);
	CU_ASSERT_EQUAL(deck_hex(&d, "00A4020C02 4331"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "00B00000 000000"), SW_OK);
	p = der;
	n = i2d_X509(alice.cert, &p);
	CU_ASSERT_EQUAL(d.rsp_n, n);
	SAME(d.rsp, der, (size_t)n);
	holder_free(&alice);
}

static void
pkcs15_tells_of_a_credential_while_there_is_one(void)
{
	static const struct deck_step key[] = {
		{ "00A4080C04 50154402", SW_OK, "" },
		{ "00B0000001", SW_OK, "30" },
	};
	static const struct deck_step none[] = {
		{ "00A4080C04 50154402", SW_OK, "" },
		{ "00B0000001", SW_OK, "00" },
	};

	loaded();
	deck_play(&d, key, 2);
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, TAKE_AWAY), SW_OK);
	deck_play(&d, none, 2);
	holder_free(&alice);
}

static void
no_command_reads_a_key(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SLOT, SW_OK, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "00A4020C02 5101", SW_OK, "" },
		{ "00B0000000", SW_NOT_TRANSPARENT, "" },
		{ "00D60000 01 00", SW_NOT_TRANSPARENT, "" },
		{ "00A4020C02 5102", SW_OK, "" },
		{ "00B0000000", SW_NOT_TRANSPARENT, "" },
	};

	loaded();
	deck_play(&d, v, sizeof(v) / sizeof(v[0]));
	holder_free(&alice);
}

static void
loading_needs_the_pin_and_the_channel(void)
{
	static uint8_t p[4096];
	size_t n;

	deck_new(&d);
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_send(&d, p, n), SW_SECURITY);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_send(&d, p, n), SW_SECURITY);
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_SECURITY);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, TAKE_AWAY), SW_SECURITY);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	holder_free(&alice);
}

static void
a_credential_is_not_replaced_but_taken_away_first(void)
{
	static struct card_data before;
	static uint8_t p[4096];
	size_t n;

	deck_new(&d);
	before = d.card.data;
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	CU_ASSERT_EQUAL_FATAL(holder_load(&d, &sm, &alice), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_CONDITIONS);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, TAKE_AWAY), SW_OK);
	CU_ASSERT_EQUAL(d.card.data.space_n, before.space_n);
	for (uint16_t i = 0; i < before.files_n; i++)
		CU_ASSERT(d.card.data.file[i].size == before.file[i].size &&
		    memcmp(files_bytes(&d.card.data, i), files_bytes(&before, i),
		    before.file[i].size) == 0);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, TAKE_AWAY), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	holder_free(&alice);
}

/* Looks for the bytes of the credential: from where p begins, so many. */
static uint8_t *
find(uint8_t *p, size_t n, const uint8_t *what, size_t length)
{
	uint8_t *at = memmem(p, n, what, length);

	if (at == NULL)
		abort();
	return at;
}

/* What a load is turned into that has to be refused; command of n bytes, returns its new length. */
static size_t
cut(uint8_t *p, size_t n)
{
	p[6]--;
	return n - (p[6] == 0xff ? 0 : 1);
}
#define TURN(name, tag) \
	static size_t \
	name(uint8_t *p, size_t n) \
	{ \
		static const uint8_t head[] = tag; \
		find(p, n, head, sizeof(head))[sizeof(head) + 100] ^= 1; \
		return n; \
	}
#define BYTES(...) { __VA_ARGS__ }
TURN(another_n, BYTES(0x81, 0x82, 0x01, 0x00))
TURN(another_p, BYTES(0x92, 0x81, 0x80))
TURN(another_q, BYTES(0x93, 0x81, 0x80))
TURN(another_qinv, BYTES(0x94, 0x81, 0x80))
TURN(another_dp, BYTES(0x95, 0x81, 0x80))
TURN(another_dq, BYTES(0x96, 0x81, 0x80))

static size_t
another_e(uint8_t *p, size_t n)
{
	find(p, n, (const uint8_t *)"\x82\x03\x01\x00\x01", 5)[4] = 3;
	return n;
}

static size_t
even_e(uint8_t *p, size_t n)
{
	find(p, n, (const uint8_t *)"\x82\x03\x01\x00\x01", 5)[4] = 2;
	return n;
}

static size_t
another_scalar(uint8_t *p, size_t n)
{
	find(p, n, alice.scalar, sizeof(alice.scalar))[20] ^= 1;
	return n;
}

static size_t
scalar_0(uint8_t *p, size_t n)
{
	memset(find(p, n, alice.scalar, sizeof(alice.scalar)), 0, P256_SCALAR);
	return n;
}

static size_t
point_off_the_curve(uint8_t *p, size_t n)
{
	find(p, n, alice.point, sizeof(alice.point))[64] ^= 1;
	return n;
}

static size_t
point_compressed(uint8_t *p, size_t n)
{
	find(p, n, alice.point, sizeof(alice.point))[0] = 2;
	return n;
}

static size_t
certificate_that_is_none(uint8_t *p, size_t n)
{
	find(p, n, (const uint8_t *)"\x7f\x21\x82", 3)[5] = 0x31;
	return n;
}

/* The modulus stands in the certificate too, behind the one of the key. */
static size_t
certificate_of_another_key(uint8_t *p, size_t n)
{
	uint8_t *cert = find(p, n, (const uint8_t *)"\x7f\x21\x82", 3);
	uint8_t *modulus = find(p, n, (const uint8_t *)"\x81\x82\x01\x00", 4) + 4;

	find(cert, n - (size_t)(cert - p), modulus, 64)[10] ^= 1;
	return n;
}

/* Makes the length in two bytes at p one more. */
static void
grow(uint8_t *p)
{
	p[0] = (uint8_t)(p[0] + (p[1] == 0xff));
	p[1]++;
}

static size_t
something_behind_the_certificate(uint8_t *p, size_t n)
{
	uint8_t *cert = find(p, n, (const uint8_t *)"\x7f\x21\x82", 3);
	uint8_t *end = cert + 5 + (cert[3] << 8 | cert[4]);

	memmove(end + 1, end, n - (size_t)(end - p));
	*end = 0;
	grow(p + 5);
	grow(p + 9);
	grow(cert + 3);
	return n + 1;
}

static size_t
record_first(uint8_t *p, size_t n)
{
	find(p, n, (const uint8_t *)"\x53\x40\x5a", 3)[0] = 0x54;
	return n;
}

static size_t
another_tag(uint8_t *p, size_t n)
{
	p[7] = 0x71;
	return n;
}

#define WRONG(name) { #name, name }
static const struct {
	const char *why;
	size_t (*change)(uint8_t *, size_t);
} wrong[] = {
	WRONG(cut), WRONG(another_n), WRONG(another_p), WRONG(another_q), WRONG(another_qinv),
	WRONG(another_dp), WRONG(another_dq), WRONG(another_e), WRONG(even_e), WRONG(another_scalar),
	WRONG(scalar_0), WRONG(point_off_the_curve), WRONG(point_compressed),
	WRONG(certificate_that_is_none), WRONG(certificate_of_another_key), WRONG(something_behind_the_certificate),
	WRONG(record_first),
	WRONG(another_tag),
};

static void
parts_that_are_wrong_or_do_not_belong_together_are_refused(void)
{
	static uint8_t p[4096], q[4096];
	size_t n, m;
	unsigned saves;
	uint16_t sw;

	deck_new(&d);
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	saves = d.saves;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memcpy(q, p, n);
		m = wrong[i].change(q, n);
		if ((sw = deck_bytes_sm(&d, &sm, q, m)) != SW_DATA)
			printf("    %s: %04x\n", wrong[i].why, sw);
		CU_ASSERT_EQUAL(sw, SW_DATA);
	}
	CU_ASSERT_EQUAL(d.saves, saves);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	holder_free(&alice);
}

static void
a_credential_that_cannot_be_saved_is_not_there(void)
{
	static uint8_t p[4096];
	size_t n;

	deck_new(&d);
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	d.fail_at = d.saves + 1;
	d.fault = DECK_REFUSES;
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_MEMORY);
	/* Nor does its key stay in what was being changed. */
	CU_ASSERT_EQUAL(memcmp(&d.card.next, &d.card.data, sizeof(d.card.data)), 0);
	d.fail_at = 0;
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	holder_free(&alice);
}

static void
a_full_card_takes_no_credential(void)
{
	struct card_file f = { .kind = FILE_EF, .life = LIFE_ACTIVATED, .fid = 0x4999 };
	static uint8_t p[4096];
	size_t n;
	uint16_t i;

	deck_new(&d);
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	/* Room for the public parts, but for a byte. */
	f.size = (uint16_t)(files_room(&d.card.data) - (size_t)i2d_PublicKey(alice.rsa, NULL) -
	    P256_POINT - (size_t)i2d_X509(alice.cert, NULL) + 1);
	i = files_add(&d.card.data, &f);
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_NO_ROOM);
	CU_ASSERT_EQUAL(memcmp(&d.card.next, &d.card.data, sizeof(d.card.data)), 0);
	files_remove(&d.card.data, i);
	f.size--;
	files_add(&d.card.data, &f);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	holder_free(&alice);
}

/* With the other PIN a thief could fill the card with files that nobody may delete. */
static void
what_the_other_pin_makes_leaves_room_for_a_credential(void)
{
	static uint8_t p[4096];
	char text[80];
	unsigned fid = 0x6000;
	size_t n;

	deck_new(&d);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_SHARE), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	for (unsigned size = 0x8000; size > 0; size /= 2) {
		snprintf(text, sizeof(text), "00E00000 0D 620B 8002%04X 820101 8302%04X", size, fid);
		fid += deck_hex(&d, text) == SW_OK;
	}
	CU_ASSERT(fid > 0x6002);
	CU_ASSERT_EQUAL(deck_hex(&d, "00DA0040 40 00000000000000000000000000000000000000000000"
	    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000"),
	    SW_NO_ROOM);
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	/* It takes what was kept for it, and goes when there is no more. */
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00DB3FFF 02 7000"), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	holder_free(&alice);
}

/* The value of object 70 with a certificate of n zeros: its form. */
static int
decode_with_certificate(size_t n)
{
	static uint8_t p[8192], zeros[4096];
	struct slot_credential s;
	size_t one;
	struct wr wr;

	wr_init(&wr, p, sizeof(p));
	one = tlv_open(&wr, 0x7f48);
	holder_put_rsa(&wr, alice.rsa);
	tlv_close(&wr, one);
	one = tlv_open(&wr, 0x7f48);
	tlv_put(&wr, 0x86, alice.point, P256_POINT);
	tlv_put(&wr, 0x87, alice.scalar, P256_SCALAR);
	tlv_close(&wr, one);
	tlv_put(&wr, 0x7f21, zeros, n);
	tlv_put(&wr, 0x53, zeros, SLOT_USER_LEN);
	return slot_user_decode(p, wr.n, &s);
}

static void
a_certificate_is_something_and_not_too_long(void)
{
	holder_make(&alice);
	CU_ASSERT_EQUAL(decode_with_certificate(0), ERR_FORMAT);
	OK(decode_with_certificate(1));
	OK(decode_with_certificate(SLOT_CERT_MAX));
	CU_ASSERT_EQUAL(decode_with_certificate(SLOT_CERT_MAX + 1), ERR_FORMAT);
	holder_free(&alice);
}

static void
the_rule_of_each_of_its_keys_counts(void)
{
	static const uint16_t fids[] = { FID_SLOT_SIGN, FID_SLOT_AGREE };
	static uint8_t p[4096];
	uint16_t df;
	size_t n;

	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	for (size_t i = 0; i < 2; i++) {
		deck_new(&d);
		df = files_in(&d.card.data, 0, FID_SLOT_DF);
		d.card.data.file[files_in(&d.card.data, df, fids[i])].rule[OP_LOAD] =
		    (struct card_rule){ ACCESS_NEVER, 0, 0 };
		OK(deck_open_channel(&d, &sm));
		CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
		CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
		CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_SECURITY);
	}
	holder_free(&alice);
}

static void
it_is_loaded_in_its_own_application_only(void)
{
	static uint8_t p[4096];
	size_t n;

	deck_new(&d);
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SHARE), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_NO_REFERENCE);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00DB3FFE 02 7000"), SW_P1P2);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00DB3FFF 02 7000 00"), SW_LENGTH);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00DB3FFF"), SW_LENGTH);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00DB3FFF 02 7100"), SW_DATA);
	holder_free(&alice);
}

static const struct sentence sentences[] = {
	SENTENCE(a_credential_is_loaded_as_a_whole_and_its_public_parts_are_free_to_read),
	SENTENCE(pkcs15_tells_of_a_credential_while_there_is_one),
	SENTENCE(no_command_reads_a_key),
	SENTENCE(loading_needs_the_pin_and_the_channel),
	SENTENCE(a_credential_is_not_replaced_but_taken_away_first),
	SENTENCE(parts_that_are_wrong_or_do_not_belong_together_are_refused),
	SENTENCE(a_credential_that_cannot_be_saved_is_not_there),
	SENTENCE(a_full_card_takes_no_credential),
	SENTENCE(what_the_other_pin_makes_leaves_room_for_a_credential),
	SENTENCE(a_certificate_is_something_and_not_too_long),
	SENTENCE(the_rule_of_each_of_its_keys_counts),
	SENTENCE(it_is_loaded_in_its_own_application_only),
};

SUITE("slot_user", sentences)
