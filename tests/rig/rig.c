#include "tests/rig/rig.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "card-os/apps/factory.h"
#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"
#include "hsm/keys/secmem.h"
#include "tests/unit/suite.h"

const char *__asan_default_options(void);

/*
 * A card's PIN check allocates ten thousand times in libcrypto; keeping all that
 * for the checker takes most of the time.
 */
const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=4:malloc_context_size=6";
}

static void
trust(struct issuers *issuers, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	uint8_t *p = issuers->cert[issuers->n].der;

	issuers->cert[issuers->n++].len = (size_t)i2d_X509(x, &p);
	X509_free(x);
	BIO_free(bio);
}

static void
make_card(struct rig_card *card, const char *cert, const char *key)
{
	static struct card_data data;
	struct wr wr;

	wr_init(&wr, card->image, sizeof(card->image));
	if (factory_card(&data, "tcos", cert, key, RIG_NOW) != 0 ||
	    card_data_encode(&data, &wr) != 0)
		abort();
	card->n = wr.n;
	card->pin = card->user_pin = PIN_FACTORY;
}

/* OpenSSL keeps the state of its random generators in the secure heap. */
static void *
warm_up(void *arg)
{
	uint8_t p[1];

	(void)arg;
	return RAND_bytes(p, 1) == 1 && RAND_priv_bytes(p, 1) == 1 ? NULL : p;
}

/* Made once a process: keys and PINs take their time. */
static const struct rig *
first_deck(void)
{
	static struct rig *deck;
	char cert[2][FACTORY_PEM_MAX], key[2][FACTORY_PEM_MAX];
	pthread_t thread;
	unsigned i;

	if (deck != NULL)
		return deck;
	if ((deck = calloc(1, sizeof(*deck))) == NULL || secmem_init() != 0 ||
	    factory_issuer(cert[0], key[0], RIG_NOW) != 0 ||
	    factory_issuer(cert[1], key[1], RIG_NOW) != 0)
		abort();
	if (pthread_create(&thread, NULL, warm_up, NULL) != 0 || pthread_join(thread, NULL) != 0)
		abort();
	/* secmem_init forbids tracing, which the leak checker of the sanitizers does to itself. */
	(void)prctl(PR_SET_DUMPABLE, 1);
	trust(&deck->issuers, cert[0]);
	for (i = 0; i < RIG_CARDS_MAX; i++)
		make_card(&deck->card[i], cert[i == RIG_CARDS_MAX - 1], key[i == RIG_CARDS_MAX - 1]);
	return deck;
}

void
rig_fresh_cards(struct rig *g)
{
	rig_take(g);
	memcpy(g->card, first_deck()->card, sizeof(g->card));
}

struct rig *
rig_new(void)
{
	struct rig *g = calloc(1, sizeof(*g));

	if (g == NULL || (g->stack = aligned_alloc(4096, RIG_STACK)) == NULL)
		abort();
	device_init(&g->device, NULL, NULL);
	(void)alarm(RIG_SECONDS);
	rig_cards_init(g);
	rig_journal_init(g);
	rig_gate_init(g);
	g->issuers = first_deck()->issuers;
	g->first_reader = g->serves = g->source = 1;
	g->target = 4;
	g->pads = 1;
	g->reader = "";
	g->new_pin = "7654321";
	g->mode = SHARE_LIVE;
	g->clock = 1000;
	rig_fresh_cards(g);
	return g;
}

void
rig_free(struct rig *g)
{
	device_free(&g->device);
	free(g->stack);
	OPENSSL_cleanse(g, sizeof(*g));
	free(g);
}

void
rig_copy(struct rig *g, const struct rig *from)
{
	rig_take(g);
	memcpy(g->card, from->card, sizeof(g->card));
	g->journal.status = from->journal.status;
	g->journal.mbk = from->journal.mbk;
	g->gate = from->gate;
	memcpy(g->slot, from->slot, sizeof(g->slot));
	memcpy(g->first_user, from->first_user, sizeof(g->first_user));
	g->clock = from->clock;
	g->no_display = from->no_display;
	g->pads = from->pads;
}

void
rig_calm(struct rig *g)
{
	unsigned i;

	g->quirks = 0;
	memset(g->seen, 0, sizeof(g->seen));
	memset(&g->fault, 0, sizeof(g->fault));
	memset(&g->journal.fault, 0, sizeof(g->journal.fault));
	memset(&g->gate.fault, 0, sizeof(g->gate.fault));
	g->gate.lost = 0;
	g->wear_load = g->pull_load = g->pull_at = g->unplug_at = g->wear_at = g->stale_at = 0;
	g->after = 0;
	g->refuse_from = 0;
	for (i = 0; i < RIG_CARDS_MAX; i++)
		g->card[i].fail_at = 0;
	(void)device_plug(&g->device);
}

