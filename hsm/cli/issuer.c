#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/cli/cli.h"
#include "hsm/cli/client.h"
#include "hsm/cli/say.h"

enum { FILE_ROOM = 8192 };	/* what the daemon takes */

static int
load(const char *path, char *p, size_t *n)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int r = 0;

	if (f == NULL) {
		fprintf(stderr, "cardinal: cannot read %s: %s\n", path, strerror(errno));
		return -1;
	}
	*n = fread(p, 1, FILE_ROOM + 1, f);
	if (ferror(f)) {
		fprintf(stderr, "cardinal: cannot read %s: %s\n", path, strerror(errno));
		r = -1;
	} else if (*n > FILE_ROOM) {
		fprintf(stderr, "cardinal: %s is too long for one certificate\n", path);
		r = -1;
	}
	if (f != stdin)
		fclose(f);
	return r;
}

static void
show(FILE *out, const json_t *issuer)
{
	say_text(out, say_member(issuer, "subject"));
	fputs("\n  SHA-256      ", out);
	say_text(out, say_member(issuer, "fingerprint"));
	fputs("\n  valid until  ", out);
	say_text(out, say_member(issuer, "not_after"));
	fputc('\n', out);
}

int
cmd_issuer_add(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = { CLI_OPTIONS };
	struct client *client = NULL;
	json_t *answer = NULL;
	char pem[FILE_ROOM + 1];
	size_t n;
	int c, r, status;

	c = cli_option(cli, argc, argv, options, &status);
	if (c == 0 || (status = cli_arguments(cli, argc, 1)) != 0)
		return status;
	status = CLI_FAILED;
	if (load(argv[optind], pem, &n) != 0 || client_new(&client, cli->run, 0) != 0)
		goto out;
	r = client_call(client, "/v1/issuers", pem, n, 0, &answer);
	if (r == 0)
		show(stdout, answer);
	/* What was asked for is so already. */
	if (r == ERR_EXISTS)
		fputs("this issuer is trusted already\n", stderr);
	if (r == 0 || r == ERR_EXISTS)
		status = CLI_DONE;
out:
	json_decref(answer);
	client_free(client);
	return status;
}

int
cmd_issuer_list(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		CLI_OPTIONS
	};
	struct client *client = NULL;
	json_t *answer = NULL, *list, *one;
	size_t i;
	int c, json = 0, status;

	while ((c = cli_option(cli, argc, argv, options, &status)) > 0)
		json = 1;
	if (c == 0 || (status = cli_arguments(cli, argc, 0)) != 0)
		return status;
	status = CLI_FAILED;
	if (client_new(&client, cli->run, 0) != 0 ||
	    client_call(client, "/v1/issuers", NULL, 0, 0, &answer) != 0)
		goto out;
	list = json_object_get(answer, "issuers");
	if (json)
		say_json(stdout, list);
	else
		json_array_foreach(list, i, one)
			show(stdout, one);
	if (json_array_size(list) == 0 && !json)
		fputs("no issuer is trusted yet: `cardinal issuer add FILE`\n", stderr);
	status = CLI_DONE;
out:
	json_decref(answer);
	client_free(client);
	return status;
}
