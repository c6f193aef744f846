#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/apps/slot_user.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "tests/unit/holder.h"
#include "tests/unit/suite.h"

static struct deck d;
static struct sm sm;
static struct holder alice;

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

static const struct sentence sentences[] = {
	SENTENCE(parts_that_are_wrong_or_do_not_belong_together_are_refused),
	SENTENCE(a_certificate_is_something_and_not_too_long),
};

SUITE("slot_user_parts", sentences)
