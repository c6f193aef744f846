#include "hsm/cli/cli.h"

#include <pthread.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/suite.h"

enum { WORDS_MAX = 16, OUT_MAX = 8192, TALK_MAX = 12, REQUEST_MAX = 4096 };

/* What the command asks of the daemon, in order, and what it is told. */
struct turn {
	const char *asks;	/* how the request begins; events may be asked for at any time */
	const char *with;	/* what its body has, NULL: anything */
	const char *answer;
};

struct peer {
	int fd;
	const struct turn *turn;	/* up to one that asks for nothing */
	const char *events;		/* the first answer about events, NULL: there are none */
	char since[8];			/* of the first question about them */
	int strange;			/* something else was asked for */
	char request[REQUEST_MAX];	/* that was */
};

static void
reply(int fd, const char *json)
{
	char out[OUT_MAX];
	const int n = snprintf(out, sizeof(out), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n\r\n%s", strlen(json), json);

	CU_ASSERT_EQUAL(write(fd, out, (size_t)n), n);
}

/* Head and body; the length is told before the body. */
static void
hear(int fd, char text[REQUEST_MAX])
{
	size_t n = 0, want = 0;
	const char *body, *length;
	ssize_t r;

	text[0] = '\0';
	while (n + 1 < REQUEST_MAX && (r = read(fd, text + n, REQUEST_MAX - 1 - n)) > 0) {
		n += (size_t)r;
		text[n] = '\0';
		if ((body = strstr(text, "\r\n\r\n")) == NULL)
			continue;
		length = strstr(text, "Content-Length: ");
		want = (size_t)(body + 4 - text);
		want += length != NULL ? (size_t)atoi(length + 16) : 0;
		if (n >= want)
			break;
	}
}

static void *
serve(void *arg)
{
	struct peer *p = arg;
	char text[REQUEST_MAX];
	int fd;

	while ((fd = accept(p->fd, NULL, NULL)) >= 0) {
		hear(fd, text);
		/* The tool tries the socket first. */
		if (*text == '\0') {
			close(fd);
			continue;
		}
		if (strncmp(text, "GET /v1/events?since=", 21) == 0) {
			if (p->since[0] == '\0')
				snprintf(p->since, sizeof(p->since), "%.*s",
				    (int)strspn(text + 21, "0123456789"), text + 21);
			reply(fd, p->events != NULL ? p->events : "{\"events\":[]}");
			p->events = NULL;
		} else if (p->turn->asks == NULL ||
		    strncmp(text, p->turn->asks, strlen(p->turn->asks)) != 0 ||
		    (p->turn->with != NULL && strstr(text, p->turn->with) == NULL)) {
			p->strange = 1;
			memcpy(p->request, text, sizeof(text));
			reply(fd, "[]");
		} else
			reply(fd, p->turn++->answer);
		close(fd);
	}
	return NULL;
}

/* The command against such a daemon; both of its outputs go to fd. Whether all turns were taken. */
static int
talk_at(int fd, struct peer *p, const char *line, int *status)
{
	char dir[] = "/tmp/follow.XXXXXX", copy[256], *rest = copy;
	char *words[WORDS_MAX + 1], *word;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int argc = 0, saved[2];
	pthread_t thread;

	CU_ASSERT_FATAL(fd >= 0 && mkdtemp(dir) != NULL);
	CU_ASSERT_EQUAL_FATAL(setenv("CARDINAL_RUN", dir, 1), 0);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/admin.sock", dir);
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_FATAL(p->fd >= 0 && bind(p->fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    listen(p->fd, 8) == 0 && pthread_create(&thread, NULL, serve, p) == 0);
	snprintf(copy, sizeof(copy), "%s", line);
	while (argc < WORDS_MAX && (word = strsep(&rest, " ")) != NULL)
		words[argc++] = word;
	words[argc] = NULL;
	fflush(NULL);
	for (int i = 0; i < 2; i++) {
		saved[i] = dup(i + 1);
		dup2(fd, i + 1);
	}
	*status = cli_main(argc, words);
	fflush(NULL);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
	}
	shutdown(p->fd, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(p->fd);
	unlink(a.sun_path);
	rmdir(dir);
	if (p->strange)
		fprintf(stderr, "asked for: %s\n", p->request);
	return !p->strange && p->turn->asks == NULL;
}

/* What it says is in out. */
static int
talk(const char *line, const struct turn turns[TALK_MAX], int *status, char out[OUT_MAX])
{
	char name[] = "/tmp/follow.XXXXXX";
	struct peer p = { .turn = turns };
	const int fd = mkstemp(name), r = talk_at(fd, &p, line, status);

	unlink(name);
	out[pread(fd, out, OUT_MAX - 1, 0)] = '\0';
	close(fd);
	return r;
}

#define SLOT(more) "{\"slot\":7,\"mode\":\"cards\",\"present\":true,\"stored\":true" more "}"
#define SLOTS_AS(more) "\"slots\":[{},{},{},{},{},{},{}," SLOT(more) "]"
#define RUNS(count, number, name, opening, more) \
	"{\"count\":" #count ",\"ceremony\":{\"number\":" #number ",\"name\":\"" name "\"}," \
	"\"opening\":" #opening ",\"front\":\"Slot 7: user 1\",\"seconds_left\":100," \
	"\"display\":true,\"last\":{\"number\":2,\"seq\":9}," SLOTS_AS(more) "}"
#define RESTS(count, number, opening, error, more) \
	"{\"count\":" #count ",\"ceremony\":null,\"opening\":0,\"last\":{\"number\":" #number "," \
	"\"opening\":" #opening ",\"error\":" error ",\"message\":\"why it ended\",\"seq\":9}," \
	SLOTS_AS(more) "}"
#define ASKING ",\"asking\":true"

#define LOOKS { "GET /v1/slots/7 ", NULL, SLOT("") }
#define ASKED { "POST /v1/slots/7/activate", NULL, "{\"opening\":5,\"since\":3}" }
#define STATUS "GET /v1/status?", NULL

static void
an_opening_is_followed_to_its_end_which_is_the_exit_status(void)
{
	static const struct {
		const char *why;
		struct turn turn[TALK_MAX];
		int status;
		const char *says, *not;
	} table[] = {
		{ "it opens", { LOOKS, ASKED, { STATUS, RUNS(2, 4, "activate", 5, ASKING) },
		    { STATUS, RESTS(3, 4, 5, "null", ",\"open\":true") } },
		  CLI_DONE, "slot 7 is open", "why it ended" },
		{ "it waits behind others", { LOOKS, ASKED,
		    { STATUS, RUNS(2, 3, "install", 0, ASKING) },
		    { STATUS, RUNS(3, 3, "install", 0, ASKING) },
		    { STATUS, RESTS(4, 3, 0, "null", ASKING) },
		    { STATUS, RUNS(5, 4, "activate", 4, ASKING) },
		    { STATUS, RESTS(6, 4, 4, "\"cancelled\"", ASKING) },
		    { STATUS, RUNS(7, 5, "activate", 5, ASKING) },
		    { STATUS, RESTS(8, 5, 5, "null", ",\"open\":true") } },
		  CLI_DONE, "waits for its turn: another ceremony runs (install)", "(activate)" },
		{ "cancelled", { LOOKS, ASKED, { STATUS, RUNS(2, 4, "activate", 5, ASKING) },
		    { STATUS, RESTS(3, 4, 5, "\"cancelled\"", ",\"held\":true") } },
		  CLI_CANCELLED, "cardinal: why it ended", "is open" },
		{ "too late", { LOOKS, ASKED, { STATUS, RUNS(2, 4, "activate", 5, ASKING) },
		    { STATUS, RESTS(3, 4, 5, "\"timeout\"", ",\"held\":true") } },
		  CLI_TIMED_OUT, "why it ended", "is open" },
		{ "anything else", { LOOKS, ASKED, { STATUS, RUNS(2, 4, "activate", 5, ASKING) },
		    { STATUS, RESTS(3, 4, 5, "\"reader-gone\"", ",\"held\":true") } },
		  CLI_FAILED, "why it ended", "is open" },
		{ "it was over before the first look", { LOOKS, ASKED,
		    { STATUS, RESTS(2, 4, 5, "\"timeout\"", "") } },
		  CLI_TIMED_OUT, "why it ended", "is open" },
		{ "another one ended since, and it is open", { LOOKS, ASKED,
		    { STATUS, RUNS(2, 4, "activate", 5, ASKING) },
		    { STATUS, RESTS(4, 5, 6, "\"timeout\"", ",\"open\":true") },
		    { "GET /v1/slots/7 ", NULL, SLOT(",\"open\":true") } },
		  CLI_DONE, "slot 7 is open", "why it ended" },
		{ "another one ended since, and it is not", { LOOKS, ASKED,
		    { STATUS, RESTS(4, 5, 6, "null", "") }, LOOKS },
		  CLI_FAILED, "`cardinal events` tells how", "is open" },
		{ "nobody had to be asked", { LOOKS, { "POST /v1/slots/7/activate", NULL,
		    "{\"opening\":0}" } },
		  CLI_DONE, "slot 7 is open", "already" },
		{ "it was open", { { "GET /v1/slots/7 ", NULL, SLOT(",\"open\":true") } },
		  CLI_DONE, "slot 7 is open already", "stays" },
	};
	char out[OUT_MAX];
	int status;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!talk("cardinal slot activate 7", table[i].turn, &status, out) ||
		    status != table[i].status || strstr(out, table[i].says) == NULL ||
		    strstr(out, table[i].not) != NULL) {
			fprintf(stderr, "%s\n", out);
			CU_FAIL(table[i].why);
		}
}

#define OF_SLOT(mode, more) { "GET /v1/slots/7 ", NULL, \
	"{\"slot\":7,\"mode\":\"" mode "\",\"present\":true" more "}" }
