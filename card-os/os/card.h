#ifndef CARDINAL_CARD_H
#define CARDINAL_CARD_H

#include "card-os/iso7816/apdu.h"
#include "card-os/iso7816/sm.h"
#include "card-os/profile/profile.h"

/*
 * The card: a state that survives power (struct card_data), a state that does
 * not, and the command interpreter. No clock, no files, no globals: whoever
 * owns a card gives it a place to save to. Everything is of fixed size; the
 * owner wipes the struct when the card goes.
 */
enum {
	CARD_FILES_MAX = 128,
	CARD_SPACE = 64 * 1024,		/* for contents, and CARD_FILE_COST for each file */
	CARD_FILE_COST = 32,
	CARD_DEPTH = 8,			/* DFs on the way down to a file, the MF among them */
	CARD_NAME_MAX = 16,
	SFI_MAX = 30,
	CARD_IMAGE_MAX = 96 * 1024,
	CARD_CHALLENGE_MAX = 128,
	HOLDER_MIN = 8, HOLDER_MAX = 16,	/* bytes of a certificate holder's name */
	CARD_CERTIFIED_MAX = 4,
	CARD_NO_FILE = 0xffff,		/* in place of an index */
};

/* What a rule is about. A file has one for each; what has no sense for its kind is never asked. */
enum card_op {
	OP_READ, OP_UPDATE, OP_WRITE, OP_APPEND, OP_ERASE,
	OP_CREATE,			/* in this DF; of a DF also PUT DATA */
	OP_DELETE, OP_ACTIVATE, OP_DEACTIVATE, OP_TERMINATE,
	OP_USE,				/* a key: sign, decipher, agree, authenticate */
	OP_LOAD,			/* a key: generate or put one */
	OPS,
};

/* Conditions, all of which have to be met; none at all: never. */
enum {
	ACCESS_NEVER = 0x00,
	ACCESS_ALWAYS = 0x01,
	ACCESS_PIN = 0x02,		/* the PIN of reference pin was verified */
	ACCESS_KEY = 0x04,		/* the outside was authenticated by that key */
	ACCESS_SM = 0x08,		/* the command came by secure messaging */
	ACCESS_PIN_SM = ACCESS_PIN | ACCESS_SM,
};

struct card_rule {
	uint8_t needs;			/* ACCESS_* */
	uint8_t pin, key;		/* references, 0 where none is needed */
};

enum card_file_kind {
	FILE_FREE = 0,			/* a place in the table that nothing stands in */
	FILE_DF,
	FILE_EF,			/* transparent */
	FILE_WINDOW,			/* transparent, shows the first bytes of another EF */
	FILE_FIXED, FILE_VARIABLE, FILE_CYCLIC,	/* records */
	FILE_PIN,			/* internal: struct pin of os/pins.h */
	FILE_KEY,			/* internal: struct key of os/keys.h */
	FILE_OBJECT,			/* what PUT DATA keeps; fid is its tag */
	FILE_KINDS,
};

/* Life cycle as FCP tag 8A tells it, ISO 7816-4:2005 table 13. */
enum card_life {
	LIFE_CREATION = 0x01,
	LIFE_INITIALISATION = 0x03,	/* ours: a DF that is still made */
	LIFE_DEACTIVATED = 0x04,
	LIFE_ACTIVATED = 0x05,
	LIFE_TERMINATED = 0x0c,
};

/*
 * A file. Its index in the table stays the same while it exists, and names it
 * everywhere inside. File 0 is the MF.
 */
struct card_file {
	uint8_t kind;			/* enum card_file_kind */
	uint8_t life;			/* enum card_life */
	uint16_t fid;
	uint16_t parent;		/* index of the DF; of the MF: CARD_NO_FILE */
	uint8_t sfi;			/* short identifier 1 to 30, 0 for none */
	uint8_t coding;			/* data coding byte, ISO 7816-4:2005 table 87 */
	uint8_t ref;			/* PIN and key: its reference */
	uint8_t key;			/* key: enum key_type */
	uint8_t aid_n;			/* DF name, 0 for none */
	uint8_t aid[CARD_NAME_MAX];
	struct card_rule rule[OPS];
	uint16_t window_of;		/* FILE_WINDOW: identifier of the EF of its DF, else 0 */
	uint16_t record;		/* bytes of a record; FILE_VARIABLE: of the longest */
	uint16_t records_max;		/* FILE_FIXED, FILE_CYCLIC */
	uint16_t records;		/* that exist */
	uint16_t newest;		/* FILE_CYCLIC: place of record 1 */
	uint16_t at, size;		/* content in space; a window has a size only */
};

