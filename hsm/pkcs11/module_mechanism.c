#include "hsm/pkcs11/module_permit.h"

static CK_RV
list(struct module *m, CK_SLOT_ID id, CK_MECHANISM_TYPE *out, CK_ULONG *n)
{
	const struct mech_info *info;
	CK_ULONG room, there = 0;

	if (id >= WIRE_SLOTS)
		return CKR_SLOT_ID_INVALID;
	if (n == NULL)
		return CKR_ARGUMENTS_BAD;
	if (!slot_present(m, (unsigned)id))
		return CKR_TOKEN_NOT_PRESENT;
	room = *n;
	for (size_t i = 0; (info = mech_at(i)) != NULL; i++) {
		if (permit_flags(m, info) == 0)
			continue;
		if (out != NULL && there < room)
			out[there] = info->type;
		there++;
	}
	*n = there;
	return out != NULL && there > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

static CK_RV
one(struct module *m, CK_SLOT_ID id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *out)
{
	const struct mech_info *info = mech_info(type);

	if (id >= WIRE_SLOTS)
		return CKR_SLOT_ID_INVALID;
	if (out == NULL)
		return CKR_ARGUMENTS_BAD;
	if (!slot_present(m, (unsigned)id))
		return CKR_TOKEN_NOT_PRESENT;
	if (info == NULL || permit_flags(m, info) == 0)
		return CKR_MECHANISM_INVALID;
	*out = (CK_MECHANISM_INFO){ info->min, info->max, permit_flags(m, info) };
	return CKR_OK;
}

CK_RV
C_GetMechanismList(CK_SLOT_ID id, CK_MECHANISM_TYPE_PTR out, CK_ULONG_PTR n)
{
	CALL(list(m, id, out, n));
}

CK_RV
C_GetMechanismInfo(CK_SLOT_ID id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR out)
{
	CALL(one(m, id, type, out));
}
