#ifndef CARDINAL_TEST_PLACE_H
#define CARDINAL_TEST_PLACE_H

#include "hsm/vault/store.h"

/*
 * A state directory for one test, an open store in it, and a set of 2 of 3 whose
 * key is 00 01 ... 1f.
 */
enum { PATH_LEN = 128 };

struct place {
	char dir[PATH_LEN];
	struct store *store;
	struct mbk mbk;
	struct share shares[3];
	struct share_set set;
};

extern const struct share_header place_head;

/* Each asserts that it works. leave closes the store and removes the directory. */
void place_enter(struct place *);
void place_leave(struct place *);
/* Closes the store and opens it again. */
void place_again(struct place *);
struct hsm_status place_status(struct place *);
/* Number of records in the transcript. */
size_t place_events(struct place *);
/* Leads a fresh store to a state, as a ceremony would: three or four records. */
void place_lead_to(struct place *, enum hsm_state);
/* The path of a file in the directory. */
char *place_file(const struct place *, const char *name, char path[2 * PATH_LEN]);
/* Runs SQL on the closed store's database. */
void place_sql(const struct place *, const char *text);
/* Whether a file of the directory holds those bytes. */
int place_holds(const struct place *, const char *name, const void *bytes, size_t n);

#endif
