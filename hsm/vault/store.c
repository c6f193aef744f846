#include "hsm/vault/store_parts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"
#include "hsm/vault/schema.h"

static const char db_name[] = "cardinal.db";

/* What asks for a transition, and the word for it in the transcript. */
enum call { BEGIN, SET, WRITTEN, COMMIT, FINISH, TRIAL, BROKEN, RESET };

static const char *const call_names[] = {
	[BEGIN] = "begin", [SET] = "set", [WRITTEN] = "written", [COMMIT] = "commit",
	[FINISH] = "finish", [TRIAL] = "trial", [BROKEN] = "broken",
	[RESET] = "factory-reset",
};

/* SPEC 4; what has no row is refused. */
static const struct {
	uint8_t from;
	enum call call;
	uint8_t to;
} transitions[] = {
	{ HSM_FACTORY, BEGIN, HSM_INSTALLING },
	{ HSM_INCONSISTENT, BEGIN, HSM_INSTALLING },
	{ HSM_INSTALLING, SET, HSM_INSTALLING },
	{ HSM_INSTALLING, WRITTEN, HSM_INSTALLING },
	{ HSM_INSTALLING, COMMIT, HSM_OPERATIONAL },
	{ HSM_INSTALLING, FINISH, HSM_OPERATIONAL },
	{ HSM_FACTORY, TRIAL, HSM_OPERATIONAL },
	{ HSM_INSTALLING, BROKEN, HSM_INCONSISTENT },
	{ HSM_FACTORY, RESET, HSM_FACTORY },
	{ HSM_INSTALLING, RESET, HSM_FACTORY },
	{ HSM_OPERATIONAL, RESET, HSM_FACTORY },
	{ HSM_INCONSISTENT, RESET, HSM_FACTORY },
};

int
row_get(struct store *s, struct row *row)
{
	struct query q;
	int r, found;

	memset(row, 0, sizeof(*row));
	query_init(&q, &s->sql, SQL_HSM_GET);
	if ((found = query_row(&q)) == 1) {
		row->state = query_get_int(&q);
		query_get_text(&q, row->ceremony, sizeof(row->ceremony));
		query_get_text(&q, row->message, sizeof(row->message));
		query_get_text(&q, row->label, sizeof(row->label));
		row->erase = query_get_int(&q) != 0;
		row->sealed = query_get_int(&q) != 0;
		row->trial = query_get_int(&q) != 0;
	}
	if ((r = query_end(&q)) != 0)
		return r;
	return found == 1 && row->state <= HSM_INCONSISTENT ? 0 : ERR_FORMAT;
}

/* Begins the transaction of a transition; row is what was before. leave ends it in any case. */
static int
enter(struct store *s, enum call call, struct row *row)
{
	int r;

	if ((r = tx_begin(s)) != 0 || (r = row_get(s, row)) != 0)
		return r;
	for (size_t i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++)
		if (transitions[i].call == call && transitions[i].from == row->state)
			return sql_set_int(&s->sql, SQL_STATE_SET, transitions[i].to);
	return ERR_NOT_NOW;
}

static int
leave(struct store *s, int r)
{
	return tx_end(s, r);
}

static int
note(struct store *s, const char *ceremony, const char *step, uint8_t card, const char *serial,
    const char *outcome)
{
	struct record rec = { .card = card };

	snprintf(rec.ceremony, sizeof(rec.ceremony), "%s", ceremony);
	snprintf(rec.step, sizeof(rec.step), "%s", step);
	snprintf(rec.serial, sizeof(rec.serial), "%s", serial);
	snprintf(rec.outcome, sizeof(rec.outcome), "%s", outcome);
	return transcript_append(s, &rec);
}

/* Fills the tables that have just been made. */
static int
first_row(struct store *s)
{
	char label[LABEL_MAX + 1];
	uint8_t random[2];
	struct query q;

	if (RAND_bytes(random, sizeof(random)) != 1)
		return ERR_CRYPTO;
	snprintf(label, sizeof(label), "cardinal-%02x%02x", random[0], random[1]);
	query_init(&q, &s->sql, SQL_HSM_MAKE);
	query_int(&q, HSM_FACTORY);
	query_text(&q, label);
	return query_run(&q);
}

/* What the threads of one store share. The delays are those of slots.h. */
static void
init(struct store *s)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->told_lock, NULL);
	for (unsigned i = 0; i < SLOTS; i++)
		pthread_mutex_init(&s->gate[i], NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->woken, &monotonic);
	pthread_condattr_destroy(&monotonic);
	sem_init(&s->turns, 0, SLOT_TURNS);
	people_init(s);
	slots_delay(s, SLOT_DELAY_FIRST, SLOT_DELAY_MOST);
}

