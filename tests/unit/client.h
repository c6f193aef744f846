#ifndef CARDINAL_TEST_CLIENT_H
#define CARDINAL_TEST_CLIENT_H

#include "hsm/pkcs11/server.h"
#include "tests/unit/place.h"

/*
 * A trial installation in a directory of its own (slot 0 of mode auto, 1 to 9 of mode code), with
 * vault's side of PKCS#11, and clients that speak the wire with it without a socket.
 */
struct hsm {
	struct place place;
	struct p11_policy policy;
	struct p11_server *server;
};

struct client {
	struct p11_conn *conn;
	struct wire_request request;
	struct wire_answer answer;
	struct mech mech;
	uint8_t cookie[WIRE_COOKIE_LEN];
	int fds[2];
	int page_fd, own_fd;		/* those of HELLO, which stay the server's */
	const struct wire_page *page;
	uint8_t set[ATTRS_MAX], set2[ATTRS_MAX];
	uint8_t sent[WIRE_FRAME_MAX], got[WIRE_FRAME_MAX];
};

#define USER_PIN "98765432"
#define SO_PIN "87654321"

/* The policy is all allowed unless changed before hsm_again. */
void hsm_enter(struct hsm *);
void hsm_leave(struct hsm *);
/* The daemon stops and starts. */
void hsm_again(struct hsm *);
/* How often the transcript has a step. */
size_t hsm_noted(struct hsm *, const char *step);

/* A connection of a new application; cookie: of that one's. Asserts that HELLO works. */
struct client *client_new(struct hsm *, const uint8_t *cookie);
struct client *client_of(struct hsm *, uid_t, pid_t);
/* One of a new application whose user is logged in to slot 1. */
struct client *client_user(struct hsm *);
void client_free(struct client *);

/* An HSM with one client, as client_user has it. */
struct solo {
	struct hsm h;
	struct client *c;
};

void solo_enter(struct solo *);
void solo_leave(struct solo *);

/* Empties the request, with the slot and a R/W session. */
struct wire_request *client_ask(struct client *, uint8_t id, unsigned slot);
/* The same with a PIN; NULL is none. */
struct wire_request *client_pin(struct client *, uint8_t id, unsigned slot, const char *pin);
/* Sends it and has the answer, which stays until the next call. */
CK_RV client_call(struct client *);
/* The template of the request, from types and values: attributes are put by attrs_put_*. */
struct attrs *client_set(struct client *);
struct attrs *client_set2(struct client *);
void client_mech(struct client *, CK_MECHANISM_TYPE);
/* Asks for an object in slot 1, and for a copy; the first is sent when its template is complete. */
struct attrs *client_create(struct client *, CK_OBJECT_CLASS, int token, const char *label);
CK_RV client_copy(struct client *, uint64_t uid, int token);

CK_RV client_login(struct client *, unsigned slot, CK_USER_TYPE, const char *pin);
CK_RV client_logout(struct client *, unsigned slot);
/* A key, and its uid: AES of 32 bytes; the private half of P-256, the public one a token object. */
uint64_t client_aes(struct client *, unsigned slot, int token);
uint64_t client_ec(struct client *, unsigned slot, int token);
CK_RV client_get(struct client *, unsigned slot, uint64_t uid);
/* ECDSA over 32 bytes. */
CK_RV client_sign(struct client *, unsigned slot, uint64_t uid, uint64_t ticket);
/* What vault tells all applications, as this one has it mapped. */
const struct wire_page *client_page(struct client *);
/* How many objects a search by label finds; NULL: all. */
size_t client_count(struct client *, unsigned slot, const char *label);

#endif
