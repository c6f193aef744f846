#include "card-os/os/card.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/chain.h"
#include "card-os/os/commands.h"

/* TCOS 3 on T=1; facts and bytes in docs/card.md. */
static const uint8_t atr_tcos[] = {
	0x3b, 0xbf, 0xb6, 0x00, 0x81, 0x31, 0xfe, 0x5d, 0x00, 0x64, 0x04, 0x28,
	0x03, 0x02, 0x31, 0xc0, 0x73, 0xf7, 0x01, 0xd0, 0x00, 0x90, 0x00, 0x67,
};
_Static_assert(sizeof(atr_tcos) <= ATR_MAX, "an ATR has 33 bytes at most");

enum { INTER = COMMAND_INTER, TCOS = COMMAND_TCOS, BOTH = COMMAND_INTER | COMMAND_TCOS,
	PAD = COMMAND_INTER | COMMAND_KEEPS_CHANNEL, LONG = COMMAND_INTER | COMMAND_CHAINS,
	BOTH_LONG = COMMAND_INTER | COMMAND_TCOS | COMMAND_CHAINS };

static const struct command commands[] = {
	{ INS_DEACTIVATE,		INTER,	cmd_deactivate },
	{ INS_ERASE_BINARY,		INTER,	cmd_erase_binary },
	{ INS_ERASE_BINARY_ODD,		INTER,	cmd_erase_binary_odd },
	{ INS_VERIFY,			PAD,	cmd_verify },
	{ INS_MANAGE_SE,		INTER,	cmd_manage_se },
	{ INS_CHANGE_REFERENCE,		PAD,	cmd_change_reference },
	{ INS_DISABLE_VERIFICATION,	INTER,	cmd_disable },
	{ INS_ENABLE_VERIFICATION,	INTER,	cmd_enable },
	{ INS_PSO,			LONG,	cmd_pso },
	{ INS_RESET_RETRY,		INTER,	cmd_reset_retry },
	{ INS_ACTIVATE,			INTER,	cmd_activate },
	{ INS_GENERATE,			LONG,	cmd_generate },
	{ INS_EXTERNAL_AUTHENTICATE,	INTER,	cmd_external_authenticate },
	{ INS_GET_CHALLENGE,		INTER,	cmd_get_challenge },
	{ INS_GENERAL_AUTHENTICATE,	LONG,	cmd_general_authenticate },
	{ INS_INTERNAL_AUTHENTICATE,	LONG,	cmd_internal_authenticate },
	{ INS_SEARCH_RECORD,		LONG,	cmd_search_record },
	{ INS_SELECT,			INTER,	cmd_select },
	{ INS_LIST_FILES,		TCOS,	cmd_list_files },
	{ INS_READ_BINARY,		INTER,	cmd_read_binary },
	{ INS_READ_BINARY_ODD,		INTER,	cmd_read_binary_odd },
	{ INS_READ_RECORD,		INTER,	cmd_read_record },
	{ INS_READ_RECORD_ODD,		INTER,	cmd_read_record_odd },
	{ INS_GET_RESPONSE,		INTER,	cmd_get_response },
	{ INS_GET_DATA,			INTER,	cmd_get_data },
	{ INS_GET_DATA_ODD,		LONG,	cmd_get_data_odd },
	{ INS_WRITE_BINARY,		LONG,	cmd_write_binary },
	{ INS_WRITE_BINARY_ODD,		LONG,	cmd_write_binary },
	{ INS_WRITE_RECORD,		LONG,	cmd_write_record },
	{ INS_UPDATE_BINARY,		LONG,	cmd_update_binary },
	{ INS_UPDATE_BINARY_ODD,	LONG,	cmd_update_binary },
	{ INS_PUT_DATA,			LONG,	cmd_put_data },
	{ INS_PUT_DATA_ODD,		LONG,	cmd_load },
	{ INS_UPDATE_RECORD,		LONG,	cmd_update_record },
	{ INS_UPDATE_RECORD_ODD,	LONG,	cmd_update_record_odd },
	{ INS_CREATE,			BOTH_LONG, cmd_create },
	{ INS_APPEND_RECORD,		LONG,	cmd_append_record },
	{ INS_DELETE,			BOTH,	cmd_delete },
	{ INS_TERMINATE_DF,		INTER,	cmd_terminate },
	{ INS_TERMINATE_EF,		INTER,	cmd_terminate },
	{ INS_SET_PERMANENT,		TCOS,	cmd_set_permanent },
	{ INS_TERMINATE_CARD,		INTER,	cmd_terminate },
};

