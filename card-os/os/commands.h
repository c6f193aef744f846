#ifndef CARDINAL_CARD_COMMANDS_H
#define CARDINAL_CARD_COMMANDS_H

#include "card-os/os/card.h"

/*
 * The commands of the card. Each is a row; run answers with a status word and
 * writes data behind what is in the cursor. Data goes out with 9000 and 6282
 * only. A command that ends in another word has changed nothing that lasts,
 * the charge of a PIN try excepted.
 */
struct command {
	uint8_t ins;
	/* ISO 7816-4:2005 6: the pad sends these plain in the middle of a session, which stays. */
	int keeps_channel;
	uint16_t (*run)(struct card *, const struct apdu *, struct wr *);
};

/* The row of an instruction, or NULL. */
const struct command *command_of(uint8_t ins);

/* Whether that rule of a file lets the command that runs through. */
int access_is_met(const struct card *, uint16_t file, uint8_t access);

/*
 * A change of what lasts: begin, change c->next, commit. 0, or what saving
 * returned; c->data is the old state then, on disk may be the new one.
 */
void card_begin(struct card *);
int card_commit(struct card *);

/* cmd_file.c */
uint16_t cmd_select(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_read_binary(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_update_binary(struct card *, const struct apdu *, struct wr *);

/* cmd_pin.c */
uint16_t cmd_verify(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_change_reference(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_get_data(struct card *, const struct apdu *, struct wr *);

/* cmd_auth.c */
uint16_t cmd_get_challenge(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_manage_se(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_general_authenticate(struct card *, const struct apdu *, struct wr *);

#endif
