#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/rig/rig.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

/* Paper: the checklists of ceremonies that slot users take part in. */

struct sheet {
	char text[64 * 1024];
	unsigned lines;
};

static void
add_line(void *arg, const char *line)
{
	struct sheet *s = arg;
	size_t n = strlen(s->text);

	CU_ASSERT(strlen(line) <= 100);
	(void)snprintf(s->text + n, sizeof(s->text) - n, "%s\n", line);
	s->lines++;
}

static struct sheet *
printed(const char *plan, const struct ceremony_args *args)
{
	struct sheet *s = calloc(1, sizeof(*s));

	OK(ceremony_checklist(ceremony_plan(plan), args, NULL, add_line, s));
	return s;
}

static void
assert_in_order(const char *text, const char *const *want, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if ((text = strstr(text, want[i])) == NULL) {
			printf("    '%s' does not come\n", want[i]);
			CU_FAIL_FATAL("a line is missing");
		}
		text += strlen(want[i]);
	}
}

static void
an_installation_lists_users_copies_pads_and_what_it_activates(void)
{
	static const char *const want[] = {
		"Installation, 2 of 3 cards", "`Write New Key / press OK/Cancel`",
		"From here on the key is the HSM's",
		"One beep, the pad shows `User 1 card 1 / press OK/Cancel`", "User 1 of slot 0 inserts",
		"`Overwrite / <print>?  OK`", "`Enter PIN`",
		"One beep, the pad shows `Read User 1 / press OK`",
		"`User 1 card 1 / press OK/Cancel`", "User 1 of slot 7 inserts card 1",
		"`User 1 card 2 / press OK/Cancel`", "`Read User 1 / press OK`",
		"At another pad", "asked at another pad: Reader B", "`User 2 card 1 / press OK/Cancel`",
		"`User 2 card 2 / press OK/Cancel`", "`Read User 2 / press OK`",
		"nothing opens these slots without their users", "One beep, the pad shows `Slot 0: User 1 / press OK/Cancel`",
		"Card 3   Serial", "Slot 0 user 1 card 1   Serial", "Slot 7 user 2 card 2   Serial",
	};
	struct ceremony_args args = { .k = 2, .n = 3 };
	struct sheet *s;

	args.slot[0] = (struct ceremony_slot){ .users = 1, .copies = 1 };
	args.slot[7] = (struct ceremony_slot){ .users = 2, .copies = 2 };
	strcpy(args.slot[7].reader[1], "Reader B");
	s = printed("install", &args);
	assert_in_order(s->text, want, LEN(want));
	CU_ASSERT_PTR_NULL(strstr(s->text, "Slot 7: User"));
	free(s);
}

/* What the machine shows is what is printed: each prompt of a run, in its order. */
static void
each_prompt_that_is_shown_is_printed(void)
{
	struct ceremony_args args = { .k = 2, .n = 3 };
	struct rig *g = rig_new();
	char line[64];
	struct sheet *s;
	const char *at;
	uint64_t i;

	rig_users(g, 0, 2, 1, 1);
	rig_users(g, 3, 1, 3, 1);
	g->first_user[3] = 4;
	memcpy(args.slot, g->slot, sizeof(args.slot));
	s = printed("install", &args);
	OK(rig_run(g, "install", 2, 3));
	at = s->text;
	for (i = g->shown; i < g->device.pad.lcd.count; i++) {
		const struct lcd_text *t = &g->device.pad.lcd.log[i % LCD_LOG];

		if (t->line[1][0] == '\0')
			continue;
		(void)snprintf(line, sizeof(line), "`%s / %s`", t->line[0], t->line[1]);
		if (strncmp(t->line[0], "Enter", 5) == 0)
			continue;
		at = strstr(at, line);
		if (at == NULL)
			printf("    %s is not printed\n", line);
		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		at++;
	}
	free(s);
	rig_free(g);
}

static void
other_ceremonies_have_sheets_of_their_own(void)
{
	static const struct {
		const char *plan;
		const char *want[3];
	} v[] = {
		{ "slot-cards", { "Cards for the users of a slot", "`Read User 1 /",
		    "names the cards that still have the PIN of the factory" } },
		{ "activate", { "Activating a slot, slot 7", "`Slot 7: User 1 /", "`Slot 7: User 2 /" } },
		{ "share-copy", { "`Source card /", "`Target card /", "If it shows `Overwrite" } },
		{ "share-pin", { "`Share PIN /", "`Enter old PIN`", "twice" } },
		{ "user-pin", { "`User PIN /", "`Enter old PIN`", "twice" } },
		{ "share-verify", { "`Insert 1. card /", "`Enter PIN`", "presses OK" } },
		{ "user-verify", { "`Insert 1. card /", "`Enter PIN`", "presses OK" } },
		{ "user-info", { "Looking", "`Insert 1. card /", "presses OK" } },
	};
	struct ceremony_args args = { .opens = 7, .users = 2 };
	struct sheet *s;
	size_t i;

	args.slot[7] = (struct ceremony_slot){ .users = 1, .copies = 1 };
	for (i = 0; i < LEN(v); i++) {
		s = printed(v[i].plan, &args);
		assert_in_order(s->text, v[i].want, 3);
		CU_ASSERT_PTR_NULL(strstr(s->text, "Check value"));
		free(s);
	}
}

static void
what_cannot_be_is_not_printed(void)
{
	struct ceremony_args args = { .k = 2, .n = 3, .opens = 10, .users = 1 };
	struct sheet s = { .lines = 0 };

	CU_ASSERT_EQUAL(ceremony_checklist(ceremony_plan("slot-cards"), &args, NULL, add_line, &s), ERR_ARG);
	CU_ASSERT_EQUAL(ceremony_checklist(ceremony_plan("activate"), &args, NULL, add_line, &s), ERR_ARG);
	args.slot[7] = (struct ceremony_slot){ .users = 6, .copies = 1 };
	CU_ASSERT_EQUAL(ceremony_checklist(ceremony_plan("install"), &args, NULL, add_line, &s), ERR_ARG);
	CU_ASSERT_EQUAL(s.lines, 0);
}

static const struct sentence sentences[] = {
	SENTENCE(an_installation_lists_users_copies_pads_and_what_it_activates),
	SENTENCE(each_prompt_that_is_shown_is_printed),
	SENTENCE(other_ceremonies_have_sheets_of_their_own),
	SENTENCE(what_cannot_be_is_not_printed),
};

SUITE("ceremony_sheet", sentences)
