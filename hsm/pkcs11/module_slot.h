#ifndef CARDINAL_MODULE_SLOT_H
#define CARDINAL_MODULE_SLOT_H

#include <pthread.h>
#include <stdatomic.h>

#include "hsm/pkcs11/module_handle.h"
#include "hsm/pkcs11/module_session.h"

/*
 * A slot as this application sees it: its sessions, and who is logged in.
 */
#define NOBODY ((CK_USER_TYPE)CK_UNAVAILABLE_INFORMATION)

struct slot {
	pthread_mutex_t login;		/* held around each login and logout */
	/* Grows with each logout: what was private before is dead. Also read without a lock. */
	_Atomic uint64_t logins;
	/* The rest: the module's lock. */
	CK_USER_TYPE user;
	uint64_t closings;		/* the page's, when last looked at */
	unsigned open, read_only;	/* sessions */
	struct session_list sessions;
	struct object_list objects, own;
	/* What C_WaitForSlotEvent has told. */
	uint64_t event;
	uint8_t present;
};

/* At C_Initialize: connects when there is a daemon. */
void slots_begin(struct module *);
/*
 * Vault has taken us for a new application: its pages from now on, another epoch, and nothing is
 * left of what lived in the old one. Returns a bit for each slot that a user was logged in to.
 */
unsigned slots_adopt(struct module *, const struct wire_page *, struct wire_own *);
/* Whether there is a token. */
int slot_present(struct module *, unsigned slot);
CK_USER_TYPE slot_user(struct module *, unsigned slot);
/* With the module's lock: how many sessions are open, into the own page. */
void slots_count(struct module *, unsigned slot);

/* What a logout does here: private handles die. With the module's lock; without. */
void slot_nobody(struct module *, unsigned slot);
void slot_logged_out(struct module *, unsigned slot);
/* A session was closed: with the last one the login ends (PKCS #11 Base 2.40, 5.6). */
void slot_left(struct module *, unsigned slot);

#endif
