#include "hsm/admin/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN

static int
parse(struct config *c, const char *text, char why[CONFIG_WHY_MAX])
{
	return config_parse(c, "c.conf", text, strlen(text), why);
}

static void
defaults_serve_without_a_word(void)
{
	char why[CONFIG_WHY_MAX];
	struct config c;

	OK(parse(&c, "", why));
	CU_ASSERT_STRING_EQUAL(why, "");
	CU_ASSERT_STRING_EQUAL(c.reader, "");
	CU_ASSERT_STRING_EQUAL(c.label, "");
	CU_ASSERT_EQUAL(c.mode, SHARE_LIVE);
	CU_ASSERT_EQUAL(c.issuers, 0);
	CU_ASSERT_EQUAL(c.timeouts.prompt_s, 120);
	CU_ASSERT_EQUAL(c.timeouts.pin_first_s, 30);
	CU_ASSERT_EQUAL(c.timeouts.pin_next_s, 10);
	CU_ASSERT_EQUAL(c.timeouts.outcome_s, 2);
	CU_ASSERT_EQUAL(c.boot_s, 3600);
	CU_ASSERT_STRING_EQUAL(c.admin_group, "");
	CU_ASSERT_STRING_EQUAL(c.pkcs11_group, "");
	CU_ASSERT_STRING_EQUAL(c.restart_command, "");
	CU_ASSERT_EQUAL(c.import_private_keys, 1);
	CU_ASSERT_EQUAL(c.rsa_pkcs1_decryption, 0);
	CU_ASSERT_EQUAL(c.rsa_raw, 0);
}

static void
every_key_reaches_its_field(void)
{
	char why[CONFIG_WHY_MAX];
	struct config c;

	OK(parse(&c,
	    "# a comment\n"
	    "; another\n"
	    "\n"
	    "reader = Cardinal PIN pad 1\n"
	    "label=hsm 7\r\n"
	    "mode  =  test  \n"
	    "  # an indented one\n"
	    "  \n"
	    "issuers = /a/b.pem \t /c.pem\n"
	    "prompt_timeout = 60 ; short\n"
	    "pin_first_timeout = 255\n"
	    "pin_next_timeout = 1\n"
	    "outcome_time = 3\n"
	    "boot_timeout = 86400\n"
	    "admin_group = ops\n"
	    "pkcs11_group = apps\n"
	    "import_private_keys = no\n"
	    "rsa_pkcs1_decryption = yes\n"
	    "rsa_raw = yes\n"
	    "restart_command = /bin/sh -c 'a = b'", why));
	CU_ASSERT_STRING_EQUAL(c.reader, "Cardinal PIN pad 1");
	CU_ASSERT_STRING_EQUAL(c.label, "hsm 7");
	CU_ASSERT_EQUAL(c.mode, SHARE_TEST);
	CU_ASSERT_EQUAL(c.issuers, 2);
	CU_ASSERT_STRING_EQUAL(c.issuer[0], "/a/b.pem");
	CU_ASSERT_STRING_EQUAL(c.issuer[1], "/c.pem");
	CU_ASSERT_EQUAL(c.timeouts.prompt_s, 60);
	CU_ASSERT_EQUAL(c.timeouts.pin_first_s, 255);
	CU_ASSERT_EQUAL(c.timeouts.pin_next_s, 1);
	CU_ASSERT_EQUAL(c.timeouts.outcome_s, 3);
	CU_ASSERT_EQUAL(c.boot_s, 86400);
	CU_ASSERT_STRING_EQUAL(c.admin_group, "ops");
	CU_ASSERT_STRING_EQUAL(c.pkcs11_group, "apps");
	CU_ASSERT_STRING_EQUAL(c.restart_command, "/bin/sh -c 'a = b'");
	CU_ASSERT_EQUAL(c.import_private_keys, 0);
	CU_ASSERT_EQUAL(c.rsa_pkcs1_decryption, 1);
	CU_ASSERT_EQUAL(c.rsa_raw, 1);
}

