#include "hsm/ceremony/plans.h"

#include "hsm/ceremony/activate.h"
#include "hsm/ceremony/backup.h"
#include "hsm/ceremony/roster.h"
#include "hsm/ceremony/users.h"

/*
 * Going on with an installation that broke off. With k cards of the set written
 * the polynomial is there, on the cards: the rest is written from it. With
 * fewer the key is lost, and nothing was ever made with it: a new set.
 */
static const struct ceremony_plan resume_write = {
	.name = "resume",
	.title = "Resuming an installation",
	.states = 1u << HSM_INCONSISTENT,
	.installs = 1,
	.resumes = 1,
	.wants = roster_check,
	.phase = { &backup_read, &backup_rebuild, &backup_create, &backup_read, &backup_commit,
	    &users_make, &users_finish, &activate_first },
};

/* All cards are written: the key is compared by its check value alone. */
static const struct ceremony_plan resume_read = {
	.name = "resume",
	.title = "Resuming an installation",
	.states = 1u << HSM_INCONSISTENT,
	.installs = 1,
	.resumes = 1,
	.wants = roster_check,
	.phase = { &backup_read, &backup_commit, &users_make, &users_finish, &activate_first },
};

static const struct ceremony_plan resume_new = {
	.name = "resume",
	.title = "Resuming an installation",
	.states = 1u << HSM_INCONSISTENT,
	.installs = 1,
	.resumes = 1,
	.quorum = 1,
	.wants = roster_check,
	.phase = { &backup_make, &backup_create, &backup_read, &backup_commit, &users_make,
	    &users_finish, &activate_first },
};

/* The HSM has its key already: it waits for its slots' users alone, or for the slots. */
static const struct ceremony_plan resume_users = {
	.name = "resume",
	.title = "Resuming an installation",
	.states = 1u << HSM_INCONSISTENT,
	.installs = 1,
	.resumes = 1,
	.wants = roster_check,
	.phase = { &users_make, &users_finish_always, &activate_first },
};

static const struct ceremony_plan *
choose(const struct hsm_status *s)
{
	unsigned x, written = 0;

	if (s->committed && !s->key_lost)
		return &resume_users;
	if (!s->have_set)
		return &resume_new;
	for (x = 1; x <= s->set.head.n; x++)
		written += s->written >> (x - 1) & 1u;
	if (written < s->set.head.k)
		return &resume_new;
	return written == s->set.head.n ? &resume_read : &resume_write;
}

const struct ceremony_plan resume_plan = {
	.name = "resume",
	.title = "Resuming an installation",
	.states = 1u << HSM_INCONSISTENT,
	.installs = 1,
	.resumes = 1,
	.choose = choose,
	.wants = roster_check,
	.phase = { &backup_read, &backup_rebuild, &backup_create, &backup_read, &backup_commit,
	    &users_make, &users_finish, &activate_first },
};
