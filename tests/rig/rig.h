#ifndef CARDINAL_RIG_H
#define CARDINAL_RIG_H

#include "hsm/ceremony/ceremony.h"
#include "hsm/keys/lock.h"
#include "simulator/device.h"

/*
 * Pad, cards, people and HSM in one process, on a clock of its own: the seam to
 * cards over the simulator's device, a journal in memory, and a person who
 * answers each prompt as SPEC 4 asks for. A test gives the person quirks, the
 * seams faults, and looks at what the pad has shown and what was kept.
 */
enum {
	RIG_CARDS_MAX = 14,		/* the last of an issuer that nobody trusts */
	RIG_QUIRKS_MAX = 128,
	RIG_RECORDS_MAX = 512,
	RIG_STACK = 1024 * 1024,
	RIG_NOW = 1700000000,
	RIG_SECONDS = 600,		/* from the last rig_new on: then it hangs, and is ended */
};

/* What the person does instead of what was asked for. */
enum rig_do {
	RIG_KEYS,	/* presses keys: digits, o OK, c Clear, x Cancel; leaves the card */
	RIG_INSERT,	/* inserts that card and presses OK */
	RIG_PUT,	/* takes out what is in, inserts that card and presses nothing */
	RIG_TAKE,	/* takes the card out and presses OK */
	RIG_PULL,	/* takes the card out and presses nothing */
	RIG_NOTHING,	/* lets time pass */
	RIG_UNPLUG,	/* pulls the reader's plug */
	RIG_CALL,	/* calls cancel */
	RIG_STOP,	/* stops the daemon: no journal any more, the secrets are wiped; then presses keys */
};

struct rig_quirk {
	const char *at;		/* line 1 of the prompt */
	unsigned nth;		/* its occurrence in the run, from 1; 0: each */
	enum rig_do what;
	const char *keys;
	unsigned card;		/* number of the card in the deck, from 1 */
};

struct rig_card {
	uint8_t image[CARD_IMAGE_MAX];
	size_t n;
	const char *pin, *user_pin;	/* of the share, of the slot user */
	unsigned saves, fail_at;	/* the save that fails, 0: none */
	int powerless;			/* and all after it: the plug was pulled */
};

/* A seam that fails at its n-th call of a run: once, or from then on. */
struct rig_fault {
	unsigned calls, at;
	int err, stays;
};

struct rig_journal {
	struct journal journal;
	struct hsm_status status;
	struct record record[RIG_RECORDS_MAX];
	size_t records;
	struct mbk mbk;
	unsigned commits, broken;	/* calls of them */
	int waits;			/* slots of the plan wait for their users */
	struct rig_fault fault;
};

/* A slot that opens with its users: its key, and the box that their cards open together. */
enum { RIG_KEY = 32 };

struct rig_slot {
	uint8_t users;
	int open;
	unsigned openings;
	struct user_seat seat[USERS_MAX];
	uint8_t ephemeral[USERS_MAX][USER_POINT];
	uint8_t key[RIG_KEY], box[RIG_KEY + SEAL_OVERHEAD];
};

struct rig_gate {
	struct gate gate;
	struct user_seat enrolled[CEREMONY_SLOTS][USERS_MAX];
	uint8_t there[CEREMONY_SLOTS][USERS_MAX];
	struct rig_slot slot[CEREMONY_SLOTS];
	unsigned enrols, finishes, ends;	/* calls of them */

	/* The opening that runs: its number, 0 for none; what has come of it so far. */
	uint64_t number, numbers;
	unsigned opens, proven, asks;	/* its slot; users; whose challenge is out, 0: none */
	uint8_t purpose;		/* what the pad is told that it is for */
	uint8_t text[CHALLENGE_LEN];
	uint64_t asked;			/* ms */
	struct lock_secrets z;
	int end;			/* what it was ended with */
	int lost;			/* finish is done, and its answer does not come */
	int late;			/* cards take their time to answer challenges */
	struct rig_fault fault;
};

struct rig {
	struct cards cards;
	struct rig_journal journal;
	struct rig_gate gate;
	struct device device;
	struct issuers issuers;
	struct rig_card card[RIG_CARDS_MAX];
	unsigned in;			/* number of the card in the slot, 0: none */
	uint64_t clock;			/* ms */
	uint32_t number;		/* of the last message */
	int open, powered, cancelled;
	const char *reader;		/* the HSM's, "": the first */
	unsigned pads;			/* readers that there are, all of them this one: 1 at first */
	unsigned at;			/* the one that is open */
	char where[64];			/* its number for each text of the run that asks */
	char heard[64];			/* what `say` named for each that is waited for, -: none */
	int no_display, no_pin_pad;
	unsigned texts, refuse_from;	/* from the n-th text of the run on the display takes none */
	int asks;			/* a text waits for an answer that does not come by keys */
	enum cards_key answer;
	unsigned put;			/* the card that follows the one just taken out */
	uint8_t mode;			/* of the next installation, SHARE_LIVE at first */
	struct ceremony_slot slot[CEREMONY_SLOTS];	/* that get users in the next ceremony */
	unsigned whole_s;
	int unsettled;			/* a state that is left installing stays so */
	struct rig_fault fault;

	/* The n-th APDU of the run finds that the reader's service thinks of a card that was. */
	unsigned apdus, stale_at;

	/* Sits between reader and card: sees, may change and shorten commands and answers. */
	void (*tap)(void *arg, int is_answer, uint8_t *p, size_t *n);
	void *tap_arg;

