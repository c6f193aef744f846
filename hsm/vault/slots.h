#ifndef CARDINAL_SLOTS_H
#define CARDINAL_SLOTS_H

#include "hsm/keys/user.h"
#include "hsm/vault/store.h"

/*
 * The ten slots: how each is opened, its codes and tries, its key. docs/keys.md has the records.
 *
 * Calls are made between store_lock and store_unlock, but for those that say otherwise: these take
 * the time of scrypt, and the lock only where they need it. They must not be made with a
 * transaction of objects.h open. 0, or with nothing changed: ERR_ARG (no such slot, a new code of a
 * wrong length), ERR_NOT_NOW (no token in this slot, since the HSM is not operational; or not in
 * this mode), the store's own.
 *
 * A code is bytes, SLOT_CODE_MIN to SLOT_CODE_MAX of them; the caller wipes its own.
 */
enum {
	SLOTS = 10,
	SLOT_CODE_MIN = 8,
	SLOT_CODE_MAX = 128,
	SLOT_LABEL_LEN = 32,		/* UTF-8, blanks behind */
	SLOT_SERIAL_LEN = 16,
	SLOT_TRIES = 10,
	SLOT_MADE_LEN = 32,		/* characters of a code that the HSM makes */
};

enum slot_mode {
	SLOT_AUTO = 1,
	SLOT_CODE = 2,
	SLOT_CARDS = 3,
	SLOT_PKA = 4,		/* not yet: ERR_UNSUPPORTED */
};

enum slot_who { SLOT_USER = 1, SLOT_SO = 2 };

/* A user of mode cards, as people are told of him. */
struct slot_seat {
	uint8_t copies;			/* cards that were made */
	char reader[USER_READER_MAX];	/* where the user is asked; "": the HSM's reader */
};

struct slot_info {
	uint8_t mode;
	uint8_t present;		/* there is a token: the HSM is operational */
	uint8_t initialised;		/* it has an SO PIN: 0 when its record is damaged */
	uint8_t user_set;		/* it has a code */
	uint8_t open;			/* its key is in memory */
	/* its objects or its record were tampered with: it does not open */
	uint8_t damaged;
	uint8_t user_left, so_left;	/* tries; 0: locked; full where there is no code */
	/* still the one of a trial installation, or the SO's choice */
	uint8_t user_change, so_change;
	uint8_t so_made;		/* the HSM made the SO PIN and has it */
	char label[SLOT_LABEL_LEN];
	char serial[SLOT_SERIAL_LEN];	/* stable, another one in each slot */
	uint64_t generation;		/* counts C_InitToken */
	uint64_t objects;		/* token objects, public and private */
	uint8_t users, copies;		/* mode cards */
	struct slot_seat seat[USERS_MAX];	/* of user u at u - 1; zeros behind the last */
	uint8_t stored;			/* mode cards: so is its code, the cards alone open it */
	uint8_t held;			/* an opening failed; `slot activate` begins another */
	uint8_t asking;			/* people are asked, or wait to be, to open it */
};

/* Never fails for lack of a token: `present` tells. From any thread, without the lock. */
int slot_info(struct store *, unsigned slot, struct slot_info *);

/*
 * What an installation wants of a slot. code and so: 0 bytes for one that the HSM makes and has.
 * A `code` slot needs its code; in mode auto it is made, but a trial has its known one. A `code`
 * slot whose SO PIN is a made one is opened by its code alone: the SO can give another code
 * (slot_set_user) only while it is open, or C_SetPIN for the SO has been called while it was.
 */
struct slot_plan {
	uint8_t mode;
	uint8_t trial;			/* both are known to everybody: flagged as to be changed */
	/*
	 * mode cards: its users have to be enrolled (store_enrol). Without a code, slot 0 only, it
	 * is made and stored: the cards alone open it, and nothing else opens before it.
	 */
	uint8_t users, copies;
	uint8_t code_n, so_n;
	uint8_t code[SLOT_CODE_MAX], so[SLOT_CODE_MAX];
};

/*
 * Makes all ten tokens, within the transaction of the installation's commit; 0 to 9 in plan, NULL
 * for ten of mode auto. ERR_UNSUPPORTED for a mode that is not built yet, ERR_ARG for a plan that
 * cannot be (slot 0 with mode `code`), ERR_NOT_FOUND for users that are not enrolled. For
 * store_commit, store_finish and store_trial.
 */
int slots_make(struct store *, const struct slot_plan plan[SLOTS]);
/*
 * At the daemon's start: opens every slot of mode auto; one that is damaged stays closed. While
 * slot 0 has to be opened by cards alone (slot_plan) and has not been since the store was opened,
 * none: they open with it. Asking for that is the caller's (people_ask).
 */
int slots_start(struct store *);
/*
 * All keys out of memory, for the end: no slot has a token then, and answers that wait after wrong
 * codes come at once. A factory reset and store_close do it themselves.
 */
void slots_close(struct store *);

/*
 * The answer to the j-th wrong code in a row at a slot comes after first << j milliseconds, at most
 * `most`; other attempts at that slot wait with it. Any thread's; before others run.
 */
