#include "tests/fuzz/rules.h"

#include <string.h>

#include "card-os/os/files.h"
#include "card-os/os/keys.h"
#include "card-os/os/pins.h"
#include "card-os/os/sound.h"
#include "tests/fuzz/answer.h"

static int
may_one_of(const struct scene *s, uint16_t i, const enum card_op *ops, size_t n, int protected)
{
	for (size_t k = 0; k < n; k++)
		if (scene_may(s, i, ops[k], s->before.file[i].parent, protected))
			return 1;
	return 0;
}

#define MAY(i, ...) may_one_of(s, i, (const enum card_op[]){ __VA_ARGS__ }, \
	sizeof((const enum card_op[]){ __VA_ARGS__ }) / sizeof(enum card_op), protected)

static int
is_being_made(const struct scene *s, uint16_t df)
{
	return s->before.file[df].kind == FILE_DF && s->before.file[df].life == LIFE_INITIALISATION;
}

/* The credential is loaded as a whole, by the rule of its keys. */
static int
may_load(const struct scene *s, int protected)
{
	return protected && (s->owned[1].right || s->owned[1].lost);
}

static void
check_came(const struct scene *s, uint16_t i, int protected)
{
	uint16_t df = s->deck.card.data.file[i].parent;

	if (df >= s->before.files_n || s->before.file[df].kind != FILE_DF)
		scene_broken("a file stands where no DF was");
	if (!is_being_made(s, df) && !scene_may(s, df, OP_CREATE, df, protected) &&
	    !(s->deck.card.data.file[i].kind == FILE_OBJECT &&
	    scene_may(s, df, OP_UPDATE, df, protected)))
		scene_broken("a file came by nobody's leave");
}

static void
check_went(const struct scene *s, uint16_t i, int protected)
{
	uint16_t parent;

	if (i < s->factory_n)
		scene_broken("a file of the factory went");
	for (; i != 0; i = parent) {
		parent = s->before.file[i].parent;
		if (is_being_made(s, parent) || MAY(i, OP_DELETE) ||
		    (s->before.file[i].kind == FILE_OBJECT &&
		    scene_may(s, parent, OP_CREATE, parent, protected)))
			return;
	}
	scene_broken("a file went by nobody's leave");
}

static void
check_pin(const struct scene *s, uint16_t i)
{
	struct pin was, is;
	uint16_t parent = s->before.file[i].parent;

	pin_get(&s->before, i, &was);
	pin_get(&s->deck.card.data, i, &is);
	if (memcmp(was.verifier, is.verifier, sizeof(is.verifier)) != 0 || is.tries > was.tries ||
	    is.disabled != was.disabled) {
		/* By itself, by the PIN that unblocks it, or by a rule. */
		if (!scene_pin_in_order(s, parent, s->before.file[i].ref) &&
		    (was.puk == 0 || !scene_pin_in_order(s, parent, was.puk)) &&
		    !scene_may(s, i, OP_UPDATE, parent, 1))
			scene_broken("a PIN changed by nobody's leave");
	}
	if (was.min != is.min || was.max != is.max || was.tries_max != is.tries_max ||
	    was.puk != is.puk || (is.factory && !was.factory))
		scene_broken("what a PIN is like changed");
}

/* Before it came to its content: what stands in the table. */
static void
check_header(const struct scene *s, uint16_t i, int protected)
{
	struct card_file was = s->before.file[i];
	const struct card_file *is = &s->deck.card.data.file[i];

	was.at = is->at;
	was.size = is->size;
	was.records = is->records;
	was.newest = is->newest;
	if (was.life != is->life && !MAY(i, OP_ACTIVATE, OP_DEACTIVATE, OP_TERMINATE) &&
	    !is_being_made(s, i))
		scene_broken("a life changed by nobody's leave");
	was.life = is->life;
	if (memcmp(&was, is, sizeof(was)) != 0)
		scene_broken("what a file is like changed");
}

static int
same_content(const struct scene *s, uint16_t i)
{
	const struct card_file *was = &s->before.file[i], *is = &s->deck.card.data.file[i];

	return was->size == is->size && was->records == is->records &&
	    was->newest == is->newest && (was->size == 0 ||
	    memcmp(files_bytes(&s->before, i), files_bytes(&s->deck.card.data, i), was->size) == 0);
}

/* Of a secret key nothing but the tries is other, and they are no more but for a right answer. */
static int
only_tries_of_key(const struct scene *s, uint16_t i)
{
	struct key was, is;
	int r;

	key_get(&s->before, i, &was);
	key_get(&s->deck.card.data, i, &is);
	r = is.aes.tries <= was.aes.tries || s->proved;
	was.aes.tries = is.aes.tries;
	return r && memcmp(&was, &is, sizeof(was)) == 0;
}

