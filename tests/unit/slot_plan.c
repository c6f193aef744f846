#include "hsm/cli/slot_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hsm/cli/slot_show.h"
#include "tests/unit/suite.h"

enum { OUT_MAX = 2048 };

#define T32 "abcdefghijklmnopqrstuvwxyz012345"
#define T127 T32 T32 T32 "abcdefghijklmnopqrstuvwxyz01234"

static void
users_of_a_slot_are_read_as_they_are_written(void)
{
	static const struct {
		const char *text;
		unsigned users, copies;
		const char *pad[USERS_MAX];
	} table[] = {
		{ "", 1, 2, { "" } },
		{ "users=5,copies=9", 5, 9, { "" } },
		{ "copies=1", 1, 1, { "" } },
		{ "pads=Cardinal PIN pad 0 00 00", 1, 2, { "Cardinal PIN pad 0 00 00" } },
		{ "pads=A:B,users=2", 2, 2, { "A", "B" } },
		{ "users=3,pads=:B", 3, 2, { "", "B" } },
		{ "users=1,pads=A:", 1, 2, { "A", "" } },
		{ "pads=", 1, 2, { "" } },
		{ "pads=a\\:b\\,c\\\\:,users=2", 2, 2, { "a:b,c\\", "" } },
		{ "pads=" T127, 1, 2, { T127 } },
	};
	struct ceremony_slot s;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (seats_parse(table[i].text, &s) != NULL || s.users != table[i].users ||
		    s.copies != table[i].copies)
			CU_FAIL(table[i].text);
		for (unsigned u = 0; u < USERS_MAX; u++)
			if (strcmp(s.reader[u], table[i].pad[u] ? table[i].pad[u] : "") != 0)
				CU_FAIL(table[i].text);
	}
}

static void
users_that_cannot_be_are_refused_with_a_reason(void)
{
	static const struct {
		const char *text, *says;
	} table[] = {
		{ "users=0", "users is a number from 1 to 5" },
		{ "users=6", "users is a number" },
		{ "users=01", "users is a number" },
		{ "users=", "users is a number" },
		{ "users=1 ", "users is a number" },
		{ "copies=0", "from 1 to 9" },
		{ "copies=10", "from 1 to 9" },
		{ "users=2,users=2", "once each" },
		{ "users=2,", "behind the last comma" },
		{ ",users=2", "parted by commas" },
		{ "users", "parted by commas" },
		{ "Users=2", "parted by commas" },
		{ "cards=2", "parted by commas" },
		{ "pads=A:B", "more readers than there are users" },
		{ "users=5,pads=A:B:C:D:E:F", "more readers than a slot can have users" },
		{ "pads=" T127 "x", "longer than 127 bytes" },
		{ "pads=a\\b", "a backslash in pads stands before" },
		{ "pads=a\\", "a backslash in pads stands before" },
		{ "pads=a\nb", "control character" },
		{ "pads=a\xe9", "no UTF-8" },
	};
	struct ceremony_slot s;
	const char *why;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if ((why = seats_parse(table[i].text, &s)) == NULL ||
		    strstr(why, table[i].says) == NULL)
			CU_FAIL(table[i].text);
}

/* Whatever runs between begin and end, of one of the two, into out. */
static int saved, which;
static FILE *caught;

static void
catch(int fd)
{
	fflush(NULL);
	which = fd;
	CU_ASSERT_PTR_NOT_NULL_FATAL(caught = tmpfile());
	saved = dup(fd);
	dup2(fileno(caught), fd);
}

static void
caught_in(char out[OUT_MAX])
{
	fflush(NULL);
	dup2(saved, which);
	close(saved);
	rewind(caught);
	out[fread(out, 1, OUT_MAX - 1, caught)] = '\0';
	fclose(caught);
}

static struct cli cli = { .command = &commands[0] };

/* Options of an installation: slots apart, "boot" for --boot-cards. An exit status. */
static int
wish(struct slot_wishes *w, const char *options)
{
	char copy[256], *rest = copy, *one;
	int r = 0;

	memset(w, 0, sizeof(*w));
	snprintf(copy, sizeof(copy), "%s", options);
	while (r == 0 && (one = strsep(&rest, ";")) != NULL)
		r = strcmp(one, "boot") == 0 ? slot_wish(&cli, w, 'b', NULL) :
		    *one == '\0' ? 0 : slot_wish(&cli, w, 's', one);
	return r != 0 ? r : slot_wishes_end(&cli, w);
}

