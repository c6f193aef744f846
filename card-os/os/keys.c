#include "card-os/os/keys.h"

#include "card-os/os/files.h"

/* Each begins with a byte that is 1 when the key is there; the rest is zeros before. */
enum { PRESENT = 1, RSA_E = 4, RSA_N = 256, RSA_HALF = 128, TRIES = 2, HOLDER = 1 + 16 };

size_t
key_content(unsigned type)
{
	static const size_t n[KEY_TYPES] = {
		[KEY_RSA] = PRESENT + RSA_E + RSA_N + 5 * RSA_HALF,
		[KEY_SIGN] = PRESENT + SM_SCALAR + SM_POINT,
		[KEY_AGREE] = PRESENT + SM_SCALAR + SM_POINT,
		[KEY_AES] = PRESENT + TRIES + 16,
		[KEY_ROOT] = PRESENT + HOLDER + SM_POINT,
	};

	return type < KEY_TYPES ? n[type] : 0;
}

int
key_is_sound(const struct card_data *d, uint16_t file)
{
	return *files_bytes(d, file) <= 1;
}
