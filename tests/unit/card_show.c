#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "card-os/apps/layout.h"
#include "card-os/os/files.h"
#include "card-os/os/keys.h"
#include "card-os/os/pins.h"
#include "simulator/card_show.h"
#include "tests/unit/suite.h"

static struct card_data card;
static char *text;

typedef void show(FILE *, const struct card_data *);

static void
shown(show *how)
{
	size_t n;
	FILE *out;

	free(text);
	text = NULL;
	if ((out = open_memstream(&text, &n)) == NULL)
		abort();
	how(out, &card);
	if (fclose(out) != 0)
		abort();
}

static uint16_t
at(const char *path)
{
	uint8_t p[2 * CARD_DEPTH];
	uint16_t i = files_path(&card, 0, p, hex(path, p, sizeof(p)));

	if (i == CARD_NO_FILE)
		abort();
	return i;
}

static uint16_t
add(const char *df, struct card_file f)
{
	uint16_t i;

	f.parent = at(df);
	f.life = f.life == 0 ? LIFE_ACTIVATED : f.life;
	if ((i = files_add(&card, &f)) == CARD_NO_FILE)
		abort();
	return i;
}

static void
start(void)
{
	OK(layout_make(&card, "tcos"));
}

/* The text has that line, but for how many blanks part its words. */
static int
has(const char *line)
{
	const char *p = text, *q;

	for (; p != NULL && *p != '\0'; p = strchr(p, '\n') == NULL ? NULL : strchr(p, '\n') + 1) {
		for (q = line; *p != '\0' && *p != '\n' && *q == *p; q++)
			for (p++; *p == ' ' && p[-1] == ' ';)
				p++;
		if (*q == '\0' && (*p == '\n' || *p == '\0'))
			return 1;
	}
	printf("    no '%s' in:\n%s", line, text);
	return 0;
}

static void
a_new_card_is_a_tree(void)
{
	start();
	shown(card_show_files);
	CU_ASSERT(has("3F00 DF master file; read: anyone"));
	CU_ASSERT(has(" 2F02 binary 0 serial number, empty; read: anyone"));
	CU_ASSERT(has(" 5A01 DF backup share, AID F043415244494E414C01; read: anyone; create: PIN 81"));
	CU_ASSERT(has(" 4102 binary 128 share, empty; read, update: PIN 81 and channel"));
	CU_ASSERT(has(" 4101 window 64 header of the share, begins 4102, empty; read: anyone"));
	CU_ASSERT(has(" 5101 key 84 signing key, RSA-2048, empty; use: PIN 81;"
	    " load: PIN 81 and channel"));
	CU_ASSERT(strstr(text, "\n    4102 ") > strstr(text, "\n  5A01 "));
}

static void
a_pin_shows_its_tries_and_whose_it_is(void)
{
	struct pin pin;
	uint16_t i;

	start();
	i = at("5A01 5081");
	pin_get(&card, i, &pin);
	shown(card_show_files);
	CU_ASSERT(has(" 5081 PIN 81 none yet, tries left: 3 of 3, 6 to 16 digits"));
	pin.digits = 6;
	pin_put(&card, i, &pin);
	shown(card_show_files);
	CU_ASSERT(has(" 5081 PIN 81 factory PIN, tries left: 3 of 3, 6 to 16 digits"));
	pin.factory = 0;
	pin.tries = 0;
	pin.puk = 0x82;
	pin.disabled = 1;
	pin_put(&card, i, &pin);
	shown(card_show_files);
	CU_ASSERT(has(" 5081 PIN 81 own PIN, tries left: 0 of 3, 6 to 16 digits, unblocked by 82,"
	    " not asked for"));
}

static void
a_key_that_is_there_is_present(void)
{
	start();
	*files_content(&card, at("5A02 5102")) = 1;
	*files_content(&card, at("5A01 4102")) = 1;
	shown(card_show_files);
	CU_ASSERT(has(" 5102 key 85 agreement key, P-256 ECDH, present; use, load: PIN 81 and channel"));
	CU_ASSERT(has(" 5101 key 84 signing key, RSA-2048, empty; use: PIN 81;"
	    " load: PIN 81 and channel"));
	CU_ASSERT(has(" 4102 binary 128 share; read, update: PIN 81 and channel"));
}

