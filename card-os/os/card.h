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
	CARD_FILES_MAX = 32,
	CARD_FILE_MAX = 2048,		/* bytes of one transparent EF */
	CARD_PINS_MAX = 4,
	CARD_IMAGE_MAX = 96 * 1024,
	CARD_NO_FILE = 0xffff,		/* in place of an index */
};

/* Who may read or update a file. */
enum card_access {
	ACCESS_NEVER = 0,
	ACCESS_ALWAYS = 1,
	ACCESS_PIN = 2,			/* PIN of the file's application verified */
	ACCESS_PIN_SM = 3,		/* the same, and the command came by secure messaging */
};

enum card_file_kind { FILE_DF = 1, FILE_EF = 2, FILE_WINDOW = 3 };

/* File 0 is the MF; a DF stands before its files and has an identifier of its own on the card. */
struct card_file {
	uint16_t fid, parent;		/* parent of the MF: 0 */
	uint8_t kind;			/* enum card_file_kind */
	uint8_t read, update;		/* enum card_access */
	uint8_t aid_n;			/* DF name, 0 for none */
	uint8_t aid[16];
	uint16_t window_of;		/* FILE_WINDOW: EF of its DF whose first bytes it shows */
	uint16_t size;
	uint8_t data[CARD_FILE_MAX];
};

struct card_pin {
	uint16_t df;			/* the application that it belongs to */
	uint8_t ref;
	uint8_t min, max;		/* digits */
	uint8_t digits;			/* how many this PIN has: parts old from new in a change */
	uint8_t tries, tries_max;
	uint8_t factory;		/* 1 until it is changed */
	uint8_t salt[16];
	uint8_t verifier[32];		/* PBKDF2-HMAC-SHA256 of the PIN */
};

struct card_data {
	uint8_t serial[SERIAL_LEN];
	uint8_t device_scalar[SM_SCALAR];
	uint16_t files_n, pins_n;
	struct card_file file[CARD_FILES_MAX];
	struct card_pin pin[CARD_PINS_MAX];
};

/* Saves an image durably; when it returns an error, the old one or the new one is on disk. */
struct card_store {
	int (*save)(void *arg, const uint8_t *image, size_t n);
	void *arg;
};

struct card {
	struct card_data data;		/* as it is on disk */
	struct card_data next;		/* being changed */
	uint8_t image[CARD_IMAGE_MAX];
	struct card_store store;

	/* Lost with power. */
	int powered;
	uint16_t df, ef;		/* indexes of the current files, ef CARD_NO_FILE for none */
	uint8_t verified[CARD_PINS_MAX];	/* of the PIN of that index */
	int protected;			/* the command that runs came by secure messaging */
	int mse_set;			/* chip authentication was chosen by MSE */
	struct sm sm;
	uint8_t plain[CAPDU_MAX];	/* a command out of secure messaging */
	uint8_t answer[CARD_FILE_MAX];	/* data on its way into it */
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