static const struct {
	const char *text, *why;
} bad[] = {
	{ "prompt = 120", "c.conf, line 1: there is no key \"prompt\"" },
	{ "\n\nPROMPT_TIMEOUT = 1", "c.conf, line 3: there is no key \"PROMPT_TIMEOUT\"" },
	{ "= 120", "c.conf, line 1: there is no key \"\"" },
	{ "mode = live\nreader", "c.conf, line 2: this is not `key = value`" },
	{ "reader\nprompt = 1", "c.conf, line 1: this is not `key = value`" },
	{ "prompt = 1\nreader", "c.conf, line 1: there is no key \"prompt\"" },
	{ "[main]\nmode = live", "c.conf, line 1: there are no sections" },
	{ "mode = live\n [main]\n", "c.conf, line 2: there are no sections" },
	{ "[", "c.conf, line 1: there are no sections" },
	{ "mode = live\nmode = live", "c.conf, line 2: mode stands there already" },
	{ "reader = a\n  b", "c.conf, line 2: the line begins with a blank" },
	{ "\tmode = live", "c.conf, line 1: the line begins with a blank" },
	{ "reader =", "c.conf, line 1: reader has no value" },
	{ "reader = ; nothing", "c.conf, line 1: reader has no value" },
	{ "reader = a\tb", "c.conf, line 1: reader has a control character" },
	{ "reader = " FIFTY FIFTY TEN TEN "01234567", "c.conf, line 1: reader is too long" },
	{ "label =", "c.conf, line 1: label is not 1 to 16 printable ASCII characters" },
	{ "label = 0123456789abcdefg",
	    "c.conf, line 1: label is not 1 to 16 printable ASCII characters" },
	{ "label = caf\xc3\xa9", "c.conf, line 1: label is not 1 to 16 printable ASCII characters" },
	{ "mode = LIVE", "c.conf, line 1: mode is neither live nor test" },
	{ "mode = lives", "c.conf, line 1: mode is neither live nor test" },
	{ "issuers =", "c.conf, line 1: issuers has no value" },
	{ "issuers = a.pem", "c.conf, line 1: issuers has a path that does not begin with /" },
	{ "issuers = /a b", "c.conf, line 1: issuers has a path that does not begin with /" },
	{ "issuers = /1 /2 /3 /4 /5 /6 /7 /8 /9",
	    "c.conf, line 1: issuers names more than 8 files" },
	{ "issuers = /" FIFTY FIFTY FIFTY "012345678",
	    "c.conf, line 1: issuers has a path that is too long" },
	{ "prompt_timeout = 0",
	    "c.conf, line 1: prompt_timeout is no number of seconds from 1 to 86400" },
	{ "prompt_timeout = 86401",
	    "c.conf, line 1: prompt_timeout is no number of seconds from 1 to 86400" },
	{ "prompt_timeout = 4294967297",
	    "c.conf, line 1: prompt_timeout is no number of seconds from 1 to 86400" },
	{ "prompt_timeout = -1",
	    "c.conf, line 1: prompt_timeout is no number of seconds from 1 to 86400" },
	{ "prompt_timeout = 1m",
	    "c.conf, line 1: prompt_timeout is no number of seconds from 1 to 86400" },
	{ "prompt_timeout =",
	    "c.conf, line 1: prompt_timeout is no number of seconds from 1 to 86400" },
	{ "pin_first_timeout = 256",
	    "c.conf, line 1: pin_first_timeout is no number of seconds from 1 to 255" },
	{ "pin_next_timeout = 256",
	    "c.conf, line 1: pin_next_timeout is no number of seconds from 1 to 255" },
	{ "pin_next_timeout = x",
	    "c.conf, line 1: pin_next_timeout is no number of seconds from 1 to 255" },
	{ "rsa_raw =", "c.conf, line 1: rsa_raw is neither yes nor no" },
	{ "rsa_raw = YES", "c.conf, line 1: rsa_raw is neither yes nor no" },
	{ "rsa_pkcs1_decryption = 1",
	    "c.conf, line 1: rsa_pkcs1_decryption is neither yes nor no" },
	{ "import_private_keys = not",
	    "c.conf, line 1: import_private_keys is neither yes nor no" },
	{ "admin_group = " TEN TEN TEN "ab", "c.conf, line 1: admin_group is too long" },
	{ "# " FIFTY FIFTY FIFTY TEN TEN TEN "012345678", "c.conf, line 1: the line is too long" },
};

static void
a_bad_line_is_named_and_nothing_of_the_file_holds(void)
{
	char why[CONFIG_WHY_MAX];
	struct config c, defaults;

	config_defaults(&defaults);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(&c, bad[i].text, why) != ERR_FORMAT || strcmp(why, bad[i].why) != 0) {
			printf("    %s\n    %s\n", bad[i].why, why);
			CU_FAIL("another verdict");
		}
		SAME(&c, &defaults, sizeof(c));
	}
}