#define MODE(mode) OF_SLOT(mode, ",\"user_set\":true")
#define VACANT(mode) OF_SLOT(mode, ",\"user_set\":false")

static void
a_mode_is_changed_with_what_the_old_and_the_new_one_need(void)
{
	static const struct {
		const char *line, *codes;
		struct turn turn[TALK_MAX];
		int status;
		const char *says;
	} table[] = {
		{ "cards --users 2 --copies 3 --pads :B", "slot 7 code 12345678\nslot 7 so 87654321",
		  { MODE("auto"), { "POST /v1/slots/7/mode", "{\"mode\":\"cards\","
		    "\"code\":\"12345678\",\"users\":2,\"copies\":3,\"pads\":[\"\",\"B\"],"
		    "\"so\":\"87654321\"}", "{\"ceremony\":\"slot-cards\",\"number\":4,\"since\":3}" },
		    { STATUS, RUNS(2, 4, "slot-cards", 0, "") },
		    { STATUS, RESTS(3, 4, 0, "null", "") } },
		  CLI_DONE, "slot 7 has mode cards" },
		{ "cards", "slot 7 code 12345678\nslot 7 now 01234567",
		  { MODE("code"), { "POST /v1/slots/7/mode", "{\"mode\":\"cards\","
		    "\"now\":\"01234567\",\"code\":\"12345678\",\"users\":1,\"copies\":2}",
		    "{\"ceremony\":\"slot-cards\",\"number\":4,\"since\":3}" },
		    { STATUS, RESTS(3, 4, 0, "\"cancelled\"", "") } },
		  CLI_CANCELLED, "slot 7 keeps mode code" },
		{ "cards", "slot 7 code 12345678",
		  { MODE("code"), { "POST /v1/slots/7/mode", "\"now\":\"12345678\","
		    "\"code\":\"12345678\"", "{\"number\":4}" },
		    { STATUS, RESTS(3, 4, 0, "null", "") } },
		  CLI_DONE, "slot 7 has mode cards" },
		{ "cards", "slot 7 now 12345678", { MODE("code") },
		  CLI_FAILED, "has no line `slot 7 code ...`" },
		{ "auto", "slot 7 code 12345678",
		  { MODE("cards"), { "POST /v1/slots/7/mode", "{\"mode\":\"auto\","
		    "\"now\":\"12345678\"}", "{\"opening\":5,\"since\":3}" },
		    { STATUS, RUNS(2, 4, "activate", 5, ASKING) },
		    { STATUS, RESTS(3, 4, 5, "null", "") } },
		  CLI_DONE, "slot 7 has mode auto" },
		{ "code", "slot 7 code 12345678\nslot 7 now 01234567",
		  { MODE("cards"), { "POST /v1/slots/7/mode", "{\"mode\":\"code\","
		    "\"now\":\"01234567\",\"code\":\"12345678\"}", "{\"opening\":5,\"since\":3}" },
		    { STATUS, RESTS(3, 4, 5, "\"timeout\"", "") } },
		  CLI_TIMED_OUT, "slot 7 keeps mode cards" },
		{ "auto", "slot 7 now 12345678",
		  { MODE("code"), { "POST /v1/slots/7/mode", "{\"mode\":\"auto\","
		    "\"now\":\"12345678\"}", "{}" } },
		  CLI_DONE, "slot 7 has mode auto" },
		{ "auto", "slot 7 code 12345678", { MODE("auto") },
		  CLI_DONE, "has mode auto already" },
		{ "cards", "slot 7 code 12345678", { MODE("cards") },
		  CLI_FAILED, "has mode cards already" },
		{ "cards", "slot 7 code 12345678",
		  { OF_SLOT("cards", ",\"damaged\":true") },
		  CLI_FAILED, "has mode cards already" },
		{ "cards", "slot 7 code 12345678\nslot 7 now 23456789",
		  { VACANT("cards"), { "POST /v1/slots/7/mode", "{\"mode\":\"cards\","
		    "\"code\":\"12345678\"", "{\"number\":4,\"since\":3}" },
		    { STATUS, RESTS(3, 4, 0, "null", "") } },
		  CLI_DONE, "slot 7 has mode cards" },
		{ "code", "slot 7 code 12345678",
		  { VACANT("cards"), { "POST /v1/slots/7/mode", "{\"mode\":\"code\","
		    "\"code\":\"12345678\"}", "{}" } },
		  CLI_DONE, "slot 7 has mode code" },
	};
	char path[] = "/tmp/follow.XXXXXX", line[256], out[OUT_MAX];
	int fd = mkstemp(path), status;

	CU_ASSERT_FATAL(fd >= 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const size_t n = strlen(table[i].codes);

		CU_ASSERT_FATAL(ftruncate(fd, 0) == 0 &&
		    pwrite(fd, table[i].codes, n, 0) == (ssize_t)n);
		snprintf(line, sizeof(line), "cardinal slot mode 7 %s --codes %s", table[i].line,
		    path);
		if (!talk(line, table[i].turn, &status, out) || status != table[i].status ||
		    strstr(out, table[i].says) == NULL || strstr(out, "2345") != NULL) {
			fprintf(stderr, "%s\n", out);
			CU_FAIL(table[i].line);
		}
	}
	close(fd);
	unlink(path);
}

