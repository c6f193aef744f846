#include "tests/unit/token.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/* Processes are killed in these suites, power is not cut: nothing has to be on the disk. */
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

struct slot_plan
token_plan(uint8_t mode, const char *code, const char *so)
{
	struct slot_plan plan = { .mode = mode };

	if (code != NULL) {
		plan.code_n = (uint8_t)strlen(code);
		memcpy(plan.code, code, plan.code_n);
	}
	if (so != NULL) {
		plan.so_n = (uint8_t)strlen(so);
		memcpy(plan.so, so, plan.so_n);
	}
	return plan;
}

void
token_plans(struct slot_plan plan[SLOTS], int earnest)
{
	plan[0] = plan[1] = token_plan(SLOT_AUTO, NULL, NULL);
	plan[2] = token_plan(SLOT_AUTO, NULL, TOKEN_SO);
	plan[3] = plan[4] = token_plan(SLOT_CODE, TOKEN_CODE, TOKEN_SO);
	plan[5] = token_plan(SLOT_CODE, TOKEN_CODE, NULL);
	for (unsigned i = 6; i < SLOTS; i++)
		plan[i] = token_plan(SLOT_CODE, TOKEN_TRIAL, TOKEN_TRIAL_SO);
	for (unsigned i = earnest ? 6 : 2; i < SLOTS; i++)
		plan[i].trial = 1;
}

static void
enter(struct place *p, int earnest)
{
	struct slot_plan plan[SLOTS];

	place_enter(p);
	place_lead_to(p, HSM_INSTALLING);
	token_plans(plan, earnest);
	OK(store_commit(p->store, &p->mbk, plan));
	slots_delay(p->store, 0, 0);
}

void
token_enter(struct place *p)
{
	enter(p, 0);
}

void
token_enter_earnest(struct place *p)
{
	enter(p, 1);
}

void
token_again(struct place *p)
{
	place_again(p);
	slots_delay(p->store, 0, 0);
	OK(slots_start(p->store));
}

struct slot_info
token_info(struct place *p, unsigned slot)
{
	struct slot_info info;

	OK(slot_info(p->store, slot, &info));
	return info;
}

static const uint8_t *
bytes(const char *text)
{
	return (const uint8_t *)text;
}

static size_t
length(const char *text)
{
	return text == NULL ? 0 : strlen(text);
}

int
token_login(struct place *p, unsigned slot, enum slot_who who, const char *code)
{
	return slot_enter(p->store, slot, who, bytes(code), length(code));
}

int
token_change(struct place *p, unsigned slot, enum slot_who who, const char *old, const char *code)
{
	return slot_change(p->store, slot, who, bytes(old), length(old), bytes(code),
	    length(code));
}

int
token_set_user(struct place *p, unsigned slot, const char *so, const char *code)
{
	return slot_set_user(p->store, slot, bytes(so), length(so), bytes(code), length(code));
}

int
token_init(struct place *p, unsigned slot, const char *so, const char *label)
{
	char padded[SLOT_LABEL_LEN];

	memset(padded, ' ', sizeof(padded));
	memcpy(padded, label, strlen(label));
	return slot_init(p->store, slot, bytes(so), length(so), padded);
}

static size_t
terms(const char *text, const char *text2, struct object_term v[3])
{
	size_t n = 0;

	v[n++] = (struct object_term){ 3, bytes("all"), 3 };
	v[n++] = (struct object_term){ 1, bytes(text), strlen(text) };
	if (text2 != NULL)
		v[n++] = (struct object_term){ 2, bytes(text2), strlen(text2) };
	return n;
}

int
token_add(struct place *p, unsigned slot, enum object_domain domain, const char *text,
    const char *text2, uint64_t *id)
{
	struct object_term v[3];
	size_t n = terms(text, text2, v);
	int r;

	store_lock(p->store);
	r = object_add(p->store, slot, domain, bytes(text), strlen(text), v, n, id);
	store_unlock(p->store);
	return r;
}

int
token_read(struct place *p, unsigned slot, uint64_t id, char text[64])
{
	enum object_domain domain;
	size_t n = 63;
	int r;

	store_lock(p->store);
	r = object_read(p->store, slot, id, &domain, (uint8_t *)text, &n);
	store_unlock(p->store);
	text[r == 0 ? n : 0] = '\0';
	return r;
}

int
token_find(struct place *p, unsigned slot, unsigned domains, const char *text)
{
	const struct object_term term = { 1, bytes(text), length(text) };
	uint64_t ids[64];
	size_t n;
	int r;

	store_lock(p->store);
	r = object_find(p->store, slot, domains, &term, text != NULL, 0, ids, 64, &n);
	store_unlock(p->store);
	return r != 0 ? r : (int)n;
}
