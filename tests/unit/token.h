#ifndef CARDINAL_TEST_TOKEN_H
#define CARDINAL_TEST_TOKEN_H

#include "hsm/vault/objects.h"
#include "tests/unit/place.h"

/*
 * An HSM for tests of slots: slots 0 and 1 are auto, whatever of them the HSM makes is made; slot 2
 * is auto with an SO PIN of its own; 3 and 4 are of mode code, with code and SO PIN; 5 is of mode
 * code with an SO PIN that is made; 6 to 9 have a trial's codes. All are a trial's, which takes no
 * time, unless in earnest: then 2 to 5 are not.
 */
#define TOKEN_CODE "the user's code"
#define TOKEN_SO "the officer's PIN"
#define TOKEN_TRIAL "98765432"
#define TOKEN_TRIAL_SO "87654321"

void token_plans(struct slot_plan plan[SLOTS], int earnest);
/* A place that is operational with them; answers to wrong codes come at once. */
void token_enter(struct place *);
void token_enter_earnest(struct place *);
/* Closes the store and opens it again, with its auto slots. */
void token_again(struct place *);

struct slot_info token_info(struct place *, unsigned slot);
/* slot_enter and the others with texts: NULL is none. */
int token_login(struct place *, unsigned slot, enum slot_who, const char *code);
int token_change(struct place *, unsigned slot, enum slot_who, const char *old, const char *code);
int token_set_user(struct place *, unsigned slot, const char *so, const char *code);
int token_init(struct place *, unsigned slot, const char *so, const char *label);
/* A plan of that mode; NULL is none. */
struct slot_plan token_plan(uint8_t mode, const char *code, const char *so);

/* A record whose text it is, with up to three terms: kind 1 text, kind 2 text2, kind 3 "all". */
int token_add(struct place *, unsigned slot, enum object_domain, const char *text,
    const char *text2, uint64_t *id);
/* Reads it as a text: the store's errors. */
int token_read(struct place *, unsigned slot, uint64_t id, char text[64]);
/* How many have kind 1 text (NULL: all there are) in the domains: negative errors. */
int token_find(struct place *, unsigned slot, unsigned domains, const char *text);

#endif
