#include "hsm/vault/seat.h"

#include <string.h>

#include "card-os/iso7816/err.h"

/* Shown to people as it is: no control characters; and one encoding, nothing behind its end. */
static int
reader_is_sound(const char name[USER_READER_MAX])
{
	size_t n = strnlen(name, USER_READER_MAX);

	if (n == USER_READER_MAX)
		return 0;
	for (size_t i = 0; i < USER_READER_MAX; i++)
		if (i < n ? (unsigned char)name[i] < ' ' || name[i] == 0x7f : name[i] != 0)
			return 0;
	return 1;
}

int
seat_is_sound(const struct user_seat *seat)
{
	return seat->copies >= 1 && seat->copies <= COPIES_MAX && seat->keys.point[0] == 4 &&
	    (seat->keys.modulus[0] & 0x80) != 0 &&
	    (seat->keys.modulus[USER_MODULUS - 1] & 1) != 0 && reader_is_sound(seat->reader);
}

void
seat_put(struct wr *wr, const struct user_seat *seat)
{
	wr_bytes(wr, seat->keys.modulus, USER_MODULUS);
	wr_bytes(wr, seat->keys.point, USER_POINT);
	wr_u8(wr, seat->copies);
	wr_bytes(wr, seat->reader, USER_READER_MAX);
}

void
seat_get(struct rd *rd, struct user_seat *seat)
{
	rd_bytes(rd, seat->keys.modulus, USER_MODULUS);
	rd_bytes(rd, seat->keys.point, USER_POINT);
	seat->copies = rd_u8(rd);
	rd_bytes(rd, seat->reader, USER_READER_MAX);
	if (rd->err == 0 && !seat_is_sound(seat))
		rd->err = ERR_FORMAT;
}
