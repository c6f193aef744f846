#ifndef CARDINAL_CARD_COMMANDS_H
#define CARDINAL_CARD_COMMANDS_H

#include "card-os/os/card.h"

/*
 * The commands of the card. Each is a row; run answers with a status word and
 * writes data behind what is in the cursor. Data goes out with 9000 and the
 * warnings 62xx only. A command that ends in another word has changed nothing that
 * lasts, the charge of a PIN or key try excepted.
 */
enum {
	COMMAND_INTER = 0x01,		/* in the classes of the standard */
	COMMAND_TCOS = 0x02,		/* in class 80 */
	/* ISO 7816-4:2005 6: the pad sends these plain in the middle of a session, which stays. */
	COMMAND_KEEPS_CHANNEL = 0x04,
	COMMAND_CHAINS = 0x08,		/* its data may come in parts */
};

struct command {
	uint8_t ins;
	uint8_t is;			/* COMMAND_* */
	uint16_t (*run)(struct card *, const struct apdu *, struct wr *);
};

/*
 * A change of what lasts: begin, change c->next, commit. 0, or what saving
 * returned; c->data and c->next are the old state then, on disk may be the new one.
 */
void card_begin(struct card *);
int card_commit(struct card *);
/* Commits: 9000, or the word that says why not: 6581, 6F00 for a state that cannot be. */
uint16_t card_commit_sw(struct card *);

/* cmd_select.c */
uint16_t cmd_select(struct card *, const struct apdu *, struct wr *);

/* cmd_binary.c */
uint16_t cmd_read_binary(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_read_binary_odd(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_write_binary(struct card *, const struct apdu *, struct wr *);	/* odd too */
uint16_t cmd_update_binary(struct card *, const struct apdu *, struct wr *);	/* odd too */
uint16_t cmd_erase_binary(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_erase_binary_odd(struct card *, const struct apdu *, struct wr *);

/* cmd_record.c */
uint16_t cmd_read_record(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_read_record_odd(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_update_record(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_update_record_odd(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_write_record(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_append_record(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_search_record(struct card *, const struct apdu *, struct wr *);

/* cmd_create.c */
uint16_t cmd_create(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_set_permanent(struct card *, const struct apdu *, struct wr *);

/* cmd_manage.c */
uint16_t cmd_list_files(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_delete(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_activate(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_deactivate(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_terminate(struct card *, const struct apdu *, struct wr *);	/* DF, EF, card */

/* cmd_pin.c */
uint16_t cmd_verify(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_change_reference(struct card *, const struct apdu *, struct wr *);

/* cmd_unblock.c */
uint16_t cmd_reset_retry(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_enable(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_disable(struct card *, const struct apdu *, struct wr *);

/* cmd_data.c */
uint16_t cmd_get_data(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_get_data_odd(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_put_data(struct card *, const struct apdu *, struct wr *);

/* cmd_se.c */
uint16_t cmd_manage_se(struct card *, const struct apdu *, struct wr *);

/* cmd_auth.c */
uint16_t cmd_get_challenge(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_general_authenticate(struct card *, const struct apdu *, struct wr *);

/* cmd_prove.c */
uint16_t cmd_internal_authenticate(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_external_authenticate(struct card *, const struct apdu *, struct wr *);

/* cmd_pso.c */
uint16_t cmd_pso(struct card *, const struct apdu *, struct wr *);

/* cmd_key.c */
uint16_t cmd_load(struct card *, const struct apdu *, struct wr *);
uint16_t cmd_generate(struct card *, const struct apdu *, struct wr *);

/* chain.c */
uint16_t cmd_get_response(struct card *, const struct apdu *, struct wr *);

#endif