/* The first version knew no slots: what was installed under it gets those that nobody named. */
static int
adopt(struct store *s)
{
	struct row row;
	int r;

	if ((r = row_get(s, &row)) != 0 || row.state != HSM_OPERATIONAL || s->key == NULL)
		return r;
	if ((r = slots_make(s, NULL)) == 0)
		r = note(s, "slots", "made", 0, "", "ok, for an HSM that had none: ten, mode auto");
	return r;
}

int
store_open(struct store **out, const char *dir)
{
	char path[PATH_MAX];
	unsigned from = SCHEMA_VERSION;
	struct store *s;
	int r;

	*out = NULL;
	if (snprintf(path, sizeof(path), "%s/%s", dir, db_name) >= (int)sizeof(path))
		return ERR_SIZE;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return ERR_NOMEM;
	init(s);
	boot_read(s->boot);
	/* The file first: SQLite gives its log the mode of its database. */
	if ((r = statedir_open(&s->dir, dir)) != 0 ||
	    (r = statedir_touch(&s->dir, db_name)) != 0 || (r = key_load(s)) != 0)
		goto out;
	r = sql_open(&s->sql, path, &from);
	if (from != SCHEMA_VERSION) {
		tx_take(s);
		if (r == 0)
			r = from == 0 ? first_row(s) : from == 1 ? adopt(s) : 0;
		r = tx_end(s, r);
	}
	if (r != 0 || (r = key_renew(s)) != 0 || (r = key_try(s)) != 0 ||
	    (r = slots_load(s)) != 0)
		goto out;
	*out = s;
	s = NULL;
out:
	store_close(s);
	return r;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	people_free(s);
	slots_close(s);
	OPENSSL_cleanse(&s->now, sizeof(s->now));
	secmem_free(&s->key, sizeof(*s->key));
	sql_close(&s->sql);
	statedir_close(&s->dir);
	sem_destroy(&s->turns);
	pthread_cond_destroy(&s->woken);
	for (unsigned i = 0; i < SLOTS; i++)
		pthread_mutex_destroy(&s->gate[i]);
	pthread_mutex_destroy(&s->told_lock);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
store_lock(struct store *s)
{
	pthread_mutex_lock(&s->lock);
}

void
store_unlock(struct store *s)
{
	pthread_mutex_unlock(&s->lock);
}

int
store_status(struct store *s, struct hsm_status *status)
{
	struct row row;
	int r;

	memset(status, 0, sizeof(*status));
	if ((r = row_get(s, &row)) != 0)
		return r;
	status->state = (uint8_t)row.state;
	status->committed = row.sealed != 0;
	status->key_lost = row.sealed && s->lost;
	status->trial = row.trial != 0;
	memcpy(status->message, row.message, sizeof(status->message));
	memcpy(status->label, row.label, sizeof(status->label));
	r = backup_set_get(s, status);
	status->have_set = r == 0;
	return r == ERR_NOT_FOUND ? 0 : r;
}

int
store_label(struct store *s, const char *label)
{
	struct row row;
	int r;

	if ((r = share_label_check(label)) != 0)
		return r;
	if ((r = tx_begin(s)) != 0 || (r = row_get(s, &row)) != 0)
		goto out;
	if (strcmp(label, row.label) == 0)
		goto out;
	/* The cards of a set carry it. */
	if (row.state != HSM_FACTORY) {
		r = ERR_NOT_NOW;
		goto out;
	}
	if ((r = sql_set_text(&s->sql, SQL_LABEL_SET, label)) == 0)
		r = note(s, "label", "changed", 0, "", label);
out:
	return tx_end(s, r);
}

int
store_begin(struct store *s, const char *ceremony)
{
	struct row row;
	int r;

	if (strnlen(ceremony, STEP_NAME_MAX) == STEP_NAME_MAX)
		return ERR_ARG;
	if ((r = key_renew(s)) != 0)
		return r;
	if ((r = enter(s, BEGIN, &row)) != 0 ||
	    (r = sql_set_text(&s->sql, SQL_CEREMONY_SET, ceremony)) != 0 ||
	    (r = sql_set_text(&s->sql, SQL_MESSAGE_SET, "")) != 0)
		goto out;
	r = note(s, ceremony, call_names[BEGIN], 0, "", "ok");
out:
	return leave(s, r);
}

int
store_set(struct store *s, const struct share_set *set)
{
	struct share_header head = set->head;
	struct row row;
	int r;

	head.x = 1;
	if ((r = share_header_check(&head)) != 0)
		return r;
	/* A key of the set before opens no more, and who sat in its slots is asked for anew. */
	if ((r = enter(s, SET, &row)) == 0 && (r = key_drop(s)) == 0 &&
	    (r = enrol_drop(s)) == 0 && (r = backup_set_put(s, set)) == 0)
		r = note(s, row.ceremony, call_names[SET], 0, "", "ok");
	return leave(s, r);
}

int
store_written(struct store *s, uint8_t x, const char *serial, const uint8_t check[CHECK_LEN])
{
	struct hsm_status status = { 0 };
	struct row row;
	int r;

	if (strnlen(serial, RECORD_CARD_MAX + 1) > RECORD_CARD_MAX)
		return ERR_ARG;
	if ((r = enter(s, WRITTEN, &row)) != 0)
		goto out;
	if ((r = backup_set_get(s, &status)) != 0) {
		r = r == ERR_NOT_FOUND ? ERR_NOT_NOW : r;
		goto out;
	}
	if ((r = backup_set_written(s, x, serial, check)) == 0)
		r = note(s, row.ceremony, call_names[WRITTEN], x, serial, "ok");
out:
	return leave(s, r);
}

/* Whether slots wait for their users, who come after the commit. */
static int
has_cards(const struct slot_plan *plan)
{
	for (unsigned i = 0; i < SLOTS && plan != NULL; i++)
		if (plan[i].mode == SLOT_CARDS)
			return 1;
	return 0;
}

/* The slots of a commit, or none yet: then all that can be refused of them is refused now. */
static int
commit_slots(struct store *s, const struct slot_plan *plan)
{
	int r;

	if (!has_cards(plan))
		return slots_make(s, plan);
	for (unsigned i = 0; i < SLOTS; i++)
		if ((r = slot_plan_check(i, &plan[i])) != 0)
			return r;
	return sql_set_int(&s->sql, SQL_STATE_SET, HSM_INSTALLING);
}

int
store_commit(struct store *s, const struct mbk *mbk, const struct slot_plan *plan)
{
	struct row row;
	int r;

	if ((r = enter(s, COMMIT, &row)) == 0 && (r = key_seal(s, mbk)) == 0 &&
	    (r = commit_slots(s, plan)) == 0)
		r = note(s, row.ceremony, call_names[COMMIT], 0, "", "ok");
	if ((r = leave(s, r)) != 0)
		return r;
	s->lost = 0;
	/* It is committed; what does not open now tells so itself (slot_info). */
	(void)slots_start(s);
	return 0;
}

int
store_finish(struct store *s, const struct slot_plan *plan)
{
	struct row row;
	int r;

	if ((r = enter(s, FINISH, &row)) != 0)
		goto out;
	if (!row.sealed) {
		r = ERR_NOT_NOW;
		goto out;
	}
	if ((r = slots_make(s, plan)) == 0 && (r = enrol_drop(s)) == 0)
		r = note(s, row.ceremony, call_names[FINISH], 0, "", "ok");
out:
	if ((r = leave(s, r)) == 0)
		(void)slots_start(s);
	return r;
}

int
store_trial(struct store *s, const struct slot_plan *plan)
{
	struct row row;
	int r;

	if ((r = key_renew(s)) != 0)
		return r;
	if ((r = enter(s, TRIAL, &row)) == 0 && (r = sql_set_int(&s->sql, SQL_TRIAL_SET, 1)) == 0 &&
	    (r = slots_make(s, plan)) == 0)
		r = note(s, "install", call_names[TRIAL], 0, "", "ok, without cards or backup key");
	if ((r = leave(s, r)) == 0)
		(void)slots_start(s);
	return r;
}

int
store_broken(struct store *s, const char *message)
{
	char cut[MESSAGE_MAX];
	struct row row;
	int r;

	snprintf(cut, sizeof(cut), "%s", message);
	if ((r = enter(s, BROKEN, &row)) == 0 &&
	    (r = sql_set_text(&s->sql, SQL_MESSAGE_SET, cut)) == 0)
		r = note(s, row.ceremony, call_names[BROKEN], 0, "", cut);
	return leave(s, r);
}

static int
forget(struct store *s)
{
	int r;

	if ((r = key_drop(s)) != 0 || (r = backup_set_drop(s)) != 0 || (r = enrol_drop(s)) != 0 ||
	    (r = sql_set_text(&s->sql, SQL_CEREMONY_SET, "")) != 0 ||
	    (r = sql_set_text(&s->sql, SQL_MESSAGE_SET, "")) != 0 ||
	    (r = sql_set_int(&s->sql, SQL_TRIAL_SET, 0)) != 0 || (r = slots_forget(s)) != 0)
		return r;
	return sql_set_int(&s->sql, SQL_ERASE_SET, 1);
}

int
store_factory_reset(struct store *s)
{
	struct row row;
	int r, key;

	if ((r = enter(s, RESET, &row)) == 0 && (r = forget(s)) == 0)
		r = note(s, call_names[RESET], call_names[RESET], 0, "", "ok");
	if ((r = leave(s, r)) != 0)
		return r;
	slots_close(s);
	/* The log still has the sealed key; without the old device.key it is worth nothing. */
	r = sql_checkpoint(&s->sql);
	key = key_renew(s);
	return r != 0 ? r : key;
}
