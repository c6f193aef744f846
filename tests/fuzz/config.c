#include <stdlib.h>
#include <string.h>

#include "hsm/admin/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Refused with a reason and the defaults, or taken with values in their ranges. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char why[CONFIG_WHY_MAX];
	struct config c, defaults;

	config_defaults(&defaults);
	if (config_parse(&c, "fuzz", (const char *)p, n, why) != 0) {
		if (why[0] == '\0' || memcmp(&c, &defaults, sizeof(c)) != 0)
			abort();
		return 0;
	}
	if (why[0] != '\0' || c.issuers > CONFIG_ISSUERS_MAX ||
	    (c.mode != SHARE_TEST && c.mode != SHARE_LIVE) ||
	    (c.label[0] != '\0' && share_label_check(c.label) != 0) ||
	    c.timeouts.prompt_s < 1 || c.timeouts.prompt_s > CONFIG_SECONDS_MAX ||
	    c.import_private_keys > 1 || c.rsa_pkcs1_decryption > 1 || c.rsa_raw > 1 ||
	    c.timeouts.pin_first_s < 1 || c.timeouts.pin_first_s > 255)
		abort();
	return 0;
}
