#include <stdlib.h>
#include <string.h>

#include "simulator/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * Lines for the control socket, each answered by lines that end in one of the
 * four words, or waiting; the pad itself is real, the deck is nowhere.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct device device;
	struct deck deck = { "/nonexistent" };
	struct hands hands;
	struct control control;
	struct control_reply reply;
	char line[WORDS_LINE_MAX];
	size_t len;

	device_init(&device, NULL, NULL);
	hands_init(&hands, &device, &deck);
	control_init(&control, &hands);
	for (uint64_t now = 0; n > 0; now += 100) {
		for (len = 0; len < n && len < sizeof(line) - 1 && p[len] != '\n'; len++)
			line[len] = (char)p[len];
		line[len] = '\0';
		control_line(&control, line, now, &reply);
		if (reply.n >= sizeof(reply.text) ||
		    (!reply.waits && (reply.n == 0 || reply.text[reply.n - 1] != '\n')))
			abort();
		if (reply.waits) {
			control_look(&control, reply.until, &reply);
			if (reply.waits)
				abort();
		}
		len += len < n;
		p += len;
		n -= len;
	}
	device_free(&device);
	return 0;
}
