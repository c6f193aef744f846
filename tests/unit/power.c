#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "card-os/image.h"
#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"
#include "card-os/os/keys.h"
#include "card-os/os/pins.h"
#include "tests/unit/holder.h"
#include "tests/unit/deck.h"
#include "tests/unit/dice.h"
#include "tests/unit/keyring.h"
#include "tests/unit/power_disk.h"
#include "tests/unit/power_operations.h"
#include "tests/unit/suite.h"
#include "tests/unit/workshop.h"

/*
 * Power goes away: at each step that reaches the disk, and half way through each, with what
 * was not synced kept, lost and torn. What comes up again is one of the states that the
 * undisturbed operation goes through, byte by byte, and the last one before the step or the
 * first after it.
 */

enum { TEXT = 4096, VIOLATIONS_TOLD = 10 };

static struct deck base[POWER_CARDS], d, after;
static struct holder alice;
static struct card_data data;
static struct image image;
static struct power_log *dry, *cut_log;
static char dir[SUITE_DIR_MAX], path[128], beside[160];
static unsigned cuts, violations;

static void
violation(const struct power_operation *op, const struct power_cut *cut, const char *what)
{
	if (violations++ < VIOLATIONS_TOLD)
		printf("    %s, cut at %u%s (data %d, name %d): %s\n", op->says, cut->at,
		    cut->half ? " and a half" : "", cut->data, cut->name, what);
}

static void
write_file(const char *name, const uint8_t *p, size_t n)
{
	FILE *f = fopen(name, "w");

	if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		abort();
}

/* The next command of a text; NULL after the last. */
static const char *
next(const char *text, char one[TEXT])
{
	size_t n = strcspn(text, ";");

	if (*text == '\0')
		return NULL;
	if (n >= TEXT)
		abort();
	memcpy(one, text, n);
	one[n] = '\0';
	return text + n + (text[n] == ';');
}

static uint16_t
play(struct deck *deck, const char *text)
{
	char one[TEXT];
	uint16_t sw = 0;

	while ((text = next(text, one)) != NULL)
		sw = workshop_send(deck, one);
	return sw;
}

/* Through the channel, but for the PIN, which comes from the pad, plain. All of it has to work. */
static void
play_sealed(struct sm *sm, const char *text)
{
	char one[TEXT];
	uint8_t p[TEXT];
	size_t n;

	while ((text = next(text, one)) != NULL) {
		n = workshop_bytes(one, p, sizeof(p));
		if ((p[1] == INS_VERIFY ? deck_send(&d, p, n) : deck_bytes_sm(&d, sm, p, n)) !=
		    SW_OK)
			abort();
	}
}

/* The answer to the challenge that the card has just given, by the secret of the ring. */
static size_t
answer(uint8_t *out, int wrong)
{
	static const uint8_t head[] = { 0x00, INS_EXTERNAL_AUTHENTICATE, 0x00, RING_AES, 16 };
	uint8_t key[KEY_AES_LEN], in[1 + CARD_CHALLENGE_MAX];
	size_t n;

	for (uint8_t i = 0; i < sizeof(key); i++)
		key[i] = i;
	in[0] = INS_EXTERNAL_AUTHENTICATE;
	memcpy(in + 1, d.rsp, d.rsp_n);
	memcpy(out, head, sizeof(head));
	if (EVP_Q_mac(NULL, "CMAC", NULL, "AES-128-CBC", NULL, key, sizeof(key), in, d.rsp_n + 1,
	    out + sizeof(head), 16, &n) == NULL)
		abort();
	out[sizeof(head)] ^= (uint8_t)wrong;
	return sizeof(head) + n;
}

/* What goes to the card, where it is no text that is sent as it is; else 0 bytes. */
static size_t
prepare(const struct power_operation *op, struct sm *sm, uint8_t *out, size_t cap)
{
	static uint8_t p[TEXT];
	struct apdu a;
	struct wr wr;
	size_t n;

	if (strcmp(op->command, POWER_ANSWERS) == 0)
		return answer(out, 0);
	if (strcmp(op->command, POWER_ANSWERS_WRONG) == 0)
		return answer(out, 1);
	if (!op->channel)
		return 0;
	n = strcmp(op->command, POWER_LOADS) == 0 ? holder_command(&alice, p, sizeof(p)) :
	    workshop_bytes(op->command, p, sizeof(p));
	wr_init(&wr, out, cap);
	if (apdu_decode(p, n, &a) != 0 || sm_command_wrap(sm, &a, &wr) != 0)
		abort();
	return wr.n;
}

