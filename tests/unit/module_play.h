#ifndef CARDINAL_TEST_MODULE_PLAY_H
#define CARDINAL_TEST_MODULE_PLAY_H

#include "hsm/pkcs11/cryptoki.h"
#include "tests/unit/module_peer.h"

/* An application beside a peer that has a key pair on its token: play_keys is what he says. */
enum { PUBLIC_KEY = 7, PRIVATE_KEY = 8 };

extern const CK_FUNCTION_LIST *f;
extern struct peer peer;
extern CK_UTF8CHAR play_pin[9];

/* The module alone; with the peer, initialised. */
void play_begin_alone(void);
void play_begin(void);
void play_end(void);
CK_SESSION_HANDLE play_session(CK_SLOT_ID);
int play_keys(struct peer *, const struct wire_request *, struct wire_answer *);

/* The handles of the public and the private key. */
void play_find(CK_SESSION_HANDLE, CK_OBJECT_HANDLE found[2]);
CK_RV play_sign(CK_SESSION_HANDLE, CK_OBJECT_HANDLE);
/* What C_GetAttributeValue says when asked for CKA_CLASS. */
CK_RV play_class(CK_SESSION_HANDLE, CK_OBJECT_HANDLE);

#endif
