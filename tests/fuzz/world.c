#include "tests/fuzz/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "card-os/os/files.h"
#include "card-os/os/keys.h"
#include "card-os/os/pins.h"
#include "card-os/os/sound.h"
#include "tests/unit/credential.h"
#include "tests/unit/deck.h"
#include "tests/unit/dice.h"
#include "tests/unit/keyring.h"
#include "tests/unit/suite.h"

enum { SECRETS_MAX = 16, SECRET_PART = 8, STRIDE = 4, OWNED = 2 };

struct world_count world_counts[256];
uint8_t world_credential[4096];
size_t world_credential_n;
unsigned world_talk;

static struct deck d, first;
static struct card_data before;
static struct sm host;
static int dies;			/* the disk fails together with the power */

/* What the owner has: his applications, and whether he is there. */
static struct {
	uint16_t df, pin;
	int right;			/* he sent the PIN since the card got power */
	int lost;			/* somebody else has set the PIN since */
} owned[OWNED];

static struct {
	uint8_t p[700];
	size_t n;
	int share;
} secrets[SECRETS_MAX];
static size_t secrets_n;
static int proved;			/* somebody has answered for the secret of the ring */
static const uint8_t ring_secret[KEY_AES_LEN] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
};

static void
broken(const char *promise)
{
	fprintf(stderr, "broken: %s\n", promise);
	abort();
}

static void
add_secret(const uint8_t *p, size_t n, int share)
{
	if (secrets_n == SECRETS_MAX || n > sizeof(secrets[0].p))
		abort();
	memcpy(secrets[secrets_n].p, p, n);
	secrets[secrets_n].n = n;
	secrets[secrets_n].share = share;
	secrets_n++;
}

/* The owner's PIN in both applications, and a share. */
static void
furnish(struct card_data *data)
{
	uint8_t share[SHARE_RECORD_LEN];
	uint16_t df, i;
	struct pin pin;

	for (size_t a = 0; a < OWNED; a++) {
		df = files_in(data, 0, a == 0 ? FID_SHARE_DF : FID_SLOT_DF);
		i = files_in(data, df, FID_SHARE_PIN);
		pin_get(data, i, &pin);
		if (pin_set(&pin, (const uint8_t *)WORLD_PIN, strlen(WORLD_PIN)) != 0)
			abort();
		pin_put(data, i, &pin);
		owned[a].df = df;
		owned[a].pin = i;
		add_secret(pin.verifier, sizeof(pin.verifier), 0);
	}
	for (size_t b = 0; b < sizeof(share); b++)
		share[b] = (uint8_t)dice_roll();
	memcpy(files_content(data, files_in(data, owned[0].df, FID_SHARE)), share, sizeof(share));
	add_secret(share + SHARE_HEADER_LEN, sizeof(share) - SHARE_HEADER_LEN, 1);
	add_secret(data->device_scalar, sizeof(data->device_scalar), 0);
}

/* Numbers of the RSA key that are nobody's, in the order of its data objects 92 to 96. */
static void
add_rsa(EVP_PKEY *key)
{
	enum { PARTS = 5, HALF = 128, HEAD = 3 };
	uint8_t mem[2048], *p;
	struct wr wr;

	wr_init(&wr, mem, sizeof(mem));
	credential_put_rsa(&wr, key);
	p = mem + wr.n - PARTS * (HEAD + HALF);
	for (unsigned i = 0; i < PARTS; i++, p += HEAD + HALF)
		add_secret(p + HEAD, HALF, 0);
}

static void
load_credential(void)
{
	static uint8_t p[sizeof(world_credential)];
	struct credential c;
	struct apdu a;
	struct sm sm;

	credential_make(&c);
	if (credential_load(&first, &sm, &c) != SW_OK ||
	    apdu_decode(p, credential_command(&c, p, sizeof(p)), &a) != 0)
		abort();
	world_credential_n = a.nc;
	memcpy(world_credential, a.data, a.nc);
	add_rsa(c.rsa);
	add_secret(c.scalar, sizeof(c.scalar), 0);
	credential_free(&c);
}

