#ifndef CARDINAL_TESTS_POWER_OPERATIONS_H
#define CARDINAL_TESTS_POWER_OPERATIONS_H

#include <stddef.h>
#include <stdint.h>

/* Everything that changes what lasts on a card, to be done and to be cut. */

enum power_card {
	NEW_CARD,
	WITH_CREDENTIAL,
	/* of tests/unit/workshop.h, with what WORKSHOP_FILES makes */
	WITH_WORKSHOP,
	WITH_KEYS,			/* of tests/unit/keyring.h, the secret loaded */
	POWER_CARDS,
};

/* A proof of a PIN or key: a try is charged before, and all are back after a right one. */
enum power_proof { NO_PROOF, RIGHT, WRONG };

struct power_counter {
	uint16_t df, fid;		/* the file, in the DF of that identifier */
	uint8_t max;			/* tries of a whole one */
};

struct power_operation {
	const char *says;
	enum power_card card;
	int channel;			/* before is done through one, and so is the operation */
	const char *before, *command;	/* in workshop's way, a semicolon between two commands */
	uint16_t sw;			/* of the last, where it is not sealed */
	enum power_proof proof;
	const struct power_counter *of;	/* what is proven, NULL for NO_PROOF */
};

extern const struct power_operation power_operations[];
extern const size_t power_operations_n;

/* What a workshop has in it. */
extern const char power_workshop_files[];

/* In place of a command: what loads the credential, and what answers the challenge before. */
#define POWER_LOADS "credential"
#define POWER_ANSWERS "answer"
#define POWER_ANSWERS_WRONG "wrong answer"

#endif
