#ifndef CARDINAL_PLANS_H
#define CARDINAL_PLANS_H

#include "hsm/ceremony/runner.h"

/* The plans behind ceremony_plan(). */
extern const struct ceremony_plan install_plan;
extern const struct ceremony_plan resume_plan;
extern const struct ceremony_plan share_verify_plan;
extern const struct ceremony_plan share_info_plan;

#endif
