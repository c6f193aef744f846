#ifndef CARDINAL_SUITE_H
#define CARDINAL_SUITE_H

#include <CUnit/CUnit.h>

/*
 * A suite is a table of sentences. suite_main runs them with CUnit and prints
 * a line a test; it returns the exit status.
 */
struct sentence {
	const char *says;
	void (*test)(void);
};

#define SENTENCE(name) { #name, name }

int suite_main(const char *name, const struct sentence *, size_t n);

#define SUITE(name, table) \
	int \
	main(void) \
	{ \
		return suite_main(name, table, sizeof(table) / sizeof((table)[0])); \
	}

/* Asserts and leaves the test, for what the rest of it stands on. */
#define OK(expr) CU_ASSERT_EQUAL_FATAL((expr), 0)
#define SAME(p, q, n) CU_ASSERT_EQUAL(memcmp((p), (q), (n)), 0)

/*
 * A new empty directory for one test, short enough for a socket in it: under build/, or under
 * TMPDIR or /tmp where that is not. What is left of it when the test ends, asserts that leave it
 * included, is removed; what a killed suite leaves, tests/run and `make clean` remove.
 */
enum { SUITE_DIR_MAX = 64 };
void suite_dir(char dir[SUITE_DIR_MAX]);

/* Bytes of a text in hex, blanks allowed; aborts on what is no hex. Returns the number of bytes. */
size_t hex(const char *text, unsigned char *out, size_t cap);

#endif
