#ifndef CARDINAL_TESTS_SM_KNOWN_H
#define CARDINAL_TESTS_SM_KNOWN_H

#include "card-os/iso7816/sm.h"

/* NIST CAVP, ECC CDH primitive, P-256, COUNT 0: dIUT, QIUT of the host, QCAVS of the card. */
#define HOST_SCALAR "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534"
#define HOST_POINT "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230" \
	"28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141"
#define CARD_POINT "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287" \
	"db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac"
#define NONCE "0102030405060708"

/* The rest as tests/vectors/sm.sh prints it. */
#define ENC "9647165f6c7d6958da0a07a1dcbf43d61b43648ed9b534fdf9e20ef287c6cb96"
#define MAC "f6c538b4415c8b36e0c9c8da1baedf1c52a34d933612c532825dfdcba4b3475c"
#define TOKEN "238fdca9245c7167"
#define CASE_1 "0ca4000c0a 8e080b5ad08365f6f9a3 00"
#define CASE_2 "0cb000000d 970110 8e0892de0f2b61ef70d9 00"
#define CASE_4 "0c86000020 8711015f68a37136b12c3b1bfa79c35fad3c98 970104 8e087fddd5ed1b02e464 00"
#define WITH_DATA "871101028e6138f22bc6d6605acfcab02582fb 99029000 8e08ac0ee24df9c2b109 9000"
#define WITHOUT_DATA "99026982 8e08f72f791af1fd7c06 6982"

/* The n bytes of a text in hex; aborts when it has not as many. */
void known_bytes(const char *text, uint8_t *out, size_t n);
/* A session with those keys, its counter at 0. */
void known_session(struct sm *);
/* Two ends with a session between them: the card's key is NIST's, the host's is new each time. */
void known_agree(struct sm *host, struct sm *card);
/* Whether nothing is left of a session. */
int known_wiped(const struct sm *);

#endif
