#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "simulator/guard.h"
#include "simulator/options.h"
#include "simulator/server.h"
#include "simulator/ui.h"

/* All of one pad. It is large, and in locked memory where the system lets us. */
struct whole {
	struct device device;
	struct deck deck;
	struct hands hands;
	struct server server;
	struct ui ui;
	int log;		/* descriptor, -1: none */
	unsigned pad;
};

/* No debugger of the same user, no core file, no swap sees the digits of a PIN. */
static void
protect(struct whole *w)
{
	const struct rlimit none = { 0, 0 };

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
	if (mlock(w, sizeof(*w)) == 0)
		return;
	/* Small limits have room for the parts where digits stand. */
	if (mlock(&w->device.pad, sizeof(w->device.pad)) != 0 ||
	    mlock(w->server.clients, sizeof(w->server.clients)) != 0)
		fprintf(stderr, "cardinal-pad: memory cannot be locked: %s\n", strerror(errno));
}

static void
write_log(void *arg, const char *line)
{
	struct whole *w = arg;

	ui_log(&w->ui, line);
	if (w->log >= 0)
		dprintf(w->log, "pad%u: %s\n", w->pad, line);
}

static int
open_log(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

static int
open_server(struct whole *w, const struct options *o)
{
	int r = server_open(&w->server, &w->device, &w->hands, o->run, o->pad);

	if (r == ERR_BUSY)
		fprintf(stderr,
		    "cardinal-pad: pad %u runs already in %s; choose another by --pad\n", o->pad,
		    o->run);
	else if (r == ERR_SIZE)
		fprintf(stderr, "cardinal-pad: %s: too long for the path of a socket\n", o->run);
	else if (r != 0)
		fprintf(stderr, "cardinal-pad: %s: %s; choose another by --run or CARDINAL_RUN\n",
		    o->run, strerror(errno));
	return r;
}

static int
serve(struct whole *w, const struct options *o)
{
	const struct server_face face = { &w->ui, ui_keyboard, ui_draw, ui_resized };
	int r;

	if (o->headless)
		return server_run(&w->server, NULL);
	if ((r = ui_open(&w->ui, &w->hands, o->pad, &w->server.stop)) != 0) {
		fprintf(stderr, "cardinal-pad: this is no terminal; without one, say --headless\n");
		return r;
	}
	w->server.deck_watch = w->ui.watch;
	r = server_run(&w->server, &face);
	ui_close(&w->ui);
	return r;
}

int
command_pad(const struct options *o)
{
	struct whole w;
	int r = EXIT_FAILED;

	/* Before there is anything to protect: the guard has no part in it. */
	if (!o->headless)
		guard_terminal();
	memset(&w, 0, sizeof(w));
	w.pad = o->pad;
	w.log = o->headless ? STDERR_FILENO : -1;
	protect(&w);
	device_init(&w.device, write_log, &w);
	device_offer(&w.device, o->features);
	hands_init(&w.hands, &w.device, &w.deck);
	if (deck_init(&w.deck, o->cards) != 0) {
		fprintf(stderr, "cardinal-pad: the path of the cards is too long\n");
		goto out;
	}
	if (o->log != NULL && (w.log = open_log(o->log)) < 0) {
		fprintf(stderr, "cardinal-pad: %s: %s\n", o->log, strerror(errno));
		goto out;
	}
	if (o->record != NULL && hands_record(&w.hands, o->record) != 0) {
		fprintf(stderr, "cardinal-pad: %s: %s\n", o->record, strerror(errno));
		goto out;
	}
	if (open_server(&w, o) != 0)
		goto out;
	if (serve(&w, o) == 0)
		r = EXIT_DONE;
	server_close(&w.server);
out:
	hands_free(&w.hands);
	device_free(&w.device);
	OPENSSL_cleanse(&w.device, sizeof(w.device));
	/* Nothing is left to protect, and a leak checker may look. */
	prctl(PR_SET_DUMPABLE, 1);
	return r;
}