static void
lines_and_values_of_the_greatest_length_are_taken(void)
{
	char why[CONFIG_WHY_MAX];
	struct config c;

	OK(parse(&c, "# " FIFTY FIFTY FIFTY TEN TEN TEN "01234567\n"
	    "issuers = /1 /2 /3 /4 /5 /6 /7 /8\n"
	    "reader = " FIFTY FIFTY TEN TEN "0123456\n"
	    "admin_group = " TEN TEN TEN "a\n", why));
	CU_ASSERT_EQUAL(strlen(c.reader), CARDS_NAME_MAX - 1);
	CU_ASSERT_EQUAL(strlen(c.admin_group), CONFIG_GROUP_MAX - 1);
	CU_ASSERT_EQUAL(c.issuers, 8);
}

static void
a_zero_byte_is_no_text(void)
{
	char why[CONFIG_WHY_MAX];
	struct config c;

	CU_ASSERT_EQUAL(config_parse(&c, "c.conf", "mode = live\0x", 13, why), ERR_FORMAT);
	CU_ASSERT_STRING_EQUAL(why, "c.conf, line 1: this is no text");
}

static void
a_file_that_was_asked_for_has_to_be_there(void)
{
	char why[CONFIG_WHY_MAX], path[64] = "/tmp/cardinal-config.XXXXXX", want[128];
	struct config c;
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, "mode = test\n", 12), 12);
	OK(config_load(&c, path, why));
	CU_ASSERT_EQUAL(c.mode, SHARE_TEST);
	CU_ASSERT_EQUAL(write(fd, "mood = test\n", 12), 12);
	CU_ASSERT_EQUAL(config_load(&c, path, why), ERR_FORMAT);
	snprintf(want, sizeof(want), "%s, line 2: there is no key \"mood\"", path);
	CU_ASSERT_STRING_EQUAL(why, want);
	CU_ASSERT_EQUAL(ftruncate(fd, 20000), 0);
	CU_ASSERT_EQUAL(config_load(&c, path, why), ERR_FORMAT);
	snprintf(want, sizeof(want), "%s: the file is too long", path);
	CU_ASSERT_STRING_EQUAL(why, want);
	close(fd);
	unlink(path);
	CU_ASSERT_EQUAL(config_load(&c, path, why), ERR_NOT_FOUND);
	snprintf(want, sizeof(want), "%s: No such file or directory", path);
	CU_ASSERT_STRING_EQUAL(why, want);
	CU_ASSERT_EQUAL(config_load(&c, "/tmp", why), ERR_IO);
}

/* docs/cardinal.conf, as it is and with each example in force. */
static void
the_sample_is_true(void)
{
	char why[CONFIG_WHY_MAX], text[8192];
	struct config c, defaults;
	FILE *f = fopen("docs/cardinal.conf", "r");
	size_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	config_defaults(&defaults);
	OK(config_parse(&c, "sample", text, n, why));
	SAME(&c, &defaults, sizeof(c));
	for (size_t i = 0; i + 1 < n; i++)
		if (text[i] == '#' && text[i + 1] != ' ')
			memmove(text + i, text + i + 1, --n - i);
	if (config_parse(&c, "sample", text, n, why) != 0)
		CU_FAIL(why);
	CU_ASSERT_EQUAL(c.mode, defaults.mode);
	SAME(&c.timeouts, &defaults.timeouts, sizeof(c.timeouts));
	CU_ASSERT_EQUAL(c.boot_s, defaults.boot_s);
	CU_ASSERT_EQUAL(c.import_private_keys, defaults.import_private_keys);
	CU_ASSERT_EQUAL(c.rsa_pkcs1_decryption, defaults.rsa_pkcs1_decryption);
	CU_ASSERT_EQUAL(c.rsa_raw, defaults.rsa_raw);
	CU_ASSERT_STRING_NOT_EQUAL(c.reader, "");
	CU_ASSERT_STRING_NOT_EQUAL(c.label, "");
	CU_ASSERT_STRING_NOT_EQUAL(c.admin_group, "");
	CU_ASSERT_STRING_NOT_EQUAL(c.pkcs11_group, "");
	CU_ASSERT_STRING_NOT_EQUAL(c.restart_command, "");
	CU_ASSERT_EQUAL(c.issuers, 1);
}

static const struct sentence sentences[] = {
	SENTENCE(defaults_serve_without_a_word),
	SENTENCE(every_key_reaches_its_field),
	SENTENCE(a_bad_line_is_named_and_nothing_of_the_file_holds),
	SENTENCE(lines_and_values_of_the_greatest_length_are_taken),
	SENTENCE(a_zero_byte_is_no_text),
	SENTENCE(a_file_that_was_asked_for_has_to_be_there),
	SENTENCE(the_sample_is_true),
};

SUITE("config", sentences)