	/* At the n-th UPDATE BINARY of the run: pull the card or the plug, before the card has it or after. */
	unsigned updates, pull_at, unplug_at;
	unsigned loads, pull_load;	/* the same with the n-th PUT DATA, as of a credential */
	unsigned wear_load;		/* after it the card keeps another key in wear_key */
	uint16_t wear_key;
	int after;
	unsigned wear_at;		/* the n-th UPDATE BINARY: the card keeps another byte at wear_byte */
	size_t wear_byte;

	/* The person. */
	struct rig_quirk quirk[RIG_QUIRKS_MAX];
	size_t quirks;
	unsigned seen[RIG_QUIRKS_MAX];
	int reading;			/* the last Write/Read prompt was Read */
	unsigned first_reader;		/* the first card handed back, from 1 */
	uint64_t shown;			/* texts on the display before this run */
	unsigned beeps;			/* and beeps */
	unsigned first_user[CEREMONY_SLOTS];	/* card 1 of user 1 of a slot in the deck, from 1 */
	unsigned serves;		/* which card of a user opens a slot */
	unsigned source, target;	/* cards of a copy */
	int as_user;			/* the last prompt was about a slot user's PIN */
	const char *new_pin;
	unsigned slow_ms;		/* how long people think before each PIN */

	/* Of the last run. */
	int err;
	struct ceremony_result result;
	char front[64], said[64];
	unsigned hows[8];		/* texts said so in the run, by SAY_* */
	unsigned saids, seconds;	/* how long the last text that is waited for is */
	size_t secure_used;		/* of the secure heap, before */
	void *secrets;			/* as the ceremony tells in a PIN entry, else NULL */
	size_t secrets_n;
	uint8_t *stack;
};

/* A rig with a deck of cards by one issuer, the last one of an issuer that nobody trusts. Factory state. */
struct rig *rig_new(void);
void rig_free(struct rig *);
/* The deck as it was made, nothing in the slot, no quirks, no faults; what is kept stays. */
void rig_fresh_cards(struct rig *);
/* Cards, what is kept, slots and their users, as another rig has them. */
void rig_copy(struct rig *, const struct rig *);
/* Quirks and faults of the last run are forgotten, the plug is back. */
void rig_calm(struct rig *);
/*
 * What the daemon does with a ceremony that broke off without the journal's knowing: one that was
 * restarted if the journal is gone for good, the same one, at the next request, otherwise.
 */
void rig_settle(struct rig *);
/* What `cardinal factory-reset` does to what is kept. */
void rig_factory_reset(struct rig *);

void rig_quirk(struct rig *, const char *at, unsigned nth, enum rig_do, const char *keys,
    unsigned card);
/*
 * Runs a ceremony: its return value. A state that is left installing is settled by rig_settle.
 * Afterwards no secret is in the secure heap, nor on the ceremony's stack.
 */
int rig_run(struct rig *, const char *name, uint8_t k, uint8_t n);
int rig_run_plan(struct rig *, const struct ceremony_plan *, uint8_t k, uint8_t n);
/* The opening of a slot and its end, as the daemon has them: what the ceremony returned. */
int rig_activate(struct rig *, unsigned slot);
/* Whether the texts of the last run were these, "line 1/line 2", blank displays left out; prints the first that differs. */
int rig_showed(const struct rig *, const char *const *texts, size_t n);
/* How often a line 1 was shown in the last run. */
unsigned rig_count(const struct rig *, const char *line);
/* A journal record with that step and outcome. */
int rig_recorded(const struct rig *, const char *step, const char *outcome);

/* From an abort, resuming leads out, and so do a factory reset and an installation; on copies. */
void rig_ways_out(struct rig *, const char *why);

/* The next ceremony gives that slot users, whose cards are those of the deck from first on. */
void rig_users(struct rig *, unsigned slot, uint8_t users, uint8_t copies, unsigned first);

/* Parts: rig_cards.c, rig_gate.c, rig_journal.c, rig_person.c, rig_secrets.c. */
void rig_cards_init(struct rig *);
void rig_journal_init(struct rig *);
void rig_gate_init(struct rig *);
/* An order for cards begins: who sits there of one that broke off goes (store_enrol_forget). */
void rig_gate_order(struct rig *);
/* Asks for an opening: its number. */
uint64_t rig_opening(struct rig *, unsigned slot);
/* Ends one; whether the slot is open. */
int rig_opened(struct rig *, uint64_t number, int err);
/* Whether this call of a seam fails. */
int rig_fails(struct rig_fault *);
void rig_person(struct rig *, const char *text);
void rig_insert(struct rig *, unsigned card);
void rig_take(struct rig *);
/*
 * Fails the test when the last run has left anything in the secure heap, or on its stack a secret
 * that a test can know: the key, and what reached a card or came from it.
 */
void rig_secrets(const struct rig *);
/* Changes what a card keeps, as nobody could who has only the card. */
void rig_forge(struct rig *, unsigned card, void (*change)(struct card_data *, void *arg), void *arg);
/* The file of that identifier, which must be there; the key of one. */
uint8_t *rig_content(struct card_data *, uint16_t fid);
uint8_t *rig_key(struct card_data *, uint16_t fid);
/* The share record on a card, from its file. */
void rig_share_of(const struct rig *, unsigned card, uint8_t record[SHARE_RECORD_LEN]);

#endif
