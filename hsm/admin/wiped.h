#ifndef CARDINAL_WIPED_H
#define CARDINAL_WIPED_H

/*
 * Codes travel in JSON: from wiped_json() on, all that jansson allocates is wiped when it is
 * freed. Called once, before any JSON is made.
 */
void wiped_json(void);
/* Frees what json_dumps gave, instead of free(), whether wiped_json was called or not. */
void wiped_free(void *);

#endif
