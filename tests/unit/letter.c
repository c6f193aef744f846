#include "tests/unit/letter.h"

#include <string.h>

#include "tests/unit/suite.h"

static const uint8_t some[] = "some bytes of data";

struct wire_bytes
bytes_of(const void *p, size_t n)
{
	return (struct wire_bytes){ p, n };
}

static void
a_set(struct attrs *a, uint8_t *room, CK_ULONG class, const char *label)
{
	attrs_init(a, room, 64);
	attrs_put_ulong(a, CKA_CLASS, class);
	attrs_put(a, CKA_LABEL, label, strlen(label));
	OK(attrs_end(a));
}

/* A mechanism that does what the call does. */
static CK_MECHANISM_TYPE
mechanism_of(uint8_t id)
{
	switch (id) {
	case WIRE_GENERATE: return CKM_AES_KEY_GEN;
	case WIRE_GENERATE_PAIR: return CKM_EC_KEY_PAIR_GEN;
	case WIRE_DERIVE: return CKM_HKDF_DERIVE;
	case WIRE_SIGN: case WIRE_VERIFY: case WIRE_OP_BEGIN: return CKM_SHA256_HMAC;
	case WIRE_WRAP: case WIRE_UNWRAP: return CKM_AES_KEY_WRAP_PAD;
	default: return CKM_AES_GCM;
	}
}

static void
a_mechanism(struct mech *m, uint8_t id)
{
	memset(m, 0, sizeof(*m));
	m->info = mech_info(mechanism_of(id));
	CU_ASSERT_PTR_NOT_NULL_FATAL(m->info);
	if (m->info->type == CKM_AES_GCM) {
		m->bits = 128;
		m->iv_n = 12;
		memset(m->iv, 7, 12);
		m->a_n = 3;
		memcpy(m->a, "aad", 3);
	} else if (m->info->type == CKM_HKDF_DERIVE) {
		m->hash = CKM_SHA256;
		m->extract = m->expand = 1;
		m->kdf = CKF_HKDF_SALT_NULL;
		m->b_n = 4;
		memcpy(m->b, "info", 4);
	}
}

void
letter_fill(struct letter *l, uint8_t id)
{
	struct wire_request *r = &l->request;
	struct wire_answer *a = &l->answer;

	memset(l, 0, sizeof(*l));
	r->id = id;
	r->version = WIRE_VERSION;
	memset(r->cookie, 0xc0, sizeof(r->cookie));
	r->who = (struct wire_who){ 9, 1 };
	r->uid = 1;
	r->uid2 = WIRE_SESSION + 2;
	r->ticket = 3;
	r->op = 4;
	r->flags = CKF_SIGN;
	r->events = 5;
	r->most = WIRE_FOUND_MAX;
	r->user = CKU_SO;
	r->has_pin = r->has_pin2 = 1;
	r->pin = bytes_of("98765432", 8);
	r->pin2 = bytes_of("", 0);
	r->label = bytes_of("a label of thirty-two characters", WIRE_LABEL_LEN);
	r->data = bytes_of(some, sizeof(some));
	r->data2 = bytes_of("signature", 9);
	a_set(&r->set, l->set, CKO_SECRET_KEY, "first");
	a_set(&r->set2, l->set2, CKO_PRIVATE_KEY, "second");
	a_mechanism(&l->mech, id);
	r->mech = &l->mech;
	r->closed_n = WIRE_CLOSE_MAX;
	for (size_t i = 0; i < WIRE_CLOSE_MAX; i++)
		r->closed[i] = WIRE_SESSION + i;
	memset(a->cookie, 0xc1, sizeof(a->cookie));
	a->boot = 6;
	a->policy = WIRE_POLICY_ALL;
	a->slot = 8;
	a->ticket = 7;
	a->op = 8;
	a->token.mode = 2;
	a->token.flags = CKF_RNG | CKF_TOKEN_INITIALIZED;
	memset(a->token.label, 'l', sizeof(a->token.label));
	memset(a->token.serial, 's', sizeof(a->token.serial));
	a->token.min_pin = 8;
	a->token.max_pin = 128;
	a->data = bytes_of(some, sizeof(some));
	a_set(&a->object.view, l->view, CKO_DATA, "seen");
	a->object.uid = 9;
	a->object2 = a->object;
	a->object2.uid = WIRE_SESSION + 9;
	a->object2.local = 1;
	a->more = 1;
	a->found_n = 3;
	for (size_t i = 0; i < a->found_n; i++)
		a->found[i] = i == 1 ? a->object2 : a->object;
}