enum { SLOT_DELAY_FIRST = 100, SLOT_DELAY_MOST = 3000 };
void slots_delay(struct store *, unsigned first_ms, unsigned most_ms);
/* Scrypts, of 32 MiB each, that run side by side. */
enum { SLOT_TURNS = 2 };

/*
 * Checks a code, charged on disk before it is compared, and opens the slot where it is closed
 * (SLOT_USER); in mode cards that waits for its people (people.h), whose errors it has then. n 0 is
 * a NULL PIN: allowed for SLOT_USER in mode auto and where the code is stored (ERR_ARG otherwise).
 * ERR_PIN_WRONG (a code of a length that none has, too), ERR_CARD_BLOCKED (locked: no tries left),
 * ERR_NOT_FOUND (no code has been set), ERR_MAC (damaged: see slot_info), ERR_NOT_NOW (mode auto,
 * closed by slot_leave; held; slot 0 has to open first: no try is charged). Without the lock.
 */
int slot_enter(struct store *, unsigned slot, enum slot_who, const uint8_t *code, size_t n);
/*
 * The same without the wait, after which the code is needed no more: *ask is NULL, or what
 * people_wait has the outcome of. ask NULL: people are not asked (ERR_NOT_NOW).
 */
struct ask;
int slot_enter_ask(struct store *, unsigned slot, enum slot_who, const uint8_t *code, size_t n,
    struct ask **ask);
/* Closes it: its key leaves the memory. An auto slot is opened again by slot_open_auto alone. */
int slot_leave(struct store *, unsigned slot);
int slot_open_auto(struct store *, unsigned slot);

/*
 * C_SetPIN: the old code is checked and charged as in slot_enter. Where the code is stored, n 0 for
 * both makes a new one; another one that is given there is stored like it. Mode cards: ERR_NOT_NOW
 * while the slot is closed. Without the lock.
 */
int slot_change(struct store *, unsigned slot, enum slot_who, const uint8_t *old, size_t old_n,
    const uint8_t *code, size_t n);
/*
 * C_InitPIN, after slot_enter as SO with that SO PIN, which the SO's session has kept and which is
 * checked and charged again: the user's code anew, tries full, user_change set. In mode auto n may
 * be 0, and where the code is stored. ERR_NOT_NOW: the slot is closed, and the SO PIN opens it not.
 * A closed slot of mode cards waits for its people, and stays closed. Without the lock.
 */
int slot_set_user(struct store *, unsigned slot, const uint8_t *so, size_t so_n,
    const uint8_t *code, size_t n);
int slot_set_user_ask(struct store *, unsigned slot, const uint8_t *so, size_t so_n,
    const uint8_t *code, size_t n, struct ask **ask);
/*
 * C_InitToken: the SO PIN is checked and charged; all objects and the key go, another key, another
 * generation; the code is gone, or made anew where it is stored; the SO PIN is stored no longer;
 * the users of mode cards stay. ERR_DENIED on slot 0. Without the lock.
 */
int slot_init(struct store *, unsigned slot, const uint8_t *so, size_t n,
    const char label[SLOT_LABEL_LEN]);

/*
 * `cardinal slot`. mode: with the code that opens it now (n 0 in mode auto), as the plan says; its
 * SO PIN stays where so_n is 0. An open slot stays open, one that becomes auto is opened. code
 * show: what is stored (ERR_NOT_NOW when it is not). wipe: as slot_init without the SO PIN, which
 * mends a damaged slot too; the new SO PIN is so, or made where so_n is 0. Without the lock.
 *
 * Mode cards takes the users that store_enrol has, all of them (ERR_NOT_FOUND), and forgets them
 * there. From mode cards to another waits for the people, even when the slot is open; to other
 * people it is two steps (ERR_NOT_NOW). A token that has no code, as slot_wipe and slot_init leave
 * it, was never open: it takes any mode and other people without a code (now_n 0, or ERR_NOT_FOUND)
 * and without anybody's cards, gets another key, and stays closed unless it becomes auto.
 *
 * slot_mode_try checks and charges what slot_set_mode would, the users apart, and changes nothing:
 * for who issues cards before.
 */
int slot_set_mode(struct store *, unsigned slot, const uint8_t *now, size_t now_n,
    const struct slot_plan *);
int slot_mode_try(struct store *, unsigned slot, const uint8_t *now, size_t now_n,
    const struct slot_plan *);
int slot_made(struct store *, unsigned slot, enum slot_who, char code[SLOT_CODE_MAX + 1]);
int slot_wipe(struct store *, unsigned slot, const uint8_t *so, size_t so_n);

/*
 * The key that signs the audit log: P-256, made when slot 0 opens for the first time, and again
 * after slot 0 was wiped; sealed under slot 0's key. public: ERR_NOT_FOUND while there is none yet.
 * sign: ECDSA with SHA-256 over n bytes, r and s of 32 bytes each; ERR_NOT_NOW while slot 0 is
 * closed. Between store_lock and store_unlock, without a transaction.
 */
enum { AUDIT_POINT = 65, AUDIT_SIGNATURE = 64 };
int slot_audit_public(struct store *, uint8_t point[AUDIT_POINT]);
int slot_audit_sign(struct store *, const void *text, size_t n,
    uint8_t signature[AUDIT_SIGNATURE]);

#endif