/* The row of a command, NULL when there is none in its class. */
static const struct command *
command_of(uint8_t cla, uint8_t ins)
{
	uint8_t class = (cla & CLA_PROPRIETARY) != 0 ? COMMAND_TCOS : COMMAND_INTER;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].ins == ins && (commands[i].is & class) != 0)
			return &commands[i];
	return NULL;
}

void
card_begin(struct card *c)
{
	c->next = c->data;
}

int
card_commit(struct card *c)
{
	struct wr wr;
	int r;

	wr_init(&wr, c->image, sizeof(c->image));
	if ((r = card_data_encode(&c->next, &wr)) == 0 &&
	    (r = c->store.save(c->store.arg, c->image, wr.n)) == 0)
		c->data = c->next;
	/* Nothing of what is not on the card stays behind. */
	if (r != 0)
		card_begin(c);
	OPENSSL_cleanse(c->image, wr.n);
	return r;
}

uint16_t
card_commit_sw(struct card *c)
{
	int r = card_commit(c);

	return r == 0 ? SW_OK : r == ERR_ARG ? SW_INTERNAL : SW_MEMORY;
}

static void
forget(struct card *c)
{
	sm_close(&c->sm);
	chain_forget_command(c);
	chain_forget_answer(c);
	OPENSSL_cleanse(c->proven, sizeof(c->proven));
	OPENSSL_cleanse(&c->se, sizeof(c->se));
	OPENSSL_cleanse(c->challenge, sizeof(c->challenge));
	OPENSSL_cleanse(c->certified, sizeof(c->certified));
	c->challenge_n = 0;
	c->certified_next = 0;
	c->df = 0;
	c->ef = CARD_NO_FILE;
	c->record = 0;
}

int
card_load(struct card *c, const uint8_t *image, size_t n, struct card_store store)
{
	OPENSSL_cleanse(c, sizeof(*c));
	c->store = store;
	forget(c);
	return card_data_decode(image, n, &c->data);
}

size_t
card_power_up(struct card *c, uint8_t atr[ATR_MAX])
{
	forget(c);
	if (c->data.files_n == 0)
		return 0;
	c->powered = 1;
	memcpy(atr, atr_tcos, sizeof(atr_tcos));
	return sizeof(atr_tcos);
}

void
card_power_down(struct card *c)
{
	forget(c);
	c->powered = 0;
}

void
card_wipe(struct card *c)
{
	OPENSSL_cleanse(c, sizeof(*c));
}

/* ISO 7816-4:2005 5.1.1: the class is looked at before everything else. */
static uint16_t
check_class(uint8_t cla)
{
	if (cla > CLA_PROPRIETARY || (cla & 0xe0) == 0x20)
		return SW_CLA;
	if ((cla & 0x40) != 0 || (cla & CLA_CHANNEL) != 0)
		return SW_NO_CHANNEL;
	if ((cla & CLA_CHAIN) != 0 && (cla & CLA_SM) != 0)
		return SW_NO_CHAINING;
	if ((cla & CLA_SM) != 0 && cla != CLA_SM)
		return SW_NO_SM;
	return SW_OK;
}

/* ISO 7816-4:2005 5.1.3: data goes with 9000, 61xx and the warnings 62xx only. */
static void
drop_data(uint16_t sw, struct wr *out)
{
	if (sw == SW_OK || sw >> 8 == 0x61 || sw >> 8 == 0x62)
		return;
	OPENSSL_cleanse(out->p, out->n);
	out->n = 0;
}

