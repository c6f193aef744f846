#include "hsm/cli/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "hsm/cards/probe.h"
#include "hsm/cards/reader_name.h"
#include "hsm/cli/cli.h"
#include "hsm/cli/say.h"

/* reader list, reader probe: straight to PC/SC, so that they help when the daemon does not. */

enum { TEXT_SECONDS = 2, TRIES = 3, PAUSE_NS = 300000000 };
static const char text[] = "Cardinal probe\nthis is a test";

static const char no_reader[] =
    "cardinal: pcscd runs, but knows no reader. One on USB: is it plugged in (`lsusb`), and the "
    "driver\ninstalled for it (libccid, or its maker's)? A virtual one: is there an "
    "/etc/reader.conf.d/cardinal,\nand was pcscd restarted since (`systemctl restart pcscd`)?\n";

/* Said when something is wrong with pcscd, or when it has no reader. */
static int
find(char names[CARDS_READERS_MAX][CARDS_NAME_MAX], size_t *n)
{
	char why[PROBE_WHY_MAX];

	if (probe_names(names, n, why) != 0) {
		fprintf(stderr, "cardinal: %s\n", why);
		return CLI_FAILED;
	}
	if (*n == 0)
		fputs(no_reader, stderr);
	return CLI_DONE;
}

int
cmd_reader_list(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		CLI_OPTIONS
	};
	char names[CARDS_READERS_MAX][CARDS_NAME_MAX];
	struct pad_report *v = NULL;
	json_t *json = NULL;
	int c, as_json = 0, status;
	size_t n;

	while ((c = cli_option(cli, argc, argv, options, &status)) > 0)
		as_json = 1;
	if (c == 0 || (status = cli_arguments(cli, argc, 0)) != 0 ||
	    (status = find(names, &n)) != CLI_DONE)
		return status;
	status = CLI_FAILED;
	if ((v = calloc(CARDS_READERS_MAX, sizeof(*v))) == NULL)
		goto out;
	for (size_t i = 0; i < n; i++)
		probe_reader(names[i], NULL, 0, &v[i]);
	if (as_json && (json = reader_list_json(v, n)) == NULL)
		goto out;
	if (as_json)
		say_json(stdout, json);
	else
		reader_table(v, n);
	status = fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
out:
	json_decref(json);
	free(v);
	return status;
}

/* The reader that is meant, or what there is instead. */
static int
choose(struct cli *cli, const char *wanted, char names[CARDS_READERS_MAX][CARDS_NAME_MAX],
    size_t *which)
{
	size_t n, i;
	int r, status;

	if ((status = find(names, &n)) != CLI_DONE)
		return status;
	if (n == 0)
		return CLI_FAILED;
	*which = 0;
	r = wanted == NULL ? (n == 1 ? 0 : ERR_EXISTS) : reader_named(names, n, wanted, which);
	if (r == 0)
		return CLI_DONE;
	if (wanted == NULL)
		status = cli_misused(cli, "there are several readers, name one, or a part of it");
	else if (r == ERR_EXISTS)
		status = cli_misused(cli, "several readers are meant by that, give more of the "
		    "name");
	else {
		fputs("cardinal: there is no reader ", stderr);
		say_text(stderr, wanted);
		fputs(" among these:\n", stderr);
		status = CLI_FAILED;
	}
	for (i = 0; i < n; i++) {
		fputs("  ", stderr);
		say_text(stderr, names[i]);
		fputc('\n', stderr);
	}
	return status;
}

struct wishes {
	const struct reader_pin_kind *pin;
	int force, json;
};

static int
is_gone(const struct pad_report *v)
{
	return v->err == ERR_READER_GONE || v->text_err == ERR_READER_GONE;
}

static int
probe(const char *name, const struct wishes *w)
{
	const struct timespec pause = { 0, PAUSE_NS };
	const struct pad_finding *findings[PADCHECK_MAX];
	struct pad_report *v = calloc(1, sizeof(*v));
	json_t *json = NULL, *pin = NULL;
	int status = CLI_FAILED, wrong = 0;
	size_t n;

	if (v == NULL)
		goto out;
	/* A pad that was plugged in just now is found by the driver within half a second. */
	for (int i = 0; i < TRIES && (i == 0 || is_gone(v)); i++) {
		if (i > 0)
			(void)nanosleep(&pause, NULL);
		probe_reader(name, text, TEXT_SECONDS, v);
	}
	n = padcheck(v, findings);
	for (size_t i = 0; i < n; i++)
		wrong |= findings[i]->wrong;
	if (!w->json)
		reader_show(v, findings, n);
	else if ((json = reader_json(v, findings, n)) == NULL)
		goto out;
	(void)fflush(stdout);
	status = wrong ? CLI_FAILED : CLI_DONE;
	if (w->pin != NULL && v->err == 0) {
		const int r = reader_pin(name, w->pin, w->force, &pin);

		status = r != CLI_DONE ? r : status;
		if (json != NULL && pin != NULL)
			json_object_set(json, "pin", pin);
	}
	if (json != NULL)
		say_json(stdout, json);
	if (fflush(stdout) != 0)
		status = CLI_FAILED;
out:
	json_decref(pin);
	json_decref(json);
	free(v);
	return status;
}

int
cmd_reader_probe(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "pin", optional_argument, NULL, 'p' },
		{ "force", no_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		CLI_OPTIONS
	};
	char names[CARDS_READERS_MAX][CARDS_NAME_MAX];
	struct wishes w = { 0 };
	int c, status;
	size_t which;

	while ((c = cli_option(cli, argc, argv, options, &status)) > 0) {
		if (c == 'p' && (w.pin = reader_pin_kind(optarg != NULL ? optarg : "share")) ==
		    NULL)
			return cli_misused(cli, "cards of ours have two PINs: share, user");
		w.force |= c == 'f';
		w.json |= c == 'j';
	}
	if (c == 0 || (argc - optind > 1 && (status = cli_arguments(cli, argc, 1)) != 0))
		return status;
	if (w.force && w.pin == NULL)
		return cli_misused(cli, "--force goes with --pin");
	if ((status = choose(cli, argv[optind], names, &which)) != CLI_DONE)
		return status;
	return probe(names[which], &w);
}
