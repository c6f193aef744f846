#include "card-os/os/card.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/commands.h"
#include "card-os/os/files.h"
#include "card-os/os/pins.h"

/* TCOS 3 on T=1; facts and bytes in docs/card.md. */
static const uint8_t atr_tcos[] = {
	0x3b, 0xbf, 0xb6, 0x00, 0x81, 0x31, 0xfe, 0x5d, 0x00, 0x64, 0x04, 0x28,
	0x03, 0x02, 0x31, 0xc0, 0x73, 0xf7, 0x01, 0xd0, 0x00, 0x90, 0x00, 0x67,
};
_Static_assert(sizeof(atr_tcos) <= ATR_MAX, "an ATR has 33 bytes at most");

static const struct command commands[] = {
	{ INS_VERIFY,			1, cmd_verify },
	{ INS_MANAGE_SE,		0, cmd_manage_se },
	{ INS_CHANGE_REFERENCE,		1, cmd_change_reference },
	{ INS_GET_CHALLENGE,		0, cmd_get_challenge },
	{ INS_GENERAL_AUTHENTICATE,	0, cmd_general_authenticate },
	{ INS_SELECT,			0, cmd_select },
	{ INS_READ_BINARY,		0, cmd_read_binary },
	{ INS_GET_DATA,			0, cmd_get_data },
	{ INS_UPDATE_BINARY,		0, cmd_update_binary },
};

const struct command *
command_of(uint8_t ins)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].ins == ins)
			return &commands[i];
	return NULL;
}

int
access_is_met(const struct card *c, uint16_t file, uint8_t access)
{
	int pin = pins_of(&c->data, files_parent(&c->data, file));

	switch (access) {
	case ACCESS_ALWAYS:
		return 1;
	case ACCESS_PIN:
		return pin != PIN_NONE && c->verified[pin];
	case ACCESS_PIN_SM:
		return pin != PIN_NONE && c->verified[pin] && c->protected;
	default:
		return 0;
	}
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
	OPENSSL_cleanse(c->image, wr.n);
	return r;
}

static void
forget(struct card *c)
{
	sm_close(&c->sm);
	OPENSSL_cleanse(c->verified, sizeof(c->verified));
	c->mse_set = 0;
	c->df = 0;
	c->ef = CARD_NO_FILE;
}

int
card_load(struct card *c, const uint8_t *image, size_t n, struct card_store store)
{
	memset(c, 0, sizeof(*c));
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
	if (cla >= CLA_PROPRIETARY || (cla & 0xe0) == 0x20)
		return SW_CLA;
	if ((cla & 0x40) != 0 || (cla & CLA_CHANNEL) != 0)
		return SW_NO_CHANNEL;
	if ((cla & CLA_CHAIN) != 0)
		return SW_NO_CHAINING;
	if (cla != 0 && cla != CLA_SM)
		return SW_NO_SM;
	return SW_OK;
}

static uint16_t
run(struct card *c, const struct command *cmd, const struct apdu *a, struct wr *out)
{
	uint16_t sw = cmd == NULL ? SW_INS : cmd->run(c, a, out);

	if (wr_end(out) != 0)
		sw = SW_INTERNAL;
	if (sw != SW_OK && sw != SW_EOF)
		out->n = 0;
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

	r = sm_command_unwrap(&c->sm, a, &plain, c->plain, sizeof(c->plain));
	if (r != 0)
		return r == ERR_NOT_FOUND ? SW_SM_MISSING : SW_SM_WRONG;
	wr_init(&answer, c->answer, sizeof(c->answer));
	c->protected = 1;
	sw = run(c, command_of(plain.ins), &plain, &answer);
	c->protected = 0;
	r = sm_response_wrap(&c->sm, answer.p, answer.n, sw, out);
	OPENSSL_cleanse(c->plain, a->nc);
	OPENSSL_cleanse(c->answer, answer.n);
	if (r == 0)
		return SW_OK;
	out->n = 0;
	return SW_INTERNAL;
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
	cmd = command_of(a.ins);
	if (r != 0 || (a.cla != CLA_SM && (a.cla != 0 || cmd == NULL || !cmd->keeps_channel)))
		sm_close(&c->sm);
	if (n < 4)
		sw = SW_LENGTH;
	else if ((sw = check_class(a.cla)) != SW_OK)
		;
	else if (a.cla == CLA_SM && !c->sm.open)
		sw = SW_NO_SM;
	else if (a.cla != CLA_SM && cmd == NULL)
		sw = SW_INS;
	else if (r != 0)
		sw = SW_LENGTH;
	else if (a.cla != CLA_SM)
		sw = run(c, cmd, &a, &out);
	else if ((sw = run_protected(c, &a, &out)) == SW_OK)
		return out.n;
	out.cap = RAPDU_MAX;
	out.err = 0;
	wr_u16(&out, sw);
	return out.n;
}