static void
make_first(void)
{
	struct wr wr;

	keyring_new(&first);
	keyring_load_aes(&first);
	add_secret(ring_secret, sizeof(ring_secret), 0);
	load_credential();
	first.card.next = first.card.data;
	furnish(&first.card.next);
	wr_init(&wr, first.disk, sizeof(first.disk));
	if (card_data_encode(&first.card.next, &wr) != 0)
		abort();
	first.n = wr.n;
	deck_reload(&first);
}

char
world_current(void)
{
	const struct card_file *f = d.card.data.file + (d.card.ef == CARD_NO_FILE ? 0 : d.card.ef);

	return d.card.ef == CARD_NO_FILE ? 'd' : file_is_transparent(f) ? 'b' :
	    file_has_records(f) ? 'r' : 'i';
}

void
world_any_path(struct wr *wr)
{
	const struct card_data *data = &d.card.data;
	uint16_t way[CARD_DEPTH + 1], i, n = 0;
	int here = dice_roll() % 8 != 0;

	/* Mostly where we are, or what was proven is forgotten. */
	do
		i = (uint16_t)(dice_roll() % data->files_n);
	while (data->file[i].kind == FILE_FREE || data->file[i].kind == FILE_OBJECT ||
	    (here && d.card.df != 0 && !files_within(data, i, d.card.df) && dice_roll() % 64 != 0));
	for (; i != CARD_NO_FILE; i = data->file[i].parent)
		way[n++] = data->file[i].fid;
	/* Without the MF, of which the way is empty; then with it. */
	for (i = n == 1 ? n : (uint16_t)(n - 1); i > 0; i--)
		wr_u16(wr, way[i - 1]);
}

static void
powered(void)
{
	sm_close(&host);
	proved = 0;
	for (size_t a = 0; a < OWNED; a++)
		owned[a].right = 0;
}

void
world_begin(void)
{
	if (first.n == 0)
		make_first();
	memcpy(d.disk, first.disk, first.n);
	d.n = first.n;
	d.saves = 0;
	deck_reload(&d);
	before = d.card.data;
	dies = 0;
	world_talk = 0;
	powered();
	for (size_t a = 0; a < OWNED; a++)
		owned[a].lost = 0;
}

static int
pin_in_order(const struct card_data *data, uint16_t df, uint8_t ref)
{
	uint16_t i = pin_meant(data, df, ref);
	struct pin pin;

	if (i == CARD_NO_FILE)
		return 0;
	pin_get(data, i, &pin);
	for (size_t a = 0; a < OWNED; a++)
		if (i == owned[a].pin)
			return owned[a].right || owned[a].lost || pin.disabled;
	/* One that somebody made: who knows it is the card's word. */
	return 1;
}

/* What a rule asks for, reckoned from what was sent. */
static int
may(uint16_t i, enum card_op op, uint16_t df, int protected)
{
	const struct card_rule *rule = &before.file[i].rule[op];

	if (rule->needs == ACCESS_NEVER || ((rule->needs & ACCESS_SM) != 0 && !protected))
		return 0;
	if ((rule->needs & ACCESS_KEY) != 0 && !proved)
		return 0;
	return (rule->needs & ACCESS_PIN) == 0 || pin_in_order(&before, df, rule->pin);
}

static int
may_one_of(uint16_t i, const enum card_op *ops, size_t n, int protected)
{
	for (size_t k = 0; k < n; k++)
		if (may(i, ops[k], before.file[i].parent, protected))
			return 1;
	return 0;
}

#define MAY(i, ...) may_one_of(i, (const enum card_op[]){ __VA_ARGS__ }, \
	sizeof((const enum card_op[]){ __VA_ARGS__ }) / sizeof(enum card_op), protected)

static int
is_being_made(uint16_t df)
{
	return before.file[df].kind == FILE_DF && before.file[df].life == LIFE_INITIALISATION;
}

/* The credential is loaded as a whole, by the rule of its keys. */
static int
may_load(int protected)
{
	return protected && (owned[1].right || owned[1].lost);
}

static void
check_came(uint16_t i, int protected)
{
	uint16_t df = d.card.data.file[i].parent;

	if (df >= before.files_n || before.file[df].kind != FILE_DF)
		broken("a file stands where no DF was");
	if (!is_being_made(df) && !may(df, OP_CREATE, df, protected) &&
	    !(d.card.data.file[i].kind == FILE_OBJECT && may(df, OP_UPDATE, df, protected)))
		broken("a file came by nobody's leave");
}

