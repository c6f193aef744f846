#include "hsm/pkcs11/crypt.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { PKCS8_MAX = 3072 };
static const CK_KEY_TYPE types[] = { CKK_RSA, CKK_EC, CKK_EC_EDWARDS, CKK_EC_MONTGOMERY };

static struct crypt *crypt;
static struct crypt_key *wrapping;
static struct mech kwp;

static void
begin(void)
{
	static const uint8_t value[32] = { 1, 2, 3 };
	const CK_MECHANISM native = { CKM_AES_KEY_WRAP_KWP, NULL, 0 };
	struct attrs object;
	uint8_t mem[256];

	attrs_init(&object, mem, sizeof(mem));
	attrs_put_ulong(&object, CKA_CLASS, CKO_SECRET_KEY);
	attrs_put_ulong(&object, CKA_KEY_TYPE, CKK_AES);
	attrs_put(&object, CKA_VALUE, value, sizeof(value));
	if (crypt_new(&crypt) != CKR_OK || crypt_key_new(crypt, &object, &wrapping) != CKR_OK ||
	    mech_from_native(&native, 0, &kwp) != CKR_OK)
		abort();
}

/*
 * The first byte is the type that is expected, the rest what somebody wrapped who has the key. A
 * key that is taken can be used, and goes out and in again.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t wrapped[PKCS8_MAX + 16], mem[ATTRS_MAX], mem_again[ATTRS_MAX];
	size_t wrapped_n = sizeof(wrapped);
	struct attrs object, again;
	struct crypt_key *key;
	struct attr it;
	CK_KEY_TYPE type;
	CK_RV rv;

	if (crypt == NULL)
		begin();
	if (n < 2 || n - 1 > PKCS8_MAX)
		return 0;
	type = types[p[0] % 4];
	if (crypt_encrypt(crypt, wrapping, &kwp, p + 1, n - 1, wrapped, &wrapped_n) != CKR_OK)
		abort();
	attrs_init(&object, mem, sizeof(mem));
	attrs_put_ulong(&object, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_put_ulong(&object, CKA_KEY_TYPE, type);
	rv = crypt_unwrap(crypt, wrapping, &kwp, wrapped, wrapped_n, &object);
	if (rv == CKR_WRAPPED_KEY_INVALID)
		return 0;
	if (rv != CKR_OK || crypt_key_new(crypt, &object, &key) != CKR_OK)
		abort();
	crypt_key_free(key);
	wrapped_n = sizeof(wrapped);
	attrs_init(&again, mem_again, sizeof(mem_again));
	attrs_put_ulong(&again, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_put_ulong(&again, CKA_KEY_TYPE, type);
	if (crypt_wrap(crypt, wrapping, &kwp, &object, wrapped, &wrapped_n) != CKR_OK ||
	    crypt_unwrap(crypt, wrapping, &kwp, wrapped, wrapped_n, &again) != CKR_OK)
		abort();
	for (size_t at = 0; attrs_next(&object, &at, &it); )
		if (!attrs_equal(&again, it.type, it.p, it.n))
			abort();
	return 0;
}
