#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/usb/ccid.h"
#include "tests/usb/cyberjack.h"
#include "tests/usb/vhci.h"

/*
 * vhci KIND PADSOCKET: a USB reader of that kind at a port of the kernel's vhci_hcd, for as long as
 * this program runs and the pad is plugged in. Each kind has a port of its own.
 */
static struct vhci vhci;
static struct cyberjack cyberjack;
static struct ccid ccid;

static const struct usb_function *
make_cyberjack(const char *pad)
{
	return cyberjack_init(&cyberjack, pad, NULL) == 0 ? &cyberjack.usb : NULL;
}

static const struct usb_function *
make_ccid(const char *pad)
{
	ccid_init(&ccid, pad);
	return &ccid.usb;
}

static const struct {
	const char *name;
	const struct usb_function *(*make)(const char *pad);
} kinds[] = {
	{ "cyberjack", make_cyberjack },
	{ "ccid", make_ccid },
};

int
main(int argc, char **argv)
{
	const struct usb_function *f = NULL;
	unsigned port = 0;
	int r;

	for (unsigned i = 0; argc == 3 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[1], kinds[i].name) == 0) {
			f = kinds[i].make(argv[2]);
			port = i;
		}
	if (f == NULL) {
		fprintf(stderr, "usage: vhci cyberjack|ccid PADSOCKET\n");
		return 2;
	}
	r = vhci_run(&vhci, f, port);
	fprintf(stderr, "vhci: %s: %s\n", err_str(r), r == ERR_IO ? strerror(errno) : "USB/IP");
	return 1;
}