static void
check_went(uint16_t i, int protected)
{
	uint16_t parent;

	if (i < first.card.data.files_n)
		broken("a file of the factory went");
	for (; i != 0; i = parent) {
		parent = before.file[i].parent;
		if (is_being_made(parent) || MAY(i, OP_DELETE) ||
		    (before.file[i].kind == FILE_OBJECT &&
		    may(parent, OP_CREATE, parent, protected)))
			return;
	}
	broken("a file went by nobody's leave");
}

static void
check_pin(uint16_t i)
{
	struct pin was, is;
	uint16_t parent = before.file[i].parent;

	pin_get(&before, i, &was);
	pin_get(&d.card.data, i, &is);
	if (memcmp(was.verifier, is.verifier, sizeof(is.verifier)) != 0 || is.tries > was.tries ||
	    is.disabled != was.disabled) {
		/* By itself, by the PIN that unblocks it, or by a rule. */
		if (!pin_in_order(&before, parent, before.file[i].ref) &&
		    (was.puk == 0 || !pin_in_order(&before, parent, was.puk)) &&
		    !may(i, OP_UPDATE, parent, 1))
			broken("a PIN changed by nobody's leave");
	}
	if (was.min != is.min || was.max != is.max || was.tries_max != is.tries_max ||
	    was.puk != is.puk || (is.factory && !was.factory))
		broken("what a PIN is like changed");
}

/* Before it came to its content: what stands in the table. */
static void
check_header(uint16_t i, int protected)
{
	struct card_file was = before.file[i];
	const struct card_file *is = &d.card.data.file[i];

	was.at = is->at;
	was.size = is->size;
	was.records = is->records;
	was.newest = is->newest;
	if (was.life != is->life && !MAY(i, OP_ACTIVATE, OP_DEACTIVATE, OP_TERMINATE) &&
	    !is_being_made(i))
		broken("a life changed by nobody's leave");
	was.life = is->life;
	if (memcmp(&was, is, sizeof(was)) != 0)
		broken("what a file is like changed");
}

static int
same_content(uint16_t i)
{
	const struct card_file *was = &before.file[i], *is = &d.card.data.file[i];

	return was->size == is->size && was->records == is->records &&
	    was->newest == is->newest && (was->size == 0 ||
	    memcmp(files_bytes(&before, i), files_bytes(&d.card.data, i), was->size) == 0);
}

/* Of a secret key nothing but the tries is other, and they are no more but for a right answer. */
static int
only_tries_of_key(uint16_t i)
{
	struct key was, is;
	int r;

	key_get(&before, i, &was);
	key_get(&d.card.data, i, &is);
	r = is.aes.tries <= was.aes.tries || proved;
	was.aes.tries = is.aes.tries;
	return r && memcmp(&was, &is, sizeof(was)) == 0;
}

static void
check_stayed(uint16_t i, int protected)
{
	uint8_t kind = before.file[i].kind;

	check_header(i, protected);
	if (same_content(i) || kind == FILE_DF || kind == FILE_WINDOW)
		return;
	if (kind == FILE_PIN)
		check_pin(i);
	else if (kind == FILE_KEY && before.file[i].key == KEY_AES && only_tries_of_key(i))
		return;
	else if (!(kind == FILE_KEY ? MAY(i, OP_LOAD) : MAY(i, OP_UPDATE, OP_WRITE, OP_APPEND,
	    OP_ERASE)) && !may_load(protected) &&
	    !(kind == FILE_OBJECT && (is_being_made(before.file[i].parent) ||
	    may(before.file[i].parent, OP_CREATE, before.file[i].parent, protected))))
		broken("a content changed by nobody's leave");
}

static int
is_same_file(uint16_t i)
{
	return before.file[i].kind == d.card.data.file[i].kind &&
	    before.file[i].fid == d.card.data.file[i].fid &&
	    before.file[i].parent == d.card.data.file[i].parent;
}

static int
is_unchanged(void)
{
	const struct card_data *now = &d.card.data;

	return now->files_n == before.files_n && now->space_n == before.space_n &&
	    memcmp(now->file, before.file, sizeof(now->file[0]) * now->files_n) == 0 &&
	    memcmp(now->space, before.space, now->space_n) == 0;
}

