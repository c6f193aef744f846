#include "hsm/daemon/vaultlink_parts.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"

#define TEXT(p, array) pass_text(p, array, sizeof(array))

static void
blob(struct pass *p, uint16_t *n, uint8_t *v, uint16_t cap)
{
	pass_u16(p, n, cap);
	if (*n <= cap)
		pass_bytes(p, v, *n);
}

/* Messages. ---------------------------------------------------------------- */

static void
share_set(struct pass *p, struct share_set *s)
{
	struct share_header *h = &s->head;

	pass_u8(p, &h->mode, SHARE_TEST, SHARE_LIVE);
	pass_bytes(p, h->set, sizeof(h->set));
	TEXT(p, h->label);
	TEXT(p, h->key_name);
	pass_u8(p, &h->n, 2, SHAMIR_N_MAX);
	pass_u8(p, &h->k, 2, h->n);
	pass_u64(p, &h->date);
	pass_bytes(p, h->kcv, sizeof(h->kcv));
	pass_bytes(p, s->check, sizeof(s->check));
}

static void
record(struct pass *p, struct record *r)
{
	TEXT(p, r->ceremony);
	TEXT(p, r->step);
	pass_u8(p, &r->card, 0, UINT8_MAX);
	TEXT(p, r->serial);
	TEXT(p, r->text);
	TEXT(p, r->outcome);
}

static void
nothing(struct pass *p, void *v)
{
	(void)p;
	(void)v;
}

static void
begin_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	TEXT(p, a->begin.ceremony);
}

static void
set_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	share_set(p, &a->set);
}

static void
written_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	pass_u8(p, &a->written.x, 1, SHAMIR_N_MAX);
	TEXT(p, a->written.serial);
	pass_bytes(p, a->written.check, sizeof(a->written.check));
}

static void
record_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	record(p, &a->record);
}

static void
commit_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	pass_bytes(p, a->commit.key, sizeof(a->commit.key));
}

static void
broken_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	TEXT(p, a->broken.message);
}

static void
events_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	pass_u64(p, &a->events.since);
	pass_u16(p, &a->events.max, VAULT_EVENTS_MAX);
}

static void
issuer_add_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	blob(p, &a->issuer_add.n, a->issuer_add.der, ISSUER_MAX);
}

static void
issuer_args(struct pass *p, void *v)
{
	union vaultlink_args *a = v;

	pass_u16(p, &a->issuer.i, UINT16_MAX);
}

static void
status_result(struct pass *p, void *v)
{
	union vaultlink_result *a = v;
	struct hsm_status *s = &a->status.hsm;

	pass_u64(p, &a->status.seq);
	pass_u8(p, &s->state, HSM_FACTORY, HSM_INCONSISTENT);
	pass_u8(p, &s->committed, 0, 1);
	pass_u8(p, &s->key_lost, 0, 1);
	pass_u8(p, &s->trial, 0, 1);
	TEXT(p, s->message);
	TEXT(p, s->label);
	pass_u8(p, &s->have_set, 0, 1);
	if (s->have_set == 0)
		return;
	share_set(p, &s->set);
	pass_u16(p, &s->written, UINT16_MAX);
	for (size_t i = 0; i < SHAMIR_N_MAX; i++)
		TEXT(p, s->serial[i]);
}

static void
events_result(struct pass *p, void *v)
{
	union vaultlink_result *a = v;

	pass_u16(p, &a->events.n, VAULT_EVENTS_MAX);
	if (a->events.n > VAULT_EVENTS_MAX)
		return;
	for (size_t i = 0; i < a->events.n; i++) {
		struct event *e = &a->events.v[i];

		pass_u64(p, &e->seq);
		pass_u64(p, &e->time);
		record(p, &e->record);
		pass_bytes(p, e->hash, sizeof(e->hash));
	}
}

static void
verify_result(struct pass *p, void *v)
{
	union vaultlink_result *a = v;

	pass_u8(p, &a->verify.whole, 0, 1);
	pass_u64(p, &a->verify.seq);
}

static void
issuer_result(struct pass *p, void *v)
{
	union vaultlink_result *a = v;

	blob(p, &a->issuer.n, a->issuer.der, ISSUER_MAX);
}

