#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/usb/cyberjack.h"
#include "tests/usb/mockbus.h"

/*
 * mockjack DIR N COMMAND...    runs the command beside a bus with N cyberJacks
 * mockjack ctl SOCKET WORDS... tells one of them something
 *
 * The n-th is behind pad n of DIR/run, where it is looked for, and is told by
 * DIR/jackN.ctl; what the bus sees is in DIR/bus.log. libumockdev-preload.so is
 * to be preloaded; COMMAND runs without it, with UMOCKDEV_DIR in its environment.
 */
enum { PATH_N = 108 };

static int
usage(int status)
{
	fprintf(status == 0 ? stdout : stderr,
	    "mockjack DIR N COMMAND...\nmockjack ctl SOCKET WORDS...\n%s%s", cyberjack_help,
	    jack_faults_help);
	return status;
}

int
main(int argc, char **argv)
{
	static struct cyberjack jacks[MOCKBUS_FUNCTIONS];
	static char pads[MOCKBUS_FUNCTIONS][PATH_N];
	const struct usb_function *functions[MOCKBUS_FUNCTIONS];
	char ctl[PATH_N], log[PATH_N];
	size_t n;
	int r;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage(0);
	if (argc < 4)
		return usage(2);
	if (strcmp(argv[1], "ctl") == 0)
		return usb_ctl_say(argv[2], argv + 3);
	if ((n = strtoul(argv[2], NULL, 10)) == 0 || n > MOCKBUS_FUNCTIONS)
		return usage(2);
	for (size_t i = 0; i < n; i++) {
		snprintf(pads[i], sizeof(pads[i]), "%s/run/pad%zu.sock", argv[1], i);
		snprintf(ctl, sizeof(ctl), "%s/jack%zu.ctl", argv[1], i);
		if (cyberjack_init(&jacks[i], pads[i], ctl) != 0) {
			perror(ctl);
			return 125;
		}
		functions[i] = &jacks[i].usb;
	}
	snprintf(log, sizeof(log), "%s/bus.log", argv[1]);
	r = mockbus_run(functions, n, argv + 3, log);
	for (size_t i = 0; i < n; i++)
		cyberjack_free(&jacks[i]);
	return r;
}
