#include "hsm/ceremony/plans.h"

#include <string.h>

static const struct ceremony_plan *const plans[] = {
	&install_plan, &resume_plan, &slot_cards_plan, &activate_plan, &share_verify_plan,
	&share_info_plan, &share_copy_plan, &share_pin_plan, &user_verify_plan, &user_info_plan,
	&user_pin_plan,
};

const struct ceremony_plan *
ceremony_plan(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		if (strcmp(plans[i]->name, name) == 0)
			return plans[i];
	return NULL;
}