static void
a_key_with_tries_shows_them(void)
{
	struct key key = { .type = KEY_AES, .there = 1, .aes = { .tries = 2, .tries_max = 5 } };
	uint16_t i;

	start();
	i = add("5A01", (struct card_file){ .kind = FILE_KEY, .fid = 0x5103, .ref = 0x83,
	    .key = KEY_AES, .size = (uint16_t)key_content(KEY_AES) });
	shown(card_show_files);
	CU_ASSERT(has(" 5103 key 83 file, AES-128, empty"));
	key_put(&card, i, &key);
	shown(card_show_files);
	CU_ASSERT(has(" 5103 key 83 file, AES-128, present, tries left: 2 of 5"));
	shown(card_show_files_json);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"type\":\"AES-128\",\"present\":true,\"tries\":2,"
	    "\"tries_max\":5"));
}

static void
files_of_others_are_told_by_their_numbers(void)
{
	start();
	add("5A01", (struct card_file){ .kind = FILE_DF, .fid = 0x5a01, .aid_n = 2, .aid = "\xf0z" });
	add("5A01 5A01", (struct card_file){ .kind = FILE_EF, .fid = FID_SHARE, .size = 3, .sfi = 5,
	    .rule[OP_WRITE] = { ACCESS_KEY | ACCESS_SM, 0, 0x83 },
	    .rule[OP_DELETE] = { ACCESS_PIN | ACCESS_KEY, 0x01, 0x02 } });
	add("", (struct card_file){ .kind = FILE_CYCLIC, .fid = 0x0102, .size = 12, .record = 4,
	    .records_max = 3, .records = 2 });
	add("", (struct card_file){ .kind = FILE_VARIABLE, .fid = 0x0103, .size = 12,
	    .record = 4, .records = 1 });
	add("", (struct card_file){ .kind = FILE_OBJECT, .fid = 0x5f, .size = 2 });
	shown(card_show_files);
	CU_ASSERT(has(" 5A01 DF file, AID F07A"));
	CU_ASSERT(has(" 4102 binary 3 file, empty, SFI 5; write: key 83 and channel;"
	    " delete: PIN 01 and key 02"));
	CU_ASSERT(has(" 0102 cyclic 12 file, records: 2 of 3"));
	CU_ASSERT(has(" 0103 variable 12 file, records: 1"));
	CU_ASSERT(has(" 5F object 2 object, empty"));
}

static void
what_is_out_of_use_says_so(void)
{
	start();
	card.file[at("5A01 4102")].life = LIFE_DEACTIVATED;
	card.file[at("5015 5031")].life = LIFE_TERMINATED;
	add("5A02", (struct card_file){ .kind = FILE_DF, .fid = 0x1000, .life = LIFE_INITIALISATION });
	shown(card_show_files);
	CU_ASSERT(has(" 4102 binary 128 share, empty, deactivated; read, update: PIN 81 and channel"));
	CU_ASSERT(has(" 5031 binary 0 ODF, empty, terminated; read: anyone"));
	CU_ASSERT(has(" 1000 DF file, being made"));
}

static void
room_is_what_one_more_file_may_take(void)
{
	char line[64];
	size_t room;

	start();
	room = files_room(&card);
	snprintf(line, sizeof(line), "room %zu of 65536 bytes free, %d more files", room,
	    CARD_FILES_MAX - card.files_n);
	shown(card_show_files);
	CU_ASSERT(has(line));
	add("", (struct card_file){ .kind = FILE_EF, .fid = 1, .size = (uint16_t)room });
	snprintf(line, sizeof(line), "room 0 of 65536 bytes free, %d more files",
	    CARD_FILES_MAX - card.files_n);
	shown(card_show_files);
	CU_ASSERT(has(line));
}

/* Two cards that differ in nothing but the digits of serial number, keys, PINs and contents. */
static void
contents_make_no_difference(void)
{
	static show *const ways[] = { card_show_files, card_show_files_json };
	char *first;

	for (size_t way = 0; way < 2; way++) {
		start();
		for (uint16_t i = 0; i < card.files_n; i++)
			if (card.file[i].kind == FILE_EF && card.file[i].size > 0)
				memset(files_content(&card, i), 0x11, card.file[i].size);
		*files_content(&card, at("5A02 5101")) = 1;
		shown(ways[way]);
		first = strdup(text);
		for (uint16_t i = 0; i < card.files_n; i++)
			if (card.file[i].kind == FILE_EF && card.file[i].size > 0)
				memset(files_content(&card, i), 0xa7, card.file[i].size);
		memset(files_content(&card, at("5A02 5101")) + 1, 0xa7, 700);
		memset(files_content(&card, at("5A02 5081")) + 8, 0xa7, PIN_SALT + PIN_VERIFIER);
		memset(card.serial, 0xa7, sizeof(card.serial));
		memset(card.device_scalar, 0xa7, sizeof(card.device_scalar));
		shown(ways[way]);
		CU_ASSERT_STRING_EQUAL(first, text);
		free(first);
	}
}

