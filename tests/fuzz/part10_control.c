#include "ifdhandler/part10.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/memreader.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { HEAD = 3, FEATURES_MAX = 0x13, ROOM_MAX = 96 };

/* What a call may return beside success. */
static int
known(int r)
{
	return r == 0 || r == ERR_UNSUPPORTED || r == ERR_SIZE || r == ERR_FORMAT ||
	    r == ERR_READER_GONE;
}

/*
 * Control codes one after another, {tag, room, length:1, bytes}, on one reader; the first byte
 * says what it has. An entry ends once for each that was begun, and nothing that a reader does not
 * offer reaches it.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct memreader m;
	static struct slot slot;
	uint8_t got[ROOM_MAX], tag;
	unsigned code, size;
	struct wr wr;

	if (n == 0)
		return 0;
	memset(&slot, 0, sizeof(slot));
	memreader_init(&m);
	m.properties.features = p[0] & 7;
	m.present = (p[0] & 8) != 0;
	m.input_r = ERR_TIMEOUT;
	m.comes_after = 2;
	m.sw = 0x9000;
	slot.reader = &m.reader;
	slot.powered = m.present && (p[0] & 16) != 0;
	for (p++, n--; n >= HEAD; p += HEAD + size, n -= HEAD + size) {
		tag = p[0] % FEATURES_MAX;
		code = tag == 0 ? 0x42000d48 : 0x42330000 + tag;
		size = p[2];
		/* What the reader answers from here on, by the room. */
		m.r = p[1] & 0x80 ? ERR_READER_GONE : 0;
		if (n < HEAD + size)
			break;
		wr_init(&wr, got, p[1] % ROOM_MAX);
		if (!known(part10_control(&slot, code, p + HEAD, size, &wr)) ||
		    wr.n > p[1] % ROOM_MAX)
			abort();
	}
	if (m.finishes > m.starts ||
	    ((m.properties.features & PADLINK_HAS_START) == 0 &&
	    m.starts + m.keys + m.finishes + m.aborts > 0) ||
	    ((m.properties.features & PADLINK_HAS_DIRECT) == 0 && m.pins > 0))
		abort();
	return 0;
}