static int
plan(const char *options, const char *codes, char out[OUT_MAX], char said[OUT_MAX])
{
	char path[] = "/tmp/cardinal-plan.XXXXXX", *text;
	struct slot_wishes w;
	json_t *slots = NULL;
	int fd = mkstemp(path), status;

	CU_ASSERT_FATAL(fd >= 0 && write(fd, codes, strlen(codes)) == (ssize_t)strlen(codes));
	close(fd);
	out[0] = '\0';
	catch(STDERR_FILENO);
	if ((status = wish(&w, options)) == 0) {
		w.codes = path;
		status = slot_plan(&cli, &w, &slots);
	}
	caught_in(said);
	unlink(path);
	if (slots != NULL && (text = json_dumps(slots, JSON_COMPACT)) != NULL) {
		snprintf(out, OUT_MAX, "%s", text);
		free(text);
	}
	json_decref(slots);
	return status;
}

static void
an_installation_asks_for_slots_with_their_users_and_codes(void)
{
	static const struct {
		const char *options, *codes, *json;
	} table[] = {
		{ "", "", "" },
		{ "7:cards", "slot 7 code 12345678\nslot 7 so 87654321\n",
		  "[{\"slot\":7,\"mode\":\"cards\",\"users\":1,\"copies\":2,\"code\":\"12345678\","
		  "\"so\":\"87654321\"}]" },
		{ "7:cards,users=2,copies=3,pads=:Pad\\: 1;3:code",
		  "slot 7 code 12345678\nslot 3 code 12345679\n",
		  "[{\"slot\":3,\"mode\":\"code\",\"code\":\"12345679\"},"
		  "{\"slot\":7,\"mode\":\"cards\",\"users\":2,\"copies\":3,"
		  "\"pads\":[\"\",\"Pad: 1\"],\"code\":\"12345678\"}]" },
		{ "boot", "", "[{\"slot\":0,\"mode\":\"cards\",\"users\":1,\"copies\":2}]" },
		{ "boot;0:cards,users=5", "slot 0 so 87654321",
		  "[{\"slot\":0,\"mode\":\"cards\",\"users\":5,\"copies\":2,\"so\":\"87654321\"}]" },
		{ "0:cards", "slot 0 code 12345678",
		  "[{\"slot\":0,\"mode\":\"cards\",\"users\":1,\"copies\":2,"
		  "\"code\":\"12345678\"}]" },
	};
	char out[OUT_MAX], said[OUT_MAX];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (plan(table[i].options, table[i].codes, out, said) != CLI_DONE ||
		    strcmp(out, table[i].json) != 0) {
			fprintf(stderr, "%s%s\n", out, said);
			CU_FAIL(table[i].options);
		}
}

static void
a_file_and_options_that_do_not_fit_are_refused(void)
{
	static const struct {
		const char *options, *codes, *says;
	} table[] = {
		{ "7:cards", "", "has no line `slot 7 code ...`" },
		{ "0:cards", "", "has no line `slot 0 code ...`" },
		{ "boot", "slot 0 code 12345678", "line 1: with --boot-cards the HSM makes" },
		{ "", "\nslot 7 code 12345678", "line 2: slot 7 has mode auto" },
		{ "7:code", "slot 7 code 12345678\nslot 7 now 12345678", "line 2: `now` is for" },
		{ "boot;0:auto", "", "--boot-cards is for slot 0 of mode cards" },
	};
	char out[OUT_MAX], said[OUT_MAX];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (plan(table[i].options, table[i].codes, out, said) == CLI_DONE ||
		    strstr(said, table[i].says) == NULL || *out != '\0')
			CU_FAIL(table[i].options);
}

static void
it_says_beforehand_how_each_slot_will_be_opened(void)
{
	static const struct {
		const char *options, *says;
	} table[] = {
		{ "", "slots: all are opened by the HSM itself (auto)\n" },
		{ "3:auto", "slots: all are opened by the HSM itself (auto)\n" },
		{ "3:code", "slots: 3 is opened by a code, the others by the HSM itself (auto)\n" },
		{ "3:code;9:code", "slots: 3, 9 are opened by codes, the others by the HSM itself "
		  "(auto)\n" },
		{ "boot;7:cards,users=2", "slots: 0 by the cards of 1 user, 7 by its code and the "
		  "cards of 2 users, the others by the HSM itself (auto)\n" },
	};
	char out[OUT_MAX];
	struct slot_wishes w;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		OK(wish(&w, table[i].options));
		catch(STDOUT_FILENO);
		slot_plan_say(stdout, &w);
		caught_in(out);
		CU_ASSERT_STRING_EQUAL(out, table[i].says);
	}
}

