#include "hsm/admin/slot_order.h"

#include <string.h>

static const char *const acts[SLOT_ACTS] = {
	[SLOT_ACT_MODE] = "mode",
	[SLOT_ACT_ACTIVATE] = "activate",
	[SLOT_ACT_DEACTIVATE] = "deactivate",
	[SLOT_ACT_SHOW] = "code",
	[SLOT_ACT_WIPE] = "wipe",
};

static const struct {
	uint8_t mode;
	const char *name;
} modes[] = {
	{ SLOT_AUTO, "auto" },
	{ SLOT_CODE, "code" },
	{ SLOT_CARDS, "cards" },
	{ SLOT_PKA, "pka" },
};

enum { MODES = sizeof(modes) / sizeof(modes[0]) };

const char *
slot_act_name(enum slot_act act)
{
	return act > 0 && act < SLOT_ACTS ? acts[act] : "?";
}

const char *
slot_mode_name(uint8_t mode)
{
	for (size_t i = 0; i < MODES; i++)
		if (modes[i].mode == mode)
			return modes[i].name;
	return "?";
}

uint8_t
slot_mode_of(const char *name)
{
	for (size_t i = 0; i < MODES; i++)
		if (strcmp(modes[i].name, name) == 0)
			return modes[i].mode;
	return 0;
}

const char *
slot_mode_refused(unsigned slot, uint8_t mode)
{
	switch (mode) {
	case SLOT_AUTO:
		return NULL;
	case SLOT_CODE:
		/* SPEC 5: it holds the audit log's signing key. */
		return slot != 0 ? NULL : "is never opened by a code: it belongs to the HSM itself";
	case SLOT_CARDS:
		return NULL;
	case SLOT_PKA:
		return "cannot be opened by public keys yet: the modes of this release are auto, "
		    "code and cards";
	default:
		return "has one of the modes auto, code and cards";
	}
}
