#include "card-os/os/se.h"

#include <openssl/crypto.h>

#include "card-os/os/access.h"
#include "card-os/os/files.h"

void
se_clear(struct card *c)
{
	OPENSSL_cleanse(c->se.use, sizeof(c->se.use));
}

int
se_serves(unsigned type, enum card_se_use use)
{
	static const uint8_t serves[SE_USES] = {
		[SE_INTERNAL] = 1 << KEY_RSA | 1 << KEY_SIGN | 1 << KEY_AES,
		[SE_EXTERNAL] = 1 << KEY_AES | 1 << KEY_ROOT,
		[SE_SIGN] = 1 << KEY_RSA | 1 << KEY_SIGN,
		[SE_VERIFY] = 1 << KEY_ROOT,
		[SE_DECIPHER] = 1 << KEY_RSA | 1 << KEY_AGREE,
	};

	return type < KEY_TYPES && (serves[use] & 1 << type) != 0;
}

uint16_t
se_find(const struct card *c, uint8_t ref, enum card_se_use use)
{
	uint16_t i = files_nearest(&c->data, c->df, FILE_KEY, ref);

	return i != CARD_NO_FILE && se_serves(c->data.file[i].key, use) ? i : CARD_NO_FILE;
}

uint16_t
se_key(const struct card *c, uint8_t ref, enum card_se_use use, uint16_t *file, struct key *k)
{
	uint16_t sw;

	if (ref == 0 && (ref = c->se.use[use].key) == 0)
		return SW_CONDITIONS;
	if ((*file = se_find(c, ref, use)) == CARD_NO_FILE)
		return SW_NO_REFERENCE;
	if ((sw = access_check(c, *file, OP_USE)) != SW_OK)
		return sw;
	key_get(&c->data, *file, k);
	return k->there ? SW_OK : SW_NOT_USABLE;
}
