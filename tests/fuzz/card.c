#include <string.h>

#include "tests/fuzz/invent.h"
#include "tests/fuzz/world.h"
#include "tests/unit/dice.h"

int LLVMFuzzerInitialize(int *, char ***);
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
size_t LLVMFuzzerMutate(uint8_t *, size_t, size_t);
size_t LLVMFuzzerCustomMutator(uint8_t *, size_t, size_t, unsigned);

/* Input: steps of tests/fuzz/world.h, which says what has to hold. */

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	dice_seed(1);
	world_begin();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	world_play(p, n);
	return 0;
}

/* Every other time some steps more, the rest as ever. */
size_t
LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t cap, unsigned seed)
{
	struct wr wr;
	size_t end;

	if (seed % 2 == 0)
		return LLVMFuzzerMutate(p, n, cap);
	dice_seed(seed);
	wr_init(&wr, p, cap);
	wr.n = n;
	for (unsigned more = 1 + seed / 2 % 8; more > 0; more--) {
		end = wr.n;
		invent_step(&wr);
		if (wr_end(&wr) != 0)
			return end;
	}
	return wr.n;
}
