#ifndef CARDINAL_SLOT_ORDER_H
#define CARDINAL_SLOT_ORDER_H

#include "hsm/vault/slots.h"

/*
 * What an operator asks of a slot, in secret memory since codes are in it; whoever made it wipes
 * it.
 */
enum slot_act {
	/* another mode: now opens it now, code and so are the new ones */
	SLOT_ACT_MODE = 1,
	SLOT_ACT_ACTIVATE,	/* opens it: code, or none in mode auto */
	SLOT_ACT_DEACTIVATE,	/* closes it and ends its sessions */
	SLOT_ACT_SHOW,		/* what the HSM has made: the code or the SO PIN, by who */
	SLOT_ACT_WIPE,		/* a new token; code: its SO PIN, or none for one that is made */
	SLOT_ACTS,		/* one more than the last */
};

struct slot_order {
	uint8_t slot;		/* 0 to 9 */
	uint8_t mode;		/* enum slot_mode, for SLOT_ACT_MODE */
	uint8_t who;		/* enum slot_who, for SLOT_ACT_SHOW */
	uint8_t now_n, code_n, so_n;
	uint8_t now[SLOT_CODE_MAX], code[SLOT_CODE_MAX], so[SLOT_CODE_MAX];
	/* for mode cards: its users, with the readers where they are asked ("": the HSM's) */
	uint8_t users, copies;
	char reader[USERS_MAX][USER_READER_MAX];
};

/* What came of an order. */
struct slot_done {
	char shown[SLOT_CODE_MAX + 1];	/* a secret, of SLOT_ACT_SHOW */
	/* people are asked for it, by the opening of this number; 0: the slot is open already */
	uint8_t asks;
	uint64_t opening;
	uint32_t ceremony;		/* that has begun for it, 0: none */
	uint64_t since;			/* the last record before the two */
};

/* "mode", "activate", "deactivate", "code", "wipe": in paths, commands and the transcript. */
const char *slot_act_name(enum slot_act);
/* "auto", "code", "cards", "pka"; "?" for another one. */
const char *slot_mode_name(uint8_t mode);
/* The mode of that name, 0: there is none. */
uint8_t slot_mode_of(const char *name);
/*
 * NULL when a slot can have that mode in this release, else what is in the way, as the end of a
 * sentence about the slot.
 */
const char *slot_mode_refused(unsigned slot, uint8_t mode);

#endif
