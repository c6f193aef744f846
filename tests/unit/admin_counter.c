#include "tests/unit/admin_counter.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"
#include "tests/unit/suite.h"

static struct counter *
of(struct desk *d)
{
	return (struct counter *)d;
}

static int
desk_status(struct desk *d, uint32_t known, unsigned wait_s, struct desk_status *s)
{
	memset(s, 0, sizeof(*s));
	s->hsm = of(d)->hsm;
	s->last = of(d)->last;
	s->opening = of(d)->opening;
	s->seconds_left = of(d)->seconds_left;
	strcpy(s->at, of(d)->at);
	s->count = known + 1;
	of(d)->waited = wait_s;
	strcpy(s->said, "\aWrite New Key\npress OK/Cancel");
	strcpy(s->reader, "caf\xe9");
	return 0;
}

static int
desk_events(struct desk *d, uint64_t since, unsigned wait_s, struct event *v, size_t max, size_t *n,
    uint32_t *number)
{
	of(d)->since = since;
	of(d)->waited = wait_s;
	*number = 7;
	for (*n = 0; *n < max && *n < of(d)->events; (*n)++) {
		v[*n].seq = since + *n + 1;
		v[*n].time = 1700000000;
		strcpy(v[*n].record.step, "pin");
	}
	return 0;
}

static int
desk_verify(struct desk *d, uint64_t *seq)
{
	*seq = 12;
	return of(d)->fail;
}

static int
desk_start(struct desk *d, const char *ceremony, const struct ceremony_args *args,
    struct slot_plan *plan, uid_t uid, uint32_t *number, uint64_t *since)
{
	if (of(d)->fail != 0)
		return of(d)->fail;
	strcpy(of(d)->started, ceremony);
	of(d)->args = *args;
	of(d)->uid = uid;
	of(d)->have_plan = plan != NULL;
	if (plan != NULL)
		memcpy(of(d)->plan, plan, sizeof(of(d)->plan));
	*number = 3;
	*since = 41;
	return 0;
}

static int
desk_answer(struct desk *d, uint32_t prompt, enum cards_key key, uid_t uid)
{
	if (prompt != 7)
		return ERR_NOT_NOW;
	of(d)->uid = uid;
	of(d)->key = key;
	return 0;
}

static int
desk_cancel(struct desk *d, uid_t uid)
{
	of(d)->uid = uid;
	of(d)->cancels++;
	return of(d)->fail;
}

static int
desk_reset(struct desk *d, uid_t uid)
{
	of(d)->uid = uid;
	of(d)->resets++;
	return of(d)->fail;
}

static int
desk_issuer_add(struct desk *d, const uint8_t *der, size_t n, uid_t uid)
{
	of(d)->uid = uid;
	if (of(d)->fail != 0)
		return of(d)->fail;
	memcpy(of(d)->issuer, der, n);
	of(d)->issuer_n = n;
	return 0;
}

static int
desk_issuer(struct desk *d, size_t i, uint8_t *der, size_t *n)
{
	if (i > 0 || of(d)->issuer_n == 0)
		return ERR_NOT_FOUND;
	memcpy(der, of(d)->issuer, of(d)->issuer_n);
	*n = of(d)->issuer_n;
	return 0;
}

static int
desk_trial(struct desk *d, uid_t uid)
{
	of(d)->uid = uid;
	of(d)->trials++;
	return of(d)->fail;
}

static int
desk_slots(struct desk *d, struct slot_info v[SLOTS])
{
	(void)d;
	memset(v, 0, SLOTS * sizeof(*v));
	for (uint8_t i = 0; i < SLOTS; i++) {
		v[i].mode = i == 3 ? SLOT_CODE : SLOT_AUTO;
		v[i].present = v[i].initialised = v[i].user_set = 1;
		v[i].open = i % 2;
		v[i].user_left = v[i].so_left = (uint8_t)(SLOT_TRIES - i);
		memset(v[i].label, ' ', sizeof(v[i].label));
		memcpy(v[i].label, i == 3 ? "c\xe9" "d" : "slot", i == 3 ? 3 : 4);
		memset(v[i].serial, '7', sizeof(v[i].serial));
		v[i].objects = i;
		if (i != 7)
			continue;
		v[i].mode = SLOT_CARDS;
		v[i].users = 2;
		v[i].copies = v[i].seat[0].copies = 3;
		v[i].seat[1].copies = 1;
		strcpy(v[i].seat[1].reader, "caf\xe9 ");
		v[i].held = v[i].asking = 1;
	}
	return 0;
}

static int
desk_slot_act(struct desk *d, enum slot_act act, struct slot_order *o, uid_t uid,
    struct slot_done *done)
{
	of(d)->uid = uid;
	of(d)->act = act;
	of(d)->order = *o;
	if (of(d)->fail != 0)
		return of(d)->fail;
	*done = of(d)->done;
	if (act == SLOT_ACT_SHOW)
		strcpy(done->shown, "made by the HSM");
	return 0;
}

static const struct desk_ops ops = {
	.status = desk_status, .events = desk_events, .verify = desk_verify, .start = desk_start,
	.answer = desk_answer, .cancel = desk_cancel, .reset = desk_reset,
	.issuer_add = desk_issuer_add, .issuer = desk_issuer, .trial = desk_trial,
	.slots = desk_slots, .slot_act = desk_slot_act,
};

struct counter *
counter_fresh(uint8_t state)
{
	static struct counter c;

	/* Codes go through it; main would have set it up. */
	CU_ASSERT_EQUAL_FATAL(secmem_init(), 0);
	memset(&c, 0, sizeof(c));
	c.desk.ops = &ops;
	c.hsm.state = state;
	return &c;
}

unsigned
counter_ask(struct counter *c, const char *method, const char *path, const char *query,
    const char *value, const char *body, json_t **json)
{
	struct request q = { .method = method, .path = path, .body = body, .uid = 1234 };
	struct reply reply;

	if (query != NULL) {
		q.query[0].name = query;
		q.query[0].value = value;
		q.queries = 1;
	}
	q.body_n = body != NULL ? strlen(body) : 0;
	routes_answer(&c->desk, &q, &reply);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reply.json);
	if (json != NULL)
		*json = reply.json;
	else
		json_decref(reply.json);
	return reply.http;
}

const char *
counter_word(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s != NULL ? s : "";
}