static void
check_changes(int protected)
{
	const struct card_data *now = &d.card.data;

	if (memcmp(now->serial, before.serial, sizeof(now->serial)) != 0 ||
	    memcmp(now->device_scalar, before.device_scalar, sizeof(now->device_scalar)) != 0)
		broken("number or device key changed");
	for (uint16_t i = 0; i < CARD_FILES_MAX; i++) {
		int was = before.file[i].kind != FILE_FREE, is = now->file[i].kind != FILE_FREE;

		if (was && (!is || !is_same_file(i)))
			check_went(i, protected);
		if (is && (!was || !is_same_file(i)))
			check_came(i, protected);
		if (is && was && is_same_file(i))
			check_stayed(i, protected);
	}
}

/* The tries of PINs and keys may be fewer by a command that fails; nothing else may be other. */
static void
check_only_tries(void)
{
	const struct card_data *now = &d.card.data;
	struct pin was, is;

	if (now->files_n != before.files_n || now->space_n != before.space_n ||
	    memcmp(now->file, before.file, sizeof(now->file[0]) * now->files_n) != 0)
		broken("an error has changed a file");
	for (uint16_t i = 0; i < now->files_n; i++) {
		if (same_content(i) || (now->file[i].kind == FILE_KEY &&
		    now->file[i].key == KEY_AES && only_tries_of_key(i)))
			continue;
		if (now->file[i].kind != FILE_PIN)
			broken("an error has changed a content");
		pin_get(&before, i, &was);
		pin_get(now, i, &is);
		/* A right PIN with a new one that may not be gives all tries back. */
		was.tries = is.tries;
		if (memcmp(&was, &is, sizeof(was)) != 0)
			broken("an error has changed a PIN");
	}
}

static void
check_proven(void)
{
	const struct card *c = &d.card;

	for (size_t a = 0; a < OWNED; a++)
		if (c->proven[owned[a].pin] && ((!owned[a].right && !owned[a].lost) ||
		    !files_within(&c->data, c->df, owned[a].df)))
			broken("a PIN is verified that is not");
	for (uint16_t i = 0; i < CARD_FILES_MAX; i++)
		if (c->proven[i] && c->data.file[i].kind != FILE_PIN &&
		    c->data.file[i].kind != FILE_KEY)
			broken("something is proven that is nothing");
	for (uint16_t i = 0; i < c->data.files_n && !proved; i++)
		if (c->data.file[i].kind == FILE_KEY && c->proven[i])
			broken("a key is proven that is not");
}

static void
check_disk(void)
{
	deck_disk(&d, &d.card.next);
	if (memcmp(&d.card.next, &d.card.data, sizeof(d.card.data)) != 0)
		broken("the disk holds something else");
}

static int
is_error(uint16_t sw)
{
	return sw != SW_OK && sw >> 8 != 0x61 && sw >> 8 != 0x62;
}

static int
has_died(void)
{
	return dies && d.saves >= d.fail_at;
}

/* After a step that may have changed something, through the channel or not. */
static void
check(uint16_t sw, int protected)
{
	if (has_died() || is_unchanged())
		return;
	if (!card_data_is_sound(&d.card.data))
		broken("a state that cannot be");
	check_disk();
	check_changes(protected);
	if (is_error(sw))
		check_only_tries();
	for (size_t a = 0; a < OWNED; a++) {
		struct pin was, is;

		pin_get(&before, owned[a].pin, &was);
		pin_get(&d.card.data, owned[a].pin, &is);
		owned[a].lost |= memcmp(was.verifier, is.verifier, sizeof(is.verifier)) != 0;
	}
	before = d.card.data;
}

/*
 * 63Cx says that something was compared, which then was charged before: not so when a state is
 * asked.
 */
static void
check_charged(size_t n, uint16_t sw)
{
	enum { HEADER_LC = 5 };

	if (n > HEADER_LC && sw >> 4 == SW_COUNTER >> 4 && is_unchanged() && !has_died())
		broken("a try for nothing");
}

static void
check_secrets(const uint8_t *p, size_t n, int protected)
{
	if (n < SECRET_PART)
		return;
	for (size_t s = 0; s < secrets_n; s++) {
		if (secrets[s].share && protected && (owned[0].right || owned[0].lost))
			continue;
		for (size_t at = 0; at + SECRET_PART <= secrets[s].n; at += STRIDE)
			if (memmem(p, n, secrets[s].p + at, SECRET_PART) != NULL)
				broken(secrets[s].share ? "the share came out" :
				    "a secret came out");
	}
}

