#ifndef CARDINAL_MODULE_HELLO_H
#define CARDINAL_MODULE_HELLO_H

#include "hsm/pkcs11/module_link.h"

/*
 * A connection from socket to HELLO: looks who listens, before anything is said to him, and makes
 * the connection one of this application's. Where vault does not know the application, since the
 * daemon was started anew, there is another epoch: logins are made again in slots that need no
 * code, and what is lost is taken away.
 */
void hello_init(struct links *);
void hello_free(struct links *);
/* Beside links_abandon: what another thread was about to connect by. */
void hello_abandon(struct links *);
/* CKR_DEVICE_REMOVED, CKR_DEVICE_ERROR, CKR_CRYPTOKI_NOT_INITIALIZED: the link is as it was. */
CK_RV hello_connect(struct module *, struct link *);

#endif
