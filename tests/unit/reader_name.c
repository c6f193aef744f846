#include "hsm/cards/reader_name.h"

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static const char names[][CARDS_NAME_MAX] = {
	"Cardinal PIN pad 0 00 00",
	"Cardinal PIN pad 1 01 00",
	"Cardinal PIN pad 10 02 00",
	"REINER SCT cyberJack go plus (0123456789) 03 00",
	"REINER SCT cyberJack go plus (9876543210) 04 00",
	"KOBIL Class 3 Reader [PINPad Reader Interface] (A1) 05 00",
	"Twin 06 00",
	"Twin 06 01",
	"06 00",
};

static void
a_reader_is_found_by_what_people_write(void)
{
	static const struct {
		const char *wanted;
		int r;
		size_t which;
	} table[] = {
		{ "Cardinal PIN pad 0 00 00", 0, 0 },
		{ "Cardinal PIN pad 1", 0, 1 },
		{ "Cardinal PIN pad 10", 0, 2 },
		{ "Cardinal PIN pad 1 07 00", 0, 1 },	/* plugged in in another order */
		{ "pad 0", 0, 0 },
		{ "0123456789", 0, 3 },
		{ "REINER SCT cyberJack go plus (9876543210)", 0, 4 },
		{ "cyberjack go plus (98", 0, 4 },
		{ "kobil", 0, 5 },
		{ "Twin 06 01", 0, 7 },
		{ "06 00", 0, 8 },
		{ "Cardinal PIN pad", ERR_EXISTS, 0 },
		{ "REINER SCT cyberJack go plus", ERR_EXISTS, 0 },
		{ "Twin", ERR_EXISTS, 0 },
		{ "pad 1", ERR_EXISTS, 0 },
		{ "Cardinal PIN pad 2", ERR_READER_NONE, 0 },
		{ "Cardinal PIN pad 0 00 00 ", ERR_READER_NONE, 0 },
		{ " 0z 00", ERR_READER_NONE, 0 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t which;
		const int r = reader_named(names, sizeof(names) / sizeof(names[0]), table[i].wanted,
		    &which);

		if (r != table[i].r || (r == 0 && which != table[i].which))
			CU_FAIL(table[i].wanted);
	}
}

static void
among_none_is_none(void)
{
	size_t which;

	CU_ASSERT_EQUAL(reader_named(names, 0, "Twin", &which), ERR_READER_NONE);
	CU_ASSERT_EQUAL(reader_named(names, 0, "", &which), ERR_READER_NONE);
}

static const struct sentence sentences[] = {
	SENTENCE(a_reader_is_found_by_what_people_write),
	SENTENCE(among_none_is_none),
};

SUITE("reader_name", sentences)