/* ISO 7816-4:2005 5.1.3; 6F00 is for what cannot be. */
static void
check_answer(uint16_t sw, size_t n)
{
	if ((sw >> 12 != 6 && sw >> 12 != 9) || sw == SW_INTERNAL || (is_error(sw) && n != 0))
		broken("an answer that may not be");
}

/* Whether what was read, and the key that was used, were for who asked. */
static void
check_leave(const uint8_t *p, size_t n, int protected)
{
	static const struct {
		uint8_t ins, p1;
		enum card_se_use use;
	} uses[] = {
		{ INS_PSO, 0x9e, SE_SIGN }, { INS_PSO, 0x80, SE_DECIPHER },
		{ INS_INTERNAL_AUTHENTICATE, 0x00, SE_INTERNAL },
	};
	const struct card *c = &d.card;
	uint16_t i = c->ef;
	uint8_t ref;

	if (n < 4)
		return;
	if ((p[1] == INS_READ_BINARY || p[1] == INS_READ_BINARY_ODD || p[1] == INS_READ_RECORD ||
	    p[1] == INS_READ_RECORD_ODD || p[1] == INS_SEARCH_RECORD) &&
	    (i == CARD_NO_FILE || !may(i, OP_READ, c->data.file[i].parent, protected)))
		broken("a content was read by nobody's leave");
	for (size_t u = 0; u < sizeof(uses) / sizeof(uses[0]); u++) {
		if (p[1] != uses[u].ins || p[2] != uses[u].p1)
			continue;
		ref = p[1] == INS_INTERNAL_AUTHENTICATE && p[3] != 0 ? p[3] :
		    c->se.use[uses[u].use].key;
		i = files_nearest(&c->data, c->df, FILE_KEY, ref);
		if (i == CARD_NO_FILE || !may(i, OP_USE, c->data.file[i].parent, protected))
			broken("a key was used by nobody's leave");
	}
}

static void
count(const uint8_t *p, size_t n, uint16_t sw)
{
	struct world_count *c = &world_counts[n > 1 ? p[1] : 0xff];

	c->sent++;
	c->done += !is_error(sw);
}

static uint16_t
send(const uint8_t *p, size_t n)
{
	uint16_t sw = deck_send(&d, p, n);
	int sealed = d.card.sm.open && n > 0 && p[0] == CLA_SM;

	count(p, n, sw);
	if (!sealed) {
		check_answer(sw, d.rsp_n);
		check_secrets(d.rsp, d.rsp_n, 0);
		check_charged(n, sw);
		/* In parts the header is that of the last. */
		if (!is_error(sw) && d.rsp_n > 0)
			check_leave(p, n, 0);
	}
	return sw;
}

static uint16_t
send_through_channel(const uint8_t *p, size_t n)
{
	static uint8_t out[CAPDU_MAX], data[RAPDU_MAX];
	struct apdu a;
	uint16_t sw;
	struct wr wr;

	wr_init(&wr, out, sizeof(out));
	if (!host.open || apdu_decode(p, n, &a) != 0 || sm_command_wrap(&host, &a, &wr) != 0)
		return SW_OK;
	d.rsp_n = card_transmit(&d.card, out, wr.n, d.rsp);
	wr_init(&wr, data, sizeof(data));
	/* The card has lost the channel, or says what the host can read. */
	if (sm_response_unwrap(&host, d.rsp, d.rsp_n, &wr, &sw) != 0) {
		if (d.card.sm.open)
			broken("the channel tells nothing");
		return SW_SM_WRONG;
	}
	count(p, n, sw);
	check_answer(sw, wr.n);
	check_secrets(data, wr.n, 1);
	check_charged(n, sw);
	if (!is_error(sw) && wr.n > 0)
		check_leave(p, n, 1);
	return sw;
}

