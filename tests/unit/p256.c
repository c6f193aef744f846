#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "tests/unit/suite.h"

/* RFC 6979 A.2.5: the key, and its signature of the SHA-256 of "sample". */
#define SCALAR "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"
#define POINT "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6" \
	"7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
#define HASH "AF2BDBE1AA9B6EC1E2ADE1D694F41FC71A831D0268E9891562113D8A62ADD1BF"
#define SIGNATURE "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716" \
	"F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"

/* NIST CAVP, ECC CDH primitive, P-256, COUNT 0. */
#define CDH_SCALAR "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534"
#define CDH_PEER "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287" \
	"db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac"
#define CDH_SECRET "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b"

/* The order of the curve: the first number that is no scalar. */
#define ORDER "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"

static uint8_t scalar[P256_SCALAR], point[P256_POINT], hash[P256_HASH], signature[P256_SIGNATURE];

static void
known(void)
{
	hex(SCALAR, scalar, sizeof(scalar));
	hex(POINT, point, sizeof(point));
	hex(HASH, hash, sizeof(hash));
	hex(SIGNATURE, signature, sizeof(signature));
}

static void
a_known_signature_is_verified_and_none_with_another_bit(void)
{
	known();
	OK(p256_verify(point, hash, signature));
	for (size_t bit = 0; bit < 8 * sizeof(signature); bit++) {
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT_EQUAL(p256_verify(point, hash, signature), ERR_MAC);
		signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	hash[0] ^= 1;
	CU_ASSERT_EQUAL(p256_verify(point, hash, signature), ERR_MAC);
	/* Neither half may be 0 or the order. */
	known();
	memset(signature, 0, P256_SCALAR);
	CU_ASSERT_EQUAL(p256_verify(point, hash, signature), ERR_MAC);
	memset(signature, 0, sizeof(signature));
	CU_ASSERT_EQUAL(p256_verify(point, hash, signature), ERR_MAC);
	known();
	hex(ORDER, signature + P256_SCALAR, P256_SCALAR);
	CU_ASSERT_EQUAL(p256_verify(point, hash, signature), ERR_MAC);
}

static void
what_is_signed_is_verified(void)
{
	known();
	memset(signature, 0, sizeof(signature));
	OK(p256_sign(scalar, hash, signature));
	OK(p256_verify(point, hash, signature));
}

static void
a_known_secret_is_agreed_on(void)
{
	uint8_t peer[P256_POINT], want[P256_SCALAR], got[P256_SCALAR];

	hex(CDH_SCALAR, scalar, sizeof(scalar));
	hex(CDH_PEER, peer, sizeof(peer));
	hex(CDH_SECRET, want, sizeof(want));
	OK(p256_agree(scalar, peer, got));
	SAME(got, want, sizeof(want));
	peer[P256_POINT - 1] ^= 1;
	CU_ASSERT_EQUAL(p256_agree(scalar, peer, got), ERR_FORMAT);
	peer[P256_POINT - 1] ^= 1;
	peer[0] = 0x06;
	CU_ASSERT_EQUAL(p256_agree(scalar, peer, got), ERR_FORMAT);
}

static void
a_key_is_one_when_its_halves_belong_together(void)
{
	static const char *const bad[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000001",
		ORDER,
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
		/* Minus the scalar: the same x. */
		"36505626BA458AEA94A3DEA8984E296C6E9636D2702F0372782F6897EA53BE30",
	};

	known();
	OK(p256_check(scalar, point));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		hex(bad[i], scalar, sizeof(scalar));
		CU_ASSERT_EQUAL(p256_check(scalar, point), ERR_FORMAT);
	}
	known();
	point[P256_POINT - 1] ^= 1;
	CU_ASSERT_EQUAL(p256_check(scalar, point), ERR_FORMAT);
	CU_ASSERT_EQUAL(p256_check_point(point), ERR_FORMAT);
	known();
	OK(p256_check_point(point));
	point[0] = 0x02;
	CU_ASSERT_EQUAL(p256_check_point(point), ERR_FORMAT);
	CU_ASSERT_EQUAL(p256_verify(point, hash, signature), ERR_FORMAT);
	memset(point, 0, sizeof(point));
	CU_ASSERT_EQUAL(p256_check_point(point), ERR_FORMAT);
}

static void
a_key_that_is_made_is_one_and_new_each_time(void)
{
	uint8_t other[P256_SCALAR];

	OK(p256_generate(scalar, point));
	OK(p256_check(scalar, point));
	memcpy(other, scalar, sizeof(other));
	OK(p256_generate(scalar, point));
	CU_ASSERT_NOT_EQUAL(memcmp(other, scalar, sizeof(other)), 0);
}

static const struct sentence sentences[] = {
	SENTENCE(a_known_signature_is_verified_and_none_with_another_bit),
	SENTENCE(what_is_signed_is_verified),
	SENTENCE(a_known_secret_is_agreed_on),
	SENTENCE(a_key_is_one_when_its_halves_belong_together),
	SENTENCE(a_key_that_is_made_is_one_and_new_each_time),
};

SUITE("p256", sentences)
