#include "tests/unit/suite.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/Basic.h>

enum { DIRS_MAX = 256, DEPTH = 8 };

/* Those of the test that runs. */
static char dirs[DIRS_MAX][SUITE_DIR_MAX];
static size_t dirs_n;

void
suite_dir(char dir[SUITE_DIR_MAX])
{
	const char *base = "build/tests/tmp", *tmp = getenv("TMPDIR");

	/* Where another user built, or nobody, or outside of the tree. */
	if ((mkdir(base, 0755) != 0 && errno != EEXIST) || access(base, W_OK) != 0)
		base = tmp != NULL && strlen(tmp) < SUITE_DIR_MAX / 2 ? tmp : "/tmp";
	snprintf(dir, SUITE_DIR_MAX, "%s/cardinal-test.XXXXXX", base);
	if (dirs_n == DIRS_MAX || mkdtemp(dir) == NULL)
		abort();
	memcpy(dirs[dirs_n++], dir, SUITE_DIR_MAX);
}

static int
take_away(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	(void)remove(path);
	return 0;
}

static void
sweep(void)
{
	while (dirs_n > 0)
		nftw(dirs[--dirs_n], take_away, DEPTH, FTW_DEPTH | FTW_PHYS);
}

static void
print(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failure)
{
	(void)suite;
	printf("%sok %s\n", failure == NULL ? "" : "not ", test->pName);
	for (const CU_FailureRecord *f = failure; f != NULL; f = f->pNext)
		printf("    %s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
	fflush(stdout);
	sweep();
}

int
suite_main(const char *name, const struct sentence *v, size_t n)
{
	CU_pSuite suite;
	unsigned failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (suite = CU_add_suite(name, NULL, NULL)) == NULL)
		return 2;
	for (size_t i = 0; i < n; i++)
		if (CU_add_test(suite, v[i].says, v[i].test) == NULL)
			return 2;
	CU_set_test_complete_handler(print);
	if (CU_run_all_tests() != CUE_SUCCESS)
		return 2;
	failed = CU_get_number_of_tests_failed();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}

static unsigned
digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A' + 10);
	abort();
}

size_t
hex(const char *text, unsigned char *out, size_t cap)
{
	size_t n = 0;

	while (*text != '\0') {
		if (*text == ' ') {
			text++;
			continue;
		}
		if (n == cap || text[1] == '\0')
			abort();
		out[n++] = (unsigned char)(digit(text[0]) << 4 | digit(text[1]));
		text += 2;
	}
	return n;
}
