#ifndef CARDINAL_OPTIONS_H
#define CARDINAL_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "simulator/words.h"

/* What cardinal-pad was told: options anywhere, the rest in order. */
struct options {
	const char *run, *cards, *log, *record, *profile, *without;
	unsigned pad;
	uint8_t features;		/* PADLINK_HAS_* that --without leaves */
	int headless, json, help, version;
	size_t n;
	char *v[WORDS_MAX];
};

enum { OPTIONS_PAD_MAX = 255 };

/*
 * Reads the arguments behind the program's name: 0, or ERR_ARG after saying
 * why. run is --run, CARDINAL_RUN or /run/cardinal. Words of `ctl` that look
 * like options and are none of these (--timeout) stay words.
 */
int options_read(struct options *, int argc, char **argv);

/* Commands of cardinal-pad; each returns an exit code. */
int command_pad(const struct options *);
int command_card(const struct options *);

#endif