static void
check_stayed(const struct scene *s, uint16_t i, int protected)
{
	uint16_t parent = s->before.file[i].parent;
	uint8_t kind = s->before.file[i].kind;

	check_header(s, i, protected);
	if (same_content(s, i) || kind == FILE_DF || kind == FILE_WINDOW)
		return;
	if (kind == FILE_PIN)
		check_pin(s, i);
	else if (kind == FILE_KEY && s->before.file[i].key == KEY_AES && only_tries_of_key(s, i))
		return;
	else if (!(kind == FILE_KEY ? MAY(i, OP_LOAD) : MAY(i, OP_UPDATE, OP_WRITE, OP_APPEND,
	    OP_ERASE)) && !may_load(s, protected) &&
	    !(kind == FILE_OBJECT && (is_being_made(s, parent) ||
	    scene_may(s, parent, OP_CREATE, parent, protected))))
		scene_broken("a content changed by nobody's leave");
}

static int
is_same_file(const struct scene *s, uint16_t i)
{
	return s->before.file[i].kind == s->deck.card.data.file[i].kind &&
	    s->before.file[i].fid == s->deck.card.data.file[i].fid &&
	    s->before.file[i].parent == s->deck.card.data.file[i].parent;
}

static void
check_changes(const struct scene *s, int protected)
{
	const struct card_data *now = &s->deck.card.data;

	if (memcmp(now->serial, s->before.serial, sizeof(now->serial)) != 0 ||
	    memcmp(now->device_scalar, s->before.device_scalar, sizeof(now->device_scalar)) != 0)
		scene_broken("number or device key changed");
	for (uint16_t i = 0; i < CARD_FILES_MAX; i++) {
		int was = s->before.file[i].kind != FILE_FREE, is = now->file[i].kind != FILE_FREE;

		if (was && (!is || !is_same_file(s, i)))
			check_went(s, i, protected);
		if (is && (!was || !is_same_file(s, i)))
			check_came(s, i, protected);
		if (is && was && is_same_file(s, i))
			check_stayed(s, i, protected);
	}
}

/* The tries of PINs and keys may be fewer by a command that fails; nothing else may be other. */
static void
check_only_tries(const struct scene *s)
{
	const struct card_data *now = &s->deck.card.data;
	struct pin was, is;

	if (now->files_n != s->before.files_n || now->space_n != s->before.space_n ||
	    memcmp(now->file, s->before.file, sizeof(now->file[0]) * now->files_n) != 0)
		scene_broken("an error has changed a file");
	for (uint16_t i = 0; i < now->files_n; i++) {
		if (same_content(s, i) || (now->file[i].kind == FILE_KEY &&
		    now->file[i].key == KEY_AES && only_tries_of_key(s, i)))
			continue;
		if (now->file[i].kind != FILE_PIN)
			scene_broken("an error has changed a content");
		pin_get(&s->before, i, &was);
		pin_get(now, i, &is);
		/* A right PIN with a new one that may not be gives all tries back. */
		was.tries = is.tries;
		if (memcmp(&was, &is, sizeof(was)) != 0)
			scene_broken("an error has changed a PIN");
	}
}

void
rules_check_proven(const struct scene *s)
{
	const struct card *c = &s->deck.card;

	for (size_t a = 0; a < SCENE_OWNED; a++)
		if (c->proven[s->owned[a].pin] && ((!s->owned[a].right && !s->owned[a].lost) ||
		    !files_within(&c->data, c->df, s->owned[a].df)))
			scene_broken("a PIN is verified that is not");
	for (uint16_t i = 0; i < CARD_FILES_MAX; i++)
		if (c->proven[i] && c->data.file[i].kind != FILE_PIN &&
		    c->data.file[i].kind != FILE_KEY)
			scene_broken("something is proven that is nothing");
	for (uint16_t i = 0; i < c->data.files_n && !s->proved; i++)
		if (c->data.file[i].kind == FILE_KEY && c->proven[i])
			scene_broken("a key is proven that is not");
}

static void
check_disk(struct scene *s)
{
	deck_disk(&s->deck, &s->deck.card.next);
	if (memcmp(&s->deck.card.next, &s->deck.card.data, sizeof(s->deck.card.data)) != 0)
		scene_broken("the disk holds something else");
}

void
rules_check(struct scene *s, uint16_t sw, int protected)
{
	if (scene_has_died(s) || scene_is_unchanged(s))
		return;
	if (!card_data_is_sound(&s->deck.card.data))
		scene_broken("a state that cannot be");
	check_disk(s);
	check_changes(s, protected);
	if (answer_is_error(sw))
		check_only_tries(s);
	for (size_t a = 0; a < SCENE_OWNED; a++) {
		struct pin was, is;

		pin_get(&s->before, s->owned[a].pin, &was);
		pin_get(&s->deck.card.data, s->owned[a].pin, &is);
		s->owned[a].lost |= memcmp(was.verifier, is.verifier, sizeof(is.verifier)) != 0;
	}
	s->before = s->deck.card.data;
}