#define TOOL(path) { "POST " path " ", NULL, "{\"number\":4,\"since\":3}" }
#define TOLD(more) { STATUS, "{\"count\":2,\"ceremony\":null,\"last\":{\"number\":4," \
	"\"error\":null,\"message\":\"the verdict\"," more "}}" }
#define USER(whose) "\"user\":{\"label\":\"hsm\",\"slot\":7,\"user\":1,\"users\":2,\"copy\":2," \
	"\"copies\":3,\"date\":\"today\",\"mode\":\"live\",\"print\":\"00ff\",\"whose\":" whose "}"

static void
a_tool_prints_what_the_card_is_and_the_verdict(void)
{
	static const struct {
		const char *line;
		struct turn turn[TALK_MAX];
		const char *says;
	} table[] = {
		{ "cardinal user verify", { TOOL("/v1/user/verify"),
		    TOLD("\"cards\":[{\"serial\":\"11\"}],\"pin\":{\"tries\":2,\"tries_max\":3},"
		    USER("{\"slot\":7,\"user\":1}")) },
		  "Card:         11\nUser PIN:     2 of 3 tries left\n"
		  "User:         user 1 of 2 of slot 7, card 2 of 3, LIVE\nHSM:          hsm\n"
		  "Credential:   00ff\nWritten:      today\nHere:         user 1 of slot 7\n"
		  "the verdict\n" },
		{ "cardinal user info", { TOOL("/v1/user/info"),
		    TOLD("\"cards\":[{\"serial\":\"11\"}]," USER("null")) },
		  "Here:         nobody: it opens no slot of this HSM\n" },
		{ "cardinal user pin", { TOOL("/v1/user/pin"),
		    TOLD("\"cards\":[{\"serial\":\"11\"}]") },
		  "User:         none, the card holds no slot credential\nthe verdict\n" },
		{ "cardinal user pin --json", { TOOL("/v1/user/pin"), TOLD("\"cards\":[]") },
		  "\"message\":\"the verdict\"" },
		{ "cardinal share copy", { TOOL("/v1/share/copy"),
		    TOLD("\"cards\":[{\"serial\":\"11\"},{\"serial\":\"22\"}]") },
		  "Source card:  11\nTarget card:  22\n" },
		{ "cardinal share pin", { TOOL("/v1/share/pin"),
		    TOLD("\"cards\":[{\"serial\":\"11\"}],\"pin\":{\"tries\":3,\"tries_max\":3,"
		    "\"factory\":true}") },
		  "Share PIN:    3 of 3 tries left, still the factory's\n" },
	};
	char out[OUT_MAX];
	int status;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!talk(table[i].line, table[i].turn, &status, out) || status != CLI_DONE ||
		    strstr(out, table[i].says) == NULL) {
			fprintf(stderr, "%s\n", out);
			CU_FAIL(table[i].line);
		}
}