static void
a_code_is_asked_for_where_there_is_one(void)
{
	char asks[SLOT_ASKS_MAX][SLOT_ASK_ROOM];
	struct slot_wishes w;

	OK(wish(&w, "boot;7:cards;3:code;4:auto"));
	CU_ASSERT_EQUAL(slot_asks(&w, asks), 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(asks[0], "slot 3"));
	CU_ASSERT_PTR_NOT_NULL(strstr(asks[2], "slot 7"));
	OK(wish(&w, "0:cards"));
	CU_ASSERT_EQUAL(slot_asks(&w, asks), 2);
}

/* What cardinald answers of slot 7, with this in it. */
static json_t *
slot(const char *members)
{
	char text[OUT_MAX];
	json_t *j;

	snprintf(text, sizeof(text), "{\"slot\":7,\"mode\":\"cards\",\"present\":true,"
	    "\"user_set\":true,\"user_left\":10,\"so_left\":10,\"users\":2,\"copies\":3%s}",
	    members);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j = json_loads(text, 0, NULL));
	return j;
}

static void
a_slot_with_users_says_who_they_are_how_it_stands_and_what_to_do(void)
{
	static const struct {
		const char *members, *state, *row, *details;
	} table[] = {
		{ "", "closed", "7     cards  closed         0  2 users, 3 cards each\n",
		  "Users     2 users, 3 cards each\n" },
		{ ",\"open\":true,\"asking\":true,\"held\":true", "open",
		  "7     cards  open           0  2 users, 3 cards each\n", "State     open\n" },
		{ ",\"held\":true", "held",
		  "cards  held           0  2 users, 3 cards each, waits for `cardinal slot activate 7`\n",
		  "`cardinal slot activate 7` does" },
		{ ",\"held\":true,\"asking\":true", "asking", "cards  asking ",
		  "its users are asked for their cards" },
		{ ",\"stored\":true", "closed", "7     cards  closed ",
		  "made by the HSM and stored: the cards alone open it" },
		{ ",\"user_left\":9", "closed", "2 users, 3 cards each, code 9 tries left\n",
		  "Code      set by a person, 9 tries left" },
		{ ",\"seats\":[{\"copies\":3,\"reader\":\"\"},"
		  "{\"copies\":1,\"reader\":\"Pad\\u001b[2J 1\"}]", "closed",
		  "7     cards  closed         0  2 users, 3 cards each\n",
		  "Users     2 users, 3 cards each\n"
		  "User 1    3 cards, at the HSM's reader\n"
		  "User 2    1 card, at Pad[2J 1\n" },
	};
	char out[OUT_MAX], line[OUT_MAX], summary[256];
	json_t *one, *list;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		list = json_array();
		one = slot(table[i].members);
		json_array_append_new(list, one);
		catch(STDOUT_FILENO);
		slot_table(stdout, list);
		slot_details(stdout, one);
		caught_in(out);
		slot_summary(list, summary, sizeof(summary));
		snprintf(line, sizeof(line), "%s 7", table[i].state);
		if (strcmp(slot_state(one), table[i].state) != 0 || strcmp(summary, line) != 0 ||
		    strstr(out, table[i].row) == NULL || strstr(out, table[i].details) == NULL) {
			fprintf(stderr, "%s\n", out);
			CU_FAIL(table[i].members);
		}
		json_decref(list);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(users_of_a_slot_are_read_as_they_are_written),
	SENTENCE(users_that_cannot_be_are_refused_with_a_reason),
	SENTENCE(an_installation_asks_for_slots_with_their_users_and_codes),
	SENTENCE(a_file_and_options_that_do_not_fit_are_refused),
	SENTENCE(it_says_beforehand_how_each_slot_will_be_opened),
	SENTENCE(a_code_is_asked_for_where_there_is_one),
	SENTENCE(a_slot_with_users_says_who_they_are_how_it_stands_and_what_to_do),
};

SUITE("slot_plan", sentences)
