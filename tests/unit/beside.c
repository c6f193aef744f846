#include "hsm/pkcs11/beside.h"

#include "tests/unit/suite.h"

/* How many processors the thread may run on, and the first of them. */
static int
may(int *first)
{
	cpu_set_t set;

	OK(sched_getaffinity(0, sizeof(set), &set));
	for (*first = 0; !CPU_ISSET((size_t)*first, &set); (*first)++)
		;
	return CPU_COUNT(&set);
}

static void
in_a_crowd_it_runs_where_its_client_does_and_goes_home_in_calm(void)
{
	struct beside b;
	int home, at, all = may(&home);

	beside_init(&b);
	beside_keep(&b, home, 0);
	CU_ASSERT_EQUAL(may(&at), all);
	beside_keep(&b, home, 1);
	CU_ASSERT_EQUAL(may(&at), 1);
	CU_ASSERT_EQUAL(at, home);
	CU_ASSERT_EQUAL(sched_getcpu(), home);
	for (int i = 0; i < 63; i++)
		beside_keep(&b, home, 0);
	CU_ASSERT_EQUAL(may(&at), 1);
	beside_keep(&b, home, 1);
	for (int i = 0; i < 63; i++)
		beside_keep(&b, home, 0);
	CU_ASSERT_EQUAL(may(&at), 1);
	beside_keep(&b, home, 0);
	CU_ASSERT_EQUAL(may(&at), all);
}

static void
it_follows_to_no_processor_that_it_was_not_given(void)
{
	cpu_set_t before, one;
	struct beside b;
	int home, at;

	OK(sched_getaffinity(0, sizeof(before), &before));
	may(&home);
	CPU_ZERO(&one);
	CPU_SET((size_t)home, &one);
	OK(sched_setaffinity(0, sizeof(one), &one));
	beside_init(&b);
	OK(sched_setaffinity(0, sizeof(before), &before));
	for (int other = -1; other < CPU_SETSIZE + 2; other++)
		if (other != home)
			beside_keep(&b, other, 1);
	CU_ASSERT_EQUAL(b.at, -1);
	CU_ASSERT_EQUAL(may(&at), CPU_COUNT(&before));
}

static const struct sentence sentences[] = {
	SENTENCE(in_a_crowd_it_runs_where_its_client_does_and_goes_home_in_calm),
	SENTENCE(it_follows_to_no_processor_that_it_was_not_given),
};

SUITE("beside", sentences)
