#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "simulator/deck.h"
#include "tests/unit/suite.h"

enum { NOW = 1000000000 };

struct bench {
	char dir[SUITE_DIR_MAX], path[128];
	struct deck deck;
	struct deck_names names;
	struct card_data card;
};

static struct bench *
start(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	if (b == NULL)
		abort();
	suite_dir(b->dir);
	snprintf(b->path, sizeof(b->path), "%s/state/cards", b->dir);
	if (deck_init(&b->deck, b->path) != 0)
		abort();
	return b;
}

static const char *
in(struct bench *b, const char *file)
{
	snprintf(b->path, sizeof(b->path), "%s/state/cards/%s", b->dir, file);
	return b->path;
}

static void
end(struct bench *b)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r '%s'", b->dir);
	CU_ASSERT_EQUAL(system(command), 0);
	free(b);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void
touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		abort();
	close(fd);
}

static void
the_first_card_makes_directory_and_issuer(void)
{
	struct bench *b = start();
	mode_t was = umask(077);

	OK(deck_names(&b->deck, &b->names));
	CU_ASSERT_EQUAL(b->names.n, 0);
	OK(deck_make(&b->deck, "a", "tcos", NOW));
	umask(was);
	CU_ASSERT_EQUAL(mode_of(in(b, "issuer.pem")), 0644);
	CU_ASSERT_EQUAL(mode_of(in(b, "issuer.key")), 0600);
	CU_ASSERT_EQUAL(mode_of(in(b, "a.card")), 0600);
	end(b);
}

static void
a_second_card_has_the_same_issuer_and_another_number(void)
{
	char before[FACTORY_PEM_MAX] = "", after[FACTORY_PEM_MAX] = "";
	uint8_t serial[SERIAL_LEN];
	struct bench *b = start();
	FILE *f;

	OK(deck_make(&b->deck, "a", "tcos", NOW));
	OK(deck_read(&b->deck, "a", &b->card));
	memcpy(serial, b->card.serial, sizeof(serial));
	f = fopen(in(b, "issuer.pem"), "r");
	CU_ASSERT_TRUE(fread(before, 1, sizeof(before) - 1, f) > 0);
	fclose(f);
	OK(deck_make(&b->deck, "b", "tcos", NOW));
	OK(deck_read(&b->deck, "b", &b->card));
	CU_ASSERT_NOT_EQUAL(memcmp(serial, b->card.serial, sizeof(serial)), 0);
	f = fopen(in(b, "issuer.pem"), "r");
	CU_ASSERT_TRUE(fread(after, 1, sizeof(after) - 1, f) > 0);
	fclose(f);
	CU_ASSERT_STRING_EQUAL(before, after);
	end(b);
}