static json_t *
by_path(const json_t *files, const char *path)
{
	size_t i;
	json_t *f;

	json_array_foreach(files, i, f)
		if (strcmp(json_string_value(json_object_get(f, "path")), path) == 0)
			return f;
	CU_FAIL_FATAL("no such path");
	return NULL;
}

static void
json_has_the_same(void)
{
	char *whole;
	json_t *all, *files, *f, *rules;
	int b = 0, n = 0;
	const char *s = "", *t = "";

	start();
	*files_content(&card, at("5A02 5101")) = 1;
	add("5A01", (struct card_file){ .kind = FILE_FIXED, .fid = 0x0102, .size = 12, .record = 4,
	    .records_max = 3, .records = 2, .sfi = 7, .life = LIFE_DEACTIVATED,
	    .rule[OP_APPEND] = { ACCESS_PIN | ACCESS_KEY | ACCESS_SM, 0x81, 0x84 } });
	files_remove(&card, at("5A01 4101"));
	shown(card_show_files_json);
	CU_ASSERT_FATAL(asprintf(&whole, "{%s}", text) > 0);
	all = json_loads(whole, JSON_REJECT_DUPLICATES, NULL);
	free(whole);
	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	OK(json_unpack(all, "{s:{s:i},s:o}", "room", "bytes", &n, "files", &files));
	CU_ASSERT_EQUAL((size_t)n, files_room(&card));
	CU_ASSERT_EQUAL(json_array_size(files), (size_t)card.files_n - 1);
	OK(json_unpack(by_path(files, "3F00/5A02/5101"), "{s:b,s:s,s:s}", "present", &b, "type", &s,
	    "reference", &t));
	CU_ASSERT(b);
	CU_ASSERT_STRING_EQUAL(s, "RSA-2048");
	CU_ASSERT_STRING_EQUAL(t, "84");
	OK(json_unpack(by_path(files, "3F00/5A01/5081"), "{s:i,s:b,s:s}", "tries", &n, "factory_pin",
	    &b, "reference", &s));
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT(b);
	CU_ASSERT_STRING_EQUAL(s, "81");
	f = by_path(files, "3F00/5A01/0102");
	OK(json_unpack(f, "{s:i,s:s,s:i,s:o}", "records", &n, "life", &s, "sfi", &b, "rules", &rules));
	CU_ASSERT_EQUAL(n, 2);
	CU_ASSERT_EQUAL(b, 7);
	CU_ASSERT_STRING_EQUAL(s, "deactivated");
	CU_ASSERT_EQUAL(json_object_size(rules), 1);
	OK(json_unpack(rules, "{s:{s:s,s:s,s:b}}", "append", "pin", &s, "key", &t, "channel", &b));
	CU_ASSERT_STRING_EQUAL(s, "81");
	CU_ASSERT_STRING_EQUAL(t, "84");
	CU_ASSERT(b);
	OK(json_unpack(by_path(files, "3F00/5A02"), "{s:s,s:{s:{s:b}}}", "aid", &s, "rules", "read",
	    "anyone", &b));
	CU_ASSERT_STRING_EQUAL(s, "F043415244494E414C02");
	CU_ASSERT(b);
	json_decref(all);
	free(text);
	text = NULL;
}

static const struct sentence sentences[] = {
	SENTENCE(a_new_card_is_a_tree),
	SENTENCE(a_pin_shows_its_tries_and_whose_it_is),
	SENTENCE(a_key_that_is_there_is_present),
	SENTENCE(a_key_with_tries_shows_them),
	SENTENCE(files_of_others_are_told_by_their_numbers),
	SENTENCE(what_is_out_of_use_says_so),
	SENTENCE(room_is_what_one_more_file_may_take),
	SENTENCE(contents_make_no_difference),
	SENTENCE(json_has_the_same),
};

SUITE("card_show", sentences)
