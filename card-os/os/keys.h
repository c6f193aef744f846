#ifndef CARDINAL_CARD_KEYS_H
#define CARDINAL_CARD_KEYS_H

#include "card-os/os/card.h"

/*
 * Keys are the content of files of kind FILE_KEY; nothing reads them out. What
 * a key is for follows from its type.
 */
enum key_type {
	KEY_RSA = 1,			/* 2048 bits: signs and deciphers */
	KEY_SIGN = 2,			/* P-256, ECDSA */
	KEY_AGREE = 3,			/* P-256, ECDH, by secure messaging only */
	KEY_AES = 4,			/* 128 bits: authenticates both ways by CMAC */
	KEY_ROOT = 5,			/* P-256, public: verifies certificates of holders */
	KEY_TYPES,
};

/* Bytes of content of that type; 0 for none that there is. */
size_t key_content(unsigned type);
/* Whether a file's content is a key of its type, or none yet: for images. */
int key_is_sound(const struct card_data *, uint16_t file);

#endif
