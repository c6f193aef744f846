#include <stdio.h>
#include <string.h>

#include "hsm/cli/errand.h"
#include "hsm/cli/follow.h"
#include "hsm/cli/say.h"
#include "hsm/cli/slot_show.h"

/* How a slot is opened, and opening it: what may have to ask people at the pad. */

/* A new token, which nothing opens: it takes any mode, and other users, at once. */
static int
is_vacant(const struct errand *e)
{
	return !errand_flag(e, "user_set") && !errand_flag(e, "damaged") &&
	    errand_flag(e, "present");
}

/* A person has to bring the code that opens it now. */
static int
has_code(const struct errand *e)
{
	return errand_mode(e, SLOT_CODE) ||
	    (errand_mode(e, SLOT_CARDS) && !errand_flag(e, "stored"));
}

/*
 * The code that opens it now, the new one, or both: then a file may leave out the first, and a
 * person the second, and the code stays as it is.
 */
static int
gather(struct errand *e, int needs_now, int needs_new)
{
	struct code *now = &e->codes->now[e->slot], *code = &e->codes->user[e->slot];
	int status = CLI_DONE;

	if (e->file != NULL && (needs_new || now->n == 0))
		status = errand_want(e, e->codes->user, "Code", CODES_KNOWN);
	if (status == CLI_DONE && needs_now && e->file == NULL)
		status = errand_want(e, e->codes->now, "Code", CODES_KNOWN);
	if (status == CLI_DONE && needs_new && e->file == NULL)
		status = errand_want(e, e->codes->user, "New code",
		    needs_now ? CODES_NEW_OR_SAME : CODES_NEW);
	if (now->n == 0)
		*now = *code;
	if (code->n == 0)
		*code = *now;
	return status;
}

/* The body of a change of mode; NULL: *status, said. */
static json_t *
mode_body(struct errand *e, uint8_t mode, const struct ceremony_slot *seats, int boot, int *status)
{
	const int needs_now = has_code(e) && !is_vacant(e);
	const int needs_new = mode == SLOT_CODE || (mode == SLOT_CARDS && !boot);
	const struct code *so = &e->codes->so[e->slot];
	json_t *body;

	if ((needs_now || needs_new) &&
	    (*status = gather(e, needs_now, needs_new)) != CLI_DONE)
		return NULL;
	*status = CLI_FAILED;
	if ((body = json_pack("{s:s}", "mode", slot_mode_name(mode))) == NULL)
		return NULL;
	if (needs_now)
		json_object_set_new(body, "now", errand_text(&e->codes->now[e->slot]));
	if (needs_new)
		json_object_set_new(body, "code", errand_text(&e->codes->user[e->slot]));
	if (mode == SLOT_CARDS) {
		seats_put(body, seats);
		if (so->n > 0)
			json_object_set_new(body, "so", errand_text(so));
	}
	return body;
}

/* Changes it: at once, after the ceremony that makes the users' cards, or after they have come. */
static int
change(struct errand *e, uint8_t mode, json_t *body)
{
	char path[ERRAND_PATH];
	json_t *last = NULL;
	int status;

	errand_path(e, SLOT_ACT_MODE, path);
	if (mode == SLOT_CARDS)
		status = follow(e->cli, path, body, 0, &last);
	else if (errand_mode(e, SLOT_CARDS) && !is_vacant(e))
		status = follow_opening(e->cli, e->slot, path, body, &last);
	else
		status = errand_post(e, SLOT_ACT_MODE, body);
	if (status == CLI_DONE)
		fprintf(stderr, "slot %u has mode %s\n", e->slot, slot_mode_name(mode));
	else if (last != NULL)
		fprintf(stderr, "slot %u keeps mode %s\n", e->slot, say_member(e->now, "mode"));
	say_lines(stdout, say_member(last, "advice"));
	json_decref(last);
	return status;
}

/* What the command line says, before anybody is asked. */
static int
sensible(struct cli *cli, char **argv, const struct errand_options *o, uint8_t mode)
{
	const int slot = slot_number(argv[0]);
	const char *why;

	if (slot < 0)
		return cli_misused(cli, "there are the slots 0 to 9");
	if ((why = slot_mode_refused((unsigned)slot, mode)) != NULL)
		return cli_misused(cli, "slot %d %s", slot, why);
	if (mode != SLOT_CARDS && (o->users != NULL || o->copies != NULL || o->pads != NULL ||
	    o->boot))
		return cli_misused(cli, "only mode cards has users");
	if (o->boot && slot != 0)
		return cli_misused(cli, "--boot-cards is for slot 0");
	return 0;
}

int
cmd_slot_mode(struct cli *cli, int argc, char **argv)
{
	struct errand e = { 0 };
	struct ceremony_slot seats;
	struct errand_options o;
	json_t *body;
	uint8_t mode;
	int status;

	if ((status = errand_options(cli, argc, argv, "cumpb", 2, &o)) != 0)
		return ERRAND_STATUS(status);
	e.file = o.codes;
	mode = slot_mode_of(argv[optind + 1]);
	if ((status = sensible(cli, argv + optind, &o, mode)) != 0 ||
	    (status = errand_seats(cli, &o, &seats)) != 0)
		return status;
	if ((status = errand_begin(&e, cli, argv[optind])) != CLI_DONE)
		goto out;
	if (errand_mode(&e, mode) && !is_vacant(&e)) {
		fprintf(stderr, "slot %u has mode %s already; a code is changed by C_SetPIN "
		    "(`pkcs11-tool --change-pin`)%s\n", e.slot, slot_mode_name(mode),
		    mode == SLOT_CARDS ? ", and other users come by way of another mode, or after "
		    "`cardinal slot wipe`, which loses its keys" : "");
		/* The users that were asked for are not there. */
		status = mode == SLOT_CARDS ? CLI_FAILED : CLI_DONE;
		goto out;
	}
	if ((body = mode_body(&e, mode, &seats, o.boot, &status)) != NULL)
		status = change(&e, mode, body);
out:
	errand_end(&e);
	return status;
}

static int
open_by_cards(struct errand *e, json_t *body)
{
	char path[ERRAND_PATH];
	json_t *last;
	int status;

	errand_path(e, SLOT_ACT_ACTIVATE, path);
	/* The message at its end says what to do. */
	status = follow_opening(e->cli, e->slot, path, body, &last);
	json_decref(last);
	return status;
}

int
cmd_slot_activate(struct cli *cli, int argc, char **argv)
{
	struct errand e = { 0 };
	struct errand_options o;
	json_t *body = NULL;
	int status;

	if ((status = errand_options(cli, argc, argv, "c", 1, &o)) != 0)
		return ERRAND_STATUS(status);
	e.file = o.codes;
	if ((status = errand_begin(&e, cli, argv[optind])) != CLI_DONE)
		goto out;
	if (strcmp(slot_state(e.now), "open") == 0) {
		fprintf(stderr, "slot %u is open already\n", e.slot);
		goto out;
	}
	if (has_code(&e)) {
		if ((status = errand_want(&e, e.codes->user, "Code", CODES_KNOWN)) != CLI_DONE)
			goto out;
		body = json_pack("{s:o}", "code", errand_text(&e.codes->user[e.slot]));
	}
	status = errand_mode(&e, SLOT_CARDS) ? open_by_cards(&e, body) :
	    errand_post(&e, SLOT_ACT_ACTIVATE, body);
	if (status == CLI_DONE)
		fprintf(stderr, "slot %u is open\n", e.slot);
out:
	errand_end(&e);
	return status;
}
