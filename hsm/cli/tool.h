#ifndef CARDINAL_TOOL_H
#define CARDINAL_TOOL_H

#include <jansson.h>

#include "hsm/cli/cli.h"

/*
 * A custodian's tool: a ceremony with one card or two that changes nothing of the HSM. Takes its
 * options (--json), follows it (`share info` at /v1/share/info), and prints what came of it, on
 * standard output: the cards, the state of the PIN under that name, what show makes of the rest,
 * and the verdict.
 */
int tool_run(struct cli *, int argc, char **argv, const char *pin,
    void (*show)(const json_t *last));
/* "Name:   value" */
void tool_row(const char *name, const char *value);

#endif