/* Records: of somebody else's order, of a user's card, of the end. */
#define EVENT(ceremony, step, text, outcome) "{\"seq\":10,\"ceremony\":\"" ceremony \
	"\",\"step\":\"" step "\",\"text\":\"" text "\",\"outcome\":\"" outcome "\"}"

static void
on_a_terminal_people_see_what_is_done_and_the_seconds_that_are_left(void)
{
	static const struct turn turns[TALK_MAX] = {
		LOOKS, ASKED,
		{ STATUS, RESTS(2, 3, 0, "null", ASKING) },
		{ STATUS, RUNS(3, 4, "activate", 5, ASKING) },
		{ "GET /v1/status?count=3&wait=1 ", NULL, RESTS(4, 4, 5, "null", "") },
	};
	struct peer p = { .turn = turns, .events = "{\"events\":["
	    EVENT("slot", "activate", "slot 3", "asks its users, opening 6") ","
	    EVENT("activate, slot 7 user 1", "insert", "Slot 7: User 1", "begun") ","
	    EVENT("activate, slot 7 user 1", "pin", "Enter PIN", "Wrong PIN 2 left") ","
	    EVENT("activate, slot 7 user 1", "sign", "Please wait", "ok") ","
	    EVENT("activate", "open", "slot 7", "cancelled") "]}" };
	char out[OUT_MAX];
	int master, slave, status;

	CU_ASSERT_EQUAL_FATAL(openpty(&master, &slave, NULL, NULL, NULL), 0);
	CU_ASSERT(talk_at(slave, &p, "cardinal slot activate 7", &status));
	close(slave);
	out[read(master, out, OUT_MAX - 1)] = '\0';
	close(master);
	CU_ASSERT_EQUAL(status, CLI_DONE);
	/* The ceremony before ended with record 9. */
	CU_ASSERT_STRING_EQUAL(p.since, "9");
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "Slot 7: User 1\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "Wrong PIN 2 left\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "the user was here\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\rSlot 7: user 1: 100 s left\033[K"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "\r\033[Kslot 7 is open\r\n"));
	CU_ASSERT_PTR_NULL(strstr(out, "opening 6"));
	CU_ASSERT_PTR_NULL(strstr(out, "cancelled"));
}

