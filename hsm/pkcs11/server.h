#ifndef CARDINAL_PKCS11_SERVER_H
#define CARDINAL_PKCS11_SERVER_H

#include <sys/types.h>

#include "hsm/pkcs11/wire.h"
#include "hsm/vault/objects.h"

/*
 * Vault's side of PKCS#11: applications, their logins, session objects and operations; keys made
 * ready and kept. Calls run side by side, each on its connection's thread.
 */
struct p11_server;

struct p11_policy {
	/* C_CreateObject and C_UnwrapKey of private keys onto the token */
	uint8_t import_private;
	uint8_t rsa_pkcs1_decrypt;	/* CKM_RSA_PKCS as cipher and unwrapping */
	uint8_t rsa_raw;		/* CKM_RSA_X_509 */
};

/* 0, ERR_NOMEM, ERR_CRYPTO. The store outlives it. */
int p11_server_new(struct p11_server **, struct store *, const struct p11_policy *);
void p11_server_free(struct p11_server *);

/*
 * One connection's peer. *page and *own are what HELLO's answer carries; they stay the server's.
 * A connection that ends is left; with the last one of an application all goes that was its.
 * ERR_FULL: there are too many, or of that user; ERR_NOMEM.
 */
struct p11_conn;
int p11_conn_new(struct p11_server *, uid_t, pid_t, struct p11_conn **);
void p11_conn_free(struct p11_conn *);
/*
 * One request, decoded, run, encoded into answer: the direct way in for tests too. request is wiped
 * where it had secrets. fds: HELLO's descriptors, which stay the server's, else -1.
 */
void p11_answer(struct p11_conn *, uint8_t *request, size_t n, struct wr *answer, int fds[2]);

/*
 * Listens on fd, which it takes over, with a thread for each connection, until p11_stop: returns at
 * once. ERR_IO, ERR_NOMEM; fd is closed then.
 */
int p11_listen(struct p11_server *, int fd);
/* Ends all connections and waits for their threads, which may want the store: without its lock. */
void p11_stop(struct p11_server *);

/*
 * What administration did to a slot, with or without the store's lock. closed: also after it got
 * mode code or another token, and of every slot after a factory reset; its sessions end. changed:
 * it was opened, or there is a token now. Waiting callers of WAIT are woken by both.
 */
void p11_slot_closed(struct p11_server *, unsigned slot);
void p11_slot_changed(struct p11_server *, unsigned slot);

#endif
