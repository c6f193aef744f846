#include <stdlib.h>

/* Preloaded: a leak, to see that leaks are seen. */
static void *volatile lost;

__attribute__((constructor)) static void
lose(void)
{
	lost = malloc(77);
	lost = NULL;
}