void
rig_quirk(struct rig *g, const char *at, unsigned nth, enum rig_do what, const char *keys,
    unsigned card)
{
	if (g->quirks == RIG_QUIRKS_MAX)
		abort();
	g->quirk[g->quirks++] = (struct rig_quirk){ at, nth, what, keys, card };
}

static uint64_t
now(void *arg)
{
	return RIG_NOW + ((struct rig *)arg)->clock / 1000;
}

static void
front(void *arg, const char *line)
{
	struct rig *g = arg;

	(void)snprintf(g->front, sizeof(g->front), "%s", line);
}

static void
say(void *arg, const char *text, unsigned how, unsigned seconds, const char *at)
{
	struct rig *g = arg;

	g->seconds = seconds != 0 ? seconds : g->seconds;
	g->hows[how]++;
	g->asks = (how & SAY_ASKS) != 0;
	g->answer = CARDS_NO_KEY;
	g->saids++;
	if (seconds != 0 && strlen(g->heard) + 1 < sizeof(g->heard))
		g->heard[strlen(g->heard)] = at[0] == '\0' ? '-' : at[strlen(at) - 1];
	(void)snprintf(g->said, sizeof(g->said), "%s", text + (text[0] == '\a'));
}

/* Who hears what is asked answers, once; what takes longer is the clock's. */
static enum cards_key
answer(void *arg)
{
	struct rig *g = arg;
	enum cards_key key;

	if (g->said[0] != '\0')
		rig_person(g, g->said);
	g->said[0] = '\0';
	key = g->answer;
	g->answer = CARDS_NO_KEY;
	return key;
}

static void
sits(void *arg, void *secrets, size_t n)
{
	struct rig *g = arg;

	g->secrets = secrets;
	g->secrets_n = n;
}

struct job {
	struct rig *rig;
	const struct ceremony_plan *plan;
	struct ceremony_args args;
};

static void *
run_job(void *arg)
{
	struct job *job = arg;
	struct rig *g = job->rig;
	struct ceremony_env env = {
		.cards = &g->cards, .journal = &g->journal.journal, .issuers = &g->issuers,
		.gate = &g->gate.gate, .timeouts = CEREMONY_TIMEOUTS, .reader = g->reader, .now = now, .front = front, .say = say,
		.answer = answer, .sits = sits,
		.arg = g,
	};

	env.timeouts.whole_s = g->whole_s;
	g->err = ceremony_run(job->plan, &env, &job->args, &g->result);
	return NULL;
}

uint8_t *
rig_content(struct card_data *data, uint16_t fid)
{
	for (uint16_t i = 0; i < data->files_n; i++)
		if (data->file[i].fid == fid && data->file[i].kind == FILE_EF)
			return files_content(data, i);
	abort();
}

uint8_t *
rig_key(struct card_data *data, uint16_t fid)
{
	for (uint16_t i = 0; i < data->files_n; i++)
		if (data->file[i].fid == fid && data->file[i].kind == FILE_KEY)
			return files_content(data, i);
	abort();
}

void
rig_share_of(const struct rig *g, unsigned number, uint8_t record[SHARE_RECORD_LEN])
{
	static struct card_data data;

	if (card_data_decode(g->card[number - 1].image, g->card[number - 1].n, &data) != 0)
		abort();
	memcpy(record, rig_content(&data, FID_SHARE), SHARE_RECORD_LEN);
	OPENSSL_cleanse(&data, sizeof(data));
}

void
rig_forge(struct rig *g, unsigned number, void (*change)(struct card_data *, void *), void *arg)
{
	static struct card_data data;
	struct rig_card *card = &g->card[number - 1];
	struct wr wr;

	if (card_data_decode(card->image, card->n, &data) != 0)
		abort();
	change(&data, arg);
	wr_init(&wr, card->image, sizeof(card->image));
	if (card_data_encode(&data, &wr) != 0)
		abort();
	card->n = wr.n;
}

/* On a stack of its own, which can be searched afterwards. */
static void
run_on_stack(struct rig *g, struct job *job)
{
	pthread_attr_t attr;
	pthread_t thread;

	memset(g->stack, 0, RIG_STACK);
	if (pthread_attr_init(&attr) != 0 ||
	    pthread_attr_setstack(&attr, g->stack, RIG_STACK) != 0 ||
	    pthread_create(&thread, &attr, run_job, job) != 0 || pthread_join(thread, NULL) != 0)
		abort();
	(void)pthread_attr_destroy(&attr);
}

int
rig_run(struct rig *g, const char *name, uint8_t k, uint8_t n)
{
	return rig_run_plan(g, ceremony_plan(name), k, n);
}