static void
a_status_shows_what_is_left_and_which_slots_are_held(void)
{
	static const struct turn turns[TALK_MAX] = {
		{ "GET /v1/status ", NULL, RUNS(2, 4, "activate", 5, ",\"held\":true") },
	};
	char out[OUT_MAX];
	int status;

	CU_ASSERT(talk("cardinal status", turns, &status, out));
	CU_ASSERT_EQUAL(status, CLI_DONE);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "Front     Slot 7: user 1\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "Left      100 s\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "Slots     held 7\n"));
	CU_ASSERT_PTR_NULL(strstr(out, "Boot"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "Held      slot 7 waits for `cardinal slot activate 7`"));
}

static void
a_status_says_that_slot_0_is_waited_for_before_any_other(void)
{
#define AUTO(open) "{\"mode\":\"auto\",\"present\":true,\"open\":" open "}"
#define BOOTS(first, more) "{\"slots\":[{\"mode\":\"cards\",\"present\":true" first "}" more "]}"
	static const struct {
		struct turn turn[TALK_MAX];
		int waits;
	} table[] = {
		{ { { "GET /v1/status ", NULL, BOOTS(",\"stored\":true", "," AUTO("false")) } }, 1 },
		{ { { "GET /v1/status ", NULL, BOOTS(",\"stored\":true", "," AUTO("true")) } }, 0 },
		{ { { "GET /v1/status ", NULL, BOOTS(",\"stored\":true,\"open\":true",
		    "," AUTO("false")) } }, 0 },
		{ { { "GET /v1/status ", NULL, BOOTS("", "," AUTO("false")) } }, 0 },
	};
	char out[OUT_MAX];
	int status;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CU_ASSERT(talk("cardinal status", table[i].turn, &status, out));
		CU_ASSERT_EQUAL(strstr(out, "Boot      slot 0 has to be") != NULL, table[i].waits);
	}
}

