#include "hsm/pkcs11/module_permit.h"

static const struct {
	CK_FLAGS op;
	CK_ATTRIBUTE_TYPE may;
	CK_OBJECT_CLASS half;	/* of a pair, that does it */
} uses[] = {
	{ CKF_SIGN, CKA_SIGN, CKO_PRIVATE_KEY },
	{ CKF_VERIFY, CKA_VERIFY, CKO_PUBLIC_KEY },
	{ CKF_ENCRYPT, CKA_ENCRYPT, CKO_PUBLIC_KEY },
	{ CKF_DECRYPT, CKA_DECRYPT, CKO_PRIVATE_KEY },
	{ CKF_WRAP, CKA_WRAP, CKO_PUBLIC_KEY },
	{ CKF_UNWRAP, CKA_UNWRAP, CKO_PRIVATE_KEY },
	{ CKF_DERIVE, CKA_DERIVE, CKO_PRIVATE_KEY },
};

CK_FLAGS
permit_flags(const struct module *m, const struct mech_info *info)
{
	const unsigned policy = m->links.policy;

	if (info->type == CKM_RSA_X_509 && !(policy & WIRE_RSA_RAW))
		return 0;
	/* Of decryption alone; what is signed with PKCS #1 v1.5 is no oracle. */
	if (info->type == CKM_RSA_PKCS && !(policy & WIRE_RSA_PKCS1_DECRYPT))
		return info->flags & ~(CK_FLAGS)(CKF_DECRYPT | CKF_UNWRAP);
	return info->flags;
}

static int
of_pairs(enum mech_family family)
{
	return family == MECH_RSA_PKCS || family == MECH_RSA_PSS || family == MECH_RSA_OAEP ||
	    family == MECH_RSA_RAW || family == MECH_RSA_AES_WRAP || family == MECH_ECDSA ||
	    family == MECH_EDDSA || family == MECH_ECDH;
}

/* PKCS #11 Base 2.40, 4.8, CKA_ALLOWED_MECHANISMS; without it all are. */
static int
allowed(const struct attrs *view, CK_MECHANISM_TYPE type)
{
	const uint8_t *p;
	struct rd rd;
	size_t n = 0;

	if (!attrs_get(view, CKA_ALLOWED_MECHANISMS, &p, &n) || n == 0)
		return 1;
	rd_init(&rd, p, n);
	while (rd.n > 0 && rd.err == 0)
		if (rd_u64(&rd) == type)
			return 1;
	return 0;
}

CK_RV
permit(const struct module *m, const struct attrs *view, const struct mech *mech, CK_FLAGS op)
{
	const CK_OBJECT_CLASS class = attrs_ulong(view, CKA_CLASS);
	size_t i = 0;

	if (class != CKO_PUBLIC_KEY && class != CKO_PRIVATE_KEY && class != CKO_SECRET_KEY)
		return CKR_KEY_HANDLE_INVALID;
	while (uses[i].op != op)
		i++;
	if (class != (of_pairs(mech->info->family) ? uses[i].half : CKO_SECRET_KEY) ||
	    !mech_takes(mech->info, attrs_ulong(view, CKA_KEY_TYPE)))
		return CKR_KEY_TYPE_INCONSISTENT;
	if (!attrs_bool(view, uses[i].may))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	if (!allowed(view, mech->info->type) || !(permit_flags(m, mech->info) & op))
		return CKR_MECHANISM_INVALID;
	return CKR_OK;
}

CK_RV
permit_wrapping(CK_RV rv)
{
	return rv == CKR_KEY_HANDLE_INVALID ? CKR_WRAPPING_KEY_HANDLE_INVALID :
	    rv == CKR_KEY_TYPE_INCONSISTENT ? CKR_WRAPPING_KEY_TYPE_INCONSISTENT : rv;
}

CK_RV
permit_unwrapping(CK_RV rv)
{
	return rv == CKR_KEY_HANDLE_INVALID ? CKR_UNWRAPPING_KEY_HANDLE_INVALID :
	    rv == CKR_KEY_TYPE_INCONSISTENT ? CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT : rv;
}