/* The application whose PIN is meant where we are; the owner uses it in his own only. */
static void
owner_sends(const char *text)
{
	uint16_t pin = pin_meant(&d.card.data, d.card.df, PIN_REF), sw;
	uint8_t p[64];
	size_t n, a = 0;

	while (a < OWNED && owned[a].pin != pin)
		a++;
	if (a == OWNED)
		return;
	n = hex(text, p, sizeof(p));
	for (p[4] = 0; p[4] < (p[1] == INS_VERIFY ? 16 : 32); p[4] = (uint8_t)(p[4] + 16), n += 16)
		memcpy(p + n, WORLD_PIN, 16);
	if (!owned[a].lost)
		owned[a].right = 1;
	sw = send(p, n);
	if (p[1] == INS_CHANGE_REFERENCE && sw == SW_OK && !owned[a].lost) {
		/* It is the same again. */
		check(sw, 0);
		owned[a].lost = 0;
	}
	if (sw != SW_OK && !d.card.proven[pin] && !has_died())
		owned[a].right = 0;
	check(sw, 0);
}

static void
prove(void)
{
	uint8_t p[5 + KEY_AES_LEN] = { 0x00, INS_EXTERNAL_AUTHENTICATE, 0x00, RING_AES,
	    KEY_AES_LEN };
	uint8_t in[1 + CARD_CHALLENGE_MAX] = { INS_EXTERNAL_AUTHENTICATE };
	size_t n;

	if (send((const uint8_t *)"\x00\x84\x00\x00\x08", 5) != SW_OK)
		return;
	memcpy(in + 1, d.rsp, d.rsp_n);
	if (EVP_Q_mac(NULL, "CMAC", NULL, "AES-128-CBC", NULL, ring_secret, sizeof(ring_secret), in,
	    1 + d.rsp_n, p + 5, KEY_AES_LEN, &n) == NULL)
		abort();
	proved = 1;
	check(send(p, sizeof(p)), 0);
}

static void
fail_from(const uint8_t *p, size_t n, enum deck_fault fault)
{
	dies = fault == DECK_LOSES_POWER;
	d.fail_at = d.saves + 1 + (n > 0 ? p[0] % 3 : 0);
	d.fault = fault;
}

/* The disk took the last image or did not, and the card is without power. */
static void
after_death(int protected)
{
	deck_reload(&d);
	dies = 0;
	check(SW_OK, protected);
	powered();
}

void
world_do(enum world_step step, const uint8_t *p, size_t n)
{
	uint8_t atr[ATR_MAX];

	switch (step) {
	case WORLD_PLAIN:
		check(send(p, n), 0);
		break;
	case WORLD_CHANNEL:
		check(send_through_channel(p, n), 1);
		break;
	case WORLD_OPEN_CHANNEL:
		if (deck_open_channel(&d, &host) != 0)
			broken("no channel");
		break;
	case WORLD_RIGHT_PIN:
		owner_sends("00200081 00");
		break;
	case WORLD_CHANGE_PIN:
		owner_sends("00240081 00");
		break;
	case WORLD_PROVE:
		prove();
		break;
	case WORLD_RESET:
		card_power_up(&d.card, atr);
		powered();
		break;
	case WORLD_DISK_FULL:
		fail_from(p, n, DECK_REFUSES);
		break;
	case WORLD_DISK_DIES:
		fail_from(p, n, DECK_LOSES_POWER);
		break;
	case WORLD_DISK_WELL:
		d.fail_at = 0;
		d.fault = DECK_SOUND;
		dies = 0;
		break;
	default:
		deck_reload(&d);
		dies = 0;
		powered();
	}
	if (has_died())
		after_death(step == WORLD_CHANNEL);
	check_proven();
	for (size_t a = 0; a < OWNED; a++)
		owned[a].right &= files_within(&d.card.data, d.card.df, owned[a].df);
}

size_t
world_do_one(const uint8_t *p, size_t n)
{
	const uint8_t *bytes;
	enum world_step step;
	struct rd rd;
	size_t length;

	rd_init(&rd, p, n);
	step = (enum world_step)(rd_u8(&rd) % WORLD_STEPS);
	length = step == WORLD_PLAIN || step == WORLD_CHANNEL ? rd_u16(&rd) :
	    step == WORLD_DISK_FULL || step == WORLD_DISK_DIES ? 1 : 0;
	if (length > rd.n)
		length = rd.n;
	bytes = rd_view(&rd, length);
	world_do(step, bytes, length);
	return n - rd.n;
}

void
world_play(const uint8_t *p, size_t n)
{
	world_begin();
	for (size_t at = 0; at < n;)
		at += world_do_one(p + at, n - at);
}
