#ifndef CARDINAL_CLI_READER_H
#define CARDINAL_CLI_READER_H

#include <jansson.h>

#include "hsm/cards/padcheck.h"

/* The parts of `cardinal reader`. */

/* The reports of all readers as a table. */
void reader_table(const struct pad_report *, size_t n);
/* The same, or the report of one, as JSON; the caller's, NULL when memory is short. */
json_t *reader_list_json(const struct pad_report *, size_t n);
json_t *reader_json(const struct pad_report *, const struct pad_finding *const *, size_t n);
/* A report and its findings, for people. */
void reader_show(const struct pad_report *, const struct pad_finding *const *, size_t n);

/* Which PIN a PIN entry tries. */
struct reader_pin_kind {
	const char *name;	/* on the command line */
	const char *says;
	const char *aid;
};
/* NULL: there is none of that name. */
const struct reader_pin_kind *reader_pin_kind(const char *name);
/*
 * One PIN entry at that reader; it says which card and PIN, and how many tries are left, before.
 * With one try left it does not begin, but by force. The exit status; *json is what came of it, the
 * caller's.
 */
int reader_pin(const char *reader, const struct reader_pin_kind *, int force, json_t **json);

#endif