int
rig_run_plan(struct rig *g, const struct ceremony_plan *plan, uint8_t k, uint8_t n)
{
	struct job job = { g, plan, { .mode = g->mode, .k = k, .n = n,
	    .opening = g->gate.number, .opens = (uint8_t)g->gate.opens,
	    .users = g->gate.slot[g->gate.opens].users, .purpose = g->gate.purpose } };

	memcpy(job.args.slot, g->slot, sizeof(job.args.slot));
	g->journal.waits = 0;
	for (unsigned i = 0; i < CEREMONY_SLOTS; i++)
		g->journal.waits |= g->slot[i].users;
	if (plan == ceremony_plan("slot-cards"))
		rig_gate_order(g);
	memset(g->seen, 0, sizeof(g->seen));
	g->fault.calls = g->journal.fault.calls = g->gate.fault.calls = 0;
	g->loads = g->updates = g->apdus = g->saids = g->texts = 0;
	g->asks = 0;
	g->put = 0;
	memset(g->hows, 0, sizeof(g->hows));
	memset(g->where, 0, sizeof(g->where));
	memset(g->heard, 0, sizeof(g->heard));
	g->reading = g->as_user = 0;
	g->beeps = (unsigned)g->device.pad.lcd.beeps;
	g->shown = g->device.pad.lcd.count;
	g->journal.records = 0;
	g->secure_used = CRYPTO_secure_used();
	run_on_stack(g, &job);
	if (g->journal.status.state == HSM_INSTALLING && !g->unsettled)
		rig_settle(g);
	rig_secrets(g);
	return g->err;
}

int
rig_activate(struct rig *g, unsigned slot)
{
	const uint64_t number = rig_opening(g, slot);
	int r = rig_run(g, "activate", 0, 0);

	CU_ASSERT_EQUAL(rig_opened(g, number, r), r == 0);
	return r;
}

void
rig_users(struct rig *g, unsigned slot, uint8_t users, uint8_t copies, unsigned first)
{
	g->slot[slot].users = users;
	g->slot[slot].copies = copies;
	g->first_user[slot] = first;
}

static const struct lcd_text *
text_at(const struct rig *g, uint64_t i)
{
	return &g->device.pad.lcd.log[i % LCD_LOG];
}

int
rig_showed(const struct rig *g, const char *const *texts, size_t n)
{
	char got[2 * LCD_COLUMNS + 2];
	const struct lcd_text *t;
	size_t at = 0;
	uint64_t i;

	for (i = g->shown; i < g->device.pad.lcd.count; i++) {
		t = text_at(g, i);
		if (t->line[0][0] == '\0' && t->line[1][0] == '\0')
			continue;
		(void)snprintf(got, sizeof(got), "%s/%s", t->line[0], t->line[1]);
		if (at >= n || strcmp(got, texts[at]) != 0) {
			printf("    text %zu is '%s', not '%s'\n", at, got, at < n ? texts[at] : "");
			return 0;
		}
		at++;
	}
	if (at != n)
		printf("    text %zu '%s' does not come\n", at, texts[at]);
	return at == n;
}

unsigned
rig_count(const struct rig *g, const char *line)
{
	unsigned n = 0;
	uint64_t i;

	for (i = g->shown; i < g->device.pad.lcd.count; i++)
		n += strcmp(text_at(g, i)->line[0], line) == 0;
	return n;
}

int
rig_recorded(const struct rig *g, const char *step, const char *outcome)
{
	size_t i;

	for (i = 0; i < g->journal.records; i++)
		if (strcmp(g->journal.record[i].step, step) == 0 &&
		    strcmp(g->journal.record[i].outcome, outcome) == 0)
			return 1;
	return 0;
}

void
rig_ways_out(struct rig *g, const char *why)
{
	const struct hsm_status *s = &g->journal.status;
	uint8_t k = s->have_set ? s->set.head.k : 2, n = s->have_set ? s->set.head.n : 3;
	struct rig *h = rig_new();

	rig_calm(g);
	rig_take(g);
	rig_copy(h, g);
	if (rig_run(h, "resume", k, n) != 0 || h->journal.status.state != HSM_OPERATIONAL) {
		printf("    %s: resume: %s\n", why, h->result.message);
		CU_FAIL("resume does not lead out");
	}
	rig_take(h);
	memcpy(h->card, g->card, sizeof(h->card));
	rig_factory_reset(h);
	if (rig_run(h, "install", k, n) != 0 || h->journal.status.state != HSM_OPERATIONAL) {
		printf("    %s: install: %s\n", why, h->result.message);
		CU_FAIL("factory reset does not lead out");
	}
	rig_free(h);
}