static uint16_t
run(struct card *c, const struct command *cmd, const struct apdu *a, struct wr *out)
{
	uint16_t sw = cmd == NULL ? SW_INS : cmd->run(c, a, out);

	if (wr_end(out) != 0)
		sw = SW_INTERNAL;
	drop_data(sw, out);
	return sw;
}

static uint16_t
run_plain(struct card *c, const struct command *cmd, struct apdu *a, struct wr *out)
{
	uint16_t sw, rest;
	int more;

	if (a->ins != INS_GET_RESPONSE)
		chain_forget_answer(c);
	sw = chain_take(c, (cmd->is & COMMAND_CHAINS) != 0, a, &more);
	if (sw != SW_OK || more)
		return sw;
	sw = run(c, cmd, a, out);
	chain_forget_command(c);
	if (sw == SW_OK && (rest = chain_answer(c, a, out)) != SW_OK)
		sw = rest;
	drop_data(sw, out);
	return sw;
}

/* The answer is in out unless secure messaging itself failed, which a plain word tells. */
static uint16_t
run_protected(struct card *c, const struct apdu *a, struct wr *out)
{
	struct wr answer;
	struct apdu plain;
	uint16_t sw;
	int r;

	/* Neither parts nor a rest are there: what leaves some has closed the channel. */
	r = sm_command_unwrap(&c->sm, a, &plain, c->plain, sizeof(c->plain));
	if (r != 0)
		return r == ERR_NOT_FOUND ? SW_SM_MISSING : SW_SM_WRONG;
	wr_init(&answer, c->answer, sizeof(c->answer));
	c->protected = 1;
	sw = run(c, command_of(0, plain.ins), &plain, &answer);
	c->protected = 0;
	if (answer.n > plain.ne) {
		sw = answer.n <= APDU_NE_SHORT ? (uint16_t)(SW_LE | (answer.n & 0xff)) : SW_LENGTH;
		drop_data(sw, &answer);
	}
	r = sm_response_wrap(&c->sm, answer.p, answer.n, sw, out);
	OPENSSL_cleanse(c->plain, a->nc);
	OPENSSL_cleanse(c->answer, answer.n);
	if (r == 0)
		return SW_OK;
	out->n = 0;
	return SW_INTERNAL;
}

static int
keeps_channel(const struct command *cmd, const struct apdu *a)
{
	return a->cla == CLA_SM ||
	    (a->cla == 0 && cmd != NULL && (cmd->is & COMMAND_KEEPS_CHANNEL) != 0);
}

/* What is seen before a command is looked for: r is what its form was. */
static uint16_t
check_form(const struct card *c, const struct command *cmd, const struct apdu *a, size_t n, int r)
{
	uint16_t sw;

	if (n < 4)
		return SW_LENGTH;
	if ((sw = check_class(a->cla)) != SW_OK)
		return sw;
	if (a->cla == CLA_SM && !c->sm.open)
		return SW_NO_SM;
	if (a->cla != CLA_SM && cmd == NULL)
		return SW_INS;
	return r != 0 ? SW_LENGTH : SW_OK;
}

size_t
card_transmit(struct card *c, const uint8_t *p, size_t n, uint8_t *rsp)
{
	const struct command *cmd;
	struct apdu a;
	struct wr out;
	uint16_t sw;
	int r;

	if (!c->powered)
		return 0;
	wr_init(&out, rsp, APDU_NE_MAX);
	r = apdu_decode(p, n, &a);
	cmd = command_of(a.cla, a.ins);
	if (r != 0 || !keeps_channel(cmd, &a))
		sm_close(&c->sm);
	if ((sw = check_form(c, cmd, &a, n, r)) != SW_OK) {
		chain_forget_answer(c);
		chain_forget_command(c);
	} else if (a.cla != CLA_SM) {
		sw = run_plain(c, cmd, &a, &out);
	} else if ((sw = run_protected(c, &a, &out)) == SW_OK) {
		return out.n;
	}
	out.cap = RAPDU_MAX;
	out.err = 0;
	wr_u16(&out, sw);
	return out.n;
}
