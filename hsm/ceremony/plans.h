#ifndef CARDINAL_PLANS_H
#define CARDINAL_PLANS_H

#include "hsm/ceremony/runner.h"

/* The plans behind ceremony_plan(). */
extern const struct ceremony_plan install_plan;
extern const struct ceremony_plan resume_plan;
extern const struct ceremony_plan share_verify_plan;
extern const struct ceremony_plan share_info_plan;
extern const struct ceremony_plan share_copy_plan;
extern const struct ceremony_plan share_pin_plan;
extern const struct ceremony_plan slot_cards_plan;
extern const struct ceremony_plan activate_plan;
extern const struct ceremony_plan user_verify_plan;
extern const struct ceremony_plan user_info_plan;
extern const struct ceremony_plan user_pin_plan;

/* Of tools, which change none. */
enum {
	ANY_STATE = 1 << HSM_FACTORY | 1 << HSM_INSTALLING | 1 << HSM_OPERATIONAL |
	    1 << HSM_INCONSISTENT,
};

#endif
