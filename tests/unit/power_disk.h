#ifndef CARDINAL_TESTS_POWER_DISK_H
#define CARDINAL_TESTS_POWER_DISK_H

#include <stddef.h>

#include "card-os/os/card.h"

/*
 * A disk that loses power. The linker turns the calls of card-os/image.c that reach the disk to
 * here (--wrap), and so is the comparison of a PIN. Each is a step with a number. At the step that
 * was chosen the process ends, and what had not been synced is on the disk or is not, as chosen:
 * data that was written but not synced, a new name whose directory was not synced.
 */
enum {
	POWER_LOST = 42,		/* exit status of a process that was cut */
	POWER_STEPS = 256,
	POWER_STATES = 8,
	POWER_OPEN = 'o', POWER_MODE = 'm', POWER_TRUNCATE = 't', POWER_WRITE = 'w',
	POWER_SYNC = 's', POWER_RENAME = 'r', POWER_SYNC_DIR = 'd', POWER_COMPARE = 'c',
	POWER_ANSWER = 'a',
};

enum power_data { DATA_KEPT, DATA_LOST, DATA_TORN, DATAS };	/* torn: half of it, then zeros */
enum power_name { NAME_KEPT, NAME_LOST, NAMES };

struct power_cut {
	unsigned at;			/* before that step, from 1; 0: never */
	int half;			/* of a write: half of it is done */
	enum power_data data;
	enum power_name name;
};

/* What happened, in memory that outlives the process that is cut. */
struct power_log {
	unsigned steps;
	char step[POWER_STEPS];
	int data_open[POWER_STEPS];	/* before that step, something was not synced */
	int name_open[POWER_STEPS];
	unsigned saves;			/* that have returned */
	unsigned compared;
	int answered;
	uint16_t sw;
	size_t n[POWER_STATES];		/* states after so many saves, the first before any */
	uint8_t state[POWER_STATES][CARD_IMAGE_MAX];
};

/* Of one card's file, from now on, in the process that is to be cut. */
void power_arm(const struct power_cut *, struct power_log *, const char *path);
/* A step of the caller's. */
void power_step(char what);

#endif
