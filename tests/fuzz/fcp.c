#include <stdlib.h>
#include <string.h>

#include "card-os/os/fcp.h"
#include "card-os/os/files.h"
#include "card-os/os/pins.h"
#include "card-os/os/sound.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is accepted for a new file makes a state that can be, so CREATE FILE never ends in 6F00. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct card_data d;
	static uint8_t out[APDU_NE_MAX];
	struct card_file f, mf = {
		.kind = FILE_DF, .life = LIFE_ACTIVATED, .fid = FID_MF, .parent = CARD_NO_FILE,
	};
	struct pin pin;
	struct wr wr;
	uint16_t i;

	if (fcp_get(p, n, &f, &pin) != 0)
		return 0;
	memset(&d, 0, sizeof(d));
	files_add(&d, &mf);
	f.parent = 0;
	if ((i = files_add(&d, &f)) == CARD_NO_FILE)
		return 0;
	if (f.kind == FILE_PIN)
		pin_put(&d, i, &pin);
	if (!card_data_is_sound(&d))
		abort();
	wr_init(&wr, out, sizeof(out));
	fcp_put(&wr, TAG_FCP, &d, i);
	if (wr_end(&wr) != 0)
		abort();
	return 0;
}