static void
a_prompt_at_a_users_own_reader_names_it(void)
{
#define SAID(more) "{\"count\":2,\"ceremony\":{\"number\":4},\"opening\":5," \
	"\"prompt\":[\"Enter PIN\"]" more "}"
#define AT ",\"at\":\"Pad\\u001b[2J 1\""
#define FOLLOWS(more) { LOOKS, ASKED, { STATUS, SAID(more) }, { STATUS, RESTS(3, 4, 5, "null", "") } }
	static const struct {
		const char *line;
		struct turn turn[TALK_MAX];
		const char *says;
	} table[] = {
		{ "cardinal status", { { "GET /v1/status ", NULL, SAID(",\"display\":true" AT) } },
		  "Pad       Enter PIN\nAt        Pad[2J 1\n" },
		{ "cardinal status", { { "GET /v1/status ", NULL, SAID(",\"asks\":3" AT) } },
		  "by `cardinal ok`\nAt        Pad[2J 1\n" },
		{ "cardinal status", { { "GET /v1/status ", NULL, SAID(",\"at\":null") } },
		  "Said      Enter PIN\nLabel     \n" },
		{ "cardinal slot activate 7", FOLLOWS(AT), ">> Enter PIN, at Pad[2J 1\n" },
		{ "cardinal slot activate 7", FOLLOWS(AT ",\"pin_entry\":true"),
		  ">> Enter PIN at Pad[2J 1 now\n" },
		{ "cardinal slot activate 7", FOLLOWS(",\"pin_entry\":true"),
		  ">> Enter PIN at the reader now\n" },
	};
	char out[OUT_MAX];
	int status;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!talk(table[i].line, table[i].turn, &status, out) || status != CLI_DONE ||
		    strstr(out, table[i].says) == NULL) {
			fprintf(stderr, "%s\n", out);
			CU_FAIL(table[i].says);
		}
}

static const struct sentence sentences[] = {
	SENTENCE(an_opening_is_followed_to_its_end_which_is_the_exit_status),
	SENTENCE(a_mode_is_changed_with_what_the_old_and_the_new_one_need),
	SENTENCE(a_tool_prints_what_the_card_is_and_the_verdict),
	SENTENCE(on_a_terminal_people_see_what_is_done_and_the_seconds_that_are_left),
	SENTENCE(a_status_shows_what_is_left_and_which_slots_are_held),
	SENTENCE(a_status_says_that_slot_0_is_waited_for_before_any_other),
	SENTENCE(a_prompt_at_a_users_own_reader_names_it),
};

SUITE("follow", sentences)
