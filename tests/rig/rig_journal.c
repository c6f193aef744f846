#include "tests/rig/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"

/* What is kept, in memory, with the vault's rules of SPEC 4. */

static struct rig_journal *
of(struct journal *j)
{
	return (struct rig_journal *)j;
}

int
rig_fails(struct rig_fault *f)
{
	f->calls++;
	return f->at != 0 && (f->calls == f->at || (f->stays && f->calls > f->at));
}

static int
enter(struct rig_journal *j)
{
	return rig_fails(&j->fault) ? j->fault.err : 0;
}

static int
installing(const struct rig_journal *j)
{
	return j->status.state == HSM_INSTALLING ? 0 : ERR_NOT_NOW;
}

static int
load(struct journal *jp, struct hsm_status *s)
{
	struct rig_journal *j = of(jp);
	int r = enter(j);

	if (r == 0)
		*s = j->status;
	return r;
}

static int
begin(struct journal *jp, const char *what)
{
	struct rig_journal *j = of(jp);
	int r = enter(j);

	(void)what;
	if (r != 0)
		return r;
	if (j->status.state != HSM_FACTORY && j->status.state != HSM_INCONSISTENT)
		return ERR_NOT_NOW;
	j->status.state = HSM_INSTALLING;
	j->status.message[0] = '\0';
	return 0;
}

static int
set(struct journal *jp, const struct share_set *s)
{
	struct rig_journal *j = of(jp);
	int r;

	if ((r = enter(j)) != 0 || (r = installing(j)) != 0)
		return r;
	j->status.set = *s;
	j->status.have_set = 1;
	j->status.written = 0;
	memset(j->status.serial, 0, sizeof(j->status.serial));
	return 0;
}

static int
written(struct journal *jp, uint8_t x, const char *serial, const uint8_t check[CHECK_LEN])
{
	struct rig_journal *j = of(jp);
	int r;

	if ((r = enter(j)) != 0 || (r = installing(j)) != 0)
		return r;
	if (!j->status.have_set || x < 1 || x > j->status.set.head.n)
		return ERR_ARG;
	j->status.written = (uint16_t)(j->status.written | 1u << (x - 1));
	(void)snprintf(j->status.serial[x - 1], sizeof(j->status.serial[0]), "%s", serial);
	memcpy(j->status.set.check[x - 1], check, CHECK_LEN);
	return 0;
}

static int
record(struct journal *jp, const struct record *rec)
{
	struct rig_journal *j = of(jp);
	int r = enter(j);

	if (r == 0 && j->records < RIG_RECORDS_MAX)
		j->record[j->records++] = *rec;
	return r;
}

static int
last(struct journal *jp, struct record *rec)
{
	struct rig_journal *j = of(jp);
	int r = enter(j);

	if (r == 0 && j->records == 0)
		r = ERR_NOT_FOUND;
	if (r == 0)
		*rec = j->record[j->records - 1];
	return r;
}

static int
commit(struct journal *jp, const struct mbk *mbk)
{
	struct rig_journal *j = of(jp);
	uint8_t kcv[KCV_LEN];
	int r;

	if ((r = enter(j)) != 0 || (r = installing(j)) != 0 || (r = mbk_kcv(mbk, kcv)) != 0)
		return r;
	if (!j->status.have_set || memcmp(kcv, j->status.set.head.kcv, KCV_LEN) != 0)
		return ERR_SHARE_KCV;
	j->mbk = *mbk;
	j->commits++;
	j->status.committed = 1;
	j->status.state = j->waits ? HSM_INSTALLING : HSM_OPERATIONAL;
	return 0;
}

static int
broken(struct journal *jp, const char *message)
{
	struct rig_journal *j = of(jp);
	int r;

	j->broken++;
	if ((r = enter(j)) != 0 || (r = installing(j)) != 0)
		return r;
	j->status.state = HSM_INCONSISTENT;
	(void)snprintf(j->status.message, sizeof(j->status.message), "%s", message);
	return 0;
}

static const struct journal_ops ops = {
	.load = load,
	.begin = begin,
	.set = set,
	.written = written,
	.record = record,
	.last = last,
	.commit = commit,
	.broken = broken,
};

void
rig_journal_init(struct rig *g)
{
	g->journal.journal.ops = &ops;
	(void)snprintf(g->journal.status.label, sizeof(g->journal.status.label), "rig");
}

void
rig_factory_reset(struct rig *g)
{
	struct hsm_status *s = &g->journal.status;

	OPENSSL_cleanse(&g->journal.mbk, sizeof(g->journal.mbk));
	rig_gate_init(g);
	s->state = HSM_FACTORY;
	s->have_set = s->committed = 0;
	s->written = 0;
	s->message[0] = '\0';
	memset(&s->set, 0, sizeof(s->set));
	memset(s->serial, 0, sizeof(s->serial));
}

void
rig_settle(struct rig *g)
{
	const struct rig_fault fault = g->journal.fault;
	struct hsm_status s;

	memset(&g->journal.fault, 0, sizeof(g->journal.fault));
	if (ceremony_settle(&g->journal.journal, fault.stays ? "" : g->result.message, &s) != 0)
		abort();
	g->journal.fault = fault;
}