static void
half_of_an_issuer_is_not_replaced(void)
{
	static const char *const halves[] = { "issuer.pem", "issuer.key" };
	struct bench *b;

	for (size_t i = 0; i < 2; i++) {
		b = start();
		OK(deck_make(&b->deck, "a", "tcos", NOW));
		unlink(in(b, halves[i]));
		CU_ASSERT_EQUAL(deck_make(&b->deck, "b", "tcos", NOW), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(access(in(b, "b.card"), F_OK), -1);
		CU_ASSERT_EQUAL(access(in(b, halves[i]), F_OK), -1);
		end(b);
	}
}

static void
the_issuer_can_be_made_before_any_card(void)
{
	char path[IMAGE_PATH_MAX];
	struct bench *b = start();

	OK(deck_issuer(&b->deck, NOW, path));
	CU_ASSERT_STRING_EQUAL(path, in(b, "issuer.pem"));
	CU_ASSERT_EQUAL(access(path, R_OK), 0);
	OK(deck_make(&b->deck, "a", "tcos", NOW));
	end(b);
}

static void
what_cannot_be_made_leaves_nothing(void)
{
	struct bench *b = start();

	CU_ASSERT_EQUAL(deck_make(&b->deck, "a", "other", NOW), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(access(in(b, "a.card"), F_OK), -1);
	OK(deck_make(&b->deck, "a", "tcos", NOW));
	CU_ASSERT_EQUAL(deck_make(&b->deck, "a", "tcos", NOW), ERR_EXISTS);
	end(b);
}

static const struct {
	const char *name;
	int fits;
} names[] = {
	{ "a", 1 }, { "A-z_0.9", 1 }, { "-a", 1 }, { "", 0 }, { ".a", 0 }, { "a/b", 0 },
	{ "..", 0 },
	{ "a b", 0 }, { "a\n", 0 }, { "\xc3\xa4", 0 },
	{ "1234567890123456789012345678901234567890123456789012345678901234", 1 },
	{ "12345678901234567890123456789012345678901234567890123456789012345", 0 },
};

static void
names_are_checked_everywhere(void)
{
	char path[IMAGE_PATH_MAX];
	struct bench *b = start();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (deck_path(&b->deck, names[i].name, path) != (names[i].fits ? 0 : ERR_ARG))
			CU_FAIL(names[i].name);
		if (names[i].fits)
			continue;
		CU_ASSERT_EQUAL(deck_make(&b->deck, names[i].name, "tcos", NOW), ERR_ARG);
		CU_ASSERT_EQUAL(deck_read(&b->deck, names[i].name, &b->card), ERR_ARG);
		CU_ASSERT_EQUAL(deck_delete(&b->deck, names[i].name), ERR_ARG);
	}
	end(b);
}

static void
the_list_is_sorted_and_of_cards_only(void)
{
	static const char *const others[] = { "x.card.new", ".y.card", "z", "a b.card", ".card" };
	struct bench *b = start();

	OK(deck_make(&b->deck, "m", "tcos", NOW));
	touch(in(b, "z.card"));
	touch(in(b, "a.card"));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		touch(in(b, others[i]));
	OK(deck_names(&b->deck, &b->names));
	CU_ASSERT_EQUAL_FATAL(b->names.n, 3);
	CU_ASSERT_STRING_EQUAL(b->names.v[0], "a");
	CU_ASSERT_STRING_EQUAL(b->names.v[1], "m");
	CU_ASSERT_STRING_EQUAL(b->names.v[2], "z");
	CU_ASSERT_FALSE(b->names.more);
	end(b);
}

static void
a_list_that_is_too_long_says_so(void)
{
	struct bench *b = start();
	char name[24];

	OK(deck_make(&b->deck, "m", "tcos", NOW));
	for (int i = 0; i < DECK_CARDS_MAX; i++) {
		snprintf(name, sizeof(name), "%d.card", i);
		touch(in(b, name));
	}
	OK(deck_names(&b->deck, &b->names));
	CU_ASSERT_EQUAL(b->names.n, DECK_CARDS_MAX);
	CU_ASSERT_TRUE(b->names.more);
	end(b);
}

static void
a_card_in_a_pad_can_be_read_but_not_deleted(void)
{
	struct bench *b = start();
	struct image image;

	OK(deck_make(&b->deck, "a", "tcos", NOW));
	OK(image_open(&image, in(b, "a.card")));
	OK(deck_read(&b->deck, "a", &b->card));
	CU_ASSERT_EQUAL(deck_delete(&b->deck, "a"), ERR_BUSY);
	image_close(&image);
	OK(deck_delete(&b->deck, "a"));
	CU_ASSERT_EQUAL(deck_read(&b->deck, "a", &b->card), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(deck_delete(&b->deck, "a"), ERR_NOT_FOUND);
	end(b);
}

static void
a_broken_card_cannot_be_read(void)
{
	struct bench *b = start();

	OK(deck_make(&b->deck, "a", "tcos", NOW));
	CU_ASSERT_EQUAL(truncate(in(b, "a.card"), 20), 0);
	CU_ASSERT_NOT_EQUAL(deck_read(&b->deck, "a", &b->card), 0);
	end(b);
}

static void
the_directory_is_told_or_found_in_the_environment(void)
{
	struct deck d;

	unsetenv("CARDINAL_CARDS");
	unsetenv("CARDINAL_STATE");
	OK(deck_init(&d, NULL));
	CU_ASSERT_STRING_EQUAL(d.dir, "/var/lib/cardinal/cards");
	setenv("CARDINAL_STATE", "/s", 1);
	OK(deck_init(&d, NULL));
	CU_ASSERT_STRING_EQUAL(d.dir, "/s/cards");
	setenv("CARDINAL_CARDS", "/c", 1);
	OK(deck_init(&d, NULL));
	CU_ASSERT_STRING_EQUAL(d.dir, "/c");
	OK(deck_init(&d, "/told"));
	CU_ASSERT_STRING_EQUAL(d.dir, "/told");
	unsetenv("CARDINAL_CARDS");
	unsetenv("CARDINAL_STATE");
}

static const struct sentence sentences[] = {
	SENTENCE(the_first_card_makes_directory_and_issuer),
	SENTENCE(a_second_card_has_the_same_issuer_and_another_number),
	SENTENCE(half_of_an_issuer_is_not_replaced),
	SENTENCE(the_issuer_can_be_made_before_any_card),
	SENTENCE(what_cannot_be_made_leaves_nothing),
	SENTENCE(names_are_checked_everywhere),
	SENTENCE(the_list_is_sorted_and_of_cards_only),
	SENTENCE(a_list_that_is_too_long_says_so),
	SENTENCE(a_card_in_a_pad_can_be_read_but_not_deleted),
	SENTENCE(a_broken_card_cannot_be_read),
	SENTENCE(the_directory_is_told_or_found_in_the_environment),
};

SUITE("card_deck", sentences)
