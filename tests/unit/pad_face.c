#include "tests/unit/pad_face.h"

#include <string.h>

int
face_shows(const struct pad *p, const char *line1, const char *line2)
{
	return strcmp(p->lcd.now.line[0], line1) == 0 && strcmp(p->lcd.now.line[1], line2) == 0;
}

int
face_wiped(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i] != 0)
			return 0;
	return 1;
}

struct padlink_pin
face_verify(void)
{
	return (struct padlink_pin){ .kind = PADLINK_PIN_VERIFY, .first_s = 30, .next_s = 10,
		.format = PADLINK_ASCII, .min = 6, .max = 16, .end = PADLINK_END_OK, .n = 4,
		.apdu = { 0, 0x20, 0, 0x81 } };
}
