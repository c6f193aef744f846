#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/commands.h"
#include "card-os/os/cvc.h"
#include "card-os/os/files.h"
#include "card-os/os/se.h"

/* MANAGE SECURITY ENVIRONMENT, ISO 7816-4:2005 7.5.11. */

enum {
	P1_COMPUTE = 0x41,		/* sign, decipher, internal authentication */
	P1_VERIFY = 0x81,		/* verify, external authentication */
	P1_BOTH = P1_COMPUTE | P1_VERIFY,
	P1_STORE = 0xf2,
	P1_RESTORE = 0xf3,
	P1_ERASE = 0xf4,
	SE_NUMBER = 1,			/* the only environment there is, the empty one */
	TAG_ALGORITHM = 0x80,
	TAG_KEY = 0x83,			/* secret or public: a reference, or a holder's name */
	TAG_PRIVATE_KEY = 0x84,
	NONE = SE_USES,
};

/* What each template is for on either side. */
static const struct template {
	uint8_t p2, compute, verify;
} templates[] = {
	{ 0xa4, SE_INTERNAL, SE_EXTERNAL },
	{ 0xb6, SE_SIGN, SE_VERIFY },
	{ 0xb8, SE_DECIPHER, NONE },
};

/* Algorithms besides the key's own way, all of RSA: those that clients of TCOS name. */
static const struct {
	uint8_t use, algorithm;
} algorithms[] = {
	{ SE_SIGN, SE_ALGORITHM_PKCS1 },
	{ SE_DECIPHER, SE_ALGORITHM_RAW },
	{ SE_DECIPHER, SE_ALGORITHM_UNPAD },
};

static int
is_algorithm(const struct card *c, const struct card_choice *choice, uint8_t use)
{
	uint16_t file = choice->holder_n == 0 ? se_find(c, choice->key, use) : CARD_NO_FILE;

	if (choice->algorithm == 0)
		return 1;
	if (file != CARD_NO_FILE && c->data.file[file].key != KEY_RSA)
		return 0;
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (algorithms[i].use == use && algorithms[i].algorithm == choice->algorithm)
			return 1;
	return 0;
}

static const struct template *
template_of(uint8_t p2)
{
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		if (templates[i].p2 == p2)
			return &templates[i];
	return NULL;
}

/* The form of chip authentication version 2, TR-03110-3 B.2. */
static uint16_t
choose_device_key(struct card *c, const struct tlv *protocol, struct rd *rd)
{
	struct tlv key;

	/* One channel at a time; a plain command has closed the last one already. */
	if (c->protected)
		return SW_CONDITIONS;
	if (tlv_next(rd, &key) != 1 || rd_end(rd) != 0 || key.tag != TAG_PRIVATE_KEY ||
	    key.n != 1 || memcmp(protocol->p, SM_PROTOCOL, protocol->n) != 0)
		return SW_DATA;
	if (key.p[0] != DEVICE_KEY_REF)
		return SW_NO_REFERENCE;
	c->se.chip_authentication = 1;
	return SW_OK;
}

/* Whether what was chosen is there: a key that serves, or a holder whose key is known. */
static int
is_known(const struct card *c, const struct card_choice *choice, uint8_t use)
{
	struct cvc_issuer issuer;

	if (choice->holder_n == 0)
		return se_find(c, choice->key, use) != CARD_NO_FILE;
	return (use == SE_VERIFY || use == SE_EXTERNAL) && cvc_find(c, choice, &issuer) == 0;
}

static uint16_t
get_choice(struct rd *rd, struct card_choice *choice, uint32_t *tag)
{
	struct tlv t;
	int r;

	memset(choice, 0, sizeof(*choice));
	r = tlv_next(rd, &t);
	if (r == 1 && t.tag == TAG_ALGORITHM) {
		if (t.n != 1 || t.p[0] == 0)
			return SW_DATA;
		choice->algorithm = t.p[0];
		r = tlv_next(rd, &t);
	}
	if (r != 1 || rd_end(rd) != 0)
		return SW_DATA;
	*tag = t.tag;
	if (t.tag == TAG_KEY && key_is_holder(t.n)) {
		choice->holder_n = (uint8_t)t.n;
		memcpy(choice->holder, t.p, t.n);
		return SW_OK;
	}
	/* The device key is chosen with its protocol only. */
	if ((t.tag != TAG_KEY && t.tag != TAG_PRIVATE_KEY) || t.n != 1 || t.p[0] == 0 ||
	    t.p[0] == DEVICE_KEY_REF)
		return SW_DATA;
	choice->key = t.p[0];
	return SW_OK;
}

/* A private key is for computing only; a secret or public one for whatever the command says. */
static uint16_t
choose(struct card *c, const struct template *t, uint8_t p1, struct rd *rd)
{
	struct card_choice choice;
	uint8_t use[2] = { NONE, NONE };
	uint32_t tag;
	uint16_t sw;

	if ((sw = get_choice(rd, &choice, &tag)) != SW_OK)
		return sw;
	if ((p1 & P1_COMPUTE) == P1_COMPUTE)
		use[0] = t->compute;
	if ((p1 & P1_VERIFY) == P1_VERIFY && tag == TAG_KEY)
		use[1] = t->verify;
	if (use[0] == NONE && use[1] == NONE)
		return SW_DATA;
	for (size_t i = 0; i < 2; i++) {
		if (use[i] == NONE)
			continue;
		if (!is_algorithm(c, &choice, use[i]))
			return SW_DATA;
		if (!is_known(c, &choice, use[i]))
			return SW_NO_REFERENCE;
	}
	for (size_t i = 0; i < 2; i++)
		if (use[i] != NONE)
			c->se.use[use[i]] = choice;
	c->se.df = c->df;
	return SW_OK;
}

static uint16_t
set(struct card *c, const struct apdu *a)
{
	const struct template *t = template_of(a->p2);
	struct tlv first;
	struct rd rd, ahead;

	if (t == NULL || (a->p1 == P1_VERIFY && t->verify == NONE))
		return SW_P1P2;
	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	rd_init(&rd, a->data, a->nc);
	ahead = rd;
	if (a->p1 == P1_COMPUTE && t->compute == SE_INTERNAL && tlv_next(&ahead, &first) == 1 &&
	    first.tag == TAG_ALGORITHM && first.n == SM_PROTOCOL_LEN)
		return choose_device_key(c, &first, &ahead);
	return choose(c, t, a->p1, &rd);
}

uint16_t
cmd_manage_se(struct card *c, const struct apdu *a, struct wr *out)
{
	(void)out;
	c->se.chip_authentication = 0;
	switch (a->p1) {
	case P1_COMPUTE:
	case P1_VERIFY:
	case P1_BOTH:
		return set(c, a);
	case P1_RESTORE:
		if (a->nc != 0 || a->ne != 0)
			return SW_LENGTH;
		if (a->p2 != SE_NUMBER)
			return SW_NO_REFERENCE;
		se_clear(c);
		return SW_OK;
	case P1_STORE:
	case P1_ERASE:
		return SW_NO_FUNCTION;
	default:
		return SW_P1P2;
	}
}
