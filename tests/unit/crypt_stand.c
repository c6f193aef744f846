/* In the place of crypt_curve.c and crypt.c until they are there. */
#include "hsm/pkcs11/crypt.h"
#include <string.h>
#include <openssl/rand.h>
CK_RV
crypt_curve(const uint8_t *params, size_t n, CK_KEY_TYPE *type, CK_ULONG *bits)
{
	if (n == 10 && memcmp(params, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10) == 0) {
		*type = CKK_EC; *bits = 256; return CKR_OK;
	}
	if ((n == 5 && memcmp(params, "\x06\x03\x2b\x65\x70", 5) == 0) || (n == 14 && params[0] == 0x13)) {
		*type = CKK_EC_EDWARDS; *bits = 255; return CKR_OK;
	}
	if (n == 5 && memcmp(params, "\x06\x03\x2b\x65\x6e", 5) == 0) {
		*type = CKK_EC_MONTGOMERY; *bits = 255; return CKR_OK;
	}
	return n > 0 && params[0] == 6 ? CKR_CURVE_NOT_SUPPORTED : CKR_DOMAIN_PARAMS_INVALID;
}
CK_RV
crypt_point(struct crypt *c, const uint8_t *params, size_t params_n, const uint8_t *point, size_t n)
{
	(void)c; (void)params; (void)params_n;
	return (n == 67 && point[66] == 0xf5) || n == 34 ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}
CK_RV
crypt_random(struct crypt *c, uint8_t *p, size_t n)
{
	(void)c;
	return RAND_bytes(p, (int)n) == 1 ? CKR_OK : CKR_DEVICE_ERROR;
}
