#ifndef CARDINAL_TRACE_H
#define CARDINAL_TRACE_H

#include <stddef.h>
#include <stdint.h>

/* Lines of the reader's log: names of instructions and status words, no data. */
enum { TRACE_MAX = 80 };

/* "VERIFY 63C2"; SM marks secure messaging; an instruction without a name is its number. */
void trace_apdu(char out[TRACE_MAX], const char *before, const uint8_t *cmd, size_t n,
    const uint8_t *rsp, size_t rsp_n);

#endif