static const struct {
	const char *name;
	void (*args)(struct pass *, void *);
	void (*result)(struct pass *, void *);
} messages[VAULT_CALLS] = {
	[VAULT_STATUS] = { "status", nothing, status_result },
	[VAULT_BEGIN] = { "begin", begin_args, nothing },
	[VAULT_SET] = { "set", set_args, nothing },
	[VAULT_WRITTEN] = { "written", written_args, nothing },
	[VAULT_RECORD] = { "record", record_args, nothing },
	[VAULT_COMMIT] = { "commit", commit_args, nothing },
	[VAULT_BROKEN] = { "broken", broken_args, nothing },
	[VAULT_RESET] = { "reset", nothing, nothing },
	[VAULT_EVENTS] = { "events", events_args, events_result },
	[VAULT_VERIFY] = { "verify", nothing, verify_result },
	[VAULT_ISSUER_ADD] = { "issuer-add", issuer_add_args, nothing },
	[VAULT_ISSUER] = { "issuer", issuer_args, issuer_result },
	[VAULT_PLAN] = { "plan", vaultlink_plan_args, nothing },
	[VAULT_UNPLAN] = { "unplan", nothing, nothing },
	[VAULT_TRIAL] = { "trial", nothing, nothing },
	[VAULT_SLOTS] = { "slots", nothing, vaultlink_slots_result },
	[VAULT_SLOT_MODE] = { "slot-mode", vaultlink_slot_args, vaultlink_asked_result },
	[VAULT_SLOT_ACTIVATE] = { "slot-activate", vaultlink_slot_args, vaultlink_asked_result },
	[VAULT_SLOT_DEACTIVATE] = { "slot-deactivate", vaultlink_slot_args, nothing },
	[VAULT_SLOT_SHOW] = { "slot-show", vaultlink_slot_args, vaultlink_shown_result },
	[VAULT_SLOT_WIPE] = { "slot-wipe", vaultlink_slot_args, nothing },
	[VAULT_SLOT_CARDS] = { "slot-cards", vaultlink_slot_args, nothing },
	[VAULT_ENROLLED] = { "enrolled", vaultlink_enrolled_args, vaultlink_seat_result },
	[VAULT_ENROL] = { "enrol", vaultlink_enrol_args, nothing },
	[VAULT_FINISH] = { "finish", nothing, nothing },
	[VAULT_OPENING_ASK] = { "opening-ask", vaultlink_ask_args, vaultlink_ask_result },
	[VAULT_OPENING_NEXT] = { "opening-next", nothing, vaultlink_opening_result },
	[VAULT_OPENING_SEAT] = { "opening-seat", vaultlink_turn_args, vaultlink_seat_result },
	[VAULT_OPENING_CHALLENGE] = { "opening-challenge", vaultlink_turn_args,
	    vaultlink_challenge_result },
	[VAULT_OPENING_PROOF] = { "opening-proof", vaultlink_proof_args, nothing },
	[VAULT_OPENING_END] = { "opening-end", vaultlink_end_args, nothing },
	[VAULT_WHOSE] = { "whose", vaultlink_whose_args, vaultlink_whose_result },
};

static int
known(uint8_t id)
{
	return id < VAULT_CALLS && messages[id].name != NULL;
}

/* Codecs. ------------------------------------------------------------------ */

const char *
vaultlink_name(uint8_t id)
{
	return known(id) ? messages[id].name : "?";
}

int
vaultlink_put_request(struct wr *wr, uint8_t id, union vaultlink_args *args)
{
	struct pass p = { .wr = wr };

	if (!known(id))
		return ERR_ARG;
	wr_u8(wr, id);
	messages[id].args(&p, args);
	return wr_end(wr);
}

int
vaultlink_get_request(const uint8_t *buf, size_t n, uint8_t *id, union vaultlink_args *args)
{
	struct rd rd;
	struct pass p = { .rd = &rd };

	OPENSSL_cleanse(args, sizeof(*args));
	rd_init(&rd, buf, n);
	*id = rd_u8(&rd);
	if (!known(*id))
		return ERR_FORMAT;
	messages[*id].args(&p, args);
	if (rd_end(&rd) == 0)
		return 0;
	OPENSSL_cleanse(args, sizeof(*args));
	return ERR_FORMAT;
}

int
vaultlink_put_answer(struct wr *wr, uint8_t id, int status, union vaultlink_result *result)
{
	struct pass p = { .wr = wr };

	wr_u8(wr, id);
	wr_u32(wr, (uint32_t)status);
	if (status == 0 && known(id))
		messages[id].result(&p, result);
	return wr_end(wr);
}

int
vaultlink_get_answer(const uint8_t *buf, size_t n, uint8_t id, int *status,
    union vaultlink_result *result)
{
	struct rd rd;
	struct pass p = { .rd = &rd };
	uint32_t v;

	OPENSSL_cleanse(result, sizeof(*result));
	rd_init(&rd, buf, n);
	if (rd_u8(&rd) != id || !known(id))
		return ERR_FORMAT;
	v = rd_u32(&rd);
	/* Errors are small negative numbers; anything else is no status. */
	if (v != 0 && v < 0xffffff00u)
		return ERR_FORMAT;
	*status = -(int)(0u - v);
	if (v == 0)
		messages[id].result(&p, result);
	if (rd_end(&rd) == 0)
		return 0;
	OPENSSL_cleanse(result, sizeof(*result));
	return ERR_FORMAT;
}
