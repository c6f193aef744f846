#include "hsm/pkcs11/crypt.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A byte of length, CKA_EC_PARAMS, CKA_EC_POINT: a point that is taken makes a key, others none. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct crypt *crypt;
	static uint8_t mem[ATTRS_MAX];
	struct crypt_key *key;
	struct attrs object;
	CK_ULONG bits;
	CK_KEY_TYPE type;
	size_t params_n;
	CK_RV rv;

	if (crypt == NULL && crypt_new(&crypt) != CKR_OK)
		abort();
	if (n < 1 || p[0] > n - 1)
		return 0;
	params_n = p[0];
	rv = crypt_point(crypt, p + 1, params_n, p + 1 + params_n, n - 1 - params_n);
	if (crypt_curve(p + 1, params_n, &type, &bits) != CKR_OK) {
		if (rv == CKR_OK)
			abort();
		return 0;
	}
	attrs_init(&object, mem, sizeof(mem));
	attrs_put_ulong(&object, CKA_CLASS, CKO_PUBLIC_KEY);
	attrs_put_ulong(&object, CKA_KEY_TYPE, type);
	attrs_put(&object, CKA_EC_PARAMS, p + 1, params_n);
	attrs_put(&object, CKA_EC_POINT, p + 1 + params_n, n - 1 - params_n);
	if (attrs_end(&object) != CKR_OK)
		return 0;
	if ((crypt_key_new(crypt, &object, &key) == CKR_OK) != (rv == CKR_OK))
		abort();
	crypt_key_free(key);
	return 0;
}