struct card_data {
	uint8_t serial[SERIAL_LEN];
	uint8_t device_scalar[SM_SCALAR];
	uint16_t files_n;		/* places of the table up to the last that is not free */
	struct card_file file[CARD_FILES_MAX];
	uint32_t space_n;		/* bytes of contents, without gaps */
	uint8_t space[CARD_SPACE];
};

/* Saves an image durably; when it returns an error, the old one or the new one is on disk. */
struct card_store {
	int (*save)(void *arg, const uint8_t *image, size_t n);
	void *arg;
};

/* What MANAGE SECURITY ENVIRONMENT chose: a place for each use. */
enum card_se_use {
	SE_INTERNAL, SE_EXTERNAL,	/* INTERNAL and EXTERNAL AUTHENTICATE */
	SE_SIGN, SE_VERIFY,		/* signatures by us, and of certificates */
	SE_DECIPHER,
	SE_USES,
};

struct card_choice {
	uint8_t key;			/* reference, 0 for none */
	uint8_t algorithm;		/* 0 for the key's own */
	uint8_t holder_n;		/* in place of a reference: whose key, 0 for none */
	uint8_t holder[HOLDER_MAX];
};

struct card_se {
	int chip_authentication;	/* for the next GENERAL AUTHENTICATE */
	uint16_t df;			/* where that was chosen */
	struct card_choice use[SE_USES];
};

/* Public key of a holder whose certificate was verified, by a root key in the end. */
struct card_certified {
	uint8_t holder_n, holder[HOLDER_MAX];	/* 0: none here */
	uint8_t rank;			/* it may certify those of a lower one; docs/card.md */
	uint8_t point[SM_POINT];
	uint16_t root;			/* file of the root key, and its point then */
	uint8_t root_point[SM_POINT];
};

/* A command that comes in parts, ISO 7816-4:2005 5.1.1.1. */
struct card_chain {
	int open;
	uint8_t ins, p1, p2;
	size_t n;
	uint8_t data[APDU_NC_MAX];
};

struct card {
	struct card_data data;		/* as it is on disk */
	struct card_data next;		/* being changed */
	uint8_t image[CARD_IMAGE_MAX];
	struct card_store store;

	/* Lost with power. */
	int powered;
	uint16_t df, ef;		/* current files, ef CARD_NO_FILE for none */
	uint16_t record;		/* current record, 0 for none */
	uint8_t proven[CARD_FILES_MAX];	/* the PIN was verified, the key authenticated */
	int protected;			/* the command that runs came by secure messaging */
	struct sm sm;
	struct card_se se;
	uint8_t challenge[CARD_CHALLENGE_MAX];	/* given out last, for one answer */
	uint8_t challenge_n;
	struct card_certified certified[CARD_CERTIFIED_MAX];
	unsigned certified_next;	/* place of the next one */
	struct card_chain chain;
	uint8_t plain[CAPDU_MAX];	/* a command out of secure messaging */
	uint8_t answer[APDU_NE_MAX];	/* into it; what GET RESPONSE has yet to fetch */
	size_t answer_at, answer_n;	/* of that, fetched and all */
};

/*
 * The persistent state as bytes, which are those of docs/card.md. Encoding: 0, ERR_SIZE, ERR_ARG
 * for a state that could not be read back, ERR_CRYPTO. Decoding, whole or not at all: 0,
 * ERR_FORMAT, ERR_VERSION, ERR_MAC when the check value is wrong, ERR_CRYPTO.
 */
int card_data_encode(const struct card_data *, struct wr *);
int card_data_decode(const uint8_t *, size_t n, struct card_data *);

/* Puts a card of that image into the struct, not powered. Errors of card_data_decode. */
int card_load(struct card *, const uint8_t *image, size_t n, struct card_store);
/*
 * Powers up or warm-resets: the ATR and its length, 0 when nothing was loaded. Security state and
 * channel are gone.
 */
size_t card_power_up(struct card *, uint8_t atr[ATR_MAX]);
void card_power_down(struct card *);
/*
 * Answers one command APDU; rsp has room for RAPDU_MAX. Length of the response, 0 when not
 * powered. What changed is saved before the answer.
 */
size_t card_transmit(struct card *, const uint8_t *, size_t n, uint8_t *rsp);
/* Powers down and wipes everything. */
void card_wipe(struct card *);

#endif
