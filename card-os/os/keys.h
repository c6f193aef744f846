#ifndef CARDINAL_CARD_KEYS_H
#define CARDINAL_CARD_KEYS_H

#include "card-os/iso7816/p256.h"
#include "card-os/os/card.h"
#include "card-os/os/rsa.h"

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

enum {
	KEY_AES_LEN = 16,
	KEY_TRIES_MAX = 15,		/* the status word that tells them has room for that */
};

/* A key out of its file. Who has one wipes it. */
struct key {
	enum key_type type;
	int there;			/* 0: its file has none yet; the rest is zeros then */
	union {
		struct rsa rsa;
		struct {
			uint8_t scalar[P256_SCALAR], point[P256_POINT];
		} ec;			/* KEY_SIGN, KEY_AGREE */
		struct {
			uint8_t tries, tries_max, secret[KEY_AES_LEN];
		} aes;
		struct {
			uint8_t holder_n, holder[HOLDER_MAX], point[P256_POINT];
		} root;
	};
};

/* Bytes of content of that type; 0 for none that there is. */
size_t key_content(unsigned type);
/* Whether a file's content is a key of its type, or none yet: for images. */
int key_is_sound(const struct card_data *, uint16_t file);

/* The key in a file's content. Putting one that is not there leaves nothing of the old. */
void key_get(const struct card_data *, uint16_t file, struct key *);
void key_put(struct card_data *, uint16_t file, const struct key *);
void key_wipe(struct key *);

/*
 * A key that comes to the card as data objects (docs/card.md), the type said before. Decoding looks
 * at the form alone: 0 or ERR_FORMAT. Then checking: that its numbers are a key and belong
 * together; 0, ERR_FORMAT, ERR_CRYPTO.
 */
int key_decode(const uint8_t *, size_t n, struct key *);
int key_check(struct key *);
/* Makes one: 0, ERR_UNSUPPORTED for a type that only comes from outside, ERR_CRYPTO. */
int key_generate(enum key_type, struct key *);
/* The public half as template 7F49 of ISO 7816-8: 81 modulus and 82 exponent, or 86 point. */
void key_put_public(struct wr *, const struct key *);

/* Whether a holder's name may be one. */
int key_is_holder(size_t n);
/* The KEY_ROOT of that holder in that DF or the nearest above: its file, or CARD_NO_FILE. */
uint16_t key_of_holder(const struct card_data *, uint16_t df, const uint8_t *name, size_t n);

#endif