static int
save(void *arg, const uint8_t *p, size_t n)
{
	struct power_log *log = arg;
	int r = image_save(&image, p, n);

	if (r == 0 && log->saves + 1 < POWER_STATES) {
		log->saves++;
		memcpy(log->state[log->saves], p, n);
		log->n[log->saves] = n;
	}
	return r;
}

/* The card as it stands in d, its file at path; one process, which the cut ends. */
static int
run(const struct power_operation *op, const uint8_t *command, size_t command_n,
    const struct power_cut *cut, struct power_log *log)
{
	int status;
	pid_t child;

	log->steps = log->saves = log->compared = 0;
	log->answered = 0;
	fflush(stdout);
	if ((child = fork()) == 0) {
		if (image_open(&image, path) != 0)
			_exit(1);
		d.card.store.save = save;
		d.card.store.arg = log;
		power_arm(cut, log, path);
		log->sw = command_n > 0 ? deck_send(&d, command, command_n) :
		    play(&d, op->command);
		log->answered = 1;
		power_step(POWER_ANSWER);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		abort();
	return WEXITSTATUS(status);
}

static unsigned
tries_of(const uint8_t *p, size_t n, const struct power_counter *of)
{
	struct pin pin;
	struct key key;
	uint16_t i = 0;

	if (card_data_decode(p, n, &data) != 0)
		abort();
	while (i < data.files_n && (data.file[i].fid != of->fid || data.file[i].kind == FILE_FREE ||
	    data.file[data.file[i].parent].fid != of->df))
		i++;
	if (i == data.files_n)
		abort();
	if (data.file[i].kind == FILE_KEY) {
		key_get(&data, i, &key);
		return key.aes.tries;
	}
	pin_get(&data, i, &pin);
	return pin.tries;
}

static void
after_from(const uint8_t *p, size_t n)
{
	memcpy(after.disk, p, n);
	after.n = n;
	deck_reload(&after);
}

/* Both PINs of a state by the front door: one of old and new is right, none when it is blocked. */
static int
pins_work(const uint8_t *p, size_t n)
{
	static const char *const application[] = { SELECT_SHARE, SELECT_SLOT };
	static const char *const verify[] = { VERIFY_RIGHT, "00200081 06 363534333231" };
	unsigned right, blocked;

	for (size_t a = 0; a < 2; a++) {
		right = blocked = 0;
		for (size_t v = 0; v < 2; v++) {
			after_from(p, n);
			if (deck_hex(&after, application[a]) != SW_OK)
				return 0;
			blocked = deck_hex(&after, "00200081") == SW_BLOCKED;
			right += deck_hex(&after, verify[v]) == SW_OK;
		}
		if (right != !blocked)
			return 0;
	}
	return 1;
}

/* The states that the operation goes through are right themselves. */
static void
check_states(const struct power_operation *op, const struct power_log *log)
{
	static const struct power_cut none;
	unsigned before = 0, tries;

	/* The charge and what follows it; all else is one step, old before and new after. */
	if (log->saves != (op->proof == RIGHT ? 2 : 1))
		violation(op, &none, "not so many saves");
	if (op->of != NULL)
		before = tries_of(log->state[0], log->n[0], op->of);
	for (unsigned i = 0; i <= log->saves; i++) {
		if (!pins_work(log->state[i], log->n[i]))
			violation(op, &none, "a PIN that does not work");
		if (i == 0 || op->proof == NO_PROOF)
			continue;
		tries = tries_of(log->state[i], log->n[i], op->of);
		if (op->proof == WRONG || i < log->saves ? tries != before - 1 :
		    tries != op->of->max)
			violation(op, &none, "tries that are not counted");
	}
}

static int
is_state(const struct power_log *log, unsigned i, const uint8_t *p, size_t n)
{
	return i <= log->saves && n == log->n[i] && memcmp(p, log->state[i], n) == 0;
}

/* The card afterwards, as another pad finds it. */
static void
check_after(const struct power_operation *op, const struct power_cut *cut)
{
	static uint8_t p[CARD_IMAGE_MAX], q[CARD_IMAGE_MAX];
	const struct power_log *log = cut_log;
	unsigned tries, before;
	struct image im;
	size_t n, again;

	if (image_open(&im, path) != 0 || image_read(&im, p, sizeof(p), &n) != 0 ||
	    card_data_decode(p, n, &data) != 0) {
		violation(op, cut, "no card any more");
		image_close(&im);
		return;
	}
	if (!is_state(dry, log->saves, p, n) &&
	    (log->answered || !is_state(dry, log->saves + 1, p, n)))
		violation(op, cut, "neither the old nor the new");
	if (log->answered && !is_state(dry, dry->saves, p, n))
		violation(op, cut, "answered, and not done");
	if (op->of != NULL) {
		before = tries_of(dry->state[0], dry->n[0], op->of);
		tries = tries_of(p, n, op->of);
		if (tries > before && (op->proof == WRONG || log->compared == 0))
			violation(op, cut, "a try for nothing");
		if (log->compared > 0 && tries >= before && !is_state(dry, dry->saves, p, n))
			violation(op, cut, "compared, and not charged");
	}
	/* What was left beside is in nobody's way. */
	if (image_save(&im, p, n) != 0 || image_read(&im, q, sizeof(q), &again) != 0 ||
	    again != n || memcmp(p, q, n) != 0 || access(beside, F_OK) == 0)
		violation(op, cut, "cannot be saved again");
	image_close(&im);
}

static void
make_cut(const struct power_operation *op, const uint8_t *command, size_t n,
    const struct power_cut *cut)
{
	write_file(path, dry->state[0], dry->n[0]);
	/* Of an earlier accident. */
	if (cuts % 2 == 1)
		write_file(beside, dry->state[0], dry->n[0] / 3);
	if (run(op, command, n, cut, cut_log) != POWER_LOST)
		violation(op, cut, "did not end there");
	else
		check_after(op, cut);
	cuts++;
}

/* Each way in which that step can be cut: as many as make a difference. */
static void
cut_step(const struct power_operation *op, const uint8_t *command, size_t n, unsigned at)
{
	int writes = dry->step[at - 1] == POWER_WRITE;
	int data_open, name_open = dry->name_open[at - 1];
	struct power_cut cut = { .at = at };

	for (cut.half = 0; cut.half <= writes; cut.half++) {
		data_open = dry->data_open[at - 1] || cut.half;
		for (int how = 0; how < (data_open ? DATAS : 1); how++)
			for (int name = 0; name < (name_open ? NAMES : 1); name++) {
				cut.data = (enum power_data)how;
				cut.name = (enum power_name)name;
				make_cut(op, command, n, &cut);
			}
	}
}

static void
cut_operation(const struct power_operation *op)
{
	static uint8_t command[TEXT];
	static const struct power_cut none;
	struct sm sm;
	size_t n;

	memcpy(d.disk, base[op->card].disk, base[op->card].n);
	d.n = base[op->card].n;
	deck_reload(&d);
	if (op->channel) {
		OK(deck_open_channel(&d, &sm));
		play_sealed(&sm, op->before);
	} else {
		play(&d, op->before);
	}
	n = prepare(op, &sm, command, sizeof(command));
	memcpy(dry->state[0], d.disk, d.n);
	dry->n[0] = d.n;
	write_file(path, d.disk, d.n);
	if (run(op, command, n, &none, dry) != 0)
		violation(op, &none, "does not come through");
	/* Through the channel the word is sealed; that it was done shows. */
	if (!op->channel && dry->sw != op->sw) {
		printf("    %s: %04x\n", op->says, dry->sw);
		violation(op, &none, "another answer");
	}
	check_states(op, dry);
	for (unsigned at = 1; at <= dry->steps; at++)
		cut_step(op, command, n, at);
}

static void *
shared(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

static void
begin(void)
{
	struct sm sm;

	suite_dir(dir);
	snprintf(path, sizeof(path), "%s/alice.card", dir);
	snprintf(beside, sizeof(beside), "%s.new", path);
	dice_seed(1);
	deck_new(&base[NEW_CARD]);
	holder_make(&alice);
	base[WITH_CREDENTIAL] = base[NEW_CARD];
	deck_reload(&base[WITH_CREDENTIAL]);
	if (holder_load(&base[WITH_CREDENTIAL], &sm, &alice) != SW_OK)
		abort();
	workshop_new(&base[WITH_WORKSHOP]);
	if (play(&base[WITH_WORKSHOP], power_workshop_files) != SW_OK)
		abort();
	keyring_new(&base[WITH_KEYS]);
	keyring_load_aes(&base[WITH_KEYS]);
	dry = shared(sizeof(*dry));
	cut_log = shared(sizeof(*cut_log));
}

static void
power_lost_at_any_step_leaves_old_or_new_and_no_free_try(void)
{
	begin();
	for (size_t i = 0; i < power_operations_n; i++)
		cut_operation(&power_operations[i]);
	holder_free(&alice);
	printf("operations %zu, cuts made %u, violations %u\n", power_operations_n, cuts,
	    violations);
	CU_ASSERT_EQUAL(violations, 0);
	CU_ASSERT(cuts > 20 * power_operations_n);
}

static const struct sentence sentences[] = {
	SENTENCE(power_lost_at_any_step_leaves_old_or_new_and_no_free_try),
};

SUITE("power", sentences)
